"""The sixteen rules in SQL, in DuckDB, in memory on the machine's cores: one pass over the slips, one grouping of them.

Verdicts as in :mod:`benchmarks.sixteen.polars_expressions`. Tells flagged rows and counts, but no reasons.
"""

from __future__ import annotations

import duckdb

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

NAME, SLOW = "DuckDB", False

BROKEN = {  # rule → whether a row breaks it; null = could not be checked
    "R01": "seller_id IS NULL AND seller_name IS NULL",
    "R02": "carats IS NULL",
    "R03": "price_xaf IS NULL",
    "R04": "origin_subprefecture IS NULL",
    "R05": f"carats <= 0 OR carats > {MOST_CARATS}",
    "R06": f"price_xaf * 100 NOT BETWEEN carats * {LEAST_PRICE} AND carats * {MOST_PRICE}",
    "R07": f"NOT regexp_full_match(slip_number, '{SLIP_FORM}')",
    "R08": f"purchase_date NOT BETWEEN DATE '{MONITORED[0]}' AND DATE '{MONITORED[1]}'",
    "R09": "purchase_date > received_on",
    "R10": f"CASE WHEN purchase_date IS NOT NULL THEN NOT regexp_full_match(buyer_licence, '{LICENCE_FORM}') END",
    "R11": """CASE WHEN origin_subprefecture IS NOT NULL AND purchase_date IS NOT NULL THEN NOT EXISTS (
        FROM zones WHERE subprefecture = origin_subprefecture AND purchase_date >= valid_from
        AND (valid_to IS NULL OR purchase_date <= valid_to)) END""",
    "R12": "buyer_id = seller_id",
    "A01": "count(*) OVER number > 1",
    "A02": """CASE WHEN min(seller_id) OVER number < max(seller_id) OVER number THEN true
        WHEN seller_id IS NOT NULL THEN false END""",
    "A03": f"""CASE WHEN buyer_id IS NOT NULL AND purchase_date IS NOT NULL AND carats IS NOT NULL
        THEN sum(carats) OVER (PARTITION BY buyer_id, date_trunc('month', purchase_date)) > {MOST_PER_MONTH} END""",
    "A04": f"""CASE WHEN seller_id IS NOT NULL AND purchase_date IS NOT NULL AND carats IS NOT NULL
        THEN sum(carats) OVER (PARTITION BY seller_id, date_trunc('quarter', purchase_date)) > {MOST_PER_QUARTER}
        END""",
}
APPLIES = {"R10": f"purchase_date IS NULL OR purchase_date >= DATE '{LICENCE_FORM_FROM}'"}


def prepare(work: Workload) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds the tables."""
    base = duckdb.connect()
    for name, frame in (("slips", work.table), ("returns", work.returns), ("zones", work.zones)):
        base.register("given", frame)
        base.execute(f"CREATE TABLE {name} AS FROM given")
        base.unregister("given")
    return base


def run(base: duckdb.DuckDBPyConnection) -> Flagged:
    """Judge all rules."""
    verdicts = ", ".join(f"{_verdict(rule)} AS {rule}" for rule in RULES)
    base.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS SELECT row, slip_number, {verdicts}
        FROM slips JOIN returns USING (return_id) WINDOW number AS (PARTITION BY slip_number)"""
    )
    worst = ", ".join(f"max({rule}) AS {rule}" for rule in RULES)
    told = ", ".join(f"count(*) FILTER ({rule} = {verdict})" for rule in RULES for verdict in (0, 2, 1))
    numbers = base.execute(
        f"SELECT {told} FROM (SELECT {worst} FROM judged GROUP BY slip_number)"
    ).fetchone() or ()  # fmt: skip
    counts = {rule: Counts(*numbers[3 * n : 3 * n + 3]) for n, rule in enumerate(RULES)}
    rows = {
        rule: base.execute(f"SELECT row FROM judged WHERE {rule} = 2 ORDER BY row").fetchnumpy()["row"]
        for rule in RULES
    }
    return Flagged(rows, counts)


def _verdict(rule: str) -> str:
    verdict = f"CASE ({BROKEN[rule]}) WHEN true THEN 2 WHEN false THEN 0 ELSE 1 END::TINYINT"
    return f"CASE WHEN {APPLIES[rule]} THEN {verdict} END" if rule in APPLIES else verdict
