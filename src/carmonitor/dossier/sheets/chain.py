"""The chain of a case: from the production line through slips and resales to the parcel, certificate and confirmation.

A case about a certificate shows what its parcels were made of; one about a slip, line or bag what went into it and
where its stones went. Cases about other subjects show the certificates that their findings name, if they are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from carmonitor.cases.subjects import OF_CERTIFICATE
from carmonitor.dossier.sheets.drawing import drawn
from carmonitor.dossier.sheets.links import Links, line_id
from carmonitor.dossier.sheets.model import Chain
from carmonitor.dossier.sheets.standing import Standing

ROOM = 40  # nodes of one chain
_SLIPS = 20  # of these, slips
_PARCELS = 8
_FEW = 3  # certificates that a case about something else may show
_DEEP = 6  # resales back from a certificate


@dataclass(frozen=True)
class Subject:
    """What a chain starts from, and the stored findings (dicts) of its case."""

    kind: str
    id: str
    findings: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def named(self) -> set[str]:
        """Every text that the findings' evidence names, and their subjects: numbers of papers are among them."""
        texts = {self.id, *(str(f["subject_id"]) for f in self.findings)}
        for finding in self.findings:
            for value in finding["evidence"].values():
                texts |= {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
        return texts


@dataclass
class Picked:
    """What one chain shows: ids, in the order they were chosen; ``left_out``: how many were not."""

    subject: Subject
    certificates: list[str] = field(default_factory=list)
    parcels: list[str] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    bags: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def room(self) -> int:
        """How many more nodes fit."""
        taken = 2 * len(self.certificates) + sum(map(len, (self.parcels, self.slips, self.lines, self.bags)))
        return max(0, ROOM - taken)

    def add(self, shown: list[str], more: Iterable[str], most: int = ROOM) -> list[str]:
        """Add what fits, count the rest as left out; returns what was added."""
        new = [item for item in dict.fromkeys(more) if item not in shown]
        fits = max(0, min(most - len(shown), self.room))
        shown += new[:fits]
        self.left_out += len(new) - len(new[:fits])
        return new[:fits]


@dataclass(frozen=True)
class Way:
    """What a case's stones went through: its chain (None where nothing links it to papers), and the zones of origin of
    the slips shown, the most often named first."""

    chain: Chain | None
    zones: tuple[str, ...] = ()


def chain_of(
    standing: Standing, kind: str, subject_id: str, findings: Sequence[Mapping[str, Any]], lang: str
) -> Chain | None:
    """The chain of one case; None where nothing links its subject to papers."""
    return ways_of(standing, [Subject(kind, subject_id, findings)], lang)[0].chain


def ways_of(standing: Standing, subjects: Sequence[Subject], lang: str) -> list[Way]:
    """The ways of many cases, in their order, with the same few queries as for one.

    At most ROOM nodes each: those that findings name first, then papers that are missing, then the heaviest.
    ``left_out`` counts the others that were seen; what stands behind them is neither looked up nor counted.
    """
    links = Links(standing)
    picked = [Picked(subject) for subject in subjects]
    _starts(picked, links)
    _downstream(picked, links)
    _contents(picked, links)
    _upstream(picked, links)
    _lines(picked, links)
    return [Way(drawn(p, links, lang), _origins(p, links, standing)) for p in picked]


def _origins(p: Picked, links: Links, standing: Standing) -> tuple[str, ...]:
    rows = [row for slip in p.slips for row in links.slips.get(slip, [])]
    zones = [zone for row in rows if (zone := standing.zone(row["origin_subprefecture"])) is not None]
    return tuple(sorted(dict.fromkeys(zones), key=lambda zone: -zones.count(zone)))


def _starts(picked: Iterable[Picked], links: Links) -> None:
    for p in picked:
        kind, name = p.subject.kind, p.subject.id
        if kind == "certificate" or kind in OF_CERTIFICATE:
            p.certificates = [name.partition("/")[0]]
        elif kind == "confirmation":
            p.certificates = [name.rpartition("@")[0] or name]
        elif kind in ("purchase", "production", "transfer"):
            {"purchase": p.slips, "production": p.lines, "transfer": p.bags}[kind].append(name)
        else:
            named = sorted(_certificates(p.subject))
            p.certificates = named if len(named) <= _FEW else []
    links.load_sold_from(line for p in picked for line in p.lines)
    links.load_bags(bag for p in picked for bag in p.bags)
    for p in picked:
        p.add(p.slips, [slip for line in p.lines for slip in links.sold_from[line]], _SLIPS)
        p.add(p.slips, _heaviest(use for bag in p.bags for use in links.in_bag[bag]), _SLIPS)


def _certificates(subject: Subject) -> set[str]:
    named: set[str] = set()
    for finding in subject.findings:
        for name in ("certificate_number", "certificates", "other_certificate"):
            value = finding["evidence"].get(name)
            named |= {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
        if finding["subject_kind"] == "certificate":
            named.add(str(finding["subject_id"]))
    return named


def _downstream(picked: Iterable[Picked], links: Links) -> None:
    """From slips on to the parcels they went into; from slips that a certificate's findings name as well."""
    links.downstream({slip for p in picked for slip in p.slips})
    for p in picked:
        if p.slips:
            slips = _resales(p.slips, links)
            p.add(p.slips, slips, _SLIPS)
            parcels = [use.target for slip in slips for use in links.packed[slip]]
            p.add(p.parcels, parcels, _PARCELS)
            p.certificates = list(dict.fromkeys(parcel.partition("/")[0] for parcel in p.parcels))
    links.load_certificates({number for p in picked for number in p.certificates})


def _resales(slips: Iterable[str], links: Links) -> list[str]:
    """These slips and those their stones were resold on, nearest first."""
    reached = dict.fromkeys(slips)
    queue = list(reached)
    for slip in queue:  # grows as it is read
        new = [use.target for use in links.resales[slip] if use.target not in reached]
        reached.update(dict.fromkeys(new))
        queue += new
    return queue


def _contents(picked: Iterable[Picked], links: Links) -> None:
    """The parcels and slips of a certificate: those that findings name, or whose stones do, then the heaviest."""
    whole = [p for p in picked if p.certificates and not p.slips]
    links.load_contents({number for p in whole for number in p.certificates})
    direct = {use.source for p in whole for parcel in _parcels(p, links) for use in links.contents[parcel]}
    links.load_slips(direct)
    far = {name for p in whole for name in p.subject.named} - direct
    links.load_slips(name for name in far if _may_be_slip(name, links))
    held = {name for name in far if name in links.slips}
    links.downstream(held)
    for p in whole:
        uses = [use for parcel in _parcels(p, links) for use in links.contents[parcel]]
        named = p.subject.named
        p.add(p.parcels, sorted(_parcels(p, links), key=lambda parcel: parcel not in named), _PARCELS)
        mine = {use.source for use in uses}
        ways = [way for name in sorted(named & held) for way in _way(name, mine, links)]
        urgent = [use.source for use in uses if use.source in named or use.source not in links.slips]
        shown = p.add(p.slips, [*ways, *urgent], _SLIPS)
        p.add(p.slips, _heaviest(use for use in uses if use.source not in shown), max(len(p.slips), _SLIPS // 2))


def _parcels(p: Picked, links: Links) -> list[str]:
    return [parcel for number in p.certificates for parcel in links.parcels_of[number]]


def _may_be_slip(name: str, links: Links) -> bool:
    return name not in links.certificates and any(letter.isdigit() for letter in name) and "@" not in name


def _way(slip: str, ends: set[str], links: Links) -> list[str]:
    """The slips between one and the first of ``ends`` that its stones reach; empty where they reach none."""
    before: dict[str, str | None] = {slip: None}
    queue = [slip]
    for at in queue:  # grows as it is read
        if at in ends:
            way: list[str] = []
            step: str | None = at
            while step is not None:
                way.append(step)
                step = before[step]
            return way
        for use in links.resales[at]:
            if use.target not in before:
                before[use.target] = at
                queue.append(use.target)
    return []


def _upstream(picked: Iterable[Picked], links: Links) -> None:
    """Back from the slips shown to what they were made of, level by level, the heaviest first."""
    frontier = {id(p): _roots(p) for p in picked}
    for _ in range(_DEEP):
        links.load_sources({slip for slips in frontier.values() for slip in slips})
        for p in picked:
            uses = [use for slip in frontier[id(p)] for use in links.sources[slip]]
            named = p.subject.named
            order = sorted(_heaviest(uses), key=lambda slip: slip not in named)
            frontier[id(p)] = p.add(p.slips, order, _SLIPS)
        if not any(frontier.values()):
            break
    links.load_slips({slip for p in picked for slip in p.slips})
    links.load_sources({slip for p in picked for slip in p.slips})  # tells first sales from resales


def _roots(p: Picked) -> list[str]:
    """The slips to go back from: of a slip's chain only the slip itself, not what else its resales were made of."""
    if p.subject.kind == "purchase":
        return [p.subject.id]
    return [] if p.subject.kind in ("production", "transfer") else list(p.slips)


def _lines(picked: Iterable[Picked], links: Links) -> None:
    """The production lines that the slips shown name."""
    for p in picked:
        rows = [row for slip in p.slips for row in links.slips.get(slip, [])]
        named = [line_id(row["register_number"], row["line_number"]) for row in rows]
        p.add(p.lines, [line for line in named if line is not None])
    links.load_lines({line for p in picked for line in p.lines})


def _heaviest(uses: Iterable[Any]) -> list[str]:
    """Sources, the heaviest use first; those without a weight last."""
    return [use.source for use in sorted(uses, key=lambda use: (-(use.carats or 0), use.source))]
