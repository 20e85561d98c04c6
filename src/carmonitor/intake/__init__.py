"""Files to records: reading, understanding, converting; what fails goes to quarantine with its reason."""

from carmonitor.intake.batch import IntakeError, Submission
from carmonitor.intake.submission import find_submissions, read_submission

__all__ = ["IntakeError", "Submission", "find_submissions", "read_submission"]
