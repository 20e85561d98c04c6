"""Notes that a mission took in ``cases.xlsx`` of its dossier come back as comments of cases.

A note is what was seen, a proposed decision, the day, and by whom. A proposal is written down as one and never applied.
The same note about the same case is one, however often its workbook comes. What cannot be understood is refused row by
row, and told with its cell.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from carmonitor.cases.workflow import OUTCOMES, person
from carmonitor.dossier import tables
from carmonitor.intake.cells import Cell, Language, Problem, Unreadable, clean_text, is_blank, raw_text
from carmonitor.intake.confined import read_confined
from carmonitor.intake.dates import parse_date
from carmonitor.intake.limits import limits
from carmonitor.intake.problems import expected_text
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.vocabulary import load as vocabulary
from carmonitor.records.places import fold
from carmonitor.records.yamltext import parse_yaml
from carmonitor.store import journal
from carmonitor.store.journal import Act
from carmonitor.store.tables import review_case
from carmonitor.store.tables import run as runs

MAX_BYTES = 64 * 1024**2
_RUN = re.compile(r"\bR[0-9a-f]{16}\b")
_FIELDS = ("mission_observation", "mission_proposal", "mission_seen_on", "mission_seen_by")
_LOOKED_THROUGH = 20  # rows from the top in which the headings stand
_AT_ONCE = 1_000  # ids in one query


class NotesError(Exception):
    """A workbook whose notes cannot be taken in at all. The message is in the reader's language."""


@dataclass(frozen=True)
class Note:
    """One row's note. ``proposal``: an outcome's code; what was left blank is None (``text``: "")."""

    case_id: str
    text: str
    proposal: str | None
    seen_on: date | None
    seen_by: str | None

    @property
    def note_id(self) -> str:
        """A hash of what is said, about which case: the same note has the same id in every workbook."""
        said = [self.case_id, self.text, self.proposal, self.seen_on and self.seen_on.isoformat(), self.seen_by]
        canonical = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return "N" + hashlib.sha256(canonical.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Line:
    """What became of a row: ``result`` added, would_add, known or refused; for the last, which cell and why."""

    file: str
    sheet: str
    row: int
    case_id: str
    result: str
    column: str = ""
    found: str = ""
    expected: str = ""


class _RefusedError(Exception):
    """A cell that cannot be taken in."""

    def __init__(self, field: str, cell: Cell, code: str, expected: str = "", **values: Any) -> None:
        super().__init__(code)
        self.field, self.found = field, raw_text(cell)[:200]
        self.code, self.expected, self.values = code, expected, values


@cache
def texts() -> dict[str, Any]:
    """The words of an import (``notes.yaml``)."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.cases") / "notes.yaml").read_text(encoding="utf-8"))
    return loaded


def import_notes(
    connection: sa.Connection,
    file: str,
    content: bytes,
    *,
    actor: str,
    at: datetime,
    lang: str = "en",
    dry_run: bool = False,
) -> list[Line]:
    """Take in the notes of a workbook; one line for each row that says anything, in the order of the sheet.

    ``connection``: a writing transaction; ``at``: with a time zone. Raises IntakeError for a workbook that cannot be
    read safely, :class:`NotesError` for one that does not belong to this database, CaseError without a user.
    """
    user = person(actor)
    sheet, top, columns, language = _cases_sheet(file, content, lang)
    run_id = _run(connection, file, sheet, top, lang)
    journal.lock(connection)
    rows = list(_rows(sheet, top, columns))
    known = _known_cases(connection, [raw_text(cells["case_id"]).strip() for _, cells in rows])
    taken = _taken(connection, sorted(known))
    lines, acts = [], []
    for number, cells in rows:
        where: dict[str, Any] = {"file": file, "sheet": sheet.name, "row": number}
        try:
            note = _note(cells, known, language, at)
        except _RefusedError as refused:
            column = tables.heading(_column(refused.field), language)
            case_id = raw_text(cells["case_id"]).strip()
            lines.append(Line(**where, case_id=case_id, result="refused", column=column, found=refused.found,
                              expected=_expected(refused, lang)))  # fmt: skip
            continue
        if note.note_id in taken:
            lines.append(Line(**where, case_id=note.case_id, result="known"))
            continue
        taken.add(note.note_id)
        acts.append(Act("comment", note.case_id, _payload(note, run_id, where)))
        lines.append(Line(**where, case_id=note.case_id, result="would_add" if dry_run else "added"))
    if not dry_run:
        journal.append_all(connection, acts, at=at, actor=user)
    return lines


def _payload(note: Note, run_id: str, where: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": note.text or f"proposed: {note.proposal}",
        "proposal": note.proposal,
        "seen_on": note.seen_on.isoformat() if note.seen_on else None,
        "seen_by": note.seen_by,
        "note_id": note.note_id,
        "run_id": run_id,
        "from": dict(where),
    }


# The workbook


def _cases_sheet(file: str, content: bytes, lang: str) -> tuple[RawSheet, int, dict[str, int], Language]:
    """The sheet of the cases, the place of its headings, field → place of its column, and the workbook's language."""
    if len(content) <= MAX_BYTES:
        for sheet in read_confined(file, ".xlsx", content, limits()):
            for top, row in enumerate(sheet.rows[:_LOOKED_THROUGH]):
                for language in ("en", "fr"):
                    columns = _columns(row, language)
                    if columns is not None:
                        return sheet, top, columns, language
    raise NotesError(texts()["workbook"]["no_sheet"][lang].format(file=file))


def _columns(row: Sequence[Cell], lang: str) -> dict[str, int] | None:
    """Field → place in the row of headings; None unless all are there, once."""
    said = [raw_text(cell).strip() for cell in row]
    wanted = {name: tables.heading(_column(name), lang) for name in ("case_id", *_FIELDS)}
    if any(said.count(heading) != 1 for heading in wanted.values()):
        return None
    return {name: said.index(heading) for name, heading in wanted.items()}


def _column(name: str) -> tables.Column:
    return next((column for column in tables.NOTES if column.name == name), tables.Column(name))


def _run(connection: sa.Connection, file: str, sheet: RawSheet, top: int, lang: str) -> str:
    """The run that stands above the cases, which this database knows."""
    above = " ".join(raw_text(cell) for row in sheet.rows[:top] for cell in row)
    found = sorted(set(_RUN.findall(above)))
    say = texts()["workbook"]
    if len(found) != 1:
        problem = say["two_runs"] if found else say["no_run"]
        raise NotesError(problem[lang].format(file=file, run=", ".join(found)))
    if connection.execute(sa.select(runs.c.run_id).where(runs.c.run_id == found[0])).first() is None:
        raise NotesError(say["unknown_run"][lang].format(file=file, run=found[0]))
    return str(found[0])


def _rows(sheet: RawSheet, top: int, columns: Mapping[str, int]) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Row number → its cells by field, of the rows below the headings in which a mission wrote."""
    for number, row in enumerate(sheet.rows[top + 1 :], start=sheet.first_row + top + 1):
        cells = {name: row[place] if place < len(row) else None for name, place in columns.items()}
        if not all(is_blank(cells[name]) for name in _FIELDS):
            yield number, cells


# A row


def _note(cells: Mapping[str, Cell], known: set[str], language: Language, at: datetime) -> Note:
    case_id = _text("case_id", cells["case_id"], tables.MAX_NAME)
    if not case_id:
        raise _RefusedError("case_id", cells["case_id"], "case_blank")
    if case_id not in known:
        raise _RefusedError("case_id", cells["case_id"], "case_unknown")
    note = Note(
        case_id,
        _text("mission_observation", cells["mission_observation"], tables.MAX_NOTE),
        _proposal(cells["mission_proposal"], language),
        _day(cells["mission_seen_on"], language, at),
        _text("mission_seen_by", cells["mission_seen_by"], tables.MAX_NAME) or None,
    )
    if not note.text and note.proposal is None:
        raise _RefusedError("mission_observation", None, "nothing_said")
    return note


def _text(field: str, cell: Cell, most: int) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, Unreadable):
        raise _RefusedError(field, cell, "not_calculated")
    if isinstance(cell, (bool, list)):
        raise _RefusedError(field, cell, "not_text")
    lines = [clean_text(line) for line in (cell if isinstance(cell, str) else raw_text(cell)).splitlines()]
    for line in lines:
        if isinstance(line, Problem):
            raise _RefusedError(field, cell, line.code, line.expected)
    said = "\n".join(str(line) for line in lines).strip()
    if len(said) > most:
        raise _RefusedError(field, cell, "too_long", most=most)
    return said


def _proposal(cell: Cell, language: Language) -> str | None:
    said = _text("mission_proposal", cell, tables.MAX_NOTE)
    if not said:
        return None
    choices = {code: tables.word("case_outcome", code, language) for code in OUTCOMES}
    for code, word in choices.items():
        if fold(said) in (fold(code), fold(word)):
            return code
    raise _RefusedError("mission_proposal", cell, "not_a_proposal", choices=", ".join(choices.values()))


def _day(cell: Cell, language: Language, at: datetime) -> date | None:
    if isinstance(cell, Unreadable):
        raise _RefusedError("mission_seen_on", cell, "not_calculated")
    day = parse_date(cell, language, vocabulary().months)
    if isinstance(day, Problem):
        raise _RefusedError("mission_seen_on", cell, day.code, day.expected)
    if day is not None and day > at.astimezone(UTC).date():
        raise _RefusedError("mission_seen_on", cell, "in_the_future")
    return day


def _expected(refused: _RefusedError, lang: str) -> str:
    own = texts()["expected"].get(refused.code)
    return str(own[lang]).format(**refused.values) if own else expected_text(refused.code, refused.expected, lang)


# What is held


def _known_cases(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are cases."""
    asked, known = sorted(set(ids)), set()
    for start in range(0, len(asked), _AT_ONCE):
        query = sa.select(review_case.c.case_id).where(review_case.c.case_id.in_(asked[start : start + _AT_ONCE]))
        known |= set(connection.execute(query).scalars())
    return known


def _taken(connection: sa.Connection, cases: Sequence[str]) -> set[str]:
    """The ids of notes that were taken in before."""
    found = set()
    for start in range(0, len(cases), _AT_ONCE):
        for entry in journal.entries(connection, subjects=cases[start : start + _AT_ONCE]):
            if entry.action == "comment" and "note_id" in entry.payload:
                found.add(entry.payload["note_id"])
    return found
