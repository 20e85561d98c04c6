"""A short run of every fuzzer with a fixed seed, and what fuzzing found before. The long run: ``make fuzz``."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carmonitor.framework.rulebook import read_rulebook
from carmonitor.intake.cells import Cell, Problem
from carmonitor.intake.dates import parse_month, parse_period
from carmonitor.intake.values import parser
from carmonitor.intake.vocabulary import load
from carmonitor.records.fields import normalise_certificate
from tools.fuzz import mutate
from tools.fuzz.__main__ import LONG
from tools.fuzz.console import DATABASES
from tools.fuzz.files import FILES
from tools.fuzz.parsers import PARSERS
from tools.fuzz.run import CORPUS, corpus_of, run

RUNS = dict.fromkeys(PARSERS, 400) | {
    "columns": 60,
    "headers": 80,
    "rulebooks": 40,
    "xlsx": 30,
    "csv": 40,
    "json": 60,
}


@pytest.mark.parametrize("name", sorted(PARSERS | FILES))
def test_no_promise_is_broken(name: str) -> None:
    found = run(name, RUNS.get(name, 5), "test")
    assert found.broken == []
    assert found.runs == sum(found.said.values()) > 0


def test_every_fuzzer_has_a_corpus_and_a_place_in_the_long_run() -> None:
    assert set(LONG) == set(PARSERS) | set(FILES) | set(DATABASES)
    assert all(corpus_of(name) for name in PARSERS | FILES)
    assert sum(LONG[name] for name in PARSERS) >= 1_000_000
    assert sum(LONG[name] for name in FILES) >= 10_000
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 300_000


def test_the_same_seed_gives_the_same_inputs() -> None:
    corpus = corpus_of("texts")
    first, second = ([mutate.text(random.Random(i), corpus) for i in range(50)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 40
    books = corpus_of("xlsx")
    assert mutate.package(random.Random(1), books)[:10] == mutate.package(random.Random(1), books)[:10]


@pytest.mark.parametrize("name", ["numbers", "csv"])
def test_a_broken_promise_is_told_with_its_seed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(chance: random.Random, corpus: object) -> str:
        raise ValueError("on purpose")

    monkeypatch.setitem(PARSERS if name in PARSERS else FILES, name, broken)
    found = run(name, 2, "s")
    assert [seed for seed, _ in found.broken] == ["s/0", "s/1"]
    assert "on purpose" in found.broken[0][1]


def test_a_file_that_is_opened_by_a_parser_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def curious(chance: random.Random, corpus: object) -> str:
        with open("/etc/hostname", "rb"):
            return "value"

    monkeypatch.setitem(PARSERS, "numbers", curious)
    assert "/etc/hostname" in run("numbers", 1, "s").broken[0][1]


# What fuzzing found, each mended in its parser.


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("purchase", "seller_name"),
        ("purchase", "slip_number"),
        ("parcel", "hs_code"),
        ("shipment", "status"),
    ],
)
@pytest.mark.parametrize("cell", [Decimal("sNaN"), Decimal("NaN"), Decimal("1e999999999"), 10**400])
def test_a_number_that_is_none_is_a_problem_or_its_digits(kind: str, field: str, cell: Cell) -> None:
    value: Any = parser(kind, field, "", load())(cell)
    assert isinstance(value, Problem) or value == str(cell)


@pytest.mark.parametrize(
    ("text", "period"),
    [("２０２１", "2021"), ("٢٠٢١-Q1", "2021-Q1"), ("H1 २०२१", "2021-H1"), ("1er trimestre ２０２１", "2021-Q1")],
)
def test_a_period_is_kept_in_plain_digits(text: str, period: str) -> None:
    assert parse_period(text, "fr", load().months) == period


def test_the_month_of_a_day_before_every_calendar_is_none() -> None:
    assert isinstance(parse_month(date(987, 1, 1), load().months), Problem)


def test_a_certificate_number_stays_the_same_when_read_again() -> None:
    assert normalise_certificate("NO NO 10") == normalise_certificate(normalise_certificate("NO NO 10")) == "10"


@pytest.mark.parametrize("content", [b"? [a]\n: b\n", b"rules: " + b"[" * 100_000, b"{[a]: b}"])
def test_a_rulebook_that_no_parser_bears_is_told(content: bytes) -> None:
    _, problems = read_rulebook({"T.yaml": content})
    assert any(problem.startswith("T.yaml: ") for problem in problems)
