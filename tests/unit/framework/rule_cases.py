"""Situations a rule is tested on. Each test_rules_*.py lists its ``CASES``; test_rulebook.py asks for all four sorts.

``fires``: the rule finds what it is for; ``silent``: it was checked and finds nothing; ``boundary``: at and just beyond
a limit; ``missing``: an input lacks, and the rule says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from carmonitor.findings import Finding, wording
from carmonitor.framework import rules as _registered  # noqa: F401 - registers the rules
from carmonitor.framework.checks import rule
from carmonitor.framework.engine import Result, evaluate
from carmonitor.framework.rulebook import Rulebook, load_rulebook
from carmonitor.records.evidence import Evidence

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
RULEBOOK: Rulebook = load_rulebook(SCHEMAS / "rulebook")
Sort = Literal["fires", "silent", "boundary", "missing"]


@dataclass(frozen=True)
class Case:
    """One situation. ``found``: ``"subject part severity"`` of each breach or lead; ``missing``: the reasons given."""

    rule: str
    sort: Sort
    says: str
    given: Evidence
    found: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.rule} {self.sort}: {self.says}"


def case(rule_id: str, sort: Sort, says: str, given: Evidence, *found: str, missing: str = "") -> Case:
    """A :class:`Case`; several reasons are separated by blanks."""
    return Case(rule_id, sort, says, given, frozenset(found), frozenset(missing.split()))


def outcome_of(rule_id: str, given: Evidence) -> Result:
    """The rule on this evidence, with the rulebook as it ships."""
    return evaluate(rule.checks[rule_id], RULEBOOK.specs[rule_id], given, RULEBOOK.regimes)


def told(finding: Finding) -> str:
    """``subject part severity`` (and the outcome where it is a lead)."""
    words = [finding.subject_id, finding.part, finding.severity, "" if finding.outcome == "breach" else finding.outcome]
    return " ".join(word for word in words if word)


def verify(case: Case) -> None:
    """Run a case: what is found, what could not be checked, and that every finding can be read in both languages."""
    result = outcome_of(case.rule, case.given)
    facts = [f for f in result.findings if f.outcome != "not_evaluated"]
    found = {told(f) for f in facts}
    missing = {f.reason for f in result.findings if f.outcome == "not_evaluated"}
    assert found == case.found, f"found {sorted(found)}"
    assert missing == case.missing, f"missing {sorted(missing)}"
    assert case.sort != "silent" or result.coverage[0].passed > 0, "silent, but nothing was checked"
    assert case.sort != "fires" or case.found
    assert case.sort != "missing" or case.missing
    for finding in result.findings:
        for lang in ("en", "fr"):
            assert "{" not in message(finding, lang)


def message(finding: Finding, lang: str) -> str:
    """A finding in words."""
    if finding.reason:
        return RULEBOOK.reason_text(finding.reason, lang)
    values = {
        **{p.name: p.value for p in finding.parameters},
        **finding.evidence,
        "subject_id": finding.subject_id,
        "day": finding.day.isoformat() if finding.day else None,
        "period": finding.period,
    }
    units = {**{p.name: p.unit for p in finding.parameters}, **finding.units, "day": "date"}
    return wording(RULEBOOK.specs[finding.rule_id].message_for(finding.part)[lang], values, units, lang)
