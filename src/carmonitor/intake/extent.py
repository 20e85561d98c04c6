"""How large a sheet is, and whether that is more than is read: one cell in the last corner of a sheet asks for half a
terabyte."""

from __future__ import annotations

import re

from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_WIDE = re.compile(rb"""r\s*=\s*["'][A-Za-z]{2}""")  # further right than column Z
_LOW = re.compile(rb"""r\s*=\s*["'][A-Za-z]+\d{7}""")  # further down than row 999 999
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)(\d+)["']""")


def check_cells(where: str, xml: bytes, limits: Limits) -> None:
    """Refuse a sheet of an .xlsx whose cells span more than is read. ``xml``: its part of the archive."""
    if not (_WIDE.search(xml) or _LOW.search(xml)):
        return  # at most 26 columns and a million rows
    rows = columns = 1
    seen: set[bytes] = set()
    for cell in _CELL.finditer(xml):
        letters, row = cell[1], int(cell[2]) if len(cell[2]) < 10 else _LAST_ROW + 1
        rows = max(rows, row)
        if letters not in seen:
            seen.add(letters)
            columns = max(columns, column_number(letters[:4].upper()))
    if rows > _LAST_ROW or columns > _LAST_COLUMN:
        raise IntakeError(f"{where}: a cell lies beyond the last row or column of a spreadsheet; the file is damaged")
    check_span(where, rows, columns, limits)


def check_span(where: str, rows: int, columns: int, limits: Limits) -> None:
    """Refuse rows times columns of more cells than are read."""
    if rows * columns > limits.cells:
        raise IntakeError(
            f"{where}: the sheet spans {rows * columns} cells, at most {limits.cells} are read; "
            "delete what stands far off"
        )


def check_table(where: str, rows: int, columns: int, limits: Limits) -> None:
    """Refuse more rows or columns with content than are read."""
    if rows > limits.rows:
        raise IntakeError(f"{where}: more than {limits.rows} rows; expected a return in parts of at most so many")
    if columns > limits.columns:
        raise IntakeError(f"{where}: {columns} columns with content, at most {limits.columns} are read")


def column_number(letters: bytes) -> int:
    """``b"A"`` → 1, ``b"AA"`` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
