"""Is this installation healthy: one function per check, each ok, a warning or an error, with what to do about it.

Nothing is changed, and nothing is asked over the network but the configured database and a Prefect server on this
machine. Thresholds are project defaults.
"""

from __future__ import annotations

import os
import shutil
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa

from carmonitor.operations.verifying import verify_all, verify_journal
from carmonitor.settings import Settings
from carmonitor.store import guards, journal
from carmonitor.store import tables as t
from carmonitor.store.database import REVISION, DatabaseError, Store, open_store, read_url

Status = Literal["ok", "warning", "error"]

FREE_WARNING, FREE_ERROR = 2_000_000_000, 200_000_000  # bytes
WAL_WARNING = 256_000_000  # bytes: a reader has kept SQLite from tidying up for long
TRANSACTION_WARNING = timedelta(hours=1)
CLOCK_SLACK = timedelta(minutes=1)
_PREFECT_SECONDS = 3


@dataclass(frozen=True)
class Check:
    """The outcome of one check. ``name`` and ``said`` are keys of ``texts.yaml``; ``values`` fill in the text."""

    name: str
    status: Status
    said: str
    values: Mapping[str, Any] = field(default_factory=dict)


def examine(
    settings: Settings, environment: Mapping[str, str], *, at: datetime, deep: bool = False, now_zone: str = "UTC"
) -> list[Check]:
    """Every check, in order. ``at``: what the clock says; ``deep``: also compare all that is stored."""
    checks = [*_place(settings, environment)]
    try:
        store = open_store(settings.database_url)
    except (DatabaseError, sa.exc.SQLAlchemyError) as error:
        return [Check("database", "error", "unusable", {"error": str(error)}), *checks]
    with store:
        checks.append(_guarded(_database, store))
        checks.append(Check("migrations", "ok", "at_head", {"revision": REVISION}))
        for look in (
            _guards,
            _writable,
            _locks,
            lambda s: _clock(s, at, now_zone),
            lambda s: _last_run(s, settings, at),
        ):
            checks.append(_guarded(look, store))
        checks.append(_guarded(_everything if deep else _journal, store))
    return checks


def worst(checks: list[Check]) -> Status:
    """The worst status of all."""
    bad: tuple[Status, ...] = ("error", "warning")
    for status in bad:
        if any(check.status == status for check in checks):
            return status
    return "ok"


def _guarded(look: Callable[[Store], Check], store: Store) -> Check:
    try:
        return look(store)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        return Check("database", "error", "unusable", {"error": str(getattr(error, "orig", None) or error)})


# Where things are


def _place(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    file = _sqlite_file(settings)
    yield _disk(file.parent if file else Path.cwd())
    yield _inbox(settings.inbox)
    private = [file, Path(f"{file}-wal")] if file else []
    private += [
        Path(environment[name]) for name in ("CARMONITOR_SIGNING_KEY", "CARMONITOR_ENV_FILE") if environment.get(name)
    ]
    yield _permissions([path for path in private if path.exists()])
    yield _prefect(environment.get("PREFECT_API_URL", ""))


def _sqlite_file(settings: Settings) -> Path | None:
    try:
        url = read_url(settings.database_url)
    except DatabaseError:
        return None
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _disk(folder: Path) -> Check:
    if not folder.is_dir():
        return Check("disk", "error", "no_folder", {"folder": folder})
    free = shutil.disk_usage(folder).free
    status: Status = "error" if free < FREE_ERROR else "warning" if free < FREE_WARNING else "ok"
    return Check("disk", status, "free" if status == "ok" else "little", {"mb": free // 1_000_000, "folder": folder})


def _inbox(inbox: Path) -> Check:
    if not inbox.is_dir():
        return Check("inbox", "error", "no_inbox", {"folder": inbox})
    readable = os.access(inbox, os.R_OK | os.X_OK)
    return Check("inbox", "ok" if readable else "error", "readable" if readable else "unreadable", {"folder": inbox})


def _permissions(paths: list[Path]) -> Check:
    if os.name != "posix":
        return Check("permissions", "warning", "not_checked")
    for others, status, said in ((stat.S_IWOTH | stat.S_IWGRP, "error", "writable"), (stat.S_IROTH, "warning", "open")):
        wrong = [path for path in paths if path.stat().st_mode & others]
        if wrong:
            return Check("permissions", status, said, {"files": ", ".join(map(str, wrong))})  # type: ignore[arg-type]
    return Check("permissions", "ok", "private", {"n": len(paths)})


def _prefect(api: str) -> Check:
    if not api:
        return Check("prefect", "ok", "not_configured")
    url = urlsplit(api)
    if url.scheme not in ("http", "https") or url.hostname not in ("localhost", "127.0.0.1", "::1"):
        return Check("prefect", "ok", "not_asked", {"host": url.hostname or ""})
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=_PREFECT_SECONDS):
            return Check("prefect", "ok", "answers", {"host": url.netloc.rpartition("@")[2]})
    except (urllib.error.URLError, OSError) as error:
        return Check("prefect", "error", "silent", {"error": str(error)})


# The database


def _database(store: Store) -> Check:
    with store.read() as connection:
        sqlite = connection.dialect.name == "sqlite"
        version = connection.execute(sa.text("SELECT sqlite_version()" if sqlite else "SHOW server_version")).scalar()
    return Check(
        "database",
        "ok",
        "reached",
        {"name": store.name, "version": f"{'SQLite' if sqlite else 'PostgreSQL'} {version}"},
    )


def _guards(store: Store) -> Check:
    with store.read() as connection:
        missing = guards.missing(connection)
    if missing:
        return Check("guards", "error", "missing", {"names": ", ".join(missing)})
    return Check("guards", "ok", "in_place", {"n": len(guards.expected(store.engine.dialect.name))})


def _writable(store: Store) -> Check:
    """Try to write, and take it back."""
    try:
        with store.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))
            transaction.rollback()
    except sa.exc.DBAPIError as error:
        return Check("writing", "error", "refused", {"error": str(error.orig)})
    return Check("writing", "ok", "possible")


def _locks(store: Store) -> Check:
    if store.engine.dialect.name == "sqlite":
        wal = Path(f"{store.engine.url.database}-wal")
        size = wal.stat().st_size if wal.exists() else 0
        status: Status = "warning" if size > WAL_WARNING else "ok"
        return Check("locks", status, "wal_large" if status == "warning" else "wal", {"mb": size // 1_000_000})
    query = (
        "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::bigint FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with store.read() as connection:
        oldest = timedelta(seconds=int(connection.execute(sa.text(query)).scalar_one()))
    long = oldest > TRANSACTION_WARNING
    values = {"minutes": oldest // timedelta(minutes=1)}
    return Check("locks", "warning" if long else "ok", "long_transaction" if long else "no_long_transaction", values)


def _clock(store: Store, at: datetime, zone: str) -> Check:
    """The clock does not stand before what is already stored."""
    with store.read() as connection:
        r, s = t.run.c, t.submission.c
        moments = [
            connection.execute(sa.select(sa.func.max(column))).scalar() for column in (r.started_at, s.ingested_at)
        ]
        head = journal.head(connection)
    newest = max((m for m in moments if m is not None), default=None)
    if head is not None:
        written = datetime.fromisoformat(head.at)
        newest = written if newest is None else max(newest, written)
    values = {"at": _minute(at), "zone": zone, "newest": _minute(newest) if newest else "–"}
    if newest is not None and at + CLOCK_SLACK < newest:
        return Check("clock", "error", "behind", values)
    return Check("clock", "ok", "runs", values)


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _last_run(store: Store, settings: Settings, at: datetime) -> Check:
    with store.read() as connection:
        r = t.run.c
        query = sa.select(r.run_id, r.finished_at).where(r.finished_at.is_not(None)).order_by(r.finished_at.desc())
        last = connection.execute(query.limit(1)).one_or_none()
    if last is None:
        return Check("last_run", "warning", "none", {"limit": settings.late_after_days})
    days = (at - last.finished_at).days
    values = {
        "run": last.run_id,
        "finished": _minute(last.finished_at),
        "days": days,
        "limit": settings.late_after_days,
    }
    late = at - last.finished_at > timedelta(days=settings.late_after_days)
    return Check("last_run", "warning" if late else "ok", "late" if late else "recent", values)


def _journal(store: Store) -> Check:
    with store.read() as connection:
        done = verify_journal(connection)
    if done.damages:
        return Check("journal", "error", "broken", {"entry": done.damages[0].subject, "what": done.damages[0].what})
    head = done.head
    return Check("journal", "ok", "whole", {"entries": head.seq if head else 0, "head": head.hash if head else "–"})


def _everything(store: Store) -> Check:
    with store.read() as connection:
        done = verify_all(connection)
    if done.damages:
        return Check("journal", "error", "altered", {"n": len(done.damages)})
    head = done.head
    values = {"entries": head.seq if head else 0, "head": head.hash if head else "–", **done.compared}
    return Check("journal", "ok", "whole_deep", values)
