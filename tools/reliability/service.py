"""A process that lives for months and does the jobs it is told, as the scheduled flow does them."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store import database
from tools.reliability import child


@dataclass(frozen=True)
class Did:
    """How a job ended. ``refused``: what could not be read; ``failed``: why there is no result, empty for none."""

    memory_mb: float
    files: int
    threads: int
    refused: tuple[str, ...] = ()
    failed: str = ""


class GoneError(Exception):
    """The process ended."""


class Service:
    """A long-lived process over an inbox and a database; begun again when it is needed and was killed."""

    def __init__(self, inbox: Path, url: str) -> None:
        self._inbox = inbox
        self.url = url
        self._child: child.Child | None = None
        self._tell = self._told = -1
        self.starts = 0

    def begin(self, day: date, *, judge: bool) -> None:
        """Begin a job: take in what lies in the inbox; ``judge``: and judge all that is held."""
        if self._child is None:
            self._start()
        os.write(self._tell, f"{day} {'judge' if judge else 'take'}\n".encode())

    def end(self) -> Did:
        """Wait for the job."""
        said = b""
        while not said.endswith(b"\n"):
            part = os.read(self._told, 65536)
            if not part:
                raise GoneError(self.stop())
            said += part
        told: dict[str, Any] = json.loads(said)
        return Did(**{**told, "refused": tuple(told["refused"])})

    def do(self, day: date, *, judge: bool) -> Did:
        """A job to its end."""
        self.begin(day, judge=judge)
        return self.end()

    def kill(self) -> None:
        """Stop it dead, whatever it does."""
        if self._child:
            self._child.kill()
            self.stop()

    def stop(self) -> str:
        """Let it go; the last it said on stderr."""
        if self._child is None:
            return ""
        with contextlib.suppress(BrokenPipeError):  # it was killed
            os.write(
                self._tell, b"\n"
            )  # another service, begun later, holds the pipe's end too: closing it tells nothing
        os.close(self._tell)
        os.close(self._told)
        ended, self._child = self._child.wait(), None
        return ended.message

    def _start(self) -> None:
        self._told, there = os.pipe()
        here, self._tell = os.pipe()
        ours = (self._told, self._tell)

        def work() -> int:
            for end in ours:
                os.close(end)
            return _live(self._inbox, self.url, here, there)

        self._child = child.start(database=self.url, few=True, work=work)
        os.close(here)
        os.close(there)
        self.starts += 1


def _live(inbox: Path, url: str, orders: int, answers: int) -> int:
    settings = Settings(monitoring_from=date(2021, 1, 1), database_url=url, jobs=1)
    with open(orders, encoding="ascii") as lines:
        for line in iter(lines.readline, "\n"):
            day, what = line.split()
            failed, refused = "", []
            try:
                with database.ensure(url) as store:
                    intake = pipeline.ingest([inbox], store, actor="awa")
                    if what == "judge":
                        pipeline.monitor(store, settings, intake, as_of=date.fromisoformat(day), actor="awa")
                    refused = intake.failed
            except Exception as error:  # the next try is told from outside, as a scheduler does
                failed = f"{type(error).__name__}: {error}"
            os.write(answers, (json.dumps({**_sample(), "refused": refused, "failed": failed}) + "\n").encode())
    return 0


def _sample() -> dict[str, Any]:
    """Memory (MB), open files and threads of this process."""
    status = Path("/proc/self/status").read_text()
    return {
        "memory_mb": round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1),
        "files": len(os.listdir("/proc/self/fd")) - 1,
        "threads": int(status.split("Threads:")[1].split()[0]),
    }
