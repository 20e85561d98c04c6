"""D-09: from the certificate back to the first sale each link is there and fits the next."""

import pytest

from carmonitor.records import KINDS
from tests.unit.framework.papers import CF1, CF2, certificate, chain, resale, slip, use
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

TEAM = {"return_id": "team@-"}
APRIL = {"return_id": "SPPK@2021-04"}
MINERS = [{"actor_id": "M1", "kind": "miner", **TEAM}, {"actor_id": "C1", "kind": "collector", **TEAM}]
SINCE = "2020-01-01"


def issued(number=CF1, day="2021-03-10", **more):
    return certificate(number, day, **{"exporter_id": "H1", **more})


def first(number="B1", bought="2021-02-10", seller="M1", buyer="C1", **more):
    """A slip by which a collector bought from a miner."""
    return slip(number, **{"bought": bought, "seller_id": seller, "buyer_id": buyer, **more})


def sold_on(number="R1", bought="2021-02-20", seller="C1", buyer="H1", **more):
    """A slip by which the buying house bought from the collector."""
    return first(number, bought, seller, buyer, **more)


def sold(*slips, links=(("R1", "B1"),), uses=("R1",), **more):
    """M1 to C1 on B1, C1 to H1 on R1, and R1 exported by H1 as CF1."""
    usual = {"shipment": [issued()], "parcel_source": [use(s) for s in uses], "actor": MINERS, "purchase": list(slips),
             "purchase_source": [resale(*link) for link in links], "monitoring_from": SINCE}  # fmt: skip
    return chain(**{**usual, **more})


def direct(one, **more):
    """One slip, exported as it is."""
    return sold(one, links=(), uses=("B1",), **more)


def direct_by(*buyers):
    """One slip of which these buyers hold a record each, exported as it is."""
    return sold(*(own(buyer=buyer) for buyer in buyers), links=(), uses=("B1",))


def own(**more):
    return first(**{"buyer": "H1", **more})


def without(kind, *columns):
    return {kind: [name for name in KINDS[kind].model_fields if name not in columns]}


def booklet(first_slip="B0001", last_slip="B0050", issued_on="2021-01-05"):
    return {"booklet_number": "K1", "first_slip": first_slip, "last_slip": last_slip, "issued_on": issued_on, **TEAM}


def lost(number="B7", *booklets, **more):
    """R1 was made of a slip that is not held."""
    usual = {"slip_booklet": list(booklets), "monitoring_from": "2021-03-01", "stock_declaration": [stock()]}
    return sold(sold_on(), links=(("R1", number),), **{**usual, **more})


def stock(day="2021-03-10", actor="H1"):
    return {"actor_id": actor, "as_of": day, "carats": "0.00", **TEAM}


MARCH = booklet(issued_on="2021-03-01")

LINKS = [
    case("D-09", "fires", "bought after the certificate", sold(first(), sold_on(bought="2021-03-15")),
         f"{CF1} after_issue E"),
    case("D-09", "fires", "resold before it was bought", sold(first(bought="2021-02-25"), sold_on()),
         f"{CF1} dates E"),
    case("D-09", "fires", "resold by another", sold(first(), sold_on(seller="C2")), f"{CF1} parties E"),
    case("D-09", "fires", "bought by another than the exporter", sold(first(), sold_on(buyer="H2")),
         f"{CF1} exporter E"),
    case("D-09", "fires", "each certificate is told", sold(
        first(), sold_on(seller="C2"), shipment=[issued(), issued(CF2)], parcel_source=[use("R1"), use("R1", of=CF2)]),
        f"{CF1} parties E", f"{CF2} parties E"),
    case("D-09", "fires", "far back", sold(
        first(), sold_on("R0", seller="C9", buyer="C2"), sold_on(seller="C2"), links=(("R1", "R0"), ("R0", "B1"))),
        f"{CF1} parties E"),
    case("D-09", "boundary", "twenty records of a slip, none of which fits",
         direct_by(*(f"H{n}" for n in range(2, 22))), f"{CF1} exporter E"),
    case("D-09", "boundary", "twenty-one records of a slip are too many to compare",
         direct_by(*(f"H{n}" for n in range(2, 23))), missing="rows_differ:purchase"),
    case("D-09", "boundary", "twenty records of a certificate, none of which fits",
         direct(own(), shipment=[issued(exporter_id=f"H{n}") for n in range(2, 22)]), f"{CF1} exporter E"),
    case("D-09", "boundary", "twenty-one records of a certificate are too many to compare",
         direct(own(), shipment=[issued(exporter_id=f"H{n}") for n in range(2, 23)]), missing="rows_differ:shipment"),
    case("D-09", "boundary", "twenty-one records of a source", sold(
         sold_on(), *(first(buyer=f"C{n}") for n in range(2, 23))), missing="rows_differ:purchase"),
    case("D-09", "fires", "one of two sources", sold(
        first(), first("B2", buyer="C2"), sold_on(), links=(("R1", "B1"), ("R1", "B2"))), f"{CF1} parties E"),
    case("D-09", "fires", "everything at once", sold(
        first(bought="2021-03-20", buyer="C3"), sold_on(bought="2021-03-15", buyer="H2")),
        f"{CF1} dates E", f"{CF1} after_issue E", f"{CF1} parties E", f"{CF1} exporter E"),
    case("D-09", "fires", "its own source", sold(
        sold_on(seller="H1", buyer="H1"), links=(("R1", "R1"),)), f"{CF1} circle E"),
    case("D-09", "fires", "two slips in a circle", sold(
        sold_on(seller="H1"), sold_on("R2", seller="H1"), links=(("R1", "R2"), ("R2", "R1"))), f"{CF1} circle E"),
    case("D-09", "fires", "two certificates on one circle", sold(
        sold_on(seller="H1"), sold_on("R2", seller="H1"), links=(("R1", "R2"), ("R2", "R1")),
        shipment=[issued(CF2), issued()], parcel_source=[use("R1", of=CF2), use("R2")]),
        f"{CF1} circle E", f"{CF2} circle E"),
    case("D-09", "fires", "two circles under one certificate are one finding", sold(
        *(sold_on(n, seller="H1") for n in ("R4", "R3", "R2", "R1")), uses=("R3", "R1"),
        links=(("R4", "R3"), ("R3", "R4"), ("R2", "R1"), ("R1", "R2"))), f"{CF1} circle E"),
    case("D-09", "fires", "what leads into a circle and out of it is no part of it", sold(
        sold_on("R0", seller="H1"), sold_on(seller="H1"), sold_on("R2", seller="H1"), first(buyer="H1"), uses=("R0",),
        links=(("R0", "R1"), ("R1", "R2"), ("R2", "R1"), ("R2", "B1"))), f"{CF1} circle E"),
    case("D-09", "fires", "one slip in two parcels, told once", direct(
        own(bought="2021-03-15"), parcel_source=[use("B1", "5.00"), use("B1", "5.00", parcel="2")]),
        f"{CF1} after_issue E"),
    case("D-09", "fires", "one slip under two certificates, told of both", direct(
        own(bought="2021-03-15"), shipment=[issued(), issued(CF2)], parcel_source=[use("B1"), use("B1", of=CF2)]),
        f"{CF1} after_issue E", f"{CF2} after_issue E"),
    case("D-09", "fires", "resold by another, under a certificate without its day", sold(
        first(), sold_on(seller="C2"), shipment=[issued(day=None)]), f"{CF1} parties E"),
    case("D-09", "silent", "a whole chain", sold(first(), sold_on())),
    case("D-09", "silent", "straight from the miner", direct(own())),
    case("D-09", "silent", "the same papers in two returns", sold(
        first(), first(**APRIL), sold_on(), sold_on(**APRIL), parcel_source=[use("R1"), use("R1") | APRIL],
        purchase_source=[resale("R1", "B1"), resale("R1", "B1") | APRIL])),
    case("D-09", "boundary", "all on one day", sold(
        first(bought="2021-03-10"), sold_on(bought="2021-03-10"))),
    case("D-09", "boundary", "bought the day after the certificate", sold(first(), sold_on(bought="2021-03-11")),
         f"{CF1} after_issue E"),
    case("D-09", "boundary", "bought the day after the resale", sold(first(bought="2021-02-21"), sold_on()),
         f"{CF1} dates E"),
    case("D-09", "boundary", "void", sold(first(), sold_on(seller="C2"), shipment=[issued(status="void")])),
    case("D-09", "boundary", "replaced", sold(first(), sold_on(seller="C2"), shipment=[issued(status="replaced")])),
    case("D-09", "boundary", "lifted", sold(
        first(), sold_on(seller="C2"), shipment=[issued(day="2025-03-10")]), f"{CF1} parties E"),
    case("D-09", "boundary", "one of two records fits", sold(
        first(), first(buyer="C2"), first(bought="2021-02-28"), sold_on(), sold_on(buyer="H2"),
        sold_on(bought="2021-03-20"))),
    case("D-09", "boundary", "none of two records fits", sold(first(buyer="C2"), first(buyer="C3"), sold_on()),
         f"{CF1} parties E"),
    case("D-09", "boundary", "one of two does not, the other has no buyer", sold(
        first(buyer="C2"), first(buyer=None), sold_on()), missing="blank:buyer_id"),
    case("D-09", "boundary", "one of two certificates of a number fits", sold(
        first(), sold_on(), shipment=[issued(), issued(exporter_id="H2")])),
    case("D-09", "boundary", "a blank party beside a breach of dates", sold(
        first(bought="2021-02-25", buyer=None), sold_on()), f"{CF1} dates E"),
    case("D-09", "missing", "no date of the resale", sold(first(), sold_on(bought=None)),
         missing="blank:purchase_date"),
    case("D-09", "missing", "no date of the source", sold(first(bought=None), sold_on()),
         missing="blank:purchase_date"),
    case("D-09", "missing", "no dates", sold(
        first(bought=None), sold_on(bought=None), supplied=without("purchase", "purchase_date")),
        missing="not_supplied:purchase_date"),
    case("D-09", "missing", "no seller of the resale", sold(first(), sold_on(seller=None)), missing="blank:seller_id"),
    case("D-09", "missing", "no buyer of the source", sold(first(buyer=None), sold_on()), missing="blank:buyer_id"),
    case("D-09", "missing", "no last buyer", sold(first(), sold_on(buyer=None)), missing="blank:buyer_id"),
    case("D-09", "missing", "no buyers", sold(
        first(buyer=None), sold_on(buyer=None), supplied=without("purchase", "buyer_id")),
        missing="not_supplied:buyer_id"),
    case("D-09", "missing", "no exporter", sold(first(), sold_on(), shipment=[issued(exporter_id=None)]),
         missing="blank:exporter_id"),
    case("D-09", "missing", "no column for the exporter", sold(
        first(), sold_on(), shipment=[issued(exporter_id=None)], supplied=without("shipment", "exporter_id")),
        missing="not_supplied:exporter_id"),
    case("D-09", "missing", "no issue date", sold(first(), sold_on(), shipment=[issued(day=None)]),
         missing="blank:issue_date"),
    case("D-09", "missing", "a row of the resale in quarantine", sold(
        first(), sold_on(seller="C2"), known_keys=[("purchase", "slip_number", "R1")]),
        missing="in_quarantine:purchase"),
    case("D-09", "missing", "a row of the source in quarantine", sold(
        first(), sold_on(seller="C2"), known_keys=[("purchase", "slip_number", "B1")]),
        missing="in_quarantine:purchase"),
    case("D-09", "missing", "a row of the last slip in quarantine", direct(
        own(bought="2021-03-15", buyer="H2"), known_keys=[("purchase", "slip_number", "B1")]),
        missing="in_quarantine:purchase"),
]  # fmt: skip

GAPS = [
    case("D-09", "missing", "links not supplied", sold(first(), sold_on(), parcel_source=None),
         missing="not_supplied:parcel_source"),
    case("D-09", "missing", "a link in quarantine", sold(
        first(), sold_on(), known_keys=[("parcel_source", "certificate_number", CF1)]),
        missing="in_quarantine:parcel_source"),
    case("D-09", "missing", "no slip listed", sold(first(), sold_on(), parcel_source=[]),
         missing="not_held:parcel_source"),
    case("D-09", "missing", "certificate not held", sold(first(), sold_on(seller="C2"), shipment=[]),
         missing="not_held:shipment"),
    case("D-09", "missing", "certificate in quarantine", sold(
        first(), sold_on(), shipment=[], known_keys=[("shipment", "certificate_number", CF1)]),
        missing="in_quarantine:shipment"),
    case("D-09", "missing", "a source of the first sale in quarantine", sold(
        first(), sold_on(), known_keys=[("purchase_source", "slip_number", "B1")]),
        missing="in_quarantine:purchase_source"),
    case("D-09", "missing", "a further source of the resale in quarantine", sold(
        first(), sold_on(), known_keys=[("purchase_source", "slip_number", "R1")]),
        missing="in_quarantine:purchase_source"),
    case("D-09", "missing", "a further source of the resale in quarantine, no issue date", sold(
        first(), sold_on(), shipment=[issued(day=None)], known_keys=[("purchase_source", "slip_number", "R1")]),
        missing="blank:issue_date in_quarantine:purchase_source"),
    case("D-09", "missing", "a collector's slip, sources not supplied", direct(own(seller="C1"), purchase_source=None),
         missing="not_supplied:purchase_source"),
    case("D-09", "boundary", "a miner's slip, sources not supplied", direct(own(), purchase_source=None)),
]  # fmt: skip

UNKNOWN = [
    case("D-09", "fires", "a slip of a new booklet", lost("B7", booklet("B1", "B9", "2021-03-02")),
         f"{CF1} unknown_slip E"),
    case("D-09", "fires", "the last link", sold(
        uses=("B7",), links=(), slip_booklet=[booklet(issued_on="2021-03-01")]), f"{CF1} unknown_slip E"),
    case("D-09", "boundary", "the first of the booklet", lost("B0001", MARCH), f"{CF1} unknown_slip E"),
    case("D-09", "boundary", "the last of the booklet", lost("B0050", MARCH), f"{CF1} unknown_slip E"),
    case("D-09", "missing", "one after it", lost("B0051", MARCH), missing="not_held:purchase"),
    case("D-09", "missing", "of another series", lost("A0001", MARCH), missing="not_held:purchase"),
    case("D-09", "missing", "no booklet known", lost("B0001"), missing="not_held:purchase"),
    case("D-09", "boundary", "issued on the day monitoring began", lost("B0001", MARCH), f"{CF1} unknown_slip E"),
    case("D-09", "boundary", "the day before", lost("B0001", booklet(issued_on="2021-02-28")),
         missing="not_held:purchase"),
    case("D-09", "missing", "a booklet without its day", lost("B0001", booklet(issued_on=None)),
         missing="not_held:purchase"),
    case("D-09", "boundary", "monitoring has no beginning", lost("B0001", booklet(issued_on="2019-01-01"),
         monitoring_from=None), f"{CF1} unknown_slip E"),
    case("D-09", "missing", "the slip in quarantine", lost(
        "B0001", MARCH, known_keys=[("purchase", "slip_number", "B0001")]), missing="in_quarantine:purchase"),
    case("D-09", "missing", "purchases not supplied", lost("B0001", MARCH, purchase=None),
         missing="not_supplied:purchase"),
    case("D-09", "missing", "judged alone", lost("B0001", MARCH, history=False), missing="alone"),
    case("D-09", "missing", "a return since the booklet was issued is not held", lost(
        "B0001", booklet(issued_on="2021-02-01"), monitoring_from="2021-02-01"), missing="return_not_held:2021-02"),
    case("D-09", "boundary", "one from before the booklet", lost("B0001", MARCH, monitoring_from="2021-02-01"),
         f"{CF1} unknown_slip E"),
    case("D-09", "missing", "purchases of another month not supplied", lost(
        "B0001", booklet(issued_on="2021-02-01"), monitoring_from="2021-02-01",
        parcel=[{"certificate_number": CF2, "parcel_number": "1", "carats": "1.00", "return_id": "SPPK@2021-02"}]),
        missing="not_supplied:purchase"),
]  # fmt: skip

HISTORY = [
    case("D-09", "missing", "the first months", sold(first(), sold_on(), monitoring_from="2021-03-01"),
         missing="history_short"),
    case("D-09", "boundary", "the last day of the first six months", sold(
        first(), sold_on(), monitoring_from="2020-09-11"), missing="history_short"),
    case("D-09", "silent", "the day after", sold(first(), sold_on(), monitoring_from="2020-09-10")),
    case("D-09", "boundary", "what contradicts itself is told", sold(
        first(), sold_on(seller="C2"), monitoring_from="2021-03-01"), f"{CF1} parties E"),
    case("D-09", "silent", "a stock declaration opens the exporter", sold(
        first(), sold_on(), monitoring_from="2021-03-01", stock_declaration=[stock()])),
    case("D-09", "boundary", "not before its day", sold(
        first(), sold_on(), monitoring_from="2021-03-01", stock_declaration=[stock("2021-03-11")]),
        missing="history_short"),
    case("D-09", "boundary", "nor another exporter", sold(
        first(), sold_on(), monitoring_from="2021-03-01", stock_declaration=[stock(actor="H2")]),
        missing="history_short"),
    case("D-09", "boundary", "void, in the first months", sold(
        first(), sold_on(), monitoring_from="2021-03-01", shipment=[issued(status="void")])),
    case("D-09", "boundary", "two certificates of a number, no slip listed: the first one counts", sold(
        first(), sold_on(), monitoring_from="2020-09-10", parcel_source=[],
        shipment=[issued(), issued(day="2021-02-10")]), missing="not_held:parcel_source"),
]  # fmt: skip

CASES = LINKS + GAPS + UNKNOWN + HISTORY


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_a_broken_link_stands_on_both_slips_their_link_and_the_certificate() -> None:
    e = sold(first(buyer="C2"), sold_on())
    (finding,) = outcome_of("D-09", e).findings
    assert (finding.evidence["slip"], finding.evidence["source"]) == ("R1", ["B1"])
    assert (finding.evidence["seller"], finding.evidence["buyer"]) == ("C1", "C2")
    assert set(finding.refs) == {*e["purchase"]["ref"], *e["purchase_source"]["ref"], *e["shipment"]["ref"]}


def test_what_one_party_had_bought_and_another_resold_is_one_finding() -> None:
    e = sold(first(buyer="C2"), first("B2", buyer="C2"), sold_on(), links=(("R1", "B1"), ("R1", "B2")))
    (finding,) = outcome_of("D-09", e).findings
    assert finding.evidence["source"] == ["B1", "B2"]
    assert set(finding.refs) == {*e["purchase"]["ref"], *e["purchase_source"]["ref"], *e["shipment"]["ref"]}


def test_what_two_parties_had_bought_is_two_findings_with_ids_of_their_own() -> None:
    e = sold(first(buyer="C2"), first("B2", buyer="C3"), sold_on(), links=(("R1", "B1"), ("R1", "B2")))
    findings = outcome_of("D-09", e).findings
    assert len({f.finding_id for f in findings}) == 2
    assert sorted(f.evidence["source"] for f in findings) == [["B1"], ["B2"]]


def test_a_circle_names_its_slips_and_links() -> None:
    links = (("R1", "R2"), ("R2", "R1"), ("R1", "B1"))
    e = sold(sold_on(seller="H1"), sold_on("R2", seller="H1"), first(buyer="H1"), links=links)
    (finding,) = outcome_of("D-09", e).findings
    assert finding.evidence["slips"] == ["R1", "R2"]
    assert set(finding.refs) == {*e["purchase_source"]["ref"], *e["shipment"]["ref"]}
