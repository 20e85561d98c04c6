"""Fraud that begins with a purchase slip."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import COLLECTOR, HOUSE, MINER, added, of_kind
from carmonitor.simulation.production import make_stones, stone_counts
from carmonitor.simulation.purchases import Batch, add_sales, pick_collectors
from carmonitor.simulation.work import PATTERN_CODES, Work, quarters


def how_many(rng: np.random.Generator, rate: float, subjects: int) -> int:
    """A number of fraudulent subjects about ``rate`` of all, at least one."""
    return max(int(np.floor(rate * subjects + rng.random())), 1)


def eastern_stones(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector of a zone enters eastern stones under made-up slips of miners of his zone, with a line in their
    registers. The stones come in bags from the east, several slips within days; they are larger, of all classes, and he
    writes what such stones cost. (fraud.md C1, C11)"""
    count = how_many(rng, rate, len(w.sales))
    collectors = w.take(rng, w.steady(COLLECTOR), max(round(count / 30), 1))
    if not len(collectors):
        return
    bags = max(round(count / 6), 1)
    carrier = rng.choice(collectors, bags)
    came = rng.integers(w.first, w.last + 1, bags)
    bag = np.sort(rng.integers(0, bags, count))
    buyer = carrier[bag]
    zone = w.actors["zone"].to_numpy()[buyer]
    seller = sellers_of(w, rng, zone)
    day = np.minimum(came[bag] + rng.integers(0, 9, count), w.last)
    number = stone_counts(rng, count, 5.0)
    of = np.repeat(np.arange(count), number)
    stones = make_stones(rng, np.ones(len(of)), east=True)
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": buyer, "day": day, "zone": zone, "site": w.actors["site"].to_numpy()[seller],
            "place": zone, "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)),
            "pattern": PATTERN_CODES["eastern_stones"],
            "found_on": np.maximum(day - rng.integers(0, 8, count), w.first),
        }
    )  # fmt: skip
    add_sales(w, sales, stones, of)


def sellers_of(w: Work, rng: np.random.Generator, zones: np.ndarray) -> np.ndarray:
    """A real miner of each of these zones, in business throughout the world."""
    miners = w.steady(MINER)
    result = np.zeros(len(zones), dtype=np.int64)
    for zone in np.unique(zones):
        here = miners[w.actors["zone"].to_numpy()[miners] == zone]
        here = here if len(here) else miners
        at = zones == zone
        result[at] = rng.choice(here, at.sum())
    return result


def ghost_miners(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A collector has licences made out for miners who do not exist, and sells stones of unknown origin in their name:
    every week, whatever the season, and more than a crew finds. Their registers are kept in perfect order."""
    quarters_wanted = how_many(rng, rate, len(of_kind(w.actors, MINER)) * max(w.settings.months // 3, 1))
    count = max(round(quarters_wanted / 4), 1)
    weeks = min(max(round(13 * quarters_wanted / count), 6), (w.last - w.first) // 7)
    collectors = w.take(rng, w.steady(COLLECTOR), max(round(count / 2), 1))
    if not len(collectors):
        return
    buyer = collectors[np.arange(count) % len(collectors)]
    zone = w.actors["zone"].to_numpy()[buyer]
    begin = rng.integers(w.first, max(w.last - 7 * weeks, w.first) + 1, count)
    sites = [rng.choice(np.flatnonzero(w.sites["zone"] == z)) for z in zone]
    first = len(w.actors)
    w.actors = added(
        w.actors, kind=MINER, zone=zone, since=begin - rng.integers(5, 60, count), until=w.last + 400,
        crew=rng.integers(6, 14, count), site=np.array(sites),
    )  # fmt: skip
    ghost = np.repeat(np.arange(count), weeks)
    day = np.minimum(begin[ghost] + 7 * np.tile(np.arange(weeks), count) + rng.integers(0, 3, len(ghost)), w.last)
    number = 1 + rng.poisson(10, len(ghost))
    of = np.repeat(np.arange(len(ghost)), number)
    sales = pd.DataFrame(
        {
            "seller": first + ghost, "buyer": buyer[ghost], "day": day, "zone": zone[ghost],
            "site": np.array(sites)[ghost], "place": zone[ghost], "factor": np.exp(rng.normal(0, 0.03, len(ghost))),
            "pattern": PATTERN_CODES["ghost_miners"], "found_on": np.maximum(day - 1, w.first),
        }
    )  # fmt: skip
    added_sales = add_sales(w, sales, make_stones(rng, np.ones(len(of))), of)
    told = pd.DataFrame(
        {"actor": first + ghost, "quarter": quarters(day), "carats": w.sale_weights()[added_sales], "sales": 1}
    )
    sums = told.groupby(["actor", "quarter"], as_index=False).sum()
    sums = sums[sums["sales"] >= 3]  # a quarter with one or two slips shows nothing
    w.label_actors("ghost_miners", sums["actor"].to_numpy(), sums["quarter"].to_numpy(), sums["carats"].to_numpy())


def borrowed_licences(w: Work, rng: np.random.Generator, rate: float) -> None:
    """Diggers without papers sell under the licence of one miner, in several zones and on the same days, to whoever
    buys there; lines in his register are written to match."""
    count = how_many(rng, rate, len(w.sales))
    zones = len(p.ZONES)
    lenders = w.take(rng, w.steady(MINER), max(round(count / 20), 1))
    lender = np.sort(lenders[np.arange(count) % len(lenders)])
    begin = dict(zip(lenders, rng.integers(w.first, max(w.last - 100, w.first) + 1, len(lenders)), strict=True))
    market_day = rng.integers(0, 6, count) * 15 + 3  # they meet on the days when the cars leave
    day = np.minimum(np.array([begin[m] for m in lender]) + market_day, w.last)
    home = w.actors["zone"].to_numpy()[lender]
    place = np.where(rng.random(count) < 0.25, home, (home + rng.integers(1, 4, count)) % zones)
    buyer = pick_collectors(w, rng, place, always=True)
    number = stone_counts(rng, count)
    of = np.repeat(np.arange(count), number)
    sales = pd.DataFrame(
        {
            "seller": lender, "buyer": buyer, "day": day, "zone": home, "site": w.actors["site"].to_numpy()[lender],
            "place": place, "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)),
            "pattern": PATTERN_CODES["borrowed_licences"],
            "found_on": np.maximum(day - rng.integers(0, 5, count), w.first),
        }
    )  # fmt: skip
    add_sales(w, sales, make_stones(rng, np.ones(len(of))), of)


def distant_collectors(w: Work, rng: np.random.Generator, rate: float) -> None:
    """Stones from ground outside the zones are sold as finds of one mine of a zone, to collectors whose own towns lie
    far from it and near to where the stones come from. (fraud.md C11)"""
    count = how_many(rng, rate, len(w.sales))
    groups = max(round(count / 50), 1)
    miners = w.steady(MINER)
    by_site = np.bincount(w.actors["site"].to_numpy()[miners], minlength=len(w.sites))
    known = np.flatnonzero(by_site >= min(3, by_site.max()))
    batch = Batch()
    for part in np.array_split(np.arange(count), groups):
        site = rng.choice(known)
        home = int(w.sites["zone"].to_numpy()[site])
        far = np.array([z for z in range(len(p.ZONES)) if _km(home, z) > 110])
        candidates = w.steady(COLLECTOR)
        candidates = candidates[np.isin(w.actors["zone"].to_numpy()[candidates], far)]
        collectors = w.take(rng, candidates, max(len(part) // 10, 2))
        if not len(collectors) or not len(part):
            continue
        sellers = miners[w.actors["site"].to_numpy()[miners] == site]
        n = len(part)
        buyer = rng.choice(collectors, n)
        begin = rng.integers(w.first, max(w.last - 270, w.first) + 1)
        day = np.minimum(begin + rng.integers(0, 270, n), w.last)
        number = stone_counts(rng, n)
        of = np.repeat(np.arange(n), number)
        sales = pd.DataFrame(
            {
                "seller": rng.choice(sellers, n), "buyer": buyer, "day": day, "zone": home, "site": site,
                "place": w.actors["zone"].to_numpy()[buyer], "factor": np.exp(rng.normal(0, p.SLIP_NOISE, n)),
                "pattern": PATTERN_CODES["distant_collectors"],
                "found_on": np.maximum(day - rng.integers(0, 9, n), w.first),
            }
        )  # fmt: skip
        batch.add(sales, make_stones(rng, np.ones(len(of))), of)
    batch.into(w)


def pre_zone_stock(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A house slips stones that it bought during the suspension, before the zone was approved, and that no audit saw,
    into today's parcels. (fraud.md C3)"""
    count = how_many(rng, rate, len(w.sales))
    house = rng.choice(of_kind(w.actors, HOUSE)[: max(len(of_kind(w.actors, HOUSE)) // 2, 1)])
    w.actors.loc[house, "since"] = min(int(w.actors.loc[house, "since"]), _day("2013-02-01"))
    bags = max(round(count / 8), 1)
    bag = np.sort(rng.integers(0, bags, count))
    zone_of_bag, year = rng.integers(0, 4, bags), rng.integers(2014, 2016, bags)
    left = np.array([_day(f"{y}-03-01") for y in year]) + rng.integers(0, 280, bags)
    told = np.sort(rng.integers(w.first, w.last + 1, bags))  # when the stock comes into the returns
    trips = pd.DataFrame(
        {
            "carrier": house, "zone": zone_of_bag, "depart": left, "arrive": left + 3, "sold_on": left + 3, "house": -1,
            "flight": False, "pattern": PATTERN_CODES["pre_zone_stock"], "told": told, "factor": 1.0,
        }
    )  # fmt: skip
    first = len(w.trips)
    w.trips = pd.concat([w.trips, trips[list(w.trips.columns)]], ignore_index=True)
    zone = zone_of_bag[bag]
    seller = sellers_of(w, rng, zone)
    number = stone_counts(rng, count)
    of = np.repeat(np.arange(count), number)
    sales = pd.DataFrame(
        {
            "seller": seller, "buyer": house, "day": left[bag] - rng.integers(0, 20, count), "zone": zone,
            "site": w.actors["site"].to_numpy()[seller], "place": zone,
            "factor": np.exp(rng.normal(0, p.SLIP_NOISE, count)), "pattern": PATTERN_CODES["pre_zone_stock"],
            "old": True, "told": told[bag],
        }
    )  # fmt: skip
    fresh = add_sales(w, sales, make_stones(rng, np.ones(len(of))), of, lined=False)
    w.sales.loc[fresh, "trip"] = first + bag


def _km(one: int, other: int) -> float:
    """Straight line between the markets of two zones."""
    a, b = p.ZONES[one], p.ZONES[other]
    return float(np.hypot((a.lon - b.lon) * 111 * np.cos(np.radians(a.lat)), (a.lat - b.lat) * 111))


def _day(text: str) -> int:
    return int(np.datetime64(text).astype(int))
