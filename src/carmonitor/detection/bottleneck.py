"""The minimum cut by name: where the stones of a certificate run out, and who else draws on the same sources.

The side of the cut nearest to the certificate are the papers from which more could reach it, if they had more. Among
them are the register lines and stocks that are used up, and the slips at which the shortage begins: no slip behind them
is short itself. To these come the slips that its papers name and from which nothing may come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from carmonitor.detection.custody_flow import Chain
from carmonitor.detection.custody_papers import NO, Links
from carmonitor.detection.flow_network import Bools, Ints, among_sorted, by_node, distinct, pairs_reached, spread

FIRST = 5  # papers and parties of each sort that are named; how many there are is told beside them
NAMED = ("slips", "miners", "lines", "collectors", "sharing")
CAUSES = ("closed_zone", "unlicensed", "contradicted")
COUNTED = (*(f"{name}_count" for name in NAMED), *CAUSES, "uncovered_parcels")


def described(chain: Chain, whose: Ints, nodes: Ints) -> pd.DataFrame:
    """One row per certificate (index: position of the end): lists :data:`NAMED`, numbers :data:`COUNTED`, ``refs``.

    ``whose``, ``nodes``: the certificate's side of the cut, as pairs. ``slips``: where the shortage begins, and those
    from which nothing may come; ``miners``: sellers of the first sales among them; ``collectors``: buyers of the first
    sales, sellers of the resales; ``lines``: used-up lines and stocks; ``sharing``: other certificates that draw on any
    of these papers. ``closed_zone``, ``unlicensed``, ``contradicted``: slips from which nothing may come for the zone,
    for the seller's licence, for dates or parties. ``uncovered_parcels``: heavier than the slips they name.
    """
    _, at_store, at_account, at_parcel, at_certificate, size = chain.offsets
    pairs = distinct(whose * size + nodes)
    whose, nodes = np.divmod(pairs, size)
    ends = distinct(whose)
    begin = (nodes < at_store) & ~_fed(chain.papers.resold, pairs, size)
    blocked = _blocked(chain, whose, nodes)
    slip_of = np.concatenate([whose[begin], blocked["whose"].to_numpy()])
    slip = np.concatenate([nodes[begin], blocked["slip"].to_numpy()])
    records = chain.papers.records.sort_values("ref").drop_duplicates("slip").set_index("slip").reindex(slip)
    first, held = chain.first_sale[slip], records["ref"].notna().to_numpy()
    seller, buyer = (records[name].to_numpy(dtype=object) for name in ("seller_id", "buyer_id"))
    stores = (nodes >= at_store) & (nodes < at_account)
    parcels = (nodes >= at_parcel) & (nodes < at_certificate)
    other, shared = _sharing(chain, pairs)
    numbers = chain.papers.certificates["certificate_number"].to_numpy(dtype=object)
    names = {
        "slips": _lists(slip_of, chain.papers.slips[slip]),
        "miners": _lists(slip_of[first], seller[first]),
        "lines": _lists(whose[stores], chain.store["name"].to_numpy(dtype=object)[nodes[stores] - at_store]),
        "collectors": _lists(slip_of, np.where(first, buyer, seller)),
        "sharing": _lists(other, numbers[chain.ends[shared]]),
    }
    rows = pd.DataFrame(index=pd.Index(ends))
    for name, lists in names.items():
        rows[name] = pd.Series([lists.get(at, [])[:FIRST] for at in ends], index=ends, dtype="object")
        rows[f"{name}_count"] = [len(lists.get(at, [])) for at in ends]
    once = blocked.drop_duplicates(["whose", "slip"])
    for cause in CAUSES:
        rows[cause] = _counts(once.loc[once["cause"] == cause, "whose"].to_numpy(), ends)
    rows["uncovered_parcels"] = _counts(whose[parcels][_uncovered(chain)[nodes[parcels] - at_parcel]], ends)
    named = among_sorted(slip_of * size + slip, _first_slips(chain, names["slips"], size)) & held
    refs = _lists(slip_of[named], records["ref"].to_numpy()[named])
    return rows.assign(refs=pd.Series([refs.get(at, []) for at in ends], index=ends, dtype="object"))


def _fed(links: Links, pairs: Ints, size: int) -> Bools:
    """Pairs (certificate, slip) one of whose sources stands on the same side of the cut."""
    order, first = by_node(links.into, size)
    at, owner = spread(first, pairs % size)
    near = among_sorted(pairs[owner] // size * size + links.source[order[at]], pairs)
    fed = np.zeros(len(pairs), dtype=bool)
    fed[owner[near]] = True
    return fed


def _blocked(chain: Chain, whose: Ints, nodes: Ints) -> pd.DataFrame:
    """Slips named by papers on this side of the cut from which nothing may come: ``whose``, ``slip``, ``cause``."""
    _, at_store, _, at_parcel, _, size = chain.offsets
    net, records = chain.lenient, chain.papers.records
    licensed = np.zeros(size, dtype=bool)
    licensed[records.loc[records["licensed"], "slip"]] = True
    held = np.zeros(size, dtype=bool)
    held[records["slip"]] = True
    found = []
    for links, begin in ((chain.papers.packed, at_parcel), (chain.papers.resold, 0)):
        own = np.flatnonzero((nodes >= begin) & ((nodes < at_store) | (begin > 0)))
        order, first = by_node(links.into + begin, size)
        at, owner = spread(first, nodes[own])
        link, end = order[at], whose[own][owner]
        slip = links.source[link]
        zone = net.closed(slip, end)
        cause = np.where(zone, "closed_zone", np.where(held[slip] & ~licensed[slip], "unlicensed", "contradicted"))
        shut = zone | (links.verdict[link] == NO)
        found.append(pd.DataFrame({"whose": end[shut], "slip": slip[shut], "cause": cause[shut]}))
    return pd.concat(found, ignore_index=True)


def _uncovered(chain: Chain) -> Bools:
    """Per parcel: whether it is heavier than the slips it names."""
    parcels, packed = chain.papers.parcels, chain.papers.packed
    linked = np.zeros(len(parcels), dtype=np.int64)
    np.add.at(linked, packed.into, packed.carats)
    heavier: Bools = parcels["carats"].fillna(0).to_numpy("int64") > linked
    return heavier


def _sharing(chain: Chain, pairs: Ints) -> tuple[Ints, Ints]:
    """Pairs (end, other end) such that slips, lines or accounts on the side of the one lead to the other too."""
    net, size, at_parcel = chain.lenient, chain.offsets[-1], chain.offsets[3]
    sources = pairs[pairs % size < at_parcel]
    reached = pairs_reached(sources // size, sources % size, net.tail, net.head, size)
    place = np.full(size, -1, dtype=np.int64)
    place[net.ends] = np.arange(len(net.ends))
    whose, other = reached // size, place[reached % size]
    others = (other >= 0) & (other != whose)
    return whose[others], other[others]


def _lists(whose: Ints, names: Any) -> dict[int, list[Any]]:
    """For each end its names, sorted, each once, without nulls."""
    told = pd.Series(names, dtype="object")
    frame = pd.DataFrame({"whose": whose, "name": told.to_numpy(dtype=object)}).dropna().drop_duplicates()
    found: dict[int, list[Any]] = {}
    for at, name in frame.sort_values(["whose", "name"]).itertuples(index=False, name=None):
        found.setdefault(int(at), []).append(name)
    return found


def _first_slips(chain: Chain, slips: dict[int, list[Any]], size: int) -> Ints:
    """The slips that are named, as sorted pairs."""
    number = pd.Index(chain.papers.slips)
    pairs = [at * size + int(v) for at, own in slips.items() for v in number.get_indexer(pd.Index(own[:FIRST]))]
    return np.array(sorted(pairs), dtype=np.int64)


def _counts(whose: Ints, ends: Ints) -> Ints:
    return np.bincount(np.searchsorted(ends, whose), minlength=len(ends)).astype(np.int64)
