"""Runs a fuzzer: the same seed gives the same inputs. A watch sees that nothing is executed and no file opened."""

from __future__ import annotations

import json
import random
import resource
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.fuzz.files import FILES
from tools.fuzz.parsers import PARSERS

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "fuzz" / "corpus"
_FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "socket.connect", "ctypes.dlopen", "os.remove", "os.rename")
_OWN = Path(__file__).resolve().parents[2]


@dataclass
class Found:
    """What came of a run: how often, what was said, and which seeds broke a promise."""

    runs: int = 0
    said: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, str]] = field(default_factory=list)  # seed, error


class _Watch:
    """Notes what Python's audit events tell while a target runs."""

    is_on = False
    seen: list[str]

    def __init__(self) -> None:
        self.seen = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        started = event == "subprocess.Popen" and arguments[0] != sys.executable
        if started or event in _FORBIDDEN or (event == "open" and _is_foreign(arguments[0])):
            self.seen.append(f"{event} {arguments[0]!r}")

    @contextmanager
    def on(self) -> Iterator[None]:
        """Only what happens inside is looked at."""
        self.seen.clear()
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False


def _is_foreign(path: Any) -> bool:
    """Whether a file is neither of this program, nor of its libraries, nor a pipe."""
    own = (str(_OWN), sys.prefix, sys.base_prefix, "/dev/null", "/proc/self/statm")
    return not isinstance(path, int) and not str(path).startswith(own)


def confine() -> None:
    """No more memory for this process than a reader is given; what fills it is an error here."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * 1024**3,) * 2)


_watch: list[_Watch] = []


def corpus_of(name: str) -> Sequence[Any]:
    """The saved inputs of a target: texts by line for parsers, files for readers."""
    if name in PARSERS:
        lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


SECONDS = 10  # of processor time; no input of a few kilobytes needs as much


@contextmanager
def _in_time() -> Iterator[None]:
    """An execution that computes for too long is a broken promise too."""

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"more than {SECONDS} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def run(name: str, runs: int, seed: str, corpus: Sequence[Any] | None = None) -> Found:
    """Run a target so often. Every execution has a seed of its own, so that each can be run again alone."""
    target: Any = (PARSERS | FILES)[name]
    inputs = corpus_of(name) if corpus is None else corpus
    if not _watch:
        _watch.append(_Watch())
    watch, found = _watch[0], Found()
    for number in range(runs):
        own = f"{seed}/{number}"
        chance = random.Random(own)
        try:
            with watch.on(), _in_time():
                said = target(chance, inputs)
            assert not watch.seen, f"opened or started: {watch.seen}"
        except MemoryError:
            said = "needs more memory than it is given"
        except Exception:
            said = "BROKEN"
            found.broken.append((own, traceback.format_exc(limit=-4)))
        found.runs += 1
        found.said[said] += 1
    return found
