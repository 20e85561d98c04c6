"""Returns as the database holds them: which one is meant, its files, sheets and rows in quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from carmonitor.intake.batch import CellProblem
from carmonitor.store import tables as t

_SHORTEST = 6  # first characters of a submission's id that name it
_LISTED = 20


class FeedbackError(Exception):
    """A return that is not held or cannot be marked. The message says what was found and what was expected."""


@dataclass(frozen=True)
class HeldSheet:
    """A sheet as it was taken in. ``notes``: in English, as intake says them."""

    source_id: int
    kind: str
    file: str
    sheet: str
    columns: tuple[str, ...]
    rows_in: int
    records: int
    quarantined: int
    skipped: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class HeldReturn:
    """A submission. ``data``: its data files, path → bytes; ``paths``: of all its files.

    ``quarantine``: source_id → row → problems. ``later``: the day a later one of the same sender and period arrived.
    """

    submission_id: str
    seq: int
    name: str
    sender: str
    period: str | None
    received_on: date
    notes: tuple[str, ...]
    data: Mapping[str, bytes]
    paths: tuple[str, ...]
    sheets: tuple[HeldSheet, ...]
    quarantine: Mapping[int, Mapping[int, tuple[CellProblem, ...]]]
    later: date | None = None

    @property
    def return_id(self) -> str:
        """``sender@period``."""
        return f"{self.sender}@{self.period or '-'}"

    @property
    def counts(self) -> dict[str, int]:
        """rows = records + quarantined + skipped."""
        return {
            "rows": sum(s.rows_in for s in self.sheets),
            "records": sum(s.records for s in self.sheets),
            "quarantined": sum(s.quarantined for s in self.sheets),
            "skipped": sum(len(s.skipped) for s in self.sheets),
        }


def find_return(connection: sa.Connection, named: str) -> str:
    """The submission that ``SENDER@PERIOD`` (the newest one) or the first characters of an id name.

    Raises :class:`FeedbackError` with the returns that are held.
    """
    s = t.submission.c
    query = sa.select(s.submission_id).order_by(s.received_on.desc(), s.seq.desc())
    newest = connection.execute(query.where(s.return_id == named).limit(1)).scalar()
    if newest is not None:
        return str(newest)
    hits: Sequence[str] = []
    if len(named) >= _SHORTEST:
        hits = connection.execute(query.where(s.submission_id.startswith(named, autoescape=True))).scalars().all()
    if len(hits) == 1:
        return str(hits[0])
    found = f"{len(hits)} submissions that begin with {named!r}" if hits else f"no return {named!r}"
    raise FeedbackError(f"found {found}; expected SENDER@PERIOD or a submission's id. {_held(connection)}")


def _held(connection: sa.Connection) -> str:
    s = t.submission.c
    query = sa.select(s.return_id).where(s.period.is_not(None)).distinct().order_by(s.return_id)
    ids = [str(i) for i in connection.execute(query).scalars()]
    if not ids:
        return "No return of a month is held"
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return f"Held: {', '.join(ids[-_LISTED:])}{more}"


def returns_of(connection: sa.Connection, period: str) -> list[str]:
    """The newest submission of every sender for a period, by sender."""
    s = t.submission.c
    query = sa.select(s.sender, s.submission_id).where(s.period == period)
    rows = connection.execute(query.order_by(s.sender, s.received_on, s.seq)).all()
    newest = {str(row.sender): str(row.submission_id) for row in rows}
    if not newest:
        raise FeedbackError(f"found no return for {period}. {_held(connection)}")
    return list(newest.values())


def load_return(connection: sa.Connection, submission_id: str) -> HeldReturn:
    """A submission with the bytes of its data files. Raises :class:`FeedbackError` for an id that is not held."""
    s = t.submission.c
    row = connection.execute(sa.select(t.submission).where(s.submission_id == submission_id)).one_or_none()
    if row is None:
        raise FeedbackError(f"found no submission {submission_id!r}. {_held(connection)}")
    f = t.received_file.c
    of_it = f.submission_id == submission_id
    paths = connection.execute(sa.select(f.path).where(of_it).order_by(f.path)).scalars().all()
    data = sa.select(f.path, t.blob.c.content).join_from(t.received_file, t.blob).where(of_it, f.role == "data")
    return HeldReturn(
        submission_id=submission_id,
        seq=row.seq,
        name=row.name,
        sender=row.sender,
        period=row.period,
        received_on=row.received_on,
        notes=tuple(row.notes),
        data={path: bytes(content) for path, content in connection.execute(data.order_by(f.path))},
        paths=tuple(paths),
        sheets=_sheets(connection, submission_id),
        quarantine=_quarantine(connection, submission_id),
        later=_later(connection, row),
    )


def _sheets(connection: sa.Connection, submission_id: str) -> tuple[HeldSheet, ...]:
    c = t.source.c
    query = sa.select(t.source).where(c.submission_id == submission_id).order_by(c.source_id)
    return tuple(
        HeldSheet(
            r.source_id, r.kind, r.file, r.sheet, tuple(r.columns), r.rows_in, r.records, r.quarantined, r.skipped,
            tuple(r.notes),
        )
        for r in connection.execute(query)
    )  # fmt: skip


def _quarantine(connection: sa.Connection, submission_id: str) -> dict[int, dict[int, tuple[CellProblem, ...]]]:
    q = t.quarantine.c
    query = sa.select(q.source_id, q.row, q.problems).join_from(t.quarantine, t.source)
    found: dict[int, dict[int, tuple[CellProblem, ...]]] = {}
    of_it = query.where(t.source.c.submission_id == submission_id).order_by(q.source_id, q.row)
    for source_id, number, problems in connection.execute(of_it):
        found.setdefault(source_id, {})[number] = tuple(CellProblem(**problem) for problem in problems)
    return found


def _later(connection: sa.Connection, row: Any) -> date | None:
    if row.period is None:
        return None
    s = t.submission.c
    after = sa.or_(s.received_on > row.received_on, sa.and_(s.received_on == row.received_on, s.seq > row.seq))
    query = sa.select(sa.func.max(s.received_on)).where(s.return_id == row.return_id, after)
    day: date | None = connection.execute(query).scalar()
    return day
