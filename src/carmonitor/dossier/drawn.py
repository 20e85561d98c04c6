"""The pictures of sheets: the numbers of :mod:`carmonitor.dossier.sheets.figures`, drawn by the pictures beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, partial
from importlib.resources import files
from multiprocessing import get_context
from typing import Any

from carmonitor.dossier import mapping
from carmonitor.dossier.mapping import zone_marks
from carmonitor.dossier.pictures import charts
from carmonitor.dossier.pictures.boundaries import known_name
from carmonitor.dossier.pictures.chain import draw_chain
from carmonitor.dossier.pictures.charts import Drawable
from carmonitor.dossier.pictures.volumes import Flow
from carmonitor.dossier.pictures.zone_map import EventMark, SiteMark, draw_map, draw_zone
from carmonitor.dossier.sheets.figures import Balance, CaseFigure, PricePeers, SizeProfile, Timeline, Volumes
from carmonitor.dossier.sheets.gather import Gathered
from carmonitor.dossier.sheets.model import ActorSheet, CaseSheet, Picture, ZoneSheet
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.volumes import Month
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.records.yamltext import parse_yaml

MONTHS = 36
"""Months of one chart of volumes, the latest; the table beside it has them all."""
MANY = 24
"""Cases from which on a process beside this one renders their charts."""
ARRIVALS = 3
"""Confirmations of one certificate that are drawn."""


Render = Callable[[Sequence[Drawable], str], Callable[[], list[Picture]]]
"""Takes charts in a language; gives what waits for their pictures."""


def here(data: Sequence[Drawable], lang: str) -> Callable[[], list[Picture]]:
    """Renders in this process, when the pictures are asked for."""
    return partial(charts.draw_all, data, lang)


@contextmanager
def rendering(cases: int) -> Iterator[Render]:
    """Renders in a process beside this one where there are many cases; what was asked for goes on after the block."""
    if cases < MANY:
        yield here
        return
    beside = ProcessPoolExecutor(1, get_context("spawn"))
    beside.submit(charts.warm)
    try:
        yield lambda data, lang: beside.submit(charts.draw_all, data, lang).result
    finally:
        beside.shutdown(wait=False)


@dataclass(frozen=True)
class Drawn:
    """Draws what gathering asks for (``sheets.gather.Draw``). ``standing``: whose zones and sites are mapped."""

    standing: Standing
    render: Render = here

    def sheets(self, made: Sequence[Gathered], lang: str) -> Callable[[], list[tuple[Picture, ...]]]:
        """Of a case the chain and charts of its numbers; of an actor its volumes; of a zone its map and volumes."""
        wanted = [self._wanted(numbers, lang) for _, numbers in made]
        rendered = self.render([each for some in wanted for each in some], lang)
        by_hand = [self._by_hand(sheet, lang) for sheet, _ in made]

        def together() -> list[tuple[Picture, ...]]:
            left = iter(rendered())
            return [(*own, *(next(left) for _ in some)) for own, some in zip(by_hand, wanted, strict=True)]

        return together

    def map(self, sheets: Sequence[CaseSheet], lang: str) -> Picture:
        """The zones with how many of these cases touch each."""
        cases = Counter(zone for sheet in sheets for zone in sheet.zones)
        sites, events = self._points
        nowhere = sum(not sheet.zones for sheet in sheets)
        return draw_map(
            zone_marks(self.standing, cases), lang, sites=sites, events=events, unplaced=nowhere,
            source=map_source(lang),
        )  # fmt: skip

    def charts(self, figures: Sequence[CaseFigure], lang: str) -> tuple[Picture, ...]:
        """Charts of a case's numbers, without its chain."""
        return tuple(charts.draw_all(self._wanted(figures, lang), lang))

    def volumes(self, volumes: Volumes, lang: str) -> tuple[Picture, ...]:
        """Volumes by month, where there are any."""
        return tuple(charts.draw_all(_volumes(volumes, lang), lang))

    @cached_property
    def project_default(self) -> bool:
        """Whether the limits of M-04 were chosen by this project."""
        limits = self.standing.catalogue.spec("M-04").parameters
        return any(p.basis == "project-default" for p in limits)

    @cached_property
    def _points(self) -> tuple[list[SiteMark], list[EventMark]]:
        return mapping.points(self.standing)

    def _by_hand(self, sheet: CaseSheet | ActorSheet | ZoneSheet, lang: str) -> list[Picture]:
        if isinstance(sheet, CaseSheet) and sheet.chain is not None:
            return [draw_chain(sheet.chain, lang)]
        if isinstance(sheet, ZoneSheet) and known_name(sheet.zone) is not None:
            marks = {mark.name: mark for mark in zone_marks(self.standing, {sheet.zone: len(sheet.cases)})}
            sites, events = self._points
            own = marks.pop(sheet.zone)
            source = map_source(lang)
            return [draw_zone(own, lang, others=list(marks.values()), sites=sites, events=events, source=source)]
        return []

    def _wanted(self, numbers: Sequence[CaseFigure] | Volumes, lang: str) -> list[Drawable]:
        if isinstance(numbers, Volumes):
            return _volumes(numbers, lang)
        return [each for figure in numbers for each in self._drawable(figure, lang)]

    def _drawable(self, figure: CaseFigure, lang: str) -> list[Drawable]:
        match figure:
            case PricePeers():
                return [_prices(figure, lang)]
            case SizeProfile():
                return [_sizes(figure, lang)]
            case Balance():
                return [_balance(figure, lang)]
            case Timeline():
                return [*_timelines(figure, lang, default=self.project_default)]


def map_source(lang: str) -> str:
    """Where the sites and events of a map come from."""
    return _said("map_source", lang, months=mapping.MONTHS)


def _said(name: str, lang: str, **values: Any) -> str:
    return typeset(str(_texts()[name][lang]).format(**values), lang)


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier") / "drawn.yaml").read_text(encoding="utf-8"))
    return loaded


def _prices(p: PricePeers, lang: str) -> Drawable:
    n = shown(p.peers_count, "count", lang)
    peers = _said("peers", lang, n=n, size=p.size_class, zone=p.zone, quarter=p.quarter)
    return charts.PricePerCarat(p.slip, p.price, p.peers, "XAF", peers, upper=p.fence)


def _sizes(s: SizeProfile, lang: str) -> Drawable:
    reference = _said("others", lang, n=shown(s.certificates, "count", lang), quarter=s.quarter)
    return charts.SizeProfile(s.certificate, reference, tuple(zip(s.classes, s.here, s.others, strict=True)))


def _balance(b: Balance, lang: str) -> Drawable:
    days = (shown(day.isoformat(), "date", lang) for day in (b.opened_on, b.closed_on))
    span = _said("span", lang, **dict(zip(("first", "last"), days, strict=True)))
    return charts.Balance(b.actor, span, b.opening, b.bought, b.sold, Decimal(0), b.closing)


def _timelines(t: Timeline, lang: str, *, default: bool) -> Iterable[Drawable]:
    """One for each confirmation; one that waits where there is none."""
    suffix = "" if default else "_set"
    limits = (("warning", t.warning_days), ("error", t.error_days))
    start = "exported" if t.exported_on is not None else "issued"
    drawn = tuple(charts.Limit(start, days, _said(f"{name}{suffix}", lang)) for name, days in limits)  # type: ignore[arg-type]
    arrivals = [(a.country, a.received_on, a.confirmed_on) for a in t.arrivals[:ARRIVALS]] or [("", None, None)]
    for country, received, confirmed in arrivals:
        several = len(arrivals) > 1
        name = _said("certificate_in", lang, certificate=t.certificate, country=country) if several else t.certificate
        yield charts.Timeline(name, t.issued_on, t.exported_on, received, confirmed, t.as_of, drawn)


def _volumes(v: Volumes, lang: str) -> list[Drawable]:
    """Months without a paper in force are nil of papers; those whose papers state no weight are not supplied."""
    by_flow: dict[str, dict[str, Month]] = {
        side: {m.month: m for m in months if m.month} for side, months in v.sides if any(m.month for m in months)
    }
    named = sorted({month for months in by_flow.values() for month in months})
    if not named:
        return []
    span = _months(named[0], named[-1])[-MONTHS:]
    series: dict[Flow, tuple[Decimal | None, ...]] = {
        side: tuple(_carats(months.get(month)) for month in span)  # type: ignore[misc]
        for side, months in by_flow.items()
    }
    return [charts.Volumes(_said("actor", lang, id=v.about), span, series)]


def _carats(month: Month | None) -> Decimal | None:
    if month is None:
        return Decimal(0)
    return None if month.carats_blank == month.rows else Decimal(month.carats).scaleb(-2)


def _months(first: str, last: str) -> tuple[str, ...]:
    year, month = int(first[:4]), int(first[5:7])
    found: list[str] = []
    while (name := f"{year:04d}-{month:02d}") <= last and len(found) < 1200:
        found.append(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return tuple(found)
