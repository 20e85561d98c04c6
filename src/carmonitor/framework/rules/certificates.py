"""C: the certificate itself, against the KPCS minimum and the registers of the team (framework.md §5 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.rules.common import (
    block_of,
    checked,
    covered,
    issued,
    lacking,
    month_of,
    numbered,
    of_issued,
    quarantined,
    reasons,
    together,
    unsupplied,
)
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from carmonitor.records.names import fold_names

MINIMUM = (
    "origin_country", "issue_date", "expiry_date", "issuing_authority", "signatory", "exporter_name", "importer_name",
    "destination_country", "parcel_count", "carats", "value_usd",
)  # fmt: skip
"""The KPCS minimum of a certificate, beside its number (a key) and the HS code of each parcel."""

SPAN = ("valid_from", "valid_to")


@rule("C-01", blank_fields="text", parcels="text")
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
    """The list of each key, empty where there is none. Object dtype."""
    found = table.to_dict()
    return pd.Series([found.get(key, []) for key in keys], index=keys.index, dtype="object")


def _not_supplied(e: Evidence, c: pd.DataFrame, kind: str, column: str) -> pd.DataFrame:
    lacks = c[unsupplied(e, c["return_id"], kind, column)]
    empty = pd.Series([[] for _ in range(len(lacks))], index=lacks.index, dtype="object")
    missing = pd.Series(f"not_supplied:{column}", index=lacks.index, dtype="str")
    return checked(
        lacks["certificate_number"],
        lacks["issue_date"],
        False,
        missing,
        period=month_of(lacks["return_id"]),
        blank_fields=empty,
        parcels=empty,
        ref=lacks["ref"],
        refs=empty,
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
    differing = rows.drop_duplicates(content).groupby("certificate_number")["ref"].agg(rows="size", refs=list)
    parts = numbered(number)
    malformed = ~number.str.fullmatch(p["prefix"] + r"\d+").fillna(False).astype(bool)
    shown = {"period": month_of(first["return_id"]), "ref": first["ref"]}
    count = number.map(differing["rows"]).astype("Int64")
    held_back = quarantined(e, "shipment", "certificate_number", number) & (count == 1)
    assert len(parts) == len(first)
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
    return checked(
        c["certificate_number"] + "/" + c["parcel_number"],
        c["issue_date"],
        ~c["hs_code"].str.slice(0, 6).isin(allowed),
        lacking(e, c, "parcel", "hs_code"),
        period=month_of(c["return_id"]),
        hs_code=c["hs_code"],
        ref=c["ref"],
        ref_certificate=c["ref_certificate"],
    )


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
    """A certificate expires after its issue (part ``not_after_issue``, E), within ``months`` calendar months (``long``, W).

    Subject: certificate. The same day of the month, or the month's last, passes. A null date = not evaluated.
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


@rule("C-06", destination_country="text")
def destination_participates(e: Evidence, _p: Params) -> pd.DataFrame:
    """The destination is a Kimberley Process participant, or a member of one, on the issue date.

    Subject: certificate. Parts: ``unlisted`` (not in the register as of T) and ``not_that_day``. Ends of membership are
    inclusive. Not evaluated while the register was never loaded, or where the destination or date is null.
    """
    c = issued(e)
    register = e["kp_participant"]
    country, day = c["destination_country"], c["issue_date"]
    columns = ("country", *SPAN)
    own = covered(country, day, register[register["part_of"].isna()], columns)
    member = pd.Series(False, index=c.index)
    for union, rows in register.dropna(subset="part_of").groupby("part_of"):
        whole = covered(pd.Series(str(union), index=c.index), day, register, columns)
        member |= covered(country, day, rows, columns) & whole
    return _listed(e, c, "kp_participant", "destination_country", own | member, country.isin(register["country"]))


@rule("C-07", signatory="text")
def signatory_valid(e: Evidence, _p: Params) -> pd.DataFrame:
    """The person who signed is on the list of valid signatures on the issue date; names compare folded.

    Subject: certificate. Parts: ``unlisted`` (not in the register as of T) and ``not_that_day``; ends are inclusive. Not
    evaluated while the register was never loaded, or where the signatory or date is null.
    """
    c = issued(e)
    register = e["signatory"].assign(folded=fold_names(e["signatory"]["signatory"]))
    name = fold_names(c["signatory"])
    valid = covered(name, c["issue_date"], register, ("folded", *SPAN))
    return _listed(e, c, "signatory", "signatory", valid, name.isin(register["folded"]))


def _listed(
    e: Evidence, c: pd.DataFrame, register: str, column: str, valid: pd.Series, listed: pd.Series
) -> pd.DataFrame:
    """A value against a register: unlisted values fire without a date, listed ones need the issue date."""
    never = pd.Series(not e.held(register), index=c.index)
    value, day = lacking(e, c, "shipment", column), lacking(e, c, "shipment", "issue_date")
    missing = reasons(c.index, (never, f"never_loaded:{register}"), (value != "", value), (listed & (day != ""), day))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        ~valid,
        missing,
        part=reasons(c.index, (listed, "not_that_day"), (~listed, "unlisted")),
        period=month_of(c["return_id"]),
        ref=c["ref"],
        **{column: c[column]},
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


@rule("C-09", first_number="text", last_number="text", issue_date="date")
def number_printed(e: Evidence, _p: Params) -> pd.DataFrame:
    """A certificate number lies in a printed block that was available on the issue date; ends are inclusive.

    Subject: certificate, whatever its status. Parts: ``no_block`` (not in the register as of T) and ``not_available``.
    Not evaluated while no block was ever loaded, or where a number inside a block has no issue date.
    """
    c, blocks = e["shipment"], e["certificate_block"]
    number, day = c["certificate_number"], c["issue_date"]
    found = block_of(number, blocks)
    began, ended = (found.map(blocks[name]).astype("datetime64[us]") for name in ("available_from", "available_to"))
    inside = found.notna()
    available = inside & (began.isna() | (began <= day)) & (ended.isna() | (day <= ended))
    undated = lacking(e, c, "shipment", "issue_date").where(inside, "")
    never = pd.Series(not e.held("certificate_block"), index=c.index)
    return checked(
        number,
        day,
        ~available,
        reasons(c.index, (never, "never_loaded:certificate_block"), (undated != "", undated)),
        part=reasons(c.index, (inside, "not_available"), (~inside, "no_block")),
        period=month_of(c["return_id"]),
        first_number=found.map(blocks["first_number"]),
        last_number=found.map(blocks["last_number"]),
        issue_date=day,
        ref=c["ref"],
        ref_block=found.map(blocks["ref"]).astype("Int64"),
    )


@rule("C-10", earlier_number="text", gap="count", issue_date="date")
def numbers_rise(e: Evidence, p: Params) -> pd.DataFrame:
    """Inside one printed block numbers rise with the issue date: none is overtaken by more than ``gap`` numbers.

    Subject: the certificate with the low number, whatever its status, all history: (highest number of its block with an
    earlier date) − own number > ``gap``. Not evaluated without a block or an issue date.
    """
    c = e["shipment"].reset_index(drop=True)
    number, day = numbered(c["certificate_number"])["digits"], c["issue_date"]
    block = block_of(c["certificate_number"], e["certificate_block"])
    rows = pd.DataFrame({"block": block, "day": day, "number": number, "row": c.index}).dropna()
    highest = rows.sort_values(["block", "day", "number"]).drop_duplicates(["block", "day"], keep="last")
    highest["earlier"] = highest.groupby("block")["number"].cummax().groupby(highest["block"]).shift()
    rows = rows.merge(highest[["block", "day", "earlier"]], on=["block", "day"])
    earlier = rows.set_index("row")["earlier"].reindex(c.index).astype("Int64")
    gap = earlier - number
    first_of = rows.drop_duplicates(["block", "number"]).set_index(["block", "number"])["row"]
    wanted = pd.MultiIndex.from_arrays([block, earlier], names=["block", "number"])
    at = pd.Series(first_of.reindex(wanted).to_numpy(), index=c.index).astype("Int64")
    undated = lacking(e, c, "shipment", "issue_date")
    never = pd.Series(not e.held("certificate_block"), index=c.index)
    missing = reasons(
        c.index,
        (never, "never_loaded:certificate_block"),
        (block.isna(), "not_held:certificate_block"),
        (undated != "", undated),
    )
    return checked(
        c["certificate_number"],
        day,
        (gap > int(p["gap"])).fillna(False),
        missing,
        period=month_of(c["return_id"]),
        earlier_number=at.map(c["certificate_number"]),
        gap=gap,
        issue_date=day,
        ref=c["ref"],
        ref_earlier=at.map(c["ref"]).astype("Int64"),
    )
