"""A console over a small office: three cases, four users, and a clock that a test sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI

from carmonitor.console.app import create
from carmonitor.settings import Settings
from carmonitor.store import accounts, database, journal, passwords, tables
from carmonitor.store.database import Store
from carmonitor.store.marks import mark_cases
from tests.integration.cases.stories import Office, breach, lead
from tests.integration.console.browser import Browser

PASSWORD = "trois pierres à Carnot"
OTHER_PASSWORD = "quatre pierres à Nola"
ROLES = {"vera": "viewer", "awa": "analyst", "remi": "rule_manager", "ada": "admin"}
MORNING = datetime(2021, 8, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """These tests log in hundreds of times; how passwords are kept is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def password_hash(quick_hashes: None) -> str:
    return passwords.hashed(PASSWORD)


@dataclass
class House:
    """The console, its store, and the time it is."""

    store: Store
    settings: Settings
    now: datetime = MORNING
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = create(self.settings, self.store, lambda: self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def browser(self, name: str | None = "awa", **more: str) -> Browser:
        """A browser, logged in unless ``name`` is None."""
        browser = Browser(self.app, **more)
        if name is not None:
            page = browser.log_in(name, PASSWORD)
            assert page.status_code == 200, page.text
        return browser

    def case(self, subject: str = "CF101") -> str:
        query = sa.select(tables.review_case.c.case_id).where(tables.review_case.c.subject_id == subject)
        with self.store.read() as connection:
            return str(connection.execute(query).scalars().one())

    def entries(self, subject: str) -> list[journal.Entry]:
        with self.store.read() as connection:
            return journal.entries(connection, subject=subject)


@pytest.fixture
def house(sqlite_url: str, password_hash: str) -> Iterator[House]:
    with furnished(sqlite_url, password_hash) as made:
        yield made


@contextmanager
def furnished(url: str, password_hash: str) -> Iterator[House]:
    """Three cases and four users in an empty database."""
    with database.open_store(url) as store:
        office = Office(store)
        office.run(breach("CF101"), breach("CF102", severity="W"), lead("CF103"))
        with store.write() as connection:
            mark_cases(connection)
            counts = {"findings": {"breach": 2, "lead": 1, "not_evaluated": 0, "on_trial": 0}}
            known = {"expected_senders": ["SPPK"], "review_budget_percent": 5, "monitoring_from": "2021-01-01"}
            connection.execute(sa.update(tables.run).values(counts=counts, settings=known))
            for name, role in ROLES.items():
                accounts.add(
                    connection, name=name, display_name=name.title(), role=role, hashed=password_hash,
                    actor="test", at=MORNING,
                )  # fmt: skip
        yield House(store, Settings(_env_file=None))
