"""F21 and F22: books that look written at a desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, coverage, leads, reasons, run, slip


def book(buyer: str, weights: list[int], prices: list[int] | None = None, **changed: Any) -> list[dict[str, Any]]:
    """Slips of one buyer, weights in hundredths; a price of its own for each."""
    return [
        slip(f"{buyer}-{n:03}", (prices or [])[n] if prices else 1000 + 137 * n * (n + 3), buyer,
             carats=f"{w / 100:.2f}") | changed
        for n, w in enumerate(weights)
    ]  # fmt: skip


def honest(buyers: int = 8, slips: int = 30) -> list[dict[str, Any]]:
    """Weights that seldom repeat and are round one time in fifty, as with scales."""
    return [
        s for b in range(buyers) for s in book(f"H-{b:02}", [31 + (n * 7919 + b * 104729) % 977 for n in range(slips)])
    ]


def test_repeated_weights_make_a_book_and_every_repeat_is_told() -> None:
    own = book("X-01", [123] * 6 + [245] * 6 + [311, 477, 529, 83])
    found = leads("F21", evidence(purchase=[*own, *honest()]))
    assert {f.subject_id for f in found} == {f"X-01-{n:03}" for n in range(12)}
    assert {f.evidence["marked"] for f in found} == {12}
    assert all(f.subject_kind == "purchase" and f.score is not None and f.score > 3 for f in found)


def test_round_weights_count_against_those_of_others() -> None:
    own = book("X-01", [50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 777, 213])
    found = leads("F21", evidence(purchase=[*own, *honest()]))
    assert {f.part for f in found} == {"round"}
    assert len(found) == 10
    assert found[0].evidence["slips"] == 12
    assert found[0].evidence["peers"] == 8


def test_where_everybody_rounds_rounding_is_nothing() -> None:
    own = book("X-01", [50 * (n + 1) for n in range(12)])
    others = [s for b in range(8) for s in book(f"H-{b:02}", [50 * (n * 9 + b + 1) for n in range(12)])]
    assert leads("F21", evidence(purchase=[*own, *others])) == []


@pytest.mark.parametrize(("times", "found"), [(3, 0), (4, 4)])
def test_three_equal_weights_are_chance_and_four_in_a_row_are_not(times: int, found: int) -> None:
    own = book("X-01", [345] * times + [131 + 38 * n for n in range(16 - times)])
    assert len(leads("F21", evidence(purchase=[*own, *honest()]))) == found


def test_one_price_per_carat_for_neighbours_is_a_mark() -> None:
    weights = [123 + 31 * n for n in range(14)]
    own = book("X-01", weights, [w * 500 for w in weights])
    found = leads("F21", evidence(purchase=[*own, *honest()]))
    assert {f.part for f in found} == {"price"}
    assert len(found) == 14


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"carats": None}, "blank:carats"),
        ({"buyer_id": None}, "blank:buyer_id"),
        ({"purchase_date": None}, "blank:purchase_date"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], reason: str) -> None:
    own = book("X-01", [100] * 12)
    own[3] |= changed
    e = evidence(purchase=[*own, *honest()])
    assert reasons("F21", e)[reason] == ["X-01-003"]
    RULEBOOK.reason_text(reason, "fr")


def test_short_books_and_few_buyers_are_too_few() -> None:
    short = book("X-01", [100] * 7)
    assert leads("F21", evidence(purchase=[*short, *honest()])) == []
    e = evidence(purchase=[*book("X-01", [100] * 12), *honest(4)])
    assert leads("F21", e) == []
    assert set(reasons("F21", e)) == {"small_sample:purchase"}


def test_every_slip_is_accounted_for() -> None:
    own = book("X-01", [123] * 12)
    row = coverage("F21", evidence(purchase=[*own, *honest()]))
    assert (row.evaluated, row.breached, row.not_evaluated) == (252, 12, 0)


def _digits(first: int, buyers: int = 3, slips: int = 250) -> list[dict[str, Any]]:
    """Prices spread by Benford's law for the others; those of X-01 begin with ``first``."""
    spread = [int(10 ** (3 + n / slips)) for n in range(slips)]
    rows = [s for b in range(buyers) for s in book(f"H-{b}", [100] * slips, spread)]
    own = spread if first == 0 else [first * 1000 + n for n in range(slips)]
    return [*rows, *book("X-01", [100] * slips, own)]


@pytest.mark.parametrize(("first", "told"), [(0, []), (7, ["X-01@2021"])])
def test_first_digits_of_one_buyer_alone(first: int, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SPECS, "F22", SPECS["F22"].model_copy(update={"status": "active"}))
    found = leads("F22", evidence("2022-02-01", purchase=_digits(first)))
    assert [f.subject_id for f in found] == told


def test_first_digits_are_off_and_want_two_hundred_slips_and_a_whole_year(monkeypatch: pytest.MonkeyPatch) -> None:
    e = evidence("2022-02-01", purchase=_digits(7, slips=199))
    assert run("F22", e) == []
    monkeypatch.setitem(SPECS, "F22", SPECS["F22"].model_copy(update={"status": "active"}))
    assert list(reasons("F22", e)) == ["small_sample:purchase"]
    assert list(reasons("F22", evidence("2021-12-31", purchase=_digits(7)))) == ["year_open"]
