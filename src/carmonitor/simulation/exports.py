"""Exports: lots in Bangui become parcels, and parcels travel under certificates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.journeys import SPAN
from carmonitor.simulation.people import HOUSE, of_kind
from carmonitor.simulation.work import Work

SPLIT = 0.04  # lots that go into two parcels
PAUSES_A_YEAR = 0.25  # a house that does not export for months, and then all at once
MOST_PARCELS = 4


def plan_exports(w: Work) -> None:
    """Fill ``exports`` with the days on which houses mean to export; those that come to nothing fall away later."""
    rng = w.settings.stream("exports")
    years = w.settings.months / 12
    houses = of_kind(w.actors, HOUSE, honest=False)
    weight = w.actors["weight"].to_numpy()[houses]
    wanted = p.CERTIFICATES_A_YEAR * w.settings.scale * years * (0.6 * weight / weight.sum() + 0.4 / len(houses))
    counts = np.maximum(np.rint(wanted), np.maximum(np.rint(4 * years), 1)).astype(int)
    plans = []
    for house, count in zip(houses, counts, strict=True):
        own = w.settings.stream(f"exports of {house}")
        step = (w.last - w.first + 1) / count
        day = w.first + np.floor((np.arange(count) + own.uniform(0.25, 0.98, count)) * step).astype(np.int64)
        if w.settings.noise and own.random() < PAUSES_A_YEAR * years:
            start = own.integers(w.first, w.last + 1)
            day = day[(day < start) | (day > start + own.integers(60, 110))]
        day = np.minimum(day + np.array([0, 0, 0, 0, 0, 2, 1])[(day + 3) % 7], w.last)  # weekdays
        plans.append(pd.DataFrame({"house": house, "day": np.unique(day)}))
    planned = pd.concat(plans, ignore_index=True)
    planned = planned[planned["day"] >= w.actors["since"].to_numpy()[planned["house"]] + 20]
    exports = planned.sort_values(["day", "house"], ignore_index=True)
    n = len(exports)
    shares = np.array([share for _, share in p.DESTINATIONS.values()])
    w.exports = exports.assign(
        country=rng.choice(len(shares), n, p=shares),
        parcels=1 + rng.binomial(MOST_PARCELS - 1, 0.5, n),
        value=np.exp(rng.normal(0.04, 0.03, n)),
        pattern=0,
    )


def fill_parcels(w: Work) -> None:
    """Fill ``uses`` and ``exported``: each lot in the first export of its house after it has come and been sorted."""
    rng = w.settings.stream("parcels")
    lots, house, ready = _lots(w)
    lag = rng.integers(2, 12, len(w.sales) + len(w.trips))[lots]
    half, where, next_one = (rng.random(len(w.sales) + len(w.trips))[lots] for _ in range(3))
    exports = w.exports.reset_index().sort_values(["house", "day", "index"])
    key = exports["house"].to_numpy() * SPAN + exports["day"].to_numpy() - w.first
    wanted = house * SPAN + np.maximum(ready + lag - w.first, 0)
    if not len(key) or not len(lots):
        w.uses = pd.DataFrame({c: np.zeros(0, np.int64) for c in ("export", "parcel", "lot", "weight")})
        w.exported = _stones(w).iloc[:0].assign(export=0, parcel=0)
        return
    at = np.searchsorted(key, wanted)
    out = at >= len(key)
    at = np.minimum(at, len(key) - 1)
    out |= key[at] // SPAN != house
    after = np.minimum(at + 1, len(key) - 1)
    same_house = key[after] // SPAN == house
    first, later = exports["index"].to_numpy()[at], exports["index"].to_numpy()[after]
    split = half < SPLIT
    elsewhere = split & same_house & (next_one < 0.5)
    parcels = w.exports["parcels"].to_numpy()
    place = pd.DataFrame(
        {
            "export": np.where(out, -1, first), "parcel": np.floor(where * parcels[first]).astype(int),
            "export_2": np.where(elsewhere, later, first), "split": split,
        },
        index=lots,
    )  # fmt: skip
    other = np.floor((where + 0.5) % 1 * parcels[place["export_2"]]).astype(int)
    _put(w, rng, place.assign(parcel_2=other))


def _put(w: Work, rng: np.random.Generator, place: pd.DataFrame) -> None:
    stones = _stones(w)
    known = place.reindex(stones["lot"])
    here = (known["export"] >= 0).to_numpy()
    second = (rng.random(len(stones)) < 0.5) & known["split"].eq(True).to_numpy()
    export = np.where(second, known["export_2"], known["export"])[here].astype(np.int64)
    parcel = np.where(second, known["parcel_2"], known["parcel"])[here].astype(np.int64)
    stones = stones[here].assign(export=export, parcel=parcel)
    w.uses = stones.groupby(["export", "parcel", "lot"])["weight"].sum().reset_index()
    w.exported = stones.reset_index(drop=True)


def _stones(w: Work) -> pd.DataFrame:
    """The stones of all sales and what resales added, with their lot."""
    n = len(w.sales)
    trip = w.sales["trip"].to_numpy()
    resold = (w.trips["house"].to_numpy() >= 0)[trip] & (trip >= 0) if len(w.trips) else np.zeros(n, bool)
    lot_of = np.where(resold, n + trip, np.arange(n))
    held = w.stones[w.stones["sale"] >= 0]
    return pd.DataFrame(
        {
            "lot": lot_of[held["sale"]],
            "paperless": (w.sales["line"].to_numpy() < 0)[held["sale"]],
            "weight": held["weight"].to_numpy(), "quality": held["quality"].to_numpy(),
            "east": held["east"].to_numpy(),
        }
    )  # fmt: skip


def _lots(w: Work) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lots that reach Bangui: number, the house that owns it, the day it is there."""
    n = len(w.sales)
    trip = w.sales["trip"].to_numpy()
    carried = trip >= 0
    used = np.unique(trip[carried])
    resales = used[w.trips["house"].to_numpy()[used] >= 0]
    is_resold = np.isin(trip, resales)
    direct = np.flatnonzero(carried & ~is_resold)
    on_the_spot = np.flatnonzero((w.sales["place"] == p.BANGUI).to_numpy() & ~carried)
    lots = np.concatenate([direct, on_the_spot, n + resales])
    house = np.concatenate(
        [w.sales["buyer"].to_numpy()[np.r_[direct, on_the_spot]], w.trips["house"].to_numpy()[resales]]
    )
    ready = np.concatenate(
        [
            np.maximum(w.trips["arrive"].to_numpy()[trip[direct]], w.sales["told"].to_numpy()[direct]),
            w.sales["day"].to_numpy()[on_the_spot],
            w.trips["sold_on"].to_numpy()[resales],
        ]
    )
    return lots.astype(np.int64), house.astype(np.int64), ready.astype(np.int64)


def settle(w: Work) -> None:
    """Drop exports without stones and parcels without stones; number parcels of each export from 1."""
    held = np.unique(w.exported["export"])
    number = np.full(len(w.exports), -1)
    number[held] = np.arange(len(held))
    pairs = w.exported[["export", "parcel"]].drop_duplicates().sort_values(["export", "parcel"])
    pairs["number"] = pairs.groupby("export").cumcount() + 1
    table = pairs.set_index(["export", "parcel"])["number"]
    for name in ("uses", "exported"):
        frame = getattr(w, name)
        fresh = table.reindex(pd.MultiIndex.from_frame(frame[["export", "parcel"]])).to_numpy()
        setattr(w, name, frame.assign(parcel=fresh, export=number[frame["export"]]))
    w.exports = w.exports.iloc[held].reset_index(drop=True)
    w.exports["parcels"] = pairs.groupby("export")["number"].max().to_numpy()
