"""F24: armed presence near a mine before stones of it were bought."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons

LATER = {"event_id": "E9", "occurred_on": "2021-12-01", "longitude": 22.0, "latitude": 6.5, "precision": 1}  # Bria


def event(number: int = 1, **changed: Any) -> dict[str, Any]:
    """A precise event 11 km south of mine BOD-1 on 10 January."""
    return {
        "event_id": f"E{number}", "occurred_on": "2021-01-10", "longitude": 17.40, "latitude": 4.10, "precision": 1,
    } | changed  # fmt: skip


def slip(number: str = "S1", **changed: Any) -> dict[str, Any]:
    return {"slip_number": number, "purchase_date": "2021-02-10", "mine_site_id": "BOD-1", "carats": "3.00"} | changed


def evidence_of(*slips: dict[str, Any], events: list[dict[str, Any]] | None = None, **kinds: Any) -> Evidence:
    told = [event(), LATER] if events is None else events
    return on_the_map("2021-12-31", **({"purchase": list(slips or [slip()]), "security_event": told} | kinds))


def told(e: Evidence) -> list[str]:
    return sorted(f.subject_id for f in leads("F24", e))


@pytest.mark.parametrize(
    ("day", "fires"),
    [("2021-01-09", False), ("2021-01-10", True), ("2021-04-10", True), ("2021-04-11", False)],
)
def test_ninety_days_before_the_purchase_and_its_own_day_count(day: str, fires: bool) -> None:
    e = evidence_of(slip(purchase_date=day))
    assert bool(told(e)) is fires


@pytest.mark.parametrize(
    ("changed", "fires"),
    [
        ({"latitude": 4.021}, True),  # 19.9 km
        ({"latitude": 4.019}, False),  # 20.1 km
        ({"precision": 2}, True),
        ({"precision": 3}, False),
        ({"precision": None}, False),
        ({"occurred_on": None}, False),
    ],
)
def test_near_and_precise_events_count(changed: dict[str, Any], fires: bool) -> None:
    assert told(evidence_of(events=[event(**changed), LATER])) == (["BOD-1@2021-Q1"] if fires else [])


def test_one_lead_per_mine_and_quarter_tells_slips_events_and_the_nearest() -> None:
    slips = [
        slip(),
        slip("S2", carats="1.50"),
        slip("S3", purchase_date="2021-01-05"),
        slip("S4", mine_site_id="BER-1"),
    ]
    [lead] = leads(
        "F24", evidence_of(*slips, events=[event(), event(2, latitude=4.15, occurred_on="2021-02-01"), LATER])
    )
    assert lead.evidence == {
        "site": "BOD-1", "quarter": "2021-Q1", "slips": 2, "carats": "4.50", "events": 2, "nearest_km": "6",
        "last_event": "2021-02-01",
    }  # fmt: skip
    assert len(lead.refs) == 4


def test_after_the_end_of_the_register_of_events_silence_proves_nothing() -> None:
    e = evidence_of(slip(purchase_date="2021-08-10"), events=[event()])
    assert told(e) == []
    assert reasons("F24", e) == {"not_held:security_event": ["BOD-1@2021-Q3"]}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"purchase_date": None}, "blank:purchase_date"),
        ({"mine_site_id": None}, "blank:mine_site_id"),
        ({"mine_site_id": "X"}, "not_held:mine_site"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], reason: str) -> None:
    e = evidence_of(slip(**changed))
    assert told(e) == []
    assert reasons("F24", e) == {reason: ["S1"]}
    RULEBOOK.reason_text(reason, "fr")


def test_without_a_register_of_events_nothing_is_judged() -> None:
    e = evidence_of(events=[], supplied={"security_event": None})
    assert reasons("F24", e) == {"never_loaded:security_event": ["S1"]}


def test_the_order_of_rows_changes_nothing() -> None:
    slips = [slip(f"S{n}", mine_site_id=mine) for n, mine in enumerate(("BOD-1", "BOD-2", "BOD-1", "BER-1"))]
    e = evidence_of(*slips, events=[event(), event(2), event(3, longitude=17.3), LATER])
    assert len(told(e)) == 2
    assert digest("F24", e) == digest("F24", backwards(e))
