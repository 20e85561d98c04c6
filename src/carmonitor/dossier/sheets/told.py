"""A stored finding as its reader is told, in the words of the rulebook it was judged with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from carmonitor.assessment import message, worded
from carmonitor.catalogues import Catalogue
from carmonitor.dossier import rules, tables
from carmonitor.dossier.labels import word
from carmonitor.dossier.sheets.model import Paper, Told
from carmonitor.dossier.sheets.words import amount, fact, said
from carmonitor.dossier.typography import typeset
from carmonitor.findings import RANKING, Finding, Parameter, shown
from carmonitor.framework.checks import CheckSpec, DatedValue, ParameterSpec
from carmonitor.store.findings import finding_of

Stored = Mapping[str, Any]
"""A finding as ``store.findings.load_findings`` gives it."""


def told(stored: Stored, catalogues: Iterable[Catalogue], lang: str, papers: Sequence[Paper] = ()) -> Told:
    """The finding in words of the first catalogue that knows its rule; its bare facts where none does.

    ``catalogues``: those to try, in this order (:meth:`carmonitor.catalogues.Wordings.of`).
    """
    finding = finding_of(stored)
    standing = stored.get("status", "open") == "open"
    for catalogue in catalogues:
        try:
            return _told(finding, catalogue, lang, standing, papers)
        except KeyError:  # a rule, part, placeholder, caveat or reason that this catalogue does not know
            continue
    return Told(
        finding_id=finding.finding_id, rule_id=finding.rule_id, title=finding.rule_id, outcome=finding.outcome,
        severity=finding.severity, standing=standing, message=worded(finding, (), lang), period=finding.period,
        day=finding.day, regime=finding.regime, reason=finding.reason, rank=finding.rank,
        parameters=tuple(f"{p.name}: {shown(p.value, p.unit, lang)} ({p.basis})" for p in finding.parameters),
        caveats=(said("told", "known_otherwise", lang),), facts=tuple(_facts(finding, (), lang)), papers=tuple(papers),
    )  # fmt: skip


def _told(finding: Finding, catalogue: Catalogue, lang: str, standing: bool, papers: Sequence[Paper]) -> Told:
    spec = catalogue.spec(finding.rule_id)
    caveats = {c.id: c.text[lang] for c in catalogue.rulebook.regimes.caveats} if finding.caveats else {}
    innocent = spec.innocent_cause if finding.outcome == "lead" else None
    return Told(
        finding_id=finding.finding_id,
        rule_id=finding.rule_id,
        title=typeset(spec.title[lang], lang),
        outcome=finding.outcome,
        severity=finding.severity,
        standing=standing,
        message=typeset(message(finding, catalogue, lang), lang),
        period=finding.period,
        day=finding.day,
        regime=finding.regime,
        reason=typeset(catalogue.reason(finding.reason, lang), lang) if finding.reason else None,
        advice=typeset(spec.advice[lang], lang) if spec.advice else None,
        innocent_cause=typeset(innocent[lang], lang) if innocent else None,
        certainty=typeset(rules.certainty_text(spec.certainty, lang), lang),
        basis=typeset(("; " if lang == "en" else " ; ").join(rules.said("basis", b, lang) for b in spec.basis), lang),
        source=spec.source.title,
        source_url=spec.source.url if spec.source.url.startswith(("https://", "http://")) else "",
        parameters=_parameters(finding, spec, catalogue.hash, lang),
        caveats=tuple(typeset(caveats[name], lang) for name in finding.caveats),
        rank=finding.rank,
        facts=tuple(_facts(finding, _named(spec, finding.part, lang), lang)),
        papers=tuple(papers),
    )


def _parameters(finding: Finding, spec: CheckSpec, catalogue_hash: str, lang: str) -> tuple[str, ...]:
    """The values the finding depended on, with their unit, who says so, and why; the same for most of a rule."""
    key = (catalogue_hash, spec.id, lang, repr(finding.parameters))
    if key not in _worded:
        if len(_worded) >= _KEPT:
            _worded.clear()
        _worded[key] = tuple(_parameter(used, spec, lang) for used in finding.parameters)
    return _worded[key]


_worded: dict[tuple[str, str, str, str], tuple[str, ...]] = {}
_KEPT = 2_000


def _parameter(used: Parameter, spec: CheckSpec, lang: str) -> str:
    known = next((p for p in spec.parameters if p.name == used.name), None)
    stated = known or ParameterSpec(name=used.name, basis="project-default", values=(DatedValue(value=used.value),))
    then = {"values": (DatedValue(value=used.value),), "unit": used.unit, "basis": used.basis}
    return typeset(rules.parameter_text(stated.model_copy(update=then), lang), lang)


def _named(spec: CheckSpec, part: str, lang: str) -> tuple[str, ...]:
    """The values that the message names, in its order."""
    pieces = Formatter().parse(spec.message_for(part)[lang])
    return tuple(name for _, name, _, _ in pieces if name)


def _facts(finding: Finding, first: Sequence[str], lang: str) -> Iterator[tuple[str, str]]:
    """(what, value): as the message names them, then the rest; what is null says nothing and is left out."""
    held = {name: value for name, value in finding.evidence.items() if name not in RANKING and value not in (None, [])}
    for name in dict.fromkeys([*(n for n in first if n in held), *held]):
        yield fact(name, lang), _value(name, held[name], finding.units.get(name, ""), lang)
    yield from _ranking(finding, lang)


def _value(name: str, value: Any, unit: str, lang: str) -> str:
    if unit == "field":
        return ", ".join(word(str(item), lang) for item in value)
    if name == "answer":
        return tables.word("import_outcome", str(value), lang)
    return amount(value, unit, lang)


def _ranking(finding: Finding, lang: str) -> Iterator[tuple[str, str]]:
    evidence = finding.evidence
    if evidence.get("place_in_list") is not None:
        numbers = {n: shown(evidence.get(k), "count", lang) for n, k in _PLACE.items()}
        yield said("told", "place", lang), said("told", "place_value", lang, **numbers)
    if evidence.get("probability") is not None:
        shares = {n: shown(evidence.get(k), "share", lang) for n, k in _PROBABILITY.items()}
        yield said("told", "probability", lang), said("told", "probability_value", lang, **shares)


_PLACE = {"place": "place_in_list", "lots": "lots_in_quarter"}
_PROBABILITY = {"middle": "probability", "low": "probability_low", "high": "probability_high"}
