"""Two results side by side: what one finds and the other does not, and what they say differently. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from carmonitor.findings import RANKING, Finding

Kind = Literal["added", "removed", "changed", "restated", "unchanged"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "restated", "unchanged")

_TELLING = ("outcome", "severity", "part", "regime", "day", "period", "reason", "caveats", "in_budget")
_SHOWN = ("rank", "score")


@dataclass(frozen=True)
class Change:
    """One finding that differs. ``finding``: as the candidate makes it (as the reference did, when removed).

    ``what``: each difference in words, as ``severity E → W``; empty for added and removed ones.
    """

    kind: Kind
    finding: Finding
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """``changes``: all that is not unchanged, by rule and finding; ``counts``: rule or detector → kind → findings."""

    changes: tuple[Change, ...]
    counts: dict[str, dict[Kind, int]]

    @property
    def equal(self) -> bool:
        """Whether both say exactly the same."""
        return not self.changes

    def total(self, kind: Kind) -> int:
        """How many findings of all rules."""
        return sum(of_rule[kind] for of_rule in self.counts.values())


def compare(
    candidate: Iterable[Finding], reference: Iterable[Finding], inside: Callable[[Finding], bool] = lambda _: True
) -> Comparison:
    """Match findings by id.

    ``added``: the candidate finds it, the reference does not; ``removed``: the other way round; ``changed``: outcome,
    severity, part, regime, day, reason, caveats, evidence or a place in the review budget differ; ``restated``: only
    parameters shown, rank, score or what the ranking says do. ``inside``: which findings count; one that counts on
    either side does.
    """
    new, old = ({f.finding_id: f for f in findings} for findings in (candidate, reference))
    changes: list[Change] = []
    counts: dict[str, dict[Kind, int]] = {}
    ids = sorted(i for i in {*new, *old} if any(i in side and inside(side[i]) for side in (new, old)))
    for finding_id in ids:
        change = _change(new.get(finding_id), old.get(finding_id))
        of_rule = counts.setdefault(change.finding.rule_id, dict.fromkeys(KINDS, 0))
        of_rule[change.kind] += 1
        if change.kind != "unchanged":
            changes.append(change)
    order = {kind: n for n, kind in enumerate(KINDS)}
    changes.sort(key=lambda c: (c.finding.rule_id, order[c.kind], c.finding.subject_id, c.finding.finding_id))
    return Comparison(tuple(changes), dict(sorted(counts.items())))


def _change(new: Finding | None, old: Finding | None) -> Change:
    if new is None or old is None:
        kept = new or old
        assert kept is not None
        return Change("removed" if new is None else "added", kept)
    telling = [*_fields(new, old, _TELLING), *_evidence(new, old, ranking=False)]
    shown = [*_parameters(new, old), *_fields(new, old, _SHOWN), *_evidence(new, old, ranking=True)]
    kind: Kind = "changed" if telling else "restated" if shown else "unchanged"
    return Change(kind, new, tuple(telling + shown))


def _fields(new: Finding, old: Finding, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield _said(name, was, now)


def _evidence(new: Finding, old: Finding, *, ranking: bool) -> Iterator[str]:
    names = dict.fromkeys([*old.evidence, *new.evidence])
    for name in (n for n in names if (n in RANKING) is ranking):
        was, now = old.evidence.get(name), new.evidence.get(name)
        if _canonical(was) != _canonical(now):
            yield _said(name, was, now)


def _parameters(new: Finding, old: Finding) -> Iterator[str]:
    was = {p.name: (str(p.value), p.basis) for p in old.parameters}
    now = {p.name: (str(p.value), p.basis) for p in new.parameters}
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            a, b = was.get(name, ("–", "")), now.get(name, ("–", ""))
            yield _said(name, *((a[0], b[0]) if a[0] != b[0] else (a[1], b[1])))


def _said(name: str, was: Any, now: Any) -> str:
    return f"{name} {_text(was)} → {_text(now)}"


def _text(value: Any) -> str:
    if value in (None, "", ()):
        return "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def within_days(since: date | None, until: date | None) -> Callable[[Finding], bool]:
    """Whether a finding's day lies in a span, both ends included; without a day, whether its month touches the span.

    A finding with neither counts only where no span is given.
    """

    def inside(finding: Finding) -> bool:
        if since is None and until is None:
            return True
        first, last = _days(finding)
        if first is None or last is None:
            return False
        return (since is None or last >= since) and (until is None or first <= until)

    return inside


def _days(finding: Finding) -> tuple[date | None, date | None]:
    if finding.day is not None:
        return finding.day, finding.day
    try:
        first = date.fromisoformat(f"{finding.period}-01")
    except ValueError:
        return None, None
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
