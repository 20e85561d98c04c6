"""F26: leads joined, ranked per quarter under a review budget, and the draw by chance beside them."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.detection import detect, draw, rank
from carmonitor.detection.lists import lots_per_quarter, quarter_of_month
from carmonitor.detection.ranking import is_closed, rank_leads
from carmonitor.findings import Finding, Outcome, finding_id
from carmonitor.framework.checks import CheckSpec, detector
from carmonitor.framework.fitting import check_implementations
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, peers, slip


def spec(check_id: str, group: str = "", status: str = "active") -> CheckSpec:
    """F14's specification under another name and evidence group."""
    return SPECS["F14"].model_copy(update={"id": check_id, "evidence_group": group, "status": status})


TWO = {"X1": spec("X1", "price"), "X2": spec("X2", "size")}


def lead(
    rule_id: str,
    subject: str,
    score: float | None,
    *,
    period: str = "2021-02",
    part: str = "",
    refs: tuple[int, ...] = (),
    outcome: Outcome = "lead",
) -> Finding:
    number = finding_id(rule_id, "purchase", subject, part, period)
    return Finding(
        number, rule_id, outcome, "W", "purchase", subject, period, "OF2019", part=part, score=score, refs=refs
    )


def listed(findings: list[Finding]) -> list[tuple[str, int | None, bool]]:
    return [(f.subject_id, f.rank, f.in_budget) for f in findings]


def test_the_strangest_comes_first_and_the_budget_is_a_share_of_the_lots() -> None:
    """5 % of 59 lots is 2.95: two are reviewed."""
    leads = [lead("X1", "A", 4.0), lead("X1", "B", 9.0), lead("X1", "C", 5.0)]
    ranked = rank_leads(leads, TWO, {("purchase", "2021-Q1"): 59}, budget_percent=5)
    assert listed(ranked) == [("B", 1, True), ("C", 2, True), ("A", 3, False)]


@pytest.mark.parametrize(
    ("percent", "lots", "reviewed"), [(5, 19, 1), (5, 40, 2), (0, 1000, 0), (100, 3, 3), (5, 0, 1)]
)
def test_at_least_one_lead_a_quarter_is_reviewed_unless_nothing_shall_be(
    percent: int, lots: int, reviewed: int
) -> None:
    leads = [lead("X1", s, float(i)) for i, s in enumerate("ABC")]
    ranked = rank_leads(leads, TWO, {("purchase", "2021-Q1"): lots}, budget_percent=percent)
    assert sum(f.in_budget for f in ranked) == reviewed


def test_every_quarter_has_its_own_list() -> None:
    leads = [
        lead("X1", s, n, period=p) for s, n, p in [("A", 9.0, "2021-03"), ("B", 4.0, "2021-04"), ("C", 5.0, "2021-01")]
    ]
    assert listed(rank_leads(leads, TWO, {}, budget_percent=5)) == [("A", 1, True), ("C", 2, False), ("B", 1, True)]


def test_equal_leads_stand_in_the_order_of_their_subjects() -> None:
    leads = [lead("X1", s, 4.0) for s in "CAB"]
    assert [f.subject_id for f in rank_leads(leads, TWO, {}, budget_percent=5)] == ["A", "B", "C"]


def test_a_place_among_the_lots_is_worth_its_log_odds() -> None:
    ranked = rank_leads(
        [lead("X1", "A", 4.0), lead("X1", "B", 9.0)], TWO, {("purchase", "2021-Q1"): 99}, budget_percent=5
    )
    assert [f.score for f in ranked] == pytest.approx([math.log(99), math.log(98 / 2)], rel=1e-5)


def test_scores_of_detectors_are_not_compared_only_their_places() -> None:
    """A thousand on one detector's scale is no stranger than 0.2 on another's."""
    ranked = rank_leads(
        [lead("X1", "B", 1000.0), lead("X2", "A", 0.2)], TWO, {("purchase", "2021-Q1"): 50}, budget_percent=5
    )
    assert ranked[0].score == ranked[1].score
    assert [f.subject_id for f in ranked] == ["A", "B"]


def test_independent_groups_about_one_subject_add_up() -> None:
    """Second on two lists goes before first on one; both its leads have its rank."""
    leads = [lead("X1", "A", 9.0), lead("X1", "B", 5.0), lead("X2", "C", 9.0), lead("X2", "B", 5.0)]
    ranked = rank_leads(leads, TWO, {("purchase", "2021-Q1"): 100}, budget_percent=1)
    assert listed(ranked) == [("B", 1, True), ("B", 1, True), ("A", 2, False), ("C", 3, False)]
    assert ranked[0].score == pytest.approx(2 * math.log(99 / 2), rel=1e-5)


def test_leads_of_one_group_about_one_subject_and_period_are_one_lead_and_count_once() -> None:
    same = {"X1": spec("X1", "price"), "X2": spec("X2", "price")}
    leads = [lead("X2", "A", 9.0, refs=(7, 8)), lead("X1", "A", 4.0, refs=(8, 3)), lead("X1", "B", 5.0)]
    ranked = rank_leads(leads, same, {("purchase", "2021-Q1"): 100}, budget_percent=5)
    assert [(f.rule_id, f.subject_id) for f in ranked] == [("X1", "A"), ("X1", "B")]
    said = {"also_found_by": ["X2"], "place_in_list": 2, "lots_in_quarter": 100}
    assert (ranked[0].evidence, ranked[0].refs) == (said, (3, 7, 8))
    assert ranked[0].score == pytest.approx(math.log(100), rel=1e-5)
    assert ranked[0].finding_id == leads[1].finding_id


def test_two_parts_of_one_detector_about_one_subject_are_one_lead() -> None:
    leads = [lead("X1", "A", 4.0, part="value"), lead("X1", "A", 5.0, part="stones")]
    [joined] = rank_leads(leads, TWO, {}, budget_percent=5)
    assert (joined.part, joined.evidence["also_found_by"]) == ("stones", ["X1:value"])


@pytest.mark.parametrize("stranger", ["2021-02", "2021-03"])
def test_one_group_in_two_months_of_a_quarter_stays_two_leads_but_only_the_stranger_counts(stranger: str) -> None:
    leads = [lead("X1", "A", 5.0 if p == stranger else 4.0, period=p) for p in ("2021-02", "2021-03")]
    ranked = rank_leads(leads, TWO, {("purchase", "2021-Q1"): 100}, budget_percent=5)
    assert [f.score for f in ranked] == pytest.approx([math.log(100)] * 2, rel=1e-5)
    assert [f.rank for f in ranked] == [1, 1]


def test_rule_leads_breaches_and_what_was_not_evaluated_stand_outside_ranks_and_budget() -> None:
    rules = {**TWO, "S-01": spec("S-01", "price")}
    others = [
        lead("S-01", "B", None),
        lead("D-03", "A", None, outcome="breach"),
        lead("X1", "A", None, outcome="not_evaluated"),
    ]
    ranked = rank_leads([*others, lead("X1", "A", 4.0)], rules, {}, budget_percent=5)
    assert ranked[:3] == others
    assert listed(ranked[3:]) == [("A", 1, True)]


def test_a_rules_lead_takes_in_its_twin() -> None:
    rules = {**TWO, "S-01": spec("S-01", "price")}
    [joined] = rank_leads(
        [lead("S-01", "A", None, refs=(1,)), lead("X1", "A", 4.0, refs=(2,))], rules, {}, budget_percent=5
    )
    assert (joined.rule_id, joined.rank, joined.score, joined.refs) == ("S-01", None, None, (1, 2))
    assert joined.evidence == {"also_found_by": ["X1"]}


def test_detectors_on_trial_get_no_rank_and_take_no_place() -> None:
    specs = {"X1": spec("X1", "price", "shadow"), "X2": TWO["X2"]}
    ranked = rank_leads([lead("X1", "A", 9.0), lead("X2", "B", 1.0)], specs, {}, budget_percent=5)
    assert listed(ranked) == [("A", None, False), ("B", 1, True)]


LEADS = st.lists(
    st.builds(
        lead,
        st.sampled_from(["X1", "X2"]),
        st.sampled_from("ABCDE"),
        st.sampled_from([3.5, 4.0, 4.5]),
        period=st.sampled_from(["2021-01", "2021-02", "2021-05", "undated"]),
    ),
    unique_by=lambda f: f.finding_id,
)


@given(LEADS, st.randoms(use_true_random=False))
def test_the_order_in_which_leads_come_changes_nothing(leads: list[Finding], random: Random) -> None:
    mixed = random.sample(leads, len(leads))
    lots = {("purchase", "2021-Q1"): 40}
    assert rank_leads(leads, TWO, lots, budget_percent=5) == rank_leads(mixed, TWO, lots, budget_percent=5)


@given(LEADS)
def test_ranks_run_from_one_without_gaps_and_no_lead_is_lost(leads: list[Finding]) -> None:
    ranked = rank_leads(leads, TWO, {("purchase", "2021-Q1"): 40}, budget_percent=5)
    assert Counter(f.finding_id for f in ranked) == Counter(f.finding_id for f in leads)
    for quarter in {quarter_of_month(f.period) for f in ranked}:
        ranks = {f.rank for f in ranked if quarter_of_month(f.period) == quarter}
        assert ranks == set(range(1, len(ranks) + 1))


def test_lots_are_distinct_slips_and_issued_certificates_of_the_quarter() -> None:
    e = evidence(
        purchase=[
            slip("S1", 1),
            slip("S1", 2),
            slip("S2", 1, purchase_date="2021-03-31"),
            slip("S3", 1, purchase_date=None),
        ],
        shipment=[
            {"certificate_number": "CF1", "issue_date": "2021-04-01", "status": "issued"},
            {"certificate_number": "CF2", "issue_date": "2021-04-01", "status": "void"},
        ],
    )  # fmt: skip
    lots = lots_per_quarter(e)
    assert {k: n for k, n in lots.items() if k[0] in ("purchase", "certificate")} == {
        ("purchase", "2021-Q1"): 2,
        ("certificate", "2021-Q2"): 1,
        ("purchase", "undated"): 1,
    }
    assert lots["actor_quarter", "2021-Q1"] == 1
    assert lots["parcel", "2021-Q2"] == 1


def test_what_detectors_find_comes_back_ranked() -> None:
    e = evidence(purchase=[slip("S1", 1700), slip("S2", 9000, "C-02"), *peers()])
    found = detect(e, SPECS, RULEBOOK.regimes).findings
    ranked = [f for f in rank(found, SPECS, e, budget_percent=5) if f.outcome == "lead"]
    assert listed(ranked) == [("S2", 1, True), ("S1", 2, True)]  # 5 % of 42 lots


def test_a_detector_that_is_off_does_not_run() -> None:
    off = {"F14": SPECS["F14"].model_copy(update={"status": "off"})}
    assert detect(evidence(purchase=[slip("S1", 1)]), off, RULEBOOK.regimes).coverage == []


def test_every_detector_has_a_specification_that_fits_it() -> None:
    assert check_implementations(SPECS, detector.checks) == []
    assert all(s.outcome == "lead" and s.evidence_group for s in SPECS.values())


NUMBERS = st.lists(st.integers(1, 500).map(lambda n: f"CF{n:06}"), max_size=30)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_draw_does_not_depend_on_the_order_of_the_certificates(numbers: list[str], random: Random) -> None:
    drawn = draw("2021-Q1", "seed", numbers, 3)
    assert drawn == draw("2021-Q1", "seed", [*random.sample(numbers, len(numbers)), *numbers], 3)
    assert len(drawn) == min(3, len(set(numbers)))
    assert set(drawn) <= set(numbers)


def test_another_seed_or_quarter_draws_others() -> None:
    numbers = [f"CF{n:06}" for n in range(200)]
    draws = [draw(q, s, numbers, 10) for q in ("2021-Q1", "2021-Q2") for s in ("a", "b")]
    assert len({tuple(d) for d in draws}) == 4


def test_seed_and_quarter_do_not_run_into_each_other() -> None:
    numbers = [f"CF{n:06}" for n in range(200)]
    assert draw("2021-Q1", "a2021-Q1", numbers, 10) != draw("2021-Q12021-Q1", "a", numbers, 10)


def test_the_draw_favours_nobody() -> None:
    """1,000 draws of 1 in 10: each certificate is drawn about 100 times (outside 50…150 once in a million)."""
    numbers = [f"CF{n}" for n in range(10)]
    drawn = Counter(draw("2021-Q1", str(seed), numbers, 1)[0] for seed in range(1000))
    assert len(drawn) == 10
    assert all(50 <= times <= 150 for times in drawn.values())


def test_the_draw_of_the_default_setting_never_changes() -> None:
    """A drawn sample must be repeatable years later: this list may never change."""
    assert draw("2021-Q1", "carmonitor", [f"CF{n:06}" for n in range(1, 21)], 3) == ["CF000016", "CF000018", "CF000020"]


@pytest.mark.parametrize(
    ("day", "closed"), [(date(2021, 3, 30), False), (date(2021, 3, 31), True), (date(2021, 4, 1), True)]
)
def test_a_quarter_is_closed_at_the_end_of_its_last_day(day: date, closed: bool) -> None:
    assert is_closed("2021-Q1", day) is closed


@pytest.mark.parametrize(
    ("period", "quarter"), [("2021-01", "2021-Q1"), ("2021-12", "2021-Q4"), ("undated", "undated")]
)
def test_months_fall_into_quarters(period: str, quarter: str) -> None:
    assert quarter_of_month(period) == quarter
