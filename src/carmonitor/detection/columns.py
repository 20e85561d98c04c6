"""Long text columns by hash: pandas 3 makes Python objects of ``str`` columns where it looks values up."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


def positions(keys: pd.Series, known: pd.Series) -> Ints:
    """Where each key first stands among the ``known`` values, from 0; -1 where it does not, and for null."""
    at = pc.index_in(_texts(keys), value_set=_texts(known), skip_nulls=True)
    return cast(Ints, pc.fill_null(at, -1).to_numpy().astype(np.int64))


def within(keys: pd.Series, known: pd.Series) -> pd.Series:
    """Whether each key is one of the ``known`` values; null is not. Bool, no nulls."""
    return pd.Series(positions(keys, known) >= 0, index=keys.index)


def ranks(values: pd.Series) -> Ints:
    """The place of each value if all were sorted, from 0; equal ones in the order they stand. No nulls allowed."""
    order = pc.sort_indices(_texts(values)).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _texts(values: pd.Series) -> pa.Array:
    return pa.array(values, type=pa.large_string())
