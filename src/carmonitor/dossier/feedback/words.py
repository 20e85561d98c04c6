"""The words of feedback (``texts.yaml``), and texts of senders made harmless for a reader."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.records.yamltext import parse_yaml

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that steer a program, turn the direction of writing, or cannot be seen."""


@cache
def texts() -> dict[str, Any]:
    """The words of workbook and letter."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier.feedback") / "texts.yaml").read_text("utf-8"))
    return loaded


def say(name: str, lang: str, /, **values: Any) -> str:
    """A text of ``texts.yaml`` by its path (``letter.thanks``), filled in, as it is printed in that language."""
    node: Any = texts()
    for part in name.split("."):
        node = node[part]
    return typeset(str(node[lang]), lang).format(**values)


def visible(text: str, longest: int = 200) -> str:
    """A sender's text on one line, no longer than ``longest``; what hides or steers is written out (``\\u202e``)."""
    cut = " ".join(text[: longest + 1].split())
    plain = "".join(
        c.encode("unicode_escape").decode("ascii") if unicodedata.category(c) in _HIDDEN else c for c in cut
    )
    return plain if len(plain) <= longest and len(text) <= longest else plain[: longest - 1] + "…"


def day_in_words(day: date, lang: str) -> str:
    """A day as its reader writes it."""
    return shown(day.isoformat(), "date", lang)


def month_in_words(period: str | None, lang: str) -> str:
    """``2021-03`` → ``March 2021``; any other period as it is, none as a dash."""
    if period is None:
        return "–"
    year, _, month = period.partition("-")
    return f"{texts()['months'][lang][int(month) - 1]} {year}" if month.isdigit() else period


def of_month(period: str | None, lang: str) -> str:
    """`` of March 2021``, `` d'avril 2021``; empty without a period."""
    month = month_in_words(period, lang)
    return "" if period is None else say("of_vowel" if month[0] in "ao" else "of", lang, x=month)


def number(value: int, lang: str) -> str:
    """``1,234`` or ``1 234``."""
    return shown(value, "count", lang)
