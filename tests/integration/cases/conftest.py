"""An office of its own for every test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from carmonitor.store import database
from carmonitor.store.tables import metadata
from tests.integration.tampering import unguarded

from .stories import Office


@pytest.fixture(scope="session")
def one_postgres_url(postgres_address: Callable[[str], str]) -> str:
    """One PostgreSQL database for all these tests (they are many, and a new one takes a second)."""
    engine = sa.create_engine(postgres_address("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE test_cases"))
    engine.dispose()
    database.upgrade(postgres_address("test_cases"))
    return postgres_address("test_cases")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office with one submission received and nothing found yet."""
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "one_postgres_url"}[request.param])
    with database.open_store(url) as store:
        with unguarded(store) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
        yield Office(store)
