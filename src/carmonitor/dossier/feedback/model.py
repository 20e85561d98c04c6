"""What is to be corrected, as plain values in the sender's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Nature = Literal["unread", "sheet", "entry", "missing"]
"""``unread``: a cell whose row could not be read; ``sheet``: a column, sheet or file; ``entry``: read, but in error of
form or contradicted by the same return; ``missing``: blank or not sent, so that something could not be checked."""

NATURES: tuple[Nature, ...] = ("unread", "sheet", "entry", "missing")
"""In the order they are listed. They are never added up."""


@dataclass(frozen=True)
class Correction:
    """One cell, or one column or sheet, to be corrected.

    ``row``: as intake counts, None for a sheet as a whole; ``column``: the spreadsheet's, from 1, None where there is
    none; ``heading``: the column's header as the sender wrote it; ``rows``: how many rows of the sheet it concerns.
    ``found`` is empty for a blank cell. Texts of senders stand here as they came; whoever shows them makes them
    harmless.
    """

    nature: Nature
    file: str
    sheet: str
    row: int | None
    column: int | None
    heading: str
    found: str
    expected: str
    rows: int = 1
    rule_id: str = ""

    @property
    def place(self) -> tuple[str, str, int | None, int | None]:
        """The cell."""
        return self.file, self.sheet, self.row, self.column
