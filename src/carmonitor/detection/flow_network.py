"""Flow networks: how much can pass from what was declared to each certificate. Whole numbers throughout.

A :class:`Network` is nodes with what they hold of their own (``given``) and what may pass through them (``limit``), and
arcs with a capacity. Certificates are its ``ends``: what arrives there counts. The figures asked of it:

    ``alone``    the most that can arrive at an end if it is served first: its own maximum flow;
    ``ordered``  what arrives when the ends are served one after another, each as much as it can get without taking from
                 those before it: maximum flow to the first k ends less that to the first k - 1. Unique, whatever
                 flow is found, and its sum is the maximum flow to all ends together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Open = Callable[[Ints, Ints], Bools]

UNBOUNDED = 10**12
"""More than any paper can weigh (hundredths of a carat); a million of them still add up without wrapping."""


@dataclass(frozen=True)
class Network:
    """``given``, ``limit``: per node; ``tail``, ``head``, ``capacity``: per arc; ``ends``: nodes in order of service.

    ``closed_to``: (node group, end group) → True where nodes of a group are closed to ends of another: first sales of a
    zone to certificates issued while it was not compliant. ``node_group``: per node, -1 = open to all; ``end_group``:
    per end.
    """

    given: Ints
    limit: Ints
    tail: Ints
    head: Ints
    capacity: Ints
    ends: Ints
    node_group: Ints
    end_group: Ints
    closed_to: Bools

    @property
    def demand(self) -> Ints:
        """What each end asks for."""
        return self.limit[self.ends]

    def closed(self, nodes: Ints, ends: Ints) -> Bools:
        """Whether each node is closed to the end (a position) beside it."""
        group = self.node_group[nodes]
        shut: Bools = self.closed_to[group, self.end_group[ends]] & (group >= 0) if self.closed_to.size else group < -1
        return shut


def spread(first: Ints, nodes: Ints) -> tuple[Ints, Ints]:
    """All positions ``first[v] … first[v + 1] - 1`` of some nodes v, and for each the position of v in ``nodes``."""
    begins = first[nodes]
    counts = first[nodes + 1] - begins
    owner = np.repeat(np.arange(len(nodes)), counts)
    return begins[owner] + np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner], owner


def by_node(nodes: Ints, size: int) -> tuple[Ints, Ints]:
    """Arcs grouped by one of their nodes: (order of the arcs, where those of each node begin in it)."""
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(nodes, minlength=size), out=first[1:])
    return np.argsort(nodes, kind="stable").astype(np.int64), first


def distinct(values: Ints) -> Ints:
    """The values, sorted, each once. (numpy's own function hashes them first, which takes far longer here.)"""
    ordered = np.sort(values)
    kept = np.ones(len(ordered), dtype=bool)
    kept[1:] = ordered[1:] != ordered[:-1]
    return ordered[kept]


def reach(start: Ints, tail: Ints, head: Ints, size: int) -> Bools:
    """True for nodes that arcs lead to from ``start``, themselves included. Swap tail and head to go upstream."""
    order, first = by_node(tail, size)
    seen = np.zeros(size, dtype=bool)
    frontier = distinct(start)
    while len(frontier):
        seen[frontier] = True
        at, _ = spread(first, frontier)
        onward = head[order[at]]
        frontier = distinct(onward[~seen[onward]])
    return seen


def pairs_reached(whose: Ints, nodes: Ints, tail: Ints, head: Ints, size: int, open_: Open | None = None) -> Ints:
    """Of each owner the nodes that arcs lead to from its own, themselves included, as sorted ``owner * size + node``.

    ``open_``: which (owners, nodes) may be entered; all by default. Swap tail and head to go upstream.
    """
    return pairs_along(distinct(whose * size + nodes), by_node(tail, size), head, size, open_)


def pairs_along(pairs: Ints, arcs: tuple[Ints, Ints], head: Ints, size: int, open_: Open | None = None) -> Ints:
    """:func:`pairs_reached` from sorted pairs, for many questions about the same arcs (grouped by their tails)."""
    order, first = arcs
    frontier = seen = pairs
    while len(frontier):
        at, owner = spread(first, frontier % size)
        fresh = distinct(frontier[owner] // size * size + head[order[at]])
        fresh = fresh[~among_sorted(fresh, seen)]
        frontier = fresh if open_ is None else fresh[open_(fresh // size, fresh % size)]
        if len(frontier):
            seen = np.sort(np.concatenate([seen, frontier]), kind="stable")
    return seen


def upstream_of_each(net: Network, ends: Ints) -> tuple[Network, Ints, Ints]:
    """Each end with a copy of its own of all that lies upstream of it, as one network; closed nodes are left out.

    ``ends``: positions. With it, for each node of the new network: the position (in ``ends``) it is for, and the node.
    """
    size = len(net.given)
    every = np.arange(len(ends), dtype=np.int64)
    seen = pairs_reached(
        every, net.ends[ends], net.head, net.tail, size, lambda whose, node: ~net.closed(node, ends[whose])
    )
    order, first = by_node(net.head, size)
    whose, node = np.divmod(seen, size)
    at, copy = spread(first, node)
    arcs = order[at]
    tails = whose[copy] * size + net.tail[arcs]
    kept = among_sorted(tails, seen)
    copies = Network(
        given=net.given[node],
        limit=net.limit[node],
        tail=np.searchsorted(seen, tails[kept]).astype(np.int64),
        head=copy[kept],
        capacity=net.capacity[arcs[kept]],
        ends=np.searchsorted(seen, every * size + net.ends[ends]).astype(np.int64),
        node_group=np.full(len(node), -1, dtype=np.int64),
        end_group=np.zeros(len(ends), dtype=np.int64),
        closed_to=np.zeros((0, 0), dtype=bool),
    )
    return copies, whose, node


def among_sorted(keys: Ints, known: Ints) -> Bools:
    """Whether each key is among the sorted ``known``."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: Bools = known[at] == keys
    return found


def without_the_certain(net: Network) -> tuple[Network, Bools]:
    """The same question with fewer arcs: what nobody competes for is handed on at once.

    A node all of whose supply is known and that can meet all that is asked of it, or that has one way out, gives each
    of its arcs a known amount: the arc goes, the amount is given to its head. Where supply falls short of several arcs,
    the node stays, with its supply as given. Nodes closed to some ends only stay as they are. Exact: what is handed on
    can flow whatever the rest does, and more cannot.
    """
    size, arcs = len(net.given), len(net.tail)
    order, first = by_node(net.tail, size)
    ways_out = np.diff(first)
    asked = np.zeros(size, dtype=np.int64)
    np.add.at(asked, net.tail, net.capacity)
    partly = np.append(net.closed_to.any(axis=1) & ~net.closed_to.all(axis=1), False)[net.node_group]
    supply, waiting = net.given.copy(), np.bincount(net.head, minlength=size)
    certain, wanting = np.zeros(arcs, dtype=bool), np.zeros(arcs, dtype=bool)
    frontier = np.flatnonzero((waiting == 0) & (ways_out > 0))
    while len(frontier):
        supply[frontier] = np.minimum(supply[frontier], net.limit[frontier])
        calm = ((supply[frontier] >= asked[frontier]) | (ways_out[frontier] == 1)) & ~partly[frontier]
        at, owner = spread(first, frontier[calm])
        gone = order[at]
        certain[gone] = True
        amount = np.minimum(net.capacity[gone], supply[frontier[calm][owner]])
        wanting[gone] = amount < net.capacity[gone]
        heads = net.head[gone]
        np.add.at(supply, heads, amount)
        np.subtract.at(waiting, heads, 1)
        reached = distinct(heads)
        frontier = reached[(waiting[reached] == 0) & (ways_out[reached] > 0)]
    given = np.minimum(supply, net.limit)
    idle = np.ones(size, dtype=bool)
    left = ~certain
    idle[net.tail[left]] = idle[net.head[left]] = idle[net.ends] = False
    given[idle] = 0
    fewer = replace(net, given=given, tail=net.tail[left], head=net.head[left], capacity=net.capacity[left])
    return fewer, wanting
