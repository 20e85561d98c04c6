"""The export as a workbook: summary first, then one sheet per table, made to be read on screen and on A4 paper."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from math import ceil
from typing import Any

import xlsxwriter

from carmonitor.cases.workflow import OUTCOMES as PROPOSALS
from carmonitor.dossier import labels, tables
from carmonitor.dossier.reconciliation import RESULTS
from carmonitor.dossier.tables import Column, ExportView, TableOf, heading, texts, word
from carmonitor.findings import OUTCOMES

MAX_CELL = 32_000
"""Characters in a cell; a spreadsheet refuses more than 32,767."""

_DARK, _PALE, _LINE, _GREY = "#1F3A4D", "#EEF3F6", "#B8C6CE", "#5B6B75"
_WIDTHS = {"long": 46, "date": 11, "integer": 11, "carats": 12, "money": 15, "percent": 9, "yes_no": 10, "word": 15}
_NUMBER_FORMATS = {
    "integer": "#,##0", "carats": "#,##0.00", "money": "#,##0.00", "percent": "0.00", "rate": "#,##0.000000",
    "degrees": "0.00000", "score": "0.000",
}  # fmt: skip
_NARROW = {
    "rule_id": 8, "period": 9, "line": 6, "rank": 7, "regime": 11, "certainty": 10, "parcels": 7, "status": 10,
    "confirmed_parcels": 10, "age_days": 7, "destination_country": 11, "importing_country": 10, "country": 10,
    "message": 60, "title": 30, "reason": 30, "innocent_cause": 34, "lineage": 34, "exporter": 19, "note": 26,
    "outcome": 14, "subject_id": 18, "mission_observation": 34, "mission_proposal": 20, "certificate_number": 12,
    "result": 19, "differs_in": 14, "carats_difference": 10, "outstanding": 9, "level": 15, "subject_kind": 18,
    "severity": 16, "finding_id": 24, "case_id": 18,
}  # fmt: skip
_ON_PAPER = {"findings": 10, "cases": 11}
"""Columns of a sheet that are printed, where not all of them: the others are for the screen."""

_DATE_FORMATS = {"en": "yyyy-mm-dd", "fr": "dd/mm/yyyy"}
_MARKS: Mapping[str, dict[str, Any]] = {  # the word says it; weight and shade help, also in black and white
    "E": {"bold": True, "bg_color": "#F3C9C2"},
    "W": {"bg_color": "#FBEBC3"},
    "breach": {"bold": True, "bg_color": "#F3C9C2"},
    "lead": {"bg_color": "#FBEBC3"},
    "not_evaluated": {"italic": True, "bg_color": "#E4E4E4"},
    "missing": {"bold": True, "bg_color": "#FBEBC3"},
    "differs": {"bold": True, "bg_color": "#F9DDB5"},
    "refused": {"bold": True, "bg_color": "#F3C9C2"},
    "orphan": {"bold": True, "bg_color": "#F3C9C2"},
    "void_confirmed": {"bold": True, "bg_color": "#F3C9C2"},
    "void": {"italic": True, "font_color": _GREY},
}
_SECTION: Mapping[str, Any] = {"bold": True, "font_size": 12, "font_color": _DARK, "bottom": 1, "bottom_color": _DARK}
_OPEN = "#FFF8DC"
_LINE_HEIGHT = 13.5
_VALIDATIONS: Mapping[str, Mapping[str, Any]] = {
    "mission_observation": {"validate": "length", "criteria": "<=", "value": tables.MAX_NOTE},
    "mission_seen_by": {"validate": "length", "criteria": "<=", "value": tables.MAX_NAME},
    "mission_seen_on": {"validate": "date", "criteria": "between", "minimum": date(2000, 1, 1),
                        "maximum": date(2099, 12, 31)},
}  # fmt: skip
_MARKED = ("severity", "finding_outcome", "result")


def as_workbook(view: ExportView, lang: str, made: Mapping[str, TableOf] | None = None) -> bytes:
    """The workbook of an export. The same view gives the same bytes. ``made``: its tables, where they are at hand."""
    made = made or tables.plain_tables(view)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as raw:
        created = datetime.combine(date.fromisoformat(str(view.run["as_of"])), time())
        title = texts()["titles"]["summary"][lang]
        raw.set_properties(
            {"title": title, "subject": str(view.run["run_id"]), "author": "carmonitor", "created": created}
        )
        book = _Book(raw, lang, view.run)
        summary = book.sheet("summary")
        for name in ("reconciliation", "subtotals", "overdue", "cases", "findings"):
            book.table(made[name])
        book.blocks("evidence", {t.name: t for name, t in made.items() if name.startswith(tables.EVIDENCE)})
        book.table(made["coverage"])
        _summarise(book, summary, view)
        summary.activate()
    return content.getvalue()


class _Book:
    """A workbook being written, its language, and its formats, each made once."""

    def __init__(self, raw: Any, lang: str, run: Mapping[str, Any]) -> None:
        self.raw, self.lang, self.run = raw, lang, run
        self.format = cache(self._format)
        self.cell_style = cache(self._cell_style)

    def _format(self, style: frozenset[tuple[str, Any]]) -> Any:
        return self.raw.add_format(dict(style))

    def style(self, **style: Any) -> Any:
        """A format, made once."""
        return self.format(frozenset({"font_name": "Calibri", "font_size": 10, **style}.items()))

    def sheet(self, name: str) -> Any:
        """A sheet with its name, page set-up, header and footer."""
        sheet = self.raw.add_worksheet(texts()["sheets"][name][self.lang])
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        as_of = self.day(self.run["as_of"])
        said = texts()["summary"]["as_of"][self.lang]
        title = texts()["titles"][name][self.lang]
        marks = f"{self.run['run_id']} · {str(self.run['rulebook_hash'])[:12]}".replace("&", "&&")
        sheet.set_header(f"&L&9{title}&R&9{said} {as_of}")
        sheet.set_footer(f"&L&8{marks}&R&8&P / &N")
        return sheet

    def day(self, value: Any) -> str:
        """An ISO day as the reader writes it."""
        day = date.fromisoformat(str(value))
        return day.strftime("%d/%m/%Y") if self.lang == "fr" else day.isoformat()

    def top(self, sheet: Any, name: str, width: int) -> int:
        """Title and note of a sheet. Returns the row of the headings."""
        sheet.set_row(0, 24)
        sheet.write_string(
            0, 0, texts()["titles"][name][self.lang], self.style(bold=True, font_size=15, font_color=_DARK)
        )
        style = self.style(italic=True, font_color=_GREY)
        sheet.write_string(1, 0, texts()["notes"].get(name, {}).get(self.lang, ""), style)
        sheet.write_string(2, 0, _run_line(self), style)
        return 4

    def table(self, table: TableOf) -> None:
        """A sheet with one table: filters, frozen headings, headings repeated on paper."""
        sheet = self.sheet(table.name)
        first = self.top(sheet, table.name, len(table.columns))
        self.rows(sheet, first, [heading(c, self.lang) for c in table.columns], table)
        for number, column in enumerate(table.columns):
            sheet.set_column(number, number, _width(column))
        on_paper = _ON_PAPER.get(table.name, len(table.columns))
        sheet.print_area(0, 0, first + max(len(table.rows), 1), on_paper - 1)
        sheet.freeze_panes(first + 1, 2)
        sheet.repeat_rows(first)
        sheet.autofilter(first, 0, first + max(len(table.rows), 1), len(table.columns) - 1)
        if table.name == "cases":
            self.for_notes(sheet, first + 1, table)

    def for_notes(self, sheet: Any, first: int, table: TableOf) -> None:
        """The mission's columns can be written in, each with what belongs there; all else is protected."""
        sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})
        last = first + max(len(table.rows), 1) - 1
        for number, column in enumerate(table.columns):
            if column not in tables.NOTES:
                continue
            say = {name: by_lang[self.lang] for name, by_lang in texts()["validation"][column.name].items()}
            rule = dict(_VALIDATIONS.get(column.name) or _proposals(self.lang))
            rule |= {"error_title": say["title"], "error_message": say["text"], "ignore_blank": True}
            sheet.data_validation(first, number, last, number, rule)

    def blocks(self, name: str, by_kind: Mapping[str, TableOf]) -> None:
        """A sheet with one block per kind of record."""
        sheet = self.sheet(name)
        row = self.top(sheet, name, 8)
        for kind, table in by_kind.items():
            sheet.write_string(row, 0, labels.sheet_name(kind, self.lang), self.style(bold=True, font_size=12))
            headings = [tables.field_heading(kind, column, self.lang) for column in table.columns]
            self.rows(sheet, row + 1, headings, table)
            row += len(table.rows) + 4
        sheet.set_column(0, max([8, *(len(t.columns) for t in by_kind.values())]), 17)
        sheet.freeze_panes(4, 0)

    def rows(self, sheet: Any, row: int, headings: Iterable[str], table: TableOf) -> None:
        """Headings, then the rows below them."""
        sheet.set_row(row, 44)
        style = self.style(bold=True, font_color="white", bg_color=_DARK, text_wrap=True, valign="vcenter", border=1)
        for number, text in enumerate(headings):
            sheet.write_string(row, number, text, style)
        columns = [(number, column, column in tables.NOTES) for number, column in enumerate(table.columns)]
        printed = [(n, _width(c)) for n, c in enumerate(table.columns[: _ON_PAPER.get(table.name)]) if _wraps(c)]
        least = 2 if table.name == "cases" else 1  # room to write
        for below, values in enumerate(table.rows, start=1):
            sheet.set_row(row + below, _height([(values[n], width) for n, width in printed], least))
            summed = table.name == "subtotals" and values[0] != "country_month"
            for (number, column, open_), value in zip(columns, values, strict=True):
                self.cell(sheet, row + below, number, column, value, summed, open_)

    def cell(
        self, sheet: Any, row: int, number: int, column: Column, value: Any, summed: bool, open_: bool = False
    ) -> None:
        """One cell, as what its column is. Text where a number or day was expected stays text."""
        if value is None:
            kind = "date" if column.kind == "date" else "blank"
            sheet.write_blank(row, number, None, self.cell_style(kind, summed, open_))
        elif column.kind == "date" and (day := _as_day(value)):
            sheet.write_datetime(row, number, datetime.combine(day, time()), self.cell_style("date", summed))
        elif column.kind in _NUMBER_FORMATS and (amount := _as_number(value)) is not None:
            sheet.write_number(row, number, amount, self.cell_style(column.kind, summed))
        else:
            mark = str(value) if column.words in _MARKED else ""
            style = self.cell_style("long" if _wraps(column) else "text", summed, open_, mark)
            sheet.write_string(row, number, self.text(column, value), style)

    def _cell_style(self, kind: str, summed: bool, open_: bool = False, mark: str = "") -> Any:
        """The format of a cell. ``open_``: the mission writes here; ``mark``: a code that is shaded as what it says."""
        style: dict[str, Any] = {"valign": "top", "border": 1, "border_color": _LINE}
        if summed:
            style |= {"bold": True, "bg_color": _PALE}
        if kind == "date":
            style |= {"num_format": _DATE_FORMATS[self.lang], "align": "left"}
        elif kind in _NUMBER_FORMATS:
            style["num_format"] = _NUMBER_FORMATS[kind]
        elif kind != "blank":
            style |= {**_MARKS.get(mark, {}), "indent": 1, "text_wrap": kind == "long"}
        if open_:
            style |= {"locked": False, "bg_color": _OPEN, "text_wrap": True}
        return self.style(**style)

    def text(self, column: Column, value: Any) -> str:
        """A value in words, no longer than a cell may be; what is cut says so."""
        if column.kind == "yes_no":
            return labels.yes_no(self.lang)[0 if value else 1]
        shown = str(value)
        if column.kind == "word":
            shown = word(column.words, shown, self.lang)
        elif column.kind == "choice":
            kind, _, field = column.words.partition(".")
            shown = labels.value_label(kind, field, shown, self.lang)
        return shown if len(shown) <= MAX_CELL else shown[:MAX_CELL] + texts()["summary"]["cut"][self.lang]


def _proposals(lang: str) -> dict[str, Any]:
    return {"validate": "list", "source": [word("case_outcome", code, lang) for code in PROPOSALS]}


def _summarise(book: _Book, sheet: Any, view: ExportView) -> None:
    """The first sheet: the run, three counts apart, cases, reconciliation."""
    say = {name: by_lang[book.lang] for name, by_lang in texts()["summary"].items()}
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 70)
    sheet.fit_to_pages(1, 1)
    small, text = book.style(italic=True, font_color=_GREY), book.style(valign="top")
    head = book.style(**_SECTION)
    sheet.set_row(0, 28)
    sheet.write_string(
        0, 0, texts()["titles"]["summary"][book.lang], book.style(bold=True, font_size=18, font_color=_DARK)
    )
    sheet.write_string(1, 0, f"{say['as_of']} {book.day(view.run['as_of'])}", book.style(bold=True, font_size=12))
    row = 3
    sheet.write_string(row, 0, say["counted_apart"], small)
    found = Counter(f["outcome"] for f in view.findings)
    graded = Counter((f["outcome"], f["severity"]) for f in view.findings)
    for outcome in OUTCOMES:
        row += 1
        mark = {"font_size": 14, "border": 1, "border_color": _LINE, "valign": "vcenter", **_MARKS[outcome]}
        sheet.set_row(row, 24)
        sheet.write_string(row, 0, say[outcome], book.style(**mark))
        sheet.write_number(row, 1, found[outcome], book.style(num_format="#,##0", **mark))
        grades = [f"{word('severity', s, book.lang)} {graded[outcome, s]}" for s in "EWI" if graded[outcome, s]]
        detail = f" ({say['of_which']} {', '.join(grades)})" if grades and outcome == "breach" else ""
        sheet.write_string(row, 2, say[f"{outcome}_is"] + detail, book.style(valign="vcenter", indent=1))
    row = _counts(book, sheet, row + 2, say["cases_by_status"], "case_status", Counter(c["status"] for c in view.cases))
    results = Counter(view.reconciliation["result"])
    row = _counts(book, sheet, row + 1, say["lines_by_result"], "result", {r: results[r] for r in RESULTS})
    row += 1
    sheet.merge_range(row, 0, row, 2, say["contents"], head)
    for name, sheet_name in list(texts()["sheets"].items())[1:]:
        row += 1
        sheet.write_string(row, 0, sheet_name[book.lang], text)
        sheet.write_string(row, 1, texts()["titles"][name][book.lang], text)
    row += 2
    sheet.merge_range(row, 0, row, 2, say["run"], head)
    for name in ("run_id", "as_of", "rulebook_hash", "evidence_digest", "result_digest", "code_version"):
        row += 1
        sheet.write_string(row, 0, say[name], text)
        value = book.day(view.run[name]) if name == "as_of" else str(view.run.get(name) or "")
        sheet.write_string(row, 1, value, text)


def _counts(book: _Book, sheet: Any, row: int, title: str, vocabulary: str, counts: Mapping[str, int]) -> int:
    sheet.merge_range(row, 0, row, 2, title, book.style(**_SECTION))
    for code, count in counts.items():
        row += 1
        sheet.write_string(row, 0, word(vocabulary, code, book.lang), book.style())
        sheet.write_number(row, 1, count, book.style(num_format="#,##0"))
    return row + 1


def _run_line(book: _Book) -> str:
    say = texts()["summary"]
    parts = (
        ("run_id", book.run["run_id"]),
        ("as_of", book.day(book.run["as_of"])),
        ("rulebook_hash", book.run["rulebook_hash"]),
    )
    return " · ".join(f"{say[name][book.lang]} {value}" for name, value in parts)


def _width(column: Column) -> int:
    return _NARROW.get(column.name, _WIDTHS.get(column.kind, 16))


def _height(printed: Iterable[tuple[Any, float]], least: int) -> float:
    """The height of a row whose long texts are wrapped in these widths; not every program finds it by itself."""
    lines = [
        sum(ceil(max(len(line), 1) * 1.05 / width) for line in str(value).split("\n"))
        for value, width in printed
        if value is not None
    ]
    return float(min(_LINE_HEIGHT * max([least, *lines]), 300))


def _wraps(column: Column) -> bool:
    return column.kind == "long" or column.name == "note"


def _as_day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _as_number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() else None
