"""What arrives again: a submission that is stored already, told by the bytes of its files, without reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.intake.batch import CellProblem, QuarantinedRow, ReceivedFile, Submission, Table
from carmonitor.store import tables as t


def held_again(
    connection: sa.Connection, files: Mapping[str, str], *, sender: str | None, period: str | None
) -> Submission | None:
    """The stored submission that consists of these files (path → sha256), without their bytes and its records.

    None where there is none, where a data file of it could not be read (so that it is read and told again), and where
    ``sender`` or ``period`` are given and are not its own (that may be another submission of the same bytes).
    """
    for submission_id in _with_file(connection, *next(iter(sorted(files.items())))):
        f = t.received_file.c
        query = sa.select(f.path, f.sha256, f.role).where(f.submission_id == submission_id)
        stored = {path: (sha256, role) for path, sha256, role in connection.execute(query)}
        if {path: sha256 for path, (sha256, _) in stored.items()} != dict(files):
            continue
        found = _submission(connection, submission_id, stored)
        unread = {p for p, (_, role) in stored.items() if role == "data"} - {table.file for table in found.tables}
        if not unread and sender in (None, found.sender) and period in (None, found.period):
            return found
    return None


def _with_file(connection: sa.Connection, path: str, sha256: str) -> Iterable[str]:
    f = t.received_file.c
    query = sa.select(f.submission_id).where(f.path == path, f.sha256 == sha256).order_by(f.submission_id)
    return list(connection.execute(query).scalars())


def _submission(connection: sa.Connection, submission_id: str, files: Mapping[str, tuple[str, Any]]) -> Submission:
    s = t.submission.c
    row = connection.execute(sa.select(t.submission).where(s.submission_id == submission_id)).one()
    of_it = t.source.c.submission_id == submission_id
    sheets = connection.execute(sa.select(t.source).where(of_it).order_by(t.source.c.source_id)).all()
    q = t.quarantine.c
    query = sa.select(q.source_id, q.row, q.problems, q.raw).join_from(t.quarantine, t.source).where(of_it)
    refused: dict[int, list[QuarantinedRow]] = {}
    for source_id, number, problems, raw in connection.execute(query.order_by(q.source_id, q.row)):
        told = tuple(CellProblem(**problem) for problem in problems)
        refused.setdefault(source_id, []).append(QuarantinedRow(number, told, raw))
    return Submission(
        submission_id=submission_id,
        name=row.name,
        sender=row.sender,
        period=row.period,
        received_on=row.received_on,
        files=tuple(ReceivedFile(path, sha256, b"", role) for path, (sha256, role) in sorted(files.items())),
        tables=tuple(
            Table(
                kind=sheet.kind,
                file=sheet.file,
                sheet=sheet.sheet,
                columns=tuple(sheet.columns),
                frame=pd.DataFrame(index=range(sheet.records)),
                quarantine=tuple(refused.get(sheet.source_id, ())),
                skipped={int(number): reason for number, reason in sheet.skipped.items()},
                rows_in=sheet.rows_in,
                notes=tuple(sheet.notes),
            )
            for sheet in sheets
        ),
        notes=tuple(row.notes),
    )
