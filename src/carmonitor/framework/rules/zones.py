"""Z-01 to Z-05: stones from compliant zones only, on the days when the zones were compliant (framework.md §4 and §8).

The zone register is keyed on pre-2021 sub-prefectures. Its ``valid_from`` is the earliest first day; where
``valid_from_latest`` stands beside it, only the interval is known and people judge the days inside it (Z-03).
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    lacking,
    lookup,
    of_issued,
    quarantined,
    reasons,
    together,
    unseen_parcels,
    unsupplied,
)
from carmonitor.framework.custody import first_sales, gaps, is_resale, upstream
from carmonitor.records.evidence import Evidence


@rule("Z-01", certificate_number="text", origin="text", zone="text", issue_date="date")
def compliant_origin(e: Evidence, _: Params) -> pd.DataFrame:
    """Every first sale upstream of a certificate comes from a zone that was compliant on the issue date.

    Subject: purchase, with the certificate as key; a certificate whose links are not known stands for its slips.
    Passes too where the zone was suspended: that is Z-05. Not evaluated where the origin is blank, unknown or a
    sub-prefecture of 2021, inside the interval of Z-03, or without zone register or links. Where a slip may be a resale
    whose sources were not supplied, its own origin can break the rule but not satisfy it.
    """
    s = first_sales(e)
    known, unsure = standing(e, s["subprefecture"], s["issue_date"], "compliant")
    suspended, unsure_suspended = standing(e, s["subprefecture"], s["issue_date"], "suspended")
    passes = known | suspended | unsure_suspended
    missing = reasons(
        s.index,
        *_unclear_origin(e, s),
        (s["unlinked"] & passes, "not_supplied:purchase_source"),
        (unsure & ~passes, "interval"),
    )
    shown = {
        "certificate_number": s["certificate_number"],
        "origin": s["origin_subprefecture"],
        "zone": s["subprefecture"],
        "issue_date": s["issue_date"],
    }
    sales = checked(
        s["slip_number"], s["issue_date"], ~passes, missing, key=s["certificate_number"], **shown, **_refs(s)
    )
    return together(sales, gap_rows(e, certificate_number=None, origin=None, zone=None, issue_date=pd.NaT))


@rule("Z-02", slips="text")
def origin_stated(e: Evidence, _: Params) -> pd.DataFrame:
    """Every parcel names its slips (part ``no_source``) and each first sale upstream its origin (``blank_origin``).

    Subject: parcel, of any mixture of zones. A parcel may be short of slips: that is D-03.
    """
    return together(_without_source(e), _blank_origins(e), unseen_parcels(e))


@rule("Z-03", certificate_number="text", zone="text", issue_date="date", earliest="date", latest="date")
def approval_interval(e: Evidence, _: Params) -> pd.DataFrame:
    """A lead where the zone's first day is only known as an interval and the certificate was issued inside it.

    Subject: purchase, with the certificate as key. Interval: valid_from ≤ issue_date < valid_from_latest.
    """
    s = first_sales(e)
    known, unsure = standing(e, s["subprefecture"], s["issue_date"], "compliant")
    spans = _zones(e, "compliant").dropna(subset="valid_from_latest")
    spans = spans.sort_values("valid_from").drop_duplicates("zone").set_index("zone")
    shown = {
        "certificate_number": s["certificate_number"],
        "zone": s["subprefecture"],
        "issue_date": s["issue_date"],
        "earliest": lookup(s["subprefecture"], spans["valid_from"]),
        "latest": lookup(s["subprefecture"], spans["valid_from_latest"]),
    }
    missing = reasons(s.index, *_unclear_origin(e, s))
    sales = checked(
        s["slip_number"], s["issue_date"], unsure & ~known, missing, key=s["certificate_number"], **shown, **_refs(s)
    )
    nothing = {"certificate_number": None, "zone": None, "issue_date": pd.NaT, "earliest": pd.NaT, "latest": pd.NaT}
    return together(sales, gap_rows(e, **nothing))


@rule("Z-04", certificate_number="text", zone="text", purchase_date="date", approved_on="date")
def bought_before_approval(e: Evidence, p: Params) -> pd.DataFrame:
    """A lead where a slip was bought after the suspension of 2013 and before its zone was first approved, unaudited.

    Subject: purchase, linked to a certificate; day: its issue date. ``approved_on``: the zone's earliest valid_from. An
    audit_reference passes. A zone that was never approved is left to Z-01.
    """
    s = first_sales(e)
    first_day = _zones(e, "compliant").groupby("zone")["valid_from"].min()
    approved_on = lookup(s["subprefecture"], first_day)
    early = (s["purchase_date"] >= pd.Timestamp(p["suspended_from"])) & (s["purchase_date"] < approved_on)
    no_column = unsupplied(e, s["return_id"], "purchase", "audit_reference")
    date_missing = lacking(e, s, "purchase", "purchase_date")
    missing = reasons(
        s.index,
        *_unclear_origin(e, s),
        (approved_on.notna() & (date_missing != ""), date_missing),
        (early & s["audit_reference"].isna() & no_column, "not_supplied:audit_reference"),
    )
    shown = {"zone": s["subprefecture"], "purchase_date": s["purchase_date"], "approved_on": approved_on}
    fires = early & s["audit_reference"].isna()
    number = s["certificate_number"]
    sales = checked(s["slip_number"], s["issue_date"], fires, missing, certificate_number=number, **shown, **_refs(s))
    return together(sales, gap_rows(e, certificate_number=None, zone=None, purchase_date=pd.NaT, approved_on=pd.NaT))


@rule("Z-05", certificate_number="text", zone="text", purchase_date="date", issue_date="date")
def suspended_zone(e: Evidence, _: Params) -> pd.DataFrame:
    """No first sale in a zone on a day when it was suspended.

    Subject: purchase. Parts: ``bought`` (a breach, every first sale) and ``issued`` (a lead, key certificate: bought
    before, but the certificate was issued in the span).
    """
    return together(_bought_while_suspended(e), _issued_while_suspended(e))


def standing(e: Evidence, zone: pd.Series, days: pd.Series, status: str) -> tuple[pd.Series, pd.Series]:
    """Whether a zone had a status on a day: for certain, and perhaps (inside the interval of its first day). Bool."""
    asked = pd.DataFrame({"zone": zone, "day": days, "at": range(len(zone))}).dropna()
    pairs = asked.merge(_zones(e, status), on="zone")
    inside = (pairs["valid_from"] <= pairs["day"]) & ~(pairs["valid_to"] < pairs["day"])
    unsure = inside & (pairs["day"] < pairs["valid_from_latest"])
    at = pd.Series(range(len(zone)), index=zone.index)
    return at.isin(pairs.loc[inside & ~unsure, "at"]), at.isin(pairs.loc[unsure, "at"])


def _zones(e: Evidence, status: str) -> pd.DataFrame:
    zones = e["zone"]
    kept = zones[(zones["status"] == status) & zones["subprefecture_resolved"].notna()]
    return kept[["subprefecture_resolved", "valid_from", "valid_from_latest", "valid_to"]].rename(
        columns={"subprefecture_resolved": "zone"}
    )


def _unclear_origin(e: Evidence, s: pd.DataFrame) -> list[tuple[pd.Series, str | pd.Series]]:
    """Why nothing can be said of the standing of the zone a slip comes from."""
    unlinked, *unplaced = unclear_place(e, s)
    return [unlinked, (pd.Series(not e.held("zone"), index=s.index), "never_loaded:zone"), *unplaced]


def unclear_place(e: Evidence, s: pd.DataFrame) -> list[tuple[pd.Series, str | pd.Series]]:
    """Why it is not known which sub-prefecture a first sale comes from."""
    blank = lacking(e, s, "purchase", "origin_subprefecture")
    return [
        (s["missing"] != "", s["missing"]),
        (blank != "", blank),
        (s["subprefecture"].isna(), "place_unresolved:origin_subprefecture"),
        (e.gazetteer.under_review(s["subprefecture"]), "needs_review"),
    ]


def _refs(s: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: s[name] for name in ("ref_purchase", "ref_link", "ref_certificate")}


def gap_rows(e: Evidence, **nothing: object) -> pd.DataFrame:
    """Certificates whose slips are not known, as rows that could not be checked."""
    c = gaps(e)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        False,
        c["missing"],
        subject_kind="certificate",
        ref=c["ref"],
        **nothing,
    )


def _parcel_id(frame: pd.DataFrame) -> pd.Series:
    return frame["certificate_number"] + "/" + frame["parcel_number"]


def _without_source(e: Evidence) -> pd.DataFrame:
    parcels = of_issued(e, e["parcel"])
    alone = ~among(_parcel_id(parcels), _parcel_id(upstream(e)))
    missing = reasons(
        parcels.index,
        (alone & unsupplied(e, parcels["return_id"], "parcel_source", "slip_number"), "not_supplied:parcel_source"),
        (
            alone
            & quarantined(
                e, "parcel_source", "certificate_number", parcels["certificate_number"], parcels["return_id"]
            ),
            "in_quarantine:parcel_source",
        ),
    )
    return checked(
        _parcel_id(parcels),
        parcels["issue_date"],
        alone,
        missing,
        part="no_source",
        slips=None,
        ref_parcel=parcels["ref"],
        ref_certificate=parcels["ref_certificate"],
    )


def _blank_origins(e: Evidence) -> pd.DataFrame:
    s = first_sales(e)
    blank = s["origin_subprefecture"].isna()
    no_column = unsupplied(e, s["return_id"], "purchase", "origin_subprefecture")
    missing = reasons(
        s.index, (s["missing"] != "", s["missing"]), (blank & no_column, "not_supplied:origin_subprefecture")
    )
    rows = checked(
        _parcel_id(s),
        s["issue_date"],
        blank,
        missing,
        part="blank_origin",
        slips=s["slip_number"],
        **_refs(s),
    )
    fires = rows["fires"].fillna(False).astype(bool)
    together_by_parcel = rows[fires].groupby("subject_id")["slips"].agg(lambda slips: sorted(set(slips)))
    listed = rows["slips"].astype("object").mask(fires, rows["subject_id"].map(together_by_parcel))
    return rows.assign(slips=listed)


def _bought_while_suspended(e: Evidence) -> pd.DataFrame:
    s = e["purchase"]
    s = s[~is_resale(e, s["slip_number"])]
    zone = e.gazetteer.subprefectures(s["origin_subprefecture_resolved"])
    inside, unsure = standing(e, zone, s["purchase_date"], "suspended")
    spans = set(_zones(e, "suspended")["zone"])
    origin = lacking(e, s, "purchase", "origin_subprefecture")
    day = lacking(e, s, "purchase", "purchase_date")
    any_span = pd.Series(bool(spans), index=s.index)
    missing = reasons(
        s.index,
        (pd.Series(not e.held("zone"), index=s.index), "never_loaded:zone"),
        (any_span & (origin != ""), origin),
        (any_span & zone.isna(), "place_unresolved:origin_subprefecture"),
        (zone.isin(spans) & (day != ""), day),
        (unsure & ~inside, "interval"),
    )
    return checked(
        s["slip_number"],
        s["purchase_date"],
        inside,
        missing,
        part="bought",
        outcome="breach",
        key="",
        certificate_number=None,
        zone=zone,
        purchase_date=s["purchase_date"],
        issue_date=pd.NaT,
        ref_purchase=s["ref"],
    )


def _issued_while_suspended(e: Evidence) -> pd.DataFrame:
    s = first_sales(e)
    at_issue, perhaps = standing(e, s["subprefecture"], s["issue_date"], "suspended")
    at_purchase, unsure = standing(e, s["subprefecture"], s["purchase_date"], "suspended")
    s = s[(at_issue | perhaps) & ~at_purchase & ~unsure & s["purchase_date"].notna()]
    shown = {name: s[name] for name in ("certificate_number", "purchase_date", "issue_date")}
    return checked(
        s["slip_number"],
        s["issue_date"],
        True,
        reasons(s.index, (~at_issue.loc[s.index], "interval")),
        part="issued",
        outcome="lead",
        key=s["certificate_number"],
        zone=s["subprefecture"],
        **shown,
        **_refs(s),
    )
