"""A sheet of cells to a table of records.

Every row with content becomes a record, or is quarantined, or is skipped with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from carmonitor.intake.batch import CellProblem, QuarantinedRow, Table
from carmonitor.intake.cells import Cell, Language, has_invisible, is_blank, raw_text
from carmonitor.intake.columns import Flags, columns_of, flags, places
from carmonitor.intake.headers import Header
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.values import parse_cells
from carmonitor.intake.vocabulary import Vocabulary, field_types
from carmonitor.records import KINDS
from carmonitor.records.frames import arrow_type, as_frame
from carmonitor.records.places import fold

_LONG = 60  # a lone cell longer than this below a table is a footnote
_ORDINARY = r"\A(?:[A-FH-KO-QU-Za-fh-ko-qu-z]|\d{3})[!-~]*(?: [!-~]+)*\z"  # no total, no footnote, if short
_MARKED = re.compile(r"\s*(?:\*|\(\*|\(?\d{1,2}\)\s|[¹²³†])")


def column_letters(number: int) -> str:
    """1 → ``A``, 27 → ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def skipped_table(file: str, sheet: RawSheet, reason: str, note: str = "") -> Table:
    """A sheet that holds no records by its nature: help sheets, hidden sheets, empty ones."""
    skipped = {sheet.first_row + i: reason for i, row in enumerate(sheet.rows) if not all(map(is_blank, row))}
    return _without_records(file, sheet, (), skipped, note)


def refused_table(file: str, sheet: RawSheet, code: str, expected: str) -> Table:
    """A sheet nobody understands: every row with content goes to quarantine."""
    problem = CellProblem("", "", sheet.name or file, expected, code)
    quarantine = tuple(
        QuarantinedRow(sheet.first_row + i, (problem,), _raw_by_letter(sheet, row))
        for i, row in enumerate(sheet.rows)
        if not all(map(is_blank, row))
    )
    return _without_records(file, sheet, quarantine, {}, f"no row was read: expected {expected}")


def _raw_by_letter(sheet: RawSheet, row: Sequence[Cell]) -> dict[str, str]:
    names = sheet.header or [column_letters(sheet.first_column + i) for i in range(len(row))]
    return {name: raw_text(cell) for name, cell in zip(names, row, strict=False) if not is_blank(cell)}


def _without_records(
    file: str, sheet: RawSheet, quarantine: tuple[QuarantinedRow, ...], skipped: Mapping[int, str], note: str
) -> Table:
    frame = pd.DataFrame({"row": pd.Series([], dtype="int64")})
    notes = (*sheet.notes, note) if note else sheet.notes
    return Table("", file, sheet.name, (), frame, quarantine, skipped, len(quarantine) + len(skipped), notes)


def read_table(file: str, sheet: RawSheet, header: Header, language: Language, vocabulary: Vocabulary) -> Table:
    """Convert a sheet whose header was understood. See :class:`carmonitor.intake.batch.Table` for what comes out."""
    return _Reading(file, sheet, header, language, vocabulary).table()


class _Reading:
    """One sheet on its way to a table. Positions count the rows below the header, from 0."""

    def __init__(self, file: str, sheet: RawSheet, header: Header, language: Language, vocabulary: Vocabulary) -> None:
        self.file, self.sheet, self.header, self.vocabulary = file, sheet, header, vocabulary
        self.kind, self.fields = header.kind, header.fields
        self.keys = KINDS[self.kind].KEY
        top = 0 if sheet.header is not None else header.last + 1
        self.rows = sheet.rows[top:]
        self.first_row = sheet.first_row + top
        self.skipped: dict[int, str] = {}
        self.width = len(header.texts)
        self.columns = columns_of(self.rows, self.width)
        self.filled = np.stack([~column.blank() for column in self.columns])
        self.parsed = {
            name: parse_cells(self.kind, name, language, vocabulary, self.columns[c].cells)
            for name, c in self.fields.items()
        }
        self.names = _raw_names(header, sheet)
        self.first_header = next((text for text in header.texts if text), "")

    def table(self) -> Table:
        above = {} if self.sheet.header is not None else self._rows_above()
        has_content = np.logical_or.reduce(self.filled)
        wanted = has_content & ~self._skipped_rows(has_content)
        notes = self._notes(wanted)
        problems = self._problems(wanted)
        wanted[list(problems)] = False
        frame = self._frame(np.flatnonzero(wanted))
        repeated = repeats(self.kind, frame)
        self.skipped |= dict.fromkeys((int(r) for r in frame.loc[repeated, "row"]), "repeat")
        if repeated.any():
            frame = frame[~repeated].reset_index(drop=True)
        quarantine = tuple(self._quarantined(i, found) for i, found in problems.items())
        skipped = above | dict(sorted(self.skipped.items()))
        rows_in = len(above) + int(has_content.sum())
        columns = tuple(name for name in field_types(self.kind) if name in self.fields)
        return Table(
            self.kind, self.file, self.sheet.name, columns, frame, quarantine, skipped, rows_in,
            (*self.sheet.notes, *notes),
        )  # fmt: skip

    def _rows_above(self) -> dict[int, str]:
        return {
            self.sheet.first_row + i: "title" if i < self.header.first else "header"
            for i, row in enumerate(self.sheet.rows[: self.header.last + 1])
            if not all(map(is_blank, row))
        }

    def _notes(self, wanted: Flags) -> list[str]:
        notes = [f"column {text!r} was not understood and was not read" for text in self.header.unknown]
        for c, text in enumerate(self.header.texts):
            if not text and (self.filled[c] & wanted).any():
                notes.append(f"column {self._letters(c)} has no header and was not read")
        for name, c in self.fields.items():
            seen = self.columns[c].tell(self._invisible(c, name)) & wanted
            if seen.any():
                notes.append(f"column {self.header.texts[c]!r}: invisible characters were dropped in {seen.sum()} rows")
        return notes

    def _invisible(self, column: int, field: str) -> Flags:
        """Which distinct cells were understood, but hold characters that nobody sees."""
        cells = self.columns[column].cells
        found = np.zeros(len(cells), dtype=bool)
        odd = ~flags(pc.string_is_ascii(cells)) if isinstance(cells, pa.Array) else ~found
        for i in places(odd & ~self.parsed[field].refused):
            cell = cells[i].as_py() if isinstance(cells, pa.Array) else cells[i]
            found[i] = isinstance(cell, str) and has_invisible(cell)
        return found

    def _letters(self, column: int) -> str:
        return column_letters(self.sheet.first_column + column)

    def _skipped_rows(self, has_content: Flags) -> Flags:
        """The rows that are no records by their first cell (total, footnote, header again); kept in ``skipped``."""
        found = np.zeros(len(self.rows), dtype=bool)
        if self.sheet.header is not None or not has_content.any():
            return found
        first = self.filled.argmax(axis=0)
        for c in np.unique(first[has_content]).tolist():
            column = self.columns[c]
            for i in places(has_content & (first == c) & column.tell(self._looks_special(column.cells))):
                if reason := self._reason_to_skip(i, self.rows[i], c):
                    self.skipped[self.first_row + i] = reason
                    found[i] = True
        return found

    def _looks_special(self, cells: Sequence[Cell] | pa.StringArray) -> Flags:
        """Which cells may begin a row that is no record. Ordinary texts are not looked at one by one."""
        look = np.ones(len(cells), dtype=bool)
        if isinstance(cells, pa.Array):
            ordinary = pc.and_(pc.match_substring_regex(cells, _ORDINARY), pc.less_equal(pc.utf8_length(cells), _LONG))
            look = ~flags(pc.and_(ordinary, pc.not_equal(cells, self.first_header)))
        for i in places(look):
            cell = cells[i].as_py() if isinstance(cells, pa.Array) else cells[i]
            look[i] = isinstance(cell, str) and (
                self._says_total(cell) or self._says_note(cell) or " ".join(cell.split()) == self.first_header
            )
        return look

    def _reason_to_skip(self, i: int, row: Sequence[Cell], first: int) -> str:
        cell = row[first]
        if not isinstance(cell, str):
            return ""
        if self._says_total(cell):
            key_columns = [self.fields[k] for k in self.keys if k in self.fields]
            if first in key_columns or len(key_columns) < len(self.keys) or not self._keys_readable(i):
                return "total"
        if self._says_note(cell) and sum(1 for c in row if not is_blank(c)) == 1:
            return "footnote"
        if " ".join(cell.split()) == self.first_header and self._is_header_again(row):
            return "header"
        return ""

    def _says_total(self, cell: str) -> bool:
        return cell[:80].strip()[:1].lower() in "tsgm" and self.vocabulary.begins_as_total(cell)

    def _says_note(self, cell: str) -> bool:
        spoken = (cell[:40].split(None, 1) or [""])[0]
        is_word = spoken[:1].lower() in "nsrl" and fold(spoken) in self.vocabulary.footnote_words
        return bool(_MARKED.match(cell)) or (len(self.fields) > 1 and (is_word or len(cell) > _LONG))

    def _keys_readable(self, i: int) -> bool:
        return all(self._value(key, i) is not None for key in self.keys)

    def _value(self, field: str, i: int) -> Any:
        """What a row says in a field; None when blank, not understood or without a column."""
        if field not in self.parsed:
            return None
        return self.parsed[field].values[self._codes(field)[i]].as_py()

    def _codes(self, field: str) -> npt.NDArray[np.int64]:
        return self.columns[self.fields[field]].codes

    def _is_header_again(self, row: Sequence[Cell]) -> bool:
        texts = ["" if is_blank(cell) else " ".join(str(cell).split()) for cell in row]
        return [t for t in texts if t] == [t for t in self.header.texts if t]

    def _problems(self, wanted: Flags) -> dict[int, list[CellProblem]]:
        """Position → why its row forms no record; in the order of the rows."""
        found: dict[int, list[CellProblem]] = {}
        for name in self.header.twice:
            pairs = zip(self.header.texts, self.header.matches, strict=True)
            text = " and ".join(header for header, match in pairs if match and match.field == name)
            problem = CellProblem(text, name, "", "one column for one field", "two_columns_one_field")
            self._add(found, places(wanted), problem)
        for name, parsed in self.parsed.items():
            if not parsed.problems:
                continue
            column, codes = self.fields[name], self._codes(name)
            for i in places(wanted & parsed.refused[codes]):
                refused = parsed.problems[int(codes[i])]
                cell = raw_text(self.rows[i][column])
                self._add(
                    found, [i], CellProblem(self.header.texts[column], name, cell, refused.expected, refused.code)
                )
        for key in self.keys:
            text = self.header.texts[self.fields[key]] if key in self.fields else ""
            blank = CellProblem(text, key, "", "a value: without it the row forms no record", "key_blank")
            missing = self.parsed[key].blank[self._codes(key)] if key in self.parsed else True
            self._add(found, places(wanted & missing), blank)
        for i in places(wanted & self.filled[self.width :].any(axis=0)):
            beyond = "; ".join(raw_text(cell) for cell in self.rows[i][self.width :] if not is_blank(cell))
            expected = "no cells beyond the last header (a comma inside a number?)"
            self._add(found, [i], CellProblem("", "", beyond, expected, "extra_cells"))
        return dict(sorted(found.items()))

    @staticmethod
    def _add(found: dict[int, list[CellProblem]], rows: Iterable[int], problem: CellProblem) -> None:
        for i in rows:
            found.setdefault(i, []).append(problem)

    def _frame(self, positions: npt.NDArray[np.int64]) -> pd.DataFrame:
        columns: dict[str, pa.Array] = {}
        for name, value_type in field_types(self.kind).items():
            if name in self.parsed:
                columns[name] = self.parsed[name].values.take(pa.array(self._codes(name)[positions]))
            else:
                columns[name] = pa.nulls(len(positions), arrow_type(value_type))
        return as_frame(pa.table(columns)).assign(row=self.first_row + positions)

    def _quarantined(self, i: int, problems: list[CellProblem]) -> QuarantinedRow:
        row = self.rows[i]
        raw = {name: raw_text(row[c]) for c, name in self.names.items() if c < len(row)}
        raw |= {self._letters(c): raw_text(row[c]) for c in range(self.width, len(row)) if not is_blank(row[c])}
        known = {}
        for key in self.keys:
            value = None if key in self.header.twice else self._value(key, i)
            if value is not None:
                known[key] = value.isoformat() if isinstance(value, date) else str(value)
        return QuarantinedRow(self.first_row + i, tuple(problems), raw, known)


def _raw_names(header: Header, sheet: RawSheet) -> dict[int, str]:
    """Column → the name its text is kept under: its header as written, its letter when that is blank or taken."""
    names: dict[int, str] = {}
    for column, text in enumerate(header.texts):
        letters = column_letters(sheet.first_column + column)
        names[column] = letters if not text else text if text not in names.values() else f"{text} ({letters})"
    return names


def repeats(kind: str, frame: pd.DataFrame) -> Flags:
    """Rows that are equal to an earlier one but for their row number. Most tables have no two rows of one key."""
    found = frame.duplicated(list(KINDS[kind].KEY), keep=False).to_numpy(copy=True)
    if found.any():
        found[found] = frame[found].drop(columns="row").duplicated()
    return found


def collapse_repeats(tables: Sequence[Table]) -> list[Table]:
    """Rows that an earlier table of the same kind in the submission already holds are skipped as "repeat"."""
    result = list(tables)
    for kind in {t.kind for t in tables if t.kind}:
        places = [i for i, table in enumerate(result) if table.kind == kind]
        if len(places) < 2:
            continue
        repeated = repeats(kind, pd.concat([result[i].frame for i in places]))
        start = 0
        for i in places:
            table = result[i]
            again, start = repeated[start : start + len(table.frame)], start + len(table.frame)
            if again.any():
                rows = {int(row): "repeat" for row in table.frame.loc[again, "row"]}
                frame = table.frame[~again].reset_index(drop=True)
                result[i] = replace(table, frame=frame, skipped=dict(table.skipped) | rows)
    return result
