"""What a dossier tells: the stored result of the latest run, or another day judged anew.

A stored result is told as it was stored, with the catalogue, the settings and the submissions of its run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from carmonitor import catalogues, pipeline
from carmonitor.assessment import reading_order
from carmonitor.catalogues import Catalogue
from carmonitor.findings import Finding
from carmonitor.framework.engine import Coverage
from carmonitor.ingestion import Progress, no_progress
from carmonitor.records.display import for_people
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings
from carmonitor.store.catalogues import CatalogueError
from carmonitor.store.evidence import lineage
from carmonitor.store.findings import Places, RunInfo, finding_of, latest_run, load_coverage, load_findings
from carmonitor.store.records import read_rows
from carmonitor.store.tables import FIRST_SOURCE_ID


@dataclass(frozen=True)
class Judgement:
    """A result. ``findings``: each with the places it stands on, in reading order; ``run``: what names it.

    ``evidence``: what it was judged on; its frames are read when first asked for, while the transaction is open.
    ``last_seq``: the newest submission that counts; None: all. ``stored``: it stands in the database.
    """

    run: dict[str, Any]
    day: date
    catalogue: Catalogue
    evidence: Evidence
    findings: Sequence[tuple[Finding, Places]]
    coverage: Sequence[Coverage]
    last_seq: int | None
    stored: bool


def judgement(
    connection: Connection, settings: Settings, as_of: date | None, progress: Progress = no_progress
) -> Judgement:
    """The latest run's result when ``as_of`` is its day or not given; any other day is judged anew, nothing is stored.

    A run of before catalogues were kept cannot be told as it was: its day is judged anew too.
    """
    last = latest_run(connection)
    if last is not None and as_of in (None, last.as_of):
        catalogue = _catalogue(connection, settings, last)
        if catalogue is not None and last.last_seq is not None:
            return _stored(connection, last, catalogue)
        as_of = last.as_of
    return anew(connection, settings, as_of or pipeline.today(), progress)


def _catalogue(connection: Connection, settings: Settings, run: RunInfo) -> Catalogue | None:
    """What a run judged with: the one in use when that is the same, else the one that was kept."""
    now = catalogues.chosen(settings, connection, strict=False)
    if now.hash == run.catalogue_hash:
        return now
    then = catalogues.of_run(connection, run)
    if then is not None and then.hash != run.catalogue_hash:
        raise CatalogueError(f"the catalogue of run {run.run_id} is not what its hash says: the database was altered")
    return then


def _stored(connection: Connection, run: RunInfo, catalogue: Catalogue) -> Judgement:
    settings = Settings.of_run(run.settings)
    evidence = pipeline.evidence_for(connection, settings, catalogue, run.as_of, last_seq=run.last_seq)
    found = [(finding_of(kept), kept["lineage"]) for kept in load_findings(connection, run.result_digest)]
    return Judgement(
        run={
            "run_id": run.run_id,
            "as_of": run.as_of.isoformat(),
            "rulebook_hash": run.rulebook_hash,
            "catalogue_hash": run.catalogue_hash,
            "evidence_digest": run.evidence_digest,
            "result_digest": run.result_digest,
            "code_version": run.code_version,
            "context": pipeline.context_of(evidence, catalogue, alone=False),
        },
        day=run.as_of,
        catalogue=catalogue,
        evidence=evidence,
        findings=sorted(found, key=lambda f: reading_order(f[0])),
        coverage=load_coverage(connection, run.result_digest),
        last_seq=run.last_seq,
        stored=True,
    )


def anew(connection: Connection, settings: Settings, day: date, progress: Progress = no_progress) -> Judgement:
    """All that is held as of a day, judged with the catalogue in use."""
    job = pipeline.judge(connection, settings, as_of=day, progress=progress)
    where = pipeline.places(connection, job.judged)
    evidence = job.judged.evidence
    return Judgement(
        run={
            "run_id": job.run_id,
            "as_of": day.isoformat(),
            "rulebook_hash": job.catalogue.rulebook.hash,
            "catalogue_hash": job.catalogue.hash,
            "evidence_digest": evidence.digest,
            "result_digest": job.judged.digest,
            "code_version": version("carmonitor"),
            "context": job.context,
        },
        day=day,
        catalogue=job.catalogue,
        evidence=evidence,
        findings=[(f, [where[ref] for ref in f.refs]) for f in job.judged.findings],
        coverage=job.judged.coverage,
        last_seq=None,
        stored=False,
    )


def evidence_rows(connection: Connection, evidence: Evidence, places: Iterable[Places]) -> list[dict[str, Any]]:
    """The rows that findings stand on: kind, submission_id, file, sheet, row, values as people read them.

    In the order of the data dictionary, then of arrival. Rows of sheets that are not in force any more are left out.
    They are read by their keys, a row at a time on disk, since most kinds hold far more than is asked for.
    """
    sources = evidence.sources
    ids = dict(zip(sources[["submission_id", "file", "sheet"]].itertuples(index=False, name=None), sources.index,
                   strict=True))  # fmt: skip
    wanted: dict[str, set[int]] = {}
    for place in (place for own in places for place in own):
        source_id = ids.get((place["submission_id"], place["file"], place["sheet"]))
        if source_id is not None:
            kind = str(sources.at[source_id, "kind"])
            wanted.setdefault(kind, set()).add(int(source_id) << 32 | int(place["row"]))
    found = []
    for kind in evidence.frames:
        refs = sorted(wanted.get(kind, ()))
        rows = _rows(connection, evidence, kind, refs)
        where = lineage(connection, evidence, rows["ref"].to_list())
        for place, row in zip(where, for_people(kind, rows).to_dict("records"), strict=True):
            values = {name: value for name, value in row.items() if value is not None}
            found.append({"kind": kind, **place, "values": values})
    return found


def _rows(connection: Connection, evidence: Evidence, kind: str, refs: Sequence[int]) -> pd.DataFrame:
    """Rows of a kind by their places: from the database, and those of registers that ship with the program."""
    stored = read_rows(connection, kind, [ref for ref in refs if ref >> 32 >= FIRST_SOURCE_ID])
    shipped = [ref for ref in refs if ref >> 32 < FIRST_SOURCE_ID]
    if not shipped:
        return stored
    frame = evidence[kind]
    packaged = frame[frame["ref"].isin(shipped)]
    return pd.concat([packaged[stored.columns], stored], ignore_index=True) if len(stored) else packaged
