"""Which cases a dossier tells, as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from carmonitor.dossier.sheets.words import said
from carmonitor.dossier.tables import word
from carmonitor.findings import shown

SETTLED = ("explained", "corrected")
"""Cases closed so are not flagged any more; they are exported when their outcome is asked for."""


class SelectionError(ValueError):
    """A selection that cannot be understood; the message says what was found and what was expected."""


@dataclass(frozen=True)
class Selection:
    """Which cases. Everything that is given must hold; nothing given: every flagged case."""

    case_ids: tuple[str, ...] = ()
    zone: str | None = None
    actor: str | None = None
    period: str | None = None
    since: date | None = None
    severity: str | None = None
    outcome: str | None = None

    def told(self) -> dict[str, Any]:
        """What was asked for, as JSON values; what was not is left out."""
        asked = {**self.__dict__, "case_ids": list(self.case_ids), "since": self.since and self.since.isoformat()}
        return {name: value for name, value in asked.items() if value}

    def in_words(self, lang: str) -> str:
        """What was asked for, for people."""
        asked = {
            "case_ids": ", ".join(self.case_ids), "zone": self.zone, "actor": self.actor,
            "period": self.period, "severity": self.severity,
            "since": shown(self.since.isoformat(), "date", lang) if self.since else None,
            "outcome": word("case_outcome", self.outcome, lang) if self.outcome else None,
        }  # fmt: skip
        words = [said("selection", name, lang, value=value) for name, value in asked.items() if value]
        if not words:
            return said("dossier", "everything", lang)
        return said("dossier", "chosen", lang, what=", ".join(words))
