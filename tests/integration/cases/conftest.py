"""An office of its own for every test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stories import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """An office with one submission received and nothing found yet."""
    office = Office(database_url)
    yield office
    office.store.close()
