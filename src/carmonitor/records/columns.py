"""Long columns: of text, as Arrow holds them, and those in which few values stand again and again."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

pa.set_memory_pool(pa.system_memory_pool())  # gives freed memory back; Arrow's own keeps half as much again


def give_back() -> None:
    """Give Arrow's memory that is free back to the system, where the system takes it."""
    pa.default_memory_pool().release_unused()


def give_all_back() -> None:
    """:func:`give_back` for all memory that is free, which takes some time: for after work that needed much of it.

    The allocator of other systems than Linux with glibc keeps what it has.
    """
    give_back()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def is_text(values: pd.Series | pd.Index) -> bool:
    """Whether a column is text that Arrow holds, as the ``str`` columns of evidence are."""
    return isinstance(values.dtype, pd.StringDtype) and values.dtype.storage == "pyarrow"


def as_arrow(texts: pd.Series | pd.Index) -> pa.Array:
    """A column of text as one Arrow array."""
    held = pa.array(texts.array)
    return held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held


def same_text(texts: pd.Series) -> tuple[int, ...] | None:
    """A key that equal columns of text have while they share their memory, as columns of one frame do; None for others.

    It says nothing once the column is gone: keep the column beside it.
    """
    held = pa.array(texts.array) if is_text(texts) else None
    if isinstance(held, pa.ChunkedArray):  # of several pieces only a copy could be named, which is gone at once
        held = held.chunk(0) if held.num_chunks == 1 else None
    if held is None:
        return None
    return (len(held), held.offset, *(buffer.address if buffer else 0 for buffer in held.buffers()))


def each(values: pd.Series, tell: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """``tell(values)``, asked only once for each value; null stays null. Same index.

    ``tell`` is given the distinct values and answers for each of them, in their order.
    """
    codes, distinct = pd.factorize(values)
    told = tell(pd.Series(distinct, dtype=values.dtype)).reset_index(drop=True)
    return told.reindex(codes).set_axis(values.index)


def each_text(texts: pd.Series, tell: Callable[[str], str | None]) -> pd.Series:
    """:func:`each` for a function of one text. Same index, str dtype."""
    return each(texts, lambda distinct: pd.Series([tell(text) for text in distinct], dtype="str"))


def positions(keys: pd.Series, known: pd.Series) -> Ints:
    """Where each key first stands among the ``known`` values, from 0; -1 where it does not, and for null."""
    at = pc.index_in(_as_texts(keys), value_set=_as_texts(known), skip_nulls=True)
    return cast(Ints, pc.fill_null(at, -1).to_numpy().astype(np.int64))


def within(keys: pd.Series, known: pd.Series) -> pd.Series:
    """Whether each key is one of the ``known`` values; null is not. Bool, no nulls."""
    return pd.Series(positions(keys, known) >= 0, index=keys.index)


def ranks(values: pd.Series) -> Ints:
    """The place of each value if all were sorted, from 0; equal ones in the order they stand. No nulls allowed."""
    order = pc.sort_indices(_as_texts(values)).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _as_texts(values: pd.Series) -> pa.Array:
    return pa.array(values, type=pa.large_string())
