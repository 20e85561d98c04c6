"""Size classes: the project's sieve list (semantics.md 8c), as weights per stone."""

from __future__ import annotations

from typing import get_args

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
    known = carats.notna() & stones.notna() & (stones > 0).fillna(False)
    result = pd.Series(CLASSES[0], index=carats.index, dtype="str").where(known)
    for name in CLASSES[1:]:
        reached = (carats >= stones * LOWER_BOUNDS[name]).fillna(False).astype(bool)
        result = result.mask(known & reached, name)
    return result


def heaviest(assortment: pd.DataFrame) -> pd.Series:
    """Subject → the class that holds most of its weight; of equal ones the larger. Str, index ``subject_id``.

    A subject with a blank weight in any of its classes has no heaviest class.
    """
    usable = assortment[~assortment["subject_id"].isin(assortment.loc[assortment["carats"].isna(), "subject_id"])]
    sums = usable.groupby(["subject_id", "size_class"], as_index=False)["carats"].sum()
    sums = sums.assign(bound=sums["size_class"].map(LOWER_BOUNDS)).sort_values(["subject_id", "carats", "bound"])
    heavy: pd.Series = sums.drop_duplicates("subject_id", keep="last").set_index("subject_id")["size_class"]
    return heavy.astype("str")
