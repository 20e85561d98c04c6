"""Fraud in what a collector writes into his book: too little, what never happened, or a little more every month."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.fraud_purchases import how_many, sellers_of
from carmonitor.simulation.people import COLLECTOR, of_kind
from carmonitor.simulation.production import make_stones, stone_counts
from carmonitor.simulation.purchases import Batch
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
    weight, slips_of = w.sale_weights(), _slips_of(w)
    for collector in w.take(rng, collectors, max(round(wanted / 2.5), 1)):
        many = int(rng.integers(min(2, length), length + 1))
        start = int(rng.integers(0, len(span) - many + 1))
        for quarter in span[start : start + many]:
            own = slips_of(int(collector))
            own = own[day_quarter[own] == quarter]
            hidden = own[rng.random(len(own)) > rng.uniform(*KEPT)]
            silent[hidden] = True
            if len(hidden):
                told = np.array([collector]), np.array([quarter]), weight[hidden].sum(keepdims=True)
                w.label_actors("under_declaring_collectors", *told)
    w.sales["declared"] = w.sales["declared"] & ~silent
    _drop_lines(w, w.sales["line"].to_numpy()[silent & (rng.random(len(silent)) < 0.5)])


def invented_books(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector fills his book at the desk, in a few sittings, for stones of which he does not say whence they come:
    weights that he likes, round weights, one price, the same sellers in the same order. The registers of these miners
    are written to match."""
    wanted = how_many(rng, rate, len(w.sales))
    collectors = w.take(rng, busy_collectors(w, 0.5), max(round(wanted / 65), 1))
    batch = Batch()
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
        batch.add(sales, stones, of)
    batch.into(w)


def slow_drift(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector changes a little every month, never enough for any threshold of a month: more and more eastern stones
    among his own, lower and lower prices on paper, or more and more slips. Labelled from his second quarter on."""
    span = _quarters_of(w)
    wanted = how_many(rng, rate, len(of_kind(w.actors, COLLECTOR)) * len(span))
    months = max(min(15, w.settings.months - 2), 1)
    chosen = w.take(rng, busy_collectors(w, 0.75), max(round(wanted / max(months // 3 - 1, 1)), 1))
    latest = max(w.last - 30 * months, w.first)
    slips_of, batch, changed = _slips_of(w), Batch(), []
    begun = {int(collector): int(rng.integers(w.first, latest + 1)) for collector in chosen}
    for number, (collector, begin) in enumerate(begun.items()):
        own = slips_of(collector)
        own = own[(w.sales["day"].to_numpy()[own] >= begin) & w.sales["declared"].to_numpy()[own]]
        since = (w.sales["day"].to_numpy()[own] - begin) / 30.4
        if number % 3 == 0:
            changed.append(_more_large_stones(w, rng, own, since))
        elif number % 3 == 1:
            changed.append(_cheaper(w, own, since))
        else:
            _more_slips(w, rng, collector, own, since, batch)
    touched = np.concatenate([*changed, batch.into(w)]).astype(np.int64)
    pattern = w.sales["pattern"].to_numpy().copy()
    pattern[touched] = np.where(pattern[touched] == 0, PATTERN_CODES["slow_drift"], pattern[touched])
    w.sales["pattern"] = pattern
    _label_drift(w, touched, begun)


def _label_drift(w: Work, touched: np.ndarray, begun: dict[int, int]) -> None:
    """Quarters after the one in which each collector began."""
    told = pd.DataFrame(
        {
            "actor": w.sales["buyer"].to_numpy()[touched], "quarter": quarters(w.sales["day"].to_numpy()[touched]),
            "carats": w.sale_weights()[touched],
        }
    )  # fmt: skip
    first = quarters(np.array([begun[a] for a in told["actor"].tolist()], dtype=np.int64))
    sums = told[told["quarter"].to_numpy() > first].groupby(["actor", "quarter"])["carats"].sum().reset_index()
    w.label_actors("slow_drift", *(sums[name].to_numpy() for name in ("actor", "quarter", "carats")))


def _more_large_stones(w: Work, rng: np.random.Generator, own: np.ndarray, since: np.ndarray) -> np.ndarray:
    month = pd.Series(since, index=own)
    at = np.flatnonzero(w.stones["sale"].isin(own))
    sale = w.stones["sale"].to_numpy()[at]
    swapped = rng.random(len(at)) < np.clip(0.03 * month.loc[sale].to_numpy(), 0, 0.4)
    fresh = make_stones(rng, np.ones(int(swapped.sum())), east=True)
    for name in ("weight", "quality", "east"):
        values = w.stones[name].to_numpy().copy()
        values[at[swapped]] = fresh[name].to_numpy()
        w.stones[name] = values
    return np.unique(sale[swapped])


def _cheaper(w: Work, own: np.ndarray, since: np.ndarray) -> np.ndarray:
    factor = w.sales["factor"].to_numpy().copy()
    factor[own] *= (1 - 0.018) ** since
    w.sales["factor"] = factor
    return own[since >= 1]


def _more_slips(
    w: Work, rng: np.random.Generator, collector: int, own: np.ndarray, since: np.ndarray, batch: Batch
) -> None:
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
    batch.add(sales, make_stones(rng, np.ones(len(of))), of)


def _slips_of(w: Work) -> Callable[[int], np.ndarray]:
    """A buyer → the positions of his sales."""
    buyer = w.sales["buyer"].to_numpy()
    order = np.argsort(buyer, kind="stable")
    known = buyer[order]

    def slips(actor: int) -> np.ndarray:
        found: np.ndarray = order[np.searchsorted(known, actor) : np.searchsorted(known, actor, side="right")]
        return found

    return slips


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
