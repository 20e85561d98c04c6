"""What may go: expired sessions of the console, and the empty room in the database file. Nothing else, ever.

Submissions, findings, runs, catalogues, cases and the journal prove old results; they are kept (docs/decisions).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from carmonitor.store import journal
from carmonitor.store.database import Store
from carmonitor.store.tables import console_session as sessions

KEPT = ("submission", "blob", "quarantine", "finding", "run", "catalogue", "review_case", "journal")


@dataclass(frozen=True)
class Held:
    """What a database holds: table → rows of what is kept; and how many sessions are expired."""

    kept: dict[str, int]
    expired: int


def held(store: Store, *, at: datetime) -> Held:
    """Count what is kept and what may go."""
    with store.read() as connection:
        kept = {name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in KEPT}
        count = sa.select(sa.func.count()).select_from(sessions).where(sessions.c.expires_at < at)
        return Held(kept, connection.execute(count).scalar_one())


def remove_expired(store: Store, *, at: datetime, actor: str, reason: str) -> tuple[int, journal.Entry | None]:
    """Remove expired sessions, and say so in the journal; no entry where there was none. How many went."""
    with store.write() as connection:
        journal.lock(connection)
        gone = connection.execute(sa.delete(sessions).where(sessions.c.expires_at < at)).rowcount
        if not gone:
            return 0, None
        payload = {"reason": reason, "removed": {sessions.name: gone}}
        return gone, journal.append(
            connection, at=at, actor=actor, action="retention", subject=sessions.name, payload=payload
        )


def vacuum(store: Store, *, at: datetime, actor: str, reason: str) -> tuple[int, int, journal.Entry]:
    """Give back the empty room of the database. Size before and after (bytes), and the journal's entry."""
    before = _size(store)
    engine = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM")
        finally:
            raw.close()
    else:
        with engine.connect() as connection:
            connection.execute(sa.text("VACUUM"))
    after = _size(store)
    with store.write() as connection:
        payload = {"reason": reason, "removed": {}, "bytes": [before, after]}
        entry = journal.append(connection, at=at, actor=actor, action="retention", subject="vacuum", payload=payload)
    return before, after, entry


def _size(store: Store) -> int:
    if store.engine.dialect.name == "sqlite":
        return Path(str(store.engine.url.database)).stat().st_size
    with store.read() as connection:
        return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
