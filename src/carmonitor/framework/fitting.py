"""Whether a rulebook fits the functions of this version: rule by rule, parameter by parameter, and by trying it.

What the functions ask for is known from the rulebook that ships with them: another may change values, spans, texts,
severities and states, but must have every rule, every parameter with the same unit and kind of value, every part of a
message and every reason. A rule of the team's own names the function it uses (``check``) and must suit it likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Bilingual, Check, CheckSpec, ParameterSpec, Registry
from carmonitor.framework.engine import evaluate
from carmonitor.framework.regimes import Regimes
from carmonitor.framework.rulebook import Rulebook
from carmonitor.framework.spans import Span, gaps
from carmonitor.records import KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, empty_frame
from carmonitor.records.fields import PLACE

_ALWAYS_KNOWN = {"subject_id", "day", "period"}


def misfits(rulebook: Rulebook, packaged: Rulebook, functions: Registry) -> list[str]:
    """All that keeps a rulebook from being used with these functions; empty when it fits."""
    problems = check_implementations(rulebook.specs, functions.checks)
    for rule_id, spec in rulebook.specs.items():
        ours = packaged.specs.get(spec.implementation)
        if ours is not None and spec.implementation in functions.checks:
            problems += [f"{_named(rule_id)}: {fault}" for fault in _differs(spec, ours)]
    problems += _reason_faults(rulebook.reasons, packaged.reasons)
    if not gaps(_regime_spans(packaged.regimes)):
        problems += [f"regimes.yaml: regimes: {fault}" for fault in gaps(_regime_spans(rulebook.regimes))]
    return problems or trial(rulebook, functions.checks)


def _regime_spans(regimes: Regimes) -> list[Span]:
    return [Span(r.code, r.from_, r.to) for r in regimes.regimes]


def check_implementations(specs: Mapping[str, CheckSpec], checks: Mapping[str, Check]) -> list[str]:
    """What does not fit between specifications and functions: missing ones, strange ones, unknown placeholders."""
    wanted = {i: s.implementation for i, s in specs.items() if s.outcome != "scope_note"}
    problems = [f"{_named(i)}: no function {wanted[i]}" for i in sorted(wanted) if wanted[i] not in checks]
    problems += [
        f"{_named(i)}: a function without a specification; a rule may be off, but must be listed"
        for i in sorted(set(checks) - set(wanted))
    ]
    for check_id in sorted(i for i in wanted if wanted[i] in checks):
        spec = specs[check_id]
        known = _ALWAYS_KNOWN | set(checks[wanted[check_id]].evidence) | {p.name for p in spec.parameters}
        for field, text in _messages(spec):
            for lang in ("en", "fr"):
                problems += [f"{_named(check_id)}: {field}.{lang}: {f}" for f in _strange(text[lang], known)]
    return problems


def _named(check_id: str) -> str:
    file = f"{check_id.partition('-')[0]}.yaml" if re.fullmatch(r"[A-OQ-Z]-\d\d", check_id) else "detectors.yaml"
    return f"{file}: {check_id}"


def _messages(spec: CheckSpec) -> Iterator[tuple[str, Bilingual]]:
    if isinstance(spec.message, dict):
        yield from ((f"message.{part}", text) for part, text in spec.message.items())
    elif spec.message is not None:
        yield "message", spec.message


def _strange(text: str, known: set[str]) -> Iterator[str]:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        yield f"found {text!r}, expected placeholders such as {{subject_id}} ({error})"
        return
    for _, name, form, conversion in pieces:
        if name is not None and (name not in known or form or conversion):
            said = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            yield f"message uses {{{said}}}, which the check does not declare"


def _differs(spec: CheckSpec, ours: CheckSpec) -> Iterator[str]:
    """What a rule lacks, or has otherwise, beside the one its function was written for."""
    if spec.subject_kind != ours.subject_kind:
        yield f"subject_kind: found {spec.subject_kind!r}, expected {ours.subject_kind!r}, which its function gives"
    parts, wanted = ({f for f, _ in _messages(s)} for s in (spec, ours))
    yield from (f"{part}: found nothing, expected the text of this part" for part in sorted(wanted - parts))
    yield from (f"{part}: found this text, expected none: the rule has no such part" for part in sorted(parts - wanted))
    given = {p.name: p for p in spec.parameters}
    asked = {p.name: p for p in ours.parameters}
    yield from (f"parameters.{n}: found nothing, expected it: the rule asks for it" for n in asked if n not in given)
    yield from (
        f"parameters.{n}: found it, expected none: the rule reads no such parameter" for n in given if n not in asked
    )
    for name in [n for n in asked if n in given]:
        if given[name].unit != asked[name].unit:
            yield f"parameters.{name}.unit: found {given[name].unit!r}, expected {asked[name].unit!r}"
        if not gaps(_spans(asked[name])):
            yield from (f"parameters.{name}.values: {fault}" for fault in gaps(_spans(given[name])))
        kinds = {_kind(v.value) for v in asked[name].values}
        example = asked[name].values[0].value
        for dated in given[name].values:
            if not _fits(_kind(dated.value), kinds):
                yield (
                    f"parameters.{name}.values: found {dated.value!r} ({_kind(dated.value)}), "
                    f"expected a value such as {example!r} ({_kind(example)})"
                )
            elif _negative(dated.value) and not _negative(example):
                yield f"parameters.{name}.values: found {dated.value!r}, expected zero or more"


def _spans(parameter: ParameterSpec) -> list[Span]:
    return [Span(repr(v.value), v.from_, v.to) for v in parameter.values]


def _kind(value: Any) -> str:
    """What sort of value a parameter has: a text that is a number or a day is something else than any text."""
    if isinstance(value, list):
        return "a list of " + (" or ".join(sorted({_kind(item) for item in value})) or "nothing")
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return "a number in quotes"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "a day in quotes" if _is_day(value) else "a day that does not exist, in quotes"
    return _PLAIN_KINDS.get(type(value), type(value).__name__)


_PLAIN_KINDS = {
    bool: "yes or no", int: "a whole number", float: "a number", date: "a day without quotes", str: "a text",
    type(None): "nothing",
}  # fmt: skip


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fits(kind: str, kinds: set[str]) -> bool:
    return kind in kinds or (kind == "a whole number" and "a number" in kinds)


def _negative(value: Any) -> bool:
    return str(value).startswith("-")


def _reason_faults(reasons: Mapping[str, Bilingual], ours: Mapping[str, Bilingual]) -> list[str]:
    problems = [f"reasons.yaml: {code}: found nothing, expected its text" for code in ours if code not in reasons]
    for code, text in reasons.items():
        for lang in ("en", "fr"):
            problems += [f"reasons.yaml: {code}.{lang}: {f}" for f in _strange(text[lang], {"detail"})]
    return problems


def trial(rulebook: Rulebook, checks: Mapping[str, Check]) -> list[str]:
    """Run every rule where nothing is held. A function that asks for what is not there says so."""
    nothing = _no_evidence()
    problems = []
    for spec in rulebook.specs.values():
        if spec.outcome == "scope_note":
            continue
        try:
            evaluate(checks[spec.implementation], spec, nothing, rulebook.regimes)
        except Exception as error:  # whatever a function makes of a parameter
            problems.append(f"{_named(spec.id)}: the rule does not run with these parameters: {error}")
    return problems


def _no_evidence() -> Evidence:
    frames = {}
    for kind, model in KINDS.items():
        places = [f"{name}_resolved" for name, of in model.field_types().items() if of is PLACE]
        frames[kind] = empty_frame(kind).assign(**{name: pd.Series([], dtype="str") for name in places})
    texts = dict.fromkeys(["submission_id", "sender", "period", "return_id", "kind", "file", "sheet"], "str")
    sources = pd.DataFrame([], columns=["source_id", *SOURCE_COLUMNS, "first_received_on"]).astype(
        {"source_id": "int64", "seq": "int64", "columns": "object", **texts}
        | dict.fromkeys(["received_on", "first_received_on"], "datetime64[us]")
    )
    keys = pd.DataFrame([], columns=KNOWN_KEY_COLUMNS).astype({"ref": "int64"})
    return Evidence(date(2021, 7, 31), frames, sources.set_index("source_id"), keys)
