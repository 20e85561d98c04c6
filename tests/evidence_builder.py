"""Evidence made by hand: records as plain Python values, one call per situation a test describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from carmonitor.records import KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, empty_frame
from carmonitor.records.fields import PLACE, FieldType

RETURN = "SPPK@2021-03"
Records = Sequence[Mapping[str, Any]]


def evidence(
    as_of: str = "2021-07-31",
    *,
    supplied: Mapping[Any, Sequence[str] | None] | None = None,
    known_keys: Iterable[tuple[Any, ...]] = (),
    unreadable: Mapping[Any, int] | None = None,
    received: Mapping[str, str] | None = None,
    monitoring_from: str | None = None,
    expected_senders: tuple[str, ...] = (),
    history: bool = True,
    **kinds: Records,
) -> Evidence:
    """What was known at the end of ``as_of``.

    ``kinds``: kind → records, as ``shipment=[{"certificate_number": "CF1", "carats": "10.50"}]``; an empty list is a
    sheet without rows, a kind that is not named was not supplied. A record may name its ``return_id`` (default
    ``SPPK@2021-03``), and ``<place>_resolved`` where it is not the text as written (None = unknown place).
    ``supplied``: kind, or (kind, return_id) → the columns its sheet has; None = that sheet was never supplied. All
    columns of the kind by default. ``known_keys``: (kind, field, value[, return_id]) readable in quarantined rows, or
    (kind, {field: value, …}[, return_id]) for several keys of one row.
    ``unreadable``: kind, or (kind, return_id) → how many further rows are in quarantine, without a readable key.
    ``received``: return_id → the day it arrived (default: the 10th of the month that follows).
    """
    rows = [_held_back(*key) for key in known_keys]
    lost = {n if isinstance(n, tuple) else (n, RETURN): count for n, count in (unreadable or {}).items()}
    sheets = _sheets(kinds, dict(supplied or {}), [*((kind, home) for kind, home, _ in rows), *lost])
    ids = {sheet: number for number, sheet in enumerate(sheets, start=101)}
    frames = {kind: _frame(kind, kinds.get(kind, ()), ids) for kind in KINDS}
    quarantined = [
        (kind, name, value, (ids[kind, home] << 32) + row)
        for row, (kind, home, keys) in enumerate(rows, start=900)
        for name, value in keys.items()
    ]
    return Evidence(
        as_of=date.fromisoformat(as_of),
        frames=frames,
        sources=_sources(
            sheets, ids, dict(received or {}), Counter([(kind, home) for kind, home, _ in rows]) + Counter(lost)
        ),
        known_keys=pd.DataFrame(quarantined, columns=KNOWN_KEY_COLUMNS),
        monitoring_from=date.fromisoformat(monitoring_from) if monitoring_from else None,
        expected_senders=expected_senders,
        history=history,
    )


def _held_back(kind: str, keys: Any, *more: str) -> tuple[str, str, dict[str, str]]:
    """A quarantined row: its kind, its return and the keys that could be read in it."""
    if isinstance(keys, str):
        keys, more = {keys: more[0]}, more[1:]
    return kind, more[0] if more else RETURN, keys


def _sheets(
    kinds: Mapping[str, Records], supplied: dict[Any, Sequence[str] | None], refused: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Sequence[str]]:
    """(kind, return_id) → supplied columns, in the order of arrival."""
    found: dict[tuple[str, str], Sequence[str]] = {}
    for kind, records in kinds.items():
        for home in dict.fromkeys([r.get("return_id", RETURN) for r in records] or [RETURN]):
            found[kind, home] = tuple(KINDS[kind].model_fields)
    for kind, home in refused:
        found.setdefault((kind, home), tuple(KINDS[kind].model_fields))
    for name, columns in supplied.items():
        everywhere = [sheet for sheet in found if sheet[0] == name] or [(name, RETURN)]
        for sheet in [name] if isinstance(name, tuple) else everywhere:
            if columns is None:
                found.pop(sheet, None)
            else:
                found[sheet] = columns
    return found


def _sources(
    sheets: Mapping[tuple[str, str], Sequence[str]],
    ids: Mapping[tuple[str, str], int],
    received: Mapping[str, str],
    quarantined: Mapping[tuple[str, str], int],
) -> pd.DataFrame:
    rows = []
    for (kind, home), columns in sheets.items():
        sender, _, period = home.rpartition("@")
        month = period if len(period) == 7 else None
        default = pd.Timestamp(month) + pd.DateOffset(months=1, days=9) if month else pd.Timestamp("2000-01-01")
        day = pd.Timestamp(received[home]) if home in received else default
        held_back = quarantined.get((kind, home), 0)
        sheet = [f"{kind}.csv", "", tuple(columns), held_back]
        rows.append([f"S-{home}", ids[kind, home], sender, month, home, day, kind, *sheet])
    sources = pd.DataFrame(rows, columns=SOURCE_COLUMNS, index=pd.Index([ids[s] for s in sheets], name="source_id"))
    sources = sources.astype({"received_on": "datetime64[us]", "seq": "int64", "quarantined": "int64"})
    return sources.assign(first_received_on=sources["received_on"])


@cache
def _nothing_of(kind: str) -> pd.DataFrame:
    places = [name for name, value_type in KINDS[kind].field_types().items() if value_type is PLACE]
    return empty_frame(kind).assign(**{f"{name}_resolved": pd.Series([], dtype="str") for name in places})


def _frame(kind: str, records: Records, ids: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    if not records:
        return _nothing_of(kind)
    types = KINDS[kind].field_types()
    places = [name for name, value_type in types.items() if value_type is PLACE]
    beside = {"return_id", *(f"{name}_resolved" for name in places)}
    rows = []
    for number, record in enumerate(records, start=2):
        home = record.get("return_id", RETURN)
        model = KINDS[kind].model_validate({k: v for k, v in record.items() if k not in beside})
        row = {name: _stored(getattr(model, name), value_type) for name, value_type in types.items()}
        row["ref"] = (ids.get((kind, home), 0) << 32) + number
        row["return_id"] = home
        for name in places:
            row[f"{name}_resolved"] = record.get(f"{name}_resolved", getattr(model, name))
        rows.append(row)
    dtypes = {name: t.dtype for name, t in types.items()} | {"ref": "int64", "return_id": "str"}
    dtypes |= {f"{name}_resolved": "str" for name in places}
    frame = pd.DataFrame(rows, columns=list(dtypes), dtype="object")
    return pd.DataFrame({name: pd.Series(frame[name].tolist(), dtype=dtype) for name, dtype in dtypes.items()})


def _stored(value: Any, value_type: FieldType) -> Any:
    if value is None:
        return None
    if value_type.scale is not None:
        scaled = Decimal(value).scaleb(value_type.scale)
        assert scaled == int(scaled), f"{value} has more than {value_type.scale} decimals"
        return int(scaled)
    return pd.Timestamp(value) if isinstance(value, date) else value
