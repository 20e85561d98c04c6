"""``carmonitor detectors``: what the detectors look for, and how their leads fared with reviewers."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli import common
from carmonitor.cli.rules import format_option, print_passages

if TYPE_CHECKING:
    from carmonitor.catalogues import Catalogue
    from carmonitor.detection.verdicts import Tally
    from carmonitor.framework.checks import CheckSpec

_TEXTS = {
    "en": {
        "title": "Detectors", "id": "id", "name": "title", "kind": "about", "group": "evidence group",
        "status": "status", "raised": "leads raised", "confirmed": "confirmed", "explained": "explained",
        "inconclusive": "undecided by review", "corrected": "papers put right", "open": "open",
        "precision": "true leads, %", "interval": "95 % interval, %", "basis": "known from",
        "simulated": "synthetic", "reviewed": "verdicts", "both": "synthetic and verdicts",
        "verdicts": "Verdicts:",
        "group_text": "Evidence group: {group} (leads of one group about one subject count once)",
        "said": "{raised} leads raised: {confirmed} confirmed, {explained} explained, {inconclusive} undecided by "
                "review, {corrected} with papers put right, {open} open.",
        "share": "Share of true leads: {precision} % (95 % interval {low} to {high} %), from a prior of {prior} % that "
                 "weighs as much as {weight} verdicts ({source}) and the leads confirmed and explained.",
        "synthetic": "synthetic: simulated returns", "assumed": "assumed: the detector is not calibrated",
        "used": "The ranking uses these verdicts.",
        "unused": "The ranking does not use them: fewer than {least} leads are confirmed or explained.",
        "none": "no database yet: no verdicts",
    },
    "fr": {
        "title": "Détecteurs", "id": "code", "name": "intitulé", "kind": "porte sur", "group": "groupe d'indices",
        "status": "état", "raised": "pistes signalées", "confirmed": "confirmées", "explained": "expliquées",
        "inconclusive": "sans conclusion", "corrected": "pièces corrigées", "open": "en attente",
        "precision": "pistes vraies, %", "interval": "intervalle à 95 %, %", "basis": "d'après",
        "simulated": "données synthétiques", "reviewed": "verdicts", "both": "données synthétiques et verdicts",
        "verdicts": "Verdicts :",
        "group_text": "Groupe d'indices : {group} (les pistes d'un groupe sur un même objet comptent une fois)",
        "said": "{raised} pistes signalées : {confirmed} confirmées, {explained} expliquées, {inconclusive} sans "
                "conclusion, {corrected} closes par correction des pièces, {open} en attente.",
        "share": "Part des pistes vraies : {precision} % (intervalle à 95 % : {low} à {high} %), à partir d'une part a "
                 "priori de {prior} % qui pèse autant que {weight} verdicts ({source}) et des pistes confirmées et "
                 "expliquées.",
        "synthetic": "donnée synthétique : déclarations simulées", "assumed": "supposée : détecteur non étalonné",
        "used": "Le classement tient compte de ces verdicts.",
        "unused": "Le classement n'en tient pas compte : moins de {least} pistes confirmées ou expliquées.",
        "none": "pas encore de base de données : aucun verdict",
    },
}  # fmt: skip


@click.group()
def detectors() -> None:
    """What the detectors look for, and how their leads fared with reviewers."""


@detectors.command(
    "list",
    epilog="""\b
Examples:
  carmonitor detectors list
  carmonitor detectors list --lang fr
  carmonitor detectors list --as-of 2021-07-31 --format json
""",
)
@common.lang_option
@common.as_of_option
@format_option
def list_(lang: str | None, as_of: date | None, output: str) -> None:
    """Every detector: what it is about, its evidence group, its leads and what reviewers made of them."""
    from carmonitor.dossier import tables
    from carmonitor.dossier.rules import said, typeset

    configured = common.settings()
    language = common.language(lang, configured)
    catalogue, tallies = _held(as_of)
    views = [_view(spec, catalogue, tallies) for spec in catalogue.detectors.values()]
    if output == "json":
        click.echo(json.dumps({"detectors": views}, ensure_ascii=False, indent=1))
        return
    t = _TEXTS[language]
    counts = ("raised", "confirmed", "explained", "inconclusive", "corrected", "open")
    rows = []
    for spec, view in zip(catalogue.detectors.values(), views, strict=True):
        tally, basis = view["verdicts"], _basis(view)
        told = ["–", "–", "–"]
        if basis:
            between = " – ".join(_percent(end, language) for end in tally["interval"])
            told = [_percent(tally["precision"], language), between, t[basis]]
        kind = tables.word("subject_kind", spec.subject_kind, language)
        rows.append([spec.id, typeset(spec.title[language], language), kind, spec.evidence_group,
                     said("short", spec.status, language), *(tally[c] for c in counts), *told])  # fmt: skip
    names = ("id", "name", "kind", "group", "status", *counts, "precision", "interval", "basis")
    headings = [t[name] for name in names]
    common.print_table(f"{t['title']} ({len(rows)})", headings, rows, numbers=range(5, len(headings) - 1))


@detectors.command(
    epilog="""\b
Examples:
  carmonitor detectors show F14
  carmonitor detectors show F14 --lang fr
  carmonitor detectors show F15 --format json
"""
)
@click.argument("detector")
@common.lang_option
@common.as_of_option
@format_option
def show(detector: str, lang: str | None, as_of: date | None, output: str) -> None:
    """All of one detector: what it says, its parameters, the innocent cause, what to ask for, and the verdicts."""
    from carmonitor.dossier.rules import near, rule_view, typeset

    configured = common.settings()
    language = common.language(lang, configured)
    catalogue, tallies = _held(as_of)
    specs = catalogue.detectors
    if detector.upper() not in specs:
        like = ", ".join(near(detector, specs))
        common.fail(f"found no detector {detector!r}, expected one such as {like}", common.USAGE)
    spec = specs[detector.upper()]
    view = _view(spec, catalogue, tallies)
    if output == "json":
        told = {**rule_view(spec, catalogue, language), **view}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1, default=str))
        return
    t = _TEXTS[language]
    print_passages(spec, catalogue, language)
    common.print_lines(typeset(t["group_text"].format(group=spec.evidence_group), language))
    common.print_lines(typeset(t["verdicts"], language))
    for text in _verdicts(view, language):
        common.print_lines(typeset(text, language), first="  – ")


def _held(as_of: date | None) -> tuple[Catalogue, dict[str, Tally]]:
    """The catalogue in use, and the tallies; none where there is no database yet."""
    from carmonitor import catalogues
    from carmonitor.store.verdicts import tallies

    configured = common.settings()
    with common.reading(configured) as connection:
        catalogue = catalogues.chosen(configured, connection)
        return catalogue, tallies(connection, as_of=as_of) if connection is not None else {}


def _view(spec: CheckSpec, catalogue: Catalogue, tallies: dict[str, Tally]) -> dict[str, Any]:
    from carmonitor.detection.verdicts import Tally, as_json, prior_of

    return {
        "id": spec.id,
        "subject_kind": spec.subject_kind,
        "evidence_group": spec.evidence_group,
        "status": spec.status,
        "calibrated": catalogue.calibration.precision(spec.id) is not None,
        "verdicts": as_json(tallies.get(spec.id, Tally()), prior_of(spec.id, catalogue.calibration)),
    }


def _basis(view: dict[str, Any]) -> str:
    """What the share of true leads is known from; ``""`` where nothing tells it."""
    tally = view["verdicts"]
    decided = tally["confirmed"] + tally["explained"] > 0
    return {(True, True): "both", (True, False): "simulated", (False, True): "reviewed"}.get(
        (view["calibrated"], decided), ""
    )


def _verdicts(view: dict[str, Any], lang: str) -> list[str]:
    from carmonitor.detection.verdicts import LEAST_VERDICTS

    t, tally = _TEXTS[lang], view["verdicts"]
    low, high = (_percent(end, lang) for end in tally["interval"])
    share = t["share"].format(
        precision=_percent(tally["precision"], lang), low=low, high=high,
        prior=_percent(tally["prior_precision"], lang),
        weight=f"{tally['prior_weight']:g}", source=t["synthetic" if view["calibrated"] else "assumed"],
    )  # fmt: skip
    return [t["said"].format(**tally), share, t["used" if tally["used_by_ranking"] else "unused"].format(
        least=LEAST_VERDICTS)]  # fmt: skip


def _percent(share: float, lang: str) -> str:
    text = f"{share * 100:.1f}"
    return text.replace(".", ",") if lang == "fr" else text
