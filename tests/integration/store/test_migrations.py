"""Upgrading a database that is in use: rows of an older revision stay and read as they should."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from carmonitor.framework.engine import Coverage
from carmonitor.store import database
from carmonitor.store.findings import latest_run, load_coverage, load_findings
from carmonitor.store.tables import ASKED_BY

NOON = datetime(2021, 7, 31, 12)  # noqa: DTZ001 - as the database keeps it
RUN = {
    "run_id": "R1", "as_of": date(2021, 7, 31), "started_at": NOON, "finished_at": NOON, "code_version": "0.1.0",
    "rulebook_hash": "rules", "evidence_digest": "e", "result_digest": "d", "settings": {"budget": 5}, "counts": {},
    "actor": "system",
}  # fmt: skip
FINDING = {
    "finding_id": "F1", "version": 1, "content_digest": "c", "rule_id": "M-04", "outcome": "breach", "severity": "E",
    "subject_kind": "certificate", "subject_id": "CF1", "period": "2021-02", "content": {"message": "said"},
    "status": "open", "first_run_id": "R1",
}  # fmt: skip
COVERAGE = {
    "result_digest": "d", "position": 0, "rule_id": "M-04", "evaluated": 3, "passed": 2, "breached": 1,
    "not_evaluated": 0,
}  # fmt: skip


@pytest.fixture
def first_revision(blank_url: str) -> str:
    """A database of revision 0001 with a run, its finding, its coverage and a case."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with database.connect(blank_url) as store:
        with store.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
        with store.write() as connection:
            _insert(connection, "run", RUN)
            _insert(connection, "finding", FINDING)
            _insert(connection, "result_finding", {"result_digest": "d", "finding_id": "F1", "version": 1})
            _insert(connection, "coverage", COVERAGE)
            case = {"case_id": "K-1", "subject_kind": "certificate", "subject_id": "CF1", "status": "open"}
            _insert(
                connection,
                "review_case",
                {**case, "origin": "rule", "opened_run_id": "R1", "opened_as_of": date(2021, 7, 31)},
            )
    return blank_url


def _insert(connection: sa.Connection, name: str, row: dict[str, object]) -> None:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    connection.execute(sa.insert(table), [row])


def test_the_older_revision_is_refused_with_what_to_do(first_revision: str) -> None:
    with pytest.raises(database.DatabaseError, match="is at revision 0001, expected 0008; run `carmonitor db upgrade`"):
        database.open_store(first_revision)


def test_an_upgrade_keeps_the_rows_and_fills_in_the_new_columns(first_revision: str) -> None:
    assert database.upgrade(first_revision) == database.REVISION
    with database.open_store(first_revision) as store, store.read() as connection:
        run = latest_run(connection)
        (found,) = load_findings(connection, "d")
        coverage = load_coverage(connection, "d")
        case = connection.execute(sa.text("SELECT opened_run_id FROM review_case")).scalar_one()
        marked = connection.execute(sa.text("SELECT count(*) FROM case_mark")).scalar_one()
    assert run is not None
    assert (run.run_id, run.started_at) == ("R1", NOON.replace(tzinfo=UTC))
    assert (run.catalogue_hash, run.last_seq, run.verdicts) == (None, None, None)
    assert found["message"] == "said"
    assert coverage == [Coverage("M-04", 3, 2, 1, 0, subject_kind="", shipments=0, shipments_checked=0)]
    assert (case, marked) == ("R1", 1)


def test_after_an_upgrade_references_are_enforced(first_revision: str) -> None:
    database.upgrade(first_revision)
    with database.open_store(first_revision) as store, pytest.raises(sa.exc.IntegrityError), store.write() as c:
        c.execute(sa.text("UPDATE run SET catalogue_hash = 'nowhere'"))


@pytest.mark.parametrize("revision", [f"{n:04d}" for n in range(1, int(database.REVISION))])
def test_every_older_revision_can_be_brought_to_this_one(blank_url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with database.connect(blank_url) as store, store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with pytest.raises(database.DatabaseError, match=f"is at revision {revision}, expected {database.REVISION}"):
        database.open_store(blank_url)
    assert database.upgrade(blank_url) == database.REVISION
    with database.open_store(blank_url) as store, store.read() as connection:
        found = sa.inspect(connection)
        asked = {t: [i["column_names"] for i in found.get_indexes(t)] for t in found.get_table_names()}
    kept = {f"rec_{kind}": sorted([name] for name in fields) for kind, fields in ASKED_BY.items()}
    kept["rec_assortment"] = [["subject_id"]]
    assert {t: sorted(names) for t, names in asked.items() if t.startswith("rec_") and names} == kept
