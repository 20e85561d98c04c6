"""Fraud in parcels and certificates."""

from __future__ import annotations

import numpy as np

from carmonitor.simulation.work import PATTERN_CODES, Work


def take_exports(w: Work, rng: np.random.Generator, rate: float, usable: np.ndarray) -> np.ndarray:
    """About ``rate`` of all exports, at least one, of those that are usable and that no pattern uses yet."""
    free = np.setdiff1d(usable, list(w.used_exports))
    count = min(max(int(np.floor(rate * len(w.exports) + rng.random())), 1), len(free))
    chosen = np.sort(rng.choice(free, count, replace=False)) if count else free[:0]
    w.used_exports.update(int(e) for e in chosen)
    return chosen


def undervalued_exports(w: Work, rng: np.random.Generator, rate: float) -> None:
    """The exporter declares much less than the stones are worth, and has them valued so. (fraud.md C5, C18)"""
    chosen = take_exports(w, rng, rate, np.arange(len(w.exports)))
    value = w.exports["value"].to_numpy().copy()
    value[chosen] *= rng.uniform(0.5, 0.72, len(chosen))
    pattern = w.exports["pattern"].to_numpy().copy()
    pattern[chosen] = PATTERN_CODES["undervalued_exports"]
    w.exports = w.exports.assign(value=value, pattern=pattern)
