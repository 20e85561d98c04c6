"""Cases against the journal: the state of each must be what its entries, one after the other, made of it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from carmonitor.operations.damages import Damage
from carmonitor.store import plain
from carmonitor.store import tables as t

FIELDS = ("status", "outcome", "assigned_to")
"""What of a case the journal tells as ``field: [old, new]``."""


@dataclass
class _Told:
    """What the journal says of a case in the end."""

    state: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(FIELDS))
    findings: set[str] = field(default_factory=set)


def case_damages(connection: sa.Connection) -> tuple[int, list[Damage]]:
    """How many cases were compared, and what does not fit. The journal's own chain must be whole."""
    told = _told(connection)
    members: defaultdict[Any, set[Any]] = defaultdict(set)
    for case, finding in plain.rows(connection, t.case_finding, columns=("case_id", "finding_id")):
        members[case].add(finding)
    rows = list(plain.rows(connection, t.review_case, columns=("case_id", *FIELDS)))
    damages = [Damage("case_removed", name) for name in sorted(set(told) - {row[0] for row in rows})]
    for name, *state in rows:
        if name not in told:
            damages.append(Damage("case_unknown", str(name)))
            continue
        said = told[name]
        for column, found in zip(FIELDS, state, strict=True):
            if found != said.state[column]:
                damages.append(Damage("case_state", str(name), str(found), str(said.state[column])))
        if members[name] != said.findings:
            odd = ", ".join(sorted(map(str, members[name] ^ said.findings)))
            damages.append(Damage("case_findings", str(name), odd))
    return len(rows), damages


def _told(connection: sa.Connection) -> dict[str, _Told]:
    j = t.journal.c
    query = sa.select(j.action, j.subject, j.payload).order_by(j.seq)
    told: dict[str, _Told] = {}
    for action, subject, payload in connection.execute(query):
        if action == "open":
            told[subject] = _Told()
        if subject not in told:
            continue
        said = json.loads(payload)
        case = told[subject]
        case.state |= {name: said[name][1] for name in FIELDS if _is_change(said.get(name))}
        if action in ("open", "add_findings"):
            case.findings |= set(said.get("findings", ()))
    return told


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
