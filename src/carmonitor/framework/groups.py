"""Rows that repeat and rows that belong together: each line once, the first of each key, what a group holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from carmonitor.framework.common import among
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence

MOST_RECORDS = 20  # differing records of one number that are compared with all of another


def lines(e: Evidence, kind: str) -> pd.DataFrame:
    """Each line of a kind once: what two returns say word for word is one line. Lines that differ are all kept."""
    frame = _by_ref(e[kind])
    return _without(frame, e.cached(f"repeated:{kind}", lambda _: _repeated(frame, kind))["at"].to_numpy())


def _by_ref(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows by ``ref``, as the frames of evidence come."""
    ordered = frame["ref"].is_monotonic_increasing
    return frame.copy(deep=False) if ordered else frame.sort_values("ref", kind="stable")


def _repeated(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Where (``at``) lines stand that were told before word for word. Only rows of one key can be the same line."""
    again = np.flatnonzero(frame.duplicated(list(KINDS[kind].KEY), keep=False))
    told = frame.iloc[again].duplicated(list(KINDS[kind].model_fields)).to_numpy()
    return pd.DataFrame({"at": again[told]})


def _without(frame: pd.DataFrame, positions: np.ndarray[Any, Any]) -> pd.DataFrame:
    """A frame without the rows at these positions."""
    kept = np.ones(len(frame), dtype=bool)
    kept[positions] = False
    return frame[kept] if len(positions) else frame


def first_of(frame: pd.DataFrame, key: list[str], by: list[str], ascending: list[bool] | bool = True) -> pd.DataFrame:
    """The first row of each key in the order of ``by``. The rows stay in their own order, and no others are sorted."""
    again = np.flatnonzero(frame.duplicated(key, keep=False))
    order = frame.iloc[again][list(dict.fromkeys([*key, *by]))].reset_index(drop=True)
    order = order.sort_values(by, ascending=ascending)
    return _without(frame, again[order.index[order.duplicated(key)]])


def few(frame: pd.DataFrame, number: str) -> pd.DataFrame:
    """The records of each number, for comparing all of one number with all of another.

    Where more than MOST_RECORDS bear one number, say because a column was filled down, those that say the same (but for
    ``ref``) count as one; if still more are left, only the first by ``ref`` is kept and ``crowded`` is True: what is
    compared with it is to be told as not known. A null number is none.
    """
    rows = _by_ref(frame)
    at = np.flatnonzero(rows[number].duplicated(keep=False))  # nearly always few, and quicker to find than to count
    many = rows.iloc[at]
    large = (many.groupby(number)["ref"].transform("size") > MOST_RECORDS).to_numpy()
    at, many = at[large], many[large]
    distinct = many[~many.drop(columns="ref").duplicated()]
    crowded = (distinct.groupby(number)["ref"].transform("size") > MOST_RECORDS).reindex(many.index, fill_value=False)
    kept = many.index.isin(distinct.index) & ~(crowded & many[number].duplicated()).to_numpy()
    told = np.zeros(len(rows), dtype=bool)
    told[at] = crowded
    return _without(rows.assign(crowded=told), at[~kept])


def whole_sums(values: pd.Series, by: Any) -> pd.Series:
    """Sums by group in Python's whole numbers, which no weight is too large for; nulls add nothing. Object dtype."""
    numbers = values.fillna(0).astype("int64")
    halves = pd.DataFrame({"high": numbers // 2**32, "low": numbers % 2**32}).groupby(by).sum().astype("object")
    sums: pd.Series = halves["high"] * 2**32 + halves["low"]
    return sums


def lists_of(values: pd.Series, by: Any) -> pd.Series:
    """The values of each group as a list, in the order of the rows. Object dtype."""
    groups = values.groupby(by)
    group = groups.ngroup().fillna(-1).to_numpy(dtype="int64")
    told = values.iloc[np.argsort(group, kind="stable")].tolist()[int((group < 0).sum()) :]
    sizes = groups.size()
    ends = sizes.cumsum().tolist()
    lists = [told[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
    return pd.Series(lists, index=sizes.index, dtype="object")


def gathered(names: pd.Series, fires: pd.Series, keys: pd.Series, values: pd.Series) -> pd.Series:
    """For each name that fires, the sorted distinct ``values`` under that key; None elsewhere. Object dtype."""
    fired = fires.fillna(False).astype(bool)
    kept = values[among(keys, names[fired])].dropna()
    lists: dict[Any, list[Any]] = lists_of(kept, keys[kept.index]).to_dict() if len(kept) else {}
    found = {key: sorted(set(held)) for key, held in lists.items()}
    told = np.full(len(names), None, dtype="object")
    for at, name in zip(np.flatnonzero(fired), names[fired], strict=True):
        told[at] = found.get(name)
    return pd.Series(told, index=names.index)


def once(frame: pd.DataFrame, key: str, *columns: str) -> pd.DataFrame:
    """The rows of each key once, those that say the same in ``columns`` being one, by ``ref``.

    Adds ``differs``: True where rows of the key say different things (other rules tell them).
    """
    rows = _by_ref(frame)
    again = np.flatnonzero(rows[key].duplicated(keep=False))
    told = rows.iloc[again][[key, *columns]].duplicated().to_numpy()
    left = again[~told]
    differs = np.zeros(len(rows), dtype=bool)
    differs[left] = rows[key].iloc[left].duplicated(keep=False)
    return _without(rows.assign(differs=differs), again[told]).reset_index(drop=True)
