"""The dossier as one PDF, set by Typst from memory: no file is read, no font of the machine, no clock."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from carmonitor.dossier.reading.content import FULL_SHEETS, Tree, code_of, content, respelled, words
from carmonitor.dossier.sheets.model import Dossier
from carmonitor.findings import shown

LISTED = 500
"""Cases in the list on paper, some fifteen pages; the page and the workbook list all."""
NAMED = 40
"""Cases of an actor or zone that are all named on paper; of more, those that have a sheet."""

_UNPRINTABLE = re.compile(
    "[^\t\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u024f\u02b0-\u036f\u0370-\u03ff\u0400-\u04ff\u05d0-\u05ea\u0621-\u0652\u0660-\u0669"
    "\u1e00-\u1eff\u2002-\u200a\u2010-\u2027\u202f-\u205f\u2070-\u209c\u20a0-\u20bf\u2100-\u214f\u2190-\u21ff"
    "\u2200-\u22ff\u25a0-\u25ff\u2610-\u2612\u2713-\u2717]"
)
"""What the embedded fonts lack, what steers the direction of text, what cannot be seen."""
_LONG_WORD = re.compile(r"\S{17,}")
_SEAM = re.compile(r"(?<=[_./@\-:;,=&?])(?=\w)|(?<=[^\W_]{16})(?=[^\W_])")


def as_pdf(dossier: Dossier, full: int = FULL_SHEETS) -> bytes:
    """A4, tagged (PDF/UA-1), in the dossier's language; the same dossier gives the same bytes.

    ``full``: how many cases have a sheet; the rest stands in the list. Letters that the embedded fonts lack and marks
    that cannot be seen are printed as codes (``\\u202e``), never dropped.
    """
    printed: Any = typst.compile(
        template(),
        sys_inputs={"dossier": json.dumps(printable(dossier, full), ensure_ascii=False)},
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=datetime.combine(_day(dossier), time(), UTC),
    )
    return bytes(printed)


@cache
def template() -> bytes:
    """The Typst template; the data are no part of it."""
    return (files(__package__) / "dossier.typ").read_bytes()


def printable(dossier: Dossier, full: int = FULL_SHEETS) -> Tree:
    """The content as paper takes it; pictures and addresses to follow stay as they are."""
    day = _day(dossier)
    tree = content(dossier, full)
    tree["list"], rest = tree["list"][:LISTED], len(tree["list"][LISTED:])
    tree["list_goes_on"] = _more("list_goes_on", rest, dossier.lang) if rest else ""
    for sheet in (*tree["actors"], *tree["zones"]):
        sheet["cases"] = _named(sheet["cases"], dossier.lang)
    printed: Tree = respelled(tree, spelled)
    return {**printed, "date": [day.year, day.month, day.day]}


def _named(cases: list[Tree], lang: str) -> list[Tree]:
    """Cases by name: all of a few; of many those that have a sheet here, and how many more there are."""
    shown_here = cases if len(cases) <= NAMED else [case for case in cases if case["at"] is not None]
    left = len(cases) - len(shown_here)
    return [*shown_here, {"text": _more("more_cases", left, lang), "at": None}] if left else shown_here


def _more(name: str, many: int, lang: str) -> str:
    return str(words(lang)[name]).format(n=shown(many, "count", lang))


def spelled(text: str) -> str:
    """A text of which nothing is lost on paper: what cannot be printed as its code, long words with seams (U+200B)."""
    visible = _UNPRINTABLE.sub(lambda found: code_of(found[0]), text)
    return _LONG_WORD.sub(lambda word: _SEAM.sub("\u200b", word[0]), visible)


def _day(dossier: Dossier) -> date:
    return date.fromisoformat(str(dossier.run["as_of"]))
