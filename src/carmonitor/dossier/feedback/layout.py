"""Where intake found each column of a return: the same reading again, of the bytes that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carmonitor.intake.batch import IntakeError
from carmonitor.intake.cells import Cell, is_blank
from carmonitor.intake.datafile import understand
from carmonitor.intake.headers import Header, language_of
from carmonitor.intake.limits import limits
from carmonitor.intake.readers import read_sheets
from carmonitor.intake.sheets import RawSheet


@dataclass(frozen=True)
class Layout:
    """One sheet. ``aside``: why it holds no records by its nature, else empty. Columns count from 1."""

    file: str
    raw: RawSheet
    header: Header | None
    aside: str = ""

    @property
    def header_row(self) -> int | None:
        """The (last) row of the header; None where there is none, and where names stand apart from the rows (JSON)."""
        return None if self.header is None or self.raw.header is not None else self.raw.first_row + self.header.last

    def column(self, name: str) -> int | None:
        """The column of a field; None where it has none."""
        place = self.header.fields.get(name) if self.header else None
        return None if place is None else self.raw.first_column + place

    def heading(self, column: int) -> str:
        """The header above a column as written; empty beyond the last one."""
        place = column - self.raw.first_column
        return self.header.texts[place] if self.header and 0 <= place < len(self.header.texts) else ""

    def columns(self, name: str) -> list[int]:
        """Every column that stands for a field; more than one is an error of the sheet."""
        matches = self.header.matches if self.header else ()
        return [self.raw.first_column + i for i, m in enumerate(matches) if m and m.field == name]

    def unknown(self) -> list[int]:
        """The columns whose header was not understood."""
        pairs = zip(self.header.texts, self.header.matches, strict=True) if self.header else ()
        return [self.raw.first_column + i for i, (text, match) in enumerate(pairs) if text and not match]

    def is_blank(self, row: int, column: int) -> bool:
        """Whether a cell of a row, as intake counts, has no content."""
        cells, place = self.raw.rows[row - self.raw.first_row], column - self.raw.first_column
        return place >= len(cells) or is_blank(cells[place])

    def beyond(self, row: int) -> int | None:
        """The first cell with content beyond the last header, in a row as intake counts."""
        width = len(self.header.texts) if self.header else 0
        cells: list[Cell] = list(self.raw.rows[row - self.raw.first_row])[width:]
        return next((self.raw.first_column + width + i for i, c in enumerate(cells) if not is_blank(c)), None)


@dataclass(frozen=True)
class Layouts:
    """All sheets of a return, by (file, sheet) in the order they were read. ``failed``: file → why it cannot be read.

    ``language``: what the headers are written in, ``""`` where they do not tell.
    """

    sheets: Mapping[tuple[str, str], Layout]
    failed: Mapping[str, str] = field(default_factory=dict)
    language: str = ""


def layouts(files: Mapping[str, bytes]) -> Layouts:
    """Read the data files (path → bytes) as intake did."""
    sheets: dict[tuple[str, str], Layout] = {}
    failed: dict[str, str] = {}
    for path, content in files.items():
        try:
            found, _ = understand(path, read_sheets(path, content, limits()))
        except IntakeError as error:
            failed[path] = str(error)
            continue
        for each in found:
            aside = each.aside[0] if each.aside else ""
            sheets[path, each.sheet.name] = Layout(path, each.sheet, each.header, aside)
    return Layouts(sheets, failed, language_of([s.header for s in sheets.values() if s.header]))
