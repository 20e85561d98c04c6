"""The queue: the cases that fit some filters, page by page, the ones to look at first on top.

Lists are made from the marks of cases (:mod:`carmonitor.store.marks`); what findings say is read for a page at most,
or where a place is asked for. Breaches come before leads of the same severity and are counted apart from them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from carmonitor.store.findings import is_newest, view
from carmonitor.store.marks import gravity
from carmonitor.store.tables import case_finding, case_mark, finding, review_case

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


_c, _f, _m, _k = review_case.c, finding.c, case_finding.c, case_mark.c


def look(
    connection: sa.Connection,
    filters: Filters,
    *,
    first: int = 0,
    size: int | None = 50,
    also: Sequence[sa.ColumnElement[bool]] = (),
) -> Queue:
    """The cases from the ``first`` on (0: the top), ``size`` of them (None: all), and the counts.

    ``also``: further conditions on ``review_case``.
    """
    marked = review_case.join(case_mark, _k.case_id == _c.case_id, isouter=True)
    wanted = [*_conditions(connection, filters), *also]
    listed = (
        sa.select(*(_c[name] for name in _OWN), *(_k[name] for name in _MARKS))
        .select_from(marked)
        .where(*wanted, *_of_status(filters.status))
        .order_by(sa.case((_c.status == "closed", 1), else_=0), _k.place.is_(None), _k.place, _c.case_id)
        .offset(first)
        .limit(size)
    )
    rows = connection.execute(listed).mappings().all()
    counting = sa.select(_c.status, sa.func.count()).select_from(marked).where(*wanted).group_by(_c.status)
    counted = {str(status): int(n) for status, n in connection.execute(counting)}
    rules = _rules(connection, [row["case_id"] for row in rows])
    cases = tuple(_waiting(row, rules) for row in rows)
    return Queue(cases, {status: counted.get(status, 0) for status in STATUSES})


_OWN = (
    "case_id", "subject_kind", "subject_id", "status", "outcome", "origin", "assigned_to", "opened_as_of", "closed_on",
)  # fmt: skip
_MARKS = ("severity", "breaches", "leads", "rank")


def _waiting(row: sa.RowMapping, rules: Mapping[str, tuple[str, ...]]) -> Waiting:
    counted = {name: row[name] or 0 for name in ("breaches", "leads")}
    return Waiting(**{**row, **counted}, rules=rules.get(row["case_id"], ()))


def _of_status(wanted: str) -> list[sa.ColumnElement[bool]]:
    if not wanted:
        return []
    return [_c.status != "closed" if wanted == "waiting" else _c.status == wanted]


def _conditions(connection: sa.Connection, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """All but the status."""
    found: list[sa.ColumnElement[bool]] = []
    if filters.outcome:
        found.append(_c.outcome == filters.outcome)
    if filters.assigned:
        found.append(_c.assigned_to.is_(None) if filters.assigned == NOBODY else _c.assigned_to == filters.assigned)
    if filters.subject:
        found.append(sa.func.lower(_c.subject_id).contains(filters.subject.lower(), autoescape=True))
    if filters.severity:
        found.append(_k.severity == filters.severity)
    if filters.kind == "random":
        found.append(_c.origin == "random")
    elif filters.kind:
        found.append((_k.breaches if filters.kind == "breach" else _k.leads) > 0)
    if filters.rule or filters.period:
        found.append(_c.case_id.in_(_having(filters)))
    if filters.place:
        found.append(_is_of(connection, filters.place))
    return found


def _having(filters: Filters) -> sa.Select[Any]:
    """Cases with a finding of a rule and a period."""
    query = sa.select(_m.case_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id).where(is_newest())
    wanted = ((_f.rule_id, filters.rule), (_f.period, filters.period))
    return query.where(*(column == value for column, value in wanted if value))


def _is_of(connection: sa.Connection, place: str) -> sa.ColumnElement[bool]:
    """The subject is the place's, or a finding's evidence names it. Letter by letter, as the findings write it."""
    named = sa.cast(_f.content, sa.Text).contains(json.dumps(place), autoescape=True)
    query = sa.select(_m.case_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id)
    cases = json.dumps(list(connection.execute(query.where(is_newest(), named).distinct()).scalars()))
    if connection.dialect.name == "postgresql":
        listed = sa.func.json_array_elements_text(sa.cast(sa.literal(cases), postgresql.JSON)).table_valued("value")
    else:
        listed = sa.func.json_each(cases).table_valued("value")
    return sa.or_(
        _c.subject_id == place,
        _c.subject_id.startswith(f"{place}@", autoescape=True),
        _c.case_id.in_(sa.select(listed.c.value)),
    )


_AT_ONCE = 1000


def _rules(connection: sa.Connection, cases: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Case → the ids of its rules, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    query = sa.select(_m.case_id, _f.rule_id).join_from(case_finding, finding, _m.finding_id == _f.finding_id)
    for start in range(0, len(cases), _AT_ONCE):
        some = query.where(_m.case_id.in_(cases[start : start + _AT_ONCE])).distinct()
        for case, rule in connection.execute(some):
            found[case].add(rule)
    return {case: tuple(sorted(rules)) for case, rules in found.items()}


def foremost(connection: sa.Connection, cases: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Case → the finding it is told by: one that stands before others, the gravest, a breach, the best rank.

    As :func:`carmonitor.store.findings.view` gives it; few cases at a time, for what findings say is long.
    """
    order = (
        sa.case((_f.status == "open", 0), else_=1),
        gravity(),
        sa.case((_f.outcome == "breach", 0), else_=1),
        sa.func.coalesce(_f.content["rank"].as_integer(), 0),
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
