"""F30: borrowed licences: the number of one miner on slips of far-apart places at one time.

A miner digs at one mine and sells near it. Where his number stands on slips of places far apart on one day, or on two
neighbouring ones, somebody else uses it. Only slips that follow each other in time are compared, never all pairs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, Ints, km_between, places_at, sites
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, lookup, reasons
from carmonitor.records.columns import ranks, within
from carmonitor.records.evidence import Evidence

_NEEDED = ["slip_number", "purchase_date", "buyer_id", "seller_id", "purchase_place", "purchase_place_resolved",
           "mine_site_id", "return_id", "ref"]  # fmt: skip


@detector(
    "F30", seller="text", place="text", purchase_date="date", other_slip="text", other_place="text",
    other_date="date", days="days", km="km", usual_place="text", sellers_slips="count", usual_slips="count",
    odd_slips="count", odd_places="count", odd_buyers="count",
)  # fmt: skip
def borrowed_licence(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales of a miner too far from another sale of his on the same or a neighbouring day.

    Subject: purchase; day: purchase_date. Sellers: miners of the register. Place: the place of purchase, where the slip
    does not tell it the mine. Each slip is held against the seller's slip before and after it in time, and the first
    and the last of its day (in the order of their places from west to east). It is odd where the two are more than
    ``far_km`` apart and no more than ``days`` days; slips from the seller's usual place, which at least
    ``usual_percent`` % of his slips name, are his own and never odd. Part ``places``: his odd slips name
    ``minimum_places`` places or more. Part ``one_day``: else, the two are of one day and more than ``km_per_day``
    apart. Score: log of km over ``far_km`` and (1 + days), plus log of the odd slips and of their buyers.

    Not evaluated: day or seller blank; neither place nor mine known; seller register never loaded. Sellers of another
    kind are no subjects. Source: this project, after the licence checks of 2017 (fraud.md C16).
    """
    s = _placed(e)
    blank = lacking(e, s, "purchase", "seller_id", "purchase_date")
    nowhere = lacking(e, s, "purchase", "purchase_place")
    missing = reasons(
        s.index,
        (pd.Series(not e.held("actor"), index=s.index), "never_loaded:actor"),
        (blank != "", blank),
        (s["lon"].isna() & (nowhere != ""), nowhere),
        (s["lon"].isna(), "place_unresolved:purchase_place"),
    )
    usable = np.flatnonzero(missing == "")
    near = _nearest_in_time(s.iloc[usable], p)
    found = pd.DataFrame(index=s.index).join(near.set_index(usable))
    many = (found["odd_places"] >= int(p["minimum_places"])).astype(bool)
    one_day = ((found["days"] == 0) & (found["km"] > float(p["km_per_day"]))).astype(bool)
    other = s.iloc[usable].reset_index(drop=True).reindex(found["other"].fillna(-1).astype("int64")).set_axis(s.index)
    return checked(
        s["slip_number"],
        s["purchase_date"],
        found["other"].notna() & (many | one_day),
        missing,
        part=pd.Series("one_day", index=s.index, dtype="str").mask(many, "places"),
        score=found["score"],
        seller=s["seller_id"],
        place=s["at"],
        purchase_date=s["purchase_date"],
        other_slip=other["slip_number"],
        other_place=other["at"],
        other_date=other["purchase_date"],
        days=found["days"].astype("Int64"),
        km=found["km"].round().astype("Int64"),
        usual_place=found["usual_place"].astype("str"),
        sellers_slips=found["sellers_slips"].astype("Int64"),
        usual_slips=found["usual_slips"].astype("Int64"),
        odd_slips=found["odd_slips"].astype("Int64"),
        odd_places=found["odd_places"].astype("Int64"),
        odd_buyers=found["odd_buyers"].astype("Int64"),
        ref=s["ref"],
        ref_other=other["ref"].astype("Int64"),
    )


def _placed(e: Evidence) -> pd.DataFrame:
    """Slips of miners, or of nobody, with ``at`` (place of purchase, else mine), lon and lat."""
    s = e["purchase"]
    miners = e["actor"].loc[e["actor"]["kind"] == "miner", "actor_id"]
    s = s.loc[within(s["seller_id"], miners) | s["seller_id"].isna(), _NEEDED].reset_index(drop=True)
    town, mine = places_at(e, s["purchase_place_resolved"]), s["mine_site_id"].astype("object")
    in_town = town["lon"].notna()
    return s.assign(
        at=s["purchase_place_resolved"].where(in_town, s["mine_site_id"]).astype("str"),
        lon=town["lon"].where(in_town, lookup(mine, sites(e)["lon"]).astype("float64")),
        lat=town["lat"].where(in_town, lookup(mine, sites(e)["lat"]).astype("float64")),
    )


def _nearest_in_time(s: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Row by row of ``s`` (all known): ``other`` (position of the neighbour in time it is held against; NaN where none
    is too far), km, days, score, usual_place, usual_slips, sellers_slips, odd_slips, odd_places, odd_buyers."""
    seller, _ = pd.factorize(s["seller_id"])
    place, names = pd.factorize(s["at"], sort=True)
    day = s["purchase_date"].to_numpy("datetime64[D]").astype("int64")
    lon, lat = s["lon"].to_numpy(), s["lat"].to_numpy()
    usual, usual_slips, slips = _usual(seller, place)
    own = (place == usual) & (usual_slips * 100 >= slips * float(p["usual_percent"]))
    best = _Best(len(s))
    for other in _neighbours(s, seller, day, lon, lat):
        there = np.maximum(other, 0)
        km, days = km_between(lon, lat, lon[there], lat[there]), np.abs(day - day[there])
        same = (other >= 0) & (seller == seller[there]) & ~own
        best.take(same & (days <= int(p["days"])) & (km > float(p["far_km"])), other, km, days, float(p["far_km"]))
    odd = ~np.isnan(best.other)
    buyer, _ = pd.factorize(s["buyer_id"])
    odd_slips, places, buyers = (_distinct(seller, of, odd) for of in (np.arange(len(s)), place, buyer))
    return pd.DataFrame(
        {
            "other": best.other, "km": best.km, "days": best.days,
            "score": best.score + np.log(np.maximum(odd_slips * buyers, 1)),
            "usual_place": names.take(usual) if len(s) else [], "usual_slips": usual_slips, "sellers_slips": slips,
            "odd_slips": odd_slips, "odd_places": places, "odd_buyers": buyers,
        }
    )  # fmt: skip


def _neighbours(s: pd.DataFrame, seller: Ints, day: Ints, lon: Floats, lat: Floats) -> list[Ints]:
    """Positions of the slips each is held against, -1 for none: the one before, the one after, and of its own day the
    westernmost and the easternmost."""
    order = np.lexsort((ranks(s["slip_number"]), lat, lon, day, seller))
    before, after = np.full(len(s), -1), np.full(len(s), -1)
    before[order[1:]], after[order[:-1]] = order[:-1], order[1:]
    seller, day = seller[order], day[order]
    starts = np.r_[True, (seller[1:] != seller[:-1]) | (day[1:] != day[:-1])][: len(s)]
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    last = np.r_[first[1:], len(s)] - 1
    west, east = np.full(len(s), -1), np.full(len(s), -1)
    west[order], east[order] = order[first[group]], order[last[group]]
    return [before, after, west, east]


def _distinct(seller: Ints, of: Ints, odd: Ints) -> Ints:
    """Per slip: how many different values ``of`` the seller's odd slips have (-1: none)."""
    kept = odd & (of >= 0)
    pairs = np.unique(np.stack([seller[kept], of[kept]]), axis=1)
    return np.asarray(np.bincount(pairs[0], minlength=len(seller))[seller], dtype="int64")


class _Best:
    """The strangest neighbour found so far for each slip."""

    def __init__(self, size: int) -> None:
        self.other, self.km, self.days, self.score = (np.full(size, np.nan) for _ in range(4))

    def take(self, hit: Ints, other: Ints, km: Floats, days: Ints, far_km: float) -> None:
        """Take the neighbours that hit and are stranger than those held."""
        score = np.log(np.maximum(km, 1e-9) / far_km / (1 + days))
        better = hit & ~(self.score >= score)
        self.other, self.km = np.where(better, other, self.other), np.where(better, km, self.km)
        self.days, self.score = np.where(better, days, self.days), np.where(better, score, self.score)


def _usual(seller: Ints, place: Ints) -> tuple[Ints, Ints, Ints]:
    """Per slip: the place most slips of its seller name (of equal ones the first by name), those slips, all slips."""
    counts = pd.DataFrame({"seller": seller, "place": place}).value_counts(["seller", "place"]).reset_index()
    top = counts.sort_values(["seller", "count", "place"], ascending=[True, False, True]).drop_duplicates("seller")
    top = top.set_index("seller").reindex(seller)
    return top["place"].to_numpy("int64"), top["count"].to_numpy("int64"), np.bincount(seller, minlength=1)[seller]
