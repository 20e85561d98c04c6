"""What was received, as the database remembers it: the bytes, the row equation, and the rows in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from carmonitor.store import tables as t


def save_blobs(connection: sa.Connection, files: Mapping[str, bytes]) -> dict[str, str]:
    """Keep contents, each once. Returns name → sha256."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    named = {}
    for name, content in files.items():
        named[name] = hashlib.sha256(content).hexdigest()
        row = {"sha256": named[name], "size": len(content), "content": content}
        connection.execute(insert(t.blob).values(row).on_conflict_do_nothing())
    return named


def last_seq(connection: sa.Connection) -> int:
    """The number of the newest submission held; 0 without any."""
    newest: int | None = connection.execute(sa.select(sa.func.max(t.submission.c.seq))).scalar()
    return newest or 0


def intake_counts(connection: sa.Connection, as_of: date, upto: int | None = None) -> dict[str, int]:
    """files, rows, records, quarantined and skipped of everything received by the end of a day.

    ``upto``: only submissions up to this number (:func:`last_seq`), as a run knew them; None: all.
    """
    s = t.source.c
    held = sa.select(
        sa.func.coalesce(sa.func.sum(s.rows_in), 0).label("rows"),
        sa.func.coalesce(sa.func.sum(s.records), 0).label("records"),
        sa.func.coalesce(sa.func.sum(s.quarantined), 0).label("quarantined"),
    ).join_from(t.source, t.submission)
    row = connection.execute(held.where(_known(as_of, upto))).one()
    files = sa.select(sa.func.count()).select_from(t.received_file.join(t.submission))
    counted = connection.execute(files.where(_known(as_of, upto))).scalar_one()
    return {
        "files": int(counted),
        "rows": int(row.rows),
        "records": int(row.records),
        "quarantined": int(row.quarantined),
        "skipped": int(row.rows) - int(row.records) - int(row.quarantined),
    }


def _known(as_of: date, upto: int | None) -> sa.ColumnElement[bool]:
    s = t.submission.c
    return s.received_on <= as_of if upto is None else (s.received_on <= as_of) & (s.seq <= upto)


def quarantined_rows(connection: sa.Connection, as_of: date, upto: int | None = None) -> list[dict[str, Any]]:
    """Every row in quarantine received by the end of a day: file, sheet, row, kind, problems cell by cell, raw text.

    ``upto``: as in :func:`intake_counts`.
    """
    s, q = t.source.c, t.quarantine.c
    query = (
        sa.select(s.file, s.sheet, q.row, s.kind, q.problems, q.raw)
        .select_from(t.quarantine.join(t.source).join(t.submission))
        .where(_known(as_of, upto))
        .order_by(t.submission.c.seq, q.source_id, q.row)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def papers(connection: sa.Connection, submission_ids: Collection[str]) -> list[dict[str, Any]]:
    """The files of these submissions as they came: submission_id, name (of the submission), path, role, sha256, size.

    In the order of their ids and paths. An id that is not stored (a register that ships with the program) has none.
    """
    s, f, b = t.submission.c, t.received_file.c, t.blob.c
    query = sa.select(f.submission_id, s.name, f.path, f.role, f.sha256, b.size).select_from(
        t.received_file.join(t.submission).join(t.blob)
    )
    ids = sorted(submission_ids)
    found = []
    for start in range(0, len(ids), _AT_ONCE):
        some = query.where(f.submission_id.in_(ids[start : start + _AT_ONCE]))
        found += [dict(row) for row in connection.execute(some.order_by(f.submission_id, f.path)).mappings()]
    return found


def blob(connection: sa.Connection, sha256: str) -> bytes:
    """The bytes that are kept under a hash. Raises LookupError without any, ValueError if they changed."""
    content = connection.execute(sa.select(t.blob.c.content).where(t.blob.c.sha256 == sha256)).scalar()
    if content is None:
        raise LookupError(f"found no content with the SHA-256 {sha256}")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"the content kept as {sha256} has another SHA-256: the database was altered")
    return bytes(content)


_AT_ONCE = 1_000  # ids in one query
