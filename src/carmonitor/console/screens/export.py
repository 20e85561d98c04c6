"""The dossier for a mission, made in the browser: a selection, a language, redacted or not; then the file."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from carmonitor.cases import queue, workflow
from carmonitor.cases.queue import Filters
from carmonitor.console.guard import RefusedError
from carmonitor.console.screens.upload import step_of
from carmonitor.console.visit import LANGUAGES, Analyst, NotFoundError, Visit, gives
from carmonitor.console.work import Piece, ToldError
from carmonitor.dossier.bundle.signing import Signer, SigningError, read_signer
from carmonitor.dossier.mission import export_for
from carmonitor.dossier.selection import Selection, SelectionError
from carmonitor.store import journal
from carmonitor.store.findings import latest_run

router = APIRouter()

KIND = "dossier"
FILTERS = tuple(f.name for f in fields(Filters))
OUTCOMES = (*workflow.OUTCOMES, "corrected")


@router.get("/export")
def ask(visit: Analyst) -> Response:
    """The form; with filters of the queue in the address, for the cases that fit them."""
    given = {name: visit.asked(name) for name in FILTERS if visit.asked(name)}
    n = None
    if given:
        with visit.console.store.read() as connection:
            n = len(_chosen(connection, given))
    return visit.page(
        "export.html", given=given, n=n, mine=visit.console.work.mine(visit, KIND), outcomes=OUTCOMES,
        signed=visit.console.settings.signing_key is not None,
    )  # fmt: skip


@router.post("/export")
def begin(visit: Analyst) -> Response:
    """Begin to make it."""
    selection, given = _selection(visit), {n: visit.sent(f"f_{n}") for n in FILTERS if visit.sent(f"f_{n}")}
    chosen = visit.sent("language")
    lang, redact = chosen if chosen in LANGUAGES else visit.lang, bool(visit.sent("redact"))
    console = visit.console
    if given:
        with console.store.read() as connection:
            ids = tuple(_chosen(connection, given))
        if not ids:
            raise RefusedError(409, "export_empty")
        selection = replace(selection, case_ids=ids, outcome=given.get("outcome") or selection.outcome)
    piece = console.work.prepare(visit, KIND, lang=lang, redact=redact, selection=selection.told())

    def work(p: Piece) -> Path:
        signer = _signer(console.settings.signing_key)
        try:
            written = export_for(
                console.store, console.settings, p.folder / "out", lang=lang, selection=selection, redact=redact,
                signer=signer, progress=p.tell,
            )  # fmt: skip
        except SelectionError as error:
            raise ToldError("selection", str(error)) from None
        (file,) = written
        _write_down(visit, p, file)
        return file

    console.work.begin(piece, work)
    return visit.see(f"/export/{piece.id}")


@router.get("/export/{name}")
def shown(visit: Analyst, name: str) -> Response:
    """How far it is, or the file."""
    piece = visit.console.work.find(visit, KIND, name).as_it_stands()
    size = piece.result.stat().st_size if piece.state == "done" else 0
    return visit.page("export_made.html", piece=piece, step=step_of(piece), size=size)


@router.get("/export/{name}/file", response_class=Response, responses=gives("application/zip"))
def download(visit: Analyst, name: str) -> Response:
    """The dossier."""
    piece = visit.console.work.find(visit, KIND, name)
    if piece.state != "done":
        raise NotFoundError("work")
    return FileResponse(piece.result, filename=piece.result.name, media_type="application/zip")


def _chosen(connection: sa.Connection, given: dict[str, str]) -> list[str]:
    filters = Filters(**{**given, "status": "" if given.get("status") == "all" else given.get("status", "")})
    return [case.case_id for case in queue.look(connection, filters, size=None).cases]


def _selection(visit: Visit) -> Selection:
    since = visit.sent("since")
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        raise RefusedError(400, "bad_day") from None
    cases = tuple(dict.fromkeys(visit.sent("cases").replace(",", " ").split()))
    severity, outcome = visit.sent("severity"), visit.sent("outcome")
    return Selection(
        case_ids=cases, zone=visit.sent("zone") or None, actor=visit.sent("actor") or None,
        period=visit.sent("period") or None, since=day, severity=severity if severity in ("E", "W", "I") else None,
        outcome=outcome if outcome in OUTCOMES else None,
    )  # fmt: skip


def _signer(path: Path | None) -> Signer | None:
    if path is None:
        return None
    try:
        return read_signer(path)
    except SigningError as error:
        raise ToldError("key", str(error)) from None


def _write_down(visit: Visit, piece: Piece, file: Path) -> None:
    """Who took what along: the file's fingerprint tells a dossier found elsewhere."""
    with file.open("rb") as content:
        sha = hashlib.file_digest(content, "sha256").hexdigest()
    with visit.console.store.write() as connection:
        run = latest_run(connection)
        told = {"selection": piece.about["selection"], "redacted": piece.about["redact"], "sha256": sha}
        journal.append(
            connection, at=datetime.now(UTC), actor=piece.user, action="dossier_exported",
            subject=run.run_id if run else "-", payload=told,
        )  # fmt: skip
