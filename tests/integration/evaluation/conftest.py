"""A history: the sample taken in once, judged at the end of six months, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from carmonitor import pipeline
from carmonitor.catalogues import packaged_files
from carmonitor.settings import Settings
from carmonitor.store import database
from carmonitor.store.database import Store, open_store
from tests.integration.sample.conftest import SAMPLE, sample_settings

MONTH_ENDS = [date(2021, 2, 28), date(2021, 3, 31), date(2021, 4, 30), date(2021, 5, 31), date(2021, 6, 30),
              date(2021, 7, 31)]  # fmt: skip


@dataclass(frozen=True)
class History:
    """A database with six monthly runs, and what they gave."""

    store: Store
    url: str
    settings: Settings
    jobs: list[pipeline.Job]


def _history(url: str) -> Iterator[History]:
    database.upgrade(url)
    with open_store(url) as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
        pipeline.ingest([SAMPLE / "inbox"], store, actor="test")
        settings = sample_settings()
        yield History(store, url, settings, [pipeline.monitor(store, settings, as_of=day) for day in MONTH_ENDS])


@pytest.fixture(scope="session")
def sqlite_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    yield from _history(f"sqlite:///{tmp_path_factory.mktemp('history') / 'history.sqlite3'}")


@pytest.fixture(scope="session")
def postgres_history(postgres_address: Callable[[str], str]) -> Iterator[History]:
    engine = sa.create_engine(postgres_address("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE test_history"))
    engine.dispose()
    yield from _history(postgres_address("test_history"))


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest) -> History:
    """The history, which tests only read."""
    found: History = request.getfixturevalue(
        {"sqlite": "sqlite_history", "postgresql": "postgres_history"}[request.param]
    )
    return found


@pytest.fixture
def copy(sqlite_history: History, tmp_path: Path) -> Iterator[History]:
    """A copy of the history on SQLite, to be changed."""
    path = tmp_path / "copy.sqlite3"
    with sqlite_history.store.write():  # nobody else writes; what stands in the write-ahead log comes along
        for suffix in ("", "-wal", "-shm"):
            source = Path(f"{sqlite_history.store.engine.url.database}{suffix}")
            if source.exists():
                shutil.copyfile(source, f"{path}{suffix}")
    url = f"sqlite:///{path}"
    with open_store(url) as store:
        yield History(store, url, sqlite_history.settings, sqlite_history.jobs)


@pytest.fixture
def rulebook(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the packaged rulebook with edits: (file, old text, new text)."""

    def made(*edits: tuple[str, str, str], name: str = "rulebook") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for path, content in packaged_files().items():
            if path.startswith("rulebook/"):
                (folder / path.removeprefix("rulebook/")).write_bytes(content)
        for file, old, new in edits:
            text = (folder / file).read_text(encoding="utf-8")
            assert old in text
            (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return made


TWO_PERCENT = ("M.yaml", 'value: "0.1"', 'value: "2"')
"""M-06: up to 2 % of difference in weight is a warning only."""
