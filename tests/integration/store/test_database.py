"""Opening a database: what is accepted, what is made, and what a person is told otherwise."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from carmonitor.store import database, tables


def test_the_migrations_make_exactly_the_declared_tables(blank_url: str) -> None:
    assert database.upgrade(blank_url) == database.REVISION

    with database.open_store(blank_url) as store, store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_migrations_make_the_same_tables_as_sqlalchemy_would(tmp_path: Path) -> None:
    """compare_metadata does not see checks, keys' names or WITHOUT ROWID; SQLite's own words do."""

    def words(path: Path) -> set[str]:
        with sqlite3.connect(path) as raw:
            made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
            rows = raw.execute(f"{made} AND name <> 'alembic_version'")
            found = {_sorted_words(sql) for (sql,) in rows}
        raw.close()
        return found

    database.upgrade(f"sqlite:///{tmp_path / 'migrated'}")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'declared'}")
    tables.metadata.create_all(engine)
    engine.dispose()

    assert words(tmp_path / "migrated") == words(tmp_path / "declared")


def _sorted_words(sql: str) -> str:
    """The words of a statement, in any order. A reference may stand with its column or apart (its name is kept)."""
    sql = re.sub(r"FOREIGN KEY\s*\(\w+\)", "", sql)
    return " ".join(sorted(sql.replace("(", " ").replace(")", " ").replace(",", " ").split()))


def test_the_program_works_with_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == database.REVISION


def test_every_constraint_has_a_name() -> None:
    nameless = [
        (table.name, type(constraint).__name__)
        for table in tables.metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name
    ]
    assert nameless == []


def test_upgrading_twice_changes_nothing(blank_url: str) -> None:
    database.upgrade(blank_url)
    with database.open_store(blank_url) as store, store.write() as connection:
        connection.execute(tables.random_draw.insert().values(quarter="2021-Q1", seed="s", drawn=["CF1"]))

    database.upgrade(blank_url)

    with database.open_store(blank_url) as store, store.read() as connection:
        assert connection.execute(sa.select(tables.random_draw.c.drawn)).scalar_one() == ["CF1"]


def test_several_programs_may_upgrade_one_new_database(blank_url: str) -> None:
    program = "import sys; from carmonitor.store import database; print(database.upgrade(sys.argv[1]))"
    running = [
        subprocess.Popen([sys.executable, "-c", program, blank_url], stdout=subprocess.PIPE, text=True) for _ in "123"
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == [database.REVISION] * 3


def test_a_database_without_tables_is_not_opened(blank_url: str) -> None:
    assert not database.exists(blank_url)
    with pytest.raises(database.DatabaseError, match="carmonitor db upgrade"):
        database.open_store(blank_url)


def test_opening_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent.sqlite3'}"
    with pytest.raises(database.DatabaseError, match="no database file"):
        database.open_store(url)
    assert not database.exists(url)
    assert list(tmp_path.iterdir()) == []


def test_a_new_sqlite_database_is_made_on_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with database.ensure(url) as store:
        assert store.name == url
    assert database.exists(url)


def test_a_new_postgresql_database_is_never_filled_unasked(postgres_address: Callable[[str], str]) -> None:
    with pytest.raises(database.DatabaseError, match="carmonitor db upgrade"):
        database.ensure(postgres_address("postgres"))


def test_a_file_with_other_tables_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE harvest (year)")
    raw.close()
    with pytest.raises(database.DatabaseError, match="none of carmonitor's tables"):
        database.ensure(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir, " * 1000)
    with pytest.raises(database.DatabaseError, match="not a database"):
        database.ensure(f"sqlite:///{path}")


def test_a_database_of_another_version_is_refused(database_url: str) -> None:
    with database.connect(database_url) as store, store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (database.open_store, database.upgrade, database.ensure):
        with pytest.raises(database.DatabaseError, match="revision 9999, which this version of carmonitor does not"):
            use(database_url)


@pytest.mark.parametrize(
    "url",
    [
        "", "carmonitor.sqlite3", "sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x", "postgresql://host",
        "postgresql+asyncpg://localhost/x",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_with_an_example(url: str) -> None:
    with pytest.raises(database.DatabaseError, match="expected sqlite:///path"):
        database.read_url(url)


def test_a_password_is_never_shown() -> None:
    for url in ("mysql://kp:secret@localhost/x", "nonsense kp:secret@localhost"):
        with pytest.raises(database.DatabaseError) as told:
            database.read_url(url)
        assert "secret" not in str(told.value)
    unreachable = "postgresql+psycopg://kp:secret@localhost:1/x"
    assert "secret" not in database.connect(unreachable).name
    with pytest.raises(database.DatabaseError, match="cannot use the database") as told:
        database.exists(unreachable)
    assert "secret" not in str(told.value)


def test_plain_postgresql_addresses_use_psycopg() -> None:
    assert database.read_url("postgresql://kp@db/kp").drivername == "postgresql+psycopg"


def test_a_failed_transaction_leaves_nothing(database_url: str) -> None:
    with database.open_store(database_url) as store:

        def write_and_fail() -> None:
            with store.write() as connection:
                connection.execute(tables.random_draw.insert().values(quarter="2021-Q1", seed="s", drawn=[]))
                raise RuntimeError("power cut")

        with pytest.raises(RuntimeError, match="power cut"):
            write_and_fail()
        with store.read() as connection:
            assert connection.execute(sa.select(tables.random_draw)).all() == []


def test_references_are_enforced(database_url: str) -> None:
    with database.open_store(database_url) as store, pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(tables.quarantine.insert().values(source_id=1, row=1, problems=[], raw={}))


def test_concurrent_writers_lose_nothing(database_url: str) -> None:
    """Each reads the count and writes the next number: any two that do not queue collide or are refused."""

    def add(_: int) -> None:
        with database.open_store(database_url) as store:
            for _ in range(5):
                with store.write() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.execute(sa.text("LOCK TABLE random_draw"))
                    held = connection.execute(sa.select(sa.func.count()).select_from(tables.random_draw)).scalar_one()
                    connection.execute(tables.random_draw.insert().values(quarter=str(held), seed="s", drawn=[]))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    with database.open_store(database_url) as store, store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.random_draw)).scalar_one() == 40


def test_a_reader_sees_one_moment(database_url: str) -> None:
    counted = sa.select(sa.func.count()).select_from(tables.random_draw)
    with database.open_store(database_url) as store, store.read() as reader:
        before = reader.execute(counted).scalar_one()
        with store.write() as writer:
            writer.execute(tables.random_draw.insert().values(quarter="2021-Q1", seed="s", drawn=[]))
        assert reader.execute(counted).scalar_one() == before == 0


def test_times_are_kept_in_utc_and_naive_ones_are_refused(database_url: str) -> None:
    bangui = datetime(2021, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=1)))

    def submission(at: datetime) -> sa.Insert:
        return tables.submission.insert().values(
            submission_id="S", seq=1, name="n", sender="SPPK", return_id="SPPK@-", received_on=bangui.date(),
            ingested_at=at, ingested_by="ana", notes=[],
        )  # fmt: skip

    with database.open_store(database_url) as store:
        with pytest.raises(sa.exc.StatementError, match="without a time zone"), store.write() as connection:
            connection.execute(submission(bangui.replace(tzinfo=None)))
        with store.write() as connection:
            connection.execute(submission(bangui))
        with store.read() as connection:
            back = connection.execute(sa.select(tables.submission.c.ingested_at)).scalar_one()
    assert back == bangui
    assert back.tzinfo is UTC


def test_one_case_at_a_time_is_open_for_a_subject(database_url: str) -> None:
    def case(case_id: str, status: str) -> sa.Insert:
        return tables.review_case.insert().values(
            case_id=case_id, subject_kind="certificate", subject_id="CF1", status=status, origin="rule",
            opened_as_of=datetime(2021, 7, 31, tzinfo=UTC).date(),
        )  # fmt: skip

    with database.open_store(database_url) as store:
        with store.write() as connection:
            connection.execute(case("C1", "closed"))
            connection.execute(case("C2", "closed"))
            connection.execute(case("C3", "open"))
        with pytest.raises(IntegrityError), store.write() as connection:
            connection.execute(case("C4", "under_review"))
