"""Proving an old result: judging again with what was known and what was used then (semantics.md 16)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import Connection

from carmonitor import catalogues
from carmonitor.assessment import assess
from carmonitor.catalogues import Catalogue
from carmonitor.evaluation.compare import Comparison, compare
from carmonitor.framework.checks import rule
from carmonitor.framework.fitting import trial
from carmonitor.ingestion import Progress, no_progress
from carmonitor.pipeline import evidence_for
from carmonitor.settings import Settings
from carmonitor.store.findings import RunInfo, finding_of, latest_run, load_findings, load_runs


class UnknownRun(Exception):  # noqa: N818 - it is what it says
    """There is no such run, or more than one; the message says what was found and expected."""


class ReplayError(Exception):
    """A run that cannot be judged again; the message says why."""


@dataclass(frozen=True)
class Replay:
    """The outcome. ``missing``: rules and detectors of the day that this version has no function for."""

    run: RunInfo
    code_version: str
    evidence_digest: str
    result_digest: str
    catalogue: Catalogue
    missing: tuple[str, ...]
    comparison: Comparison

    @property
    def equal(self) -> bool:
        """Whether evidence and result are those of the day."""
        return (self.evidence_digest, self.result_digest) == (self.run.evidence_digest, self.run.result_digest)


def find_run(connection: Connection, name: str) -> RunInfo:
    """``latest``, an id, or the first letters of one. Raises :class:`UnknownRun`."""
    if name == "latest":
        last = latest_run(connection)
        if last is None:
            raise UnknownRun("found no run in the database, expected at least one; `carmonitor run` makes one")
        return last
    runs = load_runs(connection)
    hits = [run for run_id, run in runs.items() if name and run_id.lower().startswith(name.lower())]
    if len(hits) == 1:
        return hits[0]
    newest = ", ".join(list(runs)[-3:]) or "none"
    found = "no run" if not hits else f"{len(hits)} runs that begin with"
    raise UnknownRun(f"found {found} {name!r}, expected `latest` or the id of one run (the newest: {newest})")


def replay(connection: Connection, run: RunInfo, progress: Progress = no_progress) -> Replay:
    """Judge again as a run did. Raises :class:`ReplayError` where what it needs was not kept or does not run."""
    catalogue = catalogues.of_run(connection, run)
    if catalogue is None or run.last_seq is None:
        raise ReplayError(f"run {run.run_id} was made before catalogues were kept, so it cannot be replayed")
    if catalogue.hash != run.catalogue_hash:
        raise ReplayError(f"the catalogue of run {run.run_id} is not what its hash says: the database was altered")
    usable, missing = catalogue.runnable()
    wrong = trial(usable.rulebook, rule.checks)
    if wrong:
        raise ReplayError(f"the rules of run {run.run_id} do not run with this version: " + "; ".join(wrong))
    settings = Settings.of_run(run.settings)
    evidence = evidence_for(connection, settings, usable, run.as_of, last_seq=run.last_seq)
    said = {detector: (int(c), int(x)) for detector, (c, x) in (run.verdicts or {}).items()}
    budget = settings.review_budget_percent
    judged = assess(evidence, usable, budget_percent=budget, verdicts=said, progress=progress)
    then = [finding_of(stored) for stored in load_findings(connection, run.result_digest)]
    return Replay(
        run=run,
        code_version=version("carmonitor"),
        evidence_digest=evidence.digest,
        result_digest=judged.digest,
        catalogue=catalogue,
        missing=tuple(missing),
        comparison=compare(judged.findings, then),
    )
