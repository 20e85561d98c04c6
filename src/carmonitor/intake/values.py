"""One parser per field: what a cell says, in the field's own terms, or why it could not be understood."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carmonitor.intake.cells import Cell, Language, Problem, Unreadable, clean_text, has_invisible
from carmonitor.intake.columns import Flags, flags, places
from carmonitor.intake.dates import parse_date, parse_month, parse_period
from carmonitor.intake.numbers import parse_number
from carmonitor.intake.vocabulary import Vocabulary, field_types
from carmonitor.records import KINDS
from carmonitor.records.fields import (
    BOOLEAN,
    CHOICE,
    COUNTRY,
    DATE,
    HS_CODE,
    MONTH,
    NUMBER_TEXT,
    PERIOD,
    PLACE,
    TEXT,
    FieldType,
    bounds,
    normalise_certificate,
)
from carmonitor.records.frames import arrow_type
from carmonitor.records.places import fold

Parser = Callable[[Cell], Any]  # → the value as frames keep it, None when blank, or a Problem

CELL_ERROR = Problem("cell_error", "a value; the cell holds an error, or a formula that was never calculated")
NOT_A_VALUE = Problem("not_a_value", "one value, not a list or an object")
NOT_TEXT = Problem("not_text", "a text or a number, not a date or a time")
DIGITS_LOST = Problem("digits_lost", "text: a number of more than 15 digits loses its last ones in a spreadsheet")
TOO_LONG = Problem("too_long", "a shorter text")
NOT_A_CERTIFICATE = Problem("not_a_certificate_number", "a certificate number")
OTHER_LETTERS = Problem(
    "certificate_letters", "a certificate number in letters A to Z and digits 0 to 9 (one only looks alike)"
)
INVISIBLE = Problem("invisible_character", "a number without characters that nobody sees")
OTHER_SIGNS = Problem("number_letters", "a number in Latin letters and digits 0 to 9 (one only looks alike)")
NOT_A_COUNTRY = Problem("country_unknown", "a country: its two-letter code or its name in English or French")
NOT_A_FLAG = Problem("not_yes_or_no", "yes or no, oui or non")
NOT_AN_HS_CODE = Problem("not_an_hs_code", "an HS code: 7102.10, 7102.21 or 7102.31")


def parser(kind: str, field: str, language: Language, vocabulary: Vocabulary) -> Parser:
    """The parser of one field. It gives what frames hold: text, whole smallest units, bool, ``datetime.date``."""
    value_type = field_types(kind)[field]
    limits = bounds(KINDS[kind].model_fields[field])
    months = vocabulary.months
    by_type: dict[str, Parser] = {
        TEXT.name: lambda cell: parse_text(cell, limits),
        PLACE.name: lambda cell: parse_text(cell, limits),
        NUMBER_TEXT.name: lambda cell: parse_certificate(cell, limits),
        CHOICE.name: lambda cell: parse_choice(cell, vocabulary.choices[kind, field]),
        COUNTRY.name: lambda cell: parse_country(cell, vocabulary.countries),
        BOOLEAN.name: lambda cell: parse_flag(cell, vocabulary.booleans),
        HS_CODE.name: parse_hs_code,
        DATE.name: lambda cell: parse_date(cell, language, months),
        MONTH.name: lambda cell: parse_month(cell, months),
        PERIOD.name: lambda cell: parse_period(cell, language, months),
    }

    def parse_counted(cell: Cell) -> Any:
        return parse_number(cell, value_type, limits, language)

    parse = by_type.get(value_type.name, parse_counted)
    if is_identifier(field, value_type):
        parse = lambda cell: parse_identifier(cell, limits)  # noqa: E731

    def checked(cell: Cell) -> Any:
        if isinstance(cell, Unreadable):
            return CELL_ERROR
        return NOT_A_VALUE if isinstance(cell, list | dict | bytes) else parse(cell)

    return checked


@dataclass(frozen=True)
class Parsed:
    """What the distinct cells of a column say. ``values``: as frames keep them, null where blank or not understood."""

    values: pa.Array
    problems: Mapping[int, Problem]

    @property
    def blank(self) -> Flags:
        """For each distinct cell: it says nothing."""
        return flags(self.values.is_null()) & ~self.refused

    @property
    def refused(self) -> Flags:
        """For each distinct cell: not understood."""
        found = np.zeros(len(self.values), dtype=bool)
        found[list(self.problems)] = True
        return found


def parse_cells(
    kind: str, field: str, language: Language, vocabulary: Vocabulary, cells: Sequence[Cell] | pa.StringArray
) -> Parsed:
    """Every distinct cell of a column. Texts of the plainest shapes are read together, the others one by one."""
    value_type = field_types(kind)[field]
    kept = arrow_type(value_type)
    parse = parser(kind, field, language, vocabulary)
    plain, values = np.zeros(len(cells), dtype=bool), pa.nulls(len(cells), kept)
    if isinstance(cells, pa.Array):
        plain, values = _plain(cells, value_type, bounds(KINDS[kind].model_fields[field]))
    problems: dict[int, Problem] = {}
    read = []
    for i in places(~plain):
        cell = cells[i]
        value = parse(cell.as_py() if isinstance(cell, pa.Scalar) else cell)
        if isinstance(value, Problem):
            problems[i] = value
        read.append(None if isinstance(value, Problem) else value)
    return Parsed(pc.replace_with_mask(values, pa.array(~plain), pa.array(read, kept)), problems)


_PLAIN_TEXT = r"\A[!-~À-ÿ]+(?: [!-~À-ÿ]+)*\z"  # nothing for clean_text to do
_PLAIN_NUMBER = {0: r"\A\d{1,9}\z", 2: r"\A\d{1,9}(?:\.\d{1,2})?\z"}  # one reading in every language


def _plain(texts: pa.StringArray, value_type: FieldType, limits: Mapping[str, Any]) -> tuple[Flags, pa.Array]:
    """Which texts say plainly what they mean, and their values; those of the others mean nothing."""
    if value_type in (TEXT, PLACE):
        fits = pc.less_equal(pc.utf8_length(texts), limits.get("max_length", 1 << 30))
        return flags(pc.and_(pc.match_substring_regex(texts, _PLAIN_TEXT), fits)), texts.cast(pa.large_string())
    if value_type.scale in _PLAIN_NUMBER:
        is_plain = pc.match_substring_regex(texts, _PLAIN_NUMBER[value_type.scale])
        unit = 10**value_type.scale
        counted = np.rint(pc.if_else(is_plain, texts, "0").cast(pa.float64()).to_numpy() * unit)  # exact: 11 digits
        plain = flags(is_plain)
        plain &= (counted >= limits.get("ge", 0) * unit) & (counted <= limits.get("le", 10**9) * unit)
        plain &= counted > limits.get("gt", -1) * unit
        return plain, pa.array(counted.astype("int64"))
    return np.zeros(len(texts), dtype=bool), pa.nulls(len(texts), arrow_type(value_type))


def parse_text(cell: Cell, limits: Mapping[str, Any]) -> str | Problem | None:
    """A text, cleaned. Whole numbers become their digits (``123.0`` → ``"123"``); leading zeros of texts stay."""
    if cell is None:
        return None
    text: str | Problem
    if isinstance(cell, str):
        text = clean_text(cell)
    elif isinstance(cell, bool | date | time | timedelta):
        return NOT_TEXT
    elif isinstance(cell, int | float | Decimal):
        text = _number_as_text(cell)
    else:
        return NOT_A_VALUE
    if isinstance(text, Problem):
        return text
    return TOO_LONG if len(text) > limits.get("max_length", len(text)) else text or None


def _number_as_text(cell: float | Decimal) -> str | Problem:
    if isinstance(cell, int):
        return str(cell)
    if not _is_short(cell):
        return DIGITS_LOST
    return str(int(cell)) if cell == int(cell) else str(cell)


def is_identifier(field: str, value_type: FieldType) -> bool:
    """Whether a text field holds the number of a slip, licence, actor, seal...: it tells papers and persons apart."""
    return value_type is TEXT and field.endswith(("_number", "_id", "_licence"))


_OTHER_SIGN = re.compile("[^ -~À-ÿŒœŸº°№‐‑–—’·]")


def _is_short(number: float | Decimal) -> bool:
    """A number of at most 15 digits before the point. Asked first: the whole part of 1e999999999 fills all memory."""
    is_finite = number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)
    return is_finite and -(10**15) < number < 10**15


def parse_identifier(cell: Cell, limits: Mapping[str, Any]) -> str | Problem | None:
    """The number of a paper, place or person, as written. What only looks like such a number is refused, not mended."""
    text = parse_text(cell, limits)
    if not isinstance(text, str):
        return text
    if isinstance(cell, str) and has_invisible(cell):
        return INVISIBLE
    return OTHER_SIGNS if _OTHER_SIGN.search(text) else text


def parse_certificate(cell: Cell, limits: Mapping[str, Any]) -> str | Problem | None:
    """A certificate number, normalised: ``" n° cf 001-234"`` → ``"CF001234"``.

    Letters and digits of other scripts (Cyrillic С, full-width １) are refused: nobody sees that such numbers differ.
    """
    text = parse_text(cell, {})
    if text is None or isinstance(text, Problem):
        return text
    if isinstance(cell, str) and has_invisible(cell):
        return INVISIBLE
    number = normalise_certificate(text)
    if len(number) > limits.get("max_length", len(number)):
        return TOO_LONG
    if not number.isascii():
        return OTHER_LETTERS if any(c.isdigit() for c in number) else NOT_A_CERTIFICATE
    return number if any(c.isdigit() for c in number) else NOT_A_CERTIFICATE


def parse_choice(cell: Cell, spellings: Mapping[str, str]) -> str | Problem | None:
    """One of the codes of a choice field, told by its code or its English or French spelling."""
    text = parse_text(cell, {})
    if text is None or isinstance(text, Problem):
        return text
    known = spellings.get(fold(text))
    return known or Problem("choice_unknown", "one of: " + ", ".join(dict.fromkeys(spellings.values())))


def parse_country(cell: Cell, countries: Mapping[str, str]) -> str | Problem | None:
    """An ISO 3166-1 alpha-2 code, told by a code or a name."""
    text = parse_text(cell, {})
    return countries.get(fold(text), NOT_A_COUNTRY) if isinstance(text, str) else text


def parse_flag(cell: Cell, booleans: Mapping[str, bool]) -> bool | Problem | None:
    """Yes or no, in either language; true and false; 1 and 0."""
    if isinstance(cell, bool):
        return cell
    text = parse_text(cell, {})
    return booleans.get(fold(text), NOT_A_FLAG) if isinstance(text, str) else text


_HS_DIGITS = re.compile(r"(?:HS|SH|NDP)? ?\d{2}[\d., ]*", re.IGNORECASE)


def parse_hs_code(cell: Cell) -> str | Problem | None:
    """``7102.10``, ``7102 10``, ``710210``, ``7102.10.00`` → ``"710210"``. A number cell 7102.1 is 7102.10.

    Zeros behind the sixth digit are national detail and go; other digits stay. Five digits are no HS code.
    """
    if isinstance(cell, float | Decimal) and _is_short(cell) and cell != int(cell):
        cell = f"{Decimal(str(cell)):.2f}" if round(cell, 2) == cell else str(cell)
    text = parse_text(cell, {})
    if text is None or isinstance(text, Problem):
        return text
    if not _HS_DIGITS.fullmatch(text):
        return NOT_AN_HS_CODE
    digits = re.sub(r"\D", "", text)
    if 6 < len(digits) <= 10 and not digits[6:].strip("0"):
        digits = digits[:6]
    return digits if 4 <= len(digits) <= 10 and len(digits) != 5 else NOT_AN_HS_CODE
