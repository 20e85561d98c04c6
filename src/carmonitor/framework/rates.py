"""Exchange rates as the register holds them: the day's, else the month's mean, else the year's."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.common import lookup, written
from carmonitor.records.evidence import Evidence

BY_CERTAINTY = "PSIN"  # from the surest to what nobody verified


def xaf_per_usd(e: Evidence, days: pd.Series) -> pd.DataFrame:
    """XAF for one US dollar on each day. Index of ``days``; columns

    ``rate``      Int64, millionths; null where the day is null or the register holds none for its day, month or year
    ``certainty`` str, P, S, I or N (N: unverified) as the register says; null where it says nothing or has no rate
    ``ref_rate``  Int64: the row of the register

    A period for which the register holds two different rates counts as holding none: it is not for us to choose. Of
    rows that agree, the surest counts.
    """
    held = _usd(e)
    found = pd.Series(pd.NA, index=days.index, dtype="Int64")
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        found = found.fillna(lookup(written(days, form), pd.Series(held.index, index=held["period"], dtype="Int64")))
    columns = {"rate": "xaf_per_unit", "certainty": "certainty", "ref_rate": "ref"}
    return pd.DataFrame({name: lookup(found, held[column]) for name, column in columns.items()}, index=days.index)


def usd_rate(e: Evidence, days: pd.Series) -> pd.Series:
    """XAF for one US dollar on each day, in millionths: the ``rate`` of :func:`xaf_per_usd`. Int64."""
    return xaf_per_usd(e, days)["rate"]


def _usd(e: Evidence) -> pd.DataFrame:
    """The register's rows for the US dollar, one per period, whatever order they came in."""
    register = e["exchange_rate"].dropna(subset=["xaf_per_unit"])
    register = register[register["currency"].str.strip().str.upper() == "USD"] if len(register) else register
    told_apart = register.groupby("period")["xaf_per_unit"].transform("nunique")
    register = register[told_apart == 1].assign(
        doubt=register["certainty"].map({mark: at for at, mark in enumerate(BY_CERTAINTY)}).fillna(len(BY_CERTAINTY))
    )
    return register.sort_values(["period", "doubt", "ref"]).drop_duplicates("period", ignore_index=True)
