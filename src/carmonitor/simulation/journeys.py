"""Journeys to Bangui: collectors carry and sell their stones there, buying houses fetch what their branches bought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import parameters as p
from carmonitor.simulation.people import COLLECTOR, HOUSE, of_kind
from carmonitor.simulation.work import Work

EVERY = {COLLECTOR: (24, 62), HOUSE: (9, 16)}  # days between journeys, at least and at most
LOYAL = 0.86  # of a collector's bags go to his own house
FLIGHTS = 0.01  # honest bags that travel by air, in a day
SPAN = 1 << 16  # more days than any world has


def travel_days(zone: np.ndarray) -> np.ndarray:
    """Days by road from each zone to Bangui, at least."""
    km = np.array([z.km for z in p.ZONES])
    days: np.ndarray = np.maximum(np.rint(km / p.KM_A_DAY), 1).astype(np.int64)[zone]
    return days


def make_trips(w: Work) -> None:
    """Fill ``trips`` with the journeys that collectors and houses plan, whether or not there is anything to carry."""
    rng = w.settings.stream("trips")
    collectors, houses = of_kind(w.actors, COLLECTOR), of_kind(w.actors, HOUSE)
    zones = len(p.ZONES)
    plans = [
        _plan(w, rng, collectors, w.actors["zone"].to_numpy()[collectors], EVERY[COLLECTOR]),
        _plan(w, rng, np.repeat(houses, zones), np.tile(np.arange(zones), len(houses)), EVERY[HOUSE]),
    ]
    trips = pd.concat(plans, ignore_index=True)
    n = len(trips)
    delay = rng.choice([0, 0, 0, 1, 1, 2], n)
    flight = (rng.random(n) < FLIGHTS * w.settings.noise) & np.isin(trips["zone"], [0, 2])
    trips["arrive"] = trips["depart"] + np.where(flight, 1, travel_days(trips["zone"].to_numpy()) + delay)
    trips["sold_on"] = trips["arrive"] + rng.choice([0, 0, 1, 2], n)
    share = w.actors["weight"].to_numpy()[houses]
    own = np.zeros(len(w.actors), dtype=np.int64)
    own[collectors] = rng.choice(houses, len(collectors), p=share / share.sum())
    other = rng.choice(houses, n, p=share / share.sum())
    house = np.where(rng.random(n) < LOYAL, own[trips["carrier"]], other)
    house = np.where(w.actors["since"].to_numpy()[house] > trips["sold_on"], houses[0], house)
    resold = (w.actors["kind"].to_numpy() == COLLECTOR)[trips["carrier"]]
    w.trips = trips.assign(
        house=np.where(resold, house, -1),
        flight=flight,
        pattern=0,
        told=trips["depart"],
        factor=np.exp(rng.normal(0, p.SLIP_NOISE / 2, n)),
    )


def load(w: Work) -> None:
    """Put every sale that has no journey yet into the first one of its buyer from its place; ``trip`` -1 where none is.

    A journey that ends after the world has not begun yet; one from before the world carries its own stock only.
    """
    trips = w.trips
    planned = trips[(trips["depart"] >= w.first) & (trips["sold_on"] <= w.last)].sort_values(
        ["carrier", "zone", "depart"]
    )
    key = _key(planned["carrier"], planned["zone"], planned["depart"].to_numpy() - w.first)
    sales = w.sales
    wanted = _key(sales["buyer"], sales["place"], np.maximum(sales["day"].to_numpy() - w.first, 0))
    at = np.searchsorted(key, wanted)
    at = np.minimum(at, len(key) - 1) if len(key) else at
    found = np.full(len(sales), -1)
    if len(key):
        same = (key[at] // SPAN == wanted // SPAN) & (key[at] >= wanted)
        carried = same & sales["declared"].to_numpy() & (sales["place"].to_numpy() != p.BANGUI)
        found = np.where(carried, planned.index.to_numpy()[at], -1)
    w.sales["trip"] = np.where(sales["trip"] >= 0, sales["trip"], found)


def _key(actor: pd.Series, zone: pd.Series, day: np.ndarray) -> np.ndarray:
    key: np.ndarray = (actor.to_numpy() * (len(p.PLACES) + 1) + zone.to_numpy()) * SPAN + day
    return key


def _plan(
    w: Work, rng: np.random.Generator, carrier: np.ndarray, zone: np.ndarray, every: tuple[int, int]
) -> pd.DataFrame:
    days = w.last - w.first + 1
    most = days // every[0] + 2
    gaps = rng.integers(every[0], every[1] + 1, (len(carrier), most))
    gaps[:, 0] = rng.integers(3, every[1] + 1, len(carrier))
    depart = w.first + gaps.cumsum(axis=1)
    who, when = np.nonzero(depart <= w.last)
    return pd.DataFrame({"carrier": carrier[who], "zone": zone[who], "depart": depart[who, when]})
