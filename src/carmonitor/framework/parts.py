"""Checks that can be run on parts of the evidence, by the keys that hold together what they compare.

A part holds the rows of the keyed kinds whose key lies in a span, and every other kind whole. Which checks may be run
so, and by which key, is listed in :data:`KEYED`; tests run each of them whole and in parts and demand equal results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pandas as pd

from carmonitor.framework.custody import first_sales, upstream
from carmonitor.records.evidence import Evidence


@dataclass(frozen=True)
class Span:
    """The keys from ``low`` (inclusive) to ``high`` (exclusive), by code point; None is an open end.

    Rows without a key belong to the span that has no ``low``.
    """

    low: str | None = None
    high: str | None = None

    def holds(self, keys: pd.Series) -> pd.Series:
        """True where a key lies in the span. Bool, no nulls."""
        inside = keys.isna() if self.low is None else keys >= self.low
        if self.low is None:
            inside |= keys.notna() if self.high is None else keys < self.high
        elif self.high is not None:
            inside &= keys < self.high
        return inside.astype(bool)


@dataclass(frozen=True)
class Key:
    """What holds together what a check compares.

    ``kinds``: kind → the column that bears the key; the first is the one that is cut into parts of equal length.
    ``derived``: frames of :data:`DERIVED`, made from the whole, and the column of theirs that bears it.
    """

    kinds: Mapping[str, str]
    derived: Mapping[str, str] = field(default_factory=dict)


DERIVED = {"upstream": upstream, "first_sales": first_sales}
"""Frames that are made by walking the papers of all certificates, and then belong to a slip each."""

KEYS = {
    "slip": Key(
        {"purchase": "slip_number", "purchase_source": "slip_number"},
        {"upstream": "slip_number", "first_sales": "slip_number"},
    ),
    "slip as a source": Key(
        {"purchase": "slip_number", "parcel_source": "slip_number", "purchase_source": "source_slip_number"}
    ),
    "slip or register": Key({"purchase": "slip_number", "production": "register_number"}),
    "certificate": Key(
        {"parcel_source": "certificate_number", "parcel": "certificate_number", "shipment": "certificate_number"}
    ),
}


@dataclass(frozen=True)
class InParts:
    """How a check is run in parts: by a key of :data:`KEYS`. ``once``: kinds of subjects that it takes from rows every
    part holds, so that only the first part tells them."""

    key: str
    once: frozenset[str] = frozenset()


_CERTIFICATES_ONCE = frozenset({"certificate"})

KEYED = {
    "D-03": InParts("certificate"),
    "D-04": InParts("slip"),
    "D-05": InParts("slip"),
    "D-10": InParts("slip as a source"),
    "L-01": InParts("slip", _CERTIFICATES_ONCE),
    "L-06": InParts("slip"),
    "Z-01": InParts("slip", _CERTIFICATES_ONCE),
    "Z-03": InParts("slip", _CERTIFICATES_ONCE),
    "Z-04": InParts("slip", _CERTIFICATES_ONCE),
    "Z-05": InParts("slip", _CERTIFICATES_ONCE),
    "Z-06": InParts("slip"),
    "Z-07": InParts("slip or register"),
    "Z-08": InParts("slip"),
}
"""Check → how it is run in parts. What is not listed needs the whole."""


def spans(sample: pd.Series, parts: int) -> list[Span]:
    """``parts`` spans (fewer where keys are few) that share these keys out about evenly and hold every key there is."""
    names = sample.dropna().drop_duplicates().sort_values(ignore_index=True)
    at = sorted({str(names.iloc[len(names) * part // parts]) for part in range(1, parts)}) if len(names) else []
    edges: Sequence[str | None] = [None, *at, None]
    return [Span(low, high) for low, high in pairwise(edges)]


def part_of(evidence: Evidence, key: str, span: Span) -> Evidence:
    """The part of evidence that is at hand whole."""
    kinds = KEYS[key].kinds
    cut = {kind: evidence[kind][span.holds(evidence[kind][column])] for kind, column in kinds.items()}
    frames = {kind: cut[kind].reset_index(drop=True) if kind in cut else evidence[kind] for kind in evidence.frames}
    return replace(evidence, frames=frames, _cache={}, _given=derived(evidence, key, span))


def derived(evidence: Evidence, key: str, span: Span) -> dict[str, pd.DataFrame]:
    """The rows of the key's derived frames that lie in a span, for :meth:`Evidence.give`."""
    found = {}
    for name, column in KEYS[key].derived.items():
        whole = DERIVED[name](evidence)
        found[name] = whole[span.holds(whole[column])].reset_index(drop=True)
    return found
