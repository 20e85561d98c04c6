"""Files to records: reading, understanding, converting; what fails goes to quarantine with its reason."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carmonitor.intake.batch import IntakeError, Submission
    from carmonitor.intake.submission import find_submissions, read_submission

__all__ = ["IntakeError", "Submission", "find_submissions", "read_submission"]

_HOMES = {
    "IntakeError": "errors",
    "Submission": "batch",
    "find_submissions": "submission",
    "read_submission": "submission",
}


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the process that opens a file needs no data frames, and starts ten times as fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
