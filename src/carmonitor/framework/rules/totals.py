"""S-01 to S-03: the price of a certificate, a year's certificates against published totals (framework.md §7 and §8).

S-04 has no function: the rulebook says there that the official totals of 2017 contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    checked,
    issued,
    lacking,
    lacking_returns,
    reasons,
    returns_in_quarantine,
    year_of,
)
from carmonitor.framework.groups import once
from carmonitor.framework.rates import xaf_per_usd
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

COUNTRY = frozenset(
    {"cf", "caf", "car", "rca", "centralafricanrepublic", "republiquecentrafricaine", "centrafrique"}
)  # ways to write the country as the scope of a total, folded
UNITS = {"ct": frozenset({"ct", "carat", "carats"}), "XAF": frozenset({"xaf", "fcfa", "cfa"})}
SUM_UNITS = 10**8  # cents of a USD times millionths of XAF per USD: so many make one XAF


@rule("S-01", value_usd="USD", carats="ct", usd_per_ct="USD/ct")
def price_per_carat(e: Evidence, p: Params) -> pd.DataFrame:
    """The value of an issued certificate is between 60 and 400 USD per carat; exactly at a limit passes. A lead.

    Subject: certificate; parts ``low`` and ``high``. A null value or weight is not evaluated. ``usd_per_ct`` is rounded
    away from the limits, so that what is shown lies outside them as the exact price does.
    """
    c = issued(e)
    low, high = Fraction(str(p["least_usd_per_ct"])), Fraction(str(p["most_usd_per_ct"]))
    cheap = c["value_usd"] * low.denominator < c["carats"] * low.numerator
    dear = c["value_usd"] * high.denominator > c["carats"] * high.numerator
    is_dear = dear.fillna(False).astype(bool)
    price = (c["value_usd"] * 100 // c["carats"]).mask(is_dear, -(-c["value_usd"] * 100 // c["carats"]))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        cheap | dear,
        lacking(e, c, "shipment", "value_usd", "carats"),
        part=reasons(c.index, (is_dear, "high"), (~is_dear, "low")),
        value_usd=c["value_usd"],
        carats=c["carats"],
        usd_per_ct=price,
        ref=c["ref"],
    )


@rule(
    "S-02", year="text", found_carats="ct", official_carats="ct", sources="text", certificates="count",
    deviation_percent="percent",
)  # fmt: skip
def carats_of_the_year(e: Evidence, p: Params) -> pd.DataFrame:
    """The carats of the certificates issued in a year are within 1 % of a published total, of any one. A lead.

    Subject: period ``CF@YYYY``; day: its last. Of the years with certificates, shipment sheets or a total. Not
    evaluated before the year is over, without a total, while a monthly return of the year is not held, where a shipment
    row of it is in quarantine or two rows of a number differ, or where a certificate bears no day or weight.
    """
    c = _counted(e, "carats")
    totals = published(e, "export_carats", "ct")
    return _against_totals(e, p, _certificates(c, c["carats"]), totals, ("found_carats", "official_carats"))


@rule(
    "S-03", year="text", found_value="XAF", official_value="XAF", sources="text", certificates="count",
    deviation_percent="percent",
)  # fmt: skip
def value_of_the_year(e: Evidence, p: Params) -> pd.DataFrame:
    """The value of the certificates issued in a year, in XAF, is within 1 % of a published total, of any one. A lead.

    As S-02, each value at the exchange rate of its issue date. Not evaluated either without a rate, or where the
    register marks the rate as unverified (certainty N) or says nothing of its certainty.
    """
    c = _counted(e, "value_usd")
    rates = xaf_per_usd(e, c["issue_date"])
    none = rates["rate"].isna()
    missing = reasons(
        c.index,
        (c["missing"] != "", c["missing"]),
        (none & (not e.held("exchange_rate")), "never_loaded:exchange_rate"),
        (none & bool(e.in_quarantine("exchange_rate", "period")), "in_quarantine:exchange_rate"),
        (none, "not_held:exchange_rate"),
        (rates["certainty"].isna() | (rates["certainty"] == "N"), "unverified_rate"),
    )
    cents, rate = (values.astype("object").where(values.notna(), 0) for values in (c["value_usd"], rates["rate"]))
    c = c.assign(missing=missing, ref_rate=rates["ref_rate"])
    totals = published(e, "export_value", "XAF")
    sums = _certificates(c, cents * rate)
    names = ("found_value", "official_value")
    return _against_totals(e, p, sums, totals, names, scale=SUM_UNITS // 100, shown=100)


@dataclass
class Published:
    """The published totals of a year: values in hundredths of their unit, their sources and rows; ``missing``: why a
    further one could not be read."""

    values: list[int] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    missing: str = ""


def published(e: Evidence, metric: str, unit: str) -> dict[str, Published]:
    """Year → the totals of the country for a metric in a unit. Totals of zones, parts of years or other units: none."""
    found: dict[str, Published] = {}
    rows = e["official_total"].sort_values(["source", "ref"])
    for row in rows.to_dict("records"):
        year = str(row["period"])
        ours = fold(row["scope"]) in COUNTRY and row["metric"].strip().casefold() == metric
        if not ours or len(year) != len("2020"):
            continue
        if pd.isna(row["value"]) or pd.isna(row["unit"]):
            found.setdefault(year, Published()).missing = "blank:value" if pd.isna(row["value"]) else "blank:unit"
        elif fold(row["unit"]) in UNITS[unit]:
            total = found.setdefault(year, Published())
            total.values.append(int(row["value"]))
            total.sources.append(str(row["source"]))
            total.refs.append(int(row["ref"]))
    for year in e.in_quarantine("official_total", "period"):
        found.setdefault(year, Published()).missing = "in_quarantine:official_total"
    return {year: total for year, total in found.items() if len(year) == len("2020")}


def without_total(e: Evidence, total: Published) -> str:
    """Why there is no published total of a year to compare with; ``""`` where there is one."""
    if total.values or total.missing:
        return "" if total.values else total.missing
    return "not_held:official_total" if e.held("official_total") else "never_loaded:official_total"


@dataclass
class _Year:
    """A year's certificates: their exact sum, their number, the rows, and why the sum is not known."""

    amount: int = 0
    certificates: int = 0
    refs: list[int] = field(default_factory=list)
    missing: str = ""


def _counted(e: Evidence, column: str) -> pd.DataFrame:
    """Each issued certificate once, by ``ref``; ``year`` (of issue, else of its return) and ``missing``."""
    c = once(issued(e), "certificate_number", "issue_date", column)
    blank = lacking(e, c, "shipment", "issue_date", column)
    missing = reasons(c.index, (c["differs"], "rows_differ:shipment"), (blank != "", blank))
    return c.assign(year=year_of(c["issue_date"], c["return_id"]), missing=missing)


def _certificates(c: pd.DataFrame, amounts: pd.Series) -> dict[str, _Year]:
    """The years of a frame of certificates. Sums in Python's whole numbers, which no value is too large for."""
    found: dict[str, _Year] = {}
    rates = c["ref_rate"] if "ref_rate" in c else pd.Series(pd.NA, index=c.index)
    for year, amount, missing, ref, rate in zip(c["year"], amounts, c["missing"], c["ref"], rates, strict=True):
        if pd.isna(year):
            continue  # no day and no month: T-01 tells the certificate
        total = found.setdefault(str(year), _Year())
        total.amount += 0 if pd.isna(amount) else int(amount)
        total.certificates += 1
        total.refs += [int(ref), *([] if pd.isna(rate) else [int(rate)])]
        total.missing = total.missing or missing
    return found


def _against_totals(
    e: Evidence,
    p: Params,
    sums: dict[str, _Year],
    totals: dict[str, Published],
    names: tuple[str, str],
    scale: int = 1,
    shown: int = 1,
) -> pd.DataFrame:
    """A checked row per year. ``names``: the evidence columns of the sum and of the totals.

    ``scale``: how many units of a sum make a hundredth of a total; ``shown``: how many hundredths make a unit shown.
    """
    reported = set(e.sources.loc[e.sources["kind"] == "shipment", "period"].dropna().str[:4])
    years = pd.Series(sorted({*sums, *totals, *reported}), dtype="str")
    ends = pd.to_datetime(years + "-12-31", format="%Y-%m-%d").astype("datetime64[us]")
    held = [sums.get(year, _Year()) for year in years]
    total = [totals.get(year, Published()) for year in years]
    close = [_close(a.amount, b, scale, p["tolerance_percent"]) for a, b in zip(held, total, strict=True)]
    passes = pd.Series(close, dtype="bool")
    lacks = lacking_returns(e, ends, 12)
    unread = {home.rpartition("@")[2][:4] for home in returns_in_quarantine(e, "shipment")}
    no_total = pd.Series([without_total(e, b) for b in total], dtype="str")
    no_sum, half_total = (pd.Series([x.missing for x in found], dtype="str") for found in (held, total))
    missing = reasons(
        years.index,
        (ends >= pd.Timestamp(e.as_of), "year_open"),
        (no_total != "", no_total),
        (pd.Series(not e.history, index=years.index), "alone"),
        (lacks != "", "return_not_held:" + lacks),
        (years.isin(unread), "in_quarantine:shipment"),
        (no_sum != "", no_sum),
        (~passes, half_total),
    )
    columns: dict[str, list[Any]] = {
        names[0]: [_rounded(a.amount, scale * shown) for a in held],
        names[1]: [[_rounded(value, shown) for value in b.values] for b in total],
        "sources": [b.sources for b in total],
        "certificates": [a.certificates for a in held],
        "deviation_percent": [_deviation(a.amount, b, scale) for a, b in zip(held, total, strict=True)],
        "refs": [[*a.refs, *b.refs] for a, b in zip(held, total, strict=True)],
    }
    as_objects = {name: pd.Series(values, dtype="object") for name, values in columns.items()}
    return checked("CF@" + years, ends, ~passes, missing, year=years, **as_objects)


def _close(amount: int, total: Published, scale: int, percent: object) -> bool:
    share = Fraction(str(percent)) / 100
    return any(abs(amount - value * scale) <= value * scale * share for value in total.values)


def _deviation(amount: int, total: Published, scale: int) -> int | None:
    """Hundredths of a percent that the sum is away from the nearest total above zero, rounded up."""
    bases = [value * scale for value in total.values if value]
    return min((-(-abs(amount - base) * 10_000 // base) for base in bases), default=None)


def _rounded(amount: int, unit: int) -> int:
    """Whole units of an amount, halves up."""
    return (2 * amount + unit) // (2 * unit)
