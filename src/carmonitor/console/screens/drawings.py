"""What belongs to a case beside its findings: its chain, charts, whom it is compared with, what to ask, its papers."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.cases import listing
from carmonitor.cases.listing import CaseError
from carmonitor.console import ground
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier.drawn import Drawn
from carmonitor.dossier.sheets.case import case_sheet
from carmonitor.dossier.sheets.model import Picture
from carmonitor.store.findings import load_runs

router = APIRouter()

ROWS = 40
"""Papers of one case that are shown with what stands in them."""


@router.get("/cases/{case_id}/sheet")
def sheet(visit: Viewer, case_id: str) -> Response:
    """The sheet of a case, as part of its page or alone."""
    console = visit.console
    with console.store.read() as connection:
        try:
            case = listing.show(connection, case_id)
        except CaseError:
            raise NotFoundError("case") from None
        standing = ground.standing_of(console, connection)
        said = ground.wordings(console, connection)
        found, figures = case_sheet(standing, case, said, load_runs(connection), visit.lang)

    def draw() -> tuple[Picture, ...]:
        return Drawn(standing).sheets([(found, figures)], visit.lang)()[0]

    seen = tuple((f["finding_id"], f["version"], f["status"]) for f in case["findings"])
    run = standing.run
    pictures = ground.pictures_of(console, ("case", case_id, seen, run.run_id, run.started_at, visit.lang), draw)
    papers = list({(p.submission_id, p.file, p.sheet, p.row): p for f in found.findings for p in f.papers}.values())
    return visit.page(
        "case_sheet.html", sheet=replace(found, pictures=pictures), papers=papers[:ROWS], papers_total=len(papers),
        case=case, run=run,
    )  # fmt: skip
