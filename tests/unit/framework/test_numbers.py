"""Numbers of papers: how they are read, and which printed block holds each."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.framework import numbers


def test_a_number_of_any_length_can_be_asked_for() -> None:
    asked = pd.Series(["CF000012", "CF12", "CF" + "9" * 40, "CF", "12", "CF1A", None], dtype="str")
    parts = numbers.numbered(asked)
    assert parts["digits"].tolist()[:2] == [12, 12]
    assert parts["digits"].isna().tolist() == [False, False, True, True, False, True, True]


def test_a_long_number_is_exact_beside_one_that_is_none() -> None:
    digits = numbers.numbered(pd.Series(["CF10000000000000001", "X", None], dtype="str"))["digits"]
    assert digits.tolist() == [10_000_000_000_000_001, pd.NA, pd.NA]


def test_of_overlapping_blocks_the_first_is_taken_and_broken_ones_are_ignored() -> None:
    blocks = pd.DataFrame({
        "first_number": ["CF10", "CF15", "CF100", "XX1"],
        "last_number": ["CF20", "CF25", "SL200", "XX9"],
    }, dtype="str")  # fmt: skip
    found = numbers.block_of(pd.Series(["CF17", "CF22", "CF150", "CF5"], dtype="str"), blocks)
    assert found.fillna(-1).tolist() == [0, 1, -1, -1]


DAYS = st.none() | st.dates(date(2021, 1, 1), date(2021, 1, 4))
NUMBERS = st.none() | st.builds("{}{}".format, st.sampled_from(["CF", "X", "cf"]), st.integers(0, 12))
BLOCKS = st.lists(st.tuples(NUMBERS, NUMBERS, DAYS, DAYS), max_size=6)


@given(st.lists(st.tuples(NUMBERS, DAYS), max_size=8), BLOCKS, st.booleans())
def test_the_block_is_the_first_that_was_available_else_the_first(
    asked: Sequence[tuple[str | None, date | None]],
    printed: Sequence[tuple[str | None, str | None, date | None, date | None]],
    by_day: bool,
) -> None:
    """An independent oracle: one number after the other, one block after the other."""
    blocks = pd.DataFrame(
        {
            "first_number": pd.Series([b[0] for b in printed], dtype="str"),
            "last_number": pd.Series([b[1] for b in printed], dtype="str"),
            "available_from": pd.to_datetime(pd.Series([b[2] for b in printed], dtype="object")),
            "available_to": pd.to_datetime(pd.Series([b[3] for b in printed], dtype="object")),
        }
    ).set_axis(range(10, 10 + len(printed)))
    days = pd.to_datetime(pd.Series([day for _, day in asked], dtype="object")) if by_day else None
    found = numbers.block_of(pd.Series([number for number, _ in asked], dtype="str"), blocks, days)
    told = [None if pd.isna(label) else int(label) for label in found]
    assert told == [_first_block(number, day if by_day else None, printed, by_day) for number, day in asked]


def _first_block(
    number: str | None,
    day: date | None,
    printed: Sequence[tuple[str | None, str | None, date | None, date | None]],
    by_day: bool,
) -> int | None:
    holding = [n for n, (first, last, _, _) in enumerate(printed) if _between(first, number, last)]
    fitting = [n for n in holding if by_day and _available(day, *printed[n][2:])]
    return next((10 + n for n in fitting + holding), None)


def _between(first: str | None, number: str | None, last: str | None) -> bool:
    low, own, high = (_read(text) for text in (first, number, last))
    if low is None or own is None or high is None:
        return False
    return low[0] == own[0] == high[0] and low[1] <= own[1] <= high[1]


def _read(text: str | None) -> tuple[str, int] | None:
    letters = (text or "").rstrip("0123456789")
    digits = (text or "")[len(letters) :]
    return (letters, int(digits)) if digits and letters == letters.upper() else None


def _available(day: date | None, began: date | None, ended: date | None) -> bool:
    if day is None:
        return began is None and ended is None
    return (began is None or began <= day) and (ended is None or day <= ended)
