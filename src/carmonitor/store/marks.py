"""The marks of cases: what lists are sorted by and filtered on, derived from findings.

Findings, and which case they are in, change only when a run is stored; the marks are made anew at its end, in the same
transaction. Reading what ten thousand findings say would take a list longer than its reader waits.
"""

from __future__ import annotations

import sqlalchemy as sa

from carmonitor.store.findings import is_newest
from carmonitor.store.tables import case_finding, case_mark, finding, review_case

SEVERITIES = "EWI"
_c, _f, _m = review_case.c, finding.c, case_finding.c


def gravity() -> sa.ColumnElement[int]:
    """0 for E, 1 for W, 2 for I."""
    return sa.case({severity: n for n, severity in enumerate(SEVERITIES)}, value=_f.severity)


def mark_cases(connection: sa.Connection) -> None:
    """Make the marks of every case anew.

    ``severity``: the gravest of the findings that stand, else of all (null without any); ``breaches`` and ``leads``:
    how many stand; ``rank``: the best of the leads that stand; ``place``: 1 is looked at first: the gravest, the one
    with most breaches, without any the one of the best rank, the oldest.
    """
    connection.execute(sa.delete(case_mark))
    stands = _f.status == "open"
    of_case = (
        sa.select(
            _m.case_id,
            sa.func.coalesce(sa.func.min(sa.case((stands, gravity()))), sa.func.min(gravity())).label("gravity"),
            sa.func.sum(sa.case((stands & (_f.outcome == "breach"), 1), else_=0)).label("breaches"),
            sa.func.sum(sa.case((stands & (_f.outcome == "lead"), 1), else_=0)).label("leads"),
            sa.func.min(sa.case((stands, _f.content["rank"].as_integer()))).label("rank"),
        )
        .join_from(case_finding, finding, _m.finding_id == _f.finding_id)
        .where(is_newest())
        .group_by(_m.case_id)
        .subquery("of_case")
    )
    found = of_case.c
    order = (
        sa.func.coalesce(found.gravity, len(SEVERITIES)),
        sa.func.coalesce(found.breaches, 0).desc(),
        sa.case((found.breaches > 0, 0), else_=sa.func.coalesce(found.rank, 0)),
        _c.opened_as_of,
        _c.case_id,
    )
    marks = sa.select(
        _c.case_id,
        sa.func.row_number().over(order_by=order),
        sa.case(dict(enumerate(SEVERITIES)), value=found.gravity),
        sa.func.coalesce(found.breaches, 0),
        sa.func.coalesce(found.leads, 0),
        found.rank,
    ).join_from(review_case, of_case, found.case_id == _c.case_id, isouter=True)
    connection.execute(sa.insert(case_mark).from_select([column.name for column in case_mark.c], marks))
