"""One stretch of country as it is drawn: areas, marks, rings and names, none of a name on another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from carmonitor.dossier.pictures import placing, style, svg
from carmonitor.dossier.pictures.boundaries import Frame, middle, neighbours, outlines, within
from carmonitor.dossier.pictures.map_marks import (
    EventMark,
    SiteMark,
    ZoneMark,
    event_sign,
    placed,
    ring_sign,
    site_sign,
)
from carmonitor.dossier.pictures.words import count, day, say

_NAME, _SMALL_NAME, _SITE_NAME, _YEAR = 13.0, 11.5, 11.5, 10.0


class Panel:
    """A frame and what is seen in it. ``hatches``: standing → id of its pattern.

    ``close``: the one sub-prefecture a panel is about, whose sites then bear names; ``enlarged``: a stretch that
    another panel shows larger: a box is drawn around it, and rings and names in it are left to that panel.
    """

    def __init__(
        self,
        frame: Frame,
        zones: Mapping[str, ZoneMark],
        sites: Sequence[SiteMark],
        events: Sequence[EventMark],
        hatches: Mapping[str, str],
        lang: str,
        close: str | None = None,
        enlarged: Frame | None = None,
    ) -> None:
        self.frame, self.zones, self.lang, self.hatches = frame, zones, lang, hatches
        self.close, self.enlarged = close, enlarged
        self.sites = [site for site in sites if placed(site) and frame.holds(*_at(site))]
        self.events = [event for event in events if placed(event) and frame.holds(*_at(event))]
        self.paths = {name: path for name, rings in outlines().items() if (path := frame.path(rings))}
        self.small = 3.2 if frame.kilometre < 1 else 4.5
        self.unnamed_sites = 0
        self.sheet = placing.Sheet(frame.width, frame.height)
        self.sheet.hard.append((0, 0, 34, 52))  # the arrow to the north

    def drawn(self) -> str:
        """The panel as an element of its own, that hides what lies beyond its frame; its upper left corner is 0, 0."""
        frame = self.frame
        body = [*self._areas(), *self._small_marks()]
        if self.enlarged:
            body.append(self._box(self.enlarged))
        body += [*self._rings(), *self._names()]
        if self.close:
            body += [*self._site_names(self.close), *self._years()]
        land = svg.rect(0, 0, frame.width, frame.height, fill=style.PALE)
        inner = svg.tag("svg", land, *body, _north(), width=frame.width, height=frame.height)
        border = svg.rect(0.5, 0.5, frame.width - 1, frame.height - 1, fill="none", stroke=style.GREY)
        return inner + border

    def strong(self, name: str) -> bool:
        """Whether a sub-prefecture has the strong outline: the one the panel is about, else those concerned."""
        return name == self.close if self.close else name in self.zones and self.zones[name].concerned

    def _areas(self) -> Iterable[str]:
        for name in sorted(self.paths, key=self.strong):
            standing = self.zones[name].standing if name in self.zones else ""
            yield svg.tag(
                "path",
                svg.told(self._about(name)),
                d=self.paths[name],
                fill=f"url(#{self.hatches[standing]})" if standing else style.PAPER,
                stroke=style.INK if self.strong(name) else style.MIDDLE,
                stroke_width=style.HEAVY if self.strong(name) else 0.7,
                stroke_linejoin="round",
            )

    def _about(self, name: str) -> str:
        zone = self.zones.get(name, ZoneMark(name))
        standing = [say(f"map_{zone.standing}", self.lang)] if zone.standing else []
        return ", ".join([name, *standing, *([count("map_cases", zone.cases, self.lang)] if zone.cases else [])])

    def _small_marks(self) -> Iterable[str]:
        size = self.small
        for event in self.events:
            x, y = self._take(event)
            when = day(event.day, self.lang) if event.day else ""
            sign = event_sign(x, y, precise=event.precise, size=size - 0.5)
            yield svg.tag("g", svg.told(" ".join(filter(None, [when, event.what]))), sign)
        for site in self.sites:
            x, y = self._take(site)
            sign = site_sign(x, y, gold=site.gold_only, concerned=site.concerned, size=size)
            yield svg.tag("g", svg.told(", ".join([site.name, *site.minerals])), sign)

    def _take(self, mark: SiteMark | EventMark) -> tuple[float, float]:
        x, y = self.frame.place(*_at(mark))
        self.sheet.soft.append((x - self.small, y - self.small, x + self.small, y + self.small))
        return x, y

    def _named_here(self, name: str) -> bool:
        point = middle(name)
        return self.frame.holds(*point) and not (self.enlarged and self.enlarged.holds(*point))

    def _rings(self) -> Iterable[str]:
        for name, zone in sorted(self.zones.items(), key=lambda item: -item[1].cases):
            if zone.cases and self._named_here(name):
                x, y = self.frame.place(*middle(name))
                found = self.sheet.put(placing.about(x, y, 30), 2 * zone.radius, 2 * zone.radius)
                yield svg.tag(
                    "g", svg.told(self._about(name)), ring_sign(*(found or (x, y)), zone.radius, str(zone.cases))
                )

    def _names(self) -> Iterable[str]:
        """The zones that matter, bold, with a line where they stand aside; neighbours of a close one, given room."""
        chosen = [name for name, zone in self.zones.items() if zone.matters and self._named_here(name)]
        others = sorted(neighbours(self.close) - set(chosen)) if self.close else []
        for name in [*chosen, *(other for other in others if self._named_here(other))]:
            bold = name in chosen
            size = _NAME if bold else _SMALL_NAME
            x, y = self.frame.place(*middle(name))
            wide, gap = svg.measure(name, size, bold=bold) + 4, self.zones[name].radius if name in self.zones else 0
            beside = placing.around(x, y, wide, size, gap + 3) if bold and self.zones[name].cases else []
            places = [*beside, *placing.about(x, y, 24), *(placing.about(x, y, 140) if bold else [])]
            found = self.sheet.put(places, wide, size + 2)
            if found is None and not bold:
                continue
            u, v = found or (x, y)
            if abs(u - x) > wide / 2 + gap + 12 or abs(v - y) > gap + 26:
                yield svg.line(x, y, u, v, stroke=style.INK, stroke_width=style.THIN)
            yield svg.halo(
                name, u, v + size * 0.35, size, text_anchor="middle", font_weight="bold" if bold else None,
                fill=style.INK if bold else style.GREY,
            )  # fmt: skip

    def _site_names(self, zone: str) -> Iterable[str]:
        """Names beside their sites, those of the zone first; a name within reach already is not said twice."""
        said: dict[str, list[tuple[float, float]]] = {}
        inside = {site: any(within(_at(site), ring) for ring in outlines()[zone]) for site in self.sites}
        for site in sorted(self.sites, key=lambda site: (not site.concerned, not inside[site], site.name)):
            x, y = self.frame.place(*_at(site))
            if any(math.dist((x, y), other) < 40 for other in said.get(site.name, ())):
                continue
            text = svg.clip(svg.clean(site.name), _SITE_NAME, 150)
            wide = svg.measure(text, _SITE_NAME) + 2
            found = self.sheet.put(placing.around(x, y, wide, 12), wide, 12)
            if found is None:
                self.unnamed_sites += 1
                continue
            said.setdefault(site.name, []).append((x, y))
            fill = style.INK if inside[site] else style.GREY
            yield svg.halo(text, found[0], found[1] + 4, _SITE_NAME, text_anchor="middle", fill=fill)

    def _years(self) -> Iterable[str]:
        """The years of events beside their place, where there is room."""
        years: dict[tuple[float, float], set[int]] = {}
        for event in self.events:
            if event.day:
                x, y = self.frame.place(*_at(event))
                years.setdefault((round(x), round(y)), set()).add(event.day.year)
        for (x, y), found in years.items():
            text = ", ".join(map(str, sorted(found)))
            wide = svg.measure(text, _YEAR) + 2
            at = self.sheet.put(placing.around(x, y, wide, 9)[:4], wide, 10)
            if at:
                yield svg.halo(text, at[0], at[1] + 3.5, _YEAR, text_anchor="middle", fill=style.VERMILION)

    def _box(self, other: Frame) -> str:
        left, top = self.frame.place(other.west, other.north)
        right, bottom = self.frame.place(other.east, other.south)
        return svg.rect(left, top, right - left, bottom - top, fill="none", stroke=style.INK, stroke_width=style.STRONG)


def _at(mark: SiteMark | EventMark) -> tuple[float, float]:
    return mark.lon or 0.0, mark.lat or 0.0


def _north() -> str:
    arrow = svg.tag(
        "path", d="M18,8l7,20l-7,-5l-7,5Z", fill=style.INK, stroke=style.PAPER, stroke_width=2, paint_order="stroke"
    )
    return arrow + svg.halo("N", 18, 42, 13, text_anchor="middle", font_weight="bold")
