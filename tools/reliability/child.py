"""carmonitor commands in processes of their own, which can be stopped dead at a chosen moment.

A child is a fork of this process, which has imported the program but opened no database: its command begins at once.
Nothing in the program knows of it: the child watches its own progress, SQL statements and commits from outside.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from carmonitor import catalogues, pipeline
from carmonitor.cli import common, main
from carmonitor.store import load

FEW = {
    "A-01", "C-01", "C-04", "D-01", "D-10", "G-01", "L-01", "M-01", "S-01", "S-06", "T-01", "Z-01", "F14", "F08", "F18",
}  # fmt: skip
"""Rules of every family, and detectors, that are left on where a run is repeated hundreds of times."""


@dataclass(frozen=True)
class Point:
    """A moment: the ``nth`` time (from 1) that a label is reached. See :func:`_watch` for the labels."""

    label: str
    nth: int = 1

    def __str__(self) -> str:
        return self.label if self.nth == 1 else f"{self.label} ({self.nth})"


@dataclass(frozen=True)
class Ended:
    """How a child ended. ``code``: its exit code, minus the signal that killed it; ``peak_mb``: most memory it held."""

    code: int
    out: str
    err: str
    trace: tuple[str, ...]
    peak_mb: float

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def message(self) -> str:
        """The last line it said on stderr."""
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


@dataclass
class Child:
    """A command that is running; :meth:`wait` for its end."""

    pid: int
    folder: str

    def wait(self) -> Ended:
        """Wait, and tell how it ended."""
        _, status, used = os.wait4(self.pid, 0)
        said = {name: _text(Path(self.folder, name)) for name in ("out", "err", "trace")}
        for name in said:
            Path(self.folder, name).unlink(missing_ok=True)
        Path(self.folder).rmdir()
        code = os.waitstatus_to_exitcode(status)
        return Ended(code, said["out"], said["err"], tuple(said["trace"].splitlines()), used.ru_maxrss / 1024)

    def kill(self) -> None:
        """Stop it dead."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def start(
    *arguments: str,
    database: str,
    stop: Point | None = None,
    traced: bool = False,
    few: bool = True,
    env: Mapping[str, str] | None = None,
    first: Callable[[], None] | None = None,
    work: Callable[[], int] | None = None,
    at: Callable[[str], None] | None = None,
) -> Child:
    """Begin ``carmonitor`` with these arguments. ``stop``: kill it there; ``traced``: keep the labels it reached;
    ``few``: judge with the rules of FEW only; ``first``: done in the child before all else; ``work``: done instead of a
    command, its result is the exit code; ``at``: called in the child at every label.
    """
    folder = tempfile.mkdtemp(prefix="carchild")
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Child(pid, folder)
    code = 70
    try:
        for number, name in ((1, "out"), (2, "err")):
            handle = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(handle, number)
            os.close(handle)
        os.environ |= {
            "CARMONITOR_DATABASE_URL": database, "CARMONITOR_USER": "awa", "CARMONITOR_MONITORING_FROM": "2021-01-01",
            "CARMONITOR_JOBS": "1", **(env or {}),
        }  # fmt: skip
        if few:
            leave_few_on()
        _watch(stop, f"{folder}/trace" if traced else None, at)
        if first:
            first()
        code = work() if work else _command(arguments)
    except BaseException as error:  # an unexpected end is told like one
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        code = code if not isinstance(error, SystemExit) else int(error.code or 0)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def run(*arguments: str, **how: Any) -> Ended:
    """As :func:`start`, to its end."""
    return start(*arguments, **how).wait()


def _command(arguments: tuple[str, ...]) -> int:
    try:
        main(list(arguments), standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def leave_few_on() -> None:
    """Switch all rules and detectors off but FEW, in the files that ship with the program, as they are read."""
    files = _few()
    catalogues.packaged_files = lambda _schemas=None: dict(files)


@cache
def _few() -> dict[str, bytes]:
    return {path: _few_on(path, content) for path, content in catalogues.packaged_files().items()}


def _few_on(path: str, content: bytes) -> bytes:
    if path != "detectors.yaml" and not re.fullmatch(r"rulebook/[A-Z]\.yaml", path):
        return content
    book = yaml.safe_load(content)
    for spec in next(v for v in book.values() if isinstance(v, list)):
        if spec["id"] not in FEW:
            spec["status"] = "off"
    return yaml.safe_dump(book, allow_unicode=True, sort_keys=False).encode()


def _watch(stop: Point | None, trace: str | None, at: Callable[[str], None] | None) -> None:
    """Labels: ``stage NAME`` (progress), ``after INSERT INTO table`` (also UPDATE, DELETE FROM), ``rows written``
    (records handed to the database), ``before commit`` and ``after commit`` of writing transactions.
    """
    if stop is None and trace is None and at is None:
        return
    seen: Counter[str] = Counter()
    written = open(trace, "a", encoding="utf-8", buffering=1) if trace else None  # noqa: SIM115 - until the end

    def reached(label: str) -> None:
        seen[label] += 1
        if written:
            written.write(f"{label}\n")
        if at:
            at(label)
        if stop and stop.label == label and seen[label] == stop.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    _watch_progress(reached)
    _watch_database(reached)


def _watch_progress(reached: Callable[[str], None]) -> None:
    @contextlib.contextmanager
    def showing(**_how: Any) -> Iterator[Callable[[str, int, int], None]]:
        yield lambda what, _done, _total: reached(f"stage {what}")

    common.showing_progress = showing


def _watch_database(reached: Callable[[str], None]) -> None:
    def after(_c: Any, _cursor: Any, sql: str, *_: Any) -> None:
        found = re.match(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", sql)
        if found and not found[2].startswith("rec_"):  # of those, "rows written" tells
            reached(f"after {found[1]} {found[2]}")

    writing = [False]

    def committing(connection: sa.Connection) -> None:
        writing[0] = not connection.get_execution_options().get("reading", False)
        if writing[0]:
            reached("before commit")

    really = sa.engine.default.DefaultDialect.do_commit

    def commit(dialect: Any, raw: Any) -> None:
        really(dialect, raw)
        if writing[0]:
            reached("after commit")

    rows = load._rows

    def handed(*given: Any) -> Iterator[Any]:
        for part in rows(*given):
            yield part
            reached("rows written")

    sa.event.listen(sa.Engine, "after_cursor_execute", after)
    sa.event.listen(sa.Engine, "commit", committing)
    sa.engine.default.DefaultDialect.do_commit = commit
    load._rows = handed


def warm() -> None:
    """Import what commands import, so that children begin at once. No thread may run in this process before a fork."""
    import carmonitor.cli.cases  # noqa: PLC0415
    import carmonitor.cli.export  # noqa: PLC0415
    import carmonitor.cli.job  # noqa: PLC0415
    import carmonitor.cli.registers  # noqa: PLC0415
    import carmonitor.cli.run  # noqa: PLC0415
    import carmonitor.dossier.mission  # noqa: F401, PLC0415

    assert pipeline
    _few()
