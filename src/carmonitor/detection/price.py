"""F14: the price on a purchase slip against the prices other buyers paid for like stones (fraud.md §4).

Like stones: same size class, same sub-prefecture of origin, same quarter. The buyer's own slips are left out of the
comparison, so that nobody sets the price he is measured by. After Pak and Zdanowicz's price filter, on log price.

Floating point: logarithms and quartiles are floats here, as a detector may; the distance from the fence is rounded to
6 significant digits before it is compared, so that no outcome hinges on a last binary digit.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, reasons
from carmonitor.records.columns import positions
from carmonitor.records.evidence import Evidence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@detector(
    "F14",
    slip_carats="ct",
    price_xaf="XAF",
    price_per_carat="XAF/ct",
    median_per_carat="XAF/ct",
    fence_per_carat="XAF/ct",
    peers="count",
    size_class="sieve",
    zone="",
    quarter="",
    distance="score",
)
def price_against_peers(e: Evidence, p: Params) -> pd.DataFrame:
    """Slips whose price per carat lies outside the fence of their peers. Parts: ``cheap`` and ``dear``.

    Inputs: carats (ct), price_xaf (XAF, whole slip), purchase_date, buyer_id, origin_subprefecture, and either the
    slip's assortment or its number of stones. Any of them null: not evaluated. Fewer peers than ``minimum_peers``:
    not evaluated, ``small_sample``. ``distance``: how many interquartile ranges beyond the quartile (fires above
    ``fence_iqr``; exactly at the fence passes). The interquartile range counts as at least ``least_iqr`` (log price),
    so that a fixed price list does not make every other price strange. Source: fraud.md §2, §4 F14.
    """
    slips = e["purchase"]
    size_class = _size_class(e, slips)
    missing = _missing(e, slips, size_class)
    quarter = quarter_of(slips["purchase_date"])
    usable = (missing == "").to_numpy()
    compared = pd.DataFrame(
        {
            "zone": slips["origin_subprefecture_resolved"],
            "quarter": quarter,
            "size_class": size_class,
            "buyer_id": slips["buyer_id"],
        }
    )[usable]
    price = slips["price_xaf"][usable].to_numpy("float64") * 100 / slips["carats"][usable].to_numpy("float64")
    groups = _codes(compared, "zone", "quarter", "size_class")
    buyers = _codes(compared, "zone", "quarter", "size_class", "buyer_id")
    low, middle, high, count = leave_one_out_quartiles(np.log(price), groups, buyers)

    peers = pd.Series(0, index=slips.index, dtype="Int64")
    peers[usable] = count
    few = pd.Series(usable, index=slips.index) & (peers < max(1, p["minimum_peers"])).astype(bool)
    missing = missing.mask(few, "small_sample:purchase")
    iqr = np.maximum(high - low, p["least_iqr"])
    fence = p["fence_iqr"] * iqr
    below, above = (low - np.log(price)) / iqr, (np.log(price) - high) / iqr
    dear = above > below

    def placed(values: Floats) -> pd.Series:
        column = pd.Series(np.nan, index=slips.index, dtype="float64")
        column[usable] = values
        return column

    distance = placed(six_digits(np.maximum(below, above)))
    return checked(
        slips["slip_number"],
        slips["purchase_date"],
        distance > p["fence_iqr"],
        missing,
        part=pd.Series("cheap", index=slips.index, dtype="str").mask(placed(dear.astype("float64")) == 1.0, "dear"),
        score=distance,
        ref=slips["ref"],
        slip_carats=slips["carats"],
        price_xaf=slips["price_xaf"],
        price_per_carat=placed(np.rint(price)),
        median_per_carat=placed(np.rint(np.exp(middle))),
        fence_per_carat=placed(np.rint(np.exp(np.where(dear, high + fence, low - fence)))),
        peers=peers,
        size_class=size_class,
        zone=slips["origin_subprefecture_resolved"],
        quarter=quarter,
        distance=distance,
    )


def leave_one_out_quartiles(values: Floats, groups: Ints, buyers: Ints) -> tuple[Floats, Floats, Floats, Ints]:
    """For each value: first quartile, median, third quartile and number of its group's values of *other* buyers.

    ``groups``, ``buyers``: whole-number codes from 0; a buyer code belongs to one group only. Quartiles interpolate
    linearly between order statistics (Hyndman and Fan's type 7, ``statistics.quantiles(method="inclusive")``); NaN
    where no other buyer sold. Whatever the order of the values, the result of each is the same.

    Method, O(n log n) for all groups at once: sort every group once. Of a buyer's values, ``passed`` tells how many
    values of others stand before each; the j-th value of the others then stands j plus the number of own values with
    ``passed`` ≤ j places after the group's first. All values of a buyer in a group share their quartiles.
    """
    n = len(values)
    if not n:
        return values, values, values, groups
    size, own = np.bincount(groups), np.bincount(buyers)
    group_first, own_first = np.cumsum(size) - size, np.cumsum(own) - own
    order = np.lexsort((values, groups))
    ranked = values[order]
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n) - group_first[groups[order]]
    group = np.zeros(len(own), dtype=np.int64)
    group[buyers] = groups
    others = size[group] - own

    by_buyer = np.lexsort((place, buyers))
    passed = place[by_buyer] - (np.arange(n) - own_first[buyers[by_buyer]])
    keys = buyers[by_buyer] * (n + 1) + passed

    def other(j: Ints) -> Floats:
        """Per buyer: the j-th smallest value of the others of its group."""
        own_before = np.searchsorted(keys, np.arange(len(own)) * (n + 1) + j, side="right") - own_first
        at = np.clip(group_first[group] + j + own_before, 0, n - 1)
        return np.where(others > 0, ranked[at], np.nan)

    def quartile(quarters: int) -> Floats:
        last = np.maximum(others - 1, 0)
        whole, part = np.divmod(quarters * last, 4)
        lower, upper = other(whole), other(np.minimum(whole + 1, last))
        return cast(Floats, (lower + (upper - lower) * (part / 4))[buyers])

    return quartile(1), quartile(2), quartile(3), others[buyers]


def quarter_of(days: pd.Series) -> pd.Series:
    """``2021-05-17`` → ``2021-Q2``; null stays null. Str dtype."""
    text: pd.Series = days.dt.year.astype("Int64").astype("str") + "-Q" + days.dt.quarter.astype("Int64").astype("str")
    return text.where(days.notna()).astype("str")


def six_digits(values: Floats) -> Floats:
    """Values rounded to 6 significant digits; NaN stays NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = 5 - np.floor(np.log10(np.abs(values)))
    digits = np.clip(np.nan_to_num(digits, posinf=0.0, neginf=0.0), -300, 300)
    return cast(Floats, np.rint(values * 10.0**digits) / 10.0**digits)


def _size_class(e: Evidence, slips: pd.DataFrame) -> pd.Series:
    a = e["assortment"]
    heaviest = sizes.heaviest(a.loc[a["subject_kind"] == "purchase", ["subject_id", "size_class", "carats"]])
    at = positions(slips["slip_number"], heaviest.index.to_series())
    code = np.append(sizes.codes(heaviest), -1)[at]  # -1, the last: no assortment
    return sizes.names(
        np.where(code < 0, sizes.codes_of_mean_weight(slips["carats"], slips["stones"]), code), slips.index
    )


def _missing(e: Evidence, slips: pd.DataFrame, size_class: pd.Series) -> pd.Series:
    first = lacking(e, slips, "purchase", "purchase_date", "buyer_id", "carats", "price_xaf", "origin_subprefecture")
    no_class = size_class.isna()
    more: list[tuple[Any, str | pd.Series]] = [
        (first != "", first),
        ((slips["price_xaf"] == 0).fillna(False).astype(bool), "zero:price_xaf"),
        (slips["origin_subprefecture_resolved"].isna(), "place_unresolved:origin_subprefecture"),
        (slips["slip_number"].isin(e.in_quarantine("assortment", "subject_id")), "in_quarantine:assortment"),
        (no_class & slips["stones"].notna(), "zero:stones"),
        (no_class, lacking(e, slips, "purchase", "stones")),
    ]
    return reasons(slips.index, *more)


def _codes(frame: pd.DataFrame, *columns: str) -> Ints:
    """One whole number from 0 for each distinct combination, in the order of their values."""
    return np.asarray(frame.groupby(list(columns), sort=True).ngroup(), dtype=np.int64)
