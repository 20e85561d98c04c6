"""The sheets of a dossier as plain values: the same ones are printed, put on a page, and shown by the console.

Texts are in the reader's language already (``Dossier.lang``); weights and money stand as people read them. Names and
file names come from senders: whoever writes them into markup must escape them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

State = Literal["whole", "broken", "missing", "unknown"]
"""Of a part of a chain: papers agree; a finding stands on it; a paper it names was not supplied; nothing was said."""


@dataclass(frozen=True)
class Paper:
    """One row of a paper. ``values``: field of the kind → value for people; the file is kept under its submission."""

    kind: str
    submission_id: str
    file: str
    sheet: str
    row: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """A finding as its reader is told. ``facts``: (what, value in words), in the order of the rule's message."""

    finding_id: str
    rule_id: str
    title: str
    outcome: str
    severity: str
    standing: bool
    message: str
    period: str
    day: date | None = None
    regime: str = ""
    reason: str | None = None
    advice: str | None = None
    innocent_cause: str | None = None
    certainty: str = ""
    basis: str = ""
    source: str = ""
    source_url: str = ""
    parameters: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    rank: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Node:
    """One holder of stones or one paper in a chain. ``stage``: 0 digging, 1 first sale, 2 resale or buying house,
    3 parcel, 4 certificate, 5 confirmation abroad; ``lines``: what stands below the title."""

    key: str
    stage: int
    title: str
    lines: tuple[str, ...] = ()
    state: State = "whole"
    concerned: bool = False


@dataclass(frozen=True)
class Edge:
    """Stones that went from one node to another. ``label``: carats in words, or why the link is broken."""

    source: str
    target: str
    label: str = ""
    state: State = "whole"


@dataclass(frozen=True)
class Chain:
    """From the digger to the confirmation. ``left_out``: nodes left out for room (stated, never silent)."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Picture:
    """A drawing with its title and what a reader who cannot see it is told. ``svg``: self-contained, no script."""

    title: str
    svg: str
    told: str


@dataclass(frozen=True)
class Table:
    """A small table. ``numbers``: positions of columns aligned right; cells are words."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True)
class CaseSheet:
    """All that a mission needs of one case.

    ``case``: as ``cases.listing.show`` gives it; ``compared``: with whom, for leads; ``questions``: to ask on site;
    ``actors`` and ``zones``: who and where it touches (ids, names of sub-prefectures); ``synthetic``: papers of a
    simulated world are among its own.
    """

    case: Mapping[str, Any]
    title: str
    findings: tuple[Told, ...]
    chain: Chain | None = None
    compared: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    questions: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True)
class ActorSheet:
    """One actor: licences, volumes over time, counterparties, the cases that touch it."""

    actor_id: str
    name: str
    roles: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ZoneSheet:
    """One sub-prefecture: its standing by date, production, purchases and exports by month, security events, sites."""

    zone: str
    standing: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """Everything a mission takes along, in one language.

    ``run``: run_id, as_of, rulebook_hash, evidence_digest, result_digest, code_version; ``journal_head``: the hash of
    the newest entry ("" without any); ``selected``: the selection in words; ``counts``: (what, how many), never added
    up over outcomes; ``not_evaluated``: what could not be checked, and why; ``method``: paragraphs of method and
    limits; ``synthetic``: a sentence to print wherever the data is simulated, else "".
    """

    lang: str
    run: Mapping[str, Any]
    journal_head: str
    selected: str
    counts: tuple[tuple[str, str], ...]
    cases: tuple[CaseSheet, ...]
    actors: tuple[ActorSheet, ...] = ()
    zones: tuple[ZoneSheet, ...] = ()
    tables: Sequence[Table] = ()
    not_evaluated: tuple[Table, ...] = ()
    method: tuple[str, ...] = ()
    map: Picture | None = None
    redacted: bool = False
    synthetic: str = ""
