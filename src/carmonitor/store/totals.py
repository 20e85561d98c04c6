"""Totals of subjects with too many rows to add them up for one page: kept for the latest run, made again at will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from carmonitor.store.findings import lock
from carmonitor.store.tables import subject_total

_AT_ONCE = 800


def save_totals(connection: sa.Connection, run_id: str, kind: str, totals: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep the totals (JSON values) of subjects of a kind as of a run, in place of those of any other run."""
    lock(connection)
    t = subject_total.c
    connection.execute(sa.delete(subject_total).where((t.run_id != run_id) | (t.subject_kind == kind)))
    rows = [
        {"run_id": run_id, "subject_kind": kind, "subject_id": name, "content": dict(content)}
        for name, content in sorted(totals.items())
    ]
    if rows:
        connection.execute(sa.insert(subject_total), rows)


def load_totals(connection: sa.Connection, run_id: str, kind: str, ids: Iterable[str] | None) -> dict[str, Any]:
    """Those kept as of a run, by subject: of these subjects, or of all of the kind."""
    t = subject_total.c
    query = sa.select(t.subject_id, t.content).where(t.run_id == run_id, t.subject_kind == kind)
    if ids is None:
        return {row.subject_id: row.content for row in connection.execute(query)}
    wanted = sorted(set(ids))
    parts = [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
    return {
        name: content for part in parts for name, content in connection.execute(query.where(t.subject_id.in_(part)))
    }
