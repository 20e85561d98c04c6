"""A purchase slip: what stands on it, its chain, the certificates its stones went into, and cases about it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console import ground
from carmonitor.console.screens.queue import headlines
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier import labels
from carmonitor.dossier.pictures.chain import draw_chain
from carmonitor.dossier.sheets.chain import chain_of
from carmonitor.dossier.sheets.model import Picture
from carmonitor.findings import shown
from carmonitor.records import KINDS
from carmonitor.records.display import for_people

router = APIRouter()


@router.get("/slips/{number:path}")
def shown_page(visit: Viewer, number: str) -> Response:
    """The slip's page."""
    console, lang = visit.console, visit.lang
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        foot = ground.footing(console, standing)
        frame = standing.rows("purchase", "slip_number", [number])
        packed = standing.plain("parcel_source", "slip_number", [number], ["certificate_number", "parcel_number"])
        if frame.empty and not packed:
            raise NotFoundError("slip")
        places = standing.held.sources
        rows = [
            {
                "values": [_said(str(name), value, lang) for name, value in said.items() if value],
                "buyer": said["buyer_id"], "seller": said["seller_id"],
                "place": places.loc[int(ref) >> 32], "row": int(ref) & 0xFFFFFFFF,
            }
            for ref, said in zip(frame["ref"], for_people("purchase", frame).to_dict("records"), strict=True)
        ]  # fmt: skip

        def draw() -> tuple[Picture, ...]:
            chain = chain_of(standing, "purchase", number, (), lang)
            return (draw_chain(chain, lang),) if chain is not None else ()

        run = standing.run
        pictures = ground.pictures_of(console, ("slip", run.run_id, run.started_at, number, lang), draw)
        cases = ground.cases_of(connection, ground.about(number, "purchase"), 20).cases
        heads = headlines(visit, connection, cases)
    parcels = list(dict.fromkeys((p["certificate_number"], p["parcel_number"]) for p in packed))
    return visit.page(
        "slip.html",
        number=number,
        rows=rows,
        parcels=parcels,
        pictures=pictures,
        cases=cases,
        headlines=heads,
        standing=foot,
    )


def _said(name: str, value: str, lang: str) -> tuple[str, str]:
    """A field and its value as people read them."""
    is_day = KINDS["purchase"].field_types()[name].name == "date"
    return labels.column_label("purchase", name, lang), shown(value, "date", lang) if is_day else value
