"""Place names: one gazetteer for every spelling (framework.md §4).

A place is never refused: its raw text stays, and the one name it stands for, if there is exactly one, goes beside it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from carmonitor.records.columns import each_text
from carmonitor.records.yamltext import parse_yaml


def fold(text: str) -> str:
    """Letters and digits only, lower case, no accents: ``"M'Baïki "`` → ``"mbaiki"``."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, plain.casefold()))


@dataclass(frozen=True)
class Gazetteer:
    """Known places. ``names``: folded spelling → the set of places it may mean (one, unless ambiguous).

    ``edges``: two neighbouring sub-prefectures → points of their boundary, [longitude, latitude] in degrees.
    """

    names: dict[str, frozenset[str]]
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: dict[frozenset[str], list[list[float]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """Read ``schemas/gazetteer.yaml``: a mapping place → {variants: [...], ...}. Fails on an empty file."""
        return cls.parse(path.read_bytes())

    @classmethod
    def parse(cls, content: bytes) -> Gazetteer:
        """The gazetteer that a file's content holds."""
        told = parse_yaml(content)
        places: dict[str, dict[str, Any]] = told["places"]
        names: dict[str, set[str]] = {}
        for place, entry in places.items():
            for spelling in [place, *(entry or {}).get("variants", [])]:
                names.setdefault(fold(spelling), set()).add(place)
        edges = {frozenset(pair.split("/")): points for pair, points in (told.get("edges") or {}).items()}
        return cls({k: frozenset(v) for k, v in names.items()}, {k: v or {} for k, v in places.items()}, edges)

    def matches(self, text: str) -> frozenset[str]:
        """Every place a spelling may mean; empty when it is unknown."""
        return self.names.get(fold(text), frozenset())

    def resolve(self, texts: pd.Series) -> pd.Series:
        """Raw texts → the one place each stands for; null where blank, unknown or ambiguous. Same index, str dtype."""

        def place(text: str) -> str | None:
            found = self.matches(text)
            return next(iter(found)) if len(found) == 1 else None

        return each_text(texts, place)

    def subprefectures(self, resolved: pd.Series) -> pd.Series:
        """Resolved places → the pre-2021 sub-prefecture each lies in; null for a prefecture or a place abroad.

        A town stands for its sub-prefecture; a name the gazetteer does not describe stands for itself. Same index.
        """
        return each_text(resolved, self._subprefecture)

    def under_review(self, resolved: pd.Series) -> pd.Series:
        """True for sub-prefectures created in 2021 beside a zone, which need a human decision. Bool, no nulls."""
        return resolved.isin([name for name, entry in self.places.items() if entry.get("review")])

    def attribute(self, resolved: pd.Series, name: str) -> pd.Series:
        """An entry of ``schemas/gazetteer.yaml`` for each resolved place, as ``prefecture_to_2021``; else null."""
        return each_text(resolved, lambda place: self.places.get(place, {}).get(name))

    def neighbours(self, name: str) -> tuple[str, ...] | None:
        """The pre-2021 sub-prefectures that share a stretch of boundary with this one; None where it is not known."""
        found = self.places.get(name, {}).get("neighbours")
        return None if found is None else tuple(found)

    def position(self, name: str) -> tuple[float, float] | None:
        """Longitude and latitude (degrees) at which a place is taken to lie; None where that is not known."""
        at = self.places.get(name, {}).get("at")
        return None if at is None else (float(at[0]), float(at[1]))

    def boundary(self, name: str, other: str | None = None) -> list[list[float]]:
        """Points of a sub-prefecture's boundary inside the country, or of that with one neighbour: [lon, lat].

        Empty where nothing is known of it, or the two do not touch.
        """
        if other is not None:
            return self.edges.get(frozenset({name, other}), [])
        return [point for pair, points in self.edges.items() if name in pair for point in points]

    def _subprefecture(self, name: str) -> str | None:
        entry = self.places.get(name, {})
        kind = entry.get("kind", "subprefecture")
        return name if kind == "subprefecture" else entry.get("subprefecture")
