"""Submissions made by hand, as intake would hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from carmonitor.intake.batch import CellProblem, QuarantinedRow, ReceivedFile, Submission, Table
from carmonitor.records import KINDS
from carmonitor.records.fields import FieldType

Record = Mapping[str, Any]


def sheet(
    kind: str, records: Sequence[Record], *, refused: Mapping[int, Mapping[str, str]] | None = None, file: str = ""
) -> Table:
    """A sheet of a kind, its records from row 2 on. ``refused``: row → the keys that could be read there."""
    types = KINDS[kind].field_types()
    rows = list(range(2, 2 + len(records)))
    frame = pd.DataFrame({"row": pd.Series(rows, dtype="int64")})
    for name, value_type in types.items():
        frame[name] = pd.Series([_plain(r.get(name), value_type) for r in records], dtype=value_type.dtype)
    quarantine = tuple(
        QuarantinedRow(
            row, (CellProblem("Poids", "carats", "1.234", "two decimals", "decimals"),), {"Poids": "1.234"}, k
        )
        for row, k in (refused or {}).items()
    )
    supplied = tuple(name for name in types if not records or any(name in r for r in records))
    rows_in = 1 + len(records) + len(quarantine)
    return Table(kind, file or f"{kind}.csv", "Feuille", supplied, frame, quarantine, {1: "header"}, rows_in)


def submission(
    submission_id: str,
    *sheets: Table,
    sender: str = "SPPK",
    period: str | None = "2021-03",
    received: str = "2021-04-10",
    files: tuple[ReceivedFile, ...] = (),
) -> Submission:
    """A submission of these sheets."""
    day = date.fromisoformat(received)
    return Submission(submission_id, f"{submission_id}.zip", sender, period, day, files, sheets)


def _plain(value: Any, value_type: FieldType) -> Any:
    """A record's value as frames hold it."""
    if value is None:
        return None
    if value_type.scale is not None:
        return int(Decimal(value).scaleb(value_type.scale))
    return pd.Timestamp(value) if value_type.dtype == "datetime64[us]" else value
