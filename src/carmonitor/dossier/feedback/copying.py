"""The workbook that is marked: the sender's own where it can be, else one made from the rows as they were read."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from carmonitor.dossier.feedback.held import FeedbackError
from carmonitor.dossier.feedback.layout import Layout, Layouts
from carmonitor.dossier.feedback.words import say, visible
from carmonitor.intake.cells import raw_text

MAX_CELLS = 2_000_000
"""More than any month's return has, and what a small machine still holds as a workbook."""

MAX_TEXT = 32_767  # characters in a cell of a spreadsheet
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_FORMULA_SIGNS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Copy:
    """A workbook with its sheets by (file, sheet). ``shift``: how many rows lower a row stands than intake counts."""

    book: Workbook
    sheets: Mapping[tuple[str, str], Worksheet]
    shift: Mapping[tuple[str, str], int]


def check_size(read: Layouts) -> None:
    """Raises :class:`FeedbackError` for a return whose workbook would not fit into memory."""
    cells = sum(len(row) for layout in read.sheets.values() for row in layout.raw.rows)
    if cells > MAX_CELLS:
        raise FeedbackError(f"found {cells} cells; a workbook of at most {MAX_CELLS} is marked")


def is_markable(files: Collection[str]) -> bool:
    """Whether a return is one workbook of the kind that can be marked itself."""
    return len(files) == 1 and next(iter(files)).lower().endswith(".xlsx")


def original(file: str, content: bytes) -> Copy:
    """The sender's workbook, formulas untouched and never calculated, without macros."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the copy may lack is said on its first sheet
        book = openpyxl.load_workbook(BytesIO(content), keep_vba=False, data_only=False, rich_text=True)
    return Copy(book, {(file, sheet.title): sheet for sheet in book.worksheets}, {})


def rebuilt(read: Layouts, lang: str) -> Copy:
    """A workbook of the rows as they were read, one sheet for each of the return's, every text a text."""
    book = Workbook()
    del book[book.sheetnames[0]]
    sheets, shift, taken = {}, {}, {say("workbook.sheet", code).casefold() for code in ("en", "fr")}
    for place, layout in read.sheets.items():
        name = _free_name(layout.raw.name or PurePosixPath(layout.file).stem, taken)
        sheets[place], shift[place] = book.create_sheet(name), int(layout.raw.header is not None)
        _fill(sheets[place], layout, shift[place], lang)
    return Copy(book, sheets, shift)


def _fill(sheet: Worksheet, layout: Layout, shift: int, lang: str) -> None:
    raw = layout.raw
    if raw.header is not None:
        for i, name in enumerate(raw.header):
            put(sheet.cell(1, raw.first_column + i), name, lang).font = Font(bold=True)
    for i, row in enumerate(raw.rows):
        for j, value in enumerate(row):
            if value is not None:
                put(sheet.cell(raw.first_row + i + shift, raw.first_column + j), value, lang)
    for column in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 16
    header = 1 if raw.header is not None else layout.header_row
    if header:
        sheet.freeze_panes = f"A{header + 1}"


def put(cell: Any, value: Any, lang: str) -> Cell:
    """Write a value. A text stays one: never a formula, an error or a link, also when someone edits the cell."""
    value = _as_cell(value)
    if isinstance(value, str):
        value = _NO_XML.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), value)
        if len(value) > MAX_TEXT:
            notice = f" {say('workbook.cut', lang)}"
            value = value[: MAX_TEXT - len(notice)] + notice
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = value.startswith(_FORMULA_SIGNS)
    filled: Cell = cell
    return filled


def _as_cell(value: Any) -> Any:
    """A value as a spreadsheet holds it; what it cannot hold is written out."""
    is_odd_day = isinstance(value, date) and value.year < 1900
    is_zoned = isinstance(value, datetime) and value.tzinfo is not None
    is_odd_number = isinstance(value, float) and not math.isfinite(value)
    if is_odd_day or is_zoned or is_odd_number or isinstance(value, (list, dict)):
        return raw_text(value)
    return str(value) if isinstance(value, str) else value


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other has; ``taken`` grows by it."""
    base = _NOT_IN_NAMES.sub("_", visible(wanted, 60)).strip("' ")[:31] or "-"
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base[:26]} ({number})", number + 1
    taken.add(name.casefold())
    return name
