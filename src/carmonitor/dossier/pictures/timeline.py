"""From the issue of a certificate to its confirmation abroad, in days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import altair as alt

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.chart_render import Plan, fill, of
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import count, day, say
from carmonitor.dossier.sheets.model import Picture

Step = Literal["issued", "exported", "received", "confirmed"]
_LEFT = 176.0
_STEPS: tuple[Step, ...] = ("issued", "exported", "received", "confirmed")


@dataclass(frozen=True)
class Limit:
    """``days`` from a step on; ``label``: what the limit is, in the reader's words, and whether a project default."""

    start: Step
    days: int
    label: str


@dataclass(frozen=True)
class Timeline:
    """Days of a certificate; None: not stated, not done by ``as_of``."""

    certificate: str
    issued: date | None
    exported: date | None
    received: date | None
    confirmed: date | None
    as_of: date
    limits: tuple[Limit, ...] = ()


def plan_timeline(data: Timeline, lang: str) -> Plan | Picture:
    """A row for each step and each limit, along days since the first step known.

    A step that is not stated is named, with a question mark; a confirmation that did not come, up to ``as_of``. A limit
    is drawn where the step it runs from is stated. Without any day the picture says so.
    """
    title = say("timeline_title", lang, certificate=data.certificate)
    known = {step: value for step in _STEPS if (value := getattr(data, step)) is not None}
    if not known:
        return nothing(title, [say("timeline_none", lang)], lang)
    start = min(known.values())
    days = {step: (value - start).days for step, value in known.items()}
    names = {step: say(f"step_{step}", lang) for step in _STEPS}
    limits: list[dict[str, str | int]] = []
    for limit in (limit for limit in data.limits if limit.start in days):
        name = svg.clip(svg.clean(limit.label), 12, _LEFT - 12)
        name += "\u00a0" * sum(str(other["n"]).rstrip("\u00a0") == name for other in limits)  # rows go by their names
        until = days[limit.start] + limit.days
        limits.append({"n": name, "x": days[limit.start], "x2": until, "t": count("days", limit.days, lang)})
    rows = [*names.values(), *(str(limit["n"]) for limit in limits)]
    until = (data.as_of - start).days
    ends = [*days.values(), *(int(limit["x2"]) for limit in limits), *([] if "confirmed" in days else [until])]
    wide = max(*ends, 5)
    axis = alt.Axis(
        title=say("timeline_axis", lang, day=day(start, lang)), format=",.0f", tickMinStep=1, tickCount=6, domain=False
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.03 * wide, 1.5 * wide], nice=False, zero=False), axis=axis)
    x2 = alt.X2("x2:Q")
    y = alt.Y(
        "n:N",
        sort=rows,
        scale=alt.Scale(domain=rows),
        axis=alt.Axis(title=None, ticks=False, grid=False, labelLimit=_LEFT),
    )
    text = alt.Text("t:N")
    points = [{"n": names[step], "x": at, "t": _when(step, known, lang)} for step, at in days.items()]
    places = list(days.values())
    spans = [
        {"n": names[step], "x": before, "x2": at}
        for (step, at), before in zip([*days.items()][1:], places, strict=False)
    ]
    unstated = [{"n": names[step], "x": 0, "t": f"? {say('not_stated', lang)}"} for step in _lacking(known)]
    at_ends = [{**limit, "x": limit["x2"]} for limit in limits]
    layers: list[alt.Chart] = [
        of(at_ends).mark_rule(strokeDash=[6, 4], color=style.MIDDLE).encode(x),
        of(spans).mark_rule(strokeWidth=4, color=style.BLUE).encode(x, y, x2),
        of(points).mark_point(filled=True, size=120, color=style.INK, opacity=1).encode(x, y),
        of(points).mark_text(align="left", dx=11).encode(x, y, text),
    ]
    if limits:
        layers += [
            of(limits).mark_bar(height=14, fill=fill("lines"), stroke=style.INK, strokeWidth=1).encode(x, y, x2),
            of(at_ends).mark_text(align="left", dx=6).encode(x, y, text),
        ]
    if unstated:
        layers.append(of(unstated).mark_text(align="left", fontStyle="italic").encode(x, y, text))
    if "confirmed" not in days:
        layers += _waiting(names["confirmed"], places[-1], until, 1.53 * wide, x, y, lang)
    fills = ("lines",) if limits else ()
    return Plan(title, _told(data, known, lang), layers, 32.0 * len(rows), left=_LEFT, fills=fills)


def _waiting(name: str, since: int, until: int, wide: float, x: alt.X, y: alt.Y, lang: str) -> list[alt.Chart]:
    """A dotted line to the day of the dossier, a cross there, and the days above it."""
    said = count("timeline_waiting", until - since, lang)
    half = svg.measure(said, 12, bold=True) / 2 / (style.CHART_WIDTH - _LEFT - 14) * wide
    middle = max((since + until) / 2, half)
    line = [{"n": name, "x": since, "x2": until}]
    red = style.VERMILION
    return [
        of(line).mark_rule(strokeWidth=3, strokeDash=[2, 6], strokeCap="round", color=red).encode(x, y, alt.X2("x2:Q")),
        of([{"n": name, "x": until}])
        .mark_point(shape="cross", angle=45, size=140, filled=True, color=red, opacity=1)
        .encode(x, y),
        of([{"n": name, "x": middle, "t": said}])
        .mark_text(dy=-11, fontWeight="bold", color=red)
        .encode(x, y, alt.Text("t:N")),
    ]


def _lacking(known: Mapping[Step, date]) -> list[Step]:
    """The steps before a confirmation that are not stated."""
    return [step for step in _STEPS if step not in known and step != "confirmed"]


def _when(step: Step, known: Mapping[Step, date], lang: str) -> str:
    """A day, and how many days after the step known before it."""
    before = [value for other, value in known.items() if _STEPS.index(other) < _STEPS.index(step)]
    if not before:
        return day(known[step], lang)
    passed = (known[step] - before[-1]).days
    return f"{day(known[step], lang)} ({'+' if passed >= 0 else ''}{count('days', passed, lang)})"


def _told(data: Timeline, known: Mapping[Step, date], lang: str) -> str:
    said = {step: _when(step, known, lang) for step in known} | {
        step: say("not_stated", lang) for step in _lacking(known)
    }
    parts = [say("step_is", lang, step=say(f"step_{step}", lang), what=said[step]) for step in _STEPS if step in said]
    if "confirmed" not in known:
        waited = (data.as_of - list(known.values())[-1]).days
        parts.append(count("timeline_waiting_told", waited, lang, day=day(data.as_of, lang)))
    parts += [say("step_is", lang, step=limit.label, what=count("days", limit.days, lang)) for limit in data.limits]
    return " ".join(parts)
