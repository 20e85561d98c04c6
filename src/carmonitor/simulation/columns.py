"""Columns of frames from arrays, without a Python object per cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from carmonitor.records import KINDS


def numbered(prefix: str, numbers: np.ndarray, digits: int) -> pd.Series:
    """``B`` and 12 with 4 digits → ``B0012``. Negative numbers are null. Str dtype."""
    values = pa.array(numbers, mask=np.asarray(numbers) < 0)
    padded = pc.utf8_lpad(pc.cast(values, pa.large_string()), digits, "0")
    return _series(pc.binary_join_element_wise(_text(prefix), padded, _text("")))


def joined(separator: str, *parts: pd.Series) -> pd.Series:
    """The parts of each row with the separator between them; null where one is null. Str dtype."""
    return _series(pc.binary_join_element_wise(*(pa.array(part) for part in parts), _text(separator)))


def taken(values: pd.Series | Sequence[str | None], positions: np.ndarray) -> pd.Series:
    """The value at each position, null where it is negative. Str dtype, fresh index."""
    table = pa.array(
        values.reset_index(drop=True) if isinstance(values, pd.Series) else list(values), pa.large_string()
    )
    at = pa.array(np.asarray(positions), mask=np.asarray(positions) < 0)
    return _series(table.take(at))


def where(condition: np.ndarray, values: pd.Series) -> pd.Series:
    """The values where the condition holds, else null."""
    return values.where(pd.Series(condition, index=values.index))


def dates(days: np.ndarray) -> pd.Series:
    """Days since 1970 → datetime64[us]; negative ones are null."""
    when = np.asarray(days, dtype=np.int64).astype("datetime64[D]").astype("datetime64[us]")
    return pd.Series(np.where(np.asarray(days) < 0, np.datetime64("NaT", "D"), when), dtype="datetime64[us]")


def months(days: np.ndarray) -> pd.Series:
    """Days since 1970 → ``YYYY-MM``."""
    month = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]")
    known, at = np.unique(month, return_inverse=True)
    return taken([str(m) for m in known], at)


def frame(kind: str, columns: Mapping[str, Any], **beside: Any) -> pd.DataFrame:
    """A frame of a record kind: its fields in the order of the data dictionary with their dtypes, then ``beside``.

    Fields that are not given are null.
    """
    unknown = set(columns) - set(KINDS[kind].model_fields)
    if unknown:
        raise ValueError(f"{kind} has no field {sorted(unknown)}")
    length = max((len(v) for v in columns.values() if hasattr(v, "__len__") and not isinstance(v, str)), default=0)
    index = pd.RangeIndex(length)
    made: dict[str, pd.Series] = {}
    for name, value_type in KINDS[kind].field_types().items():
        value = columns.get(name)
        if isinstance(value, pd.Series):
            made[name] = pd.Series(value.array, index=index).astype(value_type.dtype)  # type: ignore[call-overload]
        else:
            made[name] = pd.Series(value, index=index, dtype=value_type.dtype)
    for name, value in beside.items():
        made[name] = value.set_axis(index) if isinstance(value, pd.Series) else pd.Series(value, index=index)
    return pd.DataFrame(made)


def _series(values: Any) -> pd.Series:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pd.Series(pd.array(values, dtype="str"))


def _text(value: str) -> Any:
    return pa.scalar(value, pa.large_string())
