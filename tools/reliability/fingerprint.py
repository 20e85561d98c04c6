"""What a database holds, without the moments at which it came to hold it: two of them are compared by this."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from carmonitor.store import database, journal, seals, tables
from carmonitor.store.columns import Moment
from carmonitor.store.findings import is_newest, latest_run

_OF_THE_MOMENT = {("journal", "at"), ("journal", "hash"), ("journal", "previous_hash")}
_OF_MOMENTS = ("row", "catalogue")
"""Of a seal: fingerprints of rows that hold when they were written."""


@dataclass(frozen=True)
class Fingerprint:
    """Per table the number of rows and a hash of them; ``evidence`` and ``result``: the latest run's digests."""

    rows: Mapping[str, int]
    hashes: Mapping[str, str]
    evidence: str
    result: str

    def of_records(self) -> Fingerprint:
        """Only what came in: submissions, their files, records and quarantine."""
        came = ("submission", "blob", "received_file", "source", "quarantine", "known_key")
        rows = {name: n for name, n in self.rows.items() if name in came or name.startswith("rec_")}
        return Fingerprint(rows, {name: self.hashes[name] for name in rows}, self.evidence, self.result)

    def differences(self, other: Fingerprint) -> list[str]:
        """Tables that differ, with their numbers of rows; digests that differ."""
        told = [
            f"{name} {self.rows[name]}/{other.rows[name]}"
            for name in self.rows
            if self.hashes[name] != other.hashes[name]
        ]
        told += ["evidence digest"] if self.evidence != other.evidence else []
        return told + (["result digest"] if self.result != other.result else [])

    def lost(self, other: Fingerprint) -> int:
        """Rows of the undisturbed database (self) that the other has not."""
        return sum(max(0, n - other.rows[name]) for name, n in self.rows.items())

    def surplus(self, other: Fingerprint) -> int:
        """Findings and cases that the other has beyond the undisturbed database."""
        counted = ("finding", "result_finding", "review_case", "case_finding", "submission", "source")
        return sum(max(0, other.rows[name] - self.rows[name]) for name in counted if name in self.rows)


def fingerprint(url: str) -> Fingerprint:
    """Read every table. Days count, moments do not."""
    rows, hashes = {}, {}
    with database.open_store(url) as store, store.read() as connection:
        for name, table in tables.metadata.tables.items():
            columns = [c for c in table.c if not isinstance(c.type, Moment) and (name, c.name) not in _OF_THE_MOMENT]
            kept = connection.execute(sa.select(*columns)).mappings()
            found = sorted(_canonical(_without_moments(row) if name == "journal" else row) for row in kept)
            rows[name] = len(found)
            hashes[name] = hashlib.sha256("\n".join(found).encode()).hexdigest()
        run = latest_run(connection)
    return Fingerprint(rows, hashes, run.evidence_digest if run else "", run.result_digest if run else "")


def _without_moments(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the journal without the fingerprints that cover a moment; :func:`unsound` looks at those."""
    if entry["action"] not in (seals.SUBMISSION[0], seals.RUN[0]):
        return dict(entry)
    payload = {name: value for name, value in json.loads(entry["payload"]).items() if name not in _OF_MOMENTS}
    return {**entry, "payload": payload}


def _canonical(row: Mapping[str, Any]) -> str:
    return json.dumps(
        list(row.values()),
        sort_keys=True,
        ensure_ascii=False,
        default=lambda v: v.hex() if isinstance(v, bytes) else str(v),
    )


def unsound(url: str) -> list[str]:
    """What is wrong with a database, whatever it should hold: broken chain, rows unaccounted for, two open versions."""
    told = []
    with database.open_store(url) as store, store.read() as connection:
        broken = journal.verify(connection)
        if broken is not None:
            told.append(f"journal broken at {broken.seq}")
        told += _rows_unaccounted(connection) + _seals_broken(connection)
        f = tables.finding.c
        same = (f.content_digest, f.finding_id, f.status, f.first_run_id)
        twice = sa.select(f.finding_id).group_by(*same).having(sa.func.count() > 1)
        told += [f"finding {i} is stored twice" for i in connection.execute(twice).scalars()]
        told += _not_the_latest(connection)
        if connection.dialect.name == "sqlite":
            told += [str(r[0]) for r in connection.exec_driver_sql("PRAGMA integrity_check") if r[0] != "ok"]
            told += [f"reference of {r[0]}" for r in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return told


def _rows_unaccounted(connection: sa.Connection) -> list[str]:
    """Sheets whose rows in are not the records, quarantined and skipped rows that the database holds."""
    told = []
    held: dict[int, int] = {}
    for table in (*tables.RECORDS.values(), tables.quarantine):
        counted = sa.select(table.c.source_id, sa.func.count()).group_by(table.c.source_id)
        for source_id, n in connection.execute(counted):
            held[source_id] = held.get(source_id, 0) + n
    s = tables.source.c
    for source_id, rows_in, skipped in connection.execute(sa.select(s.source_id, s.rows_in, s.skipped)):
        if rows_in != held.get(source_id, 0) + len(skipped):
            told.append(f"sheet {source_id}: {rows_in} rows in, {held.get(source_id, 0)} + {len(skipped)} held")
    return told


def _seals_broken(connection: sa.Connection) -> list[str]:
    """Every submission and run must be as it was sealed when it was stored, and none without a seal."""
    told = []
    for actions, made, key in (
        (seals.SUBMISSION, seals.of_submission, tables.submission.c.submission_id),
        (seals.RUN, seals.of_run, tables.run.c.run_id),
    ):
        noted = seals.sealed(connection, actions)
        stored = set(connection.execute(sa.select(key)).scalars())
        told += [
            f"{subject} is not as it was sealed"
            for subject in stored
            if noted.get(subject) != made(connection, subject)
        ]
        told += [f"{subject} was sealed and is not there" for subject in noted.keys() - stored]
    return told


def _not_the_latest(connection: sa.Connection) -> list[str]:
    """The findings that stand must be those of the latest run's result."""
    run = latest_run(connection)
    if run is None:
        return []
    f, m = tables.finding.c, tables.result_finding.c
    standing = set(connection.execute(sa.select(f.finding_id).where(f.status == "open", is_newest())).scalars())
    said = set(connection.execute(sa.select(m.finding_id).where(m.result_digest == run.result_digest)).scalars())
    if standing == said:
        return []
    return [f"the findings that stand ({len(standing)}) are not those of the latest run {run.run_id} ({len(said)})"]
