"""Which row is the header, which kind it belongs to, and what its columns are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carmonitor.intake.cells import Cell, is_blank
from carmonitor.intake.vocabulary import HeaderMatch, Vocabulary
from carmonitor.records import KINDS

SEARCHED_ROWS = 30  # titles, addressees and legal notes above a table are shorter than this
_ENOUGH = 0.6  # of a row's cells understood, when not every key is among them
_LONGEST_HEADER = 200


@dataclass(frozen=True)
class Header:
    """An understood header. ``first`` and ``last``: its rows (from 0). ``texts`` and ``matches``: by column, from 0.

    ``continued``: every cell of its second row completes the one above it ("Poids" over "carats").
    """

    kind: str
    first: int
    last: int
    texts: tuple[str, ...]
    matches: tuple[HeaderMatch | None, ...]
    continued: bool = False

    @property
    def understood(self) -> int:
        """How many fields were found."""
        return len({m.field for m in self.matches if m})

    @property
    def fields(self) -> dict[str, int]:
        """Field → its column (the first, when two columns stand for one field)."""
        found: dict[str, int] = {}
        for column, match in enumerate(self.matches):
            if match:
                found.setdefault(match.field, column)
        return found

    @property
    def twice(self) -> list[str]:
        """Fields that more than one column stands for."""
        counted = Counter(m.field for m in self.matches if m)
        return [name for name, count in counted.items() if count > 1]

    @property
    def unknown(self) -> list[str]:
        """Headers that were not understood, as written."""
        return [text for text, match in zip(self.texts, self.matches, strict=True) if text and not match]

    @property
    def has_keys(self) -> bool:
        """Whether every key field of the kind has a column."""
        return set(KINDS[self.kind].KEY) <= self.fields.keys()


def find_header(rows: Sequence[Sequence[Cell]], kinds: Sequence[str], vocabulary: Vocabulary) -> Header | None:
    """The row, or two rows read as one, with most fields of one of ``kinds``; None when no row will do.

    With several kinds to choose from, all key fields must be there, and one kind must fit better than every other.
    """
    found = [
        header
        for kind in kinds
        for header in _candidates(rows[:SEARCHED_ROWS], kind, vocabulary)
        if header.has_keys or (len(kinds) == 1 and header.understood >= _ENOUGH * sum(1 for t in header.texts if t))
    ]
    found = [header for header in found if header.understood]
    if not found:
        return None
    best = max(found, key=_fit)
    rivals = {header.kind for header in found if _fit(header)[:2] == _fit(best)[:2]}
    return best if len(rivals) == 1 else None


def match_names(names: Sequence[str], kinds: Sequence[str], vocabulary: Vocabulary) -> Header | None:
    """As :func:`find_header`, for names that stand apart from the rows (JSON, Parquet)."""
    return find_header([list(names)], kinds, vocabulary)


def _fit(header: Header) -> tuple[int, int, bool, int, int]:
    return header.understood, -len(header.unknown), header.continued, header.first - header.last, -header.first


def _candidates(rows: Sequence[Sequence[Cell]], kind: str, vocabulary: Vocabulary) -> Iterator[Header]:
    texts = [[_text(cell) for cell in row] for row in rows]
    for i, row in enumerate(texts):
        matches = tuple(vocabulary.match_header(kind, text) if text else None for text in row)
        yield Header(kind, i, i, tuple(row), matches)
        if i + 1 < len(texts) and any(row) and any(texts[i + 1]):
            pairs = list(_joined(row, texts[i + 1], kind, vocabulary))
            continued = all(
                column < len(row) and row[column] and match and text == f"{row[column]} {below}"
                for column, (below, (text, match)) in enumerate(zip(texts[i + 1], pairs, strict=False))
                if below
            )
            yield Header(kind, i, i + 1, tuple(t for t, _ in pairs), tuple(m for _, m in pairs), continued)


def _joined(
    top: Sequence[str], bottom: Sequence[str], kind: str, vocabulary: Vocabulary
) -> Iterator[tuple[str, HeaderMatch | None]]:
    """Two rows as one header: "Valeur" merged over "USD" and "FCFA" gives "Valeur USD" and "Valeur FCFA"."""
    carried = ""
    for column in range(max(len(top), len(bottom))):
        above = top[column] if column < len(top) else ""
        below = bottom[column] if column < len(bottom) else ""
        carried = above or carried
        options = [above] if not below else [f"{carried} {below}", f"{below} {carried}", below]
        found = ((text, vocabulary.match_header(kind, text)) for text in options if text.strip())
        yield next((pair for pair in found if pair[1]), (f"{above} {below}".strip(), None))


def _text(cell: Cell) -> str:
    if not isinstance(cell, str) or is_blank(cell) or len(cell) > _LONGEST_HEADER:
        return "" if is_blank(cell) else str(cell)[:_LONGEST_HEADER]
    return " ".join(cell.split())


def language_of(headers: Sequence[Header]) -> str:
    """``fr`` or ``en`` by the majority of understood headers; ``""`` when they are field names or equal in both."""
    spoken = Counter(match.language for header in headers for match in header.matches if match and match.language)
    if spoken["fr"] == spoken["en"]:
        return ""
    return "fr" if spoken["fr"] > spoken["en"] else "en"
