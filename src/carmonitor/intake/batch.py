"""What intake gives: one submission with its files, tables, quarantine and the row equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import pandas as pd

from carmonitor.intake.errors import IntakeError

__all__ = [
    "CellProblem",
    "IntakeError",
    "QuarantinedRow",
    "ReceivedFile",
    "Role",
    "RowEquationError",
    "Submission",
    "Table",
]

Role = Literal["data", "attachment", "unclaimed", "metadata"]


class RowEquationError(Exception):
    """Rows in ≠ records + quarantined + skipped: a defect of the program, never of the data."""


@dataclass(frozen=True)
class CellProblem:
    """Why a cell could not be understood. ``column``: its header as written; ``code``: stable name of the reason."""

    column: str
    field: str
    found: str
    expected: str
    code: str


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that formed no record: its number in the sheet, why, its original text, and the keys that could be read."""

    row: int
    problems: tuple[CellProblem, ...]
    raw: Mapping[str, str]
    known_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """One sheet (or file) of one kind. ``kind`` is ``""`` for a sheet that was not understood or holds no records.

    ``frame``: the fields of the kind (missing ones all null) with the dtypes of the data dictionary, and ``row``
    (int64), the spreadsheet's own row number. ``columns``: the fields supplied. ``skipped``: row number → reason
    (header, title, blank, total, footnote, repeat, hidden sheet, help sheet). ``notes``: what a reader should
    know (columns not understood...). rows_in = len(frame) + len(quarantine) + len(skipped), checked on construction.
    """

    kind: str
    file: str
    sheet: str
    columns: tuple[str, ...]
    frame: pd.DataFrame
    quarantine: tuple[QuarantinedRow, ...]
    skipped: Mapping[int, str]
    rows_in: int
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counted = len(self.frame) + len(self.quarantine) + len(self.skipped)
        if counted != self.rows_in:
            raise RowEquationError(f"{self.file}, {self.sheet}: {self.rows_in} rows in, {counted} accounted for")


@dataclass(frozen=True)
class ReceivedFile:
    """A file as it arrived. ``path``: relative to the submission, with ``/``."""

    path: str
    sha256: str
    content: bytes
    role: Role


@dataclass(frozen=True)
class Submission:
    """A file, folder or zip as it arrived. ``submission_id``: a hash of its files' bytes, sender and period.

    ``received_on``: from submission.yaml, else the day it was read. ``period``: None for registers and confirmations
    that belong to no month. ``failed``: what could not be read at all, one message per file; the rest was still read.
    """

    submission_id: str
    name: str
    sender: str
    period: str | None
    received_on: date
    files: tuple[ReceivedFile, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def return_id(self) -> str:
        """``sender@period``, the scope in which a kind counts as absent or supplied."""
        return f"{self.sender}@{self.period or '-'}"

    def counts(self) -> dict[str, Any]:
        """files, rows, records, quarantined, skipped."""
        return {
            "files": len(self.files),
            "rows": sum(t.rows_in for t in self.tables),
            "records": sum(len(t.frame) for t in self.tables),
            "quarantined": sum(len(t.quarantine) for t in self.tables),
            "skipped": sum(len(t.skipped) for t in self.tables),
        }

    def without_content(self) -> Submission:
        """The same without the bytes of its files and the fields of its records, which are stored: counts stay."""
        return replace(
            self,
            files=tuple(replace(file, content=b"") for file in self.files),
            tables=tuple(replace(table, frame=table.frame[[]]) for table in self.tables),
        )
