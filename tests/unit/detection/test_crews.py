"""F09: an artisan who sells more than a crew can dig."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import MINES, backwards, digest, on_the_map, unchecked
from tests.unit.detection.situations import RULEBOOK, leads

MONTHS = [*(f"2020-{n:02}" for n in range(4, 13)), "2021-01", "2021-02", "2021-03"]


def sale(
    number: str, seller: str, carats: str, stones: int | None, month: str = "2021-03", **changed: Any
) -> dict[str, Any]:
    return {
        "slip_number": number, "purchase_date": f"{month}-10", "seller_id": seller, "carats": carats, "stones": stones,
        "origin_subprefecture": "Boda", "mine_site_id": "BOD-1", "register_number": "CP", "return_id": f"SPPK@{month}",
    } | changed  # fmt: skip


def others(count: int = 10) -> list[dict[str, Any]]:
    """Ten miners of Boda with 40 stones and 12 ct each in twelve months, a month's return each so that none lacks."""
    return [
        sale(f"P{n}-{m}", f"M-{n}", "1.00", 10 if i % 3 == 0 else 0, m)
        for n in range(count)
        for i, m in enumerate(MONTHS)
    ]


def evidence_of(*sales: dict[str, Any], peers: int = 10, registered: str = "2015-01-01", **kinds: Any) -> Evidence:
    actors = [{"actor_id": f"M-{n}", "kind": "miner", "registered_on": "2015-01-01"} for n in range(12)]
    actors += [{"actor_id": "X", "kind": "miner", "registered_on": registered}]
    return on_the_map(**({"purchase": [*others(peers), *sales], "actor": actors} | kinds))


def told(e: Evidence) -> list[str]:
    return sorted(f.subject_id for f in leads("F09", e))


@pytest.mark.parametrize(("carats", "fires"), [("144.00", False), ("144.01", True)])
def test_more_than_one_and_a_half_times_a_crew_of_twelve_is_a_lead(carats: str, fires: bool) -> None:
    """1.5 × 8 ct × 12 diggers, where the register does not tell the crew."""
    assert told(evidence_of(sale("S1", "X", carats, 500))) == (["X@2021-Q1"] if fires else [])


@pytest.mark.parametrize(("stones", "fires"), [(120, False), (121, True)])
def test_one_big_stone_accuses_nobody(stones: int, fires: bool) -> None:
    """Three times the median of the others, 40 stones."""
    assert told(evidence_of(sale("S1", "X", "900.00", stones))) == (["X@2021-Q1"] if fires else [])


def test_the_people_of_a_mine_are_shared_among_its_miners() -> None:
    """Eleven miners at a mine of 220 people: crews of 20, plausible 160 ct, a lead above 240."""
    crowded = [m | {"crew_size": 220} for m in MINES]
    assert told(evidence_of(sale("S1", "X", "240.00", 500), mine_site=crowded)) == []
    [lead] = leads("F09", evidence_of(sale("S1", "X", "240.01", 500), mine_site=crowded))
    assert (lead.evidence["crew"], lead.evidence["plausible_carats"], lead.evidence["times_plausible"]) == (
        20,
        "160.00",
        "1.500",
    )


def test_who_was_registered_three_months_ago_had_three_months_to_dig() -> None:
    new = evidence_of(sale("S1", "X", "40.00", 60), registered="2020-12-31")
    [lead] = leads("F09", new)
    assert (lead.evidence["months"], lead.evidence["plausible_carats"], lead.evidence["median_stones"]) == (
        3,
        "24.00",
        10,
    )
    assert told(evidence_of(sale("S1", "X", "40.00", 60))) == []


def test_sales_of_the_three_quarters_before_count_and_older_ones_do_not() -> None:
    within = [sale("S1", "X", "100.00", 300, "2020-04"), sale("S2", "X", "50.00", 10)]
    before = [sale("S1", "X", "100.00", 300, "2020-03"), sale("S2", "X", "50.00", 10)]
    assert "X@2021-Q1" in told(evidence_of(*within))
    assert told(evidence_of(*before)) == []


def test_a_resale_and_a_seller_who_is_no_miner_are_no_output() -> None:
    big = sale("S1", "X", "900.00", 900)
    assert told(evidence_of(big, purchase_source=[{"slip_number": "S1", "source_slip_number": "P0-2021-03"}])) == []
    assert told(evidence_of(big | {"seller_id": "C-1"})) == []


def test_to_pass_the_returns_of_twelve_months_must_be_held() -> None:
    gap = [s for s in others() if not s["purchase_date"].startswith("2020-08")]
    nil = [
        {"period": m, "sender": "SPPK", "nil_return": True, "return_id": f"SPPK@{m}"} for m in MONTHS if m != "2020-08"
    ]
    e = evidence_of(
        purchase=[*gap, sale("S1", "X", "900.00", 900), sale("S2", "M-11", "1.00", 3)], return_declaration=nil
    )
    assert told(e) == ["X@2021-Q1"]
    assert ("return_not_held:2020-08", "M-11@2021-Q1") in unchecked("F09", e)
    RULEBOOK.reason_text("return_not_held:2020-08", "fr")


def test_unknown_weights_count_nothing() -> None:
    blank = [sale("S1", "X", "140.00", 500), sale("S2", "X", "10.00", 10) | {"carats": None}]
    assert told(evidence_of(*blank)) == []


@pytest.mark.parametrize(("peers", "judged"), [(9, False), (10, True)])
def test_fewer_than_ten_other_miners_are_too_few(peers: int, judged: bool) -> None:
    e = evidence_of(sale("S1", "X", "900.00", 900), peers=peers)
    assert told(e) == (["X@2021-Q1"] if judged else [])
    assert (("small_sample:actor", "X@2021-Q1") in unchecked("F09", e)) is not judged


def test_a_quarter_that_is_not_over_is_not_judged() -> None:
    e = on_the_map(
        "2021-03-31", purchase=[*others(), sale("S1", "X", "900.00", 900)], actor=[{"actor_id": "X", "kind": "miner"}]
    )
    assert leads("F09", e) == []


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(sale("S1", "X", "900.00", 900), sale("S2", "X", "100.00", 900, "2020-11", mine_site_id="BOD-2"))
    assert told(e)
    assert digest("F09", e) == digest("F09", backwards(e))
