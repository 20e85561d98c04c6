"""Backup and restore: the whole database as one file, the same for SQLite and PostgreSQL.

A backup is a zip of one Parquet file per table and ``manifest.json``: revision, journal head, and of every table its
rows, the fingerprint of its rows (:mod:`carmonitor.store.plain`) and the sha256 of its file. It is read in one
transaction, so that it is one moment's state, and needs no program of the database. Who is logged in is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from carmonitor.store import database, journal, plain
from carmonitor.store.database import DatabaseError, Store

FORMAT = "carmonitor-backup/1"
LEFT_OUT = ("alembic_version", "console_session", "login_guard")
"""Tables that are not kept: the revision is in the manifest; whoever was logged in logs in again."""

_ROWS, _BYTES = 5_000, 1 << 24  # a row group holds at most so many rows, or about so many bytes of files


class BackupError(Exception):
    """A backup that cannot be made or used. The message says what was found and what was expected."""


@dataclass(frozen=True)
class Kept:
    """One table of a backup: how many rows, their fingerprint, and the sha256 of its Parquet file."""

    rows: int
    digest: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. ``digest``: one fingerprint of every row of every table."""

    format: str
    program: str
    revision: str
    made_at: str
    database: str
    journal_entries: int
    journal_head: str | None
    digest: str
    tables: dict[str, Kept]


def back_up(store: Store, out: Path, *, at: datetime) -> Manifest:
    """Write a backup to ``out``, which must not exist: readable by its owner only, complete or not there at all."""
    if out.exists():
        raise BackupError(f"found {out}, expected a file that does not exist: a backup never overwrites another")
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)  # of mode 0600
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w") as archive, store.read() as connection:
            made = _write(connection, archive, at)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(part, out)  # fails where another made the file meanwhile
    finally:
        part.unlink()
    return made


def _write(connection: sa.Connection, archive: zipfile.ZipFile, at: datetime) -> Manifest:
    _check_sqlite(connection)
    kept = {}
    for table in tables_of(connection):
        with archive.open(_member(table.name), "w", force_zip64=True) as stream:
            hashed = _Hashed(stream)
            rows, digest = _write_table(connection, table, hashed)
        kept[table.name] = Kept(rows, digest, hashed.digest.hexdigest())
    head = journal.head(connection)
    made = Manifest(
        format=FORMAT,
        program=version("carmonitor"),
        revision=connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one(),
        made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        database=connection.dialect.name,
        journal_entries=head.seq if head else 0,
        journal_head=head.hash if head else None,
        digest=_digest(kept),
        tables=kept,
    )
    archive.writestr("manifest.json", json.dumps(asdict(made), ensure_ascii=False, indent=1))
    return made


def _digest(kept: dict[str, Kept]) -> str:
    return plain.fingerprint([name, table.rows, table.digest] for name, table in sorted(kept.items()))


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables a backup has, as the database itself describes them, those that are referred to first."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def _write_table(connection: sa.Connection, table: sa.Table, stream: _Hashed) -> tuple[int, str]:
    schema = pa.schema([(column.name, _arrow(column.type)) for column in table.columns])
    count, digest = 0, hashlib.sha256()
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for rows in _groups(plain.rows(connection, table)):
            for row in rows:
                digest.update(plain.fingerprint(row).encode("ascii"))
            count += len(rows)
            try:
                columns = [
                    pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
                ]
            except (pa.ArrowException, UnicodeEncodeError) as error:
                raise BackupError(
                    f"table {table.name} holds a value that its column cannot have ({error}); the database was damaged "
                    "or altered: `carmonitor journal verify --all` names where"
                ) from error
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return count, digest.hexdigest()


def _groups(rows: Iterator[plain.Plain]) -> Iterator[list[plain.Plain]]:
    group: list[plain.Plain] = []
    size = 0
    for row in rows:
        group.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes))
        if len(group) >= _ROWS or size >= _BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _arrow(kind: Any) -> pa.DataType:
    if isinstance(kind, sa.LargeBinary):
        return pa.large_binary()
    if isinstance(kind, (sa.Integer, sa.Boolean)):
        return pa.int64()
    return pa.float64() if isinstance(kind, sa.Float) else pa.large_string()


class _Hashed:
    """A stream to write to that counts and fingerprints what goes through it."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.digest, self.place, self.closed = stream, hashlib.sha256(), 0, False

    def write(self, content: Any) -> int:
        """As of a file."""
        raw = bytes(content)
        self.digest.update(raw)
        self.place += len(raw)
        self.stream.write(raw)
        return len(raw)

    def tell(self) -> int:
        """As of a file."""
        return self.place

    def flush(self) -> None:
        """As of a file."""

    def close(self) -> None:
        """The zip's own stream is closed by the zip."""
        self.closed = True


def _member(table: str) -> str:
    return f"tables/{table}.parquet"


# Restoring


def read_manifest(file: Path) -> Manifest:
    """What a backup says of itself, after comparing every file in it with its sha256."""
    try:
        with zipfile.ZipFile(file) as archive:
            content = json.loads(archive.read("manifest.json"))
            if content.get("format") != FORMAT:
                raise BackupError(f"found the format {content.get('format')!r} in {file}, expected {FORMAT}")
            tables = {name: Kept(**table) for name, table in content.pop("tables").items()}
            said = Manifest(**content, tables=tables)
            expected = {_member(name) for name in tables} | {"manifest.json"}
            if set(archive.namelist()) != expected or len(archive.namelist()) != len(expected):
                raise BackupError(f"{file} does not hold the files its manifest names")
            for name, table in tables.items():
                with archive.open(_member(name)) as stream:
                    found = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
                if found != table.sha256:
                    raise BackupError(
                        f"table {name} in {file} was altered: found sha256 {found}, expected {table.sha256}"
                    )
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError) as error:
        raise BackupError(f"{file} is no backup of carmonitor, or a damaged one: {error}") from error
    if said.digest != _digest(tables):
        raise BackupError(f"the manifest of {file} was altered: its tables do not give its digest")
    return said


def restore(file: Path, url: str) -> Manifest:
    """Fill an empty database from a backup, in one transaction, and compare every row's fingerprint.

    A backup of an older version is restored as it was, and then upgraded. Raises :class:`BackupError` for a database
    that is not empty; nothing is left half restored.
    """
    said = read_manifest(file)
    _check_empty(url)
    database.upgrade(url, said.revision)
    with database.connect(url) as store, store.write() as connection, zipfile.ZipFile(file) as archive:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        there = {table.name: table for table in tables_of(connection)}
        if set(there) != set(said.tables):
            odd = ", ".join(sorted(set(there) ^ set(said.tables)))
            raise BackupError(f"tables of backup and database differ at revision {said.revision}: {odd}")
        for name, table in there.items():
            with _unpacked(archive, name) as content:
                _load(connection, table, content)
            rows, digest = plain.table_digest(connection, table)
            if (rows, digest) != (said.tables[name].rows, said.tables[name].digest):
                raise BackupError(f"table {name} did not come back as it was: {rows} rows, digest {digest}")
        _check_sqlite(connection)
    if said.revision != database.REVISION:
        database.upgrade(url)
    return said


def digest_of(connection: sa.Connection) -> str:
    """The fingerprint of every row of every table that a backup has; see :class:`Manifest`."""
    kept = {}
    for table in tables_of(connection):
        rows, digest = plain.table_digest(connection, table)
        kept[table.name] = Kept(rows, digest, "")
    return _digest(kept)


def _check_empty(url: str) -> None:
    """Only a database without rows is filled. One that is not there yet is made."""
    address = database.read_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        return
    with database.connect(url) as store, store.read() as connection:
        filled = [
            table.name
            for table in tables_of(connection)
            if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None
        ]
        name = store.name
    if filled:
        some = ", ".join(filled[:5])
        raise BackupError(f"found rows in {name} ({some}), expected an empty database: a restore never overwrites")


@contextmanager
def _unpacked(archive: zipfile.ZipFile, table: str) -> Iterator[pq.ParquetFile]:
    """A table's file, on disk: Parquet is read from its end."""
    with tempfile.TemporaryDirectory(prefix="carmonitor-restore-") as folder:
        path = Path(folder) / "table.parquet"
        with archive.open(_member(table)) as packed, path.open("wb") as stream:
            while part := packed.read(1 << 20):
                stream.write(part)
        with pq.ParquetFile(path) as content:
            yield content


def _load(connection: sa.Connection, table: sa.Table, content: pq.ParquetFile) -> None:
    columns = [column.name for column in table.columns]
    if content.schema_arrow.names != columns:
        raise BackupError(f"found the columns {content.schema_arrow.names} of {table.name}, expected {columns}")
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    batches = (
        list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        for batch in content.iter_batches(batch_size=_ROWS)
    )
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        for rows in batches:
            connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", rows)
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
            for rows in batches:
                for row in rows:
                    copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise BackupError(f"table {table.name} cannot be restored into this database: {error}") from error


def _check_sqlite(connection: sa.Connection) -> None:
    """SQLite's own look at its file: pages, indexes, references."""
    if connection.dialect.name != "sqlite":
        return
    said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if said != ["ok"] or lost:
        found = "; ".join([*(str(line) for line in said if line != "ok"), *(f"{row[0]}: row {row[1]}" for row in lost)])
        raise DatabaseError(f"the database file is damaged: {found[:500]}")
