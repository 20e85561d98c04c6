"""Detectors: what is unusual, ranked under a review budget. They give leads, never breaches."""

from carmonitor.detection import (
    benford,
    books,
    creaming,
    drift,
    footprint,
    imbalance,
    jumps,
    newcomers,
    parcels,
    price,
    related,
    silence,
)
from carmonitor.detection.ranking import detect, draw, rank

__all__ = [
    "benford",
    "books",
    "creaming",
    "detect",
    "draw",
    "drift",
    "footprint",
    "imbalance",
    "jumps",
    "newcomers",
    "parcels",
    "price",
    "rank",
    "related",
    "silence",
]
