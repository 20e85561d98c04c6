"""Which findings ask for a person's decision, and whose case they belong to (semantics.md 13 and 17)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Container, Mapping
from typing import NamedTuple

from carmonitor.findings import Finding

OF_CERTIFICATE = ("parcel", "document")
"""Subjects whose id is their certificate's, ``/`` and a number or name of their own."""


class Subject(NamedTuple):
    """What a case is about."""

    kind: str
    id: str


def subject_of(finding: Finding, miner_of: Mapping[str, str]) -> Subject:
    """The subject of the case a finding belongs to.

    Parcels (``CF…/n``), documents and confirmations (``CF…@BE``) belong to their certificate, a production line to its
    miner (``miner_of``: line → actor; a line whose miner is not known stays its own subject), all else to itself.
    """
    kind, name = finding.subject_kind, finding.subject_id
    if kind in OF_CERTIFICATE:
        return Subject("certificate", name.partition("/")[0])
    if kind == "confirmation":
        return Subject("certificate", name.rpartition("@")[0] or name)
    if kind == "production" and name in miner_of:
        return Subject("actor", miner_of[name])
    return Subject(kind, name)


def asks_for_a_case(finding: Finding, shadow: Container[str]) -> bool:
    """Breaches and leads of severity E or W do; of detectors' leads (those with a rank) only the ones in the budget.

    What was not evaluated, severity I and rules in ``shadow`` open none.
    """
    if finding.outcome == "not_evaluated" or finding.severity == "I" or finding.rule_id in shadow:
        return False
    return finding.outcome == "breach" or finding.rank is None or finding.in_budget


def case_id(subject: Subject, ordinal: int, taken: Collection[str]) -> str:
    """``K-`` and 8 hexadecimal digits, from the subject and how many cases about it came before.

    The same cases opened in the same order have the same ids in every database; should 8 digits be ``taken``, 12 serve.
    """
    said = json.dumps([*subject, ordinal], ensure_ascii=False, separators=(",", ":"))
    name = hashlib.sha256(said.encode()).hexdigest()
    return next(f"K-{name[:n]}" for n in (8, 12, 64) if f"K-{name[:n]}" not in taken)
