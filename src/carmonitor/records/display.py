"""Frames for people: whole counts of the smallest unit become decimals, days become ISO text, nulls stay empty."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from carmonitor.records import KINDS
from carmonitor.records.fields import FieldType


def for_people(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The fields of a kind's frame as exact text (object columns; None where null). Lineage columns are left out."""
    types = KINDS[kind].field_types()
    return pd.DataFrame(
        {
            name: pd.Series([show(value) for value in frame[name]], frame.index, dtype="object")
            for name, show in ((name, _show(t)) for name, t in types.items())
            if name in frame
        }
    )


def _show(value_type: FieldType) -> Any:
    def show(value: Any) -> str | None:
        if pd.isna(value):
            return None
        if value_type.scale is not None:
            return str(Decimal(int(value)).scaleb(-value_type.scale))
        if value_type.name == "date":
            return str(value.date().isoformat())
        return str(value)

    return show
