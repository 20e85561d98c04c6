"""Storing a submission: its files, sheets, records and quarantine, in one transaction, exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from carmonitor.intake.batch import ReceivedFile, RowEquationError, Submission, Table
from carmonitor.records import KINDS
from carmonitor.store import seals
from carmonitor.store import tables as t
from carmonitor.store.database import DatabaseError
from carmonitor.store.received import last_seq, save_blobs

_CHUNK = 50_000  # rows handed to the database at a time
_LOAD_LOCK = 4_201_933  # any constant of our own: sequence numbers are given out one submission at a time


def save_submission(connection: sa.Connection, submission: Submission, *, ingested_at: datetime, actor: str) -> bool:
    """Store a submission; False, and nothing written, when the same one is already there.

    ``connection``: a writing transaction (see :meth:`Store.write`), one per submission. ``ingested_at``: with a time
    zone. The row equation is counted again on what the database then holds; :class:`RowEquationError` if it fails.
    """
    if not actor:
        raise ValueError("found no user; expected the name of whoever loads the submission")
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOAD_LOCK)))
    if is_stored(connection, submission.submission_id):
        return False
    connection.execute(
        t.submission.insert().values(
            submission_id=submission.submission_id,
            seq=last_seq(connection) + 1,
            name=submission.name,
            sender=submission.sender,
            period=submission.period,
            return_id=submission.return_id,
            received_on=submission.received_on,
            ingested_at=ingested_at,
            ingested_by=actor,
            notes=list(submission.notes),
        )
    )
    _save_files(connection, submission.submission_id, submission.files)
    first = next_source_id(connection)
    for source_id, table in enumerate(submission.tables, start=first):
        _save_table(connection, submission.submission_id, source_id, table)
    _check_row_equation(connection, dict(enumerate(submission.tables, start=first)))
    seals.seal_submission(connection, submission.submission_id, at=ingested_at, actor=actor)
    return True


def is_stored(connection: sa.Connection, submission_id: str) -> bool:
    """Whether a submission is already in the database."""
    found = sa.select(sa.literal(1)).where(t.submission.c.submission_id == submission_id)
    return connection.execute(found).first() is not None


def next_source_id(connection: sa.Connection) -> int:
    """The lowest ``source_id`` that is free, and above it all."""
    highest: int | None = connection.execute(sa.select(sa.func.max(t.source.c.source_id))).scalar()
    return t.FIRST_SOURCE_ID if highest is None else highest + 1


def _save_files(connection: sa.Connection, submission_id: str, files: Sequence[ReceivedFile]) -> None:
    save_blobs(connection, {file.path: file.content for file in files})
    rows = [{"submission_id": submission_id, "path": f.path, "sha256": f.sha256, "role": f.role} for f in files]
    if rows:
        connection.execute(t.received_file.insert(), rows)


def _save_table(connection: sa.Connection, submission_id: str, source_id: int, table: Table) -> None:
    connection.execute(
        t.source.insert().values(
            source_id=source_id,
            submission_id=submission_id,
            kind=table.kind,
            file=table.file,
            sheet=table.sheet,
            columns=list(table.columns),
            rows_in=table.rows_in,
            records=len(table.frame),
            quarantined=len(table.quarantine),
            skipped={str(row): reason for row, reason in table.skipped.items()},
            notes=list(table.notes),
        )
    )
    if table.quarantine:
        refused = [
            {
                "source_id": source_id,
                "row": row.row,
                "problems": [asdict(problem) for problem in row.problems],
                "raw": dict(row.raw),
            }
            for row in table.quarantine
        ]
        connection.execute(t.quarantine.insert(), refused)
    keys = [
        {"source_id": source_id, "row": row.row, "kind": table.kind, "field": name, "value": value}
        for row in table.quarantine
        for name, value in row.known_keys.items()
    ]
    if keys:
        connection.execute(t.known_key.insert(), keys)
    if table.kind and len(table.frame):
        _save_records(connection, source_id, table.kind, table.frame)


def _save_records(connection: sa.Connection, source_id: int, kind: str, frame: pd.DataFrame) -> None:
    columns = ["source_id", "row", *KINDS[kind].field_types()]
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    table = quote(t.RECORDS[kind].name)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        try:
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for rows in _rows(frame, source_id, columns):
                    for row in rows:
                        copy.write_row(row)
        except connection.dialect.loaded_dbapi.Error as error:
            raise DatabaseError(f"records of kind {kind} could not be stored: {error}") from error
    else:
        marks = ", ".join("?" * len(columns))
        for rows in _rows(frame, source_id, columns):
            connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _rows(frame: pd.DataFrame, source_id: int, columns: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as both drivers take them: None for null, days as ISO text. Fails on a time of day in a date field."""
    for start in range(0, len(frame), _CHUNK):
        part = frame.iloc[start : start + _CHUNK]
        values = [[source_id] * len(part), *(_plain(part[name]) for name in columns[1:])]
        yield list(zip(*values, strict=True))


def _plain(values: pd.Series) -> list[Any]:
    array = pa.array(values, from_pandas=True)
    if pa.types.is_timestamp(array.type):
        days = array.cast(pa.date32())
        if not days.cast(array.type).equals(array):
            raise ValueError(f"found a time of day in {values.name}; expected days")
        array = days.cast(pa.string())
    plain: list[Any] = array.to_pylist()
    return plain


def _check_row_equation(connection: sa.Connection, saved: Mapping[int, Table]) -> None:
    """Rows in = records + quarantined + skipped, counted in the database itself."""
    for source_id, table in saved.items():
        records = _count(connection, t.RECORDS[table.kind], source_id) if table.kind else 0
        quarantined = _count(connection, t.quarantine, source_id)
        stored = connection.execute(
            sa.select(t.source.c.rows_in, t.source.c.skipped).where(t.source.c.source_id == source_id)
        ).one()
        if stored.rows_in != records + quarantined + len(stored.skipped):
            raise RowEquationError(
                f"{table.file}, {table.sheet}: {stored.rows_in} rows in; the database holds {records} records, "
                f"{quarantined} quarantined and {len(stored.skipped)} skipped"
            )


def _count(connection: sa.Connection, table: sa.Table, source_id: int) -> int:
    return connection.execute(
        sa.select(sa.func.count()).select_from(table).where(table.c.source_id == source_id)
    ).scalar_one()
