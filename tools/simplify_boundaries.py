"""``python -m tools.simplify_boundaries SOURCE TARGET``: lighter boundaries of the sub-prefectures that still fit.

Rings are cut where three areas or an area and the border meet; each stretch between two such points is simplified once
(Douglas and Peucker, ``TOLERANCE``) and used by both neighbours, so that no gaps or overlaps arise along it. Names
become those of ``schemas/gazetteer.yaml``. Slivers that shrink to a line are left out and told. Refuses to write when a
ring crosses itself, an area shrinks to nothing, or a name is unknown.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carmonitor.records.places import Gazetteer

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 0.008
"""Degrees (about 900 m): below one point of a printed map of the country."""
DIGITS = 3

Point = tuple[float, float]
Ring = list[Point]
"""A closed line without its repeated last point."""


def main(source: str, target: str) -> int:
    """Simplify and write; tells how many points were kept."""
    features = json.loads(Path(source).read_text(encoding="utf-8"))["features"]
    gazetteer = Gazetteer.load(ROOT / "schemas" / "gazetteer.yaml")
    areas = {feature["properties"]["adm2_name"]: polygons(feature["geometry"]) for feature in features}
    lighter = without_slivers(simplified(areas, TOLERANCE))
    for name, parts in lighter.items():
        if not parts or any(crosses_itself(ring) for part in parts for ring in part):
            print(f"{name}: found no area or a ring that crosses itself, expected simple rings", file=sys.stderr)
            return 1
    written = [feature_of(name, parts, gazetteer) for name, parts in sorted(lighter.items())]
    body = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in written)
    text = f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'
    Path(target).write_text(text, encoding="utf-8", newline="\n")
    print(f"{points(areas)} points -> {points(lighter)}, {len(text.encode())} bytes")
    return 0


def polygons(geometry: dict[str, Any]) -> list[list[Ring]]:
    """The parts of an area, each its rings."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[[(x, y) for x, y in ring[:-1]] for ring in part] for part in parts]


def simplified(areas: dict[str, list[list[Ring]]], tolerance: float) -> dict[str, list[list[Ring]]]:
    """Every stretch between two junctions replaced by its simplified one, the same for both neighbours."""
    junctions = junctions_of(areas)
    known: dict[tuple[Point, ...], list[Point]] = {}

    def stretch(line: list[Point]) -> list[Point]:
        forward = tuple(line) <= tuple(reversed(line))
        key = tuple(line if forward else reversed(line))
        if key not in known:
            known[key] = douglas_peucker(list(key), tolerance)
        return known[key] if forward else known[key][::-1]

    def ring(old: Ring) -> Ring:
        corners = [i for i, point in enumerate(old) if point in junctions] or [0]
        if len(corners) == 1:  # an island: held at its first point and at the one farthest from it
            first = old[corners[0]]
            corners.append(
                max(range(len(old)), key=lambda i: (old[i][0] - first[0]) ** 2 + (old[i][1] - first[1]) ** 2)
            )
            corners.sort()
        new: Ring = []
        for start, end in zip(corners, [*corners[1:], corners[0] + len(old)], strict=True):
            line = [old[i % len(old)] for i in range(start, end + 1)]
            new += stretch(line)[:-1]
        rounded = [(round(x, DIGITS), round(y, DIGITS)) for x, y in new]
        return [point for i, point in enumerate(rounded) if point != rounded[i - 1]]

    return {name: [[ring(old) for old in part] for part in parts] for name, parts in areas.items()}


def without_slivers(areas: dict[str, list[list[Ring]]]) -> dict[str, list[list[Ring]]]:
    """Areas without rings of under three points, each of which is told; a part without its outer ring goes whole."""
    for name, parts in areas.items():
        for ring in (ring for part in parts for ring in part if len(ring) < 3):
            print(f"{name}: a sliver is left out ({len(ring)} points remained, at least 3 expected)")
    return {
        name: [[ring for ring in part if len(ring) > 2] for part in parts if len(part[0]) > 2]
        for name, parts in areas.items()
    }


def junctions_of(areas: dict[str, list[list[Ring]]]) -> set[Point]:
    """Points where the areas on the two sides change, or where more than two lines meet."""
    owners: dict[frozenset[Point], set[str]] = defaultdict(set)
    touching: dict[Point, set[frozenset[Point]]] = defaultdict(set)
    for name, parts in areas.items():
        for ring in (ring for part in parts for ring in part):
            for i, point in enumerate(ring):
                edge = frozenset((ring[i - 1], point))
                owners[edge].add(name)
                touching[point].add(edge)
                touching[ring[i - 1]].add(edge)
    return {
        point
        for point, edges in touching.items()
        if len(edges) != 2 or len({frozenset(owners[edge]) for edge in edges}) != 1
    }


def douglas_peucker(line: list[Point], tolerance: float) -> list[Point]:
    """The line with every point dropped that lies within ``tolerance`` of what is kept. Its ends stay."""
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        start, end = todo.pop()
        far, at = 0.0, -1
        for i in range(start + 1, end):
            if (away := distance(line[i], line[start], line[end])) > far:
                far, at = away, i
        if far > tolerance:
            keep.add(at)
            todo += [(start, at), (at, end)]
    return [line[i] for i in sorted(keep)]


def distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a straight stretch, in degrees."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length if length else 0.0
    along = min(max(along, 0.0), 1.0)
    x, y = point[0] - start[0] - along * dx, point[1] - start[1] - along * dy
    return float((x * x + y * y) ** 0.5)


def crosses_itself(ring: Ring) -> bool:
    """Whether two stretches of a ring that are not neighbours have a point in common inside both."""
    edges = [(ring[i - 1], ring[i]) for i in range(len(ring))]
    return any(
        side(*a, b[0]) * side(*a, b[1]) < 0 and side(*b, a[0]) * side(*b, a[1]) < 0
        for i, a in enumerate(edges)
        for b in edges[i + 1 :]
    )


def side(start: Point, end: Point, point: Point) -> float:
    """Positive on the left of a line, negative on its right, zero on it."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def feature_of(name: str, parts: list[list[Ring]], gazetteer: Gazetteer) -> dict[str, Any]:
    """An area as GeoJSON, under the one name that the gazetteer gives it. Raises KeyError for an unknown name."""
    found = gazetteer.matches(name)
    if len(found) != 1:
        raise KeyError(f"found {name!r}, expected one place of the gazetteer, got {sorted(found)}")
    coordinates = [[[list(point) for point in [*ring, ring[0]]] for ring in part] for part in parts]
    geometry = (
        {"type": "Polygon", "coordinates": coordinates[0]}
        if len(coordinates) == 1
        else {"type": "MultiPolygon", "coordinates": coordinates}
    )
    return {"type": "Feature", "properties": {"name": next(iter(found))}, "geometry": geometry}


def points(areas: dict[str, list[list[Ring]]]) -> int:
    """How many points the rings of all areas have."""
    rings: Iterator[Ring] = (ring for parts in areas.values() for part in parts for ring in part)
    return sum(map(len, rings))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
