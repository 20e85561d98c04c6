"""F29: a buyer whose slips change a little every month."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.months import nil_returns
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip

MONTHS = [f"{y}-{m:02}" for y in (2020, 2021) for m in range(1, 13)][:18]


def history(a_month: float = 0.0, buyers: int = 12, slips: int = 6, **changed: Any) -> Any:
    """Eighteen months of Boda, six slips of 1 ct a month and buyer, prices around 10,000 XAF/ct; those of C-00 change
    by a factor every month."""
    rows = []
    for at, month in enumerate(MONTHS):
        for buyer in range(buyers):
            for n in range(slips):
                noise = 1 + 0.01 * ((at * 7 + buyer * 5 + n * 11) % 13 - 6)
                price = 10_000 * noise * (1 + (a_month if buyer == 0 else 0)) ** at
                rows.append(
                    slip(f"S{at:02}-{buyer:02}-{n}", round(price), f"C-{buyer:02}",
                         purchase_date=f"{month}-{3 + 4 * n:02}", seller_id=f"M-{buyer}{n % 3}",
                         register_number="R", return_id=f"SPPK@{month}")
                )  # fmt: skip
    kinds = {"purchase": rows, "return_declaration": nil_returns(*MONTHS)}
    return evidence("2021-07-31", **{**kinds, **changed})


@pytest.mark.parametrize(("a_month", "part"), [(-0.02, "cheaper"), (0.02, "dearer")])
def test_prices_that_creep_by_two_percent_a_month_are_told_for_every_quarter_but_the_first(
    a_month: float, part: str
) -> None:
    found = leads("F29", history(a_month))
    assert {(f.subject_id, f.part) for f in found} == {
        (f"C-00@{q}", part) for q in ("2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1", "2021-Q2")
    }
    assert {f.evidence["peers"] for f in found} == {11}


def test_steady_prices_are_silent_and_a_price_rise_of_all_too() -> None:
    assert leads("F29", history()) == []
    rows = _rows(history())
    for row in rows:
        row["price_xaf"] = round(row["price_xaf"] * 1.02 ** MONTHS.index(row["purchase_date"][:7]))
    assert leads("F29", history(purchase=rows)) == []


def test_a_few_slips_of_long_ago_open_no_window() -> None:
    old = slip("OLD", 10_000, "C-00", purchase_date="2014-03-03", register_number="R", return_id="SPPK@2020-01")
    found = leads("F29", history(purchase=[old, *_rows(history(-0.02))]))
    assert {f.evidence["first_quarter"] for f in found} == {"2020-Q1"}
    assert {f.evidence["quarter"] for f in found} == {"2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1", "2021-Q2"}


def test_less_than_five_quarters_are_no_slow_drift() -> None:
    rows = [r for r in _rows(history(-0.02)) if r["purchase_date"] < "2021-01"]
    assert leads("F29", history(purchase=rows)) == []


def test_few_slips_or_few_buyers_say_nothing() -> None:
    for few in (history(-0.02, buyers=10), history(-0.02, slips=2)):
        assert leads("F29", few) == []
        assert set(reasons("F29", few)) == {"small_sample:purchase"}


def test_a_quarter_with_a_month_not_held_is_named() -> None:
    held = [m for m in MONTHS if m != "2021-05"]
    rows = [r for r in _rows(history(-0.02)) if r["return_id"] != "SPPK@2021-05"]
    e = history(purchase=rows, return_declaration=nil_returns(*held))
    assert "C-00@2021-Q2" in reasons("F29", e)["return_not_held:2021-05"]
    assert "C-00@2021-Q2" not in {f.subject_id for f in leads("F29", e)}
    RULEBOOK.reason_text("return_not_held:2021-05", "fr")


def test_a_slip_without_price_or_date_makes_no_trend() -> None:
    rows = _rows(history())
    for row in rows:
        if row["buyer_id"] == "C-00":
            row["price_xaf"] = None
    assert leads("F29", history(purchase=rows)) == []


def _rows(e: Any) -> list[dict[str, Any]]:
    return [
        slip(r.slip_number, int(r.price_xaf), r.buyer_id, purchase_date=f"{r.purchase_date:%Y-%m-%d}",
             seller_id=r.seller_id, register_number="R", return_id=r.return_id)
        for r in e["purchase"].itertuples()
    ]  # fmt: skip
