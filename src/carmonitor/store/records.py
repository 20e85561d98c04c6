"""Reading record tables as frames, quickly: whole columns, never a row at a time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv

from carmonitor.framework.parts import Span
from carmonitor.records import KINDS
from carmonitor.records.frames import arrow_type, as_frame
from carmonitor.store import tables as t

_IDS = 1_000  # sources named in one query
_CHUNK = 300  # rows taken from SQLite at a time: as many as the processor's own memory holds
_BLOCK = 1 << 24  # bytes of CSV parsed at a time; a row must fit in


def read_records(
    connection: sa.Connection, kind: str, source_ids: Sequence[int], within: tuple[str, Span] | None = None
) -> pd.DataFrame:
    """The records of a kind that stood in these sheets: the kind's fields and ``ref``, in the frames' dtypes.

    ``within``: a column of text and the span of it that is wanted.
    """
    parts = [source_ids[start : start + _IDS] for start in range(0, len(source_ids), _IDS)]
    return read_where(connection, kind, [_of_sources(connection, part, within) for part in parts])


def read_where(connection: sa.Connection, kind: str, conditions: Sequence[str]) -> pd.DataFrame:
    """The records of a kind that meet any of these conditions (SQL text; no two of them may hold for one row)."""
    read = _copied if connection.dialect.name == "postgresql" else _fetched
    parts = [read(connection, _query(connection, kind, condition), kind) for condition in conditions]
    schema = _schema(kind)
    columns = pa.concat_tables(parts).columns if parts else schema.empty_table().columns
    del parts  # so that of each column the pieces go as soon as it is whole
    table = pa.table([_whole(columns.pop(0), field.type) for field in schema], schema)
    ref = (table["source_id"].to_numpy() << 32) | table["row"].to_numpy()
    return as_frame(table.drop_columns(["source_id", "row"])).assign(ref=ref)


def _whole(column: pa.ChunkedArray, kept_as: pa.DataType) -> pa.Array:
    whole = column.combine_chunks()
    return whole if whole.type == kept_as else whole.cast(kept_as)


def read_rows(connection: sa.Connection, kind: str, refs: Sequence[int]) -> pd.DataFrame:
    """The records of a kind that stand in these places (``ref``, see records.evidence), in their order; the kind's
    fields and ``ref``, in the frames' dtypes. Places without a record give nothing."""
    rows: dict[int, list[int]] = {}
    for ref in sorted({int(r) for r in refs}):
        rows.setdefault(ref >> 32, []).append(ref & 0xFFFFFFFF)
    wanted = [
        f"source_id = {source} AND {connection.dialect.identifier_preparer.quote('row')} IN ({some})"
        for source, own in rows.items()
        for some in (", ".join(map(str, own[n : n + _IDS])) for n in range(0, len(own), _IDS))
    ]
    return read_where(connection, kind, wanted).sort_values("ref", kind="stable", ignore_index=True)


def _schema(kind: str) -> pa.Schema:
    fields = {name: arrow_type(value_type) for name, value_type in KINDS[kind].field_types().items()}
    return pa.schema({"source_id": pa.int64(), "row": pa.int64(), **fields})


def _query(connection: sa.Connection, kind: str, condition: str) -> str:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in _schema(kind).names)
    return f"SELECT {names} FROM {quote(t.RECORDS[kind].name)} WHERE {condition}"


def _of_sources(connection: sa.Connection, source_ids: Sequence[int], within: tuple[str, Span] | None) -> str:
    ids = ", ".join(str(int(i)) for i in source_ids)
    wanted = f"source_id IN ({ids})"
    return wanted if within is None else f"{wanted} AND {_condition(connection, *within)}"


def _condition(connection: sa.Connection, column: str, span: Span) -> str:
    """A span as SQL text (keys are compared by code point on both databases)."""
    name = connection.dialect.identifier_preparer.quote(column)
    collated = f'{name} COLLATE "C"' if connection.dialect.name == "postgresql" else name
    ends = [(">=", span.low), ("<", span.high)]
    bounds = " AND ".join(f"{collated} {sign} {literal(end)}" for sign, end in ends if end is not None)
    if span.low is None:
        return f"({bounds} OR {name} IS NULL)" if bounds else "TRUE"
    return bounds


def literal(text: str) -> str:
    """A text as both databases read it in a query; a backslash has no meaning there."""
    if "\x00" in text:
        raise ValueError("found a NUL character in a key; expected text")
    return "'" + text.replace("'", "''") + "'"


def some_keys(connection: sa.Connection, kind: str, column: str, one_in: int) -> pd.Series:
    """The keys of about one in so many rows, those whose sheet row is a multiple of it. Str dtype."""
    quote = connection.dialect.identifier_preparer.quote
    row, step = quote("row"), int(one_in)
    query = f"SELECT {quote(column)} FROM {quote(t.RECORDS[kind].name)} WHERE {row} = {step} * ({row} / {step})"
    return pd.Series([key for (key,) in connection.exec_driver_sql(query)], dtype="str")


def _copied(connection: sa.Connection, query: str, kind: str) -> pa.Table:
    """PostgreSQL: COPY TO as CSV, in which null is an empty cell and an empty text is quoted."""
    driver: Any = connection.connection.driver_connection
    content = io.BytesIO()
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT CSV") as copy:
        for part in copy:
            content.write(part)
    schema = _schema(kind)
    if not content.tell():
        return schema.empty_table()
    content.seek(0)
    return csv.read_csv(
        content,
        read_options=csv.ReadOptions(column_names=schema.names, block_size=_BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _fetched(connection: sa.Connection, query: str, kind: str) -> pa.Table:
    """SQLite, which keeps days as ISO text and yes/no as 1 and 0: as it keeps them."""
    schema = _schema(kind)
    kept = {pa.date32(): pa.large_string(), pa.bool_(): pa.int64()}
    raw = pa.schema([field.with_type(kept.get(field.type, field.type)) for field in schema])
    driver: Any = connection.connection.driver_connection
    cursor = driver.execute(query)
    batches = []
    while rows := cursor.fetchmany(_CHUNK):
        columns = zip(zip(*rows, strict=True), raw.types, strict=True)
        batches.append(pa.record_batch([pa.array(values, kept_as) for values, kept_as in columns], schema=raw))
    return pa.Table.from_batches(batches, raw)
