"""Detectors: what is unusual, ranked under a review budget. They give leads, never breaches."""

from carmonitor.detection.ranking import detect, draw, rank

__all__ = ["detect", "draw", "rank"]
