"""The sixteen rules as masks written by hand in pandas, as an analyst who knows pandas writes them for these tables.

Equal work: for each rule the flagged rows, and how many distinct slip numbers passed, broke it or could not be checked,
by reason. Slip numbers are numbered once, since counting distinct texts sixteen times would be careless.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.sixteen.rules import (
    LEAST_PRICE,
    LICENCE_FORM,
    LICENCE_FORM_FROM,
    MONITORED,
    MOST_CARATS,
    MOST_PER_MONTH,
    MOST_PER_QUARTER,
    MOST_PRICE,
    SLIP_FORM,
    Counts,
    Flagged,
)
from benchmarks.workload import Workload

NAME, SLOW = "pandas by hand", False
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
Rule = tuple[str, pd.Series, list[str]]
"""A rule, the rows that break it where nothing is blank, and the columns that must not be blank."""


def prepare(work: Workload) -> Tables:
    """The tables as they are."""
    return work.table, work.returns, work.zones


def run(prepared: Tables) -> Flagged:
    """Judge all rules."""
    t, returns, zones = prepared
    number = pd.Series(pd.factorize(t["slip_number"])[0], index=t.index)
    rows, counts = {}, {}
    for rule, fires, inputs in [*_row_rules(t, returns, zones), *_aggregate_rules(t, number)]:
        reason = pd.Series("", index=t.index, dtype="str")
        for column in reversed(inputs):  # the first blank is the reason
            reason = reason.mask(t[column].isna(), f"blank:{column}")
        if rule == "A02":
            reason = reason.mask(fires, "")
        if rule == "R10":
            undated = t["purchase_date"].isna()
            reason = reason.mask(undated & (reason == ""), "undated")
            kept = (t["purchase_date"] >= pd.Timestamp(LICENCE_FORM_FROM)) | undated
            flagged, counts[rule] = _counted(fires[kept], reason[kept], number[kept])
        else:
            flagged, counts[rule] = _counted(fires, reason, number)
        rows[rule] = flagged.to_numpy().nonzero()[0] if rule != "R10" else np.flatnonzero(kept)[flagged.to_numpy()]
    return Flagged(rows, counts)


def _counted(fires: pd.Series, reason: pd.Series, number: pd.Series) -> tuple[pd.Series, Counts]:
    """The flagged rows, and the slip numbers by what became of them."""
    unknown = reason != ""
    fires = fires.fillna(False).astype(bool) & ~unknown
    hit = number[fires].unique()
    left = unknown & ~number.isin(hit)
    blind = number[left].nunique()
    reasons = number[left].groupby(reason[left]).nunique().to_dict()
    return fires, Counts(number.nunique() - len(hit) - blind, len(hit), blind, reasons)


def _row_rules(t: pd.DataFrame, returns: pd.DataFrame, zones: pd.DataFrame) -> Iterator[Rule]:
    carats, day, price = t["carats"], t["purchase_date"], t["price_xaf"] * 100
    first, last = (pd.Timestamp(d) for d in MONITORED)
    yield "R01", t["seller_id"].isna() & t["seller_name"].isna(), []
    yield "R02", carats.isna(), []
    yield "R03", price.isna(), []
    yield "R04", t["origin_subprefecture"].isna(), []
    yield "R05", (carats <= 0) | (carats > MOST_CARATS), ["carats"]
    yield "R06", (price < carats * LEAST_PRICE) | (price > carats * MOST_PRICE), ["carats", "price_xaf"]
    yield "R07", ~t["slip_number"].str.fullmatch(SLIP_FORM), []
    yield "R08", (day < first) | (day > last), ["purchase_date"]
    received_on = returns.set_index("return_id")["received_on"]
    yield "R09", day > received_on.reindex(t["return_id"]).set_axis(t.index), ["purchase_date"]
    yield "R10", ~t["buyer_licence"].str.fullmatch(LICENCE_FORM).fillna(False).astype(bool), ["buyer_licence"]
    compliant = pd.Series(False, index=t.index)
    for zone, begins, ends in zones.itertuples(index=False):
        inside = (t["origin_subprefecture"] == zone) & (day >= begins)
        compliant |= inside if pd.isna(ends) else inside & (day <= ends)
    yield "R11", ~compliant, ["origin_subprefecture", "purchase_date"]
    yield "R12", t["buyer_id"] == t["seller_id"], ["buyer_id", "seller_id"]


def _aggregate_rules(t: pd.DataFrame, number: pd.Series) -> Iterator[Rule]:
    day, carats = t["purchase_date"], t["carats"]
    yield "A01", number.duplicated(keep=False), []
    yield "A02", t["seller_id"].groupby(number).transform("nunique") > 1, ["seller_id"]
    month = day.dt.year * 12 + day.dt.month - 1
    bought = carats.groupby([t["buyer_id"], month]).transform("sum")
    yield "A03", bought > MOST_PER_MONTH, ["buyer_id", "purchase_date", "carats"]
    sold = carats.groupby([t["seller_id"], month // 3]).transform("sum")
    yield "A04", sold > MOST_PER_QUARTER, ["seller_id", "purchase_date", "carats"]
