"""L-01 and L-02: who may buy, sell and export (framework.md §6 and §8)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    covered,
    issued,
    lacking,
    lookup,
    month_of,
    quarantined,
    reasons,
    together,
)
from carmonitor.framework.custody import unheld_slips
from carmonitor.framework.groups import few
from carmonitor.framework.numbers import among_quarantined, best_row, plain, where_null
from carmonitor.framework.rules.listed import SPAN, against_register
from carmonitor.records.evidence import Evidence


@rule(
    "L-01", licence="text", actor="text", holder="text", valid_from="date", valid_to="date", place="text",
    limited_to="text",
)  # fmt: skip
def licensed_on_the_day(e: Evidence, _: Params) -> pd.DataFrame:
    """Each actor's licence is valid on the day of the deal; ends are inclusive, a blank end is open.

    Subject: purchase, day: purchase_date, for the licences of buyer and seller that the slip names; certificate, day:
    issue_date, for the exporter, of whom any licence counts. Parts ``buyer_…``, ``seller_…``: ``unlisted`` (not in the
    register as of T), ``other_holder``, ``not_that_day``, ``other_place`` (limited to a sub-prefecture other than that
    of purchase_place, else of origin); ``exporter_unlisted``, ``exporter_not_that_day``. Of several rows of one number
    any that satisfies all demands passes. Numbers compare by letters and digits. Not evaluated while the register was
    never loaded, where a number, actor, day or place that decides is null, where very many rows have the number, where
    a row that may satisfy the demands is in quarantine; nor an exported slip of which no record is held. Ordinance
    83.024: holding and trade by licensed persons only.
    """
    return together(_party(e, "buyer"), seller_licences(e), _exporter(e), unheld_slips(e))


def seller_licences(e: Evidence) -> pd.DataFrame:
    """The rows of L-01 about sellers, one per row of ``purchase`` in its order. Cached; read-only."""
    return e.cached("seller_licences", lambda e: _party(e, "seller"))


def _party(e: Evidence, role: str) -> pd.DataFrame:
    s, register = e["purchase"].reset_index(drop=True), e["licence"].reset_index(drop=True)
    number, actor = s[f"{role}_licence"], s[f"{role}_id"]
    zone, no_zone, place = _deal_place(e, s)
    asked = pd.DataFrame({"number": plain(number), "at": s.index}).dropna()
    known = few(register.assign(number=plain(register["licence_number"])), "number")
    known = known.assign(row=known.index)[["number", "row", "crowded"]].dropna()
    pairs = asked.merge(known, on="number")
    slip, row = pairs["at"], pairs["row"]
    day, began, ended = (lookup(slip, s["purchase_date"]), *(lookup(row, register[name]) for name in SPAN))
    holder, holds = lookup(row, register["actor_id"]), lookup(slip, actor)
    no_actor, no_day = lacking(e, s, "purchase", f"{role}_id"), lacking(e, s, "purchase", "purchase_date")
    limit = lookup(row, register["subprefecture"])
    limit_zone = e.gazetteer.subprefectures(lookup(row, register["subprefecture_resolved"]))
    here = lookup(slip, zone)
    elsewhere = limit_zone != here
    review = elsewhere & (e.gazetteer.under_review(limit_zone) | e.gazetteer.under_review(here))
    unlimited = limit.isna()
    whys = (
        where_null(holder, "blank:actor_id", holds, lookup(slip, no_actor)),
        lookup(slip, no_day),
        reasons(
            pairs.index,
            (unlimited, ""),
            (limit_zone.isna(), "place_unresolved:subprefecture"),
            (here.isna(), lookup(slip, no_zone)),
            (review, "needs_review"),
        ),
    )
    blank = [reasons(pairs.index, (pairs["crowded"], "rows_differ:licence"), (why != "", why)) for why in whys]
    span = (began.isna() | (began <= day)) & (ended.isna() | (day <= ended))
    best = best_row(
        pairs.assign(ref_licence=lookup(row, register["ref"])),
        (f"{role}_other_holder", holder == holds, blank[0]),
        (f"{role}_not_that_day", span, blank[1]),
        (f"{role}_other_place", unlimited | ~elsewhere, blank[2]),
        ref="ref_licence",
    ).reindex(s.index)
    unlisted = best["part"].isna()
    no_number = lacking(e, s, "purchase", f"{role}_licence")
    missing = reasons(
        s.index,
        (pd.Series(not e.held("licence"), index=s.index), "never_loaded:licence"),
        (no_number != "", no_number),
        (
            ~best["passes"].fillna(False).astype(bool) & among_quarantined(e, "licence", "licence_number", number),
            "in_quarantine:licence",
        ),
        (~unlisted, best["missing"].fillna("")),
    )
    row = best["row"].astype("Int64")
    return checked(
        s["slip_number"],
        s["purchase_date"],
        ~best["passes"].fillna(False).astype(bool),
        missing,
        part=best["part"].mask(unlisted, f"{role}_unlisted"),
        key=number.fillna(""),
        period=month_of(s["return_id"]),
        licence=number,
        actor=actor,
        holder=lookup(row, register["actor_id"]),
        valid_from=lookup(row, register["valid_from"]),
        valid_to=lookup(row, register["valid_to"]),
        place=place,
        limited_to=lookup(row, register["subprefecture"]),
        ref=s["ref"],
        ref_licence=lookup(row, register["ref"]),
    )


def _exporter(e: Evidence) -> pd.DataFrame:
    c, register = issued(e), e["licence"]
    exporter = c["exporter_id"]
    valid = covered(exporter, c["issue_date"], register, ("actor_id", *SPAN))
    rows = against_register(e, c, "licence", "exporter_id", valid, among(exporter, register["actor_id"].dropna()))
    hidden = ~valid & (rows["missing"] == "") & bool(e.in_quarantine("licence", "licence_number"))
    first = register.groupby("actor_id")["ref"].min()
    no_paper: dict[str, Any] = {"licence": None, "holder": None, "valid_from": pd.NaT, "valid_to": pd.NaT}
    return rows.rename(columns={"exporter_id": "actor"}).assign(
        part="exporter_" + rows["part"],
        missing=rows["missing"].mask(hidden, "in_quarantine:licence"),
        fires=rows["fires"].mask(hidden),
        subject_kind="certificate",
        key=exporter.fillna(""),
        ref_licence=lookup(exporter, first),
        place=None,
        limited_to=None,
        **no_paper,
    )


def _deal_place(e: Evidence, s: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """The pre-2021 sub-prefecture of a deal, why it is null, and the place as written."""
    named = s["purchase_place"].notna()
    resolved = s["purchase_place_resolved"].where(named, s["origin_subprefecture_resolved"])
    zone = e.gazetteer.subprefectures(resolved)
    origin = lacking(e, s, "purchase", "origin_subprefecture")
    missing = reasons(
        s.index,
        (zone.notna(), ""),
        (named, "place_unresolved:purchase_place"),
        (origin != "", origin),
        (zone.isna(), "place_unresolved:origin_subprefecture"),
    )
    return zone, missing, s["purchase_place"].where(named, s["origin_subprefecture"])


@rule("L-02", exporter_id="text", kind="text")
def may_export(e: Evidence, p: Params) -> pd.DataFrame:
    """The exporter is a buying house or a mining company by the register of actors.

    Subject: certificate. Parts: ``cooperative`` (flagged, W: its rights were not found) and ``other_kind`` (E). Of
    several rows of one actor the kind most in its favour counts. Not evaluated while no actor was ever loaded, where
    the exporter is null or not known, or its kind is null. Ordinance 83.024; mining code of 2009, art. 152.
    """
    c, register = issued(e), e["actor"]
    exporter = c["exporter_id"]
    allowed, flagged = list(p["may_export"]), list(p["flagged"])
    order = {kind: at for at, kind in enumerate([*allowed, *flagged])}
    rank = register["kind"].map(order).fillna(len(order)).mask(register["kind"].isna(), len(order) + 1)
    best = register.assign(rank=rank).sort_values(["actor_id", "rank", "ref"]).drop_duplicates("actor_id")
    best = best.set_index("actor_id")
    kind = lookup(exporter, best["kind"])
    value = lacking(e, c, "shipment", "exporter_id")
    missing = reasons(
        c.index,
        (value != "", value),
        (pd.Series(not e.held("actor"), index=c.index), "never_loaded:actor"),
        (kind.isna() & quarantined(e, "actor", "actor_id", exporter), "in_quarantine:actor"),
        (~among(exporter, register["actor_id"]), "unknown_actor:exporter_id"),
        (kind.isna(), "blank:kind"),
    )
    cooperative = kind.isin(flagged)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        ~kind.isin(allowed),
        missing,
        part=reasons(c.index, (cooperative, "cooperative"), (~cooperative, "other_kind")),
        severity=reasons(c.index, (cooperative, "W"), (~cooperative, "E")),
        key=exporter.fillna(""),
        period=month_of(c["return_id"]),
        exporter_id=exporter,
        kind=kind,
        ref=c["ref"],
        ref_actor=lookup(exporter, best["ref"]),
    )
