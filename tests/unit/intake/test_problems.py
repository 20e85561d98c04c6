"""Every reason a cell can be refused for has its words in French."""

import importlib
import re
from pathlib import Path

import pytest

import carmonitor.intake
from carmonitor.intake.cells import Problem
from carmonitor.intake.problems import expected_text

FOLDER = Path(carmonitor.intake.__file__).parent
MODULES = [importlib.import_module(f"carmonitor.intake.{p.stem}") for p in FOLDER.glob("*.py") if p.stem != "__init__"]
CONSTANTS = sorted({(v.code, v.expected) for m in MODULES for v in vars(m).values() if isinstance(v, Problem)})
MADE = [
    ("choice_unknown", "one of: issued, void", "une valeur parmi : issued, void"),
    ("wrong_unit", "a number in ct, or without a unit", "un nombre en ct, ou sans unité"),
    ("wrong_unit", "a number in no unit, or without a unit", "un nombre sans unité"),
    ("out_of_range", "a number above 0", "un nombre supérieur à 0"),
    ("out_of_range", "a number not below 0", "un nombre d'au moins 0"),
    ("out_of_range", "a number not above 90", "un nombre d'au plus 90"),
    ("sha256_differs", "the file's own: ab12", "celle du fichier : ab12"),
]


@pytest.mark.parametrize(("code", "expected"), CONSTANTS)
def test_a_constant_problem_has_french_words(code, expected):
    assert expected_text(code, expected, "fr") != expected
    assert expected_text(code, expected, "en") == expected


@pytest.mark.parametrize(("code", "expected", "french"), MADE)
def test_a_problem_made_for_the_case_keeps_its_details(code, expected, french):
    assert expected_text(code, expected, "fr") == french


def test_every_code_in_the_source_has_french_words():
    known = (Path(__file__).resolve().parents[3] / "schemas" / "problems.yaml").read_text(encoding="utf-8")
    made = re.compile(r'\bProblem\(\s*"([a-z_0-9]+)"')
    codes = {code for path in FOLDER.glob("*.py") for code in made.findall(path.read_text(encoding="utf-8"))}
    whole_rows = {"two_columns_one_field", "key_blank", "extra_cells", "sha256_differs", "sheet_not_understood"}
    assert len(codes) > 20
    assert [code for code in sorted(codes | whole_rows) if f"\n{code}:" not in known] == []
