"""Volumes by month: what actors dug, bought, sold and exported, and what zones gave.

Weights and money are sums of what the rows in force state, in the smallest unit (int); rows that state none are
counted beside them, never taken for nothing. The month is that of the day on the row, ``""`` where it states none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.dossier.sheets.standing import Standing
from carmonitor.store import lookup
from carmonitor.store.totals import load_totals, save_totals

MANY = 5_000
"""Slips of one actor from which on they are added up by the database, and once for all readers of a run."""
PARTNERS = 10


@dataclass(frozen=True)
class Month:
    """A month's rows. ``carats``: hundredths; ``value``: XAF of purchases, US cents of exports, 0 where there is none;
    ``carats_blank``, ``value_blank``: how many rows state none."""

    month: str
    rows: int
    carats: int
    carats_blank: int = 0
    value: int = 0
    value_blank: int = 0


@dataclass(frozen=True)
class Partner:
    """Whom an actor dealt with: over how many slips, and how much."""

    actor_id: str
    rows: int
    carats: int
    value: int


@dataclass(frozen=True)
class Trade:
    """What an actor did by month; ``suppliers``, ``customers``: the PARTNERS heaviest, with how many there are."""

    dug: tuple[Month, ...] = ()
    bought: tuple[Month, ...] = ()
    sold: tuple[Month, ...] = ()
    exported: tuple[Month, ...] = ()
    suppliers: tuple[Partner, ...] = ()
    customers: tuple[Partner, ...] = ()
    suppliers_count: int = 0
    customers_count: int = 0


@dataclass(frozen=True)
class Output:
    """What a zone gave by month: dug; bought: first sales by the origin on the slip; exported: what parcels of issued
    certificates took straight from slips of this origin, by the month of issue."""

    dug: tuple[Month, ...] = ()
    bought: tuple[Month, ...] = ()
    exported: tuple[Month, ...] = ()


Row = Mapping[str, Any]


def by_month(rows: Iterable[Row], day: str, value: str | None = None) -> tuple[Month, ...]:
    """Rows as plain values, added up by the month of a day (ISO text or None), in order of months."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows:
        sums = found[(row[day] or "")[:7]]
        money = row[value] if value else 0
        sums[0] += 1
        sums[1] += row["carats"] or 0
        sums[2] += row["carats"] is None
        sums[3] += money or 0
        sums[4] += money is None
    return tuple(Month(month, *sums) for month, sums in sorted(found.items()))


def partners(rows: Iterable[Row], who: str, value: str) -> tuple[tuple[Partner, ...], int]:
    """The heaviest counterparties of rows, and how many there are; rows that name none are left out."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        if row[who] is not None:
            sums = found[row[who]]
            sums[0] += 1
            sums[1] += row["carats"] or 0
            sums[2] += row[value] or 0
    return _heaviest(Partner(name, *sums) for name, sums in found.items())


def _heaviest(found: Iterable[Partner]) -> tuple[tuple[Partner, ...], int]:
    every = sorted(found, key=lambda p: (-p.carats, p.actor_id))
    return tuple(every[:PARTNERS]), len(every)


# Actors


def trades_of(standing: Standing, actors: Collection[str]) -> dict[str, Trade]:
    """Actor → what it did. Every actor asked for is there, one without rows with an empty Trade."""
    kept = {name: _trade(stored) for name, stored in _kept(standing, "actor", actors).items()}
    rest = set(actors) - set(kept)
    large = {name for side in _SIDES for name, n in _counts(standing, side, rest).items() if n > MANY}
    found = {name: _large(standing, name) for name in sorted(large)}
    return {**kept, **found, **_small(standing, rest - large)}


_SIDES = ("buyer_id", "seller_id")
_OF_SLIP = ("buyer_id", "seller_id", "purchase_date", "carats", "price_xaf")


def _counts(standing: Standing, side: str, actors: Collection[str]) -> dict[str, int]:
    return lookup.counts(standing.connection, "purchase", side, actors) if actors else {}


def _small(standing: Standing, actors: Collection[str]) -> dict[str, Trade]:
    bought = _grouped(standing.plain("purchase", "buyer_id", actors, _OF_SLIP), "buyer_id")
    sold = _grouped(standing.plain("purchase", "seller_id", actors, _OF_SLIP), "seller_id")
    other = _dug_and_exported(standing, actors)
    return {
        name: _of_rows(
            by_month(bought[name], "purchase_date", "price_xaf"), by_month(sold[name], "purchase_date", "price_xaf"),
            partners(bought[name], "seller_id", "price_xaf"), partners(sold[name], "buyer_id", "price_xaf"),
            *other(name),
        )
        for name in actors
    }  # fmt: skip


def _large(standing: Standing, actor: str) -> Trade:
    """The same for an actor with very many slips: the database adds them up."""
    sides = []
    for side, other in (_SIDES, _SIDES[::-1]):
        sums = lookup.month_totals(
            standing.connection, "purchase", day="purchase_date", by=[other], sums=["carats", "price_xaf"],
            source_ids=standing.of_kind("purchase").index, of=(side, actor),
        )  # fmt: skip
        with_whom = sums.groupby(other, as_index=False)[["rows", "carats", "price_xaf"]].sum()
        every = [Partner(str(n), int(r), int(c), int(v)) for n, r, c, v in with_whom.itertuples(index=False, name=None)]
        sides.append((_months(sums, "price_xaf"), _heaviest(every)))
    (bought, suppliers), (sold, customers) = sides
    return _of_rows(bought, sold, suppliers, customers, *_dug_and_exported(standing, {actor})(actor))


def _of_rows(
    bought: tuple[Month, ...],
    sold: tuple[Month, ...],
    suppliers: tuple[tuple[Partner, ...], int],
    customers: tuple[tuple[Partner, ...], int],
    dug: tuple[Month, ...],
    exported: tuple[Month, ...],
) -> Trade:
    return Trade(dug, bought, sold, exported, suppliers[0], customers[0], suppliers[1], customers[1])


def _dug_and_exported(
    standing: Standing, actors: Collection[str]
) -> Callable[[str], tuple[tuple[Month, ...], tuple[Month, ...]]]:
    dug = _grouped(standing.plain("production", "miner_id", actors, ["miner_id", "produced_on", "carats"]), "miner_id")
    names = ["exporter_id", "issue_date", "carats", "value_usd", "status"]
    sent = [
        row for row in standing.plain("shipment", "exporter_id", actors, names) if row["status"] in (None, "issued")
    ]
    exported = _grouped(sent, "exporter_id")
    return lambda name: (by_month(dug[name], "produced_on"), by_month(exported[name], "issue_date", "value_usd"))


def _grouped(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def _months(sums: pd.DataFrame, value: str | None = None) -> tuple[Month, ...]:
    names = ["rows", "carats", "carats_blank", *([value, f"{value}_blank"] if value else [])]
    added = sums.assign(month=sums["month"].fillna("")).groupby("month")[names].sum()
    return tuple(Month(str(month), *map(int, row)) for month, *row in added.itertuples(name=None))


# Zones


def outputs_of(standing: Standing) -> dict[str, Output]:
    """Sub-prefecture (pre-2021 name) → what it gave. Rows whose place is blank or unknown are of no zone."""
    kept = _kept(standing, "zone", None)
    return {name: _output(stored) for name, stored in kept.items()} if kept else _outputs(standing)


def _outputs(standing: Standing) -> dict[str, Output]:
    sums = {
        "dug": _by_place(standing, "production", "produced_on", "subprefecture", ["carats"]),
        "bought": _by_place(standing, "purchase", "purchase_date", "origin_subprefecture", ["carats", "price_xaf"]),
        "exported": _exported(standing),
    }
    value = {"dug": None, "bought": "price_xaf", "exported": None}
    zones = sorted({str(zone) for frame in sums.values() for zone in frame["zone"].dropna()})
    return {
        zone: Output(**{what: _months(frame[frame["zone"] == zone], value[what]) for what, frame in sums.items()})
        for zone in zones
    }


def _by_place(standing: Standing, kind: str, day: str, place: str, sums: Sequence[str]) -> pd.DataFrame:
    ids = standing.of_kind(kind).index
    found = lookup.month_totals(
        standing.connection, kind, day=day, by=[place], sums=sums, source_ids=ids, first_sales=kind == "purchase"
    )
    return found.assign(zone=_zones(standing, found[place]))


def _exported(standing: Standing) -> pd.DataFrame:
    links, slips = standing.of_kind("parcel_source").index, standing.of_kind("purchase").index
    found = lookup.export_origins(standing.connection, links, slips)
    names = ["certificate_number", "issue_date", "status"]
    rows = standing.plain("shipment", "certificate_number", set(found["certificate_number"]), names)
    issued = {r["certificate_number"]: (r["issue_date"] or "")[:7] for r in rows if r["status"] in (None, "issued")}
    found = found[found["certificate_number"].isin(list(issued))]
    return found.assign(month=found["certificate_number"].map(issued), zone=_zones(standing, found["origin"]))


def _zones(standing: Standing, places: pd.Series) -> pd.Series:
    return standing.gazetteer.subprefectures(standing.gazetteer.resolve(places))


# What is kept of a run


def remember(connection: sa.Connection, standing: Standing) -> None:
    """Keep the totals of zones and of actors with very many slips as of the standing's run.

    ``connection``: a writing transaction. They only save time: whoever finds none adds up the rows.
    """
    sides = (lookup.counts(standing.connection, "purchase", side) for side in _SIDES)
    large = {name for side in sides for name, n in side.items() if n > MANY}
    run_id = standing.run.run_id
    save_totals(connection, run_id, "zone", {name: asdict(output) for name, output in _outputs(standing).items()})
    save_totals(connection, run_id, "actor", {name: asdict(_large(standing, name)) for name in sorted(large)})


def _kept(standing: Standing, kind: str, ids: Collection[str] | None) -> dict[str, Any]:
    return load_totals(standing.connection, standing.run.run_id, kind, ids)


def _trade(stored: Row) -> Trade:
    dug, bought, sold, exported = (_stored_months(stored[name]) for name in ("dug", "bought", "sold", "exported"))
    suppliers, customers = (tuple(Partner(**p) for p in stored[name]) for name in ("suppliers", "customers"))
    counts = stored["suppliers_count"], stored["customers_count"]
    return Trade(dug, bought, sold, exported, suppliers, customers, *counts)


def _output(stored: Row) -> Output:
    return Output(**{name: _stored_months(stored[name]) for name in ("dug", "bought", "exported")})


def _stored_months(stored: Iterable[Row]) -> tuple[Month, ...]:
    return tuple(Month(**month) for month in stored)
