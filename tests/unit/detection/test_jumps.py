"""F12: a zone's purchases that jump against the year before and against the other zones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.months import nil_returns
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip

MONTHS = [f"{year}-{month:02}" for year in (2020, 2021) for month in (1, 2, 3)]
ZONES = ["Boda", "Nola", "Carnot", "Gadzi", "Berberati", "Boganda"]


def trade(jump: float, zones: int = 6, **changed: Any) -> Any:
    """Every zone bought 1000 ct in the first quarter of 2020 and 1100 in that of 2021; Boda ``jump`` times 1000."""
    slips = []
    for year, month in ((y, m) for y in (2020, 2021) for m in (1, 2, 3)):
        for n, zone in enumerate(ZONES[:zones]):
            times = 1.0 if year == 2020 else (jump if n == 0 else 1.1)
            carats = f"{round(1000 * times / 3, 2):.2f}"
            slips.append(
                slip(f"S{year}{month}{n}", 100, carats=carats, purchase_date=f"{year}-{month:02}-10",
                     origin_subprefecture=zone,
                     register_number="R", return_id=f"SPPK@{year}-{month:02}")
            )  # fmt: skip
    kinds: dict[str, Any] = {"purchase": slips, "return_declaration": nil_returns(*MONTHS)}
    return evidence("2021-07-31", **{**kinds, **changed})


@pytest.mark.parametrize(
    ("jump", "part"), [(1.1, None), (2.6, None), (2.7, "rise"), (0.46, None), (0.45, "fall")]
)  # exp(3.5 × 0.25) = 2.4 times the change of the others
def test_a_change_far_from_that_of_the_others_is_a_lead(jump: float, part: str | None) -> None:
    found = leads("F12", trade(jump))
    assert [(f.subject_id, f.part) for f in found] == ([("Boda@2021-Q1", part)] if part else [])


def test_a_lead_tells_both_quarters_and_the_change_of_the_others() -> None:
    [lead] = leads("F12", trade(3.0))
    assert lead.evidence["carats"] == "3000.00"
    assert (lead.evidence["past_quarter"], lead.evidence["peers"]) == ("2020-Q1", 5)
    assert (lead.evidence["times_past"], lead.evidence["times_usual"]) == ("3.000", "1.100")
    assert (lead.subject_kind, lead.severity) == ("zone_quarter", "I")


def test_a_zone_that_opens_again_is_no_jump() -> None:
    e = trade(3.0)
    rows = [s for s in _again(e) if not (s["origin_subprefecture"] == "Boda" and s["purchase_date"] < "2021")]
    opened = trade(3.0, purchase=rows)
    assert leads("F12", opened) == []
    assert "Boda@2021-Q1" in reasons("F12", opened)["small_sample:purchase"]


def test_too_few_other_zones_or_a_year_not_held_say_nothing() -> None:
    few = trade(3.0, zones=4)
    assert leads("F12", few) == []
    assert "Boda@2021-Q1" in reasons("F12", few)["small_sample:zone"]
    rows = [s for s in _again(trade(3.0)) if s["return_id"] != "SPPK@2020-02"]
    gap = trade(3.0, purchase=rows, return_declaration=nil_returns(*(m for m in MONTHS if m != "2020-02")))
    assert "Boda@2021-Q1" in reasons("F12", gap)["return_not_held:2020-02"]
    RULEBOOK.reason_text("small_sample:zone", "fr")


def test_a_slip_without_weight_leaves_its_zone_unjudged() -> None:
    rows = _again(trade(3.0))
    next(s for s in rows if s["slip_number"] == "S202110")["carats"] = None
    assert reasons("F12", trade(3.0, purchase=rows))["blank:carats"] == ["Boda@2021-Q1"]


def _again(e: Any) -> list[dict[str, Any]]:
    return [
        slip(r.slip_number, 100, carats=f"{r.carats / 100:.2f}", purchase_date=f"{r.purchase_date:%Y-%m-%d}",
             origin_subprefecture=r.origin_subprefecture, return_id=r.return_id, register_number="R")
        for r in e["purchase"].itertuples()
    ]  # fmt: skip
