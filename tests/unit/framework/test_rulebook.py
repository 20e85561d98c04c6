"""The rulebook: data and functions fit, what is not understood is refused."""

import shutil
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


def test_every_default_of_the_project_is_called_one() -> None:
    """The parameters that framework.md marks †: values the KP never gave."""
    daggers = {
        ("T-02", "first_zone_on"), ("M-02", "due_day"), ("M-03", "due_day"), ("M-04", "warning_after_days"),
        ("M-04", "error_after_days"), ("M-06", "tolerance_percent"), ("M-06", "value_percent"), ("C-05", "months"),
        ("C-10", "allowed_gap"),
    }  # fmt: skip
    defaults = {
        (spec.id, p.name) for spec in RULEBOOK.specs.values() for p in spec.parameters if p.basis == "project-default"
    }
    assert daggers <= defaults


@pytest.mark.parametrize("spec", CHECKED, ids=lambda spec: spec.id)
def test_where_nothing_is_held_no_rule_finds_anything(spec) -> None:
    result = evaluate(rule.checks[spec.id], spec, evidence(), RULEBOOK.regimes)
    assert [f for f in result.findings if f.outcome != "not_evaluated"] == []
