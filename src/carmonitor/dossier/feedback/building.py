"""Feedback on one return: its corrections, the marked workbook and the letter. Reads the database, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from carmonitor.assessment import worded
from carmonitor.catalogues import Wordings
from carmonitor.dossier.feedback import checks, telling
from carmonitor.dossier.feedback.faults import in_files
from carmonitor.dossier.feedback.held import HeldReturn, load_return
from carmonitor.dossier.feedback.layout import Layouts, layouts
from carmonitor.dossier.feedback.letter import Letter, as_pdf, as_text, compose
from carmonitor.dossier.feedback.marked import marked_workbook
from carmonitor.dossier.feedback.model import NATURES, Correction
from carmonitor.settings import Settings
from carmonitor.store.findings import RunInfo, finding_of, latest_run, load_findings


@dataclass(frozen=True)
class Feedback:
    """What is sent back. ``stem``: a safe name for its files; ``lang``: the language they are in.

    ``is_original``: the workbook is the sender's own with marks; else it was made from the rows.
    """

    workbook: bytes
    letter_pdf: bytes
    letter_text: str
    corrections: tuple[Correction, ...]
    stem: str
    lang: str
    is_original: bool


def feedback_for(
    connection: sa.Connection, settings: Settings, submission_id: str, lang: str | None = None
) -> Feedback:
    """Build the feedback on a submission. ``lang``: ``en`` or ``fr``; None: what the return is written in.

    What the rules found comes from the stored result of the latest run; a run that did not know the submission says
    nothing, and the letter says so. Raises :class:`FeedbackError` for an id that is not held or a workbook too large.
    """
    held = load_return(connection, submission_id)
    read = layouts(held.data)
    chosen = lang or read.language or settings.lang
    run = latest_run(connection)
    if run is not None and not _knew(run, held):
        run = None
    corrections, partial = _corrections(connection, settings, held, read, run, chosen)
    letter = Letter(held, run.run_id if run else "", run.as_of if run else None, corrections, partial)
    said = compose(letter, chosen)
    workbook, is_original = marked_workbook(held, read, corrections, chosen, checked=run is not None)
    return Feedback(workbook, as_pdf(said), as_text(said), corrections, _stem(held), chosen, is_original)


def _knew(run: RunInfo, held: HeldReturn) -> bool:
    return run.last_seq is not None and run.last_seq >= held.seq and run.as_of >= held.received_on


def _corrections(
    connection: sa.Connection, settings: Settings, held: HeldReturn, read: Layouts, run: RunInfo | None, lang: str
) -> tuple[tuple[Correction, ...], bool]:
    rows = checks.ReturnRows(connection, held, read)
    found = [*in_files(held, read, lang), *checks.of_documents(rows, lang)]
    partial = False
    if run is not None:
        result = load_findings(connection, run.result_digest)
        wordings = Wordings(connection, settings)
        told = telling.breaches(result, held.submission_id, wordings.of(run))
        found += checks.of_breaches(told, rows, lambda f: worded(finding_of(f), wordings.of(run), lang), lang)
        lacking = list(telling.unchecked(result, wordings.of(run)))
        missing = list(checks.of_missing(lacking, rows, lang))
        found += missing
        partial = bool(missing) and checks.is_partial(lacking)
    return tuple(in_order(once(found), read)), partial


def once(found: Iterable[Correction]) -> Iterator[Correction]:
    """Each correction once; a cell whose content is asked for already is not asked for again as missing."""
    told: set[Correction] = set()
    asked = set()
    for correction in found:
        if correction in told or (correction.nature == "missing" and correction.column and correction.place in asked):
            continue
        told.add(correction)
        asked.add(correction.place)
        yield correction


def in_order(found: Iterable[Correction], read: Layouts) -> list[Correction]:
    """By nature, then by place."""
    order = {place: number for number, place in enumerate(read.sheets)}
    return sorted(
        found,
        key=lambda c: (
            NATURES.index(c.nature), order.get((c.file, c.sheet), len(order)), c.file, c.sheet, c.row or 0,
            c.column or 0, c.expected,
        ),
    )  # fmt: skip


def _stem(held: HeldReturn) -> str:
    """``feedback_SPPK_2021-03_S1a2b3c4d``; anything but letters of ASCII, digits and dashes becomes ``_``."""
    parts = (held.sender[:40], held.period or "-", held.submission_id[:9])
    return "_".join(("feedback", *(re.sub(r"[^A-Za-z0-9-]", "_", part) for part in parts)))
