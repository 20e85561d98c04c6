"""From every revision, with rows in every table of it: an upgrade loses nothing and seals what was stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from carmonitor.operations.backup import back_up, restore
from carmonitor.operations.verifying import verify_all
from carmonitor.store import database, guards, journal, plain, seals
from carmonitor.store import tables as t

REVISIONS = [f"{n:04d}" for n in range(1, int(database.REVISION) + 1)]
NOON = datetime(2021, 7, 31, 12)  # noqa: DTZ001 - as the database keeps it
GIVEN: dict[str, dict[str, Any]] = {
    "finding": {"outcome": "breach", "severity": "E", "status": "open", "resolved_run_id": None, "resolved_by": None},
    "review_case": {"status": "closed", "outcome": "confirmed", "origin": "rule", "linked_case_id": None},
    "account": {"role": "admin"},
}
"""Values that checks of the tables demand."""


def filled(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Two rows in every table the database has, in every column that revision knows."""
    found = sa.MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name in ("alembic_version", "journal"):
            continue
        connection.execute(sa.insert(table), [_row(table, n) for n in (1, 2)])
    for n in (1, 2):
        text = f"text {n} é"
        journal.append(connection, at=NOON.astimezone(), actor="awa", action=text, subject=text, payload={"n": n})
    return contents(connection)


def _row(table: sa.Table, n: int) -> dict[str, Any]:
    row = {column.name: _value(column, n) for column in table.columns}
    return {**row, **GIVEN.get(table.name, {})}


def _value(column: sa.Column[Any], n: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"n": n, "text": "é"}
    if isinstance(kind, sa.LargeBinary):
        return b"\x00bytes" + bytes([n])
    if isinstance(kind, sa.DateTime):
        return NOON
    if isinstance(kind, sa.Date):
        return date(2021, 7, n)
    if isinstance(kind, sa.Boolean):
        return n == 1
    return n if isinstance(kind, (sa.Integer, sa.Float)) else f"text {n} é"


def contents(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Table → its rows by column, as they are kept."""
    found = sa.MetaData()
    found.reflect(connection)
    return {
        table.name: [dict(zip(table.columns.keys(), row, strict=True)) for row in plain.rows(connection, table)]
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


def at_revision(url: str, revision: str) -> dict[str, list[dict[str, Any]]]:
    database.upgrade(url, revision)
    with database.connect(url) as store, store.write() as connection:
        return filled(connection)


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_upgrade_loses_no_row_and_no_value(blank_url: str, revision: str) -> None:
    before = at_revision(blank_url, revision)
    assert database.upgrade(blank_url) == database.REVISION
    with database.open_store(blank_url) as store, store.read() as connection:
        after = contents(connection)
        assert guards.missing(connection) == []
        assert journal.verify(connection) is None
    old_journal, new_journal = before.pop("journal"), after.pop("journal")
    assert new_journal[:2] == old_journal
    sealed = {seals.SUBMISSION[1], seals.RUN[1]} if revision < "0008" else set()
    assert {entry["action"] for entry in new_journal[2:]} == sealed
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0] if name != "seal"} for row in after[table]] == [
            {name: value for name, value in row.items() if name != "seal"} for row in rows
        ], table


def test_an_upgrade_does_not_seal_what_was_slipped_in_later(blank_url: str) -> None:
    database.upgrade(blank_url)
    with database.connect(blank_url) as store, store.write() as connection:
        slipped = sa.Table("submission", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(slipped), [_row(slipped, 1)])
    database.upgrade(blank_url)
    with database.open_store(blank_url) as store, store.read() as connection:
        assert [damage.what for damage in verify_all(connection).damages] == ["unsealed"]


@pytest.mark.parametrize("revision", [revision for revision in REVISIONS if revision < "0008"])
def test_what_older_versions_stored_is_sealed_once(blank_url: str, revision: str) -> None:
    at_revision(blank_url, revision)
    database.upgrade(blank_url)
    with database.open_store(blank_url) as store, store.read() as connection:
        acts = [entry.action for entry in journal.entries(connection)]
        assert (acts.count(seals.SUBMISSION[1]), acts.count(seals.RUN[1])) == (2, 2)
        seen = {damage.what for damage in verify_all(connection).damages}
        head = journal.head(connection)
    assert not {what for what in seen if what.startswith(("submission", "run_row", "finding_seal", "unsealed"))}
    database.upgrade(blank_url)
    with database.open_store(blank_url) as store, store.read() as connection:
        assert journal.head(connection) == head
        assert connection.execute(sa.select(sa.func.count()).where(t.finding.c.seal == "")).scalar() == 0


def test_a_backup_of_an_older_revision_is_restored_and_upgraded(blank_url: str, tmp_path: Any) -> None:
    before = at_revision(blank_url, "0004")
    with database.connect(blank_url) as store:
        back_up(store, tmp_path / "old.zip", at=NOON.astimezone())
    restore(tmp_path / "old.zip", f"sqlite:///{tmp_path}/restored.sqlite3")
    with database.open_store(f"sqlite:///{tmp_path}/restored.sqlite3") as store, store.read() as connection:
        after = contents(connection)
    for table in ("submission", "blob", "run", "rec_purchase", "review_case"):
        assert [{name: row[name] for name in before[table][0]} for row in after[table]] == before[table]
