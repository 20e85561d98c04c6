"""The coverage report: what share of the shipments and other subjects each rule was checked on, and why not the rest.

Silence is never taken for compliance: a rule that found nothing to check is told apart from one that checked all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from carmonitor.dossier.tables import word

_WORDS = {
    "en": {"of": "{n} of {all} ({share} %)", "why": "{reason}: {n} × {kind}", "and": "; ", "point": "."},
    "fr": {"of": "{n} sur {all} ({share} %)", "why": "{reason} : {n} × {kind}", "and": " ; ", "point": ","},
}


@dataclass(frozen=True)
class Report:
    """``partly``: (rule, kind of subject, subjects checked, shipments checked, why not the rest), in words.

    ``in_full``: rules that were checked on every subject; ``idle``: rules that no paper held falls under.
    """

    partly: tuple[tuple[str, str, str, str, str], ...]
    in_full: tuple[str, ...]
    idle: tuple[str, ...]


def share(part: int, whole: int) -> str | None:
    """A percentage with one decimal, rounded down so that 100.0 means all; None of nothing."""
    if whole == 0:
        return None
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}"


def coverage_report(coverage: Iterable[Mapping[str, Any]], lang: str) -> Report:
    """The report of coverage rows (``assessment.coverage_view``: one per rule, then one per reason)."""
    rows = list(coverage)
    partly: list[tuple[str, str, str, str, str]] = []
    in_full: list[str] = []
    idle: list[str] = []
    for row in rows:
        if row["reason"] is not None:
            continue
        if row["not_evaluated"]:
            partly.append(_told(row, [r for r in rows if r["rule_id"] == row["rule_id"] and r["reason"]], lang))
        else:
            (in_full if row["evaluated"] else idle).append(row["rule_id"])
    return Report(tuple(partly), tuple(in_full), tuple(idle))


def _told(row: Mapping[str, Any], reasons: Iterable[Mapping[str, Any]], lang: str) -> tuple[str, str, str, str, str]:
    why = [
        _WORDS[lang]["why"].format(
            reason=r["reason"], n=r["not_evaluated"], kind=word("subject_kind", r["subject_kind"], lang)
        )
        for r in reasons
    ]
    subjects = _part(row["evaluated"], row["evaluated"] + row["not_evaluated"], lang)
    shipments = _part(row["shipments_checked"], row["shipments"], lang) if row["shipments"] else "–"
    return (
        row["rule_id"],
        word("subject_kind", row["subject_kind"], lang),
        subjects,
        shipments,
        _WORDS[lang]["and"].join(why),
    )


def _part(part: int, whole: int, lang: str) -> str:
    percent = str(share(part, whole)).replace(".", _WORDS[lang]["point"])
    return _WORDS[lang]["of"].format(n=part, all=whole, share=percent)
