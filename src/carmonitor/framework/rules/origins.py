"""Z-06 to Z-08: names of places, as papers write them (framework.md §4 and §8).

What a spelling may mean, which prefecture a sub-prefecture lies in and which names came with the map of 2021 stand in
``schemas/gazetteer.yaml``, which travels with the evidence.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import checked, lacking, reasons, together
from carmonitor.records.evidence import Evidence


@rule("Z-06", prefecture="text", zone="text", expected_prefecture="text", purchase_date="date")
def prefecture_fits(e: Evidence, p: Params) -> pd.DataFrame:
    """A slip's prefecture is the one its sub-prefecture lay in on the purchase date: the map changed on 2021-01-21.

    Subject: purchase on which a prefecture is written. Not evaluated where a place is unknown, or the prefecture of
    the sub-prefecture on that day is. The date counts only for sub-prefectures that changed.
    """
    s = e["purchase"][e["purchase"]["prefecture"].notna()]
    zone = e.gazetteer.subprefectures(s["origin_subprefecture_resolved"])
    before = e.gazetteer.attribute(zone, "prefecture_to_2021")
    after = e.gazetteer.attribute(zone, "prefecture_from_2021")
    expected = after.where(s["purchase_date"] >= pd.Timestamp(p["map_changed"]), before)
    origin, date = (lacking(e, s, "purchase", name) for name in ("origin_subprefecture", "purchase_date"))
    missing = reasons(
        s.index,
        (origin != "", origin),
        (zone.isna(), "place_unresolved:origin_subprefecture"),
        (s["prefecture_resolved"].isna(), "place_unresolved:prefecture"),
        ((date != "") & ~(before == after), date),
        (expected.isna(), "place_unresolved:prefecture"),
    )
    return checked(
        s["slip_number"],
        s["purchase_date"],
        s["prefecture_resolved"] != expected,
        missing,
        prefecture=s["prefecture"],
        zone=zone,
        expected_prefecture=expected,
        purchase_date=s["purchase_date"],
        ref=s["ref"],
    )


@rule("Z-07", origin="text", candidates="text")
def origin_known(e: Evidence, _: Params) -> pd.DataFrame:
    """Every origin written on a slip or a production line means exactly one sub-prefecture.

    Subject: purchase or production. Parts: ``unknown`` spelling, ``ambiguous`` spelling (``candidates``: what it may
    mean), ``not_subprefecture`` (a prefecture or a place abroad). Known variants and towns are silent.
    """
    slips, lines = e["purchase"], e["production"]
    line_id = lines["register_number"] + "/" + lines["line_number"]
    return together(
        _origins(e, slips, "purchase", slips["slip_number"], "origin_subprefecture", "purchase_date"),
        _origins(e, lines, "production", line_id, "subprefecture", "produced_on"),
    )


@rule("Z-08", origin="text", split_from="text", purchase_date="date")
def new_subprefecture(e: Evidence, _: Params) -> pd.DataFrame:
    """A lead where the origin is a sub-prefecture that was cut out of a zone in 2021: a person decides.

    Subject: purchase; day: purchase_date.
    """
    s = e["purchase"]
    place = s["origin_subprefecture_resolved"]
    origin = lacking(e, s, "purchase", "origin_subprefecture")
    parents = {name: e.gazetteer.places.get(name, {}).get("split_from") for name in place.dropna().unique()}
    missing = reasons(s.index, (origin != "", origin), (place.isna(), "place_unresolved:origin_subprefecture"))
    return checked(
        s["slip_number"],
        s["purchase_date"],
        e.gazetteer.under_review(place),
        missing,
        origin=s["origin_subprefecture"],
        split_from=place.astype("object").map(parents),
        purchase_date=s["purchase_date"],
        ref=s["ref"],
    )


def _origins(e: Evidence, frame: pd.DataFrame, kind: str, subject_id: pd.Series, column: str, day: str) -> pd.DataFrame:
    written, resolved = frame[column], frame[f"{column}_resolved"]
    meanings = {text: sorted(e.gazetteer.matches(text)) for text in written[resolved.isna()].dropna().unique()}
    candidates = written.astype("object").map(meanings)
    several = candidates.map(lambda names: isinstance(names, list) and len(names) > 1).astype(bool)
    nowhere = e.gazetteer.subprefectures(resolved).isna()
    return checked(
        subject_id,
        frame[day],
        nowhere,
        lacking(e, frame, kind, column),
        subject_kind=kind,
        part=reasons(frame.index, (several, "ambiguous"), (resolved.isna(), "unknown"), (nowhere, "not_subprefecture")),
        origin=written,
        candidates=candidates,
        ref=frame["ref"],
    )
