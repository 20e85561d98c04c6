"""One data file to its tables: which sheet is which kind, in which language, and what is no data at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import cast

from carmonitor.intake.batch import Table
from carmonitor.intake.cells import Language, is_blank
from carmonitor.intake.headers import Header, find_header, language_of, match_names
from carmonitor.intake.limits import limits
from carmonitor.intake.readers import read_sheets
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.table import read_table, refused_table, skipped_table
from carmonitor.intake.vocabulary import Vocabulary, load
from carmonitor.records import KINDS

NOT_UNDERSTOOD = "a sheet named after a record kind, or with the headers of one"


def read_tables(path: str, content: bytes) -> list[Table]:
    """Every sheet of a file as a table. Fails with :class:`IntakeError` when the file cannot be read at all."""
    return tables_of(path, read_sheets(path, content, limits()))


def tables_of(path: str, sheets: Sequence[RawSheet]) -> list[Table]:
    """The sheets of one file, understood together: one language for all."""
    vocabulary = load()
    data = [sheet for sheet in sheets if not _set_aside(sheet, vocabulary)]
    stem = PurePosixPath(path).stem
    headers: dict[int, Header | None] = {}
    for sheet in data:
        named = vocabulary.kind_of_name(sheet.name) if sheet.name else None
        if named is None and len(data) == 1:
            named = vocabulary.kind_of_name(stem)
        headers[id(sheet)] = _header(sheet, named, vocabulary)
    language = cast(Language, language_of([header for header in headers.values() if header]))
    tables = []
    for sheet in sheets:
        header = headers.get(id(sheet))
        aside = _set_aside(sheet, vocabulary)
        if aside:
            tables.append(skipped_table(path, sheet, *aside))
        elif header is None:
            tables.append(refused_table(path, sheet, "sheet_not_understood", NOT_UNDERSTOOD))
        else:
            tables.append(read_table(path, sheet, header, language, vocabulary))
    return tables


def _set_aside(sheet: RawSheet, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Why a sheet holds no records by its nature (reason for its rows, note), or None for a data sheet."""
    if sheet.name and vocabulary.is_ignored(sheet.name):
        return "help sheet", ""
    if sheet.hidden:
        return "hidden sheet", "the sheet is hidden and was not read"
    if not sheet.header and all(is_blank(cell) for row in sheet.rows for cell in row):
        return "blank", "the sheet is empty"
    return None


def _header(sheet: RawSheet, named: str | None, vocabulary: Vocabulary) -> Header | None:
    kinds: Sequence[str] = (named,) if named else tuple(KINDS)
    if sheet.header is not None:
        return match_names(sheet.header, kinds, vocabulary)
    return find_header(sheet.rows, kinds, vocabulary)
