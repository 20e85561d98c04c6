"""What a mission takes along: the selection of cases, everything they stand on, and the state of the whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from carmonitor.assessment import coverage_view, finding_view
from carmonitor.cases.listing import CaseError, find, list_cases, show_all
from carmonitor.dossier.bundle.content import Contents, write_dossier
from carmonitor.dossier.bundle.signing import Signer
from carmonitor.dossier.geography import geography
from carmonitor.dossier.judgement import Judgement, evidence_rows, judgement
from carmonitor.dossier.matter import dossier_for, reading_matter, synthetic_words
from carmonitor.dossier.reconciliation import overdue, reconciliation, subtotals
from carmonitor.dossier.redaction import Redaction
from carmonitor.dossier.selection import SETTLED, Selection, SelectionError
from carmonitor.dossier.tables import ExportView
from carmonitor.framework.checks import Params
from carmonitor.framework.custody import first_sales
from carmonitor.ingestion import Progress, no_progress
from carmonitor.records import KINDS, collector
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import Gazetteer
from carmonitor.settings import Settings
from carmonitor.store import journal
from carmonitor.store.database import Store
from carmonitor.store.findings import Places
from carmonitor.store.personal import stated
from carmonitor.store.received import intake_counts, papers, quarantined_rows

ACTOR_FIELDS = ["actor_id", "exporter_id", "buyer_id", "seller_id", "miner_id", "holder_id"]


def export_for(
    store: Store,
    settings: Settings,
    out: Path,
    *,
    as_of: date | None = None,
    lang: str = "en",
    selection: Selection | None = None,
    redact: bool = False,
    signer: Signer | None = None,
    made_at: datetime | None = None,
    folder: bool = False,
    readable: bool = True,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the flagged cases into ``out`` as of a day (default: the last run's), as one zip. Returns what was written.

    ``redact``: without what is personal (:mod:`carmonitor.dossier.redaction`); ``signer``: who signs, None: unsigned;
    ``made_at``: the moment the manifest states (default: now); ``folder``: also leave the files unpacked beside the
    zip; ``readable``: with the PDF and the page that people read.
    """
    chosen = selection or Selection()
    with collector.paused(), store.read() as connection:
        progress("reading the result", 0, 1)
        told = judgement(connection, settings, as_of, progress)
        progress("reading the cases", 0, 1)
        cases = chosen_cases(connection, told, chosen)
        taken_out = redaction(connection, told, lang) if redact else None
        extra: dict[str, Callable[[], bytes]] = {}
        synthetic = synthetic_words(connection, lang)
        if readable:
            progress("drawing the sheets", 0, 1)
            dossier = dossier_for(connection, settings, told, cases, chosen, lang, taken_out)
            extra, synthetic = reading_matter(dossier), dossier.bare.synthetic or synthetic
        view = view_of(connection, told, cases, lang, progress)
        left_out = len(view.papers) if redact else 0
        if taken_out:
            view = taken_out.view(view)
        head = journal.head(connection)
        contents = Contents(
            view=view,
            lang=lang,
            selection=chosen.told(),
            redacted=redact,
            journal_head={"seq": head.seq, "hash": head.hash} if head else None,
            made_at=made_at or datetime.now(UTC),
            extra=extra,
            left_out=left_out,
            synthetic=synthetic,
        )
        return write_dossier(connection, out, contents, signer=signer, folder=folder, progress=progress)


def redaction(connection: Connection, told: Judgement, lang: str) -> Redaction:
    """What takes personal texts out of this export, and out of all that is shown beside it."""
    seed = str(told.run["evidence_digest"])
    return Redaction(stated(connection), lang, seed=seed, gazetteer=told.catalogue.gazetteer)


def collect(
    store: Store, settings: Settings, as_of: date | None, lang: str, selection: Selection, progress: Progress
) -> ExportView:
    """Everything an export says, read from the database in one transaction."""
    with store.read() as connection:
        told = judgement(connection, settings, as_of, progress)
        return view_of(connection, told, chosen_cases(connection, told, selection), lang, progress)


def chosen_cases(connection: Connection, told: Judgement, selection: Selection) -> list[dict[str, Any]]:
    """The cases of a selection that were open by the day of the result, each with all that belongs to it."""
    listed = list_cases(
        connection,
        cases=selection.case_ids or None,
        outcome=selection.outcome,
        since=selection.since,
        severity=selection.severity,
        period=selection.period,
    )
    _check_cases(connection, selection.case_ids)
    flagged = [
        c for c in listed if c["opened_as_of"] <= told.day and (selection.outcome or c["outcome"] not in SETTLED)
    ]
    cases = show_all(connection, flagged)
    if selection.actor:
        named = _places_naming(selection.actor, told.evidence)
        cases = [case for case in cases if _is_about(case, selection.actor) or _places(case) & named]
    if selection.zone:
        subjects = _subjects_of(selection.zone, told.evidence, told.catalogue.gazetteer)
        cases = [case for case in cases if (case["subject_kind"], case["subject_id"].split("@")[0]) in subjects]
    return cases


def view_of(
    connection: Connection, told: Judgement, cases: list[dict[str, Any]], lang: str, progress: Progress = no_progress
) -> ExportView:
    """What an export of these cases says."""
    progress("reading the papers", 0, 1)
    evidence, catalogue = told.evidence, told.catalogue
    case_of = {f["finding_id"]: case["case_id"] for case in cases for f in case["findings"]}
    findings = [(f, own) for f, own in told.findings if f.finding_id in case_of or f.outcome == "not_evaluated"]
    rows = evidence_rows(connection, evidence, [own for _, own in findings])
    concerned = _submissions(cases, [own for f, own in findings if f.finding_id in case_of])
    rules = catalogue.rulebook.specs
    page = reconciliation(evidence, value_percent=Params(rules["M-06"].parameters)["value_percent"])
    days = Params(rules["M-04"].parameters)
    return ExportView(
        run=told.run,
        cases=cases,
        findings=[
            {**finding_view(f, catalogue, partial(_same, own), lang), "case_id": case_of.get(f.finding_id)}
            for f, own in findings
        ],
        evidence_rows=rows,
        coverage=coverage_view(told.coverage, catalogue, lang),
        intake=intake_counts(connection, told.day, told.last_seq),
        quarantine=quarantined_rows(connection, told.day, told.last_seq),
        reconciliation=page,
        subtotals=subtotals(page),
        overdue=overdue(page, warning_after_days=days["warning_after_days"], error_after_days=days["error_after_days"]),
        geography=geography(cases, rows, evidence, catalogue.gazetteer),
        papers=papers(connection, concerned),
    )


def _same(places: Places, _refs: Sequence[int]) -> Places:
    """The lineage of a finding whose places are known."""
    return places


def _submissions(cases: Collection[Mapping[str, Any]], findings: Collection[Places]) -> set[str]:
    """The submissions that the findings of cases stand on, those of findings that are resolved too."""
    own = [f["lineage"] for case in cases for f in case["findings"]]
    return {place["submission_id"] for places in [*own, *findings] for place in places}


def _check_cases(connection: Connection, case_ids: Collection[str]) -> None:
    try:
        for case_id in case_ids:
            find(connection, case_id)
    except CaseError as error:
        raise SelectionError(str(error)) from error


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


Place = tuple[str, str, str, int]  # submission, file, sheet, row


def _places(case: dict[str, Any]) -> set[Place]:
    fields = ("submission_id", "file", "sheet", "row")
    return {tuple(place[name] for name in fields) for f in case["findings"] for place in f["lineage"]}


def _places_naming(actor: str, evidence: Evidence) -> set[Place]:
    """Where the actor's number stands in papers."""
    named: set[Place] = set()
    for kind, model in KINDS.items():
        columns = [column for column in ACTOR_FIELDS if column in model.model_fields]
        frame = evidence[kind] if columns else pd.DataFrame()
        for column in columns:
            refs = frame.loc[frame[column] == actor, "ref"]
            source = evidence.sources.loc[(refs // 2**32).to_list(), ["submission_id", "file", "sheet"]]
            named |= set(zip(*(source[name] for name in source), (refs % 2**32).astype(int), strict=True))
    return named
