"""Fraud in what a collector writes into his book: too little, what never happened, or a little more every month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.fraud_purchases import how_many, sellers_of
from carmonitor.simulation.people import COLLECTOR, of_kind
from carmonitor.simulation.production import make_stones, stone_counts
from carmonitor.simulation.purchases import add_sales
from carmonitor.simulation.work import PATTERN_CODES, Work, quarters

KEPT = (0.05, 0.16)  # what an under-declaring collector still writes
ROUND = np.array([75, 100, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450, 500, 600])


def under_declaring_collectors(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A licensed collector writes a small part of his purchases for two or three quarters; the rest leaves the country
    unseen. Half of the finds he did not declare stand in the miners' registers all the same. (fraud.md C12)"""
    span = _quarters_of(w)
    collectors = busy_collectors(w, 0.5)
    wanted = how_many(rng, rate, len(of_kind(w.actors, COLLECTOR)) * len(span))
    length = min(3, len(span))
    day_quarter = quarters(w.sales["day"].to_numpy())
    silent = np.zeros(len(w.sales), bool)
    for collector in w.take(rng, collectors, max(round(wanted / 2.5), 1)):
        many = int(rng.integers(min(2, length), length + 1))
        start = int(rng.integers(0, len(span) - many + 1))
        for quarter in span[start : start + many]:
            own = (w.sales["buyer"].to_numpy() == collector) & (day_quarter == quarter)
            hidden = own & (rng.random(len(own)) > rng.uniform(*KEPT))
            silent |= hidden
            carats = w.sale_weights()[hidden].sum()
            if hidden.any():
                w.label_actors(
                    "under_declaring_collectors", np.array([collector]), np.array([quarter]), np.array([carats])
                )
    w.sales["declared"] = w.sales["declared"] & ~silent
    _drop_lines(w, w.sales["line"].to_numpy()[silent & (rng.random(len(silent)) < 0.5)])


def invented_books(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector fills his book at the desk, in a few sittings, for stones of which he does not say whence they come:
    weights that he likes, round weights, one price, the same sellers in the same order. The registers of these miners
    are written to match."""
    wanted = how_many(rng, rate, len(w.sales))
    collectors = w.take(rng, busy_collectors(w, 0.5), max(round(wanted / 65), 1))
    for collector, part in zip(collectors, np.array_split(np.arange(wanted), max(len(collectors), 1)), strict=True):
        n = len(part)
        zone = int(w.actors["zone"].to_numpy()[collector])
        names = sellers_of(w, rng, np.full(9, zone))
        sittings = max(round(n / 13), 1)
        sitting = np.sort(rng.integers(0, sittings, n))
        begin = int(rng.integers(w.first, max(w.last - 200, w.first) + 1))
        held = np.minimum(begin + np.sort(rng.integers(0, 200, sittings)), w.last)
        day = np.maximum(held[sitting] - 14 + np.arange(n) % 14, w.first)
        liked = rng.choice(ROUND, 6, replace=False)
        weight = np.where(
            rng.random(n) < 0.6, rng.choice(liked, n), rng.choice(ROUND, n) + rng.choice([0, 0, 5, 10], n)
        )
        stones, of = _of_weight(rng, weight)
        seller = names[np.arange(n) % len(names)]
        sales = pd.DataFrame(
            {
                "seller": seller, "buyer": collector, "day": day, "zone": zone,
                "site": w.actors["site"].to_numpy()[seller], "place": zone, "factor": 1.0,
                "pattern": PATTERN_CODES["invented_books"], "found_on": np.maximum(day - 1, w.first),
            }
        )  # fmt: skip
        add_sales(w, sales, stones, of)


def slow_drift(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector changes a little every month, never enough for any threshold of a month: more and more eastern stones
    among his own, lower and lower prices on paper, or more and more slips. Labelled from his second quarter on."""
    span = _quarters_of(w)
    wanted = how_many(rng, rate, len(of_kind(w.actors, COLLECTOR)) * len(span))
    months = max(min(15, w.settings.months - 2), 1)
    chosen = w.take(rng, busy_collectors(w, 0.75), max(round(wanted / max(months // 3 - 1, 1)), 1))
    for number, collector in enumerate(chosen):
        latest = max(w.last - 30 * months, w.first)
        begin = int(rng.integers(w.first, latest + 1))
        own = np.flatnonzero((w.sales["buyer"] == collector) & (w.sales["day"] >= begin) & w.sales["declared"])
        since = (w.sales["day"].to_numpy()[own] - begin) / 30.4
        changed = (_more_large_stones, _cheaper, _more_slips)[number % 3](w, rng, int(collector), own, since)
        free = w.sales["pattern"].to_numpy()[changed] == 0
        w.sales.loc[changed[free], "pattern"] = PATTERN_CODES["slow_drift"]
        quarter = quarters(w.sales["day"].to_numpy()[changed])
        weight = w.sale_weights()[changed]
        later = np.unique(quarter[quarter > quarters(np.array([begin]))[0]])
        sums = np.array([weight[quarter == q].sum() for q in later], dtype=np.int64)
        if len(later):
            w.label_actors("slow_drift", np.full(len(later), collector), later, sums)


def _more_large_stones(
    w: Work, rng: np.random.Generator, _collector: int, own: np.ndarray, since: np.ndarray
) -> np.ndarray:
    month = np.full(len(w.sales), -1.0)
    month[own] = since
    sale = w.stones["sale"].to_numpy()
    chance = np.clip(0.03 * month[sale], 0, 0.4) * (sale >= 0)
    swapped = np.flatnonzero(rng.random(len(sale)) < chance)
    fresh = make_stones(rng, np.ones(len(swapped)), east=True)
    for name in ("weight", "quality", "east"):
        w.stones.loc[w.stones.index[swapped], name] = fresh[name].to_numpy()
    return np.unique(sale[swapped])


def _cheaper(w: Work, _: np.random.Generator, _collector: int, own: np.ndarray, since: np.ndarray) -> np.ndarray:
    factor = w.sales["factor"].to_numpy().copy()
    factor[own] *= (1 - 0.018) ** since
    w.sales["factor"] = factor
    return own[since >= 1]


def _more_slips(w: Work, rng: np.random.Generator, collector: int, own: np.ndarray, since: np.ndarray) -> np.ndarray:
    again = own[rng.random(len(own)) < np.clip(1.05**since - 1, 0, 1)]
    n = len(again)
    zone = w.sales["zone"].to_numpy()[again]
    seller = sellers_of(w, rng, zone)
    day = np.minimum(w.sales["day"].to_numpy()[again] + rng.integers(0, 12, n), w.last)
    number = stone_counts(rng, n)
    of = np.repeat(np.arange(n), number)
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": collector, "day": day, "zone": zone, "site": w.actors["site"].to_numpy()[seller],
            "place": w.sales["place"].to_numpy()[again], "factor": np.exp(rng.normal(0, p.SLIP_NOISE, n)), "pattern": 0,
            "found_on": np.maximum(day - rng.integers(0, 8, n), w.first),
        }
    )  # fmt: skip
    return add_sales(w, sales, make_stones(rng, np.ones(len(of))), of)


def busy_collectors(w: Work, above: float) -> np.ndarray:
    """Collectors in business throughout the world whose number of slips lies above this quantile."""
    collectors = w.steady(COLLECTOR)
    slips = np.bincount(w.sales["buyer"], minlength=len(w.actors))[collectors]
    busy: np.ndarray = collectors[slips >= np.quantile(slips, above)]
    return busy


def _quarters_of(w: Work) -> np.ndarray:
    """The whole quarters of the world; the first begun one where there is none."""
    first, last = quarters(np.array([w.first, w.last + 1]))
    whole = first if w.settings.start[5:] in ("01", "04", "07", "10") else first + 1
    return np.arange(whole, last) if last > whole else np.array([first])


def _drop_lines(w: Work, lines: np.ndarray) -> None:
    """Take lines out of the registers, with the stones on them; the sales on them have no line any more."""
    keep = np.ones(len(w.lines), bool)
    keep[lines[lines >= 0]] = False
    others = w.sales[w.sales["declared"] & (w.sales["line"] >= 0)]
    keep[others["line"]] = True  # a find sold in two parts, one of them declared
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    w.lines = w.lines[keep].reset_index(drop=True)
    w.sales["line"] = np.where(w.sales["line"] >= 0, place[w.sales["line"]], -1)
    at = np.where(w.stones["line"] >= 0, place[w.stones["line"]], -2)
    w.stones = w.stones.assign(line=np.maximum(at, -1))[at != -1].reset_index(drop=True)


def _of_weight(rng: np.random.Generator, weight: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Stones that weigh just so much together, and of which sale each is."""
    number = np.maximum(np.rint(weight / 60), 1).astype(int)
    of = np.repeat(np.arange(len(weight)), number)
    raw = make_stones(rng, np.ones(len(of)))
    sums = np.bincount(of, raw["weight"], minlength=len(weight))
    scaled = np.maximum(np.floor(raw["weight"] * (weight / sums)[of]), 1).astype(np.int64)
    last = np.cumsum(number) - 1
    scaled[last] += weight - np.bincount(of, scaled, minlength=len(weight)).astype(np.int64)
    first_short = scaled[last] < 1
    if first_short.any():  # a stone cannot weigh nothing: its sale gets one stone of the whole weight
        single = np.isin(of, np.flatnonzero(first_short))
        scaled[single] = 0
        scaled[last[first_short]] = weight[first_short]
    kept = scaled > 0
    return raw.assign(weight=scaled, quality=1.0)[kept].reset_index(drop=True), of[kept]
