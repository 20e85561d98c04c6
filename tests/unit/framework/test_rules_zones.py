"""Z-01 to Z-08: compliant zones, and the names of places."""

import pytest

from tests.unit.framework.papers import CF1, CF2, ZONES, certificate, chain, parcel, resale, slip, use, zone
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

QUARANTINE = {"known_keys": [("parcel_source", "certificate_number", CF1)]}
SUSPENDED = [*ZONES, zone("Boda", "suspended", "2021-02-01", to="2021-02-28")]


def issued_on(day, *slips, **more):
    """One certificate of that day with these slips (``B1`` alone where nothing is said of its sources)."""
    return chain(shipment=[certificate(issue_date=day)], purchase=list(slips), **more)


def origin(name, **more):
    return chain(purchase=[slip(origin=name)], **more)


Z01 = [
    case("Z-01", "fires", "a proposed zone is none", origin("Abba"), "B1 E"),
    case("Z-01", "fires", "never a zone", origin("Bria"), "B1 E"),
    case(
        "Z-01",
        "fires",
        "the first sale behind two resales",
        chain(
            parcel_source=[use("R2")],
            purchase=[slip("R2"), slip("R1"), slip("B1", "Bria"), slip("B2", "Nola")],
            purchase_source=[resale("R2", "R1"), resale("R1", "B1"), resale("R1", "B2")],
        ),
        "B1 E",
    ),
    case("Z-01", "fires", "its own origin, whatever its sources are", origin("Bria", purchase_source=None), "B1 E"),
    case("Z-01", "silent", "a zone", origin("Boda")),
    case(
        "Z-01",
        "silent",
        "sold by a miner, so no resale",
        chain(
            purchase=[slip(seller_id="ART-1")],
            purchase_source=None,
            actor=[{"actor_id": "ART-1", "kind": "miner", "return_id": "team@-"}],
        ),
    ),
    case(
        "Z-01",
        "silent",
        "from a production register, so no resale",
        chain(purchase=[slip(register_number="CP-1")], purchase_source=None),
    ),
    case("Z-01", "silent", "a zone, spelled otherwise", origin("M'BAÏKI")),
    case("Z-01", "silent", "a town in a zone", origin("Bangandou")),
    case("Z-01", "silent", "a suspended zone is for Z-05", chain(zone=[zone("Boda", "suspended", "2021-01-01")])),
    case(
        "Z-01",
        "silent",
        "the origin of a resale does not count",
        chain(parcel_source=[use("R1")], purchase=[slip("R1", "Bria"), slip()], purchase_source=[resale("R1", "B1")]),
    ),
    case("Z-01", "boundary", "the day before the approval", issued_on("2016-09-18", slip()), "B1 E"),
    case("Z-01", "boundary", "the day of the approval", issued_on("2016-09-19", slip())),
    case("Z-01", "boundary", "the last day", issued_on("2024-11-14", slip())),
    case("Z-01", "boundary", "all regions are open", issued_on("2024-11-15", slip(origin="Bria"))),
    case("Z-01", "boundary", "the day before the first zone", issued_on("2016-04-30", slip(origin="Bria"))),
    case(
        "Z-01",
        "boundary",
        "a zone that ended the day before",
        chain(zone=[zone("Boda", "compliant", "2016-09-19", to="2021-03-09")]),
        "B1 E",
    ),
    case(
        "Z-01",
        "boundary",
        "inside the interval",
        issued_on("2019-11-21", slip(origin="Mbaïki")),
        missing="interval",
    ),
    case("Z-01", "boundary", "after the interval", issued_on("2019-11-22", slip(origin="Mbaïki"))),
    case("Z-01", "missing", "blank", origin(None), missing="blank:origin_subprefecture"),
    case("Z-01", "missing", "unknown", origin("Nolla-Mbongo"), missing="place_unresolved:origin_subprefecture"),
    case("Z-01", "missing", "ambiguous", origin("La Mbi"), missing="place_unresolved:origin_subprefecture"),
    case("Z-01", "missing", "a prefecture", origin("Lobaye"), missing="place_unresolved:origin_subprefecture"),
    case("Z-01", "missing", "created in 2021", origin("Senkpa-Mbaéré"), missing="needs_review"),
    case("Z-01", "missing", "no zones", chain(zone=None), missing="never_loaded:zone"),
    case("Z-01", "missing", "no links", chain(parcel_source=None), missing="not_supplied:parcel_source"),
    case(
        "Z-01",
        "missing",
        "perhaps a resale, sources not supplied",
        chain(purchase_source=None),
        missing="not_supplied:purchase_source",
    ),
    case("Z-01", "missing", "slip not held", chain(purchase=[slip("B9")]), missing="not_held:purchase"),
    case(
        "Z-01",
        "missing",
        "slip in quarantine",
        chain(purchase=[], known_keys=[("purchase", "slip_number", "B1")]),
        missing="in_quarantine:purchase",
    ),
    case(
        "Z-01",
        "missing",
        "perhaps a resale",
        chain(known_keys=[("purchase_source", "slip_number", "B1")]),
        missing="in_quarantine:purchase_source",
    ),
    case("Z-01", "missing", "a link in quarantine", chain(**QUARANTINE), missing="in_quarantine:parcel_source"),
    case("Z-01", "missing", "no issue date", issued_on(None, slip(origin="Bria")), missing="undated"),
    case(
        "Z-01",
        "missing",
        "slips in a circle",
        chain(purchase=[slip(), slip("B2")], purchase_source=[resale("B1", "B2"), resale("B2", "B1")]),
        missing="circular_sources",
    ),
]

Z02 = [
    case("Z-02", "fires", "no slip", chain(parcel_source=[]), f"{CF1}/1 no_source E"),
    case("Z-02", "fires", "a slip without origin", origin(None), f"{CF1}/1 blank_origin E"),
    case("Z-02", "fires", "a slip without origin beside one that is not held", chain(
        parcel_source=[use(), use("B2")], purchase=[slip(origin=None)]), f"{CF1}/1 blank_origin E"),
    case("Z-02", "fires", "no slip, a link of another certificate in quarantine", chain(
        parcel_source=[], known_keys=[("parcel_source", "certificate_number", CF2)]), f"{CF1}/1 no_source E"),
    case("Z-02", "silent", "one slip", chain()),
    case(
        "Z-02",
        "silent",
        "mixed zones",
        chain(parcel_source=[use(), use("B2")], purchase=[slip(), slip("B2", "Nola")]),
    ),
    case(
        "Z-02",
        "silent",
        "a resale need not repeat what its sources say",
        chain(parcel_source=[use("R1")], purchase=[slip("R1", None), slip()], purchase_source=[resale("R1", "B1")]),
    ),
    case("Z-02", "silent", "void", chain(shipment=[certificate(), certificate(CF2, status="void")], parcel=[
        parcel(), parcel(CF2)])),
    case("Z-02", "boundary", "before the first zone", chain(
        shipment=[certificate(issue_date="2016-04-30")], parcel_source=[])),
    case("Z-02", "boundary", "the first day", chain(
        shipment=[certificate(issue_date="2016-05-01")], parcel_source=[]), f"{CF1}/1 no_source E"),
    case("Z-02", "boundary", "one of two parcels", chain(parcel=[parcel(), parcel(parcel_number="2")]),
         f"{CF1}/2 no_source E"),
    case("Z-02", "missing", "no links", chain(parcel_source=None), missing="not_supplied:parcel_source"),
    case("Z-02", "missing", "no column", chain(purchase=[slip(origin=None)], supplied={
        "purchase": ("slip_number", "purchase_date")}), missing="not_supplied:origin_subprefecture"),
    case("Z-02", "missing", "slip not held", chain(purchase=[]), missing="not_held:purchase"),
    case("Z-02", "missing", "no packing list", chain(parcel=None, parcel_source=None),
         missing="not_supplied:parcel"),
    case("Z-02", "missing", "a packing line in quarantine", chain(known_keys=[("parcel", "certificate_number", CF1)]),
         missing="in_quarantine:parcel"),
    case("Z-02", "missing", "link in quarantine", chain(parcel_source=[], **QUARANTINE),
         missing="in_quarantine:parcel_source"),
    case("Z-02", "missing", "a link in quarantine that names no certificate", chain(
        parcel_source=[], unreadable={"parcel_source": 1}), missing="in_quarantine:parcel_source"),
]  # fmt: skip

Z03 = [
    case("Z-03", "fires", "inside", issued_on("2016-12-01", slip(origin="Gadzi")), "B1 W lead"),
    case(
        "Z-03",
        "fires",
        "inside the interval of a zone that has no last day",
        issued_on("2016-12-01", slip(), zone=[zone("Boda", "compliant", "2016-09-19", latest="2017-10-04")]),
        "B1 W lead",
    ),
    case("Z-03", "silent", "no interval", issued_on("2016-12-01", slip(origin="Boda"))),
    case("Z-03", "silent", "no zone", issued_on("2016-12-01", slip(origin="Bria"))),
    case("Z-03", "boundary", "before", issued_on("2016-09-18", slip(origin="Gadzi"))),
    case("Z-03", "boundary", "first day", issued_on("2016-09-19", slip(origin="Gadzi")), "B1 W lead"),
    case("Z-03", "boundary", "last day", issued_on("2017-10-03", slip(origin="Gadzi")), "B1 W lead"),
    case("Z-03", "boundary", "after", issued_on("2017-10-04", slip(origin="Gadzi"))),
    case("Z-03", "boundary", "Berberati 31 May 2016", issued_on("2016-05-31", slip(origin="Berbérati")), "B1 W lead"),
    case("Z-03", "missing", "no zones", chain(zone=None), missing="never_loaded:zone"),
    case("Z-03", "missing", "unknown", origin("Nolla"), missing="place_unresolved:origin_subprefecture"),
    case("Z-03", "missing", "no links", chain(parcel_source=None), missing="not_supplied:parcel_source"),
]


def bought(day, **more):
    return chain(purchase=[slip(bought=day, **more)])


Z04 = [
    case("Z-04", "fires", "older stock, no audit", bought("2015-03-10"), "B1 W lead"),
    case("Z-04", "silent", "older stock, audited", bought("2015-03-10", audit_reference="AUD-7")),
    case("Z-04", "silent", "bought in a zone", bought("2021-02-10")),
    case("Z-04", "boundary", "the day before the suspension", bought("2013-05-22")),
    case("Z-04", "boundary", "the day of the suspension", bought("2013-05-23"), "B1 W lead"),
    case("Z-04", "boundary", "the day before the approval", bought("2016-09-18"), "B1 W lead"),
    case("Z-04", "boundary", "the day of the approval", bought("2016-09-19")),
    case(
        "Z-04",
        "boundary",
        "the earliest day of an interval counts",
        chain(purchase=[slip(origin="Gadzi", bought="2016-09-19")]),
    ),
    case("Z-04", "boundary", "never a zone: for Z-01", chain(purchase=[slip(origin="Bria", bought="2015-03-10")])),
    case("Z-04", "missing", "no date", bought(None), missing="blank:purchase_date"),
    case("Z-04", "missing", "no zones", chain(zone=None), missing="never_loaded:zone"),
    case("Z-04", "missing", "no links", chain(parcel_source=None), missing="not_supplied:parcel_source"),
    case(
        "Z-04",
        "missing",
        "no column for the audit",
        chain(
            purchase=[slip(bought="2015-03-10")],
            supplied={"purchase": ("slip_number", "origin_subprefecture", "purchase_date")},
        ),
        missing="not_supplied:audit_reference",
    ),
]


def suspended(day, issue="2021-03-10", **more):
    return issued_on(issue, slip(bought=day), zone=SUSPENDED, **more)


Z05 = [
    case("Z-05", "fires", "bought in the span", suspended("2021-02-10"), "B1 bought E"),
    case("Z-05", "fires", "only issued in the span", suspended("2021-01-10", "2021-02-10"), "B1 issued E lead"),
    case("Z-05", "fires", "not exported yet", suspended("2021-02-10", parcel_source=[]), "B1 bought E"),
    case(
        "Z-05",
        "fires",
        "the source of a resale, not the resale; beside them a slip without origin",
        chain(
            zone=SUSPENDED,
            purchase=[slip("R1"), slip("B2"), slip(origin=None)],
            purchase_source=[resale("R1", "B2")],
        ),
        "B2 bought E",
        missing="blank:origin_subprefecture",
    ),
    case("Z-05", "silent", "before and after", suspended("2021-01-10")),
    case("Z-05", "silent", "nothing is suspended", chain()),
    case("Z-05", "boundary", "the day before", suspended("2021-01-31")),
    case("Z-05", "boundary", "the first day", suspended("2021-02-01"), "B1 bought E"),
    case("Z-05", "boundary", "the last day", suspended("2021-02-28"), "B1 bought E"),
    case("Z-05", "boundary", "the day after", suspended("2021-03-01")),
    case(
        "Z-05",
        "boundary",
        "bought and issued in the span: told once",
        suspended("2021-02-10", "2021-02-20"),
        "B1 bought E",
    ),
    case("Z-05", "missing", "no zones", chain(zone=None), missing="never_loaded:zone"),
    case("Z-05", "missing", "no date", suspended(None), missing="blank:purchase_date"),
    case(
        "Z-05",
        "missing",
        "bought before, issued in the interval in which the suspension began",
        issued_on(
            "2021-02-10",
            slip(bought="2021-01-10"),
            zone=[zone("Boda", "suspended", "2021-02-01", latest="2021-02-15", to="2021-02-28")],
        ),
        missing="interval",
    ),
    case(
        "Z-05",
        "missing",
        "bought in the interval in which the suspension began",
        chain(zone=[zone("Boda", "suspended", "2021-02-01", latest="2021-02-15", to="2021-02-28")]),
        missing="interval",
    ),
    case(
        "Z-05",
        "missing",
        "unknown",
        chain(zone=SUSPENDED, purchase=[slip(origin="Nolla")]),
        missing="place_unresolved:origin_subprefecture",
    ),
]


def labelled(place, prefecture, day="2021-02-10"):
    return chain(purchase=[slip(origin=place, bought=day, prefecture=prefecture)])


Z06 = [
    case("Z-06", "fires", "another prefecture", labelled("Boda", "Sangha-Mbaéré"), "B1 W"),
    case("Z-06", "fires", "the old label", labelled("Carnot", "Mambéré-Kadéï"), "B1 W"),
    case("Z-06", "silent", "the right one", labelled("Berberati", "MAMBERE KADEI")),
    case("Z-06", "boundary", "old label, last day", labelled("Carnot", "Mambéré-Kadéï", "2021-01-20")),
    case("Z-06", "boundary", "old label, new map", labelled("Carnot", "Mambéré-Kadéï", "2021-01-21"), "B1 W"),
    case("Z-06", "boundary", "new label too early", labelled("Gadzi", "Mambéré", "2021-01-20"), "B1 W"),
    case("Z-06", "boundary", "new label", labelled("Gadzi", "Mambéré", "2021-01-21")),
    case("Z-06", "boundary", "no date needed", labelled("Boda", "Lobaye", None)),
    case("Z-06", "missing", "date needed", labelled("Carnot", "Mambéré", None), missing="blank:purchase_date"),
    case("Z-06", "missing", "no origin", labelled(None, "Lobaye"), missing="blank:origin_subprefecture"),
    case("Z-06", "missing", "place", labelled("Bodda", "Lobaye"), missing="place_unresolved:origin_subprefecture"),
    case("Z-06", "missing", "label", labelled("Boda", "Lobay"), missing="place_unresolved:prefecture"),
    case("Z-06", "missing", "not known to us", labelled("Kabo", "Ouham"), missing="place_unresolved:prefecture"),
]


def line(place):
    row = {"register_number": "P1", "line_number": "3", "subprefecture": place, "produced_on": "2021-02-01"}
    return chain(production=[row], purchase=[])


Z07 = [
    case("Z-07", "fires", "no match", origin("Nolla-Mbongo"), "B1 unknown W"),
    case("Z-07", "fires", "several matches", origin("La Mbi"), "B1 ambiguous W"),
    case("Z-07", "fires", "across the border", origin("Garoua-Boulaï"), "B1 not_subprefecture W"),
    case("Z-07", "fires", "a line of production", line("Nolla"), "P1/3 unknown W"),
    case("Z-07", "silent", "a known variant", origin("boganagone")),
    case("Z-07", "silent", "a line of production", line("Nola")),
    case("Z-07", "boundary", "a prefecture is none", origin("Ouham"), "B1 not_subprefecture W"),
    case("Z-07", "boundary", "a sub-prefecture of 2021 is one", origin("Moboma")),
    case("Z-07", "missing", "blank", origin(None), missing="blank:origin_subprefecture"),
    case("Z-07", "missing", "blank line", line(None), missing="blank:subprefecture"),
]


def new_name(day, name="Senkpa Mbaere"):
    return chain(purchase=[slip(origin=name, bought=day)])


Z08 = [
    case("Z-08", "fires", "Senkpa-Mbaéré", new_name("2021-02-10"), "B1 W lead"),
    case("Z-08", "fires", "Moboma", new_name("2021-02-10", "Moboma"), "B1 W lead"),
    case("Z-08", "silent", "an old name", new_name("2021-02-10", "Carnot")),
    case("Z-08", "boundary", "before the new map", new_name("2021-01-20")),
    case("Z-08", "boundary", "the new map", new_name("2021-01-21"), "B1 W lead"),
    case("Z-08", "boundary", "all regions are open", new_name("2024-11-15")),
    case(
        "Z-08", "missing", "unknown", new_name("2021-02-10", "Nolla"), missing="place_unresolved:origin_subprefecture"
    ),
    case("Z-08", "missing", "blank", new_name("2021-02-10", None), missing="blank:origin_subprefecture"),
    case(
        "Z-08",
        "missing",
        "no column",
        chain(purchase=[slip(origin=None)], supplied={"purchase": ("slip_number", "purchase_date")}),
        missing="not_supplied:origin_subprefecture",
    ),
    case("Z-08", "boundary", "town of a new name", new_name("2021-02-10", "Bagandou")),
    case("Z-08", "missing", "no date", new_name(None), missing="undated"),
]

CASES = Z01 + Z02 + Z03 + Z04 + Z05 + Z06 + Z07 + Z08


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_a_slip_under_two_certificates_is_told_for_each() -> None:
    given = chain(
        shipment=[certificate(), certificate(CF2)],
        parcel_source=[use(carats="4.00"), use(carats="4.00", of=CF2)],
        purchase=[slip(origin="Bria")],
    )
    findings = outcome_of("Z-01", given).findings
    assert {f.evidence["certificate_number"] for f in findings} == {CF1, CF2}
    assert len({f.finding_id for f in findings}) == 2


def test_the_finding_stands_on_slip_link_and_certificate() -> None:
    given = chain(purchase=[slip(origin="Bria")])
    (finding,) = outcome_of("Z-01", given).findings
    assert finding.refs == tuple(
        sorted(int(given[kind]["ref"].iloc[0]) for kind in ("purchase", "parcel_source", "shipment"))
    )


def test_blank_origins_of_a_parcel_are_one_finding_with_all_slips() -> None:
    given = chain(parcel_source=[use("B2"), use("B1")], purchase=[slip("B1", None), slip("B2", None)])
    (finding,) = outcome_of("Z-02", given).findings
    assert finding.evidence["slips"] == ["B1", "B2"]
