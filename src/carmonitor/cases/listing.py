"""Looking at cases: the list with its filters, one case with all that belongs to it, its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from carmonitor.records.names import fold_name
from carmonitor.store import journal
from carmonitor.store.findings import is_newest, view
from carmonitor.store.tables import case_finding, case_mark, finding, review_case, silence

Row = dict[str, Any]

_WAITING_FIRST = {"open": 0, "under_review": 1, "closed": 2}
_GRAVEST_FIRST = "EWI"
_AT_ONCE = 1_000  # ids in one query


class CaseError(Exception):
    """A step that is not possible. The message says what was found and what was expected."""


def list_cases(
    connection: sa.Connection,
    *,
    cases: Collection[str] | None = None,
    status: str | None = None,
    outcome: str | None = None,
    subject: str | None = None,
    assigned: str | None = None,
    since: date | None = None,
    rule: str | None = None,
    severity: str | None = None,
    period: str | None = None,
    zone: str | None = None,
) -> list[Row]:
    """The cases that fit every filter given, those that wait first; of these the gravest, leads by their rank.

    ``cases``: these ids; ``subject``: the id of the subject contains this text; ``since``: opened as of this day or
    later; ``rule``, ``severity``, ``period`` (YYYY-MM): one finding of the case has them all; ``zone``: the zone is the
    subject, or is named in the evidence of a finding. Each row: the columns of ``review_case``, ``rules`` (sorted),
    ``severity`` (the gravest of the findings that stand, else of all; None for a case without any), ``standing`` and
    ``resolved`` (how many findings).
    """
    c = review_case.c
    query = sa.select(review_case, case_mark.c.place).outerjoin(case_mark, case_mark.c.case_id == c.case_id)
    for column, wanted in ((c.status, status), (c.outcome, outcome), (c.assigned_to, assigned)):
        if wanted is not None:
            query = query.where(column == wanted)
    if subject is not None:
        query = query.where(sa.func.lower(c.subject_id).contains(subject.lower(), autoescape=True))
    if since is not None:
        query = query.where(c.opened_as_of >= since)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if cases is not None:
        rows = [row for row in rows if row["case_id"] in cases]
    ids = [row["case_id"] for row in rows]
    findings = _marks(connection, ids) if zone is None else _findings(connection, ids)
    found = []
    for row in rows:
        own = findings.get(row["case_id"], [])
        asked = rule or severity or period
        if asked and not any(_fits(f, rule, severity, period) for f in own):
            continue
        if zone is not None and not _is_of_zone(row, own, zone):
            continue
        found.append({**row, **_summary(own)})
    found.sort(key=_order)
    return [{name: value for name, value in case.items() if name != "place"} for case in found]


def find(connection: sa.Connection, case_id: str) -> Row:
    """A case's own columns. Raises :class:`CaseError` when there is none of this id."""
    row = connection.execute(sa.select(review_case).where(review_case.c.case_id == case_id)).mappings().one_or_none()
    if row is None:
        raise CaseError(f"found no case {case_id!r}; `carmonitor cases list` shows those there are")
    return dict(row)


def show(connection: sa.Connection, case_id: str) -> Row:
    """One case as in :func:`list_cases`, with its findings, history, silences and the other cases of its subject.

    ``findings``: newest version of each with its status (:func:`carmonitor.store.findings.load_findings`), those that
    stand first, the gravest first; ``history``: :func:`history`; ``silences``: until, reason, actor, silence_id;
    ``other_cases``: their ids. Raises :class:`CaseError` when there is none of this id.
    """
    return show_all(connection, [find(connection, case_id)])[0]


def show_all(connection: sa.Connection, cases: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Many cases as :func:`show` gives one, in the order given, in a few queries. ``cases``: columns of the table."""
    ids = [case["case_id"] for case in cases]
    findings = _findings(connection, ids)
    past: dict[str, list[Row]] = defaultdict(list)
    for some in _portions(ids):
        for entry in journal.entries(connection, subjects=some):
            past[entry.subject].append({**vars(entry)})
    subjects = {(case["subject_kind"], case["subject_id"]) for case in cases}
    silences, others = _of_subjects(connection, subjects)
    shown = []
    for case in cases:
        own, subject = findings.get(case["case_id"], []), (case["subject_kind"], case["subject_id"])
        shown.append(
            {
                **case,
                **_summary(own),
                "findings": sorted(own, key=_finding_order),
                "history": past.get(case["case_id"], []),
                "silences": silences.get(subject, []),
                "other_cases": [i for i in others.get(subject, []) if i != case["case_id"]],
            }
        )
    return shown


Subject = tuple[str, str]


def _of_subjects(
    connection: sa.Connection, subjects: Collection[Subject]
) -> tuple[dict[Subject, list[Row]], dict[Subject, list[str]]]:
    """Subject → its silences, the first to end first; subject → its cases, the oldest first."""
    silences: dict[Subject, list[Row]] = defaultdict(list)
    cases: dict[Subject, list[str]] = defaultdict(list)
    s, c = silence.c, review_case.c
    for some in _portions(sorted({subject_id for _, subject_id in subjects})):
        rows = connection.execute(sa.select(silence).where(s.subject_id.in_(some)).order_by(s.until, s.silence_id))
        for row in rows.mappings():
            told = {name: row[name] for name in ("silence_id", "until", "reason", "actor")}
            silences[row["subject_kind"], row["subject_id"]].append(told)
        query = sa.select(c.subject_kind, c.subject_id, c.case_id).where(c.subject_id.in_(some))
        for kind, subject_id, case_id in connection.execute(query.order_by(c.opened_as_of, c.case_id)):
            cases[kind, subject_id].append(case_id)
    return silences, cases


def history(connection: sa.Connection, case_id: str) -> list[Row]:
    """What happened to a case, oldest first: seq, at, actor, action, payload, hash..., from the journal."""
    return [{**vars(entry)} for entry in journal.entries(connection, subject=case_id)]


def _findings(connection: sa.Connection, case_ids: Sequence[str]) -> dict[str, list[Row]]:
    """Case → the newest version of its findings, of these cases."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _of_cases(connection, case_ids, [finding]):
        found[row["case_id"]].append(view(dict(row)))
    return found


def _marks(connection: sa.Connection, case_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The same with rule_id, severity, status and period only: what a finding says takes most of the time to read."""
    found: dict[str, list[Row]] = defaultdict(list)
    f = finding.c
    for row in _of_cases(connection, case_ids, [f.rule_id, f.severity, f.status, f.period]):
        found[row["case_id"]].append(dict(row))
    return found


def _of_cases(connection: sa.Connection, case_ids: Sequence[str], columns: Sequence[Any]) -> Iterator[sa.RowMapping]:
    query = sa.select(case_finding.c.case_id, *columns).join_from(
        case_finding, finding, case_finding.c.finding_id == finding.c.finding_id
    )
    query = query.where(is_newest()).order_by(finding.c.finding_id)
    for some in _portions(case_ids):
        yield from connection.execute(query.where(case_finding.c.case_id.in_(some))).mappings()


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in lists that one query can name."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _fits(found: Mapping[str, Any], rule: str | None, severity: str | None, period: str | None) -> bool:
    wanted = {"rule_id": rule, "severity": severity, "period": period}
    return all(found[name] == value for name, value in wanted.items() if value is not None)


def _is_of_zone(case: Mapping[str, Any], findings: Iterable[Mapping[str, Any]], zone: str) -> bool:
    name = fold_name(zone)
    named = [case["subject_id"].partition("@")[0]]
    for found in findings:
        for value in found["evidence"].values():
            named += value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and fold_name(text) == name for text in named)


def _summary(findings: Iterable[Mapping[str, Any]]) -> Row:
    findings = list(findings)
    standing = [f for f in findings if f["status"] == "open"]
    severities = {f["severity"] for f in standing or findings}
    return {
        "rules": sorted({f["rule_id"] for f in findings}),
        "severity": min(severities, key=_GRAVEST_FIRST.index, default=None),
        "standing": len(standing),
        "resolved": len(findings) - len(standing),
    }


def _order(case: Mapping[str, Any]) -> tuple[Any, ...]:
    """As they wait, then as the queue of the console has them (``store.marks``: severity, breaches, rank of leads)."""
    gravity = _GRAVEST_FIRST.index(case["severity"]) if case["severity"] else len(_GRAVEST_FIRST)
    unmarked = case["place"] is None
    return _WAITING_FIRST[case["status"]], unmarked, case["place"] or gravity, case["opened_as_of"], case["case_id"]


def _finding_order(found: Mapping[str, Any]) -> tuple[Any, ...]:
    gravity = _GRAVEST_FIRST.index(found["severity"])
    return (
        found["status"] != "open",
        found["outcome"],
        gravity,
        found["rank"] or 0,
        found["rule_id"],
        found["finding_id"],
    )
