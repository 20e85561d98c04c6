"""Numbers of papers against registers: written alike or not, the ranges that hold them, the row that fits best."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from carmonitor.framework.common import among, reasons
from carmonitor.framework.groups import MOST_RECORDS
from carmonitor.records.columns import as_arrow, each_text
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

DIGITS_KEPT = 18  # a number of more digits fits no Int64, and no printed block

Ints = npt.NDArray[np.int64]

Test = tuple[str, pd.Series, pd.Series]
"""One demand on a register row: the part that tells its failure, the verdict, why it is not known (``""``: it is)."""

_PLAINLY = rf"^(?P<prefix>(?s:.*[^0-9])?)(?P<digits>[0-9]{{1,{DIGITS_KEPT}}})$"
"""What :func:`split` does to nearly all numbers, in the words of Arrow."""
_PREFIX_AND_NUMBER = re.compile(r"^(.*?)([0-9]+)\s*$", re.DOTALL)


def plain(numbers: pd.Series) -> pd.Series:
    """Numbers as they compare, letters and digits only: ``" lba-2021/01"`` → ``"lba202101"``. Null stays null."""
    return each_text(numbers, fold)


def split(numbers: pd.Series) -> pd.DataFrame:
    """``"B 010050"`` → prefix ``b``, digits 10050 (Int64). Both null where a number does not end in digits.

    The prefix is all that stands before the last run of digits, letters and digits only.
    """
    texts = numbers.astype("str")
    parts = pc.extract_regex(as_arrow(texts), _PLAINLY)
    columns = {name: pc.if_else(parts.is_valid(), parts.field(name), None) for name in ("prefix", "digits")}
    found = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in columns.items()})
    found = found.assign(prefix=each_text(found["prefix"], fold), digits=found["digits"].astype("Int64"))
    rare = np.flatnonzero(found["digits"].isna() & texts.notna().to_numpy())
    if len(rare):
        told = [_split(text) for text in texts.iloc[rare]]
        found.iloc[rare] = pd.DataFrame(told, columns=list(found), dtype="object").astype(found.dtypes.to_dict())
    return found.set_axis(numbers.index)


def _split(number: str) -> tuple[str | None, int | None]:
    parts = _PREFIX_AND_NUMBER.match(number)
    if parts is None or not parts[2].isascii() or len(parts[2].lstrip("0")) > DIGITS_KEPT:
        return None, None
    return fold(parts[1]), int(parts[2])


def readable(first: pd.Series, last: pd.Series) -> pd.Series:
    """True where two numbers bound a range: one prefix, and the first not above the last. Bool, no nulls."""
    return _in_order(split(first), split(last))


def in_ranges(numbers: pd.Series, first: pd.Series, last: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Every range that holds each number, and which numbers lie in more than MOST_RECORDS of them.

    Rows of ``at`` (position of the number), ``range`` (position of the range); none for a number in very many. Numbers
    compare as :func:`split` reads them. A range holds nothing if its ends have not one prefix or are upside down;
    ranges may overlap. The cost is that of sorting and of the pairs found.
    """
    order, which, begins, ends = _runs(split(numbers), split(first), split(last))
    covers = np.cumsum(np.bincount(begins, minlength=len(order) + 1) - np.bincount(ends, minlength=len(order) + 1))
    few_ = covers[:-1] <= MOST_RECORDS
    before = np.append(0, np.cumsum(few_))
    kept, begins, counts = order[few_], before[begins], before[ends] - before[begins]
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    at = kept[np.repeat(begins, counts) + offsets]
    crowded = pd.Series(False, index=numbers.index)
    crowded.iloc[order[~few_]] = True
    return pd.DataFrame({"at": at.astype("int64"), "range": np.repeat(which, counts).astype("int64")}), crowded


def _runs(numbers: pd.DataFrame, first: pd.DataFrame, last: pd.DataFrame) -> tuple[Ints, Ints, Ints, Ints]:
    """The positions of the numbers in order; and of each range that can be read its position, and where its numbers
    begin and end in that order: numbers are ranked within their prefix, and each range is a run of the ranks."""
    readable_ = _in_order(first, last).to_numpy()
    which = np.flatnonzero(readable_)
    known = np.flatnonzero(numbers["digits"].notna().to_numpy())
    every = pd.concat([numbers.iloc[known], first[readable_], last[readable_]])
    rank = every.groupby(["prefix", "digits"], sort=True).ngroup().to_numpy()
    of_numbers, of_low, of_high = np.split(rank, [len(known), len(known) + len(which)])
    order = np.argsort(of_numbers, kind="stable")
    begins = np.searchsorted(of_numbers[order], of_low, side="left")
    ends = np.searchsorted(of_numbers[order], of_high, side="right")
    return known[order], which, begins, ends


def _in_order(first: pd.DataFrame, last: pd.DataFrame) -> pd.Series:
    return ((first["prefix"] == last["prefix"]) & (first["digits"] <= last["digits"]).fillna(False)).astype(bool)


def numbered(numbers: pd.Series) -> pd.DataFrame:
    """``CF001234`` → prefix ``CF``, digits 1234 (Int64; null where the number is not letters then digits)."""
    parts = numbers.astype("str").str.extract(r"^([A-Z]*)([0-9]+)$")
    digits = parts[1].where(parts[1].str.lstrip("0").str.len() <= DIGITS_KEPT)
    return pd.DataFrame({"prefix": parts[0], "digits": digits.astype("Int64")}, index=numbers.index)


def block_of(numbers: pd.Series, blocks: pd.DataFrame, days: pd.Series | None = None) -> pd.Series:
    """The row label of the first printed block that holds each number, as :func:`numbered` reads it; else null. Int64.

    Where blocks overlap, one that was available on the number's day (``days``, ends inclusive) comes first.
    """
    first, last = numbered(blocks["first_number"]), numbered(blocks["last_number"])
    order, which, begins, ends = _runs(numbered(numbers), first, last)
    any_, fitting = np.full(len(order), -1), np.full(len(order), -1)
    available = [blocks[name].to_numpy() for name in ("available_from", "available_to")] if days is not None else []
    for block, begin, end in zip(which, begins, ends, strict=True):
        any_[begin:end][any_[begin:end] < 0] = block
        if days is not None:
            fits = _within(days.to_numpy()[order[begin:end]], *(edge[block] for edge in available))
            fitting[begin:end][(fitting[begin:end] < 0) & fits] = block
    best = np.where(fitting < 0, any_, fitting)
    held = best >= 0
    found = pd.Series(blocks.index.to_numpy()[best[held]], index=order[held], dtype="Int64")
    return found.reindex(range(len(numbers))).set_axis(numbers.index)


def _within(days: npt.NDArray[np.datetime64], first: np.datetime64, last: np.datetime64) -> npt.NDArray[np.bool_]:
    """Which days lie between two (inclusive; NaT is an open end, and no day lies in a span with an end)."""
    inside: npt.NDArray[np.bool_] = (np.isnat(first) | (days >= first)) & (np.isnat(last) | (days <= last))
    return inside


def written_otherwise(numbers: pd.Series, others: pd.Series) -> pd.Series:
    """True where a number is not among ``others`` but one of them has its prefix and value: CF199 for CF000199.

    Spreadsheets drop leading zeros; nobody can tell whether that was done or another number meant. Bool, no nulls.
    """
    held = numbered(others).dropna()
    asked = numbered(numbers)
    alike = pd.MultiIndex.from_frame(asked).isin(pd.MultiIndex.from_frame(held)) if len(held) else False
    return ~among(numbers, others) & asked["digits"].notna() & alike


def among_quarantined(e: Evidence, kind: str, field_name: str, numbers: pd.Series) -> pd.Series:
    """:func:`quarantined` for numbers that compare by letters and digits."""
    hidden = pd.Series(sorted(e.in_quarantine(kind, field_name)), dtype="str")
    return among(plain(numbers), plain(hidden))


def where_null(register: pd.Series, blank: str, paper: pd.Series, why: pd.Series) -> pd.Series:
    """Why a demand that compares a register's value with a paper's is not known."""
    return reasons(register.index, (paper.isna(), why), (register.isna(), blank))


def best_row(pairs: pd.DataFrame, *tests: Test, ref: str) -> pd.DataFrame:
    """Of the register rows beside each paper (``at``), the one that comes furthest through the tests, taken in order.

    A row that passes all goes before one that may, that before one that fails; then the one that fails last, then the
    lowest ``ref``. Index ``at``; columns of ``pairs``, ``passes`` (bool), ``part`` (the test it fails; ``""``: none)
    and ``missing`` (why a row that may pass could not be judged; ``""`` where it could).
    """
    failed = pd.Series(len(tests), index=pairs.index)
    part = pd.Series("", index=pairs.index, dtype="str")
    for at, (name, verdict, unknown) in reversed(list(enumerate(tests))):
        fails = ~verdict.fillna(False).astype(bool) & (unknown == "")
        failed, part = failed.mask(fails, at), part.mask(fails, name)
    unclear = reasons(pairs.index, *((unknown != "", unknown) for _, _, unknown in tests))
    unclear = unclear.where(failed == len(tests), "")
    passes = (failed == len(tests)) & (unclear == "")
    judged = pairs.assign(passes=passes, part=part, missing=unclear, _failed=failed)
    judged = judged.sort_values(["at", "passes", "_failed", ref], ascending=[True, False, False, True])
    return judged.drop_duplicates("at").set_index("at").drop(columns="_failed")
