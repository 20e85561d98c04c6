"""The columns of a sheet: each distinct cell once, and which of them every row holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carmonitor.intake.cells import Cell, is_blank

Flags = npt.NDArray[np.bool_]
_ITERATED = 1_000  # rows made at a time
_CONTENT = r"[!-~]"


class TextRows(Sequence[list[Cell]]):
    """Rows of texts, kept by column: a million of them need little more than their file. An empty text is None.

    ``columns``: as many as the longest row has cells. ``lengths``: how many cells each row has.
    """

    def __init__(self, columns: Sequence[pa.StringArray], lengths: npt.NDArray[np.int32]) -> None:
        self.columns, self.lengths = columns, lengths

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> TextRows: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | TextRows:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            part = [column.slice(start, max(stop - start, 0)) for column in self.columns]
            return TextRows(part, self.lengths[start:stop])
        return [column[place].as_py() or None for column in self.columns[: self.lengths[place]]]

    def __iter__(self) -> Iterator[list[Cell]]:
        for start in range(0, len(self), _ITERATED):
            part = self[start : start + _ITERATED]
            cells = [column.to_pylist() for column in part.columns]
            for row, length in zip(zip(*cells, strict=True) if cells else [()] * len(part), part.lengths, strict=True):
                yield [cell or None for cell in row[:length]]


@dataclass(frozen=True)
class Column:
    """``cells``: the distinct cells, an Arrow array when they are texts. ``codes``: for each row, which of them."""

    cells: Sequence[Cell] | pa.StringArray
    codes: npt.NDArray[np.int64]

    @classmethod
    def of_texts(cls, texts: pa.StringArray) -> Column:
        """A column of texts; null is an empty one."""
        coded = pc.fill_null(texts, "").dictionary_encode()
        return cls(coded.dictionary, coded.indices.to_numpy().astype("int64"))

    @classmethod
    def of_cells(cls, cells: Iterable[Cell]) -> Column:
        """A column of cells of any kind. ``1``, ``1.0`` and ``True`` are not equal here."""
        distinct: list[Cell] = []
        known: dict[Any, int] = {}
        codes = []
        for cell in cells:
            plain = cell.__class__ is str or cell is None
            key = cell if plain else id(cell) if cell.__class__ in (list, dict) else (cell.__class__, cell)
            code = known.get(key)
            if code is None:
                code = known[key] = len(distinct)
                distinct.append(cell)
            codes.append(code)
        return cls(distinct, np.array(codes, dtype="int64"))

    def tell(self, of_cells: Flags) -> Flags:
        """What is known of each distinct cell, for each row."""
        return of_cells[self.codes]

    def blank(self) -> Flags:
        """For each row: no content."""
        if not isinstance(self.cells, pa.Array):
            return self.tell(np.array([is_blank(cell) for cell in self.cells], dtype=bool))
        found = ~flags(pc.match_substring_regex(self.cells, _CONTENT))
        for i in places(found):
            found[i] = is_blank(self.cells[i].as_py())
        return self.tell(found)


def flags(told: pa.BooleanArray) -> Flags:
    """An Arrow array of yes and no without nulls, as numpy has it; writable."""
    return np.array(told.to_numpy(zero_copy_only=False), dtype=bool)


def places(told: Flags) -> list[int]:
    """Where the answer is yes."""
    found: list[int] = np.flatnonzero(told).tolist()
    return found


def columns_of(rows: Sequence[Sequence[Cell]], width: int) -> list[Column]:
    """The columns of these rows, at least ``width``; a cell that a short row does not have is None."""
    if isinstance(rows, TextRows):
        found = [Column.of_texts(texts) for texts in rows.columns]
    else:
        widest = max((len(row) for row in rows), default=0)
        found = [Column.of_cells(row[c] if c < len(row) else None for row in rows) for c in range(widest)]
    missing = Column([None], np.zeros(len(rows), dtype="int64"))
    return found + [missing] * (width - len(found))
