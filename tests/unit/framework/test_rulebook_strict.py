"""What is wrong with a rulebook, told with file, rule and field, what was found and what was expected."""
# ruff: noqa: E501 - a table reads better with a line a case

import shutil
from pathlib import Path

import pytest

from carmonitor.framework.checks import rule
from carmonitor.framework.fitting import misfits
from carmonitor.framework.rulebook import RulebookError, load_rulebook
from tests.unit.framework.rule_cases import RULEBOOK, SCHEMAS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rulebook, to be spoilt."""
    return Path(shutil.copytree(SCHEMAS / "rulebook", tmp_path / "rulebook"))


SPOILT = [
    ("T.yaml", "    severity: E", "    severity: E\n    gravity: high", "T.yaml: T-01: gravity: found this key, which"),
    ("T.yaml", "rules:", "more: 1\nrules:", "T.yaml: found the key 'more', expected only 'rules'"),
    ("T.yaml", "rules:", "laws:", "T.yaml: found nothing under 'rules', expected a list"),
    ("T.yaml", "  - id: T-01", "  - id: Z-01", "T.yaml: Z-01: id: found 'Z-01', expected an id such as T-01, of the"),
    ("T.yaml", "  - id: T-02", "  - id: T-2", "T.yaml: T-2: id: found 'T-2', expected an id such as T-01"),
    ("T.yaml", "  - id: T-02", "  - id: T-01", "T.yaml: T-01: T-01 stands twice, expected each id once"),
    ("T.yaml", "severity: E", "severity: X", "T.yaml: T-01: severity: found 'X', expected 'E', 'W' or 'I'"),
    ("T.yaml", "outcome: breach", "outcome: crime", "T.yaml: T-01: outcome: found 'crime', expected 'breach', 'lead'"),
    ("T.yaml", "certainty: S", "certainty: sure", "T.yaml: T-01: certainty: found 'sure', expected marks P, S, I or N"),
    ("T.yaml", 'fr: "Date de délivrance indiquée"', 'de: "x"', "T.yaml: T-01: title.fr: found nothing, expected its French"),
    ("T.yaml", 'fr: "Date de délivrance indiquée"', 'fr: " "', "T.yaml: T-01: title.fr: found only spaces"),
    ("T.yaml", "    advice:", "    advise:", "T.yaml: T-01: advise: found this key, which is not known"),
    ("M.yaml", "      count:\n        en:", "      count:\n        eng:", "M.yaml: M-01: message.count.en: found nothing"),
    ("T.yaml", "    from: 2013-05-23", "    from: 2013-05-23\n    to: 2013-05-23",
     "T.yaml: T-02: from/to: found the rule from 2013-05-23 to 2013-05-23, expected an end after the start"),
    ("A.yaml", "from: 2018-11-01", "from: 2018-10-31", "A.yaml: A-03: parameters.answer_days.values: found the value 14 "
     "from the beginning to 2018-11-01 and the value 7 from 2018-10-31, which overlap; expected one at a time"),
    ("A.yaml", "{value: 7, from: 2018-11-01}", "{value: 7, from: 2018-11-01, to: 2018-01-01}",
     "A.yaml: A-03: parameters.answer_days.values: found the value 7 from 2018-11-01 to 2018-01-01, expected an end"),
    ("A.yaml", "[{value: 14, to: 2018-11-01}, {value: 7, from: 2018-11-01}]", "[]",
     "A.yaml: A-03: parameters.answer_days.values: found [], expected at least one"),
    ("M.yaml", "name: value_percent", "name: tolerance_percent", "M.yaml: M-06: parameters: tolerance_percent stands twice"),
    ("M.yaml", "basis: project-default", "basis: guess", "M.yaml: M-02: parameters.due_day.basis: found 'guess', expected"),
    ("M.yaml", 'note: {en: "The duty', 'note: {eng: "The duty', "M.yaml: M-02: parameters.due_day.note"),
    ("Z.yaml", 'source: {title: "AWDC due', 'source: {name: "AWDC due', "Z.yaml: Z-01: source.title: found nothing"),
    ("Z.yaml", "    innocent_cause:", "    cause:", "Z.yaml: Z-03: cause: found this key"),
    ("regimes.yaml", "to: 2013-05-23", "to: 2013-06-23", "regimes.yaml: regimes: found KPCS from 2003-01-01 to 2013-06-23 "
     "and SUSPENDED from 2013-05-23 to 2015-07-17, which overlap"),
    ("regimes.yaml", "to: 2003-01-01", "to: never", "regimes.yaml: regimes.NONE.to: found 'never', expected"),
    ("regimes.yaml", "    to: 2015-07-17", "    to: 2013-05-01",
     "regimes.yaml: regimes: found SUSPENDED from 2013-05-23 to 2013-05-01, expected an end after the start"),
    ("reasons.yaml", "blank: {", "not_supplied: {", "reasons.yaml: the key 'not_supplied' stands twice"),
    ("reasons.yaml", 'fr: "non renseigné : {detail}"', 'de: "leer"', "reasons.yaml: blank: fr: found nothing, expected its"),
    ("M.yaml", "rules:", "rules: [", "M.yaml: while parsing"),
    ("T.yaml", "    subject_kind: certificate\n", "", "T.yaml: T-01: T-01: a rule needs a message and a subject_kind"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), SPOILT, ids=[f"{f}-{n[:30]}" for f, _, n, _ in SPOILT])
def test_what_is_wrong_is_told_with_file_rule_and_field(folder: Path, file: str, old: str, new: str, told: str) -> None:
    _spoil(folder / file, old, new)
    with pytest.raises(RulebookError) as error:
        load_rulebook(folder)
    assert any(problem.startswith(told) for problem in error.value.problems), error.value.problems


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    _spoil(folder / "T.yaml", "severity: E", "severity: X")
    _spoil(folder / "M.yaml", "basis: project-default", "basis: guess")
    _spoil(folder / "M.yaml", "certainty: P", "certainty: Q")
    _spoil(folder / "regimes.yaml", "to: 2013-05-23", "to: 2013-06-23")
    with pytest.raises(RulebookError) as error:
        load_rulebook(folder)
    assert [p.split(": ")[0] for p in error.value.problems] == ["M.yaml", "M.yaml", "T.yaml", "regimes.yaml"]


def test_a_rule_without_advice_is_refused_and_a_scope_note_is_not(folder: Path) -> None:
    text = (folder / "T.yaml").read_text()
    start = text.index("    advice:")
    (folder / "T.yaml").write_text(text[:start] + text[text.index("  - id: T-02") :])
    with pytest.raises(RulebookError) as error:
        load_rulebook(folder)
    assert error.value.problems == ("T.yaml: T-01: advice: found nothing, expected what to do, in English and French",)


def test_a_file_of_another_ending_is_not_passed_over(folder: Path) -> None:
    (folder / "M.yaml").rename(folder / "M.yml")
    with pytest.raises(RulebookError, match=r"found M\.yml, expected names that end in \.yaml"):
        load_rulebook(folder)


def test_a_plain_note_is_refused(folder: Path) -> None:
    _spoil(
        folder / "D.yaml",
        'note: {en: "No KP figure was found.", fr: "Aucun chiffre du PK n\'a été trouvé."}',
        "note: old",
    )
    with pytest.raises(RulebookError) as error:
        load_rulebook(folder)
    assert [p.partition(": found")[0] for p in error.value.problems] == [
        "D.yaml: D-03: parameters.tolerance_percent.note"
    ]


def test_a_parameter_may_have_no_note() -> None:
    (parameter,) = RULEBOOK.specs["C-04"].parameters
    assert (parameter.note_in("en"), parameter.note_in("fr")) == ("", "")


# Fitting the functions

MISFITS = [
    ("M.yaml", "{country} refused", "{land} refused",
     "M.yaml: M-04: message.refused.en: message uses {land}, which the check does not declare"),
    ("M.yaml", "{country} refused", "{country!r} refused", "M.yaml: M-04: message.refused.en: message uses {country!r}"),
    ("M.yaml", "{country} refused", "{} refused", "M.yaml: M-04: message.refused.en: message uses {}"),
    ("M.yaml", "{country} refused", "{country refused", "M.yaml: M-04: message.refused.en: found '{country refused"),
    ("M.yaml", "      seized:", "      grabbed:", "M.yaml: M-04: message.seized: found nothing, expected the text of this"),
    ("M.yaml", "      seized:", "      grabbed:", "M.yaml: M-04: message.grabbed: found this text, expected none"),
    ("M.yaml", "name: warning_after_days", "name: warn", "M.yaml: M-04: parameters.warning_after_days: found nothing"),
    ("M.yaml", "name: warning_after_days", "name: warn", "M.yaml: M-04: parameters.warn: found it, expected none"),
    ("M.yaml", 'value: "0.1"', "value: 2", "M.yaml: M-06: parameters.tolerance_percent.values: found 2 (a whole number), "
     "expected a value such as '0.1' (a number in quotes)"),
    ("M.yaml", 'value: "0.1"', 'value: "two"', "M.yaml: M-06: parameters.tolerance_percent.values: found 'two' (a text)"),
    ("M.yaml", 'value: "0.1"', 'value: "-1"', "M.yaml: M-06: parameters.tolerance_percent.values: found '-1', expected zero"),
    ("M.yaml", "value: 60", "value: 60.5", "M.yaml: M-04: parameters.warning_after_days.values: found 60.5 (a number)"),
    ("M.yaml", "value: 60", "value: true", "M.yaml: M-04: parameters.warning_after_days.values: found True (yes or no)"),
    ("M.yaml", "value: 60", "value: null", "M.yaml: M-04: parameters.warning_after_days.values: found None (nothing)"),
    ("M.yaml", "unit: percent", "unit: ratio", "M.yaml: M-06: parameters.tolerance_percent.unit: found 'ratio', expected"),
    ("T.yaml", '"2016-05-01"', '"2016-05-32"', "T.yaml: T-02: parameters.first_zone_on.values: found '2016-05-32' (a day that"),
    ("T.yaml", '"2016-05-01"', "2016-05-01", "T.yaml: T-02: parameters.first_zone_on.values: found datetime.date"),
    ("C.yaml", '["710210", "710221", "710231"]', '["rough"]', "C.yaml: C-03: parameters.hs_codes.values: found ['rough']"),
    ("T.yaml", "subject_kind: certificate", "subject_kind: parcel", "T.yaml: T-01: subject_kind: found 'parcel', expected"),
    ("reasons.yaml", "year_open:", "year_shut:", "reasons.yaml: year_open: found nothing, expected its text"),
    ("reasons.yaml", "left blank: {detail}", "left blank: {thing}", "reasons.yaml: blank.en: message uses {thing}"),
    ("A.yaml", "{value: 7, from: 2018-11-01}", "{value: 7, from: 2018-12-01}",
     "A.yaml: A-03: parameters.answer_days.values: found nothing from 2018-11-01 to 2018-12-01, expected all days covered"),
    ("A.yaml", "{value: 14, to: 2018-11-01}", "{value: 14, from: 2016-01-01, to: 2018-11-01}",
     "A.yaml: A-03: parameters.answer_days.values: found nothing before 2016-01-01"),
    ("M.yaml", "values: [{value: 60}]", "values: [{value: 60, to: 2024-01-01}]",
     "M.yaml: M-04: parameters.warning_after_days.values: found nothing from 2024-01-01 on"),
    ("regimes.yaml", "to: 2013-05-23", "to: 2013-05-01", "regimes.yaml: regimes: found nothing from 2013-05-01 to 2013-05-23"),
    ("M.yaml", "values: [{value: 60}]", "values: [{value: 60, to: 2020-01-01}, {value: 30, from: 2020-01-01}]",
     "M.yaml: M-04: the rule does not run with these parameters: "),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), MISFITS, ids=[f"{f}-{n[:30]}" for f, _, n, _ in MISFITS])
def test_a_rulebook_that_does_not_fit_is_told(folder: Path, file: str, old: str, new: str, told: str) -> None:
    _spoil(folder / file, old, new)
    found = misfits(load_rulebook(folder), RULEBOOK, rule)
    assert any(problem.startswith(told) for problem in found), found


def test_a_rule_may_be_off_but_must_be_listed(folder: Path) -> None:
    _spoil(folder / "T.yaml", "    severity: E", "    severity: E\n    status: off")
    assert misfits(load_rulebook(folder), RULEBOOK, rule) == []
    text = (folder / "T.yaml").read_text()
    (folder / "T.yaml").write_text("rules:\n" + text[text.index("  - id: T-02") :])
    (problem,) = misfits(load_rulebook(folder), RULEBOOK, rule)
    assert problem == "T.yaml: T-01: a function without a specification; a rule may be off, but must be listed"


def test_a_whole_number_will_do_for_a_number(folder: Path) -> None:
    _spoil(folder / "D.yaml", "value: 0.5", "value: 1")
    assert misfits(load_rulebook(folder), RULEBOOK, rule) == []


def test_the_packaged_rulebook_fits() -> None:
    assert misfits(RULEBOOK, RULEBOOK, rule) == []


def _spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
