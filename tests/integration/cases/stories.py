"""Runs made by hand: findings as rules would give them, stored and turned into cases as the main job does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from carmonitor.cases.opening import open_cases, open_random_cases
from carmonitor.findings import Finding, finding_id, result_digest
from carmonitor.framework.engine import Coverage
from carmonitor.store import tables
from carmonitor.store.database import Store
from carmonitor.store.findings import RunInfo, Saved, run_id, save_result

NOON = datetime(2021, 7, 31, 12, tzinfo=UTC)
DAY = date(2021, 7, 31)
FEBRUARY = "sub-february"
"""The submission that findings stand on, unless told otherwise."""


def breach(subject: str = "CF101", rule: str = "M-04", *, kind: str = "certificate", **fields: Any) -> Finding:
    """A breach of severity E about a certificate."""
    given: dict[str, Any] = {
        "finding_id": finding_id(rule, kind, subject), "rule_id": rule, "outcome": "breach", "severity": "E",
        "subject_kind": kind, "subject_id": subject, "period": "2021-02", "regime": "OF2019", "refs": (1,),
        "evidence": {"exported_carats": "10.50"}, "units": {"exported_carats": "ct"},
    }  # fmt: skip
    return Finding(**{**given, **fields})


def lead(subject: str = "CF101", rule: str = "F14", **fields: Any) -> Finding:
    """A detector's lead: ranked first and in the budget."""
    given: dict[str, Any] = {"outcome": "lead", "severity": "W", "rank": 1, "score": 4.2, "in_budget": True}
    return breach(subject, rule, **{**given, **fields})


class Office:
    """A monitoring office: a database, and a clock that goes on by an hour with every run."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.runs = 0
        self.cases: dict[str, int] = {}
        self.receive(FEBRUARY, "SPPK@2021-02", date(2021, 3, 10))

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        with self.store.write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with self.store.read() as connection:
            yield connection

    def receive(self, name: str, return_id: str, day: date = DAY) -> None:
        """A submission arrives (its papers do not matter here)."""
        sender, period = return_id.split("@")
        with self.write() as connection:
            seq = connection.execute(sa.select(sa.func.count()).select_from(tables.submission)).scalar_one() + 1
            row = {
                "submission_id": name, "seq": seq, "name": name, "sender": sender, "period": period,
                "return_id": return_id, "received_on": day, "ingested_at": self.now, "ingested_by": "awa", "notes": [],
            }  # fmt: skip
            connection.execute(sa.insert(tables.submission), [row])

    def run(
        self,
        *findings: Finding,
        as_of: date = DAY,
        again: bool = False,
        rulebook: str = "rules-1",
        shadow: Sequence[str] = (),
        miner_of: Mapping[str, str] | None = None,
        papers: str = FEBRUARY,
    ) -> Saved:
        """Store a run that found these, and open its cases. ``again``: the very same run as the last."""
        self.now += timedelta(hours=1)
        self.runs += not again
        info = RunInfo(
            run_id=run_id(self.runs), as_of=as_of, started_at=self.now, finished_at=self.now + timedelta(minutes=5),
            code_version="0.1.0", rulebook_hash=rulebook, evidence_digest=f"evidence-{self.runs}",
            result_digest=result_digest(findings), settings={"budget": 5}, counts={}, actor="system",
        )  # fmt: skip
        with self.write() as connection:
            saved = save_result(
                connection,
                run=info,
                findings=findings,
                coverage=[Coverage("M-04", 3, 2, 1, 0)],
                lineage=lambda refs: [
                    {"file": "f.xlsx", "sheet": "Envois", "row": row, "submission_id": papers} for row in refs
                ],
            )
            self.cases = open_cases(
                connection, findings, run_id=info.run_id, as_of=as_of, shadow=frozenset(shadow), miner_of=miner_of
            )
        self.now += timedelta(minutes=10)
        return saved

    def draw(self, quarter: str, certificates: Sequence[str], *, quota: int = 2, as_of: date = DAY) -> int:
        """The random sample of a quarter, after a run."""
        with self.write() as connection:
            return open_random_cases(
                connection, quarter=quarter, seed="seed", quota=quota, certificates=certificates,
                run_id=run_id(self.runs), as_of=as_of,
            )  # fmt: skip

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.read() as connection:
            return [dict(r) for r in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        return {name: self.rows(table) for name, table in tables.metadata.tables.items()}
