"""The custody chain as a flow network: register line or audited stock → slip → resale → parcel → certificate.

Two networks are made of the same papers. In the *lenient* one everything that is not known speaks for the papers: an
arc whose condition cannot be checked is open, a blank weight binds nothing, and what may come from papers that are not
held does. What cannot flow there cannot have come from declared, compliant production. In the *strict* one none of this
counts: what flows there is shown by the papers. Between the two nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from carmonitor.detection import custody_nodes as nodes
from carmonitor.detection import custody_sources as sources
from carmonitor.detection.custody_papers import DAYS, MAYBE, NO, YES, Links, Papers, read, whole
from carmonitor.detection.flow_network import UNBOUNDED, Bools, Ints, Network, reach
from carmonitor.framework.checks import Params
from carmonitor.framework.common import lacking, reasons
from carmonitor.records.evidence import Evidence


@dataclass(frozen=True)
class Chain:
    """The papers, and what of them became which node. Nodes: slips, stores, accounts, parcels, certificates.

    ``offsets``: where each sort of node begins, and the number of all; ``ends``: certificates (positions in
    ``papers.certificates``) that can be judged, in order of issue, then number; ``tail``, ``head``: all arcs that are
    not shut; ``reason``: per node a position in ``why``, -1 where nothing about it is unknown; ``first_sale``: per
    slip.
    """

    papers: Papers
    store: pd.DataFrame
    offsets: tuple[int, int, int, int, int, int]
    ends: Ints
    lenient: Network
    strict: Network
    tail: Ints
    head: Ints
    reason: Ints
    why: tuple[str, ...]
    first_sale: Bools


@dataclass
class _Arcs:
    """Arcs from ``tail`` to ``head``, each with a verdict (NO, MAYBE, YES)."""

    tail: Ints
    head: Ints
    capacity: Ints
    verdict: Ints

    @staticmethod
    def of(*parts: tuple[Ints, Ints, Ints, Ints]) -> _Arcs:
        """Arcs by sort as one."""
        tail, head, capacity, verdict = (np.concatenate(part).astype(np.int64) for part in zip(*parts, strict=True))
        return _Arcs(tail, head, capacity, verdict)


def chain(e: Evidence, p: Params) -> Chain:
    """Read the papers and lay out both networks. Parameters: ``history_months``, ``zones_count`` (dated)."""
    papers, history_months = read(e), int(p["history_months"])
    certificates = papers.certificates
    store, named, cited = sources.stores(e, papers)
    unknown = sources.unknown_source(e, papers, named, cited, store, history_months)
    audited_on = np.where(unknown == "history_short", sources.in_declared_stock(e, papers, store), -1)
    slips = nodes.slips(e, papers, unknown.mask(audited_on >= 0, ""))
    packs = nodes.packs(e, papers, history_months)
    arcs, offsets = _laid_out(
        papers, store, named, cited, audited_on, slips["free"].to_numpy(), packs["free"].to_numpy()
    )
    at_store, at_account, at_parcel, at_certificate, size = offsets[1:]

    judged = certificates[certificates["missing"] == ""].sort_values(["day", "certificate_number"])
    ends = judged.index.to_numpy(dtype=np.int64)
    issue_date = certificates.loc[ends, "issue_date"]
    zone = nodes.zones_open(e, slips["zone"], issue_date, p.at("zones_count", issue_date).notna())
    groups = np.full(size, -1, dtype=np.int64)
    groups[:at_store] = zone.group
    told = _reasons(e, papers, slips, store, packs, zone, offsets)
    slips = slips[["limit", "sure", "open", "first_sale"]]  # the texts are no longer asked for
    e.let_go()  # nor is the evidence, and the networks need the memory

    def network(strict: bool) -> Network:
        least = YES if strict else MAYBE
        given, limit = np.zeros(size, dtype=np.int64), np.full(size, UNBOUNDED, dtype=np.int64)
        limit[:at_store] = slips["sure" if strict else "limit"]
        limit[at_store:at_account] = given[at_store:at_account] = store["carats"].where(
            ~(strict & (store["reason"] != "").to_numpy(dtype=bool)), 0
        )
        limit[at_parcel:at_certificate] = packs["sure" if strict else "limit"]
        limit[at_certificate:] = whole(certificates["carats"], 0)
        if not strict:
            given[:at_store] = slips["open"]
            given[at_parcel:at_certificate] = packs["open"]
            given[at_certificate:] = np.where(certificates["gap"] != "", UNBOUNDED, 0)
        kept = (arcs.verdict >= least) & (arcs.capacity > 0)
        net = Network(
            given, limit, arcs.tail[kept], arcs.head[kept], arcs.capacity[kept], ends + at_certificate, groups,
            zone.day, zone.verdict < least,
        )  # fmt: skip
        owner = papers.parcels["certificate"].to_numpy()
        return _settled(_directly_closed(net, at_store, owner, at_parcel, certificates, ends), offsets)

    why = tuple(sorted(set(told[told != ""])))
    code = pd.Index(why).get_indexer(pd.Index(told)).astype(np.int64) if why else np.full(size, -1, dtype=np.int64)
    may_be = arcs.verdict > NO
    return Chain(
        papers, store, offsets, ends, network(False), network(True), arcs.tail[may_be], arcs.head[may_be], code, why,
        slips["first_sale"].to_numpy(),
    )  # fmt: skip


Offsets = tuple[int, int, int, int, int, int]


def _laid_out(
    papers: Papers, store: pd.DataFrame, named: Ints, cited: Ints, audited_on: Ints, of_slip: Ints, of_parcel: Ints
) -> tuple[_Arcs, Offsets]:
    """Every arc of the papers, and where each sort of node begins. ``of_slip``, ``of_parcel``: their free parts."""
    claims = sources.claims(papers, store, named, cited)
    draws = sources.draws(papers, store, named < 0, audited_on, of_slip, of_parcel)
    account, entries = _accounts(draws, store)
    n_parcels = len(papers.parcels)
    sorts = (len(papers.slips), len(store), len(account), n_parcels, len(papers.certificates))
    offsets: Offsets = tuple(np.cumsum([0, *sorts]).tolist())
    _, at_store, at_account, at_parcel, at_certificate, _ = offsets

    def linked(links: Links, begin: int) -> tuple[Ints, Ints, Ints, Ints]:
        verdict = np.where(links.blank, np.minimum(links.verdict, MAYBE), links.verdict)
        return links.source, links.into + begin, np.where(links.blank, UNBOUNDED, links.carats), verdict

    def freely(tail: Ints, head: Ints, verdict: Ints | int = YES) -> tuple[Ints, Ints, Ints, Ints]:
        return tail, head, np.full(len(tail), UNBOUNDED), np.broadcast_to(verdict, len(tail))

    parcel = np.arange(n_parcels)
    drawn_by = draws.paper + np.where(draws.packed, at_parcel, 0)
    arcs = _Arcs.of(
        linked(papers.packed, at_parcel),
        linked(papers.resold, 0),
        (claims.store + at_store, claims.slip, of_slip[claims.slip], claims.verdict),
        (entries.of_draw + at_account, drawn_by, draws.carats, draws.verdict),
        freely(entries.store + at_store, entries.of_store + at_account, entries.verdict),
        freely(entries.earlier + at_account, entries.earlier + 1 + at_account),
        freely(parcel + at_parcel, papers.parcels["certificate"].to_numpy() + at_certificate),
    )
    return arcs, offsets


@dataclass(frozen=True)
class _Entries:
    """Where draws and stores stand in the accounts. ``earlier``: accounts followed by a later one of the same actor."""

    of_draw: Ints
    store: Ints
    of_store: Ints
    verdict: Ints
    earlier: Ints


def _accounts(draws: sources.Draws, store: pd.DataFrame) -> tuple[Ints, _Entries]:
    """One account per actor and day of a draw. What is found by a day is there, and what is left goes to the next."""
    key = draws.actor * DAYS + np.where(draws.day < 0, DAYS - 1, draws.day)
    account, of_draw = np.unique(key, return_inverse=True)
    owner, day = store["owner"].to_numpy(), store["day"].to_numpy()
    put = np.searchsorted(account, owner * DAYS + np.where(day < 0, 0, day)).astype(np.int64)
    reached = (owner >= 0) & (put < len(account))
    reached[reached] = account[put[reached]] // DAYS == owner[reached]
    kept = np.flatnonzero(reached)
    earlier = np.flatnonzero(account[:-1] // DAYS == account[1:] // DAYS).astype(np.int64)
    verdict = np.where(day[kept] < 0, MAYBE, YES)
    return account, _Entries(of_draw.astype(np.int64), kept, put[kept], verdict, earlier)


def _directly_closed(
    net: Network, n_slips: int, owner: Ints, at_parcel: int, certificates: pd.DataFrame, ends: Ints
) -> Network:
    """Without arcs from first sales into parcels of certificates that their zone was not open to."""
    place = np.full(len(certificates), -1, dtype=np.int64)
    place[ends] = np.arange(len(ends))
    direct = np.flatnonzero((net.tail < n_slips) & (net.head >= at_parcel))
    end = place[owner[net.head[direct] - at_parcel]]
    direct, end = direct[end >= 0], end[end >= 0]
    kept = np.ones(len(net.tail), dtype=bool)
    kept[direct[net.closed(net.tail[direct], end)]] = False
    return replace(net, tail=net.tail[kept], head=net.head[kept], capacity=net.capacity[kept])


def _settled(net: Network, offsets: Sequence[int]) -> Network:
    """Without what leads to no end, and without the accounts of those who sold no more than they had.

    Where all that is drawn on an actor's lines and stock can be met at once, nobody competes for any of it: each paper
    is simply given its part. This leaves the same flows, and nearly nothing of honest miners' registers to solve.
    """
    size = len(net.given)
    useful = reach(net.ends, net.head, net.tail, size)
    kept = useful[net.head]
    net = replace(net, tail=net.tail[kept], head=net.head[kept], capacity=net.capacity[kept])
    _, at_store, at_account, at_parcel, *_ = offsets
    limit, capacity = net.limit.copy(), net.capacity.copy()
    out = np.zeros(size, dtype=np.int64)
    np.add.at(out, net.tail, capacity)
    limit[:at_store] = np.minimum(limit[:at_store], out[:at_store])
    capacity = np.minimum(capacity, limit[net.head])
    from_store = (net.tail >= at_store) & (net.tail < at_account)
    from_account = (net.tail >= at_account) & (net.tail < at_parcel)
    to_account = (net.head >= at_account) & (net.head < at_parcel)
    direct, put, drawn = from_store & ~to_account, from_store & to_account, from_account & ~to_account
    # what is left of each store after the slips that name it, and the running balance of each account
    left = net.given.copy()
    np.subtract.at(left, net.tail[direct], capacity[direct])
    change = np.zeros(size, dtype=np.int64)
    np.add.at(change, net.head[put], np.maximum(left[net.tail[put]], 0))
    np.subtract.at(change, net.tail[drawn], capacity[drawn])
    group = np.arange(size, dtype=np.int64)  # an account's group is its first account; a store's the group it feeds
    carried = from_account & to_account
    balance = change[at_account:at_parcel].cumsum()
    first = np.ones(at_parcel - at_account, dtype=bool)
    first[net.head[carried] - at_account] = False
    begin = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    before = np.where(begin > 0, balance[begin - 1], 0)
    group[at_account:at_parcel] = begin + at_account
    short = np.zeros(size, dtype=bool)
    short[group[at_account:at_parcel][balance < before]] = True
    group[net.tail[put]] = group[net.head[put]]
    over = np.flatnonzero(left < 0)
    short[group[over]] = True
    met = ~short[group]
    given = net.given.copy()
    fed = (direct | drawn) & met[net.tail]
    np.add.at(given, net.head[fed], capacity[fed])
    stays = ~(met[net.tail] & (from_store | from_account))
    gone = met & (np.arange(size) >= at_store) & (np.arange(size) < at_parcel)
    given[gone] = 0
    return replace(net, given=given, limit=limit, tail=net.tail[stays], head=net.head[stays], capacity=capacity[stays])


def _reasons(
    e: Evidence, papers: Papers, slips: pd.DataFrame, store: pd.DataFrame, packs: pd.DataFrame, zone: nodes.Zones,
    offsets: Sequence[int],
) -> np.ndarray:  # fmt: skip
    """Per node why something about it is not known; ``""`` where all is."""
    told = np.full(offsets[-1], "", dtype=object)
    s = papers.records
    blank = nodes.first_of(
        s["slip"].to_numpy(), lacking(e, s, "purchase", "carats", "purchase_date", "buyer_id", "seller_id"), len(slips)
    )
    unsure = (zone.verdict == MAYBE).any(axis=1) if zone.verdict.size else np.zeros(0, dtype=bool)
    interval = np.append(unsure, False)[zone.group]
    why = reasons(
        slips.index,
        (slips["why"] != "", slips["why"]),
        (slips["unclear"] != "", slips["unclear"]),
        (blank != "", blank),
        (pd.Series(interval), "interval"),
    )
    told[: offsets[1]] = why
    told[offsets[1] : offsets[2]] = store["reason"]
    told[offsets[3] : offsets[4]] = packs["why"]
    told[offsets[4] :] = papers.certificates["gap"]
    for links, begin in ((papers.packed, offsets[3]), (papers.resold, 0)):
        at = links.into[links.blank] + begin
        told[at] = np.where(told[at] == "", "blank:carats", told[at])
    exporters = lacking(e, papers.certificates, "shipment", "exporter_id").to_numpy(dtype=object)
    told[offsets[4] :] = np.where(told[offsets[4] :] == "", exporters, told[offsets[4] :])
    return told
