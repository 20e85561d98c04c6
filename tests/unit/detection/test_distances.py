"""Distances in a straight line, and where the papers say that things happened."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.detection.distances import km_between, km_to_nearest, places_at, sites, slips_at_sites
from tests.unit.detection.map_situations import GAZETTEER, on_the_map

DEGREES = st.tuples(st.floats(14, 28), st.floats(2, 12))


def test_a_degree_of_the_equator_is_111_km() -> None:
    assert km_between(0.0, 0.0, 1.0, 0.0) == pytest.approx(6371 * math.pi / 180)


def test_berberati_to_bangui_is_three_hundred_kilometres() -> None:
    there = places_at(on_the_map(), pd.Series(["Berberati", "Bangui"]))
    assert km_between(*there.iloc[0], *there.iloc[1]) == pytest.approx(311, abs=1)


@given(DEGREES, DEGREES, DEGREES)
def test_it_is_a_distance(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    assert km_between(*a, *b) == pytest.approx(km_between(*b, *a))
    assert km_between(*a, *a) == 0
    assert km_between(*a, *c) <= km_between(*a, *b) + km_between(*b, *c) + 1e-6


def test_what_is_not_known_is_no_distance() -> None:
    assert np.isnan(km_between(np.nan, 4.0, 16.0, 4.0))
    assert np.isnan(km_to_nearest([16.0], [4.0], [])).all()


def test_the_nearest_of_several_points_counts() -> None:
    assert km_to_nearest([16.0], [4.0], [[17.0, 4.0], [16.0, 4.5], [16.0, 9.0]]) == pytest.approx(55.6, abs=0.1)


def test_places_without_a_position_have_none() -> None:
    at = places_at(on_the_map(), pd.Series(["Boda", None, "Lobaye", "Atlantis"], dtype="str"))
    assert at["lon"].notna().tolist() == [True, False, False, False]


def test_a_mine_told_twice_lies_where_its_first_row_says() -> None:
    twice = [
        {"mine_site_id": "M", "longitude": 16.0, "latitude": 4.0, "crew_size": 30},
        {"mine_site_id": "M", "longitude": 17.0, "latitude": 4.0},
        {"mine_site_id": "N", "longitude": None, "latitude": 4.0},
    ]
    known = sites(on_the_map(mine_site=twice))
    assert known["lon"].to_dict() == {"M": 16.0}
    assert known["crew_size"].to_dict() == {"M": 30}


@pytest.mark.parametrize(
    ("mine", "kinds", "reason"),
    [
        ("BER-1", {}, ""),
        (None, {}, "blank:mine_site_id"),
        ("XXX-9", {}, "not_held:mine_site"),
    ],
)
def test_why_a_slips_mine_cannot_be_placed(mine: str | None, kinds: dict[str, object], reason: str) -> None:
    told = slips_at_sites(on_the_map(purchase=[{"slip_number": "S1", "mine_site_id": mine}], **kinds))
    assert told["unplaced"].tolist() == [reason]


def test_without_a_register_no_slip_can_be_placed() -> None:
    slips = [{"slip_number": "S1", "mine_site_id": "BER-1"}]
    told = slips_at_sites(on_the_map(purchase=slips, mine_site=[], supplied={"mine_site": None}))
    assert told["unplaced"].tolist() == ["never_loaded:mine_site"]


def test_neighbours_share_a_boundary_and_others_do_not() -> None:
    assert GAZETTEER.boundary("Berberati", "Nola")
    assert GAZETTEER.boundary("Berberati", "Nola") == GAZETTEER.boundary("Nola", "Berberati")
    assert GAZETTEER.boundary("Berberati", "Bria") == []
    for name, entry in GAZETTEER.places.items():
        for other in entry.get("neighbours") or ():
            assert GAZETTEER.boundary(name, other), (name, other)


def test_every_subprefecture_and_town_has_a_position_in_or_near_the_country() -> None:
    for name, entry in GAZETTEER.places.items():
        if entry["kind"] in ("subprefecture", "town") and not entry.get("review"):
            lon, lat = GAZETTEER.position(name) or (0.0, 0.0)
            assert 14 < lon < 28, name
            assert 2 < lat < 12, name
