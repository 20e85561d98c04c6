"""C-01 to C-05 and C-08: the certificate itself, against the KPCS minimum (framework.md §5 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    checked,
    issued,
    lacking,
    lookup,
    month_of,
    of_issued,
    quarantined,
    reasons,
    together,
    unseen_parcels,
    unsupplied,
)
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence

MINIMUM = (
    "origin_country", "issue_date", "expiry_date", "issuing_authority", "signatory", "exporter_name", "importer_name",
    "destination_country", "parcel_count", "carats", "value_usd",
)  # fmt: skip
"""The KPCS minimum of a certificate, beside its number (a key) and the HS code of each parcel."""


@rule("C-01", blank_fields="field", parcels="text")
def minimum_fields(e: Evidence, _p: Params) -> pd.DataFrame:
    """Each of the 13 minimum fields of an issued certificate is filled in, the HS code on each of its parcels.

    Subject: certificate; one finding with the list of blank fields (``hs_code`` with the ``parcels`` concerned). A
    column that was not supplied leaves its part unevaluated. Source: KPCS document, Annex I.
    """
    c = issued(e)
    home = c["return_id"]
    blank = pd.DataFrame({name: c[name].isna() & e.supplied("shipment", name, home) for name in MINIMUM})
    unmarked = e["parcel"][e["parcel"]["hs_code"].isna()].sort_values("ref")
    unmarked = unmarked[e.supplied("parcel", "hs_code", unmarked["return_id"])]
    per = unmarked.groupby("certificate_number")
    number = c["certificate_number"]
    parcels = _lists(number, per["parcel_number"].agg(list))
    blank["hs_code"] = number.isin(unmarked["certificate_number"])
    stated = checked(
        number,
        c["issue_date"],
        blank.any(axis=1),
        period=month_of(home),
        blank_fields=pd.Series([_names(row) for row in blank.itertuples(index=False)], index=c.index, dtype="object"),
        parcels=parcels,
        ref=c["ref"],
        refs=_lists(number, per["ref"].agg(list)),
    )
    absent = [_not_supplied(e, c, "shipment", name) for name in MINIMUM]
    return together(stated, *absent, _not_supplied(e, c, "parcel", "hs_code"))


def _names(row: tuple[bool, ...]) -> list[str]:
    return [name for name, blank in zip((*MINIMUM, "hs_code"), row, strict=True) if blank]


def _lists(keys: pd.Series, table: pd.Series) -> pd.Series:
    """The list of each key, None where there is none. Object dtype."""
    found = table.to_dict()
    return pd.Series([found.get(key) for key in keys], index=keys.index, dtype="object")


def _not_supplied(e: Evidence, c: pd.DataFrame, kind: str, column: str) -> pd.DataFrame:
    lacks = c[unsupplied(e, c["return_id"], kind, column)]
    missing = pd.Series(f"not_supplied:{column}", index=lacks.index, dtype="str")
    return checked(
        lacks["certificate_number"],
        lacks["issue_date"],
        False,
        missing,
        period=month_of(lacks["return_id"]),
        blank_fields=None,
        parcels=None,
        ref=lacks["ref"],
        refs=None,
    )


@rule("C-02", rows="count")
def number_unique(e: Evidence, p: Params) -> pd.DataFrame:
    """A certificate number is ``prefix`` and digits (part ``prefix``), and stands for one certificate (``duplicate``).

    Subject: certificate, whatever its status, all history. Rows of one number that differ in any field are duplicates;
    a further row of the number in quarantine cannot be compared, and leaves uniqueness unevaluated.
    """
    rows = e["shipment"]
    content = list(KINDS["shipment"].model_fields)
    first = rows.drop_duplicates("certificate_number")
    number = first["certificate_number"]
    different = rows.drop_duplicates(content)
    several = different[different["certificate_number"].duplicated(keep=False)]
    differing = several.groupby("certificate_number")["ref"].agg(rows="size", refs=list)
    malformed = ~number.str.fullmatch(p["prefix"] + r"\d+").fillna(False).astype(bool)
    shown = {"period": month_of(first["return_id"]), "ref": first["ref"]}
    count = lookup(number, differing["rows"]).fillna(1)
    held_back = quarantined(e, "shipment", "certificate_number", number) & (count == 1)
    return together(
        checked(number, first["issue_date"], malformed, part="prefix", rows=count, **shown),
        checked(
            number,
            first["issue_date"],
            count > 1,
            reasons(first.index, (held_back, "in_quarantine:shipment")),
            part="duplicate",
            rows=count,
            refs=_lists(number, differing["refs"]),
            **shown,
        ),
    )


@rule("C-03", hs_code="text")
def hs_code_allowed(e: Evidence, p: Params) -> pd.DataFrame:
    """A parcel's HS code is one of ``hs_codes``, told by its first six digits. Null = not evaluated.

    Subject: parcel, of certificates that are not void or replaced. Source: KPCS document, section I.
    """
    c = of_issued(e, e["parcel"])
    allowed = [str(code) for code in p["hs_codes"]]
    parcels = checked(
        c["certificate_number"] + "/" + c["parcel_number"],
        c["issue_date"],
        ~c["hs_code"].str.slice(0, 6).isin(allowed),
        lacking(e, c, "parcel", "hs_code"),
        period=month_of(c["return_id"]),
        hs_code=c["hs_code"],
        ref=c["ref"],
        ref_certificate=c["ref_certificate"],
    )
    return together(parcels, unseen_parcels(e))


@rule("C-04", origin_country="text")
def origin_is_car(e: Evidence, p: Params) -> pd.DataFrame:
    """The country of origin is ``origin`` and no other: CAR exports are of unmixed origin. Null = not evaluated."""
    c = issued(e)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        c["origin_country"] != p["origin"],
        lacking(e, c, "shipment", "origin_country"),
        period=month_of(c["return_id"]),
        origin_country=c["origin_country"],
        ref=c["ref"],
    )


@rule("C-05", issue_date="date", expiry_date="date", latest="date")
def validity_short(e: Evidence, p: Params) -> pd.DataFrame:
    """A certificate expires after its issue (part ``not_after_issue``, E), within ``months`` calendar months.

    Later is part ``long``, W. Subject: certificate. The same day of the month, or the month's last, passes. A null date
    leaves it unevaluated.
    """
    c = issued(e)
    issue, expiry = c["issue_date"], c["expiry_date"]
    latest = (issue + pd.DateOffset(months=int(p["months"]))).astype("datetime64[us]")
    backwards = expiry <= issue
    return checked(
        c["certificate_number"],
        issue,
        backwards | (expiry > latest),
        lacking(e, c, "shipment", "issue_date", "expiry_date"),
        part=reasons(c.index, (backwards, "not_after_issue"), (~backwards, "long")),
        severity=reasons(c.index, (backwards, "E"), (~backwards, "W")),
        period=month_of(c["return_id"]),
        issue_date=issue,
        expiry_date=expiry,
        latest=latest,
        ref=c["ref"],
    )


@rule("C-08")
def container_sealed(e: Evidence, _p: Params) -> pd.DataFrame:
    """The container's seal has a number. Subject: certificate. A blank cell fires; no such column = not evaluated."""
    c = issued(e)
    missing = reasons(c.index, (unsupplied(e, c["return_id"], "shipment", "seal_number"), "not_supplied:seal_number"))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        c["seal_number"].isna(),
        missing,
        period=month_of(c["return_id"]),
        ref=c["ref"],
    )
