"""F30: borrowed licences: one seller at far-apart places at one time, or selling to strangely many distant buyers.

A miner digs at one place. Where his number stands on slips from mines far apart within a day or two, somebody else uses
it; so too where many buyers of far-apart places name him. All comparisons are of sorted neighbours, never of all pairs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, Ints, km_between, slips_at_sites
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import among, checked, lacking, reasons
from carmonitor.records.evidence import Evidence


@detector(
    "F30", seller="text", site="text", other_slip="text", other_site="text", other_date="date", days="days", km="km",
    usual_site="text", sellers_slips="count", usual_slips="count",
)  # fmt: skip
def borrowed_licence(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales of a miner at a mine too far from another sale of his on the same or a neighbouring day.

    Subject: purchase; day: purchase_date. Sellers: miners of the register. Each slip is held against the seller's slip
    before and after it in time (of one day: in the order of their mines from west to east); it fires where the two
    mines are more than ``far_km`` apart and the sales no more than ``days`` days. The slips from the seller's usual
    mine, the one that at least ``usual_percent`` % of his slips name, are not told: they are his own. Score: log of km
    over ``far_km`` and (1 + days): the farther and the sooner, the stranger.

    Not evaluated: day, seller or mine blank or not known; sellers of another kind are no subjects.
    Source: this project, after the licence checks of 2017 (fraud.md C16).
    """
    s = slips_at_sites(e)
    miners = e["actor"].loc[e["actor"]["kind"] == "miner", "actor_id"]
    s = s[among(s["seller_id"], miners) | s["seller_id"].isna()].reset_index(drop=True)
    blank = lacking(e, s, "purchase", "seller_id", "purchase_date")
    missing = reasons(
        s.index,
        (pd.Series(not e.held("actor"), index=s.index), "never_loaded:actor"),
        (blank != "", blank),
        (s["unplaced"] != "", s["unplaced"]),
    )
    usable = np.flatnonzero(missing == "")
    near = _nearest_in_time(s.iloc[usable], p)
    found = pd.DataFrame(index=s.index).join(near.set_index(usable))
    fires = found["other"].notna()
    other = s.iloc[usable].reset_index(drop=True).reindex(found["other"].fillna(-1).astype("int64")).set_axis(s.index)
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        score=found["score"],
        seller=s["seller_id"],
        site=s["mine_site_id"],
        other_slip=other["slip_number"],
        other_site=other["mine_site_id"],
        other_date=other["purchase_date"],
        days=found["days"].astype("Int64"),
        km=found["km"].round().astype("Int64"),
        usual_site=found["usual_site"].astype("str"),
        sellers_slips=found["sellers_slips"].astype("Int64"),
        usual_slips=found["usual_slips"].astype("Int64"),
        ref=s["ref"],
        ref_other=other["ref"].astype("Int64"),
    )


def _nearest_in_time(s: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Row by row of ``s`` (all known): ``other`` (position of the stranger neighbour in time; NaN where none is too
    far), km, days, score, usual_site, usual_slips, sellers_slips."""
    seller, _ = pd.factorize(s["seller_id"].astype("object"))
    site, names = pd.factorize(s["mine_site_id"].astype("object"), sort=True)
    day = s["purchase_date"].to_numpy("datetime64[D]").astype("int64")
    lon, lat = s["lon"].to_numpy(), s["lat"].to_numpy()
    usual, usual_slips, slips = _usual_site(seller, site)
    is_usual = (site == usual) & (usual_slips * 100 >= slips * float(p["usual_percent"]))
    order = np.lexsort((s["slip_number"].astype("object").to_numpy().astype(str), lat, lon, day, seller))
    before, after = np.full(len(s), -1), np.full(len(s), -1)
    before[order[1:]], after[order[:-1]] = order[:-1], order[1:]
    best = _Best(len(s))
    for other in (before, after):
        there = np.maximum(other, 0)
        km = km_between(lon, lat, lon[there], lat[there])
        days = np.abs(day - day[there])
        hit = (
            (other >= 0) & (seller == seller[there]) & (days <= int(p["days"])) & (km > float(p["far_km"])) & ~is_usual
        )
        best.take(hit, other, km, days, float(p["far_km"]))
    return pd.DataFrame(
        {
            "other": best.other, "km": best.km, "days": best.days, "score": best.score,
            "usual_site": names.take(usual) if len(s) else [], "usual_slips": usual_slips, "sellers_slips": slips,
        }
    )  # fmt: skip


class _Best:
    """The strangest neighbour found so far for each slip."""

    def __init__(self, size: int) -> None:
        self.other, self.km, self.days, self.score = (np.full(size, np.nan) for _ in range(4))

    def take(self, hit: object, other: Ints, km: Floats, days: Ints, far_km: float) -> None:
        """Take the neighbours that hit and are stranger than those held."""
        score = np.log(np.maximum(km, 1e-9) / far_km / (1 + days))
        better = np.asarray(hit) & ~(self.score >= score)
        self.other, self.km = np.where(better, other, self.other), np.where(better, km, self.km)
        self.days, self.score = np.where(better, days, self.days), np.where(better, score, self.score)


def _usual_site(seller: Ints, site: Ints) -> tuple[Ints, Ints, Ints]:
    """Per slip: the mine most slips of its seller name (of equal ones the first by number), those slips, all slips."""
    counts = pd.DataFrame({"seller": seller, "site": site}).value_counts(["seller", "site"]).reset_index()
    top = counts.sort_values(["seller", "count", "site"], ascending=[True, False, True]).drop_duplicates("seller")
    top = top.set_index("seller").reindex(seller)
    return top["site"].to_numpy("int64"), top["count"].to_numpy("int64"), np.bincount(seller)[seller]
