"""What is marked on a map: zones, mine sites, violent events; and the small signs for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

from carmonitor.dossier.pictures import style, svg

Standing = Literal["compliant", "suspended", "proposed", ""]
STANDINGS: tuple[Standing, ...] = ("compliant", "suspended", "proposed")


@dataclass(frozen=True)
class ZoneMark:
    """A sub-prefecture. ``standing``: as of the day of the map, "" for none; ``cases``: how many touch it."""

    name: str
    standing: Standing = ""
    cases: int = 0
    concerned: bool = False

    @property
    def matters(self) -> bool:
        """Whether its name belongs on a map."""
        return bool(self.standing or self.cases or self.concerned)

    @property
    def radius(self) -> float:
        """Of the ring with the number of its cases: larger for more, up to a limit, and never too small to hold it."""
        return max(min(8 + 2 * math.sqrt(self.cases), 20), svg.measure(str(self.cases), 12, bold=True) / 2 + 4)


@dataclass(frozen=True)
class SiteMark:
    """A mine site. Degrees; None or NaN: without position. ``minerals``: as ``diamond``, ``gold``; empty: not said."""

    name: str
    lon: float | None
    lat: float | None
    minerals: tuple[str, ...] = ()
    concerned: bool = False

    @property
    def gold_only(self) -> bool:
        """Whether gold is dug there and no diamond."""
        return "gold" in self.minerals and "diamond" not in self.minerals


@dataclass(frozen=True)
class EventMark:
    """A violent event. ``what``: in words; ``precise``: False where the point stands for a wider area."""

    lon: float | None
    lat: float | None
    day: date | None = None
    what: str = ""
    precise: bool = True


def placed(mark: SiteMark | EventMark) -> bool:
    """Whether a mark has a position."""
    return mark.lon is not None and mark.lat is not None and math.isfinite(mark.lon) and math.isfinite(mark.lat)


def site_sign(x: float, y: float, *, gold: bool = False, concerned: bool = False, size: float = 4.5) -> str:
    """A lozenge, a triangle where only gold is dug; filled and larger where concerned."""
    r = size + 2 if concerned else size
    sides = f"l{r},{2 * r}h{-2 * r}Z" if gold else f"l{r},{r}l{-r},{r}l{-r},{-r}Z"
    shape = f"M{x:.1f},{y - r:.1f}{sides}"
    return svg.tag(
        "path", d=shape, fill=style.INK if concerned else style.PAPER, stroke=style.INK, stroke_width=style.THIN
    )


def event_sign(x: float, y: float, *, precise: bool = True, size: float = 4.0) -> str:
    """A cross; thin and grey where the point stands for a wider area."""
    shape = f"M{x - size:.1f},{y - size:.1f}l{2 * size},{2 * size}m0,{-2 * size}l{-2 * size},{2 * size}"
    rim = svg.tag("path", d=shape, stroke=style.PAPER, stroke_width=size + 0.5)
    stroke, width = (style.VERMILION, style.STRONG) if precise else (style.MIDDLE, style.THIN)
    return rim + svg.tag("path", d=shape, stroke=stroke, stroke_width=width)


def ring_sign(x: float, y: float, radius: float, text: str) -> str:
    """A ring around a number of cases."""
    disc = svg.tag("circle", cx=x, cy=y, r=radius, fill=style.PAPER, stroke=style.INK, stroke_width=style.STRONG)
    return disc + svg.words(text, x, y + 4.3, 12, text_anchor="middle", font_weight="bold")
