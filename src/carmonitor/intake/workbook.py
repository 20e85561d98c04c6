"""Workbooks (.xlsx, .xls, .ods) to cells, with the spreadsheet's own row numbers. Runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from carmonitor.intake.archive import Archive
from carmonitor.intake.cells import Cell, Unreadable
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.extent import check_span, check_table
from carmonitor.intake.limits import Limits
from carmonitor.intake.package import SheetPart, check_parts, links, sheet_parts
from carmonitor.intake.sheets import RawSheet

_CONTENT = {".xlsx": "xl/workbook.xml", ".ods": "content.xml"}
_READ = (SheetTypeEnum.WorkSheet, SheetTypeEnum.DialogSheet, SheetTypeEnum.MacroSheet)


def read_workbook(path: str, suffix: str, content: bytes, limits: Limits) -> Iterator[RawSheet]:
    """Every work sheet, hidden ones marked. Cells of an .xlsx that hold an error are :class:`Unreadable`, not blank."""
    parts: Mapping[str, SheetPart] = {}
    notes: tuple[str, ...] = ()
    if suffix in _CONTENT:
        archive = Archive(content, path, limits)
        if _CONTENT[suffix] not in archive.names:
            raise IntakeError(f"{path}: the name says {suffix}, but {_CONTENT[suffix]} is missing inside")
        check_parts(archive, path)
        if suffix == ".xlsx":
            parts, notes = sheet_parts(archive, path, limits), links(archive)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        listed = [meta for meta in workbook.sheets_metadata if meta.typ in _READ]
        _check_names(path, [meta.name for meta in listed], limits)
        for meta in listed:
            yield _sheet(path, workbook, meta, parts.get(meta.name), notes, limits)
            notes = ()
    except PasswordError as error:
        raise IntakeError(f"{path}: the workbook is protected by a password; send it without one") from error
    except (CalamineError, ValueError, OSError) as error:
        raise IntakeError(f"{path}: the workbook cannot be read ({error})") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what calamine's Rust side ends with; no Exception
            raise
        raise IntakeError(f"{path}: the workbook is damaged and cannot be read") from None


def _check_names(path: str, names: list[str], limits: Limits) -> None:
    if len(names) > limits.sheets:
        raise IntakeError(f"{path}: {len(names)} sheets, at most {limits.sheets} are read")
    if len({name.casefold() for name in names}) != len(names):
        raise IntakeError(f"{path}: two sheets of one name; the workbook is damaged")


def _sheet(
    path: str, workbook: CalamineWorkbook, meta: Any, part: SheetPart | None, notes: tuple[str, ...], limits: Limits
) -> RawSheet:
    where = f"{path}, {meta.name}"
    sheet = workbook.get_sheet_by_name(meta.name)
    check_span(where, sheet.height, sheet.width, limits)
    start = sheet.start or (0, 0)
    rows: list[list[Cell]] = [
        [None if cell.__class__ is str and not cell else cell for cell in row]
        for row in sheet.to_python(skip_empty_area=True)
    ]
    for (row, column), text in part.missing.items() if part else ():
        i, j = row - start[0], column - start[1]
        if 0 <= i < len(rows) and 0 <= j < len(rows[i]) and rows[i][j] is None:
            rows[i][j] = Unreadable(text)
    check_table(where, len(rows), max((len(row) for row in rows), default=0), limits)
    return RawSheet(
        meta.name,
        start[0] + 1,
        rows,
        hidden=meta.visible != SheetVisibleEnum.Visible,
        first_column=start[1] + 1,
        notes=notes + (part.notes if part else ()),
    )
