"""One case: what was found, on which papers, what happened, and what a person decides.

A form carries the number of the newest journal entry about the case that its page showed. When there is a newer one,
nothing is done and that entry is shown: nobody decides over another's decision without having seen it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.cases import listing, workflow
from carmonitor.cases.listing import CaseError
from carmonitor.console import telling
from carmonitor.console.visit import Analyst, NotFoundError, Viewer, Visit
from carmonitor.store import accounts, journal
from carmonitor.store.tables import review_case

router = APIRouter()

PAPERS = 12
"""Sheets that a finding stands on shown at once; the rest is folded."""


@router.get("/cases/{case_id}")
def shown(visit: Viewer, case_id: str) -> Response:
    """The case."""
    return _page(visit, case_id)


@router.post("/cases/{case_id}/decide")
def decide(visit: Analyst, case_id: str) -> Response:
    """Close it with an outcome and a reason."""
    outcome, reason = visit.sent("outcome"), visit.sent("reason")

    def act(connection: sa.Connection, case: Mapping[str, Any]) -> str | None:
        if outcome not in workflow.OUTCOMES:
            return "no_outcome"
        if not reason:
            return "no_reason"
        if case["status"] == "closed":
            return "closed"
        workflow.decide(connection, case_id, outcome=outcome, reason=reason, actor=visit.user.name, at=visit.at)
        return None

    return _done(visit, case_id, "decided", act)


@router.post("/cases/{case_id}/reopen")
def reopen(visit: Analyst, case_id: str) -> Response:
    """Take a closed case up again."""

    def act(connection: sa.Connection, case: Mapping[str, Any]) -> str | None:
        if not visit.sent("reason"):
            return "no_reason"
        if case["status"] != "closed":
            return "not_closed"
        if _other_waits(connection, case):
            return "other_waits"
        workflow.reopen(connection, case_id, reason=visit.sent("reason"), actor=visit.user.name, at=visit.at)
        return None

    return _done(visit, case_id, "reopened", act)


@router.post("/cases/{case_id}/assign")
def assign(visit: Analyst, case_id: str) -> Response:
    """Give it to somebody who may decide."""
    to = accounts.folded(visit.sent("to"))

    def act(connection: sa.Connection, case: Mapping[str, Any]) -> str | None:
        if to not in {a.name for a in _deciders(connection)}:
            return "nobody"
        if case["status"] == "closed":
            return "closed"
        if case["assigned_to"] == to and case["status"] == "under_review":
            return "with_them"
        workflow.assign(connection, case_id, to=to, actor=visit.user.name, at=visit.at)
        return None

    return _done(visit, case_id, "assigned", act)


@router.post("/cases/{case_id}/comment")
def comment(visit: Analyst, case_id: str) -> Response:
    """Add a remark."""

    def act(connection: sa.Connection, _case: Mapping[str, Any]) -> str | None:
        if not visit.sent("text"):
            return "no_text"
        workflow.comment(connection, case_id, text=visit.sent("text"), actor=visit.user.name, at=visit.at)
        return None

    return _done(visit, case_id, "commented", act)


@router.post("/cases/{case_id}/silence")
def silence(visit: Analyst, case_id: str) -> Response:
    """Open no new case about its subject until a day."""

    def act(connection: sa.Connection, _case: Mapping[str, Any]) -> str | None:
        try:
            until = date.fromisoformat(visit.sent("until"))
        except ValueError:
            return "no_day"
        if until < visit.at.date():
            return "day_over"
        if not visit.sent("reason"):
            return "no_reason"
        reason, user = visit.sent("reason"), visit.user.name
        workflow.silence(connection, case_id, until=until, reason=reason, actor=user, at=visit.at)
        return None

    return _done(visit, case_id, "silenced", act)


Act = Callable[[sa.Connection, Mapping[str, Any]], str | None]
"""Does it and returns None, or does nothing and returns the name of the text that says why."""


def _done(visit: Visit, case_id: str, told: str, act: Act) -> Response:
    """Do something with a case in one transaction, unless somebody did something meanwhile."""
    with visit.console.store.write() as connection:
        journal.lock(connection)
        case = _found(connection, case_id)
        last = _last(connection, case_id)
        newer = last is not None and str(last.seq) != visit.sent("seen")
        try:
            objection = "meanwhile" if newer else act(connection, case)
        except CaseError as error:
            return _page(visit, case_id, problem=str(error), status=409)
    if objection is not None:
        return _page(visit, case_id, problem=visit.word("case_problems", objection), status=409, newer=newer)
    return visit.see(f"/cases/{case_id}", told=told)


def _page(visit: Visit, case_id: str, *, problem: str = "", status: int = 200, newer: bool = False) -> Response:
    """The case; after a form that was not accepted, with what was written in it."""
    console = visit.console
    with console.store.read() as connection:
        _found(connection, case_id)
        case = listing.show(connection, case_id)
        findings = telling.tell(connection, console.rules, case["findings"], visit.lang)
        people = {a.name: a.display_name for a in accounts.everyone(connection)}
        deciders = _deciders(connection)
        last = _last(connection, case_id)
    return visit.page(
        "case.html", status=status, case=case, findings=findings, history=list(reversed(case["history"])),
        people=people, deciders=deciders, seen=last.seq if last else 0, problem=problem, newer=newer,
        outcomes=workflow.OUTCOMES, written=visit.sent, papers_at_once=PAPERS, sheets_of=telling.sheets_of,
        today=visit.at.date(),
        silences=[s for s in case["silences"] if s["until"] >= visit.at.date()],
        stays_open=case["status"] != "closed",
    )  # fmt: skip


def _found(connection: sa.Connection, case_id: str) -> Mapping[str, Any]:
    try:
        return listing.find(connection, case_id)
    except CaseError:
        raise NotFoundError("case") from None


def _last(connection: sa.Connection, case_id: str) -> journal.Entry | None:
    """The newest entry about the case."""
    found = journal.entries(connection, last=1, subject=case_id)
    return found[0] if found else None


def _deciders(connection: sa.Connection) -> list[accounts.Account]:
    return [a for a in accounts.everyone(connection) if a.disabled_at is None and a.may("analyst")]


def _other_waits(connection: sa.Connection, case: Mapping[str, Any]) -> bool:
    c = review_case.c
    same = (c.subject_kind == case["subject_kind"]) & (c.subject_id == case["subject_id"])
    return connection.execute(sa.select(c.case_id).where(same, c.status != "closed")).first() is not None
