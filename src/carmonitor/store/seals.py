"""Seals: fingerprints of what was stored, put into the journal when it was, so that altering it later shows.

A finding carries its own seal (column ``seal``), so that the altered one can be named. The journal has the fingerprints
of every submission and every run; whoever alters a finding and its seal would have to write the journal anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from carmonitor.store import journal, plain
from carmonitor.store import tables as t

SUBMISSION, RUN, LATER = "submission_stored", "run_stored", "sealed_at_upgrade"
"""Actions of the journal. ``LATER``: stored by an older version, sealed when the database was upgraded."""

FIXED = (
    "finding_id", "version", "content_digest", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "period",
    "content", "first_run_id",
)  # fmt: skip
"""What of a finding never changes, in the order of its seal."""

_KEY = ("finding_id", "version", "seal")


def of_finding(row: Mapping[str, Any]) -> str:
    """The seal of a finding about to be stored; ``content`` counts as the JSON text that both databases keep."""
    return plain.fingerprint(json.dumps(row[name]) if name == "content" else row[name] for name in FIXED)


def of_submission(connection: sa.Connection, submission_id: str) -> dict[str, Any]:
    """Fingerprints of a stored submission: ``row``, and ``files`` (path → sha256)."""
    files = plain.rows(connection, t.received_file, t.received_file.c.submission_id == submission_id)
    return {
        "row": _fingerprint(connection, t.submission, t.submission.c.submission_id == submission_id),
        "files": {str(path): f"{sha256}" for _, path, sha256, _ in files},
        "roles": _fingerprint(connection, t.received_file, t.received_file.c.submission_id == submission_id),
    }


def of_run(connection: sa.Connection, run_id: str) -> dict[str, Any]:
    """Fingerprints of a stored run: its ``row``, the ``members`` and ``coverage`` of its result, its ``findings``.

    ``findings``: the versions that this run was the first to say; ``catalogue``: the row of what it judged with.
    """
    kept = plain.rows(connection, t.run, t.run.c.run_id == run_id, columns=("result_digest", "catalogue_hash"))
    ((digest, catalogue),) = kept
    return {
        "row": _fingerprint(connection, t.run, t.run.c.run_id == run_id),
        "members": _fingerprint(connection, t.result_finding, plain.same(t.result_finding.c.result_digest, digest)),
        "coverage": _fingerprint(connection, t.coverage, plain.same(t.coverage.c.result_digest, digest)),
        "findings": _fingerprint(connection, t.finding, t.finding.c.first_run_id == run_id, columns=_KEY),
        "catalogue": _fingerprint(connection, t.catalogue, plain.same(t.catalogue.c.catalogue_hash, catalogue)),
    }


def seal_submission(connection: sa.Connection, submission_id: str, *, at: datetime, actor: str) -> None:
    """Put a submission's fingerprints into the journal."""
    payload = of_submission(connection, submission_id)
    journal.append(connection, at=at, actor=actor, action=SUBMISSION, subject=submission_id, payload=payload)


def seal_run(connection: sa.Connection, run_id: str, *, at: datetime, actor: str) -> None:
    """Put a run's fingerprints into the journal."""
    payload = of_run(connection, run_id)
    journal.append(connection, at=at, actor=actor, action=RUN, subject=run_id, payload=payload)


def seal_older(connection: sa.Connection, *, at: datetime) -> int:
    """Seal what versions before revision 0008 stored. How many submissions and runs that were."""
    f = t.finding.c
    unsealed = list(plain.rows(connection, t.finding, f.seal == "", columns=(*FIXED,)))
    update = (
        sa.update(t.finding)
        .where(f.finding_id == sa.bindparam("id_"), f.version == sa.bindparam("version_"))
        .values(seal=sa.bindparam("seal_"))
    )
    if unsealed:
        values = [{"id_": row[0], "version_": row[1], "seal_": plain.fingerprint(row)} for row in unsealed]
        connection.execute(update, values)
    sealed = set(connection.execute(sa.select(t.journal.c.subject).where(t.journal.c.action.in_(_SEALS))).scalars())
    acts = [journal.Act(LATER, subject, payload) for subject, payload in _stored(connection) if subject not in sealed]
    journal.append_all(connection, acts, at=at, actor=journal.SYSTEM)
    return len(acts)


_SEALS = (SUBMISSION, RUN, LATER)


def sealed(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Submission or run → the fingerprints that the journal has of it, the newest."""
    query = sa.select(t.journal.c.subject, t.journal.c.payload).where(t.journal.c.action.in_(_SEALS))
    rows = connection.execute(query.order_by(t.journal.c.seq))
    return {subject: json.loads(payload) for subject, payload in rows}


def _stored(connection: sa.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    s, r = t.submission.c, t.run.c
    for submission_id in connection.execute(sa.select(s.submission_id).order_by(s.seq)).scalars().all():
        yield submission_id, of_submission(connection, submission_id)
    for run_id in connection.execute(sa.select(r.run_id).order_by(r.as_of, r.started_at, r.run_id)).scalars().all():
        yield run_id, of_run(connection, run_id)


def _fingerprint(
    connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool], columns: tuple[str, ...] = ()
) -> str:
    return plain.fingerprint(plain.rows(connection, table, *where, columns=columns))
