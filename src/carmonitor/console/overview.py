"""What the first page says: the returns of the last months, what a run found, and what changed since the one before.

What never changes once a run is stored is counted once and remembered by its run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from carmonitor.catalogues import Catalogue
from carmonitor.dossier.coverage import Report, coverage_report
from carmonitor.store import tables as t
from carmonitor.store.findings import RunInfo, is_newest, load_coverage

MONTHS = 6
RETURN_IN_TIME = "M-02"


@dataclass(frozen=True)
class Due:
    """The return of one sender and month. ``state``: received, late, missing, awaited, or not_demanded.

    ``arrivals``: the days on which it, and corrections of it, came; ``due_on`` None where no rule demands it.
    """

    sender: str
    period: str
    state: str
    due_on: date | None
    arrivals: tuple[date, ...] = ()


def returns(connection: sa.Connection, run: RunInfo, catalogue: Catalogue) -> list[Due]:
    """The returns of the last months up to the run's day, the newest month first, by sender."""
    months = list(_months(run.as_of))
    senders = [str(sender) for sender in run.settings.get("expected_senders", ())]
    s, f = t.submission.c, t.finding.c
    names = [f"{sender}@{period}" for sender in senders for period, _ in months]
    came: dict[str, list[date]] = {}
    query = sa.select(s.return_id, s.received_on).where(s.return_id.in_(names), s.received_on <= run.as_of)
    for name, day in connection.execute(query.order_by(s.received_on)):
        came.setdefault(name, []).append(day)
    faults = sa.select(f.subject_id).where(
        f.subject_kind == "return", f.subject_id.in_(names), f.rule_id == RETURN_IN_TIME, f.outcome == "breach",
        f.status == "open", is_newest(),
    )  # fmt: skip
    late = set(connection.execute(faults).scalars())
    found = []
    for period, end in months:
        due_on = _due_on(catalogue, run, end)
        for sender in senders:
            name = f"{sender}@{period}"
            arrivals = tuple(came.get(name, ()))
            found.append(Due(sender, period, _state(arrivals, due_on, run.as_of, name in late), due_on, arrivals))
    return found


def _months(as_of: date) -> list[tuple[str, date]]:
    """The months that ended by a day, the newest first: YYYY-MM and the last day."""
    found = []
    first_of_next = (as_of + timedelta(days=1)).replace(day=1)
    for _ in range(MONTHS):
        end = first_of_next - timedelta(days=1)
        found.append((f"{end:%Y-%m}", end))
        first_of_next = end.replace(day=1)
    return found


def _due_on(catalogue: Catalogue, run: RunInfo, end: date) -> date | None:
    """The due day of a month's return; None where the rule does not reach, or monitoring had not begun."""
    spec = catalogue.specs.get(RETURN_IN_TIME)
    begun = run.settings.get("monitoring_from")
    if spec is None or spec.status == "off" or (begun and end.replace(day=1).isoformat() < str(begun)):
        return None
    if (spec.from_ and end < spec.from_) or (spec.to and end >= spec.to):
        return None
    days = [p.values for p in spec.parameters if p.name == "due_day"]
    value = next(
        (v.value for v in (days[0] if days else ()) if (not v.from_ or end >= v.from_) and (not v.to or end < v.to)),
        None,
    )
    return None if value is None else end + timedelta(days=int(value))


def _state(arrivals: tuple[date, ...], due_on: date | None, as_of: date, late: bool) -> str:
    if arrivals:
        return "late" if late else "received"
    if due_on is None:
        return "not_demanded"
    return "missing" if due_on < as_of else "awaited"


def last_two(connection: sa.Connection) -> tuple[RunInfo | None, RunInfo | None]:
    """The latest run and the one before it."""
    query = sa.select(t.run).order_by(t.run.c.as_of.desc(), t.run.c.started_at.desc()).limit(2)
    found = [RunInfo(**row) for row in connection.execute(query).mappings()]
    return (found[0] if found else None), (found[1] if len(found) > 1 else None)


def in_budget(connection: sa.Connection, digest: str) -> int:
    """How many leads of a result are within the review budget."""
    f, m = t.finding.c, t.result_finding.c
    same = (m.finding_id == f.finding_id) & (m.version == f.version)
    query = (
        sa.select(sa.func.count())
        .select_from(t.result_finding.join(t.finding, same))
        .where(m.result_digest == digest, f.outcome == "lead", f.content["rank"].as_integer().is_not(None))
        .where(f.content["in_budget"].as_boolean())
    )
    return int(connection.execute(query).scalar_one())


def changes(connection: sa.Connection, run: RunInfo) -> dict[str, dict[str, int]]:
    """What a run changed: ``new``, ``changed`` and ``resolved`` → outcome → how many findings."""
    f = t.finding.c
    said = sa.case((f.version == 1, "new"), else_="changed")
    new = sa.select(said, f.outcome, sa.func.count()).where(f.first_run_id == run.run_id).group_by(said, f.outcome)
    gone = sa.select(sa.literal("resolved"), f.outcome, sa.func.count()).where(f.resolved_run_id == run.run_id)
    found: dict[str, dict[str, int]] = {"new": {}, "changed": {}, "resolved": {}}
    for query in (new, gone.group_by(f.outcome)):
        for what, outcome, n in connection.execute(query):
            found[what][outcome] = int(n)
    return found


def case_counts(connection: sa.Connection) -> Mapping[str, int]:
    """How many cases of each status; ``decided`` → those closed by people."""
    c = t.review_case.c
    query = sa.select(c.status, sa.func.count()).group_by(c.status)
    return {"open": 0, "under_review": 0, "closed": 0, **{s: int(n) for s, n in connection.execute(query)}}


def opened_by(connection: sa.Connection, run: RunInfo) -> int:
    """How many cases a run opened."""
    c = t.review_case.c
    query = sa.select(sa.func.count()).select_from(t.review_case).where(c.opened_run_id == run.run_id)
    return int(connection.execute(query).scalar_one())


def not_judged(connection: sa.Connection, run: RunInfo) -> int:
    """Submissions that came after the run."""
    query = sa.select(sa.func.count()).select_from(t.submission).where(t.submission.c.seq > (run.last_seq or 0))
    return int(connection.execute(query).scalar_one())


def quarantined(connection: sa.Connection) -> tuple[int, int]:
    """How many rows are in quarantine, in how many submissions."""
    s = t.source.c
    query = sa.select(sa.func.sum(s.quarantined), sa.func.count(sa.distinct(s.submission_id))).where(s.quarantined > 0)
    rows, submissions = connection.execute(query).one()
    return int(rows or 0), int(submissions)


def coverage(connection: sa.Connection, run: RunInfo, catalogue: Catalogue, lang: str) -> Report:
    """What the run's rules were checked on, in words."""
    from carmonitor.assessment import coverage_view  # noqa: PLC0415 - reads much that the other functions need not

    return coverage_report(coverage_view(load_coverage(connection, run.result_digest), catalogue, lang), lang)


class Memory:
    """Answers that hold for good, by what they are about; the oldest give way."""

    def __init__(self, size: int = 64) -> None:
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._size = size

    def of(self, key: tuple[Any, ...], answer: Any) -> Any:
        """What is kept for a key, else what ``answer()`` says now."""
        if key not in self._kept:
            while len(self._kept) >= self._size:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = answer()
        return self._kept[key]
