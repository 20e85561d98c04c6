"""What stands below a map: scale bar, legend, where the frame lies in the country, notes, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.boundaries import Frame, box_of, outlines
from carmonitor.dossier.pictures.map_marks import event_sign, ring_sign, site_sign
from carmonitor.dossier.pictures.words import figure, say

_SIZE, _SMALL = 13.0, 11.0
_LOCATOR = 170.0
_STEPS_KM = (5, 10, 20, 50, 100, 200)


def below(
    frame: Frame,
    y: float,
    items: Sequence[str],
    hatches: Mapping[str, str],
    notes: Sequence[str],
    source: str,
    lang: str,
) -> tuple[str, float]:
    """The markup from a height on, and the height at which the drawing ends.

    ``items``: what occurs, as ``map_…`` of the texts. ``frame``: of the first panel, for where it lies in the country.
    """
    country = box_of(ring for rings in outlines().values() for ring in rings)
    zoomed = frame.east - frame.west < (country[2] - country[0]) * 0.9
    room = frame.width - 16 - (_LOCATOR + 16 if zoomed else 0)
    parts, top = [], y
    y += 14
    x = 8.0
    for item in items:
        text = say(f"map_{item}", lang)
        width = 34 + svg.measure(text, _SIZE) + 20
        if x > 8 and x + width > 8 + room:
            x, y = 8.0, y + 21
        parts.append(
            svg.tag("g", _sample(item, hatches), svg.words(text, 32, 0, _SIZE), transform=f"translate({x:.1f},{y:.1f})")
        )
        x += width
    y += 20 if items else 0
    parts.append(svg.columns(notes, _SIZE, room, 8, y))
    y += svg.height_of(notes, _SIZE, room)
    if zoomed:
        locator, high = _locator(frame, country)
        parts.append(svg.tag("g", locator, transform=f"translate({frame.width - _LOCATOR - 8:.1f},{top - 24:.1f})"))
        y = max(y, top + high - 8)
    sources = [" ".join(filter(None, [say("map_source", lang), source]))]
    parts.append(svg.columns(sources, _SMALL, frame.width - 16, 8, y + 2, fill=style.GREY))
    return "".join(parts), y + svg.height_of(sources, _SMALL, frame.width - 16)


def scale_bar(frame: Frame, x: float, y: float, lang: str) -> str:
    """A bar of a round number of kilometres, at most a fifth of the width where that is possible."""
    length = max((km for km in _STEPS_KM if km * frame.kilometre <= frame.width / 5), default=_STEPS_KM[0])
    end = x + length * frame.kilometre
    path = f"M{x:.1f},{y - 5:.1f}V{y:.1f}H{end:.1f}V{y - 5:.1f}"
    bar = svg.tag("path", d=path, fill="none", stroke=style.INK, stroke_width=style.STRONG)
    return bar + svg.words(f"{figure(length, lang)}\u00a0km", end + 8, y, _SIZE)


def _sample(item: str, hatches: Mapping[str, str]) -> str:
    if item in hatches:
        return svg.rect(0, -12, 24, 14, fill=f"url(#{hatches[item]})", stroke=style.MIDDLE)
    if item == "concerned":
        return svg.rect(1, -11, 22, 12, fill=style.PAPER, stroke=style.INK, stroke_width=style.HEAVY)
    if item == "ring":
        return ring_sign(12, -5, 9, "n")
    if item in ("event", "event_about"):
        return event_sign(12, -4, precise=item == "event")
    return site_sign(12, -4, gold=item == "gold", concerned=item == "site_concerned")


def _locator(frame: Frame, country: tuple[float, float, float, float]) -> tuple[str, float]:
    """The country, small, with the frame on it."""
    small = Frame.around(country, _LOCATOR, 0.02, 0.5)
    land = svg.tag(
        "path", d="".join(small.path(rings, 0) for rings in outlines().values()), fill=style.LIGHT, stroke=style.LIGHT
    )
    left, top = small.place(frame.west, frame.north)
    right, bottom = small.place(frame.east, frame.south)
    here = svg.rect(left, top, right - left, bottom - top, fill="none", stroke=style.INK, stroke_width=style.STRONG)
    return land + here, max(small.height, bottom)
