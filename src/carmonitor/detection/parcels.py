"""F33: certificates valued far below what the same sizes of stones cost others (fraud.md §4, F14; case C5)."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.papers import slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats, against_others, codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, issued, lacking, month_of, quarantined, reasons
from carmonitor.framework.rates import usd_rate
from carmonitor.records.evidence import Evidence


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
    twice = rows.duplicated(["subject_id", "size_class"], keep=False)
    parcels = e["parcel"][["certificate_number", "parcel_number"]].drop_duplicates()
    subject = parcels["certificate_number"] + "/" + parcels["parcel_number"]
    number = pd.Series(parcels["certificate_number"].to_numpy(), index=subject)
    certificate = rows["subject_id"].map(number[~number.index.duplicated()])
    at = certificate.map(pd.Series(range(len(c)), index=c["certificate_number"]))
    known = at.notna()
    flat = np.zeros((len(c), len(sizes.CLASSES)))
    where = at[known].to_numpy("int64")
    classes = pd.Categorical(rows["size_class"][known], sizes.CLASSES).codes
    np.add.at(flat, (where, classes), rows["carats"][known].fillna(0).to_numpy("float64"))
    blank = set(certificate[rows["carats"].isna() | twice])
    unread = number[subject.isin(e.in_quarantine("assortment", "subject_id")).to_numpy()]
    bare = set(number[~subject.isin(rows["subject_id"]).to_numpy()])
    return cast(Floats, flat), reasons(
        c.index,
        (c["certificate_number"].isin(set(unread)), "in_quarantine:assortment"),
        (c["certificate_number"].isin(blank), "blank:assortment"),
        (c["certificate_number"].isin(bare) | (flat.sum(axis=1) == 0), "not_held:assortment"),
    )


def _market(e: Evidence, c: pd.DataFrame, half: pd.Series, weights: Floats, least: int) -> tuple[Floats, pd.Series]:
    """XAF per carat that others paid for the sizes of each certificate; True where a class has too few slips."""
    s = slips(e)
    usable = s["carats"].notna() & s["price_xaf"].notna() & s["buyer_id"].notna() & s["purchase_date"].notna()
    s = s[usable & (s["price_xaf"] > 0).fillna(False).astype(bool) & ~s["differs"]]
    s = s.assign(half=_half_year(s["purchase_date"]), size=_only_class(e, s)).dropna(subset="size")
    price = (s["price_xaf"].to_numpy("float64") * 100) / s["carats"].to_numpy("float64")
    market, thin = np.full(len(c), np.nan), np.ones(len(c), dtype=bool)
    for (exporter, period), rows in c.groupby([c["exporter_id"].fillna(""), half.fillna("")]):
        own = ((s["half"] == period) & (s["buyer_id"] != exporter)).to_numpy()
        found = pd.Series(price[own]).groupby(s["size"].to_numpy()[own]).agg(["median", "size"])
        found = found.reindex(sizes.CLASSES)
        cost = found["median"].to_numpy("float64")
        enough = (found["size"].fillna(0) >= least).to_numpy()
        at = rows.index.to_numpy()
        share = weights[at] / np.maximum(weights[at].sum(axis=1, keepdims=True), 1)
        covered = share[:, enough].sum(axis=1)
        market[at] = share[:, enough] @ cost[enough] / np.where(covered > 0, covered, 1)
        thin[at] = covered < 0.9
    return market, pd.Series(thin, index=c.index)


def _only_class(e: Evidence, s: pd.DataFrame) -> pd.Series:
    """The size class of a slip whose stones are all of one; null where they are not, or it is not known."""
    rows = e["assortment"]
    rows = rows[rows["subject_kind"] == "purchase"].drop_duplicates(["subject_id", "size_class"])
    single = rows[~rows["subject_id"].duplicated(keep=False)].set_index("subject_id")["size_class"]
    assorted = s["slip_number"].map(single).astype("str")
    alone = sizes.of_mean_weight(s["carats"], s["stones"]).where(
        ((s["stones"] == 1).fillna(False) & ~s["slip_number"].isin(rows["subject_id"])).astype(bool)
    )
    return assorted.fillna(alone.astype("str")).astype("str")
