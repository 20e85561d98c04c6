"""What an oracle of a rule is compared with: the engine's breaches and leads, and the subjects it could not check."""

from __future__ import annotations

from typing import NamedTuple

from carmonitor.records.evidence import Evidence
from tests.unit.framework.rule_cases import outcome_of

ORACLE = {"max_examples": 1000, "deadline": None, "derandomize": True, "database": None}
"""Settings of every oracle: a thousand random small batches, the same ones each time."""


class Told(NamedTuple):
    """``found``: (subject, part, severity); ``blind``: subjects that were not checked, and in no part fire."""

    found: frozenset[tuple[str, str, str]]
    blind: frozenset[str]


def told(rule_id: str, given: Evidence) -> Told:
    """What the engine says."""
    findings = outcome_of(rule_id, given).findings
    facts = [f for f in findings if f.outcome != "not_evaluated"]
    blind = [f.evidence for f in findings if f.outcome == "not_evaluated"]
    assert all(len(e["subjects"]) == e["count"] for e in blind), "a batch too large for the oracle"
    return Told(
        frozenset((f.subject_id, f.part, f.severity) for f in facts),
        frozenset(subject for e in blind for subject in e["subjects"]),
    )


def verdict(parts: list[tuple[str, str, str, bool | None]]) -> Told:
    """Parts as (subject, part, severity, fires; None = not checked) → what a composite rule says of its subjects."""
    found = frozenset((subject, part, severity) for subject, part, severity, fires in parts if fires)
    broken = {subject for subject, _, _ in found}
    return Told(found, frozenset(subject for subject, _, _, fires in parts if fires is None) - broken)
