"""What a mission takes along: the selection of cases, everything they stand on, and the state of the whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from carmonitor import pipeline
from carmonitor.assessment import coverage_view, finding_view
from carmonitor.cases.listing import CaseError, find, list_cases, show
from carmonitor.dossier.export import ExportView, export_cases
from carmonitor.dossier.reconciliation import overdue, reconciliation, subtotals
from carmonitor.framework.checks import Params
from carmonitor.framework.custody import first_sales
from carmonitor.ingestion import Progress, no_progress
from carmonitor.records.display import for_people
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import Gazetteer
from carmonitor.settings import Settings
from carmonitor.store.database import Store
from carmonitor.store.evidence import loaded
from carmonitor.store.findings import latest_run
from carmonitor.store.received import intake_counts, quarantined_rows

ACTOR_FIELDS = ["actor_id", "exporter_id", "buyer_id", "seller_id", "miner_id", "holder_id"]
SETTLED = ("explained", "corrected")
"""Cases closed so are not flagged any more; they are exported when their outcome is asked for."""


class SelectionError(ValueError):
    """A selection that cannot be understood; the message says what was found and what was expected."""


@dataclass(frozen=True)
class Selection:
    """Which cases. Everything that is given must hold; nothing given: every flagged case."""

    case_ids: tuple[str, ...] = ()
    zone: str | None = None
    actor: str | None = None
    period: str | None = None
    since: date | None = None
    severity: str | None = None
    outcome: str | None = None


def export_for(
    store: Store,
    settings: Settings,
    out: Path,
    *,
    as_of: date | None = None,
    lang: str = "en",
    selection: Selection | None = None,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the flagged cases below ``out`` as of a day (default: the last run's). Returns the files written."""
    return export_cases(out, collect(store, settings, as_of, lang, selection or Selection(), progress), lang)


def collect(
    store: Store, settings: Settings, as_of: date | None, lang: str, selection: Selection, progress: Progress
) -> ExportView:
    """Everything an export says, judged as of the day and read from the database in one transaction."""
    with store.read() as connection:
        last = latest_run(connection)
        day = as_of or (last.as_of if last else pipeline.today())
        job = pipeline.judge(connection, settings, as_of=day, progress=progress)
        where, evidence = pipeline.places(connection, job.judged), loaded(job.judged.evidence)
        intake, refused = intake_counts(connection, day), quarantined_rows(connection, day)
        listed = list_cases(
            connection,
            cases=selection.case_ids or None,
            outcome=selection.outcome,
            since=selection.since,
            severity=selection.severity,
            period=selection.period,
        )
        _check_cases(connection, selection.case_ids)
        flagged = [c for c in listed if c["opened_as_of"] <= day and (selection.outcome or c["outcome"] not in SETTLED)]
        cases = [show(connection, case["case_id"]) | case for case in flagged]
    if selection.actor:
        named = _places_naming(selection.actor, evidence)
        cases = [case for case in cases if _is_about(case, selection.actor) or _places(case) & named]
    if selection.zone:
        subjects = _subjects_of(selection.zone, evidence, job.catalogue.gazetteer)
        cases = [case for case in cases if (case["subject_kind"], case["subject_id"].split("@")[0]) in subjects]
    case_of = {f["finding_id"]: case["case_id"] for case in cases for f in case["findings"]}
    told = [f for f in job.judged.findings if f.finding_id in case_of or f.outcome == "not_evaluated"]
    rules = job.catalogue.rulebook.specs
    page = reconciliation(evidence, value_percent=Params(rules["M-06"].parameters)["value_percent"])
    days = Params(rules["M-04"].parameters)
    return ExportView(
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
        cases=cases,
        findings=[
            {
                **finding_view(f, job.catalogue, lambda refs: [where[r] for r in refs], lang),
                "case_id": case_of.get(f.finding_id),
            }
            for f in told
        ],
        evidence_rows=_rows(evidence, {ref for f in told for ref in f.refs}, where),
        coverage=coverage_view(job.judged.coverage, job.catalogue, lang),
        intake=intake,
        quarantine=refused,
        reconciliation=page,
        subtotals=subtotals(page),
        overdue=overdue(page, warning_after_days=days["warning_after_days"], error_after_days=days["error_after_days"]),
    )


def _check_cases(connection: Connection, case_ids: Collection[str]) -> None:
    try:
        for case_id in case_ids:
            find(connection, case_id)
    except CaseError as error:
        raise SelectionError(str(error)) from error


def _rows(evidence: Evidence, refs: Collection[int], where: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that findings stand on: kind, file, sheet, row, values as people read them."""
    found = []
    for kind, frame in evidence.frames.items():
        hit = frame[frame["ref"].isin(list(refs))]
        values = for_people(kind, hit).to_dict("records")
        for ref, row in zip(hit["ref"], values, strict=True):
            place = where[int(ref)]
            said = {name: value for name, value in row.items() if value is not None}
            found.append({"kind": kind, **{k: place[k] for k in ("file", "sheet", "row")}, "values": said})
    return found


def _subjects_of(zone: str, evidence: Evidence, gazetteer: Gazetteer) -> set[tuple[str, str]]:
    """The zone, its slips and production lines, the certificates they feed and the actors who dealt in them.

    Raises SelectionError for a name that is not exactly one known place.
    """
    found = gazetteer.matches(zone)
    if len(found) != 1:
        known = ", ".join(sorted(found)) or "none"
        raise SelectionError(f"found zone {zone!r}, expected the name of one sub-prefecture (it may mean: {known})")
    (name,) = found
    sales, slips, lines = first_sales(evidence), evidence["purchase"], evidence["production"]
    bought = slips[slips["origin_subprefecture_resolved"] == name]
    dug = lines[lines["subprefecture_resolved"] == name]
    kinds: dict[str, list[pd.Series]] = {
        "certificate": [sales.loc[sales["subprefecture"] == name, "certificate_number"]],
        "purchase": [bought["slip_number"]],
        "production": [dug["register_number"] + "/" + dug["line_number"]],
        "actor": [bought["buyer_id"], bought["seller_id"], dug["miner_id"]],
    }
    subjects = {(kind, str(i)) for kind, columns in kinds.items() for column in columns for i in column.dropna()}
    return subjects | {(kind, name) for kind in ("zone_month", "zone_quarter")}


def _is_about(case: dict[str, Any], actor: str) -> bool:
    return str(case["subject_id"]).split("@", maxsplit=1)[0] == actor


def _places(case: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(place["file"], place["sheet"], place["row"]) for f in case["findings"] for place in f["lineage"]}


def _places_naming(actor: str, evidence: Evidence) -> set[tuple[str, str, int]]:
    named: set[tuple[str, str, int]] = set()
    for frame in evidence.frames.values():
        columns = [
            c for c in ("actor_id", "exporter_id", "buyer_id", "seller_id", "miner_id", "holder_id") if c in frame
        ]
        for column in columns:
            refs = frame.loc[frame[column] == actor, "ref"]
            source = evidence.sources.loc[(refs // 2**32).to_list(), ["file", "sheet"]]
            rows = pd.Series(refs % 2**32)
            named |= set(zip(source["file"], source["sheet"], rows.astype(int), strict=True))
    return named
