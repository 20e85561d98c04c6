"""The engine: runs checks over evidence, vectorised, and says for each what it found and what it could not check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.framework.checks import Check, CheckSpec, Params, is_ref, within
from carmonitor.framework.common import written
from carmonitor.framework.custody import certificates_of
from carmonitor.framework.judged import FIRST_IDS, Blind, Coverage, Judged, Result, concluded, listed
from carmonitor.framework.regimes import Regimes
from carmonitor.records.columns import same_text
from carmonitor.records.evidence import Evidence

__all__ = ["FIRST_IDS", "Coverage", "Focus", "Judged", "Result", "concluded", "evaluate", "judged"]

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]

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
    whole = check.function(evidence, Params(spec.parameters))
    _demand(check, whole)
    told = _told(whole, spec, regimes, focus)
    if without:
        told = told & ~_kinds(whole, spec).isin(list(without)).to_numpy()
    frame = whole if told.all() else whole[told]
    if frame.empty:
        return Judged(_fired(frame, spec), _unchecked(frame, spec, np.zeros(0, bool)))
    fires = frame["fires"].astype("boolean")
    unknown, hits = fires.isna().to_numpy(), fires.fillna(False).to_numpy(dtype=bool)
    if spec.from_ is not None or spec.to is not None:  # a row without a day may lie in the span or not
        undated = frame["day"].isna().to_numpy()
        unknown, hits = unknown | undated, hits & ~undated
    subjects = Subjects.of(evidence, whole, told, spec)
    hit, blind = subjects.with_rows(hits), np.zeros(len(subjects.ids), bool)
    if unknown.any():
        unknown = unknown & ~hit[subjects.of_row]
        blind = subjects.with_rows(unknown)
    unchecked = _unchecked(frame, spec, unknown)
    every = subjects.certificates(evidence)
    return Judged(
        fired=_fired(frame[hits], spec),
        unchecked=unchecked,
        subjects=len(subjects.ids),
        breached=int(hit.sum()),
        blind=int(blind.sum()),
        certificates=every,
        blind_certificates=subjects.certificates(evidence, blind) if every and blind.any() else frozenset(),
        reasons={} if unchecked.empty else _reasons_told(evidence, unchecked, every),
    )


def _reasons_told(evidence: Evidence, unchecked: pd.DataFrame, every: frozenset[str]) -> dict[tuple[str, str], Blind]:
    return {
        (str(reason), str(kind)): _blind(evidence, str(kind), rows["subject_id"].drop_duplicates(), every)
        for (reason, kind), rows in unchecked.groupby(["reason", "subject_kind"])
    }


def _demand(check: Check, frame: pd.DataFrame) -> None:
    lacking = {"subject_id", "day", "fires", *check.evidence} - set(frame.columns)
    if lacking:
        raise ValueError(f"{check.id}: the checked frame lacks {sorted(lacking)}")
    unknown = frame["fires"].isna()
    if unknown.any() and not _reasons(frame.filter(["missing"])[unknown]).astype(bool).all():
        raise ValueError(f"{check.id}: a row that could not be checked gives no reason")


def _told(frame: pd.DataFrame, spec: CheckSpec, regimes: Regimes, focus: Focus | None) -> Mask:
    """True for rows of the rule's span (those without a day too), of days with rules, and in focus."""
    days = frame["day"]
    kept = pd.Series(True, index=frame.index)
    if spec.from_ is not None or spec.to is not None:
        kept = within(days, spec.from_, spec.to) | days.isna()
    if not spec.before_all_regimes:
        kept &= ~regimes.lawless(days)
    if focus is not None:
        kept &= _in_focus(frame, spec, focus)
    return kept.to_numpy(dtype=bool)


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
    period = written(frame["day"], "%Y-%m")
    if "period" in frame:
        period = period.fillna(frame["period"])
    return period.fillna("undated")


@dataclass(frozen=True)
class Subjects:
    """The subjects of a checked frame, each once. ``of_row``: the position of each row's subject in ``ids``.

    ``kinds``: the kind of each, or one for all. ``named``: the column they were named in, where it is one that is known
    again (:func:`same_text`); what is remembered for such a column keeps it too, so that no other can take its place.
    """

    of_row: Positions
    ids: pd.Series
    kinds: pd.Series | str
    named: pd.Series | None

    @classmethod
    def of(cls, evidence: Evidence, whole: pd.DataFrame, told: Mask, spec: CheckSpec) -> Subjects:
        """The subjects of the rows of ``whole`` that are told, in the order in which they first stand."""
        codes, ids = evidence.coded(whole["subject_id"])
        every = bool(told.all())
        frame = whole if every else whole[told]
        known = whole["subject_id"] if every and same_text(whole["subject_id"]) else None
        if not every:  # the rows were told apart above: looking for the same texts again would cost far more
            codes, own = pd.factorize(codes[told])
            ids = ids.take(own)
        if "subject_kind" not in frame or frame["subject_kind"].isna().all():
            return cls(codes, pd.Series(ids, dtype="str"), spec.subject_kind, known)
        kind_codes, kinds = pd.factorize(_kinds(frame, spec))
        if len(kinds) == 1:
            return cls(codes, pd.Series(ids, dtype="str"), str(kinds[0]), known)
        of_row, both = pd.factorize(codes * len(kinds) + kind_codes)
        subjects = pd.Series(ids, dtype="str").take(both // len(kinds)).reset_index(drop=True)
        return cls(of_row, subjects, pd.Series(kinds, dtype="str").take(both % len(kinds)).reset_index(drop=True), None)

    def with_rows(self, rows: Mask) -> Mask:
        """Which subjects have a row among these."""
        found = np.zeros(len(self.ids), dtype=bool)
        found[self.of_row[rows]] = True
        return found

    def certificates(self, evidence: Evidence, chosen: Mask | None = None) -> frozenset[str]:
        """The issued certificates that the subjects (those chosen) hang on."""
        ids = self.ids if chosen is None else self.ids[chosen]
        if isinstance(self.kinds, str):
            kind, named = self.kinds, self.named
            if chosen is not None or named is None:
                return certificates_of(evidence, kind, ids)
            found: frozenset[str]
            found, _ = evidence.last(
                f"certificates of {kind}", same_text(named), lambda: (certificates_of(evidence, kind, ids), named)
            )
            return found
        of_kind = ids.groupby(self.kinds if chosen is None else self.kinds[chosen])
        return frozenset[str]().union(*(certificates_of(evidence, str(kind), own) for kind, own in of_kind))


def _fired(rows: pd.DataFrame, spec: CheckSpec) -> pd.DataFrame:
    if rows.empty:
        return rows
    told = rows.drop(columns=["fires", "missing"], errors="ignore")
    return told.assign(subject_kind=_kinds(rows, spec), period=_periods(rows))


def _unchecked(frame: pd.DataFrame, spec: CheckSpec, unknown: np.ndarray) -> pd.DataFrame:
    if not unknown.any():
        return pd.DataFrame(columns=_UNCHECKED)
    rows = frame.filter(["subject_kind", "subject_id", "day", "period", "missing"])[unknown]
    reason = _reasons(rows)
    told = {
        "subject_kind": _kinds(rows, spec),
        "subject_id": rows["subject_id"],
        "day": rows["day"],
        "period": _periods(rows),
        "reason": reason.mask(reason == "", "undated"),
    }
    return pd.DataFrame(told, columns=_UNCHECKED).drop_duplicates()


def _blind(evidence: Evidence, kind: str, subject_ids: pd.Series, every: frozenset[str]) -> Blind:
    return Blind(len(subject_ids), certificates_of(evidence, kind, subject_ids) if every else every)
