"""What screens about papers stand on: what was in force as of the latest run, opened once for a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from carmonitor.cases import queue
from carmonitor.cases.queue import Filters, Queue
from carmonitor.catalogues import Catalogue, Wordings
from carmonitor.console.visit import NotFoundError
from carmonitor.dossier.sheets.model import Picture
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.store import tables as t
from carmonitor.store.findings import RunInfo, latest_run

if TYPE_CHECKING:
    from carmonitor.console.app import Console

PROJECT_DEFAULT = "project-default"


class _Worded(Wordings):
    """The wordings of a run from the catalogues that the console keeps."""

    def __init__(self, console: Console, connection: sa.Connection) -> None:
        super().__init__(connection, console.settings)
        self._rules = console.rules

    def of(self, run: RunInfo | None) -> Iterator[Catalogue]:
        yield from self._rules.wordings(self._connection, run)


def standing_of(console: Console, connection: sa.Connection) -> Standing:
    """The standing of the latest run on this transaction. Raises NotFoundError before the first run."""
    run = latest_run(connection)
    if run is None:
        raise NotFoundError("run_yet")
    key = ("standing", run.run_id, run.started_at)
    kept: Standing = console.memory.of(key, lambda: Standing.of_run(connection, console.settings, run))
    return replace(kept, connection=connection)


@dataclass(frozen=True)
class Footing:
    """What a page says of its ground, also after its transaction."""

    as_of: date
    run_id: str
    synthetic: bool


def footing(console: Console, standing: Standing) -> Footing:
    """The footing of a standing; whether the data is invented is asked once for a run."""
    run = standing.run
    invented = console.memory.of(("synthetic", run.run_id, run.started_at), lambda: standing.synthetic)
    return Footing(run.as_of, run.run_id, bool(invented))


def wordings(console: Console, connection: sa.Connection) -> Wordings:
    """Which catalogue words a finding."""
    return _Worded(console, connection)


def cases_of(connection: sa.Connection, about: sa.ColumnElement[bool], most: int) -> Queue:
    """The first cases whose subject fits, and how many there are of each status."""
    return queue.look(connection, Filters(), size=most, also=[about])


def about(subject_id: str, *kinds: str) -> sa.ColumnElement[bool]:
    """Cases whose subject is this one, or this one at a time (``name@period``), of kinds that begin so."""
    c = t.review_case.c
    named = sa.or_(c.subject_id == subject_id, c.subject_id.startswith(f"{subject_id}@", autoescape=True))
    return sa.and_(named, sa.or_(*(c.subject_kind.startswith(kind, autoescape=True) for kind in kinds)))


def pictures_of(console: Console, key: tuple[Any, ...], draw: Callable[[], tuple[Picture, ...]]) -> tuple[Picture, ...]:
    """Pictures drawn once for a run, a subject and a language."""
    made: tuple[Picture, ...] = console.drawings.of(("pictures", *key), draw)
    return made
