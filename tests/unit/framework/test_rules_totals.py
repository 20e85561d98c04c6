"""S-01 to S-03: prices, and a year's certificates against published totals."""

import pytest

from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, TEAM, certificate
from tests.unit.framework.rule_cases import RULEBOOK, Case, case, outcome_of, verify

SHIPMENT = ("certificate_number", "issue_date", "carats", "value_usd", "status")
YEAR = [f"SPPK@2020-{month:02d}" for month in range(1, 13)]


def priced(value_usd="15000.00", carats="100.00", **more):
    return evidence(shipment=[certificate(value_usd=value_usd, carats=carats, **more)])


S01 = [
    case("S-01", "fires", "ten dollars a carat", priced("1000.00"), f"{CF1} low W lead"),
    case("S-01", "fires", "a thousand dollars a carat", priced("100000.00"), f"{CF1} high W lead"),
    case("S-01", "fires", "worth nothing", priced("0.00"), f"{CF1} low W lead"),
    case("S-01", "fires", "without a day of issue", priced("1000.00", issue_date=None), f"{CF1} low W lead"),
    case(
        "S-01",
        "fires",
        "one of two",
        evidence(
            shipment=[
                certificate(CF1, value_usd="15000.00", carats="100.00"),
                certificate(CF2, value_usd="15000.00", carats="10.00"),
            ]
        ),
        f"{CF2} high W lead",
    ),
    case("S-01", "silent", "150 dollars a carat", priced()),
    case("S-01", "boundary", "60 dollars", priced("6000.00")),
    case("S-01", "boundary", "a cent less", priced("5999.99"), f"{CF1} low W lead"),
    case("S-01", "boundary", "400 dollars", priced("40000.00")),
    case("S-01", "boundary", "a cent more", priced("40000.01"), f"{CF1} high W lead"),
    case("S-01", "boundary", "60 dollars for a hundredth of a carat", priced("0.60", "0.01")),
    case("S-01", "boundary", "a hundredth of a carat more", priced("6000.00", "100.01"), f"{CF1} low W lead"),
    case("S-01", "boundary", "a hundredth of a carat less", priced("40000.00", "99.99"), f"{CF1} high W lead"),
    case("S-01", "boundary", "a void certificate", priced("1000.00", status="void")),
    case("S-01", "boundary", "a blank status counts as issued", priced("1000.00", status=None), f"{CF1} low W lead"),
    case("S-01", "missing", "no value", priced(None), missing="blank:value_usd"),
    case("S-01", "missing", "no weight", priced(carats=None), missing="blank:carats"),
    case(
        "S-01",
        "missing",
        "no column of values",
        evidence(shipment=[certificate(carats="1.00")], supplied={"shipment": ("certificate_number", "carats")}),
        missing="not_supplied:value_usd",
    ),
    case(
        "S-01",
        "missing",
        "no column of weights",
        evidence(shipment=[certificate(value_usd="1.00")], supplied={"shipment": ("certificate_number", "value_usd")}),
        missing="not_supplied:carats",
    ),
]


def total(value="1000.00", period="2020", **more):
    usual = {"scope": "CF", "metric": "export_carats", "source": "press", "unit": "ct", "return_id": TEAM}
    return {"period": period, "value": value, **usual, **more}


def exported(carats="1000.00", issue_date="2020-05-10", number=CF1, **more):
    home = f"SPPK@{issue_date[:7]}" if issue_date else "SPPK@2020-05"
    return certificate(number, issue_date, carats=carats, **{"return_id": home, **more})


def nil(months):
    return [
        {"period": month.rpartition("@")[2], "sender": month.partition("@")[0], "nil_return": True, "return_id": month}
        for month in months
    ]


def year(*certificates, totals=None, months=YEAR, as_of="2021-07-31", **more):
    """A year of one sender, all months told: those without certificates as nil returns."""
    rows = list(certificates)
    told = {row.get("return_id") for row in rows}
    usual = {
        "return_declaration": nil([m for m in months if m not in told]),
        "shipment": rows or None,
        "official_total": [total()] if totals is None else totals,
    }
    given = {name: value for name, value in {**usual, **more}.items() if value is not None}
    return evidence(as_of, **given)


S02 = [
    case("S-02", "fires", "half of it", year(exported("500.00")), "CF@2020 W lead"),
    case("S-02", "fires", "half as much again", year(exported("1500.00")), "CF@2020 W lead"),
    case(
        "S-02",
        "fires",
        "two months added up",
        year(exported("600.00"), exported("600.00", "2020-06-10", CF2)),
        "CF@2020 W lead",
    ),
    case("S-02", "fires", "nothing exported, a total published", year(), "CF@2020 W lead"),
    case(
        "S-02",
        "fires",
        "away from each of two totals",
        year(exported("1100.00"), totals=[total("1000.00"), total("1200.00", source="KP")]),
        "CF@2020 W lead",
    ),
    case(
        "S-02",
        "fires",
        "a published zero",
        year(exported("5.00"), totals=[total("0.00")]),
        "CF@2020 W lead",
    ),
    case(
        "S-02",
        "fires",
        "two years, one wrong",
        year(
            exported(),
            exported("500.00", "2019-05-10", CF2),
            months=[*YEAR, *(m.replace("2020", "2019") for m in YEAR)],
            totals=[total(), total(period="2019")],
        ),
        "CF@2019 W lead",
    ),
    case("S-02", "silent", "the same", year(exported())),
    case(
        "S-02",
        "silent",
        "equal to the second of two totals",
        year(exported(), totals=[total("5000.00", source="a"), total(source="b")]),
    ),
    case(
        "S-02",
        "silent",
        "a total for another spelling of the country",
        year(exported(), totals=[total(scope="République Centrafricaine", unit="carats", metric="Export_carats ")]),
    ),
    case("S-02", "silent", "each of two senders told", year(
        exported(), return_declaration=nil([m for m in YEAR if m != "SPPK@2020-05"])
        + nil([m.replace("SPPK", "BECDOR") for m in YEAR]), expected_senders=("SPPK", "BECDOR"))),
    case("S-02", "boundary", "1 % more", year(exported("1010.00"))),
    case("S-02", "boundary", "a hundredth of a carat above that", year(exported("1010.01")), "CF@2020 W lead"),
    case("S-02", "boundary", "1 % less", year(exported("990.00"))),
    case("S-02", "boundary", "a hundredth of a carat below that", year(exported("989.99")), "CF@2020 W lead"),
    case("S-02", "boundary", "void and replaced certificates are left out", year(
        exported(), exported("1000.00", "2020-06-10", CF2, status="void"),
        exported("1000.00", "2020-07-10", "CF000003", status="replaced"))),
    case("S-02", "boundary", "the same row in two returns counts once", year(
        exported(), exported(return_id="SPPK@2020-06"))),
    case("S-02", "boundary", "the last day of the year before, told late", year(
        exported(), exported("700.00", "2019-12-31", CF2, return_id="SPPK@2020-01"),
        months=[*YEAR, *(m.replace("2020", "2019") for m in YEAR)], totals=[total(), total("700.00", "2019")])),
    case("S-02", "boundary", "a day after the year's end", year(exported("500.00"), as_of="2021-01-01"),
         "CF@2020 W lead"),
    case("S-02", "missing", "on the year's last day", year(exported("500.00"), as_of="2020-12-31"),
         missing="year_open"),
    case("S-02", "missing", "no register of totals", year(exported(), official_total=None),
         missing="never_loaded:official_total"),
    case("S-02", "missing", "no total of that year", year(exported(), totals=[]), missing="not_held:official_total"),
    case("S-02", "missing", "only a total of a zone", year(exported("1.00"), totals=[total(scope="Boda")]),
         missing="not_held:official_total"),
    case("S-02", "missing", "only a total of value", year(exported("1.00"), totals=[total(metric="export_value")]),
         missing="not_held:official_total"),
    case("S-02", "missing", "only a total of a quarter", year(exported("1.00"), totals=[total(period="2020-Q1")]),
         missing="not_held:official_total"),
    case("S-02", "missing", "only a total in another unit", year(exported("1.00"), totals=[total(unit="kg")]),
         missing="not_held:official_total"),
    case("S-02", "missing", "a total without its figure", year(exported("1.00"), totals=[total(None)]),
         missing="blank:value"),
    case("S-02", "missing", "a total without its unit", year(exported("1.00"), totals=[total(unit=None)]),
         missing="blank:unit"),
    case("S-02", "missing", "far from one total, another without its figure",
         year(exported("1.00"), totals=[total(), total(None, source="z")]), missing="blank:value"),
    case("S-02", "boundary", "equal to one total, another without its figure",
         year(exported(), totals=[total(), total(None, source="z")])),
    case("S-02", "missing", "a total in quarantine",
         year(exported("1.00"), known_keys=[("official_total", "period", "2020", TEAM)]),
         missing="in_quarantine:official_total"),
    case("S-02", "missing", "one month not told", year(exported("500.00"), months=[m for m in YEAR if m[-2:] != "09"]),
         missing="return_not_held:2020-09"),
    case("S-02", "missing", "January and December not told, the first is named",
         year(exported("500.00"), months=YEAR[1:11]), missing="return_not_held:2020-01"),
    case("S-02", "missing", "December not told", year(exported("500.00"), months=YEAR[:11]),
         missing="return_not_held:2020-12"),
    case("S-02", "missing", "one of two senders silent",
         year(exported("500.00"), expected_senders=("SPPK", "BECDOR")), missing="return_not_held:2020-01"),
    case("S-02", "missing", "a total of a year of which nothing is held",
         evidence(official_total=[total()]), missing="return_not_held:2020-01"),
    case("S-02", "missing", "judged alone", year(exported("500.00"), history=False), missing="alone"),
    case("S-02", "missing", "a certificate in quarantine",
         year(exported("500.00"), known_keys=[("shipment", "certificate_number", "CF9", "SPPK@2020-08")],
              supplied={("shipment", "SPPK@2020-08"): SHIPMENT}),
         missing="in_quarantine:shipment"),
    case("S-02", "missing", "a certificate in quarantine whose number could not be read",
         year(exported("500.00"), unreadable={("shipment", "SPPK@2020-08"): 1},
              supplied={("shipment", "SPPK@2020-08"): SHIPMENT}),
         missing="in_quarantine:shipment"),
    case("S-02", "boundary", "a certificate of another year in quarantine",
         year(exported(), known_keys=[("shipment", "certificate_number", "CF9", "SPPK@2021-01")],
              totals=[total(), total("0.00", "2021")]),
         missing="year_open"),
    case("S-02", "missing", "a certificate without a weight", year(exported("500.00"), exported(None, number=CF2)),
         missing="blank:carats"),
    case("S-02", "missing", "a certificate without a day", year(exported("500.00"), exported("1.00", None, CF2)),
         missing="blank:issue_date"),
    case("S-02", "missing", "no column of weights",
         year(exported(None), supplied={"shipment": ("certificate_number", "issue_date", "status")}),
         missing="not_supplied:carats"),
    case("S-02", "missing", "no column of days",
         year(exported("1.00", None), supplied={"shipment": ("certificate_number", "carats", "status")}),
         missing="not_supplied:issue_date"),
    case("S-02", "missing", "two weights for one number",
         year(exported("500.00"), exported("400.00", return_id="SPPK@2020-06")), missing="rows_differ:shipment"),
    case("S-02", "missing", "two days for one number",
         year(exported("500.00"), exported("500.00", "2020-05-11")), missing="rows_differ:shipment"),
    case("S-02", "silent", "a zone's total listed before the country's",
         year(exported(), totals=[total("1.00", scope="Boda", source="a"), total(source="b")])),
    case("S-02", "missing", "the only total in quarantine",
         year(exported(), totals=[], known_keys=[("official_total", "period", "2020", TEAM)]),
         missing="in_quarantine:official_total"),
    case("S-02", "missing", "a total without its figure, and a month not told",
         year(exported(), totals=[total(None)], months=YEAR[:11]), missing="blank:value"),
    case("S-02", "missing", "only a void certificate, and no total of that year",
         year(exported(status="void"), totals=[]), missing="not_held:official_total"),
    case("S-02", "missing", "a certificate in quarantine, its sender's name holds an @",
         year(exported("500.00"), unreadable={("shipment", "mines@car.example@2020-08"): 1}),
         missing="in_quarantine:shipment"),
]  # fmt: skip


def rate(xaf="576.000000", period="2020", certainty="S", **more):
    return {"currency": "USD", "period": period, "xaf_per_unit": xaf, "certainty": certainty, "return_id": TEAM, **more}


def worth(value="100000.00", issue_date="2020-05-10", number=CF1, **more):
    return exported(more.pop("carats", "1000.00"), issue_date, number, value_usd=value, **more)


def valued(*certificates, rates=None, totals=None, **more):
    """100,000 USD at 576 XAF against a published 57,600,000 XAF, unless told otherwise."""
    usual = [total("57600000", metric="export_value", unit="XAF")]
    given = {"exchange_rate": [rate()] if rates is None else rates, "totals": usual if totals is None else totals}
    return year(*(certificates or [worth()]), **{**given, **more})


def francs(value="57600000", period="2020", **more):
    return total(value, period, **{"metric": "export_value", "unit": "XAF", **more})


LARGE = [worth("1000000000000.00", number=f"CF{n:06d}") for n in range(1, 31)]
S03 = [
    case("S-03", "fires", "half of it", valued(worth("50000.00")), "CF@2020 W lead"),
    case("S-03", "fires", "half as much again", valued(worth("150000.00")), "CF@2020 W lead"),
    case(
        "S-03",
        "fires",
        "each at the rate of its month",
        valued(
            worth("50000.00"),
            worth("50000.00", "2020-06-10", CF2),
            rates=[rate(), rate("700.000000", "2020-06")],
        ),
        "CF@2020 W lead",
    ),
    case(
        "S-03",
        "fires",
        "sums too large for 64 bits",
        valued(*LARGE, totals=[francs("1000000000000000")]),
        "CF@2020 W lead",
    ),
    case("S-03", "silent", "the same", valued()),
    case(
        "S-03",
        "silent",
        "each at the rate of its month",
        valued(
            worth("50000.00"),
            worth("50000.00", "2020-06-10", CF2),
            rates=[rate(), rate("700.000000", "2020-06")],
            totals=[francs("63800000")],
        ),
    ),
    case("S-03", "silent", "the total in FCFA", valued(totals=[francs(unit="F CFA")])),
    case("S-03", "boundary", "1 % more", valued(worth("101000.00"))),
    case("S-03", "boundary", "a cent above that", valued(worth("101000.01")), "CF@2020 W lead"),
    case("S-03", "boundary", "1 % less", valued(worth("99000.00"))),
    case("S-03", "boundary", "a cent below that", valued(worth("98999.99")), "CF@2020 W lead"),
    case("S-03", "boundary", "a millionth of a franc per dollar above that",
         valued(worth("101000.00"), rates=[rate("576.000001")]), "CF@2020 W lead"),
    case("S-03", "boundary", "the sum is not rounded before it is compared",
         valued(worth("1.01"), totals=[francs("100.00")], rates=[rate("100.000001")]), "CF@2020 W lead"),
    case("S-03", "boundary", "an inferred rate", valued(rates=[rate(certainty="I")])),
    case("S-03", "boundary", "void", valued(worth(), worth(number=CF2, status="void"))),
    case("S-03", "missing", "an unverified rate", valued(worth("1.00"), rates=[rate(certainty="N")]),
         missing="unverified_rate"),
    case("S-03", "missing", "a rate of unknown certainty", valued(worth("1.00"), rates=[rate(certainty=None)]),
         missing="unverified_rate"),
    case("S-03", "missing", "one certificate at an unverified rate",
         valued(worth(), worth("1.00", "2020-06-10", CF2), rates=[rate(), rate("1", "2020-06", "N")]),
         missing="unverified_rate"),
    case("S-03", "missing", "no register of rates", valued(exchange_rate=None), missing="never_loaded:exchange_rate"),
    case("S-03", "missing", "no rate of that year", valued(rates=[rate(period="2021")]),
         missing="not_held:exchange_rate"),
    case("S-03", "missing", "only a rate of the euro", valued(rates=[rate(currency="EUR")]),
         missing="not_held:exchange_rate"),
    case("S-03", "missing", "the rate in quarantine",
         valued(rates=[], known_keys=[("exchange_rate", "period", "2020", TEAM)]),
         missing="in_quarantine:exchange_rate"),
    case("S-03", "missing", "only a total of weight", valued(totals=[total()]), missing="not_held:official_total"),
    case("S-03", "missing", "only a total in dollars", valued(totals=[francs(unit="USD")]),
         missing="not_held:official_total"),
    case("S-03", "missing", "no register of totals", valued(official_total=None),
         missing="never_loaded:official_total"),
    case("S-03", "missing", "on the year's last day", valued(as_of="2020-12-31"), missing="year_open"),
    case("S-03", "missing", "a month not told", valued(months=YEAR[:11]), missing="return_not_held:2020-12"),
    case("S-03", "missing", "no value", valued(worth(None)), missing="blank:value_usd"),
    case("S-03", "missing", "no day", valued(worth(issue_date=None)), missing="blank:issue_date"),
    case("S-03", "missing", "two values for one number", valued(worth(), worth("1.00", return_id="SPPK@2020-06")),
         missing="rows_differ:shipment"),
    case("S-03", "fires", "sums too large for floating point, to the franc",
         valued(*LARGE, worth("0.03", number="CF000031"), totals=[francs("1000000000000000")]), "CF@2020 W lead"),
    case("S-03", "fires", "a hundredth of a franc published for one year, nothing for the other",
         valued(worth("1000000000.00"), worth("5.00", "2019-05-10", CF2), rates=[rate(), rate(period="2019")],
                months=[*YEAR, *(m.replace("2020", "2019") for m in YEAR)],
                totals=[francs("0.01"), francs("0.00", "2019")]),
         "CF@2019 W lead", "CF@2020 W lead"),
    case("S-03", "boundary", "less than a millionth of a franc above 1 % of billions",
         valued(worth("10000002.44"), rates=[rate("576.000328")], totals=[francs("5702974936.08")]),
         "CF@2020 W lead"),
]  # fmt: skip

CASES: list[Case] = [*S01, *S02, *S03]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case):
    verify(case)


def test_a_weight_alone_does_not_part_two_values() -> None:
    """S-03 counts a number once when day and value agree, whatever its weights: S-02 tells those."""
    twice = valued(worth(), worth(carats="5.00", return_id="SPPK@2020-06"))
    assert outcome_of("S-03", twice).findings == []


def test_the_totals_of_2017_are_a_scope_note() -> None:
    note = RULEBOOK.specs["S-04"]
    assert (note.outcome, str(note.from_), str(note.to)) == ("scope_note", "2017-01-01", "2018-01-01")


def test_limits_are_defaults_of_the_project() -> None:
    basis = {(i, p.name): p.basis for i in ("S-01", "S-02", "S-03") for p in RULEBOOK.specs[i].parameters}
    averages = basis.pop(("S-01", "average_usd_per_ct"))
    assert averages == "heuristic"
    assert set(basis.values()) == {"project-default"}
