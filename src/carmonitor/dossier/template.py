"""The empty return workbook for senders: one sheet a kind, cells that check what is typed, help in both languages.

Everything about a cell comes from the record models; headings and values are the first names of ``headers.yaml``, so
that a filled-in workbook is read without a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import xlsxwriter

from carmonitor.dossier import labels
from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.records.fields import FieldType, bounds
from carmonitor.records.table_schema import choices
from carmonitor.records.yamltext import parse_yaml

LAST_ROW = 5000
"""Rows 2 to this one check what is typed."""

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
_CREATED = datetime(2021, 1, 1)  # noqa: DTZ001 - a fixed stamp: the same template has the same bytes

_NUMBER_FORMATS = {"carats": "#,##0.00", "usd": "#,##0.00", "xaf": "#,##0", "integer": "#,##0"}
_DATE_FORMATS = {"en": "yyyy-mm-dd", "fr": "dd/mm/yyyy"}
_WIDTHS = {"date": 13, "month": 11, "carats": 12, "usd": 15, "xaf": 15, "integer": 10, "boolean": 11, "certificate": 17}
_DARK, _LIGHT, _LINE = "#1F3A4D", "#DCE6EC", "#7F98A6"


def write_template(path: Path, lang: str) -> None:
    """Write an empty return workbook for senders who read ``lang`` (``en`` or ``fr``).

    Sheets: help (both languages, the sender's first), one per return kind, and a hidden one with the values to choose
    from. Read back as it is, it holds no record, and every kind counts as supplied and empty.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": texts()[lang]["title"], "author": "carmonitor", "created": _CREATED})
        _help_sheet(book, lang)
        sheets = {kind: book.add_worksheet(labels.sheet_name(kind, lang)) for kind in RETURN_KINDS}
        lists = _lists_sheet(book, lang)
        for kind, sheet in sheets.items():
            _kind_sheet(book, sheet, kind, lang, lists)


@cache
def texts() -> dict[str, Any]:
    """The words of the help sheet and of the cell hints (``template.yaml``)."""
    source = files("carmonitor.dossier") / "template.yaml"
    loaded: dict[str, Any] = parse_yaml(source.read_text(encoding="utf-8"))
    return loaded


def _help_sheet(book: Any, lang: str) -> None:
    sheet = book.add_worksheet(texts()["help_sheet"])
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 2, 46)
    _on_paper(sheet)
    sheet.set_portrait()
    row = 0
    for language in (lang, "fr" if lang == "en" else "en"):
        row = _help_in(book, sheet, language, lang, row) + 2
    sheet.activate()


def _help_in(book: Any, sheet: Any, language: str, sheets_in: str, row: int) -> int:
    words = texts()[language]
    title = book.add_format({"bold": True, "font_size": 18, "font_color": _DARK})
    subtitle = book.add_format({"italic": True, "font_color": "#444444"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "font_color": "white", "bg_color": _DARK, "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "border_color": _LINE})
    sheet.set_row(row, 26)
    sheet.write_string(row, 0, words["title"], title)
    sheet.write_string(row + 1, 0, words["subtitle"], subtitle)
    row += 3
    for number, line in enumerate(words["intro"], start=1):
        sheet.merge_range(row, 0, row, 2, "", wrapped)
        sheet.write_string(row, 0, f"{number}.  {line}", wrapped)
        sheet.set_row(row, 33 if len(line) > 120 else 18)
        row += 1
    row += 1
    for column, heading in enumerate(words["columns"]):
        sheet.write_string(row, column, heading, head)
    for kind in RETURN_KINDS:
        row += 1
        keys = ", ".join(labels.column_label(kind, name, sheets_in) for name in KINDS[kind].KEY)
        described = texts()["one_row"][kind][language]
        for column, text in enumerate((labels.sheet_name(kind, sheets_in), described, keys)):
            sheet.write_string(row, column, text, cell)
        sheet.set_row(row, 32 if max(len(keys) - 46, len(described) - 62) > 0 else 17)
    return row


Lists = Mapping[str, str]
"""What is chosen from → the range that holds it."""


def _lists_sheet(book: Any, lang: str) -> Lists:
    name = texts()["lists_sheet"]
    sheet = book.add_worksheet(name)
    sheet.hide()
    offered: dict[str, list[str]] = {
        "boolean": list(labels.yes_no(lang)),
        "country": list(texts()["countries"][lang]),
    }
    for kind in RETURN_KINDS:
        for field, info in KINDS[kind].model_fields.items():
            if codes := choices(info):
                offered[f"{kind}.{field}"] = [labels.value_label(kind, field, code, lang) for code in codes]
    text = book.add_format({"num_format": "@"})
    ranges = {}
    for column, (what, values) in enumerate(offered.items()):
        sheet.write_string(0, column, what, text)
        for row, word in enumerate(values, start=1):
            sheet.write_string(row, column, word, text)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        ranges[what] = f"='{name}'!${letter}$2:${letter}${len(values) + 1}"
    return ranges


def _kind_sheet(book: Any, sheet: Any, kind: str, lang: str, lists: Lists) -> None:
    model = KINDS[kind]
    key_head = book.add_format(_head(font_color="white", bg_color=_DARK))
    head = book.add_format(_head(font_color="#000000", bg_color=_LIGHT))
    for column, (name, value_type) in enumerate(model.field_types().items()):
        label = labels.column_label(kind, name, lang)
        needed = name in model.KEY
        sheet.set_column(column, column, _width(value_type, label), book.add_format(_cell(value_type, lang)))
        sheet.write_string(0, column, label, key_head if needed else head)
        comment = {"author": "carmonitor", "x_scale": 1.6, "y_scale": 0.9, "font_size": 9}
        sheet.write_comment(0, column, _about(kind, name, value_type, lang, needed), comment)
        sheet.data_validation(1, column, LAST_ROW - 1, column, _check(kind, name, value_type, lang, lists))
    sheet.set_row(0, 32)
    leading = next((i for i, name in enumerate(model.model_fields) if name not in model.KEY), len(model.KEY))
    sheet.freeze_panes(1, leading)
    sheet.set_tab_color(_DARK if kind in ("return_declaration", "shipment") else _LINE)
    sheet.repeat_rows(0)
    _on_paper(sheet)
    sheet.set_footer("&L&A&R&P / &N")


def _head(**colours: str) -> dict[str, Any]:
    return {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": _LINE, **colours}


def _cell(value_type: FieldType, lang: str) -> dict[str, Any]:
    if value_type.name == "date":
        return {"num_format": _DATE_FORMATS[lang], "align": "left"}
    return {"num_format": _NUMBER_FORMATS.get(value_type.name, "@")}  # text: leading zeros and 2021-03 stay as typed


def _width(value_type: FieldType, label: str) -> float:
    return max(_WIDTHS.get(value_type.name, 18), min(len(label) * 0.75 + 4, 24))


def _about(kind: str, name: str, value_type: FieldType, lang: str, needed: bool) -> str:
    words = texts()[lang]
    parts = [labels.describe(kind, name, lang) + ".", _hint(kind, name, value_type, lang)]
    if needed:
        parts.append(words["needed"])
    return "\n".join(part for part in parts if part)


def _hint(kind: str, name: str, value_type: FieldType, lang: str) -> str:
    nil_allowed = value_type.name == "carats" and bounds(KINDS[kind].model_fields[name]).get("ge") == 0
    hint: str = texts()[lang]["hints"].get("carats_or_nil" if nil_allowed else value_type.name, "")
    return hint


def _check(kind: str, name: str, value_type: FieldType, lang: str, lists: Lists) -> dict[str, Any]:
    """The data validation of a column. Texts are not restricted, countries and places only helped."""
    hint = _hint(kind, name, value_type, lang)
    told = {
        "ignore_blank": True,
        "input_title": labels.column_label(kind, name, lang)[:32],
        "input_message": f"{labels.describe(kind, name, lang)}. {hint}"[:255],
        "error_title": texts()[lang]["refused"],
        "error_message": hint[:255] or labels.describe(kind, name, lang)[:255],
    }
    return {**told, **_restriction(kind, name, value_type, lists)}


def _restriction(kind: str, name: str, value_type: FieldType, lists: Lists) -> dict[str, Any]:
    limits = bounds(KINDS[kind].model_fields[name])
    most = limits.get("le")
    rules: dict[str, dict[str, Any]] = {
        "date": {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY},
        "carats": {"validate": "decimal", "criteria": "between", "minimum": _least(limits), "maximum": most},
        "usd": {"validate": "decimal", "criteria": "between", "minimum": _least(limits), "maximum": most},
        "xaf": {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": most},
        "integer": {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": most},
        "month": {"validate": "length", "criteria": "==", "value": 7},
        "choice": {"validate": "list", "source": lists.get(f"{kind}.{name}")},
        "boolean": {"validate": "list", "source": lists["boolean"]},
        "country": {"validate": "list", "source": lists["country"], "show_error": False},
    }
    return rules.get(value_type.name, {"validate": "any"})


def _least(limits: Mapping[str, Any]) -> float:
    return 0.01 if "gt" in limits else 0


def _on_paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
