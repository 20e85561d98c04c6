"""What people do with cases. Every decision names its user, is checked, and is in the journal in the same transaction.

A case is ``open``, ``under_review`` (given to someone) or ``closed`` (with an outcome). Each function takes a writing
transaction, the user (``actor``) and the moment (``at``, with a time zone); it raises :class:`CaseError`, and changes
nothing, where the step is not possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from carmonitor.cases.listing import CaseError, Row, find, history, list_cases, show
from carmonitor.store import journal
from carmonitor.store.journal import SYSTEM, Entry
from carmonitor.store.tables import review_case
from carmonitor.store.tables import silence as silences

__all__ = [
    "OUTCOMES", "CaseError", "assign", "comment", "decide", "history", "list_cases", "reopen", "show", "silence",
]  # fmt: skip

OUTCOMES = ("confirmed", "explained", "inconclusive", "referred_to_mission")
"""What a person can decide. ``corrected`` comes of itself, when the papers were put right."""


def assign(connection: sa.Connection, case_id: str, *, to: str, actor: str, at: datetime) -> Entry:
    """Give a case that is not closed to someone; it is then under review."""
    user, case = _begin(connection, case_id, actor)
    name = _said(to, "who takes the case")
    _demand_not_closed(case)
    if case["assigned_to"] == name and case["status"] == "under_review":
        raise CaseError(f"case {case_id} is with {name} already")
    return _change(connection, case, "assign", {"status": "under_review", "assigned_to": name}, user, at)


def decide(connection: sa.Connection, case_id: str, *, outcome: str, reason: str, actor: str, at: datetime) -> Entry:
    """Close a case with an outcome and a reason."""
    user, case = _begin(connection, case_id, actor)
    if outcome not in OUTCOMES:
        raise CaseError(f"found the outcome {outcome!r}; expected one of {', '.join(OUTCOMES)}")
    said = _said(reason, "a reason")
    _demand_not_closed(case)
    new = {"status": "closed", "outcome": outcome, "closed_on": _day(at)}
    return _change(connection, case, "decide", new, user, at, reason=said)


def reopen(connection: sa.Connection, case_id: str, *, reason: str, actor: str, at: datetime) -> Entry:
    """Take a closed case up again; the outcome it had stays in the journal."""
    user, case = _begin(connection, case_id, actor)
    said = _said(reason, "a reason")
    if case["status"] != "closed":
        raise CaseError(f"case {case_id} is {case['status']}; only a closed one can be opened again")
    c = review_case.c
    same = (c.subject_kind == case["subject_kind"]) & (c.subject_id == case["subject_id"])
    other = connection.execute(sa.select(c.case_id).where(same, c.status != "closed")).scalar()
    if other is not None:
        raise CaseError(f"case {other} is about the same subject and is not closed; a subject has one such case")
    status = "under_review" if case["assigned_to"] else "open"
    return _change(
        connection, case, "reopen", {"status": status, "outcome": None, "closed_on": None}, user, at, reason=said
    )


def comment(connection: sa.Connection, case_id: str, *, text: str, actor: str, at: datetime) -> Entry:
    """Add a remark to a case, closed or not."""
    user, _ = _begin(connection, case_id, actor)
    return _write(connection, "comment", case_id, {"text": _said(text, "a text")}, user, at)


def silence(connection: sa.Connection, case_id: str, *, until: date, reason: str, actor: str, at: datetime) -> Entry:
    """Open no new case about this case's subject up to and including a day. Findings are still stored and shown.

    The case itself stays as it is. A later silence does not shorten an earlier one.
    """
    user, case = _begin(connection, case_id, actor)
    said = _said(reason, "a reason")
    if until < _day(at):
        raise CaseError(f"found a silence until {until}, which is over; expected {_day(at)} or later")
    payload = {"until": until.isoformat(), "reason": said}
    entry = _write(connection, "silence", case_id, payload, user, at)
    row = {
        "silence_id": f"S-{entry.seq}", "subject_kind": case["subject_kind"], "subject_id": case["subject_id"],
        "until": until, "reason": said, "actor": user, "case_id": case_id,
    }  # fmt: skip
    connection.execute(sa.insert(silences), [row])
    return entry


def _begin(connection: sa.Connection, case_id: str, actor: str) -> tuple[str, Row]:
    """The user, checked, and the case as nobody else can change it until this transaction ends."""
    user = person(actor)
    journal.lock(connection)
    return user, find(connection, case_id)


def person(actor: str) -> str:
    """The name of a user. Raises :class:`CaseError` for none, and for the name of unattended runs."""
    user = actor.strip()
    if not user:
        raise CaseError("found no user; expected the name of who decides")
    if user == SYSTEM:
        raise CaseError(f"{SYSTEM!r} is the name of unattended runs; expected the name of a person")
    return user


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise CaseError(f"found nothing; expected {what}")
    return text.strip()


def _demand_not_closed(case: Mapping[str, Any]) -> None:
    if case["status"] == "closed":
        raise CaseError(f"case {case['case_id']} was closed as {case['outcome']} on {case['closed_on']}")


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _change(
    connection: sa.Connection,
    case: Row,
    action: str,
    new: Mapping[str, Any],
    user: str,
    at: datetime,
    **why: str,
) -> Entry:
    """Change a case and write ``field: [old, new]`` into the journal."""
    connection.execute(sa.update(review_case).where(review_case.c.case_id == case["case_id"]).values(new))
    payload = {name: [_json(case[name]), _json(value)] for name, value in new.items() if case[name] != value}
    return _write(connection, action, case["case_id"], {**payload, **why}, user, at)


def _write(
    connection: sa.Connection, action: str, case_id: str, payload: Mapping[str, Any], user: str, at: datetime
) -> Entry:
    return journal.append(connection, at=at, actor=user, action=action, subject=case_id, payload=payload)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
