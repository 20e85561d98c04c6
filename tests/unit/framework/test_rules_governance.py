"""G-01 to G-05: committees, reports to the KP, originals of certificates."""

import pytest

from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, TEAM, certificate, chain, resale, slip, use
from tests.unit.framework.rule_cases import RULEBOOK, Case, case, outcome_of, verify

Q1 = "Boda@2021-Q1"
OTHER_HOME = {"return_id": "SPPK@2021-04"}


def meeting(held_on="2021-02-18", place="Boda", committee="CLS de Boda", minutes=True, **more):
    usual = {"committee": committee, "held_on": held_on, "subprefecture": place, "minutes_lodged": minutes}
    return {**usual, "return_id": TEAM, **more}


def met(*meetings, **more):
    """A certificate of 2021-03-10 whose one slip comes from Boda."""
    return chain(**{"committee_meeting": list(meetings), **more})


def issued_on(day, *meetings, **more):
    return met(*meetings, shipment=[certificate(issue_date=day)], **more)


COLUMNS = ("committee", "held_on")
G01 = [
    case("G-01", "fires", "no committee in the zone", met(meeting(place="Nola")), f"{Q1} none I"),
    case("G-01", "fires", "a register without meetings", met(), f"{Q1} none I"),
    case("G-01", "fires", "a meeting a year ago", met(meeting("2020-03-10")), f"{Q1} old I"),
    case("G-01", "fires", "no minutes", met(meeting(minutes=False)), f"{Q1} minutes I"),
    case("G-01", "fires", "minutes of an old meeting only", met(meeting("2020-03-10"), meeting(minutes=False)),
         f"{Q1} minutes I"),
    case("G-01", "fires", "no minutes of two meetings",
         met(meeting(minutes=False), meeting("2021-01-18", minutes=False), meeting("2020-03-10")), f"{Q1} minutes I"),
    case("G-01", "fires", "one of two zones",
         met(meeting(), parcel_source=[use("B1", "5.00"), use("B2", "5.00")],
             purchase=[slip("B1"), slip("B2", "Nola")]), "Nola@2021-Q1 none I"),
    case("G-01", "fires", "the zone of a resale's source, not of the resale",
         met(meeting(place="Nola"), purchase=[slip("B1", "Nola"), slip("B0", "Boda")],
             purchase_source=[resale("B1", "B0")]), f"{Q1} none I"),
    case("G-01", "fires", "the national committee is none of the zone's",
         met(meeting(committee="CNS-PK", place="Boda")), f"{Q1} none I"),
    case("G-01", "silent", "met in February", met(meeting())),
    case("G-01", "silent", "one of two meetings with minutes", met(meeting("2021-02-19", minutes=False), meeting())),
    case("G-01", "silent", "a town of the zone", met(meeting(place="Dinguiri"), purchase=[slip(origin="Gadzi")])),
    case("G-01", "boundary", "six months before the quarter's end", met(meeting("2020-09-30"))),
    case("G-01", "boundary", "a day earlier", met(meeting("2020-09-29")), f"{Q1} old I"),
    case("G-01", "boundary", "on the quarter's last day", met(meeting("2021-03-31"))),
    case("G-01", "boundary", "a day after it", met(meeting("2021-04-01")), f"{Q1} none I"),
    case("G-01", "boundary", "the day after the quarter's end", met(as_of="2021-04-01"), f"{Q1} none I"),
    case("G-01", "boundary", "the first quarter of the span",
         issued_on("2015-10-10"), "Boda@2015-Q4 none I"),
    case("G-01", "boundary", "a quarter that ends before the span", issued_on("2015-09-10")),
    case("G-01", "boundary", "the last quarter of the span", issued_on("2024-09-10", as_of="2025-06-30"),
         "Boda@2024-Q3 none I"),
    case("G-01", "boundary", "a quarter that ends after the span",
         issued_on("2024-11-10", as_of="2025-06-30", zone=[])),
    case("G-01", "boundary", "a void certificate", met(shipment=[certificate(status="void")])),
    case("G-01", "missing", "the quarter's last day", met(meeting(), as_of="2021-03-31"), missing="quarter_open"),
    case("G-01", "missing", "no register of meetings", met(committee_meeting=None),
         missing="never_loaded:committee_meeting"),
    case("G-01", "missing", "it is not known whether minutes were lodged", met(meeting(minutes=None)),
         missing="blank:minutes_lodged"),
    case("G-01", "missing", "no minutes of one meeting, of another it is not known",
         met(meeting(minutes=False), meeting("2021-02-19", minutes=None)), missing="blank:minutes_lodged"),
    case("G-01", "missing", "no minutes of one meeting, another of no stated place",
         met(meeting(minutes=False), meeting("2021-02-19", place=None)), missing="blank:subprefecture"),
    case("G-01", "boundary", "minutes of one, whatever is not known of others",
         met(meeting(), meeting("2021-02-19", minutes=None), meeting("2021-02-20", place=None))),
    case("G-01", "missing", "no column of minutes",
         met(meeting(minutes=None), supplied={"committee_meeting": (*COLUMNS, "subprefecture")}),
         missing="not_supplied:minutes_lodged"),
    case("G-01", "missing", "a meeting of no stated place", met(meeting(place=None)), missing="blank:subprefecture"),
    case("G-01", "missing", "no column of places",
         met(meeting(place=None), supplied={"committee_meeting": (*COLUMNS, "minutes_lodged")}),
         missing="not_supplied:subprefecture"),
    case("G-01", "missing", "a meeting of an unknown place", met(meeting(place="Atlantis")),
         missing="place_unresolved:subprefecture"),
    case("G-01", "missing", "an old meeting of no stated place may be the zone's first",
         met(meeting("2019-02-10", place=None)), missing="blank:subprefecture"),
    case("G-01", "boundary", "an old meeting of no stated place helps no zone that met before",
         met(meeting("2020-09-29", place=None), meeting("2020-03-10")), f"{Q1} old I"),
    case("G-01", "missing", "a meeting of no stated place six months before",
         met(meeting("2020-09-30", place=None), meeting("2020-03-10")), missing="blank:subprefecture"),
    case("G-01", "boundary", "a later meeting of no stated place",
         met(meeting("2021-04-01", place=None)), f"{Q1} none I"),
    case("G-01", "boundary", "the national committee has no place", met(meeting(place=None, committee="CNS-PK")),
         f"{Q1} none I"),
    case("G-01", "missing", "a meeting in quarantine",
         met(known_keys=[("committee_meeting", "committee", "CLS", TEAM)]),
         missing="in_quarantine:committee_meeting"),
    case("G-01", "boundary", "it does not matter where a good one is held",
         met(meeting(), known_keys=[("committee_meeting", "committee", "CLS", TEAM)])),
    case("G-01", "missing", "a slip of unknown origin", met(purchase=[slip(origin="Atlantis")]),
         missing="place_unresolved:origin_subprefecture"),
    case("G-01", "missing", "a slip without an origin", met(purchase=[slip(origin=None)]),
         missing="blank:origin_subprefecture"),
    case("G-01", "missing", "a place of 2021", met(purchase=[slip(origin="Moboma")]), missing="needs_review"),
    case("G-01", "missing", "a slip that is not held", met(purchase=[]), missing="not_held:purchase"),
    case("G-01", "missing", "a certificate without its slips", met(parcel_source=None),
         missing="not_supplied:parcel_source"),
    case("G-01", "missing", "no issue date", issued_on(None), missing="undated"),
    case("G-01", "boundary", "the quarter in which monitoring began", met(monitoring_from="2021-03-31"),
         f"{Q1} none I"),
    case("G-01", "boundary", "a quarter before monitoring began", met(monitoring_from="2021-04-01")),
    case("G-01", "boundary", "an unknown slip of a quarter before monitoring began",
         met(purchase=[], monitoring_from="2021-04-01")),
]  # fmt: skip


def nation(*meetings, as_of="2020-04-15", **more):
    given = {"committee_meeting": list(meetings), **more}
    return evidence(as_of, **{name: rows for name, rows in given.items() if rows is not None})


CNS = {"place": None, "committee": "CNS-PK"}
Q4, Q1_20 = "CF@2019-Q4 I", "CF@2020-Q1 I"
G02 = [
    case("G-02", "fires", "no meeting on record", nation(), Q4, Q1_20),
    case("G-02", "fires", "only a local one", nation(meeting("2020-01-10")), Q4, Q1_20),
    case("G-02", "fires", "first met in the second quarter", nation(meeting("2020-01-10", **CNS)), Q4),
    case("G-02", "silent", "met at once", nation(meeting("2019-12-10", **CNS))),
    *[
        case("G-02", "silent", name, nation(meeting("2019-12-10", None, name)))
        for name in ("C.N.S.-P.K.", "Comité National de Suivi", "National monitoring committee")
    ],
    case("G-02", "silent", "minutes are not asked", nation(meeting("2019-12-10", minutes=False, **CNS))),
    case("G-02", "silent", "a place is given", nation(meeting("2019-12-10", "Bangui", "CNS-PK"))),
    case("G-02", "boundary", "the day it was created", nation(meeting("2019-11-14", **CNS))),
    case("G-02", "boundary", "a committee before that day", nation(meeting("2019-11-13", **CNS)), Q4, Q1_20),
    case("G-02", "boundary", "the last day of the quarter", nation(meeting("2019-12-31", **CNS))),
    case("G-02", "boundary", "a day later", nation(meeting("2020-01-01", **CNS)), Q4),
    case("G-02", "boundary", "the day after the quarter's end", nation(as_of="2020-04-01"), Q4, Q1_20),
    case("G-02", "boundary", "the quarter's last day", nation(as_of="2020-03-31"), Q4),
    case("G-02", "boundary", "monitoring began on the quarter's last day",
         nation(monitoring_from="2019-12-31"), Q4, Q1_20),
    case("G-02", "boundary", "monitoring began a day later", nation(monitoring_from="2020-01-01"), Q1_20),
    case("G-02", "boundary", "a quarter after the zones' time",
         nation(as_of="2025-01-15", monitoring_from="2024-12-01"), "CF@2024-Q4 I"),
    case("G-02", "missing", "no register of meetings", nation(committee_meeting=None),
         missing="never_loaded:committee_meeting"),
    case("G-02", "missing", "a committee of no stated place",
         nation(meeting("2019-12-10", None, "Comité de suivi")), missing="blank:subprefecture"),
    case("G-02", "missing", "a committee of no stated place, from the second quarter on",
         nation(meeting("2020-01-10", None, "Comité de suivi")), Q4, missing="blank:subprefecture"),
    case("G-02", "missing", "a committee of no stated place, on a quarter's last day",
         nation(meeting("2019-12-31", None, "Comité de suivi")), missing="blank:subprefecture"),
    case("G-02", "missing", "a local committee, later one of no stated place",
         nation(meeting("2019-12-10"), meeting("2020-01-10", None, "Comité de suivi")), Q4,
         missing="blank:subprefecture"),
    case("G-02", "missing", "two of no stated place: why the earlier is not known",
         nation(meeting("2020-01-10", None, "Comité de suivi", return_id="team@2020-01"),
                meeting("2019-12-10", None, "Comité de suivi"),
                supplied={("committee_meeting", "team@2020-01"): (*COLUMNS, "minutes_lodged")}),
         missing="blank:subprefecture"),
    case("G-02", "boundary", "met at once, later a committee of no stated place",
         nation(meeting("2019-12-10", **CNS), meeting("2020-01-10", None, "Comité de suivi"))),
    case("G-02", "boundary", "met at once, and a meeting in quarantine",
         nation(meeting("2019-12-10", **CNS), known_keys=[("committee_meeting", "committee", "CLS", TEAM)])),
    case("G-02", "missing", "no column of places",
         nation(meeting("2019-12-10", None, "Comité de suivi"),
                supplied={"committee_meeting": (*COLUMNS, "minutes_lodged")}), missing="not_supplied:subprefecture"),
    case("G-02", "missing", "a meeting in quarantine",
         nation(known_keys=[("committee_meeting", "committee", "CNS", TEAM)]),
         missing="in_quarantine:committee_meeting"),
]  # fmt: skip


def filed(filed_on="2021-03-26", period="2020", report="annual_report"):
    return {"report": report, "period": period, "filed_on": filed_on, "return_id": TEAM}


def reports(*filings, as_of="2021-07-31", monitoring_from="2020-01-01", **more):
    given = {"filing": list(filings), **more}
    given = {name: rows for name, rows in given.items() if rows is not None}
    return evidence(as_of, monitoring_from=monitoring_from, **given)


G03 = [
    case("G-03", "fires", "never filed", reports(), "CF@2020 missing I"),
    case("G-03", "fires", "filed in May", reports(filed("2021-05-01")), "CF@2020 late I"),
    case("G-03", "fires", "another report of the year", reports(filed(report="half_year_production")),
         "CF@2020 missing I"),
    case("G-03", "fires", "another year's report", reports(filed(period="2019")), "CF@2020 missing I"),
    case("G-03", "fires", "each year since 2003", reports(as_of="2006-12-31", monitoring_from=None),
         "CF@2003 missing I", "CF@2004 missing I", "CF@2005 missing I"),
    case("G-03", "silent", "filed in time", reports(filed())),
    case("G-03", "silent", "filed twice, once in time",
         reports(filed(), filed("2021-05-01") | {"return_id": "team@b"})),
    case("G-03", "boundary", "on the due day", reports(filed("2021-03-31"))),
    case("G-03", "boundary", "a day later", reports(filed("2021-04-01")), "CF@2020 late I"),
    case("G-03", "boundary", "on the due day nothing is late", reports(as_of="2021-03-31")),
    case("G-03", "boundary", "the day after", reports(as_of="2021-04-01"), "CF@2020 missing I"),
    case("G-03", "boundary", "monitoring began on the year's second day", reports(monitoring_from="2020-01-02")),
    case("G-03", "boundary", "a year before monitoring", reports(filed(), monitoring_from="2019-06-01")),
    case("G-03", "missing", "no register of filings", reports(filing=None), missing="never_loaded:filing"),
    case("G-03", "missing", "no day", reports(filed(None)), missing="blank:filed_on"),
    case("G-03", "missing", "late, and another filing without its day",
         reports(filed("2021-05-01"), filed(None) | {"return_id": "team@b"}), missing="blank:filed_on"),
    case("G-03", "boundary", "in time, and another filing without its day",
         reports(filed(), filed(None) | {"return_id": "team@b"})),
    case("G-03", "boundary", "in time, and another row of the year in quarantine",
         reports(filed(), known_keys=[("filing", "period", "2020", TEAM)])),
    case("G-03", "missing", "no column of days",
         reports(filed(None), supplied={"filing": ("report", "period")}), missing="not_supplied:filed_on"),
    case("G-03", "missing", "in quarantine", reports(known_keys=[("filing", "period", "2020", TEAM)]),
         missing="in_quarantine:filing"),
]  # fmt: skip


TRADE, DUG = "quarterly_trade", "half_year_production"
OWED = [
    filed("2020-11-10", "2020-Q3", TRADE),
    filed("2021-02-10", "2020-Q4", TRADE),
    filed("2021-02-10", "2020-H2", DUG),
    filed("2021-05-10", "2021-Q1", TRADE),
]


def owed(*filings, monitoring_from="2020-07-01", without=(), **more):
    """From July 2020 to July 2021: three quarters and a half-year are due."""
    return reports(*[f for f in OWED if f["period"] not in without], *filings, monitoring_from=monitoring_from, **more)


G04 = [
    case("G-04", "fires", "a quarter never filed", owed(without=["2020-Q4"]), "CF@2020-Q4 trade_missing I"),
    case("G-04", "fires", "a half-year never filed", owed(without=["2020-H2"]), "CF@2020-H2 production_missing I"),
    case("G-04", "fires", "a quarter late", owed(filed("2021-06-10", "2021-Q1", TRADE), without=["2021-Q1"]),
         "CF@2021-Q1 trade_late I"),
    case("G-04", "fires", "a half-year late", owed(filed("2021-06-10", "2020-H2", DUG), without=["2020-H2"]),
         "CF@2020-H2 production_late I"),
    case("G-04", "fires", "a first half-year", reports(as_of="2020-09-15"),
         "CF@2020-Q1 trade_missing I", "CF@2020-Q2 trade_missing I", "CF@2020-H1 production_missing I"),
    case("G-04", "fires", "production filed as trade", owed(filed("2021-02-10", "2020-H2", TRADE), without=["2020-H2"]),
         "CF@2020-H2 production_missing I"),
    case("G-04", "silent", "all filed", owed()),
    case("G-04", "boundary", "on the last day of February",
         owed(filed("2021-02-28", "2020-Q4", TRADE), without=["2020-Q4"])),
    case("G-04", "boundary", "on the first of March",
         owed(filed("2021-03-01", "2020-Q4", TRADE), without=["2020-Q4"]), "CF@2020-Q4 trade_late I"),
    case("G-04", "boundary", "a half-year on the first of March",
         owed(filed("2021-03-01", "2020-H2", DUG), without=["2020-H2"]), "CF@2020-H2 production_late I"),
    case("G-04", "boundary", "on the due day nothing is late", owed(without=["2021-Q1"], as_of="2021-05-31")),
    case("G-04", "boundary", "the day after", owed(without=["2021-Q1"], as_of="2021-06-01"),
         "CF@2021-Q1 trade_missing I"),
    case("G-04", "boundary", "a second quarter is due on the last of August",
         reports(filed("2021-08-31", "2021-Q2", TRADE), as_of="2021-09-15", monitoring_from="2021-04-01")),
    case("G-04", "boundary", "monitoring began on a quarter's second day: from the next one",
         owed(without=["2020-Q3", "2020-H2"], monitoring_from="2020-07-02")),
    case("G-04", "missing", "no register of filings", owed(filing=None), missing="never_loaded:filing"),
    case("G-04", "missing", "no day", owed(filed(None, "2020-H2", DUG), without=["2020-H2"]),
         missing="blank:filed_on"),
    case("G-04", "missing", "in quarantine",
         owed(without=["2020-Q4"], known_keys=[("filing", "period", "2020-Q4", TEAM)]),
         missing="in_quarantine:filing"),
]  # fmt: skip


def paper(number=CF1, kind="certificate_original", **more):
    return {"certificate_number": number, "file_name": f"{number}-{kind}.pdf", "kind": kind, **more}


def archive(*papers, shipment=None, as_of="2021-07-31", **more):
    """Two certificates of 2021-03-10; the second's original is on record."""
    both = [certificate(), certificate(CF2)] if shipment is None else shipment
    return evidence(as_of, shipment=both, document=[paper(CF2), *papers], **more)


G05 = [
    case("G-05", "fires", "no original of the first", archive(), f"{CF1} I"),
    case("G-05", "fires", "a copy is no original", archive(paper(kind="certificate_copy")), f"{CF1} I"),
    case("G-05", "fires", "a paper of another certificate in quarantine",
         archive(known_keys=[("document", "certificate_number", CF2)]), f"{CF1} I"),
    case("G-05", "silent", "both on record", archive(paper())),
    case("G-05", "silent", "an original in another return", archive(paper(**OTHER_HOME))),
    case("G-05", "boundary", "a void certificate", archive(shipment=[certificate(status="void"), certificate(CF2)])),
    case("G-05", "boundary", "three years to the day", archive(as_of="2024-03-10"), f"{CF1} I"),
    case("G-05", "boundary", "a day later", archive(as_of="2024-03-11")),
    case("G-05", "boundary", "issued on the day monitoring began", archive(monitoring_from="2021-03-10"), f"{CF1} I"),
    case("G-05", "boundary", "issued a day before", archive(monitoring_from="2021-03-11")),
    case("G-05", "boundary", "three years and a day, issued since monitoring began",
         archive(as_of="2024-03-11", monitoring_from="2021-03-01")),
    case("G-05", "boundary", "on record, another paper in quarantine",
         archive(paper(), known_keys=[("document", "certificate_number", CF1)])),
    case("G-05", "boundary", "on record, no documents of its own return",
         evidence(shipment=[certificate()], document=[paper(**OTHER_HOME)])),
    case("G-05", "missing", "no originals at all", evidence(shipment=[certificate()], document=[]),
         missing="no_originals"),
    case("G-05", "missing", "no documents of that return",
         evidence(shipment=[certificate(), certificate(CF2, **OTHER_HOME)], document=[paper(CF2, **OTHER_HOME)]),
         missing="not_supplied:document"),
    case("G-05", "missing", "a paper of it in quarantine",
         archive(known_keys=[("document", "certificate_number", CF1)]), missing="in_quarantine:document"),
    case("G-05", "missing", "a paper in quarantine whose number cannot be read", archive(unreadable={"document": 1}),
         missing="in_quarantine:document"),
    case("G-05", "missing", "no issue date", archive(shipment=[certificate(issue_date=None), certificate(CF2)]),
         missing="blank:issue_date"),
    case("G-05", "boundary", "no issue date, on record", archive(paper(),
         shipment=[certificate(issue_date=None), certificate(CF2)])),
]  # fmt: skip

CASES: list[Case] = [*G01, *G02, *G03, *G04, *G05]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case):
    verify(case)


def test_none_opens_a_case() -> None:
    specs = [RULEBOOK.specs[f"G-0{n}"] for n in range(1, 6)]
    assert {(spec.outcome, spec.severity) for spec in specs} == {("breach", "I")}


def test_values_the_kp_never_gave_are_defaults_of_the_project() -> None:
    defaults = {p.name for i in ("G-01", "G-04") for p in RULEBOOK.specs[i].parameters if p.basis == "project-default"}
    assert defaults == {"recent_months", "due_months"}


def test_a_zone_quarter_stands_on_its_certificates_slips_and_meetings() -> None:
    found = outcome_of("G-01", met(meeting(minutes=False))).findings[0]
    assert len(found.refs) == 4  # certificate, slip, link, meeting
