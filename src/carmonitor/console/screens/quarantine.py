"""Quarantine: which cells of which rows could not be read, per submission and sheet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.screens.queue import page_number
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier import labels
from carmonitor.intake.problems import expected_text, note_text
from carmonitor.store import tables as t

router = APIRouter()

SIZE = 50


@router.get("/quarantine")
def submissions(visit: Viewer) -> Response:
    """Every submission with its row equation, those with rows in quarantine first."""
    s, source = t.submission.c, t.source.c
    sums = [sa.func.coalesce(sa.func.sum(source[n]), 0).label(n) for n in ("rows_in", "records", "quarantined")]
    query = (
        sa.select(s.submission_id, s.name, s.sender, s.period, s.received_on, *sums)
        .join_from(t.submission, t.source, isouter=True)
        .group_by(s.submission_id, s.name, s.sender, s.period, s.received_on, s.seq)
        .order_by(sa.case((sums[2] > 0, 0), else_=1), s.received_on.desc(), s.seq.desc())
    )
    number = page_number(visit)
    with visit.console.store.read() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(t.submission)).scalar_one()
        rows = connection.execute(query.offset((number - 1) * SIZE).limit(SIZE)).mappings().all()
    return visit.page("quarantine.html", rows=rows, number=number, pages=max(1, -(-total // SIZE)), total=total)


@router.get("/quarantine/{submission_id}")
def rows(visit: Viewer, submission_id: str) -> Response:
    """The rows of a submission in quarantine, sheet by sheet, with what was wrong in which cell."""
    s, q, source, number = t.submission.c, t.quarantine.c, t.source.c, page_number(visit)
    with visit.console.store.read() as connection:
        held = sa.select(t.submission).where(s.submission_id == submission_id)
        submission = connection.execute(held).mappings().one_or_none()
        if submission is None:
            raise NotFoundError("submission")
        of_it = sa.select(t.source).where(source.submission_id == submission_id)
        sheets = [_sheet(row, visit.lang) for row in connection.execute(of_it.order_by(source.source_id)).mappings()]
        wrong = (
            sa.select(q.source_id, q.row, q.problems, q.raw, source.file, source.sheet, source.kind)
            .join_from(t.quarantine, t.source)
            .where(source.submission_id == submission_id)
            .order_by(q.source_id, q.row)
            .offset((number - 1) * SIZE)
            .limit(SIZE)
        )
        found = [_row(row, visit.lang) for row in connection.execute(wrong).mappings()]
    total = sum(sheet["quarantined"] for sheet in sheets)
    notes = [note_text(note, visit.lang) for note in submission["notes"]]
    return visit.page(
        "quarantine_rows.html", submission=submission, sheets=sheets, rows=found, notes=notes,
        number=number, pages=max(1, -(-total // SIZE)), total=total,
    )  # fmt: skip


def _sheet(row: Any, lang: str) -> dict[str, Any]:
    notes = [note_text(note, lang) for note in row["notes"]]
    skipped = row["rows_in"] - row["records"] - row["quarantined"]
    return {**row, "notes": notes, "skipped_rows": skipped, "title": labels.word(row["kind"], lang) or "–"}


def _row(row: Any, lang: str) -> dict[str, Any]:
    """The cells at fault, then the whole row as it was sent."""
    problems = [
        {**p, "expected": expected_text(str(p.get("code", "")), str(p.get("expected", "")), lang)}
        for p in row["problems"]
    ]
    return {**row, "problems": problems, "at_fault": {p.get("column") for p in problems}}
