"""The journal: who did what, and whether the chain is whole."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.screens.queue import page_number
from carmonitor.console.visit import Viewer
from carmonitor.store import journal
from carmonitor.store.tables import journal as entries

router = APIRouter()

SIZE = 50


@router.get("/journal")
def listed(visit: Viewer) -> Response:
    """A page of entries, the newest first, of everyone or of one user; the newest entry's hash."""
    j, number, actor, subject = entries.c, page_number(visit), visit.asked("actor"), visit.asked("subject")
    wanted = [column == value for column, value in ((j.actor, actor), (j.subject, subject)) if value]
    query = sa.select(j.seq).where(*wanted).order_by(j.seq.desc())
    with visit.console.store.read() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(entries).where(*wanted)).scalar_one()
        numbers = connection.execute(query.offset((number - 1) * SIZE).limit(SIZE)).scalars().all()
        found = journal.numbered(connection, numbers)
        head = journal.head(connection)
        verified: Any = None
        if visit.asked("verify"):
            broken = journal.verify(connection)
            verified = {"broken": broken.seq if broken else None}
    return visit.page(
        "journal.html", entries=found, head=head, number=number, pages=max(1, -(-total // SIZE)), total=total,
        actor=actor, subject=subject, verified=verified,
    )  # fmt: skip
