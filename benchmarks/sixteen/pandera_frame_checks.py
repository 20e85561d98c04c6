"""The sixteen rules as a pandera schema that checks the whole frame wherever a rule looks at several columns.

So its documentation shows it. The failure cases then hold every cell of a failing row, which
:mod:`benchmarks.sixteen.pandera_schema` avoids with derived columns. Tells flagged rows, counts nothing.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.sixteen import pandera_schema
from benchmarks.sixteen.derived import Tables, derived
from benchmarks.sixteen.pandera_schema import pa, validated
from benchmarks.sixteen.rules import (
    LEAST_PRICE,
    LICENCE_FORM,
    LICENCE_FORM_FROM,
    MOST_PER_MONTH,
    MOST_PER_QUARTER,
    MOST_PRICE,
    Flagged,
)

NAME, SLOW = "pandera, frame checks", False
OF_COLUMNS = ("carats", "price_xaf", "origin_subprefecture", "slip_number", "purchase_date")

prepare = pandera_schema.prepare


def run(prepared: Tables) -> Flagged:
    """Work out what the checks look up, validate the slips as they are, and read the failure cases."""
    slips, known = prepared[0], derived(*prepared)
    columns = {name: column for name, column in pandera_schema.schema(known).columns.items() if name in OF_COLUMNS}
    return validated(pa.DataFrameSchema(columns, checks=_frame_checks(known)), slips)


def _frame_checks(known: pd.DataFrame) -> list[pa.Check]:
    price, licensed = known["price_per_carat"], known["purchase_date"] >= pd.Timestamp(LICENCE_FORM_FROM)
    form = known["buyer_licence"].isna() | known["buyer_licence"].str.fullmatch(LICENCE_FORM)
    same = (known["buyer_id"] == known["seller_id"]).fillna(False).astype(bool)
    kept = {
        "R01": lambda frame: frame["seller_id"].notna() | frame["seller_name"].notna(),
        "R06": lambda _: ~((price < LEAST_PRICE) | (price > MOST_PRICE)),
        "R10": lambda _: ~licensed | form,
        "R11": lambda _: known["zone_fits"] != 0,
        "R12": lambda _: ~same,
        "A02": lambda _: known["sellers"] <= 1,
        "A03": lambda _: ~(known["month_carats"] > MOST_PER_MONTH),
        "A04": lambda _: ~(known["quarter_carats"] > MOST_PER_QUARTER),
    }
    return [pa.Check(check, error=rule, ignore_na=False) for rule, check in kept.items()]
