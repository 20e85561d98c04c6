"""SVG as text: elements with everything escaped, letters measured, a document that refers to nothing outside itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from itertools import accumulate, takewhile
from xml.sax.saxutils import escape, quoteattr

from carmonitor.dossier.pictures import style

_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """A text that XML may hold: forbidden characters, and marks that turn the direction of writing, become �."""
    return _FORBIDDEN.sub("\ufffd", text)


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """An element. Children are markup; attribute values are escaped, None is left out, ``_`` in a name is ``-``."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(clean(_plain(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    body = "".join(children)
    return f"<{name}{said}>{body}</{name}>" if body else f"<{name}{said}/>"


def words(text: str, x: float, y: float, size: float, **attributes: str | float | None) -> str:
    """One line of text with its baseline at (x, y)."""
    return tag("text", escape(clean(text)), x=x, y=y, font_size=size, **attributes)


def told(text: str) -> str:
    """What a pointer over the element says."""
    return tag("title", escape(clean(text)))


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float | None) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def rect(x: float, y: float, width: float, height: float, **attributes: str | float | None) -> str:
    """A box."""
    return tag("rect", x=x, y=y, width=width, height=height, **attributes)


def label(text: str, x: float, y: float, size: float, **attributes: str | float | None) -> str:
    """A line of text around x on a slip of paper, readable over any line."""
    wide = measure(text, size)
    slip = rect(x - wide / 2 - 1, y - size * 0.85, wide + 2, size * 1.1, fill=style.PAPER)
    return slip + words(text, x, y, size, text_anchor="middle", **attributes)


def halo(text: str, x: float, y: float, size: float, **attributes: str | float | None) -> str:
    """A line of text that stays readable over lines: in a rim of paper."""
    return words(
        text,
        x,
        y,
        size,
        stroke=style.PAPER,
        stroke_width=size / 3.5,
        stroke_linejoin="round",
        paint_order="stroke",
        **attributes,
    )


def document(width: float, height: float, title: str, description: str, *body: str) -> str:
    """A drawing: as wide as its place allows, with its title and description for those who cannot see it."""
    return tag(
        "svg",
        tag("title", escape(clean(title))),
        tag("desc", escape(clean(description))),
        rect(0, 0, width, height, fill=style.PAPER),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="img",
        aria_label=title,
        font_family=style.FONT,
        fill=style.INK,
    )


def name_of(what: str, *parts: str) -> str:
    """An id that other drawings on the same page share only where the parts are the same."""
    return f"{what}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:10]}"


def hatch(ident: str, colour: str, *, apart: float = 7, angle: int = 45, width: float = 1.0) -> str:
    """A pattern of parallel lines, for ``fill="url(#ident)"``."""
    body = rect(0, 0, apart, apart, fill=style.PAPER) + line(0, 0, 0, apart, stroke=colour, stroke_width=2 * width)
    return _pattern(ident, apart, body, angle)


def cross_hatch(ident: str, colour: str) -> str:
    """A pattern of lines both ways."""
    lines = line(0, 0, 0, 8, stroke=colour, stroke_width=2) + line(0, 0, 8, 0, stroke=colour, stroke_width=2)
    return _pattern(ident, 8, rect(0, 0, 8, 8, fill=style.PAPER) + lines, 45)


def dots(ident: str, colour: str) -> str:
    """A pattern of sparse dots."""
    return _pattern(ident, 8, rect(0, 0, 8, 8, fill=style.PAPER) + tag("circle", cx=4, cy=4, r=1.1, fill=colour), 45)


def _pattern(ident: str, apart: float, body: str, angle: int) -> str:
    turn = f"rotate({angle})"
    return tag(
        "pattern", body, id=ident, width=apart, height=apart, patternUnits="userSpaceOnUse", patternTransform=turn
    )


def measure(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text stands, on the safe side."""
    return sum(map(_width, text)) * size * (1.07 if bold else 1)


def _fitting(text: str, size: float, room: float, *, bold: bool) -> int:
    """How many letters of a text there is room for."""
    widths = (width * size * (1.07 if bold else 1) for width in accumulate(map(_width, text)))
    return sum(1 for _ in takewhile(lambda width: width <= room, widths))


def clip(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """A text as far as there is room, ended by … where it is cut."""
    if measure(text, size, bold=bold) <= room:
        return text
    kept = _fitting(text, size, room - measure("…", size, bold=bold), bold=bold)
    return text[:kept].rstrip() + "…"


def wrap(text: str, size: float, room: float, rows: int, *, bold: bool = False) -> list[str]:
    """A text in one to ``rows`` rows, broken at spaces, longer words anywhere; … ends the last row where it was cut."""
    found: list[str] = []
    rest = [piece for word in text.split(" ") for piece in _pieces(word, size, room, bold)]
    while rest and len(found) < rows:
        row = rest.pop(0)
        while rest and measure(row + rest[0], size, bold=bold) <= room:
            row += rest.pop(0)
        if rest and len(found) == rows - 1:
            row += "".join(rest)
        found.append(clip(row.strip(" "), size, room, bold=bold))
    return found


def _pieces(word: str, size: float, room: float, bold: bool) -> list[str]:
    """A word, led by its space, cut where a row ends; after a hyphen or a stroke if there is one."""
    pieces = [" " + word]
    while measure(pieces[-1], size, bold=bold) > room and len(pieces[-1]) > 2:
        last = pieces.pop()
        end = max(_fitting(last, size, room, bold=bold), 1)
        hyphen = max(last.rfind(mark, 0, end) for mark in "-/") + 1
        end = hyphen if hyphen > end / 2 else max(end, 2)
        pieces += [last[:end], last[end:]]
    return pieces


def columns(
    texts: Iterable[str], size: float, room: float, x: float, y: float, **attributes: str | float | None
) -> str:
    """Texts below each other, each wrapped to the room; see :func:`height_of`."""
    rows = [row for text in texts for row in wrap(text, size, room, 99)]
    return "".join(words(row, x, y + i * size * 1.35, size, **attributes) for i, row in enumerate(rows))


def height_of(texts: Iterable[str], size: float, room: float) -> float:
    """The height that :func:`columns` takes."""
    return sum(len(wrap(text, size, room, 99)) for text in texts) * size * 1.35


@cache
def _width(letter: str) -> float:
    for width, letters in style.WIDTHS.items():
        if letter in letters:
            return width
    return 0.57 if letter < "\u0250" else 1.0


def _plain(value: str | float) -> str:
    """A number with at most two decimals and no more digits than it needs; a text as it is."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
