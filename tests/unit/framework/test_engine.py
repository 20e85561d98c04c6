"""The engine: the contract of the checked frame, composite rules, subjects of several kinds and rows without a day."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from carmonitor.framework.checks import Check, CheckSpec, Registry
from carmonitor.framework.engine import Focus, Subjects, evaluate
from carmonitor.records.columns import same_text
from tests.evidence_builder import evidence
from tests.unit.framework.rule_cases import RULEBOOK

SPEC = {
    "id": "X-01",
    "title": {"en": "t", "fr": "t"},
    "outcome": "breach",
    "severity": "W",
    "subject_kind": "certificate",
    "basis": ["heuristic"],
    "certainty": "N",
    "source": {"title": "none"},
    "message": {"en": "m", "fr": "m"},
}


def run(rows, focus=None, columns=None, **spec):
    """Evaluate a check that gives these rows; a row without a day is dated 2021-03-10."""
    frame = pd.DataFrame(rows, columns=columns)
    frame["day"] = pd.to_datetime(frame.get("day", pd.Series("2021-03-10", index=frame.index))).astype("datetime64[us]")
    frame["fires"] = frame["fires"].astype("boolean")
    check = Check("X-01", lambda _e, _p: frame, {name: "count" for name in frame if name == "n"})
    return evaluate(check, CheckSpec.model_validate({**SPEC, **spec}), evidence(), RULEBOOK.regimes, focus)


def seen(result):
    return [(f.outcome, f.subject_kind, f.subject_id, f.severity) for f in result.findings]


def test_each_subject_passes_breaks_or_was_not_checked() -> None:
    result = run([
        {"subject_id": "A", "fires": True, "missing": ""},
        {"subject_id": "B", "fires": False, "missing": ""},
        {"subject_id": "C", "fires": None, "missing": "blank:carats"},
    ])  # fmt: skip
    first, second = result.coverage
    assert (first.evaluated, first.passed, first.breached, first.not_evaluated) == (2, 1, 1, 1)
    assert (second.reason, second.not_evaluated) == ("blank:carats", 1)
    assert seen(result) == [("breach", "certificate", "A", "W"), ("not_evaluated", "period", "CF@2021-03", "W")]


def test_a_part_that_fires_outweighs_one_that_could_not_be_checked() -> None:
    result = run([
        {"subject_id": "A", "part": "x", "fires": True, "missing": ""},
        {"subject_id": "A", "part": "y", "fires": None, "missing": "blank:carats"},
    ], message={"x": {"en": "m", "fr": "m"}})  # fmt: skip
    assert [f.part for f in result.findings] == ["x"]
    assert result.coverage[0].not_evaluated == 0


def test_a_row_may_name_its_own_kind_of_subject() -> None:
    result = run([
        {"subject_id": "A", "fires": True, "subject_kind": "return"},
        {"subject_id": "A", "fires": True, "subject_kind": None},
    ])  # fmt: skip
    assert {(f.subject_kind, f.subject_id) for f in result.findings} == {("return", "A"), ("certificate", "A")}
    assert result.coverage[0].breached == 2
    assert len({f.finding_id for f in result.findings}) == 2


def test_the_same_fact_from_two_rows_is_one_finding_of_the_gravest_kind() -> None:
    result = run([
        {"subject_id": "A", "fires": True, "severity": "W", "ref": 5},
        {"subject_id": "A", "fires": True, "severity": "E", "ref": 3},
    ])  # fmt: skip
    (finding,) = result.findings
    assert (finding.severity, finding.refs) == ("E", (3, 5))


def test_outside_its_span_a_rule_says_nothing() -> None:
    rows = [{"subject_id": d, "fires": True, "day": d} for d in ("2021-03-09", "2021-03-10", "2021-03-11")]
    result = run(rows, **{"from": date(2021, 3, 10), "to": date(2021, 3, 11)})
    assert [f.subject_id for f in result.findings] == ["2021-03-10"]


def test_without_a_day_a_rule_with_a_span_is_not_evaluated() -> None:
    rows = [{"subject_id": "A", "fires": True, "day": None}, {"subject_id": "B", "fires": False, "day": None}]
    bounded, always = run(rows, **{"from": date(2016, 5, 1)}), run(rows)
    assert [(f.outcome, f.reason) for f in bounded.findings] == [("not_evaluated", "undated")]
    assert [(f.outcome, f.subject_id) for f in always.findings] == [("breach", "A")]


def test_a_batch_is_told_of_its_own_rows_and_returns_only() -> None:
    rows = [
        {"subject_id": "A", "fires": True, "subject_kind": "certificate", "ref": 7 << 32, "refs": None},
        {"subject_id": "B", "fires": True, "subject_kind": "certificate", "ref": 8 << 32, "refs": [7 << 32]},
        {"subject_id": "C", "fires": True, "subject_kind": "certificate", "ref": 8 << 32, "refs": []},
        {"subject_id": "S@2021-03", "fires": True, "subject_kind": "return", "ref": None, "refs": None},
        {"subject_id": "S@2021-04", "fires": True, "subject_kind": "return", "ref": None, "refs": None},
    ]
    result = run(rows, Focus(frozenset({7}), frozenset({"S@2021-03"})))
    assert [f.subject_id for f in result.findings] == ["A", "B", "S@2021-03"]


def test_a_row_that_could_not_be_checked_must_say_why() -> None:
    with pytest.raises(ValueError, match="X-01: a row that could not be checked gives no reason"):
        run([{"subject_id": "A", "fires": None}])


def test_a_check_must_give_the_columns_it_declares() -> None:
    check = Check("X-01", lambda _e, _p: pd.DataFrame({"subject_id": [], "day": [], "fires": []}), {"n": "count"})
    with pytest.raises(ValueError, match=r"X-01: the checked frame lacks \['n'\]"):
        evaluate(check, CheckSpec.model_validate(SPEC), evidence(), RULEBOOK.regimes)


def test_evidence_may_not_bear_a_name_of_the_frame() -> None:
    with pytest.raises(ValueError, match="outcome"):
        Registry()("X-01", outcome="text")(lambda _e, _p: pd.DataFrame())


def test_evidence_whose_name_only_begins_like_ref_is_no_row_of_a_paper() -> None:
    told = {"subject_id": "A", "fires": True, "ref": 1 << 32 | 7, "ref_sheet": 2 << 32 | 9, "reference_slips": 14_244}
    (finding,) = run([told]).findings
    assert finding.refs == (1 << 32 | 7, 2 << 32 | 9)


def test_what_is_remembered_for_a_column_keeps_it_so_that_no_other_takes_its_place() -> None:
    given = evidence()
    for subject in [f"CF{number:06d}" for number in range(40)]:
        frame = pd.DataFrame({"subject_id": pd.Series([subject], dtype="str")})
        told = Subjects.of(given, frame, np.ones(1, dtype=bool), CheckSpec.model_validate(SPEC))
        told.certificates(given)
        assert told.ids.tolist() == [subject]
    held = [kept for _, made in given._last.values() for kept in made if isinstance(kept, pd.Series)]
    assert {key for key, _ in given._last.values()} == {same_text(series) for series in held}


def test_subjects_of_the_rows_that_are_told_are_those_and_stand_in_their_order() -> None:
    told = np.array([False, True, True, False, True])
    rows = pd.DataFrame({"subject_id": pd.Series(["A", "C", "B", None, "C"], dtype="str")})
    found = Subjects.of(evidence(), rows, told, CheckSpec.model_validate(SPEC))
    again = Subjects.of(
        evidence(), rows[told].reset_index(drop=True), np.ones(3, dtype=bool), CheckSpec.model_validate(SPEC)
    )
    assert found.ids.tolist() == again.ids.tolist() == ["C", "B"]
    assert found.of_row.tolist() == again.of_row.tolist() == [0, 1, 0]
