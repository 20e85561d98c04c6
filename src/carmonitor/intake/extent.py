"""How large a sheet claims to be. One cell in the last corner of a sheet makes a reader ask for half a terabyte."""

from __future__ import annotations

import re
import subprocess
import sys

from carmonitor.intake.batch import IntakeError

MAX_CELLS = 50_000_000  # a million rows of the widest kind are 24 million
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_WIDE = re.compile(rb"""r\s*=\s*["'][A-Z]{2}""")  # further right than column Z
_LOW = re.compile(rb"""r\s*=\s*["'][A-Z]+\d{7}""")  # further down than row 999 999
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)(\d+)["']""")
_CHILD_BYTES = 4 * 1024**3
_CHILD_SECONDS = 120
_CHILD = """
import sys
from io import BytesIO
try:
    import resource
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
cells = 0
try:
    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        cells = max(cells, sheet.width * sheet.height)
except Exception:
    pass
print(cells)
"""


def check_cells(where: str, xml: bytes) -> None:
    """Refuse a sheet of an .xlsx whose cells span more than :data:`MAX_CELLS`. ``xml``: its part of the archive."""
    if not (_WIDE.search(xml) or _LOW.search(xml)):
        return  # at most 26 columns and a million rows
    rows = columns = 1
    seen: set[bytes] = set()
    for cell in _CELL.finditer(xml):
        letters, row = cell[1], int(cell[2]) if len(cell[2]) < 10 else _LAST_ROW + 1
        rows = max(rows, row)
        if letters not in seen:
            seen.add(letters)
            columns = max(columns, _number(letters))
    if rows > _LAST_ROW or columns > _LAST_COLUMN:
        raise IntakeError(f"{where}: a cell lies beyond the last row or column of a spreadsheet; the file is damaged")
    _check_product(where, rows * columns)


def check_in_a_child(path: str, content: bytes) -> None:
    """Read an .xls or .ods in another process first: one built to crash the reader, or to fill memory, ends there.

    What merely cannot be read is left to the caller, whose message says why.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(_CHILD_BYTES)],
            input=content,
            capture_output=True,
            timeout=_CHILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise IntakeError(f"{path}: reading took more than {_CHILD_SECONDS} s, which no return does") from error
    if done.returncode or not done.stdout.strip().isdigit():
        raise IntakeError(f"{path}: the workbook is damaged and cannot be read")
    _check_product(path, int(done.stdout))


def _check_product(where: str, cells: int) -> None:
    if cells > MAX_CELLS:
        raise IntakeError(
            f"{where}: the sheet spans {cells} cells, at most {MAX_CELLS} are read; delete what stands far off"
        )


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - ord("A") + 1
    return number
