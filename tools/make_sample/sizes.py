"""Size profiles and prices of a quantity of rough. A profile is size class → (stones, hundredths of a carat)."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from tools.make_sample.plan import SIZES

Profile = dict[str, tuple[int, int]]
_CLASSES = list(SIZES)


def profile(rng: Random, carats: int) -> Profile:
    """A profile of exactly ``carats`` hundredths; every class holds only stones of its own size."""
    left, weights = carats, {}
    for name in _CLASSES[:3:-1]:  # large stones come one at a time, by chance
        mean, low, high, share, _ = SIZES[name]
        stone = rng.randint(low, high)
        if rng.random() < share * carats / mean and stone < 0.4 * carats and stone < left:
            weights[name] = stone
            left -= stone
    shares = {name: SIZES[name][3] * rng.uniform(0.75, 1.25) for name in _CLASSES[:4]}
    whole = left
    for name in _CLASSES[3:0:-1]:
        weight = int(whole * shares[name] / sum(shares.values()))
        if weight >= SIZES[name][1]:
            weights[name] = weight
            left -= weight
    weights[_CLASSES[0]] = left
    return {name: (stones_in(name, weights[name]), weights[name]) for name in _CLASSES if weights.get(name)}


def stones_in(name: str, weight: int) -> int:
    """How many stones of a class weigh this much: near the class mean, within its bounds."""
    mean, low, high, _, _ = SIZES[name]
    return min(max(round(weight / mean), -(-weight // high), 1), max(weight // low, 1))


def add(profiles: Iterable[Profile]) -> Profile:
    """All profiles together."""
    total: dict[str, tuple[int, int]] = {}
    for one in profiles:
        for name, (stones, weight) in one.items():
            had = total.get(name, (0, 0))
            total[name] = (had[0] + stones, had[1] + weight)
    return {name: total[name] for name in _CLASSES if name in total}


def halve(one: Profile) -> tuple[Profile, Profile]:
    """Two parts of a profile, class by class, where both can keep whole stones."""
    first: Profile = {}
    second: Profile = {}
    for name, (stones, weight) in one.items():
        low, high = SIZES[name][1:3]
        part, some = weight // 2, stones // 2
        if some and low <= part / some <= high and low <= (weight - part) / (stones - some) <= high:
            first[name], second[name] = (some, part), (stones - some, weight - part)
        else:
            second[name] = (stones, weight)
    return first, second


def without_large(one: Profile) -> Profile:
    """The same weight with every stone of 2 ct or more replaced by stones below 2 ct."""
    large = sum(one.get(name, (0, 0))[1] for name in _CLASSES[3:])
    small = {name: one.get(name, (0, 0))[1] for name in _CLASSES[:3]}
    small[_CLASSES[0]] += large - large // 2
    small[_CLASSES[1]] += large // 2
    return {name: (stones_in(name, weight), weight) for name, weight in small.items() if weight}


def weight(one: Profile) -> int:
    """Hundredths of a carat."""
    return sum(w for _, w in one.values())


def stones(one: Profile) -> int:
    """Number of stones."""
    return sum(n for n, _ in one.values())


def usd_cents(one: Profile) -> int:
    """Export value in US cents at the plan's prices: hundredths of a carat × USD/ct."""
    return sum(w * SIZES[name][4] for name, (_, w) in one.items())
