"""What the oracles share: how a rule's verdicts are settled into findings, and the engine's findings in the same form.

An oracle says of each subject and part whether it fires: True, False, or the reason why that cannot be told. A part
that fires is found; a subject none of whose parts fires is blind for every reason it has. One evaluation holds several
small batches, each of a sender of its own, because an evaluation costs the same for one as for ten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, settings

from carmonitor.framework import judged
from carmonitor.framework.checks import DatedValue, rule
from carmonitor.framework.engine import evaluate
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from tests.unit.framework.rule_cases import RULEBOOK, outcome_of, told

Verdict = bool | str
Fact = tuple[str, str, Verdict]  # subject, what a finding would be told as, verdict
Told = tuple[set[str], set[tuple[str, str]]]  # findings; blind subjects with their reasons

BATCHES = 20  # in one evaluation
A_THOUSAND = settings(
    max_examples=1000 // BATCHES, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck]
)


def settle(facts: Iterable[Fact]) -> Told:
    """The findings and blind subjects that verdicts come to."""
    known = list(facts)
    broken = {subject for subject, _, verdict in known if verdict is True}
    found = {text for _, text, verdict in known if verdict is True}
    return found, {(s, str(v)) for s, _, v in known if not isinstance(v, bool) and s not in broken}


def engine_says(rule_id: str, given: Evidence) -> Told:
    """The same from the engine, with every subject that could not be checked."""
    with patch.object(judged, "FIRST_IDS", 10**6):
        findings = outcome_of(rule_id, given).findings
    blind = {(s, str(f.reason)) for f in findings if f.outcome == "not_evaluated" for s in f.evidence["subjects"]}
    return {told(f) for f in findings if f.outcome != "not_evaluated"}, blind


def agree(rule_id: str, given: Evidence, facts: list[Fact], seen: Counter[str]) -> None:
    """The engine says what the oracle says; ``seen`` counts which outcomes occurred."""
    found, blind = settle(facts)
    says, unsure = engine_says(rule_id, given)
    assert says == found, f"{rule_id}: only the engine {sorted(says - found)}, only the oracle {sorted(found - says)}"
    assert unsure == blind, f"{rule_id}: only engine {sorted(unsure - blind)}, only oracle {sorted(blind - unsure)}"
    seen["batches"] += BATCHES
    seen["fires"] += len(found)
    seen["missing"] += len(blind)
    seen["silent"] += len({s for s, _, v in facts if v is False} - {s for s, _, v in facts if v is not False})


def all_occurred(seen: Counter[str]) -> None:
    """A thousand batches were judged; had they never fired, passed or lacked anything, they would prove nothing."""
    assert seen["batches"] >= 1000, seen
    assert min(seen[sort] for sort in ("fires", "silent", "missing")) >= 50, seen


def columns(kind: str) -> tuple[str, ...]:
    """Every column a sheet of this kind can have."""
    return tuple(KINDS[kind].model_fields)


# The shorter form: without reasons, for rules evaluated on one small batch at a time

Answer = tuple[set[tuple[str, str, str]], set[str]]
"""(subject, part, severity) of what is found, and the subjects that could not be checked."""

THOROUGH = settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def answer(rule_id: str, given: Evidence, **values: Any) -> Answer:
    """The rule as it ships, but for parameters set to other values."""
    spec = RULEBOOK.specs[rule_id]
    if values:
        changed = [
            p.model_copy(update={"values": (DatedValue(value=values[p.name]),)}) if p.name in values else p
            for p in spec.parameters
        ]
        spec = spec.model_copy(update={"parameters": tuple(changed)})
    findings = evaluate(rule.checks[rule_id], spec, given, RULEBOOK.regimes).findings
    facts = {(f.subject_id, f.part, f.severity) for f in findings if f.outcome != "not_evaluated"}
    unseen = {name for f in findings if f.outcome == "not_evaluated" for name in f.evidence["subjects"]}
    return facts, unseen


def every_answer(rule_id: str, given: Evidence) -> Answer:
    """:func:`answer` for many batches at once: with every subject that could not be checked."""
    with patch.object(judged, "FIRST_IDS", 10**6):
        return answer(rule_id, given)


def distinct(rows: Iterable[Mapping[str, Any]], *names: str) -> list[Mapping[str, Any]]:
    """The rows that differ in these fields, in their order."""
    kept = {tuple(row.get(name) for name in names): row for row in reversed(list(rows))}
    return list(reversed(kept.values()))


def verdict(parts: Iterable[tuple[str, str, str, bool | None]]) -> Answer:
    """Parts as (subject, part, severity, fires; None = not checked) → what a composite rule says of its subjects."""
    known = list(parts)
    found = {(subject, part, severity) for subject, part, severity, fires in known if fires}
    broken = {subject for subject, _, _ in found}
    return found, {subject for subject, _, _, fires in known if fires is None} - broken
