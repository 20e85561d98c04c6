"""JSON and Parquet to cells. Large or hostile ones are read in a process of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any, cast

from carmonitor.intake.cells import Cell
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.extent import check_span, check_table
from carmonitor.intake.limits import Limits
from carmonitor.intake.sheets import RawSheet


def read_json(path: str, content: bytes, limits: Limits) -> Iterator[RawSheet]:
    """A list of objects (kind from the file's name), or an object of such lists by kind."""
    data = _parse_json(path, content)
    named = list(data.items()) if isinstance(data, dict) else [("", data)]
    if len(named) > limits.sheets:
        raise IntakeError(f"{path}: {len(named)} tables, at most {limits.sheets} are read")
    for name, rows in named:
        yield _from_objects(path, name, rows, limits)


def read_json_lines(path: str, content: bytes, limits: Limits) -> Iterator[RawSheet]:
    """One object per line; row numbers are line numbers."""
    if content.count(b"\n") > limits.rows:
        raise IntakeError(f"{path}: more than {limits.rows} rows; expected a return in parts of at most so many")
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    objects = [_parse_json(f"{path}, line {i}", line) if line.strip() else {} for i, line in enumerate(lines, start=1)]
    yield _from_objects(path, "", objects, limits)


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


def _from_objects(path: str, name: str, data: Any, limits: Limits) -> RawSheet:
    where = f"{path}, {name}" if name else path
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise IntakeError(f"{where}: expected a list of objects, or an object of such lists by kind")
    header = tuple(dict.fromkeys(column for row in data for column in row))
    if any(not _is_unicode(text) for text in (name, *header)):
        raise IntakeError(f"{path}: expected JSON in UTF-8, found a name that is no Unicode text")
    check_table(where, len(data), len(header), limits)
    check_span(where, len(data), len(header), limits)
    rows = [[row.get(column) for column in header] for row in data]
    return RawSheet(name, 1, rows, header=header)


def read_parquet(path: str, content: bytes, limits: Limits) -> Iterator[RawSheet]:
    """The one table of a Parquet file."""
    import pyarrow as pa  # noqa: PLC0415 (large, and rarely needed)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(BytesIO(content))
        check_table(path, file.metadata.num_rows, file.metadata.num_columns, limits)
        check_span(path, file.metadata.num_rows, file.metadata.num_columns, limits)
        table = file.read(use_threads=False)
        check_table(path, table.num_rows, table.num_columns, limits)
        columns = [[_told(cell) for cell in _in_microseconds(pa, column).to_pylist()] for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise IntakeError(f"{path}: expected a Parquet file, found a damaged one ({error})") from error
    header = tuple(table.column_names)
    if len(set(header)) != len(header) or not header:
        raise IntakeError(f"{path}: expected columns of different names, found {', '.join(header) or 'none'}")
    rows = [list(row) for row in zip(*cast(list[Sequence[Cell]], columns), strict=True)]
    yield RawSheet("", 1, rows, header=header)


def _in_microseconds(pa: Any, column: Any) -> Any:
    """Times to the nanosecond would come as pandas' own type; a time that holds such is refused."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pa.timestamp("us", column.type.tz))
    return column


def _told(cell: Any) -> Any:
    """A time with its plain offset, not the zone it comes from."""
    if isinstance(cell, datetime) and (offset := cell.utcoffset()) is not None:
        return cell.replace(tzinfo=timezone(offset))
    return cell
