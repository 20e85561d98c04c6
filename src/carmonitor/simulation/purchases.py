"""First sales: who buys a find, when, and at what price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import COLLECTOR, HOUSE, MINER, of_kind
from carmonitor.simulation.work import Work

DIRECT_SHARE = 0.20  # of first sales, to branches of buying houses
REGULARS = (0.72, 0.20, 0.08)  # a miner's usual buyers
IN_TWO, UNSOLD = 0.05, 0.03  # finds sold in two parts, and not at all
ILL_A_YEAR = 0.06  # collectors away for months


def make_purchases(w: Work) -> None:
    """Fill ``sales`` with what honest people sell, and tell the stones their sale."""
    rng = w.settings.stream("purchases")
    n = len(w.lines)
    line = np.arange(n)
    unsold = rng.random(n) < UNSOLD
    stones_of = np.bincount(w.stones["line"], minlength=n)
    in_two = (rng.random(n) < IN_TWO) & (stones_of > 1) & ~unsold
    sold = np.concatenate([line[~unsold], line[in_two]])
    second = np.concatenate([np.zeros((~unsold).sum(), bool), np.ones(in_two.sum(), bool)])
    wait = np.minimum(rng.geometric(0.32, len(sold)) - 1, 20) + second * rng.integers(1, 25, len(sold))
    miner, zone = w.lines["miner"].to_numpy()[sold], w.lines["zone"].to_numpy()[sold]
    day = w.lines["day"].to_numpy()[sold] + wait
    buyer = _buyers(w, rng, miner, day)
    is_house = w.actors["kind"].to_numpy()[buyer] == HOUSE
    place = np.where(is_house, zone, w.actors["zone"].to_numpy()[buyer])
    sales = pd.DataFrame(
        {
            "line": sold, "seller": miner, "buyer": buyer, "day": day, "zone": zone,
            "site": w.lines["site"].to_numpy()[sold], "place": place,
            "factor": np.exp(rng.normal(0, p.SLIP_NOISE, len(sold))), "pattern": 0, "old": False, "declared": True,
            "trip": -1, "told": day, "claimed": 0,
        }
    )  # fmt: skip
    part = _parts(rng, w.stones["line"].to_numpy(), in_two)
    sale_of = np.full((2, n), -1)
    kept = np.flatnonzero(day <= w.last)
    sale_of[second[kept].astype(int), sold[kept]] = np.arange(len(kept))
    w.sales = sales.iloc[kept].reset_index(drop=True)
    w.stones["sale"] = sale_of[part, w.stones["line"].to_numpy()]


def _parts(rng: np.random.Generator, line: np.ndarray, in_two: np.ndarray) -> np.ndarray:
    """0 or 1 for each stone (sorted by line): which part of its find. Both parts of a find in two hold a stone."""
    part = (rng.random(len(line)) < 0.5) & in_two[line]
    starts = np.r_[True, line[1:] != line[:-1]]
    ends = np.r_[line[1:] != line[:-1], True]
    part[starts] = False
    part[ends & in_two[line]] = True
    numbers: np.ndarray = part.astype(int)
    return numbers


def _buyers(w: Work, rng: np.random.Generator, miner: np.ndarray, day: np.ndarray) -> np.ndarray:
    miners = of_kind(w.actors, MINER)
    zone = w.actors["zone"].to_numpy()
    regular = np.full((len(REGULARS), len(w.actors)), -1)
    for place in range(len(REGULARS)):
        home = zone[miners]
        away = _neighbours(rng, home)
        across = rng.random(len(miners)) < p.CROSS_ZONE
        regular[place, miners] = pick_collectors(w, rng, np.where(across, away, home))
    slot = rng.choice(len(REGULARS), len(miner), p=REGULARS)
    buyer = regular[slot, miner]
    away_from, away_to = illness(w)
    ill = (away_from[buyer] <= day) & (day <= away_to[buyer])
    closed = (w.actors["since"].to_numpy()[buyer] > day) | ill
    instead = pick_collectors(w, rng, zone[buyer], always=True)
    buyer = np.where(closed, instead, buyer)
    houses = of_kind(w.actors, HOUSE)
    share = w.actors["weight"].to_numpy()[houses]
    house = rng.choice(houses, len(miner), p=share / share.sum())
    house = np.where(w.actors["since"].to_numpy()[house] > day, houses[0], house)
    direct = rng.random(len(miner)) < DIRECT_SHARE
    chosen: np.ndarray = np.where(direct, house, buyer)
    return chosen


def illness(w: Work) -> tuple[np.ndarray, np.ndarray]:
    """First and last day on which each actor is away; never for most."""
    rng = w.settings.stream("illness")
    n = len(w.actors)
    years = w.settings.months / 12
    ill = (rng.random(n) < ILL_A_YEAR * years * w.settings.noise) & (w.actors["kind"].to_numpy() == COLLECTOR)
    start = rng.integers(w.first, w.last + 1, n)
    return np.where(ill, start, w.last + 1), np.where(ill, start + rng.integers(30, 130, n), w.last)


def pick_collectors(w: Work, rng: np.random.Generator, zones: np.ndarray, *, always: bool = False) -> np.ndarray:
    """A collector of each of these zones, by the weight of their business; ``always``: in business throughout."""
    actors = w.actors
    result = np.zeros(len(zones), dtype=np.int64)
    ill = illness(w)[0] <= w.last if always else np.zeros(len(actors), bool)
    usable = (actors["kind"] == COLLECTOR).to_numpy() & ~actors["fraud"].to_numpy() & ~ill
    if always:
        usable &= actors["since"].to_numpy() <= w.first
    for zone in np.unique(zones):
        here = np.flatnonzero(usable & (actors["zone"].to_numpy() == zone))
        if not len(here):
            here = np.flatnonzero((actors["kind"] == COLLECTOR).to_numpy() & (actors["zone"].to_numpy() == zone))
        weight = actors["weight"].to_numpy()[here]
        at = zones == zone
        result[at] = rng.choice(here, at.sum(), p=weight / weight.sum())
    return result


def _neighbours(rng: np.random.Generator, zones: np.ndarray) -> np.ndarray:
    """A neighbouring zone of each."""
    result = np.zeros(len(zones), dtype=np.int64)
    for zone in np.unique(zones):
        at = zones == zone
        result[at] = rng.choice(p.ZONES[zone].neighbours, at.sum())
    return result


@dataclass
class Batch:
    """Sales to be added, several lots of them in one go."""

    sales: list[pd.DataFrame] = field(default_factory=list)
    stones: list[pd.DataFrame] = field(default_factory=list)
    of: list[np.ndarray] = field(default_factory=list)

    def add(self, sales: pd.DataFrame, stones: pd.DataFrame, of: np.ndarray) -> None:
        """Keep sales for later. ``of``: the position in these ``sales`` of each stone's."""
        self.of.append(of + sum(len(part) for part in self.sales))
        self.sales.append(sales)
        self.stones.append(stones)

    def into(self, w: Work, *, lined: bool = True) -> np.ndarray:
        """Add all that was kept; their positions."""
        if not self.sales:
            return np.zeros(0, np.int64)
        sales, stones = (pd.concat(parts, ignore_index=True) for parts in (self.sales, self.stones))
        return add_sales(w, sales, stones, np.concatenate(self.of), lined=lined)


def add_sales(w: Work, sales: pd.DataFrame, stones: pd.DataFrame, of: np.ndarray, *, lined: bool = True) -> np.ndarray:
    """Add sales with their stones (``of``: the position in ``sales`` of each stone's), and return their positions.

    ``sales``: seller, buyer, day, zone, site, place, factor, pattern, and with ``lined`` found_on: each gets a line of
    its own in the seller's production register.
    """
    first_sale, first_line = len(w.sales), len(w.lines)
    n = len(sales)
    line = np.arange(first_line, first_line + n) if lined else np.full(n, -1)
    if lined:
        dug = sales[["seller", "site", "zone", "found_on"]].rename(columns={"seller": "miner", "found_on": "day"})
        w.lines = pd.concat([w.lines, dug.assign(extra=0)], ignore_index=True)
    usual: dict[str, Any] = {"old": False, "declared": True, "told": sales["day"], "trip": -1, "claimed": 0}
    fresh = sales.assign(line=line, **{name: sales.get(name, value) for name, value in usual.items()})
    w.sales = pd.concat([w.sales, fresh[list(w.sales.columns)]], ignore_index=True)
    held = stones.assign(sale=first_sale + of, line=line[of])
    w.stones = pd.concat([w.stones, held[list(w.stones.columns)]], ignore_index=True)
    return np.arange(first_sale, first_sale + n)
