"""F34: stones of a certificate that the slips it names do not hold (fraud.md §2 footprint, C1 and C2).

A parcel is made of the stones of its slips. Who exchanges stones for others of the same weight keeps every sum of
carats right, but not the number of stones of each size.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.papers import slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Floats
from carmonitor.detection.stones import counts_on_certificates, counts_on_slips
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import among, checked, issued, lacking, month_of, quarantined, reasons
from carmonitor.records.evidence import Evidence


@detector(
    "F34", certificate_carats="ct", slips="count", size_from="sieve", stones="count", slip_stones="count",
    beyond="count", tolerated="count",
)  # fmt: skip
def stones_beyond_slips(e: Evidence, p: Params) -> pd.DataFrame:
    """Certificates with more stones of a size and above than all the slips that their parcels name.

    Subject: certificate; day: issue_date. Inputs: stones per size class of its parcels, and of every slip on their
    lists (assortment, or the weight of a slip's only stone), each slip counted once and in full, even where only a part
    of it was used: more stones it cannot have given. For each size class but the smallest: stones of that class and
    above, on the certificate and on its slips. A stone near the edge of a class may be weighed to either side, so that
    ``tolerance_percent`` % of the slips' stones of the class below and ``least_stones`` stones are tolerated. Fires
    where more are beyond; told is the class with the most beyond over what is tolerated. Score: log of that ratio.

    Not evaluated: a certificate without parcels, with a parcel without assortment, a blank count, a parcel without a
    list of slips, a slip that is not held or without counted stones. Source: fraud.md §2; the comparison is this
    project's.
    """
    c = issued(e).drop_duplicates("certificate_number").reset_index(drop=True)
    counts, blank, held = counts_on_certificates(e, c)
    number, home = c["certificate_number"], c["return_id"]
    on_slips, named, lacks = _of_slips(e, c)
    tolerated = float(p["least_stones"]) + float(p["tolerance_percent"]) / 100 * on_slips[:, :-1]
    above, slips_above = _and_above(counts)[:, 1:], _and_above(on_slips)[:, 1:]
    beyond = above - slips_above
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = six_digits(np.where(beyond > 0, beyond / np.maximum(tolerated, 1e-9), 0.0))
    row, at = np.arange(len(c)), ratio.argmax(axis=1) if len(c) else np.zeros(0, dtype=np.int64)
    worst = pd.Series(ratio[row, at], index=c.index)
    first = lacking(e, c, "shipment", "issue_date")
    missing = reasons(
        c.index,
        (first != "", first),
        (quarantined(e, "parcel", "certificate_number", number, home), "in_quarantine:parcel"),
        (quarantined(e, "parcel_source", "certificate_number", number, home), "in_quarantine:parcel_source"),
        (~held, "not_held:assortment"),
        (blank, "blank:stones"),
        (lacks != "", lacks),
    )
    return checked(
        number,
        c["issue_date"],
        worst > 1,
        missing,
        period=month_of(c["return_id"]),
        score=pd.Series(np.log(np.maximum(worst, 1e-9)), index=c.index),
        certificate_carats=c["carats"],
        slips=named.astype("Int64"),
        size_from=pd.Series(np.array(sizes.CLASSES)[at + 1], index=c.index, dtype="str"),
        stones=_whole(above[row, at], c),
        slip_stones=_whole(slips_above[row, at], c),
        beyond=_whole(np.maximum(beyond[row, at], 0), c),
        tolerated=_whole(np.floor(tolerated[row, at]), c),
        ref=c["ref"],
    )


def _and_above(counts: Floats) -> Floats:
    """Stones of each class and all larger ones."""
    return np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]


def _whole(values: Floats, c: pd.DataFrame) -> pd.Series:
    return pd.Series(values, index=c.index).round().astype("Int64")


def _of_slips(e: Evidence, c: pd.DataFrame) -> tuple[Floats, pd.Series, pd.Series]:
    """Stones per class of all slips that each certificate names, how many slips, and why the stones are not known."""
    named = e["parcel_source"][["certificate_number", "parcel_number", "slip_number"]].drop_duplicates()
    parcels = e["parcel"][["certificate_number", "parcel_number"]].drop_duplicates()
    listed = pd.MultiIndex.from_frame(named[["certificate_number", "parcel_number"]])
    bare = parcels.loc[~pd.MultiIndex.from_frame(parcels).isin(listed), "certificate_number"]
    s = slips(e).drop_duplicates("slip_number", keep=False)
    counts, lacks = counts_on_slips(e, s)
    links = named[["certificate_number", "slip_number"]].drop_duplicates()
    links = links.assign(
        at=links["certificate_number"].map(pd.Series(range(len(c)), index=c["certificate_number"])),
        slip=links["slip_number"].map(pd.Series(range(len(s)), index=s["slip_number"])),
    ).dropna(subset="at")
    unheld = links.loc[links["slip"].isna(), "certificate_number"]
    links = links.dropna(subset="slip").astype({"at": "int64", "slip": "int64"})
    at, slip = links["at"].to_numpy(), links["slip"].to_numpy()
    summed = np.stack([np.bincount(at, counts[slip, k], len(c)) for k in range(counts.shape[1])], axis=1)
    why = pd.Series(lacks.to_numpy()[slip], index=links["certificate_number"])
    why = why[why != ""].sort_values()
    first = c["certificate_number"].map(why[~why.index.duplicated()]).astype("str").fillna("")
    number = pd.Series(np.bincount(at, minlength=len(c)), index=c.index)
    return (
        cast(Floats, summed),
        number,
        reasons(
            c.index,
            (among(c["certificate_number"], bare) | (number == 0), "not_held:parcel_source"),
            (among(c["certificate_number"], unheld), "not_held:purchase"),
            (first != "", first),
        ),
    )
