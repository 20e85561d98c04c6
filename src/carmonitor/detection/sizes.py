"""Size classes: the project's sieve list (semantics.md 8c), as weights per stone."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd

from carmonitor.records.columns import Ints, positions
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
    return names(codes_of_mean_weight(carats, stones), carats.index)


def codes_of_mean_weight(carats: pd.Series, stones: pd.Series) -> Ints:
    """:func:`of_mean_weight` as places in the list of classes; -1 for null."""
    known = (carats.notna() & stones.notna()).to_numpy(bool)
    weight, number = (x.fillna(0).to_numpy("int64") for x in (carats, stones))
    result = np.where(known & (number > 0), 0, -1)
    for place, name in enumerate(CLASSES[1:], start=1):
        result[(result >= 0) & (weight >= number * LOWER_BOUNDS[name])] = place
    return result


def names(at: Ints, index: pd.Index) -> pd.Series:
    """Places in the list as names; null for -1. Str dtype."""
    return pd.Series(np.array([*CLASSES, None], dtype=object)[at], index=index, dtype="str")


def codes(size_class: pd.Series) -> Ints:
    """Classes by name as places in the list; -1 for null."""
    return positions(size_class, pd.Series(CLASSES, dtype="str"))


def heaviest(assortment: pd.DataFrame) -> pd.Series:
    """Subject → the class that holds most of its weight; of equal ones the larger. Str, index ``subject_id``.

    A subject with a blank weight in any of its classes has no heaviest class.
    """
    subjects, names = pd.factorize(assortment["subject_id"])
    cell = subjects * len(CLASSES) + codes(assortment["size_class"])
    sums = np.full(len(names) * len(CLASSES), -1, dtype=np.int64)  # -1: no line of the class
    sums[cell] = 0
    np.add.at(sums, cell, assortment["carats"].fillna(0).to_numpy("int64"))
    last = len(CLASSES) - 1 - sums.reshape(-1, len(CLASSES))[:, ::-1].argmax(axis=1)
    known = np.ones(len(names), dtype=bool)
    known[subjects[assortment["carats"].isna()]] = False
    index = pd.Index(names[known], name="subject_id")
    return pd.Series(np.array(CLASSES, dtype=object)[last[known]], index=index, dtype="str")
