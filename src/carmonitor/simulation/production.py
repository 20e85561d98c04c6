"""Finds: when miners find stones, how many, and how large. Stones are drawn one by one, so that all weights add up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import MINER, of_kind, years_in_business
from carmonitor.simulation.work import Work

STONES_A_LINE, DISPERSION = 5.0, 0.9  # mean, and shape of the negative binomial (small = heavy tail)


def make_production(w: Work) -> None:
    """Fill ``lines`` and ``stones`` with what honest miners find. Stones have no sale yet."""
    rng = w.settings.stream("production")
    miners = of_kind(w.actors, MINER)
    years = years_in_business(w.actors, w.first, w.last)[miners]
    weight = w.actors["weight"].to_numpy()[miners]
    by_miner = p.LINES_A_YEAR * w.settings.scale * weight / weight.sum() * years
    counts = rng.poisson(by_miner)
    miner = np.repeat(miners, counts)
    day = season_days(w, rng, len(miner))
    since, until = w.actors["since"].to_numpy()[miner], w.actors["until"].to_numpy()[miner]
    keep = (day >= since) & (day < until)
    # those in business for a part only find the rest of their finds in that part
    day = np.where(keep, day, np.maximum(since, w.first) + rng.integers(0, 10_000, len(day)) % _open(w, since, until))
    order = np.lexsort((miner, day))
    miner, day = miner[order], day[order]
    lost = w.settings.noise * (rng.random(len(miner)) < 0.1) * rng.integers(1, 6, len(miner))
    site = w.actors["site"].to_numpy()[miner]
    zone = w.actors["zone"].to_numpy()[miner]
    w.lines = pd.DataFrame({"miner": miner, "site": site, "zone": zone, "day": day, "extra": lost.astype(np.int64)})
    number = stone_counts(rng, len(miner))
    line = np.repeat(np.arange(len(miner)), number)
    size = w.sites["size"].to_numpy()[site] * np.array([z.size for z in p.ZONES])[zone]
    stones = make_stones(rng, np.repeat(size, number))
    stones["quality"] *= np.array([z.price for z in p.ZONES])[zone[line]]
    w.stones = stones.assign(line=line, sale=-1)


def season_days(w: Work, rng: np.random.Generator, count: int) -> np.ndarray:
    """Days of finds: by season, no Sundays."""
    days = np.arange(w.first, w.last + 1)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    chance = p.SEASON[month] * ((days + 3) % 7 != 6)  # 1970-01-01 was a Thursday
    edges = np.cumsum(chance / chance.sum())
    result: np.ndarray = days[np.searchsorted(edges, rng.random(count) * edges[-1], side="right")]
    return result


def stone_counts(rng: np.random.Generator, lines: int, mean: float = STONES_A_LINE) -> np.ndarray:
    """How many stones each find holds: mostly few, sometimes many."""
    chance = DISPERSION / (DISPERSION + mean - 1)
    return 1 + rng.negative_binomial(DISPERSION, chance, lines)


def make_stones(rng: np.random.Generator, size: np.ndarray, *, east: bool = False) -> pd.DataFrame:
    """One stone per entry of ``size`` (factor on the median weight): weight, quality, east."""
    median, sigma = p.EAST if east else p.WEST
    hundredths = np.exp(rng.normal(np.log(median), sigma, len(size))) * size * 100
    quality = np.exp(rng.normal(-(p.QUALITY_SIGMA**2) / 2, p.QUALITY_SIGMA, len(size)))
    return pd.DataFrame(
        {
            "weight": np.clip(np.rint(hundredths), p.LEAST_STONE, p.MOST_STONE).astype(np.int64),
            "quality": quality * (p.EAST_QUALITY if east else 1.0),
            "east": np.full(len(size), east),
        }
    )


def _open(w: Work, since: np.ndarray, until: np.ndarray) -> np.ndarray:
    span: np.ndarray = np.maximum(np.minimum(until, w.last + 1) - np.maximum(since, w.first), 1)
    return span
