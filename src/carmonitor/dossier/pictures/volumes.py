"""Volumes by month: dug, bought, sold, exported, confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import altair as alt

from carmonitor.dossier.pictures import style
from carmonitor.dossier.pictures.chart_render import Plan, fill, of, room_for
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import Number, amount, month, say
from carmonitor.dossier.sheets.model import Picture

Flow = Literal["dug", "bought", "sold", "exported", "confirmed"]
_FILLS: Mapping[Flow, str] = {
    "dug": "pale",
    "bought": "lines",
    "sold": "dots",
    "exported": "solid",
    "confirmed": "cross",
}


@dataclass(frozen=True)
class Volumes:
    """``who``: whose volumes, in words; ``months``: ``YYYY-MM``, in order; ``series``: flow → a value for each month.

    None: not supplied, which is not nil. ``unit``: ct, USD, XAF or slips.
    """

    who: str
    months: tuple[str, ...]
    series: Mapping[Flow, tuple[Number | None, ...]]
    unit: str = "ct"


def plan_volumes(data: Volumes, lang: str) -> Plan | Picture:
    """A bar for each flow and month; a question mark where nothing was supplied.

    Raises ValueError where a series has not one value for each month. Without any value the picture says so.
    """
    title = say("volumes_title", lang, who=data.who)
    for flow, values in data.series.items():
        if len(values) != len(data.months):
            raise ValueError(
                f"volumes, {flow}: found {len(values)} values, expected one for each of {len(data.months)} months"
            )
    flows = [flow for flow in _FILLS if flow in data.series]
    if not any(value is not None for flow in flows for value in data.series[flow]):
        return nothing(title, [say("volumes_none", lang)], lang)
    names = {flow: say(f"flow_{flow}", lang) for flow in flows}
    rows = [
        {"m": month(at, lang), "s": names[flow], "v": None if value is None else float(value), "t": "?"}
        for flow in flows
        for at, value in zip(data.months, data.series[flow], strict=True)
    ]
    lacking = any(row["v"] is None for row in rows)
    step = -(-len(data.months) // 12)
    head = say("month_lacking" if lacking else "month", lang)
    shown = [month(at, lang) for at in data.months[::step]]
    axis = alt.Axis(title=head, labelAngle=0 if len(shown) <= 7 else -60, values=shown)
    x = alt.X("m:O", sort=[month(at, lang) for at in data.months], axis=axis)
    offset = alt.XOffset("s:N", sort=[*names.values()], scale=alt.Scale(domain=[*names.values()], paddingInner=0.12))
    head = say(f"axis_{data.unit}", lang)
    y = alt.Y("v:Q", axis=alt.Axis(title=head, format=",.2~f", tickCount=5))
    colours = alt.Scale(domain=[*names.values()], range=[fill(_FILLS[flow]) for flow in flows])
    legend = alt.Legend(title=None, symbolType="square", symbolStrokeColor=style.INK, symbolStrokeWidth=1)
    base = of(rows)
    bars = (
        base.transform_filter("isValid(datum.v)")
        .mark_bar(stroke=style.INK, strokeWidth=0.8 if step == 1 else 0.4)
        .encode(x, y, offset, alt.Fill("s:N", scale=colours, legend=legend))
    )
    layers: list[alt.Chart] = [bars]
    told = _told(data, flows, names, lang)
    if lacking:
        unknown = base.transform_filter("!isValid(datum.v)").mark_text(baseline="bottom", fontWeight="bold", dy=-2)
        layers.append(unknown.encode(x, offset, alt.YDatum(0), alt.Text("t:N")))
    left = room_for(max(float(value or 0) for flow in flows for value in data.series[flow]), lang)
    rows_of_legend = (len(flows) + 2) // 3
    bottom = 46 if len(shown) <= 7 else 84
    fills = tuple(_FILLS[flow] for flow in flows)
    return Plan(title, told, layers, 190, left=left, top=20 + 20 * rows_of_legend, bottom=bottom, fills=fills)


def _told(data: Volumes, flows: list[Flow], names: Mapping[Flow, str], lang: str) -> str:
    """Of each flow the lowest, highest and latest month, and how many months lack."""
    parts = [say("volumes_told", lang, first=month(data.months[0], lang), last=month(data.months[-1], lang))]
    for flow in flows:
        known = [(value, at) for value, at in zip(data.series[flow], data.months, strict=True) if value is not None]
        lacking = len(data.months) - len(known)
        if known:
            (low, low_at), (high, high_at) = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
            latest, latest_at = known[-1]
            parts.append(
                say(
                    "flow_told", lang, flow=names[flow],
                    low=amount(low, data.unit, lang), low_at=month(low_at, lang),
                    high=amount(high, data.unit, lang), high_at=month(high_at, lang),
                    latest=amount(latest, data.unit, lang), latest_at=month(latest_at, lang),
                )
            )  # fmt: skip
        if lacking:
            months = [month(at, lang) for at, v in zip(data.months, data.series[flow], strict=True) if v is None]
            parts.append(say("flow_lacks", lang, flow=names[flow], months=", ".join(months)))
    return " ".join(parts)
