"""The zones: a map with cases, mine sites and violent events, and the same as a list; one zone with all about it."""

from __future__ import annotations

import gzip
from collections import Counter
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console import ground
from carmonitor.console.screens.queue import headlines
from carmonitor.console.visit import NotFoundError, Viewer, Visit, gives
from carmonitor.dossier import mapping
from carmonitor.dossier.drawn import Drawn, map_source
from carmonitor.dossier.pictures.zone_map import ZoneMark, draw_map, draw_zone
from carmonitor.dossier.sheets.figures import Volumes
from carmonitor.dossier.sheets.model import Picture, ZoneSheet
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.zone import zone_sheets
from carmonitor.store import tables as t
from carmonitor.store.findings import is_newest

router = APIRouter()

CASES = 50


@router.get("/zones")
def listed(visit: Viewer) -> Response:
    """The map, and the zones with their standing and cases."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        foot = ground.footing(console, standing)
        marks, unplaced = _marks(visit, connection, standing)
    shown = sorted(marks.values(), key=lambda m: (not m.standing, m.standing == "proposed", m.name))
    return visit.page("zones.html", zones=shown, unplaced=unplaced, standing=foot)


@router.get("/zones.svg", response_class=Response, responses=gives("image/svg+xml"))
def country(visit: Viewer) -> Response:
    """The map of all zones: a picture of its own, for it is large and the list says the same."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        marks, unplaced = _marks(visit, connection, standing)

        def draw() -> tuple[Picture, ...]:
            sites, events = mapping.points(standing)
            source = map_source(visit.lang)
            zones = list(marks.values())
            return (draw_map(zones, visit.lang, sites=sites, events=events, unplaced=unplaced, source=source),)

        counts = tuple((m.name, m.standing, m.cases) for m in marks.values())
        key = ("zones", standing.run.run_id, standing.run.started_at, counts, unplaced, visit.lang)
        (picture,) = ground.pictures_of(console, key, draw)
    return _svg(visit, picture)


@router.get("/zones/{zone}")
def shown(visit: Viewer, zone: str) -> Response:
    """One zone, by any name the gazetteer knows it under."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        foot = ground.footing(console, standing)
        name = standing.zone(zone)
        if name is None:
            raise NotFoundError("zone")
        if name != zone:
            return visit.see(f"/zones/{quote(name)}")
        sheet, volumes = _sheet(visit, standing, name)
        named = [case for case, zones in _named(visit, connection, standing).items() if name in zones]
        about = sa.or_(ground.about(name, "zone"), t.review_case.c.case_id.in_(named))
        found = ground.cases_of(connection, about, CASES)
        heads = headlines(visit, connection, found.cases)
    return visit.page(
        "zone.html", sheet=sheet, cases=found.cases, total=sum(found.counts.values()), headlines=heads,
        standing=foot, drawable=any(months for _, months in volumes.sides),
    )  # fmt: skip


@router.get("/zones/{zone}/map.svg", response_class=Response, responses=gives("image/svg+xml"))
def of_zone(visit: Viewer, zone: str) -> Response:
    """The map of one zone and its surroundings."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        if standing.zone(zone) != zone:
            raise NotFoundError("zone")
        marks, _ = _marks(visit, connection, standing)
        mark = marks.pop(zone, ZoneMark(zone))

        def draw() -> tuple[Picture, ...]:
            sites, events = mapping.points(standing)
            others, source = list(marks.values()), map_source(visit.lang)
            return (draw_zone(mark, visit.lang, others=others, sites=sites, events=events, source=source),)

        key = ("zone", standing.run.run_id, standing.run.started_at, zone, mark.cases, visit.lang)
        (picture,) = ground.pictures_of(console, key, draw)
    return _svg(visit, picture)


@router.get("/zones/{zone}/drawings")
def drawings(visit: Viewer, zone: str) -> Response:
    """What the zone gave by month, as a chart."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        if standing.zone(zone) != zone:
            raise NotFoundError("zone")
        _, volumes = _sheet(visit, standing, zone)
    key = ("zone-chart", standing.run.run_id, standing.run.started_at, zone, visit.lang)
    pictures = ground.pictures_of(console, key, lambda: Drawn(standing).volumes(volumes, visit.lang))
    return visit.page("drawings.html", pictures=pictures, back=f"/zones/{zone}", about=zone, kind="zone")


def _svg(visit: Visit, picture: Picture) -> Response:
    """A picture as a file, packed for slow lines: nothing in it is secret to who may see the page."""
    content, headers = picture.svg.encode(), {"Vary": "Accept-Encoding", "Cache-Control": "private, max-age=300"}
    if "gzip" in visit.request.headers.get("accept-encoding", ""):
        content, headers = gzip.compress(content, 6, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return Response(content, media_type="image/svg+xml", headers=headers)


def _sheet(visit: Visit, standing: Standing, name: str) -> tuple[ZoneSheet, Volumes]:
    key = ("zone-sheet", standing.run.run_id, standing.run.started_at, name, visit.lang)
    made: tuple[ZoneSheet, Volumes] = visit.console.drawings.of(
        key, lambda: zone_sheets(standing, [name], visit.lang)[0]
    )
    return made


def _marks(visit: Visit, connection: sa.Connection, standing: Standing) -> tuple[dict[str, ZoneMark], int]:
    """Zones that have a standing on the day of the run or cases that wait; and how many cases touch none by name."""
    run = standing.run
    status = visit.console.memory.of(("zone-status", run.run_id, run.started_at), lambda: mapping.standings(standing))
    named = _named(visit, connection, standing)
    c = t.review_case.c
    waiting = connection.execute(sa.select(c.case_id, c.subject_kind, c.subject_id).where(c.status != "closed")).all()
    cases: Counter[str] = Counter()
    unplaced = 0
    for case_id, kind, subject in waiting:
        own = {str(subject).partition("@")[0]} if str(kind).startswith("zone") else set()
        zones = own | named.get(case_id, frozenset())
        cases.update(zones)
        unplaced += not zones
    marks = {name: ZoneMark(name, status.get(name, ""), cases[name]) for name in sorted({*status, *cases})}
    return marks, unplaced


def _named(visit: Visit, connection: sa.Connection, standing: Standing) -> dict[str, frozenset[str]]:
    run = standing.run
    made: dict[str, frozenset[str]] = visit.console.memory.of(
        ("case-zones", run.run_id, run.started_at), lambda: _zones_of_cases(connection, standing)
    )
    return made


def _zones_of_cases(connection: sa.Connection, standing: Standing) -> dict[str, frozenset[str]]:
    """Case → the sub-prefectures that its findings name as a zone or origin. They change with a run only."""
    m, f = t.case_finding, t.finding.c
    query = sa.select(m.c.case_id, f.content).join_from(m, t.finding, m.c.finding_id == f.finding_id)
    found: dict[str, set[str]] = {}
    for case_id, content in connection.execute(query.where(is_newest())):
        for name in _PLACES & content["evidence"].keys():
            said = content["evidence"][name]
            for place in said if isinstance(said, list) else [said]:
                zone = standing.zone(place) if isinstance(place, str) else None
                if zone is not None:
                    found.setdefault(case_id, set()).add(zone)
    return {case_id: frozenset(zones) for case_id, zones in found.items()}


_PLACES = {"zone", "zones", "origin", "place", "site_zone", "from_place", "to_place"}
