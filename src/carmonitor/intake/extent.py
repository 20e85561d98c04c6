"""How large a sheet is, and whether that is more than is read: one cell in the last corner of a sheet asks for half a
terabyte."""

from __future__ import annotations

from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits

LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
BEYOND = "lies beyond the last row or column of a spreadsheet; the file is damaged"


def check_extent(where: str, rows: int, columns: int, limits: Limits) -> None:
    """Refuse a sheet whose cells reach beyond a spreadsheet, or span more than is read."""
    if rows > LAST_ROW or columns > _LAST_COLUMN:
        raise IntakeError(f"{where}: a cell {BEYOND}")
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
