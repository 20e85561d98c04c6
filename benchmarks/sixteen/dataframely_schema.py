"""The sixteen rules as a dataframely schema over the expressions of :mod:`benchmarks.sixteen.polars_expressions`.

A rule that gives null counts as kept, so that nulls are never flagged. ``filter`` parts good rows from bad and tells of
each bad row which rules it broke. Tells flagged rows, counts nothing.
"""

from __future__ import annotations

import dataframely as dy
import numpy as np
import polars as pl

from benchmarks.sixteen import polars_expressions
from benchmarks.sixteen.polars_expressions import Tables, verdicts, with_lookups
from benchmarks.sixteen.rules import RULES, Flagged

NAME, SLOW = "dataframely", False

prepare = polars_expressions.prepare


class _Columns(dy.Schema):
    row = dy.Int64()
    return_id = dy.String()
    slip_number = dy.String()
    purchase_date = dy.Datetime(nullable=True)
    buyer_id = dy.String(nullable=True)
    buyer_licence = dy.String(nullable=True)
    seller_id = dy.String(nullable=True)
    seller_name = dy.String(nullable=True)
    origin_subprefecture = dy.String(nullable=True)
    carats = dy.Int64(nullable=True)
    price_xaf = dy.Int64(nullable=True)
    received_on = dy.Datetime()
    compliant = dy.Bool()


def _kept(rule: str) -> object:
    @dy.rule()
    def kept(_: type[dy.Schema]) -> pl.Expr:
        return verdicts()[rule] != 2

    return kept


Slips = type("Slips", (_Columns,), {rule: _kept(rule) for rule in RULES})


def run(prepared: Tables) -> Flagged:
    """Join what two rules look up, filter, and read which rules each bad row broke."""
    _, failure = Slips.filter(with_lookups(*prepared), eager=True)
    bad = failure.details()
    rows = {rule: bad.filter(pl.col(rule) == "invalid")["row"].to_numpy() for rule in RULES}
    return Flagged({rule: np.sort(found) for rule, found in rows.items()})
