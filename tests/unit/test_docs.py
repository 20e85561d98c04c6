"""What is documented exists, and what exists is documented."""

import re
from pathlib import Path

import click

from carmonitor.cli import main
from carmonitor.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_on_the_operators_page():
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"CARMONITOR_{name.upper()}" not in page] == []


def test_the_readme_names_only_commands_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {line.split("carmonitor ", 1)[1].split()[0] for line in readme.splitlines() if "bin/carmonitor " in line}
    assert named
    assert named <= set(main.list_commands(click.Context(main)))


def test_decisions_have_three_lines():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert all(word in text for word in ("ecision", "hy", "rice")), path.name


def test_every_check_in_the_security_page_is_a_test_that_exists():
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in page.partition("## Console checks")[2].splitlines() if line.startswith("| ")][1:]
    named = {row.split("|")[1].strip(): set(re.findall(r"`(test_\w+)`", row)) for row in rows}
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert [check for check, tests in named.items() if not tests] == []
    assert set().union(*named.values()) <= there
