"""Detectors: what is unusual, ranked under a review budget. They give leads, never breaches."""
