"""A zone's sheet: its standing by date, what it gave by month, violence near its mines, and its mine sites."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.detection.distances import km_between
from carmonitor.dossier.sheets.figures import Volumes
from carmonitor.dossier.sheets.model import Table, ZoneSheet
from carmonitor.dossier.sheets.monthly import months_table
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.volumes import Output, outputs_of
from carmonitor.dossier.sheets.words import said
from carmonitor.findings import shown
from carmonitor.records.display import for_people

SITES_SHOWN = 60
EVENTS_SHOWN = 30
_RADIUS = ("F24", "radius_km")
_PRECISE = 2  # UCDP: 1 exact, 2 within 25 km or so of a named place


def zone_sheets(
    standing: Standing, zones: Sequence[str], lang: str, cases: Mapping[str, Collection[str]] | None = None
) -> list[tuple[ZoneSheet, Volumes]]:
    """The sheets of sub-prefectures (pre-2021 names), in their order, with the numbers for their drawing.

    ``cases``: zone → ids of the cases that touch it. Registers of zones, sites and events are read once for all.
    """
    outputs = outputs_of(standing)
    spans, sites, events = (standing.all(kind) for kind in ("zone", "mine_site", "security_event"))
    sites = sites.assign(zone=standing.gazetteer.subprefectures(sites["subprefecture_resolved"]))
    found = []
    for zone in zones:
        output, of_zone = outputs.get(zone, Output()), sites[sites["zone"] == zone]
        own = spans[spans["subprefecture_resolved"] == zone].sort_values("valid_from", kind="stable")
        sides = [("dug", output.dug, ""), ("bought", output.bought, "xaf"), ("exported", output.exported, "")]
        tables = [
            _spans(own, lang),
            months_table(sides, lang, said("notes", "zone_months", lang)),
            _events(standing, events, of_zone, lang),
            _sites(of_zone, lang),
        ]
        sheet = ZoneSheet(zone, _standing(own, standing, lang), tuple(tables), (), tuple((cases or {}).get(zone, ())))
        found.append((sheet, Volumes(zone, tuple((side, months) for side, months, _ in sides))))
    return found


def _standing(spans: pd.DataFrame, standing: Standing, lang: str) -> str:
    """What the register says of the day of the run; every status that covers it, the grave one first."""
    day = pd.Timestamp(standing.as_of)
    open_end = spans["valid_to"].isna() | (spans["valid_to"] >= day)
    now = set(spans.loc[(spans["valid_from"] <= day) & open_end, "status"])
    told = shown(standing.as_of.isoformat(), "date", lang)
    if not now:
        return said("zone", "unlisted", lang, day=told)
    words = ", ".join(said("zone", s, lang) for s in ("suspended", "compliant", "proposed") if s in now)
    return said("zone", "standing", lang, status=words, day=told)


def _spans(spans: pd.DataFrame, lang: str) -> Table:
    heads = tuple(said("heads", head, lang) for head in ("status", "from", "to", "source", "certainty"))
    rows = []
    for row in for_people("zone", spans).to_dict("records"):
        first = shown(row["valid_from"], "date", lang)
        if row["valid_from_latest"] is not None:
            first += f" – {shown(row['valid_from_latest'], 'date', lang)}"
        last = shown(row["valid_to"], "date", lang)
        rows.append((said("zone", row["status"], lang), first, last, row["source"] or "–", row["certainty"] or "–"))
    return Table(said("tables", "standing", lang), heads, tuple(rows))


def _events(standing: Standing, events: pd.DataFrame, sites: pd.DataFrame, lang: str) -> Table:
    """Events up to the day of the run, within the radius of F24 of a site of the zone, the latest first."""
    detector, name = _RADIUS
    radius = float(next(p for p in standing.catalogue.spec(detector).parameters if p.name == name).values[0].value)
    near = _near(events[events["occurred_on"] <= pd.Timestamp(standing.as_of)], sites, radius)
    heads = ("day", "event", "nearest", "km", "precision", "deaths", "armed")
    rows = tuple(_event(row, lang) for row in near.head(EVENTS_SHOWN).to_dict("records"))
    notes = [said("notes", "events", lang), *_more(len(near) - EVENTS_SHOWN, lang)]
    title = said("tables", "events", lang, km=shown(int(radius) if radius.is_integer() else radius, "km", lang))
    return Table(title, tuple(said("heads", h, lang) for h in heads), rows, frozenset({3, 5}), " ".join(notes))


def _near(events: pd.DataFrame, sites: pd.DataFrame, radius: float) -> pd.DataFrame:
    placed = events.dropna(subset=["longitude", "latitude", "precision"])
    placed = placed[(placed["precision"] <= _PRECISE).astype(bool)]
    mines = sites.dropna(subset=["longitude", "latitude"])
    if placed.empty or mines.empty:
        return placed.iloc[:0].assign(km=0, site="")
    km = km_between(
        placed["longitude"].to_numpy("float64")[:, None], placed["latitude"].to_numpy("float64")[:, None],
        mines["longitude"].to_numpy("float64"), mines["latitude"].to_numpy("float64"),
    )  # fmt: skip
    nearest = km.argmin(axis=1)
    told = placed.assign(km=np.rint(km.min(axis=1)).astype("int64"), site=mines["mine_site_id"].to_numpy()[nearest])
    reached: pd.DataFrame = told[km.min(axis=1) <= radius]
    return reached.sort_values(["occurred_on", "event_id"], ascending=[False, True])


def _event(row: Mapping[Any, Any], lang: str) -> tuple[str, ...]:
    def number(value: Any) -> str:
        return "–" if pd.isna(value) else shown(int(value), "count", lang)

    def text(value: Any) -> str:
        return "–" if pd.isna(value) else str(value)

    day = None if pd.isna(row["occurred_on"]) else row["occurred_on"].date().isoformat()
    told = (shown(day, "date", lang), str(row["event_id"]), str(row["site"]), number(row["km"]))
    return (*told, number(row["precision"]), number(row["deaths"]), text(row["actors"]))


def _sites(sites: pd.DataFrame, lang: str) -> Table:
    heads = tuple(said("heads", head, lang) for head in ("site", "name", "commune", "crew", "position"))
    rows = []
    for row in for_people("mine_site", sites.head(SITES_SHOWN)).to_dict("records"):
        place = "–"
        if row["longitude"] is not None and row["latitude"] is not None:
            degrees = (f"{float(row[name]):.4f}" for name in ("longitude", "latitude"))
            place = "; ".join(shown(Decimal(d), "degrees", lang) for d in degrees)
        rows.append((row["mine_site_id"], row["name"] or "–", row["commune"] or "–", row["crew_size"] or "–", place))
    note = " ".join(_more(len(sites) - SITES_SHOWN, lang))
    return Table(said("tables", "sites", lang), heads, tuple(rows), frozenset({3}), note)


def _more(left: int, lang: str) -> list[str]:
    return [said("notes", "more", lang, n=shown(left, "count", lang))] if left > 0 else []
