"""The way back from a parcel to the first sales: resales, mixtures, circles."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from carmonitor.framework.custody import first_sales, gaps, upstream
from tests.unit.framework.papers import CF1, CF2, certificate, chain, parcel, resale, slip, use


def found(frame):
    return {(row.certificate_number, row.parcel_number, row.slip_number) for row in frame.itertuples()}


def test_a_resale_leads_to_its_sources() -> None:
    e = chain(
        parcel_source=[use("R1"), use("B3")],
        purchase=[slip(name) for name in ("R1", "B1", "B2", "B3")],
        purchase_source=[resale("R1", "B1"), resale("R1", "B2")],
    )
    assert found(upstream(e)) == {(CF1, "1", name) for name in ("R1", "B1", "B2", "B3")}
    assert found(first_sales(e)) == {(CF1, "1", name) for name in ("B1", "B2", "B3")}


def test_each_row_names_the_link_it_was_reached_by() -> None:
    e = chain(
        parcel_source=[use("B9"), use("R1")],
        purchase=[slip("R1"), slip("B1"), slip("B9")],
        purchase_source=[resale("R1", "B1")],
    )
    links = dict(zip(upstream(e)["slip_number"], upstream(e)["ref_link"], strict=True))
    by_slip = dict(zip(e["parcel_source"]["slip_number"], e["parcel_source"]["ref"], strict=True))
    assert links == {"B9": by_slip["B9"], "R1": by_slip["R1"], "B1": by_slip["R1"]}


def test_a_slip_reached_twice_stands_once_per_parcel() -> None:
    e = chain(
        parcel=[parcel(), parcel(parcel_number="2")],
        parcel_source=[use("R1"), use("R2"), use("R2", parcel="2")],
        purchase=[slip(name) for name in ("R1", "R2", "B1")],
        purchase_source=[resale("R1", "B1", "4.00"), resale("R2", "B1", "6.00")],
    )
    assert sorted(first_sales(e)["parcel_number"]) == ["1", "2"]


def test_void_certificates_have_no_upstream() -> None:
    assert upstream(chain(shipment=[certificate(status="void")])).empty


def test_a_slip_that_is_not_held_stays_and_says_so() -> None:
    e = chain(purchase=[])
    assert first_sales(e)[["slip_number", "missing"]].to_numpy().tolist() == [["B1", "not_held:purchase"]]


def test_circles_are_told_and_what_hangs_on_them_is_still_found() -> None:
    e = chain(
        parcel_source=[use("R1")],
        purchase=[slip(name) for name in ("R1", "R2", "R3", "B1")],
        purchase_source=[resale("R1", "R2"), resale("R2", "R3"), resale("R3", "R2"), resale("R3", "B1")],
    )
    sales = first_sales(e).set_index("slip_number")["missing"].to_dict()
    assert sales == {"R2": "circular_sources", "R3": "circular_sources", "B1": ""}


def test_a_slip_that_is_its_own_source_is_a_circle() -> None:
    e = chain(purchase_source=[resale("B1", "B1")])
    assert first_sales(e)["missing"].tolist() == ["circular_sources"]


def test_a_long_chain_ends_in_reasonable_time() -> None:
    length = 30_000
    names = [f"R{n}" for n in range(length)]
    e = chain(
        parcel_source=[use("R0")],
        purchase=[slip(names[-1])],
        purchase_source=[resale(a, b) for a, b in pairwise(names)],
    )
    begun = time.perf_counter()
    assert first_sales(e)["slip_number"].tolist() == [names[-1]]
    assert time.perf_counter() - begun < 10


def test_gaps_name_certificates_whose_links_are_not_all_known() -> None:
    e = chain(
        shipment=[certificate(), certificate(CF2, return_id="SPPK@2021-04")],
        known_keys=[("parcel_source", "certificate_number", CF1)],
    )
    assert gaps(e).set_index("certificate_number")["missing"].to_dict() == {
        CF1: "in_quarantine:parcel_source",
        CF2: "not_supplied:parcel_source",
    }


NAMES = ["A", "B", "C", "D", "E"]
LINKS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), unique=True, max_size=10)


@given(LINKS)
def test_reach_and_circles_as_the_definition_says(links) -> None:
    """Beside the transitive closure: upstream = start and all it leads to; a circle = a slip that leads to itself."""
    leads = set(links)
    for middle in NAMES:
        leads |= {(a, d) for a, b in leads for c, d in leads if b == c == middle}
    e = chain(
        parcel_source=[use("A")],
        purchase=[slip(name) for name in NAMES],
        purchase_source=[resale(a, b) for a, b in links],
    )
    reached = {"A"} | {b for a, b in leads if a == "A"}
    assert set(upstream(e)["slip_number"]) == reached
    on_circle = {name for name in reached if (name, name) in leads}
    told = upstream(e).loc[upstream(e)["circular"], "slip_number"]
    between = {n for n in reached for c in NAMES for d in NAMES if {(c, n), (n, d), (c, c), (d, d)} <= leads}
    assert set(told) == on_circle | between
