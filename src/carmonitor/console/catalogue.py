"""The rulebooks that findings are worded with, read once and kept while they are in use."""

from __future__ import annotations

from threading import Lock

import sqlalchemy as sa

from carmonitor import catalogues
from carmonitor.catalogues import Catalogue
from carmonitor.settings import Settings
from carmonitor.store import catalogues as kept
from carmonitor.store.findings import RunInfo

_KEPT = 8  # catalogues of old runs at once


class Rules:
    """Catalogues by their hash. Reading one takes a tenth of a second; a page may not."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._now: tuple[int, Catalogue] | None = None
        self._then: dict[str, Catalogue | None] = {}

    def now(self, connection: sa.Connection) -> Catalogue:
        """What this installation judges with, as far as this version understands it."""
        last = kept.last_activation(connection)
        stamp = last.seq if last else 0
        with self._lock:
            if self._now is None or self._now[0] != stamp:
                self._now = (stamp, catalogues.chosen(self._settings, connection, strict=False))
            return self._now[1]

    def wordings(self, connection: sa.Connection, run: RunInfo | None) -> list[Catalogue]:
        """The catalogues that may word a finding of a run: that run's, then the one in use."""
        current = self.now(connection)
        if run is None or run.catalogue_hash in (None, current.hash):
            return [current]
        with self._lock:
            if run.catalogue_hash not in self._then:
                while len(self._then) >= _KEPT:
                    self._then.pop(next(iter(self._then)))
                self._then[str(run.catalogue_hash)] = catalogues.of_run(connection, run)
            then = self._then[str(run.catalogue_hash)]
        return [current] if then is None else [then, current]
