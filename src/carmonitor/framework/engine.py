"""The engine: runs checks over evidence, vectorised, and says for each what it found and what it could not check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from carmonitor.findings import Finding, exact, finding_id
from carmonitor.framework.checks import Check, CheckSpec, Params, default_outcome, is_ref, within
from carmonitor.framework.custody import certificates_of
from carmonitor.framework.regimes import Regimes
from carmonitor.records.evidence import Evidence

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
class Focus:
    """Only subjects that stand on these sources, or are these returns (an ad hoc batch). None of the rest is told."""

    source_ids: frozenset[int]
    return_ids: frozenset[str]


def evaluate(check: Check, spec: CheckSpec, evidence: Evidence, regimes: Regimes, focus: Focus | None = None) -> Result:
    """Run one check. Raises ValueError when its function breaks the contract of the checked frame."""
    frame = check.function(evidence, Params(spec.parameters))
    _demand(check, frame)
    if frame.empty:
        return Result([], [Coverage(check.id, 0, 0, 0, 0, subject_kind=spec.subject_kind)])
    frame = _within_span(frame, spec)
    if not spec.before_all_regimes:
        frame = frame[~regimes.lawless(frame["day"])]
    frame = frame.assign(_kind=_kinds(frame, spec))
    if focus is not None:
        frame = frame[_in_focus(frame, focus)]
    frame = frame.reset_index(drop=True)
    frame = frame.assign(_subject=frame["_kind"].astype("str") + " " + frame["subject_id"].astype("str"))
    unknown = frame["fires"].isna()
    fires = frame["fires"].fillna(False).astype(bool)
    hit = frame["_subject"].isin(frame.loc[fires, "_subject"])
    unknown &= ~hit
    frame = frame.assign(
        _period=_periods(frame), _regime=regimes.of(frame["day"]), _reason=_reasons(frame).where(unknown)
    )
    findings = [_finding(check, spec, regimes, row) for row in _rows(frame[fires])]
    findings += _not_evaluated(spec, regimes, frame[unknown])
    return Result(_distinct(findings), _coverage(spec, frame.assign(_hit=hit, _blind=unknown), evidence))


def _demand(check: Check, frame: pd.DataFrame) -> None:
    lacking = {"subject_id", "day", "fires", *check.evidence} - set(frame.columns)
    if lacking:
        raise ValueError(f"{check.id}: the checked frame lacks {sorted(lacking)}")
    if frame["fires"].isna().any() and not _reasons(frame)[frame["fires"].isna()].astype(bool).all():
        raise ValueError(f"{check.id}: a row that could not be checked gives no reason")


def _within_span(frame: pd.DataFrame, spec: CheckSpec) -> pd.DataFrame:
    """The rows of the rule's span. A row without a day may lie in it or not: it stays, as one that was not checked."""
    if spec.from_ is None and spec.to is None:
        return frame
    undated = frame["day"].isna()
    reason = _reasons(frame)
    frame = frame.assign(
        fires=frame["fires"].astype("boolean").mask(undated), missing=reason.mask(undated & (reason == ""), "undated")
    )
    return frame[within(frame["day"], spec.from_, spec.to) | undated]


def _kinds(frame: pd.DataFrame, spec: CheckSpec) -> pd.Series:
    if "subject_kind" not in frame:
        return pd.Series(spec.subject_kind, index=frame.index, dtype="str")
    return frame["subject_kind"].fillna(spec.subject_kind)


def _reasons(frame: pd.DataFrame) -> pd.Series:
    if "missing" not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return frame["missing"].fillna("")


def _refs(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame.columns if is_ref(c)]


def _in_focus(frame: pd.DataFrame, focus: Focus) -> pd.Series:
    inside = pd.Series(False, index=frame.index)
    for column in _refs(frame):
        inside |= (frame[column].astype("Int64") // 2**32).isin(list(focus.source_ids)).fillna(False).astype(bool)
    if "refs" in frame:
        inside |= (
            frame["refs"].map(lambda refs: any((int(r) >> 32) in focus.source_ids for r in _listed(refs))).astype(bool)
        )
    inside |= (frame["_kind"] == "return") & frame["subject_id"].isin(focus.return_ids)
    return inside


def _listed(refs: Any) -> list[Any]:
    return list(refs) if isinstance(refs, (list, tuple)) else []


def _periods(frame: pd.DataFrame) -> pd.Series:
    period: pd.Series = frame["day"].dt.strftime("%Y-%m")
    if "period" in frame:
        period = period.fillna(frame["period"])
    return period.fillna("undated")


def _rows(frame: pd.DataFrame) -> Iterable[dict[str, Any]]:
    columns = list(frame.columns)
    return (dict(zip(columns, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _finding(check: Check, spec: CheckSpec, regimes: Regimes, row: dict[str, Any]) -> Finding:
    day = None if pd.isna(row["day"]) else row["day"].date()
    part, key = _text(row.get("part")), _text(row.get("key"))
    refs = [row[c] for c in row if is_ref(c)] + _listed(row.get("refs"))
    score = row.get("score")
    return Finding(
        finding_id=finding_id(spec.id, row["_kind"], row["subject_id"], part, key),
        rule_id=spec.id,
        outcome=_text(row.get("outcome")) or default_outcome(spec),  # type: ignore[arg-type]
        severity=_text(row.get("severity")) or spec.severity,  # type: ignore[arg-type]
        subject_kind=row["_kind"],
        subject_id=row["subject_id"],
        period=row["_period"],
        regime=row["_regime"],
        part=part,
        day=day,
        evidence={name: exact(row[name], unit) for name, unit in check.evidence.items()},
        units=dict(check.evidence),
        refs=tuple(sorted({int(r) for r in refs if not pd.isna(r)})),
        parameters=Params(spec.parameters).on(day),
        caveats=regimes.caveats_on(day),
        score=None if score is None or pd.isna(score) else float(f"{score:.6g}"),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _not_evaluated(spec: CheckSpec, regimes: Regimes, frame: pd.DataFrame) -> list[Finding]:
    """One finding per reason and period: how many subjects, and the first of them (semantics.md 14)."""
    findings = []
    for (reason, period, regime, kind), group in frame.groupby(["_reason", "_period", "_regime", "_kind"], sort=True):
        subjects = sorted(set(group["subject_id"]))
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
                evidence={"count": len(subjects), "subject_kind": str(kind), "subjects": subjects[:FIRST_IDS]},
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
    return replace(told, refs=tuple(sorted({ref for finding in same for ref in finding.refs})))


def _coverage(spec: CheckSpec, frame: pd.DataFrame, evidence: Evidence) -> list[Coverage]:
    """The coverage rows of a checked frame; columns ``_hit`` and ``_blind``: subjects that fire, rows not checked."""
    subjects = frame["_subject"].nunique()
    breached = frame.loc[frame["_hit"], "_subject"].nunique()
    blind = frame.loc[frame["_blind"], "_subject"].nunique()
    of = certificates_of(evidence, frame["_kind"], frame["subject_id"])
    blind_ones = set(of.loc[of["at"].isin(frame.index[frame["_blind"]]), "certificate_number"])
    counted = of["certificate_number"].nunique()
    rows = [
        Coverage(
            spec.id, subjects - blind, subjects - blind - breached, breached, blind,
            subject_kind=spec.subject_kind, shipments=counted, shipments_checked=counted - len(blind_ones),
        )
    ]  # fmt: skip
    for (reason, kind), group in frame[frame["_blind"]].groupby(["_reason", "_kind"], sort=True):
        touched = of.loc[of["at"].isin(group.index), "certificate_number"].nunique()
        number = group["_subject"].nunique()
        rows.append(Coverage(spec.id, 0, 0, 0, number, str(reason), subject_kind=str(kind), shipments=touched))
    return rows
