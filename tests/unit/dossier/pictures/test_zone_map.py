"""Maps of zones, and the boundaries they are drawn from."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from itertools import combinations

import pytest

from carmonitor.dossier.pictures.boundaries import Frame, boundaries, known_name, middle, neighbours, outlines, within
from carmonitor.dossier.pictures.placing import Sheet, around, overlap
from carmonitor.dossier.pictures.zone_map import EventMark, SiteMark, ZoneMark, draw_map, draw_zone
from carmonitor.records.places import Gazetteer
from carmonitor.settings import schemas_dir
from tests.unit.dossier.pictures.reading import HOSTILE, assert_self_contained, shown

COMPLIANT = ("Berberati", "Boda", "Boganangone", "Boganda", "Carnot", "Gadzi", "Mbaïki", "Nola")
ZONES = [ZoneMark(name, "compliant", cases) for cases, name in enumerate(COMPLIANT)]
SITES = [SiteMark("Pama-Drol", 17.5168, 4.72733, ("diamond",)), SiteMark("Ndassima", 20.8, 6.1, ("gold",))]
EVENTS = [EventMark(16.0, 4.9, date(2021, 3, 4), "militia"), EventMark(22.0, 6.5, None, "", precise=False)]


def gazetteer() -> Gazetteer:
    return Gazetteer.load(schemas_dir() / "gazetteer.yaml")


def test_the_boundaries_are_those_of_every_sub_prefecture_of_the_gazetteer() -> None:
    named = {
        name
        for name, entry in gazetteer().places.items()
        if entry["kind"] == "subprefecture" and not entry.get("review")
    }
    assert {name for name, _ in boundaries()} == named
    assert len(boundaries()) == 72
    assert {geometry["type"] for _, geometry in boundaries()} == {"Polygon"}


def test_neighbours_still_meet_after_the_boundaries_were_simplified() -> None:
    for name, entry in gazetteer().places.items():
        if name in outlines():
            assert neighbours(name) == set(entry["neighbours"]), name


def test_the_boundaries_stay_small_and_say_where_they_come_from() -> None:
    folder = files("carmonitor.dossier.pictures") / "data"
    assert len((folder / "caf_subprefectures.geojson").read_bytes()) < 150_000
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert "CC BY 3.0" in sources
    assert "geoBoundaries and UNHCR" in sources


def test_the_middle_of_a_sub_prefecture_lies_in_it() -> None:
    for name, rings in outlines().items():
        assert any(within(middle(name), ring) for ring in rings), name


def test_a_surveyed_site_lies_in_the_sub_prefecture_that_its_survey_names() -> None:
    assert within((17.5168, 4.72733), outlines()["Boganangone"][0])
    assert not within((17.5168, 4.72733), outlines()["Boda"][0])


@pytest.mark.parametrize(("spelling", "name"), [("BERBÉRATI", "Berberati"), ("M'Baiki", "Mbaïki"), ("Nowhere", None)])
def test_a_name_is_known_apart_from_accents_and_case(spelling: str, name: str | None) -> None:
    assert known_name(spelling) == name


def test_a_frame_keeps_north_up_and_the_scale_true() -> None:
    frame = Frame.around((15.0, 3.0, 19.0, 6.0), 640, 0.0, 0.5)
    (west, upper), (east, lower) = frame.place(15.0, 6.0), frame.place(19.0, 3.0)
    assert west < east
    assert upper < lower
    assert frame.place(15.0, 5.0)[1] - frame.place(15.0, 6.0)[1] == pytest.approx(frame.kilometre * 111.2)
    assert not frame.holds(float("nan"), 4.0)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    "zones",
    [ZONES, [], [*ZONES, ZoneMark("Bria", "suspended", 4, concerned=True)], [ZoneMark("Abba", "proposed")]],
)
def test_every_map_is_a_drawing_of_its_own_in_both_languages(zones: list[ZoneMark], lang: str) -> None:
    picture = draw_map(zones, lang, sites=SITES, events=EVENTS)
    assert_self_contained(picture)
    assert picture == draw_map(zones, lang, sites=SITES, events=EVENTS)


@pytest.mark.parametrize("far", [[], [ZoneMark("Bria", "suspended", 4)]])
def test_every_zone_that_matters_is_named_once_with_its_number_of_cases(far: list[ZoneMark]) -> None:
    rows = shown(draw_map([*ZONES, *far], "en")).splitlines()
    for zone in [*ZONES, *far]:
        assert rows.count(zone.name) == 1
    assert {"1", "7"} <= set(rows)
    assert "0" not in rows


def test_a_map_says_where_it_comes_from_and_what_is_on_it() -> None:
    said = shown(draw_map(ZONES, "en", sites=SITES, events=EVENTS)).replace("\n", " ")
    for text in (
        "geoBoundaries and UNHCR (CC BY 3.0)",
        "compliant zone",
        "50\u00a0km",
        "N",
        "mine site",
        "number of cases",
    ):
        assert text in said
    assert "suspended" not in said
    sourced = draw_map(ZONES, "en", source="Mine sites: IPIS / USAID AMPR.")
    assert "Mine sites: IPIS / USAID AMPR." in shown(sourced).replace("\n", " ")
    assert "geoBoundaries et HCR" in shown(draw_map(ZONES, "fr")).replace("\n", " ")


def test_what_is_not_on_the_map_is_counted_below_it() -> None:
    lost = [*ZONES, ZoneMark("Nulle-Part", "", 3)]
    sites = [*SITES, SiteMark("bare", None, 4.0), SiteMark("odd", float("nan"), 4.0)]
    picture = draw_map(lost, "en", sites=sites, events=EVENTS, unplaced=4)
    for text in (
        "Not on this map: Nulle-Part (3 cases).",
        "4 cases touch no zone by name",
        "1 mine site lies outside this map.",
        "2 mine sites have no position.",
        "1 violent event lies outside this map.",
    ):
        assert text in shown(picture).replace("\n", " ")
        assert text in picture.told


def test_a_map_is_told_in_words() -> None:
    told = draw_map([ZoneMark("Nola", "compliant", 2), ZoneMark("Abba", "", 5, concerned=True)], "en").told
    assert told.startswith("Compliant zones: Nola. Cases by zone: Abba 5, Nola 2. Concerned: Abba.")


def test_the_map_of_one_zone_names_its_sites_and_the_year_of_events() -> None:
    sites = [SiteMark("Bania", 16.2, 4.1), SiteMark("Nandobo", 15.9, 4.3), SiteMark("far away", 25.0, 6.0)]
    said = shown(draw_zone(ZoneMark("Berberati", "compliant", 1), "en", sites=sites, events=EVENTS)).splitlines()
    assert {"Berberati", "Bania", "Nandobo"} <= set(said)
    assert "far away" not in said
    assert "2021" in said


def test_sites_whose_names_find_no_room_are_counted() -> None:
    sites = [SiteMark(f"A rather long name of a site {i}", 16.0 + i / 1000, 4.3) for i in range(60)]
    assert "sites were left out for room" in draw_zone(ZoneMark("Berberati"), "en", sites=sites).told


def test_a_zone_that_is_on_no_map_is_shown_as_such() -> None:
    picture = draw_zone(ZoneMark(HOSTILE, "", 1), "en")
    assert_self_contained(picture)
    assert "Not on this map: <script>" in shown(picture)


def test_a_zone_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the zone 'Nola' twice"):
        draw_map([ZoneMark("Nola"), ZoneMark("NOLA")], "en")


def test_hostile_names_of_sites_and_events_stay_text() -> None:
    picture = draw_zone(
        ZoneMark("Carnot"),
        "fr",
        sites=[SiteMark(HOSTILE, 15.9, 5.0, (HOSTILE,))],
        events=[EventMark(15.8, 5.0, None, HOSTILE)],
    )
    assert_self_contained(picture)
    assert "<script" not in picture.svg


def test_labels_never_cover_each_other() -> None:
    sheet = Sheet(200, 200)
    for _ in range(20):
        sheet.put(around(100, 100, 40, 12), 40, 12)
    assert len(sheet.hard) > 4
    assert all(overlap(a, b) == 0 for a, b in combinations(sheet.hard, 2))
