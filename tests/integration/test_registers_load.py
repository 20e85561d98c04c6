"""Loading registers: what is stored is in the journal, in the same transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.store import database, journal, tables

ZONES = "actor_id,name,role\nA1,Awa,collector\n"


def load(url: str, path: Path) -> int:
    environment = {"CARMONITOR_DATABASE_URL": url, "CARMONITOR_USER": "awa"}
    return CliRunner().invoke(main, ["registers", "load", str(path)], env=environment).exit_code


def held(url: str) -> tuple[list[str], list[str]]:
    """Submissions, and those that the journal says were loaded."""
    with database.open_store(url) as store, store.read() as connection:
        submissions = list(connection.execute(sa.select(tables.submission.c.submission_id)).scalars())
        loaded = [e.subject for e in journal.entries(connection) if e.action == "registers_loaded"]
    return submissions, loaded


def test_a_load_whose_entry_cannot_be_written_stores_nothing_and_the_next_one_does_both(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "actor.csv"
    path.write_text(ZONES, encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", _fails)
        assert load(database_url, path) != 0
    assert held(database_url) == ([], [])

    assert load(database_url, path) == 0
    assert load(database_url, path) == 0
    submissions, loaded = held(database_url)
    assert len(submissions) == 1
    assert loaded == submissions


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")
