"""F24: armed presence at the origin: violence near a mine shortly before stones of it were bought (fraud.md §4).

Events and mines are few, slips are many: each mine's events are sorted once, and a slip's count is found by two
searches in them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import km_between, sites, slips_at_sites
from carmonitor.detection.papers import first_refs
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lacking, quarter_end, quarter_name, reasons, together
from carmonitor.records.evidence import Evidence

_DAYS = 1_000_000  # more days than any record spans: mine number × this + day is one sortable number
SHOWN = ["site", "quarter", "slips", "carats", "events", "nearest_km", "last_event"]


@detector(
    "F24", site="text", quarter="text", slips="count", carats="ct", events="count", nearest_km="km", last_event="date"
)
def armed_presence(e: Evidence, p: Params) -> pd.DataFrame:
    """Mines from which stones were bought within ``days`` after a violent event within ``radius_km``.

    Subject: ``mine@YYYY-Qn`` (mine_site_quarter), day: the quarter's last; one lead, however many slips. Events count
    whose place is precise (``precision`` ≤ ``most_precision``), that happened on the day of purchase or in the ``days``
    before it. Evidence: slips and carats bought in reach of an event, the events, the nearest and the latest of them.
    Score: log(1 + events) + log(1 + carats).

    Not evaluated: a slip without day or known mine (for itself); a mine's quarter that ends more than ``days`` after
    the last event held, unless it fires, since the register of events may end there; an unknown weight counts nothing.
    Source: fraud.md §4 F24, zone criteria of the KP.
    """
    s = slips_at_sites(e)
    undated = lacking(e, s, "purchase", "purchase_date")
    end = quarter_end(s["purchase_date"], s["return_id"])
    events = e["security_event"].dropna(subset=["occurred_on", "longitude", "latitude", "precision"])
    events = events[(events["precision"] <= int(p["most_precision"])).astype(bool)]
    missing = reasons(
        s.index,
        (pd.Series(not e.held("security_event"), index=s.index), "never_loaded:security_event"),
        (undated != "", undated),
        (s["unplaced"] != "", s["unplaced"]),
    )
    alone = s[missing != ""]
    strays = checked(
        alone["slip_number"], alone["purchase_date"], False, missing[missing != ""], subject_kind="purchase",
        ref=alone["ref"],
    )  # fmt: skip
    told = s[missing == ""]
    return together(
        _per_mine(e, told, end[missing == ""], _near(e, events, float(p["radius_km"])), events, p),
        strays.assign(**dict.fromkeys(SHOWN)),
    )


def _near(e: Evidence, events: pd.DataFrame, radius_km: float) -> pd.DataFrame:
    """Pairs of a mine (its number in :func:`sites`) and an event in reach: mine, day, km, occurred_on, ref."""
    mines = sites(e)
    km = km_between(
        mines["lon"].to_numpy()[:, None], mines["lat"].to_numpy()[:, None],
        events["longitude"].to_numpy("float64"), events["latitude"].to_numpy("float64"),
    )  # fmt: skip
    mine, event = np.nonzero(km <= radius_km)
    hit = events.iloc[event]
    day = hit["occurred_on"].to_numpy("datetime64[D]").astype("int64")
    near = pd.DataFrame({"mine": mine, "day": day, "km": km[mine, event], "ref": hit["ref"].to_numpy()})
    return near.sort_values(["mine", "day", "ref"], ignore_index=True)


def _per_mine(
    e: Evidence, s: pd.DataFrame, end: pd.Series, near: pd.DataFrame, events: pd.DataFrame, p: Params
) -> pd.DataFrame:
    """A row per mine and quarter with slips; ``s``: slips that can be judged, ``end``: their quarter's last day."""
    days = int(p["days"])
    mine = sites(e).index.get_indexer(pd.Index(s["mine_site_id"].astype("object")))
    day = s["purchase_date"].to_numpy("datetime64[D]").astype("int64")
    keys = (near["mine"] * _DAYS + near["day"]).to_numpy("int64")
    first = np.searchsorted(keys, mine * _DAYS + day - days, side="left")
    after = np.searchsorted(keys, mine * _DAYS + day, side="right")
    reached = after > first
    slips = pd.DataFrame(
        {
            "site": s["mine_site_id"].astype("object").to_numpy(),
            "end": end.to_numpy(),
            "slip": reached.astype("int64"),
            "carats": s["carats"].fillna(0).to_numpy("int64") * reached,
            "first": np.where(reached, first, len(near)),
            "after": np.where(reached, after, 0),
        }
    )
    whole = slips.groupby(["site", "end"], sort=True).agg(
        slips=("slip", "sum"), carats=("carats", "sum"), first=("first", "min"), after=("after", "max")
    )
    whole = whole.reset_index()
    spans = list(zip(whole["first"], whole["after"], strict=True))
    fires = whole["slips"] > 0
    last_held = events["occurred_on"].max()
    past_the_register = ~(whole["end"] <= last_held + pd.Timedelta(days=days))
    score = np.log1p(np.maximum(whole["after"] - whole["first"], 0)) + np.log1p(whole["carats"] / 100)
    shown: dict[str, pd.Series] = {
        "site": whole["site"].astype("str"),
        "quarter": quarter_name(whole["end"]),
        "slips": whole["slips"],
        "carats": whole["carats"],
        "events": (whole["after"] - whole["first"]).clip(lower=0),
        "nearest_km": pd.Series(
            [round(near["km"].iloc[a:b].min()) if b > a else None for a, b in spans], dtype="Int64"
        ),
        "last_event": pd.to_datetime(
            pd.Series([near["day"].iloc[b - 1] if b > a else None for a, b in spans], dtype="float64"), unit="D"
        ).astype("datetime64[us]"),
    }
    papers = s["ref"].to_numpy()[reached]
    named = first_refs(slips[reached].assign(ref=papers), "site", "end").to_dict()
    stands_on = [
        [*named.get(key, []), *near["ref"].iloc[a:b].tolist()]
        for key, (a, b) in zip(zip(whole["site"], whole["end"], strict=True), spans, strict=True)
    ]
    return checked(
        shown["site"] + "@" + shown["quarter"],
        whole["end"],
        fires,
        reasons(whole.index, (~fires & past_the_register, "not_held:security_event")),
        score=score,
        refs=pd.Series(stands_on, dtype="object"),
        **shown,
    )
