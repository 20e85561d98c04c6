"""A rule for people: all that a lawyer wants to know of it, in English or French, from the rulebook alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from carmonitor.catalogues import Catalogue
from carmonitor.dossier import labels, tables
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.framework.checks import CheckSpec, DatedValue, ParameterSpec
from carmonitor.framework.spans import Span, overlap
from carmonitor.records.yamltext import parse_yaml

__all__ = ["Passage", "near", "passages", "rule_row", "rule_view", "said", "span_text", "texts", "typeset"]

_COLON, _SEMICOLON = {"en": ":", "fr": " :"}, {"en": ";", "fr": " ;"}


@dataclass(frozen=True)
class Passage:
    """A labelled part of a rule's page: one text, or a list of them."""

    label: str
    texts: tuple[str, ...]


@cache
def texts() -> dict[str, Any]:
    """The words of these pages (``rule_texts.yaml``)."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier") / "rule_texts.yaml").read_text(encoding="utf-8"))
    return loaded


def said(group: str, code: str, lang: str) -> str:
    """A code in words; one that is not known as it is."""
    known = texts()[group].get(code)
    return str(known[lang]) if known else code


def rule_row(spec: CheckSpec, lang: str) -> dict[str, str]:
    """A line of the list: id, title, outcome, severity, span, certainty, status."""
    row = {
        "id": spec.id,
        "title": spec.title[lang],
        "outcome": said("short", spec.outcome, lang),
        "severity": spec.severity,
        "span": span_text(spec.from_, spec.to, lang),
        "certainty": spec.certainty,
        "status": said("short", spec.status, lang),
    }
    return {name: typeset(text, lang) for name, text in row.items()}


def rule_view(spec: CheckSpec, catalogue: Catalogue, lang: str) -> dict[str, Any]:
    """Everything the rulebook says of a rule, as JSON values: codes with their words, days ISO, texts in ``lang``."""
    return {
        "id": spec.id,
        "title": spec.title[lang],
        "outcome": spec.outcome,
        "severity": spec.severity,
        "status": spec.status,
        "check": spec.implementation,
        "subject_kind": spec.subject_kind or None,
        "from": _iso(spec.from_),
        "to": _iso(spec.to),
        "regimes": [
            {"code": code, "meaning": meaning, "from": _iso(start), "to": _iso(end)}
            for code, meaning, start, end in _regimes(spec, catalogue, lang)
        ],
        "messages": [
            {"part": part, "template": template, "text": in_words(template, spec, lang)}
            for part, template in _templates(spec, lang)
        ],
        "parameters": [
            {
                "name": p.name,
                "unit": p.unit,
                "basis": p.basis,
                "basis_text": said("basis", p.basis, lang),
                "note": p.note_in(lang),
                "values": [{"value": v.value, "from": _iso(v.from_), "to": _iso(v.to)} for v in p.values],
            }
            for p in spec.parameters
        ],
        "basis": list(spec.basis),
        "certainty": spec.certainty,
        "certainty_text": certainty_text(spec.certainty, lang),
        "source": spec.source.model_dump(),
        "advice": spec.advice[lang] if spec.advice else None,
        "innocent_cause": spec.innocent_cause[lang] if spec.innocent_cause else None,
        "no_case": dict(spec.no_case),
    }


def passages(spec: CheckSpec, catalogue: Catalogue, lang: str) -> Iterator[Passage]:
    """The rule's page, passage by passage, in the reader's typography."""
    for label, found in _passages(spec, catalogue, lang):
        if found:
            name = typeset(said("labels", label, lang), lang)
            yield Passage(name, tuple(typeset(text, lang) for text in found))


def _passages(spec: CheckSpec, catalogue: Catalogue, lang: str) -> Iterator[tuple[str, list[str]]]:
    yield "outcome", [said("outcomes", spec.outcome, lang)]
    yield "severity", [said("severities", spec.severity, lang)]
    yield "status", [said("statuses", spec.status, lang)]
    yield "check", [spec.check] if spec.check else []
    yield "subject", [tables.word("subject_kind", spec.subject_kind, lang)] if spec.subject_kind else []
    yield "span", [span_text(spec.from_, spec.to, lang)]
    yield "regimes", _regime_texts(spec, catalogue, lang)
    yield "says", [in_words(template, spec, lang) for _, template in _templates(spec, lang)]
    yield "parameters", [parameter_text(p, lang) for p in spec.parameters]
    yield "basis", [f"{_SEMICOLON[lang]} ".join(said("basis", b, lang) for b in spec.basis)]
    yield "certainty", [certainty_text(spec.certainty, lang)]
    yield "source", [" ".join(part for part in (spec.source.title, spec.source.url) if part)]
    yield "innocent_cause", [spec.innocent_cause[lang]] if spec.innocent_cause else []
    yield "advice", [spec.advice[lang]] if spec.advice else []
    only = said("page", "english_only", lang)
    yield (
        "no_case",
        [f"{said('sorts', sort, lang)}{_COLON[lang]} {why} {only}".strip() for sort, why in spec.no_case.items()],
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def span_text(start: date | None, end: date | None, lang: str) -> str:
    """``from 2019-12-01, before 2024-11-01``; « à partir du 01/12/2019, avant le 01/11/2024 »."""
    which = {(True, True): "between", (True, False): "from", (False, True): "before", (False, False): "always"}
    words = said("span", which[start is not None, end is not None], lang)
    days = {name: shown(_iso(day), "date", lang) for name, day in (("start", start), ("end", end))}
    return words.format(**days)


def certainty_text(mark: str, lang: str) -> str:
    """``P+S`` in words."""
    words = [said("certainty", letter, lang) for letter in re.split("[+/]", mark)]
    return f"{mark} ({f'{_SEMICOLON[lang]} '.join(words)})"


def _regimes(spec: CheckSpec, catalogue: Catalogue, lang: str) -> Iterator[tuple[str, str, date | None, date | None]]:
    """The regimes whose span meets the rule's: code, meaning, and what they have in common."""
    mine = Span(spec.id, spec.from_, spec.to)
    applying = [r for r in catalogue.rulebook.regimes.regimes if r.rules_apply or spec.before_all_regimes]
    for regime in applying:
        if overlap(mine, Span(regime.code, regime.from_, regime.to)):
            start = max((d for d in (spec.from_, regime.from_) if d), default=None)
            end = min((d for d in (spec.to, regime.to) if d), default=None)
            yield regime.code, regime.meaning[lang], start, end


def _regime_texts(spec: CheckSpec, catalogue: Catalogue, lang: str) -> list[str]:
    found = list(_regimes(spec, catalogue, lang))
    if spec.from_ is None and spec.to is None:
        return [said("span", "all", lang).format(codes=", ".join(dict.fromkeys(code for code, *_ in found)))]
    return [f"{code} ({meaning}){_COLON[lang]} {span_text(start, end, lang)}" for code, meaning, start, end in found]


def _templates(spec: CheckSpec, lang: str) -> list[tuple[str, str]]:
    if isinstance(spec.message, Mapping):
        return [(part, text[lang]) for part, text in spec.message.items()]
    return [("", spec.message[lang])] if spec.message else []


def in_words(template: str, spec: CheckSpec, lang: str) -> str:
    """A message as a sentence: parameters by their values, what is found only at the time as an ellipsis."""
    parameters = {p.name: p for p in spec.parameters}
    pieces = []
    for text, name, _, _ in Formatter().parse(template):
        pieces.append(text)
        if name in parameters:
            pieces.append(" / ".join(_value(v, parameters[name], lang) for v in parameters[name].values))
        elif name is not None:
            pieces.append("…")
    return "".join(pieces)


def _value(dated: DatedValue, parameter: ParameterSpec, lang: str) -> str:
    if parameter.unit == "kinds of actor":
        return ", ".join(labels.value_label("actor", "kind", kind, lang) for kind in dated.value)
    return shown(dated.value, parameter.unit, lang)


def _unit(unit: str, value: Any, lang: str) -> str:
    """A unit in words, in the singular where the language asks for it: 1 day, « 0,5 jour »."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    of_one = number and (value == 1 if lang == "en" else abs(value) < 2)
    return said("units_of_one" if of_one and unit in texts()["units_of_one"] else "units", unit, lang)


def parameter_text(p: ParameterSpec, lang: str) -> str:
    """A parameter with its values, unit, basis and note in one line."""
    values = []
    for dated in p.values:
        span = f" ({span_text(dated.from_, dated.to, lang)})" if dated.from_ or dated.to else ""
        values.append(f"{_value(dated, p, lang)} {_unit(p.unit, dated.value, lang)}".strip() + span)
    basis = f"{said('labels', 'basis', lang)}{_COLON[lang]} {said('basis', p.basis, lang)}."
    return f"{p.name}{_COLON[lang]} {f'{_SEMICOLON[lang]} '.join(values)}. {basis} {p.note_in(lang)}".strip()


def near(wanted: str, known: Mapping[str, Any]) -> list[str]:
    """Ids that someone who wrote ``wanted`` may have meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

    family = [i for i in known if i[0] == wanted[:1].upper()]
    return get_close_matches(wanted.upper(), list(known), n=4, cutoff=0.5) or family or list(known)
