"""A certificate: what was certified beside what was confirmed, its parcels and slips, findings, older versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console import confirmation, ground, telling
from carmonitor.console.confirmation import Limits
from carmonitor.console.screens.queue import headlines, page_number
from carmonitor.console.visit import NotFoundError, Viewer
from carmonitor.dossier import labels
from carmonitor.dossier.drawn import Drawn
from carmonitor.dossier.pictures.chain import draw_chain
from carmonitor.dossier.sheets.chain import chain_of
from carmonitor.dossier.sheets.model import Picture
from carmonitor.dossier.sheets.peers import figures_of
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.findings import shown
from carmonitor.framework.checks import Params
from carmonitor.framework.common import as_participant
from carmonitor.records import KINDS
from carmonitor.records.display import for_people
from carmonitor.records.fields import normalise_certificate
from carmonitor.store import lookup
from carmonitor.store import tables as t
from carmonitor.store.findings import is_newest, view

router = APIRouter()

SIZE = 50
FINDINGS, CASES = 40, 50
Row = dict[str, Any]


@router.get("/certificates/{number}")
def shown_page(visit: Viewer, number: str) -> Response:
    """The certificate's page."""
    written, number = number, normalise_certificate(number)
    if number != written and number:
        return visit.see(f"/certificates/{number}")
    console, at = visit.console, page_number(visit)
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        foot = ground.footing(console, standing)
        sent = standing.plain("shipment", "certificate_number", [number], _fields("shipment"))
        answers = standing.plain("import_confirmation", "certificate_number", [number], _fields("import_confirmation"))
        parcels = standing.plain("parcel", "certificate_number", [number], _fields("parcel"))
        uses = standing.plain("parcel_source", "certificate_number", [number], _fields("parcel_source"))
        lost = _in_quarantine(standing, number)
        versions = _versions(standing, number, visit.lang)
        found, on_trial = _findings(connection, standing, number)
        if not (sent or answers or parcels or uses or lost or versions or found):
            raise NotFoundError("certificate")
        rows = uses[(at - 1) * SIZE : at * SIZE]
        slips = _slips(standing, rows)
        cases = ground.cases_of(connection, _about(number), CASES).cases
        told = telling.tell(connection, console.rules, found[:FINDINGS], visit.lang)
        heads = headlines(visit, connection, cases)
        limits = _limits(standing)
        union = _union(standing, sent, answers)
    codes = sorted({str(p["hs_code"]) for p in parcels if p["hs_code"] is not None})
    compared: list[Row | None] = [*answers] or [None]
    tables = [
        (answer, confirmation.compare(sent[0], answer, union=union, limits=limits, hs_codes=codes, lang=visit.lang))
        for answer in compared
        if sent
    ]
    return visit.page(
        "certificate.html", number=number, sent=sent, answers=answers, tables=tables, limits=limits,
        standing=foot, state=_state(standing, sent, answers, lost, limits), lost=lost, parcels=parcels, uses=rows,
        slips=slips, uses_total=len(uses), page=at, pages=max(1, -(-len(uses) // SIZE)), findings=told,
        findings_total=len(found), on_trial=on_trial, cases=cases, headlines=heads, versions=versions,
        exporter=sent[0]["exporter_id"] if sent else None, marks=_MARKS, codes=codes,
    )  # fmt: skip


@router.get("/certificates/{number}/drawings")
def drawings(visit: Viewer, number: str) -> Response:
    """Its chain, its days and its stones as pictures."""
    console = visit.console
    with console.store.read() as connection:
        standing = ground.standing_of(console, connection)
        if not any(lookup.counts(connection, kind, "certificate_number", [number]) for kind in ("shipment", "parcel")):
            raise NotFoundError("certificate")

        def draw() -> tuple[Picture, ...]:
            found, _ = _findings(connection, standing, number)
            chain = chain_of(standing, "certificate", number, found, visit.lang)
            case = {"subject_kind": "certificate", "subject_id": number, "findings": ()}
            (figures,) = figures_of(standing, [case])
            first = (draw_chain(chain, visit.lang),) if chain is not None else ()
            return (*first, *Drawn(standing).charts(figures, visit.lang))

        pictures = ground.pictures_of(
            console, ("certificate", standing.run.run_id, standing.run.started_at, number, visit.lang), draw
        )
    return visit.page(
        "drawings.html", pictures=pictures, back=f"/certificates/{number}", about=number, kind="certificate"
    )


_MARKS = {"same": "=", "within": "≈", "differs": "≠", "half": "?", "none": "–", "alone": "", "info": ""}


def _fields(kind: str) -> list[str]:
    return list(KINDS[kind].model_fields)


def _about(number: str) -> sa.ColumnElement[bool]:
    c = t.review_case.c
    return sa.and_(c.subject_kind == "certificate", c.subject_id == number)


def _findings(connection: sa.Connection, standing: Standing, number: str) -> tuple[list[Row], int]:
    """What stands about the certificate, its parcels, documents and confirmations, the gravest first; how many more
    come from rules on trial."""
    f = t.finding.c
    mine = sa.or_(
        sa.and_(f.subject_kind == "certificate", f.subject_id == number),
        sa.and_(f.subject_kind.in_(("parcel", "document")), f.subject_id.startswith(f"{number}/", autoescape=True)),
        sa.and_(f.subject_kind == "confirmation", f.subject_id.startswith(f"{number}@", autoescape=True)),
    )
    query = sa.select(t.finding).where(mine, f.status == "open", is_newest()).order_by(f.finding_id)
    found = [view(dict(row)) for row in connection.execute(query).mappings()]
    specs = standing.catalogue.specs
    tried = {rule for rule, spec in specs.items() if spec.status == "shadow"}
    kept = [f for f in found if f["rule_id"] not in tried]
    order = {"breach": 0, "lead": 1, "not_evaluated": 2}
    kept.sort(key=lambda f: (order[f["outcome"]], "EWI".index(f["severity"]), f["rule_id"], f["subject_id"]))
    return kept, len(found) - len(kept)


def _in_quarantine(standing: Standing, number: str) -> list[str]:
    """Kinds whose quarantined rows name the certificate."""
    return [
        kind
        for kind in ("shipment", "import_confirmation", "parcel")
        if lookup.in_quarantine(
            standing.connection, kind, "certificate_number", [number], standing.of_kind(kind).index
        )
    ]  # fmt: skip


def _slips(standing: Standing, rows: Iterable[Row]) -> dict[str, Row]:
    names = ["slip_number", "purchase_date", "buyer_id", "seller_id", "origin_subprefecture", "carats", "price_xaf"]
    wanted = {row["slip_number"] for row in rows}
    return {row["slip_number"]: row for row in standing.plain("purchase", "slip_number", wanted, names)}


def _versions(standing: Standing, number: str, lang: str) -> list[Row]:
    """Every row of this number that was ever received, the newest first: where it stands, whether it is in force, and
    what it states otherwise than the row received after it."""
    rows = lookup.rows_by(standing.connection, "shipment", "certificate_number", [number])
    in_force = set(standing.of_kind("shipment").index)
    known = standing.held.sources
    found: list[Row] = []
    for ref, said in zip(rows["ref"], for_people("shipment", rows).to_dict("records"), strict=True):
        source = int(ref) >> 32
        if source not in known.index:  # received after the run
            continue
        place = known.loc[source]
        found.append(
            {
                "received_on": pd.Timestamp(str(place["received_on"])).date(),
                "submission_id": place["submission_id"],
                "file": place["file"],
                "sheet": place["sheet"],
                "row": int(ref) & 0xFFFFFFFF,
                "in_force": source in in_force,
                "said": said,
                "order": (place["received_on"], source),
            }
        )
    found.sort(key=lambda v: v["order"], reverse=True)
    for newer, older in pairwise(found):
        older["differs"] = [
            (
                labels.column_label("shipment", name, lang),
                _said(name, older["said"], lang),
                _said(name, newer["said"], lang),
            )
            for name in older["said"]
            if older["said"][name] != newer["said"][name]
        ]
    return found


def _said(name: str, row: Mapping[str, Any], lang: str) -> str:
    kind = KINDS["shipment"].field_types()[name]
    value = row[name]
    if value is None:
        return "–"
    return shown(value, "date", lang) if kind.name == "date" else str(value)


def _limits(standing: Standing) -> Limits:
    apart, late = (Params(standing.catalogue.spec(rule).parameters) for rule in ("M-06", "M-04"))
    default = any(p.basis == ground.PROJECT_DEFAULT for p in standing.catalogue.spec("M-06").parameters)
    return Limits(
        str(apart["tolerance_percent"]), str(apart["value_percent"]), int(late["warning_after_days"]),
        int(late["error_after_days"]), default,
    )  # fmt: skip


def _union(standing: Standing, sent: Sequence[Row], answers: Sequence[Row]) -> dict[str, str]:
    """Country → the participant it belonged to when the certificate was issued, where that is another one."""
    if not sent or sent[0]["issue_date"] is None or not answers:
        return {}
    countries = [c for c in (sent[0]["destination_country"], *(a["importing_country"] for a in answers)) if c]
    if not countries:
        return {}
    frame: Any = {"kp_participant": standing.all("kp_participant")}
    names = pd.Series(countries, dtype="str")
    days = pd.Series(pd.to_datetime([sent[0]["issue_date"]] * len(countries))).astype("datetime64[us]")
    joined = as_participant(frame, names, days)
    return {c: str(u) for c, u in zip(names, joined, strict=True) if c != u}


def _state(
    standing: Standing, sent: Sequence[Row], answers: Sequence[Row], lost: Sequence[str], limits: Limits
) -> dict[str, Any]:
    """The state in one sentence: ``code`` of ``certificate_states``, with its days."""
    if not sent:
        return {"code": "no_shipment"}
    if answers:
        return {"code": "answered", "outcomes": sorted({str(a["outcome"] or "silent") for a in answers})}
    row = sent[0]
    since = row["export_date"] or row["issue_date"]
    reasons = {
        "void": row["status"] not in (None, "issued"),
        "in_quarantine": "import_confirmation" in lost,
        "not_held": standing.of_kind("import_confirmation").empty,
        "undated": since is None,
    }
    for code, holds in reasons.items():
        if holds:
            return {"code": code}
    days = (standing.as_of - date.fromisoformat(str(since))).days
    band = "very_late" if days > limits.error_days else "late" if days > limits.warning_days else "in_time"
    return {"code": "missing", "days": days, "band": band, "since": "left" if row["export_date"] else "issued"}
