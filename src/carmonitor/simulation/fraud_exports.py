"""Fraud in parcels and certificates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.exports import settle
from carmonitor.simulation.fraud_purchases import how_many, sellers_of
from carmonitor.simulation.people import HOUSE, of_kind
from carmonitor.simulation.production import make_stones, stone_counts
from carmonitor.simulation.purchases import add_sales
from carmonitor.simulation.work import PATTERN_CODES, Work, quarters

LARGE = 200  # hundredths of a carat
WORTH_SWAPPING = 5_000  # hundredths: the least parcel whose stones are exchanged


def creamed_exports(w: Work, rng: np.random.Generator, rate: float) -> None:
    """For a quarter, an exporter keeps the large stones of what he bought back, to be carried out in another bag, and
    declares the rest low. (fraud.md C5)"""
    quarter = quarters(w.exports["day"].to_numpy())
    house = w.exports["house"].to_numpy()
    weight = np.bincount(w.exported["export"], w.exported["weight"], minlength=len(w.exports))
    free = ~np.isin(np.arange(len(house)), list(w.used_exports)) & (weight >= WORTH_SWAPPING / 2)
    pairs = pd.DataFrame({"house": house, "quarter": quarter})[free].drop_duplicates().to_numpy()
    spoilt = {tuple(x) for x in pd.DataFrame({"house": house, "quarter": quarter})[~free].to_numpy()}
    pairs = np.array([x for x in pairs if tuple(x) not in spoilt]).reshape(-1, 2)
    honest = len(of_kind(w.actors, HOUSE)) * max(w.settings.months // 3, 1)
    count = min(how_many(rng, rate, honest), len(pairs))
    for at in np.sort(rng.choice(len(pairs), count, replace=False)) if count else ():
        own = np.flatnonzero((house == pairs[at, 0]) & (quarter == pairs[at, 1]))
        w.used_exports.update(int(e) for e in own)
        gone = w.exported["export"].isin(own) & (w.exported["weight"] >= LARGE) & (rng.random(len(w.exported)) < 0.85)
        gone.loc[w.exported[w.exported["export"].isin(own)].groupby("export")["weight"].idxmin()] = False  # one stays
        w.label_actors(
            "creamed_exports", pairs[at, :1], pairs[at, 1:], np.array([w.exported.loc[gone, "weight"].sum()])
        )
        taken = w.exported[gone].groupby(["export", "parcel", "lot"])["weight"].sum()
        key = pd.MultiIndex.from_frame(w.uses[["export", "parcel", "lot"]])
        w.uses["weight"] -= taken.reindex(key, fill_value=0).to_numpy()
        w.uses = w.uses[w.uses["weight"] > 0].reset_index(drop=True)
        w.exported = w.exported[~gone].reset_index(drop=True)
        w.exports.loc[own, "value"] *= 0.82
    settle(w)


def footprint_mismatch(w: Work, rng: np.random.Generator, rate: float) -> None:
    """The stones of a parcel are exchanged for eastern ones of the same weight; the slips are those of the western
    stones, which leave by another way. (fraud.md C1, C2)"""
    weight = w.exported.groupby(["export", "parcel"])["weight"].sum()
    large = weight[weight >= min(WORTH_SWAPPING, weight.max() if len(weight) else 0)].reset_index()
    chosen = take_exports(w, rng, rate, large["export"].unique())
    for export in chosen:
        parcels = large[large["export"] == export].sort_values("weight")
        parcel = int(parcels["parcel"].iloc[-1])
        inside = ((w.exported["export"] == export) & (w.exported["parcel"] == parcel)).to_numpy()
        swapped = inside & (rng.random(len(inside)) < rng.uniform(0.65, 1.0))
        whole = int(w.exported["weight"].to_numpy()[swapped].sum())
        if not whole:
            continue
        fresh = _stones_of(rng, whole, east=True).assign(export=export, parcel=parcel, lot=-1, paperless=False)
        w.exported = pd.concat([w.exported[~swapped], fresh[list(w.exported.columns)]], ignore_index=True)
    _mark(w, chosen, "footprint_mismatch")


def undervalued_exports(w: Work, rng: np.random.Generator, rate: float) -> None:
    """The exporter declares much less than the stones are worth, and has them valued so. (fraud.md C5, C18)"""
    chosen = take_exports(w, rng, rate, np.arange(len(w.exports)))
    value = w.exports["value"].to_numpy().copy()
    value[chosen] *= rng.uniform(0.5, 0.72, len(chosen))
    w.exports["value"] = value
    _mark(w, chosen, "undervalued_exports")


def unregistered_stones(w: Work, rng: np.random.Generator, rate: float) -> None:
    """Stones that stand in no production register enter a certificate: added to a collector's resale beyond what he
    bought, or on slips of real miners that name a line which their registers do not hold."""
    resales = w.uses[w.uses["lot"] >= len(w.sales)]
    chosen = take_exports(w, rng, rate, resales["export"].unique())
    weight = np.bincount(w.exported["export"], w.exported["weight"], minlength=len(w.exports))
    for number, export in enumerate(chosen):
        wanted = int(weight[export] * rng.uniform(0.08, 0.2)) + 100
        if number % 2:
            _on_resales(w, rng, int(export), wanted)
        else:
            _on_slips(w, rng, int(export), wanted)
    _mark(w, chosen, "unregistered_stones")


def reused_slips(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A slip that was used up under one certificate covers other stones of the same weight under a later one of the
    same house."""
    house, day = w.exports["house"].to_numpy(), w.exports["day"].to_numpy()
    wanted = how_many(rng, rate, len(w.sales))
    uses = w.uses.groupby("lot").agg(export=("export", "max"), weight=("weight", "sum")).reset_index()
    pattern = np.concatenate([w.sales["pattern"].to_numpy(), w.trips["pattern"].to_numpy()])[uses["lot"]]
    uses = uses[(uses["weight"] >= 100) & (uses["weight"] <= 3_000) & (pattern == 0)]
    uses = uses.iloc[rng.permutation(len(uses))]
    free = ~np.isin(np.arange(len(house)), list(w.used_exports))
    rows: list[dict[str, Any]] = []
    stones: list[pd.DataFrame] = []
    told: list[dict[str, Any]] = []
    for lot, export, carats in zip(uses["lot"], uses["export"], uses["weight"], strict=True):
        if len(rows) >= wanted:
            break
        later = np.flatnonzero((house == house[export]) & (day > day[export]) & (day < day[export] + 240) & free)
        if not len(later):
            continue
        into = int(rng.choice(later))
        parcel = int(rng.integers(1, w.exports["parcels"].to_numpy()[into] + 1))
        rows.append({"export": into, "parcel": parcel, "lot": lot, "weight": carats})
        stones.append(_stones_of(rng, int(carats)).assign(export=into, parcel=parcel, lot=lot, paperless=True))
        told.append({"pattern": "reused_slips", "lot": lot, "carats": carats})
    if rows:
        w.uses = pd.concat([w.uses, pd.DataFrame(rows)], ignore_index=True)
        w.exported = pd.concat([w.exported, *stones], ignore_index=True)[list(w.exported.columns)]
        w.slip_labels.append(pd.DataFrame(told))


def take_exports(w: Work, rng: np.random.Generator, rate: float, usable: np.ndarray) -> np.ndarray:
    """About ``rate`` of all exports, at least one, of those that are usable and that no pattern uses yet."""
    free = np.setdiff1d(usable, list(w.used_exports))
    count = min(how_many(rng, rate, len(w.exports)), len(free))
    chosen = np.sort(rng.choice(free, count, replace=False)) if count else free[:0]
    w.used_exports.update(int(e) for e in chosen)
    return chosen.astype(np.int64)


def _mark(w: Work, chosen: np.ndarray, pattern: str) -> None:
    codes = w.exports["pattern"].to_numpy().copy()
    codes[chosen] = PATTERN_CODES[pattern]
    w.exports["pattern"] = codes


def _on_resales(w: Work, rng: np.random.Generator, export: int, wanted: int) -> None:
    uses = w.uses[(w.uses["export"] == export) & (w.uses["lot"] >= len(w.sales))]
    for at in np.sort(rng.choice(uses.index.to_numpy(), min(3, len(uses)), replace=False)).tolist():
        row = {name: int(uses[name].loc[at]) for name in ("parcel", "lot")}
        stones = _stones_of(rng, max(wanted // min(3, len(uses)), 50))
        trip = row["lot"] - len(w.sales)
        w.extra = pd.concat([w.extra, stones.assign(trip=trip)], ignore_index=True)
        fresh = stones.assign(export=export, paperless=True, **row)
        w.exported = pd.concat([w.exported, fresh[list(w.exported.columns)]], ignore_index=True)
        w.uses.loc[at, "weight"] = int(uses["weight"].loc[at]) + int(stones["weight"].sum())


def _on_slips(w: Work, rng: np.random.Generator, export: int, wanted: int) -> None:
    house, day = int(w.exports["house"].iloc[export]), int(w.exports["day"].iloc[export])
    zone = int(rng.integers(0, len(p.ZONES)))
    count = max(round(wanted / 400), 1)
    left = max(day - int(rng.integers(6, 14)), w.first)
    shift = len(w.sales)
    trip = pd.DataFrame(
        [{"carrier": house, "zone": zone, "depart": left, "arrive": min(left + 3, day), "sold_on": day, "house": -1,
          "flight": False, "pattern": 0, "told": left, "factor": 1.0}]
    )  # fmt: skip
    w.trips = pd.concat([w.trips, trip[list(w.trips.columns)]], ignore_index=True)
    seller = sellers_of(w, rng, np.full(count, zone))
    lines = np.bincount(w.lines["miner"], minlength=len(w.actors))
    number = stone_counts(rng, count, 8.0)
    of = np.repeat(np.arange(count), number)
    stones = make_stones(rng, np.ones(len(of)))
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": house, "zone": zone,
            "day": np.maximum(left - rng.integers(0, 8, count), w.first),
            "site": w.actors["site"].to_numpy()[seller], "place": zone,
            "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)), "pattern": PATTERN_CODES["unregistered_stones"],
            "trip": len(w.trips) - 1, "claimed": lines[seller] + 1 + rng.integers(0, 3, count),
        }
    )  # fmt: skip
    fresh = add_sales(w, sales, stones, of, lined=False)
    resold = w.uses["lot"] >= shift  # resales are numbered after all sales
    w.uses.loc[resold, "lot"] += count
    moved = w.exported["lot"] >= shift
    w.exported.loc[moved, "lot"] += count
    parcel = 1 + np.arange(count) % int(w.exports["parcels"].iloc[export])
    weight = w.sale_weights()[fresh]
    rows = pd.DataFrame({"export": export, "parcel": parcel, "lot": fresh, "weight": weight})
    w.uses = pd.concat([w.uses, rows], ignore_index=True)
    held = stones.assign(export=export, parcel=parcel[of], lot=fresh[of], paperless=True)
    w.exported = pd.concat([w.exported, held[list(w.exported.columns)]], ignore_index=True)


def _stones_of(rng: np.random.Generator, weight: int, *, east: bool = False) -> pd.DataFrame:
    """Stones that weigh just so much together."""
    mean = 40 if not east else 80
    stones = make_stones(rng, np.ones(max(int(weight / mean * 1.6), 4)), east=east)
    while stones["weight"].sum() < weight:
        stones = pd.concat([stones, make_stones(rng, np.ones(10), east=east)], ignore_index=True)
    last = int(np.searchsorted(stones["weight"].cumsum(), weight))
    stones = stones.iloc[: last + 1].copy()
    weights = stones["weight"].to_numpy().copy()
    weights[-1] -= weights.sum() - weight
    stones = stones.assign(weight=weights)
    return stones[stones["weight"] > 0].reset_index(drop=True)
