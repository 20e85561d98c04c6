"""Stones by size class: what the assortments of slips and parcels say, and the weight of a slip's only stone."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.papers import slips
from carmonitor.detection.robust import Floats, Ints
from carmonitor.framework.common import reasons
from carmonitor.records.columns import positions, within
from carmonitor.records.evidence import Evidence

CLASSES = list(sizes.CLASSES)


def counts_on_slips(e: Evidence, s: pd.DataFrame) -> tuple[Floats, pd.Series]:
    """Stones per class of each slip: of its assortment, else of the weight of its only stone; and why not.

    ``s``: rows of :func:`carmonitor.detection.papers.slips`, with its index.
    """
    of = _of_slips(e).iloc[s.index.to_numpy()]
    return np.ascontiguousarray(of[CLASSES].to_numpy("float64")), of["lacks"].astype("str")


def only_class(e: Evidence, s: pd.DataFrame) -> Ints:
    """The size class (its place in the list) of a slip whose stones are all of one; -1 where not, or not known.

    ``s``: rows of :func:`carmonitor.detection.papers.slips`, with its index.
    """
    only: Ints = _of_slips(e)["only"].to_numpy("int64")[s.index.to_numpy()]
    return only


def counts_on_certificates(e: Evidence, c: pd.DataFrame) -> tuple[Floats, pd.Series, pd.Series]:
    """Stones per class of each certificate; whether a count is blank; whether every parcel has an assortment."""
    parcels = e["parcel"][["certificate_number", "parcel_number"]].drop_duplicates()
    row = positions(parcels["certificate_number"], c["certificate_number"])
    names = (parcels["certificate_number"] + "/" + parcels["parcel_number"])[row >= 0]
    row = row[row >= 0]
    counts, lines, blank = _counted(e, "parcel", names)
    summed = np.zeros((len(c), len(CLASSES)))
    np.add.at(summed, row, counts)
    held = lines.any(axis=1)
    none, some, unread = (np.bincount(row[which], minlength=len(c)) > 0 for which in (~held, held, blank))
    return summed, pd.Series(unread), pd.Series(some & ~none)


def _of_slips(e: Evidence) -> pd.DataFrame:
    """For each row of ``slips``: stones per class (whole numbers), ``lacks`` (a category), ``only``. Cached."""
    return e.cached("stones_on_slips", _stones_on_slips)


def _stones_on_slips(e: Evidence) -> pd.DataFrame:
    s = slips(e)
    counts, lines, blank = _counted(e, "purchase", s["slip_number"])
    held = lines.any(axis=1)
    one = ~held & (s["stones"] == 1).fillna(False).to_numpy(bool)
    by_weight = sizes.codes_of_mean_weight(s["carats"], s["stones"])
    single = one & s["carats"].notna().to_numpy()
    counts[np.flatnonzero(single), by_weight[single]] = 1
    lacks = reasons(
        s.index,
        (pd.Series(blank, index=s.index), "blank:stones"),
        (pd.Series(~held & ~single, index=s.index), "not_held:assortment"),
        (pd.Series(counts.sum(axis=1) == 0, index=s.index), "zero:stones"),
    )
    only = np.where(lines.sum(axis=1) == 1, lines.argmax(axis=1), np.where(one, by_weight, -1))
    # kept to the end of the run: in the smallest types that hold it
    stones = {name: pd.to_numeric(counts[:, k].astype("int64"), downcast="unsigned") for k, name in enumerate(CLASSES)}
    return pd.DataFrame({**stones, "lacks": lacks.astype("category"), "only": only.astype("int8")}, index=s.index)


def _counted(e: Evidence, kind: str, names: pd.Series) -> tuple[Floats, np.ndarray, np.ndarray]:
    """Of each parcel or slip stones per class, in which classes it has a line, and whether a count of it is blank.

    Two lines of one class that differ, or a line in quarantine, count as blank.
    """
    code, distinct = pd.factorize(names)
    size, shape = len(distinct), (len(distinct), len(CLASSES))
    a = e["assortment"]
    a = a.loc[a["subject_kind"] == kind, ["subject_id", "size_class", "stones", "carats"]]
    rows = pd.DataFrame({
        "subject": positions(a["subject_id"], pd.Series(distinct, dtype="str")),
        "size": sizes.codes(a["size_class"]),
        "stones": a["stones"].array, "carats": a["carats"].array,
    })  # fmt: skip
    rows = rows[rows["subject"] >= 0].drop_duplicates()
    subject = rows["subject"].to_numpy()
    cell = subject * len(CLASSES) + rows["size"].to_numpy()
    number = np.bincount(cell, minlength=size * len(CLASSES)).reshape(shape)
    stones = np.bincount(cell, rows["stones"].fillna(0).to_numpy("float64"), size * len(CLASSES)).reshape(shape)
    unread = pd.Series(sorted(e.in_quarantine("assortment", "subject_id")), dtype="str")
    blank = within(pd.Series(distinct, dtype="str"), unread).to_numpy() | (number > 1).any(axis=1)
    blank = blank | (np.bincount(subject[rows["stones"].isna()], minlength=size) > 0)
    return cast(Floats, stones[code]), number[code] > 0, blank[code]
