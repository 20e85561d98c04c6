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
    chosen = pairs[np.sort(rng.choice(len(pairs), count, replace=False))] if count else pairs[:0]
    of_pair = {(int(h), int(q)): n for n, (h, q) in enumerate(chosen)}
    pair = np.array([of_pair.get((int(h), int(q)), -1) for h, q in zip(house, quarter, strict=True)], dtype=np.int64)
    w.used_exports.update(np.flatnonzero(pair >= 0).tolist())
    stone_pair = pair[w.exported["export"]]
    gone = (stone_pair >= 0) & (w.exported["weight"].to_numpy() >= LARGE) & (rng.random(len(w.exported)) < 0.85)
    gone[w.exported.groupby("export")["weight"].idxmin().to_numpy()] = False  # one stone stays
    kept_back = np.bincount(stone_pair[gone], w.exported["weight"].to_numpy()[gone], minlength=count).astype(np.int64)
    w.label_actors("creamed_exports", chosen[:, 0], chosen[:, 1], kept_back)
    taken = w.exported[gone].groupby(["export", "parcel", "lot"])["weight"].sum()
    key = pd.MultiIndex.from_frame(w.uses[["export", "parcel", "lot"]])
    w.uses["weight"] -= taken.reindex(key, fill_value=0).to_numpy()
    w.uses = w.uses[w.uses["weight"] > 0].reset_index(drop=True)
    w.exported = w.exported[~gone].reset_index(drop=True)
    w.exports["value"] *= np.where(pair >= 0, 0.82, 1.0)
    settle(w)


def footprint_mismatch(w: Work, rng: np.random.Generator, rate: float) -> None:
    """The stones of a parcel are exchanged for eastern ones of the same weight; the slips are those of the western
    stones, which leave by another way. (fraud.md C1, C2)"""
    weight = w.exported.groupby(["export", "parcel"])["weight"].sum()
    large = weight[weight >= min(WORTH_SWAPPING, weight.max() if len(weight) else 0)].reset_index()
    chosen = take_exports(w, rng, rate, large["export"].unique())
    largest = (
        large.sort_values(["export", "weight"]).drop_duplicates("export", keep="last").set_index("export")["parcel"]
    )
    into = largest.reindex(w.exported["export"].where(w.exported["export"].isin(chosen))).to_numpy()
    share = pd.Series(rng.uniform(0.65, 1.0, len(chosen)), index=chosen).reindex(w.exported["export"]).to_numpy()
    swapped = (into == w.exported["parcel"].to_numpy()) & (rng.random(len(into)) < np.nan_to_num(share))
    whole = w.exported[swapped].groupby(["export", "parcel"])["weight"].sum()
    fresh = [
        _stones_of(rng, int(weight), east=True).assign(export=export, parcel=parcel, lot=-1, paperless=False)
        for (export, parcel), weight in zip(whole.index.tolist(), whole, strict=True)
    ]
    w.exported = pd.concat([w.exported[~swapped], *fresh], ignore_index=True)[list(w.exported.columns)]
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
    wanted = (weight[chosen] * rng.uniform(0.08, 0.2, len(chosen))).astype(np.int64) + 100
    _on_resales(w, rng, chosen[1::2], wanted[1::2])
    _on_slips(w, rng, chosen[::2], wanted[::2])
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


def _on_resales(w: Work, rng: np.random.Generator, exports: np.ndarray, wanted: np.ndarray) -> None:
    """Add so much to resales under these exports, up to three each."""
    held = w.uses[w.uses["export"].isin(exports) & (w.uses["lot"] >= len(w.sales))]
    parts: list[pd.DataFrame] = []
    weight = w.uses["weight"].to_numpy().copy()
    for export, carats in zip(exports, wanted, strict=True):
        own = held.index[held["export"] == export].to_numpy()
        for at in np.sort(rng.choice(own, min(3, len(own)), replace=False)).tolist():
            row = {name: int(held[name].loc[at]) for name in ("export", "parcel", "lot")}
            stones = _stones_of(rng, max(int(carats) // min(3, len(own)), 50)).assign(paperless=True, **row)
            weight[at] += int(stones["weight"].sum())
            parts.append(stones)
    if parts:
        stones = pd.concat(parts, ignore_index=True)
        w.uses["weight"] = weight
        w.extra = stones.assign(trip=stones["lot"] - len(w.sales))[["trip", "weight", "quality", "east"]]
        w.exported = pd.concat([w.exported, stones[list(w.exported.columns)]], ignore_index=True)


def _on_slips(w: Work, rng: np.random.Generator, exports: np.ndarray, wanted: np.ndarray) -> None:
    """Add slips of about so much to these exports, each export's bought in one zone and carried in a bag of its own."""
    if not len(exports):
        return
    house, day = w.exports["house"].to_numpy()[exports], w.exports["day"].to_numpy()[exports]
    zone_of_bag = rng.integers(0, len(p.ZONES), len(exports))
    left = np.maximum(day - rng.integers(6, 14, len(exports)), w.first)
    trips = pd.DataFrame(
        {
            "carrier": house, "zone": zone_of_bag, "depart": left, "arrive": np.minimum(left + 3, day), "sold_on": day,
            "house": -1, "flight": False, "pattern": 0, "told": left, "factor": 1.0,
        }
    )  # fmt: skip
    first_trip = len(w.trips)
    bag = np.repeat(np.arange(len(exports)), np.maximum(np.rint(wanted / 400), 1).astype(int))
    count = len(bag)
    zone = zone_of_bag[bag]
    seller = sellers_of(w, rng, zone)
    lines = np.bincount(w.lines["miner"], minlength=len(w.actors))
    number = stone_counts(rng, count, 8.0)
    of = np.repeat(np.arange(count), number)
    stones = make_stones(rng, np.ones(len(of)))
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": house[bag], "zone": zone, "site": w.actors["site"].to_numpy()[seller],
            "day": np.maximum(left[bag] - rng.integers(0, 8, count), w.first), "place": zone,
            "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)), "pattern": PATTERN_CODES["unregistered_stones"],
            "trip": first_trip + bag, "claimed": lines[seller] + 1 + rng.integers(0, 3, count),
        }
    )  # fmt: skip
    resales_from = len(w.sales)
    w.trips = pd.concat([w.trips, trips[list(w.trips.columns)]], ignore_index=True)
    fresh = add_sales(w, sales, stones, of, lined=False)
    for name in ("uses", "exported"):  # resales are numbered after all sales
        frame = getattr(w, name)
        frame["lot"] += np.where(frame["lot"] >= resales_from, count, 0)
    parcel = 1 + np.arange(count) % w.exports["parcels"].to_numpy()[exports[bag]]
    rows = pd.DataFrame({"export": exports[bag], "parcel": parcel, "lot": fresh, "weight": w.sale_weights()[fresh]})
    w.uses = pd.concat([w.uses, rows], ignore_index=True)
    held = stones.assign(export=exports[bag][of], parcel=parcel[of], lot=fresh[of], paperless=True)
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
