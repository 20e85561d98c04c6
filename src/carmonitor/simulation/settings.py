"""What a synthetic world is to be like: its seed, its length and size, and how much of which fraud."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

PURCHASES, CERTIFICATES, ACTOR_QUARTERS = "purchases", "certificates", "actor_quarters"


@dataclass(frozen=True)
class Pattern:
    """A kind of fraud. ``rate``: its default share of the subjects that ``share_of`` names."""

    board: str
    rate: float
    share_of: str


PATTERNS: dict[str, Pattern] = {
    "eastern_stones": Pattern(PURCHASES, 0.005, "purchases"),
    "ghost_miners": Pattern(ACTOR_QUARTERS, 0.0014, "quarters of miners"),
    "reused_slips": Pattern(PURCHASES, 0.001, "purchases"),
    "creamed_exports": Pattern(ACTOR_QUARTERS, 0.12, "quarters of exporters"),
    "undervalued_exports": Pattern(CERTIFICATES, 0.05, "certificates"),
    "under_declaring_collectors": Pattern(ACTOR_QUARTERS, 0.004, "quarters of collectors"),
    "forged_certificates": Pattern(CERTIFICATES, 0.03, "certificates"),
    "import_mismatch": Pattern(CERTIFICATES, 0.04, "certificates"),
    "impossible_transfers": Pattern(PURCHASES, 0.0026, "purchases"),
    "invented_books": Pattern(PURCHASES, 0.0042, "purchases"),
    "related_new_companies": Pattern(ACTOR_QUARTERS, 0.1, "quarters of exporters"),
    "pre_zone_stock": Pattern(PURCHASES, 0.0008, "purchases"),
    "footprint_mismatch": Pattern(CERTIFICATES, 0.05, "certificates"),
    "borrowed_licences": Pattern(PURCHASES, 0.003, "purchases"),
    "distant_collectors": Pattern(PURCHASES, 0.0034, "purchases"),
    "reused_photographs": Pattern(CERTIFICATES, 0.04, "certificates"),
    "slow_drift": Pattern(ACTOR_QUARTERS, 0.004, "quarters of collectors"),
    "unregistered_stones": Pattern(CERTIFICATES, 0.05, "certificates"),
}
"""Every pattern with its default rate; together they touch about 3 % of the purchases of 24 months at scale 1."""

DEFAULT_FRAUD: Mapping[str, float] = {name: pattern.rate for name, pattern in PATTERNS.items()}
MOST_MONTHS, LEAST_SCALE, MOST_SCALE = 57, 0.01, 100.0
FIRST_START, LAST_MONTH = "2019-12", "2024-09"  # the zones and the monthly duties are in force throughout


@dataclass(frozen=True)
class Settings:
    """One world. ``scale`` 1: about 20,000 purchases a year; ``start``: its first month, ``YYYY-MM``.

    ``fraud``: pattern → rate (see :data:`PATTERNS`); patterns that are not named do not occur. ``noise``: whether
    honest people are late, ill and imprecise. Raises ValueError for what cannot be simulated.
    """

    seed: int
    months: int = 24
    scale: float = 1.0
    start: str = "2020-01"
    fraud: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_FRAUD))
    noise: bool = True

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"found the seed {self.seed}, expected 0 or more")
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.start):
            raise ValueError(f"found the first month {self.start!r}, expected YYYY-MM")
        if not 1 <= self.months <= MOST_MONTHS:
            raise ValueError(f"found {self.months} months, expected 1 to {MOST_MONTHS}")
        if self.start < FIRST_START or self.periods[-1] > LAST_MONTH:
            raise ValueError(f"found {self.start} to {self.periods[-1]}, expected {FIRST_START} to {LAST_MONTH}")
        if not LEAST_SCALE <= self.scale <= MOST_SCALE:
            raise ValueError(f"found the scale {self.scale}, expected {LEAST_SCALE:g} to {MOST_SCALE:g}")
        for name, rate in self.fraud.items():
            if name not in PATTERNS:
                raise ValueError(f"found the pattern {name!r}, expected one of {', '.join(PATTERNS)}")
            if not 0 <= rate <= 1:
                raise ValueError(f"found the rate {rate} of {name}, expected 0 to 1")

    @property
    def periods(self) -> list[str]:
        """The months of the world, ``YYYY-MM``."""
        first = int(self.start[:4]) * 12 + int(self.start[5:]) - 1
        return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, first + self.months)]

    @property
    def first_day(self) -> int:
        """The first day, as days since 1970-01-01."""
        return int(np.datetime64(f"{self.start}-01").astype(int))

    @property
    def last_day(self) -> int:
        """The last day, as days since 1970-01-01."""
        return (
            int((np.datetime64(self.periods[-1], "M") + np.timedelta64(1, "M")).astype("datetime64[D]").astype(int)) - 1
        )

    @property
    def monitoring_from(self) -> date:
        """The day monitoring begins: the first of the world."""
        return date.fromisoformat(f"{self.start}-01")

    def rate(self, pattern: str) -> float:
        """The rate of a pattern; 0 where it does not occur."""
        return float(self.fraud.get(pattern, 0.0))

    def stream(self, stage: str) -> np.random.Generator:
        """The random numbers of one stage. No stage's use of them moves another's."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(zlib.crc32(stage.encode()),))
        return np.random.Generator(np.random.PCG64(sequence))
