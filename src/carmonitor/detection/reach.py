"""F31: one mine that feeds distant collectors: buyers from far away, as no other mine of the zone has them.

A collector's home is the sub-prefecture that most of his other slips name as origin. Which homes a zone sells to is a
custom (14 to 21 % of first sales cross an edge), so a slip is held against the slips of the zone's other mines. A
single trip is an honest thing; a mine whose name is borrowed for stones of elsewhere shows several such buyers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, Ints, km_between, places_at, sites, slips_at_sites
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, lookup, reasons
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

_COUNTS = ["buyers_slips", "buyers", "distant_buyers", "distant_slips", "peers", "peers_alike"]


@detector(
    "F31", site="text", buyer="text", zone="text", home="text", km="km", buyers_slips="count", buyers="count",
    distant_buyers="count", distant_slips="count", peers="count", peers_alike="count",
)  # fmt: skip
def distant_collector(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales from a mine to a collector whose home is far from it and hardly ever buys in the mine's zone.

    Subject: purchase; day: purchase_date. Buyers: collectors of the register. ``home``: the sub-prefecture that most of
    the buyer's slips from *other* mines lie in; ``km``: from the mine to its chief place. ``peers``: slips to
    collectors from the *other* mines of the mine's sub-prefecture; ``peers_alike``: those of them to collectors of the
    same home. A slip is distant where km exceeds ``far_km`` and less than ``most_percent`` % of the peers are alike; it
    fires where at least ``minimum_distant`` buyers of the mine have distant slips. Score: -log10 of (1 + peers_alike) /
    (1 + peers), plus log10 of the mine's distant slips.

    Not evaluated: day, buyer or mine blank or not known; fewer than ``minimum_slips`` slips of the buyer from other
    mines, or fewer than ``minimum_peers`` peers (``small_sample:purchase``); a home whose position is not known.
    Resales are no subjects. Source: this project (fraud.md C11, C12).
    """
    s = slips_at_sites(e)
    collectors = e["actor"].loc[e["actor"]["kind"] == "collector", "actor_id"]
    ours = within(s["buyer_id"], collectors) | s["buyer_id"].isna()
    s = s[ours & ~s["resale"]].reset_index(drop=True)
    zone = lookup(s["mine_site_id"].astype("object"), sites(e)["subprefecture"]).astype("str")
    blank = lacking(e, s, "purchase", "purchase_date", "buyer_id")
    missing = reasons(
        s.index,
        (pd.Series(not e.held("actor"), index=s.index), "never_loaded:actor"),
        (blank != "", blank),
        (s["unplaced"] != "", s["unplaced"]),
        (zone.isna(), "not_held:mine_site"),
    )
    usable = np.flatnonzero(missing == "")
    told = _compared(e, s.iloc[usable], zone.iloc[usable], p)
    found = pd.DataFrame(index=s.index).join(told.set_index(usable))
    few = (found["buyers_slips"] < int(p["minimum_slips"])) | (found["peers"] < int(p["minimum_peers"]))
    open_ = missing == ""
    missing = missing.mask(open_ & found["km"].isna(), "place_unresolved:mine_site_id")
    missing = missing.mask(open_ & few, "small_sample:purchase")
    fires = found["distant"].fillna(False).astype(bool) & (found["distant_buyers"] >= int(p["minimum_distant"]))
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        score=found["score"],
        site=s["mine_site_id"],
        buyer=s["buyer_id"],
        zone=zone,
        home=found["home"].astype("str"),
        km=found["km"].round().astype("Int64"),
        **{name: found[name].astype("Int64") for name in _COUNTS},
        ref=s["ref"],
    )


def _compared(e: Evidence, s: pd.DataFrame, zones: pd.Series, p: Params) -> pd.DataFrame:
    """Row by row of ``s`` (all known): what :func:`distant_collector` shows, ``distant`` (bool) and the score.

    Homes and kilometres are found once per pair of buyer and mine.
    """
    buyer, _ = pd.factorize(s["buyer_id"].astype("object"), sort=True)
    site, _ = pd.factorize(s["mine_site_id"].astype("object"), sort=True)
    zone, names = pd.factorize(zones.astype("object"), sort=True)
    pair, first = _numbered(buyer, site)
    slips = np.bincount(pair, minlength=len(first))
    home, others = _homes(buyer, zone, first, slips)
    at = places_at(e, pd.Series(names.take(home) if len(first) else [], dtype="object"))
    km = km_between(s["lon"].to_numpy()[first], s["lat"].to_numpy()[first], at["lon"], at["lat"])
    peers = np.bincount(zone, minlength=1)[zone] - np.bincount(site, minlength=1)[site]
    alike = _together(zone, home[pair]) - _together(site, home[pair])
    known = others[pair] >= int(p["minimum_slips"])
    distant = known & (km[pair] > float(p["far_km"])) & (alike * 100 < float(p["most_percent"]) * peers)
    of_pair = np.bincount(pair[distant], minlength=len(first)) > 0
    distant_slips = np.bincount(site[distant], minlength=len(s))[site]
    return pd.DataFrame(
        {
            "home": names.take(home[pair]) if len(s) else [], "km": km[pair], "buyers_slips": others[pair],
            "buyers": np.bincount(site[first], minlength=len(s))[site],
            "distant_buyers": np.bincount(site[first[of_pair]], minlength=len(s))[site],
            "distant_slips": distant_slips, "peers": peers, "peers_alike": alike, "distant": distant,
            "score": _score(alike, peers, distant_slips),
        }
    )  # fmt: skip


def _score(alike: Ints, peers: Ints, distant_slips: Ints) -> Floats:
    rarity = -np.log10((1 + alike) / (1 + peers))
    return np.asarray(rarity + np.log10(np.maximum(distant_slips, 1)), dtype="float64")


def _homes(buyer: Ints, zone: Ints, first: Ints, slips: Ints) -> tuple[Ints, Ints]:
    """Per pair of buyer and mine: the zone most of the buyer's slips from other mines lie in (of equal ones the first
    by name), and how many slips from other mines he has."""
    if not len(first):
        return first, first
    table = np.zeros((buyer.max() + 1, zone.max() + 1), dtype="int64")
    np.add.at(table, (buyer, zone), 1)
    own = table[buyer[first]]
    own[np.arange(len(first)), zone[first]] -= slips
    return own.argmax(axis=1), own.sum(axis=1)


def _together(one: Ints, other: Ints) -> Ints:
    """For each row: how many rows have the same two numbers."""
    if not len(one):
        return one
    _, at, count = np.unique(one.astype("int64") * (other.max() + 1) + other, return_inverse=True, return_counts=True)
    return np.asarray(count[at], dtype="int64")


def _numbered(buyer: Ints, site: Ints) -> tuple[Ints, Ints]:
    """A number from 0 for each pair of buyer and mine, and the position of the first slip of each."""
    codes = buyer.astype("int64") * (int(site.max(initial=0)) + 1) + site
    _, first, pair = np.unique(codes, return_index=True, return_inverse=True)
    return pair.astype("int64"), first.astype("int64")
