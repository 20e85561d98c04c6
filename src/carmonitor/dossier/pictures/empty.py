"""The picture that says there is nothing to show, and why."""

from __future__ import annotations

from collections.abc import Sequence

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.words import say
from carmonitor.dossier.sheets.model import Picture


def nothing(title: str, why: Sequence[str], lang: str) -> Picture:
    """A framed sentence in place of a drawing. ``why``: sentences in the reader's language."""
    sentences = [say("nothing", lang), *why]
    room = style.CHART_WIDTH - 48
    height = 48 + svg.height_of(sentences, 13, room)
    frame = svg.rect(
        6, 6, style.CHART_WIDTH - 12, height - 12, fill="none", stroke=style.GREY, stroke_dasharray=style.DOTTED,
        stroke_width=style.STRONG, stroke_linecap="round",
    )  # fmt: skip
    text = svg.columns(sentences, 13, room, 24, 38)
    told = svg.clean(" ".join(sentences))
    return Picture(svg.clean(title), svg.document(style.CHART_WIDTH, height, title, told, frame, text), told)
