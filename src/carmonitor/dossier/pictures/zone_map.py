"""Maps of the CAR by sub-prefecture: zones with their cases, mine sites, violent events.

Boundaries of the division before December 2020, drawn offline. What lies outside the frame, has no position, or bears a
name that is on no map is counted below the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.boundaries import Frame, box_of, known_name, middle, outlines
from carmonitor.dossier.pictures.map_legend import below, scale_bar
from carmonitor.dossier.pictures.map_marks import STANDINGS, EventMark, SiteMark, ZoneMark, placed
from carmonitor.dossier.pictures.map_panel import Panel
from carmonitor.dossier.pictures.words import count, listed, say
from carmonitor.dossier.sheets.model import Picture

__all__ = ["EventMark", "SiteMark", "ZoneMark", "draw_map", "draw_zone"]

_HATCHES: dict[str, str] = {standing: svg.name_of("hatch", standing) for standing in STANDINGS}


def draw_map(
    zones: Sequence[ZoneMark],
    lang: str,
    *,
    sites: Sequence[SiteMark] = (),
    events: Sequence[EventMark] = (),
    unplaced: int = 0,
    source: str = "",
    title: str = "",
) -> Picture:
    """The zones that matter (with a standing, cases, or concerned) on a map, ``style.MAP_WIDTH`` units wide.

    The frame holds all of them. Where they are far apart, or none is given, it is the whole country, and the compliant
    zones are shown larger below. ``unplaced``: cases without a zone, stated below; ``source``: of sites and events,
    printed after that of the boundaries. Raises ValueError for a zone named twice.
    """
    marks = _known(zones)
    country = _box(outlines())
    important = [name for name, mark in marks.items() if mark.matters]
    frame = _frame(important or outlines(), 0.06)
    frames = [frame]
    if frame.east - frame.west > (country[2] - country[0]) * 0.5:
        frames = [_frame(outlines(), 0.02)]
        frames += _cluster(marks, (country[2] - country[0]) * 0.5)
    panels = [
        Panel(frame, marks, sites, events, _HATCHES, lang, enlarged=frames[1] if frame is not frames[-1] else None)
        for frame in frames
    ]
    notes = _lost(zones, lang) + ([count("map_unplaced", unplaced, lang)] if unplaced else [])
    for what, given, seen in (("sites", sites, panels[0].sites), ("events", events, panels[0].events)):
        if outside := sum(map(placed, given)) - len(seen):
            notes.append(count(f"map_outside_{what}", outside, lang))
    return _picture(panels, [*notes, *_bare(sites, events, lang)], title or say("map_title", lang), source)


def draw_zone(
    zone: ZoneMark,
    lang: str,
    *,
    others: Sequence[ZoneMark] = (),
    sites: Sequence[SiteMark] = (),
    events: Sequence[EventMark] = (),
    source: str = "",
    title: str = "",
) -> Picture:
    """One sub-prefecture with its sites by name, and what of its surroundings the frame holds.

    ``others``: the standing of other zones. A name that is on no map gives a map of the country that says so.
    """
    title = title or say("map_title_zone", lang, name=zone.name)
    name = known_name(zone.name)
    if name is None:
        return draw_map([zone], lang, sites=sites, events=events, source=source, title=title)
    marks = _known([zone, *(other for other in others if known_name(other.name) != name)])
    panel = Panel(_frame([name], 0.1), marks, sites, events, _HATCHES, lang, close=name)
    return _picture([panel], _bare(sites, events, lang), title, source)


def _picture(panels: Sequence[Panel], notes: Sequence[str], title: str, source: str) -> Picture:
    """Panels below each other, each with its scale, then the legend and the notes."""
    lang, y = panels[0].lang, 0.0
    parts = []
    for panel in panels:
        move = f"translate(0,{y:.1f})"
        bar = scale_bar(panel.frame, 8, panel.frame.height + 20, lang)
        parts.append(svg.tag("g", panel.drawn(), bar, transform=move))
        y += panel.frame.height + 32
    unnamed = sum(panel.unnamed_sites for panel in panels)
    notes = [*notes, *([count("map_names_left_out", unnamed, lang)] if unnamed else [])]
    rest, bottom = below(panels[0].frame, y, _occurring(panels), _HATCHES, notes, source, lang)
    told = svg.clean(_told(panels[0], notes, lang))
    return Picture(
        svg.clean(title), svg.document(style.MAP_WIDTH, bottom, title, told, _defs(panels), *parts, rest), told
    )


def _known(zones: Iterable[ZoneMark]) -> dict[str, ZoneMark]:
    """Zones by the name on the map; others are left to :func:`_lost`."""
    found: dict[str, ZoneMark] = {}
    for zone in zones:
        name = known_name(zone.name)
        if name in found:
            raise ValueError(f"map: found the zone {name!r} twice, expected each once")
        if name is not None:
            found[name] = zone
    return found


def _lost(zones: Iterable[ZoneMark], lang: str) -> list[str]:
    names = [
        f"{zone.name} ({count('map_cases', zone.cases, lang)})" if zone.cases else zone.name
        for zone in zones
        if known_name(zone.name) is None
    ]
    return [say("map_lost", lang, names=", ".join(names))] if names else []


def _bare(sites: Sequence[SiteMark], events: Sequence[EventMark], lang: str) -> list[str]:
    numbers = {"sites": sum(not placed(site) for site in sites), "events": sum(not placed(event) for event in events)}
    return [count(f"map_bare_{what}", number, lang) for what, number in numbers.items() if number]


def _box(names: Iterable[str]) -> tuple[float, float, float, float]:
    return box_of(ring for name in names for ring in outlines()[name])


def _frame(names: Iterable[str], margin: float) -> Frame:
    return Frame.around(_box(names), style.MAP_WIDTH, margin, 0.5)


def _cluster(zones: Mapping[str, ZoneMark], widest: float) -> list[Frame]:
    """The frame of the compliant zones and of others that matter among them; none where it is wider than so."""
    chosen = [name for name, zone in zones.items() if zone.standing == "compliant"]
    if not chosen:
        return []
    first = _frame(chosen, 0.06)
    frame = _frame([*chosen, *(n for n, zone in zones.items() if zone.matters and first.holds(*middle(n)))], 0.06)
    return [frame] if frame.east - frame.west < widest else []


def _seen(panel: Panel) -> Mapping[str, ZoneMark]:
    """The zones of which a panel shows at least a part."""
    return {name: zone for name, zone in panel.zones.items() if name in panel.paths}


def _occurring(panels: Sequence[Panel]) -> list[str]:
    """What the legend must explain, as ``map_…`` of the texts."""
    zones = [zone for panel in panels for zone in _seen(panel).values()]
    sites = [site for panel in panels for site in panel.sites]
    events = [event for panel in panels for event in panel.events]
    shown: dict[str, bool] = {standing: any(zone.standing == standing for zone in zones) for standing in STANDINGS}
    shown |= {
        "concerned": any(panel.strong(name) and not panel.close for panel in panels for name in panel.paths),
        "ring": any(zone.cases for zone in zones),
        "site": any(not site.gold_only for site in sites),
        "gold": any(site.gold_only for site in sites),
        "site_concerned": any(site.concerned for site in sites),
        "event": any(event.precise for event in events),
        "event_about": any(not event.precise for event in events),
    }
    return [name for name, seen in shown.items() if seen]


def _defs(panels: Sequence[Panel]) -> str:
    made = {
        "compliant": svg.hatch(_HATCHES["compliant"], style.BLUE),
        "suspended": svg.cross_hatch(_HATCHES["suspended"], style.VERMILION),
        "proposed": svg.dots(_HATCHES["proposed"], style.GREY),
    }
    used = {zone.standing for panel in panels for zone in _seen(panel).values()}
    return svg.tag("defs", *(pattern for standing, pattern in made.items() if standing in used))


def _told(panel: Panel, notes: Sequence[str], lang: str) -> str:
    """The map in words."""
    zones = _seen(panel)
    parts = []
    for standing in STANDINGS:
        if names := sorted(name for name, zone in zones.items() if zone.standing == standing):
            parts.append(f"{say(f'map_told_{standing}', lang)} {listed(names, lang)}.")
    inside = {name: zone for name, zone in zones.items() if panel.frame.holds(*middle(name))}
    cases = sorted(((-zone.cases, name) for name, zone in inside.items() if zone.cases))
    if cases:
        parts.append(say("map_told_cases", lang, names=", ".join(f"{name} {-number}" for number, name in cases)))
    if concerned := sorted(name for name in panel.paths if panel.strong(name) and not panel.close):
        parts.append(say("map_told_concerned", lang, names=listed(concerned, lang)))
    parts.append(count("map_told_sites", len(panel.sites), lang))
    parts.append(count("map_told_events", len(panel.events), lang))
    return " ".join([*parts, *notes])
