"""Find by number: a certificate, slip, actor, zone, case or submission. A number that only looks alike is told."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console import ground, lookalikes
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.records.fields import normalise_certificate
from carmonitor.store import lookup
from carmonitor.store import tables as t

router = APIRouter()

LONGEST = 80


@dataclass(frozen=True)
class Hit:
    """Something of that number. ``signs``: (sign typed, sign meant) where it only looks alike."""

    kind: str
    name: str
    path: str
    signs: tuple[tuple[str, str], ...] = ()
    exact: bool = True


@router.get("/find")
def find(visit: Viewer) -> Response:
    """Go to what has this number; a list where several have, or where it only looks alike."""
    typed = visit.asked("q")[:LONGEST]
    hits: list[Hit] = []
    if typed:
        with visit.console.store.read() as connection:
            try:
                standing: Standing | None = ground.standing_of(visit.console, connection)
            except NotFoundError:
                standing = None
            for word in lookalikes.candidates(typed):
                hits = [*_cases(connection, word), *(_papers(standing, word) if standing else ())]
                if hits:
                    signs = tuple(lookalikes.differences(typed, word))
                    plain = not signs and typed.casefold() == word.casefold()
                    hits = [Hit(h.kind, h.name, h.path, signs, plain) for h in hits]
                    break
    if len(hits) == 1 and hits[0].exact:
        return visit.see(hits[0].path)
    return visit.page("find.html", typed=typed, hits=hits)


def _cases(connection: sa.Connection, word: str) -> list[Hit]:
    c, s = t.review_case.c, t.submission.c
    cases = connection.execute(sa.select(c.case_id).where(sa.func.lower(c.case_id) == word.lower())).scalars()
    sent = connection.execute(sa.select(s.submission_id).where(s.submission_id == word)).scalars()
    return [
        *(Hit("case", case, f"/cases/{quote(case, safe='')}") for case in cases),
        *(Hit("submission", one, f"/quarantine/{quote(one, safe='')}") for one in sent),
    ]


def _papers(standing: Standing, word: str) -> list[Hit]:
    connection, hits = standing.connection, []
    number = normalise_certificate(word)
    if any(lookup.counts(connection, kind, "certificate_number", [number]) for kind in _CERTIFIED):
        hits.append(Hit("certificate", number, f"/certificates/{quote(number, safe='')}"))
    if lookup.counts(connection, "purchase", "slip_number", [word]):
        hits.append(Hit("purchase", word, f"/slips/{quote(word)}"))
    if not standing.rows("actor", "actor_id", [word]).empty or _trades(connection, word):
        hits.append(Hit("actor", word, f"/actors/{quote(word)}"))
    zone = standing.zone(word)
    if zone is not None:
        hits.append(Hit("zone", zone, f"/zones/{quote(zone, safe='')}"))
    return hits


_CERTIFIED = ("shipment", "import_confirmation")


def _trades(connection: sa.Connection, word: str) -> bool:
    return any(lookup.counts(connection, "purchase", side, [word]) for side in ("buyer_id", "seller_id"))
