"""Maximum flows in a :class:`~carmonitor.detection.flow_network.Network`, and the figures made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from carmonitor.detection.flow_network import Bools, Ints, Network, spread, upstream_of_each

LARGEST = 2**31 - 1  # the largest capacity that scipy takes
AT_A_TIME = 256  # ends whose copies are solved together, so that memory stays small


@dataclass
class Flow:
    """A flow in a network with source and sink. Every arc stands beside its reverse, sorted by (``start``, ``stop``).

    ``first``: where the arcs of each node begin; ``back``: the reverse of each arc; ``node``: what each node is in the
    network (-1: source and sink, the last two). A node whose limit can bind between several arcs stands twice, the first
    time for what arrives and the second for what leaves.
    """

    start: Ints
    stop: Ints
    first: Ints
    back: Ints
    capacity: Ints
    flow: Ints
    node: Ints

    @property
    def size(self) -> int:
        return len(self.node)

    @property
    def source(self) -> int:
        return self.size - 2

    @property
    def sink(self) -> int:
        return self.size - 1

    def arcs_of(self, node: int) -> Ints:
        """The arcs that start at a node."""
        return np.arange(self.first[node], self.first[node + 1])

    def push(self, path: Ints, amount: int) -> None:
        """Send more along a path (no arc of which stands in it twice)."""
        self.flow[path] += amount
        self.flow[self.back[path]] -= amount

    def room(self, path: Ints) -> int:
        return int((self.capacity[path] - self.flow[path]).min())


class Search:
    """Searches against the stream: from where could more be led to a node? ``seen``: nodes to pass over."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.seen = np.zeros(flow.size, dtype=bool)
        self.seen[[flow.source, flow.sink]] = True
        self.via = np.full(flow.size, -1, dtype=np.int64)

    def from_(self, nodes: Ints) -> Ints:
        """The nodes reached, ``nodes`` included; they are seen from now on. ``via``: the first arc of the way back."""
        f = self.flow
        frontier = nodes
        self.seen[frontier] = True
        reached = [frontier]
        while len(frontier):
            out, _ = spread(f.first, frontier)
            arcs = f.back[out]
            arcs = arcs[(f.capacity[arcs] > f.flow[arcs]) & ~self.seen[f.start[arcs]]]
            frontier, once = np.unique(f.start[arcs], return_index=True)
            self.via[frontier] = arcs[once]
            self.seen[frontier] = True
            reached.append(frontier)
        return np.concatenate(reached)

    def path(self, start: int, stop: int) -> list[int]:
        """The arcs from a node that was reached to the one the search began at."""
        arcs = []
        while start != stop:
            arcs.append(int(self.via[start]))
            start = int(self.flow.stop[arcs[-1]])
        return arcs


def maximum(net: Network, wanted: Ints) -> Flow:
    """A maximum flow to all ends together, each of which takes ``wanted`` at most. By Dinic's algorithm (scipy).

    Where an arc may need more than 2**31 - 1 hundredths of a carat, which scipy cannot hold, the flow is found by
    :func:`serve`, in numbers of 64 bits and more slowly. Nothing wraps.
    """
    f = _at_rest(net, wanted)
    if int(wanted.sum()) > LARGEST:
        serve(net, f, wanted)
    elif len(f.start):
        size = f.size
        room = csr_array((f.capacity.astype(np.int32), f.stop.astype(np.int32), f.first.astype(np.int32)), (size, size))
        found: Any = maximum_flow(room, f.source, f.sink, method="dinic").flow.tocoo()
        keys = found.row.astype(np.int64) * size + found.col
        f.flow[np.searchsorted(f.start * size + f.stop, keys)] = found.data
    return f


def arrived(net: Network, f: Flow) -> Ints:
    """What arrives at each end."""
    result = np.zeros(len(net.given), dtype=np.int64)
    arcs = f.arcs_of(f.sink)
    result[f.node[f.stop[arcs]]] = -f.flow[arcs]
    return result[net.ends]


def serve(net: Network, f: Flow, wanted: Ints) -> Ints:
    """What arrives at each end when they are served in their order; ``f`` becomes such a flow.

    Starts from any flow, best a maximum one. An end that is short takes what later ends hold, by way of every path with
    room left (and from the source, where the flow was not yet a maximum). Nodes from which a search found nothing stay
    out of all later ones: nothing pushed later reaches them. So all searches in vain together look at each node once.
    """
    got = arrived(net, f)
    place = np.full(f.size, -1, dtype=np.int64)
    place[net.ends] = np.arange(len(net.ends))
    last = np.full(len(net.ends), -1, dtype=np.int64)
    arcs = f.arcs_of(f.sink)
    last[place[f.stop[arcs]]] = f.back[arcs]
    from_source = np.full(f.size, -1, dtype=np.int64)
    arcs = f.arcs_of(f.source)
    from_source[f.stop[arcs]] = arcs
    search = Search(f)
    for k, end in enumerate(net.ends):
        while got[k] < wanted[k] and last[k] >= 0:
            reached = search.from_(np.array([end]))
            unused = from_source[reached][from_source[reached] >= 0]
            later = place[reached][(place[reached] > k)]
            ways = [(arc, int(f.stop[arc]), -1) for arc in unused[f.capacity[unused] > f.flow[unused]]]
            ways += [(int(f.back[last[j]]), int(net.ends[j]), j) for j in later[got[later] > 0]]
            pushed = 0
            for arc, node, j in ways:
                path = np.array([arc, *search.path(node, int(end)), last[k]], dtype=np.int64)
                amount = min(f.room(path), int(wanted[k] - got[k]))
                if amount > 0:
                    f.push(path, amount)
                    pushed += amount
                    got[k] += amount
                    if j >= 0:
                        got[j] -= amount
            if not pushed:
                break
            search.seen[reached] = False
    return got


def alone(net: Network, ends: Ints) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """The most that can arrive at each of these ends (positions) if it is served first.

    In batches: positions; what arrives; and the pairs (position in ``ends``, node) from which more could be led to the
    end: its side of the minimum cut nearest to it, the end itself included.
    """
    for begin in range(0, len(ends), AT_A_TIME):
        batch = ends[begin : begin + AT_A_TIME]
        copies, whose, node = upstream_of_each(net, batch)
        f = maximum(copies, copies.demand)
        got = arrived(copies, f)
        short = copies.ends[got < copies.demand]
        hungry = f.node[Search(f).from_(short)] if len(short) else short
        hungry = np.unique(hungry)
        yield batch, got, batch[whose[hungry]], node[hungry]


def _at_rest(net: Network, wanted: Ints) -> Flow:
    """The network with source and sink, parallel arcs as one, and nothing flowing."""
    size = len(net.given)
    limit = net.limit.copy()
    limit[net.ends] = np.minimum(limit[net.ends], wanted)
    ways_in = np.bincount(net.head, minlength=size) + (net.given > 0)
    twice = np.flatnonzero((ways_in > 1) & (np.bincount(net.tail, minlength=size) > 1))
    outlet = np.arange(size, dtype=np.int64)
    outlet[twice] = size + np.arange(len(twice))
    node = np.concatenate([np.arange(size), twice, [-1, -1]]).astype(np.int64)
    source, sink = len(node) - 2, len(node) - 1
    holding = np.flatnonzero(net.given > 0)
    tail = np.concatenate([outlet[net.tail], np.full(len(holding), source), twice, net.ends])
    head = np.concatenate([net.head, holding, outlet[twice], np.full(len(net.ends), sink)])
    between = np.minimum(net.capacity, np.minimum(limit[net.tail], limit[net.head]))
    held = np.minimum(net.given[holding], limit[holding])
    capacity = np.concatenate([between, held, limit[twice], limit[net.ends]])
    return _both_ways(tail, head, capacity, int(wanted.sum()), node)


def _both_ways(tail: Ints, head: Ints, capacity: Ints, most: int, node: Ints) -> Flow:
    some: Bools = capacity > 0
    tail, head, size = tail[some], head[some], len(node)
    keys, at = np.unique(np.concatenate([tail * size + head, head * size + tail]), return_inverse=True)
    room = np.zeros(len(keys), dtype=np.int64)
    np.add.at(room, at[: len(tail)], capacity[some])
    start, stop = np.divmod(keys, size)
    first = np.searchsorted(start, np.arange(size + 1)).astype(np.int64)
    back = np.searchsorted(keys, stop * size + start).astype(np.int64)
    return Flow(start, stop, first, back, np.minimum(room, most), np.zeros(len(keys), dtype=np.int64), node)
