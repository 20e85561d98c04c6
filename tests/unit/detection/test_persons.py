"""F30: borrowed licences."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons

ACTORS = [{"actor_id": "A-1", "kind": "miner"}, {"actor_id": "C-1", "kind": "collector"}]


def sale(number: int, day: str, place: str | None, buyer: str = "C-1", **changed: Any) -> dict[str, Any]:
    return {
        "slip_number": f"S{number:02}", "purchase_date": day, "seller_id": "A-1", "buyer_id": buyer,
        "purchase_place": place,
    } | changed  # fmt: skip


def usual(count: int = 10) -> list[dict[str, Any]]:
    """Sales at Berberati, one a week from 3 May on."""
    days = [f"2021-0{5 + n // 4}-{3 + 7 * (n % 4):02}" for n in range(count)]
    return [sale(50 + n, day, "Berberati") for n, day in enumerate(days)]


def told(*sales: dict[str, Any], **kinds: Any) -> list[tuple[str, str]]:
    e = evidence_of(*sales, **kinds)
    return sorted((f.subject_id, f.part) for f in leads("F30", e))


def evidence_of(*sales: dict[str, Any], **kinds: Any) -> Evidence:
    return on_the_map(**({"purchase": list(sales), "actor": ACTORS} | kinds))


AWAY = [sale(1, "2021-05-03", "Nola"), sale(2, "2021-05-10", "Carnot"), sale(3, "2021-05-17", "Boda", "C-2")]


def test_a_miner_at_three_far_places_on_days_when_he_sells_at_home_is_told() -> None:
    """Nola, Carnot and Boda are 85, 76 and 186 km from Berberati."""
    assert told(*usual(), *AWAY) == [("S01", "places"), ("S02", "places"), ("S03", "places")]


def test_two_far_places_are_common_unless_no_day_is_long_enough() -> None:
    assert told(*usual(), *AWAY[:2]) == []
    assert told(*usual(), AWAY[0], AWAY[2]) == [("S03", "one_day")]


def test_his_own_slips_are_not_told_while_most_are_of_one_place() -> None:
    assert {number for number, _ in told(*usual(4), *AWAY)} == {"S01", "S02", "S03"}
    assert {number for number, _ in told(*usual(2), *AWAY)} == {"S01", "S02", "S50", "S51"}


@pytest.mark.parametrize(("day", "fires"), [("2021-05-18", True), ("2021-05-19", False)])
def test_a_neighbouring_day_counts_and_two_days_do_not(day: str, fires: bool) -> None:
    found = told(*usual(), *AWAY[:2], sale(3, day, "Boda"))
    assert bool(found) is fires


def test_places_near_each_other_are_one() -> None:
    """Boda and Boganda lie 41 km apart."""
    home = [s | {"purchase_place": "Boganda"} for s in usual()]
    assert told(*home, *(sale(n, f"2021-05-{7 * n - 4:02}", "Boda") for n in (1, 2, 3))) == []


def test_where_the_place_is_not_told_the_mine_counts() -> None:
    mines = [("BOD-1", "2021-05-03"), ("CAR-1", "2021-05-10"), ("NOL-1", "2021-05-17")]
    away = [sale(n, day, None, mine_site_id=mine) for n, (mine, day) in enumerate(mines)]
    assert len(told(*usual(), *away)) == 3


def test_other_sellers_than_miners_are_no_subjects() -> None:
    assert told(*(s | {"seller_id": "C-1"} for s in [*usual(), *AWAY])) == []


def test_the_lead_tells_how_often_and_where() -> None:
    found = {f.subject_id: f for f in leads("F30", evidence_of(*usual(), *AWAY))}
    said = found["S03"].evidence
    assert (said["place"], said["other_place"], said["km"], said["days"]) == ("Boda", "Berberati", "186", 0)
    assert (said["odd_slips"], said["odd_places"], said["odd_buyers"], said["usual_slips"]) == (3, 3, 2, 10)
    assert (said["usual_place"], said["sellers_slips"]) == ("Berberati", 13)
    assert (found["S03"].score or 0) > (found["S01"].score or 0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"seller_id": None}, "blank:seller_id"),
        ({"purchase_date": None}, "blank:purchase_date"),
        ({"purchase_place": None}, "blank:purchase_place"),
        ({"purchase_place": "Atlantis"}, "place_unresolved:purchase_place"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], reason: str) -> None:
    e = evidence_of(*usual(), *AWAY[:2], AWAY[2] | changed)
    assert leads("F30", e) == []
    assert reasons("F30", e) == {reason: ["S03"]}
    RULEBOOK.reason_text(reason, "fr")


def test_without_a_register_of_actors_nobody_is_a_miner() -> None:
    e = evidence_of(*usual(), *AWAY, actor=[], supplied={"actor": None})
    assert leads("F30", e) == []


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(*usual(), *AWAY, *(sale(20 + n, "2021-05-03", p) for n, p in enumerate(("Boda", "Nola", "Boda"))))
    assert len(leads("F30", e)) == 6
    assert digest("F30", e) == digest("F30", backwards(e))
