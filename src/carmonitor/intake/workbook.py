"""Workbooks (.xlsx, .xls, .ods) to cells, with the spreadsheet's own row numbers."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from carmonitor.intake.archive import check_archive
from carmonitor.intake.batch import IntakeError
from carmonitor.intake.cells import Cell, Unreadable
from carmonitor.intake.extent import check_cells, check_in_a_child
from carmonitor.intake.sheets import RawSheet

_CONTENT = {".xlsx": "xl/workbook.xml", ".ods": "content.xml"}


def read_workbook(path: str, suffix: str, content: bytes) -> list[RawSheet]:
    """Every work sheet, hidden ones marked. Cells of an .xlsx that hold an error are :class:`Unreadable`, not blank."""
    errors: dict[str, dict[tuple[int, int], str]] = {}
    if suffix in _CONTENT:
        archive = check_archive(content, path)
        if _CONTENT[suffix] not in archive.namelist():
            raise IntakeError(f"{path}: the name says {suffix}, but {_CONTENT[suffix]} is missing inside")
        if suffix == ".xlsx":
            errors = _cells_without_value(archive, path)
    if suffix != ".xlsx":
        check_in_a_child(path, content)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        return [
            _sheet(workbook, meta, errors.get(meta.name, {}))
            for meta in workbook.sheets_metadata
            if meta.typ in (SheetTypeEnum.WorkSheet, SheetTypeEnum.DialogSheet, SheetTypeEnum.MacroSheet)
        ]
    except PasswordError as error:
        raise IntakeError(f"{path}: the workbook is protected by a password; send it without one") from error
    except (CalamineError, ValueError, OSError) as error:
        raise IntakeError(f"{path}: the workbook cannot be read ({error})") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what calamine's Rust side ends with; no Exception
            raise
        raise IntakeError(f"{path}: the workbook is damaged and cannot be read") from None


def _sheet(workbook: CalamineWorkbook, meta: Any, errors: dict[tuple[int, int], str]) -> RawSheet:
    sheet = workbook.get_sheet_by_name(meta.name)
    start = sheet.start or (0, 0)
    rows: list[list[Cell]] = [
        [None if cell.__class__ is str and not cell else cell for cell in row]
        for row in sheet.to_python(skip_empty_area=True)
    ]
    for (row, column), text in errors.items():
        i, j = row - start[0], column - start[1]
        if 0 <= i < len(rows) and 0 <= j < len(rows[i]) and rows[i][j] is None:
            rows[i][j] = Unreadable(text)
    return RawSheet(
        meta.name,
        start[0] + 1,
        rows,
        hidden=meta.visible != SheetVisibleEnum.Visible,
        first_column=start[1] + 1,
    )


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = re.compile(r"\{[^}]*officeDocument[^}]*relationships\}id$")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_PLACE = re.compile(rb'(?:^|\s)r="([A-Z]{1,3})(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>")


def _cells_without_value(archive: zipfile.ZipFile, path: str) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name → (row, column), from 0 → the error, or the formula that was never calculated.

    calamine gives both as blank; a blank cell and a broken one must not look alike.
    """
    try:
        found = {}
        for name, part in _sheet_parts(archive):
            xml = archive.read(part)
            check_cells(f"{path}, {name}", xml)
            found[name] = dict(_broken_cells(xml))
        return found
    except (ElementTree.ParseError, KeyError) as error:
        raise IntakeError(f"{path}: the workbook's list of sheets cannot be read ({error})") from error


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {entry.attrib["Id"]: entry.attrib["Target"] for entry in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for entry in [*book.iter(_MAIN + "sheet"), *book.iter(_STRICT + "sheet")]:
        relation = next((value for name, value in entry.attrib.items() if _RELATION.match(name)), "")
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)
        if part in archive.NameToInfo:
            yield entry.attrib["name"], part


def _broken_cells(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' not in xml and b"<f" not in xml and b":f" not in xml:
        return
    for cell in _CELL.finditer(xml):
        attributes, inside = cell[1], cell[2] or b""
        is_error = b't="e"' in attributes
        value = _VALUE.search(inside)
        if not is_error and (value or b"f" not in inside or not re.search(rb"<(?:\w+:)?f[\s>/]", inside)):
            continue
        place = _PLACE.search(attributes)
        if place:
            text = value[1].decode("utf-8", "replace") if value else "formula without a value"
            yield (int(place[2]) - 1, _column_number(place[1])), text


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
