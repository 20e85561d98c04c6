"""The price per carat of one subject against its peers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import numpy as np

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.chart_render import Plan, of
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import DIGITS, Number, amount, count, figure, say
from carmonitor.dossier.sheets.model import Picture

LEAST_FOR_BOX = 5
_LOG_FROM = 8


@dataclass(frozen=True)
class PricePerCarat:
    """``subject``: its number or name; ``price`` and ``peers``: XAF/ct or USD/ct as ``unit`` says, None: not stated.

    ``compared_with``: the peers in the reader's words ("slips of other buyers for stones of 0.50-0.99 ct from Carnot in
    2021-Q1"). ``lower`` and ``upper``: fences, None for none. ``quartiles``: first, median, third as whoever found the
    outlier has them; None: worked out here from the peers (linear interpolation).
    """

    subject: str
    price: Number | None
    peers: tuple[Number, ...]
    unit: str
    compared_with: str
    lower: Number | None = None
    upper: Number | None = None
    quartiles: tuple[Number, Number, Number] | None = None


def plan_price(data: PricePerCarat, lang: str) -> Plan | Picture:
    """Peers as ticks and, from five on, as a box; the subject as a lozenge above them; fences as dashed lines.

    The scale is logarithmic (and says so) where the largest price is eight times the smallest or more. Without peers or
    without a price the picture says so.
    """
    title = say("price_title", lang, subject=data.subject, peers=data.compared_with)
    if data.price is None or not data.peers:
        return nothing(title, [say("price_no_price" if data.price is None else "no_peers", lang)], lang)
    price, peers = float(data.price), sorted(float(peer) for peer in data.peers)
    fences = {name: float(at) for name, at in (("lower", data.lower), ("upper", data.upper)) if at is not None}
    extent = _Extent.of([price, *peers, *fences.values()])
    unit, digits = say(f"unit_{data.unit}", lang), DIGITS.get(f"{data.unit}_per_ct", 0)
    head = say("price_axis_log" if extent.logarithmic else "price_axis", lang, unit=unit)
    axis = alt.Axis(title=head, format=",.2~f", **extent.ticks())
    row = count("peers", len(peers), lang)
    here = svg.clip(svg.clean(data.subject), 12, 140)
    x = alt.X("x:Q", scale=extent.scale(), axis=axis)
    y = alt.Y(
        "y:N",
        sort=[here, row],
        axis=alt.Axis(title=None, domain=False, ticks=False),
        scale=alt.Scale(domain=[here, row]),
    )
    layers = [
        of({"x": at, "y": row} for at in peers)
        .mark_tick(color=style.INK, thickness=1, size=26, opacity=0.65)
        .encode(x, y),
        *(_box(data, peers, row, x, y) if len(peers) >= LEAST_FOR_BOX else []),
        *_fences(fences, extent, x, digits, lang),
        of([{"x": price, "y": here}])
        .mark_point(shape="diamond", size=190, filled=True, color=style.VERMILION, stroke=style.INK, opacity=1)
        .encode(x, y),
        of([{"x": price, "y": here, "t": figure(data.price, lang, digits)}])
        .mark_text(dy=-16, fontWeight="bold")
        .encode(x, y, alt.Text("t:N")),
    ]
    return Plan(title, _told(data, fences, lang), layers, 130, left=150)


def _box(data: PricePerCarat, peers: list[float], row: str, x: alt.X, y: alt.Y) -> list[Any]:
    first, median, third = (float(q) for q in data.quartiles or np.quantile(peers, [0.25, 0.5, 0.75]).tolist())
    box = of([{"x": first, "x2": third, "y": row}])
    shown = box.mark_bar(height=34, fillOpacity=0, stroke=style.BLUE, strokeWidth=2.4).encode(x, y, alt.X2("x2:Q"))
    middle = of([{"x": median, "y": row}]).mark_tick(color=style.BLUE, thickness=4, size=34).encode(x, y)
    return [shown, middle]


def _fences(fences: Mapping[str, float], extent: _Extent, x: alt.X, digits: int, lang: str) -> list[alt.Chart]:
    """Dashed lines; the words of the lower one at the top, of the upper one between the rows, on the roomier side."""
    layers = []
    for name, height in (("lower", 7), ("upper", 66)):
        if name in fences:
            row = [{"x": fences[name], "t": f"{say(f'fence_{name}', lang)} {figure(fences[name], lang, digits)}"}]
            left = extent.part(fences[name]) < 0.5
            side: Literal["left", "right"] = "left" if left else "right"
            layers.append(of(row).mark_rule(strokeDash=[7, 4], strokeWidth=1.6, color=style.INK).encode(x))
            text = of(row).mark_text(align=side, dx=5 if left else -5, y=height, fontSize=11)
            layers.append(text.encode(x, alt.Text("t:N")))
    return layers


@dataclass(frozen=True)
class _Extent:
    """From where to where prices are drawn, and whether on a logarithmic scale."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, values: Sequence[float]) -> _Extent:
        low, high = min(values), max(values)
        if low > 0 and high >= _LOG_FROM * low:
            edge = (high / low) ** 0.07
            return cls(low / edge, high * edge, True)
        edge = 0.08 * (high - low) or max(abs(high) * 0.1, 1.0)
        return cls(low - edge, high + edge, False)

    def part(self, value: float) -> float:
        """How far along a value stands, 0 to 1."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def scale(self) -> alt.Scale:
        """As Altair takes it."""
        return alt.Scale(
            type="log" if self.logarithmic else "linear", domain=[self.low, self.high], zero=False, nice=False
        )

    def ticks(self) -> dict[str, Any]:
        """On a logarithmic scale 1, 2 and 5 times the powers of ten, or the powers alone where those are many."""
        if not self.logarithmic:
            return {"tickCount": 5}
        powers = [10.0**n for n in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)]
        steps = (1, 2, 5) if len(powers) <= 4 else (1,)
        return {"values": [s * p for p in powers for s in steps if self.low <= s * p <= self.high]}


def _told(data: PricePerCarat, fences: Mapping[str, float], lang: str) -> str:
    unit = f"{data.unit}_per_ct"
    parts = [
        say("price_told", lang, subject=data.subject, price=amount(data.price or 0, unit, lang)),
        count(
            "peers_told",
            len(data.peers),
            lang,
            least=amount(min(data.peers), unit, lang),
            most=amount(max(data.peers), unit, lang),
        ),
    ]
    if len(data.peers) >= LEAST_FOR_BOX:
        median = data.quartiles[1] if data.quartiles else float(np.median([float(peer) for peer in data.peers]))
        parts.append(say("median_told", lang, median=amount(median, unit, lang)))
    parts += [say(f"fence_{name}_told", lang, at=amount(at, unit, lang)) for name, at in fences.items()]
    return " ".join(parts)
