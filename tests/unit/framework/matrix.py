"""The test matrix of the rulebook: every case of every rule, and all that the engine says of it, word for word.

``python -m tests.unit.framework.matrix`` writes it again: ``matrix/<rule>.txt`` (what is found, on which rows, with
which values) and ``docs/rule-matrix.md`` (which cases each rule has). Both are compared in ``test_matrix.py``: read the
difference before committing it, since what stands there is what the rule means.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path

from carmonitor.findings import Finding
from carmonitor.framework.checks import CheckSpec, Params, rule
from carmonitor.framework.engine import Coverage, Focus, Result, evaluate
from carmonitor.records.evidence import Evidence, unpack
from tests.unit.framework.rule_cases import RULEBOOK, Case, message

HERE = Path(__file__).parent
TOLD = HERE / "matrix"
PAGE = HERE.parents[2] / "docs" / "rule-matrix.md"
SORTS = ("fires", "silent", "boundary", "missing")


def cases() -> list[Case]:
    """Every case of every ``test_rules_*.py``."""
    files = sorted(HERE.glob("test_rules_*.py"))
    return [case for file in files for case in importlib.import_module(f"tests.unit.framework.{file.stem}").CASES]


def checked_rules() -> list[CheckSpec]:
    """The rules that have a function, in the order of the rulebook."""
    return [spec for spec in RULEBOOK.specs.values() if spec.outcome != "scope_note"]


def in_full(rule_id: str) -> str:
    """What the engine says of every case of a rule."""
    return "\n".join(pieces(rule_id))


def pieces(rule_id: str) -> Iterator[str]:
    """:func:`in_full` case by case, each worked out when it is asked for."""
    yield f"{rule_id}: {RULEBOOK.specs[rule_id].title['en']}\n"
    for case in cases():
        if case.rule == rule_id:
            yield in_words(case)


def in_words(case: Case) -> str:
    """What the engine says of one case."""
    return "\n".join([f"== {case.sort}: {case.says}", *_said(case)]) + "\n"


def first_difference(rule_id: str, written: str) -> str:
    """The first case of which the engine now says something else than what is written, line by line; else ``""``."""
    left = written
    for number, piece in enumerate(pieces(rule_id)):
        told = piece if number == 0 else f"\n{piece}"
        if not left.startswith(told):
            pairs = zip_longest(told.splitlines(), left.splitlines()[: told.count("\n") + 1])
            return "\n".join(f"now     {now}\nwritten {then}" for now, then in pairs if now != then)
        left = left[len(told) :]
    return left


def _said(case: Case) -> Iterator[str]:
    given = replace(case.given, _cache={})  # nothing computed before this case
    check, spec = rule.checks[case.rule], RULEBOOK.specs[case.rule]
    frame = check.function(given, Params(spec.parameters))
    check = replace(check, function=lambda _evidence, _parameters: frame)  # worked out once, told twice
    result = evaluate(check, spec, given, RULEBOOK.regimes)
    for finding in sorted(result.findings, key=lambda f: (f.outcome, f.subject_id, f.part, f.finding_id)):
        yield from _finding(finding, case.given)
    yield from (f"coverage {_coverage(row)}" for row in result.coverage)
    sheets = Focus(frozenset(map(int, given.sources.index)), frozenset(given.sources["return_id"]))
    yield from _as_a_batch(evaluate(check, spec, given, RULEBOOK.regimes, sheets), result)


def _as_a_batch(result: Result, whole: Result) -> Iterator[str]:
    """What is said otherwise when all sheets are an ad hoc batch: what stands on no row of them is left out."""
    others = [f for f in result.findings if f not in whole.findings]
    gone = {f.finding_id for f in whole.findings} - {f.finding_id for f in result.findings}
    if gone or others:
        yield f"as a batch {len(gone)} findings less, {len(others)} say otherwise"
    if result.coverage != whole.coverage:
        yield from (f"as a batch coverage {_coverage(row)}" for row in result.coverage)


def _finding(f: Finding, given: Evidence) -> Iterator[str]:
    part = f" [{f.part}]" if f.part else ""
    yield f"{f.outcome} {f.severity} {f.subject_kind} {f.subject_id}{part} {f.period} {f.regime} {f.finding_id}"
    yield f"  {message(f, 'en')}"
    if f.day:
        yield f"  day {f.day}"
    if f.evidence:
        yield "  " + "; ".join(f"{name}={value}" for name, value in f.evidence.items())
    if f.score is not None:
        yield f"  score {f.score}"
    if f.refs:
        yield "  on " + ", ".join(_place(ref, given) for ref in f.refs)
    if f.parameters:
        yield "  with " + ", ".join(f"{p.name}={p.value} ({p.basis})" for p in f.parameters)
    if f.caveats:
        yield "  caveats " + " ".join(f.caveats)


def _place(ref: int, given: Evidence) -> str:
    source, row = unpack(ref)
    file = given.sources["file"].get(source, "?")  # a record of a sheet that a case calls not supplied
    return f"{file}:{row}"


def _coverage(row: Coverage) -> str:
    said = {name: value for name, value in asdict(row).items() if value not in (0, None, "") and name != "rule_id"}
    return " ".join(f"{name}={value}" for name, value in said.items()) or "nothing"


def page() -> str:
    """Which cases each rule is tested on, as a page for people."""
    lines = [
        "# The cases every rule is tested on",
        "",
        "Written by `python -m tests.unit.framework.matrix`. Four sorts for each rule: it **fires**, it stays",
        "**silent**, what happens on a **boundary**, and what it says when an input is **missing**. Where one is",
        "impossible, why.",
    ]
    for spec in checked_rules():
        lines += ["", f"## {spec.id} {spec.title['en']}", "", "| sort | cases |", "|---|---|"]
        for sort in SORTS:
            told = [c.says for c in cases() if c.rule == spec.id and c.sort == sort]
            why = spec.no_case.get(sort, "")
            lines.append(f"| {sort} | {'; '.join(told) or f'impossible: {why}'} |")
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write the matrix again."""
    TOLD.mkdir(exist_ok=True)
    wanted = {f"{spec.id}.txt": in_full(spec.id) for spec in checked_rules()}
    for path in TOLD.glob("*.txt"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (TOLD / name).write_text(text, encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    from tests.unit.framework import matrix

    matrix.write()
