"""How a comparison of two results is shown: a line per rule, then every fact that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carmonitor.cli.common import outcome_name, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carmonitor.catalogues import Catalogue
    from carmonitor.evaluation.compare import Change, Comparison

_TEXTS = {
    "en": {
        "rule": "rule", "added": "added", "removed": "removed", "changed": "changed", "restated": "restated",
        "unchanged": "unchanged", "facts": "What differs", "what": "difference", "subject": "subject",
        "outcome": "outcome", "message": "what is said", "table": "Findings by rule",
    },
    "fr": {
        "rule": "règle", "added": "ajoutés", "removed": "retirés", "changed": "modifiés", "restated": "reformulés",
        "unchanged": "inchangés", "facts": "Ce qui diffère", "what": "différence", "subject": "sujet",
        "outcome": "issue", "message": "énoncé", "table": "Constats par règle",
    },
}  # fmt: skip
_KINDS = {
    "en": {"added": "added", "removed": "removed", "changed": "changed", "restated": "restated"},
    "fr": {"added": "ajouté", "removed": "retiré", "changed": "modifié", "restated": "reformulé"},
}

_FIELDS = {
    "outcome": "issue", "severity": "gravité", "part": "partie", "regime": "régime", "day": "jour",
    "period": "période", "reason": "motif", "caveats": "réserves", "in_budget": "à examiner", "rank": "rang",
}  # fmt: skip


def facts(comparison: Comparison, new: Catalogue, old: Catalogue, lang: str) -> list[dict[str, Any]]:
    """Every finding that differs, with its message, as JSON values."""
    from carmonitor.assessment import worded

    return [
        {
            "kind": change.kind,
            "finding_id": change.finding.finding_id,
            "rule_id": change.finding.rule_id,
            "outcome": change.finding.outcome,
            "severity": change.finding.severity,
            "subject_kind": change.finding.subject_kind,
            "subject_id": change.finding.subject_id,
            "period": change.finding.period,
            "day": change.finding.day.isoformat() if change.finding.day else None,
            "what": [_named(what, lang) for what in change.what],
            "message": worded(change.finding, _order(change, new, old), lang),
        }
        for change in comparison.changes
    ]


def _named(what: str, lang: str) -> str:
    """``severity E → W`` with the field's name in the reader's language, where it has one."""
    field, _, rest = what.partition(" ")
    return f"{_FIELDS.get(field, field)} {rest}" if lang == "fr" else what


def _order(change: Change, new: Catalogue, old: Catalogue) -> tuple[Catalogue, Catalogue]:
    return (old, new) if change.kind == "removed" else (new, old)


def as_object(comparison: Comparison, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """``rules``: counts by rule; ``changes``: :func:`facts`."""
    from carmonitor.evaluation.compare import KINDS

    totals = {kind: comparison.total(kind) for kind in KINDS}
    return {"total": totals, "rules": comparison.counts, "changes": list(told)}


def show(comparison: Comparison, told: Sequence[dict[str, Any]], lang: str) -> None:
    """Both tables."""
    from carmonitor.evaluation.compare import KINDS

    t = _TEXTS[lang]
    rows = [[rule, *(of_rule[kind] for kind in KINDS)] for rule, of_rule in comparison.counts.items()]
    print_table(t["table"], [t["rule"], *(t[kind] for kind in KINDS)], rows, numbers=range(1, 6))
    if told:
        lines = [
            [
                _KINDS[lang][fact["kind"]],
                fact["rule_id"],
                outcome_name(fact["outcome"], lang),
                fact["subject_id"],
                "; ".join(fact["what"]),
                fact["message"],
            ]
            for fact in told
        ]
        headings = ["", t["rule"], t["outcome"], t["subject"], t["what"], t["message"]]
        print_table(f"{t['facts']} ({len(lines)})", headings, lines)
