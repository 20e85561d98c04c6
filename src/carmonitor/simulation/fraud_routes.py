"""Fraud on the way from the zones to the certificate: journeys that cannot be, exporters made for one purpose."""

from __future__ import annotations

import numpy as np

from carmonitor.simulation import parameters as p
from carmonitor.simulation.fraud_purchases import how_many
from carmonitor.simulation.people import COLLECTOR, HOUSE, added, of_kind
from carmonitor.simulation.work import PATTERN_CODES, Work, quarters

FAR_KM = 300


def impossible_transfers(w: Work, rng: np.random.Generator, rate: float) -> None:
    """Sheets are written for stones that came another way: a bag leaves before its stones were bought, is in Bangui on
    the day it left a zone far away, or stones of a far zone are first seen in Bangui, without a sheet. (fraud.md C6)"""
    wanted = how_many(rng, rate, len(w.sales))
    code = PATTERN_CODES["impossible_transfers"]
    trip = w.sales["trip"].to_numpy()
    held = np.bincount(trip[trip >= 0], minlength=len(w.trips))
    clean = np.ones(len(w.trips), bool)
    clean[trip[(trip >= 0) & (w.sales["pattern"].to_numpy() > 0)]] = False
    far = np.array([z.km >= FAR_KM for z in p.ZONES])[w.trips["zone"]]
    usable = clean & (w.trips["pattern"] == 0).to_numpy() & (held >= 2) & (held <= 25)
    by_trip = np.argsort(trip, kind="stable")
    known = trip[by_trip]
    done, mode = 0, 0
    for at in rng.permutation(np.flatnonzero(usable)):
        if done >= wanted:
            break
        slips = by_trip[np.searchsorted(known, at) : np.searchsorted(known, at, side="right")]
        house_bag = w.trips["house"].to_numpy()[at] < 0
        if mode == 0:  # left before the last purchases
            days = np.sort(w.sales["day"].to_numpy()[slips])
            early = int(days[len(days) // 2])
            slips = slips[w.sales["day"].to_numpy()[slips] > early]
            shift = int(w.trips.loc[at, "depart"]) - early
            if not len(slips) or shift < 2:
                continue
            w.trips.loc[at, ["depart", "arrive", "told"]] -= shift
        elif mode == 1:  # as fast as an aeroplane, without one
            if not far[at]:
                continue
            w.trips.loc[at, "arrive"] = w.trips.loc[at, "depart"]
        else:  # first seen in Bangui
            if not (house_bag and far[at]):
                continue
            slips = slips[:8]
            w.sales.loc[slips, "place"] = p.BANGUI
            w.sales.loc[slips, "trip"] = -1
        w.sales.loc[slips, "pattern"] = code
        done += len(slips)
        mode = (mode + 1) % 3


def related_new_companies(w: Work, rng: np.random.Generator, rate: float) -> None:
    """A new exporter is set up beside an old one, or by its own suppliers: the same telephone and address, the same
    manager and owner. Collectors of the old house sell to it from then on. (fraud.md C1, C14)"""
    houses = of_kind(w.actors, HOUSE)
    wanted = how_many(rng, rate, len(houses) * max(w.settings.months // 3, 1))
    count = max(round(wanted / 5), 1)
    first = len(w.actors)
    length = w.last - w.first
    since = w.first + rng.integers(length // 5, max(length // 2, length // 5 + 1), count)
    parent = rng.choice(houses[: min(3, len(houses))], count)
    suppliers = [w.take(rng, w.steady(COLLECTOR), 6) for _ in range(count)]
    friend = np.array([s[0] if len(s) and n % 2 else parent[n] for n, s in enumerate(suppliers)])
    like = w.actors.iloc[friend]
    w.actors = added(
        w.actors, kind=HOUSE, weight=0.02, since=since, until=w.last + 400, premises=like["premises"].to_numpy(),
        phone=like["phone"].to_numpy(), owner=w.actors["owner"].to_numpy()[parent], site=-1,
    )  # fmt: skip
    for number, sellers in enumerate(suppliers):
        moved = w.trips["carrier"].isin(sellers) & (w.trips["sold_on"] >= since[number]) & (w.trips["pattern"] == 0)
        moved &= rng.random(len(w.trips)) < 0.85
        w.trips.loc[moved, "house"] = first + number
        w.trips.loc[moved, "pattern"] = PATTERN_CODES["related_new_companies"]


def one_destination(w: Work, _: np.random.Generator, _rate: float) -> None:
    """All that the new company exports goes to one consignee; notes the quarters in which it exported."""
    ours = of_kind(w.actors, HOUSE, honest=False)
    ours = ours[w.actors["fraud"].to_numpy()[ours]]
    country = w.exports["country"].to_numpy().copy()
    weight = np.bincount(w.exported["export"], w.exported["weight"], minlength=len(w.exports))
    for house in ours:
        own = np.flatnonzero(w.exports["house"] == house)
        if not len(own):
            continue
        country[own] = country[own[0]]
        w.used_exports.update(int(e) for e in own)
        quarter = quarters(w.exports["day"].to_numpy()[own])
        known = np.unique(quarter)
        carats = np.array([weight[own[quarter == q]].sum() for q in known], dtype=np.int64)
        w.label_actors("related_new_companies", np.full(len(known), house), known, carats)
    w.exports["country"] = country
