"""Small worlds, each made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from carmonitor.simulation import Settings, World, simulate


@cache
def _made(seed: int, months: int, scale: float, fraud: tuple[tuple[str, float], ...] | None, noise: bool) -> World:
    rates = {} if fraud is None else {"fraud": dict(fraud)}
    return simulate(Settings(seed, months, scale, noise=noise, **rates))


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """A world: seed, months, scale, fraud (rates by pattern; all patterns by default), noise."""

    def make(
        seed: int = 7, months: int = 6, scale: float = 0.1, fraud: dict[str, float] | None = None, noise: bool = True
    ) -> World:
        return _made(seed, months, scale, None if fraud is None else tuple(sorted(fraud.items())), noise)

    return make


@pytest.fixture(scope="session")
def honest(world: Callable[..., World]) -> World:
    """A year without fraud."""
    return world(months=12, fraud={})
