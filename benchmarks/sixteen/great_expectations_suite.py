"""The sixteen rules as a Great Expectations suite on a pandas batch; the flagged rows are its unexpected indices.

Ephemeral context, no progress bars. ``COMPLETE`` is the only result format that lists every index; without named index
columns, which would make a dictionary of each. Tells flagged rows, counts nothing.
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
    SLIP_FORM,
    Flagged,
)
from benchmarks.workload import Workload

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig

NAME, SLOW = "Great Expectations", True


def prepare(work: Workload) -> tuple[Tables, BatchDefinition]:
    """The tables as they are, and a place to hand a frame in."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("slips")
    return tables(work), asset.add_batch_definition_whole_dataframe("all")


def run(prepared: tuple[Tables, BatchDefinition]) -> Flagged:
    """Derive the columns, validate the suite, and read the unexpected indices."""
    given, definition = prepared
    slips = derived(*given)
    batch = definition.get_batch(batch_parameters={"dataframe": slips})
    suite = gx.ExpectationSuite("sixteen", expectations=expectations())
    results = batch.validate(suite, result_format={"result_format": "COMPLETE", "include_unexpected_rows": False})
    rows: dict[str, np.ndarray] = {}
    for result in results.results:
        if result.exception_info.get("raised_exception"):
            raise ValueError(f"{result.expectation_config.meta}: {result.exception_info}")
        found = result.result.get("unexpected_index_list") or []
        rows[result.expectation_config.meta["rule"]] = np.sort(np.array(found, dtype="int64"))
    return Flagged(rows)


def expectations() -> list[gxe.Expectation]:
    """One expectation for each rule, its id in ``meta``."""
    first, last = (pd.Timestamp(day) for day in MONITORED)
    stated = {"R01": "seller", "R02": "carats", "R03": "price_xaf", "R04": "origin_subprefecture"}
    present = [gxe.ExpectColumnValuesToNotBeNull(column=column, meta=_of(rule)) for rule, column in stated.items()]
    return [
        *present,
        gxe.ExpectColumnValuesToBeBetween(
            column="carats", min_value=0, strict_min=True, max_value=MOST_CARATS, meta=_of("R05")
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="price_per_carat", min_value=LEAST_PRICE, max_value=MOST_PRICE, meta=_of("R06")
        ),
        gxe.ExpectColumnValuesToMatchRegex(column="slip_number", regex=f"^{SLIP_FORM}$", meta=_of("R07")),
        gxe.ExpectColumnValuesToBeBetween(column="purchase_date", min_value=first, max_value=last, meta=_of("R08")),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="received_on", column_B="purchase_date", or_equal=True, ignore_row_if="either_value_is_missing",
            meta=_of("R09"),
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="buyer_licence", regex=f"^{LICENCE_FORM}$", condition_parser="pandas",
            row_condition=f'purchase_date >= "{LICENCE_FORM_FROM}"', meta=_of("R10"),
        ),
        gxe.ExpectColumnValuesToBeInSet(column="zone_fits", value_set=[1], meta=_of("R11")),
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(
            column_list=["buyer_id", "seller_id"], ignore_row_if="any_value_is_missing", meta=_of("R12")
        ),
        gxe.ExpectColumnValuesToBeUnique(column="slip_number", meta=_of("A01")),
        gxe.ExpectColumnValuesToBeBetween(column="sellers", max_value=1, meta=_of("A02")),
        gxe.ExpectColumnValuesToBeBetween(column="month_carats", max_value=MOST_PER_MONTH, meta=_of("A03")),
        gxe.ExpectColumnValuesToBeBetween(column="quarter_carats", max_value=MOST_PER_QUARTER, meta=_of("A04")),
    ]  # fmt: skip


def _of(rule: str) -> dict[str, str]:
    return {"rule": rule}
