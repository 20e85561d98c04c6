"""The main jobs: take in what arrived, judge it, store what was found, open cases. Everything else calls these.

All I/O of a job is here and in the modules it calls; the judgement itself (``assessment``) is pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from carmonitor import assessment
from carmonitor.assessment import Assessment, Catalogue, Progress, no_progress
from carmonitor.cases.opening import open_cases, open_random_cases
from carmonitor.findings import Finding
from carmonitor.framework.engine import Focus
from carmonitor.intake.batch import IntakeError, Submission
from carmonitor.intake.submission import find_submissions, read_submission
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings, schemas_dir
from carmonitor.store.database import Store
from carmonitor.store.evidence import lineage, read_evidence
from carmonitor.store.findings import RunInfo, is_look_back, save_result
from carmonitor.store.load import save_submission


@dataclass(frozen=True)
class Received:
    """One submission of a job: what it was, whether it was new, and its row equation."""

    submission: Submission
    new: bool


@dataclass
class Intake:
    """What was taken in, and what could not be read (file and reason)."""

    received: list[Received] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """files, rows, records, quarantined, skipped; rows = records + quarantined + skipped."""
        total = dict.fromkeys(("files", "rows", "records", "quarantined", "skipped"), 0)
        for item in self.received:
            for name, n in item.submission.counts().items():
                total[name] += n
        return total


@dataclass
class Job:
    """The outcome of ``validate`` or ``run``."""

    intake: Intake
    judged: Assessment
    catalogue: Catalogue
    context: dict[str, Any]
    run_id: str
    as_of: date
    stored: bool = False
    cases: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)


def today() -> date:
    """Today in UTC: the one place where a job asks the clock for a day."""
    return datetime.now(UTC).date()


def catalogue(settings: Settings) -> Catalogue:
    """The rulebook and detectors this installation uses."""
    return Catalogue.load(schemas_dir(), settings.rulebook)


def read_all(
    paths: Sequence[Path], *, sender: str | None = None, period: str | None = None, progress: Progress = no_progress
) -> Intake:
    """Read submissions. One that cannot be read is listed in ``failed``; the others go on."""
    intake = Intake()
    for done, path in enumerate(paths):
        progress(f"reading {path.name}", done, len(paths))
        try:
            submission = read_submission(path, sender=sender, period=period, today=today())
        except IntakeError as error:
            intake.failed.append(str(error))
            continue
        intake.received.append(Received(submission, new=True))
        intake.failed += submission.failed
    return intake


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

    Only findings that stand on a row of the batch, or are about its returns, are told.
    """
    as_of = as_of or today()
    rules = catalogue(settings)
    intake = read_all(_units(paths), sender=sender, period=period, progress=progress)
    batch = [r.submission for r in intake.received]
    if store is None:
        return _validated(None, batch, intake, settings, rules, as_of, progress)
    with store.read() as connection:
        return _validated(connection, batch, intake, settings, rules, as_of, progress)


def ingest(
    paths: Sequence[Path],
    store: Store,
    *,
    actor: str,
    sender: str | None = None,
    period: str | None = None,
    progress: Progress = no_progress,
) -> Intake:
    """Read submissions and store them, each in a transaction of its own. The same bytes twice are stored once."""
    read = read_all(_units(paths), sender=sender, period=period, progress=progress)
    stored = Intake(failed=read.failed)
    for item in read.received:
        with store.write() as connection:
            new = save_submission(connection, item.submission, ingested_at=datetime.now(UTC), actor=actor)
        stored.received.append(Received(item.submission, new))
    return stored


def monitor(
    store: Store,
    settings: Settings,
    intake: Intake | None = None,
    *,
    as_of: date | None = None,
    actor: str = "system",
    progress: Progress = no_progress,
) -> Job:
    """Judge all that is held as of a day, store the findings and open cases.

    A day before the last run's is a look back: it is judged and shown, and nothing is stored but what was ingested.
    """
    as_of = as_of or today()
    intake = intake or Intake()
    started = datetime.now(UTC)
    rules = catalogue(settings)
    with store.read() as connection:
        evidence = _evidence(connection, settings, rules, as_of)
        look_back = is_look_back(connection, as_of)
    judged = assessment.assess(evidence, rules, budget_percent=settings.review_budget_percent, progress=progress)
    job = Job(intake, judged, rules, _context(evidence, store, alone=False), _run_id(evidence, settings, rules), as_of)
    if look_back:
        return job
    info = RunInfo(
        run_id=job.run_id,
        as_of=as_of,
        started_at=started,
        finished_at=datetime.now(UTC),
        code_version=version("carmonitor"),
        rulebook_hash=rules.rulebook.hash,
        evidence_digest=evidence.digest,
        result_digest=judged.digest,
        settings=_deciding(settings),
        counts={"intake": intake.counts(), "findings": judged.counts()},
        actor=actor,
    )
    progress("storing findings", 0, 1)
    with store.write() as connection:
        where = {
            ref: place for place_refs, place in _places(connection, evidence, judged.findings) for ref in place_refs
        }
        saved = save_result(
            connection,
            run=info,
            findings=list(judged.findings),
            coverage=list(judged.coverage),
            lineage=lambda refs: [where[r] for r in refs if r in where],
        )
        opened = open_cases(
            connection,
            judged.findings,
            run_id=info.run_id,
            as_of=as_of,
            shadow={i for i, spec in rules.specs.items() if spec.status == "shadow"},
            miner_of=_miners(evidence),
        )
        for quarter, certificates in _closed_quarters(evidence).items():
            opened["random"] = opened.get("random", 0) + open_random_cases(
                connection,
                quarter=quarter,
                seed=settings.random_seed,
                quota=settings.random_quota,
                certificates=certificates,
                run_id=info.run_id,
                as_of=as_of,
            )
    job.stored, job.cases, job.changes = True, opened, saved.counts()
    return job


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
) -> Job:
    """The main job: ingest the inbox, then judge and store."""
    intake = ingest([inbox], store, actor=actor, sender=sender, period=period, progress=progress)
    return monitor(store, settings, intake, as_of=as_of, actor=actor, progress=progress)


def _units(paths: Iterable[Path]) -> list[Path]:
    return [unit for path in paths for unit in (find_submissions(path) if path.is_dir() else [path])]


def _evidence(
    connection: Connection | None,
    settings: Settings,
    rules: Catalogue,
    as_of: date,
    extra: Sequence[Submission] = (),
) -> Evidence:
    return read_evidence(
        connection,
        as_of=as_of,
        gazetteer=rules.gazetteer,
        monitoring_from=settings.monitoring_from,
        expected_senders=settings.expected_senders,
        extra=extra,
        history=connection is not None,
    )


def _validated(
    connection: Connection | None,
    batch: list[Submission],
    intake: Intake,
    settings: Settings,
    rules: Catalogue,
    as_of: date,
    progress: Progress,
) -> Job:
    evidence = _evidence(connection, settings, rules, as_of, batch)
    ids = {s.submission_id for s in batch}
    mine = evidence.sources["submission_id"].isin(ids)
    focus = Focus(
        frozenset(int(i) for i in evidence.sources.index[mine]), frozenset(s.return_id for s in batch if s.period)
    )
    judged = assessment.assess(
        evidence, rules, budget_percent=settings.review_budget_percent, focus=focus, progress=progress
    )
    context = _context(evidence, None, alone=connection is None)
    return Job(intake, judged, rules, context, _run_id(evidence, settings, rules), as_of)


def _places(
    connection: Connection | None, evidence: Evidence, findings: Iterable[Finding]
) -> list[tuple[tuple[int, ...], dict[str, Any]]]:
    refs = sorted({ref for finding in findings for ref in finding.refs})
    return [((ref,), place) for ref, place in zip(refs, lineage(connection, evidence, refs), strict=True)]


def views(job: Job, store: Store | None, lang: str) -> list[dict[str, Any]]:
    """The job's findings as the JSON of design.md, with file, sheet and row of every fact."""
    if store is None:
        where = dict(_flat(_places(None, job.judged.evidence, job.judged.findings)))
    else:
        with store.read() as connection:
            where = dict(_flat(_places(connection, job.judged.evidence, job.judged.findings)))
    return [
        assessment.finding_view(f, job.catalogue, lambda refs: [where[r] for r in refs if r in where], lang)
        for f in job.judged.findings
    ]


def _flat(places: list[tuple[tuple[int, ...], dict[str, Any]]]) -> Iterable[tuple[int, dict[str, Any]]]:
    return ((ref, place) for refs, place in places for ref in refs)


def _context(evidence: Evidence, store: Store | None, *, alone: bool) -> dict[str, Any]:
    """What a result was judged with: which registers and returns were at hand."""
    sources = evidence.sources
    return {
        "alone": alone,
        "database": None if store is None else store.name,
        "registers": sorted(k for k in sources["kind"].unique() if evidence.held(k)),
        "returns": sorted(r for r in sources["return_id"].unique() if not r.endswith("@-")),
        "monitoring_from": evidence.monitoring_from.isoformat() if evidence.monitoring_from else None,
        "expected_senders": list(evidence.expected_senders),
    }


def _deciding(settings: Settings) -> dict[str, Any]:
    """The settings a result depends on."""
    return {
        "monitoring_from": settings.monitoring_from.isoformat() if settings.monitoring_from else None,
        "expected_senders": list(settings.expected_senders),
        "review_budget_percent": settings.review_budget_percent,
    }


def _run_id(evidence: Evidence, settings: Settings, rules: Catalogue) -> str:
    """The same evidence, rulebook, settings and code are the same run."""
    said = [evidence.digest, rules.rulebook.hash, _deciding(settings), version("carmonitor")]
    return "R" + hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _miners(evidence: Evidence) -> dict[str, str]:
    lines = evidence["production"].dropna(subset=["miner_id"])
    subject = lines["register_number"] + "/" + lines["line_number"]
    return dict(zip(subject, lines["miner_id"], strict=True))


def _closed_quarters(evidence: Evidence) -> dict[str, list[str]]:
    """Quarter → certificates issued in it, for quarters that ended before the day of the evidence."""
    shipments = evidence["shipment"].dropna(subset=["issue_date"])
    quarter = shipments["issue_date"].dt.to_period("Q")
    closed = quarter[quarter.dt.end_time.dt.date < evidence.as_of]
    since = evidence.monitoring_from or evidence.as_of - timedelta(days=366)
    recent = closed[closed.dt.start_time.dt.date >= since]
    names = recent.astype(str).str.replace("Q", "-Q")
    groups = shipments.loc[recent.index, "certificate_number"].groupby(names)
    return {str(q): sorted(set(numbers)) for q, numbers in groups}
