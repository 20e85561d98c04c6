"""The papers and pictures that ``document`` rows name: found, and compared by their SHA-256."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from carmonitor.intake.batch import CellProblem, QuarantinedRow, Table

_KIND = "document"


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.replace("\\", "/").strip()).casefold()


def _index(paths: Iterable[str]) -> dict[str, set[str]]:
    """Folded path, and folded bare name → the files it may mean."""
    found: dict[str, set[str]] = {}
    for path in paths:
        whole = _folded(path)
        for name in {whole, whole.rsplit("/", 1)[-1]}:
            found.setdefault(name, set()).add(path)
    return found


def named_files(tables: Sequence[Table], paths: Sequence[str]) -> set[str]:
    """The received files that document rows name, by path or by bare name; quarantined rows name theirs too."""
    index = _index(paths)
    names: set[str] = set()
    for table in tables:
        if table.kind == _KIND:
            names.update(str(name) for name in table.frame["file_name"])
            names.update(row.known_keys["file_name"] for row in table.quarantine if "file_name" in row.known_keys)
    return {path for name in names for path in index.get(_folded(name), ())}


def files_of(names: Iterable[str], paths: Iterable[str]) -> list[set[str]]:
    """For each name of a document row, the received files it may mean, by path or by bare name."""
    index = _index(paths)
    return [index.get(_folded(name), set()) for name in names]


def check_documents(tables: Sequence[Table], hashes: Mapping[str, str]) -> tuple[list[Table], list[str]]:
    """Quarantine document rows whose stated SHA-256 is not that of the file received; note rows without their file."""
    index = _index(hashes)
    checked, notes = [], []
    for table in tables:
        if table.kind != _KIND or table.frame.empty:
            checked.append(table)
            continue
        frame = table.frame
        actual = [{hashes[p] for p in index.get(_folded(name), ())} for name in frame["file_name"]]
        stated = ["" if pd.isna(text) else str(text).strip().lower() for text in frame["sha256"]]
        missing = sum(not found for found in actual)
        if missing:
            notes.append(f"{table.file}: {missing} document rows name a file that did not arrive")
        wrong = [bool(s and a and s not in a) for s, a in zip(stated, actual, strict=True)]
        rows = [
            _quarantined(row, sorted(a)) for (_, row), a, w in zip(frame.iterrows(), actual, wrong, strict=True) if w
        ]
        good = frame[[not w for w in wrong]].reset_index(drop=True)
        quarantine = tuple(sorted([*table.quarantine, *rows], key=lambda q: q.row))
        checked.append(replace(table, frame=good, quarantine=quarantine))
    return checked, notes


def _quarantined(record: pd.Series, actual: Sequence[str]) -> QuarantinedRow:
    problem = CellProblem("sha256", "sha256", str(record["sha256"]), f"the file's own: {actual[0]}", "sha256_differs")
    raw = {
        str(k): v.date().isoformat() if isinstance(v, pd.Timestamp) else str(v)
        for k, v in record.items()
        if k != "row" and not pd.isna(v)
    }
    known = {key: str(record[key]) for key in ("certificate_number", "file_name")}
    return QuarantinedRow(int(record["row"]), (problem,), raw, known)
