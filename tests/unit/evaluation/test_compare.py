"""Comparing two results: every kind of difference, and which days count."""

from dataclasses import replace
from datetime import date

import pytest

from carmonitor.evaluation.compare import compare, within_days
from carmonitor.findings import Finding, Parameter

A = Finding(
    finding_id="F1", rule_id="M-06", outcome="breach", severity="E", subject_kind="certificate", subject_id="CF1",
    period="2021-02", regime="OF2019", part="carats", day=date(2021, 2, 16), evidence={"carats": "10.50", "n": [1, 2]},
    parameters=(Parameter("tolerance_percent", "0.1", "percent", "project-default"),), caveats=("gap",),
)  # fmt: skip
LEAD = replace(A, finding_id="F2", rule_id="F14", outcome="lead", severity="W", rank=1, score=2.5, in_budget=True)


def kinds(new: list[Finding], old: list[Finding]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.kind, c.finding.finding_id, c.what) for c in compare(new, old).changes]


def test_the_same_result_is_equal_whatever_its_order() -> None:
    same = compare([A, LEAD], [LEAD, A])
    assert same.equal
    assert same.counts == {
        "F14": {"added": 0, "removed": 0, "changed": 0, "restated": 0, "unchanged": 1},
        "M-06": {"added": 0, "removed": 0, "changed": 0, "restated": 0, "unchanged": 1},
    }


def test_added_is_in_the_candidate_only_and_removed_in_the_reference_only() -> None:
    assert kinds([A], []) == [("added", "F1", ())]
    assert kinds([], [A]) == [("removed", "F1", ())]
    assert compare([A], []).total("added") == 1
    assert not compare([A], []).equal


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"outcome": "lead"}, "outcome breach → lead"),
        ({"severity": "W"}, "severity E → W"),
        ({"part": "value"}, "part carats → value"),
        ({"regime": "KPCS"}, "regime OF2019 → KPCS"),
        ({"day": date(2021, 2, 17)}, "day 2021-02-16 → 2021-02-17"),
        ({"period": "2021-03"}, "period 2021-02 → 2021-03"),
        ({"reason": "blank:carats"}, "reason – → blank:carats"),
        ({"caveats": ()}, "caveats gap → –"),
        ({"in_budget": True}, "in_budget False → True"),
        ({"evidence": {"carats": "11.00", "n": [1, 2]}}, "carats 10.50 → 11.00"),
        ({"evidence": {"carats": "10.50"}}, "n 1, 2 → –"),
        ({"evidence": {**A.evidence, "more": "x"}}, "more – → x"),
    ],
)
def test_what_matters_is_changed_and_told(fields, said) -> None:
    assert kinds([replace(A, **fields)], [A]) == [("changed", "F1", (said,))]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"parameters": (replace(A.parameters[0], value="2"),)}, "tolerance_percent 0.1 → 2"),
        ({"parameters": (replace(A.parameters[0], basis="kpcs"),)}, "tolerance_percent project-default → kpcs"),
        ({"parameters": ()}, "tolerance_percent 0.1 → –"),
        ({"parameters": (*A.parameters, Parameter("more", 3, "", "kpcs"))}, "more – → 3"),
        ({"rank": 2}, "rank – → 2"),
        ({"score": 1.5}, "score – → 1.5"),
    ],
)
def test_what_is_only_shown_is_restated(fields, said) -> None:
    assert kinds([replace(A, **fields)], [A]) == [("restated", "F1", (said,))]


def test_a_change_tells_the_parameters_too() -> None:
    new = replace(A, severity="W", parameters=(replace(A.parameters[0], value="2"),))
    assert kinds([new], [A]) == [("changed", "F1", ("severity E → W", "tolerance_percent 0.1 → 2"))]


def test_rows_refs_and_tuples_for_lists_are_no_difference() -> None:
    stored = replace(A, refs=(7,), evidence={"n": (1, 2), "carats": "10.50"})
    assert compare([A], [stored]).equal


def test_changes_come_by_rule_then_kind_then_subject() -> None:
    other = replace(A, finding_id="F0", subject_id="CF0")
    said = kinds([LEAD, replace(A, severity="W"), other], [A, replace(A, finding_id="F9")])
    assert [i for _, i, _ in said] == ["F2", "F0", "F9", "F1"]


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (None, None, True),
        (date(2021, 2, 16), date(2021, 2, 16), True),
        (date(2021, 2, 17), None, False),
        (None, date(2021, 2, 15), False),
        (date(2021, 1, 1), None, True),
    ],
)
def test_a_day_lies_in_the_span_both_ends_included(since, until, counts) -> None:
    assert within_days(since, until)(A) is counts


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (date(2021, 2, 28), None, True),
        (date(2021, 3, 1), None, False),
        (None, date(2021, 2, 1), True),
        (None, date(2021, 1, 31), False),
    ],
)
def test_without_a_day_the_month_counts_when_it_touches_the_span(since, until, counts) -> None:
    assert within_days(since, until)(replace(A, day=None)) is counts


def test_what_is_undated_counts_only_without_a_span() -> None:
    undated = replace(A, day=None, period="undated")
    assert within_days(None, None)(undated)
    assert not within_days(date(1990, 1, 1), None)(undated)


def test_a_finding_that_moves_into_the_span_is_compared_not_added() -> None:
    moved = replace(A, day=date(2021, 3, 2))
    found = compare([moved], [A], within_days(date(2021, 3, 1), None))
    assert [(c.kind, c.what) for c in found.changes] == [("changed", ("day 2021-02-16 → 2021-03-02",))]
    assert compare([A], [A], within_days(date(2021, 3, 1), None)).counts == {}
