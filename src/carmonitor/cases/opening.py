"""From findings to cases: what a run opens, adds to, closes by itself and leaves to people (semantics.md 17 and 18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa

from carmonitor.cases.corrections import NOTE, settle_corrections
from carmonitor.cases.subjects import Subject, asks_for_a_case, case_id, subject_of
from carmonitor.detection.ranking import draw
from carmonitor.findings import Finding
from carmonitor.store import journal
from carmonitor.store.journal import SYSTEM, Act
from carmonitor.store.tables import case_finding, random_draw, review_case, run, silence

Counts = dict[str, int]


def open_cases(
    connection: sa.Connection,
    findings: Iterable[Finding],
    *,
    run_id: str,
    as_of: date,
    shadow: Container[str] = frozenset(),
    miner_of: Mapping[str, str] | None = None,
) -> Counts:
    """Bring the cases to what a stored run found; a second identical run changes nothing. Not for a look back.

    ``shadow``: ids of rules that open no case; ``miner_of``: production line → its miner. Counts: ``opened`` (of them
    ``linked`` to a closed one), ``added`` findings to cases not closed, ``silenced`` subjects, cases ``corrected``
    (closed, since nothing they stood on stands and nobody had touched them) and ``noted`` (kept open, with a note).

    A finding that is in a case, closed or not, opens no other, unless that case was closed as corrected: what was put
    right and is wrong again is a new fact.
    """
    journal.lock(connection)
    book = _Book.read(connection, as_of)
    grouped: dict[Subject, list[Finding]] = defaultdict(list)
    for found in findings:
        if asks_for_a_case(found, shadow) and not book.is_settled(found.finding_id):
            grouped[subject_of(found, miner_of or {})].append(found)
    counts = dict.fromkeys(("opened", "linked", "added", "silenced", "corrected", "noted"), 0)
    for subject in sorted(grouped):
        _place(book, subject, grouped[subject], run_id, as_of, counts)
    at = _moment(connection, run_id)
    book.write(connection, at=at)
    corrections = settle_corrections(connection, run_id, as_of)
    journal.append_all(connection, corrections, at=at, actor=SYSTEM)
    counts["noted"] = sum(act.action == NOTE for act in corrections)
    counts["corrected"] = len(corrections) - counts["noted"]
    return counts


def open_random_cases(
    connection: sa.Connection,
    *,
    quarter: str,
    seed: str,
    quota: int,
    certificates: Collection[str],
    run_id: str,
    as_of: date,
) -> int:
    """Draw the quarterly sample, once per quarter (``2021-Q1``), and open a case for each certificate drawn.

    A drawn certificate that has a case not closed keeps it, and that case is in the sample; a silenced one is passed
    over for the next. Returns how many cases were opened.
    """
    journal.lock(connection)
    known = connection.execute(sa.select(random_draw.c.quarter).where(random_draw.c.quarter == quarter)).first()
    if known is not None or quota == 0:
        return 0
    book = _Book.read(connection, as_of)
    subjects = [Subject("certificate", n) for n in draw(quarter, seed, certificates, len(certificates))]
    drawn = [s for s in subjects if s not in book.silenced][:quota]
    cases = []
    for subject in drawn:
        current = book.not_closed(subject)
        cases.append(current or book.open(subject, [], origin="random", run_id=run_id, as_of=as_of))
    opened = len(book.new_cases)
    book.write(connection, at=_moment(connection, run_id))
    row = {"quarter": quarter, "seed": f"{seed}/{quarter}", "drawn": cases}
    connection.execute(sa.insert(random_draw), [row])
    return opened


def _place(book: _Book, subject: Subject, found: Sequence[Finding], run_id: str, as_of: date, counts: Counts) -> None:
    """Put findings that are in no case yet where they belong."""
    current = book.not_closed(subject)
    if current is not None:
        counts["added"] += book.add(current, found, run_id)
    elif subject in book.silenced:
        counts["silenced"] += 1
    else:
        counts["opened"] += 1
        counts["linked"] += bool(book.of_subject[subject])
        origin = "rule" if any(f.outcome == "breach" for f in found) else "lead"
        book.open(subject, found, origin=origin, run_id=run_id, as_of=as_of)


def _moment(connection: sa.Connection, run_id: str) -> datetime:
    """When a run ended (or began): the time of what it did to cases."""
    query = sa.select(run.c.finished_at, run.c.started_at).where(run.c.run_id == run_id)
    finished, started = connection.execute(query).one()
    return cast("datetime", finished or started)


@dataclass
class _Book:
    """The cases as they stand, and what is to be written."""

    of_subject: dict[Subject, list[dict[str, Any]]]
    cases_of: dict[str, list[dict[str, Any]]]
    silenced: set[Subject]
    taken: set[str]
    new_cases: list[dict[str, Any]] = field(default_factory=list)
    new_members: list[dict[str, str]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @classmethod
    def read(cls, connection: sa.Connection, as_of: date) -> _Book:
        """``of_subject``: subject → its cases; ``cases_of``: finding_id → the cases it is in."""
        c = review_case.c
        columns = (c.case_id, c.subject_kind, c.subject_id, c.status, c.outcome, c.linked_case_id)
        cases = {row["case_id"]: dict(row) for row in connection.execute(sa.select(*columns)).mappings()}
        of_subject: dict[Subject, list[dict[str, Any]]] = defaultdict(list)
        for case in cases.values():
            of_subject[Subject(case["subject_kind"], case["subject_id"])].append(case)
        cases_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in connection.execute(sa.select(case_finding)):
            cases_of[row.finding_id].append(cases[row.case_id])
        silences = sa.select(silence.c.subject_kind, silence.c.subject_id).where(silence.c.until >= as_of)
        silenced = {Subject(*row) for row in connection.execute(silences)}
        return cls(of_subject, cases_of, silenced, set(cases))

    def is_settled(self, finding_id: str) -> bool:
        """Whether a finding is in a case that is not one closed as corrected."""
        return any(case["outcome"] != "corrected" for case in self.cases_of.get(finding_id, ()))

    def not_closed(self, subject: Subject) -> str | None:
        """The subject's one case that is not closed."""
        return next((c["case_id"] for c in self.of_subject.get(subject, ()) if c["status"] != "closed"), None)

    def open(self, subject: Subject, found: Sequence[Finding], *, origin: str, run_id: str, as_of: date) -> str:
        """A new case, linked to the subject's last one if there was any."""
        before = self.of_subject[subject]
        name = case_id(subject, len(before), self.taken)
        followed = {case["linked_case_id"] for case in before}
        last = next((c["case_id"] for c in before if c["case_id"] not in followed), None)
        case = {
            "case_id": name, "subject_kind": subject.kind, "subject_id": subject.id, "status": "open", "outcome": None,
            "origin": origin, "opened_run_id": run_id, "opened_as_of": as_of, "linked_case_id": last,
        }  # fmt: skip
        self.taken.add(name)
        self.new_cases.append(case)
        before.append(case)
        ids = self._join(name, found)
        said = {"status": [None, "open"], "origin": origin, "run_id": run_id, "findings": ids, "linked_case_id": last}
        self.acts.append(Act("open", name, said))
        return name

    def add(self, case: str, found: Sequence[Finding], run_id: str) -> int:
        """New findings to a case that is not closed; how many."""
        ids = self._join(case, found)
        self.acts.append(Act("add_findings", case, {"run_id": run_id, "findings": ids}))
        return len(ids)

    def _join(self, case: str, found: Sequence[Finding]) -> list[str]:
        ids = sorted({f.finding_id for f in found})
        self.new_members += [{"case_id": case, "finding_id": i} for i in ids]
        return ids

    def write(self, connection: sa.Connection, *, at: datetime) -> None:
        """Store what was collected, and say so in the journal."""
        if self.new_cases:
            connection.execute(sa.insert(review_case), self.new_cases)
        if self.new_members:
            connection.execute(sa.insert(case_finding), self.new_members)
        journal.append_all(connection, self.acts, at=at, actor=SYSTEM)
