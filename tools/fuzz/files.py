"""What must hold of every reader of whole files: tables whose rows add up, or one error that names the file."""

from __future__ import annotations

import os
import pickle
import random
import resource
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from carmonitor.intake.batch import Table
from carmonitor.intake.confined import read_confined
from carmonitor.intake.datafile import tables_of
from carmonitor.intake.delimited import read_delimited
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits
from carmonitor.intake.objects import read_json, read_json_lines
from carmonitor.intake.readers import read_sheets
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.vocabulary import field_types
from carmonitor.intake.workbook import read_workbook
from tools.fuzz import mutate

LIMITS = Limits(64, 64, 1_000, 200, 50, 20_000, 256, 500_000, 1_024, 5)
_CONFINED = 1 / 50  # of the workbooks are read in a process of their own, as in use; the others here, which is quicker
Target = Callable[[random.Random, Sequence[bytes]], str]


def workbooks(suffix: str) -> Target:
    """A fuzzer of .xlsx, .xls or .ods."""

    def target(chance: random.Random, corpus: Sequence[bytes]) -> str:
        damage = mutate.package if suffix != ".xls" and chance.random() < 0.7 else mutate.raw
        content = damage(chance, corpus)
        path = "purchase" + suffix
        if chance.random() < _CONFINED:
            return _read(path, lambda: read_confined(path, suffix, content, LIMITS))
        if suffix != ".xlsx":
            return _read(path, lambda: _apart(path, suffix, content))
        return _read(path, lambda: list(read_workbook(path, suffix, content, LIMITS)))

    return target


def _apart(path: str, suffix: str, content: bytes) -> list[RawSheet]:
    """In a copy of this process, which is quicker than a new one.

    A damaged .xls or .ods makes its reader ask for all memory, or for ever.
    """
    ear, mouth = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own, about threads: the copy only reads and ends
        child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_used() + 512 * 1024**2,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (LIMITS.reading_seconds,) * 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            try:
                told: object = list(read_workbook(path, suffix, content, LIMITS))
            except IntakeError as error:
                told = error
            with open(mouth, "wb") as out:
                pickle.dump(told, out)
        finally:
            os._exit(0)
    os.close(mouth)
    with open(ear, "rb") as given:
        content = given.read()
    os.waitpid(child, 0)
    if not content:
        raise IntakeError(f"{path}: ended in its process")
    found = pickle.loads(content)
    if isinstance(found, IntakeError):
        raise found
    return list(found)


def _used() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def csv(chance: random.Random, corpus: Sequence[bytes]) -> str:
    """Delimited texts in every encoding."""
    if chance.random() < 0.5:
        text = mutate.text(chance, [entry.decode("utf-8", "replace") for entry in corpus])
        content = text.encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252")), "replace")
    else:
        content = mutate.raw(chance, corpus)
    return _read("purchase.csv", lambda: [read_delimited("purchase.csv", content, LIMITS)])


def json(chance: random.Random, corpus: Sequence[bytes]) -> str:
    """JSON, and JSON by line."""
    text = mutate.text(chance, [entry.decode("utf-8", "replace") for entry in corpus])
    content = text.encode("utf-8", "surrogatepass")
    read = chance.choice((read_json, read_json_lines))
    return _read("purchase.json", lambda: list(read("purchase.json", content, LIMITS)))


def mislabelled(chance: random.Random, corpus: Sequence[bytes]) -> str:
    """Any content under any name, through the door that everything uses."""
    path = "purchase" + chance.choice((".csv", ".txt", ".json", ".jsonl", ".xlsx", ".xls", ".ods", ".parquet"))
    content = chance.choice(corpus) if chance.random() < 0.5 else mutate.raw(chance, corpus)
    if path.endswith((".xlsx", ".xls", ".ods", ".parquet")) and chance.random() < 0.9:
        content = content[:1] + content[2:]  # no signature: seldom a process of its own
    return _read(path, lambda: read_sheets(path, content, LIMITS))


def _read(path: str, read: Callable[[], list[RawSheet]]) -> str:
    try:
        sheets = read()
    except IntakeError as error:
        assert path in str(error)
        ended = any(words in str(error) for words in ("ended in its process", "is damaged, or needs", "took more than"))
        return "ended in its process" if ended else "refused"
    tables = tables_of(path, sheets)
    for table in tables:
        _holds(table)
    return "records" if any(len(table.frame) for table in tables) else "no records"


def _holds(table: Table) -> None:
    """Every row is in one place only, and every refusal says why."""
    rows = [*table.frame["row"].tolist(), *(row.row for row in table.quarantine), *table.skipped]
    assert len(set(rows)) == len(rows) == table.rows_in
    assert all(row >= 1 for row in rows)
    assert all(row.problems and all(problem.code for problem in row.problems) for row in table.quarantine)
    for row in table.quarantine:
        "".join([*row.raw, *row.raw.values(), *row.known_keys.values()]).encode()
    if table.kind:
        assert set(field_types(table.kind)) <= set(table.frame.columns)
    "".join((*table.notes, *table.skipped.values())).encode()


FILES: dict[str, Target] = {
    "xlsx": workbooks(".xlsx"), "xls": workbooks(".xls"), "ods": workbooks(".ods"), "csv": csv, "json": json,
    "mislabelled": mislabelled,
}  # fmt: skip
