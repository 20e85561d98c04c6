"""What the evidence says: every rule and detector over it, ranked, and the result in words.

Pure: evidence and a catalogue in, findings out. Where evidence comes from is the business of ``pipeline``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from carmonitor.catalogues import Catalogue
from carmonitor.detection import detect, rank
from carmonitor.detection.verdicts import Verdicts
from carmonitor.dossier.coverage import share
from carmonitor.dossier.labels import word
from carmonitor.findings import OUTCOMES, Finding, result_digest, shown, wording
from carmonitor.framework.checks import CheckSpec, rule
from carmonitor.framework.engine import Coverage, Focus, Judged, Result, concluded, judged
from carmonitor.ingestion import Progress, no_progress
from carmonitor.records.evidence import Evidence


@dataclass(frozen=True)
class Assessment:
    """A judged body of evidence. ``on_trial``: ids of rules and detectors in status shadow."""

    evidence: Evidence
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    digest: str
    on_trial: frozenset[str] = frozenset()

    def count(self, outcome: str) -> int:
        """How many findings have this outcome. The three outcomes are never added up; what is on trial is apart."""
        return sum(f.outcome == outcome and f.rule_id not in self.on_trial for f in self.findings)

    def counts(self) -> dict[str, int]:
        """breach, lead and not_evaluated, each on its own; ``on_trial``: breaches and leads of rules in shadow."""
        trial = sum(f.rule_id in self.on_trial and f.outcome != "not_evaluated" for f in self.findings)
        return {**{outcome: self.count(outcome) for outcome in OUTCOMES}, "on_trial": trial}


Elsewhere = Callable[[CheckSpec], Sequence[Judged] | None]
"""The parts of a check that is judged elsewhere; None for one that is to be judged here."""


def assess(
    evidence: Evidence,
    catalogue: Catalogue,
    *,
    budget_percent: int,
    focus: Focus | None = None,
    verdicts: Verdicts | None = None,
    progress: Progress = no_progress,
    elsewhere: Elsewhere = lambda _spec: None,
) -> Assessment:
    """Run every active and shadow rule and detector over the evidence, and rank the leads of detectors.

    ``focus`` tells only what concerns an ad hoc batch; ``budget_percent`` is the share of lots a quarter that
    reviewers look at; ``verdicts``: what they decided so far (see :mod:`carmonitor.detection.verdicts`);
    ``elsewhere``: gives the parts of rules that others judge, None for the rest. The same evidence and verdicts give
    the same digest, whatever the order of rows and whoever judges.
    """
    specs = [s for s in catalogue.rulebook.specs.values() if s.outcome != "scope_note" and s.status != "off"]
    total = len(specs) + sum(s.status != "off" for s in catalogue.detectors.values()) + 1
    steps = count()

    def started(what: str) -> None:
        progress(what, next(steps), total)

    result = Result()
    for spec in specs:
        started(f"rule {spec.id}")
        check, regimes = rule.checks[spec.implementation], catalogue.rulebook.regimes
        parts = elsewhere(spec)
        if parts is None:
            parts = [judged(check, spec, evidence, regimes, focus)]
        result.add(concluded(check, spec, regimes, parts))
    result.add(
        detect(
            evidence, catalogue.detectors, catalogue.rulebook.regimes, focus, lambda name: started(f"detector {name}")
        )
    )
    started("ranking")
    ranked = rank(
        result.findings,
        catalogue.specs,
        evidence,
        budget_percent=budget_percent,
        calibration=catalogue.calibration,
        verdicts=verdicts,
    )
    findings = tuple(sorted(ranked, key=reading_order))
    trial = frozenset(i for i, spec in catalogue.specs.items() if spec.status == "shadow")
    return Assessment(evidence, findings, tuple(result.coverage), result_digest(findings), trial)


_SEVERITY_ORDER = {"E": 0, "W": 1, "I": 2}


def reading_order(finding: Finding) -> tuple[Any, ...]:
    """Breaches before leads before what was not evaluated; within them the gravest, the best ranked first."""
    return (
        OUTCOMES.index(finding.outcome),
        _SEVERITY_ORDER[finding.severity],
        finding.rank or 0,
        finding.rule_id,
        finding.period,
        finding.subject_id,
        finding.finding_id,
    )


_PERIOD = {"en": "{}", "fr": "période {}"}
_UNDATED = {"en": "without a date", "fr": "sans date"}


def message(finding: Finding, catalogue: Catalogue, lang: str) -> str:
    """A finding in words, in English or French."""
    if finding.outcome == "not_evaluated":
        reason = catalogue.reason(str(finding.reason), lang)
        how_many = shown(finding.evidence["count"], "count", lang)
        period = _UNDATED[lang] if finding.period == "undated" else _PERIOD[lang].format(finding.period)
        text = {"en": "{n} subject(s) not checked, {p}: {r}", "fr": "{n} objet(s) non contrôlé(s), {p} : {r}"}[lang]
        return text.format(n=how_many, p=period, r=reason)
    values = {
        **{p.name: p.value for p in finding.parameters},
        **finding.evidence,
        "subject_id": finding.subject_id,
        "day": finding.day.isoformat() if finding.day else None,
        "period": finding.period,
    }
    units = {**{p.name: p.unit for p in finding.parameters}, **finding.units, "day": "date"}
    values |= {n: [word(field, lang) for field in values.get(n) or ()] for n, unit in units.items() if unit == "field"}
    return wording(catalogue.spec(finding.rule_id).message_for(finding.part)[lang], values, units, lang)


def worded(finding: Finding, catalogues: Iterable[Catalogue], lang: str) -> str:
    """A stored finding in the words of the first catalogue that has its rule and part; else its bare facts."""
    for catalogue in catalogues:
        try:
            return message(finding, catalogue, lang)
        except KeyError:  # a rule, part, placeholder or reason that this catalogue does not know
            continue
    facts = ", ".join(f"{name} = {shown(v, finding.units.get(name, ''), lang)}" for name, v in finding.evidence.items())
    return " ".join(part for part in (finding.rule_id, finding.part, finding.subject_id, finding.reason, facts) if part)


Lineage = Callable[[Sequence[int]], list[dict[str, Any]]]


def finding_view(finding: Finding, catalogue: Catalogue, lineage: Lineage, lang: str) -> dict[str, Any]:
    """A finding as the JSON of design.md: nothing in it needs the rulebook beside it."""
    spec = catalogue.spec(finding.rule_id)
    caveats = {c.id: c.text[lang] for c in catalogue.rulebook.regimes.caveats} if finding.caveats else {}
    return {
        "finding_id": finding.finding_id,
        "rule_id": finding.rule_id,
        "title": spec.title[lang],
        "outcome": finding.outcome,
        "severity": finding.severity,
        "subject_kind": finding.subject_kind,
        "subject_id": finding.subject_id,
        "period": finding.period,
        "day": finding.day.isoformat() if finding.day else None,
        "regime": finding.regime,
        "part": finding.part or None,
        "message": message(finding, catalogue, lang),
        "advice": spec.advice[lang] if spec.advice else None,
        "evidence": dict(finding.evidence),
        "basis": list(spec.basis),
        "certainty": spec.certainty,
        "source": spec.source.model_dump(),
        "parameters": [p.told() for p in finding.parameters],
        "caveats": [caveats[c] for c in finding.caveats],
        "reason": catalogue.reason(finding.reason, lang) if finding.reason else None,
        "rank": finding.rank,
        "score": finding.score,
        "in_budget": finding.in_budget,
        "innocent_cause": spec.innocent_cause[lang] if spec.innocent_cause and finding.outcome == "lead" else None,
        "shadow": spec.status == "shadow",
        "lineage": lineage(finding.refs),
    }


def coverage_view(coverage: Iterable[Coverage], catalogue: Catalogue, lang: str) -> list[dict[str, Any]]:
    """Coverage rows for people: the reason in words, shares in percent (one decimal, rounded down; null of nothing)."""
    return [
        {
            **asdict(row),
            "reason": catalogue.reason(row.reason, lang) if row.reason else None,
            "share_percent": None if row.reason else share(row.evaluated, row.evaluated + row.not_evaluated),
            "shipments_percent": None if row.reason else share(row.shipments_checked, row.shipments),
        }
        for row in coverage
    ]
