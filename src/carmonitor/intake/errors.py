"""What is raised when a file cannot be read."""

from __future__ import annotations


class IntakeError(Exception):
    """A file that cannot be read at all. The message names the file, what was found and what was expected."""
