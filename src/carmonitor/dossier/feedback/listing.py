"""The first sheet of a marked workbook: what to correct, with links to the cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from carmonitor.dossier.feedback.copying import put
from carmonitor.dossier.feedback.held import HeldReturn
from carmonitor.dossier.feedback.model import Correction
from carmonitor.dossier.feedback.words import day_in_words, number, of_month, say, texts, visible

_WIDTHS = (6, 24, 8, 24, 9, 44, 56, 18)
_DARK, _PALE, _GREY = "1F3A4D", "DCE6EC", "555555"
_CELL = 5  # the column of links
_LINE = Side(style="thin", color="7F98A6")
_LINE_HEIGHT = 14.0
_LONGEST = 400  # characters of a cell
_WIDEST = 150  # characters of a line over the whole width


def is_list(sheet: Worksheet) -> bool:
    """Whether a sheet is the list of an earlier feedback: by its name, which intake passes over, and its title."""
    title = str(sheet["A1"].value)
    return any(
        sheet.title == say("workbook.sheet", lang) and title.startswith(say("workbook.title", lang, x=""))
        for lang in ("en", "fr")
    )


def write_list(
    book: Workbook,
    held: HeldReturn,
    corrections: Sequence[Correction],
    cells: Mapping[Correction, tuple[str, str]],
    lang: str,
    *,
    about: Sequence[str],
) -> None:
    """Put the list before all other sheets. ``cells``: correction → sheet and address, where it is marked.

    ``about``: what is said above it.
    """
    sheet = book.create_sheet(say("workbook.sheet", lang), 0)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = _DARK
    for i, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(i)].width = width
    row = _top(sheet, held, about, lang)
    if not corrections:
        _on_paper(sheet, row)
        return
    for i, heading in enumerate(texts()["workbook"]["columns"][lang], start=1):
        cell = put(sheet.cell(row, i), heading, lang)
        cell.font = _font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_DARK)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
    for i, correction in enumerate(corrections, start=1):
        _line(sheet, row + i, i, correction, cells.get(correction), lang)
    sheet.freeze_panes = f"A{row + 1}"
    sheet.auto_filter.ref = f"A{row}:{get_column_letter(len(_WIDTHS))}{row + len(corrections)}"
    _on_paper(sheet, row)


def _top(sheet: Worksheet, held: HeldReturn, said: Sequence[str], lang: str) -> int:
    """Title, what the return is, how to go about it. Returns the row of the headings."""
    title = put(sheet.cell(1, 1), say("workbook.title", lang, x=of_month(held.period, lang)), lang)
    title.font = _font(bold=True, size=16, color=_DARK)
    sheet.row_dimensions[1].height = 26
    facts = (visible(held.sender, 80), say("letter.received", lang), day_in_words(held.received_on, lang))
    about = f"{facts[0]} · {facts[1]} {facts[2]} · {held.submission_id}"
    counts = {name: number(count, lang) for name, count in held.counts.items()}
    lines = [about, say("letter.rows_are", lang, **counts), *said]
    row = 2
    for line in lines:
        cell = put(sheet.cell(row, 1), line, lang)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(_WIDTHS))
        cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), _font()
        sheet.row_dimensions[row].height = _LINE_HEIGHT * 1.1 * ceil(len(line) / _WIDEST)
        row += 1
    sheet.cell(2, 1).font = _font(color=_GREY)
    return row + 1


def _line(sheet: Worksheet, row: int, n: int, correction: Correction, cell: tuple[str, str] | None, lang: str) -> None:
    blank = say("blank", lang) if correction.column else ""
    values: tuple[Any, ...] = (
        n,
        visible(correction.sheet or correction.file, 60),
        correction.row,
        visible(correction.heading, 80),
        cell[1] if cell else "",
        visible(correction.found, _LONGEST) or blank,
        visible(correction.expected, _LONGEST) + _concerned(correction, lang),
        say(f"nature.{correction.nature}", lang),
    )
    for i, value in enumerate(values, start=1):
        written = put(sheet.cell(row, i), value, lang)
        middle = "center" if isinstance(value, int) or i == _CELL else "left"
        written.alignment = Alignment(wrap_text=True, vertical="top", horizontal=middle)
        written.font = _font()
        written.border = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
    if cell:
        name, address = cell
        link = sheet.cell(row, _CELL)
        quoted = name.replace("'", "''")
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{quoted}'!{address}", display=address)
        link.font = _font(underline="single", color="0B4F8A")
    lines = max(ceil(len(str(v or "")) * 1.1 / width) for v, width in zip(values, _WIDTHS, strict=True))
    sheet.row_dimensions[row].height = _LINE_HEIGHT * min(max(lines, 1), 20) + 2


def _font(**style: Any) -> Font:
    return Font(**{"name": "Calibri", "size": 10, **style})


def _concerned(correction: Correction, lang: str) -> str:
    if correction.rows == 1:
        return ""
    return f" ({say('letter.concerns', lang, x=number(correction.rows, lang))})"


def _on_paper(sheet: Any, headings: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{headings}:{headings}"
    sheet.oddFooter.right.text = "&P / &N"
