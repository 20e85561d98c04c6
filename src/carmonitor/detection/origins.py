"""F08: an origin that is a place of purchase, or no known mine (fraud.md §4, case C10).

In Cameroon officials wrote down where stones were bought, not where they were dug. Such an origin names a town, or a
sub-prefecture or mine where nobody is known to dig, or a mine that does not lie in the sub-prefecture beside it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import km_to_nearest, sites, slips_at_sites
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, lookup, reasons, together
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence


@detector(
    "F08", origin="text", purchase_place="text", zone="text", site="text", site_zone="text", km="km",
    slips_alike="count", slips="count",
)  # fmt: skip
def origin_of_no_mine(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales whose origin is a place of sale, or no mine that is known.

    Subject: purchase; day: purchase_date. Parts: ``town`` (the origin as written names a town where stones are sold,
    not a sub-prefecture), ``no_mine`` (the site register knows no mine in the sub-prefecture of origin),
    ``unknown_site`` (the mine is not in the register), ``far_site`` (the mine lies more than ``far_km`` outside the
    sub-prefecture of origin). Score: how rare such slips are, -log10 of their share among the first sales of the
    quarter (``slips_alike`` of ``slips``), plus for ``far_site`` log of km over ``far_km``.

    Not evaluated: origin or mine blank or the place not known; the register never loaded, or with fewer than
    ``minimum_sites`` mines (``small_sample``). Source: fraud.md §4 F08, C10.
    """
    s = slips_at_sites(e)
    s = s[~s["resale"]].reset_index(drop=True)
    zone = e.gazetteer.subprefectures(s["origin_subprefecture_resolved"])
    site_zone = lookup(s["mine_site_id"].astype("object"), sites(e)["subprefecture"])
    day = s["purchase_date"]
    quarter = (day.dt.year * 4 + day.dt.quarter).fillna(0).astype("int64")
    s = s.assign(zone=zone, site_zone=site_zone, quarter=quarter)
    return together(_town(e, s), _no_mine(e, s, p), _unknown_site(e, s, p), _far_site(e, s, p))


def _register(e: Evidence, s: pd.DataFrame, p: Params) -> list[tuple[pd.Series, str | pd.Series]]:
    few = len(sites(e)) < int(p["minimum_sites"])
    return [
        (pd.Series(not e.held("mine_site"), index=s.index), "never_loaded:mine_site"),
        (pd.Series(few, index=s.index), "small_sample:mine_site"),
    ]


def _origin_unknown(e: Evidence, s: pd.DataFrame) -> list[tuple[pd.Series, str | pd.Series]]:
    blank = lacking(e, s, "purchase", "origin_subprefecture")
    return [(blank != "", blank), (s["zone"].isna(), "place_unresolved:origin_subprefecture")]


def _town(e: Evidence, s: pd.DataFrame) -> pd.DataFrame:
    towns = [name for name, entry in e.gazetteer.places.items() if entry.get("kind") in ("town", "abroad")]
    blank = lacking(e, s, "purchase", "origin_subprefecture")
    unresolved = s["origin_subprefecture_resolved"].isna()
    missing = reasons(s.index, (blank != "", blank), (unresolved, "place_unresolved:origin_subprefecture"))
    return _told(s, s["origin_subprefecture_resolved"].isin(towns), missing, "town", silent=True)


def _no_mine(e: Evidence, s: pd.DataFrame, p: Params) -> pd.DataFrame:
    known = sites(e)["subprefecture"].dropna().unique()
    review = e.gazetteer.under_review(s["origin_subprefecture_resolved"])
    missing = reasons(s.index, *_register(e, s, p), *_origin_unknown(e, s), (review, "needs_review"))
    return _told(s, ~s["zone"].isin(known), missing, "no_mine")


def _unknown_site(e: Evidence, s: pd.DataFrame, p: Params) -> pd.DataFrame:
    blank = lacking(e, s, "purchase", "mine_site_id")
    unheld = ~within(s["mine_site_id"], e["mine_site"]["mine_site_id"])
    mistyped = s["mine_site_id"].isin(e.in_quarantine("mine_site", "mine_site_id"))
    missing = reasons(
        s.index, *_register(e, s, p), (blank != "", blank), (unheld & mistyped, "in_quarantine:mine_site")
    )
    return _told(s, unheld, missing, "unknown_site")


def _far_site(e: Evidence, s: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Distances are found once per mine and sub-prefecture, to the nearest point of its boundary."""
    review = e.gazetteer.under_review(s["origin_subprefecture_resolved"])
    known = sites(e)
    asked = s.loc[(s["unplaced"] == "") & s["zone"].notna(), ["mine_site_id", "zone"]].drop_duplicates()
    asked = asked.sort_values(["zone", "mine_site_id"])
    at = known.loc[asked["mine_site_id"].astype("object")]
    km = np.full(len(asked), np.nan)
    for zone in asked["zone"].unique():
        rows = (asked["zone"] == zone).to_numpy()
        km[rows] = km_to_nearest(at["lon"][rows], at["lat"][rows], e.gazetteer.boundary(zone))
    km[(at["subprefecture"].to_numpy() == asked["zone"].to_numpy())] = 0.0
    km_of = asked.assign(km=km)
    told = s[["mine_site_id", "zone"]].merge(km_of, how="left", on=["mine_site_id", "zone"])["km"].set_axis(s.index)
    missing = reasons(
        s.index,
        *_register(e, s, p),
        *_origin_unknown(e, s),
        (review, "needs_review"),
        (s["unplaced"] != "", s["unplaced"]),
        (told.isna(), "place_unresolved:origin_subprefecture"),
    )
    return _told(s, told > float(p["far_km"]), missing, "far_site", told, float(p["far_km"]))


def _told(
    s: pd.DataFrame,
    fires: pd.Series,
    missing: pd.Series,
    part: str,
    km: pd.Series | None = None,
    far: float = 1.0,
    *,
    silent: bool = False,
) -> pd.DataFrame:
    """Checked rows of one part. ``silent``: those that pass too; they are told once, by one of the parts."""
    fires = fires.fillna(False).astype(bool) & (missing == "")
    of_quarter = fires.groupby(s["quarter"])
    slips, alike = of_quarter.transform("size"), of_quarter.transform("sum")
    rarity = -np.log10(np.maximum(alike, 1) / slips)
    distance = pd.Series(0.0, index=s.index) if km is None else np.log(np.maximum(km.fillna(far), far) / far)
    told = (fires | (missing != "")) | silent
    s = s[told]
    fires, missing, slips, alike, score = (x[told] for x in (fires, missing, slips, alike, rarity + distance))
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        part=part,
        score=score,
        origin=s["origin_subprefecture"],
        purchase_place=s["purchase_place"],
        zone=s["zone"],
        site=s["mine_site_id"],
        site_zone=s["site_zone"].astype("str"),
        km=pd.Series(pd.NA, index=s.index, dtype="Int64") if km is None else km[told].round().astype("Int64"),
        slips_alike=alike.astype("Int64"),
        slips=slips.astype("Int64"),
        ref=s["ref"],
    )
