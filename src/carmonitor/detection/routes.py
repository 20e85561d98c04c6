"""F18: impossible order or speed: what a bag's papers say against the calendar and the map (fraud.md §4, case C6).

Days are whole: a bag that leaves and arrives on one day had one day, whatever the hours. Distances are straight lines,
which no road is shorter than, less ``slack_km`` for positions that are only roughly known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.detection.distances import Floats, Ints, km_between, places_at
from carmonitor.detection.flow_network import Bools, distinct
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import (
    checked,
    lacking,
    quarantined,
    reasons,
    returns_unread,
    together,
    unsupplied,
)
from carmonitor.framework.custody import is_resale, may_be_resale
from carmonitor.records.columns import positions, within
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


@dataclass(frozen=True)
class _Legs:
    """Which slip is listed on which sheet: rows of ``slips`` and ``sheets``, and the line's own row (``ref``).

    ``sheets`` stand in the order of their numbers. Both have days and positions, and why these are not known.
    """

    slip: Ints
    sheet: Ints
    ref: Ints
    slips: pd.DataFrame
    sheets: pd.DataFrame

    def of_slip(self, column: str) -> np.ndarray:
        return self.slips[column].to_numpy()[self.slip]

    def of_sheet(self, column: str) -> np.ndarray:
        return self.sheets[column].to_numpy()[self.sheet]


def _legs(e: Evidence) -> _Legs:
    items = e["transfer_item"][["sheet_number", "slip_number", "ref"]].drop_duplicates(["sheet_number", "slip_number"])
    sheets = e["transfer"].sort_values("ref").drop_duplicates("sheet_number")
    sheets = sheets.sort_values("sheet_number", ignore_index=True)
    slips = e["purchase"][["slip_number", "purchase_date", "purchase_place_resolved", "return_id", "ref"]]
    slips = slips.sort_values("ref", ignore_index=True)
    slip, sheet = (positions(items[key], of[key]) for key, of in (("slip_number", slips), ("sheet_number", sheets)))
    both = (slip >= 0) & (sheet >= 0)
    used = distinct(slip[both])
    slips = slips.iloc[used].reset_index(drop=True)
    bought_at, start, end = (
        places_at(e, slips["purchase_place_resolved"]),
        places_at(e, sheets["from_place_resolved"]),
        places_at(e, sheets["to_place_resolved"]),
    )
    departure, arrival = (lacking(e, sheets, "transfer", column) for column in ("departed_on", "arrived_on"))
    unplaced = [_unplaced(e, sheets, f"{way}_place", at["lon"]) for way, at in (("from", start), ("to", end))]
    slips = slips.assign(
        lon=bought_at["lon"], lat=bought_at["lat"], missing=lacking(e, slips, "purchase", "purchase_date")
    )
    sheets = sheets.assign(
        from_lon=start["lon"], from_lat=start["lat"], to_lon=end["lon"], to_lat=end["lat"],
        missing_departure=departure,
        missing=reasons(sheets.index, *((why != "", why) for why in (departure, arrival, *unplaced))),
    )  # fmt: skip
    return _Legs(np.searchsorted(used, slip[both]), sheet[both], items["ref"].to_numpy("int64")[both], slips, sheets)


def _unplaced(e: Evidence, sheets: pd.DataFrame, column: str, lon: pd.Series) -> pd.Series:
    blank = lacking(e, sheets, "transfer", column)
    return reasons(sheets.index, (blank != "", blank), (lon.isna(), f"place_unresolved:{column}"))


def _order(legs: _Legs) -> pd.DataFrame:
    early: pd.Series = pd.Series(legs.of_slip("purchase_date") - legs.of_sheet("departed_on")).dt.days
    score: Floats = np.log1p(early.clip(lower=0).fillna(0).to_numpy("float64"))
    blind = (legs.slips["missing"] != "").to_numpy()[legs.slip]
    blind = blind | (legs.sheets["missing_departure"] != "").to_numpy()[legs.sheet]
    at = _worst(legs, blind, score)
    undated, unsent = legs.slips["missing"].take(legs.slip[at]), legs.sheets["missing_departure"].take(legs.sheet[at])
    missing = undated.where(undated != "", unsent.set_axis(undated.index)).reset_index(drop=True)
    return _told(
        legs, at, (early > 0).to_numpy()[at], missing, score[at], early.to_numpy("float64")[at], None, "before_purchase"
    )


def _speed(legs: _Legs, p: Params) -> pd.DataFrame:
    """Three ways of which the fastest is told: the bag's, from the purchase to its departure, to its arrival.

    Slips that pass are told once, by :func:`_order`.
    """
    bought, sent, come = legs.of_slip("purchase_date"), legs.of_sheet("departed_on"), legs.of_sheet("arrived_on")
    town, start, end = (
        (legs.of_slip("lon"), legs.of_slip("lat")),
        (legs.of_sheet("from_lon"), legs.of_sheet("from_lat")),
        (legs.of_sheet("to_lon"), legs.of_sheet("to_lat")),
    )
    ways = ((start, end, sent, come), (town, start, bought, sent), (town, end, bought, come))
    known, kms, days = [], [], []
    for (lon, lat), (to_lon, to_lat), first, last in ways:
        km = km_between(lon, lat, to_lon, to_lat)
        spent: Floats = np.asarray(pd.Series(last - first).dt.days, dtype="float64")
        before = (spent < 0) & (first is bought)  # told as before_purchase
        ratio = np.where(before, np.nan, _ratio(km, spent, p))
        known.append(np.where(np.isnan(ratio), -np.inf, ratio))
        kms.append(km)
        days.append(spent)
    best = np.argmax(known, axis=0)
    fastest, km, spent = (np.choose(best, of) for of in (known, kms, days))
    score = np.log(np.maximum(fastest, 1e-9))
    # one impossible way is enough, whatever else is not known
    blind = (legs.sheets["missing"] != "").to_numpy()[legs.sheet] & ~(fastest > 1)
    at = _worst(legs, blind, score)
    at = at[blind[at] | (score[at] > 0)]
    missing = legs.sheets["missing"].take(legs.sheet[at]).reset_index(drop=True).mask(fastest[at] > 1, "")
    return _told(legs, at, score[at] > 0, missing, score[at], spent[at], km[at], "too_fast")


def _ratio(km: Floats, days: Floats, p: Params) -> Floats:
    """Kilometres to go over kilometres that could be gone; NaN where either is not known."""
    could = float(p["km_per_day"]) * np.where(days < 0, 0.5, days + 1)
    return np.asarray(np.maximum(km - float(p["slack_km"]), 0) / could)


def _worst(legs: _Legs, blind: Bools, score: Floats) -> Ints:
    """One leg per slip: the strangest that could be checked."""
    order = np.lexsort((legs.sheet, -score, blind, legs.slip))
    slip = legs.slip[order]
    first = np.ones(len(slip), dtype=bool)
    first[1:] = slip[1:] != slip[:-1]
    return order[first]


def _told(
    legs: _Legs, at: Ints, fires: Bools, missing: pd.Series, score: Floats, days: Floats, km: Floats | None, part: str
) -> pd.DataFrame:
    """The chosen legs as checked rows."""
    slips = legs.slips[["slip_number", "purchase_date", "ref"]].take(legs.slip[at]).reset_index(drop=True)
    columns = ["sheet_number", "from_place", "to_place", "departed_on", "arrived_on", "ref"]
    sheets = legs.sheets[columns].take(legs.sheet[at]).reset_index(drop=True)
    return checked(
        slips["slip_number"],
        slips["purchase_date"],
        pd.Series(fires),
        missing,
        part=part,
        score=score,
        sheet=sheets["sheet_number"],
        from_place=sheets["from_place"],
        to_place=sheets["to_place"],
        purchase_date=slips["purchase_date"],
        departed_on=sheets["departed_on"],
        arrived_on=sheets["arrived_on"],
        days=pd.Series(days, dtype="Float64").astype("Int64"),
        km=pd.Series(np.full(len(at), np.nan) if km is None else km).round().astype("Int64"),
        ref_purchase=slips["ref"],
        ref_sheet=sheets["ref"],
        ref_item=legs.ref[at],
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
    arrived = within(number, items.loc[within(items["sheet_number"], bound), "slip_number"])
    perhaps = within(number, items.loc[within(items["sheet_number"], unsure), "slip_number"])
    perhaps |= within(number, items.loc[~within(items["sheet_number"], there["sheet_number"]), "slip_number"])
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
