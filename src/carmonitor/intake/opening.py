"""The process that opens one file, and is ended by the system where that takes more memory or time than a return does.

It reads the file from its standard input, has no settings, no database address and no file to open, and writes what it
found as pickles of plain values: for each sheet its fields, its rows in parts, and ``None``; at last ``()``, or the
refusal as a text.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from typing import IO

from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits
from carmonitor.intake.sheets import RawSheet

PART = 5_000  # rows given at a time


def confine(limits: Limits) -> bool:
    """Bind this process to its limits of memory and time; no core dump, no file longer than nothing. False where the
    system knows no such limits (there only the time is watched, from outside)."""
    try:
        import resource  # noqa: PLC0415 (Unix only)

        resource.setrlimit(resource.RLIMIT_AS, (limits.reading_bytes,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (limits.reading_seconds,) * 2)
        for none in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
            resource.setrlimit(none, (0, 0))
    except (ImportError, ValueError, OSError):
        return False
    return True


def main() -> None:
    """Arguments: path, suffix, limits as JSON. The bytes of the file come in, the sheets go out."""
    path, suffix, told = sys.argv[-3:]
    limits = Limits(**json.loads(told))
    read = _reader(suffix)
    content = sys.stdin.buffer.read()
    confine(limits)
    out = sys.stdout.buffer
    try:
        left = limits.unpacked_bytes
        for sheet in read(path, content, limits):
            left = _give(sheet, out, left, path, limits)
        end: object = ()
    except IntakeError as error:
        end = str(error)
    except MemoryError:
        raise SystemExit(1) from None  # told by who waits
    except Exception as error:
        end = f"{path}: the file cannot be read ({type(error).__name__}: {error})"
    pickle.dump(end, out, protocol=5)


def _give(sheet: RawSheet, out: IO[bytes], left: int, path: str, limits: Limits) -> int:
    """Write a sheet; what is left of the bytes that all may take."""
    head = {field.name: getattr(sheet, field.name) for field in fields(sheet) if field.name != "rows"}
    pickle.dump(head, out, protocol=5)
    for start in range(0, len(sheet.rows), PART):
        part = pickle.dumps(sheet.rows[start : start + PART], protocol=5)
        left -= len(part)
        if left < 0:
            raise IntakeError(f"{path}: the cells hold more than {limits.unpacked_bytes} bytes")
        out.write(part)
    pickle.dump(None, out, protocol=5)
    return left


def _reader(suffix: str) -> Callable[[str, bytes, Limits], Iterator[RawSheet]]:
    """What reads the format, with all it needs: nothing is opened later."""
    if suffix == ".parquet":
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415

        from carmonitor.intake.objects import read_parquet  # noqa: PLC0415

        with suppress(ValueError, RuntimeError):
            pa.set_cpu_count(1)
        return read_parquet
    if suffix in (".json", ".jsonl", ".ndjson"):
        from carmonitor.intake.objects import read_json, read_json_lines  # noqa: PLC0415

        return read_json if suffix == ".json" else read_json_lines
    from carmonitor.intake.workbook import read_workbook  # noqa: PLC0415

    return lambda path, content, limits: read_workbook(path, suffix, content, limits)
