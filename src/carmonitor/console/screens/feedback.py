"""What is sent back to a sender: the return with its faulty cells marked, and a letter."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.guard import RefusedError
from carmonitor.console.visit import LANGUAGES, NotFoundError, Viewer, gives
from carmonitor.dossier.feedback import FeedbackError, feedback_for
from carmonitor.store.load import is_stored

router = APIRouter()

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


@router.get("/quarantine/{submission_id}/feedback.{suffix}", response_class=Response, responses=gives(*TYPES.values()))
def download(visit: Viewer, submission_id: str, suffix: str) -> Response:
    """The workbook, or the letter as PDF or text; ``?in=`` a language, else the one the return is written in."""
    if suffix not in TYPES:
        raise NotFoundError
    chosen = visit.asked("in")
    with visit.console.store.read() as connection:
        if not is_stored(connection, submission_id):
            raise NotFoundError("submission")
        try:
            made = feedback_for(
                connection, visit.console.settings, submission_id, chosen if chosen in LANGUAGES else None
            )
        except FeedbackError:
            raise RefusedError(409, "feedback") from None
    content = {"xlsx": made.workbook, "pdf": made.letter_pdf, "txt": made.letter_text.encode()}[suffix]
    return file_answer(content, f"{made.stem}.{suffix}", TYPES[suffix])


def file_answer(content: bytes, name: str, media_type: str) -> Response:
    """A file to keep. ``name`` of ASCII letters, digits, ``._-`` only."""
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
