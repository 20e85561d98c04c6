"""A case's sheet: what was found, on which papers, along which chain, compared with whom, and what to ask on site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carmonitor.catalogues import Wordings
from carmonitor.dossier.sheets.chain import Subject, ways_of
from carmonitor.dossier.sheets.compared import compared, questions
from carmonitor.dossier.sheets.figures import CaseFigure
from carmonitor.dossier.sheets.model import CaseSheet, Paper
from carmonitor.dossier.sheets.papers import papers_of
from carmonitor.dossier.sheets.peers import figures_of
from carmonitor.dossier.sheets.standing import SYNTHETIC, Standing
from carmonitor.dossier.sheets.told import told
from carmonitor.dossier.tables import word
from carmonitor.store.findings import RunInfo

ACTOR_FIELDS = ("exporter_id", "miner_id", "seller_id", "buyer_id", "holder_id", "actor_id", "confirmed_actor_id")
ACTORS, ZONES = 12, 8
"""Most actors and zones that one case names: its own subject, then those on most of its papers."""

Case = Mapping[str, Any]
"""A case as ``cases.listing.show`` gives it."""


def case_sheet(
    standing: Standing, case: Case, wordings: Wordings, runs: Mapping[str, RunInfo], lang: str
) -> tuple[CaseSheet, tuple[CaseFigure, ...]]:
    """The sheet of one case with the numbers for its drawings; see :func:`case_sheets`."""
    return case_sheets(standing, [case], wordings, runs, lang)[0]


def case_sheets(
    standing: Standing,
    cases: Sequence[Case],
    wordings: Wordings,
    runs: Mapping[str, RunInfo],
    lang: str,
    *,
    full: int | None = None,
) -> list[tuple[CaseSheet, tuple[CaseFigure, ...]]]:
    """The sheets of cases, in their order, each with the numbers for its drawings; without pictures.

    ``runs``: id → run, to word each finding with the catalogue that made it; ``full``: how many of the first cases get
    a chain and numbers to draw (None: all). A few queries however many cases.
    """
    first = len(cases) if full is None else min(full, len(cases))
    papers = iter(papers_of(standing, [f["lineage"] for case in cases for f in case["findings"]]))
    findings = [[(f, next(papers)) for f in case["findings"]] for case in cases]
    subjects = [Subject(case["subject_kind"], case["subject_id"], case["findings"]) for case in cases[:first]]
    ways = [*ways_of(standing, subjects, lang), *([None] * (len(cases) - first))]
    figures = [*figures_of(standing, cases[:first]), *([()] * (len(cases) - first))]
    found = []
    for case, own, way, numbers in zip(cases, findings, ways, figures, strict=True):
        of_case = [paper for _, some in own for paper in some]
        sheet = CaseSheet(
            case=case,
            title=title(case["subject_kind"], case["subject_id"], lang),
            findings=tuple(told(f, wordings.of(runs.get(f["first_run_id"])), lang, some) for f, some in own),
            chain=way.chain if way else None,
            compared=tuple(t for f, _ in own if f["outcome"] == "lead" and (t := compared(f, lang)) is not None),
            questions=questions((f["rule_id"] for f, _ in own if f.get("status", "open") == "open"), lang),
            actors=_actors(case, of_case),
            zones=_zones(standing, case, of_case, way.zones if way else ()),
            synthetic=standing.synthetic or any(is_synthetic(paper.values.values()) for paper in of_case),
        )
        found.append((sheet, numbers))
    return found


def title(kind: str, subject_id: str, lang: str) -> str:
    """What a case is about: ``Purchase slip B012811``."""
    name = word("subject_kind", kind, lang)
    return f"{name[:1].upper()}{name[1:]} {subject_id}"


def is_synthetic(values: Iterable[Any]) -> bool:
    """Whether one of these texts says that it is invented."""
    return any(mark in str(value) for value in values for mark in SYNTHETIC)


def _actors(case: Case, papers: Iterable[Paper]) -> tuple[str, ...]:
    """The actor a case is about, then those on its papers, the most often named first."""
    own = [case["subject_id"].partition("@")[0]] if case["subject_kind"].startswith(("actor", "exporter")) else []
    named = [
        p.values[name] for p in papers for name in ACTOR_FIELDS if name in p.values and p.kind != "watchlist_entry"
    ]
    return _most_named(own, named, ACTORS)


def _zones(standing: Standing, case: Case, papers: Iterable[Paper], chain: Iterable[str]) -> tuple[str, ...]:
    """The zone a case is about, then the origins on its papers and along its chain (names of sub-prefectures)."""
    own = [case["subject_id"].partition("@")[0]] if case["subject_kind"].startswith("zone") else []
    places = [p.values[name] for p in papers for name in ("origin_subprefecture", "subprefecture") if name in p.values]
    named = [zone for zone in map(standing.zone, places) if zone is not None]
    return _most_named(own, [*named, *chain], ZONES)


def _most_named(own: Sequence[str], named: Sequence[str], most: int) -> tuple[str, ...]:
    times = {name: named.count(name) for name in dict.fromkeys(named)}
    ordered = sorted(times, key=lambda name: -times[name])
    return tuple(dict.fromkeys([*own, *ordered]))[:most]
