"""Which papers a finding names: not all of ten thousand, but enough to find the rest, and one of every sheet."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

FIRST_PAPERS = 100  # a finding names this many papers as its lineage, and the first of every sheet

Ints = npt.NDArray[np.int64]


def lineage(refs: Iterable[int]) -> list[int]:
    """The rows a finding names: its first papers and the first of every sheet, each once, sorted.

    So whether a batch has a part in a finding does not hang on the order in which its sheets arrived.
    """
    rows = sorted(set(refs))
    if len(rows) <= FIRST_PAPERS:
        return rows
    return lineages(np.array(rows, dtype=np.int64), np.zeros(len(rows), dtype=np.int64), 1)[0]


def lineages(refs: Ints, groups: Ints, size: int) -> list[list[int]]:
    """:func:`lineage` of each of so many groups. ``groups``: the number of each row's group, from 0."""
    order = np.lexsort((refs, groups))
    refs, groups = refs[order], groups[order]
    begins = np.ones(len(refs), dtype=bool)
    begins[1:] = groups[1:] != groups[:-1]
    kept = begins.copy()
    kept[1:] |= refs[1:] != refs[:-1]
    refs, groups, begins = refs[kept], groups[kept], begins[kept]
    count = np.bincount(groups, minlength=size)
    kept = np.arange(len(refs)) - (np.cumsum(count) - count)[groups] < FIRST_PAPERS
    kept |= begins
    kept[1:] |= refs[1:] >> 32 != refs[:-1] >> 32
    cuts = np.searchsorted(groups[kept], np.arange(size + 1)).tolist()
    every = refs[kept].tolist()
    return [every[a:b] for a, b in pairwise(cuts)]


def first_papers(refs: pd.Series, owners: pd.Series) -> pd.Series:
    """True for the first papers of each owner, and the first of every sheet, in the order of the rows. Bool, no nulls.

    Before rows are set beside each fact that stands on them: ten thousand on ten thousand are a hundred million.
    """
    sheet = pd.DataFrame({"owner": owners, "sheet": refs // 2**32})
    return (refs.groupby(owners, dropna=False).cumcount() < FIRST_PAPERS) | ~sheet.duplicated()
