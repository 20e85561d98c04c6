"""Builds the same small table in every format, so that tests can say what is in a file rather than how it is packed."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from carmonitor.intake import Submission, read_submission
from carmonitor.intake.batch import Table

TODAY = date(2021, 3, 1)
Rows = Sequence[Sequence[Any]]


def read(path: Path, **given: Any) -> Submission:
    """Read as sender SPPK for January 2021, unless said otherwise."""
    return read_submission(path, **{"sender": "SPPK", "period": "2021-01", "today": TODAY} | given)


def only_table(path: Path, **given: Any) -> Table:
    """The one table of a submission."""
    (table,) = read(path, **given).tables
    return table


def xlsx(path: Path, sheets: dict[str, Rows], hidden: Sequence[str] = ()) -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(r, c, cell, day)
                elif cell is not None:
                    sheet.write(r, c, cell)
        if name in hidden:
            sheet.hide()
    book.close()
    return path


def xls(path: Path, sheets: dict[str, Rows]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import xlwt

        book = xlwt.Workbook()
        day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
        for name, rows in sheets.items():
            sheet = book.add_sheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write(r, c, cell, day)
                    elif cell is not None:
                        sheet.write(r, c, cell)
        book.save(str(path))
    return path


def ods(path: Path, sheets: dict[str, Rows]) -> Path:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table as OdsTable
    from odf.table import TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = OdsTable(name=name)
        for row in rows:
            line = TableRow()
            for cell in row:
                if cell is None:
                    line.addElement(TableCell())
                elif isinstance(cell, date):
                    line.addElement(TableCell(valuetype="date", datevalue=cell.isoformat()))
                elif isinstance(cell, int | float):
                    line.addElement(TableCell(valuetype="float", value=str(cell)))
                else:
                    filled = TableCell(valuetype="string")
                    filled.addElement(P(text=cell))
                    line.addElement(filled)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


def csv_bytes(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    for row in rows:
        writer.writerow(["" if c is None else c.isoformat() if isinstance(c, date) else c for c in row])
    return text.getvalue().encode(encoding)


def csv_file(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    path.write_bytes(csv_bytes(rows, delimiter, encoding))
    return path


def json_file(path: Path, objects: Any) -> Path:
    path.write_text(json.dumps(objects, default=str, ensure_ascii=False), encoding="utf-8")
    return path


def codes(table: Table) -> dict[int, list[str]]:
    """Row → codes of its problems."""
    return {q.row: [p.code for p in q.problems] for q in table.quarantine}
