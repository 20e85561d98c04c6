"""What a holder had, bought, sold, exported and was found to hold."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from carmonitor.dossier.pictures import style
from carmonitor.dossier.pictures.chart_render import Plan, fill, of, room_for
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import Number, amount, figure, say
from carmonitor.dossier.sheets.model import Picture

_FILLS = {
    "opening": "solid", "bought": "lines", "sold": "dots", "exported": "dots", "expected": "pale", "closing": "solid",
    "difference": "cross",
}  # fmt: skip


@dataclass(frozen=True)
class Balance:
    """Weights in ct; None: not supplied. ``span``: from when to when, in words; ``closing``: as counted."""

    holder: str
    span: str
    opening: Number | None
    bought: Number | None
    sold: Number | None
    exported: Number | None
    closing: Number | None = None


def plan_balance(data: Balance, lang: str) -> Plan | Picture:
    """Steps from the opening stock to what is expected, beside what was counted.

    Nothing is taken for nil: where one of the steps to the expected stock was not supplied, the picture says which, and
    draws no balance. A count that was not supplied is named and not drawn.
    """
    title = say("balance_title", lang, holder=data.holder, span=data.span)
    steps = {"opening": data.opening, "bought": data.bought, "sold": data.sold, "exported": data.exported}
    lacking = [say(f"step_{name}", lang) for name, value in steps.items() if value is None]
    if lacking:
        return nothing(title, [say("balance_lacks", lang, names=", ".join(lacking)), *_known(data, lang)], lang)
    opening, bought, sold, exported = (float(value or 0) for value in steps.values())
    expected = opening + bought - sold - exported
    bars = [("opening", 0.0, opening), ("bought", opening, opening + bought)]
    bars += [("sold", opening + bought, opening + bought - sold), ("exported", opening + bought - sold, expected)]
    bars.append(("expected", 0.0, expected))
    if data.closing is not None:
        bars.append(("closing", 0.0, float(data.closing)))
        if abs(float(data.closing) - expected) >= 0.005:
            bars.append(("difference", expected, float(data.closing)))
    names = {name: say(f"step_{name}", lang) for name, _, _ in bars}
    rows = [
        {
            "n": names[name], "a": start, "b": end, "top": max(start, end),
            "t": _signed(name, end - start, lang), "f": _FILLS[name],
        }
        for name, start, end in bars
    ]  # fmt: skip
    used = sorted({_FILLS[name] for name, _, _ in bars})
    head = alt.Axis(title=None, labelAngle=0, labelExpr="split(datum.label, ' ')", labelFontSize=11.5)
    x = alt.X("n:O", sort=[*names.values()], axis=head)
    y = alt.Y("a:Q", axis=alt.Axis(title=say("axis_ct", lang), format=",.2~f", tickCount=5))
    left = room_for(max(abs(height) for _, *ends in bars for height in ends), lang)
    base = of(rows)
    shown = base.mark_bar(stroke=style.INK, strokeWidth=1, size=44).encode(
        x, y, alt.Y2("b:Q"), alt.Fill("f:N", scale=alt.Scale(domain=used, range=[fill(f) for f in used]), legend=None)
    )
    above = base.mark_text(dy=-8, fontWeight="bold").encode(x, alt.Y("top:Q"), alt.Text("t:N"))
    zero = of([{}]).mark_rule(color=style.INK).encode(alt.YDatum(0))
    return Plan(title, _told(data, expected, lang), [shown, zero, above], 200, left=left, top=24, fills=tuple(used))


def _signed(name: str, change: float, lang: str) -> str:
    text = figure(change, lang, 2)
    return f"+{text}" if name in ("bought", "difference") and change > 0 else text


def _known(data: Balance, lang: str) -> list[str]:
    """The steps that were supplied, in words."""
    return [
        f"{say(f'step_{name}', lang)} {amount(value, 'ct', lang)}."
        for name in ("opening", "bought", "sold", "exported", "closing")
        if (value := getattr(data, name)) is not None
    ]


def _told(data: Balance, expected: float, lang: str) -> str:
    parts = [*_known(data, lang)[:4], f"{say('step_expected', lang)} {amount(expected, 'ct', lang)}."]
    if data.closing is None:
        parts.append(say("balance_no_count", lang))
    else:
        difference = float(data.closing) - expected
        parts.append(f"{say('step_closing', lang)} {amount(data.closing, 'ct', lang)}.")
        parts.append(f"{say('step_difference', lang)} {_signed('difference', difference, lang)}\u00a0ct.")
    return " ".join(parts)
