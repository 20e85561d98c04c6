"""Where the cases are, as GeoJSON (RFC 7946): zones and mine sites that their papers name, and the cases themselves.

Only places that are known: a case whose papers name no surveyed mine has no geometry (null), and says its zones. A zone
is the point at which the gazetteer takes it to lie, or its boundary where one is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from carmonitor.records.evidence import Evidence
from carmonitor.records.places import Gazetteer

Feature = dict[str, Any]

_PLACE_FIELDS = (
    ("purchase", "origin_subprefecture"), ("production", "subprefecture"), ("mine_site", "subprefecture"),
    ("zone", "subprefecture"), ("committee_meeting", "subprefecture"),
)  # fmt: skip
"""Fields that say where stones come from, or what a finding about a place is about; not where bags travelled."""


def geography(
    cases: Sequence[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    evidence: Evidence,
    gazetteer: Gazetteer,
    boundaries: Mapping[str, Mapping[str, Any]] | None = None,
) -> Feature:
    """A FeatureCollection. ``rows``: the evidence rows of the cases' findings; ``boundaries``: zone → geometry."""
    rows = list(rows)
    by_place = {_key(row): row for row in rows}
    points = _points(evidence)
    lies_in = _lies_in([*_named(rows), *map(_own_zone, cases)], gazetteer)
    of_zone: dict[str, list[str]] = {}
    of_site: dict[str, list[str]] = {}
    found = []
    for case in cases:
        places = (by_place.get(_key(place)) for f in case["findings"] for place in f["lineage"])
        own = [row for row in places if row]
        mines = sorted({row["values"]["mine_site_id"] for row in own if row["values"].get("mine_site_id")})
        zones = sorted({lies_in[text] for text in [*_named(own), _own_zone(case)] if text in lies_in})
        for name in zones:
            of_zone.setdefault(name, []).append(case["case_id"])
        for mine in mines:
            of_site.setdefault(mine, []).append(case["case_id"])
        found.append(_case(case, zones, mines, [points[mine] for mine in mines if mine in points]))
    areas = [_zone(n, ids, evidence, gazetteer, boundaries or {}) for n, ids in sorted(of_zone.items())]
    sites = evidence["mine_site"].drop_duplicates("mine_site_id", keep="last").set_index("mine_site_id")
    mined = [_site(m, sites.loc[m], points[m], ids) for m, ids in sorted(of_site.items()) if m in points]
    return {"type": "FeatureCollection", "features": [*areas, *mined, *found]}


def _key(place: Mapping[str, Any]) -> tuple[Any, ...]:
    return place["submission_id"], place["file"], place["sheet"], place["row"]


def _named(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The places that rows name, as written."""
    of_kind = dict(_PLACE_FIELDS)
    return [text for row in rows if (text := row["values"].get(of_kind.get(row["kind"], "")))]


def _own_zone(case: Mapping[str, Any]) -> str:
    """The zone that a case is about; "" where it is about something else."""
    return str(case["subject_id"]).partition("@")[0] if str(case["subject_kind"]).startswith("zone") else ""


def _lies_in(texts: Iterable[str], gazetteer: Gazetteer) -> dict[str, str]:
    """Text → the pre-2021 sub-prefecture that it names without doubt."""
    named = pd.Series(sorted({text for text in texts if text}), dtype="str")
    found = gazetteer.subprefectures(gazetteer.resolve(named))
    return {text: place for text, place in zip(named, found, strict=True) if not pd.isna(place)}


def _points(evidence: Evidence) -> dict[str, list[float]]:
    """Mine → where it was surveyed."""
    sites = evidence["mine_site"].dropna(subset=["longitude", "latitude"])
    at = zip(sites["mine_site_id"], sites["longitude"], sites["latitude"], strict=True)
    return {str(mine): [float(longitude), float(latitude)] for mine, longitude, latitude in at}


def _case(case: Mapping[str, Any], zones: list[str], mines: list[str], points: list[list[float]]) -> Feature:
    told = ("case_id", "status", "outcome", "severity", "subject_kind", "subject_id", "rules", "standing")
    properties = {"kind": "case", **{name: case[name] for name in told}, "zones": zones, "mine_sites": mines}
    geometry = {"type": "MultiPoint", "coordinates": points} if points else None
    return _feature(f"case:{case['case_id']}", geometry, properties)


def _zone(
    name: str,
    cases: list[str],
    evidence: Evidence,
    gazetteer: Gazetteer,
    boundaries: Mapping[str, Mapping[str, Any]],
) -> Feature:
    at = gazetteer.position(name)
    point = {"type": "Point", "coordinates": list(at)} if at else None
    geometry = boundaries.get(name) or point
    drawn = "boundary" if name in boundaries else "point" if point else None
    properties = {"kind": "zone", "name": name, "status": _status(name, evidence), "drawn_as": drawn, "cases": cases}
    return _feature(f"zone:{name}", geometry, properties)


def _status(name: str, evidence: Evidence) -> list[str]:
    """What the register says of a zone on the day: none, one or several statuses."""
    zones, day = evidence["zone"], pd.Timestamp(evidence.as_of)
    begun = (zones["subprefecture_resolved"] == name) & (zones["valid_from"] <= day)
    return sorted(set(zones.loc[begun & ~(zones["valid_to"] < day), "status"]))


def _site(mine: str, site: Any, point: list[float], cases: list[str]) -> Feature:
    told = {name: None if pd.isna(site[name]) else str(site[name]) for name in ("name", "subprefecture")}
    properties = {"kind": "mine_site", "mine_site_id": mine, **told, "cases": cases}
    return _feature(f"mine_site:{mine}", {"type": "Point", "coordinates": point}, properties)


def _feature(name: str, geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]) -> Feature:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": dict(properties)}
