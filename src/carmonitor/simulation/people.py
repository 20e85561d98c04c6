"""Who takes part: miners (leaders of crews), collectors and buying houses. All are invented.

An actor is a row of one frame; everywhere else it is named by its position in it. Fraud adds actors at the end.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation.parameters import COLLECTORS, HOUSE_SHARES, MINERS, YEAR, ZONES
from carmonitor.simulation.settings import Settings

MINER, COLLECTOR, HOUSE = 0, 1, 2
PREFIX = ("ART", "COL", "BA")


def make_actors(settings: Settings) -> pd.DataFrame:
    """Miners, then collectors, then buying houses. Columns:

    kind, zone (position in ZONES; -1: national), weight (float: share of its kind's business), since and until (first
    and last day in business, days since 1970), crew (diggers of a miner, 0 else), habit (log of the prices it pays
    against the market's), premises (number of its address; equal = the same), phone (same), fraud (bool: exists for
    fraud only), owner (number of its owner and manager; -1 for single persons).
    """
    rng = settings.stream("people")
    shares = np.array([z.share for z in ZONES])
    first, last = settings.first_day, settings.last_day
    miners = _spread(max(round(MINERS * settings.scale), 16), shares)
    collectors = _spread(max(round(COLLECTORS * settings.scale), 8), shares)
    houses = round(6 * settings.scale**0.5)
    houses = min(max(houses, 3), 60)
    n = len(miners) + len(collectors) + houses
    kind = np.repeat([MINER, COLLECTOR, HOUSE], [len(miners), len(collectors), houses])
    zone = np.concatenate([miners, collectors, np.full(houses, -1)])
    weight = np.exp(rng.normal(0, np.where(kind == MINER, 0.45, 0.40)))
    weight[kind == HOUSE] = _house_shares(houses)
    late = (kind != HOUSE) & (rng.random(n) < 0.04 * settings.noise)  # honest newcomers
    since = np.where(late, first + rng.integers(20, max(last - first, 40), n), first - rng.integers(200, 2500, n))
    if settings.noise and houses > 3 and settings.months >= 12:
        since[-1] = first + int(0.35 * (last - first))  # a new, small, honest exporter
    gone = (kind == MINER) & (rng.random(n) < 0.05 * settings.noise)
    until = np.where(gone, since + rng.integers(60, 900, n), last + 400)
    crew = np.where(kind == MINER, np.clip(np.round(12 * weight * np.exp(rng.normal(0, 0.25, n))), 5, 60), 0)
    phone = np.arange(n)
    same = (kind != HOUSE) & (rng.random(n) < 0.02 * settings.noise)  # a telephone lent among neighbours
    phone[1:][same[1:] & (zone[1:] == zone[:-1])] -= 1
    return pd.DataFrame(
        {
            "kind": kind, "zone": zone, "weight": weight, "since": since, "until": until, "crew": crew.astype(int),
            "habit": rng.normal(0, 0.05, n), "premises": np.arange(n), "phone": phone,
            "owner": np.where(kind == HOUSE, np.arange(n), -1), "fraud": False,
        }
    )  # fmt: skip


def added(actors: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """The actors with further ones at the end. What ``columns`` does not say is that of an ordinary actor."""
    length = max(len(np.atleast_1d(np.asarray(v))) for v in columns.values())
    fresh = np.arange(len(actors), len(actors) + length)
    usual: dict[str, object] = {
        "zone": -1, "weight": 1.0, "crew": 0, "habit": 0.0, "premises": fresh, "phone": fresh, "owner": -1,
        "fraud": True,
    }  # fmt: skip
    return pd.concat([actors, pd.DataFrame({**usual, **columns}, index=range(length))], ignore_index=True)[
        list(actors.columns)
    ]


def of_kind(actors: pd.DataFrame, kind: int, *, honest: bool = True) -> np.ndarray:
    """Positions of the actors of a kind, without those that exist for fraud only."""
    mask = (actors["kind"] == kind) & ~(actors["fraud"] & honest)
    return np.flatnonzero(mask.to_numpy())


def steady(actors: pd.DataFrame, kind: int, first: int, last: int) -> np.ndarray:
    """Positions of honest actors of a kind who are in business from the first to the last of these days."""
    positions = of_kind(actors, kind)
    since, until = actors["since"].to_numpy()[positions], actors["until"].to_numpy()[positions]
    throughout: np.ndarray = positions[(since <= first) & (until > last)]
    return throughout


def years_in_business(actors: pd.DataFrame, first: int, last: int) -> np.ndarray:
    """Years of the world in which each actor is in business."""
    span = np.minimum(actors["until"].to_numpy(), last + 1) - np.maximum(actors["since"].to_numpy(), first)
    years: np.ndarray = np.maximum(span, 0) / YEAR
    return years


def _spread(count: int, shares: np.ndarray) -> np.ndarray:
    """The zones of so many people: by share, at least one each."""
    per_zone = np.maximum(np.floor(count * shares), 1).astype(int)
    per_zone[np.argmax(shares)] += max(count - per_zone.sum(), 0)
    return np.repeat(np.arange(len(shares)), per_zone)


def _house_shares(houses: int) -> np.ndarray:
    """Three big houses and small ones."""
    small = houses - 3
    if small <= 0:
        shares = np.array(HOUSE_SHARES[:houses])
    else:
        rest = 1 / np.arange(1, small + 1) ** 0.5
        shares = np.concatenate([HOUSE_SHARES[:3], rest / rest.sum() * sum(HOUSE_SHARES[3:])])
    result: np.ndarray = shares / shares.sum()
    return result
