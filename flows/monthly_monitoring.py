"""The scheduled job: take in the inbox, judge all that is held, store findings and open cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_logger, get_run_logger

from carmonitor import pipeline
from carmonitor.engines import opened
from carmonitor.operations import notifying
from carmonitor.settings import Settings
from carmonitor.store import journal
from carmonitor.store.database import ensure
from flows.artifacts import publish_run


@task(cache_policy=NO_CACHE, retries=3, retry_delay_seconds=[5, 30, 120], task_run_name="take in {inbox}")
def ingest_inbox(inbox: str) -> dict[str, Any]:
    """Read and store what arrived. Safe to repeat: the same bytes are stored once."""
    settings = Settings()
    with opened(settings.engine) as engine, ensure(settings.database_url) as store:
        intake = pipeline.ingest([Path(inbox)], store, actor=settings.user or "system", engine=engine)
    for message in intake.failed:
        get_run_logger().error("could not be read: %s", message)
    return {**intake.counts(), "failed": intake.failed, "new": sum(r.new for r in intake.received)}


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[10, 60], task_run_name="judge as of {as_of}")
def judge(as_of: date | None, intake: dict[str, Any], lang: str) -> dict[str, Any]:
    """Run rules and detectors over what is held, store findings, open cases, publish the run's artifact."""
    settings = Settings()
    logger = get_run_logger()
    with ensure(settings.database_url) as store, opened(settings.engine) as engine:
        job = pipeline.monitor(
            store,
            settings,
            as_of=as_of,
            actor=settings.user or "system",
            progress=lambda what, done, total: logger.debug("%s (%d of %d)", what, done, total),
            engine=engine,
        )
        with store.read() as connection:
            head = journal.head(connection)
        publish_run(
            "monitoring", job, pipeline.views(job, store, lang), intake, lang, journal_head=head.hash if head else ""
        )
    return {
        "run_id": job.run_id,
        "result_digest": job.judged.digest,
        "findings": job.judged.counts(),
        "cases": job.cases,
        "stored": job.stored,
    }


def tell_failure(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001 - Prefect passes them by name
    """Tell CARMONITOR_NOTIFY that a run failed: which, and whether it failed or crashed; never what was found."""
    settings = Settings()
    mail = notifying.message(settings, "failed", run=str(flow_run.id), error=state.name)
    try:
        notifying.send(settings, mail)
    except notifying.NotifyError as error:
        get_logger("carmonitor").error("%s", error)


@flow(
    name="monthly-monitoring",
    flow_run_name="monitoring of {inbox} as of {as_of}",
    log_prints=True,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def monthly_monitoring(inbox: str = "inbox", as_of: date | None = None, lang: str = "en") -> dict[str, Any]:
    """Ingest ``inbox``, judge as of a day (default: today), store. Returns counts and digests, never frames."""
    intake = ingest_inbox(inbox)
    return {"intake": intake, **judge(as_of, intake, lang)}


if __name__ == "__main__":
    monthly_monitoring()
