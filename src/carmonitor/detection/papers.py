"""What several detectors ask of the papers: slips once each, quarters of actors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.price import quarter_of
from carmonitor.framework.common import last_day, month_of
from carmonitor.framework.custody import is_resale
from carmonitor.framework.groups import once
from carmonitor.framework.lineage import lineages
from carmonitor.framework.rules.profiles import quarter_gaps
from carmonitor.records.evidence import Evidence

_SAID = ["purchase_date", "buyer_id", "seller_id", "origin_subprefecture", "stones", "carats", "price_xaf"]
_NEEDED = ["slip_number", *_SAID, "register_number", "origin_subprefecture_resolved", "return_id", "ref"]


def slips(e: Evidence) -> pd.DataFrame:
    """Every slip once, by ``ref``; of one number that rows say different things of, each. Cached; read-only.

    Columns of ``purchase`` that detectors need (all would be a large copy); ``zone`` (pre-2021 sub-prefecture of
    origin, null when unknown), ``quarter`` (``2021-Q2``, null when undated), ``differs`` (bool: two rows of the number
    differ) and ``resale`` (bool).
    """
    return e.cached("detector_slips", _slips)


def _slips(e: Evidence) -> pd.DataFrame:
    s = once(e["purchase"][_NEEDED], "slip_number", *_SAID)
    zone = e.gazetteer.subprefectures(s.pop("origin_subprefecture_resolved"))
    return s.assign(zone=zone, quarter=quarter_of(s["purchase_date"]), resale=is_resale(e, s["slip_number"]))


def quarter_day(quarter: pd.Series) -> pd.Series:
    """``2021-Q2`` → 2021-06-30; null stays null. datetime64[us]."""
    names = quarter.dropna().unique()
    ends = {name: pd.Period(name, freq="Q").end_time.normalize() for name in names}
    return quarter.map(ends).astype("datetime64[us]")


def open_quarters(e: Evidence, quarters: pd.Series, *, unread: bool = True) -> pd.Series:
    """Why the purchases of each quarter (``2021-Q2``) are not known in full; ``""`` where they are. Str dtype.

    ``unread``: whether a row in quarantine counts; it does not for what a single missing slip cannot change.
    """
    day = quarter_day(quarters)
    gaps = quarter_gaps(e, day.dropna().unique())
    why = day.map({pd.Timestamp(k): v for k, v in gaps.items()}).astype("str").fillna("undated")
    return why if unread else why.mask(why == "in_quarantine:purchase", "")


def not_over(e: Evidence, quarters: pd.Series) -> pd.Series:
    """True for quarters that are not over at the end of ``as_of``. Bool."""
    return quarter_day(quarters) > pd.Timestamp(e.as_of)


def shifted(quarter: pd.Series, by: int) -> pd.Series:
    """The quarter so many quarters later. Str dtype; null stays null."""
    names = {name: str(pd.Period(name, freq="Q") + by) for name in quarter.dropna().unique()}
    moved = {name: f"{text[:4]}-Q{text[-1]}" for name, text in names.items()}
    return quarter.map(moved).astype("str")


def month_end_of(return_id: pd.Series) -> pd.Series:
    """The last day of the month of each return. datetime64[us]."""
    return last_day(month_of(return_id))


def first_refs(frame: pd.DataFrame, *keys: str) -> pd.Series:
    """:func:`lineage` of each combination of keys: a list per key, sorted. Index: the keys."""
    number = np.asarray(frame.groupby(list(keys), sort=True).ngroup(), dtype=np.int64)
    known = np.flatnonzero(number >= 0)  # a null key is nobody's
    groups, first = np.unique(number[known], return_index=True)
    lists = lineages(frame["ref"].to_numpy("int64")[known], number[known], len(groups))
    index = pd.MultiIndex.from_frame(frame[list(keys)].iloc[known[first]])
    return pd.Series(lists, index=index, dtype="object", name="ref")
