"""What is wrong in the files themselves: cells in quarantine, and columns, sheets and files that could not be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from carmonitor.dossier.feedback.held import HeldReturn, HeldSheet
from carmonitor.dossier.feedback.layout import Layout, Layouts
from carmonitor.dossier.feedback.model import Correction
from carmonitor.dossier.feedback.words import say
from carmonitor.dossier.labels import column_label
from carmonitor.dossier.typography import typeset
from carmonitor.intake.batch import CellProblem
from carmonitor.intake.problems import expected_text
from carmonitor.intake.table import column_letters

_NO_HEADER = re.compile(r"column ([A-Z]+) has no header and was not read")
_NOT_NAMED = ": named in no document row"


def in_files(held: HeldReturn, read: Layouts, lang: str) -> Iterator[Correction]:
    """Every fault of reading, with what was expected in ``lang``. Each row in quarantine gives at least one."""
    for sheet in held.sheets:
        layout = read.sheets.get((sheet.file, sheet.sheet))
        refused = held.quarantine.get(sheet.source_id, {})
        if layout is None:  # the file cannot be opened any more: the cells are named by what intake said
            yield from (_unplaced(sheet, row, problem, lang) for row, told in refused.items() for problem in told)
            continue
        yield from _quarantined(sheet, layout, refused, lang)
        yield from _columns(sheet, layout, lang)
        if layout.aside == "hidden sheet" and sheet.skipped:
            yield _whole(sheet, say("expected.hidden", lang), len(sheet.skipped))
    for file in read.failed:
        yield Correction("sheet", file, "", None, None, "", file, say("expected.unreadable_file", lang))
    for note in held.notes:
        if note.endswith(_NOT_NAMED):
            path = note.removesuffix(_NOT_NAMED)
            yield Correction("sheet", path, "", None, None, "", path, say("expected.file_not_named", lang))


def _whole(sheet: HeldSheet, expected: str, rows: int) -> Correction:
    return Correction("sheet", sheet.file, sheet.sheet, None, None, "", sheet.sheet or sheet.file, expected, rows)


def _quarantined(
    sheet: HeldSheet, layout: Layout, rows: Mapping[int, tuple[CellProblem, ...]], lang: str
) -> Iterator[Correction]:
    of_sheet: dict[tuple[str, str], list[int]] = {}
    for row, problems in rows.items():
        for problem in problems:
            if _is_of_sheet(problem, layout):
                of_sheet.setdefault((problem.code, problem.field), []).append(row)
            else:
                yield _cell(sheet, layout, row, problem, lang)
    for (code, name), concerned in of_sheet.items():
        yield from _of_sheet(sheet, layout, code, name, len(concerned), lang)


def _is_of_sheet(problem: CellProblem, layout: Layout) -> bool:
    """Whether a problem is the same for every row: of the sheet, or of its header."""
    if problem.code in ("sheet_not_understood", "two_columns_one_field"):
        return True
    return bool(problem.field) and layout.column(problem.field) is None


def _of_sheet(sheet: HeldSheet, layout: Layout, code: str, name: str, rows: int, lang: str) -> Iterator[Correction]:
    if code == "sheet_not_understood":
        yield _whole(sheet, say("expected.sheet", lang), rows)
    elif code == "two_columns_one_field":
        expected = typeset(expected_text(code, "one column for one field", lang), lang)
        for column in layout.columns(name):
            heading = layout.heading(column)
            yield Correction(
                "sheet", sheet.file, sheet.sheet, layout.header_row, column, heading, heading, expected, rows
            )
    else:
        label = column_label(sheet.kind, name, lang)
        expected = say("expected.key_column", lang, x=label)
        yield Correction("sheet", sheet.file, sheet.sheet, layout.header_row, None, label, "", expected, rows)


def _cell(sheet: HeldSheet, layout: Layout, row: int, problem: CellProblem, lang: str) -> Correction:
    column = layout.column(problem.field) if problem.field else layout.beyond(row)
    heading = layout.heading(column) if column else problem.column
    if column and not heading:
        heading = column_letters(column)
    expected = typeset(expected_text(problem.code, problem.expected, lang), lang)
    return Correction("unread", sheet.file, sheet.sheet, row, column, heading, problem.found, expected)


def _unplaced(sheet: HeldSheet, row: int, problem: CellProblem, lang: str) -> Correction:
    expected = typeset(expected_text(problem.code, problem.expected, lang), lang)
    return Correction("unread", sheet.file, sheet.sheet, row, None, problem.column, problem.found, expected)


def _columns(sheet: HeldSheet, layout: Layout, lang: str) -> Iterator[Correction]:
    for column in layout.unknown():
        heading, expected = layout.heading(column), say("expected.unknown_column", lang)
        yield Correction("sheet", sheet.file, sheet.sheet, layout.header_row, column, heading, heading, expected)
    for note in sheet.notes:
        if found := _NO_HEADER.fullmatch(note):
            column = _number(found[1])
            expected = say("expected.no_header", lang)
            yield Correction("sheet", sheet.file, sheet.sheet, layout.header_row, column, found[1], "", expected)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
