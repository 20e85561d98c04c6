"""Records asked for by a number or a place, for readers: only the rows that hold them, never a whole kind.

What is found may stand in any sheet, also in one that is no longer in force; the caller chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.records import KINDS
from carmonitor.records.evidence import unpack
from carmonitor.store import tables as t
from carmonitor.store.records import literal, read_where

_AT_ONCE = 800  # values named in one query


def rows_by(connection: sa.Connection, kind: str, field: str, values: Iterable[str]) -> pd.DataFrame:
    """The records of a kind whose text field is one of these values: the kind's fields and ``ref``.

    Quick where the field has an index (:data:`carmonitor.store.tables.ASKED_BY`), else the kind is read through.
    """
    if KINDS[kind].field_types()[field].dtype != "str":
        raise ValueError(f"found {kind}.{field}, which is no text; expected a field of numbers or names")
    wanted = sorted({value for value in values if value and "\x00" not in value})  # no record holds a NUL
    name = connection.dialect.identifier_preparer.quote(field)
    named = [", ".join(literal(value) for value in part) for part in _parts(wanted)]
    return read_where(connection, kind, [f"{name} IN ({part})" for part in named])


def plain_rows(
    connection: sa.Connection, kind: str, field: str, values: Iterable[str] | None, names: Sequence[str]
) -> list[dict[str, Any]]:
    """As :func:`rows_by`, but only some fields, as plain values: ``source_id``, ``row``, then ``names``. By place.

    Weights and money are int in their smallest unit, days ISO text, nulls None. For a few rows this takes a tenth of
    the time of a frame. ``values`` None: every row.
    """
    quote = connection.dialect.identifier_preparer.quote
    heads = ["source_id", "row", *names]
    days = {name for name in names if KINDS[kind].field_types()[name].name == "date"}
    shown = ", ".join(f"CAST({quote(n)} AS TEXT)" if n in days else quote(n) for n in heads)
    query = f"SELECT {shown} FROM {quote(t.RECORDS[kind].name)}"
    conditions = [""]
    if values is not None:
        wanted = sorted({value for value in values if value and "\x00" not in value})
        named = [", ".join(literal(value) for value in part) for part in _parts(wanted)]
        conditions = [f" WHERE {quote(field)} IN ({part})" for part in named]
    driver: Any = connection.connection.driver_connection
    found = [row for condition in conditions for row in driver.execute(query + condition).fetchall()]
    return [dict(zip(heads, row, strict=True)) for row in sorted(found, key=lambda row: (row[0], row[1]))]


def parcel_sizes(connection: sa.Connection, parcels: Iterable[str]) -> list[tuple[int, str, str, int | None]]:
    """Size profiles of parcels (``certificate/number``): source_id, parcel, size class, carats in hundredths."""
    quote = connection.dialect.identifier_preparer.quote
    query = f"SELECT source_id, subject_id, size_class, carats FROM {quote(t.RECORDS['assortment'].name)}"
    named = [", ".join(literal(parcel) for parcel in part) for part in _parts(sorted(set(parcels)))]
    driver: Any = connection.connection.driver_connection
    of_parcels = f"{query} WHERE subject_kind = 'parcel' AND subject_id IN"
    return [tuple(row) for part in named for row in driver.execute(f"{of_parcels} ({part})").fetchall()]


def prices_between(
    connection: sa.Connection, first: date, before: date, stones_from: int, stones_below: int | None
) -> list[tuple[int, str | None, str | None, str, int, int]]:
    """Slips of a span whose stones weigh so much on average (hundredths): source_id, buyer, origin, slip, carats, XAF.

    Only those with a price. The slips are read through: half a second of a million.
    """
    c = t.RECORDS["purchase"].c
    query = sa.select(c.source_id, c.buyer_id, c.origin_subprefecture, c.slip_number, c.carats, c.price_xaf).where(
        c.purchase_date >= first,
        c.purchase_date < before,
        c.stones > 0,
        c.price_xaf > 0,
        c.carats >= stones_from * c.stones,
    )
    if stones_below is not None:
        query = query.where(c.carats < stones_below * c.stones)
    return [tuple(row) for row in connection.execute(query)]


def rows_at(connection: sa.Connection, kind: str, refs: Iterable[int]) -> pd.DataFrame:
    """The records of a kind that stand at these places (packed source and row); order and gaps are the caller's."""
    row = connection.dialect.identifier_preparer.quote("row")
    numbers: dict[int, list[int]] = {}
    for source_id, number in sorted(unpack(int(ref)) for ref in set(refs)):
        numbers.setdefault(source_id, []).append(number)
    named = [(source_id, part) for source_id, of_it in numbers.items() for part in _parts(of_it)]
    conditions = [f"source_id = {source_id} AND {row} IN ({', '.join(map(str, part))})" for source_id, part in named]
    return read_where(connection, kind, conditions)


def _parts(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]


def month_totals(
    connection: sa.Connection,
    kind: str,
    *,
    day: str,
    by: Sequence[str],
    sums: Sequence[str],
    source_ids: Collection[int],
    of: tuple[str, str] | None = None,
    first_sales: bool = False,
) -> pd.DataFrame:
    """Sums by month of a day's field and by fields, over the rows of these sheets.

    ``of``: only rows whose field has this value; ``first_sales``: of slips, only those of which no sheet at all says
    what they were made of. Columns: ``by``; ``month`` (YYYY-MM; null where the day is blank);
    ``rows``; of each of ``sums`` the sum of what is stated (int, smallest unit; 0 of nothing) and ``<name>_blank``,
    how many rows state nothing.
    """
    c = t.RECORDS[kind].c
    month = sa.func.substr(sa.cast(c[day], sa.Text), 1, 7).label("month")
    groups = [*(c[name] for name in by), month]
    added = [(sa.func.sum(c[name]).label(name), sa.func.count(c[name]).label(f"{name}_stated")) for name in sums]
    query = sa.select(*groups, sa.func.count().label("rows"), *(column for pair in added for column in pair))
    query = query.where(c.source_id.in_([int(i) for i in source_ids])).group_by(*groups)
    if of is not None:
        query = query.where(c[of[0]] == of[1])
    if first_sales:
        made_of = t.RECORDS["purchase_source"].c
        query = query.where(~sa.exists().where(made_of.slip_number == c.slip_number))
    rows = [tuple(row) for row in connection.execute(query)]
    heads = [*by, "month", "rows", *(name for pair in sums for name in (pair, f"{pair}_stated"))]
    found = pd.DataFrame(rows, columns=heads).astype({**dict.fromkeys([*by, "month"], "str"), "rows": "int64"})
    for name in sums:
        found[name] = (
            found[name].map(lambda value: 0 if value is None or pd.isna(value) else int(value)).astype("int64")
        )
        found[f"{name}_blank"] = found["rows"] - found.pop(f"{name}_stated").astype("int64")
    return found


def any_naming(connection: sa.Connection, kind: str, field: str, text: str) -> bool:
    """Whether any row of a kind, in whatever sheet, has this text in a field."""
    column = t.RECORDS[kind].c[field]
    query = sa.select(sa.literal(1)).where(column.contains(text, autoescape=True)).limit(1)
    return connection.execute(query).first() is not None


def in_quarantine(
    connection: sa.Connection, kind: str, field: str, values: Iterable[str], source_ids: Iterable[int]
) -> set[str]:
    """Those of the values of a key field that could be read in quarantined rows of these sheets."""
    wanted = set(values)
    if not wanted:
        return set()
    k, ids = t.known_key.c, {int(i) for i in source_ids}
    query = sa.select(k.value, k.source_id).where(k.kind == kind, k.field == field)
    return {value for value, source_id in connection.execute(query) if value in wanted and source_id in ids}


def counts(connection: sa.Connection, kind: str, field: str, values: Collection[str] | None = None) -> dict[str, int]:
    """How many rows hold each value of an indexed field, in whatever sheet; of these values, or of all."""
    column = t.RECORDS[kind].c[field]
    query = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    if values is None:
        return {value: int(n) for value, n in connection.execute(query)}
    parts = _parts(sorted(value for value in values if "\x00" not in value))
    return {value: int(n) for part in parts for value, n in connection.execute(query.where(column.in_(part)))}


def _others(connection: sa.Connection, kind: str, source_ids: Iterable[int]) -> set[int]:
    """The stored sheets of a kind but these: fewer, as a rule, and so quicker to leave out than the rest to look in."""
    s = t.source.c
    return set(connection.execute(sa.select(s.source_id).where(s.kind == kind)).scalars()) - {
        int(i) for i in source_ids
    }


def _unless_in(column: sa.ColumnElement[int], ids: Collection[int]) -> sa.ColumnElement[bool]:
    return column.not_in(sorted(ids)) if ids else sa.true()


def export_origins(connection: sa.Connection, link_ids: Collection[int], purchase_ids: Collection[int]) -> pd.DataFrame:
    """Weights that parcels took from slips, by certificate and the origin written on the slip (null: not held, blank).

    Of several records of a slip the first counts. Columns: certificate_number, origin, rows, carats, carats_blank.
    """
    link, slip = t.RECORDS["parcel_source"].c, t.RECORDS["purchase"].c
    hidden = _others(connection, "purchase", purchase_ids)
    first = (
        sa.select(slip.origin_subprefecture)
        .where(slip.slip_number == link.slip_number, _unless_in(slip.source_id, hidden))
        .order_by(slip.source_id, slip.row)
        .limit(1)
        .scalar_subquery()
        .label("origin")
    )
    rows = sa.select(link.certificate_number, first, link.carats).where(link.source_id.in_([int(i) for i in link_ids]))
    each = rows.subquery()
    sums = (sa.func.count(), sa.func.sum(each.c.carats), sa.func.count(each.c.carats))
    query = sa.select(each.c.certificate_number, each.c.origin, *sums).group_by(
        each.c.certificate_number, each.c.origin
    )
    found = [(c, o, int(n), int(w or 0), int(n) - int(known)) for c, o, n, w, known in connection.execute(query)]
    frame = pd.DataFrame(found, columns=["certificate_number", "origin", "rows", "carats", "carats_blank"])
    whole = dict.fromkeys(["rows", "carats", "carats_blank"], "int64")
    return frame.astype({"certificate_number": "str", "origin": "str", **whole})
