"""What a check says of evidence, as masks and counts, and how the parts of several partitions become one result.

Nothing here reads evidence: a part that a worker sends home is all that is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from carmonitor.findings import Finding, exact, finding_id
from carmonitor.framework.checks import Check, CheckSpec, Params, default_outcome, is_ref
from carmonitor.framework.lineage import lineage
from carmonitor.framework.regimes import Regimes

FIRST_IDS = 20  # a not_evaluated finding names this many subjects


@dataclass(frozen=True)
class Coverage:
    """How many subjects a rule was checked on. One row per rule, then one for each reason and kind of subject.

    ``subject_kind``: what is counted (in the first row the rule's own kind). ``shipments``: issued certificates that
    the subjects belong to, by parcels, slips, bags and production lines; ``shipments_checked``: those of them of whose
    subjects none was left unchecked (0 in rows with a reason).
    """

    rule_id: str
    evaluated: int
    passed: int
    breached: int
    not_evaluated: int
    reason: str | None = None
    subject_kind: str = ""
    shipments: int = 0
    shipments_checked: int = 0


@dataclass
class Result:
    """What checks gave: breaches, leads and not_evaluated findings, and the coverage of each check."""

    findings: list[Finding] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

    def add(self, other: Result) -> None:
        self.findings += other.findings
        self.coverage += other.coverage


@dataclass(frozen=True)
class Blind:
    """Subjects left unchecked for one reason: how many, and the issued certificates they hang on."""

    subjects: int
    certificates: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """What a check says of evidence, or of a part that holds every row about its subjects.

    ``fired``: the rows that fire, as the check gave them; where there are any, with ``subject_kind`` and ``period``.
    ``unchecked``: subject_kind, subject_id, day, period, reason of the rows that could not be checked and whose subject
    does not fire. ``subjects``, ``breached``, ``blind``: how many subjects there are, fire, have unchecked rows.
    ``certificates``: the issued ones that the subjects hang on; ``blind_certificates``: those with unchecked subjects.
    ``reasons``: reason and kind of subject → :class:`Blind`.
    """

    fired: pd.DataFrame
    unchecked: pd.DataFrame
    subjects: int = 0
    breached: int = 0
    blind: int = 0
    certificates: frozenset[str] = frozenset()
    blind_certificates: frozenset[str] = frozenset()
    reasons: Mapping[tuple[str, str], Blind] = field(default_factory=dict)


def concluded(check: Check, spec: CheckSpec, regimes: Regimes, parts: Sequence[Judged]) -> Result:
    """The findings and coverage of a check from its parts, no two of which have a subject in common."""
    fired = _joined([part.fired for part in parts])
    findings = _found(check, spec, regimes, fired)
    findings += _not_evaluated(spec, regimes, _joined([part.unchecked for part in parts]))
    return Result(_distinct(findings), _coverage(spec, parts))


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _found(check: Check, spec: CheckSpec, regimes: Regimes, fired: pd.DataFrame) -> list[Finding]:
    """A finding for each row that fires."""
    if fired.empty:
        return []
    parameters = Params(spec.parameters)
    on, caveats = cache(parameters.on), cache(regimes.caveats_on)
    fired = fired.assign(_regime=regimes.of(fired["day"]))
    refs = [column for column in map(str, fired.columns) if is_ref(column)]

    def finding(row: dict[str, Any]) -> Finding:
        day: date | None = None if pd.isna(row["day"]) else row["day"].date()
        part, key, score = _text(row.get("part")), _text(row.get("key")), row.get("score")
        stands_on = [row[column] for column in refs] + lineage(listed(row.get("refs")))
        return Finding(
            finding_id=finding_id(spec.id, row["subject_kind"], row["subject_id"], part, key),
            rule_id=spec.id,
            outcome=_text(row.get("outcome")) or default_outcome(spec),  # type: ignore[arg-type]
            severity=_text(row.get("severity")) or spec.severity,  # type: ignore[arg-type]
            subject_kind=row["subject_kind"],
            subject_id=row["subject_id"],
            period=row["period"],
            regime=row["_regime"],
            part=part,
            day=day,
            evidence={name: exact(row[name], unit) for name, unit in check.evidence.items()},
            units=dict(check.evidence),
            refs=tuple(sorted({int(r) for r in stands_on if not pd.isna(r)})),
            parameters=on(day),
            caveats=caveats(day),
            score=None if score is None or pd.isna(score) else float(f"{score:.6g}"),
        )

    return [finding(row) for row in _rows(fired)]


def listed(refs: Any) -> list[Any]:
    """A cell of ``refs`` as a list; empty where it holds none."""
    return list(refs) if isinstance(refs, (list, tuple)) else []


def _rows(frame: pd.DataFrame) -> Iterable[dict[str, Any]]:
    columns = list(frame.columns)
    return (dict(zip(columns, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _not_evaluated(spec: CheckSpec, regimes: Regimes, rows: pd.DataFrame) -> list[Finding]:
    """One finding per reason and period: how many subjects, and the first of them (semantics.md 14)."""
    if rows.empty:
        return []
    findings = []
    rows = rows.assign(_regime=regimes.of(rows["day"]))
    for (reason, period, regime, kind), group in rows.groupby(["reason", "period", "_regime", "subject_kind"]):
        subjects = group["subject_id"].drop_duplicates()
        last = group["day"].max()
        findings.append(
            Finding(
                finding_id=finding_id(
                    spec.id, "period", f"CF@{period}", "not_evaluated", str(reason), str(regime), str(kind)
                ),
                rule_id=spec.id,
                outcome="not_evaluated",
                severity=spec.severity,
                subject_kind="period",
                subject_id=f"CF@{period}",
                period=str(period),
                regime=str(regime),
                evidence={
                    "count": len(subjects),
                    "subject_kind": str(kind),
                    "subjects": subjects.sort_values().head(FIRST_IDS).tolist(),
                },
                units={"count": "count"},
                reason=str(reason),
                caveats=regimes.caveats_on(None if pd.isna(last) else last.date()),
            )
        )
    return findings


def _distinct(findings: list[Finding]) -> list[Finding]:
    """The findings, one per id. Rows that say the same of one subject are one fact: the gravest, on all their rows.

    Of equally grave ones the one on the first rows is told, whatever order they came in.
    """
    by_id: dict[str, list[Finding]] = {}
    for finding in findings:
        by_id.setdefault(finding.finding_id, []).append(finding)
    return [same[0] if len(same) == 1 else _as_one(same) for same in by_id.values()]


def _as_one(same: list[Finding]) -> Finding:
    told = min(same, key=lambda f: ("EWI".index(f.severity), f.refs, repr(f)))
    return replace(told, refs=tuple(lineage(ref for finding in same for ref in finding.refs)))


def _coverage(spec: CheckSpec, parts: Sequence[Judged]) -> list[Coverage]:
    subjects, breached, blind = (sum(getattr(p, name) for p in parts) for name in ("subjects", "breached", "blind"))
    certificates = frozenset[str]().union(*(part.certificates for part in parts))
    unseen = frozenset[str]().union(*(part.blind_certificates for part in parts))
    rows = [
        Coverage(
            spec.id, subjects - blind, subjects - blind - breached, breached, blind, subject_kind=spec.subject_kind,
            shipments=len(certificates), shipments_checked=len(certificates) - len(unseen),
        )
    ]  # fmt: skip
    for reason, kind in sorted({named for part in parts for named in part.reasons}):
        of = [part.reasons[reason, kind] for part in parts if (reason, kind) in part.reasons]
        touched = frozenset[str]().union(*(b.certificates for b in of))
        number = sum(b.subjects for b in of)
        rows.append(Coverage(spec.id, 0, 0, 0, number, reason, subject_kind=kind, shipments=len(touched)))
    return rows
