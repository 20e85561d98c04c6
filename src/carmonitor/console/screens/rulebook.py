"""The rulebook in use: rules and detectors with their dates, parameters, basis, certainty and sources; activations."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier.rules import passages, rule_row, span_text
from carmonitor.dossier.typography import typeset
from carmonitor.store.catalogues import activations

router = APIRouter()


@router.get("/rulebook")
def listed(visit: Viewer) -> Response:
    """Every rule and detector, the regimes, and which rulebook was active when."""
    lang = visit.lang
    with visit.console.store.read() as connection:
        catalogue = visit.console.rules.now(connection)
        history = list(reversed(activations(connection)))
    regimes = [
        {
            "code": r.code, "meaning": typeset(r.meaning[lang], lang), "certainty": r.certainty,
            "span": typeset(span_text(r.from_, r.to, lang), lang), "source": r.source,
        }
        for r in catalogue.rulebook.regimes.regimes
    ]  # fmt: skip
    groups = [
        ("rules", [rule_row(spec, lang) for spec in catalogue.rulebook.specs.values()]),
        ("detectors", [rule_row(spec, lang) for spec in catalogue.detectors.values()]),
    ]
    return visit.page("rulebook.html", catalogue=catalogue, groups=groups, regimes=regimes, activations=history)


@router.get("/rulebook/{rule_id}")
def shown(visit: Viewer, rule_id: str) -> Response:
    """All that the rulebook says of a rule or detector."""
    with visit.console.store.read() as connection:
        catalogue = visit.console.rules.now(connection)
    spec = catalogue.specs.get(rule_id)
    if spec is None:
        raise NotFoundError("rule")
    own = any(p.basis == "project-default" for p in spec.parameters)
    told = list(passages(spec, catalogue, visit.lang))
    url = spec.source.url if spec.source.url.startswith("https://") else ""
    return visit.page(
        "rule.html", spec=spec, row=rule_row(spec, visit.lang), passages=told, project_default=own, url=url,
        title=typeset(spec.title[visit.lang], visit.lang),
    )  # fmt: skip
