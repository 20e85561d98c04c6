"""The words, numbers and days of drawings in English and French."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.dossier.typography import typeset
from carmonitor.records.yamltext import parse_yaml

Number = Decimal | float | int


def say(key: str, lang: str, **values: object) -> str:
    """A text of ``texts.yaml`` with its values filled in. Raises KeyError for an unknown text or a value not given."""
    return typeset(_texts()[key][lang].format_map(values), lang)


def count(key: str, number: int, lang: str, **values: object) -> str:
    """A text that goes by a number: ``key_one`` or ``key``; French says one for none as well."""
    single = abs(number) == 1 or (lang == "fr" and number == 0)
    return say(f"{key}_one" if single else key, lang, n=figure(number, lang), **values)


def figure(value: Number, lang: str, digits: int = 0) -> str:
    """A number for people: ``1,234.50``, in French ``1 234,50`` with narrow protected spaces. Half to even."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    text = f"{exact:,}".replace("-", "\u2212")
    return text.replace(",", "\u202f").replace(".", ",") if lang == "fr" else text


DIGITS = {"ct": 2, "USD_per_ct": 2}
"""Unit → decimals; none for other units."""


def amount(value: Number, unit: str, lang: str) -> str:
    """A weight or money with its unit, one of ``unit_…`` of the texts, to as many decimals as ``DIGITS`` says."""
    return f"{figure(value, lang, DIGITS.get(unit, 0))}\u00a0{say(f'unit_{unit}', lang)}"


def day(value: date, lang: str) -> str:
    """A day: ``2021-03-05``, in French ``05/03/2021``."""
    return value.strftime("%d/%m/%Y") if lang == "fr" else value.isoformat()


def month(value: str, lang: str) -> str:
    """A month ``YYYY-MM``: as it is, in French ``03/2021``."""
    return f"{value[5:7]}/{value[:4]}" if lang == "fr" else value


def listed(items: Iterable[str], lang: str) -> str:
    """``a, b and c``."""
    *first, last = items
    return f"{', '.join(first)} {say('and', lang)} {last}" if first else last


@cache
def _texts() -> dict[str, Any]:
    path = files("carmonitor.dossier.pictures") / "texts.yaml"
    loaded: dict[str, Any] = parse_yaml(path.read_text(encoding="utf-8"))
    return loaded
