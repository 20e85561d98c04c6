"""F26: running the detectors, ranking their leads under a review budget, and the draw by chance beside it.

No detector's score is a probability: scores were only ever seen on synthetic data. Ranking therefore uses nothing of a
score but its place among the scores of the same detector in the same quarter.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from carmonitor.findings import Finding
from carmonitor.framework.checks import CheckSpec, detector
from carmonitor.framework.common import issued
from carmonitor.framework.engine import Focus, Result, evaluate
from carmonitor.framework.regimes import Regimes
from carmonitor.records.evidence import Evidence

Subject = tuple[str, str, str]  # subject kind, subject id, quarter


def detect(evidence: Evidence, specs: Mapping[str, CheckSpec], regimes: Regimes, focus: Focus | None = None) -> Result:
    """Run every detector of ``specs`` that is not off. Leads come back without ranks; see :func:`rank`.

    Raises KeyError for a specification without a function.
    """
    result = Result()
    for spec in specs.values():
        if spec.status != "off":
            result.add(evaluate(detector.checks[spec.implementation], spec, evidence, regimes, focus))
    return result


def rank(
    findings: Iterable[Finding], specs: Mapping[str, CheckSpec], evidence: Evidence, *, budget_percent: int
) -> list[Finding]:
    """The findings, with the leads of detectors joined and ranked against the lots of ``evidence``.

    See :func:`rank_leads`. Whatever carries no score comes back untouched: breaches, not_evaluated, leads of rules.
    """
    return rank_leads(findings, specs, lots_per_quarter(evidence), budget_percent=budget_percent)


def rank_leads(
    findings: Iterable[Finding], specs: Mapping[str, CheckSpec], lots: Mapping[str, int], *, budget_percent: int
) -> list[Finding]:
    """Join and rank leads, quarter by quarter (fraud.md F26, semantics.md 13 and 15).

    1. The k-th strangest lead of a detector in a quarter of n lots is worth log((n + 1 - k) / k); equal scores share
       the lower worth. (n is at least the number of the detector's leads.)
    2. Leads of one evidence group about one subject and period become one: the first by detector id and part, with
       the ids of the others in its evidence as ``also_found_by``, all rows, and the highest worth. A rule's lead on
       the list (it has no score) takes the detector's in, and stays without rank.
    3. Worths of independent groups about one subject add up to its ``score``; ``rank`` 1 is the highest, equal ones
       in the order of subject kind and id. Leads about one subject share its rank.
    4. ``in_budget``: rank ≤ ``budget_percent`` % of the quarter's lots, rounded down, but at least 1; none at 0 %.

    Detectors in status ``shadow`` are joined with nothing and get no rank. ``lots``: quarter → number of lots.
    """
    findings = list(findings)
    scored = [f for f in findings if f.score is not None and f.outcome == "lead" and _active(f, specs)]
    chosen = {id(f) for f in scored}
    rest = [f for f in findings if id(f) not in chosen]
    worth = _worths(scored, lots)
    leads, rest = _joined(scored, rest, worth, specs)
    return rest + _ranked(leads, specs, lots, budget_percent)


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


def lots_per_quarter(evidence: Evidence) -> dict[str, int]:
    """Quarter → distinct purchase slips and issued certificates dated in it; undated ones count under ``undated``."""
    slips = evidence["purchase"].drop_duplicates("slip_number")["purchase_date"]
    certificates = issued(evidence).drop_duplicates("certificate_number")["issue_date"]
    months = [*slips.dt.strftime("%Y-%m").fillna("undated"), *certificates.dt.strftime("%Y-%m").fillna("undated")]
    counts: Counter[str] = Counter()
    for month, number in Counter(months).items():
        counts[quarter_of_month(month)] += number
    return dict(counts)


def quarter_of_month(period: str) -> str:
    """``2021-05`` → ``2021-Q2``; anything else than a month stays as it is."""
    year, _, month = period.partition("-")
    return f"{year}-Q{(int(month) + 2) // 3}" if month.isdigit() else period


def _active(finding: Finding, specs: Mapping[str, CheckSpec]) -> bool:
    return finding.rule_id in specs and specs[finding.rule_id].status == "active"


def _worths(leads: Sequence[Finding], lots: Mapping[str, int]) -> dict[int, float]:
    """id(lead) → log odds, from its place among the leads of its detector and quarter."""
    lists: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for lead in leads:
        lists[lead.rule_id, quarter_of_month(lead.period)].append(lead)
    worth = {}
    for (_, quarter), members in lists.items():
        n = max(lots.get(quarter, 0), len(members))
        place, of_score = 0, {}
        for score, number in sorted(Counter(_score(f) for f in members).items(), reverse=True):
            place += number
            of_score[score] = math.log((n + 1 - place) / place)
        worth.update({id(f): of_score[_score(f)] for f in members})
    return worth


def _joined(
    scored: list[Finding], rest: list[Finding], worth: Mapping[int, float], specs: Mapping[str, CheckSpec]
) -> tuple[list[Finding], list[Finding]]:
    """One lead per evidence group, subject and period, its score replaced by its worth; and the rest."""
    groups: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for lead in sorted(scored, key=lambda f: (f.rule_id, f.part, f.finding_id)):
        groups[_same_fact(lead, specs)].append(lead)
    told = []
    for finding in rest:
        is_rule_lead = finding.outcome == "lead" and finding.score is None and _active(finding, specs)
        twins = groups.pop(_same_fact(finding, specs), []) if is_rule_lead else []
        told.append(_taking_in(finding, twins) if twins else finding)
    leads = [replace(_taking_in(m[0], m[1:]), score=max(worth[id(f)] for f in m)) for m in groups.values()]
    return leads, told


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
    leads: list[Finding], specs: Mapping[str, CheckSpec], lots: Mapping[str, int], budget_percent: int
) -> list[Finding]:
    by_group: defaultdict[Subject, dict[str, float]] = defaultdict(dict)
    for lead in leads:
        worths, group = by_group[_subject(lead)], _same_fact(lead, specs)[0]
        worths[group] = max(_score(lead), worths.get(group, -math.inf))
    total = {subject: float(f"{math.fsum(worths.values()):.6g}") for subject, worths in by_group.items()}
    order = sorted(total, key=lambda s: (s[2], -total[s], s[0], s[1]))
    first = {quarter: at for at, quarter in reversed(list(enumerate(s[2] for s in order)))}
    ranks = {subject: at - first[subject[2]] + 1 for at, subject in enumerate(order)}
    ranked = []
    for lead in leads:
        subject = _subject(lead)
        budget = max(1, lots.get(subject[2], 0) * budget_percent // 100) if budget_percent > 0 else 0
        place = ranks[subject]
        ranked.append(replace(lead, score=total[subject]).ranked(place, in_budget=place <= budget))
    return sorted(ranked, key=lambda f: (quarter_of_month(f.period), f.rank or 0, f.rule_id, f.part))


def _subject(lead: Finding) -> Subject:
    return lead.subject_kind, lead.subject_id, quarter_of_month(lead.period)


def _score(finding: Finding) -> float:
    assert finding.score is not None
    return finding.score
