"""F23: the neighbours' mirror, a note on the setting."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map, unchecked
from tests.unit.detection.situations import RULEBOOK, leads


def total(scope: str, period: str, value: str | None, **changed: Any) -> dict[str, Any]:
    return {
        "scope": scope, "period": period, "metric": "legal_exports", "source": "EITI", "value": value, "unit": "ct",
    } | changed  # fmt: skip


def evidence_of(now: str = "80.00", *, totals: list[dict[str, Any]] | None = None, **kinds: Any) -> Evidence:
    """100 ct of first sales in 2019, ``now`` in 2020; Cameroon's exports rose from 654 to 870.55 ct."""
    sales = [
        {"slip_number": f"S{y}", "purchase_date": f"{y}-06-10", "origin_subprefecture": "Boda", "carats": carats,
         "register_number": "CP", "return_id": f"SPPK@{y}-06"}
        for y, carats in ((2019, "100.00"), (2020, now))
    ]  # fmt: skip
    nil = [
        {"period": f"{y}-{m:02}", "sender": "SPPK", "nil_return": True, "return_id": f"SPPK@{y}-{m:02}"}
        for y in (2019, 2020)
        for m in range(1, 13)
        if m != 6
    ]
    known = [total("CM", "2019", "654"), total("CM", "2020", "870.55")] if totals is None else totals
    usual = {"purchase": sales, "return_declaration": nil, "official_total": known, "purchase_source": []}
    return on_the_map(**(usual | kinds))


@pytest.mark.parametrize(("now", "fires"), [("80.00", True), ("80.01", False), ("120.00", False)])
def test_a_fall_of_a_fifth_with_a_rise_abroad_is_noted(now: str, fires: bool) -> None:
    assert [f.subject_id for f in leads("F23", evidence_of(now))] == (["CF@2020"] if fires else [])


@pytest.mark.parametrize(("value", "fires"), [("784.80", True), ("784.79", False)])
def test_the_neighbours_exports_must_rise_by_a_fifth(value: str, fires: bool) -> None:
    totals = [total("CM", "2019", "654"), total("CM", "2020", value)]
    assert bool(leads("F23", evidence_of(totals=totals))) is fires


def test_it_opens_no_case_and_takes_no_place_in_the_ranking() -> None:
    [note] = leads("F23", evidence_of())
    assert (note.severity, note.score, note.subject_kind) == ("I", None, "period")
    assert (note.evidence["fall_percent"], note.evidence["rise_percent"]) == ("20.00", "33.11")


def test_of_several_figures_the_smallest_rise_counts() -> None:
    totals = [total("CM", "2019", "654"), total("CM", "2019", "800", source="KP"), total("CM", "2020", "870.55")]
    assert leads("F23", evidence_of(totals=totals)) == []


@pytest.mark.parametrize(
    ("totals", "kinds", "reason"),
    [
        ([total("CF", "2019", "1"), total("CF", "2020", "9")], {}, "not_held:official_total"),
        ([total("CM", "2020", "870.55")], {}, "not_held:official_total"),
        ([total("CM", "2019", "654", unit="USD"), total("CM", "2020", "870.55")], {}, "not_held:official_total"),
        ([], {"supplied": {"official_total": None}}, "never_loaded:official_total"),
        (None, {"history": False}, "alone"),
        (None, {"unreadable": {("purchase", "SPPK@2020-06"): 1}}, "in_quarantine:purchase"),
    ],
)
def test_what_is_missing_is_named(totals: list[dict[str, Any]] | None, kinds: dict[str, Any], reason: str) -> None:
    e = evidence_of(totals=totals, **kinds)
    assert leads("F23", e) == []
    assert (reason, "CF@2020") in unchecked("F23", e)
    RULEBOOK.reason_text(reason, "fr")


def test_a_year_that_is_not_over_is_not_compared() -> None:
    totals = [total("CM", y, v) for y, v in (("2019", "654"), ("2020", "700"), ("2021", "2000"))]
    more = {"slip_number": "S", "purchase_date": "2021-02-10", "origin_subprefecture": "Boda", "carats": "1.00"}
    e = evidence_of(totals=totals)
    early = on_the_map(purchase=[more | {"register_number": "CP"}], official_total=totals, purchase_source=[])
    assert leads("F23", e) == []
    assert unchecked("F23", early) == {("year_open", "CF@2021")}


def test_the_order_of_rows_changes_nothing() -> None:
    e = evidence_of(
        totals=[
            total("CM", "2019", "654"),
            total("CM", "2020", "900"),
            total("CG", "2019", "1"),
            total("CG", "2020", "9"),
        ]
    )
    assert len(leads("F23", e)) == 2
    assert digest("F23", e) == digest("F23", backwards(e))
