"""Numbers, exactly: ``1 234,50 ct`` → 123450 hundredths of a carat.

Never through binary fractions: a float is taken by its shortest decimal text. What could be read two ways is a problem,
never a guess:

====================  =======================  ==================  ========================
text                  French file              English file        field names only
====================  =======================  ==================  ========================
``1 234,50``          1234.50                  1234.50             1234.50
``1.234,50``          1234.50                  1234.50             1234.50
``1,234.50``          1234.50                  1234.50             1234.50
``12,5``, ``12.5``    12.5                     12.5                12.5
``1,234``             1.234 (decimal comma)    1234 (thousands)    two readings: a problem
``1.234``             two readings: a problem  1.234               1.234
====================  =======================  ==================  ========================

Longitudes and latitudes have no thousands: there a lone comma or point is always the decimal sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from carmonitor.intake.cells import Cell, Language, Problem
from carmonitor.records.fields import DEGREES, FieldType

_TOLERANCE = Decimal("0.000001")  # semantics.md 5
_LONGEST = 60  # no number needs more characters; keeps odd texts from costing time
_GROUP_SPACES = "\u00a0\u202f\u2009\u2007 '’"
_SPACED = re.compile(r"[1-9]\d{0,2}(?:([" + _GROUP_SPACES + r"])\d{3})(?:\1\d{3})*(?=$|[.,])")
_PLAIN = re.compile(r"\d+(?:([.,])(\d+))?")
_COMMAS_POINT = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+\.\d+")
_POINTS_COMMA = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+")
_MANY_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})+")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")

_UNITS = {  # behind (or before) a number, casefolded, without spaces and full stops
    "carats": {"ct", "cts", "carat", "carats"},
    "usd": {"usd", "$", "us$", "$us", "dollars", "dollar"},
    "xaf": {"xaf", "fcfa", "cfa", "f", "francscfa", "francs"},
    "rate": {"xaf", "fcfa"},
    "degrees": {"°"},
    "amount": set(),
    "integer": set(),
}
_KNOWN_UNITS = {"g", "kg", "mg", "eur", "€", "k", "m", "%"}.union(*_UNITS.values())
_AROUND = re.compile(r"^([^\d+\-−]*?)\s*([+\-−]?\s*\d[\d.,\s'’]*?)\s*([^\d\s.,][^\d]*)?$")

NOT_A_NUMBER = Problem("not_a_number", "a number")
AMBIGUOUS = Problem("number_ambiguous", "a number that can be read one way only (is the sign thousands or decimals?)")
FINER = Problem("finer_than_hundredth", "a number with no more than two decimals")
NOT_WHOLE = Problem("not_whole", "a whole number")


def parse_number(cell: Cell, value_type: FieldType, limits: Mapping[str, Any], language: Language) -> Any:
    """A cell as a whole number of its type's smallest unit (int; float for degrees), None when blank, else a Problem.

    ``limits``: from :func:`carmonitor.records.fields.bounds`. Rates keep six decimals (half to even).
    """
    value = _decimal(cell, value_type, language)
    if value is None or isinstance(value, Problem):
        return value
    outside = _outside(value, limits)
    if value_type is DEGREES:
        return outside or float(value)
    assert value_type.scale is not None
    if value and value.adjusted() > 16:  # beyond every limit, and beyond what quantize (and abs) may hold
        return outside or NOT_A_NUMBER
    counted = value.scaleb(value_type.scale).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if abs(value - counted.scaleb(-value_type.scale)) > _TOLERANCE:
        return FINER if value_type.scale else NOT_WHOLE
    return _outside(counted.scaleb(-value_type.scale), limits) or int(counted)


def _decimal(cell: Cell, value_type: FieldType, language: Language) -> Decimal | Problem | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return NOT_A_NUMBER
    if isinstance(cell, int | Decimal):
        value = Decimal(cell)
    elif isinstance(cell, float):
        value = Decimal(repr(cell))
    elif isinstance(cell, str):
        return _from_text(cell, value_type, language)
    else:
        return NOT_A_NUMBER
    return value if value.is_finite() else NOT_A_NUMBER


def _from_text(text: str, value_type: FieldType, language: Language) -> Decimal | Problem | None:
    text = text.strip()
    if not text:
        return None
    around = _AROUND.match(text) if len(text) <= _LONGEST else None
    if not around:
        return NOT_A_NUMBER
    before, number, behind = around[1], around[2], around[3] or ""
    for unit in (before, behind):
        folded = "".join(unit.casefold().split()).replace(".", "")
        if folded and folded not in _UNITS[value_type.name]:
            wrong = Problem("wrong_unit", f"a number in {value_type.unit or 'no unit'}, or without a unit")
            return wrong if folded in _KNOWN_UNITS else NOT_A_NUMBER
    if before.strip() and behind.strip():
        return NOT_A_NUMBER
    negative = number[0] in "-−"
    digits = _digits(number.lstrip("+-−").strip(), value_type, language)
    return -digits if negative and isinstance(digits, Decimal) else digits


def _digits(number: str, value_type: FieldType, language: Language) -> Decimal | Problem:
    spaced = _SPACED.match(number)
    if spaced:
        number = re.sub("[" + _GROUP_SPACES + "]", "", spaced[0]) + number[spaced.end() :]
    if _COMMAS_POINT.fullmatch(number):
        return Decimal(number.replace(",", ""))
    if _POINTS_COMMA.fullmatch(number):
        return Decimal(number.replace(".", "").replace(",", "."))
    if _MANY_GROUPS.fullmatch(number) and not spaced:
        return Decimal(number.replace(",", "").replace(".", ""))
    if _ONE_GROUP.fullmatch(number) and not spaced and value_type is not DEGREES:
        return _one_group(number, language)
    plain = _PLAIN.fullmatch(number)
    return Decimal(number.replace(",", ".")) if plain else NOT_A_NUMBER


def _one_group(number: str, language: Language) -> Decimal | Problem:
    """``1,234`` or ``1.234``: thousands or decimals, as the language has it."""
    if "," in number:
        if language == "fr":
            return Decimal(number.replace(",", "."))
        return Decimal(number.replace(",", "")) if language == "en" else AMBIGUOUS
    return AMBIGUOUS if language == "fr" else Decimal(number)


def _outside(value: Decimal, limits: Mapping[str, Any]) -> Problem | None:
    if "gt" in limits and value <= limits["gt"]:
        return Problem("out_of_range", f"a number above {limits['gt']}")
    if "ge" in limits and value < limits["ge"]:
        return Problem("out_of_range", f"a number not below {limits['ge']}")
    if "le" in limits and value > limits["le"]:
        return Problem("out_of_range", f"a number not above {limits['le']}")
    return None
