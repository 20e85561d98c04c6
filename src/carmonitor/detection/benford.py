"""F22: first digits of a trader's prices against Benford's law, corrected for what others show (fraud.md §4; off)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import first_refs, slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, reasons, year_of
from carmonitor.records.evidence import Evidence

LAW = np.log10(1 + 1 / np.arange(1, 10))
"""Benford's law: the chance of each first digit from 1 to 9."""


@detector(
    "F22", buyer="", year="", slips="count", commonest="count", commonest_percent="percent",
    expected_percent="percent", chi2="score", surprise="score",
)  # fmt: skip
def first_digits(e: Evidence, p: Params) -> pd.DataFrame:
    """Buyers whose prices of a year have other first digits than Benford's law and than the other buyers' prices.

    Subject: ``buyer@YYYY`` (actor_year); day: the year's last. Chi-square of the first digits of price_xaf against the
    law, and against all other buyers' digits of the year; the smaller of the two counts, so that a price list common to
    all accuses nobody. Fires where its p-value, times the number of buyers tested (Bonferroni), is below
    ``most_chance``. Score: -log10 of it. Not evaluated: fewer than ``minimum_slips`` priced slips, a year that is not
    over. Source: fraud.md §4 F22 (Cerioli and others, PNAS 2018, for the correction's reason).
    """
    from scipy.special import chdtrc  # noqa: PLC0415 - loaded only where detectors run

    s = slips(e)
    s = s[s["buyer_id"].notna()]
    s = s.assign(year=year_of(s["purchase_date"], s["return_id"])).dropna(subset="year")
    blank = lacking(e, s, "purchase", "price_xaf")
    priced = ((blank == "") & ~s["differs"] & (s["price_xaf"] > 0).fillna(False)).to_numpy(bool)
    book = codes(s, "buyer_id", "year")
    size = int(book.max()) + 1 if len(book) else 0
    digit = s["price_xaf"][priced].astype("str").str[0].astype("int64").to_numpy() - 1
    table = np.bincount(book[priced] * 9 + digit, minlength=size * 9).reshape(size, 9)
    heads = s.drop_duplicates(["buyer_id", "year"]).sort_values(["buyer_id", "year"]).reset_index(drop=True)
    year = codes(heads, "year")
    of_year = np.stack([np.bincount(year, table[:, k]) for k in range(9)], axis=1) if size else table
    others = of_year[year] - table + LAW * 9 if size else table.astype("float64")
    number = table.sum(axis=1)
    few = number < int(p["minimum_slips"])
    tested = max(1, int((~few).sum()))
    against_law = _chi2(table, np.broadcast_to(LAW, table.shape), number)
    against_all = _chi2(table, others / np.maximum(others.sum(axis=1, keepdims=True), 1), number)
    found = six_digits(np.minimum(against_law, against_all))
    chance = np.clip(chdtrc(8, found) * tested, 1e-300, 1.0)
    top = (table - LAW * number[:, None]).argmax(axis=1) if size else np.zeros(0, dtype=np.int64)
    at = np.arange(size)
    day = pd.to_datetime(heads["year"] + "-12-31", format="%Y-%m-%d").astype("datetime64[us]")
    refs = first_refs(s, "buyer_id", "year")
    score = pd.Series(six_digits(-np.log10(chance)), index=heads.index)
    return checked(
        heads["buyer_id"] + "@" + heads["year"],
        day,
        pd.Series(chance < float(p["most_chance"]), index=heads.index),
        reasons(
            heads.index,
            (day >= pd.Timestamp(e.as_of), "year_open"),
            (pd.Series(few, index=heads.index), "small_sample:purchase"),
        ),
        score=score,
        buyer=heads["buyer_id"],
        year=heads["year"],
        slips=pd.Series(number, index=heads.index).astype("Int64"),
        commonest=pd.Series(top + 1, index=heads.index).astype("Int64"),
        commonest_percent=pd.Series(table[at, top] * 10_000 // np.maximum(number, 1), index=heads.index),
        expected_percent=pd.Series(np.rint(LAW[top] * 10_000), index=heads.index).astype("Int64"),
        chi2=pd.Series(found, index=heads.index),
        surprise=score,
        refs=pd.Series([refs[k] for k in zip(heads["buyer_id"], heads["year"], strict=True)], dtype="object"),
    )


def _chi2(table: np.ndarray, shares: np.ndarray, number: np.ndarray) -> np.ndarray:
    expected = np.maximum(shares * number[:, None], 1e-9)
    return np.asarray(((table - expected) ** 2 / expected).sum(axis=1))
