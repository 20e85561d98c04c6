"""The journal's chain: what is written is whole, and what was tampered with is named."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from carmonitor.store import journal
from carmonitor.store.tables import journal as table
from tests.integration.tampering import unguarded

from .stories import NOON, Office


@pytest.fixture
def five(office: Office) -> Office:
    """An office with five entries in its journal."""
    with office.write() as connection:
        for n in range(5):
            journal.append(
                connection, at=NOON, actor="awa", action="comment", subject="K-1", payload={"n": n, "text": "café"}
            )
    return office


def broken(office: Office, noted: str | None = None) -> int | None:
    """The number of the first entry that does not fit."""
    found = wrong(office, noted)
    return found.seq if found else None


def wrong(office: Office, noted: str | None = None) -> journal.Broken | None:
    with office.read() as connection:
        return journal.verify(connection, noted=noted)


def tamper(office: Office, statement: sa.Executable) -> None:
    with unguarded(office.store) as connection:
        connection.execute(statement)


def test_an_untouched_journal_is_whole(five: Office) -> None:
    assert broken(five) is None
    with five.read() as connection:
        head = journal.head(connection)
    assert head is not None
    assert (head.seq, head.at, head.payload) == (5, "2021-07-31T12:00:00.000+00:00", {"n": 4, "text": "café"})


def test_an_empty_journal_is_whole_and_has_no_head(office: Office) -> None:
    assert broken(office) is None
    with office.read() as connection:
        assert journal.head(connection) is None


def test_the_chain_can_be_checked_with_other_means(five: Office) -> None:
    previous = "0" * 64
    for row in five.rows(table):
        said = {name: row[name] for name in ("action", "actor", "at", "payload", "seq", "subject")}
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))  # names in alphabetical order
        assert row["hash"] == hashlib.sha256((previous + text).encode()).hexdigest()
        previous = row["hash"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"at": "2021-07-30T12:00:00.000+00:00"}, "hash"),
        ({"actor": "pierre"}, "hash"),
        ({"action": "decide"}, "hash"),
        ({"subject": "K-2"}, "hash"),
        ({"payload": '{"n":2,"text":"cafe"}'}, "hash"),
        ({"payload": '{"n": 2,"text":"café"}'}, "payload"),
        ({"payload": "not JSON"}, "payload"),
        ({"previous_hash": "0" * 64}, "previous"),
        ({"hash": "f" * 64}, "hash"),
    ],
)
def test_an_altered_entry_is_named_with_what_is_wrong(five: Office, change: dict[str, Any], what: str) -> None:
    tamper(five, sa.update(table).where(table.c.seq == 3).values(change))
    found = wrong(five)
    assert found is not None
    assert (found.seq, found.what) == (3, what)


def test_a_gap_is_told_from_an_entry_that_cannot_stand_there(five: Office) -> None:
    tamper(five, sa.update(table).where(table.c.seq == 1).values(seq=-4))
    found = wrong(five)
    assert found == journal.Broken(-4, "order", "-4", "1")
    tamper(five, sa.delete(table).where(table.c.seq == -4))
    assert wrong(five) == journal.Broken(2, "gap", "2", "1")


def test_a_head_noted_elsewhere_names_what_was_cut_off(five: Office) -> None:
    with five.read() as connection:
        third, fifth = (entry.hash for entry in journal.entries(connection)[2::2])
    assert broken(five, fifth) is None
    assert broken(five, third) is None
    tamper(five, sa.delete(table).where(table.c.seq >= 4))
    assert broken(five) is None
    assert wrong(five, fifth) == journal.Broken(3, "head", third, fifth)
    tamper(five, sa.delete(table))
    assert wrong(five, fifth) == journal.Broken(0, "head", "0" * 64, fifth)


def test_an_entry_altered_with_a_hash_that_fits_breaks_the_next(five: Office) -> None:
    row = dict(five.rows(table)[2], actor="pierre")
    said = {name: row[name] for name in ("action", "actor", "at", "payload", "seq", "subject")}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    row["hash"] = hashlib.sha256((row["previous_hash"] + text).encode()).hexdigest()
    tamper(five, sa.update(table).where(table.c.seq == 3).values(row))
    assert broken(five) == 4


@pytest.mark.parametrize(("removed", "named"), [(1, 2), (3, 4)])
def test_a_removed_entry_breaks_the_next(five: Office, removed: int, named: int) -> None:
    tamper(five, sa.delete(table).where(table.c.seq == removed))
    assert broken(five) == named


def test_removed_entries_that_were_renumbered_are_seen(five: Office) -> None:
    tamper(five, sa.delete(table).where(table.c.seq == 5))
    tamper(five, sa.delete(table).where(table.c.seq == 3))
    tamper(five, sa.update(table).where(table.c.seq == 4).values(seq=3))
    assert broken(five) == 3


@pytest.mark.parametrize("actor", ["", "  "])
def test_nobody_writes_unnamed(five: Office, actor: str) -> None:
    with pytest.raises(ValueError, match="found no actor"), five.write() as connection:
        journal.append(connection, at=NOON, actor=actor, action="comment", subject="K-1", payload={})
    assert len(five.rows(table)) == 5


def test_a_time_needs_its_zone_and_is_kept_in_utc(five: Office) -> None:
    with pytest.raises(ValueError, match="without a time zone"), five.write() as connection:
        journal.append(
            connection,
            at=NOON.replace(tzinfo=None),
            actor="awa",
            action="a",
            subject="s",
            payload={},
        )
    bangui = NOON.astimezone(timezone(timedelta(hours=1)))
    with five.write() as connection:
        entry = journal.append(connection, at=bangui, actor="awa", action="a", subject="s", payload={})
    assert entry.at == "2021-07-31T12:00:00.000+00:00"


def test_entries_of_a_subject_and_the_newest(five: Office) -> None:
    with five.write() as connection:
        journal.append(connection, at=NOON, actor="awa", action="comment", subject="K-2", payload={})
    with five.read() as connection:
        assert [e.seq for e in journal.entries(connection, last=2)] == [5, 6]
        assert [e.seq for e in journal.entries(connection, subject="K-2")] == [6]
        assert [e.seq for e in journal.entries(connection, subject="K-1", last=2)] == [4, 5]


def test_a_transaction_that_fails_leaves_no_entry(five: Office) -> None:
    with pytest.raises(ValueError, match="found no actor"):
        _write_for(five, "pierre", "")
    assert len(five.rows(table)) == 5


def _write_for(office: Office, *actors: str) -> None:
    with office.write() as connection:
        for actor in actors:
            journal.append(connection, at=NOON, actor=actor, action="a", subject="s", payload={})
