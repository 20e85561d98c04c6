"""Taking in what arrived: files to submissions, submissions into the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from carmonitor.intake.batch import IntakeError, Submission
from carmonitor.intake.submission import find_submissions, read_submission
from carmonitor.store.database import Store
from carmonitor.store.load import save_submission

Progress = Callable[[str, int, int], None]
"""Called as work goes on: what is being done, how much of it is done, how much there is."""


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
    progress: Progress = no_progress,
) -> Intake:
    """Read submissions and store them, each in a transaction of its own. The same bytes twice are stored once.

    What comes back counts what was stored but no longer holds it: one submission at a time is in memory.
    """
    found = units(paths)
    intake = Intake()
    for done, path in enumerate(found):
        progress(f"reading {path.name}", done, len(found))
        read = read_all([path], sender=sender, period=period)
        intake.failed += read.failed
        for item in read.received:
            progress(f"storing {path.name}", done, len(found))
            with store.write() as connection:
                new = save_submission(connection, item.submission, ingested_at=datetime.now(UTC), actor=actor)
            intake.received.append(Received(item.submission.without_content(), new))
    return intake


def units(paths: Iterable[Path]) -> list[Path]:
    """The submissions that these files and folders are or hold."""
    return [unit for path in paths for unit in (find_submissions(path) if path.is_dir() else [path])]
