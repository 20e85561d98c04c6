"""The dossier as one page that opens from a file: style and drawings inside, nothing asked of anyone."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from carmonitor.dossier.reading.content import FULL_SHEETS, code_of, content, respelled
from carmonitor.dossier.sheets.model import Dossier


def as_html(dossier: Dossier, full: int = FULL_SHEETS) -> str:
    """The page in the dossier's language; the same dossier gives the same text.

    ``full``: how many cases have a sheet; the rest stands in the list. Papers are linked below ``papers/`` beside the
    page (:func:`carmonitor.dossier.reading.paths.paper_link`). Marks that cannot be seen are written as codes
    (``\\u202e``). Readable without script; a script of its own filters the list of cases.
    """
    shown = respelled(content(dossier, full), spelled)
    style, script = _inline("page.css"), _inline("page.js")
    return _template().render(
        d=shown, w=shown["w"], style=style, script=script, style_hash=_hash(style), script_hash=_hash(script)
    )


def spelled(text: str) -> str:
    """A text that hides nothing: direction marks, zero-width and control characters as their codes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _SPACES else code_of(c) for c in text)


_SPACES = "\n\t\u00a0\u202f\u2009\u2007\u3000"
"""Not "printable" for Python, harmless for a reader."""


@cache
def _template() -> Template:
    room = Environment(
        loader=PackageLoader("carmonitor.dossier", "reading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters["embedded"] = _embedded
    return room.get_template("page.html.j2")


@cache
def _inline(name: str) -> Markup:
    """A text of our own that goes into the page as it is."""
    return Markup((files(__package__) / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    """What the page's policy allows: this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(svg: str) -> str:
    """A drawing as an address that holds it: its ids and styles meet no other's, and no script of it would run."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
