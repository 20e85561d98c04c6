"""Log lines on stderr, as text or JSON, each with the run and the submission it is about; never with a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

NAMES = ("run_id", "submission_id")
"""What a record may be about: ``logger.info(..., extra={"run_id": ...})``."""

_SECRETS = (
    (re.compile(r"(\w://[^\s:/@]*:)[^\s/]+@"), r"\1***@"),  # user:password@ of an address
    (re.compile(r"((?:password|passwd|pwd|secret|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+", re.IGNORECASE), r"\1***"),
)


def masked(text: str) -> str:
    """A text without the passwords and tokens in it."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class Line(logging.Formatter):
    """One record, one line: ``at``, level, message and what it is about. Times in UTC."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        """As JSON, or as text with the same content."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {name: str(getattr(record, name)) for name in NAMES if getattr(record, name, None)}
        said: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        said |= {"message": masked(record.getMessage()), **about}
        if record.exc_info:
            said["error"] = masked(self.formatException(record.exc_info))
        if self.form == "json":
            return json.dumps(said, ensure_ascii=False)
        words = [at, said["level"], _one_line(said["message"]), *(f"{k}={_one_line(v)}" for k, v in about.items())]
        return " ".join([*words, *([_one_line(said["error"])] if "error" in said else [])])


def configure(form: str, stream: TextIO | None = None) -> None:
    """Let carmonitor's loggers write to ``stream`` (stderr); ``form``: ``json``, ``text``, or ``""`` for nothing."""
    logger = logging.getLogger("carmonitor")
    for handler in [h for h in logger.handlers if isinstance(h.formatter, Line)]:
        logger.removeHandler(handler)
    if not form:
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Line(form))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _one_line(text: str) -> str:
    """Names of files are hostile: what breaks a line or steers a terminal is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
