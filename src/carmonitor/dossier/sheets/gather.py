"""Everything a mission takes along, gathered from the stored result of a run, or judged anew for another day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any, Protocol

from sqlalchemy import Connection

from carmonitor import pipeline
from carmonitor.assessment import coverage_view
from carmonitor.cases.listing import CaseError, find, list_cases, show
from carmonitor.catalogues import Wordings
from carmonitor.dossier import rules
from carmonitor.dossier.coverage import coverage_report
from carmonitor.dossier.mission import SETTLED, Selection, SelectionError
from carmonitor.dossier.sheets.actor import actor_sheets
from carmonitor.dossier.sheets.case import case_sheets
from carmonitor.dossier.sheets.figures import CaseFigure, Volumes
from carmonitor.dossier.sheets.model import ActorSheet, CaseSheet, Dossier, Picture, Table, ZoneSheet
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.words import said, texts
from carmonitor.dossier.sheets.zone import zone_sheets
from carmonitor.dossier.tables import word
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.framework.engine import Coverage
from carmonitor.ingestion import Progress, no_progress
from carmonitor.settings import Settings
from carmonitor.store import journal
from carmonitor.store.findings import RunInfo, content, latest_run, load_coverage, load_runs

FULL = 200
"""Cases with a chain and drawings; the rest is told without."""
ACTOR_SHEETS = 300

Case = Mapping[str, Any]


class Draw(Protocol):
    """Draws what a sheet's numbers show; gathering does not know how."""

    def case(self, sheet: CaseSheet, figures: Sequence[CaseFigure], lang: str) -> tuple[Picture, ...]:
        """The drawings of a case; its chain is in the sheet."""

    def actor(self, sheet: ActorSheet, volumes: Volumes, lang: str) -> tuple[Picture, ...]:
        """The drawings of an actor."""

    def zone(self, sheet: ZoneSheet, volumes: Volumes, lang: str) -> tuple[Picture, ...]:
        """The drawings of a zone."""


class Undrawn:
    """Draws nothing."""

    def case(self, _sheet: CaseSheet, _figures: Sequence[CaseFigure], _lang: str) -> tuple[Picture, ...]:
        """Nothing."""
        return ()

    def actor(self, _sheet: ActorSheet, _volumes: Volumes, _lang: str) -> tuple[Picture, ...]:
        """Nothing."""
        return ()

    def zone(self, _sheet: ZoneSheet, _volumes: Volumes, _lang: str) -> tuple[Picture, ...]:
        """Nothing."""
        return ()


def gather(
    connection: Connection,
    settings: Settings,
    selection: Selection,
    lang: str,
    as_of: date | None = None,
    *,
    draw: Draw | None = None,
    full: int = FULL,
    progress: Progress = no_progress,
) -> Dossier:
    """The dossier of a selection. ``connection``: a reading transaction.

    Told from the stored result when ``as_of`` is the latest run's day or not given; else the day is judged anew, and of
    each case only what was found that day is told. A zone or actor is selected by the papers of its cases. Raises
    SelectionError for a case that does not exist or a zone that is no known place.
    """
    last = latest_run(connection)
    if last is not None and as_of in (None, last.as_of):
        standing, said_then = Standing.of_run(connection, settings, last), None
        coverage: Sequence[Coverage] = load_coverage(connection, last.result_digest)
    else:
        standing, coverage, said_then = _judged(connection, settings, as_of or pipeline.today(), progress)
    cases = _chosen(connection, selection, standing.as_of, said_then)
    keep, what = _keep(standing, selection), selected(selection, lang)
    return dossier_of(standing, cases, coverage, lang, selected=what, draw=draw, full=full, keep=keep)


def dossier_of(
    standing: Standing,
    cases: Sequence[Case],
    coverage: Sequence[Coverage],
    lang: str,
    *,
    selected: str = "",
    draw: Draw | None = None,
    full: int = FULL,
    keep: Mapping[str, str] | None = None,
) -> Dossier:
    """The dossier of these cases (as ``cases.listing.show`` gives them), in their order.

    ``selected``: the selection in words; ``keep``: only cases that touch this ``actor`` or ``zone``; ``full``: see
    FULL. Actors and zones that the first ``full`` cases touch have sheets, of actors the ACTOR_SHEETS that most do.
    """
    draw = draw or Undrawn()
    connection, runs = standing.connection, load_runs(standing.connection)
    made = case_sheets(standing, cases, Wordings(connection, standing.settings), runs, lang, full=full)
    made = [pair for pair in made if _is_kept(pair[0], keep or {})]
    sheets = tuple(replace(sheet, pictures=draw.case(sheet, numbers, lang)) for sheet, numbers in made)
    actors, zones = _touching(sheets, "actors"), _touching(sheets, "zones")
    touched = Counter(name for sheet in sheets[:full] for name in sheet.actors)
    shown_actors = [name for name, _ in touched.most_common(ACTOR_SHEETS)]
    shown_zones = sorted({name for sheet in sheets[:full] for name in sheet.zones})
    of_actors = actor_sheets(standing, shown_actors, lang, actors)
    of_zones = zone_sheets(standing, shown_zones, lang, zones)
    head = journal.head(connection)
    return Dossier(
        lang=lang,
        run=_run(standing.run),
        journal_head=head.hash if head else "",
        selected=selected or said("dossier", "everything", lang),
        counts=_counts(sheets, coverage, lang),
        cases=sheets,
        actors=tuple(replace(sheet, pictures=draw.actor(sheet, numbers, lang)) for sheet, numbers in of_actors),
        zones=tuple(replace(sheet, pictures=draw.zone(sheet, numbers, lang)) for sheet, numbers in of_zones),
        tables=_checked(coverage, standing, lang),
        not_evaluated=_unchecked(coverage, standing, lang),
        method=(*_method(standing, lang), *_left_out(len(sheets), full, len(touched), lang)),
        synthetic=said("dossier", "synthetic", lang) if standing.synthetic or any(s.synthetic for s in sheets) else "",
    )


def selected(selection: Selection, lang: str) -> str:
    """A selection in words."""
    asked = {
        "case_ids": ", ".join(selection.case_ids), "zone": selection.zone, "actor": selection.actor,
        "period": selection.period, "severity": selection.severity,
        "since": shown(selection.since.isoformat(), "date", lang) if selection.since else None,
        "outcome": word("case_outcome", selection.outcome, lang) if selection.outcome else None,
    }  # fmt: skip
    words = [said("selection", name, lang, value=value) for name, value in asked.items() if value]
    if not words:
        return said("dossier", "everything", lang)
    return said("dossier", "chosen", lang, what=", ".join(words))


# Which cases, and what was found


def _judged(
    connection: Connection, settings: Settings, day: date, progress: Progress
) -> tuple[Standing, Sequence[Coverage], dict[str, dict[str, Any]]]:
    """Another day than the latest run's: its standing, its coverage, and what was found, by finding id."""
    job = pipeline.judge(connection, settings, as_of=day, progress=progress)
    where = pipeline.places(connection, job.judged)
    evidence = job.judged.evidence
    run = RunInfo(
        run_id=job.run_id, as_of=day, started_at=datetime(day.year, day.month, day.day, tzinfo=UTC), finished_at=None,
        code_version=version("carmonitor"), rulebook_hash=job.catalogue.rulebook.hash,
        evidence_digest=evidence.digest, result_digest=job.judged.digest, settings=settings.deciding(), counts={},
        actor="",
    )  # fmt: skip
    found = {
        f.finding_id: {**content(f, [where[ref] for ref in f.refs]), "status": "open", "first_run_id": job.run_id}
        for f in job.judged.findings
        if f.outcome != "not_evaluated"
    }
    standing = replace(Standing.of_run(connection, settings, run), catalogue=job.catalogue)
    return standing, job.judged.coverage, found


def _chosen(
    connection: Connection, selection: Selection, day: date, said_then: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    for case_id in selection.case_ids:
        try:
            find(connection, case_id)
        except CaseError as error:
            raise SelectionError(str(error)) from error
    listed = list_cases(
        connection, cases=selection.case_ids or None, outcome=selection.outcome, since=selection.since,
        severity=selection.severity, period=selection.period,
    )  # fmt: skip
    flagged = [c for c in listed if c["opened_as_of"] <= day and (selection.outcome or c["outcome"] not in SETTLED)]
    cases = [show(connection, case["case_id"]) for case in flagged]
    if said_then is None:
        return cases
    return [{**case, "findings": _as_then(case["findings"], said_then)} for case in cases]


def _as_then(findings: Iterable[Mapping[str, Any]], said_then: Mapping[str, Any]) -> list[Any]:
    return [said_then[f["finding_id"]] for f in findings if f["finding_id"] in said_then]


def _keep(standing: Standing, selection: Selection) -> dict[str, str]:
    wanted = {"actor": selection.actor} if selection.actor else {}
    if selection.zone:
        found = standing.gazetteer.matches(selection.zone)
        if len(found) != 1:
            known = ", ".join(sorted(found)) or "none"
            raise SelectionError(
                f"found zone {selection.zone!r}, expected the name of one sub-prefecture (it may mean: {known})"
            )
        wanted["zone"] = standing.zone(next(iter(found))) or next(iter(found))
    return wanted


def _is_kept(sheet: CaseSheet, keep: Mapping[str, str]) -> bool:
    of_actor = keep.get("actor") is None or keep["actor"] in sheet.actors
    return of_actor and (keep.get("zone") is None or keep["zone"] in sheet.zones)


def _touching(sheets: Iterable[CaseSheet], what: str) -> dict[str, list[str]]:
    """Actor or zone → the ids of the cases that touch it, in the order of the sheets."""
    found: dict[str, list[str]] = {}
    for sheet in sheets:
        for name in getattr(sheet, what):
            found.setdefault(name, []).append(str(sheet.case["case_id"]))
    return found


# What stands around the sheets


def _run(run: RunInfo) -> dict[str, Any]:
    names = ("run_id", "rulebook_hash", "evidence_digest", "result_digest", "code_version", "catalogue_hash")
    return {**{name: getattr(run, name) for name in names}, "as_of": run.as_of.isoformat()}


def _counts(sheets: Sequence[CaseSheet], coverage: Sequence[Coverage], lang: str) -> tuple[tuple[str, str], ...]:
    """Cases, and their findings by outcome, each on its own. Findings of several cases are one."""
    every = {f.finding_id: f for sheet in sheets for f in sheet.findings}.values()
    numbers = {
        "cases": len(sheets),
        **{o: sum(f.standing and f.outcome == o for f in every) for o in ("breach", "lead")},
        "resolved": sum(not f.standing for f in every),
        "unchecked": len({row.rule_id for row in coverage if row.not_evaluated}),
    }
    return tuple((said("dossier", what, lang), shown(n, "count", lang)) for what, n in numbers.items())


def _unchecked(coverage: Sequence[Coverage], standing: Standing, lang: str) -> tuple[Table, ...]:
    """What could not be checked, a table per family: rule, title, subjects, how many were checked, and why not."""
    report = coverage_report(coverage_view(coverage, standing.catalogue, lang), lang)
    heads = tuple(said("heads", head, lang) for head in ("rule", "title", "subject_kind", "of", "reason"))
    tables = []
    for family in dict.fromkeys(row[0][0] for row in report.partly):
        rows = tuple(
            (rule, standing.catalogue.spec(rule).title[lang], kind, checked, why)
            for rule, kind, checked, _, why in report.partly
            if rule[0] == family
        )
        title = said("tables", "not_evaluated", lang, family=said("families", family, lang))
        tables.append(Table(title, heads, rows))
    return tuple(tables)


def _checked(coverage: Sequence[Coverage], standing: Standing, lang: str) -> tuple[Table, ...]:
    report = coverage_report(coverage_view(coverage, standing.catalogue, lang), lang)
    named = (("in_full", report.in_full), ("idle", report.idle))
    rows = tuple(
        (said("dossier", what, lang), ", ".join(rules) or said("notes", "none", lang)) for what, rules in named
    )
    return (Table(said("dossier", "coverage", lang), ("", said("dossier", "rules", lang)), rows),)


def _method(standing: Standing, lang: str) -> tuple[str, ...]:
    regimes = [
        f"{r.code}, {rules.span_text(r.from_, r.to, lang)}: {r.meaning[lang]}"
        for r in standing.catalogue.rulebook.regimes.regimes
        if r.rules_apply
    ]
    listed = typeset(
        ("; " if lang == "en" else " ; ").join(regimes).replace(": ", ": " if lang == "en" else " : "), lang
    )
    return tuple(said("method", name, lang, regimes=listed) for name in texts("texts.yaml")["method"])


def _left_out(cases: int, full: int, actors: int, lang: str) -> list[str]:
    """What was left out for room; nothing is left out silently."""
    told = []
    if cases > full:
        told.append(said("dossier", "full_sheets", lang, all=shown(cases, "count", lang), n=full))
    if actors > ACTOR_SHEETS:
        told.append(said("dossier", "actor_sheets", lang, all=shown(actors, "count", lang), n=ACTOR_SHEETS))
    return told
