"""The flagged cases as files a mission can take along: one workbook, CSV tables, one JSON object.

The same view gives the same bytes. Text never becomes a formula: not in the workbook, and in CSV files by a leading
apostrophe before ``= + - @`` tab and return, which our own reader takes off again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.dossier import tables
from carmonitor.dossier.tables import ExportView, TableOf
from carmonitor.dossier.workbook import write_workbook

__all__ = ["ExportView", "export_cases", "guarded"]

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
STAMPED = ("run_id", "as_of", "rulebook_hash")
"""What every table says of the run it comes from."""


def export_cases(out_dir: Path, view: ExportView, lang: str) -> list[Path]:
    """Write the export below ``out_dir`` (made if it is not there) and return the files, the workbook first.

    ``carmonitor_<as_of>_<run_id>.xlsx`` and ``.json``; beside them a folder of that name with one CSV per table and per
    kind of evidence row (codes and field names of the data dictionary, dots for decimals, ISO dates, UTF-8 with BOM).
    Headings and words of the workbook are in ``lang`` (``en`` or ``fr``).
    """
    stem = f"carmonitor_{view.run['as_of']}_{view.run['run_id']}"
    folder = out_dir / stem
    folder.mkdir(parents=True, exist_ok=True)
    workbook, json_file = out_dir / f"{stem}.xlsx", out_dir / f"{stem}.json"
    write_workbook(workbook, view, lang)
    json_file.write_text(as_json(view), encoding="utf-8", newline="\n")
    plain = [
        tables.reconciliation_table(view.reconciliation),
        tables.subtotals_table(view.subtotals),
        tables.overdue_table(view.overdue),
        tables.cases_table(view.cases, view.findings),
        tables.findings_table(view.findings),
        tables.coverage_table(view.coverage),
    ]
    written = [_csv(folder / f"{table.name}.csv", table, view.run) for table in plain]
    for kind, table in tables.evidence_tables(view.evidence_rows).items():
        written.append(_csv(folder / f"evidence_{kind}.csv", table, view.run))
    return [workbook, json_file, *written]


def as_json(view: ExportView) -> str:
    """The object of design.md with cases, evidence rows and the reconciliation. Amounts are decimal texts."""
    content = {
        "run": view.run,
        "intake": view.intake,
        "findings": view.findings,
        "quarantine": view.quarantine,
        "coverage": view.coverage,
        "cases": view.cases,
        "evidence_rows": view.evidence_rows,
        "reconciliation": _records(tables.reconciliation_table(view.reconciliation)),
        "subtotals": _records(tables.subtotals_table(view.subtotals)),
        "overdue": _records(tables.overdue_table(view.overdue)),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=_jsonable, allow_nan=False) + "\n"


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


def _csv(path: Path, table: TableOf, run: Mapping[str, Any]) -> Path:
    stamp = [guarded(run.get(name)) for name in STAMPED]
    numeric = [column.kind in _NUMBERS for column in table.columns]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        out = csv.writer(stream, lineterminator="\r\n")
        out.writerow([*(column.name for column in table.columns), *STAMPED])
        for row in table.rows:
            cells = [_number(v) if is_number else guarded(v) for v, is_number in zip(row, numeric, strict=True)]
            out.writerow([*cells, *stamp])
    return path


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
