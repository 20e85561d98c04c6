"""A sheet of cells to a table of records.

Every row with content becomes a record, or is quarantined, or is skipped with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pandas as pd

from carmonitor.intake.batch import CellProblem, QuarantinedRow, Table
from carmonitor.intake.cells import Cell, Language, Problem, is_blank, raw_text
from carmonitor.intake.headers import Header
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.values import parse_column, parser
from carmonitor.intake.vocabulary import Vocabulary, field_types
from carmonitor.records import KINDS
from carmonitor.records.fields import DATE
from carmonitor.records.places import fold

_LONG = 60  # a lone cell longer than this below a table is a footnote
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
        self.cells = {name: [row[c] if c < len(row) else None for row in self.rows] for name, c in self.fields.items()}
        self.parsed = {
            name: parse_column(cells, parser(self.kind, name, language, vocabulary))
            for name, cells in self.cells.items()
        }
        self.names = _raw_names(header, sheet)

    def table(self) -> Table:
        above = {} if self.sheet.header is not None else self._rows_above()
        positions, counted, notes = self._classify()
        problems = self._problems(positions)
        good = [i for i in positions if i not in problems]
        frame = self._frame(good)
        repeats = frame.drop(columns="row").duplicated()
        self.skipped |= dict.fromkeys((int(r) for r in frame.loc[repeats, "row"]), "repeat")
        frame = frame[~repeats].reset_index(drop=True)
        quarantine = tuple(self._quarantined(i, found) for i, found in problems.items())
        skipped = above | dict(sorted(self.skipped.items()))
        rows_in = len(above) + counted
        columns = tuple(name for name in field_types(self.kind) if name in self.fields)
        return Table(
            self.kind, self.file, self.sheet.name, columns, frame, quarantine, skipped, rows_in,
            (*self.sheet.notes, *self._notes(), *notes),
        )  # fmt: skip

    def _rows_above(self) -> dict[int, str]:
        return {
            self.sheet.first_row + i: "title" if i < self.header.first else "header"
            for i, row in enumerate(self.sheet.rows[: self.header.last + 1])
            if not all(map(is_blank, row))
        }

    def _notes(self) -> list[str]:
        return [f"column {text!r} was not understood and was not read" for text in self.header.unknown]

    def _classify(self) -> tuple[list[int], int, list[str]]:
        """Positions of rows that should be records (the others are skipped), how many rows have content, notes."""
        first_header = next((t for t in self.header.texts if t), "")
        positions, counted = [], 0
        unnamed = [c for c, text in enumerate(self.header.texts) if not text]
        content_unnamed: set[int] = set()
        for i, row in enumerate(self.rows):
            first = next((c for c, cell in enumerate(row) if cell is not None and not is_blank(cell)), None)
            if first is None:
                continue
            counted += 1
            reason = self._reason_to_skip(i, row, first, first_header)
            if reason:
                self.skipped[self.first_row + i] = reason
                continue
            positions.append(i)
            content_unnamed |= {c for c in unnamed if c < len(row) and not is_blank(row[c])}
        letters = [column_letters(self.sheet.first_column + c) for c in sorted(content_unnamed)]
        return positions, counted, [f"column {letter} has no header and was not read" for letter in letters]

    def _reason_to_skip(self, i: int, row: Sequence[Cell], first: int, first_header: str) -> str:
        cell = row[first]
        if not isinstance(cell, str) or self.sheet.header is not None:
            return ""
        if cell[:80].strip()[:1].lower() in "tsgm" and self.vocabulary.begins_as_total(cell):
            key_columns = [self.fields[k] for k in self.keys if k in self.fields]
            if first in key_columns or len(key_columns) < len(self.keys) or not self._keys_readable(i):
                return "total"
        if self._is_footnote(cell, row):
            return "footnote"
        if " ".join(cell.split()) == first_header and self._is_header_again(row):
            return "header"
        return ""

    def _keys_readable(self, i: int) -> bool:
        values = [self.parsed[key][i] for key in self.keys]
        return not any(value is None or isinstance(value, Problem) for value in values)

    def _is_footnote(self, cell: str, row: Sequence[Cell]) -> bool:
        spoken = cell[:40].split(None, 1)[0]
        is_word = spoken[0].lower() in "nsrl" and fold(spoken) in self.vocabulary.footnote_words
        if not (_MARKED.match(cell) or (len(self.fields) > 1 and (is_word or len(cell) > _LONG))):
            return False
        return sum(1 for c in row if not is_blank(c)) == 1

    def _is_header_again(self, row: Sequence[Cell]) -> bool:
        texts = ["" if is_blank(cell) else " ".join(str(cell).split()) for cell in row]
        return [t for t in texts if t] == [t for t in self.header.texts if t]

    def _problems(self, positions: list[int]) -> dict[int, list[CellProblem]]:
        """Position → why its row forms no record; in the order of the rows."""
        found: dict[int, list[CellProblem]] = {}
        wanted = set(positions)
        for name in self.header.twice:
            pairs = zip(self.header.texts, self.header.matches, strict=True)
            text = " and ".join(header for header, match in pairs if match and match.field == name)
            problem = CellProblem(text, name, "", "one column for one field", "two_columns_one_field")
            for i in positions:
                self._add(found, i, problem)
        for name, values in self.parsed.items():
            for i in [i for i, value in enumerate(values) if value.__class__ is Problem and i in wanted]:
                problem = values[i]
                cell = raw_text(self.cells[name][i])
                text = self.header.texts[self.fields[name]]
                self._add(found, i, CellProblem(text, name, cell, problem.expected, problem.code))
        for key in self.keys:
            text = self.header.texts[self.fields[key]] if key in self.fields else ""
            blank = CellProblem(text, key, "", "a value: without it the row forms no record", "key_blank")
            for i in positions:
                if key not in self.parsed or self.parsed[key][i] is None:
                    self._add(found, i, blank)
        for i in positions:
            if len(self.rows[i]) > self.width:
                beyond = [raw_text(cell) for cell in self.rows[i][self.width :] if not is_blank(cell)]
                if beyond:
                    expected = "no cells beyond the last header (a comma inside a number?)"
                    self._add(found, i, CellProblem("", "", "; ".join(beyond), expected, "extra_cells"))
        return dict(sorted(found.items()))

    @staticmethod
    def _add(found: dict[int, list[CellProblem]], i: int, problem: CellProblem) -> None:
        found.setdefault(i, []).append(problem)

    def _frame(self, positions: list[int]) -> pd.DataFrame:
        whole = len(positions) == len(self.rows)
        columns: dict[str, Any] = {}
        for name, value_type in field_types(self.kind).items():
            values = self.parsed.get(name)
            if values is None:
                chosen: Sequence[Any] = [None] * len(positions)
            else:
                chosen = values if whole else [values[i] for i in positions]
            columns[name] = typed_series(chosen, value_type.dtype)
        columns["row"] = pd.Series([self.first_row + i for i in positions], dtype="int64")
        return pd.DataFrame(columns)

    def _quarantined(self, i: int, problems: list[CellProblem]) -> QuarantinedRow:
        row = self.rows[i]
        raw = {name: raw_text(row[c]) for c, name in self.names.items() if c < len(row)}
        raw |= {
            column_letters(self.sheet.first_column + c): raw_text(row[c])
            for c in range(self.width, len(row))
            if not is_blank(row[c])
        }
        known = {}
        for key in self.keys:
            value = self.parsed[key][i] if key in self.parsed and key not in self.header.twice else None
            if value is not None and not isinstance(value, Problem):
                known[key] = value.isoformat() if isinstance(value, date) else str(value)
        return QuarantinedRow(self.first_row + i, tuple(problems), raw, known)


def typed_series(values: Sequence[Any], dtype: str) -> pd.Series:
    """Values (None for null) with a dtype of the data dictionary."""
    if dtype == DATE.dtype:
        days = pd.Series([None if v is None else v.isoformat() for v in values], dtype="str")
        series: pd.Series = pd.to_datetime(days, format="%Y-%m-%d").astype("datetime64[us]")
    else:
        series = pd.Series(list(values), dtype=cast(Any, dtype))
    return series


def _raw_names(header: Header, sheet: RawSheet) -> dict[int, str]:
    """Column → the name its text is kept under: its header as written, its letter when that is blank or taken."""
    names: dict[int, str] = {}
    for column, text in enumerate(header.texts):
        letters = column_letters(sheet.first_column + column)
        names[column] = letters if not text else text if text not in names.values() else f"{text} ({letters})"
    return names


def collapse_repeats(tables: Sequence[Table]) -> list[Table]:
    """Rows that an earlier table of the same kind in the submission already holds are skipped as "repeat"."""
    result = list(tables)
    for kind in {t.kind for t in tables if t.kind}:
        places = [i for i, table in enumerate(result) if table.kind == kind]
        if len(places) < 2:
            continue
        together = pd.concat([result[i].frame for i in places])
        repeated = together.drop(columns="row").duplicated().to_numpy()
        start = 0
        for i in places:
            table = result[i]
            again, start = repeated[start : start + len(table.frame)], start + len(table.frame)
            if again.any():
                rows = {int(row): "repeat" for row in table.frame.loc[again, "row"]}
                frame = table.frame[~again].reset_index(drop=True)
                result[i] = replace(table, frame=frame, skipped=dict(table.skipped) | rows)
    return result
