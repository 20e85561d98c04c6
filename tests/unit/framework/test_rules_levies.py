"""L-04 the minimum export of a buying house, L-05 the export levy."""

import pytest

from carmonitor.records import KINDS
from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, certificate
from tests.unit.framework.rule_cases import RULEBOOK, Case, case, outcome_of, verify

TEAM = {"return_id": "team@-"}
MONTHS = ("2021-01", "2021-02", "2021-03")
Q1, Q2 = "2021-Q1", "2021-Q2"
LIMIT = "3000000.00"


def but(kind, *columns):
    return [name for name in KINDS[kind].model_fields if name not in columns]


def house(name="BA-1", kind="buying_house", **more):
    return {"actor_id": name, "kind": kind, **TEAM, **more}


def licence(actor="BA-1", begins="2020-01-01", ends="2021-12-31", number="L-1"):
    return {"licence_number": number, "actor_id": actor, "valid_from": begins, "valid_to": ends, **TEAM}


def export(number=CF1, value=LIMIT, day="2021-02-10", exporter="BA-1", home="2021-02", **more):
    return certificate(number, day, exporter_id=exporter, value_usd=value, return_id=f"SPPK@{home}", **more)


def quarter(*exports, months=MONTHS, as_of="2021-07-31", actors=None, **more):
    """Exports in a quarter of which the returns of ``months`` are held."""
    fillers = [
        certificate(f"CF9{month[2:4]}{month[5:]}", f"{month}-01", status="void", return_id=f"SPPK@{month}")
        for month in months
    ]
    register = [house()] if actors is None else actors
    more = {"licence": [], **more}  # nobody is licensed: only who exported is judged
    if more["licence"] is None:
        del more["licence"]
    return evidence(as_of, shipment=[*exports, *fillers], actor=register, **more)


SHORT = f"BA-1@{Q1} I lead"
L04 = [
    case("L-04", "silent", "two certificates make more than the minimum", quarter(export(), export(CF2))),
    case(
        "L-04",
        "boundary",
        "exactly the minimum, over two certificates",
        quarter(export(value="1000000.01"), export(CF2, "1999999.99", "2021-03-31")),
    ),
    case("L-04", "boundary", "a cent short", quarter(export(value="2999999.99")), SHORT),
    case(
        "L-04",
        "fires",
        "the first and the last day of the quarter count, the days beside them do not",
        quarter(
            export(value="1.00", day="2021-01-01"),
            export(CF2, "2.00", "2021-03-31"),
            export("CF000003", LIMIT, "2021-04-01", home="2021-03"),
            export("CF000004", LIMIT, "2020-12-31", home="2021-01"),
            months=[*MONTHS],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "fires",
        "a void certificate counts nothing",
        quarter(export(value="5.00"), export(CF2, status="void")),
        SHORT,
    ),
    case(
        "L-04",
        "fires",
        "exports of another count nothing",
        quarter(export(value="5.00"), export(CF2, exporter="BA-2"), actors=[house(), house("BA-2")]),
        SHORT,
    ),
    case(
        "L-04",
        "silent",
        "a mining company owes no minimum",
        quarter(export(value="5.00", exporter="MC-1"), export(CF2), actors=[house(), house("MC-1", "mining_company")]),
    ),
    case(
        "L-04",
        "fires",
        "one number told in two returns counts once, with its larger value",
        quarter(
            export(value="1500000"),
            export(value="1499999"),
            export(value="1500000", home="2021-03"),
            export(value=None),
        ),
        SHORT,
    ),
    case(
        "L-04",
        "boundary",
        "one number told twice: the larger value reaches the minimum",
        quarter(export(value="5.00"), export(home="2021-03")),
    ),
    case(
        "L-04",
        "fires",
        "licensed throughout and without an export",
        quarter(licence=[licence(begins="2021-01-01", ends="2021-03-31")]),
        SHORT,
    ),
    case("L-04", "fires", "licensed without a stated end", quarter(licence=[licence(begins=None, ends=None)]), SHORT),
    case(
        "L-04",
        "boundary",
        "two licences, one day after the other",
        quarter(
            export(CF2, exporter="BA-2"),
            actors=[house(), house("BA-2")],
            licence=[licence(ends="2021-02-09"), licence(begins="2021-02-10", number="L-2")],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "boundary",
        "a day without a licence between two",
        quarter(
            export(CF2, exporter="BA-2"),
            actors=[house(), house("BA-2")],
            licence=[licence(ends="2021-02-09"), licence(begins="2021-02-11", number="L-2")],
        ),
    ),
    case(
        "L-04",
        "boundary",
        "licensed from the second day on, or to the last but one",
        quarter(
            export(CF2, exporter="BA-2"),
            actors=[house(), house("BA-2"), house("BA-3")],
            licence=[licence(begins="2021-01-02"), licence("BA-3", ends="2021-03-30", number="L-3")],
        ),
    ),
    case(
        "L-04",
        "boundary",
        "a licence that ends on the first day, another that begins on the last",
        quarter(
            licence=[
                licence(ends="2021-01-01"),
                licence(begins="2021-01-02", ends="2021-03-30", number="L-2"),
                licence(begins="2021-03-31", number="L-3"),
            ]
        ),
        SHORT,
    ),
    case(
        "L-04",
        "silent",
        "a collector holds a licence",
        quarter(
            export(CF2, exporter="BA-2"), actors=[house("C-1", "collector"), house("BA-2")], licence=[licence("C-1")]
        ),
    ),
    case(
        "L-04",
        "boundary",
        "the quarter of the decree is not judged, the next is",
        evidence(
            shipment=[
                export(value="5.00", day="2019-09-30", home="2019-09"),
                export(CF2, "5.00", "2019-10-01", home="2019-10"),
                *[certificate(f"CF8{m}", None, status="void", return_id=f"SPPK@2019-{m}") for m in ("11", "12")],
            ],
            actor=[house()],
            licence=[licence(begins="2019-01-01")],
        ),
        "BA-1@2019-Q4 I lead",
    ),
    case(
        "L-04",
        "boundary",
        "a quarter that begins before monitoring is not judged",
        quarter(export(value="5.00"), export(CF2, day="2021-04-05", home="2021-04"), monitoring_from="2021-01-02"),
    ),
    case(
        "L-04",
        "boundary",
        "no quarter but one that begins before monitoring",
        quarter(export(value="5.00"), monitoring_from="2021-01-02"),
    ),
    case("L-04", "boundary", "nobody exported, nobody is licensed", quarter()),
    case("L-04", "boundary", "nothing of shipments is held", evidence(actor=[house()], licence=[licence()])),
    case(
        "L-04",
        "boundary",
        "a quarter that begins with monitoring is",
        quarter(export(value="5.00"), monitoring_from="2021-01-01"),
        SHORT,
    ),
    case(
        "L-04",
        "boundary",
        "on the last day the quarter is over",
        quarter(export(value="5.00"), as_of="2021-03-31"),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "a day before it is not",
        quarter(export(value="5.00"), as_of="2021-03-30"),
        missing="quarter_open",
    ),
    case(
        "L-04",
        "boundary",
        "a day years ahead by mistake: of quarters without a return, those that have not begun are not asked for",
        quarter(export(value="5.00"), export(CF2, "5.00", "2031-02-10"), licence=[licence(ends=None)]),
        SHORT,
        missing="return_not_held:2021-04 quarter_open",
    ),
    case("L-04", "silent", "a quarter that is not over may have reached it", quarter(export(), as_of="2021-03-30")),
    *[
        case(
            "L-04",
            "missing",
            f"the return of {month} lacks",
            quarter(
                export(value="5.00", home="2021-01" if month != "2021-01" else "2021-02"),
                months=[m for m in MONTHS if m != month],
            ),
            missing=f"return_not_held:{month}",
        )
        for month in MONTHS
    ],
    case("L-04", "silent", "reached, though a return lacks", quarter(export(), months=["2021-01"])),
    case(
        "L-04",
        "fires",
        "a month of a nil return is told",
        quarter(
            export(value="5.00"),
            months=["2021-01"],
            return_declaration=[
                {"period": "2021-03", "sender": "SPPK", "nil_return": True, "return_id": "SPPK@2021-03"}
            ],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "a cover that is no nil return tells nothing",
        quarter(
            export(value="5.00"),
            months=["2021-01"],
            return_declaration=[
                {"period": "2021-03", "sender": "SPPK", "nil_return": False, "return_id": "SPPK@2021-03"}
            ],
        ),
        missing="return_not_held:2021-03",
    ),
    case(
        "L-04",
        "missing",
        "a cover that does not say whether it is a nil return",
        quarter(
            export(value="5.00"),
            months=["2021-01"],
            return_declaration=[
                {"period": "2021-03", "sender": "SPPK", "nil_return": None, "return_id": "SPPK@2021-03"}
            ],
        ),
        missing="return_not_held:2021-03",
    ),
    case(
        "L-04",
        "fires",
        "a sender whose name has an @",
        evidence(
            shipment=[
                certificate(f"CF9{m[5:]}", "2021-02-10", value_usd="5.00", exporter_id="BA-1", return_id=f"a@b.cf@{m}")
                for m in MONTHS
            ],
            actor=[house()],
            licence=[],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "of two expected senders one lacks",
        quarter(export(value="5.00"), expected_senders=("SPPK", "OTHER")),
        missing="return_not_held:2021-01",
    ),
    case(
        "L-04",
        "fires",
        "the expected sender has told all",
        quarter(export(value="5.00"), expected_senders=("SPPK",)),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "a quarter between two that are held",
        evidence(
            shipment=[export(day="2020-12-01", home="2020-12"), export(CF2, day="2021-04-01", home="2021-04")],
            actor=[house()],
            licence=[licence()],
        ),
        missing="return_not_held:2021-01",
    ),
    case(
        "L-04",
        "missing",
        "a value is blank",
        quarter(export(value=None), export(CF2, "5.00")),
        missing="blank:value_usd",
    ),
    case("L-04", "silent", "a value is blank, the others reach it", quarter(export(value=None), export(CF2))),
    case(
        "L-04",
        "missing",
        "a certificate of the quarter names no exporter",
        quarter(export(value="5.00"), export(CF2, "5.00", exporter=None)),
        missing="blank:exporter_id",
    ),
    case(
        "L-04",
        "missing",
        "no exporters are supplied",
        quarter(
            export(value="5.00", exporter=None),
            supplied={"shipment": but("shipment", "exporter_id")},
            licence=[licence()],
        ),
        missing="not_supplied:exporter_id",
    ),
    case(
        "L-04",
        "fires",
        "a certificate of another quarter names no exporter",
        quarter(
            export(value="5.00"),
            export(CF2, "5.00", "2021-05-01", None, "2021-05"),
            export("CF000003", None, None, None, "2021-05"),
        ),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "an export without a day, in a return of the quarter",
        quarter(export(value="5.00"), export(CF2, "5.00", None)),
        missing="blank:issue_date",
    ),
    case(
        "L-04",
        "fires",
        "an export without a day of another house, or in a return of another quarter",
        quarter(
            export(value="5.00"),
            export(CF2, "5.00", None, "BA-2"),
            export("CF000003", "5.00", None, home="2021-05"),
            actors=[house()],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "a row of the quarter is in quarantine",
        quarter(export(value="5.00"), known_keys=[("shipment", "certificate_number", "CF7", "SPPK@2021-03")]),
        missing="in_quarantine:shipment",
    ),
    case(
        "L-04",
        "missing",
        "a row of the second quarter is in quarantine",
        quarter(
            export(value="5.00"),
            export(CF2, "5.00", "2021-05-10", home="2021-05"),
            months=[*MONTHS, "2021-04", "2021-05", "2021-06"],
            known_keys=[("shipment", "certificate_number", "CF7", "SPPK@2021-05")],
        ),
        SHORT,
        missing="in_quarantine:shipment",
    ),
    case(
        "L-04",
        "fires",
        "rows of other quarters and kinds are in quarantine",
        quarter(
            export(value="5.00"),
            known_keys=[
                ("shipment", "certificate_number", "CF7", "SPPK@2020-12"),
                ("parcel", "certificate_number", "CF7", "SPPK@2021-03"),
            ],
        ),
        SHORT,
    ),
    case(
        "L-04",
        "missing",
        "the register of actors lacks, the exporter, or its kind",
        quarter(
            export(value="5.00", exporter="BA-7"), export(CF2, "5.00", exporter="BA-8"), actors=[house("BA-8", None)]
        ),
        missing="unknown_actor:exporter_id blank:kind",
    ),
    case(
        "L-04",
        "missing",
        "no actor was ever loaded",
        evidence(shipment=[export(value="5.00")]),
        missing="never_loaded:actor",
    ),
    case(
        "L-04",
        "missing",
        "whether an idle house was licensed is not known",
        quarter(licence=None),
        missing="never_loaded:licence",
    ),
    case(
        "L-04",
        "fires",
        "two rows of one actor: one says buying house",
        quarter(export(value="5.00"), actors=[house(), house(kind="collector"), house(kind=None)]),
        SHORT,
    ),
]

# --- L-05 ----------------------------------------------------------------------------------------------------------


def rate(xaf="550", period="2021", certainty="S", currency="USD"):
    return {"currency": currency, "period": period, "xaf_per_unit": xaf, "certainty": certainty, **TEAM}


def levied(levy, value="10000.00", day="2021-03-10", rates=None, **more):
    """USD 10,000 at 550 are 5,500,000 XAF: one percent is 55,000."""
    shipment = [certificate(issue_date=day, value_usd=value, levy_xaf=levy)]
    return evidence(shipment=shipment, exchange_rate=[rate()] if rates is None else rates, **more)


OLD = {"day": "2018-03-10", "rates": [rate(period="2018")]}
EITHER, ONE = f"{CF1} either_rate I", f"{CF1} one_rate I"
L05 = [
    case("L-05", "silent", "6.25 % of the value", levied(343750)),
    case("L-05", "silent", "4 % of the value", levied(220000)),
    case("L-05", "fires", "12.5 %", levied(687500), EITHER),
    case("L-05", "fires", "nothing was paid", levied(0), EITHER),
    case("L-05", "fires", "5 %", levied(275000), EITHER),
    *[
        case("L-05", "boundary", f"at {share} %", levied(levy))
        for share, levy in (("6.00", 330000), ("6.50", 357500), ("3.75", 206250), ("4.25", 233750))
    ],
    *[
        case("L-05", "boundary", f"one franc beyond {share} %", levied(levy), EITHER)
        for share, levy in (("6.00", 329999), ("6.50", 357501), ("3.75", 206249), ("4.25", 233751))
    ],
    case(
        "L-05",
        "boundary",
        "4 % on the last day before it was announced",
        levied(220000, day="2019-11-30", rates=[rate(period="2019")]),
        ONE,
    ),
    case(
        "L-05",
        "boundary",
        "4 % on the first of December 2019",
        levied(220000, day="2019-12-01", rates=[rate(period="2019")]),
    ),
    case("L-05", "fires", "4 % in 2018", levied(220000, **OLD), ONE),
    case("L-05", "silent", "6.25 % in 2018", levied(343750, **OLD)),
    case("L-05", "boundary", "the rule begins in 2016", levied(0, day="2016-01-01", rates=[rate(period="2016")]), ONE),
    case("L-05", "boundary", "and not before", levied(0, day="2015-12-31", rates=[rate(period="2015")])),
    case(
        "L-05",
        "silent",
        "the rate of the day goes before the year's",
        levied(343750, rates=[rate("900"), rate("550", "2021-03-10"), rate("800", "2021-03")]),
    ),
    case(
        "L-05",
        "fires",
        "a rate that is not verified counts, with its mark",
        levied(687500, rates=[rate(certainty="N")]),
        EITHER,
    ),
    case(
        "L-05",
        "boundary",
        "amounts beyond 64 bits",
        levied(34_375_000_000_000, "999999999999.99", rates=[rate("550.000001")]),
    ),
    case(
        "L-05",
        "boundary",
        "a share and a value of more digits than a binary fraction holds",
        evidence(
            shipment=[
                certificate(value_usd="0.01", levy_xaf=99_999_999_999_989),
                certificate(CF2, issue_date="2020-03-10", value_usd="999999999999.99", levy_xaf=0),
            ],
            exchange_rate=[rate(), rate("655957.123457", "2020")],
        ),
        EITHER,
        f"{CF2} either_rate I",
    ),
    case(
        "L-05",
        "missing",
        "levy or value are blank",
        evidence(shipment=[certificate(value_usd="1.00"), certificate(CF2, levy_xaf=5)], exchange_rate=[rate()]),
        missing="blank:levy_xaf blank:value_usd",
    ),
    case(
        "L-05",
        "fires",
        "beside a certificate without a levy",
        evidence(
            shipment=[
                certificate(value_usd="10000"),
                certificate(CF2, value_usd="10000", levy_xaf=687500),
                certificate("CF000003", value_usd="10000", levy_xaf=343750),
            ],
            exchange_rate=[rate()],
        ),
        f"{CF2} either_rate I",
        missing="blank:levy_xaf",
    ),
    case(
        "L-05",
        "missing",
        "the columns lack",
        evidence(
            shipment=[certificate(value_usd="1.00"), certificate(CF2, levy_xaf=5)],
            exchange_rate=[rate()],
            supplied={"shipment": but("shipment", "levy_xaf", "value_usd")},
        ),
        missing="not_supplied:levy_xaf not_supplied:value_usd",
    ),
    case("L-05", "missing", "the day is blank", levied(0, day=None), missing="blank:issue_date"),
    case("L-05", "missing", "the value is zero", levied(5, "0"), missing="zero:value_usd"),
    case(
        "L-05",
        "missing",
        "no rate was ever loaded",
        evidence(shipment=[certificate(value_usd="1.00", levy_xaf=5)]),
        missing="never_loaded:exchange_rate",
    ),
    case(
        "L-05",
        "missing",
        "no rate for the year",
        levied(0, rates=[rate(period="2020"), rate("655.957", currency="EUR")]),
        missing="not_held:exchange_rate",
    ),
    case(
        "L-05",
        "silent",
        "void certificates owe nothing",
        evidence(
            shipment=[
                certificate(value_usd="10000", levy_xaf=0, status="void"),
                certificate(CF2, value_usd="10000", levy_xaf=343750),
            ],
            exchange_rate=[rate()],
        ),
    ),
]

CASES: list[Case] = [*L04, *L05]


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_case(situation: Case) -> None:
    verify(situation)


@pytest.mark.parametrize("rule_id", ["L-04", "L-05"])
def test_nothing_held_is_nothing_found(rule_id: str) -> None:
    assert outcome_of(rule_id, evidence()).findings == []
    assert outcome_of(rule_id, evidence(actor=[house()], licence=[licence()], exchange_rate=[rate()])).findings == []


def test_the_minimum_export_is_in_shadow() -> None:
    assert RULEBOOK.specs["L-04"].status == "shadow"


@pytest.mark.parametrize(
    ("levy", "share"), [(357501, "6.51"), (329999, "5.99"), (233751, "4.26"), (206249, "3.74"), (275000, "5.00")]
)
def test_the_share_is_never_shown_as_within_the_limit(levy: int, share: str) -> None:
    (finding,) = outcome_of("L-05", levied(levy)).findings
    assert finding.evidence["share_percent"] == share
    assert finding.evidence["value_xaf"] == "5500000"
