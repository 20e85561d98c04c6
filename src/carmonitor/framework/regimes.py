"""Regimes: which set of rules a day falls under (framework.md §1, semantics.md 12)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from carmonitor.framework.checks import Bilingual, Source, within


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Regime(_Strict):
    """A named span; ``to`` is exclusive, an absent end is open. ``rules_apply``: False where no rule was in force."""

    code: str
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None
    rules_apply: bool = True
    meaning: Bilingual
    certainty: str
    source: Source


class Caveat(_Strict):
    """A reservation that findings of a span carry."""

    id: str
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None
    text: Bilingual


class Regimes(_Strict):
    """``schemas/rulebook/regimes.yaml``."""

    regimes: tuple[Regime, ...]
    caveats: tuple[Caveat, ...] = ()

    def of(self, days: pd.Series) -> pd.Series:
        """The regime code of each day; ``UNDATED`` where the day is null. Same index, str dtype."""
        codes = pd.Series("UNDATED", index=days.index, dtype="str")
        for regime in self.regimes:
            codes = codes.mask(within(days, regime.from_, regime.to) & days.notna(), regime.code)
        return codes

    def lawless(self, days: pd.Series) -> pd.Series:
        """True on days of which it is known that no rule was in force yet. Bool, no nulls."""
        none_yet = pd.Series(False, index=days.index)
        if not any(_touches(r, days.min(), days.max()) for r in self.regimes if not r.rules_apply):
            return none_yet
        for regime in self.regimes:
            none_yet = none_yet.mask(within(days, regime.from_, regime.to) & days.notna(), not regime.rules_apply)
        return none_yet

    def caveats_on(self, day: date | None) -> tuple[str, ...]:
        """The ids of the caveats that a finding of this day carries."""
        if day is None:
            return ()
        return tuple(c.id for c in self.caveats if (c.from_ is None or day >= c.from_) and (c.to is None or day < c.to))


def _touches(regime: Regime, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether the regime's span has a day from ``first`` to ``last``; not where these are null."""
    begun = regime.from_ is None or last >= pd.Timestamp(regime.from_)
    return not pd.isna(first) and begun and (regime.to is None or first < pd.Timestamp(regime.to))
