"""Volumes by month as a table that people read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from carmonitor.dossier.sheets.model import Table
from carmonitor.dossier.sheets.volumes import Month, Partner
from carmonitor.dossier.sheets.words import said
from carmonitor.findings import shown

Side = tuple[str, tuple[Month, ...], str]
"""dug, bought, sold or exported; its months; ``xaf``, ``usd`` or ``""`` for what its values are."""


def months_table(sides: Sequence[Side], lang: str, note: str = "") -> Table:
    """One row per month in which anything happened, and for each side the number of papers, carats and money.

    Sides without any row are left out. What papers do not state is told below, never counted as nothing.
    """
    some = [side for side in sides if side[1]]
    heads, values = [said("heads", "month", lang)], []
    for side, months, money in some:
        name = said("sides", side, lang)
        columns = ["rows", "carats", *([money] if money else [])]
        heads += [said("heads", column, lang, side=name) for column in columns]
        values.append({m.month: _cells(m, money, lang) for m in months})
    named = sorted({m.month for _, months, _ in some for m in months})
    empty = [["–"] * (3 if money else 2) for _, _, money in some]
    rows = [
        (month or "–", *(c for of_side, none in zip(values, empty, strict=True) for c in of_side.get(month, none)))
        for month in named
    ]
    notes = [note, *_lacking([m for _, months, _ in some for m in months], lang)]
    title = said("tables", "months", lang)
    return Table(title, tuple(heads), tuple(rows), frozenset(range(1, len(heads))), " ".join(n for n in notes if n))


def partners_table(which: str, some: Sequence[Partner], count: int, names: dict[str, str], lang: str) -> Table:
    """The heaviest counterparties: number, name in the register, slips, carats, XAF. ``which``: a key of ``tables``."""
    heads = tuple(said("heads", head, lang) for head in ("actor", "name", "slips", "weight", "price"))
    rows = tuple(
        (p.actor_id, names.get(p.actor_id, "–"), _number(p.rows, lang), _carats(p.carats, lang), _number(p.value, lang))
        for p in some
    )
    return Table(said("tables", which, lang, n=len(some), all=count), heads, rows, frozenset({2, 3, 4}))


def _cells(month: Month, money: str, lang: str) -> list[str]:
    cells = [_number(month.rows, lang), _carats(month.carats, lang)]
    if money == "usd":
        cells.append(shown(Decimal(month.value).scaleb(-2), "USD", lang))
    elif money:
        cells.append(_number(month.value, lang))
    return cells


def _lacking(months: Sequence[Month], lang: str) -> list[str]:
    blank = sum(m.carats_blank for m in months)
    undated = sum(m.rows for m in months if not m.month)
    counted = (("blank", blank), ("undated", undated))
    return [said("notes", name, lang, n=_number(n, lang)) for name, n in counted if n]


def _carats(hundredths: int, lang: str) -> str:
    return shown(Decimal(hundredths).scaleb(-2), "ct", lang)


def _number(value: int, lang: str) -> str:
    return shown(value, "count", lang)
