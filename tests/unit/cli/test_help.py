"""``--help`` answers without loading the libraries that make commands slow, and every command has examples."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from carmonitor.cli import main

HEAVY = ("pandas", "numpy", "sqlalchemy", "prefect", "pydantic", "rich", "pyarrow")


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = _commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
        found += inner
    return found


def test_help_imports_nothing_heavy():
    code = (
        "import sys, carmonitor.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("path", _commands(main), ids=" ".join)
def test_every_command_helps_with_examples(path):
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"carmonitor {' '.join(path)}" in result.output


def test_an_unknown_command_is_wrong_usage():
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2


def test_a_wrong_day_is_named():
    result = CliRunner().invoke(main, ["validate", ".", "--as-of", "31/07/2021"])
    assert result.exit_code == 2
    assert "31/07/2021" in result.output
