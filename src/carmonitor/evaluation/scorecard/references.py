"""Simple detectors that the scorecard stands beside. Each sees the same feature table and gives a score per row.

``features``: float columns, NaN where not known (taken as the column's median); ``groups``: one label per row, the
peer group. Larger scores are stranger. None of them judges a paper of the real trade.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Reference = Callable[[pd.DataFrame, pd.Series, int], Floats]
"""features, peer groups, seed → score per row."""

_LEAST_SPREAD = 1e-9
_MAD_TO_SIGMA = 1.4826
_FEW = 8  # a peer group smaller than this is compared with all rows


def robust_z(features: pd.DataFrame, groups: pd.Series, _seed: int = 0) -> Floats:
    """The largest |x - median| / (1.4826 MAD) of a row's features, within its peer group."""
    values = _filled(features)
    by = _grouped(values, groups)
    middle = values.groupby(by).transform("median")
    away = (values - middle).abs()
    spread = (away.groupby(by).transform("median") * _MAD_TO_SIGMA).clip(lower=_LEAST_SPREAD)
    overall = (away.median() * _MAD_TO_SIGMA).clip(lower=_LEAST_SPREAD)
    spread = spread.mask(spread <= _LEAST_SPREAD).fillna(overall)
    return cast(Floats, (away / spread).max(axis=1).to_numpy(np.float64))


def isolation_forest(features: pd.DataFrame, _groups: pd.Series, seed: int = 0) -> Floats:
    """scikit-learn's IsolationForest with its default settings but 200 trees."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 - slow to load

    forest = IsolationForest(n_estimators=200, random_state=seed)
    values = _filled(features).to_numpy(np.float64)
    return cast(Floats, -forest.fit(values).score_samples(values))


def ecod(features: pd.DataFrame, _groups: pd.Series, _seed: int = 0) -> Floats:
    """ECOD (Li, Zhao, Hu, Botta, Ionescu, Chen: IEEE TKDE 2022, Algorithm 1).

    Per feature the left tail F(x) = share of values ≤ x and the right tail = share of values ≥ x; a row's score is the
    largest of the sums over features of -log left, -log right, and -log of the tail on the side of the skew.
    """
    values = _filled(features).to_numpy(np.float64)
    n, width = values.shape
    left, right, skewed = np.zeros(n), np.zeros(n), np.zeros(n)
    for column in range(width):
        x = values[:, column]
        ranked = np.sort(x)
        low = -np.log(np.searchsorted(ranked, x, side="right") / n)
        high = -np.log((n - np.searchsorted(ranked, x, side="left")) / n)
        skew = ((x - x.mean()) ** 3).mean()
        left, right, skewed = left + low, right + high, skewed + (low if skew < 0 else high)
    return cast(Floats, np.maximum(np.maximum(left, right), skewed))


def quartile_price(features: pd.DataFrame, groups: pd.Series, _seed: int = 0) -> Floats:
    """How many interquartile ranges the first feature (the price) lies beyond the quartiles of its peer group."""
    price = _filled(features).iloc[:, 0]
    by = _grouped(price.to_frame(), groups)
    low, high = (by.map(price.groupby(by).quantile(share)) for share in (0.25, 0.75))
    spread = (high - low).clip(lower=_LEAST_SPREAD)
    below, above = ((low - price) / spread).to_numpy(np.float64), ((price - high) / spread).to_numpy(np.float64)
    return cast(Floats, np.maximum(below, above))


REFERENCES: dict[str, Reference] = {
    "robust z": robust_z,
    "IsolationForest": isolation_forest,
    "ECOD": ecod,
    "quartile price filter": quartile_price,
}


def _filled(features: pd.DataFrame) -> pd.DataFrame:
    """Without NaN: the column's median, 0 where nothing is known."""
    return features.astype("float64").fillna(features.median()).fillna(0.0).reset_index(drop=True)


def _grouped(values: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """Peer groups; those with too few rows become one."""
    by = pd.Series(groups.to_numpy(), index=values.index).fillna("?").astype("str")
    return by.where(by.map(by.value_counts()) >= _FEW, "few")
