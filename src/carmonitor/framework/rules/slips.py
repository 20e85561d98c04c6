"""D-03, D-04, D-05 and D-10: purchase slips are whole, cover what is shipped and no more than they weigh.

Source: framework.md §2 and §8.

Weights are whole hundredths of a carat, so that sums and limits are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    of_issued,
    quarantined,
    reasons,
    together,
    unseen_parcels,
    unsupplied,
)
from carmonitor.framework.custody import is_resale, sold_by_digger, unheld_slips
from carmonitor.framework.groups import first_of, gathered, lines
from carmonitor.framework.lineage import first_papers
from carmonitor.records.evidence import Evidence

FORM = ("seller", "seller_licence", "carats", "price_xaf", "origin_subprefecture")
"""What a purchase slip states. ``seller``: number or name."""


@rule("D-03", parcel_carats="ct", covered_carats="ct", missing_carats="ct", slip="text")
def slips_cover_parcel(e: Evidence, p: Params) -> pd.DataFrame:
    """The slip weights that went into a parcel add up to its weight, but for 0.5 %; no slip is listed twice in it.

    Subject: parcel. Parts: ``short`` (only a shortage fires, exactly at the limit passes; a parcel without slips is
    wholly short), ``twice`` (key: the slip; a slip may serve two parcels of one certificate).
    Not evaluated without parcel_source, with a blank weight, or with a quarantined source row of the certificate.
    """
    return together(_short(e, p), _twice(e), unseen_parcels(e))


@rule("D-04", blank_fields="field")
def slip_complete(e: Evidence, _p: Params) -> pd.DataFrame:
    """A slip states its seller (number or name), the seller's licence, carats, price and origin.

    Subject: purchase; day: purchase_date. One finding with the list of blank fields, over all records of the number. A
    resale slip may leave the origin to its sources (docs/decisions). A column that was not supplied leaves its part
    unevaluated, and so does a blank origin where the slip may be a resale whose sources were not supplied. A slip
    upstream of a certificate of which no record is held is not evaluated.
    Source: framework.md §2, what a bordereau d'achat states.
    """
    s = lines(e, "purchase").reset_index(drop=True)
    home = s["return_id"]
    null = pd.DataFrame({name: s[name].isna() for name in FORM[1:]})
    null.insert(0, "seller", s["seller_id"].isna() & s["seller_name"].isna())
    given = pd.DataFrame({name: e.supplied("purchase", name, home) for name in FORM[1:]})
    given.insert(0, "seller", e.supplied("purchase", "seller_id", home) & e.supplied("purchase", "seller_name", home))
    resold = is_resale(e, s["slip_number"])
    perhaps = (
        quarantined(e, "purchase_source", "slip_number", s["slip_number"])
        | unsupplied(e, home, "purchase_source", "slip_number")
    ) & ~sold_by_digger(e, s)
    null["origin_subprefecture"] &= ~resold
    blank = null & given
    blank["origin_subprefecture"] &= ~perhaps
    lacking_one = blank.any(axis=1)
    per_slip = blank[lacking_one].groupby(s["slip_number"][lacking_one]).any()
    names = {slip: [n for n, hit in zip(FORM, row, strict=True) if hit] for slip, *row in _told(per_slip)}
    stated = checked(
        s["slip_number"],
        s["purchase_date"],
        among(s["slip_number"], per_slip.index.to_series()),
        period=month_of(home),
        blank_fields=lookup(s["slip_number"], pd.Series(names, dtype="object")),
        ref=s["ref"],
    )
    reason = {name: f"not_supplied:{name}" for name in FORM[1:]}
    s = s[["slip_number", "purchase_date", "return_id", "ref"]]
    lacks = [_unstated(s[null[name] & ~given[name]], reason[name]) for name in FORM[1:]]
    sellers = s[null["seller"] & ~given["seller"]]
    no_number = unsupplied(e, sellers["return_id"], "purchase", "seller_id")
    lacks += [_unstated(sellers[no_number], "not_supplied:seller_id")]
    lacks += [_unstated(sellers[~no_number], "not_supplied:seller_name")]
    unsure = s[null["origin_subprefecture"] & given["origin_subprefecture"] & perhaps]
    held_back = quarantined(e, "purchase_source", "slip_number", unsure["slip_number"])
    lacks += [_unstated(unsure[held_back], "in_quarantine:purchase_source")]
    lacks += [_unstated(unsure[~held_back], "not_supplied:purchase_source")]
    return together(stated, *lacks, unheld_slips(e))


@rule("D-05", sellers="text")
def one_seller(e: Evidence, _p: Params) -> pd.DataFrame:
    """The rows of one slip number name one seller.

    Subject: purchase; day: the earliest purchase_date. Not evaluated where no second seller shows and a row leaves the
    seller blank or is in quarantine; nor an exported slip of which no record is held. Source: framework.md §2, one slip
    per seller.
    """
    s = lines(e, "purchase").reset_index(drop=True)
    number = s["slip_number"]
    by_slip = s.groupby("slip_number")
    several = by_slip["seller_id"].transform("nunique") > 1
    blank = lacking(e, s, "purchase", "seller_id")
    missing = reasons(
        s.index,
        (several, ""),
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (blank != "", blank),
    )
    fired = s.loc[several, ["slip_number", "ref"]]
    fired = fired[first_papers(fired["ref"], fired["slip_number"])]
    rows = checked(
        number,
        by_slip["purchase_date"].transform("min"),
        several,
        missing,
        period=month_of(s["return_id"]),
        sellers=gathered(number, several, number, s["seller_id"]),
        refs=gathered(number, several, fired["slip_number"], fired["ref"]),
        ref=s["ref"],
    )
    return together(rows[~(several & number.duplicated())], unheld_slips(e))


@rule("D-10", slip_carats="ct", used_carats="ct", over_carats="ct", certificates="text", resold_on="text")
def slip_not_overused(e: Evidence, p: Params) -> pd.DataFrame:
    """The uses of a slip, over all history, do not exceed its weight by more than 0.01 ct.

    Subject: purchase; day: purchase_date. Uses: parcels of issued certificates, and resales (``resold_on``: their
    slips). Void and replaced certificates release their slips; under-use is silent. Uses under a certificate that is
    not held count for nothing certain. Two records of one slip: the larger weight counts. A use without a weight leaves
    the slip unevaluated, unless the others exceed it already.
    """
    uses = _uses(e)
    total = uses.groupby("slip_number").agg(
        used=("certain", "sum"), possible=("carats", "sum"), blank=("blank", "max"), ref_use=("ref", "max")
    )
    s = _slips(e, uses)
    number = s["slip_number"]
    used = lookup(number, total["used"]).fillna(0).astype("Int64")
    possible = lookup(number, total["possible"]).fillna(0).astype("Int64")
    limit = s["carats"] + int(p["tolerance_hundredths"])
    over = (used > limit).fillna(False).astype(bool)
    weightless = lookup(number, total["blank"]).fillna("").astype("str")
    unheld = s["ref"].isna()
    blank = lacking(e, s, "purchase", "carats")
    missing = reasons(
        s.index,
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (unheld, "not_held:purchase"),
        (quarantined(e, "parcel_source", "slip_number", number), "in_quarantine:parcel_source"),
        (quarantined(e, "purchase_source", "source_slip_number", number), "in_quarantine:purchase_source"),
        (blank != "", blank),
        (over, ""),
        (weightless != "", weightless),
        ((possible > limit).fillna(False).astype(bool), "not_held:shipment"),
    )
    rows = checked(
        number,
        s["purchase_date"],
        over,
        missing,
        slip_carats=s["carats"],
        used_carats=used,
        over_carats=used - s["carats"],
        ref=s["ref"].astype("Int64"),
        ref_use=lookup(number, total["ref_use"]),
    )
    return _with_papers(rows, uses)


def _told(per_slip: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    return per_slip.itertuples(index=True, name=None)


def _unstated(lacks: pd.DataFrame, reason: str) -> pd.DataFrame:
    missing = pd.Series(reason, index=lacks.index, dtype="str")
    return checked(
        lacks["slip_number"],
        lacks["purchase_date"],
        False,
        missing,
        period=month_of(lacks["return_id"]),
        blank_fields=None,
        ref=lacks["ref"],
    )


def _short(e: Evidence, p: Params) -> pd.DataFrame:
    parcels = of_issued(e, e["parcel"])
    links = of_issued(e, lines(e, "parcel_source"))
    total = (
        links.assign(blank=lacking(e, links, "parcel_source", "carats"))
        .groupby(_parcel_id(links))
        .agg(carats=("carats", "sum"), blank=("blank", "max"), ref_link=("ref", "max"))
    )
    name = _parcel_id(parcels)
    covered = name.map(total["carats"]).fillna(0).astype("Int64")
    short = parcels["carats"] - covered
    weightless = lookup(name, total["blank"]).fillna("").astype("str")
    blank = lacking(e, parcels, "parcel", "carats")
    missing = reasons(
        parcels.index,
        (unsupplied(e, parcels["return_id"], "parcel_source", "slip_number"), "not_supplied:parcel_source"),
        (
            quarantined(e, "parcel_source", "certificate_number", parcels["certificate_number"], parcels["return_id"]),
            "in_quarantine:parcel_source",
        ),
        (blank != "", blank),
        (weightless != "", weightless),
    )
    return checked(
        name,
        parcels["issue_date"],
        (short > 0) & exceeds(short, parcels["carats"], p["tolerance_percent"]),
        missing,
        part="short",
        parcel_carats=parcels["carats"],
        covered_carats=covered,
        missing_carats=short,
        slip=None,
        ref_parcel=parcels["ref"],
        ref_certificate=parcels["ref_certificate"],
        ref_link=name.map(total["ref_link"]).astype("Int64"),
    )


def _twice(e: Evidence) -> pd.DataFrame:
    links = of_issued(e, lines(e, "parcel_source"))
    again = links[links.duplicated(["certificate_number", "parcel_number", "slip_number"], keep=False)]
    return checked(
        _parcel_id(again),
        again["issue_date"],
        True,
        part="twice",
        key=again["slip_number"],
        parcel_carats=None,
        covered_carats=None,
        missing_carats=None,
        slip=again["slip_number"],
        ref_certificate=again["ref_certificate"],
        ref_link=again["ref"],
    )


def _uses(e: Evidence) -> pd.DataFrame:
    """Every use of a slip: ``paper`` (certificate or resale), whether it is ``held``, carats, ``certain`` (0 where it
    is not), why the weight is ``blank``."""
    exported = of_issued(e, lines(e, "parcel_source"))
    held = among(exported["certificate_number"], issued(e)["certificate_number"])
    blank = lacking(e, exported, "parcel_source", "carats")
    exported = exported.assign(
        certain=exported["carats"].where(held, 0), paper=exported["certificate_number"], held=held, blank=blank
    )
    resold = lines(e, "purchase_source").rename(columns={"slip_number": "paper", "source_slip_number": "slip_number"})
    blank = lacking(e, resold, "purchase_source", "carats")
    resold = resold.assign(certain=resold["carats"], certificate_number=None, held=True, blank=blank)
    columns = ["slip_number", "carats", "certain", "certificate_number", "paper", "held", "blank", "ref"]
    return pd.concat([exported[columns], resold[columns]], ignore_index=True)


def _slips(e: Evidence, uses: pd.DataFrame) -> pd.DataFrame:
    """Each slip once: the heaviest of its records, then the slips that are used but not held (all else null)."""
    held = e["purchase"][["slip_number", "purchase_date", "carats", "ref", "return_id"]]
    held = first_of(held, ["slip_number"], ["carats", "ref"], ascending=[False, True]).astype({"ref": "Int64"})
    unknown = uses.loc[~among(uses["slip_number"], held["slip_number"]), ["slip_number"]].drop_duplicates()
    return pd.concat([held, unknown.reindex(columns=held.columns).astype(held.dtypes)], ignore_index=True)


def _with_papers(rows: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """The papers and rows of the uses that count, for the slips that are overused only."""
    over = rows["fires"].fillna(False).astype(bool)
    of_over = uses[uses["held"] & among(uses["slip_number"], rows.loc[over, "subject_id"])]
    exported = of_over["certificate_number"].notna()

    def papers(uses: pd.DataFrame) -> pd.Series:
        return gathered(rows["subject_id"], rows["fires"], uses["slip_number"], uses["paper"])

    return rows.assign(
        certificates=papers(of_over[exported]),
        resold_on=papers(of_over[~exported]),
        refs=gathered(rows["subject_id"], rows["fires"], of_over["slip_number"], of_over["ref"]),
    )


def _parcel_id(frame: pd.DataFrame) -> pd.Series:
    return frame["certificate_number"] + "/" + frame["parcel_number"]
