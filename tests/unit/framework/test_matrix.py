"""The test matrix: every rule from four sides, and every word, value and row of what it says."""

import pytest

from tests.unit.framework import matrix

RULES = matrix.checked_rules()


@pytest.mark.parametrize("spec", RULES, ids=lambda spec: spec.id)
def test_every_rule_is_tested_from_four_sides_or_says_why_not(spec) -> None:
    tested = {case.sort for case in matrix.cases() if case.rule == spec.id}
    lacking = set(matrix.SORTS) - tested
    assert lacking == set(spec.no_case), f"{spec.id}: no case {sorted(lacking)}, explained {sorted(spec.no_case)}"


@pytest.mark.parametrize("spec", RULES, ids=lambda spec: spec.id)
def test_what_a_rule_says_of_its_cases_is_what_was_read_and_committed(spec) -> None:
    written = (matrix.TOLD / f"{spec.id}.txt").read_text(encoding="utf-8")
    difference = matrix.first_difference(spec.id, written)
    if difference:
        pytest.fail(f"read the difference; then python -m tests.unit.framework.matrix\n{difference}", pytrace=False)


def test_the_page_of_cases_is_in_step() -> None:
    assert matrix.page() == matrix.PAGE.read_text(encoding="utf-8")


def test_no_rule_that_is_gone_is_still_told() -> None:
    assert {path.stem for path in matrix.TOLD.glob("*.txt")} == {spec.id for spec in RULES}
