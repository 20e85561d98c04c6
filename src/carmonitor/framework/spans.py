"""Spans of days as rulebooks write them: ``from`` inclusive, ``to`` exclusive, an absent end open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise


@dataclass(frozen=True)
class Span:
    """A named span."""

    name: str
    start: date | None
    end: date | None


def faults(spans: Sequence[Span]) -> list[str]:
    """What is wrong with spans of which at most one may hold on any day: those upside down, those that overlap."""
    wrong = [
        f"found {s.name} from {s.start} to {s.end}, expected an end after the start"
        for s in spans
        if s.start is not None and s.end is not None and s.end <= s.start
    ]
    for a, b in combinations(spans, 2):
        if overlap(a, b):
            wrong.append(f"found {_said(a)} and {_said(b)}, which overlap; expected one at a time")
    return wrong


def gaps(spans: Sequence[Span]) -> list[str]:
    """The days that none of these spans covers, in words; the spans do not overlap and are not upside down."""
    ordered = sorted(spans, key=lambda s: s.start or date.min)
    wrong = []
    if ordered and ordered[0].start is not None:
        wrong.append(f"found nothing before {ordered[0].start}, expected all days covered")
    for earlier, later in pairwise(ordered):
        if earlier.end is not None and later.start is not None and earlier.end < later.start:
            wrong.append(f"found nothing from {earlier.end} to {later.start}, expected all days covered")
    if ordered and ordered[-1].end is not None:
        wrong.append(f"found nothing from {ordered[-1].end} on, expected all days covered")
    return wrong


def overlap(a: Span, b: Span) -> bool:
    """Whether a day lies in both."""
    starts = [s.start for s in (a, b) if s.start is not None]
    ends = [s.end for s in (a, b) if s.end is not None]
    return not starts or not ends or max(starts) < min(ends)


def _said(span: Span) -> str:
    if span.start is None and span.end is None:
        return f"{span.name} at all times"
    start = f"from {span.start}" if span.start else "from the beginning"
    return f"{span.name} {start}" + (f" to {span.end}" if span.end else "")
