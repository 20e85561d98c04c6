"""The sub-prefectures of the CAR: their boundaries, and how degrees become places on a sheet.

The division before the law of December 2020, simplified; ``data/SOURCES.md`` says from where and how.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.records.places import fold

Ring = tuple[tuple[float, float], ...]
"""A closed line, (longitude, latitude) in degrees, its first point repeated at its end."""

KM_PER_DEGREE = 111.2
"""Of latitude; the Earth as a sphere."""


def boundaries() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """(name, GeoJSON geometry) of the 72 sub-prefectures, sorted by name, for whoever writes GeoJSON. Do not change."""
    return tuple((feature["properties"]["name"], feature["geometry"]) for feature in _features())


@cache
def outlines() -> Mapping[str, tuple[Ring, ...]]:
    """Name → the rings of a sub-prefecture, outer ones and holes alike."""
    return {name: tuple(_rings(geometry)) for name, geometry in boundaries()}


def known_name(text: str) -> str | None:
    """The name that a spelling stands for, apart from case, accents and punctuation; None where there is none."""
    return _names().get(fold(text))


@cache
def middle(name: str) -> tuple[float, float]:
    """A point well inside the largest part of a sub-prefecture: of a grid, the one farthest from its boundary."""
    ring = max(outlines()[name], key=lambda ring: abs(_area(ring)))
    west, south, east, north = box_of([ring])
    steps = 16
    grid = [
        (west + (east - west) * (i + 0.5) / steps, south + (north - south) * (j + 0.5) / steps)
        for i in range(steps)
        for j in range(steps)
    ]
    return max((point for point in grid if within(point, ring)), key=lambda point: _clearance(point, ring))


@cache
def neighbours(name: str) -> frozenset[str]:
    """The sub-prefectures that share a stretch of boundary."""
    own = {edge for ring in outlines()[name] for edge in _edges(ring)}
    return frozenset(
        other
        for other, rings in outlines().items()
        if other != name and any(edge in own for ring in rings for edge in _edges(ring))
    )


def within(point: tuple[float, float], ring: Ring) -> bool:
    """Whether a point lies inside a ring (a ray to the east crosses it an odd number of times)."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


def box_of(rings: Iterable[Ring]) -> tuple[float, float, float, float]:
    """West, south, east and north of rings. Raises ValueError without any."""
    points = [point for ring in rings for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True)
class Frame:
    """A stretch of country on a sheet ``width`` units wide.

    Projection: equirectangular at the mean latitude of the stretch. Over the 9 degrees of the CAR the scale from west
    to east is then true within 1.5 %, and north is up everywhere.
    """

    west: float
    south: float
    east: float
    north: float
    width: float

    @classmethod
    def around(cls, box: tuple[float, float, float, float], width: float, margin: float, flattest: float) -> Frame:
        """The frame around a box with a margin (a part of its longer side).

        At least ``flattest`` times as high as wide, and never higher than wide.
        """
        west, south, east, north = box
        narrow = math.cos(math.radians((south + north) / 2))
        edge = margin * max((east - west) * narrow, north - south)
        wide, high = (east - west) * narrow + 2 * edge, north - south + 2 * edge
        wide, high = max(wide, high), max(high, wide * flattest)
        x, y = (west + east) / 2, (south + north) / 2
        return cls(x - wide / narrow / 2, y - high / 2, x + wide / narrow / 2, y + high / 2, width)

    @property
    def scale(self) -> float:
        """Units per degree of latitude."""
        return self.width / ((self.east - self.west) * self._narrow)

    @property
    def height(self) -> float:
        """Of the sheet, in units."""
        return (self.north - self.south) * self.scale

    @property
    def kilometre(self) -> float:
        """How many units one kilometre is."""
        return self.scale / KM_PER_DEGREE

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Degrees to units, from the upper left corner."""
        return (lon - self.west) * self._narrow * self.scale, (self.north - lat) * self.scale

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies in the frame; false for one that is no number."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def meets(self, ring: Ring) -> bool:
        """Whether a ring may be seen in the frame."""
        west, south, east, north = box_of([ring])
        return west < self.east and east > self.west and south < self.north and north > self.south

    def path(self, rings: Iterable[Ring], digits: int = 1) -> str:
        """Rings as the data of an SVG path; points that fall together are drawn once."""
        return "".join(self._ring(ring, digits) for ring in rings if self.meets(ring))

    def _ring(self, ring: Ring, digits: int) -> str:
        drawn: list[str] = []
        for lon, lat in ring[:-1]:
            x, y = self.place(lon, lat)
            point = f"{x:.{digits}f},{y:.{digits}f}"
            if not drawn or drawn[-1] != point:
                drawn.append(point)
        return f"M{'L'.join(drawn)}Z"

    @property
    def _narrow(self) -> float:
        return math.cos(math.radians((self.south + self.north) / 2))


@cache
def _features() -> list[dict[str, Any]]:
    path = files("carmonitor.dossier.pictures") / "data" / "caf_subprefectures.geojson"
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return sorted(features, key=lambda feature: str(feature["properties"]["name"]))


@cache
def _names() -> Mapping[str, str]:
    return {fold(name): name for name in outlines()}


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for part in parts:
        for ring in part:
            yield tuple((x, y) for x, y in ring)


def _edges(ring: Ring) -> Iterator[frozenset[tuple[float, float]]]:
    return (frozenset(pair) for pair in itertools.pairwise(ring))


def _area(ring: Ring) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in itertools.pairwise(ring)) / 2


def _clearance(point: tuple[float, float], ring: Ring) -> float:
    return min(math.dist(point, corner) for corner in ring)
