"""Rows as they are kept, the same on both databases: what fingerprints and backups are made of.

A plain value is None, an int, a float, a text or bytes. Days and times are ISO text as SQLite keeps them, yes and no
are 1 and 0, JSON is its text letter by letter. A text that is no UTF-8 (only after tampering) is read all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.type_api import TypeEngine

Plain = tuple[Any, ...]

_AT_ONCE = 500  # rows held at a time; contents of files one by one


def rows(
    connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool], columns: Sequence[str] = ()
) -> Iterator[Plain]:
    """The rows of a table (``columns``: some of it), in the order of its key, compared by code point."""
    chosen = [table.c[name] for name in columns] or list(table.columns)
    query = sa.select(*(_raw(column) for column in chosen)).where(*where)
    query = query.order_by(*(_by_code_point(connection, column) for column in table.primary_key))
    convert = _converters(connection, [column.type for column in chosen])
    at_once = 1 if any(isinstance(column.type, sa.LargeBinary) for column in chosen) else _AT_ONCE
    with _every_text(connection), connection.execute(query, execution_options={"yield_per": at_once}) as found:
        for row in found:
            yield tuple(f(value) if f else value for f, value in zip(convert, row, strict=True))


def fingerprint(values: Iterable[Any]) -> str:
    """sha256 of plain values, in their order; sequences in it count as sequences."""
    said = json.dumps(list(values), separators=(",", ":"), default=_bytes, allow_nan=False)
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def table_digest(connection: sa.Connection, table: sa.Table) -> tuple[int, str]:
    """How many rows a table has, and one fingerprint of them all."""
    count, digest = 0, hashlib.sha256()
    for count, row in enumerate(rows(connection, table), start=1):  # noqa: B007 - counted
        digest.update(fingerprint(row).encode("ascii"))
    return count, digest.hexdigest()


def same(column: sa.Column[Any], value: Any) -> sa.ColumnElement[bool]:
    """Condition: a column has this plain value. A text that is no UTF-8 cannot be asked for: false."""
    if isinstance(value, str) and not _is_unicode(value):
        return sa.false()
    condition: sa.ColumnElement[bool] = column == value
    return condition


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON):
        return sa.type_coerce(sa.cast(column, sa.Text), sa.types.NullType()).label(column.name)
    return sa.type_coerce(column, sa.types.NullType()).label(column.name)


def _by_code_point(connection: sa.Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if connection.dialect.name == "postgresql" and isinstance(column.type, sa.String):
        return column.collate("C")
    return column


def _converters(connection: sa.Connection, kinds: Sequence[TypeEngine[Any]]) -> list[Any]:
    """What turns a driver's value into a plain one, by column; None where it is plain already."""
    if connection.dialect.name == "sqlite":
        return [None] * len(kinds)
    return [_of_postgresql if not isinstance(kind, (sa.String, sa.Integer, sa.JSON)) else None for kind in kinds]


def _of_postgresql(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def _every_text(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite hand out texts that are no UTF-8, instead of failing on the whole query."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    before = driver.text_factory
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


def _bytes(value: Any) -> dict[str, str]:
    """Bytes in a fingerprint: an object, which no plain value is."""
    if isinstance(value, bytes):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    raise TypeError(f"found {type(value).__name__}, expected a plain value")
