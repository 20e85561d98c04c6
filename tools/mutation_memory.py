"""What the unchanged functions gave for the calls that the cases make of them, to be given again beside a mutant.

Most of a case stays as it was when one function is changed: the other functions are called with the same arguments, and
would give the same. Such a call is answered from memory, but for calls in which the changed function was called itself,
directly, through others, or to make a derived frame of the evidence that was read.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from carmonitor.records.evidence import Evidence

Function = Callable[..., Any]
WORTH_IT = 2.0  # a call is kept if it takes this many times as long as telling its arguments


@dataclass(frozen=True)
class Answer:
    """What a call gave, pickled; what :func:`canonical` says of it; and the functions that were called in it."""

    result: bytes
    like: bytes | None
    one_by_one: bool
    called: frozenset[str]


class Memory:
    """The answers to calls, by function and arguments. Evidence is told by what it consists of, never by its values."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[bytes, Answer | None]] = defaultdict(dict)
        self._inside: list[set[str]] = [set()]  # the functions called so far, for each call that has not ended
        self._made_by: dict[str, set[str]] = defaultdict(set)  # name of a derived frame → the functions called for it

    def recording(self, name: str, function: Function) -> Function:
        """The function, whose calls are kept."""

        def recorded(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            said = canonical((args, kwargs))
            asked = time.perf_counter()
            with self._listening(name) as called:
                result = function(*args, **kwargs)
                one_by_one = isinstance(result, Iterator)
                result = list(result) if one_by_one else result
            worth_it = time.perf_counter() - asked > WORTH_IT * (asked - begun)
            if said is not None and worth_it and said == canonical((args, kwargs)):
                self._keep(name, said, result, one_by_one, called)
            return iter(result) if one_by_one else result

        return recorded

    def answering(self, name: str, function: Function, changed: str) -> Function:
        """The function; a call that was kept, and in which ``changed`` was not called, is answered from memory."""
        answers = {said: a for said, a in self._answers[name].items() if a is not None and changed not in a.called}
        if not answers:
            return function

        def answered(*args: Any, **kwargs: Any) -> Any:
            said = canonical((args, kwargs))
            answer = None if said is None else answers.get(said)
            if answer is None:
                return function(*args, **kwargs)
            result = pickle.loads(answer.result)
            return iter(result) if answer.one_by_one else result

        return answered

    @contextmanager
    def evidence_watched(self) -> Iterator[None]:
        """Within it, whoever reads a derived frame of the evidence counts as calling what made it."""
        cached, last = Evidence.cached, Evidence.last

        def cached_too(evidence: Evidence, name: str, make: Any) -> Any:
            with self._listening("", of=name):
                return cached(evidence, name, make)

        def last_too(evidence: Evidence, name: str, key: Any, make: Any) -> Any:
            with self._listening("", of=name):
                return last(evidence, name, key, make)

        with patch.multiple(Evidence, cached=cached_too, last=last_too):
            yield

    @contextmanager
    def _listening(self, name: str, of: str = "") -> Iterator[set[str]]:
        called: set[str] = set()
        self._inside.append(called)
        try:
            yield called
        finally:
            self._inside.pop()
            if of:
                self._made_by[of] |= called
                called |= self._made_by[of]
            self._inside[-1] |= called | {name}

    def _keep(self, name: str, said: bytes, result: Any, one_by_one: bool, called: set[str]) -> None:
        try:
            answer = Answer(pickle.dumps(result), canonical(result), one_by_one, frozenset(called))
        except Exception:  # whatever it is that cannot be pickled: then the call is always worked out
            answer = None
        before = self._answers[name].setdefault(said, answer)
        if before is None or answer is None or before.like != answer.like or before.called != answer.called:
            self._answers[name][said] = None  # it depends on what is not told, or is reached in several ways


def canonical(value: Any) -> bytes | None:
    """A value as bytes, the same for equal values however they lie in memory; None where that cannot be told."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    pickler.fast = True  # equal objects count as one object
    pickler.dispatch_table = copyreg.dispatch_table | _CONSIST_OF
    try:
        pickler.dump(value)
    except Exception:  # whatever goes wrong: raised beside a mutant, it would count as noticed
        return None
    return stream.getvalue()


def _values(array: Any) -> tuple[Any, ...]:
    if isinstance(array, np.ndarray):
        return str(array.dtype), array.shape, array.tolist() if array.dtype == object else array.tobytes()
    return array.dtype, array.tolist()


def _of_index(index: pd.Index) -> tuple[Any, ...]:
    return tuple, (("index", type(index).__name__, str(index.dtype), list(index.names), index.tolist()),)


def _of_series(series: pd.Series) -> tuple[Any, ...]:
    return tuple, (("series", series.name, series.index, *_values(series._values)),)


def _of_frame(frame: pd.DataFrame) -> tuple[Any, ...]:
    columns = [_values(array) for array in frame._iter_column_arrays()]
    return tuple, (("frame", frame.columns, frame.index, columns),)


def _of_evidence(evidence: Evidence) -> tuple[Any, ...]:
    """Cases keep their evidence, so that the place in memory of its parts tells it."""
    parts = (evidence.frames, evidence.sources, evidence.known_keys, evidence.gazetteer)
    rest = (evidence.as_of, evidence.monitoring_from, evidence.expected_senders, evidence.history)
    return tuple, (("evidence", *map(id, parts), *rest),)


def _index_types(of: type[pd.Index]) -> Iterator[type[pd.Index]]:
    yield of
    for each in of.__subclasses__():
        yield from _index_types(each)


_CONSIST_OF: dict[Any, Any] = {
    Evidence: _of_evidence, pd.DataFrame: _of_frame, pd.Series: _of_series,
    **dict.fromkeys(_index_types(pd.Index), _of_index),
}  # fmt: skip
