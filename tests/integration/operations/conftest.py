"""A small database with something in every table that evidence is kept in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from carmonitor.cases import workflow
from carmonitor.cases.opening import open_cases
from carmonitor.findings import Finding, Parameter, result_digest
from carmonitor.framework.engine import Coverage
from carmonitor.intake.batch import ReceivedFile
from carmonitor.store import catalogues, database, tables
from carmonitor.store.database import Store
from carmonitor.store.findings import RunInfo, save_result
from carmonitor.store.load import save_submission
from tests.integration.cases.stories import DAY, NOON, breach, lead
from tests.integration.store.submissions import sheet, submission

RETURN, CORRECTION = "S-return", "S-correction"
FIRST, SECOND = "R-first", "R-second"
HOSTILE = "../<script>alert(1)</script>\u202e=cmd|' /C calc'!A0.csv"
"""The name of a file that was received."""


def received(path: str, content: bytes) -> ReceivedFile:
    return ReceivedFile(path, hashlib.sha256(content).hexdigest(), content, "table")


def furnish(store: Store) -> None:
    """Two submissions, a rulebook, two runs (the second resolves what the first found), and a case decided on."""
    files = (received(HOSTILE, bytes(range(256))), received("retour/été.csv", b"poids;1,50\n"))
    shipments = sheet("shipment", [{"certificate_number": "CF101", "carats": "1.50", "issue_date": "2021-03-01"}])
    refused = sheet("parcel", [], refused={2: {"certificate_number": "CF102"}})
    _receive(store, RETURN, NOON, shipments, refused, files=files)
    _receive(store, CORRECTION, NOON + timedelta(days=1), shipments, files=(received("corrigé.csv", b"1"),))
    with store.write() as connection:
        rules = {"rulebook/M.yaml": b"M-04: 1\n", "detectors.yaml": b"F14: 2\n"}
        lines = sorted(f"{path}:{hashlib.sha256(content).hexdigest()}" for path, content in rules.items())
        name = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        catalogues.save_catalogue(
            connection, catalogue_hash=name, rulebook_hash="rules", files=rules, saved_at=NOON, code_version="0.1.0"
        )
        catalogues.activate(
            connection, catalogue_hash=name, rulebook_hash="rules", packaged=False, previous="none", actor="awa",
            reason="letter of 3 May", at=NOON,
        )  # fmt: skip
    said = breach(parameters=(Parameter("share", "0.1", "ratio", "project-default"),), caveats=("l'été",))
    _run(store, FIRST, name, said, lead("CF102"))
    with store.write() as connection:
        case = connection.execute(sa.select(tables.review_case.c.case_id)).scalars().first()
        workflow.assign(connection, str(case), actor="awa", at=NOON + timedelta(days=2), to="pierre")
    _run(store, SECOND, name, said)


def _receive(store: Store, name: str, at: datetime, *sheets: object, files: tuple[ReceivedFile, ...]) -> None:
    arrived = submission(name, *sheets, files=files)  # type: ignore[arg-type]
    with store.write() as connection:
        save_submission(connection, arrived, ingested_at=at, actor="awa")


def _run(store: Store, name: str, catalogue: str, *findings: Finding) -> None:
    later = NOON + timedelta(days=3 if name == FIRST else 4)
    info = RunInfo(
        run_id=name, as_of=DAY if name == FIRST else date(2021, 8, 31), started_at=later, finished_at=later,
        code_version="0.1.0", rulebook_hash="rules", evidence_digest=f"evidence of {name}",
        result_digest=result_digest(findings), settings={"budget": 5}, counts={}, actor="system", last_seq=2,
        catalogue_hash=catalogue, verdicts={"F14": [1, 2]},
    )  # fmt: skip
    where = [{"file": HOSTILE, "sheet": "Envois", "row": 2, "submission_id": RETURN}]
    with store.write() as connection:
        save_result(
            connection, run=info, findings=findings, coverage=[Coverage("M-04", 3, 2, 1, 0)], lineage=lambda _: where,
            resolver=lambda _: CORRECTION,
        )  # fmt: skip
        open_cases(connection, findings, run_id=name, as_of=info.as_of)


@pytest.fixture
def furnished(database_url: str) -> Iterator[Store]:
    """The small database, on SQLite and on PostgreSQL."""
    with database.open_store(database_url) as store:
        furnish(store)
        yield store


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The small database, for tests that undo what they do to it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('lasting')}/small.sqlite3"
    else:
        address: Callable[[str], str] = request.getfixturevalue("postgres_address")
        engine = sa.create_engine(address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE lasting"))
        engine.dispose()
        url = address("lasting")
    database.upgrade(url)
    with database.open_store(url) as store:
        furnish(store)
        yield store
