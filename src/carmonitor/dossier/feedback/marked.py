"""The workbook that goes back: faulty cells framed, tinted and commented, behind a first sheet that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from math import ceil
from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from carmonitor.dossier.feedback.copying import Copy, check_size, is_markable, original, rebuilt
from carmonitor.dossier.feedback.held import HeldReturn
from carmonitor.dossier.feedback.layout import Layouts
from carmonitor.dossier.feedback.listing import is_list, write_list
from carmonitor.dossier.feedback.model import Correction
from carmonitor.dossier.feedback.words import say, visible

AUTHOR = "carmonitor"
TINT = "FFF3C4"
_SIGN = "— carmonitor —"  # stands above every comment of ours, so that an old one is found again
_FRAME = Side(style="medium", color="8A2B00")
_FOUND, _EXPECTED, _COMMENT = 80, 300, 700  # characters
_PER_LINE, _LINE, _WIDTH = 42, 17, 300  # characters; pixels

Target = tuple[Worksheet, int, int]


def marked_workbook(
    held: HeldReturn, read: Layouts, corrections: Sequence[Correction], lang: str, *, checked: bool
) -> tuple[bytes, bool]:
    """The bytes of the workbook, and whether it is the sender's own (else made from the rows).

    ``checked``: the rules were run on the return.
    Raises :class:`FeedbackError` for a return that is too large.
    """
    check_size(read)
    if is_markable(held.data):
        ((file, content),) = held.data.items()
        with suppress(Exception):  # whatever a stranger's workbook makes openpyxl raise: its rows were read
            return _written(original(file, content), held, corrections, lang, checked, is_original=True), True
    return _written(rebuilt(read, lang), held, corrections, lang, checked, is_original=False), False


def _written(
    copy: Copy, held: HeldReturn, corrections: Sequence[Correction], lang: str, checked: bool, *, is_original: bool
) -> bytes:
    for sheet in list(copy.book.worksheets):
        if is_list(sheet):
            copy.book.remove(sheet)
        else:
            _unmark(sheet)
    by_cell: dict[tuple[str, int, int], list[Correction]] = {}
    targets: dict[Correction, Target] = {}
    for correction in corrections:
        if target := _target(copy, correction):
            targets[correction] = target
            by_cell.setdefault((target[0].title, target[1], target[2]), []).append(correction)
    for (title, row, column), told in by_cell.items():
        _mark(copy.book[title], row, column, told, lang)
    addresses = {c: _address(target) for c, target in targets.items()}
    write_list(
        copy.book, held, corrections, addresses, lang, about=_about(held, corrections, lang, checked, is_original)
    )
    _open_first(copy.book)
    content = BytesIO()
    copy.book.save(content)
    return content.getvalue()


def _about(
    held: HeldReturn, corrections: Sequence[Correction], lang: str, checked: bool, is_original: bool
) -> list[str]:
    """What the first sheet says of the workbook: how to go about it, and what kind of copy it is."""
    files = ", ".join(visible(file, 60) for file in list(held.data)[:6]) + (" …" if len(held.data) > 6 else "")
    nothing = say("workbook.nothing" if checked else "workbook.nothing_read", lang)
    todo = [say("workbook.how", lang), say("workbook.resend", lang)] if corrections else [nothing]
    return [*todo, say("workbook.original", lang) if is_original else say("workbook.rebuilt", lang, x=files)]


def _target(copy: Copy, correction: Correction) -> Target | None:
    """The cell to mark (of merged ones the first); None for what stands in no sheet of the workbook."""
    place = correction.file, correction.sheet
    sheet = copy.sheets.get(place)
    if sheet is None:
        return None
    row = (correction.row or 1) + (copy.shift.get(place, 0) if correction.row else 0)
    column = correction.column or 1
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
            return sheet, merged.min_row, merged.min_col
    return sheet, row, column


def _address(target: Target) -> tuple[str, str]:
    sheet, row, column = target
    return sheet.title, f"{get_column_letter(column)}{row}"


def _mark(sheet: Worksheet, row: int, column: int, told: Sequence[Correction], lang: str) -> None:
    cell: Any = sheet.cell(row, column)
    cell.fill = PatternFill("solid", fgColor=TINT)
    cell.border = Border(left=_FRAME, right=_FRAME, top=_FRAME, bottom=_FRAME)
    text = _cut("\n\n".join([_SIGN, *dict.fromkeys(_said(correction, lang) for correction in told)]))
    if cell.comment is not None:  # the sender's own stays, ours comes below it
        text = f"{cell.comment.text}\n\n{text}"
    lines = sum(max(1, ceil(len(line) / _PER_LINE)) for line in text.split("\n"))
    author = cell.comment.author if cell.comment is not None else AUTHOR
    cell.comment = Comment(text, author, height=min(lines, 24) * _LINE + 14, width=_WIDTH)


def _said(correction: Correction, lang: str) -> str:
    if correction.nature == "entry":
        found = visible(correction.found, _EXPECTED)
        return f"{found}\n{say('comment.todo', lang, x=visible(correction.expected, _EXPECTED))}"
    found = say("comment.found", lang, x=visible(correction.found, _FOUND) or say("blank", lang))
    return f"{found}\n{say('comment.expected', lang, x=visible(correction.expected, _EXPECTED))}"


def _cut(text: str) -> str:
    return text if len(text) <= _COMMENT else text[: _COMMENT - 1] + "…"


def _unmark(sheet: Worksheet) -> None:
    """Take off the marks of an earlier feedback: a workbook that was marked comes back with them."""
    for cell in _commented(sheet):
        theirs, sign, _ = cell.comment.text.partition(_SIGN)
        if not sign:
            continue
        author = cell.comment.author
        cell.comment = Comment(theirs.rstrip(), author) if theirs.strip() else None
        if str(cell.fill.fgColor.rgb).endswith(TINT):
            cell.fill, cell.border = PatternFill(), Border()


def _commented(sheet: Worksheet) -> Iterator[Any]:
    cells: Mapping[Any, Any] = sheet._cells  # the only way to the cells that exist, without making others
    return (cell for cell in list(cells.values()) if cell.comment is not None)


def _open_first(book: Workbook) -> None:
    """Open on the list alone: sheets selected together would all be edited together."""
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
