"""Which submission did away with a finding. Named only where the papers say so; else nobody is (semantics.md 17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from carmonitor.store.tables import submission

Resolver = Callable[[Mapping[str, Any]], str | None]
"""A stored finding that no longer stands (content and lineage) → the submission that did it, or None."""


class _Run(Protocol):
    """What is asked of a run."""

    @property
    def as_of(self) -> date: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def code_version(self) -> str: ...
    @property
    def rulebook_hash(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def last_seq(self) -> int | None: ...


def by_submissions(connection: sa.Connection, run: _Run, before: _Run | None) -> Resolver:
    """A resolver over the submissions that came into the evidence since the run before.

    In this order: the newest one of the same return (sender and period) as a paper the finding stands on, or of the
    return the finding is about; else the only one that came, if rules, settings and code stayed the same; else none.
    """
    s = submission.c
    rows = connection.execute(
        sa.select(s.submission_id, s.return_id, s.received_on, s.ingested_at, s.seq).order_by(s.received_on, s.seq)
    ).all()
    return_of = {row.submission_id: row.return_id for row in rows}
    came = [
        row
        for row in rows
        if row.received_on <= run.as_of and not (before and row.received_on <= before.as_of and _was_there(row, before))
    ]
    only = came[0].submission_id if len(came) == 1 and before is not None and _same_rules(run, before) else None

    def resolved_by(finding: Mapping[str, Any]) -> str | None:
        returns = {return_of.get(place.get("submission_id")) for place in finding["lineage"]} | {finding["subject_id"]}
        return next((row.submission_id for row in reversed(came) if row.return_id in returns), only)

    return resolved_by


def _was_there(row: Any, before: _Run) -> bool:
    """Whether a run knew a submission: by its number, since clocks are put back; of old runs only the time is known."""
    if before.last_seq is not None:
        return bool(row.seq <= before.last_seq)
    return bool(row.ingested_at <= before.started_at)


def _same_rules(run: _Run, before: _Run) -> bool:
    def rules(r: _Run) -> tuple[Any, ...]:
        return r.code_version, r.rulebook_hash, dict(r.settings)

    return rules(run) == rules(before)
