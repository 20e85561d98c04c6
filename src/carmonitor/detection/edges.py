"""F13: supply that shifts to a zone's edge with a neighbour that is closed (fraud.md §4, case C11).

Stones of a closed neighbour come in as those of the mines just inside the zone. Crossing an edge is ordinary here (14
to 21 % of first sales, IPIS 2019), so the share at the edge itself says nothing: its growth against the zone's own past
does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from carmonitor.detection.distances import km_to_nearest, sites
from carmonitor.detection.papers import first_refs
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lookup, quarter_name
from carmonitor.framework.lineage import lineage
from carmonitor.framework.rules.profiles import bought, quarter_gaps, quarters_before
from carmonitor.framework.rules.zones import standing
from carmonitor.records.evidence import Evidence

SHOWN = ["zone", "quarter", "neighbours", "share_percent", "past_percent", "jump_points", "slips", "past_slips"]


@detector(
    "F13", zone="text", quarter="text", neighbours="text", share_percent="percent", past_percent="percent",
    jump_points="percent", slips="count", past_slips="count",
)  # fmt: skip
def shift_to_the_edge(e: Evidence, p: Params) -> pd.DataFrame:
    """Zones whose first sales from mines near a closed neighbour became a larger share than in the quarters before.

    Subject: zone_quarter (joined with S-07's); day: the quarter's last. A mine counts as at the edge when it lies
    within ``edge_km`` of the boundary with a neighbour that is not certainly compliant on that day. Fires where the
    share of slips rises by more than ``most_jump_points`` points against the ``quarters`` before taken together, and by
    more than ``least_z`` standard errors (score: that z). Zones that are compliant on the day only.

    Not evaluated: a quarter without all its returns or not over, before or now; fewer than ``minimum_slips`` slips with
    a known mine on either side; zone register never loaded. Source: fraud.md §4 F13; IPIS 2019.
    """
    s = bought(e)
    s = s[s["zone"].notna() & s["quarter"].notna()]
    counts = _counts(e, s, float(p["edge_km"]))
    asked = s[["zone", "quarter"]].drop_duplicates().sort_values(["zone", "quarter"], ignore_index=True)
    open_, _ = standing(e, asked["zone"], asked["quarter"], "compliant")
    asked = asked[open_ | (not e.held("zone"))].reset_index(drop=True)
    gaps = quarter_gaps(e, _all_quarters(asked["quarter"], int(p["quarters"])))
    rows = [_answer(e, zone, quarter, counts, gaps, p) for zone, quarter in asked.itertuples(index=False, name=None)]
    told = pd.DataFrame(rows, columns=["missing", "fires", "score", *SHOWN[2:], "refs"], dtype="object")
    name = quarter_name(asked["quarter"])
    return checked(
        asked["zone"].astype("str") + "@" + name, asked["quarter"], told["fires"], told["missing"].astype("str"),
        score=told["score"].astype("float64"), zone=asked["zone"], quarter=name,
        **{column: told[column] for column in [*SHOWN[2:], "refs"]},
    )  # fmt: skip


def _all_quarters(quarters: pd.Series, before: int) -> set[pd.Timestamp]:
    return {q for own in quarters.unique() for q in (pd.Timestamp(own), *quarters_before(pd.Timestamp(own), before))}


def _counts(e: Evidence, s: pd.DataFrame, edge_km: float) -> pd.DataFrame:
    """Slips with a known mine by zone, quarter and the neighbours near whose boundary it lies.

    Index: zone, quarter; columns: near (tuple of neighbours), slips, refs (the first of them).
    """
    known = sites(e)
    site = s["mine_site_id"].astype("object")
    s = s.assign(near=lookup(site, _near(e, edge_km)), lon=lookup(site, known["lon"])).dropna(subset=["lon"])
    keys = ["zone", "quarter", "near"]
    slips = s.groupby(keys, sort=True).size().rename("slips")
    return slips.to_frame().join(first_refs(s, *keys).rename("refs")).reset_index()


def _near(e: Evidence, edge_km: float) -> pd.Series:
    """Mine → the neighbours of its sub-prefecture within ``edge_km`` of it, separated by ``/``. Str."""
    known = sites(e)
    near = pd.Series("", index=known.index, dtype="object")
    for zone, mines in known.groupby("subprefecture"):
        for neighbour in sorted(e.gazetteer.neighbours(str(zone)) or ()):
            points = e.gazetteer.boundary(str(zone), neighbour)
            hit = mines.index[km_to_nearest(mines["lon"], mines["lat"], points) <= edge_km]
            near[hit] = near[hit] + "/" + neighbour
    return near


def _answer(
    e: Evidence, zone: str, quarter: pd.Timestamp, counts: pd.DataFrame, gaps: dict[pd.Timestamp, str], p: Params
) -> dict[str, Any]:
    before = quarters_before(quarter, int(p["quarters"]))
    closed = _closed_neighbours(e, zone, quarter)
    own = counts[counts["zone"] == zone]
    at_edge = own["near"].map(lambda near: bool(closed & set(near.split("/")))).astype(bool)
    now, past = own["quarter"] == quarter, own["quarter"].isin(before)
    slips, past_slips = int(own.loc[now, "slips"].sum()), int(own.loc[past, "slips"].sum())
    near, past_near = int(own.loc[now & at_edge, "slips"].sum()), int(own.loc[past & at_edge, "slips"].sum())
    gap = next((gaps[q] for q in [quarter, *before] if gaps[q]), "")
    few = min(slips, past_slips) < int(p["minimum_slips"])
    missing = "" if e.held("zone") else "never_loaded:zone"
    missing = missing or gap or ("small_sample:purchase" if few else "")
    share, past_share = near / max(slips, 1), past_near / max(past_slips, 1)
    pooled = (near + past_near) / max(slips + past_slips, 1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / max(slips, 1) + 1 / max(past_slips, 1)))
    z = float((share - past_share) / error) if error > 0 else 0.0
    jump = round((share - past_share) * 10_000)
    return {
        "missing": missing,
        "fires": jump > float(p["most_jump_points"]) * 100 and z > float(p["least_z"]),
        "score": z,
        "neighbours": ", ".join(sorted(closed)),
        "share_percent": round(share * 10_000),
        "past_percent": round(past_share * 10_000),
        "jump_points": jump,
        "slips": slips,
        "past_slips": past_slips,
        "refs": lineage(ref for refs in own.loc[now & at_edge, "refs"] for ref in refs),
    }


def _closed_neighbours(e: Evidence, zone: str, day: pd.Timestamp) -> set[str]:
    neighbours = pd.Series(sorted(e.gazetteer.neighbours(zone) or ()), dtype="str")
    days = pd.Series(day, index=neighbours.index, dtype="datetime64[us]")
    surely, perhaps = standing(e, neighbours, days, "compliant")
    return set(neighbours[~(surely | perhaps)])
