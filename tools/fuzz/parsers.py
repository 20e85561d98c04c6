"""What must hold of every parser, whatever a cell says: a value or a problem, in range, the same when read again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from carmonitor.framework.rulebook import read_rulebook, read_specs
from carmonitor.intake.cells import Cell, Problem, Unreadable, clean_text, raw_text
from carmonitor.intake.cover import Cover, cover_of_yaml
from carmonitor.intake.dates import parse_date, parse_month, parse_period
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.headers import find_header, language_of
from carmonitor.intake.numbers import parse_number
from carmonitor.intake.problems import expected_text
from carmonitor.intake.values import parse_cells, parser
from carmonitor.intake.vocabulary import field_types, load
from carmonitor.records import KINDS
from carmonitor.records.fields import CHOICE, DATE, MONTH, PERIOD, FieldType, bounds
from carmonitor.records.frames import arrow_type
from carmonitor.records.places import fold
from tools.fuzz import mutate

LANGUAGES = ("en", "fr", "")
Corpus = Sequence[str]
Target = Callable[[random.Random, Corpus], str]
"""Damages something of the corpus, reads it, checks what must hold; says what came out. A broken promise raises."""

_ALL = [(kind, name, field_types(kind)[name]) for kind in KINDS for name in field_types(kind)]
_NUMBERS = [place for place in _ALL if place[2].scale is not None or place[2].name == "degrees"]
_TEXTS = [place for place in _ALL if place[2].name in ("text", "place", "certificate", "country", "hs_code", "boolean")]
_CHOICES = [place for place in _ALL if place[2] is CHOICE]
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-\d{2})?|-Q[1-4]|-H[12])?")
_ZONES = (None, UTC, timezone(timedelta(hours=-11, minutes=-30)))


def cell(chance: random.Random, corpus: Corpus) -> Cell:
    """A cell as a reader may give it: mostly a damaged text, now and then a number, a day or what no cell should be."""
    if chance.random() < 0.8:
        return mutate.text(chance, corpus)
    number = chance.choice((0, 1, -1, 2**31, 2**63, 10**15, 10**400, chance.randrange(10**9)))
    stated = chance.choice(
        (0.0, -0.0, 1e308, 5e-324, float("nan"), float("inf"), chance.random(), chance.random() * 1e9)
    )
    return chance.choice(
        (
            None, True, number, stated, round(stated, 2) if stated < 1e300 else stated,
            Decimal(chance.choice(("1e999999", "-1e-999999", "NaN", "sNaN", "-Infinity", "0E+30", "12.345", "1.10"))),
            date(chance.randint(1, 9999), 1, 1 + chance.randrange(28)),
            datetime(chance.randint(1, 9999), 2, 3, chance.choice((0, 23)), tzinfo=chance.choice(_ZONES)),
            time(1), timedelta(days=chance.randint(-9, 9)), Unreadable("#N/A"), [1], {"a": 1}, b"\xff",
        )
    )  # type: ignore[return-value]  # fmt: skip


def numbers(chance: random.Random, corpus: Corpus) -> str:
    """Weights, money, rates, counts, degrees."""
    kind, name, value_type = chance.choice(_NUMBERS)
    limits, language = bounds(KINDS[kind].model_fields[name]), chance.choice(LANGUAGES)
    value = parse_number(cell(chance, corpus), value_type, limits, language)
    if value is None or _is_problem(value):
        return outcome(value)
    shown: Any = value
    if value_type.scale is None:
        assert isinstance(value, float)
        real = Decimal(repr(value))
    else:
        assert isinstance(value, int)
        assert not isinstance(value, bool)
        real = Decimal(value).scaleb(-value_type.scale)
        shown = f"{real:.{value_type.scale}f}"
    assert real >= limits.get("ge", real)
    assert real <= limits.get("le", real)
    assert "gt" not in limits or real > limits["gt"]
    assert parse_number(shown, value_type, limits, chance.choice(LANGUAGES)) == value
    _fits(value, value_type)
    return "value"


def dates(chance: random.Random, corpus: Corpus) -> str:
    """Days, months and periods."""
    given, language, months = cell(chance, corpus), chance.choice(LANGUAGES), load().months
    day = parse_date(given, language, months)
    month, period = parse_month(given, months), parse_period(given, language, months)
    if isinstance(day, date):
        assert not isinstance(day, datetime)
        assert 1900 <= day.year <= 2100
        assert parse_date(day.isoformat(), chance.choice(LANGUAGES), months) == day
        _fits(day, DATE)
    if isinstance(month, str):
        assert re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII)
        assert parse_month(month, months) == month
        _fits(month, MONTH)
    if isinstance(period, str):
        assert re.fullmatch(_PERIOD.pattern, period, re.ASCII)
        assert parse_period(period, chance.choice(LANGUAGES), months) == period
        _fits(period, PERIOD)
    return "/".join(outcome(found) for found in (day, month, period) if found is not None) or "blank"


def texts(chance: random.Random, corpus: Corpus) -> str:
    """Texts, numbers of papers, certificate numbers, places, countries, HS codes, yes and no."""
    return _idempotent(chance, corpus, *chance.choice(_TEXTS))


def choices(chance: random.Random, corpus: Corpus) -> str:
    """The codes of a choice field."""
    return _idempotent(chance, corpus, *chance.choice(_CHOICES))


def _idempotent(chance: random.Random, corpus: Corpus, kind: str, name: str, value_type: FieldType) -> str:
    given = cell(chance, corpus)
    value = parser(kind, name, chance.choice(LANGUAGES), load())(given)
    if value is None or _is_problem(value):
        return outcome(value)
    assert parser(kind, name, chance.choice(LANGUAGES), load())(value) == value
    if isinstance(value, str):
        assert value
        assert value == value.strip()
        assert clean_text(value) == value
        assert len(value) <= bounds(KINDS[kind].model_fields[name]).get("max_length", len(value))
        value.encode()
    if value_type is CHOICE:
        assert value in load().choices[kind, name].values()
    _fits(value, value_type)
    return "value"


def columns(chance: random.Random, corpus: Corpus) -> str:
    """A column of any field: what is read together is what each cell says alone."""
    kind, name, _ = chance.choice(_ALL)
    language = chance.choice(LANGUAGES)
    told: list[Any] = [cell(chance, corpus) for _ in range(8)]
    cells: Any = told
    if chance.random() < 0.7:
        cells = pa.array(
            [text.encode("utf-8", "replace").decode() for text in told if isinstance(text, str)], pa.string()
        )
    parsed = parse_cells(kind, name, language, load(), cells)
    alone = [parser(kind, name, language, load())(c.as_py() if isinstance(c, pa.Scalar) else c) for c in cells]
    assert parsed.problems == {i: value for i, value in enumerate(alone) if _is_problem(value)}
    assert parsed.values.to_pylist() == [None if _is_problem(value) else value for value in alone]
    for given in told:
        raw_text(given).encode()
    return f"{len(parsed.problems)} of {len(alone)} refused"


def headers(chance: random.Random, corpus: Corpus) -> str:
    """Header rows, names of sheets and files."""
    rows: list[list[Cell]] = [
        [cell(chance, corpus) if chance.random() < 0.4 else chance.choice(corpus) for _ in range(chance.randint(0, 9))]
        for _ in range(chance.randint(1, 3))
    ]
    kinds = tuple(KINDS) if chance.random() < 0.1 else (chance.choice(tuple(KINDS)),)
    named = load().kind_of_name(mutate.text(chance, corpus))
    assert named is None or named in KINDS
    found = find_header(rows, kinds, load())
    if found is None:
        return "none"
    assert found.kind in kinds
    assert 0 <= found.first <= found.last <= found.first + 1 < len(rows) + 1
    assert len(found.texts) == len(found.matches)
    assert set(found.fields) <= set(field_types(found.kind))
    assert found.understood >= 1
    assert language_of([found]) in LANGUAGES
    return "header"


def names(chance: random.Random, corpus: Corpus) -> str:
    """One header, place or total line."""
    text = mutate.text(chance, corpus)
    folded = fold(text)
    assert fold(folded) == folded
    match = load().match_header(chance.choice(tuple(KINDS)), text)
    load().begins_as_total(text)
    return "known" if match else "unknown"


def covers(chance: random.Random, corpus: Corpus) -> str:
    """``submission.yaml``."""
    text = mutate.text(chance, corpus).encode("utf-8", "surrogatepass")
    try:
        found = cover_of_yaml("submission.yaml", text)
    except IntakeError as error:
        assert str(error).startswith("submission.yaml: ")
        assert len(str(error)) < 2_000
        return "refused"
    assert found == Cover() or found.checked("x") is found
    assert found.sender is None or clean_text(found.sender) == found.sender
    return "value"


def rulebooks(chance: random.Random, corpus: Corpus) -> str:
    """Files of a rulebook: everything wrong is told, nothing is raised."""
    content = mutate.text(chance, corpus).encode("utf-8", "surrogatepass")
    if chance.random() < 0.3:
        _, problems = read_specs("detectors.yaml", content)
    else:
        _, problems = read_rulebook({chance.choice(("T.yaml", "regimes.yaml", "reasons.yaml")): content})
    assert all(isinstance(problem, str) for problem in problems)
    return "refused" if problems else "value"


def outcome(value: Any) -> str:
    """``value``, ``blank`` or the code of the problem."""
    return value.code if isinstance(value, Problem) else "blank" if value is None else "value"


def _is_problem(value: Any) -> bool:
    if not isinstance(value, Problem):
        return False
    assert value.expected
    assert expected_text(value.code, value.expected, "fr") != value.expected, value
    return True


def _fits(value: Any, value_type: FieldType) -> None:
    assert pa.array([value], arrow_type(value_type)).to_pylist() == [value]


PARSERS: dict[str, Target] = {
    "numbers": numbers, "dates": dates, "texts": texts, "choices": choices, "columns": columns, "headers": headers,
    "names": names, "covers": covers, "rulebooks": rulebooks,
}  # fmt: skip
