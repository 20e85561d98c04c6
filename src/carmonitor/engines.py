"""Where work is done: in this process, or by workers of Dask. The results are the same.

A *task* is a function of a module and one argument, both of which can be sent to another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, Protocol

Promise = Callable[[], Any]
"""Gives the result of a task, or raises what the task raised."""


class EngineError(Exception):
    """An engine that cannot be used. The message says what was found, what was expected, and what to do."""


class Engine(Protocol):
    """Does tasks. ``parts``: into how many parts checks are cut that can be; 1: they are run whole.

    ``elsewhere``: whether other processes do the work, so that reading is theirs too.
    """

    parts: int
    elsewhere: bool

    def start(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Promise]:
        """Begin all tasks; a promise for each, in order."""

    def in_order(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> Iterator[Any]:
        """The results in order, with few tasks ahead of the one that is asked for, so that memory stays bounded."""


class Here:
    """This process, one task after another, each when its result is asked for."""

    elsewhere = False

    def __init__(self, parts: int = 1) -> None:
        self.parts = parts

    def start(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Promise]:
        return [partial(task, given) for given in arguments]

    def in_order(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> Iterator[Any]:
        return map(task, arguments)


HERE = Here()


class Dask:
    """Workers of a Dask cluster. A task whose worker dies is done again by another."""

    elsewhere = True

    def __init__(self, client: Any, parts: int) -> None:
        self._client = client
        self.parts = parts

    def start(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Promise]:
        return [self._client.submit(task, given, pure=False).result for given in arguments]

    def in_order(self, task: Callable[[Any], Any], arguments: Iterable[Any]) -> Iterator[Any]:
        waiting = iter(arguments)
        ahead = max(2, sum(self._client.nthreads().values()))
        running = self.start(task, islice(waiting, ahead))
        while running:
            yield running.pop(0)()
            running += self.start(task, islice(waiting, 1))


@contextmanager
def opened(name: str) -> Iterator[Engine]:
    """The engine of this name, closed at the end. Raises :class:`EngineError`.

    ``here``; ``here:N``, checks in N parts one after another (less memory, more time); ``dask``, a cluster of this
    machine's cores for the time of the run; ``dask:N``, one with N workers; ``dask://host:port``, a running one.
    """
    kind, _, detail = name.partition(":")
    number = int(detail) if detail.isdecimal() and int(detail) > 0 else None
    if kind == "here" and (number or name == kind):
        yield Here(number or 1)
    elif kind == "dask" and (number or name == kind):
        with _local(number) as engine:
            yield engine
    elif kind == "dask" and detail.startswith("//"):
        with _remote("tcp:" + detail) as engine:
            yield engine
    else:
        raise EngineError(f"found the engine {name!r}; expected here, here:N, dask, dask:N or dask://host:port")


def _distributed() -> Any:
    try:
        import dask  # noqa: PLC0415 - an optional extra
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise EngineError("Dask is not installed; install carmonitor[dask], or use the engine here") from error
    # frames go with the task, so that it can be done again when the worker that had them is gone: not worth a warning
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "10GB"})
    return distributed


_PARTS_EACH = 2  # parts per worker: a slow one does not keep the others waiting for long


@contextmanager
def _local(workers: int | None) -> Iterator[Engine]:
    """One process with one thread per worker: pandas gains nothing from more threads."""
    dask = _distributed()
    with (
        _cluster(dask, workers) as cluster,
        dask.Client(cluster) as client,
    ):
        yield Dask(client, _PARTS_EACH * len(cluster.workers))


def _cluster(dask: Any, workers: int | None) -> Any:
    try:
        return dask.LocalCluster(
            host="127.0.0.1", n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0
        )
    except (OSError, RuntimeError) as error:  # a worker that dies or is too slow while it begins
        raise EngineError(
            f"Dask's workers could not be started: {error} Try again, or with fewer (dask:1), or use the engine here"
        ) from error


@contextmanager
def _remote(address: str) -> Iterator[Engine]:
    dask = _distributed()
    try:
        client = dask.Client(address, timeout="10s")
    except OSError as error:
        raise EngineError(f"no Dask scheduler answers at {address}; start one with: dask scheduler") from error
    with client:
        workers = len(client.scheduler_info()["workers"])
        if not workers:
            raise EngineError(f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}")
        yield Dask(client, _PARTS_EACH * workers)
