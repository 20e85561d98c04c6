"""The value types of the data dictionary: what a field may hold, its unit, and how it is stored exactly.

A field is declared once, in its record model, as ``Annotated`` type plus :func:`field`. Everything else
(Table Schemas, database columns, frame dtypes, parsers, the template's cell checks) is derived from :class:`FieldType`.

Exactness: in frames and in the database every weight, amount and rate is a whole number of its smallest unit
(``scale`` decimals: hundredths of a carat, US cents, whole francs), so that no comparison meets a binary fraction.
Record models, JSON and every report show the decimal value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class FieldType:
    """How values of one type are read, kept and shown.

    ``name``: the type's name, also in Table Schemas; ``unit``: shown to people (``""`` for none);
    ``scale``: decimals kept, for numbers (frames hold ``value × 10**scale`` as Int64); ``dtype``: of frame columns.
    """

    name: str
    dtype: str
    unit: str = ""
    scale: int | None = None


TEXT = FieldType("text", "str")
NUMBER_TEXT = FieldType("certificate", "str")  # a certificate number, normalised
PLACE = FieldType("place", "str")
COUNTRY = FieldType("country", "str")
CHOICE = FieldType("choice", "str")
MONTH = FieldType("month", "str")
PERIOD = FieldType("period", "str")
HS_CODE = FieldType("hs_code", "str")
DATE = FieldType("date", "datetime64[us]")
BOOLEAN = FieldType("boolean", "boolean")
INTEGER = FieldType("integer", "Int64", scale=0)
CARATS = FieldType("carats", "Int64", "ct", 2)
USD = FieldType("usd", "Int64", "USD", 2)
XAF = FieldType("xaf", "Int64", "XAF", 0)
AMOUNT = FieldType("amount", "Int64", "", 2)  # a published figure, its unit stated in its own column
RATE = FieldType("rate", "Int64", "XAF", 6)
DEGREES = FieldType("degrees", "float64", "°")

_text = StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)

Text = Annotated[str, TEXT, _text]
CertificateNumber = Annotated[str, NUMBER_TEXT, StringConstraints(min_length=1, max_length=60)]
Place = Annotated[str, PLACE, _text]
Country = Annotated[str, COUNTRY, StringConstraints(pattern=r"^[A-Z]{2}$")]
Month = Annotated[str, MONTH, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Period = Annotated[str, PERIOD, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-\d{2})?|-Q[1-4]|-H[12])?$")]
HsCode = Annotated[str, HS_CODE, StringConstraints(pattern=r"^\d{4,10}$")]
Day = Annotated[date, DATE]
Flag = Annotated[bool, BOOLEAN]
Count = Annotated[int, INTEGER, Field(ge=0, le=10**9)]
Carats = Annotated[Decimal, CARATS, Field(gt=0, le=10**9, decimal_places=2, allow_inf_nan=False)]
CaratsOrNil = Annotated[Decimal, CARATS, Field(ge=0, le=10**9, decimal_places=2, allow_inf_nan=False)]
Usd = Annotated[Decimal, USD, Field(ge=0, le=10**12, decimal_places=2, allow_inf_nan=False)]
Xaf = Annotated[Decimal, XAF, Field(ge=0, le=10**14, decimal_places=0, allow_inf_nan=False)]
Amount = Annotated[Decimal, AMOUNT, Field(ge=0, le=10**15, decimal_places=2, allow_inf_nan=False)]
Rate = Annotated[Decimal, RATE, Field(gt=0, le=10**9, decimal_places=6, allow_inf_nan=False)]
Longitude = Annotated[float, DEGREES, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, DEGREES, Field(ge=-90, le=90, allow_inf_nan=False)]


def field(en: str, fr: str, **constraints: Any) -> Any:
    """A field that may be null, with its description in both languages."""
    return Field(default=None, description=en, json_schema_extra={"description_fr": fr}, **constraints)


def key(en: str, fr: str, **constraints: Any) -> Any:
    """A key field: without it a row forms no record (semantics.md 1)."""
    return Field(description=en, json_schema_extra={"description_fr": fr}, **constraints)


def field_type(info: FieldInfo) -> FieldType:
    """The :class:`FieldType` of a model field. Fails on a field declared without one."""
    found = [m for m in _metadata(info) if isinstance(m, FieldType)]
    if len(found) != 1:
        raise TypeError(f"a record field needs exactly one FieldType, got {found} for {info!r}")
    return found[0]


def bounds(info: FieldInfo) -> dict[str, Any]:
    """The numeric and text limits declared on a field: ge, gt, le, max_length, pattern... (plain values)."""
    limits: dict[str, Any] = {}
    for meta in _metadata(info):
        nested = meta.metadata if isinstance(meta, FieldInfo) else [meta]
        for item in nested:
            for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "decimal_places"):
                value = getattr(item, name, None)
                if value is not None:
                    limits[name] = value
    return limits


def _metadata(info: FieldInfo) -> list[Any]:
    found = list(info.metadata)
    for option in getattr(info.annotation, "__args__", ()):  # the Annotated part of `Carats | None`
        found += list(getattr(option, "__metadata__", ()))
    return found


_NOT_IN_A_NUMBER = re.compile(r"[\s\-‐‑–—./_]+")
_NUMBER_SIGN = re.compile(r"^(?:N[°ºO])*")


def normalise_certificate(text: str) -> str:
    """``" n° cf 001-234"`` → ``"CF001234"``: upper case, no spaces or separators, no number sign."""
    compact = _NOT_IN_A_NUMBER.sub("", text.strip().upper())
    return _NUMBER_SIGN.sub("", compact)
