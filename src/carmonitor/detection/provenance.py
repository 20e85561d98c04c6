"""P-01: how many carats of a certificate cannot have come from declared, compliant production (semantics.md 10 and 15).

Whatever way the papers are combined: the figures are maximum flows through the network of custody_flow.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from carmonitor.detection import bottleneck
from carmonitor.detection.custody_flow import Chain, chain
from carmonitor.detection.flow_network import (
    Bools,
    Ints,
    Network,
    by_node,
    pairs_along,
    pairs_reached,
    reach,
    without_the_certain,
)
from carmonitor.detection.flow_solver import alone, maximum, near_side, serve
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, exceeds
from carmonitor.records.evidence import Evidence

EVIDENCE = {
    "exported_carats": "ct",
    "explained_carats": "ct",
    "unexplained_alone_carats": "ct",
    "unexplained_carats": "ct",
} | dict.fromkeys(bottleneck.NAMED, "text") | dict.fromkeys(bottleneck.COUNTED, "count")  # fmt: skip
AT_A_TIME = 256  # certificates whose papers are walked together


@dataclass(frozen=True)
class Figures:
    """Per end: what it asks for, and what can arrive if it is served first (``alone``) and in its turn (``ordered``).

    ``cut``: for ends with a shortage its side of the minimum cut, as sorted ``end * nodes of the network + node``;
    served first where it is short even then, else served in its turn.
    """

    demand: Ints
    alone: Ints
    ordered: Ints
    cut: Ints


@detector("P-01", **EVIDENCE)
def unexplained_carats(e: Evidence, p: Params) -> pd.DataFrame:
    """Certificates with carats that no declared, compliant production can have given, by more than the tolerance.

    Subject: certificate; day: issue_date. ``unexplained_alone_carats``: what is missing although this certificate is
    served first, before all others: true in every order. ``unexplained_carats``: what is missing when certificates are
    served by issue date, then number; these add up to the whole shortage. Part ``alone`` fires on the first; part
    ``shared`` where only the second exceeds the tolerance: together the certificates named exported more than there
    was. Tolerance: ``tolerance_percent`` of the exported carats, and ``tolerance_hundredths``; exactly at it passes.

    Sources: production lines and audited stock. A slip draws on the line it names, else on all that its seller found or
    declared by that day. Closed are: lines of another miner or found later; slips whose seller had no valid licence
    that day (L-01); while ``zones_count``, first sales of zones not compliant on the issue date (Z-01); links against
    the order of dates or between other parties (D-09). What is not known speaks for the papers, but clears nothing: a
    certificate that only passes by it is not evaluated. Void and replaced certificates use nothing.
    Source: framework.md §2 and §8.
    """
    c = chain(e, p)
    f = figures(c.lenient)
    alone_short, ordered_short = f.demand - f.alone, f.demand - f.ordered
    fires_alone, fires = _beyond(alone_short, f.demand, p), _beyond(ordered_short, f.demand, p)
    unproven = ~fires & _beyond(short_alone(c.strict, ~fires), f.demand, p)
    words = bottleneck.described(c, f.cut, np.flatnonzero(fires)).reindex(range(len(c.ends)))
    certificates = c.papers.certificates
    rows = certificates.loc[c.ends].reset_index(drop=True)
    judged = checked(
        rows["certificate_number"],
        rows["issue_date"],
        pd.Series(fires),
        pd.Series(np.where(unproven, _why(c, np.flatnonzero(unproven)), ""), dtype="str"),
        part=pd.Series(np.where(fires & ~fires_alone, "shared", "alone"), dtype="str"),
        score=pd.Series(np.where(fires_alone, alone_short, ordered_short / 2) / 100),
        exported_carats=pd.Series(f.demand, dtype="Int64"),
        explained_carats=pd.Series(f.alone, dtype="Int64"),
        unexplained_alone_carats=pd.Series(alone_short, dtype="Int64"),
        unexplained_carats=pd.Series(ordered_short, dtype="Int64"),
        ref_certificate=rows["ref"].astype("Int64"),
        **{name: words[name] for name in (*bottleneck.NAMED, "refs")},
        **{name: words[name].astype("Int64") for name in bottleneck.COUNTED},
    )
    return pd.concat([judged, _unjudged(certificates, judged)], ignore_index=True)


def figures(net: Network) -> Figures:
    """Both figures of every end, and the cuts.

    One maximum flow to all ends together tells which fall short; only for these the rest is worked out. First sales
    that are closed to some ends and reach several through one resale are open to all of them in the joint flow, in
    which each end takes no more than it could alone: the shares in turn may then be too kind by so much.
    """
    demand, most = net.demand, net.demand
    fewer, wanting = _joint(net)
    for at, got, _, _ in alone(fewer, _partly_closed(net)):
        most[at] = got
    flow = maximum(fewer, most)
    ordered = serve(fewer, flow, most)
    size = len(net.given)
    single, cuts = demand.copy(), [np.zeros(0, dtype=np.int64)]
    for at, got, of, side in alone(fewer, np.flatnonzero(ordered < demand)):
        single[at] = got
        cuts.append(of * size + side)
    for k in np.flatnonzero((ordered < demand) & (single == demand)):
        cuts.append(near_side(flow, net.ends[[k]]) + k * size)
    cut = np.concatenate(cuts)
    cut.sort()
    del flow, fewer, cuts  # what follows needs much memory of its own
    upstream = by_node(net.head[wanting], size)
    return Figures(demand, single, ordered, pairs_along(cut, upstream, net.tail[wanting], size))


def short_alone(net: Network, asked: Bools) -> Ints:
    """Of the ends asked about, what each lacks if it is served first. What the joint flow satisfies lacks nothing."""
    demand = net.demand
    fewer, _ = _joint(net)
    doubtful = maximum(fewer, demand).arrived < demand
    doubtful[_partly_closed(net)] = True
    short = np.zeros_like(demand)
    for at, got, _, _ in alone(fewer, np.flatnonzero(doubtful & asked)):
        short[at] = demand[at] - got
    return short


def _joint(net: Network) -> tuple[Network, Bools]:
    """The network with first sales that are closed to every end shut, and without what nobody competes for."""
    return without_the_certain(replace(net, limit=np.where(_closed_to_all(net), 0, net.limit)))


def _closed_to_all(net: Network) -> Bools:
    groups = np.append(net.closed_to.all(axis=1), False)
    closed: Bools = groups[net.node_group]
    return closed


def _partly_closed(net: Network) -> Ints:
    """Ends downstream of nodes that are closed to some ends and open to others, where they are closed to this one."""
    varying = net.closed_to.any(axis=1) & ~net.closed_to.all(axis=1)
    nodes = np.flatnonzero(np.append(varying, False)[net.node_group])
    reached = reach(nodes, net.tail, net.head, len(net.given))[net.ends]
    days: Bools = np.asarray(net.closed_to[varying].any(axis=0), dtype=bool)
    shut = days[net.end_group] if varying.any() else np.zeros(len(net.ends), dtype=bool)
    return np.flatnonzero(reached & shut)


def _beyond(short: Ints, demand: Ints, p: Params) -> Bools:
    shorts, demands = pd.Series(short, dtype="Int64"), pd.Series(demand, dtype="Int64")
    over = exceeds(shorts, demands, p["tolerance_percent"]) & (shorts > int(p["tolerance_hundredths"]))
    beyond: Bools = over.to_numpy(dtype=bool)
    return beyond


def _why(c: Chain, ends: Ints) -> Ints:
    """Per end why it could not be cleared: the first of what is not known upstream of it; ``""`` for other ends."""
    told = np.full(len(c.ends), "", dtype=object)
    size = c.offsets[-1]
    for begin in range(0, len(ends), AT_A_TIME):
        batch = ends[begin : begin + AT_A_TIME]
        pairs = pairs_reached(batch, c.lenient.ends[batch], c.head, c.tail, size)
        unknown = c.reason[pairs % size]
        known = np.flatnonzero(unknown >= 0)
        first = pd.Series(unknown[known]).groupby(pairs[known] // size).min()
        told[first.index] = np.array(c.why, dtype=object)[first]
    return told


def _unjudged(certificates: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Certificates without a weight or a day of issue, in the form of the others."""
    rows = certificates[certificates["missing"] != ""]
    frame = checked(
        rows["certificate_number"], rows["issue_date"], False, rows["missing"], part="alone",
        ref_certificate=rows["ref"].astype("Int64"),
    )  # fmt: skip
    return frame.reindex(columns=judged.columns).astype(judged.dtypes)
