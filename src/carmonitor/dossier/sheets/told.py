"""A stored finding as its reader is told, in the words of the rulebook it was judged with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from carmonitor.assessment import finding_view, worded
from carmonitor.catalogues import Catalogue
from carmonitor.dossier import rules, tables
from carmonitor.dossier.labels import word
from carmonitor.dossier.sheets.model import Paper, Told
from carmonitor.dossier.sheets.words import amount, fact, said
from carmonitor.dossier.typography import typeset
from carmonitor.findings import RANKING, Finding, shown
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
            view, spec = finding_view(finding, catalogue, lambda _refs: [], lang), catalogue.spec(finding.rule_id)
        except KeyError:  # a rule, part, placeholder, caveat or reason that this catalogue does not know
            continue
        return _told(finding, view, spec, lang, standing, papers)
    return Told(
        finding_id=finding.finding_id, rule_id=finding.rule_id, title=finding.rule_id, outcome=finding.outcome,
        severity=finding.severity, standing=standing, message=worded(finding, (), lang), period=finding.period,
        day=finding.day, regime=finding.regime, reason=finding.reason, rank=finding.rank,
        parameters=tuple(f"{p.name}: {shown(p.value, p.unit, lang)} ({p.basis})" for p in finding.parameters),
        caveats=(said("told", "known_otherwise", lang),), facts=tuple(_facts(finding, (), lang)), papers=tuple(papers),
    )  # fmt: skip


def _told(
    finding: Finding, view: Mapping[str, Any], spec: CheckSpec, lang: str, standing: bool, papers: Sequence[Paper]
) -> Told:
    def text(value: str | None) -> str | None:
        return None if value is None else typeset(value, lang)

    return Told(
        finding_id=finding.finding_id,
        rule_id=finding.rule_id,
        title=typeset(view["title"], lang),
        outcome=finding.outcome,
        severity=finding.severity,
        standing=standing,
        message=typeset(view["message"], lang),
        period=finding.period,
        day=finding.day,
        regime=finding.regime,
        reason=text(view["reason"]),
        advice=text(view["advice"]),
        innocent_cause=text(view["innocent_cause"]),
        certainty=typeset(rules.certainty_text(spec.certainty, lang), lang),
        basis=typeset(("; " if lang == "en" else " ; ").join(rules.said("basis", b, lang) for b in spec.basis), lang),
        source=spec.source.title,
        source_url=spec.source.url,
        parameters=tuple(_parameters(finding, spec, lang)),
        caveats=tuple(typeset(caveat, lang) for caveat in view["caveats"]),
        rank=finding.rank,
        facts=tuple(_facts(finding, _named(spec, finding.part, lang), lang)),
        papers=tuple(papers),
    )


def _parameters(finding: Finding, spec: CheckSpec, lang: str) -> Iterator[str]:
    """The values the finding depended on, with their unit, who says so, and why."""
    known = {p.name: p for p in spec.parameters}
    for used in finding.parameters:
        spec_of = known.get(used.name) or ParameterSpec(name=used.name, basis="project-default", values=[{"value": 0}])
        stated = {"values": (DatedValue(value=used.value),), "unit": used.unit, "basis": used.basis}
        yield typeset(rules.parameter_text(spec_of.model_copy(update=stated), lang), lang)


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
