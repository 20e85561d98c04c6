"""Check a batch on request; nothing is stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store.database import exists, open_store
from flows.artifacts import publish_run


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[5, 30], task_run_name="validate {paths}")
def validate(paths: list[str], as_of: date | None, lang: str, alone: bool) -> dict[str, Any]:
    """Judge the files with the history of the configured database, or alone."""
    settings = Settings()
    store = None if alone or not exists(settings.database_url) else open_store(settings.database_url)
    try:
        job = pipeline.validate([Path(p) for p in paths], settings, store, as_of=as_of)
        findings = pipeline.views(job, store, lang)
    finally:
        if store is not None:
            store.close()
    publish_run("validation", job, findings, {**job.intake.counts(), "failed": job.intake.failed}, lang)
    return {
        "run_id": job.run_id,
        "result_digest": job.judged.digest,
        "intake": job.intake.counts(),
        "findings": job.judged.counts(),
    }


@flow(name="validate-batch", flow_run_name="validation of {paths} as of {as_of}")
def validate_batch(
    paths: list[str], as_of: date | None = None, lang: str = "en", alone: bool = False
) -> dict[str, Any]:
    """Check files, folders or zips against the framework in force. Returns counts and digests."""
    return validate(paths, as_of, lang, alone)
