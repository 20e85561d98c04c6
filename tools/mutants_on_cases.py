"""Runs the mutants of one rule file, each in a process of its own, on every case of the test matrix that reaches it.

mutmut puts the mutants of a function beside it, with a trampoline that calls what ``mutants["_mutmut_orig"]`` names: so
the unchanged rules are run once, and every call of a function is kept with what it gave. A mutant is noticed when the
engine says of any case another word than what is committed, or fails, or works for more than ten times as
long (and two seconds).

Most cases need not be run whole to know that. Where a mutant answers every call that a case makes of it with what the
unchanged function gives, and leaves its arguments as that does, the rest of the case cannot differ. Only the other
cases are run whole, from evidence on which nothing was computed before. In both, what other functions give for
the calls of the unchanged run comes from memory (``tools/mutation_memory.py``).
"""

from __future__ import annotations

import gc
import importlib
import mmap
import os
import signal
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

import carmonitor.framework
from carmonitor.records.evidence import Evidence
from tools.mutation_memory import Memory, canonical

PACKAGE = "carmonitor.framework.rules"
ORIGINAL = "_mutmut_orig"
HANGS = 600  # seconds by the clock, for what waits without working
Mutants = dict[str, Callable[..., Any]]


@dataclass
class Call:
    """A call by a case. ``before``: what was remembered on evidence then; ``after``: what :func:`_bytes` says of it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    before: list[tuple[Evidence, dict[str, Any], dict[str, Any]]]
    after: bytes | None = None


@dataclass
class Case:
    """A case of the matrix: what is written of it, how long it takes, and which functions of the file it calls how."""

    of: Any
    written: str
    seconds: float = 0.0
    calls: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant. ``verdict``: noticed, timeout, survived, or unreached (no case calls the function)."""

    mutant: str
    file: str
    function: str
    verdict: str
    case: str = ""


def load(folder: Path) -> None:
    """Import the matrix with the package ``rules`` of this folder in place of the project's."""
    carmonitor.framework.__path__.insert(0, str(folder))
    rules = importlib.import_module(PACKAGE)
    if rules.__file__ is None or folder not in Path(rules.__file__).parents:
        raise ImportError(f"the rules come from {rules.__file__}")
    importlib.import_module("tests.unit.framework.matrix").cases()
    warnings.simplefilter("error")  # as pytest does
    gc.disable()  # what was loaded stays, and collecting would copy its pages into every child


def outcomes(stem: str, done: set[str]) -> Iterator[Outcome]:
    """Run every mutant of a file that is not done. Raises ValueError if the unchanged rules say something else."""
    functions = {name: found for name, found in vars(sys.modules[f"{PACKAGE}.{stem}"]).items() if _is_mutants(name)}
    memory = Memory()
    cases = _recorded(stem, functions, memory)
    for name, mutants in functions.items():
        own = [case for case in cases if name in case.calls]
        noticed_by: Counter[int] = Counter()  # what noticed one mutant of a function is asked first about the next
        for mutant in [key for key in mutants if key != ORIGINAL and f"{stem}.{key}" not in done]:
            order = sorted(range(len(own)), key=lambda at: (-noticed_by[at], own[at].seconds))
            verdict, at = _verdict(stem, functions, memory, name, mutant, own, order)
            noticed_by[at] += 1
            told = f"{own[at].of.rule} {own[at].of.says}" if at >= 0 else ""
            yield Outcome(f"{stem}.{mutant}", f"{stem}.py", _plain(name), verdict, told)


def _is_mutants(name: str) -> bool:
    return name.startswith(("mutants_x_", "mutants_xǁ"))


def _plain(name: str) -> str:
    """``mutants_x_f__mutmut`` → ``f``; ``mutants_xǁCǁf__mutmut`` → ``C.f``."""
    return name.removeprefix("mutants_x").removesuffix("__mutmut").removeprefix("_").strip("ǁ").replace("ǁ", ".")


def _recorded(stem: str, functions: dict[str, Mutants], memory: Memory) -> list[Case]:
    """The cases of all rules that can call a function of the file, with their calls; all calls are put in memory."""
    matrix = importlib.import_module("tests.unit.framework.matrix")
    registry = importlib.import_module("carmonitor.framework.checks").rule
    cases: list[Case] = []
    current: dict[str, list[Call]] = {}
    originals = {name: mutants[ORIGINAL] for name, mutants in functions.items()}
    for name, mutants in functions.items():
        mutants[ORIGINAL] = memory.recording(name, _recorder(name, originals[name], lambda name: current[name]))
    module, used = sys.modules[f"{PACKAGE}.{stem}"], _used(stem)
    vars(module).update({name: memory.recording(name, function) for name, function in used.items()})
    for spec in matrix.checked_rules():
        if f"{PACKAGE}.{stem}" not in _modules(registry.checks[spec.id].function.__module__):
            continue
        told = [f"{spec.id}: {spec.title['en']}\n"]
        for case in [case for case in matrix.cases() if case.rule == spec.id]:
            cases.append(Case(case, ""))
            current, begun = cases[-1].calls, time.process_time()
            with memory.evidence_watched():
                cases[-1].written = matrix.in_words(case)
            cases[-1].seconds = time.process_time() - begun
            told.append(cases[-1].written)
        if "\n".join(told) != (matrix.TOLD / f"{spec.id}.txt").read_text(encoding="utf-8"):
            raise ValueError(f"{spec.id}: the unchanged rule does not say what is committed")
    for name, mutants in functions.items():
        mutants[ORIGINAL] = originals[name]
    vars(module).update(used)
    for name, call in [(name, call) for case in cases for name, calls in case.calls.items() for call in calls]:
        if not _answers_alike(originals[name], call):
            call.after = None  # such a call proves nothing
    return cases


def _used(stem: str) -> dict[str, Callable[..., Any]]:
    """The project's functions that a file takes from others, by their names in it."""
    found = {name: v for name, v in vars(sys.modules[f"{PACKAGE}.{stem}"]).items() if isinstance(v, FunctionType)}
    return {
        name: function
        for name, function in found.items()
        if function.__module__.startswith("carmonitor.") and function.__module__ != f"{PACKAGE}.{stem}"
    }


def _modules(name: str) -> set[str]:
    """A module of the rules and all others of them that it takes something from."""
    found, left = {name}, [name]
    while left:
        used = {str(getattr(value, "__module__", "")) for value in vars(sys.modules[left.pop()]).values()}
        new = {module for module in used if module.startswith(f"{PACKAGE}.")} - found
        found |= new
        left += new
    return found


def _recorder(name: str, function: Callable[..., Any], calls: Callable[[str], list[Call]]) -> Callable[..., Any]:
    def recorded(*args: Any, **kwargs: Any) -> Any:
        given = [each for each in (*args, *kwargs.values()) if isinstance(each, Evidence)]
        call = Call(args, kwargs, [(e, dict(e._cache), dict(e._last)) for e in given])
        calls(name).append(call)
        result = function(*args, **kwargs)
        if isinstance(result, Iterator):
            result = list(result)
            call.after = _bytes(result, call)
            return iter(result)
        call.after = _bytes(result, call)
        return result

    return recorded


def _bytes(result: Any, call: Call) -> bytes | None:
    """What a call gave, and its arguments (but for evidence) as they are after it; None if that cannot be told."""
    return canonical((result, call.args, call.kwargs))


def _answers_alike(function: Callable[..., Any], call: Call) -> bool:
    """Does a function give for a call what the unchanged one gave? Also False where that cannot be told."""
    if call.after is None:
        return False
    for evidence, cache, last in call.before:
        evidence._cache.clear()
        evidence._cache.update(cache)
        evidence._last.clear()
        evidence._last.update(last)
    try:
        result = function(*call.args, **call.kwargs)
        return _bytes(list(result) if isinstance(result, Iterator) else result, call) == call.after
    except Exception:
        return False


def _verdict(
    stem: str,
    functions: dict[str, Mutants],
    memory: Memory,
    name: str,
    mutant: str,
    cases: list[Case],
    order: list[int],
) -> tuple[str, int]:
    """The verdict, and which case noticed (-1: none)."""
    if not cases:
        return "unreached", -1
    changed = functions[name][mutant]
    with mmap.mmap(-1, 4) as shared:  # the child writes which case it is at
        pid = os.fork()
        if pid == 0:
            code = 2
            try:
                for other, mutants in functions.items():
                    mutants[ORIGINAL] = memory.answering(other, mutants[ORIGINAL], name)
                functions[name][ORIGINAL] = changed
                used = {other: memory.answering(other, function, name) for other, function in _used(stem).items()}
                vars(sys.modules[f"{PACKAGE}.{stem}"]).update(used)
                code = int(any(_notices(name, changed, cases, at, shared) for at in order))
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        at = int.from_bytes(shared[:4], "little")
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM):
        return "timeout", at
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) not in (0, 1):
        raise RuntimeError(f"{mutant}: the runner itself failed on {cases[at].of}")
    return ("noticed", at) if status else ("survived", -1)


def _notices(name: str, function: Callable[..., Any], cases: list[Case], at: int, shared: mmap.mmap) -> bool:
    case = cases[at]
    shared[:4] = at.to_bytes(4, "little")
    signal.setitimer(signal.ITIMER_PROF, 10 * case.seconds + 2)
    signal.alarm(HANGS)
    if all(_answers_alike(function, call) for call in case.calls[name]):
        return False
    matrix = importlib.import_module("tests.unit.framework.matrix")
    try:
        return bool(matrix.in_words(case.of) != case.written)
    except Exception:
        return True
