"""What a flow run leaves to look at in Prefect: a page of counts, and a table of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from carmonitor.pipeline import Job

TABLE_ROWS = 500  # an artifact is for looking; everything is in the database


def publish_run(name: str, job: Job, findings: list[dict[str, Any]], intake: Mapping[str, Any]) -> None:
    """A markdown page ``{name}-run`` and a table ``{name}-findings`` for the current flow run."""
    counts = job.judged.counts()
    page = [
        f"# {name} as of {job.as_of.isoformat()}",
        f"run `{job.run_id}`, rulebook `{job.catalogue.rulebook.hash[:12]}`, result `{job.judged.digest[:12]}`",
        "",
        "| breaches | leads | not evaluated |",
        "|---:|---:|---:|",
        f"| {counts['breach']} | {counts['lead']} | {counts['not_evaluated']} |",
        "",
        f"rows {intake['rows']} = records {intake['records']} + quarantined {intake['quarantined']} "
        f"+ skipped {intake['skipped']}",
        *(f"- could not be read: {message}" for message in intake["failed"]),
    ]
    create_markdown_artifact(key=f"{name}-run", markdown="\n".join(page))
    shown = [f for f in findings if f["outcome"] != "not_evaluated"][:TABLE_ROWS]
    columns = ("outcome", "rule_id", "severity", "subject_id", "message")
    create_table_artifact(key=f"{name}-findings", table=[{c: f[c] for c in columns} for f in shown])
