"""A French return workbook as the secretariat fills it: titles, merged cells, totals, footnotes, sheets to overlook."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from tools.make_sample import cells, labels
from tools.make_sample.common import Raw, Row, Tables

MADE = datetime(2021, 1, 1)  # noqa: DTZ001  (a workbook's own date has no zone)
TYPED = {  # columns filled as text by hand; the others hold real numbers and dates
    ("shipment", "expiry_date"), ("shipment", "carats"), ("parcel", "carats"), ("purchase", "price_xaf"),
    ("parcel_source", "carats"), ("transfer", "arrived_on"), ("production", "produced_on"), ("document", "lodged_on"),
}  # fmt: skip
WITH_TITLE = {"shipment", "parcel", "purchase", "production"}
WITH_TOTAL = {"shipment", "parcel"}


def french_workbook(period: str, tables: Tables) -> bytes:
    """The whole return of one month. The same rows give the same bytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties(
        {"created": MADE, "title": f"Déclaration {period} (synthétique)", "author": "SPPK (synthétique)"}
    )
    style = {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#DDE6DD"}),
        "date": book.add_format({"num_format": "dd/mm/yyyy"}),
        "number": book.add_format({"num_format": "#,##0.00"}),
        "note": book.add_format({"italic": True}),
    }
    for kind, name in labels.SHEETS.items():
        _sheet(book.add_worksheet(name), kind, period, tables[kind], style)
    book.add_worksheet("Feuil12")
    hidden = book.add_worksheet("Listes")
    hidden.write_column(0, 0, ["Statut", "délivré", "annulé", "remplacé"])
    hidden.hide()
    book.close()
    return buffer.getvalue()


def _sheet(sheet: Any, kind: str, period: str, rows: list[Row], style: dict[str, Any]) -> None:
    columns = list(labels.FRENCH[kind])
    top = 0
    if kind in WITH_TITLE:
        sheet.merge_range(0, 0, 0, len(columns) - 1, "RÉPUBLIQUE CENTRAFRICAINE - SPPK", style["title"])
        sheet.write_string(1, 0, f"{labels.SHEETS[kind]}, mois de {period} (données synthétiques)", style["note"])
        top = 3
    for x, column in enumerate(columns):
        sheet.write_string(top, x, labels.FRENCH[kind][column], style["head"])
    for y, row in enumerate(rows, start=top + 1):
        for x, column in enumerate(columns):
            _cell(sheet, y, x, row.get(column), column, (kind, column) in TYPED, style)
    last = top + len(rows) + 1
    if kind in WITH_TOTAL:
        carats = sum(r["carats"] for r in rows if r.get("status", "issued") == "issued")
        sheet.write_string(last, 0, "TOTAL", style["head"])
        sheet.write_string(last, columns.index("carats"), cells.french(carats), style["head"])
        sheet.write_string(
            last + 2, 0, "* Données synthétiques : aucune transaction réelle n'est décrite.", style["note"]
        )
    sheet.set_column(0, len(columns) - 1, 16)
    sheet.freeze_panes(top + 1, 1)


def _cell(sheet: Any, y: int, x: int, value: Any, column: str, typed: bool, style: dict[str, Any]) -> None:
    if value is None:
        return
    if typed or isinstance(value, bool | Raw):
        sheet.write_string(y, x, cells.french(value, column))
    elif isinstance(value, date):
        sheet.write_datetime(y, x, value, style["date"])
    elif isinstance(value, Decimal):
        sheet.write_number(y, x, float(value), style["number"])
    elif isinstance(value, int):
        sheet.write_number(y, x, value)
    else:
        sheet.write_string(y, x, cells.french(value, column))
