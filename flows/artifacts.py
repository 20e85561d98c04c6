"""What a flow run leaves to look at in Prefect: a page of counts, tables of what was found and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from carmonitor.assessment import coverage_view
from carmonitor.dossier.coverage import coverage_report
from carmonitor.pipeline import Job

TABLE_ROWS = 500  # an artifact is for looking; everything is in the database


def publish_run(
    name: str,
    job: Job,
    findings: list[dict[str, Any]],
    intake: Mapping[str, Any],
    lang: str,
    *,
    journal_head: str = "",
) -> None:
    """A page ``{name}-run`` and tables ``{name}-findings`` and ``{name}-coverage`` for the current flow run."""
    counts = job.judged.counts()
    coverage = coverage_view(job.judged.coverage, job.catalogue, lang)
    report = coverage_report(coverage, lang)
    page = [
        f"# {name} as of {job.as_of.isoformat()}",
        f"run `{job.run_id}`, rulebook `{job.catalogue.rulebook.hash[:12]}`, result `{job.judged.digest[:12]}`",
        *([f"journal head `{journal_head}`"] if journal_head else []),
        "",
        "| breaches | leads | not evaluated |",
        "|---:|---:|---:|",
        f"| {counts['breach']} | {counts['lead']} | {counts['not_evaluated']} |",
        "",
        f"rows {intake['rows']} = records {intake['records']} + quarantined {intake['quarantined']} "
        f"+ skipped {intake['skipped']}",
        "",
        f"Rules checked in full: {len(report.in_full)}; in part or not at all: {len(report.partly)}; with nothing to "
        f"check: {len(report.idle)}",
        *(f"- could not be read: {message}" for message in intake["failed"]),
    ]
    create_markdown_artifact(key=f"{name}-run", markdown="\n".join(page))
    shown = [f for f in findings if f["outcome"] != "not_evaluated"][:TABLE_ROWS]
    create_table_artifact(key=f"{name}-coverage", table=coverage)
    columns = ("outcome", "rule_id", "severity", "subject_id", "message")
    create_table_artifact(key=f"{name}-findings", table=[{c: f[c] for c in columns} for f in shown])
