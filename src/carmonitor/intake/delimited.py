"""Delimited text (.csv, .tsv, .txt) to cells.

The encoding is told by its marks, the delimiter by what it makes of the headers.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from carmonitor.intake.columns import TextRows
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.extent import check_span, check_table
from carmonitor.intake.headers import find_header
from carmonitor.intake.limits import Limits, limits
from carmonitor.intake.sheets import RawSheet
from carmonitor.intake.vocabulary import load

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SIGNS = tuple("=+-@\t\r")
_GUARDED = tuple("'" + sign for sign in _SIGNS)  # our own exports put the ' there against formulas
_SAMPLE = 16_384
_ROWS = 10_000  # held as texts at a time
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with BOM"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)


def decode(path: str, content: bytes) -> tuple[str, str, str]:
    """Text, codec and the codec's name: BOM, else the NUL pattern of UTF-16, else UTF-8, else Windows-1252; strict."""
    candidates = [(codec, name) for mark, codec, name in _BOMS if content.startswith(mark)]
    if not candidates:
        head = content[:400]
        if head[1::2].count(0) > len(head) // 4:
            candidates = [("utf-16-le", "UTF-16")]
        elif head[0::2].count(0) > len(head) // 4:
            candidates = [("utf-16-be", "UTF-16")]
        else:
            candidates = [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]
    for codec, name in candidates:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, codec, name
    names = ", ".join(name for _, name in candidates)
    raise IntakeError(f"{path}: expected text in {names}, found bytes that are none of these")


def read_delimited(path: str, content: bytes, most: Limits | None = None) -> RawSheet:
    """The one sheet of a delimited file. Row numbers count records, as a spreadsheet shows them."""
    text, codec, encoding = decode(path, content)
    delimiter = _delimiter(path, text)
    is_guarded = "'" in text and any(guard in text for guard in _GUARDED)
    del text  # as large as the file; what follows reads the bytes again, a few rows at a time
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=codec, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        found = _counted(path, reader, most or limits())
        rows = _by_column(([_unguarded(cell) for cell in row] for row in found) if is_guarded else found)
    except csv.Error as error:
        raise IntakeError(f"{path}: the quotes or fields of the file cannot be read ({error})") from error
    return RawSheet("", 1, rows, notes=(f"read as {encoding}, {DELIMITERS[delimiter]} between cells",))


def _counted(path: str, rows: Iterable[list[str]], most: Limits) -> Iterator[list[str]]:
    """The rows, as long as they are no more, and no wider, than a return has need of."""
    widest = 0
    for number, row in enumerate(rows, start=1):
        if len(row) > widest:
            widest = len(row)
            check_table(f"{path}, row {number}", number, widest, most)
        if number > most.rows:
            check_table(path, number, widest, most)
        yield row
    check_span(path, number if widest else 0, widest, most)


def _by_column(rows: Iterable[list[str]]) -> TextRows:
    rest = iter(rows)
    columns: list[list[pa.StringArray]] = []
    lengths: list[int] = []
    while part := list(islice(rest, _ROWS)):
        texts = [pa.array(cells, pa.string()) for cells in zip_longest(*part)]
        columns += [[pa.nulls(len(lengths), pa.string())] for _ in texts[len(columns) :]]
        for column, found in zip_longest(columns, texts, fillvalue=pa.nulls(len(part), pa.string())):
            column.append(found)
        lengths += map(len, part)
    return TextRows([pa.concat_arrays(column) for column in columns], np.array(lengths, dtype="int32"))


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_SIGNS) else cell


def _delimiter(path: str, text: str) -> str:
    """The delimiter under which most header cells are understood; then the one that makes most cells."""
    first = text[:8].partition("\n")[0].rstrip("\r").casefold()
    if first.startswith("sep=") and len(first) == 5 and first[4] in DELIMITERS:
        return first[4]
    named = load().kind_of_name(PurePosixPath(path).stem)
    kinds = (named,) if named else tuple(load().headers)
    lines = text[:_SAMPLE].splitlines(keepends=True)[:40]

    def worth(delimiter: str) -> tuple[int, int]:
        sample = _parse_sample(lines, delimiter)
        header = find_header(sample, kinds, load())
        return (header.understood if header else 0), max((len(row) for row in sample), default=0)

    absent = [delimiter for delimiter in DELIMITERS if not any(delimiter in line for line in lines)]
    return max((d for d in DELIMITERS if d not in absent[1:]), key=worth)  # all that are absent are worth the same


def _parse_sample(lines: Sequence[str], delimiter: str) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    reader = csv.reader(lines, delimiter=delimiter)
    with contextlib.suppress(csv.Error):  # a wrong delimiter, or a sample cut inside quotes: what was read is enough
        rows.extend([cell or None for cell in row] for row in reader)
    return rows
