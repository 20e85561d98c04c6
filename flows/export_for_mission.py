"""Write the flagged cases for a review mission."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from carmonitor.dossier.mission import Selection, export_for
from carmonitor.settings import Settings
from carmonitor.store.database import open_store


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[5, 30], task_run_name="export to {out}")
def export(out: str, as_of: date | None, lang: str, zone: str | None, since: date | None) -> list[str]:
    """Write workbook, CSV and JSON; the names of the files written."""
    settings = Settings()
    store = open_store(settings.database_url)
    try:
        written = export_for(
            store, settings, Path(out), as_of=as_of, lang=lang, selection=Selection(zone=zone, since=since)
        )
    finally:
        store.close()
    lines = "\n".join(f"- {path.name}" for path in written)
    create_markdown_artifact(key="mission-export", markdown=f"# Export\n\n{lines}\n")
    return [str(path) for path in written]


@flow(name="export-for-mission", flow_run_name="export to {out} as of {as_of}")
def export_for_mission(
    out: str = "out", as_of: date | None = None, lang: str = "en", zone: str | None = None, since: date | None = None
) -> list[str]:
    """Export the flagged cases, of one zone or since a day if asked."""
    return export(out, as_of, lang, zone, since)
