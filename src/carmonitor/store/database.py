"""Opening the database: SQLite by default, PostgreSQL in production; one code path.

SQLite: every writing transaction begins with BEGIN IMMEDIATE, so that two writers queue instead of failing half-way
("database is locked" when a reader turns writer is not helped by any waiting time); readers never wait (WAL).
PostgreSQL: readers see one snapshot for the whole transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from carmonitor.store import seals

REVISION = "0008"
"""The migration this version of the program works with."""

_WAIT_MS = 60_000
_CACHE_KB, _WRITE_CACHE_KB = 8_000, 64_000  # of pages held: indexes that fit are stored in a third of the time
_UPGRADE_LOCK = 4_201_930  # any constant: two programs must not migrate one PostgreSQL database at once
_POSTGRESQL = "postgresql+psycopg"


class DatabaseError(Exception):
    """The database cannot be used. The message says what was found, what was expected, and what to do."""


@dataclass(frozen=True)
class Store:
    """An open database. Close it, or use it in a ``with`` statement."""

    engine: sa.Engine

    @property
    def name(self) -> str:
        """The database's address, without a password."""
        return self.engine.url.render_as_string()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that may write: committed at the end, rolled back on any error."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads, and sees one moment's state throughout."""
        options: dict[str, Any] = {"reading": True}
        if self.engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.execution_options(**options).begin() as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_url(text: str) -> sa.URL:
    """A database address, or :class:`DatabaseError`. ``sqlite:///file`` and ``postgresql+psycopg://`` are known."""
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise DatabaseError(f"found the database address {_without_password(text)!r}; {_EXPECTED}") from None
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if url.drivername in ("postgresql", _POSTGRESQL) and url.database:
        return url.set(drivername=_POSTGRESQL)
    raise DatabaseError(f"found the database address {url.render_as_string()!r}; {_EXPECTED}")


_EXPECTED = "expected sqlite:///path/to/file.sqlite3 or postgresql+psycopg://user@host/database"


def _without_password(text: str) -> str:
    head, at, tail = text.rpartition("@")
    return f"***@{tail}" if at and head else text


def connect(text: str) -> Store:
    """A store whose tables have not been looked at. Nothing is created, nothing is connected yet."""
    url = read_url(text)
    if url.get_backend_name() != "sqlite":
        return Store(sa.create_engine(url, pool_pre_ping=True))  # the server may have been restarted meanwhile
    engine = sa.create_engine(url)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    raw.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    raw.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KB if reading else _WRITE_CACHE_KB}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def exists(text: str) -> bool:
    """Whether there is a database with our tables at this address. An unreachable server raises DatabaseError."""
    url = read_url(text)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        return False
    with connect(text) as store:
        return _revision(store) is not None


def open_store(text: str) -> Store:
    """Open a database that is there and up to date; anything else is a :class:`DatabaseError` saying what to do."""
    url = read_url(text)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise DatabaseError(f"found no database file {url.database}; run `carmonitor db upgrade` to make one")
    store = connect(text)
    try:
        _check_revision(store)
    except DatabaseError:
        store.close()
        raise
    return store


def ensure(text: str) -> Store:
    """As :func:`open_store`; a new, empty SQLite database is made first."""
    url = read_url(text)
    if url.get_backend_name() == "sqlite" and _is_new(text, Path(str(url.database))):
        upgrade(text)
    return open_store(text)


def _is_new(text: str, path: Path) -> bool:
    if not path.is_file() or path.stat().st_size == 0:
        return True
    with connect(text) as store:
        return not _table_names(store)


def upgrade(text: str, revision: str = "head") -> str:
    """Bring the tables to this version's revision, making the database file if need be. Returns the revision.

    ``revision``: an older one, for a backup of an older version. What older versions stored is sealed
    (:mod:`carmonitor.store.seals`) when the tables reach this version's.
    """
    from alembic import command  # noqa: PLC0415 - only an upgrade needs Alembic
    from alembic.config import Config  # noqa: PLC0415

    url = read_url(text)
    if revision not in ("head", REVISION, *_OLDER):
        raise DatabaseError(
            f"found the revision {revision}, expected one up to {REVISION}; install the newer carmonitor"
        )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with connect(text) as store:
        if url.get_backend_name() == "sqlite":
            _prepare_file(store, Path(str(url.database)))
        else:
            _table_names(store)  # an unreachable server is reported as such
        before = _revision(store)
        if before not in (None, REVISION, *_OLDER):
            _check_revision(store)
        with store.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if before is not None and before < _SEALED_SINCE and revision in ("head", REVISION):
                seals.seal_older(connection, at=datetime.now(UTC))
    return REVISION if revision == "head" else revision


_SEALED_SINCE = "0008"  # from then on all is sealed as it is stored; what is not was slipped in

_OLDER = tuple(f"{number:04d}" for number in range(1, int(REVISION)))  # an upgrade can start from any of them


def _prepare_file(store: Store, path: Path) -> None:
    """Readers and writers beside each other (WAL); a property of the file, so set once."""
    if not path.parent.is_dir():
        raise DatabaseError(f"found no folder {path.parent}; expected the folder of the database file to exist")
    give_up = time.monotonic() + _WAIT_MS / 1000
    raw = sqlite3.connect(path)
    try:
        while True:
            try:
                raw.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:  # another program is at it; SQLite's own waiting does not cover this
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"cannot use the database {store.name}: {error}") from error
    finally:
        raw.close()


def _table_names(store: Store) -> list[str]:
    with _explained(store), store.read() as connection:
        return sa.inspect(connection).get_table_names()


def _revision(store: Store) -> str | None:
    """The revision the database is at; None without our tables."""
    with _explained(store), store.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return revision


def _check_revision(store: Store) -> None:
    found = _revision(store)
    address = store.name
    if found is None:
        raise DatabaseError(f"{address} has none of carmonitor's tables; run `carmonitor db upgrade`")
    if found in _OLDER:
        raise DatabaseError(f"{address} is at revision {found}, expected {REVISION}; run `carmonitor db upgrade`")
    if found != REVISION:
        raise DatabaseError(
            f"{address} is at revision {found}, which this version of carmonitor does not know (it knows {REVISION}); "
            "install the newer carmonitor; `carmonitor db upgrade` cannot help with the older one"
        )


@contextmanager
def _explained(store: Store) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise DatabaseError(f"cannot use the database {store.name}: {str(error.orig).strip()}") from error
