"""F23: the neighbours' mirror: purchases here fall in the year a neighbour's exports rise (fraud.md §4, case C10).

A context note, no lead to a person: severity I, without score or rank, and it opens no case. Published totals of small
exporters move much from year to year (Cameroon: 870 ct in 2020).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking_returns, returns_in_quarantine
from carmonitor.framework.rules.profiles import bought
from carmonitor.framework.rules.totals import COUNTRY, UNITS
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

METRICS = frozenset({"export_carats", "legal_exports"})
SHOWN = ["year", "neighbour", "bought_carats", "bought_before", "fall_percent", "exported_carats", "exported_before",
         "rise_percent"]  # fmt: skip


@detector(
    "F23", year="text", neighbour="text", bought_carats="ct", bought_before="ct", fall_percent="percent",
    exported_carats="ct", exported_before="ct", rise_percent="percent",
)  # fmt: skip
def neighbours_mirror(e: Evidence, p: Params) -> pd.DataFrame:
    """Years in which first sales here fell by ``fall_percent`` % or more and a neighbour's exports rose likewise.

    Subject: period ``CF@YYYY``, key the neighbour; day: the year's last. Neighbours: every scope of the published
    totals but the country itself, with an export total in carats of the year and the year before (of several figures
    the smallest rise they allow counts). Purchases: carats of first sales by year.

    Not evaluated: years not over or not received in full, of either year; a year for which no neighbour's totals are
    held; a slip of the two years without day or weight (``blank``). Source: fraud.md §2 (mirror statistics), §4 F23.
    """
    here = _bought_by_year(e)
    abroad = _totals(e)
    rows = [row for year in sorted(here) for row in _year(e, year, here, abroad, p)]
    told = pd.DataFrame(rows, columns=["missing", "fires", *SHOWN, "refs"], dtype="object")
    year = told["year"].astype("str")
    end = pd.to_datetime(year + "-12-31", format="%Y-%m-%d").astype("datetime64[us]")
    shown = {column: told[column] for column in [*SHOWN, "refs"]}
    key = told["neighbour"].astype("str")
    return checked("CF@" + year, end, told["fires"], told["missing"].astype("str"), key=key, **shown)


def _bought_by_year(e: Evidence) -> dict[str, tuple[int, str]]:
    """Year → hundredths of a carat of first sales, and why they are not known in full."""
    s = bought(e)
    year = s["quarter"].dt.strftime("%Y")
    missing = s["missing_carats"]
    sums = s["carats"].where(missing == "", 0).fillna(0).astype("int64").groupby(year).sum()
    first = missing[missing != ""].groupby(year).first()
    return {str(y): (int(total), str(first.get(y, ""))) for y, total in sums.items()}


def _totals(e: Evidence) -> dict[tuple[str, str], tuple[list[int], list[int]]]:
    """(neighbour, year) → published export totals in hundredths of a carat, and their rows."""
    found: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for row in e["official_total"].sort_values(["source", "ref"]).to_dict("records"):
        if fold(row["scope"]) in COUNTRY or row["metric"].strip().casefold() not in METRICS or len(row["period"]) != 4:
            continue
        if pd.isna(row["value"]) or pd.isna(row["unit"]) or fold(row["unit"]) not in UNITS["ct"]:
            continue
        values, refs = found.setdefault((str(row["scope"]), str(row["period"])), ([], []))
        values.append(int(row["value"]))
        refs.append(int(row["ref"]))
    return found


def _year(
    e: Evidence,
    year: str,
    here: dict[str, tuple[int, str]],
    abroad: dict[tuple[str, str], tuple[list[int], list[int]]],
    p: Params,
) -> list[dict[str, Any]]:
    before = f"{int(year) - 1:04d}"
    now, why = here[year]
    past, why_past = here.get(before, (0, ""))
    pairs = sorted(n for n, y in abroad if y == year and (n, before) in abroad)
    gap = _gap(e, year, before) or why or why_past or ("" if past else "small_sample:purchase")
    if not pairs:
        lacking = "not_held:official_total" if e.held("official_total") else "never_loaded:official_total"
        return [{"missing": lacking, "fires": False, "year": year, "neighbour": None}]
    fall = Fraction(past - now, past or 1) * 100
    told = []
    for neighbour in pairs:
        (values, refs), (earlier, more) = abroad[neighbour, year], abroad[neighbour, before]
        exported, exported_before = min(values), max(earlier)
        rise = Fraction(exported - exported_before, exported_before or 1) * 100
        fires = fall >= Fraction(str(p["fall_percent"])) and rise >= Fraction(str(p["rise_percent"]))
        told.append(
            {
                "missing": gap or ("" if exported_before else "zero:value"), "fires": fires, "year": year,
                "neighbour": neighbour, "bought_carats": now, "bought_before": past, "fall_percent": round(fall * 100),
                "exported_carats": exported, "exported_before": exported_before, "rise_percent": round(rise * 100),
                "refs": [*refs, *more],
            }
        )  # fmt: skip
    return told


def _gap(e: Evidence, year: str, before: str) -> str:
    """Why the returns of two years are not all there; ``""`` where they are."""
    ends = pd.to_datetime(pd.Series([f"{before}-12-31", f"{year}-12-31"])).astype("datetime64[us]")
    if (ends >= pd.Timestamp(e.as_of)).any():
        return "year_open"
    if not e.history:
        return "alone"
    for month in lacking_returns(e, ends, 12, "purchase"):
        if month:
            return f"return_not_held:{month}"
    spoilt = {home.rpartition("@")[2][:4] for home in returns_in_quarantine(e, "purchase")}
    return "in_quarantine:purchase" if spoilt & {year, before} else ""
