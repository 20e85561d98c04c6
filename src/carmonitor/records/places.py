"""Place names: one gazetteer for every spelling (framework.md §4).

A place is never refused: its raw text stays, and the one name it stands for, if there is exactly one, goes beside it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml


def fold(text: str) -> str:
    """Letters and digits only, lower case, no accents: ``"M'Baïki "`` → ``"mbaiki"``."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.casefold() if c.isalnum())


@dataclass(frozen=True)
class Gazetteer:
    """Known places. ``names``: folded spelling → the set of places it may mean (one, unless ambiguous)."""

    names: dict[str, frozenset[str]]
    places: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """Read ``schemas/gazetteer.yaml``: a mapping place → {variants: [...], ...}. Fails on an empty file."""
        places: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["places"]
        names: dict[str, set[str]] = {}
        for place, entry in places.items():
            for spelling in [place, *(entry or {}).get("variants", [])]:
                names.setdefault(fold(spelling), set()).add(place)
        return cls({k: frozenset(v) for k, v in names.items()}, {k: v or {} for k, v in places.items()})

    def matches(self, text: str) -> frozenset[str]:
        """Every place a spelling may mean; empty when it is unknown."""
        return self.names.get(fold(text), frozenset())

    def resolve(self, texts: pd.Series) -> pd.Series:
        """Raw texts → the one place each stands for; null where blank, unknown or ambiguous. Same index, str dtype."""
        table: dict[str, str | None] = {}
        for text in texts.dropna().unique():
            found = self.matches(text)
            table[text] = next(iter(found)) if len(found) == 1 else None
        return texts.map(table).astype("str")
