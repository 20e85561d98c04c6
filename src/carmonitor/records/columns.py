"""Long columns: of text, as Arrow holds them, and those in which few values stand again and again."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa

pa.set_memory_pool(pa.system_memory_pool())  # gives freed memory back; Arrow's own keeps half as much again


def give_back() -> None:
    """Give memory that is free back to the system, where the system takes it."""
    pa.default_memory_pool().release_unused()


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
