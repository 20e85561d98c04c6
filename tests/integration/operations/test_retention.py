"""Nothing goes but expired sessions and empty room, and never silently."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.operations import retention
from carmonitor.store import accounts, journal
from carmonitor.store.database import Store
from carmonitor.store.tables import console_session

NOW = datetime.fromisoformat("2021-09-01T12:00:00+00:00")


@pytest.fixture
def sessions(furnished: Store) -> Store:
    """Two sessions, one of them expired."""
    with furnished.write() as connection:
        accounts.add(
            connection, name="awa", display_name="Awa", role="viewer", hashed="$argon2id$x", actor="t",
            at=NOW - timedelta(days=2),
        )  # fmt: skip
        for _ in ("over", "alive"):
            accounts.open_session(connection, "awa", at=NOW)
        first = sa.select(sa.func.min(console_session.c.token_hash)).scalar_subquery()
        over = sa.update(console_session).where(console_session.c.token_hash == first)
        connection.execute(over.values(expires_at=NOW - timedelta(hours=1)))
    return furnished


def test_expired_sessions_go_and_the_journal_says_who_and_why(sessions: Store) -> None:
    assert retention.held(sessions, at=NOW).expired == 1
    gone, entry = retention.remove_expired(sessions, at=NOW, actor="awa", reason="monthly")
    assert gone == 1
    assert entry is not None
    assert (entry.actor, entry.action) == ("awa", "retention")
    assert entry.payload == {"reason": "monthly", "removed": {"console_session": 1}}
    assert retention.remove_expired(sessions, at=NOW, actor="awa", reason="monthly") == (0, None)
    assert retention.held(sessions, at=NOW).expired == 0


def test_a_database_without_sessions_has_nothing_to_remove(furnished: Store) -> None:
    before = retention.held(furnished, at=NOW)
    assert retention.remove_expired(furnished, at=NOW, actor="awa", reason="x") == (0, None)
    assert retention.held(furnished, at=NOW) == before


def test_giving_back_room_removes_no_row_and_is_in_the_journal(furnished: Store) -> None:
    before = retention.held(furnished, at=NOW).kept
    _, _, entry = retention.vacuum(furnished, at=NOW, actor="awa", reason="small disk")
    assert entry.payload["reason"] == "small disk"
    assert retention.held(furnished, at=NOW).kept == {**before, "journal": before["journal"] + 1}
    with furnished.read() as connection:
        assert journal.verify(connection) is None


def test_nobody_removes_anything_unnamed_or_without_a_reason(furnished: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", furnished.engine.url.render_as_string(hide_password=False))
    monkeypatch.delenv("CARMONITOR_USER", raising=False)
    for given in (["--reason", "x"], ["--user", "awa"], ["--user", "awa", "--reason", " "]):
        assert CliRunner().invoke(main, ["retention", "apply", *given]).exit_code == 2
    shown = CliRunner().invoke(main, ["retention", "show", "--lang", "fr"])
    assert shown.exit_code == 0
    assert "Conservé définitivement" in shown.stdout
