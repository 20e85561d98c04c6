"""One value as a sender would type it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tools.make_sample import labels
from tools.make_sample.common import Raw, Row

CODED = ("status", "kind", "subject_kind", "outcome")  # fields whose codes have French names


def plain(value: Any) -> str:
    """As in an English CSV: ISO dates, decimal points, codes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def french(value: Any, field: str = "") -> str:
    """As typed by hand in French: 03/02/2021, 1 234,50, délivré, Belgique."""
    if value is None or isinstance(value, Raw):
        return value or ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal) or field in ("price_xaf", "levy_xaf"):
        text = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
        return text.replace(",", " ").replace(".", ",")
    names = labels.COUNTRIES if field.endswith("_country") else labels.VALUES if field in CODED else {}
    return names.get(str(value), str(value))


def csv_text(rows: Sequence[Row], columns: Sequence[str], *, delimiter: str = ",", lang: str = "en") -> str:
    """A CSV with a header line. ``lang`` chooses headings and the way values are typed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    return _fill(writer, out, rows, columns, lang)


def _fill(writer: Any, out: io.StringIO, rows: Sequence[Row], columns: Sequence[str], lang: str, kind: str = "") -> str:
    writer.writerow([_heading(c, lang, kind) for c in columns])
    for row in rows:
        writer.writerow([french(row.get(c), c) if lang == "fr" else plain(row.get(c)) for c in columns])
    return out.getvalue()


def french_csv(kind: str, rows: Sequence[Row], columns: Sequence[str] | None = None) -> str:
    """A semicolon CSV with French headings."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    return _fill(writer, out, rows, columns or list(labels.FRENCH[kind]), "fr", kind)


def _heading(column: str, lang: str, kind: str) -> str:
    return labels.FRENCH[kind][column] if lang == "fr" else labels.english(column)
