"""F10: an actor's stock between two counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip

FIRST, LAST = "2021-02-01", "2021-03-31"


def held(closing: str | None, opening: str | None = "100.00", **changed: Any) -> Any:
    """100 ct on 1 February, 50 ct bought, 30 ct sold, a count at the end of March: 120 ct are expected."""
    kinds: dict[str, Any] = {
        "actor": [{"actor_id": "C-01", "kind": "collector"}, {"actor_id": "M-01", "kind": "miner"}],
        "stock_declaration": [
            {"actor_id": "C-01", "as_of": FIRST, "carats": opening},
            {"actor_id": "C-01", "as_of": LAST, "carats": closing},
        ],
        "purchase": [
            slip("S1", 1, carats="50.00", seller_id="M-01", purchase_date="2021-02-02"),
            slip("S2", 1, "C-02", carats="30.00", seller_id="C-01", purchase_date="2021-03-31"),
            slip("S0", 1, carats="7.00", purchase_date=FIRST),  # on the day of the first count: counted in it
        ],
        "return_declaration": [
            {"period": m, "sender": "SPPK", "nil_return": False, "return_id": f"SPPK@{m}"}
            for m in ("2021-02", "2021-03")
        ],
    }
    supplied = {("purchase", "SPPK@2021-02"): list(slip("S", 1))}
    return evidence(**{"supplied": supplied, **kinds, **changed})


@pytest.mark.parametrize(
    ("closing", "part"),
    [
        ("120.00", None),
        ("121.50", None),  # exactly 1 % of 150 ct
        ("121.51", "surplus"),
        ("118.50", None),
        ("118.49", "shortage"),
    ],
)
def test_more_than_one_percent_between_count_and_books_is_a_lead(closing: str, part: str | None) -> None:
    found = leads("F10", held(closing))
    assert [(f.subject_id, f.part) for f in found] == ([("C-01@2021-Q1", part)] if part else [])


def test_a_lead_tells_the_whole_account() -> None:
    [lead] = leads("F10", held("150.00"))
    assert lead.evidence == {
        "actor": "C-01", "quarter": "2021-Q1", "opened_on": FIRST, "closed_on": LAST, "opening_carats": "100.00",
        "bought_carats": "50.00", "sold_carats": "30.00", "closing_carats": "150.00", "expected_carats": "120.00",
        "difference_carats": "30.00", "difference_percent": "20.00",
    }  # fmt: skip
    assert (lead.score, lead.subject_kind) == (0.2, "actor_quarter")


def test_an_export_leaves_the_stock() -> None:
    gone = [{"certificate_number": "CF1", "exporter_id": "C-01", "issue_date": "2021-03-01", "carats": "20.00"}]
    assert leads("F10", held("100.00", shipment=gone)) == []
    assert [f.part for f in leads("F10", held("120.00", shipment=gone))] == ["surplus"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"stock_declaration": [{"actor_id": "C-01", "as_of": FIRST, "carats": "1.00"}]}, "not_held:stock_declaration"),
        ({"stock_declaration": [], "supplied": {"stock_declaration": None}}, "never_loaded:stock_declaration"),
        ({"return_declaration": [], "supplied": {}}, "return_not_held:2021-02"),
        ({"history": False}, "alone"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], reason: str) -> None:
    e = held("500.00", **changed)
    assert leads("F10", e) == []
    assert "C-01@2021-Q1" in reasons("F10", e)[reason]
    RULEBOOK.reason_text(reason, "fr")


def test_a_blank_count_or_weight_is_not_a_difference() -> None:
    assert list(reasons("F10", held(None))) == ["blank:carats"]
    bought = [slip("S1", 1, carats=None, seller_id="M-01", purchase_date="2021-02-02")]
    e = held("500.00", purchase=bought)
    assert leads("F10", e) == []
    assert list(reasons("F10", e)) == ["blank:carats"]


def test_a_miner_has_no_account_of_purchases() -> None:
    e = held("120.00", actor=[{"actor_id": "C-01", "kind": "miner"}])
    assert (leads("F10", e), reasons("F10", e)) == ([], {})
