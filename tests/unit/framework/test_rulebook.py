"""The rulebook: data and functions fit, what is not understood is refused."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from carmonitor.framework.checks import rule
from carmonitor.framework.engine import evaluate
from carmonitor.framework.fitting import check_implementations
from carmonitor.framework.rulebook import RulebookError, load_rulebook
from tests.evidence_builder import evidence
from tests.unit.framework.matrix import cases
from tests.unit.framework.rule_cases import RULEBOOK, SCHEMAS

CASES = cases()
CHECKED = [spec for spec in RULEBOOK.specs.values() if spec.outcome != "scope_note"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rulebook, to be spoilt."""
    return Path(shutil.copytree(SCHEMAS / "rulebook", tmp_path / "rulebook"))


def test_every_rule_has_a_function_and_every_message_its_values() -> None:
    assert check_implementations(RULEBOOK.specs, rule.checks) == []


@pytest.mark.parametrize("spec", CHECKED, ids=lambda spec: spec.id)
def test_every_part_of_a_message_is_seen_in_a_case(spec) -> None:
    if isinstance(spec.message, dict):
        words = [word for case in CASES if case.rule == spec.id for found in case.found for word in found.split()]
        assert set(spec.message) - set(words) - {""} == set()


def test_no_case_is_of_a_rule_that_does_not_exist() -> None:
    assert {case.rule for case in CASES} <= {spec.id for spec in CHECKED}


@pytest.mark.parametrize("spec", CHECKED, ids=lambda spec: spec.id)
def test_every_rule_says_what_to_do_about_it(spec) -> None:
    assert spec.advice is not None


def test_scope_notes_have_no_function() -> None:
    notes = {spec.id for spec in RULEBOOK.specs.values() if spec.outcome == "scope_note"}
    assert "T-03" in notes
    assert not notes & set(rule.checks)


def test_an_unknown_key_is_refused_and_the_file_named(folder: Path) -> None:
    file = folder / "T.yaml"
    file.write_text(file.read_text().replace("    severity: E", "    severity: E\n    gravity: high", 1))
    with pytest.raises(RulebookError, match=r"T\.yaml.*(?s:.)*gravity"):
        load_rulebook(folder)


def test_a_rule_that_stands_twice_is_refused(folder: Path) -> None:
    shutil.copy(folder / "T.yaml", folder / "T2.yaml")
    with pytest.raises(RulebookError, match="T-01 stands twice"):
        load_rulebook(folder)


def test_a_folder_without_regimes_is_no_rulebook(folder: Path) -> None:
    (folder / "regimes.yaml").unlink()
    with pytest.raises(RulebookError, match=r"no regimes\.yaml"):
        load_rulebook(folder)


def test_the_version_changes_with_one_letter(folder: Path) -> None:
    same = load_rulebook(folder).hash
    assert same == RULEBOOK.hash
    file = folder / "C.yaml"
    file.write_text(file.read_text() + "# a note\n")
    assert load_rulebook(folder).hash != same


def test_a_missing_function_and_a_strange_placeholder_are_problems(folder: Path) -> None:
    file = folder / "T.yaml"
    file.write_text(file.read_text().replace("{return_id}", "{moon}", 1))
    specs = load_rulebook(folder).specs
    checks = {name: check for name, check in rule.checks.items() if name != "C-08"}
    problems = check_implementations(specs, checks)
    assert "C.yaml: C-08: no function C-08" in problems
    assert "T.yaml: T-01: message.undated.en: message uses {moon}, which the check does not declare" in problems


DAGGERS = {
    "T-02": {"first_zone_on"}, "M-02": {"due_day"}, "M-03": {"due_day"},
    "M-04": {"warning_after_days", "error_after_days"}, "M-06": {"tolerance_percent"}, "C-05": {"months"},
    "C-10": {"allowed_gap"}, "D-01": {"tolerance_hundredths"}, "D-02": {"photographs_per_parcel"},
    "D-03": {"tolerance_percent"}, "D-08": {"tolerance_percent"}, "D-10": {"tolerance_hundredths"},
    "S-01": {"least_usd_per_ct", "most_usd_per_ct"}, "S-02": {"tolerance_percent"}, "S-03": {"tolerance_percent"},
    "S-05": {"most_distance_percent"}, "S-07": {"most_jump_points"}, "G-01": {"recent_months"},
}  # fmt: skip
"""The parameters that framework.md §8 marks †: values the KP never gave (D-06 has † without a number)."""
OF_OURS = {
    "D-06": {"tolerance_hundredths", "history_months"}, "D-07": {"tolerance_hundredths"}, "D-09": {"history_months"},
    "G-04": {"due_months"}, "L-02": {"flagged"}, "L-03": {"likeness"}, "L-05": {"tolerance_points"},
    "M-06": {"value_percent"}, "M-08": {"return_months"}, "S-05": {"history_quarters", "minimum_slips"},
    "S-06": {"most_times_mean"}, "S-07": {"quarters"},
}  # fmt: skip
"""What semantics.md or this project chose beside them."""


def test_every_default_of_the_project_is_called_one() -> None:
    defaults = {
        (spec.id, p.name) for spec in RULEBOOK.specs.values() for p in spec.parameters if p.basis == "project-default"
    }
    listed = [(rule_id, name) for table in (DAGGERS, OF_OURS) for rule_id, names in table.items() for name in names]
    assert defaults == set(listed)
    assert len(listed) == len(set(listed))


def test_leads_and_scope_notes_are_those_of_semantics_13() -> None:
    by_outcome: dict[str, set[str]] = {}
    for spec in RULEBOOK.specs.values():
        by_outcome.setdefault(spec.outcome, set()).add(spec.id)
    assert by_outcome["lead"] == {
        "Z-03", "Z-04", "Z-08", "A-04", "L-03", "L-04", "S-01", "S-02", "S-03", "S-05", "S-06", "S-07"
    }  # fmt: skip
    assert by_outcome["scope_note"] == {"T-03", "A-02", "S-04"}
    assert len(by_outcome["breach"]) == 62 - 12 - 3
    assert [spec.id for spec in RULEBOOK.specs.values() if spec.status != "active"] == ["L-04"]


def test_the_months_of_the_monthly_duties_are_data() -> None:
    """Another span in the rulebook asks for other returns: no month stands in the code."""
    spec = RULEBOOK.specs["M-02"].model_copy(update={"from_": date(2019, 11, 1), "to": date(2020, 1, 1)})
    given = evidence("2021-07-31", expected_senders=("SPPK",))
    found = evaluate(rule.checks["M-02"], spec, given, RULEBOOK.regimes).findings
    assert [f.subject_id for f in found] == ["SPPK@2019-11", "SPPK@2019-12"]


@pytest.mark.parametrize("spec", CHECKED, ids=lambda spec: spec.id)
def test_where_nothing_is_held_no_rule_finds_anything(spec) -> None:
    result = evaluate(rule.checks[spec.id], spec, evidence(), RULEBOOK.regimes)
    assert [f for f in result.findings if f.outcome != "not_evaluated"] == []
