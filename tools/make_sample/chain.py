"""The custody chain behind each certificate: finds, purchases, resales, bags, parcels. Weights are hundredths.

miner ──slip──► collector ──bag──► Bangui ──resale slip──► buying house ──► parcel ──► certificate
miner ──slip──► buying house (in the zone) ──bag──► Bangui ──► parcel
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from tools.make_sample import sizes
from tools.make_sample.common import Row, days
from tools.make_sample.people import Actor, People
from tools.make_sample.plan import CERTIFICATES, FIRST_DAY, MONTHS, XAF_PER_USD, ZONES, Planned

FIRST_SALE, DIRECT, RESALE = 0.60, 0.66, 0.77  # share of the export value paid at each step
CREAMED = ("BA-04", 2)  # exporter and quarter whose exports are cheaper and smaller-stoned than what it bought


@dataclass(eq=False)
class Slip:
    """One purchase. ``sources``: the slips a resale is made of; ``used``: hundredths taken by parcels or resales."""

    buyer: Actor
    seller: Actor
    day: date
    zone: str
    place: str
    sizes: sizes.Profile
    price: int
    sources: list[Slip] = field(default_factory=list)
    produced_on: date | None = None
    produced: int = 0
    number: str = ""
    booklet: str = ""
    line: tuple[str, str] = ("", "")
    changed: Row = field(default_factory=dict)  # faults: fields written otherwise than they were
    dug: str = ""  # where the production register says it was found, where not the slip's zone
    sent: str = ""  # the month of the return it is sent with, where not its own

    @property
    def carats(self) -> int:
        """Hundredths of a carat bought."""
        return sizes.weight(self.sizes)


@dataclass(eq=False)
class Bag:
    """One sealed bag on its way to Bangui."""

    carrier: Actor
    from_place: str
    departed_on: date
    arrived_on: date
    slips: list[Slip]
    number: str = ""


@dataclass(eq=False)
class Parcel:
    """One packing-list line. ``uses``: (slip, hundredths)."""

    number: int
    uses: list[tuple[Slip, int]]
    sizes: sizes.Profile
    value: int  # US cents


@dataclass(eq=False)
class Export:
    """A certificate with what it covers. Void and replaced ones cover nothing."""

    planned: Planned
    parcels: list[Parcel]
    carats: int
    value: int


@dataclass(eq=False)
class Chain:
    """Everything that happened."""

    people: People
    slips: list[Slip] = field(default_factory=list)
    bags: list[Bag] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)

    def export(self, number: str) -> Export:
        """A certificate by its number."""
        return next(e for e in self.exports if e.planned.number == number)


def make_chain(rng: Random, people: People) -> Chain:
    """The whole half-year, exports first, then lots that stay unsold; slips, bags and register lines numbered last."""
    chain = Chain(people)
    for planned in CERTIFICATES:
        chain.exports.append(_export(rng, chain, planned))
    for month in MONTHS:
        first = date(int(month[:4]), int(month[5:]), 1)
        for house in ("BA-01", "BA-02"):
            lots = 8 if month == MONTHS[-1] else 1  # at the end, stock for July
            for _ in range(lots):
                _resale(rng, chain, people.houses[house], _zone(rng), first + days(rng.randint(22, 28)), 14_000)
    _number(chain)
    return chain


def _export(rng: Random, chain: Chain, planned: Planned) -> Export:
    if planned.status != "issued":
        carats = planned.carats * 100 + rng.randint(-2000, 2000)
        return Export(planned, [], carats, carats * rng.randint(105, 115))
    house = chain.people.houses[planned.exporter]
    parcels = [
        _parcel(rng, chain, house, planned, n, planned.carats * 100 // planned.parcels)
        for n in range(1, planned.parcels + 1)
    ]
    if len(parcels) > 1:
        _share_a_slip(parcels[0], parcels[1])
    for parcel in parcels:
        parcel.sizes, parcel.value = _as_exported(rng, planned, parcel.sizes)
    return Export(planned, parcels, sum(sizes.weight(p.sizes) for p in parcels), sum(p.value for p in parcels))


def _parcel(rng: Random, chain: Chain, house: Actor, planned: Planned, number: int, target: int) -> Parcel:
    zones = [_zone(rng) for _ in range(rng.choice((1, 1, 2)))]
    bought: list[Slip] = []
    while (missing := target - sum(s.carats for s in bought)) > 1500:
        zone = rng.choice(zones)
        if missing < 6000 or rng.random() < 0.25:
            bought += _direct(rng, chain, house, zone, planned.issue_date, min(missing, 6000))
        else:
            day = planned.issue_date - days(rng.randint(4, 16))
            bought.append(_resale(rng, chain, house, zone, day, min(missing, rng.randint(10_000, 24_000))))
    return Parcel(number, [(s, s.carats) for s in bought], sizes.add(s.sizes for s in bought), 0)


def _resale(rng: Random, chain: Chain, house: Actor, zone: str, day: date, target: int) -> Slip:
    """A collector buys from miners, carries the bag to Bangui and sells it there on ``day``."""
    collector = rng.choice(chain.people.collectors_of(zone))
    arrived = day - days(rng.randint(0, 2))
    departed = arrived - days(ZONES[zone][4])
    lots = [
        _bought(rng, chain, collector, zone, departed - days(rng.randint(1, 14)), FIRST_SALE)
        for _ in range(max(round(target / 1750), 1))
    ]
    departed = max([departed, *(s.day for s in lots)])
    arrived = max(arrived, departed + days(1))
    chain.bags.append(Bag(collector, zone, departed, arrived, lots))
    slip = _slip(rng, house, collector, max(day, arrived), zone, sizes.add(s.sizes for s in lots), RESALE)
    slip.place, slip.sources = "Bangui", lots
    chain.slips.append(slip)
    return slip


def _direct(rng: Random, chain: Chain, house: Actor, zone: str, issue: date, target: int) -> list[Slip]:
    """The buying house buys from miners in the zone and carries the bag to Bangui itself."""
    departed = issue - days(rng.randint(5, 9))
    lots = [
        _bought(rng, chain, house, zone, departed - days(rng.randint(0, 12)), DIRECT)
        for _ in range(max(round(target / 1750), 1))
    ]
    chain.bags.append(Bag(house, zone, departed, departed + days(ZONES[zone][4]), lots))
    return lots


def _bought(rng: Random, chain: Chain, buyer: Actor, zone: str, day: date, level: float) -> Slip:
    """A first sale by a miner, out of one line of the production register."""
    carats = int(rng.triangular(500, 3800, 1000))
    day = max(day, FIRST_DAY)
    slip = _slip(rng, buyer, rng.choice(chain.people.miners_of(zone)), day, zone, sizes.profile(rng, carats), level)
    slip.produced_on = max(day - days(rng.randint(0, 6)), FIRST_DAY)
    slip.produced = carats + (rng.randint(10, 150) if rng.random() < 0.1 else 0)
    chain.slips.append(slip)
    return slip


def _slip(rng: Random, buyer: Actor, seller: Actor, day: date, zone: str, profile: sizes.Profile, level: float) -> Slip:
    usd = sizes.usd_cents(profile) / 100 * ZONES[zone][1]
    price = int(usd * XAF_PER_USD[day.year] * level * rng.uniform(0.88, 1.14) / 100) * 100
    return Slip(buyer, seller, day, zone, zone, profile, price)


def _share_a_slip(first: Parcel, second: Parcel) -> None:
    """The last slip of the first parcel is divided between both."""
    slip, _ = first.uses[-1]
    kept, given = sizes.halve(slip.sizes)
    if not kept or not given:
        return
    first.uses[-1] = (slip, sizes.weight(kept))
    second.uses.append((slip, sizes.weight(given)))
    first.sizes = sizes.add([*(s.sizes for s, _ in first.uses[:-1]), kept])
    second.sizes = sizes.add([second.sizes, given])


def _as_exported(rng: Random, planned: Planned, profile: sizes.Profile) -> tuple[sizes.Profile, int]:
    """Sizes and value (US cents) as declared."""
    quarter = (planned.issue_date.month + 2) // 3
    if (planned.exporter, quarter) == CREAMED:
        small = sizes.without_large(profile)
        return small, int(sizes.usd_cents(small) * 0.70)
    return profile, int(sizes.usd_cents(profile) * rng.uniform(1.02, 1.10))


def _zone(rng: Random) -> str:
    return rng.choices(list(ZONES), [z[0] for z in ZONES.values()])[0]


def _number(chain: Chain) -> None:
    """Slip numbers per buyer, register lines per miner and sheet numbers, each in the order of days."""
    for slip in sorted(chain.slips, key=lambda s: s.day):
        slip.number, slip.booklet = chain.people.tear(slip.buyer)
    for n, bag in enumerate(sorted(chain.bags, key=lambda b: b.departed_on), start=1):
        bag.number = f"FT-21-{n:04d}"
    lines: dict[str, int] = {}
    for slip in sorted(_first_sales(chain), key=lambda s: (s.produced_on or s.day, s.number)):
        miner = slip.seller.actor_id
        lines[miner] = lines.get(miner, 0) + 1
        slip.line = (f"CP-{miner[-3:]}", str(lines[miner]))


def _first_sales(chain: Chain) -> Iterator[Slip]:
    return (s for s in chain.slips if s.produced_on is not None)
