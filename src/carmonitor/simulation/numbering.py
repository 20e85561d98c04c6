"""Numbers on papers: actors, licences, slips and their booklets, register lines, sheets, certificates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation.parameters import BANGUI
from carmonitor.simulation.people import COLLECTOR, HOUSE, MINER, PREFIX
from carmonitor.simulation.work import Work

BOOKLET, BLOCK = 50, 100
FIRST_CERTIFICATE = 2001
FIRST_YEAR = 2013  # of licences
LICENCE = ("PAT", "CC", "LBA")


@dataclass
class Papers:
    """Numbers by position. ``slips``: declared sales, then resales: sale and trip (-1: not one), buyer, seller, day,
    zone, site, place, weight, usd, factor, line (-1: none), pattern, old, booklet (position in ``booklets``), number
    (of the slip); ``slip_of_lot``: lot → position in ``slips`` (-1: undeclared)."""

    actor_ids: pd.Series
    slips: pd.DataFrame
    slip_numbers: pd.Series
    slip_of_lot: np.ndarray
    booklets: pd.DataFrame
    line_numbers: np.ndarray
    sheet_numbers: pd.Series
    trips: np.ndarray  # positions of the trips that carried something, by day of departure
    certificates: pd.Series
    certificate_digits: np.ndarray
    voids: np.ndarray  # positions of exports before which a form was spoilt


def actor_ids(actors: pd.DataFrame) -> pd.Series:
    """``ART-00001``, ``COL-0001``, ``BA-01``: by kind, in order."""
    result = pd.Series(None, index=range(len(actors)), dtype="str")
    for kind, digits in ((MINER, 5), (COLLECTOR, 5), (HOUSE, 2)):
        at = np.flatnonzero(actors["kind"] == kind)
        result.iloc[at] = c.numbered(f"{PREFIX[kind]}-", np.arange(1, len(at) + 1), digits)
    return result


def licences(w: Work, ids: pd.Series, actor: np.ndarray, day: np.ndarray) -> pd.Series:
    """The number of each actor's licence on a day: one a year."""
    year = np.asarray(day).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    kind = w.actors["kind"].to_numpy()[actor]
    prefix = c.taken(list(LICENCE), kind)
    number = c.taken(ids.str.rpartition("-")[2], actor)
    return c.joined("-", prefix, c.numbered("", year, 4), number)


def number_papers(w: Work) -> Papers:
    """Give every paper its number: slips by buyer and day, lines by miner and day, sheets and certificates by day."""
    ids = actor_ids(w.actors)
    slips, slip_of_lot = _slips(w)
    booklet, slip, booklets = _booklets(slips)
    slips = slips.assign(booklet=booklet, number=slip)
    used = np.unique(w.sales["trip"][w.sales["declared"] & (w.sales["trip"] >= 0)])
    used = used[np.argsort(w.trips["depart"].to_numpy()[used], kind="stable")]
    sheets = np.full(len(w.trips), -1)
    sheets[used] = np.arange(1, len(used) + 1)
    rng = w.settings.stream("voids")
    void = rng.random(len(w.exports)) < 0.02 * w.settings.noise
    digits = FIRST_CERTIFICATE + np.arange(len(w.exports)) + np.cumsum(void)
    return Papers(
        ids, slips, c.numbered("B", slip, 7), slip_of_lot, booklets, _line_numbers(w),
        c.numbered("FT-", sheets, 6), used, c.numbered("CF", digits, 7), digits, np.flatnonzero(void),
    )  # fmt: skip


def _slips(w: Work) -> tuple[pd.DataFrame, np.ndarray]:
    sales = w.sales.reset_index(names="sale")
    sales = sales.assign(weight=w.sale_weights(), usd=_sums(w.stones["sale"], w.usd(w.stones), len(sales)))
    declared = sales[sales["declared"]]
    carried = declared[declared["trip"] >= 0]
    resold = carried[w.trips["house"].to_numpy()[carried["trip"]] >= 0]
    by_trip = resold.groupby("trip")[["weight", "usd"]].sum().reset_index()
    if len(w.extra):
        beyond = w.extra.assign(usd=w.usd(w.extra)).groupby("trip")[["weight", "usd"]].sum()
        by_trip[["weight", "usd"]] += beyond.reindex(by_trip["trip"]).fillna(0).to_numpy()
    trips = w.trips.iloc[by_trip["trip"]].reset_index(drop=True)
    resales = pd.DataFrame(
        {
            "sale": -1, "trip": by_trip["trip"], "buyer": trips["house"], "seller": trips["carrier"],
            "day": trips["sold_on"], "zone": trips["zone"], "site": -1, "place": BANGUI, "weight": by_trip["weight"],
            "usd": by_trip["usd"], "factor": trips["factor"], "line": -1, "pattern": trips["pattern"], "old": False,
            "told": trips["sold_on"], "claimed": 0,
        }
    )  # fmt: skip
    slips = pd.concat([declared[list(resales.columns)], resales], ignore_index=True)
    slips["weight"] = slips["weight"].round().astype(np.int64)
    n = len(sales)
    slip_of_lot = np.full(n + len(w.trips), -1)
    slip_of_lot[declared["sale"]] = np.arange(len(declared))
    slip_of_lot[n + by_trip["trip"].to_numpy(dtype=np.int64)] = len(declared) + np.arange(len(resales))
    return slips, slip_of_lot


def _booklets(slips: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """The booklet of each slip, the number on it, and the booklets: holder, day of the first slip, old."""
    owner = slips["buyer"].to_numpy() * 2 + ~slips["old"].to_numpy()
    order = np.lexsort((np.arange(len(slips)), slips["day"], owner))
    sorted_owner = owner[order]
    start = np.r_[True, sorted_owner[1:] != sorted_owner[:-1]] if len(order) else np.zeros(0, bool)
    at = np.arange(len(order))
    rank = at - np.maximum.accumulate(np.where(start, at, 0)) if len(order) else at
    first = rank % BOOKLET == 0
    group = np.cumsum(first) - 1
    heads = order[first]
    booklets = pd.DataFrame(
        {
            "holder": slips["buyer"].to_numpy()[heads], "day": slips["day"].to_numpy()[heads],
            "old": slips["old"].to_numpy()[heads],
        }
    )  # fmt: skip
    issue = np.argsort(booklets["day"].to_numpy(), kind="stable")
    place = np.empty(len(issue), dtype=np.int64)
    place[issue] = np.arange(len(issue))
    booklet = np.empty(len(slips), dtype=np.int64)
    number = np.empty(len(slips), dtype=np.int64)
    booklet[order] = place[group]
    number[order] = 100_000 + place[group] * BOOKLET + rank % BOOKLET
    return booklet, number, booklets.iloc[issue].reset_index(drop=True)


def _line_numbers(w: Work) -> np.ndarray:
    """The number of each production line in its miner's register, by day."""
    miner = w.lines["miner"].to_numpy()
    order = np.lexsort((np.arange(len(miner)), w.lines["day"], miner))
    start = np.r_[True, miner[order][1:] != miner[order][:-1]] if len(order) else np.zeros(0, bool)
    at = np.arange(len(order))
    rank = at - np.maximum.accumulate(np.where(start, at, 0)) if len(order) else at
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = rank + 1
    return numbers


def _sums(keys: pd.Series, weights: np.ndarray, length: int) -> np.ndarray:
    key = keys.to_numpy()
    sums: np.ndarray = np.bincount(key[key >= 0], weights[key >= 0], minlength=length)
    return sums
