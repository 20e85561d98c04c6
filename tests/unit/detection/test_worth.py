"""What a lead is worth: by simulation where calibrated, by its place else; and what reviewers' verdicts do to it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from carmonitor.detection.calibration import Calibration, beta_interval, expit, logit
from carmonitor.detection.lists import budgets
from carmonitor.detection.ranking import rank_leads
from carmonitor.detection.verdicts import LEAST_VERDICTS, PRIOR_WEIGHT, Tally, prior_of, shift, used
from carmonitor.findings import Finding
from tests.unit.detection.test_ranking import TWO, lead, listed

YAML = """
synthetic: true
made_with: test
seeds: [101, 102]
months: 24
scale: 1.0
boards:
  purchase: {subjects: 999, fraud: 99}
tables:
- {detector: X1, part: '', board: purchase,
   bands: [{score: 4.0, leads: 99, fraud: 20}, {score: 8.0, leads: 99, fraud: 80}]}
- {detector: X2, part: '', board: purchase, bands: [{score: 1.0, leads: 49, fraud: 30}]}
"""
MADE = Calibration.parse(YAML.encode())
PRIOR = 99.5 / 1000
LOTS = {("purchase", "2021-Q1"): 1000}


def ranked(leads: list[Finding], **options: object) -> list[Finding]:
    return rank_leads(leads, TWO, LOTS, budget_percent=5, calibration=MADE, **options)  # type: ignore[arg-type]


def test_a_calibrated_lead_is_worth_what_such_leads_were() -> None:
    [found] = ranked([lead("X1", "A", 8.0)])
    assert found.score == pytest.approx(logit(80.5 / 100) - logit(PRIOR), rel=1e-5)
    assert found.evidence["probability"] == pytest.approx(0.805)
    assert found.evidence["probability_basis"] == "synthetic"
    assert found.evidence["probability_low"] < 0.805 < found.evidence["probability_high"]


@pytest.mark.parametrize(
    ("score", "odds"),
    [
        (0.0, logit(20.5 / 100)),
        (4.0, logit(20.5 / 100)),
        (6.0, (logit(20.5 / 100) + logit(80.5 / 100)) / 2),
        (99.0, logit(80.5 / 100)),
    ],
)
def test_log_odds_run_between_the_bands_and_stay_level_beyond(score: float, odds: float) -> None:
    worth = MADE.worth("X1", "", "purchase", score)
    assert worth is not None
    assert worth.log_ratio == pytest.approx(odds - logit(PRIOR))


def test_two_independent_groups_multiply_the_odds() -> None:
    a, b = ranked([lead("X1", "A", 8.0), lead("X2", "A", 1.0)])
    odds = logit(80.5 / 100) + logit(30.5 / 50) - logit(PRIOR)
    assert a.evidence["probability"] == b.evidence["probability"] == pytest.approx(expit(odds), abs=5e-4)


def test_where_one_group_is_not_calibrated_no_probability_is_told() -> None:
    known = replace(MADE, file=MADE.file.model_copy(update={"tables": MADE.file.tables[:1]}))  # type: ignore[union-attr]
    leads = [lead("X1", "A", 8.0), lead("X2", "A", 1.0)]
    found = rank_leads(leads, TWO, LOTS, budget_percent=5, calibration=known)
    assert all("probability" not in f.evidence for f in found)
    assert found[0].score == pytest.approx(logit(80.5 / 100) - logit(PRIOR) + math.log(1000), rel=1e-5)


def test_a_part_or_kind_the_table_does_not_know_is_worth_its_place() -> None:
    assert MADE.worth("X1", "dear", "purchase", 8.0) is None
    assert MADE.worth("X1", "", "certificate", 8.0) is None


def test_equal_worths_stand_in_the_order_of_their_places() -> None:
    """Both scores lie beyond the last band; the stranger goes first all the same."""
    assert listed(ranked([lead("X1", "A", 20.0), lead("X1", "B", 30.0)]))[0][0] == "B"


def test_a_table_that_does_not_say_it_is_synthetic_is_refused() -> None:
    with pytest.raises(ValidationError, match="synthetic"):
        Calibration.parse(YAML.replace("synthetic: true", "synthetic: false").encode())


def test_the_expected_share_of_false_leads_in_the_budget_is_told() -> None:
    """The budget of 20 lots is one subject: the one of probability 0.805."""
    leads = [lead("X1", "A", 8.0), lead("X1", "B", 4.0)]
    found = rank_leads(leads, TWO, {("purchase", "2021-Q1"): 20}, budget_percent=5, calibration=MADE)
    [told] = budgets(found)
    assert (told.kind, told.quarter, told.subjects, told.in_budget) == ("purchase", "2021-Q1", 2, 1)
    assert told.false_share == pytest.approx(0.195)


def test_without_calibration_no_share_of_false_leads_is_told() -> None:
    [told] = budgets(rank_leads([lead("X1", "A", 8.0)], TWO, LOTS, budget_percent=5))
    assert told.false_share is None


def test_certificates_are_all_in_the_budget_and_have_a_list_of_their_own() -> None:
    about = [
        replace(lead("X1", s, n), subject_kind="certificate") for s, n in (("CF1", 9.0), ("CF2", 5.0), ("CF3", 4.0))
    ]
    found = rank_leads([*about, lead("X1", "S1", 4.0)], TWO, LOTS, budget_percent=5)
    assert [(f.subject_id, f.rank, f.in_budget) for f in found] == [
        ("CF1", 1, True), ("CF2", 2, True), ("CF3", 3, True), ("S1", 1, True)]  # fmt: skip
    assert not any(f.in_budget for f in rank_leads(about, TWO, LOTS, budget_percent=0))


# Verdicts


def test_verdicts_move_the_odds_of_a_detector_and_are_shown() -> None:
    """Prior 20.5 + 80.5 … of 198 leads, weighing 20 verdicts; 0 confirmed and 20 explained halve it."""
    prior = (100 + 0.5) / 199
    assert prior_of("X1", MADE) == pytest.approx(prior)
    [plain] = ranked([lead("X1", "A", 8.0)])
    [moved] = ranked([lead("X1", "A", 8.0)], verdicts={"X1": (0, 20)})
    assert moved.score == pytest.approx((plain.score or 0) + logit(prior / 2) - logit(prior), rel=1e-4)
    assert moved.evidence["verdicts_used"] == [{"rule_id": "X1", "confirmed": 0, "explained": 20}]
    assert moved.evidence["probability"] < plain.evidence["probability"]
    assert "verdicts_used" not in plain.evidence


def test_verdicts_can_turn_the_order_of_two_detectors() -> None:
    leads = [lead("X1", "A", 9.0), lead("X2", "B", 9.0)]
    by_place = [f.subject_id for f in rank_leads(leads, TWO, LOTS, budget_percent=5, verdicts={"X1": (0, 30)})]
    assert by_place == ["B", "A"]
    assert [f.subject_id for f in rank_leads(leads, TWO, LOTS, budget_percent=5)] == ["A", "B"]


def test_a_joined_lead_shows_the_verdicts_of_all_that_found_it() -> None:
    same = {i: s.model_copy(update={"evidence_group": "price"}) for i, s in TWO.items()}
    leads = [lead("X1", "A", 9.0), lead("X2", "A", 9.0)]
    [joined] = rank_leads(leads, same, LOTS, budget_percent=5, verdicts={"X1": (4, 4), "X2": (1, 9)})
    assert [v["rule_id"] for v in joined.evidence["verdicts_used"]] == ["X1", "X2"]


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.01, 0.99))
def test_precision_lies_between_prior_and_what_was_decided(confirmed: int, explained: int, prior: float) -> None:
    tally = Tally(raised=1000, confirmed=confirmed, explained=explained)
    decided = confirmed / (confirmed + explained) if confirmed + explained else prior
    assert min(prior, decided) - 1e-9 <= tally.precision(prior) <= max(prior, decided) + 1e-9
    low, high = tally.interval(prior)
    assert 0 <= low < high <= 1


def test_the_interval_is_that_of_the_beta_distribution() -> None:
    """Beta(1, 1) is uniform; Beta(2, 1) has distribution function x²."""
    assert beta_interval(1, 1) == pytest.approx((0.025, 0.975))
    assert beta_interval(2, 1) == pytest.approx((math.sqrt(0.025), math.sqrt(0.975)))


def test_few_verdicts_are_not_used() -> None:
    tallies = {"X1": Tally(9, LEAST_VERDICTS - 1, 0, 4), "X2": Tally(9, 2, LEAST_VERDICTS - 2)}
    assert used(tallies) == {"X2": (2, LEAST_VERDICTS - 2)}


def test_a_detector_without_calibration_is_taken_to_be_right_half_the_time() -> None:
    assert shift("X9", {"X9": (10, 0)}, MADE) == pytest.approx(logit((PRIOR_WEIGHT / 2 + 10) / (PRIOR_WEIGHT + 10)))
    assert shift("X9", {}, MADE) == 0.0
