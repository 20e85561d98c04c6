"""D-01, D-02 and D-08: the certificate beside its packing list, its photographs and its valuation (framework.md §8).

Weights are whole hundredths of a carat and values US cents, so that limits are exact.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    exceeds,
    issued,
    lacking,
    lookup,
    month_of,
    quarantined,
    reasons,
    together,
    unsupplied,
    without_parcels,
)
from carmonitor.framework.groups import gathered, lines
from carmonitor.records.evidence import Evidence

VALUATION = ("valuation_number", "valuation_date", "valuation_usd")


@rule(
    "D-01", parcel_count="count", packing_lines="count", certificate_carats="ct", parcels_carats="ct",
    difference_carats="ct",
)  # fmt: skip
def packing_list_agrees(e: Evidence, p: Params) -> pd.DataFrame:
    """The packing list has as many lines as the certificate has parcels, and they add up to its carats.

    Subject: certificate. Parts: ``count`` (exact) and ``carats`` (a difference of more than 0.01 ct, either way).
    A line that two returns tell word for word is one line; a list without a line of the certificate counts none. Not
    evaluated without a packing list, with a line of it in quarantine, or where a weight or the count is blank. Values
    are not compared: the papers of framework.md §8 are count and carats.
    """
    c = issued(e)
    number = c["certificate_number"]
    parcels = lines(e, "parcel")
    parcels = parcels.assign(missing=lacking(e, parcels, "parcel", "carats"))
    total = parcels.groupby("certificate_number").agg(
        count=("ref", "size"), carats=("carats", "sum"), ref=("ref", "max"), missing=("missing", "max")
    )
    count = lookup(number, total["count"]).fillna(0)
    carats = lookup(number, total["carats"]).fillna(0)
    unseen = lookup(number, without_parcels(e).set_index("certificate_number")["missing"]).fillna("")
    weightless = lookup(number, total["missing"]).fillna("")
    no_count, no_carats = (lacking(e, c, "shipment", name) for name in ("parcel_count", "carats"))
    difference = carats - c["carats"]
    nothing = {"parcel_count": None, "packing_lines": None}
    no_weights = {"certificate_carats": None, "parcels_carats": None, "difference_carats": None}
    counted = checked(
        number,
        c["issue_date"],
        count != c["parcel_count"],
        reasons(c.index, (unseen != "", unseen), (no_count != "", no_count)),
        part="count",
        **{**nothing, "parcel_count": c["parcel_count"], "packing_lines": count},
        **no_weights,
    )
    weighed = checked(
        number,
        c["issue_date"],
        difference.abs() > int(p["tolerance_hundredths"]),
        reasons(c.index, (unseen != "", unseen), (no_carats != "", no_carats), (weightless != "", weightless)),
        part="carats",
        **nothing,
        certificate_carats=c["carats"],
        parcels_carats=carats,
        difference_carats=difference,
    )
    return together(*(_on_parcels(rows, c, parcels, total["ref"]) for rows in (counted, weighed)))


@rule("D-02", parcel_count="count", photographs="count", needed="count")
def photographs_attached(e: Evidence, p: Params) -> pd.DataFrame:
    """At least one photograph is lodged for each parcel of the certificate.

    Subject: certificate. A photograph is a ``document`` row of that kind; rows of one file name or of one content
    (sha256) are one picture. More pictures than parcels pass. Too few are not evaluated where the return supplied no
    documents or did not say of what kind they are, where a row of them is in quarantine, or the parcel count is blank.
    """
    c = issued(e)
    number = c["certificate_number"]
    documents = lines(e, "document")
    pictures = documents[documents["kind"].isin(["photograph"])]
    counted = pictures.sort_values(["sha256", "ref"]).drop_duplicates(["certificate_number", "file_name"])
    content = counted["sha256"].fillna("name " + counted["file_name"])
    held = lookup(number, content.groupby(counted["certificate_number"]).nunique()).fillna(0)
    needed = c["parcel_count"] * int(p["photographs_per_parcel"])
    few = held < needed
    vague = documents[documents["kind"].isna() & unsupplied(e, documents["return_id"], "document", "kind")]
    uncounted = lacking(e, c, "shipment", "parcel_count")
    missing = reasons(
        c.index,
        (uncounted != "", uncounted),
        (~few.fillna(True), ""),
        (quarantined(e, "document", "certificate_number", number, c["return_id"]), "in_quarantine:document"),
        (unsupplied(e, c["return_id"], "document", "file_name"), "not_supplied:document"),
        (unsupplied(e, c["return_id"], "document", "kind"), "not_supplied:kind"),
        (among(number, vague["certificate_number"]), "not_supplied:kind"),
    )
    return checked(
        number,
        c["issue_date"],
        few,
        missing,
        period=month_of(c["return_id"]),
        parcel_count=c["parcel_count"],
        photographs=held,
        needed=needed,
        ref=c["ref"],
        ref_picture=lookup(number, pictures.groupby("certificate_number")["ref"].max()),
        refs=gathered(number, few, pictures["certificate_number"], pictures["ref"]),
    )


@rule("D-08", blank_fields="field", valuation_date="date", issue_date="date", valuation_usd="USD", value_usd="USD")
def valued_before_issue(e: Evidence, p: Params) -> pd.DataFrame:
    """BECDOR valued the goods on or before the issue date, and at the value of the certificate but for 0.5 %.

    Subject: certificate. Parts: ``absent`` (number, date or value of the valuation blank), ``after_issue``, ``value``
    (the difference, either way, against value_usd; exactly at the limit passes). A column that was not supplied, or a
    blank issue date or value, leaves its part unevaluated.
    """
    c = issued(e)
    number, day = c["certificate_number"], c["issue_date"]
    shown = {"period": month_of(c["return_id"]), "ref": c["ref"]}
    blank = pd.DataFrame({n: c[n].isna() & e.supplied("shipment", n, c["return_id"]) for n in VALUATION})
    named = [[n for n, hit in zip(VALUATION, row, strict=True) if hit] for row in blank.itertuples(index=False)]
    stated = checked(
        number,
        day,
        blank.any(axis=1),
        part="absent",
        blank_fields=pd.Series(named, index=c.index, dtype="object"),
        valuation_date=pd.NaT,
        issue_date=pd.NaT,
        valuation_usd=None,
        value_usd=None,
        **shown,
    )
    late = checked(
        number,
        day,
        c["valuation_date"] > day,
        lacking(e, c, "shipment", "valuation_date", "issue_date"),
        part="after_issue",
        valuation_date=c["valuation_date"],
        issue_date=day,
        **shown,
    )
    apart = checked(
        number,
        day,
        exceeds(c["valuation_usd"] - c["value_usd"], c["value_usd"], p["tolerance_percent"]),
        lacking(e, c, "shipment", "valuation_usd", "value_usd"),
        part="value",
        valuation_usd=c["valuation_usd"],
        value_usd=c["value_usd"],
        **shown,
    )
    return together(stated, late, apart, _not_supplied(e, c, "valuation_number"))


def _on_parcels(rows: pd.DataFrame, c: pd.DataFrame, parcels: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    """The same rows with the papers they stand on: the certificate, and where they fire every packing line."""
    number = c["certificate_number"]
    return rows.assign(
        period=month_of(c["return_id"]),
        ref=c["ref"],
        ref_parcel=lookup(number, last),
        refs=gathered(number, rows["fires"], parcels["certificate_number"], parcels["ref"]),
    )


def _not_supplied(e: Evidence, c: pd.DataFrame, column: str) -> pd.DataFrame:
    lacks = c[unsupplied(e, c["return_id"], "shipment", column)]
    missing = pd.Series(f"not_supplied:{column}", index=lacks.index, dtype="str")
    return checked(
        lacks["certificate_number"],
        lacks["issue_date"],
        False,
        missing,
        part="absent",
        period=month_of(lacks["return_id"]),
        ref=lacks["ref"],
    )
