"""A check: the common form of rules and detectors. A specification in YAML, a small pure function in Python.

The function takes evidence and parameters and returns a *checked frame*, one row per subject and part:

    ``subject_id``  str, never null
    ``day``         datetime64: the day whose regime and rule span count; null when unknown
    ``fires``       boolean: True, False, or null = could not be checked
    ``missing``     str: why, where ``fires`` is null: a code of ``schemas/reasons.yaml``, with the thing that lacks
                    after a colon, e.g. ``not_supplied:parcel_source`` or ``blank:carats``
    ``part``        str, optional: which of several checks about the subject (messages are then given per part)
    ``key``         str, optional: what identifies the fact beside the subject (numbers of papers; never amounts)
    ``subject_kind`` str, optional: the kind of this row's subject, where it differs from the rule's own
    ``severity``    str, optional: E, W or I for this row, where it differs from the rule's own
    ``outcome``     str, optional: breach or lead for this row, where it differs from the rule's own
    ``period``      str, optional: YYYY-MM, for subjects without a day
    ``score``       float, detectors: larger is stranger
    ``ref``, ``ref_…``  Int64: rows the fact stands on (null allowed); a column ``refs`` may hold lists of them
    and the columns declared as evidence with their units.

A row without a day is not evaluated (``undated``) by a rule whose span has an end.
A null input makes a row not evaluable, never true. Several parts of one subject: a breach if any part fires, else not
evaluated if any part could not be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from carmonitor.findings import Outcome, Parameter, Severity
from carmonitor.records.evidence import Evidence

RESERVED = frozenset({"fires", "missing", "part", "severity", "outcome", "subject_kind"})
Sort = Literal["fires", "silent", "boundary", "missing"]
"""The four sorts of cases every rule is tested on; ``no_case`` of its specification says why one is impossible."""
Basis = Literal["framework", "kpcs", "domestic", "heuristic", "project-default"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Strict):
    """A text in both languages."""

    en: Annotated[str, Field(min_length=1)]
    fr: Annotated[str, Field(min_length=1)]

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


def _shape(given: Any) -> str:
    """Which of the forms of a text a YAML value has: ``one`` (both languages) or ``parts`` (by part)."""
    keys = given.keys() if isinstance(given, Mapping) else ()
    return "one" if isinstance(given, Bilingual) or {"en", "fr"} & set(keys) else "parts"


_One = Annotated[Bilingual, Tag("one")]
Texts = Annotated[_One | Annotated[dict[str, Bilingual], Tag("parts")], Discriminator(_shape)]
"""One text, or one for each part of a check."""


class DatedValue(_Strict):
    """A parameter's value over a span; ``to`` is exclusive, both ends open when absent."""

    value: Any
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None


class ParameterSpec(_Strict):
    """A parameter of a check. ``basis: project-default`` marks values the KP never gave."""

    name: str
    unit: str = ""
    basis: Basis
    note: Bilingual | None = None
    values: Annotated[tuple[DatedValue, ...], Field(min_length=1)]

    def note_in(self, lang: str) -> str:
        """The note in a language; ``""`` where there is none."""
        return self.note[lang] if self.note else ""


class Source(_Strict):
    """Where a rule is stated."""

    title: str
    url: str = ""


class CheckSpec(_Strict):
    """What the YAML says of a rule or detector. Unknown keys are refused.

    ``before_all_regimes``: looks also at days on which no rule was in force yet (detectors do). ``check``: the id under
    which its function is registered, where not its own: so a team adds a rule of its own without new code.
    """

    id: str
    title: Bilingual
    outcome: Literal["breach", "lead", "scope_note"]
    severity: Severity
    subject_kind: str = ""
    status: Literal["active", "shadow", "off"] = "active"
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None
    before_all_regimes: bool = False
    check: str = ""
    parameters: tuple[ParameterSpec, ...] = ()
    basis: tuple[Basis, ...]
    certainty: str
    source: Source
    message: Texts | None = None
    advice: Bilingual | None = None
    innocent_cause: Bilingual | None = None
    evidence_group: str = ""
    no_case: dict[Sort, str] = {}

    @field_validator("status", mode="before")
    @classmethod
    def _off(cls, given: Any) -> Any:
        """YAML reads a bare ``off`` as false."""
        return "off" if given is False else given

    @model_validator(mode="after")
    def _complete(self) -> CheckSpec:
        if self.outcome != "scope_note" and (self.message is None or not self.subject_kind):
            raise ValueError(f"{self.id}: a rule needs a message and a subject_kind")
        if self.outcome == "lead" and self.innocent_cause is None:
            raise ValueError(f"{self.id}: a lead needs its innocent_cause")
        return self

    @property
    def implementation(self) -> str:
        """The id of its function."""
        return self.check or self.id

    def message_for(self, part: str) -> Bilingual:
        """The message template of a part (``""`` for a check without parts). Raises KeyError for an unknown part."""
        return self.message[part] if isinstance(self.message, dict) else _some(self.message, self.id)


class Params:
    """A check's parameters, by name. ``p["x"]`` for an undated value, ``p.at("x", days)`` for one that changed."""

    def __init__(self, specs: tuple[ParameterSpec, ...]) -> None:
        self._specs = {spec.name: spec for spec in specs}

    def __getitem__(self, name: str) -> Any:
        values = self._specs[name].values
        if len(values) != 1:
            raise KeyError(f"parameter {name} changes over time: use at()")
        return values[0].value

    def at(self, name: str, days: pd.Series) -> pd.Series:
        """The value in force on each day; null where the day is null or no value covers it."""
        result = pd.Series(pd.NA, index=days.index, dtype="object")
        for dated in self._specs[name].values:
            result = result.mask(within(days, dated.from_, dated.to), dated.value)
        return result

    def on(self, day: date | None) -> tuple[Parameter, ...]:
        """All values in force on a day, as findings show them."""
        stamp = pd.Series([pd.Timestamp(day) if day else pd.NaT])
        return tuple(
            Parameter(spec.name, dated.value, spec.unit, spec.basis)
            for spec in self._specs.values()
            for dated in spec.values
            if len(spec.values) == 1 or bool(within(stamp, dated.from_, dated.to).iloc[0])
        )


def is_ref(column: str) -> bool:
    """Whether a column of a checked frame holds rows that the fact stands on. (``reference_slips`` does not.)"""
    return column == "ref" or column.startswith("ref_")


CheckFunction = Callable[[Evidence, Params], pd.DataFrame]


@dataclass(frozen=True)
class Check:
    """A registered function, and the evidence columns it declares with their units."""

    id: str
    function: CheckFunction
    evidence: Mapping[str, str]


class Registry:
    """The functions of a family of checks, by id. An id can be registered once."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}

    def __call__(self, check_id: str, **evidence: str) -> Callable[[CheckFunction], CheckFunction]:
        """Decorator: ``@rule("M-06", exported_carats="ct")`` registers the function under the rule's id."""

        def register(function: CheckFunction) -> CheckFunction:
            if RESERVED & set(evidence):
                raise ValueError(
                    f"{check_id}: {sorted(RESERVED & set(evidence))} mean something else in a checked frame"
                )
            if check_id in self.checks:
                raise ValueError(f"{check_id} is implemented twice")
            self.checks[check_id] = Check(check_id, function, evidence)
            return function

        return register


rule = Registry()
detector = Registry()


def within(days: pd.Series, start: date | None, end: date | None) -> pd.Series:
    """True where start ≤ day < end; a null day is within nothing but the span open at both ends."""
    inside = pd.Series(True, index=days.index)
    if start is not None:
        inside &= days >= pd.Timestamp(start)
    if end is not None:
        inside &= days < pd.Timestamp(end)
    return inside


def default_outcome(spec: CheckSpec) -> Outcome:
    """The outcome of a firing row that names none of its own."""
    return "lead" if spec.outcome == "lead" else "breach"


def _some(message: Bilingual | None, check_id: str) -> Bilingual:
    if message is None:
        raise KeyError(f"{check_id} has no message")
    return message
