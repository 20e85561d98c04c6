"""What happens to a case when what it stands on was put right (semantics.md 17)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa

from carmonitor.store.findings import is_newest
from carmonitor.store.journal import SYSTEM, Act
from carmonitor.store.tables import case_finding, finding, journal, review_case

NOTE = "correction_noted"


def settle_corrections(connection: sa.Connection, run_id: str, as_of: date) -> list[Act]:
    """Close as ``corrected`` each untouched case none of whose findings stands; returns what to write in the journal.

    A case is touched when it is under review, was given to someone, or when a person has an entry about it in the
    journal: it stays open, with one note per finding that was resolved. A case drawn by chance is never closed so.
    """
    resolved_in = _resolved(connection)
    touched, noted = _touched(connection), _noted(connection, resolved_in)
    acts: list[Act] = []
    closed: list[str] = []
    for case in _cases(connection, resolved_in):
        name = case["case_id"]
        resolved = resolved_in[name]
        if case["status"] == "under_review" or case["assigned_to"] or name in touched:
            fresh = [r for r in resolved if (r["finding_id"], r["version"]) not in noted[name]]
            if fresh:
                acts.append(Act(NOTE, name, {"run_id": run_id, "resolved": fresh}))
        elif len(resolved) == case["findings"] and case["origin"] != "random":
            change = {"status": [case["status"], "closed"], "outcome": [None, "corrected"]}
            acts.append(Act("close", name, {**change, "run_id": run_id, "resolved": resolved}))
            closed.append(name)
    if closed:
        state = {"status": "closed", "outcome": "corrected", "closed_on": as_of}
        statement = sa.update(review_case).where(review_case.c.case_id == sa.bindparam("name")).values(state)
        connection.execute(statement, [{"name": name} for name in closed])
    return acts


def _resolved(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Case not closed → its findings that are resolved: finding_id, version, by (submission or None)."""
    f, m = finding.c, case_finding.c
    query = (
        sa.select(m.case_id, f.finding_id, f.version, f.resolved_by)
        .join_from(case_finding, finding, m.finding_id == f.finding_id)
        .join(review_case, review_case.c.case_id == m.case_id)
        .where(review_case.c.status != "closed", f.status == "resolved", is_newest())
        .order_by(m.case_id, f.finding_id)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case, finding_id, version, by in connection.execute(query):
        found[case].append({"finding_id": finding_id, "version": version, "by": by})
    return found


def _cases(connection: sa.Connection, names: Collection[str]) -> list[dict[str, Any]]:
    """The cases that are not closed, among these, with how many ``findings`` they hold."""
    c = review_case.c
    size = (
        sa.select(sa.func.count())
        .where(case_finding.c.case_id == c.case_id)
        .correlate(review_case)
        .scalar_subquery()
        .label("findings")
    )
    query = sa.select(c.case_id, c.status, c.assigned_to, c.origin, size).where(c.status != "closed")
    return [dict(row) for row in connection.execute(query.order_by(c.case_id)).mappings() if row["case_id"] in names]


def _touched(connection: sa.Connection) -> set[str]:
    """Subjects of the journal that a person has an entry about."""
    return set(connection.execute(sa.select(journal.c.subject).where(journal.c.actor != SYSTEM).distinct()).scalars())


def _noted(connection: sa.Connection, names: Collection[str]) -> dict[str, set[tuple[str, int]]]:
    """Case → the findings (id, version) whose correction was noted before."""
    noted: dict[str, set[tuple[str, int]]] = defaultdict(set)
    query = sa.select(journal.c.subject, journal.c.payload).where(journal.c.action == NOTE)
    for name, payload in connection.execute(query):
        if name in names:
            noted[name] |= {(r["finding_id"], r["version"]) for r in json.loads(payload)["resolved"]}
    return noted
