"""The parts of an .xlsx or .ods: what must not be in them, and what their cells do not tell by themselves."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree

from carmonitor.intake.archive import Archive
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.extent import BEYOND, LAST_ROW, check_extent, column_number
from carmonitor.intake.limits import Limits

_XML = (".xml", ".rels")
_MACROS = re.compile(r"vbaproject|(?:^|/)(?:macrosheets|dialogsheets|basic|scripts)/", re.IGNORECASE)
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY|\[CDATA\[)")
_LIST_BYTES = 4 * 1024**2  # the list of sheets of a workbook, and of its parts

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = re.compile(r"\{[^}]*officeDocument[^}]*relationships\}id$")
_ROW = re.compile(rb"<(?:[^\s<>/:]+:)?row[\s/>]")
_ROW_NUMBER = re.compile(rb"""<(?:[^\s<>/:]+:)?row(?:\s[^>]*?)?\sr\s*=\s*["'](\d+)["']""")
_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_PLACES = re.compile(
    rb"""<(?:[^\s<>/:]+:)?c(?=[\s/>])(?:\s(?:[^>]*?\s)?r\s*=\s*["']([A-Za-z]+)(\d+)["'])?"""
)  # of every cell, also of one that states none
_PLACED = re.compile(rb"<(?:[^\s<>/:]+:)?c\s(?:[^>]*?\s)?r\s*=")
_CELLS = re.compile(rb"<(?:[^\s<>/:]+:)?c[\s/>]")
_VALUE = re.compile(rb"<(?:[^\s<>/:]+:)?v>([^<]*)</(?:[^\s<>/:]+:)?v>")
_FORMULA = re.compile(rb"<(?:[^\s<>/:]+:)?f[\s>/]")

FORMULAS = "{n} cells hold formulas; the values stored with them were read, nothing was calculated"
LINKS = "the workbook refers to {n} others; nothing outside it was opened"


def check_parts(archive: Archive, path: str) -> None:
    """Refuse macros, document types, entities, CDATA and encodings other than UTF-8: no return has need of them."""
    archive.check_end()
    if macro := next((name for name in archive.names if _MACROS.search(name)), None):
        raise IntakeError(f"{path}: the workbook holds macros ({macro}); save it without them")
    for name in archive.names:
        part = archive.read(name)
        if not name.lower().endswith(_XML):
            continue
        encoding = _ENCODING.match(part[:200].removeprefix(b"\xef\xbb\xbf"))
        if b"\0" in part or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii")):
            raise IntakeError(f"{path}: the part {name!r} is not written in UTF-8; save the workbook again")
        if b"<!" in part and (found := _DECLARED.search(part)):
            what = found[0].decode().strip("<![")
            raise IntakeError(f"{path}: the part {name!r} holds {what}, which no spreadsheet program writes")


def links(archive: Archive) -> tuple[str, ...]:
    """A note about the other workbooks that this one refers to."""
    found = sum(1 for name in archive.names if re.match(r"xl/externalLinks/[^/]+\.xml$", name, re.IGNORECASE))
    return (LINKS.format(n=found),) if found else ()


class SheetPart:
    """What the XML of a sheet says beyond its values.

    ``missing``: (row, column), from 0 → the error, or the formula that was never calculated, which calamine gives as
    blank. ``notes``: what a reader should know.
    """

    def __init__(self, where: str, xml: bytes, limits: Limits) -> None:
        check_extent(where, *check_order(where, xml), limits)
        self.missing = dict(_broken_cells(xml))
        formulas = sum(1 for _ in _FORMULA.finditer(xml)) if b"<f" in xml or b":f" in xml else 0
        self.notes = (FORMULAS.format(n=formulas),) if formulas else ()


def sheet_parts(archive: Archive, path: str, limits: Limits) -> dict[str, SheetPart]:
    """Sheet name → its part. Two sheets of one name are refused: only one of them would be read."""
    try:
        listed = list(_listed(archive))
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise IntakeError(f"{path}: the workbook's list of sheets cannot be read ({error})") from error
    if len(listed) > limits.sheets:
        raise IntakeError(f"{path}: {len(listed)} sheets, at most {limits.sheets} are read")
    for kind, found in (
        ("sheets of one name", [name.casefold() for name, _ in listed]),
        ("sheets in one part", [p for _, p in listed]),
    ):
        if len(set(found)) != len(found):
            raise IntakeError(f"{path}: two {kind}; the workbook is damaged")
    if absent := next((name for name, part in listed if part not in archive.names), None):
        raise IntakeError(f"{path}: the sheet {absent!r} is listed but missing inside; the workbook is damaged")
    return {name: SheetPart(f"{path}, {name}", archive.read(part), limits) for name, part in listed}


def _listed(archive: Archive) -> Iterator[tuple[str, str]]:
    """Name and part of each sheet."""
    lists = [archive.read(name) for name in ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")]
    if max(map(len, lists)) > _LIST_BYTES:
        raise ValueError(f"it is larger than {_LIST_BYTES} bytes")
    relations, book = map(ElementTree.fromstring, lists)
    targets = {entry.attrib["Id"]: entry.attrib["Target"] for entry in relations}
    for entry in [*book.iter(_MAIN + "sheet"), *book.iter(_STRICT + "sheet")]:
        relation = next((value for name, value in entry.attrib.items() if _RELATION.match(name)), "")
        target = targets.get(relation, "")
        yield entry.attrib["name"], target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)


def check_order(where: str, xml: bytes) -> tuple[int, int]:
    """The last row and the last column of a sheet.

    Refuses rows and cells that stand twice, or in a row that is not theirs: the later one would hide the earlier.
    """
    starts = [row.start() for row in _ROW.finditer(xml)]
    if _CELLS.search(xml, 0, starts[0] if starts else len(xml)):
        raise IntakeError(f"{where}: a cell stands outside every row; the workbook is damaged")
    last, widest, in_order = 0, 0, set[tuple[bytes, ...]]()
    for start, end in pairwise([*starts, len(xml)]):
        stated = _ROW_NUMBER.match(xml, start, end)
        number = int(stated[1]) if stated and len(stated[1]) <= 10 else last + 1
        if number > LAST_ROW or (stated and len(stated[1]) > 10):
            raise IntakeError(f"{where}: a cell of row {stated[1][:12].decode() if stated else number} {BEYOND}")
        if number <= last:
            raise IntakeError(f"{where}: row {number} stands twice or out of order; the workbook is damaged")
        last = number
        places = _PLACES.findall(xml, start, end)
        if not places:
            continue
        letters, numbers = zip(*places, strict=True)
        own = numbers.count(b"%d" % number)
        if own != len(numbers) and (any(numbers) or _PLACED.search(xml, start, end)):
            raise IntakeError(f"{where}: a cell of row {number} is called otherwise; the workbook is damaged")
        widest = max(widest, len(places))
        if own and letters not in in_order:
            columns = [column_number(column[:4].upper()) for column in letters]
            if any(a >= b for a, b in pairwise(columns)):
                raise IntakeError(
                    f"{where}: a cell of row {number} stands twice or out of order; the workbook is damaged"
                )
            in_order.add(letters)
            widest = max(widest, columns[-1])
    return last, widest


def _broken_cells(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' not in xml and b"t='e'" not in xml and b"<f" not in xml and b":f" not in xml:
        return
    cells = _CELL.finditer(xml)
    cell = next(cells, None)
    while cell:
        behind = next(cells, None)
        attributes = cell[1]
        inside = b"" if attributes.endswith(b"/") else xml[cell.end() : behind.start() if behind else len(xml)]
        is_error = b't="e"' in attributes or b"t='e'" in attributes
        value = _VALUE.search(inside)
        if is_error or (not value and _FORMULA.search(inside)):
            place = _PLACE.search(attributes)
            if place:
                text = value[1].decode("utf-8", "replace") if value else "formula without a value"
                yield (int(place[2]) - 1, column_number(place[1].upper()) - 1), text
        cell = behind
