"""The main jobs: take in what arrived, judge it, store what was found, open cases. Everything else calls these.

All I/O of a job is here and in the modules it calls; the judgement itself (``assessment``) is pure.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from carmonitor import assessment, catalogues
from carmonitor.assessment import Assessment
from carmonitor.cases.opening import open_cases, open_random_cases
from carmonitor.catalogues import Catalogue
from carmonitor.detection import verdicts
from carmonitor.detection.ranking import is_closed
from carmonitor.detection.verdicts import Verdicts
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.volumes import remember
from carmonitor.engines import HERE, Engine
from carmonitor.framework.engine import Focus
from carmonitor.ingestion import Intake, Progress, Received, ingest, no_progress, read_all, today, units
from carmonitor.intake.batch import Submission
from carmonitor.partitions import Parts
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings
from carmonitor.store.database import Store
from carmonitor.store.evidence import lineage, loaded, read_evidence
from carmonitor.store.findings import RunInfo, is_look_back, run_id, save_result
from carmonitor.store.marks import mark_cases
from carmonitor.store.received import last_seq
from carmonitor.store.verdicts import tallies

__all__ = [
    "Intake", "Job", "Received", "context_of", "evidence_for", "ingest", "judge", "monitor", "no_progress",
    "places", "read_all", "run", "today", "validate", "views",
]  # fmt: skip

logger = logging.getLogger(__name__)


@dataclass
class Job:
    """The outcome of ``validate`` or ``run``. ``verdicts``: those of reviewers that the ranking used."""

    intake: Intake
    judged: Assessment
    catalogue: Catalogue
    context: dict[str, Any]
    run_id: str
    as_of: date
    last_seq: int = 0
    stored: bool = False
    cases: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    verdicts: Verdicts = field(default_factory=dict)


def validate(
    paths: Sequence[Path],
    settings: Settings,
    store: Store | None,
    *,
    as_of: date | None = None,
    sender: str | None = None,
    period: str | None = None,
    progress: Progress = no_progress,
) -> Job:
    """Check a batch; nothing is stored. With a store, its history and registers are read; without, the batch is alone.

    Only findings that stand on a row of the batch, or are about its returns, are told. Files that do not say when they
    came are taken as received on ``as_of``; one that came later is listed in ``intake.failed``.
    """
    as_of = as_of or today()
    intake = read_all(units(paths), sender=sender, period=period, received_on=as_of, progress=progress)
    batch = [r.submission for r in intake.received]
    intake.failed += [
        f"{s.name}: received on {s.received_on}, so nothing of it was known on {as_of}; expected a later --as-of"
        for s in batch
        if s.received_on > as_of
    ]
    if store is None:
        return _validated(None, batch, intake, settings, as_of, progress)
    with store.read() as connection:
        return _validated(connection, batch, intake, settings, as_of, progress)


def judge(
    connection: Connection,
    settings: Settings,
    *,
    as_of: date | None = None,
    intake: Intake | None = None,
    progress: Progress = no_progress,
    engine: Engine = HERE,
) -> Job:
    """Judge all that is held as of a day (default: today). Nothing is stored."""
    as_of = as_of or today()
    rules = catalogues.chosen(settings, connection)
    progress("reading what is held", 0, 1)
    evidence = evidence_for(connection, settings, rules, as_of)
    said = verdicts.used(tallies(connection, as_of=as_of))
    newest = last_seq(connection)
    in_parts = engine.parts > 1
    judged = assessment.assess(
        evidence,
        rules,
        budget_percent=settings.review_budget_percent,
        verdicts=said,
        progress=progress,
        elsewhere=Parts(engine, connection, evidence, settings, rules, newest) if in_parts else lambda _spec: None,
    )
    run = run_id(*_deciding(evidence, settings, rules, said))
    context = context_of(evidence, rules, alone=False)
    return Job(intake or Intake(), judged, rules, context, run, as_of, newest, verdicts=said)


def monitor(
    store: Store,
    settings: Settings,
    intake: Intake | None = None,
    *,
    as_of: date | None = None,
    actor: str = "system",
    progress: Progress = no_progress,
    engine: Engine = HERE,
) -> Job:
    """Judge all that is held as of a day, store the findings and open cases.

    A day before the last run's is a look back: it is judged and shown, and nothing is stored but what was ingested.
    """
    started = datetime.now(UTC)
    with store.read() as connection:
        job = judge(connection, settings, as_of=as_of, intake=intake, progress=progress, engine=engine)
        logger.info("judged as of %s", job.as_of, extra={"run_id": job.run_id})
        if is_look_back(connection, job.as_of):
            return job
        where = places(connection, job.judged)
        miners, quarters = _miners(job.judged), _closed_quarters(job.judged.evidence)
    job.judged.evidence.let_go()
    info = RunInfo(
        run_id=job.run_id,
        as_of=job.as_of,
        started_at=started,
        finished_at=datetime.now(UTC),
        code_version=version("carmonitor"),
        rulebook_hash=job.catalogue.rulebook.hash,
        evidence_digest=job.judged.evidence.digest,
        result_digest=job.judged.digest,
        settings=settings.deciding(),
        counts={"intake": job.intake.counts(), "findings": job.judged.counts()},
        actor=actor,
        last_seq=job.last_seq,
        catalogue_hash=job.catalogue.hash,
        verdicts={detector: list(counts) for detector, counts in job.verdicts.items()},
    )
    progress("storing findings", 0, 1)
    with store.write() as connection:
        catalogues.keep(connection, job.catalogue, started)
        saved = save_result(
            connection,
            run=info,
            findings=list(job.judged.findings),
            coverage=list(job.judged.coverage),
            lineage=lambda refs: [where[r] for r in refs],
        )
        progress("opening cases", 0, 1)
        job.cases = _open(connection, job, settings, miners, quarters)
    with store.write() as connection:
        remember(connection, Standing.of_run(connection, settings, info))
    job.stored, job.changes = True, saved.counts()
    logger.info("run stored: findings %s, cases %s", job.changes, job.cases, extra={"run_id": job.run_id})
    return job


def _open(
    connection: Connection, job: Job, settings: Settings, miners: dict[str, str], quarters: dict[str, list[str]]
) -> dict[str, int]:
    """Cases for what was found, and the quarterly sample drawn by chance."""
    opened = open_cases(
        connection,
        job.judged.findings,
        run_id=job.run_id,
        as_of=job.as_of,
        shadow=job.judged.on_trial,
        miner_of=miners,
    )
    drawn = [
        open_random_cases(
            connection,
            quarter=quarter,
            seed=settings.random_seed,
            quota=settings.random_quota,
            certificates=certificates,
            run_id=job.run_id,
            as_of=job.as_of,
        )
        for quarter, certificates in quarters.items()
    ]
    mark_cases(connection)
    return {**opened, "random": sum(drawn)}


def run(
    inbox: Path,
    store: Store,
    settings: Settings,
    *,
    as_of: date | None = None,
    actor: str = "system",
    sender: str | None = None,
    period: str | None = None,
    progress: Progress = no_progress,
    engine: Engine = HERE,
) -> Job:
    """The main job: ingest the inbox, then judge and store."""
    intake = ingest([inbox], store, actor=actor, sender=sender, period=period, progress=progress, engine=engine)
    return monitor(store, settings, intake, as_of=as_of, actor=actor, progress=progress, engine=engine)


def evidence_for(
    connection: Connection | None,
    settings: Settings,
    rules: Catalogue,
    as_of: date,
    *,
    extra: Sequence[Submission] = (),
    last_seq: int | None = None,
) -> Evidence:
    """What was known at the end of a day, with the places and seeds of a catalogue; see :func:`read_evidence`.

    Frames are read when first asked for, while the transaction is open.
    """
    return read_evidence(
        connection,
        as_of=as_of,
        gazetteer=rules.gazetteer,
        monitoring_from=settings.monitoring_from,
        expected_senders=settings.expected_senders,
        extra=extra,
        history=connection is not None,
        seeds=rules.seeds,
        last_seq=last_seq,
        at_once=False,
    )


def _validated(
    connection: Connection | None,
    batch: list[Submission],
    intake: Intake,
    settings: Settings,
    as_of: date,
    progress: Progress,
) -> Job:
    rules = catalogues.chosen(settings, connection)
    evidence = loaded(evidence_for(connection, settings, rules, as_of, extra=batch))
    ids = {s.submission_id for s in batch}
    mine = evidence.sources["submission_id"].isin(ids)
    focus = Focus(
        frozenset(int(i) for i in evidence.sources.index[mine]), frozenset(s.return_id for s in batch if s.period)
    )
    said = verdicts.used(tallies(connection, as_of=as_of)) if connection is not None else {}
    judged = assessment.assess(
        evidence,
        rules,
        budget_percent=settings.review_budget_percent,
        focus=focus,
        verdicts=said,
        progress=progress,
    )
    context = context_of(evidence, rules, alone=connection is None)
    run = run_id(*_deciding(evidence, settings, rules, said))
    return Job(intake, judged, rules, context, run, as_of, verdicts=said)


def places(connection: Connection | None, judged: Assessment) -> dict[int, dict[str, Any]]:
    """Where every fact of a result stands: ref → submission_id, file, sheet, row."""
    refs = sorted({ref for finding in judged.findings for ref in finding.refs})
    return dict(zip(refs, lineage(connection, judged.evidence, refs), strict=True))


def views(job: Job, store: Store | None, lang: str) -> list[dict[str, Any]]:
    """The job's findings as the JSON of design.md, with file, sheet and row of every fact."""
    if store is None:
        return _views(job, None, lang)
    with store.read() as connection:
        return _views(job, connection, lang)


def _views(job: Job, connection: Connection | None, lang: str) -> list[dict[str, Any]]:
    where = places(connection, job.judged)
    return [
        assessment.finding_view(f, job.catalogue, lambda refs: [where[r] for r in refs], lang)
        for f in job.judged.findings
    ]


def context_of(evidence: Evidence, rules: Catalogue, *, alone: bool) -> dict[str, Any]:
    """What a result was judged with: whose rulebook, and which registers and returns were at hand.

    ``rulebook``: ``packaged``, ``active`` (in the database) or ``setting`` (CARMONITOR_RULEBOOK, which overrides both).
    """
    sources = evidence.sources
    return {
        "alone": alone,
        "rulebook": rules.origin,
        "registers": sorted(k for k in sources["kind"].unique() if evidence.held(k)),
        "returns": sorted(r for r in sources["return_id"].unique() if not r.endswith("@-")),
        "monitoring_from": evidence.monitoring_from.isoformat() if evidence.monitoring_from else None,
        "expected_senders": list(evidence.expected_senders),
    }


def _deciding(evidence: Evidence, settings: Settings, rules: Catalogue, said: Verdicts) -> tuple[Any, ...]:
    """The same evidence, catalogue, settings, code and verdicts used are the same run."""
    return evidence.digest, rules.hash, settings.deciding(), version("carmonitor"), *([said] if said else [])


def _miners(judged: Assessment) -> dict[str, str]:
    """Production line → its miner, for the lines that something was found about."""
    about = {f.subject_id for f in judged.findings if f.subject_kind == "production"}
    lines = judged.evidence["production"].dropna(subset=["miner_id"])
    subject = lines["register_number"] + "/" + lines["line_number"]
    found = subject.isin(about)
    return dict(zip(subject[found], lines.loc[found, "miner_id"], strict=True))


def _closed_quarters(evidence: Evidence) -> dict[str, list[str]]:
    """Quarter → certificates issued in it, for the closed quarters since monitoring began (else of the last year)."""
    since = pd.Timestamp(evidence.monitoring_from or evidence.as_of - timedelta(days=366))
    shipments = evidence["shipment"]
    recent = shipments[shipments["issue_date"] >= since]
    quarters = recent["issue_date"].dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    groups = recent["certificate_number"].groupby(quarters)
    return {str(q): sorted(set(numbers)) for q, numbers in groups if is_closed(str(q), evidence.as_of)}
