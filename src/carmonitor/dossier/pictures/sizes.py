"""The size profile of one subject against a reference."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.chart_render import Plan, fill, of
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import Number, amount, figure, say
from carmonitor.dossier.sheets.model import Picture


@dataclass(frozen=True)
class SizeProfile:
    """``classes``: (size class such as ``0.50-0.99``, carats of the subject, carats of the reference), smallest first.

    ``subject`` and ``reference``: whose stones, in the reader's words.
    """

    subject: str
    reference: str
    classes: tuple[tuple[str, Number, Number], ...]


def plan_sizes(data: SizeProfile, lang: str) -> Plan | Picture:
    """Shares of weight by size class: the subject as bars, the reference as lozenges on a dashed line.

    Where one of the two has no weight the picture says so.
    """
    title = say("sizes_title", lang, subject=data.subject, reference=data.reference)
    own, other = (sum(float(row[place]) for row in data.classes) for place in (1, 2))
    if own <= 0 or other <= 0:
        return nothing(title, [say("sizes_none", lang, whose=data.subject if own <= 0 else data.reference)], lang)
    names = [name.replace(".", ",") if lang == "fr" else name for name, _, _ in data.classes]
    here, there = (
        f"{svg.clip(svg.clean(whose), 12, 130)} ({amount(total, 'ct', lang)})"
        for whose, total in ((data.subject, own), (data.reference, other))
    )
    shares = [
        (name, 100 * float(mine) / own, 100 * float(theirs) / other)
        for name, (_, mine, theirs) in zip(names, data.classes, strict=True)
    ]
    x = alt.X("c:O", sort=names, axis=alt.Axis(title=say("sizes_axis_x", lang), labelAngle=0))
    y = alt.Y("v:Q", axis=alt.Axis(title=say("sizes_axis_y", lang), format=".1~f", tickCount=5))
    legend = alt.Legend(title=None, columns=1, symbolType="square", symbolStrokeColor=style.INK)
    bars = (
        of([{"c": name, "v": mine, "s": here} for name, mine, _ in shares])
        .mark_bar(stroke=style.INK, strokeWidth=0.8, size=34)
        .encode(x, y, alt.Fill("s:N", scale=alt.Scale(domain=[here], range=[fill("lines")]), legend=legend))
    )
    reference = of([{"c": name, "v": theirs, "s": there} for name, _, theirs in shares])
    marks = alt.Scale(domain=[there], range=["diamond"])
    line = reference.mark_line(stroke=style.INK, strokeWidth=1.6, strokeDash=[6, 4]).encode(x, y)
    points = reference.mark_point(filled=True, size=110, color=style.VERMILION, stroke=style.INK, opacity=1).encode(
        x,
        y,
        alt.Shape("s:N", scale=marks, legend=alt.Legend(title=None, columns=1, symbolFillColor=style.VERMILION)),
    )
    told = " ".join(
        [
            say("sizes_told", lang, subject=here, reference=there),
            *(
                say("sizes_told_class", lang, name=name, own=figure(mine, lang, 1), other=figure(theirs, lang, 1))
                for name, mine, theirs in shares
            ),
        ]
    )
    return Plan(title, told, [bars, line, points], 190, top=44, fills=("lines",))
