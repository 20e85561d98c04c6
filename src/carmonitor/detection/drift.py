"""F29: a buyer whose stones or prices change a little every month, under every threshold (slow drift)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.footprint import profile
from carmonitor.detection.papers import first_refs, open_quarters, quarter_day, slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats, Ints, against_others
from carmonitor.detection.stones import counts_on_slips
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, reasons
from carmonitor.records.evidence import Evidence

MEASURES = ("large", "dearer", "cheaper")
_SERIES = {"large": "large", "dearer": "price", "cheaper": "price"}
_MOMENTS = ("n", "t", "x", "tt", "tx", "xx", "slips")
MOST_PRICE = 0.7  # log price residuals beyond this are cut: a slip of the pen makes no trend


@detector(
    "F29", actor="", quarter="", measure="", first_quarter="", last_quarter="", slips="count", start="ratio",
    end="ratio", peers="count", distance="score",
)  # fmt: skip
def slow_drift(e: Evidence, p: Params) -> pd.DataFrame:
    """Buyers whose slips change steadily over quarters while those of the other buyers do not.

    Subject: ``buyer@YYYY-Qn``, first sales only; day: the quarter's last. Measures, slip by slip: ``large`` (how
    eastern its stones look by size, log likelihood ratio per stone), ``dearer`` and ``cheaper`` (log price per carat
    less the median of the month, sub-prefecture and size class). A straight line through the slips of a window of
    ``minimum_quarters`` to ``most_quarters`` quarters, least squares; its slope over its standard error is compared
    with those of the other buyers over the same window (robust z, scale at least 1: chance alone).
    A quarter is told by the window, among
    those that hold it later than as their first quarter, with the greatest distance; a drift thus also tells the
    quarters before it could be seen. Fires above ``most_z``. Score: that distance.

    Not evaluated: quarters that are open or whose returns are not held; fewer than ``minimum_slips`` slips or
    ``minimum_peers`` other buyers in every window. A slip without buyer, date or what a measure needs counts nowhere.
    Source: this project's (fraud.md has no such detector).
    """
    found = _told(_slips_measured(e, p), p)
    gaps = open_quarters(e, found["quarter"], unread=False)
    refs = first_refs(slips(e).dropna(subset=["buyer_id", "quarter"]), "buyer_id", "quarter").to_dict()
    listed = [refs.get(k, []) for k in zip(found["buyer_id"], found["quarter"], strict=True)]
    missing = reasons(found.index, (gaps != "", gaps), (found["distance"].isna(), "small_sample:purchase"))
    return checked(
        (found["buyer_id"] + "@" + found["quarter"]).astype("str"),
        quarter_day(found["quarter"]),
        found["distance"] > float(p["most_z"]),
        missing,
        part=found["measure"],
        score=found["distance"],
        actor=found["buyer_id"],
        quarter=found["quarter"],
        measure=found["measure"],
        first_quarter=found["first_quarter"],
        last_quarter=found["last_quarter"],
        slips=found["slips"].round().astype("Int64"),
        start=(found["start"] * 1000).round().astype("Int64"),
        end=(found["end"] * 1000).round().astype("Int64"),
        peers=found["peers"].astype("Int64"),
        distance=found["distance"],
        refs=pd.Series(listed, index=found.index, dtype="object"),
    )


def _slips_measured(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales with buyer and date: buyer_id, quarter, t (months), and each series with its weight."""
    s = slips(e)
    usable = s["buyer_id"].notna() & s["purchase_date"].notna() & ~s["differs"] & ~s["resale"]
    s = s[usable.astype(bool)]
    counts, _ = counts_on_slips(e, s)
    s = s.reset_index(drop=True)
    stones = counts.sum(axis=1)
    likelihood = np.log(profile(p, "eastern_profile") / profile(p, "western_profile"))
    with np.errstate(divide="ignore", invalid="ignore"):
        large = (counts @ likelihood) / stones
        price = np.log(s["price_xaf"].astype("float64").to_numpy() * 100 / s["carats"].astype("float64").to_numpy())
    price[~np.isfinite(price)] = np.nan
    like = pd.DataFrame({
        "month": s["purchase_date"].dt.strftime("%Y-%m"), "zone": s["zone"], "price": price,
        "size": sizes.of_mean_weight(s["carats"], s["stones"]),
    })  # fmt: skip
    residual = price - like.groupby(["month", "zone", "size"])["price"].transform("median").to_numpy()
    return pd.DataFrame({
        "buyer_id": s["buyer_id"],
        "quarter": s["quarter"],
        "t": (s["purchase_date"] - pd.Timestamp("2000-01-01")).dt.days.to_numpy("float64") / 30.4375,
        "large": np.where(stones > 0, large, np.nan),
        "large_weight": np.where(stones > 0, stones, 0.0),
        "price": np.clip(residual, -MOST_PRICE, MOST_PRICE),
    })  # fmt: skip


def _told(s: pd.DataFrame, p: Params) -> pd.DataFrame:
    """A row per buyer and quarter with slips: the window and measure with the greatest distance."""
    quarters = _every_quarter(s["quarter"])
    buyers = np.unique(s["buyer_id"].astype("object").to_numpy())
    buyer = pd.Categorical(s["buyer_id"], buyers).codes.astype("int64")
    at = pd.Categorical(s["quarter"], quarters).codes.astype("int64")
    shape = (len(buyers), len(quarters))
    cell = buyer * max(len(quarters), 1) + at
    present = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    best = {name: np.full(shape, np.nan) for name in ("distance", "start", "end", "slips", "peers")}
    best |= {name: np.zeros(shape, dtype=np.int64) for name in ("measure", "first", "last")}
    moments = {name: _moments(s, name, cell, shape) for name in set(_SERIES.values())}
    busy = np.flatnonzero((present > 0).sum(axis=0) > int(p["minimum_peers"]))  # slips of long ago open no window
    begin, end = (busy[0], busy[-1] + 1) if len(busy) else (0, 0)
    for first in range(begin, end):
        for last in range(first + int(p["minimum_quarters"]) - 1, min(first + int(p["most_quarters"]), end)):
            number = present[:, first : last + 1].sum(axis=1)
            for k, measure in enumerate(MEASURES):
                line = _lines(moments[_SERIES[measure]], first, last, -1 if measure == "cheaper" else 1)
                known = (number >= int(p["minimum_slips"])) & ~np.isnan(line["t"])
                if known.sum() <= int(p["minimum_peers"]):
                    continue
                _keep(best, line, known, number, k, first, last)
    row, column = np.nonzero(present)
    chosen = {name: values[row, column] for name, values in best.items()}
    names = np.array(quarters, dtype="object")
    return pd.DataFrame({
        "buyer_id": pd.Series(buyers[row], dtype="str"), "quarter": pd.Series(names[column], dtype="str"),
        "measure": pd.Series(np.array(MEASURES)[chosen["measure"]], dtype="str"),
        "first_quarter": pd.Series(names[chosen["first"]], dtype="str"),
        "last_quarter": pd.Series(names[chosen["last"]], dtype="str"),
        **{name: chosen[name] for name in ("distance", "start", "end", "slips", "peers")},
    })  # fmt: skip


def _keep(
    best: dict[str, np.ndarray], line: dict[str, Floats], known: np.ndarray, number: Ints, k: int, first: int, last: int
) -> None:
    """Enter the distances of one window and measure where they are the greatest so far."""
    members = int(known.sum())
    found = np.full(len(known), np.nan)
    compared = against_others(line["t"][known], np.zeros(members, dtype=np.int64), np.arange(members), 1.0)
    found[known] = compared["z"].to_numpy()
    for quarter in range(first + 1, last + 1):
        better = known & ~(found <= best["distance"][:, quarter])
        for name, value in (
            ("distance", found), ("start", line["start"]), ("end", line["end"]), ("slips", number),
            ("peers", np.full(len(known), members - 1)), ("measure", np.full(len(known), k)),
            ("first", np.full(len(known), first)), ("last", np.full(len(known), last)),
        ):  # fmt: skip
            best[name][better, quarter] = value[better]


def _moments(s: pd.DataFrame, name: str, cell: Ints, shape: tuple[int, int]) -> dict[str, Floats]:
    """Weighted sums of a series per buyer and quarter, added up over the quarters (one column more than these)."""
    x = s[name].to_numpy("float64")
    weight = s[f"{name}_weight"].to_numpy("float64") if f"{name}_weight" in s else np.ones(len(s))
    weight = np.where(np.isnan(x), 0.0, weight)
    x, t = np.nan_to_num(x), s["t"].to_numpy("float64") - (s["t"].mean() if len(s) else 0.0)
    terms = {"n": weight, "t": weight * t, "x": weight * x, "tt": weight * t * t, "tx": weight * t * x,
             "xx": weight * x * x, "slips": weight > 0}  # fmt: skip
    found = {}
    for key in _MOMENTS:
        sums = np.bincount(cell, terms[key], shape[0] * shape[1]).reshape(shape)
        found[key] = np.concatenate([np.zeros((shape[0], 1)), np.cumsum(sums, axis=1)], axis=1)
    return found


def _lines(moments: dict[str, Floats], first: int, last: int, sign: int) -> dict[str, Floats]:
    """Least squares through a window, per buyer: slope over its standard error (``t``), value at both ends."""
    m = {key: values[:, last + 1] - values[:, first] for key, values in moments.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.where(m["n"] > 0, m["n"], np.nan)
        stt = m["tt"] - m["t"] ** 2 / n
        stx = m["tx"] - m["t"] * m["x"] / n
        sxx = m["xx"] - m["x"] ** 2 / n
        slope = np.where(stt > 1e-6, stx / stt, np.nan)
        noise = np.maximum(sxx - slope * stx, 1e-9) / np.maximum(m["slips"] - 2, 1)
        t = sign * slope / np.sqrt(noise / stt)
        half = slope * np.sqrt(3 * stt / n)  # slips spread evenly over the window
    middle = m["x"] / n
    return {"t": six_digits(t), "start": middle - half, "end": middle + half}


def _every_quarter(quarter: pd.Series) -> list[str]:
    """The quarters from the first to the last, those without a slip too."""
    named = sorted(quarter.dropna().unique())
    if not named:
        return []
    return [f"{q.year}-Q{q.quarter}" for q in pd.period_range(named[0], named[-1], freq="Q")]
