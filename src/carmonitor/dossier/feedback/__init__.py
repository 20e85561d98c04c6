"""Feedback to a sender: the return given back with its faulty cells marked, and a letter that lists what to correct.

It tells what could not be read, errors of form and missing entries; never a lead (``told.yaml`` says which rules).
"""

from __future__ import annotations

from carmonitor.dossier.feedback.building import Feedback, feedback_for
from carmonitor.dossier.feedback.held import FeedbackError, HeldReturn, find_return, returns_of
from carmonitor.dossier.feedback.model import Correction

__all__ = ["Correction", "Feedback", "FeedbackError", "HeldReturn", "feedback_for", "find_return", "returns_of"]
