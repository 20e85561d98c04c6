"""Write the flagged cases for a review mission."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from carmonitor.dossier.bundle.signing import read_signer
from carmonitor.dossier.mission import export_for
from carmonitor.dossier.selection import Selection
from carmonitor.settings import Settings
from carmonitor.store.database import open_store


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[5, 30], task_run_name="export to {out}")
def export(out: str, as_of: date | None, lang: str, zone: str | None, since: date | None, redact: bool) -> list[str]:
    """Write the dossier, signed when CARMONITOR_SIGNING_KEY is set; the names of the files written."""
    settings = Settings()
    signer = read_signer(settings.signing_key) if settings.signing_key else None
    if signer is None:
        get_run_logger().warning("the dossier is not signed: CARMONITOR_SIGNING_KEY is not set")
    store = open_store(settings.database_url)
    try:
        written = export_for(
            store,
            settings,
            Path(out),
            as_of=as_of,
            lang=lang,
            selection=Selection(zone=zone, since=since),
            redact=redact,
            signer=signer,
            made_at=datetime.now(UTC),
        )
    finally:
        store.close()
    signed = f"signed by {signer.public.name}, {signer.public.fingerprint}" if signer else "**not signed**"
    lines = "\n".join(f"- {path.name} ({signed})" for path in written)
    create_markdown_artifact(key="mission-export", markdown=f"# Export\n\n{lines}\n")
    return [str(path) for path in written]


@flow(name="export-for-mission", flow_run_name="export to {out} as of {as_of}")
def export_for_mission(
    out: str = "out",
    as_of: date | None = None,
    lang: str = "en",
    zone: str | None = None,
    since: date | None = None,
    redact: bool = False,
) -> list[str]:
    """Export the flagged cases, of one zone or since a day if asked, as one zip."""
    return export(out, as_of, lang, zone, since, redact)
