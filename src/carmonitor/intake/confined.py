"""Opens a file in a process of its own, so that one built to crash a reader, to fill memory or to take for ever ends
there, as one error of that file.

On systems without resource limits (Windows) only the time is limited.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits
from carmonitor.intake.sheets import RawSheet

CODE = "import sys; sys.path[:] = sys.argv[1].split(chr(10)); from carmonitor.intake.opening import main; main()"
_PLAIN = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("carmonitor.intake.cells", "Unreadable"),
}


class _Plain(pickle.Unpickler):
    """Takes plain values only, whatever wrote them."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name} is no value of a cell")
        return super().find_class(module, name)


def read_confined(path: str, suffix: str, content: bytes, limits: Limits) -> list[RawSheet]:
    """The sheets of a file. Fails with :class:`IntakeError` where it cannot be read within its memory and time."""
    told = json.dumps(asdict(limits))
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CODE, "\n".join(map(os.path.abspath, sys.path)), path, suffix, told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    watch = threading.Timer(limits.reading_seconds, stop)
    watch.start()
    try:
        assert process.stdin
        assert process.stdout
        with suppress(BrokenPipeError):
            process.stdin.write(content)
            process.stdin.close()
        sheets = list(_sheets(process.stdout))
    except (EOFError, pickle.UnpicklingError):
        raise IntakeError(_why(path, late.is_set(), process.wait(), limits)) from None
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]
    return sheets


def _sheets(given: IO[bytes]) -> Iterator[RawSheet]:
    """What :mod:`carmonitor.intake.opening` writes."""
    while head := _Plain(given).load():
        if isinstance(head, str):
            raise IntakeError(head)
        rows: list[Any] = []
        while (part := _Plain(given).load()) is not None:
            rows += part
        yield RawSheet(rows=rows, **head)


def _why(path: str, was_late: bool, code: int, limits: Limits) -> str:
    if was_late or code == -24:  # SIGXCPU
        return f"{path}: reading took more than {limits.reading_seconds} s, which no return does"
    return f"{path}: the file is damaged, or needs more than {limits.reading_mb} MB to be read"
