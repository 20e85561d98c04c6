"""F31: one mine that feeds distant collectors."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import MINES, backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons

BUYERS = [f"C-{zone}-{n}" for zone in ("BER", "BOD") for n in (1, 2, 3, 4)]
ACTORS = [*({"actor_id": b, "kind": "collector"} for b in BUYERS), {"actor_id": "BA-1", "kind": "buying_house"}]


def sale(number: str, buyer: str | None, mine: str | None) -> dict[str, Any]:
    return {"slip_number": number, "purchase_date": "2021-03-10", "buyer_id": buyer, "mine_site_id": mine}


def trade(slips: int = 26) -> list[dict[str, Any]]:
    """Every collector buys at the two mines of his own zone: 104 slips at each mine by default."""
    return [
        sale(f"{mine}{buyer}{n:02}", buyer, mine)
        for buyer in BUYERS
        for mine in (f"{buyer[2:5]}-1", f"{buyer[2:5]}-2")
        for n in range(slips)
    ]


def distant(buyers: int = 3) -> list[dict[str, Any]]:
    """Collectors of Berberati at a mine of Boda, 165 km away."""
    return [sale(f"S{n}", f"C-BER-{n + 1}", "BOD-1") for n in range(buyers)]


def evidence_of(*slips: dict[str, Any], **kinds: Any) -> Evidence:
    return on_the_map(**({"purchase": [*trade(), *slips], "actor": ACTORS, "purchase_source": []} | kinds))


def told(e: Evidence) -> list[str]:
    return sorted(f.subject_id for f in leads("F31", e))


@pytest.mark.parametrize(("buyers", "fires"), [(2, False), (3, True), (4, True)])
def test_several_distant_collectors_at_one_mine_are_told_and_two_are_not(buyers: int, fires: bool) -> None:
    assert told(evidence_of(*distant(buyers))) == ([f"S{n}" for n in range(buyers)] if fires else [])


def test_the_lead_names_home_distance_and_the_other_mines() -> None:
    [lead, *_] = leads("F31", evidence_of(*distant()))
    said = lead.evidence
    assert (said["site"], said["zone"], said["home"], said["buyers_slips"]) == ("BOD-1", "Boda", "Berberati", 52)
    assert (said["peers"], said["peers_alike"], said["distant_buyers"], said["buyers"]) == (104, 0, 3, 7)
    assert 160 < int(said["km"]) < 190


def test_what_the_zone_is_used_to_is_no_lead() -> None:
    """Three of 107 slips of the zone's other mine go to the same home: 2.8 %."""
    custom = [sale(f"T{n}", f"C-BER-{n + 1}", "BOD-2") for n in range(3)]
    assert told(evidence_of(*distant(), *custom)) == []
    assert told(evidence_of(*distant(), *custom[:2])) == ["S0", "S1", "S2"]


def test_a_mine_across_the_edge_but_within_reach_is_not_distant() -> None:
    """The same slips, were the mine 47 km from Berberati."""
    near = [m | ({"longitude": 16.2, "latitude": 4.4} if m["mine_site_id"] == "BOD-1" else {}) for m in MINES]
    assert told(evidence_of(*distant(), mine_site=near)) == []


def test_a_buying_house_has_no_home() -> None:
    house = [sale(f"H{n}", "BA-1", "BOD-1") for n in range(3)]
    assert told(evidence_of(*house)) == []


def test_a_resale_is_not_a_mines_slip() -> None:
    links = [{"slip_number": f"S{n}", "source_slip_number": "X"} for n in range(3)]
    assert told(evidence_of(*distant(), purchase_source=links)) == []


@pytest.mark.parametrize(
    ("buyer", "mine", "reason"),
    [
        (None, "BOD-1", "blank:buyer_id"),
        ("C-BER-3", None, "blank:mine_site_id"),
        ("C-BER-3", "X", "not_held:mine_site"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(buyer: str | None, mine: str | None, reason: str) -> None:
    e = evidence_of(*distant(2), sale("S9", buyer, mine))
    assert told(e) == []
    assert reasons("F31", e) == {reason: ["S9"]}
    RULEBOOK.reason_text(reason, "fr")


def test_a_collector_without_other_slips_and_a_zone_without_other_mines_are_too_few() -> None:
    new = [*ACTORS, {"actor_id": "C-NEW", "kind": "collector"}]
    e = evidence_of(*distant(2), sale("S9", "C-NEW", "BOD-1"), actor=new)
    assert reasons("F31", e) == {"small_sample:purchase": ["S9"]}
    thin = on_the_map(purchase=trade(24), actor=ACTORS, purchase_source=[])
    assert len(reasons("F31", thin)["small_sample:purchase"]) == 20  # the first twenty of all


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(*distant(4))
    assert len(told(e)) == 4
    assert digest("F31", e) == digest("F31", backwards(e))
