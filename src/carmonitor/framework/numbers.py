"""Numbers of papers against registers: written alike or not, the ranges that hold them, the row that fits best."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from carmonitor.framework.common import among, reasons
from carmonitor.records.columns import as_arrow, each_text
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

DIGITS_KEPT = 18  # a number of more digits fits no Int64, and no printed block

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


def in_ranges(numbers: pd.Series, first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """Every range that holds each number, all compared as :func:`split` reads them; see :func:`holding`."""
    return holding(split(numbers), split(first), split(last))


def holding(numbers: pd.DataFrame, first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Every range that holds each number: rows of ``at`` (position of the number), ``range`` (position of the range).

    All are given as ``prefix`` and ``digits``. A range holds nothing if its ends have not one prefix or are upside
    down; ranges may overlap. The cost is that of sorting and of the pairs found: numbers are ranked within their
    prefix, and each range is a run of the sorted ranks.
    """
    ends = _in_order(first, last).to_numpy()
    which = np.flatnonzero(ends)
    known = np.flatnonzero(numbers["digits"].notna().to_numpy())
    every = pd.concat([numbers.iloc[known], first[ends], last[ends]])
    rank = every.groupby(["prefix", "digits"], sort=True).ngroup().to_numpy()
    of_numbers, of_low, of_high = np.split(rank, [len(known), len(known) + len(which)])
    order = np.argsort(of_numbers, kind="stable")
    begins = np.searchsorted(of_numbers[order], of_low, side="left")
    counts = np.searchsorted(of_numbers[order], of_high, side="right") - begins
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    at = known[order[np.repeat(begins, counts) + offsets]]
    return pd.DataFrame({"at": at.astype("int64"), "range": np.repeat(which, counts).astype("int64")})


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
    pairs = holding(numbered(numbers), numbered(blocks["first_number"]), numbered(blocks["last_number"]))
    if days is not None:
        began, ended = (blocks[end].to_numpy()[pairs["range"]] for end in ("available_from", "available_to"))
        day = days.to_numpy()[pairs["at"]]
        pairs["late"] = ~((np.isnat(began) | (began <= day)) & (np.isnat(ended) | (day <= ended)))
    best = pairs.sort_values([name for name in ("at", "late", "range") if name in pairs]).drop_duplicates("at")
    found = pd.Series(blocks.index.to_numpy()[best["range"]], index=best["at"], dtype="Int64")
    return found.reindex(range(len(numbers))).set_axis(numbers.index)


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
