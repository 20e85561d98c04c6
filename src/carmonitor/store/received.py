"""What was received, as the database remembers it: the bytes, the row equation, and the rows in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


def intake_counts(connection: sa.Connection, as_of: date) -> dict[str, int]:
    """files, rows, records, quarantined and skipped of everything received by the end of a day."""
    s = t.source.c
    held = sa.select(
        sa.func.coalesce(sa.func.sum(s.rows_in), 0).label("rows"),
        sa.func.coalesce(sa.func.sum(s.records), 0).label("records"),
        sa.func.coalesce(sa.func.sum(s.quarantined), 0).label("quarantined"),
    ).join_from(t.source, t.submission)
    row = connection.execute(held.where(t.submission.c.received_on <= as_of)).one()
    files = sa.select(sa.func.count()).select_from(t.received_file.join(t.submission))
    counted = connection.execute(files.where(t.submission.c.received_on <= as_of)).scalar_one()
    return {
        "files": int(counted),
        "rows": int(row.rows),
        "records": int(row.records),
        "quarantined": int(row.quarantined),
        "skipped": int(row.rows) - int(row.records) - int(row.quarantined),
    }


def quarantined_rows(connection: sa.Connection, as_of: date) -> list[dict[str, Any]]:
    """Every row in quarantine received by the end of a day: file, sheet, row, kind, problems cell by cell, raw text."""
    s, q = t.source.c, t.quarantine.c
    query = (
        sa.select(s.file, s.sheet, q.row, s.kind, q.problems, q.raw)
        .select_from(t.quarantine.join(t.source).join(t.submission))
        .where(t.submission.c.received_on <= as_of)
        .order_by(t.submission.c.seq, q.source_id, q.row)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
