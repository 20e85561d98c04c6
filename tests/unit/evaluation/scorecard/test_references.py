"""Simple detectors beside the engine: each finds what it is made for, and nothing hangs on the order of rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from carmonitor.evaluation.scorecard.references import REFERENCES, ecod, quartile_price, robust_z


def table(rows: int = 60) -> tuple[pd.DataFrame, pd.Series]:
    """Two features and two peer groups of very different prices; row 7 is cheap in its own group only."""
    rng = np.random.default_rng(3)
    groups = pd.Series(np.where(np.arange(rows) % 2, "a", "b"))
    price = np.where(groups == "a", 10.0, 2.0) + rng.normal(0, 0.1, rows)
    price[7] = 6.0
    return pd.DataFrame({"price": price, "weight": rng.normal(0, 1, rows)}), groups


@pytest.mark.parametrize("name", ["robust z", "quartile price filter"])
def test_a_price_strange_among_its_peers_is_the_strangest(name: str) -> None:
    features, groups = table()
    assert int(REFERENCES[name](features, groups, 0).argmax()) == 7


@pytest.mark.parametrize("name", ["IsolationForest", "ECOD", "robust z"])
def test_a_row_far_from_all_others_is_the_strangest(name: str) -> None:
    features, groups = table()
    features.loc[20] = [40.0, 9.0]
    assert int(REFERENCES[name](features, groups, 0).argmax()) == 20


@pytest.mark.parametrize("name", ["ECOD", "robust z", "quartile price filter"])
def test_the_order_of_rows_changes_nothing(name: str) -> None:
    features, groups = table()
    mixed = np.random.default_rng(1).permutation(len(features))
    again = REFERENCES[name](features.iloc[mixed], groups.iloc[mixed], 0)
    assert again == pytest.approx(REFERENCES[name](features, groups, 0)[mixed])


def test_ecod_is_what_was_published() -> None:
    """Written out row by row for one feature skewed to the right."""
    values = [1.0, 2.0, 2.0, 10.0]
    features = pd.DataFrame({"x": values})
    left = [-math.log(sum(v <= x for v in values) / 4) for x in values]
    right = [-math.log(sum(v >= x for v in values) / 4) for x in values]
    expected = [max(a, b, b) for a, b in zip(left, right, strict=True)]
    assert ecod(features, pd.Series(["a"] * 4)) == pytest.approx(expected)


def test_the_quartile_filter_counts_interquartile_ranges() -> None:
    """0…8: quartiles 2 and 6. 8 lies half a range above; the median one half below both."""
    found = quartile_price(pd.DataFrame({"price": np.arange(9.0)}), pd.Series(["a"] * 9))
    assert (found[8], found[4]) == pytest.approx((0.5, -0.5))


def test_what_is_unknown_counts_as_the_middle() -> None:
    features, groups = table()
    features.loc[4, "weight"] = np.nan
    features["never"] = np.nan
    assert np.isfinite(robust_z(features, groups)).all()


def test_the_forest_is_seeded() -> None:
    features, groups = table()
    forest = REFERENCES["IsolationForest"]
    assert (forest(features, groups, 5) == forest(features, groups, 5)).all()
    assert (forest(features, groups, 5) != forest(features, groups, 6)).any()
