"""How far back the papers reach: the first months of monitoring, and months that nobody told (semantics.md 2 and 10).

Sums over history accuse nobody for want of papers that were never received.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.common import month_of, reasons
from carmonitor.records import RETURN_KINDS
from carmonitor.records.evidence import Evidence


def history_short(e: Evidence, actor: pd.Series, days: pd.Series, months: int) -> pd.Series:
    """True on days before ``monitoring_from`` + ``months``, unless a stock declaration had opened the actor by then.

    A declaration of the day itself opens. False where the day is null, or ``monitoring_from`` is not set. Bool.
    """
    if e.monitoring_from is None:
        return pd.Series(False, index=days.index)
    early = days < pd.Timestamp(e.monitoring_from) + pd.DateOffset(months=months)
    opened = actor.astype("object").map(e["stock_declaration"].groupby("actor_id")["as_of"].min().to_dict())
    return early & ~(pd.to_datetime(opened) <= days)


def untold(e: Evidence, kind: str) -> pd.DataFrame:
    """Months between a sender's first and last return in which it supplied no sheet of ``kind``.

    Columns: sender, month (YYYY-MM), missing (``not_supplied:kind`` where that month's return is held, else
    ``return_not_held:month``). Months before ``monitoring_from`` are not demanded.
    """
    sheets = e.sources[e.sources["kind"].isin(RETURN_KINDS)]
    sheets = sheets.assign(month=month_of(sheets["return_id"])).dropna(subset="month")
    since = e.monitoring_from.strftime("%Y-%m") if e.monitoring_from else ""
    rows = []
    for sender, own in sheets.groupby("sender"):
        held, told = set(own["month"]), set(own.loc[own["kind"] == kind, "month"])
        months = pd.period_range(max(min(held), since), max(held), freq="M").strftime("%Y-%m")
        rows += [
            (sender, m, f"not_supplied:{kind}" if m in held else f"return_not_held:{m}")
            for m in months
            if m not in told
        ]
    return pd.DataFrame(rows, columns=["sender", "month", "missing"], dtype="str")


def first_untold(e: Evidence, kind: str, return_id: pd.Series, start: pd.Series | None, end: pd.Series) -> pd.Series:
    """Why the sender of ``return_id`` has not told all of ``kind`` from the month of ``start`` to that of ``end``.

    The first such month; ``""`` where all is told. ``start`` None: from the sender's first return; a day before the
    first return: that month is not held. A null end is open. Str, no nulls.
    """
    sender = return_id.str.rpartition("@")[0] if len(return_id) else return_id
    first = _first_months(e)
    began = sender.astype("object").map(first)
    asked = pd.DataFrame(
        {
            "sender": sender,
            "start": "" if start is None else start.dt.strftime("%Y-%m"),
            "end": end.dt.strftime("%Y-%m").fillna("9999"),
            "at": range(len(end)),
        }
    )
    hits = asked.merge(untold(e, kind), on="sender")
    hits = hits[(hits["start"].fillna("") <= hits["month"]) & (hits["month"] <= hits["end"])]
    found = hits.sort_values("month").drop_duplicates("at").set_index("at")["missing"].reindex(asked["at"]).fillna("")
    found = found.set_axis(end.index).astype("str")
    if start is None:
        return found
    month = asked["start"]
    before = ((month != "") & month.notna() & (month < began.fillna(""))).astype(bool)
    return reasons(end.index, (before, "return_not_held:" + month.fillna("")), (found != "", found))


def _first_months(e: Evidence) -> dict[str, str]:
    """The month of each sender's first return that is held."""
    sheets = e.sources[e.sources["kind"].isin(RETURN_KINDS)]
    months = month_of(sheets["return_id"])
    return {str(sender): str(month) for sender, month in months.groupby(sheets["sender"]).min().dropna().items()}
