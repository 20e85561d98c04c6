"""F33: certificates valued below what their stones cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip


def certificates(value: str, others: int = 8, **changed: Any) -> Any:
    """CF00 of E-00: 100 ct in stones of 1 ct that cost 60 USD/ct. Others value theirs at 90 to 110 USD/ct."""
    values = [value, *(f"{9000 + 2000 * n / max(others - 1, 1):.2f}" for n in range(others))]
    numbers = [f"CF{n:02}" for n in range(others + 1)]
    kinds: dict[str, Any] = {
        "shipment": [
            {"certificate_number": c, "exporter_id": f"E-{n:02}", "issue_date": "2021-03-01", "carats": "100.00",
             "value_usd": v}
            for n, (c, v) in enumerate(zip(numbers, values, strict=True))
        ],
        "parcel": [{"certificate_number": c, "parcel_number": "1", "carats": "100.00"} for c in numbers],
        "assortment": [
            {"subject_kind": "parcel", "subject_id": f"{c}/1", "size_class": "1.00-1.99", "stones": 100,
             "carats": "100.00"} for c in numbers
        ],
        "purchase": [slip(f"P{n}", 33_000, f"C-{n}") for n in range(12)],
        "exchange_rate": [{"currency": "USD", "period": "2021", "xaf_per_unit": "550"}],
    }  # fmt: skip
    return evidence(**{**kinds, **changed})


@pytest.mark.parametrize(
    ("value", "part"),
    [("10000.00", None), ("7900.00", None), ("7700.00", "cheap"), ("12700.00", None), ("13000.00", "dear")],
)  # the others' median is 9,982 USD, and their least scale 10 %: exp(-2.5 × 0.1) leaves 7,774
def test_a_margin_far_from_that_of_other_exporters_is_a_lead(value: str, part: str | None) -> None:
    found = leads("F33", certificates(value))
    assert [(f.subject_id, f.part) for f in found] == ([("CF00", part)] if part else [])


def test_a_lead_tells_value_cost_and_margins() -> None:
    [lead] = leads("F33", certificates("6000.00"))
    shown = lead.evidence
    assert (shown["usd_per_carat"], shown["market_per_carat"], shown["margin"]) == ("60.00", "60.00", "1.000")
    assert (shown["peers"], shown["half_year"], shown["year"]) == (8, "2021-H1", "2021")
    assert (lead.subject_kind, lead.score) == ("certificate", shown["distance"])


def test_larger_stones_must_be_valued_higher() -> None:
    """The same value for stones that cost twice as much per carat is cheap."""
    dear = [slip(f"D{n}", 132_000, f"C-{n}", carats="2.00") for n in range(12)]
    rows = certificates("10000.00")
    sizes = [{"subject_kind": "parcel", "subject_id": "CF00/1", "size_class": "2.00-4.99", "carats": "100.00"}]
    sizes += [{"subject_kind": "parcel", "subject_id": f"CF{n:02}/1", "size_class": "1.00-1.99", "carats": "100.00"}
              for n in range(1, 9)]  # fmt: skip
    slips = [slip(f"P{n}", 33_000, f"C-{n}") for n in range(12)]
    assert leads("F33", rows) == []
    found = leads("F33", certificates("10000.00", purchase=[*slips, *dear], assortment=sizes))
    assert [(f.subject_id, f.part) for f in found] == [("CF00", "cheap")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exchange_rate": []}, "not_held:exchange_rate"),
        ({"assortment": []}, "not_held:assortment"),
        ({"purchase": [slip(f"P{n}", 33_000, f"C-{n}") for n in range(9)]}, "small_sample:purchase"),
        ({"purchase": [slip(f"P{n}", 33_000, "E-00") for n in range(12)]}, "small_sample:purchase"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], reason: str) -> None:
    e = certificates("100.00", **changed)
    assert leads("F33", e) == []
    assert "CF00" in reasons("F33", e)[reason]
    RULEBOOK.reason_text(reason, "fr")


def test_a_blank_value_weight_or_size_is_named() -> None:
    e = certificates("100.00")
    row = {"certificate_number": "CF00", "exporter_id": "E-00", "issue_date": "2021-03-01", "carats": "100.00"}
    assert reasons("F33", certificates("1", shipment=[row])) == {"blank:value_usd": ["CF00"]}
    assert reasons("F33", certificates("1", shipment=[row | {"value_usd": "0.00"}])) == {"zero:value_usd": ["CF00"]}
    assert leads("F33", e)


def test_fewer_than_eight_certificates_of_others_are_too_few() -> None:
    e = certificates("100.00", others=7)
    assert leads("F33", e) == []
    assert set(reasons("F33", e)) == {"small_sample:shipment"}
