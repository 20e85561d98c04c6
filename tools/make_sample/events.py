"""Leads that nobody planted: violent events of the real register near the mines whose stones were bought then (F24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import asin, cos, radians, sin, sqrt

from tools.make_sample.common import Row
from tools.make_sample.faults import Expected

RADIUS_KM, DAYS, MOST_PRECISION = 20, 90, 2


def event_leads(slips: Mapping[str, Iterable[Row]], mines: Iterable[Row], events: Iterable[Row]) -> list[Expected]:
    """A lead per mine and quarter with slips bought within 90 days after a precise event within 20 km.

    ``slips``: month of the return → its purchase rows. Worked out slip by slip, unlike the detector.
    """
    near = {
        m["mine_site_id"]: [
            date.fromisoformat(str(e["occurred_on"])) for e in events if _precise(e) and _km(m, e) <= RADIUS_KM
        ]
        for m in mines
    }
    months: dict[str, set[str]] = {}
    for month, rows in slips.items():
        for slip in rows:
            day, mine = slip["purchase_date"], slip["mine_site_id"]
            if isinstance(day, date) and any(0 <= (day - event).days <= DAYS for event in near.get(mine, ())):
                months.setdefault(f"{mine}@{day.year}-Q{(day.month + 2) // 3}", set()).add(month)
    why = "bought there soon after a real violent event nearby"
    return [
        Expected("F24", "lead", "W", "mine_site_quarter", subject, why, tuple(sorted(told)))
        for subject, told in sorted(months.items())
    ]


def _precise(event: Row) -> bool:
    return int(event["precision"]) <= MOST_PRECISION


def _km(mine: Row, event: Row) -> float:
    lon, lat, other_lon, other_lat = (
        radians(float(row[name])) for row in (mine, event) for name in ("longitude", "latitude")
    )
    h = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin((other_lon - lon) / 2) ** 2
    return 2 * 6371 * asin(sqrt(h))
