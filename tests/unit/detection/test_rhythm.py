"""F35: sellers who sell at too even a pace."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.months import nil_returns
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip

MONTHS = [f"2021-{m:02}" for m in range(1, 13)]
BY_CHANCE = (1, 2, 9, 1, 4, 21, 3, 1, 12, 6, 2, 17, 1, 5, 8)
WEEKLY = (7, 7, 8, 6, 7, 7, 8, 6, 7, 7, 7, 7, 7)


def sales(seller: str, gaps: tuple[int, ...], **changed: Any) -> list[dict[str, Any]]:
    """Slips of one seller from 2021-07-01 on, so many days apart."""
    day, rows = date(2021, 7, 1), []
    for n, gap in enumerate((0, *gaps)):
        day += timedelta(days=gap)
        rows.append(
            slip(f"{seller}-{n:02}", 10_000, "C-01", seller_id=seller, purchase_date=day.isoformat(),
                 register_number="R", return_id=f"SPPK@{day:%Y-%m}") | changed
        )  # fmt: skip
    return rows


def market(*own: dict[str, Any], peers: int = 10, pace: tuple[int, ...] = BY_CHANCE, as_of: str = "2022-02-01") -> Any:
    turned = [pace[n % len(pace) :] + pace[: n % len(pace)] for n in range(peers)]
    others = [row for n in range(peers) for row in sales(f"M-{n}", turned[n])]
    return evidence(as_of, purchase=[*others, *own], return_declaration=nil_returns(*MONTHS))


def test_every_week_for_a_quarter_is_told_and_chance_is_not() -> None:
    [lead] = leads("F35", market(*sales("M-X", WEEKLY)))
    assert lead.subject_id == "M-X@2021-Q3"
    assert (lead.evidence["days_between"], lead.evidence["peers"]) == (7, 10)
    assert float(lead.evidence["variation"]) < 0.1 < float(lead.evidence["usual_variation"])


@pytest.mark.parametrize(("intervals", "judged"), [(7, False), (8, True)])
def test_seven_intervals_are_too_few(intervals: int, judged: bool) -> None:
    e = market(*sales("M-X", WEEKLY[:intervals]))
    assert ("M-X@2021-Q3" not in reasons("F35", e).get("small_sample:purchase", [])) == judged


def test_where_all_sell_on_market_day_nobody_is_strange() -> None:
    assert leads("F35", market(*sales("M-X", WEEKLY), pace=WEEKLY)) == []


def test_nine_other_sellers_are_too_few() -> None:
    e = market(*sales("M-X", WEEKLY), peers=9)
    assert leads("F35", e) == []
    assert "M-X@2021-Q3" in reasons("F35", e)["small_sample:actor"]


def test_several_slips_of_a_day_are_one_sale() -> None:
    twice = [row | {"slip_number": row["slip_number"] + "b"} for row in sales("M-X", WEEKLY)]
    [one], [other] = (
        [f for f in leads("F35", market(*rows)) if f.evidence["quarter"] == "2021-Q3"]
        for rows in (sales("M-X", WEEKLY), [*sales("M-X", WEEKLY), *twice])
    )
    assert one.score == other.score


def test_an_open_quarter_and_an_undated_slip_are_not_judged() -> None:
    assert leads("F35", market(*sales("M-X", WEEKLY), as_of="2021-09-29")) == []
    assert leads("F35", market(*(row | {"purchase_date": None} for row in sales("M-X", WEEKLY)))) == []
    RULEBOOK.reason_text("small_sample:actor", "fr")
