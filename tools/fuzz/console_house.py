"""A console to be asked anything: one month of the sample, a run with a few findings, a user of each role, no port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request
from sqlalchemy.engine import Connection

from carmonitor import pipeline
from carmonitor.cases.opening import open_cases
from carmonitor.console import batches
from carmonitor.console.app import create
from carmonitor.console.visit import Visit, visit_of
from carmonitor.console.work import Piece, Workshop
from carmonitor.findings import Finding, finding_id, result_digest
from carmonitor.framework.engine import Coverage
from carmonitor.settings import Settings
from carmonitor.store import accounts, database, journal, passwords, tables
from carmonitor.store.database import Store
from carmonitor.store.findings import RunInfo, run_id, save_result
from carmonitor.store.marks import mark_cases

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
AS_OF = date(2021, 7, 31)
MORNING = datetime(2021, 8, 2, 8, tzinfo=UTC)
USERS = {"viewer": "vera", "analyst": "awa", "admin": "ada"}
SPARE, PASSWORD = "spare", "trois pierres à Carnot"
"""A user to be disabled and enabled; the password of everyone."""


class Still(Workshop):
    """Work is taken on and never done: what a page began would go on for seconds after its answer."""

    def begin(self, piece: Piece, work: object) -> None:
        piece.state = "waiting"

    def ready(self, visit: Visit, folder: Path) -> dict[str, Piece]:
        """Nothing but a checked batch and a dossier that is made, both of the visitor's session."""
        for piece in list(self._pieces.values()):
            self.forget(piece)
        batch, dossier = self.prepare(visit, "upload"), self.prepare(visit, "dossier", lang="en", redact=False)
        empty = batches.Said((), (), (), (), (), batches.coverage_report([], "en"))
        totals = dict.fromkeys(("breach", "lead", "not_evaluated", "on_trial", "quarantine", "notes"), 0)
        counts = dict.fromkeys(("files", "rows", "records", "quarantined", "skipped"), 0)
        read = batches.Read("a.csv", "SPPK", None, "sub-1", counts, False, 0)
        batch.result = batches.Checked((read,), (), counts, totals, {"en": empty, "fr": empty})
        batches.marked_path(batch, 0).write_bytes(b"PK")
        terms = batches.Terms(AS_OF, None, None, False)
        batch.about |= {"sha": "0" * 64, "names": ["a.csv"], "storing": False, "terms": terms}
        dossier.result = folder / "dossier.zip"
        dossier.about["selection"] = {}
        dossier.result.write_bytes(b"PK")
        batch.state = dossier.state = "done"
        return {"upload": batch, "export": dossier}


@dataclass
class House:
    """The console, what there is in it by name, and the time it is, which goes on with every request."""

    app: FastAPI
    store: Store
    folder: Path
    known: dict[str, list[str]]
    now: datetime = MORNING

    def token(self, role: str, before: str) -> str:
        """A session of the role's user: the one before if it lasts, else a new one."""
        self.now += timedelta(seconds=20)
        with self.store.read() as connection:
            if before and accounts.session_of(connection, before, at=self.now):
                return before
        with self.store.write() as connection:
            if accounts.find(connection, USERS[role]).disabled_at is not None:
                accounts.enable(connection, USERS[role], actor="fuzz", at=self.now)
            return accounts.open_session(connection, USERS[role], at=self.now)

    def work(self, token: str) -> dict[str, Piece]:
        """The pieces of work of a session, made anew."""
        console = self.app.state.console
        request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
        visit = visit_of(console, request)
        with self.store.read() as connection:
            session = accounts.session_of(connection, token, at=self.now)
        visit.token, visit.account = token, session.account if session else None
        return console.work.ready(visit, self.folder)

    def acts(self) -> int:
        """How many entries the journal has: every act leaves one."""
        with self.store.read() as connection:
            return int(connection.execute(sa.select(sa.func.max(tables.journal.c.seq))).scalar_one())

    def last_act(self, subject: str) -> str:
        """The number of the newest entry about a case: its forms carry it."""
        with self.store.read() as connection:
            found = journal.entries(connection, last=1, subject=subject)
        return str(found[0].seq) if found else "0"


@contextmanager
def furnished(url: str, folder: Path) -> Iterator[House]:
    """The console over a database with no rows yet, or without tables."""
    settings = Settings(_env_file=None, monitoring_from=date(2021, 1, 1))
    database.upgrade(url)
    with database.open_store(url) as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="fuzz", sender="registers")
        pipeline.ingest([SAMPLE / "inbox/2021-05", SAMPLE / "inbox/confirmations"], store, actor="fuzz")
        with store.write() as connection:
            _judge(connection)
            hashed = passwords.hashed(PASSWORD)
            for name, role in [*((name, role) for role, name in USERS.items()), (SPARE, "viewer")]:
                accounts.add(
                    connection, name=name, display_name=name.title(), role=role, hashed=hashed, actor="fuzz",
                    at=MORNING,
                )  # fmt: skip
        with store.read() as connection:
            known = _known(connection)
        house = House(create(settings, store, lambda: house.now), store, folder, known)
        house.app.state.console = replace(house.app.state.console, work=Still())
        yield house


def _judge(connection: Connection) -> None:
    """A run with findings about papers that are there."""
    certificate, slip, actor = (
        _some(connection, f"rec_{kind}", name, 1)[0]
        for kind, name in (("shipment", "certificate_number"), ("purchase", "slip_number"), ("purchase", "buyer_id"))
    )
    subjects = [
        ("M-04", "breach", "certificate", certificate), ("A-01", "breach", "purchase", slip),
        ("F08", "lead", "actor", actor), ("S-01", "breach", "return", "SPPK@2021-05"),
        ("P-01", "breach", "zone_month", "Carnot@2021-05"),
    ]  # fmt: skip
    found = [
        Finding(
            finding_id=finding_id(rule, kind, subject), rule_id=rule, outcome=outcome, severity="E", subject_kind=kind,
            subject_id=subject, period="2021-05", regime="OF2019", refs=(1,), evidence={"zone": "Carnot"},
            units={"zone": "text"}, rank=1 if outcome == "lead" else None, in_budget=outcome == "lead",
        )
        for rule, outcome, kind, subject in subjects
    ]  # fmt: skip
    paper = {
        "file": "f.xlsx",
        "sheet": "Envois",
        "row": 2,
        "submission_id": _some(connection, "submission", "submission_id", 1)[0],
    }
    info = RunInfo(
        run_id=run_id(1), as_of=AS_OF, started_at=MORNING, finished_at=MORNING, code_version="0", rulebook_hash="r",
        evidence_digest="e", result_digest=result_digest(found), settings={"expected_senders": ["SPPK"]},
        counts={"findings": {"breach": 4, "lead": 1, "not_evaluated": 0, "on_trial": 0}}, actor="fuzz", last_seq=99,
    )  # fmt: skip
    save_result(
        connection, run=info, findings=found, coverage=[Coverage("M-04", 3, 2, 1, 0)],
        lineage=lambda refs: [paper for _ in refs],
    )  # fmt: skip
    open_cases(connection, found, run_id=info.run_id, as_of=AS_OF)
    mark_cases(connection)


def _some(connection: Connection, table: str, column: str, most: int = 4) -> list[str]:
    wanted = tables.metadata.tables[table].c[column]
    query = sa.select(wanted).where(wanted.is_not(None)).distinct().order_by(wanted).limit(most)
    return [str(value) for value in connection.execute(query).scalars()]


def _known(connection: Connection) -> dict[str, list[str]]:
    """Name of a value in an address or a form → some that mean something there."""
    cases, submissions = (
        _some(connection, *where) for where in (("review_case", "case_id"), ("submission", "submission_id"))
    )
    subjects: Sequence[str] = _some(connection, "review_case", "subject_id")
    run = _some(connection, "run", "run_id")
    known: dict[str, Any] = {
        "case_id": cases, "submission_id": submissions, "run_id": run, "actor_id": _some(connection, "rec_purchase", "buyer_id"),
        "number": [*_some(connection, "rec_shipment", "certificate_number"), *_some(connection, "rec_purchase", "slip_number"), "0"],
        "zone": ["Carnot", "Berbérati", "Nola"], "rule_id": ["M-04", "F14"], "suffix": ["xlsx", "pdf", "txt"],
        "name": [SPARE, USERS["admin"], "upload", "export"], "page": ["1", "2"], "status": ["all", "waiting", "closed", "open"],
        "severity": ["E", "W", "I"], "kind": ["breach", "lead", "random"], "outcome": ["confirmed", "explained", "corrected"],
        "rule": ["M-04", "F14"], "period": ["2021-05"], "assigned": [USERS["analyst"], "-"], "place": ["Carnot"],
        "subject": subjects, "actor": [*USERS.values(), "system"], "verify": ["1"], "lang": ["en", "fr"], "in": ["en", "fr"],
        "language": ["en", "fr"], "q": [*cases, *subjects], "told": ["decided", "user_disabled"], "next": ["/cases"],
        "to": [USERS["analyst"], USERS["admin"]], "until": ["2021-12-31", "9999-12-31"], "as_of": ["2021-07-31"],
        "since": ["2021-05-01"], "seen": ["now", "1"], "reason": ["forged"], "text": ["a remark"], "sender": ["SPPK"],
        "sha": ["0" * 64], "together": ["1"], "redact": ["1"], "cases": [" ".join(cases)], "password": [PASSWORD],
        "present": [PASSWORD], "new": ["quatre pierres à Nola"], "again": ["quatre pierres à Nola"],
    }  # fmt: skip
    return {**known, **{f"f_{name}": known[name] for name in _FILTERED}}


_FILTERED = ("status", "severity", "kind", "outcome", "rule", "period", "assigned", "subject", "place")
