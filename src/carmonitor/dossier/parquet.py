"""The tables of an export as Parquet: weights and money as exact decimals, days as days, the run in the metadata."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from carmonitor.dossier.tables import Column, TableOf

_TYPES: dict[str, pa.DataType] = {
    "carats": pa.decimal128(18, 2), "money": pa.decimal128(20, 2), "percent": pa.decimal128(18, 2),
    "rate": pa.decimal128(20, 6), "integer": pa.int64(), "date": pa.date32(), "degrees": pa.float64(),
    "score": pa.float64(), "yes_no": pa.bool_(),
}  # fmt: skip


def as_parquet(table: TableOf, run: Mapping[str, Any]) -> bytes:
    """One table. A column that holds a value which is not of its kind is text throughout: nothing is lost or guessed.

    The same table gives the same bytes.
    """
    columns = list(zip(*table.rows, strict=True)) or [() for _ in table.columns]
    arrays = [_array(column, values) for column, values in zip(table.columns, columns, strict=True)]
    stamp = {name: str(run[name]) for name in ("run_id", "as_of", "rulebook_hash")}
    made = pa.table(arrays, [column.name for column in table.columns]).replace_schema_metadata(stamp)
    out = io.BytesIO()
    parquet.write_table(made, out, compression="zstd")
    return out.getvalue()


def _array(column: Column, values: tuple[Any, ...]) -> pa.Array:
    kept_as = _TYPES.get(column.kind)
    if kept_as is not None:
        read = _READERS[column.kind]
        try:
            return pa.array([None if value is None else read(value) for value in values], kept_as)
        except (ValueError, TypeError, InvalidOperation, pa.ArrowInvalid):  # a text where a number was expected
            pass
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number != int(number):
        raise ValueError(value)
    return int(number)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise TypeError(value)
    return value if isinstance(value, date) else date.fromisoformat(value)


def _flag(value: Any) -> bool:
    if value in (True, False):
        return bool(value)
    raise ValueError(value)


def _text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "carats": _decimal, "money": _decimal, "percent": _decimal, "rate": _decimal, "integer": _whole, "date": _day,
    "degrees": float, "score": float, "yes_no": _flag,
}  # fmt: skip
