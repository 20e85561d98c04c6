"""F26: running the detectors, ranking their leads under a review budget, and the draw by chance beside it.

What a lead is worth: a log likelihood ratio from simulated returns where its detector is calibrated
(:mod:`carmonitor.detection.calibration`; synthetic), else its place among the scores of the same detector in the same
quarter. Reviewers' verdicts move it (:mod:`carmonitor.detection.verdicts`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from carmonitor.detection.calibration import BASIS, Calibration, Worth, expit
from carmonitor.detection.lists import OF_CERTIFICATE, Lots, lots_per_quarter, quarter_of_month
from carmonitor.detection.verdicts import Verdicts, shift
from carmonitor.findings import Finding
from carmonitor.framework.checks import CheckSpec, detector
from carmonitor.framework.engine import Focus, Result, evaluate
from carmonitor.framework.regimes import Regimes
from carmonitor.records.evidence import Evidence

UNITS = {
    "place_in_list": "count", "lots_in_quarter": "count", "probability": "share", "probability_low": "share",
    "probability_high": "share",
}  # fmt: skip
"""Units of what the ranking adds to a lead's evidence."""

Subject = tuple[str, str, str]  # subject kind, subject id, quarter


def detect(
    evidence: Evidence,
    specs: Mapping[str, CheckSpec],
    regimes: Regimes,
    focus: Focus | None = None,
    started: Callable[[str], None] = lambda _id: None,
) -> Result:
    """Run every detector of ``specs`` that is not off. Leads come back without ranks; see :func:`rank`.

    ``started`` is told the id of each detector before it runs.

    Raises KeyError for a specification without a function.
    """
    result = Result()
    for spec in specs.values():
        if spec.status != "off":
            started(spec.id)
            result.add(evaluate(detector.checks[spec.implementation], spec, evidence, regimes, focus))
    return result


def rank(
    findings: Iterable[Finding],
    specs: Mapping[str, CheckSpec],
    evidence: Evidence,
    *,
    budget_percent: int,
    calibration: Calibration | None = None,
    verdicts: Verdicts | None = None,
) -> list[Finding]:
    """The findings, with the leads of detectors joined and ranked against the lots of ``evidence``.

    See :func:`rank_leads`. Whatever carries no score comes back untouched: breaches, not_evaluated, leads of rules.
    """
    lots = lots_per_quarter(evidence)
    return rank_leads(findings, specs, lots, budget_percent=budget_percent, calibration=calibration, verdicts=verdicts)


def rank_leads(
    findings: Iterable[Finding],
    specs: Mapping[str, CheckSpec],
    lots: Lots,
    *,
    budget_percent: int,
    calibration: Calibration | None = None,
    verdicts: Verdicts | None = None,
) -> list[Finding]:
    """Join and rank leads, each kind of subject and quarter a list of its own (fraud.md F26, semantics.md 13 and 15).

    1. A lead is worth the log likelihood ratio of its score where ``calibration`` knows detector, part and kind of
       subject. Else the k-th strangest lead of a detector among n lots is worth log((n + 1 - k) / k); equal scores
       share the lower worth. (n is at least the number of the detector's leads.) ``verdicts`` shift all of a
       detector's leads by what they do to the log odds of its precision.
    2. Leads of one evidence group about one subject and period become one: the first by detector id and part, with
       the ids of the others in its evidence as ``also_found_by``, all rows, and the highest worth. A rule's lead on
       the list (it has no score) takes the detector's in, and stays without rank.
    3. Worths of independent groups about one subject add up to its ``score``; ``rank`` 1 is the highest. Equal scores
       stand in the order of their places, then of subject kind and id. Leads about one subject share its rank.
    4. ``in_budget``: every lead about a certificate or its parts; of other kinds rank ≤ ``budget_percent`` % of the
       quarter's lots of the kind, rounded down, but at least 1; none at 0 %.

    Shown in each lead's evidence: ``place_in_list`` of its detector, ``lots_in_quarter``; where every group about the
    subject is calibrated ``probability`` with its interval and ``probability_basis`` (synthetic); where verdicts moved
    it ``verdicts_used``. Detectors in status ``shadow`` are joined with nothing and get no rank.
    """
    findings = list(findings)
    scored = [f for f in findings if f.score is not None and f.outcome == "lead" and _active(f, specs)]
    chosen = {id(f) for f in scored}
    rest = [f for f in findings if id(f) not in chosen]
    worth = _worths(scored, lots, calibration or Calibration(), verdicts or {})
    leads, rest = _joined(scored, rest, worth, specs)
    return rest + _ranked(leads, specs, lots, budget_percent, calibration or Calibration())


def draw(quarter: str, seed: str, certificates: Iterable[str], quota: int) -> list[str]:
    """The certificates of a closed quarter that chance puts before a reviewer, in the order of the draw.

    Each number is hashed with seed and quarter, and the lowest hashes are drawn: the order in which the certificates
    come, and how often one is named, changes nothing. At most ``quota``; all of them where there are fewer. It is for
    the caller to see that the quarter is closed: :func:`is_closed`.
    """

    def lot(number: str) -> str:
        return hashlib.sha256(json.dumps([seed, quarter, number], ensure_ascii=False).encode()).hexdigest()

    return sorted(set(certificates), key=lambda number: (lot(number), number))[:quota]


def is_closed(quarter: str, as_of: date) -> bool:
    """Whether the last day of ``YYYY-Qn`` is over at the end of ``as_of``. Raises ValueError for what is no quarter."""
    return bool(pd.Period(quarter, freq="Q").end_time.date() <= as_of)


def _active(finding: Finding, specs: Mapping[str, CheckSpec]) -> bool:
    return finding.rule_id in specs and specs[finding.rule_id].status == "active"


@dataclass(frozen=True)
class _Worth:
    """What a lead adds. ``place``: the worth of its place alone; ``worth``: None where not calibrated."""

    value: float
    place: float
    calibrated: Worth | None
    shown: Mapping[str, Any]


def _worths(leads: Sequence[Finding], lots: Lots, calibration: Calibration, verdicts: Verdicts) -> dict[int, _Worth]:
    """id(lead) → its worth, from its score or its place among the leads of its detector, kind and quarter."""
    lists: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for lead in leads:
        lists[lead.rule_id, lead.subject_kind, quarter_of_month(lead.period)].append(lead)
    found = {}
    for (rule_id, kind, quarter), members in lists.items():
        n = max(lots.get((kind, quarter), 0), len(members))
        moved = shift(rule_id, verdicts, calibration)
        place, of_score = 0, {}
        for score, number in sorted(Counter(_score(f) for f in members).items(), reverse=True):
            place += number
            of_score[score] = place
        for lead in members:
            k = of_score[_score(lead)]
            by_place = math.log((n + 1 - k) / k)
            worth = calibration.worth(rule_id, lead.part, kind, _score(lead))
            if worth is not None:
                worth = Worth(worth.log_ratio + moved, worth.low + moved, worth.high + moved)
            shown: dict[str, Any] = {"place_in_list": k, "lots_in_quarter": n}
            if rule_id in verdicts:
                confirmed, explained = verdicts[rule_id]
                shown["verdicts_used"] = [{"rule_id": rule_id, "confirmed": confirmed, "explained": explained}]
            value = by_place + moved if worth is None else worth.log_ratio
            found[id(lead)] = _Worth(value, by_place, worth, shown)
    return found


@dataclass(frozen=True)
class _Joined:
    """One lead per evidence group, subject and period, and the highest worth of those that became it."""

    lead: Finding
    worth: _Worth


def _joined(
    scored: list[Finding], rest: list[Finding], worth: Mapping[int, _Worth], specs: Mapping[str, CheckSpec]
) -> tuple[list[_Joined], list[Finding]]:
    """One lead per evidence group, subject and period; and the rest."""
    groups: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for lead in sorted(scored, key=lambda f: (f.rule_id, f.part, f.finding_id)):
        groups[_same_fact(lead, specs)].append(lead)
    told = []
    for finding in rest:
        is_rule_lead = finding.outcome == "lead" and finding.score is None and _active(finding, specs)
        twins = groups.pop(_same_fact(finding, specs), []) if is_rule_lead else []
        told.append(_taking_in(finding, twins) if twins else finding)
    leads = []
    for members in groups.values():
        best = max((worth[id(f)] for f in members), key=lambda w: (w.value, w.place))
        shown = dict(worth[id(members[0])].shown)
        used = {v["rule_id"]: v for f in members for v in worth[id(f)].shown.get("verdicts_used", ())}
        if used:
            shown["verdicts_used"] = list(used.values())
        leads.append(_Joined(_with(_taking_in(members[0], members[1:]), shown), best))
    return leads, told


def _with(lead: Finding, shown: Mapping[str, Any]) -> Finding:
    units = {name: unit for name, unit in UNITS.items() if name in shown}
    return replace(lead, evidence={**lead.evidence, **shown}, units={**lead.units, **units})


def _same_fact(finding: Finding, specs: Mapping[str, CheckSpec]) -> tuple[str, ...]:
    group = specs[finding.rule_id].evidence_group or finding.rule_id
    return group, finding.subject_kind, finding.subject_id, finding.period


def _taking_in(lead: Finding, others: Sequence[Finding]) -> Finding:
    if not others:
        return lead
    names = sorted({f"{f.rule_id}:{f.part}" if f.part else f.rule_id for f in others})
    refs = sorted({*lead.refs, *(ref for f in others for ref in f.refs)})
    return replace(lead, evidence={**lead.evidence, "also_found_by": names}, refs=tuple(refs))


def _ranked(
    joined: list[_Joined], specs: Mapping[str, CheckSpec], lots: Lots, budget_percent: int, calibration: Calibration
) -> list[Finding]:
    by_group: defaultdict[Subject, dict[str, _Worth]] = defaultdict(dict)
    for one in joined:
        worths, group = by_group[_subject(one.lead)], _same_fact(one.lead, specs)[0]
        known = worths.get(group)
        if known is None or (one.worth.value, one.worth.place) > (known.value, known.place):
            worths[group] = one.worth
    total = {s: _six_digits(math.fsum(w.value for w in worths.values())) for s, worths in by_group.items()}
    place = {s: _six_digits(math.fsum(w.place for w in worths.values())) for s, worths in by_group.items()}
    shown = {s: _probability(worths.values(), calibration.prior(s[0])) for s, worths in by_group.items()}
    order = sorted(total, key=lambda s: (s[2], s[0], -total[s], -place[s], s[1]))
    first = {s[::2]: at for at, s in reversed(list(enumerate(order)))}
    ranks = {subject: at - first[subject[::2]] + 1 for at, subject in enumerate(order)}
    ranked = []
    for one in joined:
        subject = _subject(one.lead)
        kind, _, quarter = subject
        budget = max(1, lots.get((kind, quarter), 0) * budget_percent // 100)
        inside = budget_percent > 0 and (kind in OF_CERTIFICATE or ranks[subject] <= budget)
        lead = replace(_with(one.lead, shown[subject]), score=total[subject])
        ranked.append(lead.ranked(ranks[subject], in_budget=inside))
    return sorted(ranked, key=lambda f: (quarter_of_month(f.period), f.subject_kind, f.rank or 0, f.rule_id, f.part))


def _probability(worths: Iterable[_Worth], prior: float | None) -> dict[str, Any]:
    """The chance that a subject is fraud, groups taken as independent; nothing where one is not calibrated."""
    known = [w.calibrated for w in worths]
    if prior is None or any(w is None for w in known):
        return {}
    sums = [
        prior + math.fsum(values)
        for values in zip(*((w.log_ratio, w.low, w.high) for w in known if w is not None), strict=True)
    ]
    middle, low, high = (float(f"{expit(value):.3f}") for value in sums)
    return {
        "probability": middle, "probability_low": low, "probability_high": high, "probability_basis": BASIS,
    }  # fmt: skip


def _six_digits(value: float) -> float:
    return float(f"{value:.6g}")


def _subject(lead: Finding) -> Subject:
    return lead.subject_kind, lead.subject_id, quarter_of_month(lead.period)


def _score(finding: Finding) -> float:
    assert finding.score is not None
    return finding.score
