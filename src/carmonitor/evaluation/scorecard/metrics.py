"""How well a ranking finds what is there. Equal scores: the expected value over all orders they could stand in.

All functions take ``scores`` (float, larger is stranger, no NaN; -inf for subjects nothing was said about) and
``truth`` (bool) of the same length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def _ties(scores: Floats, truth: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each run of equal scores, the highest first: its size, its true ones, and how many of both stand before."""
    levels, at = np.unique(-scores, return_inverse=True)
    size = np.asarray(np.bincount(at, minlength=len(levels)), dtype=np.float64)
    weights = truth.astype(np.float64)
    true = np.asarray(np.bincount(at, weights=weights, minlength=len(levels)), dtype=np.float64)
    before = np.asarray(np.cumsum(size) - size, dtype=np.float64)
    return size, true, before, np.asarray(np.cumsum(true) - true, dtype=np.float64)


def looked_at(n: int, share: float) -> int:
    """How many of ``n`` a budget of a share allows: rounded up, and none of nothing."""
    return math.ceil(round(n * share, 9))


def expected_hits(scores: Floats, truth: Bools, k: float) -> float:
    """Expected number of true ones among the first ``k``."""
    size, true, before, _ = _ties(scores, truth)
    taken = np.clip(k - before, 0, size)
    return float((true * np.divide(taken, size, out=np.zeros_like(size), where=size > 0)).sum())


def precision_at(scores: Floats, truth: Bools, share: float) -> float:
    """Share of true ones among the first ``share`` of all; NaN of nothing."""
    k = looked_at(len(scores), share)
    return expected_hits(scores, truth, k) / k if k else math.nan


def recall_at(scores: Floats, truth: Bools, share: float) -> float:
    """Share of the true ones that stand among the first ``share`` of all; NaN where none is true."""
    total = int(truth.sum())
    return expected_hits(scores, truth, looked_at(len(scores), share)) / total if total else math.nan


def lift_at(scores: Floats, truth: Bools, share: float) -> float:
    """Precision over the share of true ones among all; NaN where none is true."""
    return precision_at(scores, truth, share) / float(truth.mean()) if truth.any() else math.nan


def average_precision(scores: Floats, truth: Bools) -> float:
    """Mean, over the true ones, of the precision at their place; NaN where none is true.

    In a run of n equal scores with m true ones, after N others with P true ones, place j holds a true one with
    probability m/n, and then P + 1 + (j - 1)(m - 1)/(n - 1) true ones are expected up to it.
    """
    total = float(truth.sum())
    if not total:
        return math.nan
    size, true, before, true_before = _ties(scores, truth)
    run = np.repeat(np.arange(len(size)), size.astype(np.int64))
    j = np.arange(len(scores)) - before[run] + 1
    others = np.maximum(size[run] - 1, 1)
    up_to = true_before[run] + 1 + (j - 1) * (true[run] - 1) / others
    return float((true[run] / size[run] * up_to / (before[run] + j)).sum() / total)


def mean_interval(values: Sequence[float], share: float = 0.95) -> tuple[float, float, float]:
    """Mean over seeds and its interval by Student's t; NaN values are left out, bounds NaN below two values."""
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to load

    known = np.asarray([v for v in values if not math.isnan(v)], dtype=np.float64)
    if not len(known):
        return math.nan, math.nan, math.nan
    mean = float(known.mean())
    if len(known) < 2:
        return mean, math.nan, math.nan
    half = float(stdtrit(len(known) - 1, 0.5 + share / 2)) * float(known.std(ddof=1)) / math.sqrt(len(known))
    return mean, mean - half, mean + half


def order_of(keys: Sequence[tuple[float, ...]]) -> Floats:
    """Sort keys (larger is stranger) as scores that order alike."""
    levels = {key: float(at) for at, key in enumerate(sorted(set(keys)))}
    return cast(Floats, np.asarray([levels[key] for key in keys], dtype=np.float64))
