"""An actor: what registers say of it, volumes by month, with whom it deals, and the cases about it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console import ground
from carmonitor.console.screens.queue import headlines
from carmonitor.console.visit import NotFoundError, Viewer, Visit
from carmonitor.dossier.drawn import Drawn
from carmonitor.dossier.sheets.actor import actor_sheets
from carmonitor.dossier.sheets.figures import Volumes
from carmonitor.dossier.sheets.model import ActorSheet

router = APIRouter()

CASES = 50


@router.get("/actors/{actor_id:path}")
def shown(visit: Viewer, actor_id: str) -> Response:
    """The actor's page."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        foot = ground.footing(console, standing)
        sheet, volumes = _sheet(visit, actor_id)
        found = ground.cases_of(connection, ground.about(actor_id, "actor", "exporter"), CASES)
        if not found.cases and not any(months for _, months in volumes.sides) and not any(t.rows for t in sheet.tables):
            raise NotFoundError("actor")
        heads = headlines(visit, connection, found.cases)
    return visit.page(
        "actor.html",
        sheet=sheet,
        cases=found.cases,
        total=sum(found.counts.values()),
        headlines=heads,
        standing=foot,
        drawable=any(months for _, months in volumes.sides),
    )


@router.get("/actor-drawings/{actor_id:path}")
def drawings(visit: Viewer, actor_id: str) -> Response:
    """Volumes by month as a chart."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        _, volumes = _sheet(visit, actor_id)
    key = ("actor", standing.run.run_id, standing.run.started_at, actor_id, visit.lang)
    pictures = ground.pictures_of(console, key, lambda: Drawn(standing).volumes(volumes, visit.lang))
    back = f"/actors/{actor_id}"
    return visit.page("drawings.html", pictures=pictures, back=back, about=actor_id, kind="actor")


def _sheet(visit: Visit, actor_id: str) -> tuple[ActorSheet, Volumes]:
    """The sheet as of the run, made once for a language: of an actor with very many slips it takes a while."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        key = ("actor-sheet", standing.run.run_id, standing.run.started_at, actor_id, visit.lang)
        made: tuple[ActorSheet, Volumes] = console.drawings.of(
            key, lambda: actor_sheets(standing, [actor_id], visit.lang)[0]
        )
    return made
