"""Exchange rates as the register holds them: the day's, else the month's mean, else the year's."""

from __future__ import annotations

import pandas as pd

from carmonitor.records.evidence import Evidence


def usd_rate(e: Evidence, days: pd.Series) -> pd.Series:
    """XAF for one US dollar on each day, in millionths. Int64, index of ``days``.

    Null where the day is null or the register holds no rate for its day, month or year. A period for which the
    register holds two different rates counts as holding none: it is not for us to choose.
    """
    register = e["exchange_rate"].dropna(subset=["xaf_per_unit"])
    register = register[register["currency"].str.strip().str.upper() == "USD"] if len(register) else register
    rates = register.drop_duplicates(["period", "xaf_per_unit"]).drop_duplicates("period", keep=False)
    held = rates.set_index("period")["xaf_per_unit"]
    found = pd.Series(pd.NA, index=days.index, dtype="Int64")
    for form in ("%Y-%m-%d", "%Y-%m", "%Y"):
        found = found.fillna(days.dt.strftime(form).map(held).astype("Int64"))
    return found
