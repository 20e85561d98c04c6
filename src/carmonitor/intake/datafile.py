"""One data file to its tables: which sheet is which kind, in which language, and what is no data at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Understood:
    """A sheet as intake takes it. ``aside``: why it holds no records by its nature (reason for its rows, note).

    ``header``: what its columns are; None for a sheet set aside and for one that nobody understands.
    """

    sheet: RawSheet
    header: Header | None
    aside: tuple[str, str] | None = None


def understand(path: str, sheets: Sequence[RawSheet]) -> tuple[list[Understood], Language]:
    """The sheets of one file, understood together: one language for all."""
    vocabulary = load()
    found = [(sheet, _set_aside(sheet, vocabulary)) for sheet in sheets]
    alone = sum(aside is None for _, aside in found) == 1
    stem = PurePosixPath(path).stem
    understood = []
    for sheet, aside in found:
        named = vocabulary.kind_of_name(sheet.name) if sheet.name else None
        if named is None and alone:
            named = vocabulary.kind_of_name(stem)
        understood.append(Understood(sheet, None if aside else _header(sheet, named, vocabulary), aside))
    return understood, cast(Language, language_of([each.header for each in understood if each.header]))


def read_tables(path: str, content: bytes) -> list[Table]:
    """Every sheet of a file as a table. Fails with :class:`IntakeError` when the file cannot be read at all."""
    return tables_of(path, read_sheets(path, content, limits()))


def tables_of(path: str, sheets: Sequence[RawSheet]) -> list[Table]:
    """The sheets of one file as tables."""
    vocabulary = load()
    understood, language = understand(path, sheets)
    tables = []
    for each in understood:
        if each.aside:
            tables.append(skipped_table(path, each.sheet, *each.aside))
        elif each.header is None:
            tables.append(refused_table(path, each.sheet, "sheet_not_understood", NOT_UNDERSTOOD))
        else:
            tables.append(read_table(path, each.sheet, each.header, language, vocabulary))
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
