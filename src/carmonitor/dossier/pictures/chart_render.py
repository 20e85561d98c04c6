"""Altair charts to SVG, offline: Vega-Lite pinned, numbers in the reader's convention, measured with a bundled font."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.words import figure
from carmonitor.dossier.sheets.model import Picture

VEGA_LITE = "6.4"
"""The version that Altair 6.3 writes; vl-convert has several."""

_LOCALES = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": "\u2212"},
    "fr": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", ""], "minus": "\u2212"},
}
_TEXT = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": style.INK, "titleColor": style.INK}
_CONFIG: dict[str, Any] = {
    "aria": False,
    "font": "Liberation Sans",
    "background": style.PAPER,
    "padding": 6,
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "titleLimit": 0,
        "titleFontWeight": "normal",
        "labelLimit": 150,
        "gridColor": "#E3E3E3",
        "domainColor": style.GREY,
        "tickColor": style.GREY,
    },
    "axisX": {"labelLimit": 0},  # months and numbers are short; to measure them for a limit takes a fifth of the time
    "axisYQuantitative": {"labelLimit": 0},
    "legend": {
        **_TEXT,
        "orient": "top",
        "direction": "horizontal",
        "symbolSize": 190,
        "labelLimit": 440,
        "columns": 3,
        "offset": 8,
        "rowPadding": 4,
    },
    "text": {"fontSize": 12, "color": style.INK},
    "range": {"category": [style.BLUE, style.ORANGE, style.GREEN, style.SKY, style.VERMILION]},
}

_PLAIN = {"solid": style.BLUE, "pale": style.ORANGE}
_PATTERNS: Mapping[str, str] = {
    "lines": svg.hatch(svg.name_of("fill", "lines"), style.INK, apart=6, width=0.9),
    "dots": svg.dots(svg.name_of("fill", "dots"), style.INK),
    "cross": svg.cross_hatch(svg.name_of("fill", "cross"), style.VERMILION),
}


def fill(name: str) -> str:
    """The fill of a mark: ``solid`` (dark) and ``pale`` are plain; ``lines``, ``dots`` and ``cross`` are patterns."""
    return _PLAIN.get(name) or f"url(#{svg.name_of('fill', name)})"


def of(rows: Iterable[Mapping[str, Any]]) -> alt.Chart:
    """A chart of plain rows. Raises ValueError for a number that is none (NaN, infinite)."""
    values = [dict(row) for row in rows]
    if odd := [cell for row in values for cell in row.values() if isinstance(cell, float) and not math.isfinite(cell)]:
        raise ValueError(f"chart: found {odd[0]}, expected a finite number or None")
    return alt.Chart(alt.InlineData(values=values))


def room_for(most: float, lang: str) -> float:
    """How much room the numbers of an axis need that goes up to ``most``, with the title of the axis."""
    return max(62.0, svg.measure(figure(most, lang), 12) + 36)


@dataclass(frozen=True)
class Plan:
    """A chart before it is rendered. ``height``: of its plot; ``left`` and ``top``: room for the names of rows, and for
    the legend; ``fills``: fills it uses, see :func:`fill`."""

    title: str
    told: str
    layers: Sequence[alt.Chart]
    height: float
    left: float = 62
    top: float = 12
    bottom: float = 46
    fills: tuple[str, ...] = ()


_RIGHT = 14.0
_BATCH = 24
_OWN = ("fill", "shape", "xOffset", "yOffset", "color", "stroke")


def render(plans: Sequence[Plan | Picture], lang: str) -> list[Picture]:
    """Every plan as a picture, in this order; a picture stays one.

    Charts go to the renderer together, which takes less than half the time; each is the same as if it went alone.
    """
    found: list[Picture] = []
    waiting = [plan for plan in plans if isinstance(plan, Plan)]
    drawn = iter(
        [
            picture
            for start in range(0, len(waiting), _BATCH)
            for picture in _rendered(waiting[start : start + _BATCH], lang)
        ]
    )
    for plan in plans:
        found.append(next(drawn) if isinstance(plan, Plan) else plan)
    return found


def _rendered(plans: Sequence[Plan], lang: str) -> Iterator[Picture]:
    """Plans as one drawing of charts below each other, which is then cut."""
    independent = dict.fromkeys(_OWN, "independent")
    rows: dict[str, Any] = {}
    spec = {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.json",
        "vconcat": [_spec(plan, rows) for plan in plans],
        "datasets": rows,
        "bounds": "flush",
        "resolve": {
            "scale": independent,
            "legend": {key: independent[key] for key in ("fill", "shape", "color", "stroke")},
        },
    }
    drawn = vl_convert.vegalite_to_svg(
        spec, vl_version=VEGA_LITE, config=_CONFIG, format_locale=_LOCALES[lang], allowed_base_urls=[]
    )
    for number, plan in enumerate(plans):
        body = _moved(lighter(_group(drawn, f"concat_{number}_group")), plan.left, plan.top)
        defs = svg.tag("defs", *(_PATTERNS[name] for name in plan.fills if name in _PATTERNS))
        told, height = svg.clean(plan.told), plan.top + plan.height + plan.bottom
        drawing = svg.document(style.CHART_WIDTH, height, plan.title, told, defs, svg.tag("g", body, fill="none"))
        yield Picture(svg.clean(plan.title), drawing, told)


def _spec(plan: Plan, rows: dict[str, Any]) -> dict[str, Any]:
    """A plan as Vega-Lite, its rows put beside it under the hash of their content.

    Layers are put together here; Altair would copy each of them several times.
    """
    context = {"top_level": False, "datasets": rows}
    layers = [layer.to_dict(validate=False, context=context) for layer in plan.layers]
    return {"width": style.CHART_WIDTH - plan.left - _RIGHT, "height": plan.height, "layer": layers}


def _group(drawn: str, name: str) -> str:
    """The element of a chart within the drawing of all."""
    start = drawn.index(f'<g class="mark-group role-scope {name}"')
    depth = 0
    for found in re.finditer(r"<(/?)g\b[^>]*?(/?)>", drawn[start:]):
        depth += -1 if found[1] else not found[2]
        if depth == 0:
            return drawn[start : start + found.end()]
    raise ValueError(f"chart {name}: found no end of its element, expected one")


def _moved(group: str, left: float, top: float) -> str:
    return re.sub(r'transform="translate\([^)]*\)"', f'transform="translate({left:g},{top:g})"', group, count=1)


def lighter(body: str) -> str:
    """Vega's markup without what nobody sees: hidden paths, roles, names of classes, digits beyond the second."""
    body = re.sub(r'<path [^>]*(?:display="none"|d="M0,0h0v0h0Z")[^>]*/>', "", body)
    return re.sub(r"<[^>]+>", lambda found: _lighter_tag(found.group()), body)


def _lighter_tag(tag: str) -> str:
    tag = re.sub(r' (?:class|role|pointer-events|font-family|aria-[a-z]+)="[^"]*"', "", tag)
    tag = tag.replace(' opacity="1"', "")
    return re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found.group()):.2f}".rstrip("0").rstrip("."), tag)
