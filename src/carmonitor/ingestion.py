"""Taking in what arrived: files to submissions, submissions into the database."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from carmonitor.engines import HERE, Engine
from carmonitor.intake.batch import IntakeError, Submission
from carmonitor.intake.received import received_files
from carmonitor.intake.submission import find_submissions, read_submission
from carmonitor.records.columns import give_all_back
from carmonitor.settings import Settings
from carmonitor.store.database import Store
from carmonitor.store.held import held_again
from carmonitor.store.load import save_submission

logger = logging.getLogger(__name__)

WORTH_PROCESSES = 50_000_000  # bytes; less is read about as soon as another process has begun

Progress = Callable[[str, int, int], None]
"""Called as work goes on: what is being done, how much of it is done, how much there is."""

Also = Callable[[Connection, Submission], None]
"""What is written beside a submission that is stored."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """For callers who show none."""


@dataclass(frozen=True)
class Received:
    """One submission of a job: what it was, whether it was new, and its row equation."""

    submission: Submission
    new: bool


@dataclass
class Intake:
    """What was taken in, and what could not be read (file and reason)."""

    received: list[Received] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """files, rows, records, quarantined, skipped; rows = records + quarantined + skipped."""
        total = dict.fromkeys(("files", "rows", "records", "quarantined", "skipped"), 0)
        for item in self.received:
            for name, n in item.submission.counts().items():
                total[name] += n
        return total


def today() -> date:
    """Today in UTC: the one place where a job asks the clock for a day."""
    return datetime.now(UTC).date()


def read_all(
    paths: Sequence[Path],
    *,
    sender: str | None = None,
    period: str | None = None,
    received_on: date | None = None,
    progress: Progress = no_progress,
) -> Intake:
    """Read submissions. One that cannot be read is listed in ``failed``; the others go on.

    ``received_on``: for files that do not say when they came (default: today).
    """
    intake = Intake()
    for done, path in enumerate(paths):
        progress(f"reading {path.name}", done, len(paths))
        try:
            submission = read_submission(path, sender=sender, period=period, received_on=received_on, today=today())
        except IntakeError as error:
            intake.failed.append(str(error))
            continue
        intake.received.append(Received(submission, new=True))
        intake.failed += submission.failed
    return intake


def ingest(
    paths: Sequence[Path],
    store: Store,
    *,
    actor: str,
    sender: str | None = None,
    period: str | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
    engine: Engine = HERE,
    also: Also | None = None,
) -> Intake:
    """Read submissions and store them, each in a transaction of its own. The same bytes twice are stored once.

    What comes back counts what was stored but no longer holds it. With much to read, ``jobs`` processes work (this
    one included; default: the setting CARMONITOR_JOBS), and as many submissions are in memory at a time. Workers of
    an ``engine`` read what lies under the paths themselves; storing is done here, since submissions are numbered.
    What is stored already is told by its bytes, and not read again. ``also`` is done in the same transaction for each
    that is new.
    """
    found = units(paths)
    intake = Intake()
    again = {path: held for path in found if (held := _held(store, path, sender, period))}
    unread = [path for path in found if path not in again]
    read = partial(_read_one, sender=sender, period=period)
    with closing(_read_by(engine, read, unread) if engine.elsewhere else _read_ahead(unread, read, jobs)) as reading:
        for done, path in enumerate(found):
            progress(f"reading {path.name}", done, len(found))
            if path in again:
                intake.received.append(Received(again[path], new=False))
                continue
            arrived = next(reading)
            intake.failed += arrived.failed
            while arrived.received:
                progress(f"storing {path.name}", done, len(found))
                intake.received.append(_stored(arrived.received.pop(0).submission, store, actor, also))
    give_all_back()
    for message in intake.failed:
        logger.error("could not be read: %s", message)
    return intake


def _held(store: Store, path: Path, sender: str | None, period: str | None) -> Submission | None:
    """The submission under a path, where it is stored already: its counts and what was wrong, not its content."""
    try:
        name, contents, failed = received_files(path)
    except IntakeError:
        return None  # told when it is read
    if failed or not contents:
        return None
    files = {where: hashlib.sha256(content).hexdigest() for where, content in contents.items()}
    with store.read() as connection:
        held = held_again(connection, files, sender=sender, period=period)
    return held and replace(held, name=name)


def _stored(submission: Submission, store: Store, actor: str, also: Also | None) -> Received:
    with store.write() as connection:
        new = save_submission(connection, submission, ingested_at=datetime.now(UTC), actor=actor)
        if new and also:
            also(connection, submission)
    counts = submission.counts()
    logger.info(
        "submission %s: %d rows, %d records, %d quarantined",
        "stored" if new else "known", counts["rows"], counts["records"], counts["quarantined"],
        extra={"submission_id": submission.submission_id},
    )  # fmt: skip
    return Received(submission.without_content(), new)


def _read_one(path: Path, *, sender: str | None, period: str | None) -> Intake:
    return read_all([path], sender=sender, period=period)


def _read_by(engine: Engine, read: Callable[[Path], Intake], paths: Sequence[Path]) -> Generator[Intake, None, None]:
    yield from engine.in_order(read, [path.absolute() for path in paths])


def _read_ahead(
    paths: Sequence[Path], read: Callable[[Path], Intake], jobs: int | None
) -> Generator[Intake, None, None]:
    """What ``read`` makes of each path, in their order. Each of the processes beside this one is one path ahead."""
    jobs = (Settings().jobs if jobs is None else jobs) or _cores()
    beside = min(jobs, len(paths)) - 1
    if beside < 1 or sum(map(_size, paths)) < WORTH_PROCESSES:
        yield from map(read, paths)
        return
    # "spawn": a copy of this process would hold half of a database connection and of Arrow's threads
    pool = ProcessPoolExecutor(beside, multiprocessing.get_context("spawn"))
    try:
        rest = iter(paths)
        ahead = deque(pool.submit(read, path) for path in islice(rest, beside))
        while ahead:
            ahead.extend(pool.submit(read, path) for path in islice(rest, 1))
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def units(paths: Iterable[Path]) -> list[Path]:
    """The submissions that these files and folders are or hold."""
    return [unit for path in paths for unit in (find_submissions(path) if path.is_dir() else [path])]
