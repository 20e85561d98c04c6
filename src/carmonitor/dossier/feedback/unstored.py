"""Feedback on a return that was read and not stored: what could not be read, marked in its own workbook."""

from __future__ import annotations

from collections.abc import Mapping

from carmonitor.dossier.feedback.building import in_order, once
from carmonitor.dossier.feedback.faults import in_files
from carmonitor.dossier.feedback.held import HeldReturn, HeldSheet
from carmonitor.dossier.feedback.layout import layouts
from carmonitor.dossier.feedback.marked import marked_workbook
from carmonitor.intake.batch import CellProblem, Submission


def marked_copy(submission: Submission, lang: str | None = None) -> bytes:
    """The workbook with its faulty cells marked. ``lang``: None for the language the return is written in.

    No rule speaks in it: what was found by checking stands in the result of the check alone. Raises
    :class:`FeedbackError` for a return too large to mark.
    """
    held = _held(submission)
    read = layouts(held.data)
    chosen = lang or read.language or "en"
    corrections = in_order(once(in_files(held, read, chosen)), read)
    return marked_workbook(held, read, corrections, chosen, checked=False)[0]


def _held(submission: Submission) -> HeldReturn:
    sheets, quarantine = [], {}
    for number, table in enumerate(submission.tables):
        skipped = {str(row): reason for row, reason in table.skipped.items()}
        sheets.append(
            HeldSheet(
                number, table.kind, table.file, table.sheet, table.columns, table.rows_in, len(table.frame),
                len(table.quarantine), skipped, table.notes,
            )
        )  # fmt: skip
        rows: Mapping[int, tuple[CellProblem, ...]] = {row.row: row.problems for row in table.quarantine}
        if rows:
            quarantine[number] = rows
    return HeldReturn(
        submission_id=submission.submission_id, seq=0, name=submission.name, sender=submission.sender,
        period=submission.period, received_on=submission.received_on, notes=submission.notes,
        data={f.path: f.content for f in submission.files if f.role == "data"},
        paths=tuple(f.path for f in submission.files), sheets=tuple(sheets), quarantine=quarantine,
    )  # fmt: skip
