"""Size classes: the project's sieve list (semantics.md 8c), as weights per stone."""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.records.returns import SizeClass

CLASSES: tuple[str, ...] = get_args(get_args(SizeClass)[0])
"""The classes, smallest first, as the record kind ``assortment`` names them."""

LOWER_BOUNDS: dict[str, int] = {name: int(name.rstrip("+").split("-")[0].replace(".", "")) for name in CLASSES}
"""Class → its smallest weight per stone, in hundredths of a carat."""


def of_mean_weight(carats: pd.Series, stones: pd.Series) -> pd.Series:
    """The class of the mean weight per stone, compared in whole numbers.

    ``carats``: Int64, hundredths; ``stones``: Int64. A mean below the smallest class counts as the smallest. Null
    where either is null or there are no stones. Str dtype.
    """
    names = np.array([*CLASSES, None], dtype=object)
    return pd.Series(names[codes_of_mean_weight(carats, stones)], index=carats.index, dtype="str")


def codes_of_mean_weight(carats: pd.Series, stones: pd.Series) -> npt.NDArray[np.int64]:
    """:func:`of_mean_weight` as places in the list of classes; -1 for null."""
    known = (carats.notna() & stones.notna()).to_numpy(bool)
    weight, number = (x.fillna(0).to_numpy("int64") for x in (carats, stones))
    result = np.where(known & (number > 0), 0, -1)
    for place, name in enumerate(CLASSES[1:], start=1):
        result[(result >= 0) & (weight >= number * LOWER_BOUNDS[name])] = place
    return result


def heaviest(assortment: pd.DataFrame) -> pd.Series:
    """Subject → the class that holds most of its weight; of equal ones the larger. Str, index ``subject_id``.

    A subject with a blank weight in any of its classes has no heaviest class.
    """
    subjects, names = pd.factorize(assortment["subject_id"])
    rows = pd.DataFrame({
        "subject": subjects,
        "size": pd.Categorical(assortment["size_class"], CLASSES).codes,
        "carats": assortment["carats"].array,
    })  # fmt: skip
    blank = rows.loc[rows["carats"].isna(), "subject"]
    rows = rows[~rows["subject"].isin(blank)].astype("int64")
    sums = rows.groupby(["subject", "size"], sort=False)["carats"].sum().reset_index()
    last = sums.sort_values(["subject", "carats", "size"]).drop_duplicates("subject", keep="last")
    index = pd.Index(names.take(last["subject"].to_numpy("int64")), name="subject_id")
    return pd.Series(np.array(CLASSES)[last["size"]], index=index, dtype="str")
