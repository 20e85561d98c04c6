"""What oracles share: an engine's answer reduced to what an oracle can say too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import HealthCheck, settings

from carmonitor.framework import rules as _registered  # noqa: F401 - registers the rules
from carmonitor.framework.checks import DatedValue, rule
from carmonitor.framework.engine import evaluate
from carmonitor.records.evidence import Evidence
from tests.unit.framework.rule_cases import RULEBOOK

Answer = tuple[set[tuple[str, str, str]], set[str]]
"""(subject, part, severity) of what is found, and the subjects that could not be checked."""

THOROUGH = settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def engine_says(rule_id: str, given: Evidence, **values: Any) -> Answer:
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


def distinct(rows: Iterable[Mapping[str, Any]], *names: str) -> list[Mapping[str, Any]]:
    """The rows that differ in these fields, in their order."""
    kept = {tuple(row.get(name) for name in names): row for row in reversed(list(rows))}
    return list(reversed(kept.values()))
