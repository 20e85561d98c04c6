"""Keyed checks on parts of what is held: what a worker is asked, how it answers, and how the answers are asked for.

A worker reads its part from the database itself. What it is sent is small: the question, the catalogue, and the part of
the frames that only a walk over all papers can make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import pandas as pd
from sqlalchemy import Connection

from carmonitor.catalogues import Catalogue
from carmonitor.engines import Engine, Promise
from carmonitor.framework.checks import CheckSpec, rule
from carmonitor.framework.engine import Judged, judged
from carmonitor.framework.parts import KEYED, KEYS, Span, derived, spans
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings
from carmonitor.store.database import connect
from carmonitor.store.evidence import read_evidence
from carmonitor.store.records import some_keys

_SAMPLE = 37  # one row in so many tells where to cut


@dataclass(frozen=True)
class Question:
    """Some checks on the part of the evidence whose keys lie in a span; as of a day, up to a submission.

    ``database``: its address, as a worker reaches it, password included.
    """

    database: str
    settings: Settings
    catalogue: Catalogue
    as_of: date
    last_seq: int
    key: str
    span: Span
    checks: tuple[str, ...]
    made: dict[str, pd.DataFrame] = field(default_factory=dict)


def answer(question: Question) -> dict[str, Judged]:
    """Check id → what it says of the part."""
    q = question
    columns = KEYS[q.key].kinds
    with connect(q.database) as store, store.read() as connection:
        part = read_evidence(
            connection,
            as_of=q.as_of,
            gazetteer=q.catalogue.gazetteer,
            monitoring_from=q.settings.monitoring_from,
            expected_senders=q.settings.expected_senders,
            seeds=q.catalogue.seeds,
            last_seq=q.last_seq,
            spans={kind: (column, q.span) for kind, column in columns.items()},
            at_once=False,
        )
        part.give(q.made)
        return {name: _judged(name, part, q) for name in q.checks}


def _judged(name: str, part: Evidence, q: Question) -> Judged:
    spec = q.catalogue.rulebook.specs[name]
    without = KEYED[spec.implementation].once if q.span.low is not None else frozenset[str]()
    return judged(rule.checks[spec.implementation], spec, part, q.catalogue.rulebook.regimes, without=without)


class Parts:
    """The keyed checks of a catalogue, begun on an engine. Call it with a check for its parts."""

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        evidence: Evidence,
        settings: Settings,
        catalogue: Catalogue,
        last_seq: int,
    ) -> None:
        keyed = [s for s in catalogue.rulebook.specs.values() if s.status != "off" and s.implementation in KEYED]
        database = connection.engine.url.render_as_string(hide_password=False)
        self._promised: dict[str, list[_Answers]] = {}
        for key, of_key in KEYS.items():
            checks = tuple(s.id for s in keyed if KEYED[s.implementation].key == key)
            if not checks:
                continue
            kind, column = next(iter(of_key.kinds.items()))
            questions = (
                Question(
                    database,
                    settings,
                    catalogue,
                    evidence.as_of,
                    last_seq,
                    key,
                    span,
                    checks,
                    derived(evidence, key, span),
                )
                for span in spans(some_keys(connection, kind, column, _SAMPLE), engine.parts)
            )
            answers = [_Answers(promise) for promise in engine.start(answer, questions)]
            self._promised |= dict.fromkeys(checks, answers)

    def __call__(self, spec: CheckSpec) -> list[Judged] | None:
        answers = self._promised.get(spec.id)
        return None if answers is None else [each.judged[spec.id] for each in answers]


class _Answers:
    """One part's answers, asked for once."""

    def __init__(self, promise: Promise) -> None:
        self._promise = promise

    @cached_property
    def judged(self) -> dict[str, Judged]:
        answers: dict[str, Judged] = self._promise()
        return answers
