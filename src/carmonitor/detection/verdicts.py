"""What reviewers decided on a detector's leads, and what the ranking makes of it (Beta-Binomial).

The share of a detector's leads that are true is given a Beta distribution: its mean before any verdict is the share of
true leads in simulation (``schemas/calibration.yaml``; 0.5 where there is none), and it weighs as much as PRIOR_WEIGHT
verdicts. Every closed case that a reviewer confirmed or explained moves it. Reviewers mostly see leads within the
budget, so it speaks of those; the cases drawn by chance (F26) are there to show what it does not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from carmonitor.detection.calibration import Calibration, beta_interval, logit

PRIOR_WEIGHT = 20.0
"""How many verdicts the share before any verdict weighs (project default)."""

LEAST_VERDICTS = 5
"""With fewer decided leads than this, the ranking does not use a detector's verdicts (project default)."""

UNKNOWN_PRECISION = 0.5
"""The share of true leads taken where no simulation tells it (project default)."""


@dataclass(frozen=True)
class Tally:
    """How a detector's leads fared, each lead counted once.

    ``raised``: ever stored; ``confirmed``, ``explained``, ``inconclusive`` (referred to a mission too): by the last
    closed case they are in; ``corrected``: the papers were put right; ``open``: the rest, in a case or not.
    """

    raised: int = 0
    confirmed: int = 0
    explained: int = 0
    inconclusive: int = 0
    corrected: int = 0

    @property
    def open(self) -> int:
        """Leads on which nothing was decided."""
        return self.raised - self.confirmed - self.explained - self.inconclusive - self.corrected

    @property
    def decided(self) -> int:
        """Leads that a reviewer confirmed or explained: the ones that tell something of the detector."""
        return self.confirmed + self.explained

    def precision(self, prior: float) -> float:
        """Share of true leads: mean of the Beta distribution. ``prior``: the share before any verdict."""
        return (PRIOR_WEIGHT * prior + self.confirmed) / (PRIOR_WEIGHT + self.decided)

    def interval(self, prior: float) -> tuple[float, float]:
        """The middle 95 % of that distribution."""
        return beta_interval(PRIOR_WEIGHT * prior + self.confirmed, PRIOR_WEIGHT * (1 - prior) + self.explained)


Verdicts = Mapping[str, tuple[int, int]]
"""Detector → leads confirmed, leads explained: what a run's ranking used."""


def used(tallies: Mapping[str, Tally]) -> dict[str, tuple[int, int]]:
    """The verdicts that a ranking may use: of detectors with enough of them."""
    return {i: (t.confirmed, t.explained) for i, t in sorted(tallies.items()) if t.decided >= LEAST_VERDICTS}


def prior_of(detector: str, calibration: Calibration) -> float:
    """The share of a detector's leads taken to be true before any verdict."""
    known = calibration.precision(detector)
    return UNKNOWN_PRECISION if known is None else known


def shift(detector: str, verdicts: Verdicts, calibration: Calibration) -> float:
    """What the verdicts add to the log odds of every lead of a detector; 0 without verdicts."""
    if detector not in verdicts:
        return 0.0
    prior = prior_of(detector, calibration)
    confirmed, explained = verdicts[detector]
    return logit(Tally(confirmed=confirmed, explained=explained).precision(prior)) - logit(prior)


def as_json(tally: Tally, prior: float) -> dict[str, Any]:
    """A tally with its precision and interval, as JSON values."""
    low, high = tally.interval(prior)
    return {
        **asdict(tally), "open": tally.open, "prior_precision": round(prior, 4), "prior_weight": PRIOR_WEIGHT,
        "precision": round(tally.precision(prior), 4), "interval": [round(low, 4), round(high, 4)],
        "used_by_ranking": tally.decided >= LEAST_VERDICTS,
    }  # fmt: skip
