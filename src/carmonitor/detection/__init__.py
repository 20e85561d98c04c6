"""Detectors: what is unusual, ranked under a review budget. They give leads, never breaches."""

from carmonitor.detection import (
    armed,
    creaming,
    crews,
    edges,
    mirror,
    origins,
    persons,
    pictures,
    price,
    reach,
    routes,
)
from carmonitor.detection.ranking import detect, draw, rank

__all__ = [
    "armed", "creaming", "crews", "detect", "draw", "edges", "mirror", "origins", "persons", "pictures", "price",
    "rank", "reach", "routes",
]  # fmt: skip
