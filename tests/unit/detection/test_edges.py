"""F13: supply that shifts to a zone's edge with a closed neighbour."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map, unchecked
from tests.unit.detection.situations import RULEBOOK, leads

SITES = [
    {"mine_site_id": "EDGE", "longitude": 15.60, "latitude": 5.05, "subprefecture": "Carnot"},  # 5 km from Abba
    {"mine_site_id": "DEEP", "longitude": 16.20, "latitude": 4.60, "subprefecture": "Carnot"},
]
QUARTERS = ("2020-02", "2020-05", "2020-08", "2020-11", "2021-02")
OPEN = ("Carnot", "Berberati", "Gadzi")  # the mine called DEEP lies near the last two
ZONES = [{"subprefecture": name, "status": "compliant", "valid_from": "2016-05-01"} for name in OPEN]


def quarter(month: str, at_edge: int, slips: int) -> list[dict[str, Any]]:
    """First sales of one month, of which so many from the mine at the edge."""
    return [
        {
            "slip_number": f"{month}-{n:03}", "purchase_date": f"{month}-10", "origin_subprefecture": "Carnot",
            "mine_site_id": "EDGE" if n < at_edge else "DEEP", "register_number": "CP", "carats": "1.00",
            "return_id": f"SPPK@{month}",
        }
        for n in range(slips)
    ]  # fmt: skip


def evidence_of(now: int, slips: int = 200, before: int = 20, past_slips: int = 100, **kinds: Any) -> Evidence:
    sales = [s for month in QUARTERS[:-1] for s in quarter(month, before, past_slips)] + quarter(
        QUARTERS[-1], now, slips
    )
    first, last = (2020, 1), (2021, 3)
    months = [f"{y}-{m:02}" for y in (2020, 2021) for m in range(1, 13) if first <= (y, m) <= last]
    nil = [{"period": m, "sender": "SPPK", "nil_return": True, "return_id": f"SPPK@{m}"} for m in months]
    usual = {"purchase": sales, "mine_site": SITES, "zone": ZONES, "return_declaration": nil, "purchase_source": []}
    return on_the_map(**(usual | kinds))


def told(e: Evidence) -> list[str]:
    return [f.subject_id for f in leads("F13", e)]


@pytest.mark.parametrize(("now", "fires"), [(40, False), (70, False), (71, True)])
def test_a_share_more_than_fifteen_points_above_the_past_is_a_lead(now: int, fires: bool) -> None:
    """20 % of 400 slips before; 35 % of 200 passes, 35.5 % does not."""
    assert told(evidence_of(now)) == (["Carnot@2021-Q1"] if fires else [])


def test_the_lead_tells_both_shares_and_the_neighbours() -> None:
    [lead] = leads("F13", evidence_of(100))
    said = lead.evidence
    assert (said["share_percent"], said["past_percent"], said["jump_points"]) == ("50.00", "20.00", "30.00")
    assert (said["slips"], said["past_slips"], said["quarter"]) == (200, 400, "2021-Q1")
    assert "Abba" in said["neighbours"]
    assert (lead.score or 0) > 7


def test_small_numbers_do_not_decide() -> None:
    """12 of 30 after 24 of 120 is 20 points more, but 2.3 standard errors."""
    assert told(evidence_of(12, 30, 6, 30)) == []


def test_an_open_neighbour_is_no_closed_one() -> None:
    neighbours = ("Abba", "Amada-Gaza", "Bambio", "Baoro", "Berberati", "Boganda", "Bouar", "Gadzi")
    open_ = [*ZONES, *({"subprefecture": n, "status": "compliant", "valid_from": "2016-05-01"} for n in neighbours)]
    assert told(evidence_of(100, zone=open_)) == []


def test_a_zone_that_is_closed_itself_is_z01s() -> None:
    assert told(evidence_of(100, zone=[ZONES[0] | {"subprefecture": "Nola"}])) == []


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ({"zone": [], "supplied": {"zone": None}}, "never_loaded:zone"),
        ({"history": False}, "alone"),
        ({"unreadable": {("purchase", "SPPK@2021-02"): 1}}, "in_quarantine:purchase"),
    ],
)
def test_what_is_missing_is_named(kinds: dict[str, Any], reason: str) -> None:
    e = evidence_of(100, **kinds)
    assert told(e) == []
    assert (reason, "Carnot@2021-Q1") in unchecked("F13", e)
    RULEBOOK.reason_text(reason, "fr")


def test_few_slips_and_missing_returns_are_told() -> None:
    assert ("small_sample:purchase", "Carnot@2021-Q1") in unchecked("F13", evidence_of(10, 29))
    assert ("return_not_held:2019-01", "Carnot@2020-Q1") in unchecked("F13", evidence_of(100))


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(100)
    assert digest("F13", e) == digest("F13", backwards(e))
