"""The minimum cut by name: where the stones of a certificate run out, and who else draws on the same sources.

The side of the cut nearest to the certificate are the papers from which more could reach it, if they had more. Among
them are the register lines and stocks that are used up, and the slips at which the shortage begins: no slip behind them
is short itself. To these come the slips that its papers name and from which nothing may come.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.detection.custody_flow import Chain
from carmonitor.detection.custody_papers import NO, Links, Texts
from carmonitor.detection.flow_network import Bools, Ints, among_sorted, by_node, distinct, pairs_along, spread

FIRST = 5  # papers and parties of each sort that are named; how many there are is told beside them
NAMED = ("slips", "miners", "lines", "collectors", "sharing")
CAUSES = ("closed_zone", "unlicensed", "contradicted")
COUNTED = (*(f"{name}_count" for name in NAMED), *CAUSES, "uncovered_parcels")
AT_A_TIME = 64  # certificates described together, so that memory stays small


def described(chain: Chain, pairs: Ints, ends: Ints) -> pd.DataFrame:
    """One row per certificate (index: position of the end): lists :data:`NAMED`, numbers :data:`COUNTED`, ``refs``.

    ``pairs``: sides of cuts, as sorted ``end * nodes of the network + node``; ``ends``: those that are described.
    ``slips``: where the shortage begins, and those from which nothing may come; ``miners``: sellers of the first sales
    among them; ``collectors``: buyers of the first sales, sellers of the resales; ``lines``: used-up lines and stocks;
    ``sharing``: other certificates that draw on any of these papers. ``closed_zone``, ``unlicensed``, ``contradicted``:
    slips from which nothing may come for the zone, for the seller's licence, for dates or parties.
    ``uncovered_parcels``: heavier than the slips they name.
    """
    size = chain.offsets[-1]
    first = np.searchsorted(pairs, np.arange(len(chain.ends) + 1) * size)
    onward = by_node(chain.lenient.tail, size)
    parts = [pd.DataFrame(columns=[*NAMED, *COUNTED, "refs"])]
    for begin in range(0, len(ends), AT_A_TIME):
        batch = ends[begin : begin + AT_A_TIME]
        own = np.concatenate([pairs[first[end] : first[end + 1]] for end in batch])
        parts.append(_of_some(chain, own, batch, onward))
    return pd.concat(parts[min(1, len(parts) - 1) :])


def _of_some(chain: Chain, pairs: Ints, ends: Ints, onward: tuple[Ints, Ints]) -> pd.DataFrame:
    papers, size = chain.papers, chain.offsets[-1]
    _, at_store, at_account, at_parcel, at_certificate, _ = chain.offsets
    whose, nodes = np.divmod(pairs, size)
    begin = (nodes < at_store) & ~_fed(papers.resold, pairs, size)
    blocked = _blocked(chain, whose, nodes)
    slip_of, slip = np.concatenate([whose[begin], blocked.whose]), np.concatenate([nodes[begin], blocked.slip])
    row = papers.first_row[slip]
    first = chain.first_sale[slip]
    seller, buyer = (np.where(row >= 0, papers.records[name].to_numpy()[row], -1) for name in ("seller", "buyer"))
    stores = (nodes >= at_store) & (nodes < at_account)
    parcels = (nodes >= at_parcel) & (nodes < at_certificate)
    store, lines = pd.factorize(pd.Index(chain.store["name"].take(nodes[stores] - at_store)))
    other, shared = _sharing(chain, pairs, onward)
    numbers = pd.Index(papers.certificates["certificate_number"].take(chain.ends))
    told = {
        "slips": _named(slip_of, slip, papers.slips, ends),
        "miners": _named(slip_of[first], seller[first], papers.actors, ends),
        "lines": _named(whose[stores], store.astype(np.int64), lines, ends),
        "collectors": _named(slip_of, np.where(first, buyer, seller), papers.actors, ends),
        "sharing": _named(other, shared, numbers, ends),
    }
    rows = pd.DataFrame(index=pd.Index(ends))
    for name, named in told.items():
        rows[name] = named.lists(ends)
        rows[f"{name}_count"] = named.count
    for n, cause in enumerate(CAUSES):
        rows[cause] = _counts(blocked.whose[blocked.cause == n], ends)
    rows["uncovered_parcels"] = _counts(whose[parcels][_uncovered(chain)[nodes[parcels] - at_parcel]], ends)
    row = papers.first_row[told["slips"].code]
    held = row >= 0
    ref = papers.records["ref"].to_numpy("int64")[row[held]]
    order = np.lexsort((ref, told["slips"].at[held]))
    return rows.assign(refs=_split(ref[order], told["slips"].at[held][order], ends))


@dataclass(frozen=True)
class _Named:
    """Of each end how many names it has (``count``), and the first of them: ``at`` (which end), ``code``, ``name``."""

    count: Ints
    at: Ints
    code: Ints
    name: Texts

    def lists(self, ends: Ints) -> pd.Series:
        return _split(self.name, self.at, ends)


def _named(whose: Ints, codes: Ints, names: Texts, ends: Ints) -> _Named:
    """The first names of each end in alphabetical order, each once; -1 has no name."""
    known = codes >= 0
    whose, codes = whose[known], codes[known]
    used = distinct(codes)
    order = pd.Series(names[used], dtype="str").array.argsort()
    rank = np.empty(len(used), dtype=np.int64)
    rank[order] = np.arange(len(used))
    keys = distinct(np.searchsorted(ends, whose) * max(len(used), 1) + rank[np.searchsorted(used, codes)])
    at, place = np.divmod(keys, max(len(used), 1))
    count = np.bincount(at, minlength=len(ends)).astype(np.int64)
    early = np.arange(len(at)) - (np.cumsum(count) - count)[at] < FIRST
    code = used[order[place[early]]]
    return _Named(count, at[early], code, names[code])


def _split(values: Any, at: Ints, ends: Ints) -> pd.Series:
    """Values, sorted by the end they are of, as one list for each end."""
    cuts = np.searchsorted(at, np.arange(len(ends) + 1)).tolist()
    every = values.tolist()
    return pd.Series([every[a:b] for a, b in pairwise(cuts)], index=ends, dtype="object")


def _fed(links: Links, pairs: Ints, size: int) -> Bools:
    """Pairs (certificate, slip) one of whose sources stands on the same side of the cut."""
    order, first = by_node(links.into, size)
    at, owner = spread(first, pairs % size)
    near = among_sorted(pairs[owner] // size * size + links.source[order[at]], pairs)
    fed = np.zeros(len(pairs), dtype=bool)
    fed[owner[near]] = True
    return fed


@dataclass(frozen=True)
class _Blocked:
    """``cause``: position in :data:`CAUSES`. Each slip once for each certificate."""

    whose: Ints
    slip: Ints
    cause: Ints


def _blocked(chain: Chain, whose: Ints, nodes: Ints) -> _Blocked:
    """Slips named by papers on this side of the cut from which nothing may come."""
    _, at_store, _, at_parcel, _, size = chain.offsets
    net, records = chain.lenient, chain.papers.records
    licensed = np.zeros(size, dtype=bool)
    licensed[records["slip"].to_numpy()[records["licensed"].to_numpy(dtype=bool)]] = True
    held = np.zeros(size, dtype=bool)
    held[records["slip"]] = True
    groups = np.append(net.closed_to.any(axis=1), False)
    found: list[tuple[Ints, Ints, Ints]] = []
    for links, begin in ((chain.papers.packed, at_parcel), (chain.papers.resold, 0)):
        suspect = np.flatnonzero((links.verdict == NO) | groups[net.node_group[links.source]])
        order, first = by_node(links.into[suspect] + begin, size)
        own = np.flatnonzero((nodes >= begin) & ((nodes < at_store) | (begin > 0)))
        at, owner = spread(first, nodes[own])
        link, end = suspect[order[at]], whose[own][owner]
        slip = links.source[link]
        zone = net.closed(slip, end)
        shut = zone | (links.verdict[link] == NO)
        cause = np.where(zone, 0, np.where(held[slip] & ~licensed[slip], 1, 2))
        found.append((end[shut], slip[shut], cause[shut]))
    end, slip, cause = (np.concatenate(part) for part in zip(*found, strict=True))
    _, once = np.unique(end * size + slip, return_index=True)
    return _Blocked(end[once], slip[once], cause[once])


def _uncovered(chain: Chain) -> Bools:
    """Per parcel: whether it is heavier than the slips it names."""
    parcels, packed = chain.papers.parcels, chain.papers.packed
    linked = np.zeros(len(parcels), dtype=np.int64)
    np.add.at(linked, packed.into, packed.carats)
    heavier: Bools = parcels["carats"].fillna(0).to_numpy("int64") > linked
    return heavier


def _sharing(chain: Chain, pairs: Ints, onward: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Pairs (end, other end) such that slips, lines or accounts on the side of the one lead to the other too."""
    net, size, at_parcel = chain.lenient, chain.offsets[-1], chain.offsets[3]
    sources = pairs[pairs % size < at_parcel]
    reached = pairs_along(sources, onward, net.head, size)
    place = np.full(size, -1, dtype=np.int64)
    place[net.ends] = np.arange(len(net.ends))
    whose, other = reached // size, place[reached % size]
    others = (other >= 0) & (other != whose)
    return whose[others], other[others]


def _counts(whose: Ints, ends: Ints) -> Ints:
    return np.bincount(np.searchsorted(ends, whose), minlength=len(ends)).astype(np.int64)
