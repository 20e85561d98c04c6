"""Figures of a ranking, with equal scores at the expected value over all their orders."""

from __future__ import annotations

import math
from itertools import pairwise, permutations
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.evaluation.scorecard import metrics

LISTS = st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0, -np.inf]), st.booleans()), min_size=1, max_size=6)


def arrays(rows: list[tuple[float, bool]]) -> tuple[metrics.Floats, metrics.Bools]:
    scores, truth = zip(*rows, strict=True)
    return np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=bool)


def orders(rows: list[tuple[float, bool]]) -> list[list[bool]]:
    """The truth in every order that agrees with the scores."""
    found = [p for p in permutations(rows) if all(a[0] >= b[0] for a, b in pairwise(p))]
    return [[true for _, true in order] for order in found]


@given(LISTS, st.sampled_from([0.01, 0.1, 0.25, 0.5, 1.0]))
def test_hits_are_the_mean_over_all_orders_of_equal_scores(rows: list[tuple[float, bool]], share: float) -> None:
    scores, truth = arrays(rows)
    k = math.ceil(len(rows) * share)
    hits = mean(sum(order[:k]) for order in orders(rows))
    assert metrics.precision_at(scores, truth, share) == pytest.approx(hits / k)
    if truth.any():
        assert metrics.recall_at(scores, truth, share) == pytest.approx(hits / truth.sum())
        assert metrics.lift_at(scores, truth, share) == pytest.approx(hits / k / truth.mean())


@given(LISTS.filter(lambda rows: any(true for _, true in rows)))
def test_average_precision_is_the_mean_over_all_orders_of_equal_scores(rows: list[tuple[float, bool]]) -> None:
    def of(order: list[bool]) -> float:
        return mean(sum(order[: n + 1]) / (n + 1) for n, true in enumerate(order) if true)

    expected = mean(of(order) for order in orders(rows))
    assert metrics.average_precision(*arrays(rows)) == pytest.approx(expected)


def test_without_a_true_one_there_is_no_recall_lift_or_average_precision() -> None:
    scores, truth = np.array([1.0, 2.0]), np.array([False, False])
    of = (
        metrics.average_precision(scores, truth),
        metrics.recall_at(scores, truth, 1),
        metrics.lift_at(scores, truth, 1),
    )
    assert all(math.isnan(value) for value in of)
    assert metrics.precision_at(scores, truth, 0.5) == 0.0


@pytest.mark.parametrize(
    ("n", "share", "k"), [(100, 0.05, 5), (101, 0.05, 6), (3, 0.01, 1), (0, 0.05, 0), (300, 0.01, 3)]
)
def test_a_budget_is_rounded_up(n: int, share: float, k: int) -> None:
    assert metrics.looked_at(n, share) == k


def test_the_interval_is_students() -> None:
    """1, 2, 3: mean 2, deviation 1, t(0.975, 2) = 4.3027."""
    found, low, high = metrics.mean_interval([1.0, 2.0, math.nan, 3.0])
    assert (found, low, high) == pytest.approx((2.0, 2 - 4.30265 / math.sqrt(3), 2 + 4.30265 / math.sqrt(3)), rel=1e-4)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found, low, high = metrics.mean_interval([0.4])
    assert found == 0.4
    assert math.isnan(low)
    assert math.isnan(high)


def test_keys_order_as_they_compare() -> None:
    keys = [(1.0, -2.0), (3.0, 0.0), (1.0, -1.0), (1.0, -2.0)]
    assert list(metrics.order_of(keys)) == [0.0, 2.0, 1.0, 0.0]
