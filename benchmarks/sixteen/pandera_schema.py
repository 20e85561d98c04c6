"""The sixteen rules as a pandera schema, validated lazily: all failure cases are gathered, by check and index.

Checks of two columns are made on one column beside the other: a check of the whole frame would list every cell of a
failing row. Tells flagged rows, counts nothing.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from benchmarks.sixteen.derived import Tables, derived, tables
from benchmarks.sixteen.rules import (
    LEAST_PRICE,
    LICENCE_FORM,
    LICENCE_FORM_FROM,
    MONITORED,
    MOST_CARATS,
    MOST_PER_MONTH,
    MOST_PER_QUARTER,
    MOST_PRICE,
    RULES,
    SLIP_FORM,
    Flagged,
)
from benchmarks.workload import Workload

os.environ.setdefault("DISABLE_PANDERA_IMPORT_WARNING", "True")
import pandera.pandas as pa

NAME, SLOW = "pandera", False
STATED = {"seller": "R01", "carats": "R02", "price_xaf": "R03", "origin_subprefecture": "R04"}


def prepare(work: Workload) -> Tables:
    """The tables as they are."""
    return tables(work)


def run(prepared: Tables) -> Flagged:
    """Derive the columns, validate, and read the failure cases."""
    slips = derived(*prepared)
    return validated(schema(slips), slips)


def validated(schema: pa.DataFrameSchema, slips: pd.DataFrame) -> Flagged:
    """The rows that a schema flags, by the rule that its checks name."""
    empty = np.zeros(0, dtype="int64")
    try:
        schema.validate(slips, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return Flagged(dict.fromkeys(RULES, empty))
    rule = cases["check"].where(cases["check"] != "not_nullable", cases["column"].map(STATED))
    found = {name: np.unique(index.to_numpy(dtype="int64")) for name, index in cases["index"].groupby(rule)}
    return Flagged({name: found.get(name, empty) for name in RULES})


def schema(slips: pd.DataFrame) -> pa.DataFrameSchema:
    """The schema. ``slips``: the frame it is for; checks of two columns look into it."""
    licensed = slips["purchase_date"] >= pd.Timestamp(LICENCE_FORM_FROM)
    first, last = (pd.Timestamp(day) for day in MONITORED)

    def licence(values: pd.Series) -> pd.Series:
        return ~licensed[values.index] | values.str.fullmatch(LICENCE_FORM)

    def received(values: pd.Series) -> pd.Series:
        return values <= slips["received_on"][values.index]

    def another(values: pd.Series) -> pd.Series:
        return values != slips["buyer_id"][values.index]

    def column(*checks: pa.Check, nullable: bool = True) -> pa.Column:
        return pa.Column(checks=list(checks), nullable=nullable)

    return pa.DataFrameSchema(
        {
            "seller": column(nullable=False),
            "carats": column(pa.Check(lambda c: (c > 0) & (c <= MOST_CARATS), error="R05"), nullable=False),
            "price_xaf": column(nullable=False),
            "origin_subprefecture": column(nullable=False),
            "price_per_carat": column(pa.Check.in_range(LEAST_PRICE, MOST_PRICE, error="R06")),
            "slip_number": column(
                pa.Check(lambda n: n.str.fullmatch(SLIP_FORM), error="R07"),
                pa.Check(lambda n: ~n.duplicated(keep=False), error="A01"),
            ),
            "purchase_date": column(pa.Check.in_range(first, last, error="R08"), pa.Check(received, error="R09")),
            "buyer_licence": column(pa.Check(licence, error="R10")),
            "zone_fits": column(pa.Check.eq(1, error="R11")),
            "seller_id": column(pa.Check(another, error="R12")),
            "sellers": column(pa.Check.le(1, error="A02")),
            "month_carats": column(pa.Check.le(MOST_PER_MONTH, error="A03")),
            "quarter_carats": column(pa.Check.le(MOST_PER_QUARTER, error="A04")),
        }
    )
