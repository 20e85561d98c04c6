"""D-03 and D-10: purchase slips cover what is shipped, and no slip covers more than its weight (framework.md §8).

Weights are whole hundredths of a carat, so that sums and limits are exact.
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
    of_issued,
    quarantined,
    reasons,
    together,
    unseen_parcels,
    unsupplied,
)
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence

USE = ["slip_number", "carats", "certificate_number", "ref"]


@rule("D-03", parcel_carats="ct", covered_carats="ct", missing_carats="ct", slip="text")
def slips_cover_parcel(e: Evidence, p: Params) -> pd.DataFrame:
    """The slip weights that went into a parcel add up to its weight, but for 0.5 %; no slip is listed twice in it.

    Subject: parcel. Parts: ``short`` (only a shortage fires, exactly at the limit passes; a parcel without slips is
    wholly short), ``twice`` (key: the slip; a slip may serve two parcels of one certificate).
    Not evaluated without parcel_source, with a blank weight, or with a quarantined source row of the certificate.
    """
    return together(_short(e, p), _twice(e), unseen_parcels(e))


@rule("D-10", slip_carats="ct", used_carats="ct", over_carats="ct", certificates="text", resold_on="text")
def slip_not_overused(e: Evidence, p: Params) -> pd.DataFrame:
    """The uses of a slip, over all history, do not exceed its weight by more than 0.01 ct.

    Subject: purchase; day: purchase_date. Uses: parcels of issued certificates, and resales (``resold_on``: their
    slips). Void and replaced certificates release their slips; under-use is silent. Uses under a certificate that is
    not held count for nothing certain. Two records of one slip: the larger weight counts.
    """
    uses = _uses(e)
    total = uses.groupby("slip_number").agg(
        used=("certain", "sum"), possible=("carats", "sum"), blank=("blank", "any"), ref_use=("ref", "max")
    )
    s = _slips(e, uses)
    number = s["slip_number"]
    used = number.map(total["used"]).fillna(0).astype("Int64")
    possible = number.map(total["possible"]).fillna(0).astype("Int64")
    limit = s["carats"] + int(p["tolerance_hundredths"])
    unheld = s["ref"].isna()
    blank = lacking(e, s, "purchase", "carats")
    missing = reasons(
        s.index,
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (unheld, "not_held:purchase"),
        (quarantined(e, "parcel_source", "slip_number", number), "in_quarantine:parcel_source"),
        (quarantined(e, "purchase_source", "source_slip_number", number), "in_quarantine:purchase_source"),
        (blank != "", blank),
        (among(number, total.index[total["blank"]].to_series()), "blank:carats"),
        (((possible > limit) & ~(used > limit)).fillna(False).astype(bool), "not_held:shipment"),
    )
    rows = checked(
        number,
        s["purchase_date"],
        used > limit,
        missing,
        slip_carats=s["carats"],
        used_carats=used,
        over_carats=used - s["carats"],
        ref=s["ref"].astype("Int64"),
        ref_use=number.map(total["ref_use"]).astype("Int64"),
    )
    return _with_papers(rows, uses)


def _short(e: Evidence, p: Params) -> pd.DataFrame:
    parcels = of_issued(e, e["parcel"])
    links = of_issued(e, _lines(e, "parcel_source"))
    total = (
        links.assign(blank=links["carats"].isna())
        .groupby(_parcel_id(links))
        .agg(carats=("carats", "sum"), blank=("blank", "any"), ref_link=("ref", "max"))
    )
    name = _parcel_id(parcels)
    covered = name.map(total["carats"]).fillna(0).astype("Int64")
    short = parcels["carats"] - covered
    blank = lacking(e, parcels, "parcel", "carats")
    missing = reasons(
        parcels.index,
        (unsupplied(e, parcels["return_id"], "parcel_source", "slip_number"), "not_supplied:parcel_source"),
        (
            quarantined(e, "parcel_source", "certificate_number", parcels["certificate_number"]),
            "in_quarantine:parcel_source",
        ),
        (blank != "", blank),
        (among(name, total.index[total["blank"].astype(bool)].to_series()), "blank:carats"),
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
    links = of_issued(e, _lines(e, "parcel_source"))
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
    """Every use of a slip: ``paper`` (certificate or resale), carats; ``certain``: 0 where the paper is not held."""
    exported = of_issued(e, _lines(e, "parcel_source"))
    held = among(exported["certificate_number"], issued(e)["certificate_number"])
    exported = exported.assign(certain=exported["carats"].where(held, 0), paper=exported["certificate_number"])
    resold = _lines(e, "purchase_source").rename(columns={"slip_number": "paper", "source_slip_number": "slip_number"})
    resold = resold.assign(certain=resold["carats"], certificate_number=None)
    columns = ["slip_number", "carats", "certain", "certificate_number", "paper", "ref"]
    uses = pd.concat([exported[columns], resold[columns]], ignore_index=True)
    return uses.assign(blank=uses["carats"].isna())


def _slips(e: Evidence, uses: pd.DataFrame) -> pd.DataFrame:
    """Each slip once: the heaviest of its records, then the slips that are used but not held (all else null)."""
    held = e["purchase"][["slip_number", "purchase_date", "carats", "ref", "return_id"]]
    held = held.sort_values("carats", ascending=False, kind="stable").drop_duplicates("slip_number").sort_index()
    unknown = uses.loc[~among(uses["slip_number"], held["slip_number"]), ["slip_number"]].drop_duplicates()
    return held.merge(unknown, on="slip_number", how="outer", sort=False).astype({"ref": "Int64"})


def _with_papers(rows: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """The papers and rows of the uses, for the slips that are overused only."""
    over = rows["fires"].fillna(False).astype(bool)
    of_over = uses[among(uses["slip_number"], rows.loc[over, "subject_id"])]
    exported = of_over["certificate_number"].notna()

    def listed(values: pd.Series) -> list[str]:
        return sorted(set(values))

    by_slip = of_over["slip_number"]
    certificates = of_over["paper"][exported].groupby(by_slip[exported]).agg(listed)
    resales = of_over["paper"][~exported].groupby(by_slip[~exported]).agg(listed)
    name = rows["subject_id"].astype("object")
    return rows.assign(
        certificates=name.map(certificates.to_dict()),
        resold_on=name.map(resales.to_dict()),
        refs=name.map(of_over["ref"].groupby(by_slip).agg(list).to_dict()),
    )


def _lines(e: Evidence, kind: str) -> pd.DataFrame:
    """Each line once: what two returns say word for word is one use. Lines that differ are all kept."""
    return e[kind].drop_duplicates(list(KINDS[kind].model_fields))


def _parcel_id(frame: pd.DataFrame) -> pd.Series:
    return frame["certificate_number"] + "/" + frame["parcel_number"]
