"""Statistics that several detectors share, against plain oracles."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.detection.robust import (
    against_others,
    codes,
    jensen_shannon,
    mixture,
    rates_of_others,
    share_of_second,
    surprise,
)

WEST = np.array([0.62, 0.22, 0.11, 0.04, 0.008, 0.002])
EAST = np.array([0.42, 0.25, 0.19, 0.11, 0.022, 0.008])


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=20))
def test_a_value_is_measured_by_the_others_and_not_by_itself(values: list[int]) -> None:
    one = np.zeros(len(values), dtype=np.int64)
    found = against_others(np.array(values, dtype=float), one, np.arange(len(values)), 0.5)
    for i, value in enumerate(values):
        others = values[:i] + values[i + 1 :]
        low, middle, high = statistics.quantiles(others, method="inclusive")
        scale = max((high - low) / 1.349, 0.5)
        assert found["median"][i] == pytest.approx(middle)
        assert found["z"][i] == pytest.approx((value - middle) / scale, rel=1e-5)
        assert found["peers"][i] == len(others)


def test_alone_there_is_nothing_to_be_measured_by() -> None:
    found = against_others(np.array([3.0]), np.array([0]), np.array([0]), 0.5)
    assert math.isnan(found["z"][0])
    assert found["peers"][0] == 0


def test_the_rate_of_others_leaves_out_the_own_and_leans_on_the_overall_rate() -> None:
    hits, trials = np.array([10, 0, 5]), np.array([10, 10, 10])
    found = rates_of_others(hits, trials, np.zeros(3, dtype=np.int64), 10.0)
    assert found == pytest.approx([(5 + 5) / 30, (15 + 5) / 30, (10 + 5) / 30])


def test_more_hits_are_more_surprising_and_none_are_not() -> None:
    n = np.full(4, 20)
    found = surprise(np.array([0, 2, 6, 20]), n, np.full(4, 0.1), 30.0)
    assert found[0] == 0
    assert (np.diff(found) > 0).all()
    assert found[1] < 1
    assert found[3] > 6
    assert surprise(np.array([3]), np.array([3]), np.array([np.nan]), 30.0) == 0


@given(st.lists(st.integers(0, 9), min_size=6, max_size=6).filter(any))
def test_a_profile_has_no_divergence_from_itself_and_at_most_one_bit_from_another(counts: list[int]) -> None:
    own = np.array([counts], dtype=float)
    assert jensen_shannon(own, own)[0] == 0
    assert 0 <= jensen_shannon(own, WEST[None, :])[0] <= 1


@pytest.mark.parametrize("share", [0, 30, 100])
def test_the_share_of_the_east_is_found_where_the_counts_are_a_mixture(share: int) -> None:
    counts = ((WEST * (100 - share) + EAST * share) * 100)[None, :]
    found = mixture(counts, WEST[None, :], EAST, 1.0, 6.63).iloc[0]
    assert found["share"] == share
    assert found["low"] <= share <= found["high"]
    assert (found["deviance"] > 0) == (share > 0)


def test_a_wider_dispersion_gives_a_wider_interval() -> None:
    counts = ((WEST + EAST) * 200)[None, :]
    narrow, wide = (mixture(counts, WEST[None, :], EAST, d, 6.63).iloc[0] for d in (1.0, 4.0))
    assert wide["low"] < narrow["low"] <= narrow["share"] <= narrow["high"] < wide["high"]


def test_papers_of_two_sorts_are_told_apart() -> None:
    ratios = np.array([4.0] * 5 + [-4.0] * 15 + [-4.0] * 20)
    share, deviance, probability = share_of_second(ratios, np.repeat([0, 1], 20), 2)
    assert share == pytest.approx([0.25, 0.0], abs=0.03)
    assert deviance[0] > 3.84
    assert deviance[1] == pytest.approx(0, abs=0.05)
    assert (probability[:5] > 0.9).all()
    assert (probability[5:] < 0.1).all()


def test_codes_follow_values_whatever_the_order() -> None:
    frame = pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 1, 2]})
    assert codes(frame, "a", "b").tolist() == [0, 2, 1]
    empty: Any = codes(frame.iloc[:0], "a")
    assert empty.tolist() == []
