"""What each slip and parcel of the custody network lets pass, what of it is not known, and which zones were open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from carmonitor.detection import custody_sources as sources
from carmonitor.detection.custody_papers import MAYBE, NO, YES, Papers, whole
from carmonitor.detection.flow_network import UNBOUNDED, Bools, Ints
from carmonitor.framework.common import lacking, reasons
from carmonitor.framework.rules.zones import standing
from carmonitor.records.evidence import Evidence


def slips(e: Evidence, papers: Papers, unknown: pd.Series) -> pd.DataFrame:
    """Each slip once. ``unknown``: why its stones may have come from papers not held, per record.

    ``limit``, ``sure``: what may pass, leniently and strictly; ``free``: its free part; ``open``: of
    it what may come from papers not held; ``why``, ``zone`` (null: not known or not asked), ``first_sale``."""
    s, size = papers.records, len(papers.slips)
    slip = s["slip"].to_numpy()
    licensed, withheld = s["licensed"].to_numpy(dtype=bool), s["withheld"].to_numpy(dtype=bool)
    limit, sure = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.maximum.at(limit, slip, np.where(licensed, whole(s["carats"], UNBOUNDED), 0))
    np.maximum.at(sure, slip, np.where(licensed & ~withheld, whole(s["carats"], 0), 0))
    held = limit >= 0
    limit[~held] = UNBOUNDED
    limit[slip[withheld]] = UNBOUNDED
    linked, resale = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool)
    np.add.at(linked, papers.resold.into, papers.resold.carats)
    resale[papers.resold.into] = True
    free = np.maximum(limit - linked, 0)
    numbers = pd.Series(papers.slips, dtype="str")
    why = first_of(slip, unknown, size)
    hidden = numbers.isin(e.in_quarantine("purchase", "slip_number"))
    why = reasons(
        why.index,
        (pd.Series(~held & hidden.to_numpy(), index=why.index), "in_quarantine:purchase"),
        (pd.Series(~held, index=why.index), "not_held:purchase"),
        (pd.Series(_in_circle(papers), index=why.index), "circular_sources"),
        (why != "", why),
    )
    whole_slip = np.isin(why, ("not_held:purchase", "in_quarantine:purchase", "circular_sources"))
    zone, unclear = _origins(e, papers)
    asked = ~resale & held
    sure = np.where(asked & (unclear != ""), 0, sure)
    return pd.DataFrame(
        {
            "limit": limit,
            "sure": sure,
            "free": free,
            "open": np.where(why != "", np.where(whole_slip, limit, free), 0),
            "why": why,
            "zone": zone.where(asked),
            "unclear": unclear.where(asked, ""),
            "first_sale": ~resale,
        }
    )


def packs(e: Evidence, papers: Papers, months: int) -> pd.DataFrame:
    """Each parcel: ``limit``, ``sure``, ``free``, ``open`` as of slips, and ``why``."""
    p, size = papers.parcels, len(papers.parcels)
    linked = np.zeros(size, dtype=np.int64)
    np.add.at(linked, papers.packed.into, papers.packed.carats)
    limit = whole(p["carats"], UNBOUNDED)
    listed = p["listed"].to_numpy(dtype=bool)
    free = np.where(listed & p["carats"].notna().to_numpy(), np.maximum(limit - linked, 0), 0)
    exporter = sources.free_exporter(e, papers, months)
    why = exporter.to_numpy(dtype=object)[p["certificate"].to_numpy()]
    why = np.where(free > 0, why, "")
    blank = reasons(p.index, (~p["listed"], "not_held:parcel"), (p["carats"].isna(), "blank:carats"))
    return pd.DataFrame(
        {
            "limit": limit,
            "sure": whole(p["carats"], 0),
            "free": free,
            "open": np.where(why != "", free, 0),
            "why": np.where(blank != "", blank, why),
        }
    )


@dataclass(frozen=True)
class Zones:
    """``group``: the zone of each slip, -1 none; ``day``: the issue day of each end; ``verdict``: zone by day."""

    group: Ints
    day: Ints
    verdict: Ints


def zones_open(e: Evidence, zone: pd.Series, issued_on: pd.Series, count: pd.Series) -> Zones:
    """Whether a first sale's zone was compliant on the days of issue, as Z-01 reads it (a suspended one is Z-05's).

    ``count``: whether zones count on the day of issue; where they do not, every zone is open.
    """
    group, zones = pd.factorize(zone)
    day, days = pd.factorize(issued_on)
    asked = pd.MultiIndex.from_product([zones, days], names=["zone", "day"]).to_frame(index=False)
    asked = asked.astype({"zone": "str", "day": "datetime64[us]"})
    known, unsure = standing(e, asked["zone"], asked["day"], "compliant")
    suspended, perhaps = standing(e, asked["zone"], asked["day"], "suspended")
    free = pd.Series(~count.to_numpy(dtype=bool)).groupby(day).first().reindex(range(len(days))).to_numpy(dtype=bool)
    always = np.tile(free, len(zones))
    verdict = np.where(always | known | suspended | perhaps, YES, np.where(unsure, MAYBE, NO))
    return Zones(group.astype(np.int64), day.astype(np.int64), verdict.reshape(len(zones), len(days)))


def _origins(e: Evidence, papers: Papers) -> tuple[pd.Series, pd.Series]:
    """Of each slip the pre-2021 sub-prefecture, and why it is not known."""
    s, size = papers.records, len(papers.slips)
    zone = e.gazetteer.subprefectures(s["origin_subprefecture_resolved"])
    blank = lacking(e, s, "purchase", "origin_subprefecture")
    unclear = reasons(
        s.index,
        (pd.Series(not e.held("zone"), index=s.index), "never_loaded:zone"),
        (s["withheld"].astype(bool), "in_quarantine:purchase"),
        (blank != "", blank),
        (zone.isna(), "place_unresolved:origin_subprefecture"),
        (e.gazetteer.under_review(zone), "needs_review"),
    )
    slip = s["slip"].to_numpy()
    several = zone.groupby(slip).nunique().reindex(range(size)).fillna(0) > 1
    why = first_of(slip, unclear, size).mask(several, "rows_differ:purchase")
    by_slip = zone.groupby(slip).first().reindex(range(size)).astype("str")
    return by_slip.where(why == ""), why


def first_of(slip: Ints, reason: pd.Series, size: int) -> pd.Series:
    """The first reason, in alphabetical order, that the records of each slip give; ``""`` for none."""
    given = reason[reason != ""]
    least = given.groupby(slip[(reason != "").to_numpy()]).min()
    return least.reindex(range(size)).fillna("").astype("str")


def _in_circle(papers: Papers) -> Bools:
    """Slips that are among their own sources."""
    size, links = len(papers.slips), papers.resold
    ones = np.ones(len(links.source), dtype=np.int8)
    _, part = connected_components(csr_array((ones, (links.source, links.into)), (size, size)), connection="strong")
    circle: Bools = np.bincount(part)[part] > 1 if size else np.zeros(0, dtype=bool)
    circle[links.source[links.source == links.into]] = True
    return circle
