"""Runs, and what each rule was checked on."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.assessment import coverage_view
from carmonitor.console import overview
from carmonitor.console.screens.queue import page_number
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.store import tables as t
from carmonitor.store.findings import RunInfo, load_coverage

router = APIRouter()

SIZE = 50


@router.get("/runs")
def listed(visit: Viewer) -> Response:
    """Every stored run, the newest first."""
    r, number = t.run.c, page_number(visit)
    query = sa.select(t.run).order_by(r.as_of.desc(), r.started_at.desc(), r.run_id)
    with visit.console.store.read() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(t.run)).scalar_one()
        some = connection.execute(query.offset((number - 1) * SIZE).limit(SIZE)).mappings()
        found = [RunInfo(**row) for row in some]
    return visit.page("runs.html", runs=found, number=number, pages=max(1, -(-total // SIZE)), total=total)


@router.get("/runs/{run_id}")
def shown(visit: Viewer, run_id: str) -> Response:
    """One run: what it judged with, what it found and changed, and its coverage rule by rule."""
    console = visit.console
    with console.store.read() as connection:
        row = connection.execute(sa.select(t.run).where(t.run.c.run_id == run_id)).mappings().one_or_none()
        if row is None:
            raise NotFoundError("run")
        run = RunInfo(**row)
        catalogue = console.rules.wordings(connection, run)[0]
        covered = load_coverage(connection, run.result_digest)
        stamp = ("changes", run.run_id, run.started_at)
        changed = console.memory.of(stamp, lambda: overview.changes(connection, run))
        report = overview.coverage(connection, run, catalogue, visit.lang)
    known = [c for c in covered if c.reason is None or _is_known(catalogue, c.reason, visit.lang)]
    rows = coverage_view(known, catalogue, visit.lang)
    reasons: dict[str, list[dict[str, object]]] = {}
    for line in rows:
        if line["reason"]:
            reasons.setdefault(line["rule_id"], []).append(line)
    titles = {i: spec.title[visit.lang] for i, spec in catalogue.specs.items()}
    return visit.page(
        "run.html", run=run, changes=changed, report=report, reasons=reasons, titles=titles,
        coverage=[line for line in rows if not line["reason"]],
    )  # fmt: skip


def _is_known(catalogue: object, reason: str, lang: str) -> bool:
    try:
        catalogue.reason(reason, lang)  # type: ignore[attr-defined]
    except KeyError:
        return False
    return True
