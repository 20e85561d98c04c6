"""How far back the papers reach: the first months of monitoring, and months that nobody told (semantics.md 2 and 10).

Sums over history accuse nobody for want of papers that were never received.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.common import lookup, month_of, written
from carmonitor.records import RETURN_KINDS
from carmonitor.records.columns import each_text
from carmonitor.records.evidence import Evidence


def history_short(e: Evidence, actor: pd.Series, days: pd.Series, months: int) -> pd.Series:
    """True on days before ``monitoring_from`` + ``months``, unless a stock declaration had opened the actor by then.

    A declaration of the day itself opens. False where the day is null, or ``monitoring_from`` is not set. Bool.
    """
    if e.monitoring_from is None:
        return pd.Series(False, index=days.index)
    early = days < pd.Timestamp(e.monitoring_from) + pd.DateOffset(months=months)
    opened = lookup(actor, e["stock_declaration"].groupby("actor_id")["as_of"].min())
    return early & ~(opened <= days)


def untold(e: Evidence, kind: str) -> pd.DataFrame:
    """Months up to a sender's last return in which it supplied no sheet of ``kind``.

    They count from ``monitoring_from``, or where that is not set from the sender's first return. Columns: sender, month
    (YYYY-MM), missing (``not_supplied:kind`` where that month's return is held, else ``return_not_held:month``).
    """
    sheets = e.sources[e.sources["kind"].isin(RETURN_KINDS)]
    sheets = sheets.assign(month=month_of(sheets["return_id"])).dropna(subset="month")
    rows = []
    for sender, own in sheets.groupby("sender"):
        held, told = set(own["month"]), set(own.loc[own["kind"] == kind, "month"])
        first = e.monitoring_from.strftime("%Y-%m") if e.monitoring_from else min(held)
        months = pd.period_range(first, max(held), freq="M").strftime("%Y-%m")
        lacking = [m for m in months if m not in told]
        rows += [(sender, m, f"not_supplied:{kind}" if m in held else f"return_not_held:{m}") for m in lacking]
    return pd.DataFrame(rows, columns=["sender", "month", "missing"], dtype="str")


def first_untold(e: Evidence, kind: str, return_id: pd.Series, start: pd.Series | None, end: pd.Series) -> pd.Series:
    """Why the sender of ``return_id`` has not told all of ``kind`` from the month of ``start`` to that of ``end``.

    The first such month of :func:`untold`; ``""`` where all is told. ``start`` None, a null start and a null end are
    open. Str, no nulls.
    """
    asked = pd.DataFrame(
        {
            "sender": each_text(return_id, lambda name: name.rpartition("@")[0]),
            "start": "" if start is None else written(start, "%Y-%m").fillna(""),
            "end": written(end, "%Y-%m").fillna("9999"),
            "at": range(len(end)),
        }
    )
    hits = asked.merge(untold(e, kind), on="sender")
    hits = hits[(hits["start"] <= hits["month"]) & (hits["month"] <= hits["end"])].sort_values("month")
    found = hits.drop_duplicates("at").set_index("at")["missing"].reindex(asked["at"]).fillna("")
    return found.set_axis(end.index).astype("str")
