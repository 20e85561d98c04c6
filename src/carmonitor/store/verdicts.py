"""How the leads of each detector fared with reviewers, from the cases they are in."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import sqlalchemy as sa

from carmonitor.detection.verdicts import Tally
from carmonitor.store.findings import is_newest
from carmonitor.store.tables import case_finding, finding, review_case

_COUNTED = {
    "confirmed": "confirmed", "explained": "explained", "inconclusive": "inconclusive",
    "referred_to_mission": "inconclusive", "corrected": "corrected",
}  # fmt: skip


def tallies(connection: sa.Connection, *, as_of: date | None = None) -> dict[str, Tally]:
    """Rule or detector → its tally, over every lead ever stored; only cases closed by the end of ``as_of`` count.

    A lead counts once, by the last case closed about it. Where leads of several detectors became one, each of them has
    it (``also_found_by``). A case that was opened again counts as open.
    """
    verdict = _verdicts(connection, as_of)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    f = finding.c
    stored = sa.select(f.finding_id, f.rule_id, f.content).where(is_newest(), f.outcome == "lead")
    for finding_id, rule_id, content in connection.execute(stored):
        others = content.get("evidence", {}).get("also_found_by") or ()
        for name in {rule_id, *(str(other).partition(":")[0] for other in others)}:
            counts[name]["raised"] += 1
            if finding_id in verdict:
                counts[name][verdict[finding_id]] += 1
    return {name: Tally(**counted) for name, counted in sorted(counts.items())}


def _verdicts(connection: sa.Connection, as_of: date | None) -> dict[str, str]:
    """finding_id → what its last closed case says of it."""
    c = review_case.c
    query = sa.select(case_finding.c.finding_id, c.outcome).join_from(
        case_finding, review_case, case_finding.c.case_id == c.case_id
    )
    query = query.where(c.status == "closed", c.outcome.is_not(None))
    if as_of is not None:
        query = query.where(c.closed_on <= as_of)
    rows = connection.execute(query.order_by(c.closed_on, c.case_id))
    return {finding_id: _COUNTED[outcome] for finding_id, outcome in rows}
