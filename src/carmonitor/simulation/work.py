"""The world while it is being made: frames of whole numbers, one row per find, sale, stone, journey and export."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import steady
from carmonitor.simulation.settings import PATTERNS, Settings

PATTERN_CODES = {name: code for code, name in enumerate(PATTERNS, start=1)}
CODED = {code: name for name, code in PATTERN_CODES.items()}
NEVER = -1


@dataclass
class Market:
    """Prices and exchange rates by month. ``first``: the month of position 0, months since 1970-01."""

    first: int
    drift: np.ndarray  # factor on USD prices
    xaf_per_usd: np.ndarray  # millionths

    def at(self, days: np.ndarray) -> np.ndarray:
        """The position of each day's month."""
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) - self.first
        position: np.ndarray = np.clip(month, 0, len(self.drift) - 1)
        return position


@dataclass
class Work:
    """All that happened, by position in these frames.

    ``lines``: miner, site, zone, day, extra (hundredths found beyond what was sold);
    ``sales``: first sales: line (-1: none), seller, buyer, day, zone of origin, site, place, factor (of the price),
    pattern (code, 0 = honest), old (bool: before monitoring), declared (bool), told (day that decides the return),
    claimed (number of a line that its slip names and no register holds; 0 = none);
    ``stones``: sale (-1: unsold), line, weight (hundredths), quality, east;
    ``trips``: carrier, zone, depart, arrive, house (buys the bag; -1: the carrier is a house), sold_on, flight,
    pattern, factor, told; sales have ``trip`` (-1: not carried yet);
    ``extra``: stones of resales beyond their sources: trip, weight, quality, east;
    ``exports``: house, day, country, value (factor), pattern; ``uses``: export, parcel, lot, weight, of stones;
    ``exported``: stones in parcels: export, parcel, weight, quality, east, paperless.
    A *lot* is a sale (its position) or the resale at the end of a trip (number of sales + position of the trip).
    """

    settings: Settings
    actors: pd.DataFrame
    sites: pd.DataFrame
    market: Market
    lines: pd.DataFrame = field(default_factory=pd.DataFrame)
    sales: pd.DataFrame = field(default_factory=pd.DataFrame)
    stones: pd.DataFrame = field(default_factory=pd.DataFrame)
    trips: pd.DataFrame = field(default_factory=pd.DataFrame)
    extra: pd.DataFrame = field(default_factory=pd.DataFrame)
    exports: pd.DataFrame = field(default_factory=pd.DataFrame)
    uses: pd.DataFrame = field(default_factory=pd.DataFrame)
    exported: pd.DataFrame = field(default_factory=pd.DataFrame)
    actor_labels: list[pd.DataFrame] = field(default_factory=list)  # pattern, actor, quarter, carats
    slip_labels: list[pd.DataFrame] = field(default_factory=list)  # pattern, lot, carats
    used_actors: set[int] = field(default_factory=set)
    used_exports: set[int] = field(default_factory=set)

    @property
    def first(self) -> int:
        return self.settings.first_day

    @property
    def last(self) -> int:
        return self.settings.last_day

    def usd(self, stones: pd.DataFrame) -> np.ndarray:
        """Export value of each stone at the prices of the start, USD."""
        weight = stones["weight"].to_numpy()
        value: np.ndarray = p.usd_per_carat(weight) * weight / 100 * stones["quality"].to_numpy()
        return value

    def sale_weights(self) -> np.ndarray:
        """Hundredths of a carat of each sale."""
        return total(self.stones["sale"], self.stones["weight"], len(self.sales))

    def steady(self, kind: int) -> np.ndarray:
        """Honest actors of a kind who are in business throughout."""
        return steady(self.actors, kind, self.first, self.last)

    def free(self, candidates: np.ndarray) -> np.ndarray:
        """Those of these actors that no pattern uses yet."""
        return candidates[~np.isin(candidates, list(self.used_actors))]

    def take(self, rng: np.random.Generator, candidates: np.ndarray, count: int) -> np.ndarray:
        """So many actors that no pattern uses yet (fewer where there are not so many); they are used from now on."""
        free = self.free(candidates)
        chosen = rng.choice(free, min(count, len(free)), replace=False) if len(free) else free
        self.used_actors.update(int(a) for a in chosen)
        return np.sort(chosen)

    def label_actors(self, pattern: str, actor: np.ndarray, quarter: np.ndarray, carats: np.ndarray) -> None:
        """Note quarters of actors (``quarter``: four times the year and 0 to 3) as fraudulent."""
        told = pd.DataFrame({"pattern": pattern, "actor": actor, "quarter": quarter, "carats": carats})
        if len(told):
            self.actor_labels.append(told)


def total(keys: pd.Series | np.ndarray, weights: pd.Series | np.ndarray, length: int) -> np.ndarray:
    """The sum of whole ``weights`` for each key 0 … length-1; negative keys count nowhere. int64."""
    key, weight = np.asarray(keys), np.asarray(weights)
    held = key >= 0
    sums: np.ndarray = np.rint(np.bincount(key[held], weight[held].astype(float), minlength=length)).astype(np.int64)
    return sums


def quarters(days: np.ndarray) -> np.ndarray:
    """Days since 1970 → quarters: four times the year and 0 to 3."""
    month = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    number: np.ndarray = 1970 * 4 + month // 3
    return number


def quarter_names(numbers: np.ndarray) -> list[str]:
    """Quarters as ``2020-Q1``."""
    return [f"{n // 4:04d}-Q{n % 4 + 1}" for n in np.asarray(numbers).tolist()]


def make_market(settings: Settings) -> Market:
    """Prices that wander and rates that move about their yearly means, from a year before the world to its end."""
    rng = settings.stream("market")
    first = int(np.datetime64(settings.start, "M").astype(int)) - 12
    months = settings.months + 12
    drift = np.exp(np.cumsum(rng.normal(0, p.DRIFT, months)))
    years = 1970 + (first + np.arange(months)) // 12
    mean = np.array([p.XAF_PER_USD[min(max(int(y), 2019), 2024)] for y in years])
    rates = np.round(mean * (1 + rng.normal(0, 0.008, months)), 3) * 1_000_000
    return Market(first, drift / drift[12], np.rint(rates).astype(np.int64))
