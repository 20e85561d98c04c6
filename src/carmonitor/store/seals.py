"""Seals: fingerprints of what was stored, put into the journal when it was, so that altering it later shows.

A finding carries its own seal (column ``seal``), so that the altered one can be named. The journal has the fingerprints
of every submission and every run; whoever alters a finding and its seal would have to write the journal anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from carmonitor.store import journal, plain
from carmonitor.store import tables as t

SUBMISSION = ("submission_stored", "submission_sealed")
RUN = ("run_stored", "run_sealed")
"""Actions of the journal; the second: stored by an older version, sealed when the database was upgraded."""

FIXED = (
    "finding_id", "version", "content_digest", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "period",
    "content", "first_run_id",
)  # fmt: skip
"""What of a finding never changes, in the order of its seal."""

_Fingerprints = Callable[[sa.Connection, str], dict[str, Any]]

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
    journal.append(connection, at=at, actor=actor, action=SUBMISSION[0], subject=submission_id, payload=payload)


def seal_run(connection: sa.Connection, run_id: str, *, at: datetime, actor: str) -> None:
    """Put a run's fingerprints into the journal."""
    payload = of_run(connection, run_id)
    journal.append(connection, at=at, actor=actor, action=RUN[0], subject=run_id, payload=payload)


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
    s, r = t.submission.c, t.run.c
    stored: list[tuple[tuple[str, str], _Fingerprints, sa.Select[str]]] = [
        (SUBMISSION, of_submission, sa.select(s.submission_id).order_by(s.seq))
    ]
    stored += [(RUN, of_run, sa.select(r.run_id).order_by(r.as_of, r.started_at, r.run_id))]
    acts = []
    for actions, fingerprints, ids in stored:
        known = sealed(connection, actions)
        for subject in connection.execute(ids).scalars().all():
            if subject not in known:
                acts.append(journal.Act(actions[1], subject, fingerprints(connection, subject)))
    journal.append_all(connection, acts, at=at, actor=journal.SYSTEM)
    return len(acts)


def sealed(connection: sa.Connection, actions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Submission or run → the fingerprints that the journal has of it, the newest."""
    query = sa.select(t.journal.c.subject, t.journal.c.payload).where(t.journal.c.action.in_(actions))
    rows = connection.execute(query.order_by(t.journal.c.seq))
    return {subject: json.loads(payload) for subject, payload in rows}


def _fingerprint(
    connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool], columns: tuple[str, ...] = ()
) -> str:
    return plain.fingerprint(plain.rows(connection, table, *where, columns=columns))
