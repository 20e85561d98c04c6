"""The queue: the cases that fit some filters, page by page, the ones to look at first on top.

Everything is asked of the database by keys and marks of findings (an index holds them); what findings say is read for
no list. Breaches come before leads of the same severity and are counted apart from them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from carmonitor.store.findings import is_newest, view
from carmonitor.store.tables import case_finding, finding, review_case

STATUSES = ("open", "under_review", "closed")
NOBODY = "-"
"""As ``assigned``: cases that nobody has."""


@dataclass(frozen=True)
class Filters:
    """Which cases. Everything given must hold; "" does not matter.

    ``status``: one of :data:`STATUSES`, or ``waiting`` (not closed); ``severity``: the gravest of the findings that
    stand; ``kind``: ``breach`` or ``lead`` (a finding that stands is one), ``random`` (drawn by chance); ``outcome``:
    what was decided; ``rule`` and ``period``: one finding has both; ``assigned``: a user, or :data:`NOBODY`;
    ``subject``: its id contains this; ``place``: a value of a finding's evidence, or the first part of the subject.
    """

    status: str = ""
    severity: str = ""
    kind: str = ""
    outcome: str = ""
    rule: str = ""
    period: str = ""
    assigned: str = ""
    subject: str = ""
    place: str = ""

    def given(self) -> dict[str, str]:
        """The filters that are given, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}


@dataclass(frozen=True)
class Waiting:
    """A case of the list. ``breaches`` and ``leads``: how many of its findings stand; ``rules``: their ids.

    ``severity``: the gravest of the findings that stand, else of all; None for a case without any (drawn by chance).
    """

    case_id: str
    subject_kind: str
    subject_id: str
    status: str
    outcome: str | None
    origin: str
    assigned_to: str | None
    opened_as_of: Any
    closed_on: Any
    severity: str | None
    breaches: int
    leads: int
    rank: int | None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queue:
    """A page of the queue; ``counts``: how many cases of each status fit the other filters."""

    cases: tuple[Waiting, ...]
    counts: Mapping[str, int]


_c, _f, _m = review_case.c, finding.c, case_finding.c
_SEVERITIES = "EWI"
_NONE = len(_SEVERITIES)


def look(connection: sa.Connection, filters: Filters, *, first: int = 0, size: int | None = 50) -> Queue:
    """The cases from the ``first`` on (0: the top), ``size`` of them (None: all), and the counts."""
    fitting = _fitting(filters)
    f = fitting.c
    numbers = [
        sa.select(sa.func.count()).select_from(fitting).where(f.status == status).scalar_subquery().label(f"n_{status}")
        for status in STATUSES
    ]
    query = (
        sa.select(*_marked(f), *numbers)
        .where(*_of_status(filters.status, f.status))
        .order_by(
            sa.case((f.status == "closed", 1), else_=0),
            sa.func.coalesce(f.gravity, _NONE),
            sa.case((f.breaches > 0, 0), else_=1),
            sa.func.coalesce(f.rank, 0),
            f.opened_as_of,
            f.case_id,
        )
        .offset(first)
        .limit(size)
    )
    rows = connection.execute(query).mappings().all()
    counted = rows[0] if rows else connection.execute(sa.select(*numbers)).mappings().one()
    cases = _details(connection, rows)
    return Queue(tuple(cases), {status: int(counted[f"n_{status}"]) for status in STATUSES})


def _fitting(filters: Filters) -> sa.CTE:
    """The cases that fit all filters but the status, with what they are sorted by; computed once in a query."""
    marks = _marks()
    columns = (_c.case_id, _c.status, _c.opened_as_of, *_marked(marks.c)[1:])
    joined = sa.select(*columns).join_from(review_case, marks, marks.c.case_id == _c.case_id, isouter=True)
    return joined.where(*_conditions(filters, marks)).cte("fitting").prefix_with("MATERIALIZED")


def _marked(columns: Any) -> list[Any]:
    return [columns[name] for name in ("case_id", "gravity", "breaches", "leads", "rank")]


def _of_status(wanted: str, status: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    if not wanted:
        return []
    return [status != "closed" if wanted == "waiting" else status == wanted]


def _marks() -> sa.Subquery:
    """case_id → gravity (0: E), breaches and leads that stand, the best rank; one row per case with a finding."""
    gravity = sa.case({s: n for n, s in enumerate(_SEVERITIES)}, value=_f.severity)
    stands = _f.status == "open"
    query = (
        sa.select(
            _m.case_id,
            sa.func.coalesce(sa.func.min(sa.case((stands, gravity))), sa.func.min(gravity)).label("gravity"),
            sa.func.sum(sa.case((stands & (_f.outcome == "breach"), 1), else_=0)).label("breaches"),
            sa.func.sum(sa.case((stands & (_f.outcome == "lead"), 1), else_=0)).label("leads"),
            sa.func.min(sa.case((stands, _f.rank))).label("rank"),
        )
        .join_from(case_finding, finding, _m.finding_id == _f.finding_id)
        .where(is_newest())
        .group_by(_m.case_id)
    )
    return query.subquery("marks")


def _conditions(filters: Filters, marks: sa.Subquery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.outcome:
        found.append(_c.outcome == filters.outcome)
    if filters.assigned:
        found.append(_c.assigned_to.is_(None) if filters.assigned == NOBODY else _c.assigned_to == filters.assigned)
    if filters.subject:
        found.append(sa.func.lower(_c.subject_id).contains(filters.subject.lower(), autoescape=True))
    if filters.severity:
        found.append(marks.c.gravity == _SEVERITIES.find(filters.severity))
    if filters.kind == "random":
        found.append(_c.origin == "random")
    elif filters.kind:
        found.append((marks.c.breaches if filters.kind == "breach" else marks.c.leads) > 0)
    if filters.rule or filters.period:
        found.append(_c.case_id.in_(_having(filters)))
    if filters.place:
        found.append(_is_of(filters.place))
    return found


def _having(filters: Filters) -> sa.Select[Any]:
    """Cases with a finding of a rule and a period."""
    query = sa.select(_m.case_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id).where(is_newest())
    wanted = ((_f.rule_id, filters.rule), (_f.period, filters.period))
    return query.where(*(column == value for column, value in wanted if value))


def _is_of(place: str) -> sa.ColumnElement[bool]:
    """The subject is the place's, or a finding's evidence names it. Letter by letter, as the findings write it."""
    named = sa.cast(_f.content, sa.Text).contains(json.dumps(place), autoescape=True)
    query = sa.select(_m.case_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id)
    return sa.or_(
        _c.subject_id == place,
        _c.subject_id.startswith(f"{place}@", autoescape=True),
        _c.case_id.in_(query.where(is_newest(), named)),
    )


_COLUMNS = (
    "case_id", "subject_kind", "subject_id", "status", "outcome", "origin", "assigned_to", "opened_as_of", "closed_on",
)  # fmt: skip
_AT_ONCE = 1000


def _details(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> Iterator[Waiting]:
    """The cases of these marks, in their order."""
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        ids = [row["case_id"] for row in some]
        own = sa.select(*(_c[name] for name in _COLUMNS)).where(_c.case_id.in_(ids))
        found = {row["case_id"]: row for row in connection.execute(own).mappings()}
        rules = _rules(connection, ids)
        for row in some:
            severity = None if row["gravity"] is None else _SEVERITIES[row["gravity"]]
            name, breaches, leads = row["case_id"], int(row["breaches"] or 0), int(row["leads"] or 0)
            marks = {"severity": severity, "breaches": breaches, "leads": leads, "rank": row["rank"]}
            yield Waiting(**found[name], **marks, rules=rules.get(name, ()))


def _rules(connection: sa.Connection, cases: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Case → the ids of its rules, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    query = sa.select(_m.case_id, _f.rule_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id)
    for case, rule in connection.execute(query.where(_m.case_id.in_(cases)).distinct()):
        found[case].add(rule)
    return {case: tuple(sorted(rules)) for case, rules in found.items()}


def foremost(connection: sa.Connection, cases: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Case → the finding it is told by: one that stands before others, the gravest, a breach, the best rank.

    As :func:`carmonitor.store.findings.view` gives it; few cases at a time, for what findings say is long.
    """
    order = (
        sa.case((_f.status == "open", 0), else_=1),
        sa.case({s: n for n, s in enumerate(_SEVERITIES)}, value=_f.severity),
        sa.case((_f.outcome == "breach", 0), else_=1),
        sa.func.coalesce(_f.rank, 0),
        _f.finding_id,
    )
    place = sa.func.row_number().over(partition_by=_m.case_id, order_by=order).label("place")
    marks = (
        sa.select(_m.case_id, _f.finding_id, _f.version, place)
        .join_from(case_finding, finding, _m.finding_id == _f.finding_id)
        .where(_m.case_id.in_(cases), is_newest())
        .subquery("placed")
    )
    same = (marks.c.finding_id == _f.finding_id) & (marks.c.version == _f.version)
    query = sa.select(marks.c.case_id, finding).join_from(marks, finding, same).where(marks.c.place == 1)
    return {str(row["case_id"]): view(dict(row)) for row in connection.execute(query).mappings()}
