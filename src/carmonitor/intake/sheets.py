"""What every reader gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carmonitor.intake.cells import Cell


@dataclass(frozen=True)
class RawSheet:
    """A sheet as cells. ``rows[0]`` is the sheet's row ``first_row`` (from 1), ``rows[i][0]`` its ``first_column``.

    ``header``: the names of the columns where the format keeps them apart from the rows (JSON, Parquet); None where the
    header is one of the rows. ``notes``: what a reader should know, the encoding of a CSV for instance.
    """

    name: str
    first_row: int
    rows: Sequence[Sequence[Cell]]
    hidden: bool = False
    header: tuple[str, ...] | None = None
    first_column: int = 1
    notes: tuple[str, ...] = ()
