"""Maximum flows in a :class:`~carmonitor.detection.flow_network.Network`, and the figures made of them.

Dinic's algorithm of scipy does the work. It counts in 32 bits: no more than 2**31 - 1 hundredths of a carat are asked of
it at once, larger questions are put to it in parts, so that nothing ever wraps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from carmonitor.detection.flow_network import Bools, Ints, Network, spread, upstream_of_each

LARGEST = 2**31 - 1  # the largest amount that scipy counts
AT_A_TIME = 256  # ends whose copies are solved together, so that memory stays small


@dataclass
class Flow:
    """A flow in a network with source and sink. Every arc stands beside its reverse, sorted by (``start``, ``stop``).

    ``first``: where the arcs of each node begin; ``back``: the reverse of each arc; ``node``: what each node is in the
    network (-1: source and sink, the last two). A node whose limit can bind between several arcs stands twice, the first
    time for what arrives and the second for what leaves. ``last``: the arc of each end into the sink, -1 for none.
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


def serve(net: Network, wanted: Ints) -> Ints:
    """What arrives at each end when they are served in their order, each as much as those before it leave.

    By halves: where all ends together get what they want, they get it in any order. Else the first half is served as if
    alone, and the second with what room is left, by rerouting the first but taking nothing from it.
    """
    f = _at_rest(net, wanted)
    _serve(f, np.arange(len(net.ends)), wanted)
    return f.arrived


def alone(net: Network, ends: Ints) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """The most that can arrive at each of these ends (positions) if it is served first.

    In batches: positions; what arrives; and the pairs (position, node) from which more could be led to the end: its side
    of the minimum cut nearest to it, the end itself included.
    """
    for begin in range(0, len(ends), AT_A_TIME):
        batch = ends[begin : begin + AT_A_TIME]
        copies, whose, node = upstream_of_each(net, batch)
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
        frontier = np.unique(fresh[~seen[fresh]])
        seen[frontier] = True
        reached.append(frontier)
    return np.unique(f.node[np.concatenate(reached)])


def _serve(f: Flow, ends: Ints, wanted: Ints) -> None:
    part, arcs = _narrowed(f, ends, wanted)
    if not len(arcs):
        return
    if int(wanted.sum()) <= LARGEST or len(ends) == 1:
        _fill(part, ends, wanted)
        if len(ends) > 1 and (part.arrived[ends] < wanted).any():
            part.flow[:] = 0
    if len(ends) > 1 and not part.flow.any():
        half = len(ends) // 2
        _serve(part, ends[:half], wanted[:half])
        _serve(part, ends[half:], wanted[half:])
    f.flow[arcs] += part.flow


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
        found: Any = maximum_flow(_matrix(f, room.astype(np.int32)), f.source, f.sink, method="dinic").flow.tocoo()
        keys = found.row.astype(np.int64) * f.size + found.col
        f.flow[np.searchsorted(f.start * f.size + f.stop, keys)] += found.data


def _narrowed(f: Flow, ends: Ints, wanted: Ints) -> tuple[Flow, Ints]:
    """The part of a network that can still lead anything to these ends, as it is left; and which arcs it has."""
    room = f.capacity - f.flow
    room[f.last[f.last >= 0]] = 0
    own = f.last[ends]
    room[own[own >= 0]] = wanted[own >= 0]
    ahead = breadth_first_order(_matrix(f, (room > 0).astype(np.int8), sparse=True), f.source, return_predecessors=False)
    behind = breadth_first_order(
        _matrix(f, (room[f.back] > 0).astype(np.int8), sparse=True), f.sink, return_predecessors=False
    )
    kept = np.zeros(f.size, dtype=bool)
    kept[behind] = True
    both = np.zeros(f.size, dtype=bool)
    both[ahead] = kept[ahead]
    both[[f.source, f.sink]] = True
    arcs = np.flatnonzero(both[f.start] & both[f.stop])
    label = np.cumsum(both) - 1
    place = np.full(len(f.start) + 1, -1, dtype=np.int64)
    place[arcs] = np.arange(len(arcs))
    start = label[f.start[arcs]]
    first = np.searchsorted(start, np.arange(both.sum() + 1)).astype(np.int64)
    part = Flow(
        start, label[f.stop[arcs]], first, place[f.back[arcs]], np.maximum(room[arcs], 0),
        np.zeros(len(arcs), dtype=np.int64), f.node[both], place[f.last],
    )  # fmt: skip
    return part, arcs


def _matrix(f: Flow, room: Any, *, sparse: bool = False) -> Any:
    matrix = csr_array((room, f.stop.astype(np.int32), f.first.astype(np.int32)), (f.size, f.size))
    if sparse:
        matrix.eliminate_zeros()
    return matrix


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
    between = np.minimum(net.capacity, np.minimum(limit[net.tail], limit[net.head]))
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
