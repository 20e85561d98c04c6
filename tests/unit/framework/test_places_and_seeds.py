"""The gazetteer and the registers that ship: what rules and people rely on."""

import pandas as pd
import pytest

from carmonitor.store.seeds import read_seeds
from tests.unit.framework.papers import GAZETTEER, ZONES
from tests.unit.framework.rule_cases import SCHEMAS

EIGHT = {"Berberati", "Boda", "Boganangone", "Boganda", "Carnot", "Gadzi", "Mbaïki", "Nola"}
PLACES = GAZETTEER.places
OLD = [name for name, entry in PLACES.items() if entry["kind"] == "subprefecture" and not entry.get("review")]


def named(kind):
    return {name for name, entry in PLACES.items() if entry["kind"] == kind}


def one(text):
    return GAZETTEER.resolve(pd.Series([text], dtype="str")).iloc[0]


def test_the_72_subprefectures_of_before_2021_stand_with_their_prefecture() -> None:
    assert len(OLD) == 72
    prefectures = named("prefecture") | {"Bangui"}
    assert {PLACES[name]["prefecture_to_2021"] for name in OLD} <= prefectures
    assert {PLACES[name]["prefecture_from_2021"] for name in OLD} - {None} <= prefectures


def test_every_place_that_a_place_refers_to_stands_too() -> None:
    named_by_others = {entry["subprefecture"] for entry in PLACES.values() if entry["kind"] == "town"}
    named_by_others |= {parent for entry in PLACES.values() for parent in entry.get("split_from", [])}
    assert named_by_others <= set(OLD)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Berbérati", "Berberati"),
        ("BERBERATI", "Berberati"),
        ("Gazi", "Gadzi"),
        ("Boganagone", "Boganangone"),
        ("M’Baïki", "Mbaïki"),
        ("Dede Makouba", "Dédé-Mokouba"),
        ("Bangandou", "Bagandou"),
        ("Mambere Kadei", "Mambéré-Kadéï"),
        ("Mambéré", "Mambéré"),
        ("Gamboula", "Gamboula"),
        ("Gambo", "Gambo"),
        ("Senkpa Mbaéré", "Senkpa-Mbaéré"),
    ],
)
def test_spellings(written, meant) -> None:
    assert one(written) == meant


def test_no_spelling_of_a_zone_or_prefecture_is_ambiguous_but_a_commune_on_two_sides() -> None:
    assert {spelling for spelling, places in GAZETTEER.names.items() if len(places) > 1} == {"lambi"}


def test_the_eight_zones_and_no_other_are_compliant() -> None:
    assert {row["subprefecture"] for row in ZONES if row["status"] == "compliant"} == EIGHT
    assert {row["subprefecture"] for row in ZONES} <= set(OLD)


def test_intervals_of_approval_are_those_of_the_semantics() -> None:
    spans = {
        row["subprefecture"]: (str(row["valid_from"]), str(row["valid_from_latest"]))
        for row in ZONES
        if row["status"] == "compliant" and row["valid_from_latest"]
    }
    last_three = dict.fromkeys(["Boganangone", "Boganda", "Mbaïki"], ("2019-05-01", "2019-11-22"))
    assert spans == {
        "Berberati": ("2016-05-01", "2016-06-01"),
        "Gadzi": ("2016-09-19", "2017-10-04"),
        **last_three,
    }


def participants():
    (frame,) = [t.frame for t in read_seeds(SCHEMAS / "seeds").tables if t.kind == "kp_participant"]
    return frame


def test_a_country_is_listed_once_a_day() -> None:
    rows = participants().sort_values(["country", "valid_from"])
    ends = rows.groupby("country")["valid_to"].shift()
    later = rows.duplicated("country")
    assert (rows["valid_from"] > ends)[later].all()


@pytest.mark.parametrize(
    ("country", "day", "union"),
    [("GB", "2020-12-31", "EU"), ("GB", "2021-01-01", None), ("HR", "2013-06-30", None), ("HR", "2013-07-01", "EU")],
)
def test_members_of_the_union_by_day(country, day, union) -> None:
    rows, when = participants(), pd.Timestamp(day)
    on_day = rows[(rows["country"] == country) & (rows["valid_from"] <= when) & ~(rows["valid_to"] < when)]
    assert [None if pd.isna(p) else p for p in on_day["part_of"]] == [union]


def test_kenya_is_no_participant_and_the_car_is_one() -> None:
    countries = set(participants()["country"])
    assert "KE" not in countries
    assert "CF" in countries


def test_neighbours_are_known_for_every_subprefecture_and_mutual() -> None:
    beside = {name: set(GAZETTEER.neighbours(name) or ()) for name in OLD}
    assert all(beside.values())
    assert {(a, b) for a in OLD for b in beside[a]} == {(b, a) for a in OLD for b in beside[a]}
    assert beside["Boda"] == {"Bambio", "Boganda", "Mbaïki"}


def test_of_other_places_no_neighbours_are_known() -> None:
    assert GAZETTEER.neighbours("Moboma") is None
    assert GAZETTEER.neighbours("Atlantis") is None
