"""F18: impossible order or speed: what a bag's papers say against the calendar and the map (fraud.md §4, case C6).

Days are whole: a bag that leaves and arrives on one day had one day, whatever the hours. Distances are straight lines,
which no road is shorter than, less ``slack_km`` for positions that are only roughly known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, km_between, places_at
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import (
    among,
    checked,
    lacking,
    quarantined,
    reasons,
    returns_unread,
    together,
    unsupplied,
)
from carmonitor.framework.custody import is_resale, may_be_resale
from carmonitor.records.evidence import Evidence

CAPITAL = "Bangui"


@detector(
    "F18", sheet="text", from_place="text", to_place="text", purchase_date="date", departed_on="date",
    arrived_on="date", days="days", km="km",
)  # fmt: skip
def impossible_route(e: Evidence, p: Params) -> pd.DataFrame:
    """Slips whose stones left before they were bought, went faster than a road allows, or never left their zone.

    Subject: purchase; day: purchase_date. Parts: ``before_purchase`` (a transfer sheet that lists the slip departs
    earlier than the purchase; score log(1 + days)); ``too_fast`` (the bag's own way, or the way from the place of
    purchase to where the bag left or arrived, is longer than ``km_per_day`` × days, first and last day included, plus
    ``slack_km``; arrival before departure counts as half a day; score: log of the excess ratio); ``no_leg`` (a first
    sale made in Bangui, of stones from elsewhere, that no transfer sheet brought there; score: log of km over
    ``km_per_day``). Of several sheets the worst is told.

    Not evaluated: days or places of the sheet or the slip blank, not resolved or not held; for ``no_leg``: where the
    slip may be a resale, or where transfers were not supplied. Slips on no sheet that were bought elsewhere are D-07's.
    Source: fraud.md §4 F18, C6.
    """
    legs = _legs(e)
    return together(_order(legs), _speed(legs, p), _no_leg(e, p))


def _legs(e: Evidence) -> pd.DataFrame:
    """A row per slip and sheet that lists it, with days, places and positions of both."""
    items = e["transfer_item"][["sheet_number", "slip_number", "ref"]].drop_duplicates(["sheet_number", "slip_number"])
    sheets = e["transfer"].sort_values("ref").drop_duplicates("sheet_number")
    slips = e["purchase"].sort_values("ref").drop_duplicates("slip_number")
    bought_at, start, end = (
        places_at(e, slips["purchase_place_resolved"]),
        places_at(e, sheets["from_place_resolved"]),
        places_at(e, sheets["to_place_resolved"]),
    )
    slips = slips.assign(
        lon=bought_at["lon"], lat=bought_at["lat"],
        missing_date=lacking(e, slips, "purchase", "purchase_date"),
        missing_place=_unplaced(e, slips, "purchase", "purchase_place", bought_at["lon"]),
    )  # fmt: skip
    sheets = sheets.assign(
        from_lon=start["lon"], from_lat=start["lat"], to_lon=end["lon"], to_lat=end["lat"],
        missing_departure=lacking(e, sheets, "transfer", "departed_on"),
        missing_arrival=lacking(e, sheets, "transfer", "arrived_on"),
        missing_from=_unplaced(e, sheets, "transfer", "from_place", start["lon"]),
        missing_to=_unplaced(e, sheets, "transfer", "to_place", end["lon"]),
    )  # fmt: skip
    columns = ["slip_number", "purchase_date", "lon", "lat", "missing_date", "missing_place", "ref"]
    return (
        items.rename(columns={"ref": "ref_item"})
        .merge(slips[columns].rename(columns={"ref": "ref_purchase"}), on="slip_number")
        .merge(sheets.drop(columns="return_id").rename(columns={"ref": "ref_sheet"}), on="sheet_number")
    )


def _unplaced(e: Evidence, frame: pd.DataFrame, kind: str, column: str, lon: pd.Series) -> pd.Series:
    blank = lacking(e, frame, kind, column)
    return reasons(frame.index, (blank != "", blank), (lon.isna(), f"place_unresolved:{column}"))


def _order(legs: pd.DataFrame) -> pd.DataFrame:
    early = (legs["purchase_date"] - legs["departed_on"]).dt.days
    missing = reasons(
        legs.index,
        (legs["missing_date"] != "", legs["missing_date"]),
        (legs["missing_departure"] != "", legs["missing_departure"]),
    )
    rows = legs.assign(score=np.log1p(early.clip(lower=0).fillna(0)), missing=missing, days=early.astype("Int64"))
    rows = _worst(rows)
    return _told(rows, rows["days"] > 0, "before_purchase")


def _speed(legs: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Three ways of which the fastest is told: the bag's, from the purchase to its departure, to its arrival."""
    ways = {
        "bag": (("from_lon", "from_lat", "departed_on"), ("to_lon", "to_lat", "arrived_on")),
        "sending": (("lon", "lat", "purchase_date"), ("from_lon", "from_lat", "departed_on")),
        "whole": (("lon", "lat", "purchase_date"), ("to_lon", "to_lat", "arrived_on")),
    }
    ratios, kms, days = [], [], []
    for (lon, lat, start), (to_lon, to_lat, end) in ways.values():
        km = km_between(legs[lon], legs[lat], legs[to_lon], legs[to_lat])
        spent = np.asarray((legs[end] - legs[start]).dt.days, dtype="float64")
        before = (spent < 0) & (start == "purchase_date")  # told as before_purchase
        ratios.append(np.where(before, np.nan, _ratio(km, spent, p)))
        kms.append(km)
        days.append(spent)
    known = np.where(np.isnan(ratios), -np.inf, ratios)
    best = known.argmax(axis=0)
    at = np.arange(len(legs))
    told = ["missing_departure", "missing_arrival", "missing_from", "missing_to"]
    missing = reasons(legs.index, *((legs[column] != "", legs[column]) for column in told))
    fastest = known[best, at]
    rows = legs.assign(
        score=np.log(np.maximum(fastest, 1e-9)),
        missing=missing.mask(fastest > 1, ""),  # one impossible way is enough, whatever else is not known
        km=np.array(kms)[best, at],
        days=pd.array(np.array(days)[best, at], dtype="Float64").astype("Int64"),
    )
    rows = _worst(rows)
    return _told(rows, rows["score"] > 0, "too_fast")


def _ratio(km: Floats, days: Floats, p: Params) -> Floats:
    """Kilometres to go over kilometres that could be gone; NaN where either is not known."""
    could = float(p["km_per_day"]) * np.where(days < 0, 0.5, days + 1)
    return np.asarray(np.maximum(km - float(p["slack_km"]), 0) / could)


def _worst(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per slip: the strangest that could be checked."""
    rows = rows.assign(blind=rows["missing"] != "")
    order = ["slip_number", "blind", "score", "sheet_number"]
    return rows.sort_values(order, ascending=[True, True, False, True]).drop_duplicates("slip_number")


def _told(rows: pd.DataFrame, fires: pd.Series, part: str) -> pd.DataFrame:
    km = rows["km"] if "km" in rows else pd.Series(np.nan, index=rows.index)
    return checked(
        rows["slip_number"],
        rows["purchase_date"],
        fires.fillna(False).astype(bool),
        rows["missing"],
        part=part,
        score=rows["score"],
        sheet=rows["sheet_number"],
        from_place=rows["from_place"],
        to_place=rows["to_place"],
        purchase_date=rows["purchase_date"],
        departed_on=rows["departed_on"],
        arrived_on=rows["arrived_on"],
        days=rows["days"],
        km=km.round().astype("Int64"),
        ref_purchase=rows["ref_purchase"],
        ref_sheet=rows["ref_sheet"],
        ref_item=rows["ref_item"],
    )


def _no_leg(e: Evidence, p: Params) -> pd.DataFrame:
    """First sales in the capital of stones from elsewhere that no sheet to the capital lists."""
    s = e["purchase"]
    place = e.gazetteer.subprefectures(s["purchase_place_resolved"])
    origin = e.gazetteer.subprefectures(s["origin_subprefecture_resolved"])
    s = s.assign(origin=origin)[(place == CAPITAL).fillna(False).astype(bool) & (origin != CAPITAL).fillna(True)]
    s = s[~is_resale(e, s["slip_number"])]
    there = e["transfer"]
    arriving = e.gazetteer.subprefectures(there["to_place_resolved"])
    bound = there.loc[(arriving == CAPITAL).fillna(False).astype(bool), "sheet_number"]
    unsure = there.loc[arriving.isna(), "sheet_number"]
    items = e["transfer_item"]
    number = s["slip_number"]
    arrived = among(number, items.loc[among(items["sheet_number"], bound), "slip_number"])
    perhaps = among(number, items.loc[among(items["sheet_number"], unsure), "slip_number"])
    perhaps |= among(number, items.loc[~among(items["sheet_number"], there["sheet_number"]), "slip_number"])
    start = places_at(e, s["origin"])
    capital = e.gazetteer.position(CAPITAL) or (np.nan, np.nan)
    km = pd.Series(km_between(start["lon"], start["lat"], *capital), index=s.index)
    blank = lacking(e, s, "purchase", "origin_subprefecture", "purchase_date")
    nameless = bool(returns_unread(e, "transfer_item", "slip_number"))  # a line that nobody could read may name any
    missing = reasons(
        s.index,
        (arrived, ""),
        (nameless | quarantined(e, "transfer_item", "slip_number", number), "in_quarantine:transfer_item"),
        (unsupplied(e, s["return_id"], "transfer_item", "slip_number"), "not_supplied:transfer_item"),
        (perhaps, "not_held:transfer"),
        (may_be_resale(e, s), "not_supplied:purchase_source"),
        (quarantined(e, "purchase_source", "slip_number", number), "in_quarantine:purchase_source"),
        (blank != "", blank),
        (km.isna(), "place_unresolved:origin_subprefecture"),
    )
    return checked(
        number,
        s["purchase_date"],
        ~arrived,
        missing,
        part="no_leg",
        score=np.log(np.maximum(km, 1.0) / float(p["km_per_day"])),
        sheet=None,
        from_place=s["origin_subprefecture"],
        to_place=s["purchase_place"],
        purchase_date=s["purchase_date"],
        departed_on=pd.Series(pd.NaT, index=s.index, dtype="datetime64[us]"),
        arrived_on=pd.Series(pd.NaT, index=s.index, dtype="datetime64[us]"),
        days=pd.Series(pd.NA, index=s.index, dtype="Int64"),
        km=km.round().astype("Int64"),
        ref_purchase=s["ref"],
    )
