"""The engine: runs checks over evidence, vectorised, and says for each what it found and what it could not check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.framework.checks import Check, CheckSpec, Params, is_ref, within
from carmonitor.framework.custody import certificates_of
from carmonitor.framework.judged import FIRST_IDS, Blind, Coverage, Judged, Result, concluded, listed
from carmonitor.framework.regimes import Regimes
from carmonitor.records.evidence import Evidence

__all__ = ["FIRST_IDS", "Coverage", "Focus", "Judged", "Result", "concluded", "evaluate", "judged"]

_UNCHECKED = ["subject_kind", "subject_id", "day", "period", "reason"]


@dataclass(frozen=True)
class Focus:
    """Only subjects that stand on these sources, or are these returns (an ad hoc batch). None of the rest is told."""

    source_ids: frozenset[int]
    return_ids: frozenset[str]


def evaluate(check: Check, spec: CheckSpec, evidence: Evidence, regimes: Regimes, focus: Focus | None = None) -> Result:
    """Run one check. Raises ValueError when its function breaks the contract of the checked frame."""
    return concluded(check, spec, regimes, [judged(check, spec, evidence, regimes, focus)])


def judged(
    check: Check,
    spec: CheckSpec,
    evidence: Evidence,
    regimes: Regimes,
    focus: Focus | None = None,
    without: frozenset[str] = frozenset(),
) -> Judged:
    """Masks and counts of one check; :func:`concluded` makes findings of them. Raises as :func:`evaluate`.

    ``without``: kinds of subjects that another part tells.
    """
    frame = check.function(evidence, Params(spec.parameters))
    _demand(check, frame)
    frame = _told(frame, spec, regimes, focus)
    if without:
        frame = frame[~_kinds(frame, spec).isin(list(without))]
    if frame.empty:
        return Judged(_fired(frame, spec), _unchecked(frame, spec, np.zeros(0, bool)))
    fires = frame["fires"].astype("boolean")
    unknown, hits = fires.isna().to_numpy(), fires.fillna(False).to_numpy(dtype=bool)
    if spec.from_ is not None or spec.to is not None:  # a row without a day may lie in the span or not
        undated = frame["day"].isna().to_numpy()
        unknown, hits = unknown | undated, hits & ~undated
    subject, subjects = _subjects(frame, spec)
    hit, blind = np.zeros(len(subjects), bool), np.zeros(len(subjects), bool)
    hit[subject[hits]] = True
    unknown = unknown & ~hit[subject]
    blind[subject[unknown]] = True
    unchecked = _unchecked(frame, spec, unknown)
    everything = _certificates(evidence, subjects)
    return Judged(
        fired=_fired(frame[hits], spec),
        unchecked=unchecked,
        subjects=len(subjects),
        breached=int(hit.sum()),
        blind=int(blind.sum()),
        certificates=everything,
        blind_certificates=_certificates(evidence, subjects[blind]) if everything else everything,
        reasons={
            (str(reason), str(kind)): _blind(evidence, rows.drop_duplicates("subject_id"), everything)
            for (reason, kind), rows in unchecked.groupby(["reason", "subject_kind"])
        },
    )


def _demand(check: Check, frame: pd.DataFrame) -> None:
    lacking = {"subject_id", "day", "fires", *check.evidence} - set(frame.columns)
    if lacking:
        raise ValueError(f"{check.id}: the checked frame lacks {sorted(lacking)}")
    unknown = frame["fires"].isna()
    if unknown.any() and not _reasons(frame[unknown]).astype(bool).all():
        raise ValueError(f"{check.id}: a row that could not be checked gives no reason")


def _told(frame: pd.DataFrame, spec: CheckSpec, regimes: Regimes, focus: Focus | None) -> pd.DataFrame:
    """The rows of the rule's span (those without a day too), of days with rules, and in focus."""
    kept = within(frame["day"], spec.from_, spec.to) | frame["day"].isna()
    if not spec.before_all_regimes:
        kept &= ~regimes.lawless(frame["day"])
    if focus is not None:
        kept &= _in_focus(frame, spec, focus)
    return frame if kept.all() else frame[kept]


def _in_focus(frame: pd.DataFrame, spec: CheckSpec, focus: Focus) -> pd.Series:
    inside = pd.Series(False, index=frame.index)
    for column in filter(is_ref, frame.columns):
        inside |= (frame[column].astype("Int64") // 2**32).isin(list(focus.source_ids)).fillna(False).astype(bool)
    if "refs" in frame:
        inside |= (
            frame["refs"].map(lambda refs: any((int(r) >> 32) in focus.source_ids for r in listed(refs))).astype(bool)
        )
    return inside | ((_kinds(frame, spec) == "return") & frame["subject_id"].isin(focus.return_ids))


def _kinds(frame: pd.DataFrame, spec: CheckSpec) -> pd.Series:
    if "subject_kind" not in frame:
        return pd.Series(spec.subject_kind, index=frame.index, dtype="str")
    return frame["subject_kind"].astype("str").fillna(spec.subject_kind)


def _reasons(frame: pd.DataFrame) -> pd.Series:
    if "missing" not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return frame["missing"].fillna("")


def _periods(frame: pd.DataFrame) -> pd.Series:
    period: pd.Series = frame["day"].dt.strftime("%Y-%m")
    if "period" in frame:
        period = period.fillna(frame["period"])
    return period.fillna("undated")


def _subjects(frame: pd.DataFrame, spec: CheckSpec) -> tuple[np.ndarray, pd.DataFrame]:
    """For each row the position of its subject, and the subjects: subject_kind and subject_id, each once."""
    codes, ids = pd.factorize(frame["subject_id"])
    if "subject_kind" not in frame or frame["subject_kind"].isna().all():
        return codes, pd.DataFrame({"subject_kind": spec.subject_kind, "subject_id": ids}).astype("str")
    kind_codes, kinds = pd.factorize(_kinds(frame, spec))
    positions, both = pd.factorize(codes * len(kinds) + kind_codes)
    subjects = {"subject_kind": kinds[both % len(kinds)], "subject_id": ids[both // len(kinds)]}
    return positions, pd.DataFrame(subjects)


def _fired(rows: pd.DataFrame, spec: CheckSpec) -> pd.DataFrame:
    told = rows.drop(columns=["fires", "missing"], errors="ignore")
    return told.assign(subject_kind=_kinds(rows, spec), period=_periods(rows))


def _unchecked(frame: pd.DataFrame, spec: CheckSpec, unknown: np.ndarray) -> pd.DataFrame:
    rows = frame[unknown]
    reason = _reasons(rows)
    told = {
        "subject_kind": _kinds(rows, spec),
        "subject_id": rows["subject_id"],
        "day": rows["day"],
        "period": _periods(rows),
        "reason": reason.mask(reason == "", "undated"),
    }
    return pd.DataFrame(told, columns=_UNCHECKED).drop_duplicates()


def _blind(evidence: Evidence, subjects: pd.DataFrame, certificates: frozenset[str]) -> Blind:
    return Blind(len(subjects), _certificates(evidence, subjects) if certificates else certificates)


def _certificates(evidence: Evidence, subjects: pd.DataFrame) -> frozenset[str]:
    """The issued certificates that these subjects hang on."""
    kinds = [(str(kind), rows["subject_id"]) for kind, rows in subjects.groupby("subject_kind")]
    return frozenset().union(*(certificates_of(evidence, kind, ids) for kind, ids in kinds))
