"""Work that takes longer than a page may: in a thread of its own, seen by the session that began it, kept for an hour.

Each piece of work has a folder that nobody else writes to and that goes with it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from carmonitor.console.guard import RefusedError
from carmonitor.console.visit import NotFoundError, Visit

log = logging.getLogger("carmonitor.console")

KEPT = timedelta(hours=1)
OF_ONE_SESSION = 3
OF_ALL = 12


class ToldError(Exception):
    """Work that could not be done, with what its user is told: the name of a text under ``work_problems``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass
class Piece:
    """One piece of work. ``state``: waiting, running, done or failed; ``progress``: what, how much done, how much of.

    ``about``: what its screen wants to remember of it; ``result``: what the work gave; ``problem``: why it failed.
    """

    id: str
    kind: str
    owner: str
    user: str
    begun: datetime
    folder: Path
    about: dict[str, Any] = field(default_factory=dict)
    state: str = "waiting"
    progress: tuple[str, int, int] = ("", 0, 0)
    result: Any = None
    problem: ToldError | None = None

    def tell(self, what: str, done: int, total: int) -> None:
        """Called as work goes on (``ingestion.Progress``)."""
        self.progress = (what, done, total)

    def as_it_stands(self) -> Piece:
        """A copy that does not change while a page is made of it. (What a state tells of is there before the state.)"""
        state = self.state
        return replace(self, state=state)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("done", "failed")


class Workshop:
    """All pieces of work; one is done at a time, since each needs a core and much memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pieces: dict[str, Piece] = {}
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="carmonitor-work")

    def prepare(self, visit: Visit, kind: str, **about: Any) -> Piece:
        """A new piece with an empty folder; what is over gives way. Raises RefusedError where too much is kept."""
        self._sweep(visit.at)
        with self._lock:
            owner = _owner(visit)
            mine = [p for p in self._pieces.values() if p.owner == owner]
            for piece in mine[: max(0, len(mine) - OF_ONE_SESSION + 1)]:
                if piece.over:
                    self._drop(piece)
            mine = [p for p in self._pieces.values() if p.owner == owner]
            if len(mine) >= OF_ONE_SESSION or len(self._pieces) >= OF_ALL:
                raise RefusedError(503, "work_full")
            folder = Path(tempfile.mkdtemp(prefix="carmonitor-work-"))
            piece = Piece(secrets.token_urlsafe(18), kind, owner, visit.user.name, visit.at, folder, dict(about))
            self._pieces[piece.id] = piece
        timer = Timer(KEPT.total_seconds(), self.forget, [piece])
        timer.daemon = True
        timer.start()
        return piece

    def begin(self, piece: Piece, work: Callable[[Piece], Any]) -> None:
        """Do it, after what was begun before. Its result, or why there is none, is then in the piece."""
        piece.state, piece.problem = "waiting", None
        self._hands.submit(self._do, piece, work)

    def find(self, visit: Visit, kind: str, name: str) -> Piece:
        """A piece of this very session; to every other session there is none. Raises NotFoundError."""
        self._sweep(visit.at)
        piece = self._pieces.get(name)
        if piece is None or piece.kind != kind or piece.owner != _owner(visit):
            raise NotFoundError("work")
        return piece

    def mine(self, visit: Visit, kind: str) -> list[Piece]:
        """The pieces of this session, the latest first."""
        self._sweep(visit.at)
        owner = _owner(visit)
        return [p for p in reversed(list(self._pieces.values())) if p.owner == owner and p.kind == kind]

    def forget(self, piece: Piece) -> None:
        """Take it away with its folder. One that runs goes on to its end, for nobody."""
        with self._lock:
            self._drop(piece)

    def _do(self, piece: Piece, work: Callable[[Piece], Any]) -> None:
        if piece.id not in self._pieces:
            return
        piece.state = "running"
        try:
            piece.result = work(piece)
        except ToldError as error:
            piece.problem, piece.state = error, "failed"
        except Exception as error:  # the visitor is told a number, the log has the rest
            number = secrets.token_hex(4)
            log.exception("error %s in %s: %s", number, piece.kind, type(error).__name__)
            piece.problem, piece.state = ToldError("failed", number), "failed"
        else:
            piece.state = "done"
        finally:
            if piece.id not in self._pieces:
                shutil.rmtree(piece.folder, ignore_errors=True)

    def _sweep(self, at: datetime) -> None:
        with self._lock:
            for piece in list(self._pieces.values()):
                if at - piece.begun > KEPT:
                    self._drop(piece)

    def _drop(self, piece: Piece) -> None:
        self._pieces.pop(piece.id, None)
        shutil.rmtree(piece.folder, ignore_errors=True)


def _owner(visit: Visit) -> str:
    return hashlib.sha256(visit.token.encode()).hexdigest()
