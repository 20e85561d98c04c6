"""F08: an origin that is a place of sale, or no known mine."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import MINES, backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons

REGISTER = [m | {"mine_site_id": f"{m['mine_site_id']}{n}"} for m in MINES for n in ("", "b", "c")]  # 24 mines


def slip(number: str = "S1", **changed: Any) -> dict[str, Any]:
    return {
        "slip_number": number, "purchase_date": "2021-02-10", "origin_subprefecture": "Boda", "mine_site_id": "BOD-1",
        "purchase_place": "Boda",
    } | changed  # fmt: skip


def evidence_of(*slips: dict[str, Any], **kinds: Any) -> Evidence:
    clean = [slip(f"P{n:02}") for n in range(99)]
    return on_the_map(**({"purchase": [*clean, *slips], "mine_site": REGISTER, "purchase_source": []} | kinds))


def told(e: Evidence) -> list[tuple[str, str]]:
    return sorted((f.subject_id, f.part) for f in leads("F08", e))


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({}, []),
        ({"origin_subprefecture": "Bagandou", "mine_site_id": None}, ["no_mine", "town"]),  # a market town of Mbaïki
        ({"origin_subprefecture": "Garoua Boulaï", "mine_site_id": None}, ["town"]),  # across the border
        ({"origin_subprefecture": "Bangui", "mine_site_id": None}, ["no_mine"]),
        ({"mine_site_id": "NEW-1"}, ["unknown_site"]),
        ({"mine_site_id": "BER-1"}, ["far_site"]),
    ],
)
def test_an_origin_where_nobody_is_known_to_dig_is_a_lead(changed: dict[str, Any], parts: list[str]) -> None:
    assert told(evidence_of(slip(**changed))) == [("S1", part) for part in parts]


@pytest.mark.parametrize(("longitude", "fires"), [(17.15, False), (16.0, True)])
def test_a_mine_just_outside_the_sub_prefecture_is_an_error_of_the_map(longitude: float, fires: bool) -> None:
    """17.15 E, 4.15 N lies in Boganda by the register, but within some kilometres of Boda's boundary."""
    near = [*REGISTER, {"mine_site_id": "EDGE", "longitude": longitude, "latitude": 4.15, "subprefecture": "Boganda"}]
    e = evidence_of(slip(mine_site_id="EDGE"), mine_site=near)
    assert told(e) == ([("S1", "far_site")] if fires else [])


def test_the_lead_tells_how_rare_such_slips_are() -> None:
    [lead] = leads("F08", evidence_of(slip(mine_site_id="BER-1")))
    assert (lead.evidence["site"], lead.evidence["site_zone"], lead.evidence["zone"]) == ("BER-1", "Berberati", "Boda")
    assert (lead.evidence["slips_alike"], lead.evidence["slips"]) == (1, 100)
    assert 100 < int(lead.evidence["km"]) < 160
    many = evidence_of(*(slip(f"S{n}", mine_site_id="BER-1") for n in range(50)))
    assert max(f.score or 0 for f in leads("F08", many)) < (lead.score or 0)


def test_a_resale_states_no_origin_of_its_own() -> None:
    links = [{"slip_number": "S1", "source_slip_number": "P01"}]
    assert told(evidence_of(slip(mine_site_id="NEW-1"), purchase_source=links)) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"origin_subprefecture": None}, "blank:origin_subprefecture"),
        ({"origin_subprefecture": "Atlantis"}, "place_unresolved:origin_subprefecture"),
        ({"mine_site_id": None}, "blank:mine_site_id"),
        ({"origin_subprefecture": "Senkpa-Mbaéré"}, "needs_review"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], reason: str) -> None:
    e = evidence_of(slip(**changed))
    assert told(e) == []
    assert reasons("F08", e)[reason] == ["S1"]
    RULEBOOK.reason_text(reason, "fr")


def test_a_short_register_does_not_say_where_nobody_digs() -> None:
    e = evidence_of(slip(mine_site_id="NEW-1"), mine_site=REGISTER[:19])
    assert told(e) == []
    assert len(reasons("F08", e)["small_sample:mine_site"]) == 20  # the first of a hundred


def test_a_mine_in_quarantine_is_not_unknown() -> None:
    e = evidence_of(slip(mine_site_id="NEW-1"), known_keys=[("mine_site", "mine_site_id", "NEW-1")])
    assert told(e) == []


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(
        slip(mine_site_id="BER-1"), slip("S2", mine_site_id="NEW-1"), slip("S3", origin_subprefecture="Guen")
    )
    assert len(told(e)) == 5
    assert digest("F08", e) == digest("F08", backwards(e))
