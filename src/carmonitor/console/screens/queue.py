"""The queue of cases: filters in the address, page by page, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from carmonitor.cases import queue
from carmonitor.cases.queue import Filters, Waiting
from carmonitor.console import telling
from carmonitor.console.visit import Viewer, Visit, gives
from carmonitor.dossier import tables
from carmonitor.dossier.export import guarded
from carmonitor.store import accounts

router = APIRouter()

SIZE = 50
_NAMES = tuple(f.name for f in fields(Filters))


@router.get("/cases")
def listed(visit: Viewer) -> Response:
    """A page of the queue."""
    filters, number = asked_filters(visit), page_number(visit)
    with visit.console.store.read() as connection:
        found = queue.look(connection, filters, first=(number - 1) * SIZE, size=SIZE)
        told = headlines(visit, connection, found.cases)
        people = [a.name for a in accounts.everyone(connection) if a.disabled_at is None]
    total = sum(n for status, n in found.counts.items() if _counts(filters.status, status))
    return visit.page(
        "queue.html", filters=filters, cases=found.cases, counts=found.counts, headlines=told, people=people,
        total=total, number=number, pages=max(1, -(-total // SIZE)), size=SIZE,
        query_but_status={n: v for n, v in filters.given().items() if n != "status"},
        query={name: value for name, value in visit.request.query_params.items() if name in _NAMES},
    )  # fmt: skip


@router.get("/cases.csv", response_class=Response, responses=gives("text/csv"))
def as_csv(visit: Viewer) -> Response:
    """The whole list that the filters give."""
    filters = asked_filters(visit)
    with visit.console.store.read() as connection:
        found = queue.look(connection, filters, size=None)
    return StreamingResponse(
        _lines(visit, found.cases),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cases.csv"'},
    )


def asked_filters(visit: Visit) -> Filters:
    """The filters of the address; cases that wait unless another status is asked for."""
    given = {name: visit.asked(name) for name in _NAMES}
    if "status" not in visit.request.query_params:
        given["status"] = "waiting"
    if given["status"] == "all":
        given["status"] = ""
    return Filters(**given)


def page_number(visit: Visit) -> int:
    """``?page=``, 1 for what is none."""
    text = visit.asked("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1


def headlines(visit: Visit, connection: sa.Connection, cases: Sequence[Waiting]) -> dict[str, str]:
    """Case → what its gravest finding says; cases drawn by chance have none."""
    found = queue.foremost(connection, [case.case_id for case in cases])
    said = telling.messages(connection, visit.console.rules, list(found.values()), visit.lang)
    return dict(zip(found, said, strict=True))


def _counts(wanted: str, status: str) -> bool:
    return not wanted or status == wanted or (wanted == "waiting" and status != "closed")


_COLUMNS = (
    "case_id", "status", "severity", "subject_kind", "subject_id", "rules", "breaches", "leads", "rank", "origin",
    "opened_as_of", "assigned_to", "outcome", "closed_on",
)  # fmt: skip


def _lines(visit: Visit, cases: Sequence[Waiting]) -> Iterator[str]:
    """UTF-8 with BOM, a semicolon between cells in French; text never becomes a formula."""
    buffer = io.StringIO()
    out = csv.writer(buffer, delimiter={"en": ",", "fr": ";"}[visit.lang], lineterminator="\r\n")
    buffer.write("\ufeff")
    out.writerow([visit.word("csv", name) for name in _COLUMNS])
    for number, case in enumerate(cases):
        out.writerow([_cell(visit, case, name) for name in _COLUMNS])
        if number % 1000 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


_WORDS = {"status": "case_status", "subject_kind": "subject_kind", "origin": "origin", "outcome": "case_outcome"}


def _cell(visit: Visit, case: Waiting, name: str) -> str:
    value: Any = getattr(case, name)
    if name in _WORDS and value:
        value = tables.word(_WORDS[name], value, visit.lang)
    return guarded(" ".join(value) if isinstance(value, tuple) else value)
