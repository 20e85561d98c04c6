"""F21: books that look written at a desk: repeats, round weights, last digits, runs (fraud.md §4).

First the book is found (a buyer's slips of a quarter, against the other buyers of the quarter), then the slips in it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats, Ints, codes, rates_of_others, surprise
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, reasons
from carmonitor.records.evidence import Evidence

TESTS = ("repeated", "round", "run", "price", "digits")
"""Repeated weights, round weights, runs of equal weights, runs of equal prices per carat, last digits of the weight."""
LEAST_REPEATED = 20  # hundredths of a carat: lighter slips repeat by chance


@detector(
    "F21", buyer="", quarter="", slip_carats="ct", price_xaf="XAF", sign="", slips="count", marked="count",
    marked_percent="percent", usual_percent="percent", peers="count", surprise="score",
)  # fmt: skip
def invented_books(e: Evidence, p: Params) -> pd.DataFrame:
    """Slips with the marks of a book that was filled at a desk, in books where such marks are too many.

    Subject: purchase; day: purchase_date. A book: the slips of a buyer in a quarter, in the order of their numbers.
    Marks of a slip: ``repeated`` (its weight stands on another slip of the book, 0.20 ct or more), ``round`` (weight
    in whole half carats), ``run`` (same weight as the slip before or after), ``price`` (same price per carat, in XAF,
    as the slip before or after, of another weight), ``digits`` (last digit of the weight is one of the book's two
    commonest; only from ``digits_slips`` slips). Marks of a kind are counted against the rate of the other buyers'
    books of the quarter (of repeats and runs: what the weights of all other books give by chance in a book as long):
    -log10 of the chance of so many, honest books differing as a beta law of ``spread`` pseudo-slips. A kind of mark is
    too frequent where that is above ``least_surprise`` and the book has at least ``least_marked`` of them and
    ``least_times`` the rate of the others; every slip that bears one is a lead. Score: the sum of the surprises of its
    marks.

    Not evaluated: a slip without buyer, date, weight; a price that is null takes part in no price mark; books of fewer
    than ``minimum_slips`` slips, quarters with fewer than ``minimum_peers`` other books. Source: fraud.md §4 F21.
    """
    s = slips(e)
    first = lacking(e, s, "purchase", "purchase_date", "buyer_id", "carats")
    missing = reasons(s.index, (s["differs"], "rows_differ:purchase"), (first != "", first))
    usable = (missing == "").to_numpy()
    u = s.loc[usable, ["slip_number", "quarter", "buyer_id", "carats", "price_xaf"]]
    u = u.assign(book=codes(u, "quarter", "buyer_id"), at=u.index).sort_values(["book", "slip_number"])
    u = u.reset_index(drop=True)
    book = u["book"].to_numpy("int64")
    size = int(book.max()) + 1 if len(book) else 0
    own = np.bincount(book, minlength=size)
    marks = _marks(u, book, own, int(p["digits_slips"]))
    firsts = u.drop_duplicates("book")
    quarter = codes(firsts, "quarter")
    enough = own >= int(p["minimum_slips"])
    books = np.bincount(quarter, enough)[quarter] - enough if size else np.zeros(0, dtype=np.int64)
    found, rates = _surprises(marks, u, book, own, quarter, enough, p)
    strong = found > float(p["least_surprise"])
    points = np.zeros((len(u), len(TESTS)))
    for k, name in enumerate(TESTS):
        points[:, k] = np.where(marks[name] & strong[book, k], found[book, k], 0.0)
    chosen = points.argmax(axis=1) if len(u) else np.zeros(0, dtype=np.int64)
    counted = np.stack([np.bincount(book, marks[name], size) for name in TESTS], axis=1)
    told = pd.DataFrame({
        "score": six_digits(points.sum(axis=1)),
        "part": np.array(TESTS)[chosen],
        "marked": counted[book, chosen],
        "usual": rates[book, chosen],
        "surprise": found[book, chosen],
        "own": own[book],
        "peers": books[book],
    }).set_axis(u["at"]).reindex(s.index)  # fmt: skip
    missing = reasons(
        s.index,
        (missing != "", missing),
        (told["own"] < int(p["minimum_slips"]), "small_sample:purchase"),
        (told["peers"] < int(p["minimum_peers"]), "small_sample:purchase"),
    )
    return checked(
        s["slip_number"],
        s["purchase_date"],
        told["score"] > 0,
        missing,
        part=told["part"].astype("str"),
        score=told["score"],
        buyer=s["buyer_id"],
        quarter=s["quarter"],
        slip_carats=s["carats"],
        price_xaf=s["price_xaf"],
        sign=told["part"].astype("str"),
        slips=told["own"].astype("Int64"),
        marked=told["marked"].astype("Int64"),
        marked_percent=(told["marked"] / told["own"] * 10_000).round().astype("Int64"),
        usual_percent=(told["usual"] * 10_000).round().astype("Int64"),
        peers=told["peers"].astype("Int64"),
        surprise=told["surprise"],
        ref=s["ref"],
    )


def _marks(u: pd.DataFrame, book: Ints, own: Ints, digits_slips: int) -> dict[str, np.ndarray]:
    """Which slips bear which mark. ``u``: the slips in the order of book and number."""
    carats = u["carats"].to_numpy("int64")
    price = u["price_xaf"].astype("float64").to_numpy() * 100 / carats
    same_book = np.r_[False, book[1:] == book[:-1]] if len(u) else np.zeros(0, dtype=bool)
    alike = same_book & np.r_[False, carats[1:] == carats[:-1]] if len(u) else same_book
    run = alike | np.r_[alike[1:], False] if len(u) else alike
    near = np.zeros(len(u), dtype=bool)
    if len(u):
        with np.errstate(invalid="ignore"):
            near[1:] = same_book[1:] & ~alike[1:] & (np.abs(price[1:] - price[:-1]) <= 1.0)
    dear = near | np.r_[near[1:], False] if len(u) else near
    times = u.groupby(["book", "carats"])["at"].transform("size").to_numpy("int64") if len(u) else carats
    last = carats % 10
    size = len(own)
    table = np.bincount(book * 10 + last, minlength=size * 10).reshape(size, 10)
    order = np.argsort(-table, axis=1, kind="stable")[:, :2] if size else np.zeros((0, 2), dtype=np.int64)
    common = (last[:, None] == order[book]).any(axis=1) & (own[book] >= digits_slips) if len(u) else alike
    return {
        "repeated": (times > 1) & (carats >= LEAST_REPEATED),
        "round": carats % 50 == 0,
        "run": run & (carats >= LEAST_REPEATED),
        "price": dear,
        "digits": common,
    }


def _surprises(
    marks: dict[str, np.ndarray], u: pd.DataFrame, book: Ints, own: Ints, quarter: Ints, enough: np.ndarray, p: Params
) -> tuple[Floats, Floats]:
    """Per book and test: how surprising its marks are, and the rate to be expected. 0 where it is not exceeded.

    Repeats grow with the book: they are expected as often as the weights of all other books would repeat by chance in
    a book of this length. Other marks are expected at the rate of the others.
    """
    size = len(own)
    found, rates = np.zeros((size, len(TESTS))), np.zeros((size, len(TESTS)))
    by_chance = _repeats_by_chance(u, book, own)
    for k, name in enumerate(TESTS):
        hits = np.bincount(book, marks[name], size).astype("int64")
        trials = own * enough
        if name == "digits":
            trials = np.where(own >= int(p["digits_slips"]), own, 0)
        hits = np.minimum(hits, trials)
        if not trials.sum():
            continue
        rate = by_chance[name] if name in by_chance else rates_of_others(hits, trials, quarter, float(p["spread"]))
        with np.errstate(invalid="ignore", divide="ignore"):
            more = hits / np.maximum(trials, 1) >= float(p["least_times"]) * rate
        more &= hits >= int(p["least_marked"])
        found[:, k] = surprise(np.where(more, hits, 0), trials, rate, float(p["spread"]))
        rates[:, k] = np.nan_to_num(rate)
    return found, rates


def _repeats_by_chance(u: pd.DataFrame, book: Ints, own: Ints) -> dict[str, Floats]:
    """Share of a book's slips that would repeat a weight, or the neighbour's weight, if weights came as elsewhere."""
    size = len(own)
    weight, same = codes(u, "carats"), codes(u, "book", "carats")
    elsewhere = np.bincount(weight)[weight] - np.bincount(same)[same] if len(u) else np.zeros(0)
    others = len(u) - own[book]
    chance = elsewhere / np.maximum(others, 1)
    heavy = (u["carats"] >= LEAST_REPEATED).to_numpy(bool)
    n = own[book]
    repeated = np.where(heavy, 1 - (1 - chance) ** (n - 1), 0.0)
    run = np.where(heavy, 1 - (1 - chance) ** 2, 0.0)
    at_least = np.maximum(own, 1)
    return {
        "repeated": np.bincount(book, repeated, size) / at_least,
        "run": np.bincount(book, run, size) / at_least,
    }
