"""The sixteen rules as polars expressions: one pass gives each row a verdict per rule, one grouping each slip number.

Verdicts: 0 passes, 1 could not be checked, 2 flagged; null where the rule does not apply. A slip number's verdict is
the largest of its rows'. Tells flagged rows and counts, but no reasons.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

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
    Counts,
    Flagged,
)
from benchmarks.workload import Workload

NAME, SLOW = "polars", False
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
OPEN = datetime(9999, 12, 31)  # noqa: DTZ001


def prepare(work: Workload) -> Tables:
    """The tables in polars' own form."""
    table, returns, zones = (pl.from_pandas(frame) for frame in (work.table, work.returns, work.zones))
    return table, returns, zones


def run(prepared: Tables) -> Flagged:
    """Judge all rules."""
    judged = with_lookups(*prepared).select("row", "slip_number", **verdicts()).collect()
    by_number = judged.lazy().group_by("slip_number").agg(pl.col(RULES).max())
    told = by_number.select(
        **{f"{rule}-{verdict}": (pl.col(rule) == verdict).sum() for rule in RULES for verdict in range(3)}
    ).collect().row(0, named=True)  # fmt: skip
    rows = {rule: judged.filter(pl.col(rule) == 2)["row"].to_numpy() for rule in RULES}
    counts = {rule: Counts(told[f"{rule}-0"], told[f"{rule}-2"], told[f"{rule}-1"]) for rule in RULES}
    return Flagged(rows, counts)


def with_lookups(table: pl.DataFrame, returns: pl.DataFrame, zones: pl.DataFrame) -> pl.LazyFrame:
    """The slips in their order, with received_on and ``compliant`` (whether a span of the origin holds the day)."""
    day, slips = pl.col("purchase_date"), table.lazy()
    spans = zones.lazy().rename({"subprefecture": "origin_subprefecture"})
    inside = (
        slips.select("row", "origin_subprefecture", "purchase_date")
        .join(spans, on="origin_subprefecture")
        .filter((day >= pl.col("valid_from")) & (day <= pl.col("valid_to").fill_null(OPEN)))
        .select("row", compliant=True)
    )
    return (
        slips.join(returns.lazy(), on="return_id", how="left", maintain_order="left")
        .join(inside, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("compliant").fill_null(False))
    )


def verdicts() -> dict[str, pl.Expr]:
    """Rule → verdict of each row."""
    return {rule: _verdict(fires, inputs) for rule, (fires, inputs) in broken().items()} | {
        "R10": pl.when(_in_licence_span()).then(_licence())
    }


def broken() -> dict[str, tuple[pl.Expr, list[str]]]:
    """Rule → whether a row breaks it, and the columns that must not be null. R10: without its span."""
    c = pl.col
    price, carats, day = c("price_xaf") * 100, c("carats"), c("purchase_date")
    several = c("seller_id").drop_nulls().n_unique().over("slip_number") > 1
    month = day.dt.year().cast(pl.Int64) * 12 + day.dt.month() - 1
    bought = carats.sum().over("buyer_id", month) > MOST_PER_MONTH
    sold = carats.sum().over("seller_id", month // 3) > MOST_PER_QUARTER
    return {
        "R01": (c("seller_id").is_null() & c("seller_name").is_null(), []),
        "R02": (carats.is_null(), []),
        "R03": (price.is_null(), []),
        "R04": (c("origin_subprefecture").is_null(), []),
        "R05": ((carats <= 0) | (carats > MOST_CARATS), ["carats"]),
        "R06": ((price < carats * LEAST_PRICE) | (price > carats * MOST_PRICE), ["carats", "price_xaf"]),
        "R07": (~c("slip_number").str.contains(f"^{SLIP_FORM}$"), []),
        "R08": ((day < pl.lit(MONITORED[0])) | (day > pl.lit(MONITORED[1])), ["purchase_date"]),
        "R09": (day > c("received_on"), ["purchase_date"]),
        "R10": (~c("buyer_licence").str.contains(f"^{LICENCE_FORM}$"), ["buyer_licence", "purchase_date"]),
        "R11": (~c("compliant"), ["origin_subprefecture", "purchase_date"]),
        "R12": (c("buyer_id") == c("seller_id"), ["buyer_id", "seller_id"]),
        "A01": (pl.len().over("slip_number") > 1, []),
        "A02": (pl.when(several).then(True).when(c("seller_id").is_not_null()).then(False), []),
        "A03": (bought, ["buyer_id", "purchase_date", "carats"]),
        "A04": (sold, ["seller_id", "purchase_date", "carats"]),
    }


def _in_licence_span() -> pl.Expr:
    return pl.col("purchase_date").is_null() | (pl.col("purchase_date") >= pl.lit(LICENCE_FORM_FROM))


def _licence() -> pl.Expr:
    return _verdict(*broken()["R10"])


def _verdict(fires: pl.Expr, inputs: list[str]) -> pl.Expr:
    blank = pl.any_horizontal(pl.col(name).is_null() for name in inputs) if inputs else fires.is_null()
    return pl.when(blank).then(1).when(fires).then(2).otherwise(0).cast(pl.Int8)
