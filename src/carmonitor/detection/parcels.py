"""F33: certificates valued far below what the same sizes of stones cost others (fraud.md §4, F14; case C5)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.papers import slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats, Ints, against_others, codes
from carmonitor.detection.stones import only_class
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, issued, lacking, month_of, quarantined, reasons
from carmonitor.framework.rates import usd_rate
from carmonitor.records.columns import positions, within
from carmonitor.records.evidence import Evidence

_NOBODY = -2  # an exporter who is not known; -1 are buyers who export nothing


@detector(
    "F33", exporter="", half_year="", year="", certificate_carats="ct", value_usd="USD", usd_per_carat="USD/ct",
    market_per_carat="USD/ct", margin="ratio", usual_margin="ratio", peers="count", distance="score",
)  # fmt: skip
def undervalued_parcels(e: Evidence, p: Params) -> pd.DataFrame:
    """Certificates whose value, against what their stones cost at purchase, lies far below other exporters' ones.

    Subject: certificate; day: issue_date. What the stones cost: for each size class the median price per carat of the
    slips of the half-year (other buyers than the exporter, slips of one size class, XAF at the register's rate), times
    the class's share of the certificate's weight (assortment of its parcels). Margin: value_usd over that. The log of
    the margin is compared with those of other exporters' certificates of the year: robust z (median and
    interquartile range, at least ``least_scale``). Parts ``cheap`` (z below ``-most_z``) and ``dear`` (above it).

    Not evaluated: a blank weight, value, date or exporter; a rate that is not held; a parcel without assortment; a
    class without ``minimum_slips`` slips; fewer than ``minimum_peers`` certificates of others. Source: fraud.md F14.
    """
    c = issued(e).drop_duplicates("certificate_number").reset_index(drop=True)
    half = _half_year(c["issue_date"])
    weights, lacks = _weights(e, c)
    market, thin = _market(e, c, half, weights, int(p["minimum_slips"]))
    rate = usd_rate(e, c["issue_date"])
    first = lacking(e, c, "shipment", "issue_date", "exporter_id", "carats", "value_usd")
    missing = reasons(
        c.index,
        (first != "", first),
        (rate.isna(), "not_held:exchange_rate"),
        (
            quarantined(e, "parcel", "certificate_number", c["certificate_number"], c["return_id"]),
            "in_quarantine:parcel",
        ),
        (lacks != "", lacks),
        (thin, "small_sample:purchase"),
        ((c["value_usd"] == 0).fillna(False).astype(bool), "zero:value_usd"),
    )
    usable = (missing == "").to_numpy()
    per_carat = c["value_usd"].astype("Float64") / c["carats"].astype("Float64")
    cost = pd.Series(market, index=c.index) / (rate.astype("Float64") / 1e6)
    year = half.str[:4].astype("str")
    u = c[usable].assign(year=year[usable])
    log = np.log((per_carat[usable] / cost[usable]).to_numpy("float64"))
    z = against_others(log, codes(u, "year"), codes(u, "year", "exporter_id"), float(p["least_scale"]))
    z = z.set_axis(u.index).reindex(c.index)
    margin = pd.Series(log, index=u.index).reindex(c.index)
    few = pd.Series(usable) & (z["peers"].fillna(0) < int(p["minimum_peers"]))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        (z["z"].abs() > float(p["most_z"])),
        missing.mask(few, "small_sample:shipment"),
        part=pd.Series("cheap", index=c.index, dtype="str").mask((z["z"] > 0), "dear"),
        period=month_of(c["return_id"]),
        score=pd.Series(six_digits(z["z"].abs().to_numpy("float64")), index=c.index),
        exporter=c["exporter_id"],
        half_year=half,
        year=year,
        certificate_carats=c["carats"],
        value_usd=c["value_usd"],
        usd_per_carat=(per_carat * 100).round().astype("Int64"),
        market_per_carat=(cost * 100).round().astype("Int64"),
        margin=(np.exp(margin) * 1000).round().astype("Int64"),
        usual_margin=(np.exp(z["median"]) * 1000).round().astype("Int64"),
        peers=z["peers"].astype("Int64"),
        distance=z["z"].abs(),
        ref=c["ref"],
    )


def _half_year(days: pd.Series) -> pd.Series:
    """2021-05-17 → ``2021-H1``; null stays null. Str dtype."""
    half = (days.dt.month > 6).astype("Int64") + 1
    text: pd.Series = days.dt.year.astype("Int64").astype("str") + "-H" + half.astype("str")
    return text.where(days.notna()).astype("str")


def _weights(e: Evidence, c: pd.DataFrame) -> tuple[Floats, pd.Series]:
    """Weight per size class of each certificate's parcels, and why it is not known."""
    rows = e["assortment"]
    rows = rows[rows["subject_kind"] == "parcel"].drop_duplicates(["subject_id", "size_class", "carats"])
    twice = rows.duplicated(["subject_id", "size_class"], keep=False).to_numpy()
    parcels = e["parcel"][["certificate_number", "parcel_number"]].drop_duplicates()
    subject = parcels["certificate_number"] + "/" + parcels["parcel_number"]
    at = positions(parcels["certificate_number"], c["certificate_number"])
    parcel = positions(rows["subject_id"], subject)
    row = np.where(parcel >= 0, at[parcel], -1) if len(at) else parcel
    known = row >= 0
    flat = np.zeros((len(c), len(sizes.CLASSES)))
    classes = sizes.codes(rows["size_class"])
    np.add.at(flat, (row[known], classes[known]), rows["carats"].fillna(0).to_numpy("float64")[known])
    blank = rows["carats"].isna().to_numpy() | twice
    unread = within(subject, pd.Series(sorted(e.in_quarantine("assortment", "subject_id")), dtype="str")).to_numpy()
    bare = ~within(subject, rows["subject_id"]).to_numpy()

    def of(rows_at: Ints) -> pd.Series:
        return pd.Series(np.bincount(rows_at[rows_at >= 0], minlength=len(c)) > 0, index=c.index)

    return cast(Floats, flat), reasons(
        c.index,
        (of(at[unread]), "in_quarantine:assortment"),
        (of(row[blank]), "blank:assortment"),
        (of(at[bare]) | (flat.sum(axis=1) == 0), "not_held:assortment"),
    )


def _market(e: Evidence, c: pd.DataFrame, half: pd.Series, weights: Floats, least: int) -> tuple[Floats, pd.Series]:
    """XAF per carat that others paid for the sizes of each certificate; True where a class has too few slips."""
    exporters = c["exporter_id"].dropna()
    paid = _paid(e, exporters)
    exporter = np.where(c["exporter_id"].isna(), _NOBODY, positions(c["exporter_id"], exporters))
    market, thin = np.full(len(c), np.nan), np.ones(len(c), dtype=bool)
    asked = pd.DataFrame({"own": exporter, "half": half.fillna("").to_numpy()})
    for (own, period), rows in asked.groupby(["own", "half"]):
        at = rows.index.to_numpy()
        cost, number = np.full(len(sizes.CLASSES), np.nan), np.zeros(len(sizes.CLASSES), dtype=np.int64)
        for size in range(len(sizes.CLASSES)):
            if (period, size) in paid:
                price, buyer = paid[period, size]
                others = price[buyer != own]
                number[size] = len(others)
                cost[size] = _median(others)
        enough = number >= least
        share = weights[at] / np.maximum(weights[at].sum(axis=1, keepdims=True), 1)
        covered = share[:, enough].sum(axis=1)
        market[at] = share[:, enough] @ cost[enough] / np.where(covered > 0, covered, 1)
        thin[at] = covered < 0.9
    return market, pd.Series(thin, index=c.index)


def _paid(e: Evidence, exporters: pd.Series) -> dict[Hashable, tuple[Floats, Ints]]:
    """Half-year and size class → prices per carat, sorted, and for each the place of its buyer among the exporters."""
    s = slips(e)
    usable = s["carats"].notna() & s["price_xaf"].notna() & s["buyer_id"].notna() & s["purchase_date"].notna()
    usable &= (s["price_xaf"] > 0).fillna(False).astype(bool) & ~s["differs"] & (only_class(e, s) >= 0)
    s = s.loc[usable, ["buyer_id", "purchase_date", "price_xaf", "carats"]]
    told = pd.DataFrame({
        "half": _half_year(s["purchase_date"]).to_numpy(), "size": only_class(e, s),
        "price": (s["price_xaf"].to_numpy("float64") * 100) / s["carats"].to_numpy("float64"),
        "buyer": positions(s["buyer_id"], exporters),
    }).sort_values("price")  # fmt: skip
    return {key: (of["price"].to_numpy(), of["buyer"].to_numpy()) for key, of in told.groupby(["half", "size"])}


def _median(ordered: Floats) -> float:
    """Of sorted values; NaN of none."""
    n = len(ordered)
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2) if n else np.nan
