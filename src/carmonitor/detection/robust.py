"""Robust statistics that several detectors share: peers without oneself, tails of counts, mixtures of two profiles.

All are vectorised over groups and give the same for every order of the rows. Floating point, as a detector may; what
is compared with a threshold is first rounded to 6 significant digits (:func:`carmonitor.detection.price.six_digits`).
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.detection.price import leave_one_out_quartiles, six_digits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
IQR_OF_NORMAL = 1.349
"""Interquartile range of the normal law, in standard deviations."""
SHARES = np.linspace(0.0, 1.0, 101)
"""The shares a mixture is tried at: whole percents."""


def codes(frame: pd.DataFrame, *columns: str) -> Ints:
    """One whole number from 0 for each distinct combination, in the order of their values. No nulls allowed."""
    if not len(frame):
        return np.zeros(0, dtype=np.int64)
    return np.asarray(frame.groupby(list(columns), sort=True).ngroup(), dtype=np.int64)


def against_others(values: Floats, groups: Ints, owners: Ints, least_scale: float) -> pd.DataFrame:
    """Each value against those of the other owners of its group.

    ``owners``: codes from 0, each within one group only. Columns: ``median`` and ``scale`` of the others (interquartile
    range ÷ 1.349, at least ``least_scale``), ``z`` (value less median, over scale), ``peers`` (int64: how many values
    the others have). NaN where there is no other.
    """
    low, middle, high, peers = leave_one_out_quartiles(values, groups, owners)
    scale = np.maximum((high - low) / IQR_OF_NORMAL, least_scale)
    with np.errstate(invalid="ignore"):
        z = six_digits((values - middle) / scale)
    return pd.DataFrame({"median": middle, "scale": scale, "z": z, "peers": peers})


def rates_of_others(hits: Ints, trials: Ints, groups: Ints, prior: float) -> Floats:
    """Rate of hits of the other members of each group; ``prior``: trials at the overall rate that are added to them.

    ``hits``, ``trials``: one number per member. NaN where nobody has a trial.
    """
    size = int(groups.max()) + 1 if len(groups) else 0
    all_hits = np.bincount(groups, hits, size)[groups] - hits
    all_trials = np.bincount(groups, trials, size)[groups] - trials
    overall = hits.sum() / trials.sum() if trials.sum() else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return cast(Floats, (all_hits + prior * overall) / (all_trials + prior))


def surprise(hits: Ints, trials: Ints, rate: Floats, spread: float) -> Floats:
    """-log10 of the chance of at least so many hits among the trials, if each member's rate varied around ``rate``.

    Beta-binomial: members' rates vary as a beta law of mean ``rate`` and ``spread`` pseudo-trials (the smaller, the
    more members differ). 0 where there are no trials or the rate is not known; at most 300.
    """
    safe = np.clip(np.nan_to_num(rate, nan=0.5), 1e-6, 1 - 1e-6)
    tail = np.ones(len(hits))
    for k in np.flatnonzero((trials > 0) & (hits > 0) & ~np.isnan(rate)):
        tail[k] = _tail(int(hits[k]), int(trials[k]), safe[k] * spread, (1 - safe[k]) * spread)
    return six_digits(np.maximum(0.0, -np.log10(np.clip(tail, 1e-300, 1.0))))


def _tail(hits: int, trials: int, a: float, b: float) -> float:
    """Chance of at least so many hits, each as likely as a beta law of these pseudo-hits and pseudo-misses says."""
    from scipy.special import betaln  # noqa: PLC0415 - loaded only where detectors run

    k = np.arange(hits, dtype="float64")
    fewer = np.exp(-np.log(trials + 1) - betaln(trials - k + 1, k + 1) + betaln(k + a, trials - k + b) - betaln(a, b))
    return float(1.0 - np.sum(fewer))


def jensen_shannon(one: Floats, other: Floats) -> Floats:
    """Jensen-Shannon divergence in bits of each row's distribution from the other's: 0 = alike, 1 = nothing shared."""
    p, q = _shares(one), _shares(other)
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(p > 0, p * np.log2(p / middle), 0.0) + np.where(q > 0, q * np.log2(q / middle), 0.0)
    return six_digits(np.maximum(0.0, bits.sum(axis=1) / 2))


def mixture(counts: Floats, base: Floats, other: Floats, dispersion: float, drop: float) -> pd.DataFrame:
    """The share of ``other`` in a mixture with ``base`` that explains each row's counts best, with its interval.

    ``counts``: rows × classes; ``base``: rows × classes, shares that add up to 1, none of them 0; ``other``: shares of
    the classes. Multinomial likelihood, divided by ``dispersion`` (1 = independent stones); the interval holds every
    share whose twice log likelihood lies at most ``drop`` below the best (3.84: 95 %). Shares are tried in whole
    percents. Columns: ``share``, ``low``, ``high`` (whole percents, int64), ``deviance`` (twice the log likelihood
    gained over a share of 0).
    """
    n = len(counts)
    likelihood = np.zeros((n, len(SHARES)))
    for k in range(counts.shape[1]):
        mixed = base[:, [k]] * (1 - SHARES) + other[k] * SHARES
        likelihood += counts[:, [k]] * np.log(mixed)
    likelihood *= 2 / dispersion
    best = likelihood.max(axis=1, keepdims=True) if n else np.zeros((0, 1))
    near = likelihood >= best - drop
    last = len(SHARES) - 1
    return pd.DataFrame({
        "share": likelihood.argmax(axis=1) if n else np.zeros(0, dtype=np.int64),
        "low": near.argmax(axis=1) if n else np.zeros(0, dtype=np.int64),
        "high": last - near[:, ::-1].argmax(axis=1) if n else np.zeros(0, dtype=np.int64),
        "deviance": six_digits((best[:, 0] - likelihood[:, 0]) if n else np.zeros(0)),
    })  # fmt: skip


def share_of_second(ratios: Floats, groups: Ints, size: int, steps: int = 60) -> tuple[Floats, Floats, Floats]:
    """Papers that are each of a first or a second sort: the share of the second in each group, by the EM algorithm.

    ``ratios``: log likelihood of the second sort less that of the first, per paper; ``size``: number of groups. Gives
    per group the share and twice the log likelihood gained over a share of 0, and per paper the probability that it is
    of the second sort.
    """
    n = np.maximum(np.bincount(groups, minlength=size), 1)
    odds = np.exp(np.clip(ratios, -50.0, 50.0))
    share = np.full(size, 0.2)
    for _ in range(steps):
        own = share[groups]
        share = np.bincount(groups, own * odds / (own * odds + 1 - own), size) / n
    own = share[groups]
    gained = np.bincount(groups, np.log(own * odds + 1 - own), size)
    return share, six_digits(np.maximum(0.0, 2 * gained)), own * odds / (own * odds + 1 - own)


def _shares(counts: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return cast(Floats, np.nan_to_num(counts / counts.sum(axis=1, keepdims=True)))
