"""Where the cases are, as GeoJSON (RFC 7946): zones and mine sites that their papers name, and the cases themselves.

Only places that are known: a case whose papers name no surveyed mine has no geometry (null), and says its zones. A zone
is the point at which the gazetteer takes it to lie, or its boundary where one is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    cases: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    evidence: Evidence,
    gazetteer: Gazetteer,
    boundaries: Mapping[str, Mapping[str, Any]] | None = None,
) -> Feature:
    """A FeatureCollection. ``rows``: the evidence rows of the cases' findings; ``boundaries``: zone → geometry."""
    by_place = {(r["submission_id"], r["file"], r["sheet"], r["row"]): r for r in rows}
    sites = evidence["mine_site"].drop_duplicates("mine_site_id", keep="last").set_index("mine_site_id")
    of_zone: dict[str, list[str]] = {}
    of_site: dict[str, list[str]] = {}
    found = []
    for case in cases:
        own = [by_place.get(_key(place)) for f in case["findings"] for place in f["lineage"]]
        mines = sorted({row["values"]["mine_site_id"] for row in own if row and row["values"].get("mine_site_id")})
        zones = _zones(case, [row for row in own if row], gazetteer)
        known = [mine for mine in mines if mine in sites.index and _point(sites.loc[mine])]
        for name in zones:
            of_zone.setdefault(name, []).append(case["case_id"])
        for mine in known:
            of_site.setdefault(mine, []).append(case["case_id"])
        found.append(_case(case, zones, mines, [_point(sites.loc[mine]) for mine in known]))
    areas = [_zone(n, ids, evidence, gazetteer, boundaries or {}) for n, ids in sorted(of_zone.items())]
    mined = [_site(mine, sites.loc[mine], ids) for mine, ids in sorted(of_site.items())]
    return {"type": "FeatureCollection", "features": [*areas, *mined, *found]}


def _key(place: Mapping[str, Any]) -> tuple[Any, ...]:
    return place["submission_id"], place["file"], place["sheet"], place["row"]


def _zones(case: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], gazetteer: Gazetteer) -> list[str]:
    """The pre-2021 sub-prefectures that a case's papers, or its subject, name without doubt."""
    named = [row["values"].get(name) for row in rows for kind, name in _PLACE_FIELDS if row["kind"] == kind]
    if str(case["subject_kind"]).startswith("zone"):
        named.append(str(case["subject_id"]).partition("@")[0])
    texts = pd.Series(sorted({text for text in named if text}), dtype="str")
    return sorted(set(gazetteer.subprefectures(gazetteer.resolve(texts)).dropna()))


def _point(site: Any) -> list[float] | None:
    at = site["longitude"], site["latitude"]
    return None if any(pd.isna(degrees) for degrees in at) else [float(degrees) for degrees in at]


def _case(case: Mapping[str, Any], zones: list[str], mines: list[str], points: list[Any]) -> Feature:
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


def _site(mine: str, site: Any, cases: list[str]) -> Feature:
    told = {name: None if pd.isna(site[name]) else str(site[name]) for name in ("name", "subprefecture")}
    properties = {"kind": "mine_site", "mine_site_id": mine, **told, "cases": cases}
    return _feature(f"mine_site:{mine}", {"type": "Point", "coordinates": _point(site)}, properties)


def _feature(name: str, geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]) -> Feature:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": dict(properties)}

