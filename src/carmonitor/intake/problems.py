"""Why a cell was refused, and what a reader should know, in the reader's language.

``schemas/problems.yaml`` by problem code, ``schemas/notes.yaml`` for the notes.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from carmonitor.records.yamltext import parse_yaml
from carmonitor.settings import schemas_dir


def expected_text(code: str, expected: str, lang: str) -> str:
    """What was expected, in English as intake says it, or in French. An unknown text stays as it is."""
    if lang == "en":
        return expected
    for pattern, french in _patterns(schemas_dir() / "problems.yaml").get(code, ()):
        if found := pattern.fullmatch(expected):
            return french.replace("{x}", found.groupdict().get("x") or "")
    return expected


def note_text(note: str, lang: str) -> str:
    """A note of a table or submission, in English as intake says it, or in French. An unknown one stays as it is."""
    if lang == "en":
        return note
    for pattern, french in _notes(schemas_dir() / "notes.yaml"):
        if found := pattern.fullmatch(note):
            parts = {x: expected_text("sheet_not_understood", text, lang) for x, text in found.groupdict().items()}
            return french.format(**parts)
    return note


@cache
def _notes(path: Path) -> list[tuple[re.Pattern[str], str]]:
    entries = parse_yaml(path.read_text(encoding="utf-8"))
    return [
        (re.compile(re.sub(r"\\\{([xy])\\\}", r"(?P<\1>.*)", re.escape(e["en"])), re.DOTALL), e["fr"]) for e in entries
    ]


@cache
def _patterns(path: Path) -> dict[str, list[tuple[re.Pattern[str], str]]]:
    entries = parse_yaml(path.read_text(encoding="utf-8"))
    return {
        code: [(re.compile(re.escape(e["en"]).replace(r"\{x\}", "(?P<x>.*)")), e["fr"]) for e in forms]
        for code, forms in entries.items()
    }
