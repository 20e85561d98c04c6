"""The journal: who decided what, and when. Entries are only ever appended, each chained to the one before by its hash.

What the chain shows: an entry altered, removed from the middle or slipped in. What it cannot show by itself: the newest
entries cut off, or the whole chain written anew; that is seen by comparing with a head noted elsewhere
(:func:`verify` with ``noted``; an export carries one).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from carmonitor.store import plain
from carmonitor.store.tables import journal

SYSTEM = "system"
"""The actor of unattended work."""

_BEFORE_THE_FIRST = "0" * 64
_LOCK = 4_201_931  # any constant of our own: one writer of the journal at a time


@dataclass(frozen=True)
class Entry:
    """One line of the journal. ``at``: ISO time in UTC; ``payload``: what changed (old and new values) and why."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    payload: dict[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Act:
    """What is to be written down: an entry that has no place in the chain yet."""

    action: str
    subject: str
    payload: Mapping[str, Any]


def lock(connection: sa.Connection) -> None:
    """Let nobody else write the journal until this transaction ends. Decisions are thus made one after the other.

    On SQLite a writing transaction is alone from its beginning (BEGIN IMMEDIATE).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def append(
    connection: sa.Connection, *, at: datetime, actor: str, action: str, subject: str, payload: Mapping[str, Any]
) -> Entry:
    """Write one entry. ``at`` with a time zone; ``payload`` of JSON values. Raises ValueError without an actor."""
    return append_all(connection, [Act(action, subject, payload)], at=at, actor=actor)[0]


def append_all(connection: sa.Connection, acts: Iterable[Act], *, at: datetime, actor: str) -> list[Entry]:
    """Write many entries of one actor and moment, in the order given. Nothing given writes nothing."""
    if not actor.strip():
        raise ValueError("found no actor; expected the name of who decides (nothing is written unnamed)")
    if at.tzinfo is None:
        raise ValueError(f"found the time {at.isoformat()} without a time zone; expected one with it")
    lock(connection)
    last = head(connection)
    seq, previous = (last.seq, last.hash) if last else (0, _BEFORE_THE_FIRST)
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds")
    rows: list[dict[str, Any]] = []
    for seq_, act in enumerate(acts, start=seq + 1):
        row: dict[str, Any] = {
            "seq": seq_, "at": moment, "actor": actor.strip(), "action": act.action, "subject": act.subject,
            "payload": _canonical(dict(act.payload)), "previous_hash": previous,
        }  # fmt: skip
        row["hash"] = previous = _hash(row)
        rows.append(row)
    if rows:
        connection.execute(sa.insert(journal), rows)
    return [_entry(row) for row in rows]


def head(connection: sa.Connection) -> Entry | None:
    """The newest entry; None in an empty journal."""
    found = entries(connection, last=1)
    return found[0] if found else None


def entries(
    connection: sa.Connection,
    *,
    last: int | None = None,
    subject: str | None = None,
    subjects: Collection[str] | None = None,
) -> list[Entry]:
    """Entries in their order: all, the ``last`` so many, or those about a subject or several."""
    query = sa.select(journal).order_by(journal.c.seq.desc()).limit(last)
    if subject is not None:
        query = query.where(journal.c.subject == subject)
    if subjects is not None:
        query = query.where(journal.c.subject.in_(subjects))
    return [_entry(dict(row)) for row in reversed(connection.execute(query).mappings().all())]


def numbered(connection: sa.Connection, numbers: Collection[int]) -> list[Entry]:
    """The entries of these numbers, the newest first."""
    query = sa.select(journal).where(journal.c.seq.in_(numbers)).order_by(journal.c.seq.desc())
    return [_entry(dict(row)) for row in connection.execute(query).mappings()]


@dataclass(frozen=True)
class Broken:
    """The first place where the journal is not whole.

    ``what``: ``gap`` (entries are missing before this number), ``order`` (a number that cannot follow), ``previous``
    (does not continue the entry before), ``payload`` (not the JSON that was written), ``hash`` (another field, or the
    hash itself, was altered), ``head`` (no entry has the hash noted elsewhere: cut off, or written anew).
    """

    seq: int
    what: str
    found: str
    expected: str


def verify(connection: sa.Connection, *, noted: str | None = None) -> Broken | None:
    """Check the chain from the first entry to the last. The first that does not fit, or None when all do.

    ``noted``: a head that was noted elsewhere; the journal must still hold the entry with that hash.
    """
    previous, place, met = _BEFORE_THE_FIRST, 0, noted is None
    for place, row in enumerate(_rows(connection), start=1):
        broken = _wrong(row, place, previous)
        if broken is not None:
            return broken
        previous = row["hash"]
        met = met or previous == noted
    return None if met else Broken(place, "head", previous, str(noted))


def _wrong(row: Mapping[str, Any], place: int, previous: str) -> Broken | None:
    seq = row["seq"]
    if seq != place:
        return Broken(seq, "gap" if seq > place else "order", str(seq), str(place))
    if row["previous_hash"] != previous:
        return Broken(seq, "previous", str(row["previous_hash"]), previous)
    expected = _hash(row)
    if row["hash"] == expected:
        return None
    what = "hash" if _is_canonical(row["payload"]) else "payload"
    return Broken(seq, what, str(row["hash"]), expected)


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Entries as they are kept, even where one is no text any more."""
    for values in plain.rows(connection, journal):
        texts = [repr(value) if isinstance(value, bytes) else value for value in values]
        yield dict(zip(journal.columns.keys(), texts, strict=True))


def _hash(row: Mapping[str, Any]) -> str:
    """sha256 of the previous hash and the canonical JSON of the entry; ``payload`` counts letter by letter."""
    said = {name: row[name] for name in ("seq", "at", "actor", "action", "subject", "payload")}
    text = f"{row['previous_hash']}{_canonical(said)}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _is_canonical(text: Any) -> bool:
    try:
        return bool(_canonical(json.loads(text)) == text)
    except (TypeError, ValueError):
        return False


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _entry(row: Mapping[str, Any]) -> Entry:
    try:
        payload = json.loads(row["payload"])
    except ValueError:  # only an entry that was tampered with
        payload = {"unreadable": row["payload"]}
    return Entry(**{**row, "payload": payload})
