"""Upload a batch: see its findings before anything is stored, then store it or discard it."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from carmonitor.console import batches
from carmonitor.console.batches import Checked, Kept, Terms
from carmonitor.console.guard import RefusedError
from carmonitor.console.screens.feedback import TYPES
from carmonitor.console.visit import Analyst, NotFoundError, Visit, gives
from carmonitor.console.work import Piece

router = APIRouter()

KIND = "upload"


@router.get("/upload")
def ask(visit: Analyst) -> Response:
    """The form, and what this session uploaded within the hour."""
    settings = visit.console.settings
    return visit.page(
        "upload.html", mine=visit.console.work.mine(visit, KIND), mb=settings.upload_mb, most=batches.MOST_FILES,
        today=visit.at.date(), senders=settings.expected_senders,
    )  # fmt: skip


@router.post("/upload")
def send(visit: Analyst) -> Response:
    """Take the files in and begin to check them."""
    terms = _terms(visit)
    console = visit.console
    piece = console.work.prepare(visit, KIND)
    folder = piece.folder / "batch"
    try:
        sha = batches.keep_files(visit.files("files"), folder)
    except BaseException:
        console.work.forget(piece)
        raise
    piece.about = {"sha": sha, "terms": terms, "names": sorted(p.name for p in folder.iterdir()), "storing": False}
    console.work.begin(piece, lambda p: batches.check(p, folder, terms, console.store, console.settings))
    return visit.see(f"/upload/{piece.id}")


@router.get("/upload/{name}")
def shown(visit: Analyst, name: str) -> Response:
    """How far it is, what was found, or what was stored."""
    piece = visit.console.work.find(visit, KIND, name).as_it_stands()
    result: Any = piece.result if piece.state == "done" else None
    return visit.page(
        "upload_batch.html", piece=piece, checked=result if isinstance(result, Checked) else None,
        kept=result if isinstance(result, Kept) else None, step=step_of(piece), shown=batches.SHOWN,
    )  # fmt: skip


@router.post("/upload/{name}/store")
def store(visit: Analyst, name: str) -> Response:
    """Store the batch that was shown: the form names it by its fingerprint."""
    console = visit.console
    piece = console.work.find(visit, KIND, name)
    if piece.state != "done" or not isinstance(piece.result, Checked) or visit.sent("sha") != piece.about["sha"]:
        raise RefusedError(409, "not_that_batch")
    if piece.result.failed or not piece.result.read:
        raise RefusedError(409, "batch_unread")
    piece.about["storing"] = True
    folder, terms, sha = piece.folder / "batch", piece.about["terms"], piece.about["sha"]
    console.work.begin(piece, lambda p: batches.store_batch(p, folder, terms, sha, console.store))
    return visit.see(f"/upload/{piece.id}")


@router.post("/upload/{name}/discard")
def discard(visit: Analyst, name: str) -> Response:
    """Forget it and its files."""
    work = visit.console.work
    work.forget(work.find(visit, KIND, name))
    return visit.see("/upload", told="batch_discarded")


@router.get("/upload/{name}/marked/{number}.xlsx", response_class=Response, responses=gives(TYPES["xlsx"]))
def marked(visit: Analyst, name: str, number: int) -> Response:
    """The workbook of one submission of the batch with its unreadable cells marked."""
    piece = visit.console.work.find(visit, KIND, name)
    path = batches.marked_path(piece, number)
    if not 0 <= number < batches.MOST_FILES or not path.is_file():
        raise NotFoundError
    return FileResponse(path, filename=f"feedback_{number + 1}.xlsx", media_type=TYPES["xlsx"])


def step_of(piece: Piece) -> tuple[str, int, int]:
    """What is going on, as a text of ``work_steps``."""
    what, done, total = piece.progress
    if piece.kind != KIND:
        return "writing", done, total
    begins = {"reading what": "held", "reading": "reading", "storing": "storing", "telling": "telling"}
    name = next((name for start, name in begins.items() if what.startswith(start)), "judging" if what else "reading")
    return name, done, total


def _terms(visit: Visit) -> Terms:
    day, period = visit.sent("as_of"), visit.sent("period")
    try:
        as_of = date.fromisoformat(day) if day else visit.at.date()
    except ValueError:
        raise RefusedError(400, "bad_day") from None
    if period:
        try:
            date.fromisoformat(f"{period}-01")
        except ValueError:
            raise RefusedError(400, "bad_period") from None
    return Terms(as_of, visit.sent("sender")[:40] or None, period or None, bool(visit.sent("together")))
