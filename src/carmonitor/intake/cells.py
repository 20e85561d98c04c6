"""Cells as they arrive, and why one could not be understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

Language = Literal["en", "fr", ""]  # "": field names only, the format of machines (ISO dates, decimal points)

_MAX_RAW = 2000  # characters of a cell kept in quarantine


class Unreadable(str):
    """A cell that holds no value but an error (``#N/A``) or a formula nobody calculated."""

    __slots__ = ()


Cell = None | str | int | float | bool | Decimal | date | datetime | time | timedelta | Unreadable | list[Any]


@dataclass(frozen=True)
class Problem:
    """Why a cell could not be understood: a stable code, and what was expected, in plain English."""

    code: str
    expected: str


def is_blank(cell: Cell) -> bool:
    """No content: nothing, or a text of nothing but white space."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def raw_text(cell: Cell) -> str:
    """The cell as text for people, safe for every database: ``123.0`` → ``"123"``, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time(0) and cell.tzinfo is None:
        return cell.date().isoformat()
    text = cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)
    return text[:_MAX_RAW].encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


_ODD = re.compile(r"[^\x20-\x7e]")
CONTROL = Problem("control_character", "a text without control characters")
TURNED = Problem("direction_override", "a text whose order is not turned round by invisible marks")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str | Problem:
    """NFC, no outer white space, inner white space (non-breaking and thin spaces too) as single spaces.

    Invisible characters (zero-width spaces, direction marks) are dropped; control characters are a problem, and so are
    marks that show a text in another order than it is kept in.
    """
    if not _ODD.search(text):
        return " ".join(text.split())
    if _TURNING.search(text):
        return TURNED
    plain = "".join(c for c in text if unicodedata.category(c) != "Cf")
    plain = " ".join(unicodedata.normalize("NFC", plain).split())
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in plain):
        return CONTROL
    return plain


def has_invisible(text: str) -> bool:
    """Whether a text holds characters that nobody sees, other than white space: they are of the category Cf."""
    return not text.isascii() and any(unicodedata.category(c) == "Cf" for c in text)
