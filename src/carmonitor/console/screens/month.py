"""This month at a glance: what arrived, what was found, what changed, what waits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.cases import queue
from carmonitor.console import overview
from carmonitor.console.screens.queue import headlines
from carmonitor.console.visit import Viewer, Visit

router = APIRouter()


@router.get("/")
def glance(visit: Viewer) -> Response:
    """The first page."""
    console = visit.console
    with console.store.read() as connection:
        run, before = overview.last_two(connection)
        if run is None:
            return visit.page("month.html", run=None)
        catalogue = console.rules.wordings(connection, run)[0]
        waiting = queue.look(connection, queue.Filters(status="waiting"), size=5)
        mine = queue.look(connection, queue.Filters(status="waiting", assigned=visit.user.name), size=5)
        seen: dict[str, Any] = {
            "run": run,
            "before": before,
            "returns": overview.returns(connection, run, catalogue),
            "coverage": overview.coverage(connection, run, catalogue, visit.lang),
            "cases": overview.case_counts(connection),
            "not_judged": overview.not_judged(connection, run),
            "quarantined": overview.quarantined(connection),
            "waiting": waiting.cases,
            "mine": mine.cases,
            "headlines": headlines(visit, connection, [*waiting.cases, *mine.cases]),
            **_remembered(visit, connection, run),
        }
    return visit.page("month.html", **seen)


def _remembered(visit: Visit, connection: Any, run: Any) -> dict[str, Any]:
    """What holds for good once a run is stored."""
    memory, digest, stamp = visit.console.memory, run.result_digest, (run.run_id, run.started_at)
    return {
        "in_budget": memory.of(("budget", digest), lambda: overview.in_budget(connection, digest)),
        "changes": memory.of(("changes", *stamp), lambda: overview.changes(connection, run)),
        "opened": memory.of(("opened", *stamp), lambda: overview.opened_by(connection, run)),
    }
