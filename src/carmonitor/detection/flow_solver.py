"""Maximum flows in a :class:`~carmonitor.detection.flow_network.Network`, and the figures made of them.

Dinic's algorithm of scipy does the work. It counts in 32 bits: no more than 2**31 - 1 hundredths of a carat are asked
of it at once, larger questions are put to it in parts, so that nothing ever wraps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from carmonitor.detection.flow_network import Bools, Ints, Network, distinct, spread, upstream_of_each

LARGEST = 2**31 - 1  # the largest amount that scipy counts
AT_A_TIME = 256  # ends whose copies are solved together
COPIES = 3_000_000  # about so many nodes are copied at a time, so that memory stays small however much is shared


@dataclass
class Flow:
    """A flow in a network with source and sink. Every arc stands beside its reverse, sorted by (``start``, ``stop``).

    ``first``: where the arcs of each node begin; ``back``: the reverse of each arc; ``node``: what each node is in the
    network (-1: source and sink, the last two). A node whose limit can bind between several arcs stands twice, the
    first time for what arrives and the second for what leaves. ``last``: the arc of each end into the sink, -1 for
    none.
    """

    start: Ints
    stop: Ints
    first: Ints
    back: Ints
    capacity: Ints
    flow: Ints
    node: Ints
    last: Ints

    @property
    def size(self) -> int:
        return len(self.node)

    @property
    def source(self) -> int:
        return self.size - 2

    @property
    def sink(self) -> int:
        return self.size - 1

    @property
    def arrived(self) -> Ints:
        """What arrives at each end."""
        return np.where(self.last >= 0, self.flow[self.last], 0) if len(self.flow) else np.zeros_like(self.last)


def maximum(net: Network, wanted: Ints) -> Flow:
    """A maximum flow to all ends together, each of which takes ``wanted`` at most."""
    f = _at_rest(net, wanted)
    _fill(f, np.arange(len(net.ends)), wanted)
    return f


def serve(net: Network, f: Flow, wanted: Ints) -> Ints:
    """What arrives at each end when they are served in their order; the maximum flow ``f`` becomes such a flow.

    An end that is short takes what later ends hold, by way of every path with room left; the total stays the same. Each
    search goes only as far as it must. Nodes that a search in vain has reached stay out of all later ones, since
    nothing pushed later comes from them or reaches them: so all searches in vain together look at each node once.
    """
    got = f.arrived
    place = np.full(f.size, -1, dtype=np.int64)
    place[net.ends] = np.arange(len(net.ends))
    search = _Search(f)
    for k, end in enumerate(net.ends.tolist()):
        while got[k] < wanted[k]:
            later = search.upstream(end, place, k, got, int(wanted[k] - got[k]))
            if not len(later):
                break
            for j in later.tolist():
                path = np.array(search.path(int(net.ends[j]), end), dtype=np.int64)
                room = int((f.capacity[path] - f.flow[path]).min())
                amount = min(room, int(got[j]), int(wanted[k] - got[k]))
                if amount > 0:
                    for arcs, sign in ((path, 1), (f.last[[k]], 1), (f.last[[j]], -1)):
                        f.flow[arcs] += sign * amount
                        f.flow[f.back[arcs]] -= sign * amount
                    got[k] += amount
                    got[j] -= amount
    return got


class _Search:
    """Searches against the stream, nearest nodes first. ``via``: of each node reached the first arc of the way back."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.seen = np.zeros(flow.size, dtype=bool)
        self.seen[[flow.source, flow.sink]] = True
        self.via = np.full(flow.size, -1, dtype=np.int64)

    def upstream(self, end: int, place: Ints, k: int, got: Ints, lacking: int) -> Ints:
        """Later ends from which something could be led to this one: enough for what it lacks, or all there are.

        Where there are none, all nodes reached stay seen.
        """
        f = self.flow
        frontier = np.array([end], dtype=np.int64)
        self.seen[frontier] = True
        reached, found, held = [frontier], [], 0
        while len(frontier) and held < lacking:
            out, _ = spread(f.first, frontier)
            arcs = f.back[out]
            arcs = arcs[(f.capacity[arcs] > f.flow[arcs]) & ~self.seen[f.start[arcs]]]
            starts = f.start[arcs]
            self.via[starts] = arcs
            self.seen[starts] = True
            frontier = starts[self.via[starts] == arcs]
            reached.append(frontier)
            later = place[frontier]
            later = later[later > k]
            later = later[got[later] > 0]
            found.append(later)
            held += int(got[later].sum())
        ends = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        if len(ends):
            self.seen[np.concatenate(reached)] = False
        return ends

    def path(self, start: int, stop: int) -> list[int]:
        """The arcs from a node that was reached to the one the search began at."""
        arcs = []
        while start != stop:
            arcs.append(int(self.via[start]))
            start = int(self.flow.stop[arcs[-1]])
        return arcs


def alone(net: Network, ends: Ints) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """The most that can arrive at each of these ends (positions) if it is served first.

    In batches: positions; what arrives; and the pairs (position, node) from which more could be led to the end: its
    side of the minimum cut nearest to it, the end itself included.
    """
    begin, size = 0, min(AT_A_TIME, max(1, COPIES // max(len(net.given), 1)))
    while begin < len(ends):
        batch = ends[begin : begin + size]
        begin += size
        copies, whose, node = upstream_of_each(net, batch)
        size = min(AT_A_TIME, 4 * size, max(1, COPIES * len(batch) // len(node)))
        f = maximum(copies, copies.demand)
        got = f.arrived
        hungry = near_side(f, copies.ends[got < copies.demand])
        yield batch, got, batch[whose[hungry]], node[hungry]


def near_side(f: Flow, nodes: Ints) -> Ints:
    """The nodes of the network from which more could be led to one of these, themselves included. Sorted."""
    seen = np.zeros(f.size, dtype=bool)
    seen[[f.source, f.sink]] = True
    seen[nodes] = True
    reached, frontier = [nodes], nodes
    while len(frontier):
        out, _ = spread(f.first, frontier)
        arcs = f.back[out]
        fresh = f.start[arcs[f.capacity[arcs] > f.flow[arcs]]]
        frontier = distinct(fresh[~seen[fresh]])
        seen[frontier] = True
        reached.append(frontier)
    return distinct(f.node[np.concatenate(reached)])


def _fill(f: Flow, ends: Ints, wanted: Ints) -> None:
    """Lead to these ends together what they want, as far as there is room."""
    held = f.last[ends] >= 0
    if int(wanted[held].sum()) > LARGEST:
        half = len(ends) // 2
        if half:
            _fill(f, ends[:half], wanted[:half])
            _fill(f, ends[half:], wanted[half:])
        else:
            for _ in range(0, int(wanted[0]), LARGEST):
                _fill(f, ends, np.minimum(wanted - f.arrived[ends], LARGEST))
        return
    room = np.clip(f.capacity - f.flow, 0, wanted.sum())
    room[f.last[f.last >= 0]] = 0
    room[f.last[ends[held]]] = np.minimum(f.capacity - f.flow, LARGEST)[f.last[ends[held]]]
    room[f.last[ends[held]]] = np.minimum(room[f.last[ends[held]]], wanted[held])
    if room.any():
        found: Any = maximum_flow(
            csr_array((room.astype(np.int32), f.stop.astype(np.int32), f.first.astype(np.int32)), (f.size, f.size)),
            f.source,
            f.sink,
            method="dinic",
        ).flow.tocoo()
        keys = found.row.astype(np.int64) * f.size + found.col
        f.flow[np.searchsorted(f.start * f.size + f.stop, keys)] += found.data


def _at_rest(net: Network, wanted: Ints) -> Flow:
    """The network with source and sink, parallel arcs as one, and nothing flowing."""
    size, limit = len(net.given), net.limit
    ways_in = np.bincount(net.head, minlength=size) + (net.given > 0)
    twice = np.flatnonzero((ways_in > 1) & (np.bincount(net.tail, minlength=size) > 1))
    outlet = np.arange(size, dtype=np.int64)
    outlet[twice] = size + np.arange(len(twice))
    node = np.concatenate([np.arange(size), twice, [-1, -1]]).astype(np.int64)
    source, sink = len(node) - 2, len(node) - 1
    holding = np.flatnonzero(net.given > 0)
    tail = np.concatenate([outlet[net.tail], np.full(len(holding), source), twice, net.ends])
    head = np.concatenate([net.head, holding, outlet[twice], np.full(len(net.ends), sink)])
    between = np.minimum(net.capacity, limit[net.head])
    several = ways_in[net.tail] > 1  # where there is but one, the limit already holds on the way in
    between = np.where(several, np.minimum(between, limit[net.tail]), between)
    held = np.minimum(net.given[holding], limit[holding])
    capacity = np.concatenate([between, held, limit[twice], wanted])
    return _both_ways(tail, head, capacity, node, net.ends)


def _both_ways(tail: Ints, head: Ints, capacity: Ints, node: Ints, ends: Ints) -> Flow:
    some: Bools = capacity > 0
    tail, head, size = tail[some], head[some], len(node)
    keys, at = np.unique(np.concatenate([tail * size + head, head * size + tail]), return_inverse=True)
    room = np.zeros(len(keys), dtype=np.int64)
    np.add.at(room, at[: len(tail)], capacity[some])
    start, stop = np.divmod(keys, size)
    first = np.searchsorted(start, np.arange(size + 1)).astype(np.int64)
    back = np.searchsorted(keys, stop * size + start).astype(np.int64)
    to_sink = ends * size + size - 1
    at = np.minimum(np.searchsorted(keys, to_sink), max(len(keys) - 1, 0))
    last = np.where(keys[at] == to_sink, at, -1) if len(keys) else np.full(len(ends), -1)
    return Flow(start, stop, first, back, room, np.zeros(len(keys), dtype=np.int64), node, last.astype(np.int64))
