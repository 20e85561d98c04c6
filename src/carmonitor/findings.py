"""Findings: one fact about one subject, and how facts are identified, worded and fingerprinted.

Outcomes (never added up into one number):
    ``breach``: a rule is broken, certain given the papers; ``lead``: unusual, to be looked at;
    ``not_evaluated``: could not be checked, and why. Silence is never taken for compliance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Outcome = Literal["breach", "lead", "not_evaluated"]
Severity = Literal["E", "W", "I"]
OUTCOMES: tuple[Outcome, ...] = ("breach", "lead", "not_evaluated")

SCALES = {
    "ct": 2, "USD": 2, "XAF": 0, "percent": 2, "USD/ct": 2, "XAF/ct": 0, "ratio": 3, "amount": 2, "rate": 6, "km": 0,
}  # fmt: skip
"""Evidence units whose numbers are whole counts of their smallest unit → decimals."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value a finding depended on, and who says so (``project-default`` or the rule's own basis)."""

    name: str
    value: Any
    unit: str
    basis: str

    def told(self) -> dict[str, Any]:
        """As an export says it."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "basis": self.basis}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact. ``evidence``: name → exact JSON value (decimals as text, dates ISO); ``units``: name → unit.

    ``refs``: where the facts stand (packed source and row, see records.evidence); ``part``: which of the rule's checks;
    ``period``: the month (YYYY-MM) the fact belongs to, or ``undated``; ``score``/``rank``: leads only (rank 1 first).
    """

    finding_id: str
    rule_id: str
    outcome: Outcome
    severity: Severity
    subject_kind: str
    subject_id: str
    period: str
    regime: str
    part: str = ""
    day: date | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    refs: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    caveats: tuple[str, ...] = ()
    reason: str | None = None
    rank: int | None = None
    score: float | None = None
    in_budget: bool = False

    def ranked(self, rank: int, *, in_budget: bool) -> Finding:
        """The same lead with its place in the review list."""
        return replace(self, rank=rank, in_budget=in_budget)


RANKING = ("place_in_list", "lots_in_quarter", "probability", "probability_low", "probability_high",
           "probability_basis", "verdicts_used")  # fmt: skip
"""Evidence of a lead that says where it stands among others, not what was found about its subject."""


def finding_id(rule_id: str, subject_kind: str, subject_id: str, *identifying: str) -> str:
    """A stable id: the rule, the subject and identifying values (paper numbers, periods), never measured amounts."""
    canonical = json.dumps([rule_id, subject_kind, subject_id, *identifying], ensure_ascii=False, separators=(",", ":"))
    return "F" + hashlib.sha256(canonical.encode()).hexdigest()[:20]


def content_digest(finding: Finding) -> str:
    """A fingerprint of what a finding says: ids, outcome, integers, scores to 6 significant digits; never its words."""
    said = [
        finding.finding_id, finding.outcome, finding.severity, finding.regime, finding.period, finding.reason,
        dict(sorted(finding.evidence.items())),
        None if finding.score is None else f"{finding.score:.6g}", finding.rank, finding.in_budget,
        list(finding.caveats), [[p.name, str(p.value), p.basis] for p in finding.parameters],
    ]  # fmt: skip
    return hashlib.sha256(_canonical(said)).hexdigest()


def result_digest(findings: Iterable[Finding]) -> str:
    """One fingerprint of a whole result, whatever the order its findings came in."""
    return digest_of_result((f.finding_id, content_digest(f)) for f in findings)


def digest_of_result(said: Iterable[tuple[str, str]]) -> str:
    """As :func:`result_digest`, from the ids of findings and their :func:`content_digest`."""
    lines = sorted(f"{finding_id}:{digest}" for finding_id, digest in said)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def exact(value: Any, unit: str) -> Any:
    """An evidence value from a frame as exact JSON: scaled integers become decimal text, days ISO text, nulls None."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [exact(item, unit) for item in value]
    if value is None or (not isinstance(value, str) and str(value) in ("<NA>", "NaT", "nan")):
        return None
    if unit in SCALES:
        return str(Decimal(int(value)).scaleb(-SCALES[unit]))
    return _AS_JSON.get(unit, str)(value)


def _iso_day(value: Any) -> str:
    return str(value.date().isoformat()) if hasattr(value, "date") else str(value)


def _six_digits(value: Any) -> float:
    return float(f"{float(value):.6g}")


_AS_JSON: dict[str, Callable[[Any], Any]] = {"date": _iso_day, "count": int, "days": int, "score": _six_digits}


def wording(template: str, values: Mapping[str, Any], units: Mapping[str, str], lang: str) -> str:
    """Fill a message template; numbers and dates in the reader's convention. Unknown placeholders raise KeyError."""
    return template.format_map({name: shown(value, units.get(name, ""), lang) for name, value in values.items()})


def shown(value: Any, unit: str, lang: str) -> str:
    """One value for people: ``1,234.50`` or in French ``1 234,50``; French days as dd/mm/yyyy; ``–`` for null
    and for an empty list.

    ``sieve``: a size class such as ``0.50-0.99``.
    """
    if value is None:
        return "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(item, unit, lang) for item in value) or "–"
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "fr": ("non", "oui")}[lang][value]
    if unit in SCALES or isinstance(value, (int, float, Decimal)):
        number = Decimal(str(value))
        text = f"{number:,}" if unit != "score" else f"{number:.3g}"
        return text.replace(",", "\u202f").replace(".", ",") if lang == "fr" else text
    if unit == "date" and lang == "fr":
        year, month, day = str(value).split("-")
        return f"{day}/{month}/{year}"
    return str(value).replace(".", ",") if unit == "sieve" and lang == "fr" else str(value)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()
