"""Trying a rulebook: what it would have found on the evidence held, beside another. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from carmonitor.assessment import Assessment, assess
from carmonitor.catalogues import Catalogue
from carmonitor.evaluation.compare import Comparison, compare, within_days
from carmonitor.ingestion import Progress, no_progress, today
from carmonitor.pipeline import evidence_for
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings
from carmonitor.store.findings import latest_run


@dataclass(frozen=True)
class Backtest:
    """The outcome: both results, and what differs between them in the span asked for."""

    candidate: Catalogue
    reference: Catalogue
    as_of: date
    found: Assessment
    found_by_reference: Assessment
    comparison: Comparison


def backtest(
    connection: Connection,
    settings: Settings,
    candidate: Catalogue,
    reference: Catalogue,
    *,
    as_of: date | None = None,
    since: date | None = None,
    until: date | None = None,
    progress: Progress = no_progress,
) -> Backtest:
    """Judge what is held as of a day (default: the latest run's, else today) with both, and compare.

    ``since`` and ``until`` (both included): only findings of these days; see :func:`within_days`.
    """
    last = latest_run(connection)
    day = as_of or (last.as_of if last else today())
    evidence = evidence_for(connection, settings, reference, day)
    before = _judged(evidence, reference, settings, progress)
    if candidate.seeds != reference.seeds or candidate.files["gazetteer.yaml"] != reference.files["gazetteer.yaml"]:
        evidence = evidence_for(connection, settings, candidate, day)
    after = _judged(evidence, candidate, settings, progress)
    comparison = compare(after.findings, before.findings, within_days(since, until))
    return Backtest(candidate, reference, day, after, before, comparison)


def _judged(evidence: Evidence, catalogue: Catalogue, settings: Settings, progress: Progress) -> Assessment:
    return assess(evidence, catalogue, budget_percent=settings.review_budget_percent, progress=progress)
