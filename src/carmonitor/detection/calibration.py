"""What a detector's score is worth: how often leads of like score were true, on simulated returns only.

No labelled data of this trade exists. The table (``schemas/calibration.yaml``) is therefore SYNTHETIC: it says how
often a lead was true in a simulated chain with fraud put in at known rates, and every probability taken from it is
called so.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from carmonitor.records.yamltext import parse_yaml

BASIS = "synthetic"
"""What a probability of this table is based on, as leads show it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(_Strict):
    """Leads of like score. ``score``: the middle one; ``fraud``: how many of ``leads`` were about simulated fraud."""

    score: float
    leads: Annotated[int, Field(ge=1)]
    fraud: Annotated[int, Field(ge=0)]

    @property
    def probability(self) -> float:
        """Mean of the Beta distribution of the share of true leads (Jeffreys' prior); never 0 or 1."""
        return (self.fraud + 0.5) / (self.leads + 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95 % of that distribution."""
        return beta_interval(self.fraud + 0.5, self.leads - self.fraud + 0.5)


class Table(_Strict):
    """The bands of one detector and part, in rising order of score."""

    detector: str
    part: str = ""
    board: str
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]


class Board(_Strict):
    """How many subjects of a kind were judged in the simulation, and how many of them were fraud."""

    subjects: Annotated[int, Field(ge=1)]
    fraud: Annotated[int, Field(ge=0)]

    @property
    def share(self) -> float:
        """The share of fraud; never 0 or 1."""
        return (self.fraud + 0.5) / (self.subjects + 1)


class _File(_Strict):
    synthetic: Literal[True]
    made_with: str
    seeds: tuple[int, ...]
    months: int
    scale: float
    boards: dict[str, Board]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Worth:
    """What one lead adds: ``log_ratio`` (log likelihood ratio of fraud), and the log ratios of the interval's ends."""

    log_ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """The table. Empty: nothing is calibrated, and leads are worth their place alone."""

    file: _File | None = None
    digest: str = ""

    @classmethod
    def parse(cls, content: bytes | None) -> Calibration:
        """Read the YAML; None is the empty one. Raises pydantic's ValidationError for what is not understood."""
        if content is None:
            return cls()
        return cls(_File.model_validate(parse_yaml(content.decode())), hashlib.sha256(content).hexdigest())

    def prior(self, board: str) -> float | None:
        """Log odds that a subject of a kind is fraud before anything is known of it; None where not calibrated."""
        known = self.file.boards.get(board) if self.file else None
        return logit(known.share) if known else None

    def worth(self, detector: str, part: str, board: str, score: float) -> Worth | None:
        """What a lead of this score is worth; None where the table does not know its detector, part and board.

        Log odds are interpolated between the bands' middle scores, and stay level beyond the first and last of them.
        The interval is that of the nearest band below.
        """
        bands, prior = self._bands.get((detector, part, board)), self.prior(board)
        if bands is None or prior is None:
            return None
        scores = [band.score for band in bands]
        at = bisect_left(scores, score)
        if at == 0 or at == len(bands):
            odds = logit(bands[min(at, len(bands) - 1)].probability)
        else:
            low, high = bands[at - 1], bands[at]
            part_of = (score - low.score) / (high.score - low.score)
            odds = logit(low.probability) * (1 - part_of) + logit(high.probability) * part_of
        nearest = bands[at] if at < len(bands) and scores[at] == score else bands[max(at - 1, 0)]
        ends = [logit(end) for end in nearest.interval]
        return Worth(odds - prior, min(odds, ends[0]) - prior, max(odds, ends[1]) - prior)

    def precision(self, detector: str) -> float | None:
        """The share of all the detector's simulated leads that were true; None where not calibrated."""
        tables = [t for t in self.file.tables if t.detector == detector] if self.file else []
        leads = sum(band.leads for t in tables for band in t.bands)
        return (sum(band.fraud for t in tables for band in t.bands) + 0.5) / (leads + 1) if leads else None

    @cached_property
    def _bands(self) -> Mapping[tuple[str, str, str], tuple[Band, ...]]:
        return {(t.detector, t.part, t.board): t.bands for t in self.file.tables} if self.file else {}


def logit(probability: float) -> float:
    """Log odds."""
    return math.log(probability) - math.log1p(-probability)


def expit(log_odds: float) -> float:
    """The probability of log odds."""
    return 1 / (1 + math.exp(-log_odds)) if log_odds >= 0 else math.exp(log_odds) / (1 + math.exp(log_odds))


def beta_interval(a: float, b: float, share: float = 0.95) -> tuple[float, float]:
    """The middle ``share`` of a Beta(a, b) distribution."""
    from scipy.special import betaincinv  # noqa: PLC0415 - slow to load

    tail = (1 - share) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))
