"""Bytes to cells: every format becomes the same list of :class:`RawSheet`, nothing understood yet, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, cast

from carmonitor.intake.archive import MAX_FILE_BYTES
from carmonitor.intake.batch import IntakeError
from carmonitor.intake.cells import Cell
from carmonitor.intake.delimited import read_delimited
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.workbook import read_workbook

WORKBOOKS = frozenset({".xlsx", ".xls", ".ods"})
DELIMITED = frozenset({".csv", ".tsv", ".txt"})
JSON_LINES = frozenset({".jsonl", ".ndjson"})
DATA_SUFFIXES = WORKBOOKS | DELIMITED | JSON_LINES | {".json", ".parquet"}

_ZIP, _OLE2, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_PDF, _JPG, _PNG = b"%PDF", b"\xff\xd8\xff", b"\x89PNG"
_SIGNATURES = {
    _ZIP: "a zip container (.xlsx, .ods or .zip)",
    _OLE2: "an old Office file (.xls)",
    _PARQUET: "a Parquet file",
    _PDF: "a PDF",
    _JPG: "a JPEG picture",
    _PNG: "a PNG picture",
}
_EXPECTED = {".xlsx": _ZIP, ".ods": _ZIP, ".xls": _OLE2, ".parquet": _PARQUET}


def suffix_of(path: str) -> str:
    """The extension in lower case: ``"a/B.XLSX"`` → ``".xlsx"``."""
    return PurePosixPath(path).suffix.lower()


def read_sheets(path: str, content: bytes) -> list[RawSheet]:
    """The sheets of a data file. Fails with a message that names the file when it cannot be read at all."""
    suffix = suffix_of(path)
    if len(content) > MAX_FILE_BYTES:
        raise IntakeError(f"{path}: {len(content)} bytes, at most {MAX_FILE_BYTES} are read")
    _check_signature(path, suffix, content)
    if suffix in WORKBOOKS:
        return read_workbook(path, suffix, content)
    if suffix in DELIMITED:
        return [read_delimited(path, content)]
    read: Callable[[str, bytes], list[RawSheet]] = _read_json
    if suffix in JSON_LINES:
        read = _read_json_lines
    elif suffix == ".parquet":
        read = _read_parquet
    return read(path, content)


def _check_signature(path: str, suffix: str, content: bytes) -> None:
    found = next((what for magic, what in _SIGNATURES.items() if content.startswith(magic)), None)
    expected = _EXPECTED.get(suffix)
    if expected is None and found:
        raise IntakeError(f"{path}: the name says {suffix}, the content is {found}")
    if expected is not None and not content.startswith(expected):
        raise IntakeError(
            f"{path}: the name says {suffix}, expected {_SIGNATURES[expected]}, found {found or 'something else'}"
        )


def _read_json(path: str, content: bytes) -> list[RawSheet]:
    """A list of objects (kind from the file's name), or an object of such lists by kind."""
    data = _parse_json(path, content)
    if isinstance(data, dict):
        return [_from_objects(path, name, rows) for name, rows in data.items()]
    return [_from_objects(path, "", data)]


def _read_json_lines(path: str, content: bytes) -> list[RawSheet]:
    """One object per line; row numbers are line numbers."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    objects = [_parse_json(f"{path}, line {i}", line) if line.strip() else {} for i, line in enumerate(lines, start=1)]
    return [_from_objects(path, "", objects)]


def _parse_json(where: str, content: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("one name twice in an object")
        return found

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is not a JSON value")

    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=no_constant, object_pairs_hook=unique)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise IntakeError(f"{where}: expected JSON in UTF-8, found an error ({error})") from error


def _is_unicode(text: str) -> bool:
    """Whether a text can be written down: JSON can hold half of a character (a lone surrogate)."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _from_objects(path: str, name: str, data: Any) -> RawSheet:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        where = f"{path}, {name}" if name else path
        raise IntakeError(f"{where}: expected a list of objects, or an object of such lists by kind")
    header = tuple(dict.fromkeys(column for row in data for column in row))
    if any(not _is_unicode(text) for text in (name, *header)):
        raise IntakeError(f"{path}: expected JSON in UTF-8, found a name that is no Unicode text")
    rows = [[row.get(column) for column in header] for row in data]
    return RawSheet(name, 1, rows, header=header)


def _read_parquet(path: str, content: bytes) -> list[RawSheet]:
    import pyarrow  # noqa: PLC0415 (large, and rarely needed)
    import pyarrow.parquet  # noqa: PLC0415

    try:
        table = pyarrow.parquet.ParquetFile(BytesIO(content)).read()
        columns = [cast(Sequence[Cell], column.to_pylist()) for column in table.columns]
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise IntakeError(f"{path}: expected a Parquet file, found a damaged one ({error})") from error
    header = tuple(table.column_names)
    rows = [list(row) for row in zip(*columns, strict=True)]
    return [RawSheet("", 1, rows, header=header)]
