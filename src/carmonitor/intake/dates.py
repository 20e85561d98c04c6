"""Days, months and periods.

Day first in French files; a date that could be read two ways is a problem, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time

from carmonitor.intake.cells import Cell, Language, Problem, is_blank
from carmonitor.records.places import fold

EARLIEST, LATEST = 1900, 2100  # years outside are typing errors

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s*([/.\-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?: 0{1,2}:00(?::00)?)?")
_DAY_NAME = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?[ \-.]*([^\W\d]+)\.?[ \-,.]*(\d{4}|\d{2})")
_NAME_DAY = re.compile(r"([^\W\d]+)\.? *(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")

NOT_A_DATE = Problem("not_a_date", "a date: a date cell, yyyy-mm-dd, or dd/mm/yyyy")
AMBIGUOUS = Problem("date_ambiguous", "a date that can be read one way only: yyyy-mm-dd, or the month by name")
TWO_DIGITS = Problem("year_two_digits", "a year of four digits")
IS_NUMBER = Problem("date_is_number", "a date, not a number")
HAS_TIME = Problem("date_has_time", "a date without a time of day")
OUT_OF_RANGE = Problem("date_out_of_range", f"a date from {EARLIEST} to {LATEST}")

NOT_A_MONTH = Problem("not_a_month", "a month: yyyy-mm, mm/yyyy, or its name and year")
NOT_A_PERIOD = Problem("not_a_period", "a year, month, quarter, half-year or day: 2021, 2021-03, 2021-Q1, 2021-H1")
PERIOD_AMBIGUOUS = Problem("period_ambiguous", "2021-03 for a month or 2021-03-01 for a day, as text")


def parse_date(cell: Cell, language: Language, months: Mapping[str, int]) -> date | Problem | None:
    """A cell as a day, None when blank, else a Problem. ``months``: folded month name → number."""
    if cell is None:
        return None
    if isinstance(cell, datetime):
        if cell.tzinfo is not None or cell.time() != time(0):
            return HAS_TIME
        return _in_range(cell.date())
    if isinstance(cell, date):
        return _in_range(cell)
    if isinstance(cell, str):
        text = " ".join(cell.split())
        return _from_text(text, language, months) if text else None
    return NOT_A_DATE if isinstance(cell, bool | time | list) else IS_NUMBER


def _from_text(text: str, language: Language, months: Mapping[str, int]) -> date | Problem:
    if len(text) > 40:
        return NOT_A_DATE
    if found := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        with_time = any(int(part or 0) for part in found.groups()[3:])
        return HAS_TIME if with_time else _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(text):
        return _numeric(int(found[1]), int(found[3]), found[4], language)
    if found := _DAY_NAME.fullmatch(text):
        return _named(int(found[1]), found[2], found[3], months)
    if found := _NAME_DAY.fullmatch(text):
        return _named(int(found[2]), found[1], found[3], months)
    return IS_NUMBER if re.fullmatch(r"\d+([.,]\d+)?", text) else NOT_A_DATE


def _numeric(first: int, second: int, year: str, language: Language) -> date | Problem:
    if len(year) == 2:
        return TWO_DIGITS
    if language == "fr" or first == second or first > 12:
        return _day(int(year), second, first)
    return _day(int(year), first, second) if second > 12 else AMBIGUOUS


def _named(day: int, month: str, year: str, months: Mapping[str, int]) -> date | Problem:
    if fold(month) not in months:
        return NOT_A_DATE
    return TWO_DIGITS if len(year) == 2 else _day(int(year), months[fold(month)], day)


def _day(year: int, month: int, day: int) -> date | Problem:
    try:
        return _in_range(date(year, month, day))
    except ValueError:
        return NOT_A_DATE


def _in_range(day: date) -> date | Problem:
    return day if EARLIEST <= day.year <= LATEST else OUT_OF_RANGE


_MONTH_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{4})")
_MONTH_LAST = re.compile(r"(\d{4})[/.\-](\d{1,2})")
_MONTH_NAME = re.compile(r"([^\W\d]+)\.?[ \-]*(\d{4})")
_QUARTER = re.compile(r"(\d{4}) ?[\-/ ]? ?([QT])([1-4])|([QT])([1-4]) ?[\-/ ]? ?(\d{4})", re.IGNORECASE)
_HALF = re.compile(r"(\d{4}) ?[\-/ ]? ?([HS])([12])|([HS])([12]) ?[\-/ ]? ?(\d{4})", re.IGNORECASE)
_QUARTER_WORDS = re.compile(r"([1-4])(?:er|[eè]me|e|st|nd|rd|th)? (?:trimestre|quarter)(?: de)? (\d{4})", re.IGNORECASE)
_HALF_WORDS = re.compile(r"([12])(?:er|[eè]me|nd|e|st)? (?:semestre|half|half-year)(?: de)? (\d{4})", re.IGNORECASE)


def parse_month(cell: Cell, months: Mapping[str, int]) -> str | Problem | None:
    """A cell as ``YYYY-MM``. A date cell counts when it is the first of a month (what Excel makes of ``01/2021``)."""
    if cell is None:
        return None
    if isinstance(cell, date):
        midnight = not isinstance(cell, datetime) or cell.time() == time(0)
        is_month = cell.day == 1 and midnight and EARLIEST <= cell.year <= LATEST
        return f"{cell:%Y-%m}" if is_month else NOT_A_MONTH
    if not isinstance(cell, str):
        return NOT_A_MONTH
    text = " ".join(cell.split())
    return (_month_text(text, months) or NOT_A_MONTH) if text else None


def _month_text(text: str, months: Mapping[str, int]) -> str | None:
    if found := _MONTH_FIRST.fullmatch(text):
        year, month = int(found[2]), int(found[1])
    elif found := _MONTH_LAST.fullmatch(text):
        year, month = int(found[1]), int(found[2])
    elif (found := _MONTH_NAME.fullmatch(text)) and fold(found[1]) in months:
        year, month = int(found[2]), months[fold(found[1])]
    else:
        return None
    return f"{year:04d}-{month:02d}" if 1 <= month <= 12 and EARLIEST <= year <= LATEST else None


def parse_period(cell: Cell, language: Language, months: Mapping[str, int]) -> str | Problem | None:
    """A cell as a year, quarter, half-year, month or day (``2021``, ``2021-Q1``, ``2021-H1``, ``2021-03``, ISO day).

    A date cell on the first of a month may mean the month or the day: a problem.
    """
    if is_blank(cell):
        return None
    if isinstance(cell, date):
        day = parse_date(cell, language, months)
        return PERIOD_AMBIGUOUS if cell.day == 1 else day.isoformat() if isinstance(day, date) else day
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(int(cell)) if EARLIEST <= cell <= LATEST and cell == int(cell) else NOT_A_PERIOD
    if not isinstance(cell, str):
        return NOT_A_PERIOD
    text = " ".join(cell.split())
    return _part_of_year(text) or _month_text(text, months) or _day_as_period(text, language, months)


def _day_as_period(text: str, language: Language, months: Mapping[str, int]) -> str | Problem:
    day = _from_text(text, language, months)
    if isinstance(day, date):
        return day.isoformat()
    return day if day in (AMBIGUOUS, TWO_DIGITS) else NOT_A_PERIOD


def _part_of_year(text: str) -> str | None:
    if re.fullmatch(r"\d{4}", text) and EARLIEST <= int(text) <= LATEST:
        return str(int(text))  # digits of other scripts too
    for pattern, letter in ((_QUARTER, "Q"), (_HALF, "H")):
        if found := pattern.fullmatch(text):
            return f"{int(found[1] or found[6]):04d}-{letter}{found[3] or found[5]}"
    for pattern, letter in ((_QUARTER_WORDS, "Q"), (_HALF_WORDS, "H")):
        if found := pattern.fullmatch(text):
            return f"{int(found[2]):04d}-{letter}{found[1]}"
    return None
