"""Everything a mission reads, gathered around its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from carmonitor.assessment import coverage_view
from carmonitor.catalogues import Wordings
from carmonitor.dossier import rules
from carmonitor.dossier.coverage import coverage_report
from carmonitor.dossier.sheets.actor import actor_sheets
from carmonitor.dossier.sheets.case import case_sheets
from carmonitor.dossier.sheets.figures import CaseFigure, Volumes
from carmonitor.dossier.sheets.model import ActorSheet, CaseSheet, Dossier, Picture, Table, ZoneSheet
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.words import said, texts
from carmonitor.dossier.sheets.zone import zone_sheets
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.framework.engine import Coverage
from carmonitor.store import journal
from carmonitor.store.findings import RunInfo, load_runs

FULL = 200
"""Cases with a chain and drawings; the rest is told without."""
ACTOR_SHEETS = 60

Case = Mapping[str, Any]


Gathered = tuple[CaseSheet, Sequence[CaseFigure]] | tuple[ActorSheet, Volumes] | tuple[ZoneSheet, Volumes]


class Draw(Protocol):
    """Draws what sheets' numbers show; gathering does not know how."""

    def sheets(self, made: Sequence[Gathered], lang: str) -> Callable[[], Sequence[tuple[Picture, ...]]]:
        """What waits for the drawings of each sheet; they may be made meanwhile. It asks for nothing more."""

    def map(self, sheets: Sequence[CaseSheet], lang: str) -> Picture | None:
        """The zones with what of the cases touches them."""


class Undrawn:
    """Draws nothing."""

    def sheets(self, made: Sequence[Gathered], _lang: str) -> Callable[[], Sequence[tuple[Picture, ...]]]:
        """Nothing for each."""
        return lambda: [()] * len(made)

    def map(self, _sheets: Sequence[CaseSheet], _lang: str) -> Picture | None:
        """Nothing."""
        return None


@dataclass(frozen=True)
class Undelivered:
    """A dossier whose drawings may still be in the making. ``bare``: without those of its sheets."""

    bare: Dossier
    drawings: Callable[[], Sequence[tuple[Picture, ...]]]

    def whole(self) -> Dossier:
        """With its drawings; waits for them. May be called from any thread."""
        drawn, bare = iter(self.drawings()), self.bare
        return replace(
            bare,
            cases=tuple(replace(sheet, pictures=next(drawn)) for sheet in bare.cases),
            actors=tuple(replace(sheet, pictures=next(drawn)) for sheet in bare.actors),
            zones=tuple(replace(sheet, pictures=next(drawn)) for sheet in bare.zones),
        )


def dossier_of(
    standing: Standing,
    cases: Sequence[Case],
    coverage: Sequence[Coverage],
    lang: str,
    *,
    selected: str = "",
    draw: Draw | None = None,
    full: int = FULL,
    redact: Callable[[Any], Any] | None = None,
) -> Undelivered:
    """The dossier of these cases (as ``cases.listing.show`` gives them), in their order.

    ``selected``: the selection in words; ``full``: see FULL; ``redact``: takes personal texts out of any value, before
    anything is drawn. Actors and zones that the first ``full`` cases touch have sheets, of actors the ACTOR_SHEETS that
    most do.
    """
    draw, hide = draw or Undrawn(), redact or (lambda value: value)
    connection, runs = standing.connection, load_runs(standing.connection)
    made = hide(case_sheets(standing, cases, Wordings(connection, standing.settings), runs, lang, full=full))
    bare = [sheet for sheet, _ in made]
    actors, zones = _touching(bare, "actors"), _touching(bare, "zones")
    touched = Counter(name for sheet in bare[:full] for name in sheet.actors)
    shown_actors = [name for name, _ in touched.most_common(ACTOR_SHEETS)]
    shown_zones = sorted({name for sheet in bare[:full] for name in sheet.zones})
    of_actors = hide(actor_sheets(standing, shown_actors, lang, actors))
    of_zones = hide(zone_sheets(standing, shown_zones, lang, zones))
    every: list[Gathered] = [*made, *of_actors, *of_zones]
    drawings = draw.sheets(every, lang)
    head = journal.head(connection)
    dossier = Dossier(
        lang=lang,
        run=_run(standing.run),
        journal_head=head.hash if head else "",
        selected=selected or said("dossier", "everything", lang),
        counts=_counts(bare, coverage, lang),
        cases=tuple(bare),
        actors=tuple(sheet for sheet, _ in of_actors),
        zones=tuple(sheet for sheet, _ in of_zones),
        tables=_checked(coverage, standing, lang),
        not_evaluated=hide(_unchecked(coverage, standing, lang)),
        method=(*_method(standing, lang), *_left_out(len(bare), full, len(touched), lang)),
        map=draw.map(bare, lang),
        redacted=redact is not None,
        synthetic=said("dossier", "synthetic", lang) if standing.synthetic or any(s.synthetic for s in bare) else "",
    )
    return Undelivered(dossier, drawings)


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
