"""F31: one mine that feeds distant collectors: buyers far from their own ground at a mine that several such name.

A buyer's ground is where his other purchases come from: the median position of the mines of his slips, those of the
mine in question left out. A single trip is an honest thing; a mine whose name distant buyers borrow shows several of
them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, Ints, km_between, slips_at_sites
from carmonitor.detection.price import leave_one_out_quartiles
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import among, checked, lacking, reasons
from carmonitor.framework.custody import is_resale
from carmonitor.records.evidence import Evidence

SHOWN = ["site", "buyer", "km", "usual_km", "peers_km", "buyers", "distant_buyers", "buyers_slips"]


@detector(
    "F31", site="text", buyer="text", km="km", usual_km="km", peers_km="km", buyers="count", distant_buyers="count",
    buyers_slips="count",
)  # fmt: skip
def distant_collector(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales from a mine far from the buyer's ground, where ``minimum_distant`` buyers or more do the same.

    Subject: purchase; day: purchase_date. ``km``: from the mine to the buyer's ground (median longitude and latitude of
    his slips from other mines). ``usual_km``: the median distance of his slips' mines from his ground; ``peers_km``:
    the median distance of the grounds of the mine's other buyers. A buyer is distant where km exceeds ``far_km`` and
    ``times_usual`` times his usual distance. Score: log of km over the largest of ``far_km``, usual and peers'
    distance, plus log of the number of the mine's distant buyers.

    Not evaluated: day, buyer or mine blank or not known; fewer than ``minimum_slips`` slips of the buyer from other
    mines (``small_sample:purchase``). Resales are no subjects. Source: this project (fraud.md C11, C12).
    """
    s = slips_at_sites(e)
    collectors = e["actor"].loc[e["actor"]["kind"] == "collector", "actor_id"]
    s = s[among(s["buyer_id"], collectors) & ~is_resale(e, s["slip_number"])].reset_index(drop=True)
    blank = lacking(e, s, "purchase", "purchase_date", "buyer_id")
    missing = reasons(s.index, (blank != "", blank), (s["unplaced"] != "", s["unplaced"]))
    usable = np.flatnonzero(missing == "")
    pairs = _pairs(s.iloc[usable], p)
    found = pd.DataFrame(index=s.index).join(pairs.set_index(usable))
    missing = missing.mask((missing == "") & (found["buyers_slips"] < int(p["minimum_slips"])), "small_sample:purchase")
    fires = found["distant"].fillna(False).astype(bool) & (found["distant_buyers"] >= int(p["minimum_distant"]))
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        score=found["score"],
        site=s["mine_site_id"],
        buyer=s["buyer_id"],
        **{name: found[name].round().astype("Int64") for name in SHOWN[2:]},
        ref=s["ref"],
    )


def _pairs(s: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Row by row of ``s`` (all known): what :func:`distant_collector` shows, ``distant`` (bool) and the score."""
    buyer, _ = pd.factorize(s["buyer_id"].astype("object"), sort=True)
    site, _ = pd.factorize(s["mine_site_id"].astype("object"), sort=True)
    pair, first = _numbered(buyer, site)
    lon, lat = s["lon"].to_numpy(), s["lat"].to_numpy()
    _, ground_lon, _, slips = leave_one_out_quartiles(lon, buyer, pair)
    _, ground_lat, _, _ = leave_one_out_quartiles(lat, buyer, pair)
    km = km_between(lon, lat, ground_lon, ground_lat)
    _, usual, _, _ = leave_one_out_quartiles(np.nan_to_num(km, nan=0.0), buyer, pair)
    far_km = float(p["far_km"])
    distant = (km > far_km) & (km > float(p["times_usual"]) * usual) & (slips >= int(p["minimum_slips"]))
    of_site = pd.DataFrame({"site": site[first], "distant": distant[first], "km": km[first]})
    ranked = leave_one_out_quartiles(of_site["km"].fillna(far_km).to_numpy(), site[first], np.arange(len(first)))
    peers: Floats = ranked[0][pair]
    buyers = np.bincount(site[first], minlength=len(s))[site]
    distant_buyers = np.bincount(site[first], weights=of_site["distant"], minlength=len(s))[site]
    least = np.maximum(np.maximum(far_km, usual), np.nan_to_num(peers, nan=0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.log(km / least) + np.log(np.maximum(distant_buyers, 1))
    return pd.DataFrame(
        {
            "km": km, "usual_km": usual, "peers_km": peers, "buyers": buyers, "distant_buyers": distant_buyers,
            "buyers_slips": slips, "distant": distant, "score": score,
        }
    )  # fmt: skip


def _numbered(buyer: Ints, site: Ints) -> tuple[Ints, Ints]:
    """A number from 0 for each pair of buyer and mine, and the position of the first slip of each."""
    _, first, pair = np.unique(
        buyer.astype("int64") * (site.max(initial=0) + 1) + site, return_index=True, return_inverse=True
    )
    return pair.astype("int64"), first.astype("int64")
