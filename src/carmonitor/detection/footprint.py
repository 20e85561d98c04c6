"""F16 and F32: stones whose sizes look eastern beside a western declared origin (fraud.md §2 footprint, C1 and C2).

West and east differ in size: the southwest gives smaller stones. How much was found nowhere in figures, so that both
profiles are parameters of this project, marked synthetic. What a zone's stones look like is learnt from the slips that
others bought there; the western profile only steadies it where slips are few.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.flow_network import distinct
from carmonitor.detection.papers import slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats, Ints, codes, jensen_shannon, mixture, rates_of_others, share_of_second
from carmonitor.detection.stones import counts_on_certificates, counts_on_slips
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import among, checked, issued, lacking, month_of, quarantined, reasons
from carmonitor.framework.custody import may_be_resale, upstream
from carmonitor.records.columns import positions
from carmonitor.records.evidence import Evidence

_MEDIAN_CHI2 = 4.351
"""Median of the chi-square law with as many degrees of freedom as there are size classes, less one (5)."""


def profile(p: Params, name: str) -> Floats:
    """A profile among the parameters: shares of the stones by size class, smallest class first; none of them 0."""
    shares = np.asarray(p[name], dtype="float64")
    if len(shares) != len(sizes.CLASSES) or (shares <= 0).any():
        raise ValueError(f"{name}: {len(sizes.CLASSES)} shares above 0 are expected, one for each size class")
    return cast(Floats, shares / shares.sum())


@detector(
    "F16", certificate_carats="ct", stones="count", zones="", eastern_percent="percent", low_percent="percent",
    high_percent="percent", large_percent="percent", usual_large_percent="percent", reference_slips="count",
    divergence="score", deviance="score",
)  # fmt: skip
def parcel_footprint(e: Evidence, p: Params) -> pd.DataFrame:
    """Certificates whose stones, by size, are in good part eastern although the slips say that they are western.

    Subject: certificate; day: issue_date. Inputs: stones per size class of its parcels (assortment), the first sales
    upstream of it with their sub-prefectures, and the assortments of the slips bought there. Reference: stones per
    class of all slips from the same sub-prefectures that do not lead to this exporter, in the proportions of the
    certificate's own origins, with ``prior_stones`` stones of the western profile added. The share of the eastern
    profile is the one of maximum likelihood (multinomial over stones), with its profile likelihood interval; stones of
    a parcel are not independent, so the likelihood is divided by the dispersion of the other certificates (median
    chi-square over its expectation, at least 1). Fires where the interval begins above ``least_eastern_percent`` %.
    Score: the deviance gained over a purely western parcel. ``divergence``: Jensen-Shannon, in bits.

    Not evaluated: ``minimum_carats`` ct or less, fewer than ``minimum_stones`` stones, a blank count, no or not all
    slips known, a sub-prefecture unknown, fewer than ``minimum_slips`` slips to compare with. Source: fraud.md §4 F16.
    """
    c = issued(e).drop_duplicates("certificate_number").reset_index(drop=True)
    counts, blank, held = counts_on_certificates(e, c)
    reference, few, origins, unknown = _references(e, c, p)
    first = lacking(e, c, "shipment", "carats", "issue_date")
    stones = counts.sum(axis=1)
    no_link = ~among(c["certificate_number"], e["parcel_source"]["certificate_number"])
    unsupplied = no_link & ~e.supplied("parcel_source", "slip_number", c["return_id"])
    missing = reasons(
        c.index,
        (first != "", first),
        ((c["carats"] <= float(p["minimum_carats"]) * 100).fillna(False).astype(bool), "small_sample:shipment"),
        (
            quarantined(e, "parcel", "certificate_number", c["certificate_number"], c["return_id"]),
            "in_quarantine:parcel",
        ),
        (~held, "not_held:assortment"),
        (blank, "blank:stones"),
        (pd.Series(stones < int(p["minimum_stones"])), "small_sample:assortment"),
        (unsupplied, "not_supplied:parcel_source"),
        (no_link, "not_held:parcel_source"),
        (unknown != "", unknown),
        (few < int(p["minimum_slips"]), "small_sample:purchase"),
    )
    usable = (missing == "").to_numpy()
    n, base, east = counts[usable], reference[usable], profile(p, "eastern_profile")
    spread = _dispersion(n, base)
    m = mixture(n, base, east, spread, float(p["interval_drop"])).set_axis(c.index[usable]).reindex(c.index)
    large = np.array([sizes.LOWER_BOUNDS[name] >= float(p["large_from"]) * 100 for name in sizes.CLASSES])
    shown = pd.DataFrame(
        {"large": n[:, large].sum(axis=1) / n.sum(axis=1), "usual": base[:, large].sum(axis=1),
         "divergence": jensen_shannon(n, base)},
        index=c.index[usable],
    ).reindex(c.index)  # fmt: skip
    return checked(
        c["certificate_number"],
        c["issue_date"],
        m["low"] > float(p["least_eastern_percent"]),
        missing,
        period=month_of(c["return_id"]),
        score=m["deviance"].astype("float64"),
        certificate_carats=c["carats"],
        stones=pd.Series(stones, index=c.index).round().astype("Int64"),
        zones=origins,
        eastern_percent=(m["share"] * 100).astype("Int64"),
        low_percent=(m["low"] * 100).astype("Int64"),
        high_percent=(m["high"] * 100).astype("Int64"),
        large_percent=(shown["large"] * 10_000).round().astype("Int64"),
        usual_large_percent=(shown["usual"] * 10_000).round().astype("Int64"),
        reference_slips=few.astype("Int64"),
        divergence=shown["divergence"],
        deviance=m["deviance"],
        ref=c["ref"],
    )


@detector(
    "F32", buyer="", quarter="", zone="", slip_carats="ct", stones="count", largest="sieve", pair_slips="count",
    rare_percent="percent", eastern_slips="count", slips="count", share_percent="percent",
    probability_percent="percent", book_deviance="score",
)  # fmt: skip
def slip_footprint(e: Evidence, p: Params) -> pd.DataFrame:
    """Slips that look eastern, in the books of buyers of whom a part of the slips does.

    Subject: purchase, first sales only; day: purchase_date. Each slip has a log likelihood ratio of two signs: its
    stones by size class, eastern profile against that of its sub-prefecture (slips of all other buyers, with
    ``prior_stones`` stones of the western profile), divided by ``dispersion``, since stones of one slip come from one
    pit; and the seller: crews sell to few collectors again and again, while who makes up slips borrows names. A pair
    of buyer and seller with at most ``rare_slips`` slips in the year is rare; of honest slips the share that the buyer
    or others of the sub-prefecture show, whichever is greater, of made-up ones ``rare_made_up_percent`` %. Of a
    buyer's slips of one year, the eastern share is the one of maximum likelihood; then each slip's share is that of
    the slips within ``days`` days of it, drawn to the year's, since such stones come in bags. A slip is told where its
    probability of being eastern is at least ``least_probability_percent`` % and the buyer's deviance above
    ``least_deviance``. Score: log odds of that probability.

    Not evaluated: a slip that may be a resale, one without buyer, seller, date, known sub-prefecture or counted stones
    per class (a slip of one stone needs its weight only), a sub-prefecture with fewer than ``minimum_slips`` slips of
    others, a buyer with fewer than ``minimum_own`` slips in the year. Source: fraud.md §4 F16.
    """
    s = slips(e)
    s = s[~s["resale"]]
    counts, lacks = counts_on_slips(e, s)
    s, lacks = s.reset_index(drop=True), lacks.reset_index(drop=True)
    first = lacking(e, s, "purchase", "purchase_date", "buyer_id", "seller_id", "origin_subprefecture")
    missing = reasons(
        s.index,
        (s["differs"], "rows_differ:purchase"),
        (first != "", first),
        (s["zone"].isna(), "place_unresolved:origin_subprefecture"),
        (may_be_resale(e, s), "not_supplied:purchase_source"),
        (lacks != "", lacks),
    )
    usable = (missing == "").to_numpy()
    u = s.loc[usable, ["buyer_id", "seller_id", "zone", "purchase_date"]].assign(year=s["quarter"][usable].str[:4])
    n = counts[usable]
    base, others = _without_buyer(u, n, profile(p, "western_profile") * float(p["prior_stones"]))
    east = profile(p, "eastern_profile")
    by_size = (n * (np.log(east) - np.log(base))).sum(axis=1) / float(p["dispersion"])
    pairs, rare_rate, by_seller = _by_seller(u, p)
    book = codes(u, "buyer_id", "year")
    size = int(book.max()) + 1 if len(book) else 0
    ratio = by_size + by_seller
    share, deviance, probability = share_of_second(ratio, book, size)
    near = _share_nearby(u, probability, share[book], int(p["days"]), float(p["prior_slips"]))
    odds = ratio + np.log(np.clip(near, 1e-9, 1 - 1e-9)) - np.log1p(-np.clip(near, 1e-9, 1 - 1e-9))
    probability = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    least = float(p["least_probability_percent"]) / 100
    eastern = probability >= least
    told = pd.DataFrame(
        {
            "probability": six_digits(probability), "deviance": deviance[book], "share": share[book],
            "own": np.bincount(book, minlength=size)[book], "eastern": np.bincount(book, eastern, size)[book],
            "others": others, "fires": eastern, "pairs": pairs, "rare": rare_rate,
            "score": six_digits(np.clip(odds, -50, 50)),
        },
        index=s.index[usable],
    ).reindex(s.index)  # fmt: skip
    missing = reasons(
        s.index,
        (missing != "", missing),
        (told["others"] < int(p["minimum_slips"]), "small_sample:purchase"),
        (told["own"] < int(p["minimum_own"]), "small_sample:purchase"),
    )
    fires = told["fires"].fillna(False).astype(bool) & (told["deviance"] > float(p["least_deviance"]))
    top = np.where(counts.sum(axis=1) > 0, counts.shape[1] - 1 - (counts[:, ::-1] > 0).argmax(axis=1), 0)
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        score=told["score"],
        buyer=s["buyer_id"],
        quarter=s["quarter"],
        zone=s["zone"],
        slip_carats=s["carats"],
        stones=pd.Series(counts.sum(axis=1), index=s.index).round().astype("Int64"),
        largest=pd.Series(np.array(sizes.CLASSES)[top], index=s.index),
        pair_slips=told["pairs"].astype("Int64"),
        rare_percent=(told["rare"] * 10_000).round().astype("Int64"),
        eastern_slips=told["eastern"].astype("Int64"),
        slips=told["own"].astype("Int64"),
        share_percent=(told["share"] * 10_000).round().astype("Int64"),
        probability_percent=(told["probability"] * 10_000).round().astype("Int64"),
        book_deviance=told["deviance"],
        ref=s["ref"],
    )


def _by_seller(u: pd.DataFrame, p: Params) -> tuple[np.ndarray, Floats, Floats]:
    """Per slip: slips of its buyer and seller in the year, the share of rare pairs among the buyer's slips or those of
    others of the sub-prefecture, whichever is greater, and the log likelihood ratio of a made-up slip by whether its
    pair is rare. (A house that buys from whoever comes has many rare pairs; they tell nothing of its slips.)"""
    pair = codes(u, "buyer_id", "seller_id", "year")
    number = np.bincount(pair)[pair] if len(pair) else pair
    rare = number <= int(p["rare_slips"])
    member = codes(u, "zone", "buyer_id")
    heads = u.assign(member=member).drop_duplicates("member").sort_values("member")
    trials = np.bincount(member)
    rate = rates_of_others(np.bincount(member, rare).astype("int64"), trials, codes(heads, "zone"), 20.0)[member]
    book = codes(u, "buyer_id", "year")
    own = (np.bincount(book, rare) / np.maximum(np.bincount(book), 1))[book] if len(book) else rate
    rate = np.clip(np.maximum(rate, own), 0.02, 0.98)
    made_up = float(p["rare_made_up_percent"]) / 100
    return number, rate, np.where(rare, np.log(made_up / rate), np.log((1 - made_up) / (1 - rate)))


def _share_nearby(u: pd.DataFrame, probability: Floats, share: Floats, days: int, prior: float) -> Floats:
    """Mean probability of the buyer's other slips within so many days, drawn to the share of the year by ``prior``
    slips."""
    buyer = codes(u, "buyer_id")
    day = u["purchase_date"].to_numpy().astype("datetime64[D]").astype("int64")
    key = buyer * 1_000_000 + day
    order = np.argsort(key, kind="stable")
    sums = np.r_[0.0, np.cumsum(probability[order])]
    first = np.searchsorted(key[order], key - days, side="left")
    last = np.searchsorted(key[order], key + days, side="right")
    total, number = sums[last] - sums[first] - probability, last - first - 1
    return cast(Floats, (total + prior * share) / (number + prior))


def _without_buyer(u: pd.DataFrame, n: Floats, prior: Floats) -> tuple[Floats, np.ndarray]:
    """For each slip the shares of the classes among the stones of other buyers from its zone; how many slips."""
    zone, buyer = codes(u, "zone"), codes(u, "zone", "buyer_id")
    zones, buyers = (int(x.max()) + 1 if len(x) else 0 for x in (zone, buyer))
    of_zone = np.stack([np.bincount(zone, n[:, k], zones) for k in range(n.shape[1])], axis=1)
    of_buyer = np.stack([np.bincount(buyer, n[:, k], buyers) for k in range(n.shape[1])], axis=1)
    others = of_zone[zone] - of_buyer[buyer] + prior
    number = np.bincount(zone, minlength=zones)[zone] - np.bincount(buyer, minlength=buyers)[buyer]
    return cast(Floats, others / others.sum(axis=1, keepdims=True)), number


def _references(e: Evidence, c: pd.DataFrame, p: Params) -> tuple[Floats, pd.Series, pd.Series, pd.Series]:
    """For each certificate: the shares its origins would give, how many slips tell so, the origins, why not known."""
    s = slips(e).drop_duplicates("slip_number")
    counts, lacks = counts_on_slips(e, s)
    good = ((lacks == "") & s["zone"].notna()).to_numpy()
    zone_names = sorted(s["zone"].dropna().unique())
    zone = pd.Categorical(s["zone"], zone_names).codes.astype("int64")
    at, slip, unheld = _first_sales(e, c, s)
    placed = zone[slip] >= 0
    weights = s["carats"].fillna(0).to_numpy("float64")
    share = np.zeros((len(c), len(zone_names)))
    np.add.at(share, (at[placed], zone[slip[placed]]), weights[slip[placed]])
    reference = np.zeros((len(c), len(sizes.CLASSES)))
    number = np.zeros(len(c))
    west = profile(p, "western_profile") * float(p["prior_stones"])
    exporter, names = pd.factorize(c["exporter_id"].fillna(""))
    owner, sold = np.divmod(distinct(exporter[at] * max(len(s), 1) + slip), max(len(s), 1))
    owner, sold = owner[good[sold]], sold[good[sold]]
    stones, slips_of = (
        np.zeros((len(zone_names), len(sizes.CLASSES))),
        np.bincount(zone[good], minlength=len(zone_names)),
    )
    np.add.at(stones, zone[good], counts[good])
    for k in range(len(names)):
        own = sold[owner == k]
        others = stones.copy()
        np.subtract.at(others, zone[own], counts[own])
        of_zone = (others + west) / (others + west).sum(axis=1, keepdims=True)
        mine = np.flatnonzero(exporter == k)
        total = share[mine].sum(axis=1, keepdims=True)
        portion = share[mine] / np.where(total > 0, total, 1)
        reference[mine] = portion @ of_zone
        number[mine] = (share[mine] > 0) @ (slips_of - np.bincount(zone[own], minlength=len(zone_names)))
    origins = pd.Series([", ".join(z for z, w in zip(zone_names, row, strict=True) if w > 0) for row in share])
    unplaced = np.bincount(at[~placed], minlength=len(c)) > 0
    unknown = reasons(
        c.index,
        (pd.Series(unheld, index=c.index), "not_held:purchase"),
        (pd.Series(unplaced, index=c.index), "place_unresolved:origin_subprefecture"),
    )
    return reference, pd.Series(number, index=c.index), origins.set_axis(c.index).astype("str"), unknown


def _first_sales(e: Evidence, c: pd.DataFrame, s: pd.DataFrame) -> tuple[Ints, Ints, np.ndarray]:
    """Pairs of a certificate and a first sale upstream of it (positions, each once); certificates with one not held."""
    links = upstream(e)
    links = links[links["first_sale"]]
    at, slip = (
        positions(links["certificate_number"], c["certificate_number"]),
        positions(links["slip_number"], s["slip_number"]),
    )
    unheld = np.bincount(at[(at >= 0) & (slip < 0)], minlength=len(c)) > 0
    pairs = distinct((at * max(len(s), 1) + slip)[(at >= 0) & (slip >= 0)])
    return pairs // max(len(s), 1), pairs % max(len(s), 1), unheld


def _dispersion(counts: Floats, base: Floats) -> float:
    """How much more the counts vary than independent stones would: median chi-square over its own, at least 1."""
    if len(counts) < 5:
        return 1.0
    expected = counts.sum(axis=1, keepdims=True) * base
    chi2 = ((counts - expected) ** 2 / expected).sum(axis=1)
    return max(1.0, float(np.median(chi2)) / _MEDIAN_CHI2)
