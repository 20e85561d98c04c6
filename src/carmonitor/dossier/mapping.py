"""What stands on the maps: zones with their standing, mine sites, violent events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from carmonitor.dossier.pictures.zone_map import EventMark, SiteMark, ZoneMark
from carmonitor.dossier.sheets.standing import Standing

MONTHS = 24
"""Violent events of so many months before the day of the run stand on a map."""
_GRAVE_FIRST = ("suspended", "compliant", "proposed")
_PRECISE = 2  # UCDP: 1 exact, 2 within 25 km or so of a named place


def standings(standing: Standing) -> dict[str, Any]:
    """Zone → its status on the day of the run, the grave one where several cover it."""
    spans = standing.all("zone")
    day = pd.Timestamp(standing.as_of)
    now = spans[(spans["valid_from"] <= day) & (spans["valid_to"].isna() | (spans["valid_to"] >= day))]
    found: dict[str, str] = {}
    for status in reversed(_GRAVE_FIRST):
        found |= dict.fromkeys(now.loc[now["status"] == status, "subprefecture_resolved"].dropna(), status)
    return found


def zone_marks(standing: Standing, cases: Mapping[str, int]) -> list[ZoneMark]:
    """Zones that have a standing on the day of the run or cases (zone → how many), by name."""
    status = standings(standing)
    return [ZoneMark(name, status.get(name, ""), cases.get(name, 0)) for name in sorted({*status, *cases})]


def points(standing: Standing) -> tuple[list[SiteMark], list[EventMark]]:
    """Mine sites, and the violent events of the MONTHS up to the day of the run."""
    sites = [
        SiteMark(str(row["name"] if pd.notna(row["name"]) else row["mine_site_id"]), row["longitude"], row["latitude"])
        for row in standing.all("mine_site").to_dict("records")
    ]
    events, day = standing.all("security_event"), pd.Timestamp(standing.as_of)
    events = events[(events["occurred_on"] <= day) & (events["occurred_on"] > day - pd.DateOffset(months=MONTHS))]
    marks = [
        EventMark(
            row["longitude"], row["latitude"], row["occurred_on"].date(),
            str(row["actors"]) if pd.notna(row["actors"]) else "",
            precise=bool(pd.notna(row["precision"]) and row["precision"] <= _PRECISE),
        )
        for row in events.to_dict("records")
    ]  # fmt: skip
    return sites, marks
