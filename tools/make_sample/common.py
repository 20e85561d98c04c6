"""Small things every part of the generator uses: verbatim cells, places to write to, months."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
SEED = 20210131

Row = dict[str, Any]
Tables = dict[str, list[Row]]  # kind → rows; values: Decimal (ct, USD), int (XAF, counts), date, bool, str, None


class Raw(str):
    """A cell written exactly as it stands, however wrong it is."""

    __slots__ = ()


def ct(hundredths: int) -> Decimal:
    """Hundredths of a carat (or US cents) as the decimal people write."""
    return Decimal(hundredths).scaleb(-2)


def hundredths(value: Decimal) -> int:
    """The reverse of :func:`ct`. Fails on finer values."""
    whole = value.scaleb(2)
    if whole != whole.to_integral_value():
        raise ValueError(f"{value} is finer than a hundredth")
    return int(whole)


def month_of(day: date, first: str = "2021-01") -> str:
    """The return a paper of this day is sent with: its own month, papers before the sample with its first month."""
    return max(f"{day:%Y-%m}", first)


def add_months(day: date, months: int) -> date:
    """The same day some calendar months later, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days(count: int) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def write(path: Path, content: bytes | str) -> None:
    """Write a file, making its folders. Text becomes UTF-8 without a mark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
