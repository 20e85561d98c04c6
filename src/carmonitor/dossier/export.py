"""The flagged cases as data: CSV tables and one JSON object.

The same view gives the same bytes. Text never becomes a formula in CSV files either: a leading apostrophe stands before
``= + - @`` tab and return, which our own reader takes off again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.dossier import tables
from carmonitor.dossier.tables import ExportView, TableOf

__all__ = ["ExportView", "as_csv", "as_json", "guarded"]

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
STAMPED = ("run_id", "as_of", "rulebook_hash")
"""What every table says of the run it comes from."""


def as_json(view: ExportView, made: Mapping[str, TableOf] | None = None) -> str:
    """The object of design.md with cases, evidence rows, the reconciliation and the papers. Amounts are decimal texts.

    An item of a list is one line, so that two exports can be compared line by line. ``made``: the tables of the view,
    where they are at hand.
    """
    made = made or tables.plain_tables(view)
    content = {
        "run": view.run,
        "intake": view.intake,
        "findings": view.findings,
        "quarantine": view.quarantine,
        "coverage": view.coverage,
        "cases": view.cases,
        "evidence_rows": view.evidence_rows,
        "reconciliation": _records(made["reconciliation"]),
        "subtotals": _records(made["subtotals"]),
        "overdue": _records(made["overdue"]),
        "papers": view.papers,
    }
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {_lines(value)}" for name, value in content.items()) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, Mapping) or not value:
        return _dumped(dict(value) if isinstance(value, Mapping) else [])
    return "[\n" + ",\n".join(_dumped(item) for item in value) + "\n]"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_jsonable, allow_nan=False)


def guarded(value: Any) -> str:
    """A CSV cell: text that a spreadsheet would take for a formula gets a leading apostrophe; numbers never do.

    So does one that begins with apostrophes before such a sign: our own reader takes one off.
    """
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal, np.number)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = str(value)
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_SIGNS) else text


_NUMBERS = {"integer", "carats", "money", "percent", "rate", "degrees", "score"}


def as_csv(table: TableOf, run: Mapping[str, Any]) -> bytes:
    """A table as CSV: dots for decimals, ISO days, UTF-8 with BOM; every row carries the stamp of its run."""
    stamp = [guarded(run.get(name)) for name in STAMPED]
    numeric = [column.kind in _NUMBERS for column in table.columns]
    stream = io.StringIO(newline="")
    out = csv.writer(stream, lineterminator="\r\n")
    out.writerow([*(column.name for column in table.columns), *STAMPED])
    for row in table.rows:
        cells = [_number(v) if is_number else guarded(v) for v, is_number in zip(row, numeric, strict=True)]
        out.writerow([*cells, *stamp])
    return stream.getvalue().encode("utf-8-sig")


def _number(value: Any) -> str:
    """A value of a number column; text there is guarded unless it is a number."""
    if isinstance(value, str):
        try:
            return f"{Decimal(value):f}"
        except ArithmeticError:
            return guarded(value)
    return guarded(value)


def _records(table: TableOf) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Iterable):
        return list(value)
    return None if pd.isna(value) else str(value)
