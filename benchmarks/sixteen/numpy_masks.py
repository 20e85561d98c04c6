"""The sixteen rules as numpy arrays written by hand for these tables: as little as can be done for the same answer.

Equal work: for each rule the flagged rows, and how many distinct slip numbers passed, broke it or could not be checked,
by reason. What is shared is computed once: slip numbers are numbered, blanks are found, months are counted. It is the
lower bound; what an analyst would write is :mod:`benchmarks.sixteen.pandas_masks`.
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

NAME, SLOW = "numpy by hand", False
Blanks = dict[str, np.ndarray]
Rule = tuple[str, np.ndarray, Blanks]
"""A rule, the rows that break it where nothing is blank, and where the columns are blank that must not be."""


def prepare(work: Workload) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables as they are."""
    return work.table, work.returns, work.zones


def run(prepared: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> Flagged:
    """Judge all rules."""
    table, *_ = prepared
    number, numbers = pd.factorize(table["slip_number"])
    needed = ["buyer_id", "buyer_licence", "seller_id", "origin_subprefecture", "purchase_date", "carats", "price_xaf"]
    blank = {column: table[column].isna().to_numpy() for column in needed}
    from_licence_form = (table["purchase_date"] >= pd.Timestamp(LICENCE_FORM_FROM)).to_numpy()
    rows, counts = {}, {}
    for rule, fires, inputs in [*_row_rules(*prepared, blank), *_aggregate_rules(table, number, len(numbers), blank)]:
        applies = from_licence_form | blank["purchase_date"] if rule == "R10" else None
        flagged, counts[rule] = _counted(fires, inputs, number, len(numbers), applies)
        rows[rule] = np.flatnonzero(flagged)
    return Flagged(rows, counts)


def _counted(
    fires: np.ndarray, blank: Blanks, number: np.ndarray, size: int, applies: np.ndarray | None
) -> tuple[np.ndarray, Counts]:
    """The flagged rows, and the slip numbers by what became of them. ``applies``: rows of the rule's span."""
    unknown = np.zeros(len(fires), bool)
    for rows in blank.values():
        unknown |= rows
    subjects = size
    if applies is not None:
        subjects = _distinct(number[applies], size)
        unknown &= applies
        fires = fires & applies
    fires = fires & ~unknown
    hit = np.zeros(size, bool)
    hit[number[fires]] = True
    reasons, left = {}, unknown & ~hit[number]
    blind = _distinct(number[left], size)
    for column, rows in blank.items():  # the first blank is the reason
        of_reason = number[left & rows]
        left = left & ~rows
        if len(of_reason):
            name = "undated" if applies is not None and column == "purchase_date" else f"blank:{column}"
            reasons[name] = _distinct(of_reason, size)
    breached = int(hit.sum())
    return fires, Counts(subjects - breached - blind, breached, blind, reasons)


def _distinct(number: np.ndarray, size: int) -> int:
    seen = np.zeros(size, bool)
    seen[number] = True
    return int(seen.sum())


def _row_rules(t: pd.DataFrame, returns: pd.DataFrame, zones: pd.DataFrame, blank: Blanks) -> Iterator[Rule]:
    carats = t["carats"].to_numpy(dtype="int64", na_value=0)
    price = t["price_xaf"].to_numpy(dtype="int64", na_value=0) * 100
    day = t["purchase_date"].to_numpy()
    first, last = (np.datetime64(d) for d in MONITORED)
    yield "R01", blank["seller_id"] & t["seller_name"].isna().to_numpy(), {}
    yield "R02", blank["carats"], {}
    yield "R03", blank["price_xaf"], {}
    yield "R04", blank["origin_subprefecture"], {}
    yield "R05", (carats <= 0) | (carats > MOST_CARATS), _only(blank, "carats")
    yield "R06", (price < carats * LEAST_PRICE) | (price > carats * MOST_PRICE), _only(blank, "carats", "price_xaf")
    yield "R07", ~t["slip_number"].str.fullmatch(SLIP_FORM).to_numpy(), {}
    yield "R08", (day < first) | (day > last), _only(blank, "purchase_date")
    home, homes = pd.factorize(t["return_id"])
    received_on = returns.set_index("return_id")["received_on"].reindex(homes).to_numpy()[home]
    yield "R09", day > received_on, _only(blank, "purchase_date")
    yield (
        "R10",
        ~t["buyer_licence"].str.fullmatch(LICENCE_FORM).to_numpy(),
        _only(blank, "buyer_licence", "purchase_date"),
    )
    origin, origins = pd.factorize(t["origin_subprefecture"])
    compliant = np.zeros(len(t), bool)
    for zone, begins, ends in zones.itertuples(index=False):
        inside = day >= np.datetime64(begins)
        if not pd.isna(ends):
            inside &= day <= np.datetime64(ends)
        compliant |= inside & (origin == origins.get_indexer([zone])[0]) & ~blank["origin_subprefecture"]
    yield "R11", ~compliant, _only(blank, "origin_subprefecture", "purchase_date")
    yield "R12", (t["buyer_id"] == t["seller_id"]).to_numpy(), _only(blank, "buyer_id", "seller_id")


def _aggregate_rules(t: pd.DataFrame, number: np.ndarray, size: int, blank: Blanks) -> Iterator[Rule]:
    yield "A01", (np.bincount(number, minlength=size) > 1)[number], {}
    seller, _ = pd.factorize(t["seller_id"])
    buyer, _ = pd.factorize(t["buyer_id"])
    known = seller >= 0
    lowest, highest = np.full(size, seller.max() + 1), np.full(size, -1)
    np.minimum.at(lowest, number[known], seller[known])
    np.maximum.at(highest, number[known], seller[known])
    several = (lowest < highest)[number]
    yield "A02", several, {"seller_id": blank["seller_id"] & ~several}
    months = t["purchase_date"].to_numpy().astype("datetime64[M]").astype("int64")
    carats = t["carats"].to_numpy(dtype="int64", na_value=0)
    for rule, actor, name, period, most in (
        ("A03", buyer, "buyer_id", months, MOST_PER_MONTH),
        ("A04", seller, "seller_id", months // 3, MOST_PER_QUARTER),
    ):
        inputs = _only(blank, name, "purchase_date", "carats")
        usable = ~np.logical_or.reduce(list(inputs.values()))
        since = period - period[usable].min() if usable.any() else period
        group = np.where(usable, actor * 1_000 + since, 0)
        total = np.zeros(int(group.max(initial=0)) + 1, dtype="int64")
        np.add.at(total, group[usable], carats[usable])
        yield rule, total[group] > most, inputs


def _only(blank: Blanks, *columns: str) -> Blanks:
    return {column: blank[column] for column in columns}
