"""Fraud that begins with a purchase slip."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import COLLECTOR, MINER, of_kind
from carmonitor.simulation.production import make_stones, stone_counts
from carmonitor.simulation.purchases import add_sales
from carmonitor.simulation.work import PATTERN_CODES, Work


def how_many(rng: np.random.Generator, rate: float, subjects: int) -> int:
    """A number of fraudulent subjects about ``rate`` of all, at least one."""
    return max(int(np.floor(rate * subjects + rng.random())), 1)


def eastern_stones(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector of a zone enters eastern stones under made-up slips of miners of his zone, with a line in their
    registers. The stones come in bags from the east, several slips within days; they are larger, of all classes, and he
    writes what such stones cost. (fraud.md C1, C11)"""
    count = how_many(rng, rate, len(w.sales))
    collectors = w.take(rng, of_kind(w.actors, COLLECTOR), max(round(count / 30), 1))
    if not len(collectors):
        return
    bags = max(round(count / 6), 1)
    carrier = rng.choice(collectors, bags)
    came = rng.integers(w.first, w.last + 1, bags)
    bag = np.sort(rng.integers(0, bags, count))
    buyer = carrier[bag]
    zone = w.actors["zone"].to_numpy()[buyer]
    seller = sellers_of(w, rng, zone)
    day = np.minimum(came[bag] + rng.integers(0, 9, count), w.last)
    number = stone_counts(rng, count, 5.0)
    of = np.repeat(np.arange(count), number)
    stones = make_stones(rng, np.ones(len(of)), east=True)
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": buyer, "day": day, "zone": zone, "site": w.actors["site"].to_numpy()[seller],
            "place": zone, "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)),
            "pattern": PATTERN_CODES["eastern_stones"],
            "found_on": np.maximum(day - rng.integers(0, 8, count), w.first),
        }
    )  # fmt: skip
    add_sales(w, sales, stones, of)


def sellers_of(w: Work, rng: np.random.Generator, zones: np.ndarray) -> np.ndarray:
    """A real miner of each of these zones, in business throughout the world."""
    miners = of_kind(w.actors, MINER)
    steady = (w.actors["since"].to_numpy()[miners] <= w.first) & (w.actors["until"].to_numpy()[miners] > w.last)
    miners = miners[steady]
    result = np.zeros(len(zones), dtype=np.int64)
    for zone in np.unique(zones):
        here = miners[w.actors["zone"].to_numpy()[miners] == zone]
        here = here if len(here) else miners
        at = zones == zone
        result[at] = rng.choice(here, at.sum())
    return result
