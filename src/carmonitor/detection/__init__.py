"""Detectors: what is unusual, ranked under a review budget. They give leads, never breaches."""

from carmonitor.detection import creaming, price, provenance
from carmonitor.detection.ranking import detect, draw, rank

__all__ = ["creaming", "detect", "draw", "price", "provenance", "rank"]
