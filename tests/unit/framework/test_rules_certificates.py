"""C-01 to C-10: the certificate itself, and against the registers of the team."""

import pytest

from carmonitor.records import KINDS
from tests.evidence_builder import evidence
from tests.unit.framework.rule_cases import Case, case, message, outcome_of, verify

CF1, CF2 = "CF000001", "CF000002"
TEAM = {"return_id": "team@-"}


def full(number=CF1, **more):
    usual = {
        "issue_date": "2021-03-10",
        "expiry_date": "2021-05-10",
        "issuing_authority": "BECDOR",
        "signatory": "Jean Koyagbélé",
        "exporter_name": "Bureau Sangha",
        "importer_name": "Antwerp Rough",
        "destination_country": "BE",
        "origin_country": "CF",
        "parcel_count": 1,
        "carats": "100.00",
        "value_usd": "15000.00",
        "seal_number": "S-1",
        "status": "issued",
    }
    return {"certificate_number": number, **usual, **more}


def parcel(number=CF1, parcel_number="1", **more):
    return {"certificate_number": number, "parcel_number": parcel_number, "hs_code": "710231", "carats": "100", **more}


def one(**more):
    return evidence(shipment=[full(**more)], parcel=[parcel()])


def without(column, kind="shipment"):
    """The same certificate from a return whose sheet lacks a column."""
    columns = [name for name in KINDS[kind].model_fields if name != column]
    shipment = full(**{column: None}) if kind == "shipment" else full()
    line = parcel(**{column: None}) if kind == "parcel" else parcel()
    return evidence(shipment=[shipment], parcel=[line], supplied={kind: columns})


MINIMUM = [
    "issue_date",
    "expiry_date",
    "issuing_authority",
    "signatory",
    "exporter_name",
    "importer_name",
    "destination_country",
    "origin_country",
    "parcel_count",
    "carats",
    "value_usd",
]
C01 = [
    *[case("C-01", "fires", f"{name} blank", one(**{name: None}), f"{CF1} E") for name in MINIMUM],
    case(
        "C-01",
        "fires",
        "one parcel without an HS code",
        evidence(shipment=[full()], parcel=[parcel(), parcel(parcel_number="2", hs_code=None)]),
        f"{CF1} E",
    ),
    case(
        "C-01",
        "fires",
        "of two certificates the one with a blank field",
        evidence(shipment=[full(), full(CF2, carats=None)], parcel=[parcel(), parcel(CF2)]),
        f"{CF2} E",
    ),
    case("C-01", "silent", "all there", one()),
    case("C-01", "boundary", "a void form may be blank", one(status="void", carats=None, importer_name=None)),
    case("C-01", "boundary", "the seal is none of the thirteen", one(seal_number=None)),
    *[case("C-01", "missing", f"no column {n}", without(n), missing=f"not_supplied:{n}") for n in MINIMUM],
    case("C-01", "missing", "no HS codes", without("hs_code", "parcel"), missing="not_supplied:hs_code"),
    case("C-01", "missing", "no packing list", evidence(shipment=[full()]), missing="not_supplied:hs_code"),
]

C02 = [
    case("C-02", "fires", "another country's prefix", one(certificate_number="SL000001"), "SL000001 prefix E"),
    case(
        "C-02",
        "fires",
        "one number, two certificates, two months apart",
        evidence(shipment=[full(), full(carats="55.00", return_id="SPPK@2021-01")]),
        f"{CF1} duplicate E",
    ),
    case(
        "C-02",
        "fires",
        "a void and an issued certificate of one number",
        evidence(shipment=[full(), full(status="void")]),
        f"{CF1} duplicate E",
    ),
    case(
        "C-02",
        "fires",
        "two numbers, each on two certificates, the first of the second dated later",
        evidence(
            shipment=[full(), full(carats="55.00"), full(CF2, issue_date="2021-03-12"), full(CF2, carats="55.00")]
        ),
        f"{CF1} duplicate E",
        f"{CF2} duplicate E",
    ),
    case(
        "C-02",
        "fires",
        "another country's number on two certificates without a date",
        evidence(shipment=[full("SL000001", issue_date=None), full("SL000001", issue_date=None, carats="55.00")]),
        "SL000001 prefix E",
        "SL000001 duplicate E",
    ),
    case("C-02", "silent", "two numbers", evidence(shipment=[full(), full(CF2)])),
    case(
        "C-02",
        "boundary",
        "the same row in two returns",
        evidence(shipment=[full(), full(return_id="SPPK@2021-01")]),
    ),
    case("C-02", "boundary", "the length is not checked", one(certificate_number="CF1")),
    case("C-02", "boundary", "a letter after the prefix", one(certificate_number="CFA1"), "CFA1 prefix E"),
    case(
        "C-02",
        "missing",
        "a second row of the number is in quarantine",
        evidence(shipment=[full()], known_keys=[("shipment", "certificate_number", CF1)]),
        missing="in_quarantine:shipment",
    ),
]


def coded(hs_code, **more):
    return evidence(shipment=[full(**more)], parcel=[parcel(hs_code=hs_code)])


C03 = [
    case("C-03", "fires", "worked diamonds", coded("710239"), f"{CF1}/1 E"),
    case("C-03", "fires", "only the heading", coded("7102"), f"{CF1}/1 E"),
    case(
        "C-03",
        "fires",
        "a parcel of no known certificate",
        evidence(parcel=[parcel(CF2, hs_code="7108")]),
        f"{CF2}/1 E",
    ),
    *[case("C-03", "silent", hs_code, coded(hs_code)) for hs_code in ("710210", "710221", "710231")],
    case("C-03", "boundary", "national digits behind the six", coded("71023100")),
    case("C-03", "boundary", "a void certificate", coded("710239", status="void")),
    case("C-03", "missing", "no code", coded(None), missing="blank:hs_code"),
    case("C-03", "missing", "no column", without("hs_code", "parcel"), missing="not_supplied:hs_code"),
    case("C-03", "missing", "no packing list", evidence(shipment=[full()]), missing="not_supplied:parcel"),
    case(
        "C-03",
        "missing",
        "a packing line in quarantine",
        evidence(shipment=[full()], parcel=[], known_keys=[("parcel", "certificate_number", CF1)]),
        missing="in_quarantine:parcel",
    ),
    case(
        "C-03", "boundary", "a packing list without a line of the certificate", evidence(shipment=[full()], parcel=[])
    ),
]

C04 = [
    case("C-04", "fires", "another origin", one(origin_country="CM"), f"{CF1} E"),
    case("C-04", "fires", "another origin, no issue date", one(origin_country="CM", issue_date=None), f"{CF1} E"),
    case("C-04", "silent", "the CAR", one()),
    case("C-04", "boundary", "a replaced certificate", one(origin_country="CM", status="replaced")),
    case("C-04", "missing", "no origin", one(origin_country=None), missing="blank:origin_country"),
]


def valid(issue_date, expiry_date):
    return one(issue_date=issue_date, expiry_date=expiry_date)


C05 = [
    case("C-05", "fires", "expired before issue", valid("2021-03-10", "2020-05-10"), f"{CF1} not_after_issue E"),
    case("C-05", "fires", "a year", valid("2021-03-10", "2022-03-10"), f"{CF1} long W"),
    case("C-05", "silent", "a month", valid("2021-03-10", "2021-04-10")),
    case("C-05", "boundary", "the day of issue", valid("2021-03-10", "2021-03-10"), f"{CF1} not_after_issue E"),
    case("C-05", "boundary", "the day after", valid("2021-03-10", "2021-03-11")),
    case("C-05", "boundary", "two calendar months", valid("2021-07-10", "2021-09-10")),
    case("C-05", "boundary", "a day more", valid("2021-07-10", "2021-09-11"), f"{CF1} long W"),
    case("C-05", "boundary", "to the last day of February", valid("2020-12-31", "2021-02-28")),
    case("C-05", "boundary", "beyond the last day of February", valid("2020-12-31", "2021-03-01"), f"{CF1} long W"),
    case("C-05", "missing", "no expiry", valid("2021-03-10", None), missing="blank:expiry_date"),
    case("C-05", "missing", "no issue date", valid(None, "2021-03-10"), missing="blank:issue_date"),
]

PARTICIPANTS = [
    {"country": "EU", "valid_from": "2003-01-01", **TEAM},
    {"country": "BE", "valid_from": "2003-01-01", "part_of": "EU", **TEAM},
    {"country": "HR", "valid_from": "2013-07-01", "part_of": "EU", **TEAM},
    {"country": "AE", "valid_from": "2003-01-01", "valid_to": "2021-06-30", **TEAM},
]


def bound_for(country, day="2021-03-10", register=PARTICIPANTS):
    return evidence(shipment=[full(destination_country=country, issue_date=day)], kp_participant=register)


C06 = [
    case("C-06", "fires", "no participant (Kenya)", bound_for("KE"), f"{CF1} unlisted E"),
    case("C-06", "fires", "an empty register", bound_for("BE", register=[]), f"{CF1} unlisted E"),
    *[case("C-06", "silent", country, bound_for(country)) for country in ("BE", "EU", "AE")],
    case("C-06", "boundary", "the last day", bound_for("AE", "2021-06-30")),
    case("C-06", "boundary", "the day after", bound_for("AE", "2021-07-01"), f"{CF1} not_that_day E"),
    case("C-06", "boundary", "a member from its first day", bound_for("HR", "2013-07-01")),
    case("C-06", "boundary", "and not before", bound_for("HR", "2013-06-30"), f"{CF1} not_that_day E"),
    case("C-06", "boundary", "before the KP began no rule applies", bound_for("BE", "2002-12-31")),
    case("C-06", "missing", "no register", one(), missing="never_loaded:kp_participant"),
    case("C-06", "missing", "no destination", bound_for(None), missing="blank:destination_country"),
    case("C-06", "missing", "no issue date", bound_for("BE", None), missing="blank:issue_date"),
]

SIGNATURES = [
    {"signatory": "KOYAGBELE Jean", "valid_from": "2016-06-01", **TEAM},
    {"signatory": "Jean Koyagbele", "valid_from": "2019-01-01", "valid_to": "2021-03-31", **TEAM},
]


UNIONS = [
    {"country": "EU", "valid_from": "2003-01-01", **TEAM},
    {"country": "BE", "valid_from": "2003-01-01", "part_of": "EU", **TEAM},
    {"country": "SZ", "valid_from": "2003-01-01", **TEAM},
    {"country": "LS", "valid_from": "2003-01-01", "part_of": "SZ", **TEAM},
]
C06 += [
    case("C-06", "boundary", "a member of the first of two unions", bound_for("BE", register=UNIONS)),
    case("C-06", "boundary", "a member of the second", bound_for("LS", register=UNIONS)),
    case(
        "C-06",
        "silent",
        "two certificates, each to a member of another union",
        evidence(shipment=[full(destination_country="LS"), full(CF2)], kp_participant=UNIONS),
    ),
]


def signed(name, day="2021-03-10", register=SIGNATURES):
    return evidence(shipment=[full(signatory=name, issue_date=day)], signatory=register)


C07 = [
    case("C-07", "fires", "an unknown hand", signed("Marie Ngaïssona"), f"{CF1} unlisted W"),
    case("C-07", "silent", "on the list, accents apart", signed("Jean KOYAGBÉLÉ")),
    case("C-07", "boundary", "the last day of the mandate", signed("Jean Koyagbélé", "2021-03-31")),
    case("C-07", "boundary", "the day after", signed("Jean Koyagbélé", "2021-04-01"), f"{CF1} not_that_day W"),
    case("C-07", "boundary", "before the list existed", signed("Marie Ngaïssona", "2016-05-31")),
    case("C-07", "boundary", "the first day of the list", signed("Marie Ngaïssona", "2016-06-01"), f"{CF1} unlisted W"),
    case("C-07", "missing", "no list", one(), missing="never_loaded:signatory"),
    case("C-07", "missing", "no signatory", signed(None), missing="blank:signatory"),
    case("C-07", "missing", "no issue date", signed("Jean Koyagbélé", None), missing="blank:issue_date"),
    case("C-07", "missing", "an unknown hand, no date", signed("Marie Ngaïssona", None), missing="undated"),
]

C08 = [
    case("C-08", "fires", "no seal", one(seal_number=None), f"{CF1} E"),
    case("C-08", "fires", "no seal, no issue date", one(seal_number=None, issue_date=None), f"{CF1} E"),
    case("C-08", "silent", "sealed", one()),
    case("C-08", "boundary", "a void form needs no seal", one(seal_number=None, status="void")),
    case("C-08", "missing", "no such column", without("seal_number"), missing="not_supplied:seal_number"),
]

BLOCKS = [
    {
        "first_number": "CF000100",
        "last_number": "CF000199",
        "available_from": "2021-01-01",
        "available_to": "2021-06-30",
        **TEAM,
    },
    {"first_number": "CF000300", "last_number": "CF000399", **TEAM},
]


def printed(number, day="2021-03-10", status="issued"):
    return evidence(shipment=[full(number, issue_date=day, status=status)], certificate_block=BLOCKS)


OVERLAPPING = [
    {
        "first_number": "CF000100",
        "last_number": "CF000199",
        "available_from": "2015-01-01",
        "available_to": "2016-12-31",
    },
    {"first_number": "CF000150", "last_number": "CF000250", "available_from": "2021-01-01"},
]


def overlapping(number):
    return evidence(shipment=[full(number, issue_date="2021-03-10")], certificate_block=OVERLAPPING)


C09 = [
    case("C-09", "boundary", "one of two blocks was available", overlapping("CF000150")),
    case("C-09", "boundary", "only in the old block", overlapping("CF000149"), "CF000149 not_available E"),
    case("C-09", "fires", "between the blocks", printed("CF000250"), "CF000250 no_block E"),
    case("C-09", "fires", "a void form too", printed("CF000250", status="void"), "CF000250 no_block E"),
    case("C-09", "fires", "another prefix", printed("SL000150"), "SL000150 no_block E"),
    case("C-09", "silent", "inside", printed("CF000150")),
    case("C-09", "silent", "a block without dates", printed("CF000350", "2009-01-01")),
    case(
        "C-09",
        "silent",
        "two certificates of two blocks",
        evidence(shipment=[full("CF000150"), full("CF000350")], certificate_block=BLOCKS),
    ),
    *[case("C-09", "boundary", f"{n} is inside", printed(n)) for n in ("CF000100", "CF000199", "CF199")],
    *[case("C-09", "boundary", f"{n} is not", printed(n), f"{n} no_block E") for n in ("CF000099", "CF000200")],
    *[case("C-09", "boundary", day, printed("CF000150", day)) for day in ("2021-01-01", "2021-06-30")],
    case("C-09", "boundary", "a day early", printed("CF000150", "2020-12-31"), "CF000150 not_available E"),
    case("C-09", "boundary", "a day late", printed("CF000150", "2021-07-01"), "CF000150 not_available E"),
    case("C-09", "missing", "no register", one(), missing="never_loaded:certificate_block"),
    case("C-09", "missing", "inside, without a date", printed("CF000150", None), missing="blank:issue_date"),
]


def row_of(*numbers_and_days):
    return evidence(
        shipment=[full(number, issue_date=day) for number, day in numbers_and_days], certificate_block=BLOCKS
    )


C10 = [
    case(
        "C-10",
        "fires",
        "an old form used late",
        row_of(("CF000110", "2021-03-01"), ("CF000101", "2021-03-02")),
        "CF000101 W",
    ),
    case(
        "C-10",
        "fires",
        "the highest counts, not the last",
        row_of(("CF000110", "2021-03-01"), ("CF000102", "2021-03-02"), ("CF000103", "2021-03-03")),
        "CF000102 W",
        "CF000103 W",
    ),
    case(
        "C-10",
        "fires",
        "of two on one day the higher counts",
        row_of(("CF000110", "2021-03-01"), ("CF000101", "2021-03-01"), ("CF000102", "2021-03-02")),
        "CF000102 W",
    ),
    case(
        "C-10",
        "fires",
        "the higher number was used on two days: its first row is shown",
        row_of(("CF000110", "2021-03-01"), ("CF000110", "2021-03-02"), ("CF000101", "2021-03-03")),
        "CF000101 W",
    ),
    case("C-10", "silent", "rising", row_of(("CF000101", "2021-03-01"), ("CF000110", "2021-03-02"))),
    case("C-10", "boundary", "three numbers", row_of(("CF000104", "2021-03-01"), ("CF000101", "2021-03-02"))),
    case("C-10", "boundary", "four", row_of(("CF000105", "2021-03-01"), ("CF000101", "2021-03-02")), "CF000101 W"),
    case("C-10", "boundary", "one day is no order", row_of(("CF000110", "2021-03-01"), ("CF000101", "2021-03-01"))),
    case(
        "C-10", "boundary", "other blocks do not count", row_of(("CF000350", "2021-03-01"), ("CF000101", "2021-03-02"))
    ),
    case(
        "C-10",
        "boundary",
        "seventeen digits, three numbers",
        evidence(
            shipment=[full("CF10000000000000004", issue_date="2021-03-01"), full("CF10000000000000001")],
            certificate_block=[{"first_number": "CF10000000000000000", "last_number": "CF10000000000000099", **TEAM}],
        ),
    ),
    case("C-10", "missing", "no register", one(), missing="never_loaded:certificate_block"),
    case("C-10", "missing", "in no block", row_of(("CF000250", "2021-03-01")), missing="not_held:certificate_block"),
    case("C-10", "missing", "no date", row_of(("CF000101", None)), missing="blank:issue_date"),
]

CASES = [*C01, *C02, *C03, *C04, *C05, *C06, *C07, *C08, *C09, *C10]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    verify(case)


def test_the_blank_fields_of_one_certificate_are_one_finding() -> None:
    given = evidence(shipment=[full(carats=None, signatory=None)], parcel=[parcel(hs_code=None)])
    (finding,) = outcome_of("C-01", given).findings
    assert finding.evidence == {"blank_fields": ["signatory", "carats", "hs_code"], "parcels": ["1"]}
    assert set(finding.refs) == {*given["shipment"]["ref"], *given["parcel"]["ref"]}
    assert "signatory, carats, hs_code" in message(finding, "fr")


def test_an_undated_certificate_is_told_under_the_month_of_its_return() -> None:
    (finding,) = outcome_of("C-04", one(issue_date=None, origin_country="CM")).findings
    assert (finding.period, finding.regime) == ("2021-03", "UNDATED")


def test_the_higher_number_is_named_with_its_row() -> None:
    given = row_of(("CF000110", "2021-03-01"), ("CF000101", "2021-03-02"))
    (finding,) = outcome_of("C-10", given).findings
    assert finding.evidence == {"earlier_number": "CF000110", "gap": 9, "issue_date": "2021-03-02"}
    assert set(finding.refs) == set(given["shipment"]["ref"])
