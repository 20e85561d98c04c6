"""F11: collectors who hold a licence and declare little or nothing (fraud.md §4, case C12)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import first_refs, open_quarters, quarter_day, shifted, slips
from carmonitor.detection.robust import against_others, codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, reasons
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

_SHOWN = ["collector", "quarter", "zone", "slips", "carats", "usual_slips", "usual_carats", "other_quarter", "peers",
          "past_quarters", "distance"]  # fmt: skip


@detector(
    "F11", collector="", quarter="", zone="", slips="count", carats="ct", usual_slips="count", usual_carats="ct",
    other_quarter="", peers="count", past_quarters="count", distance="score",
)  # fmt: skip
def silent_collectors(e: Evidence, p: Params) -> pd.DataFrame:
    """Collectors licensed through the whole quarter whose slips and carats are far below their peers' or own past.

    Subject: ``collector@YYYY-Qn``; day: the quarter's last. Peers: collectors licensed in the same sub-prefecture (of a
    national licence: the one bought in most) in the same quarter, so that seasons cancel out. Log of slips and of
    carats (ct, one added to each), mean of both; the distance is a robust z (median and interquartile range of the
    peers without himself). Two quarters running must lie below ``-most_z``, this one and the one before or after:

    ``silent``  no slip at all in both, though peers bought;
    ``low``     z of the peers, and where his past is known a fall of ``least_fall_z`` too: who was always small is a
                small buyer, as far as papers tell;
    ``fell``    z of the fall of his place among peers, against his own median of ``past_quarters`` or more other
                quarters, before or after, in the scale of the peers' own falls.

    Score: of ``fell`` its distance, of the others the mean of both where the past is known: who was always small is
    less strange. Not evaluated: quarters that are open or whose returns are not held,
    fewer than ``minimum_peers`` peers, a collector without a zone, a blank buyer among the quarter's slips is told by
    others. Source: fraud.md §4 F11.
    """
    grid = _grid(e)
    if grid.empty:
        return _judged(grid.assign(part="", z=0.0, fires=False, missing="", other=None, score=0.0, **_USUAL))
    known = (grid["why"] == "").to_numpy()
    g = grid[known].reset_index(drop=True)
    level = (np.log1p(g["slips"].to_numpy("float64")) + np.log1p(g["carats"].to_numpy("float64") / 100)) / 2
    groups = codes(g, "zone", "quarter")
    owners = codes(g, "zone", "quarter", "actor_id")
    place = against_others(level, groups, owners, float(p["least_scale"]))
    usual = [against_others(np.log1p(g[c].to_numpy("float64")), groups, owners, 1e-9)["median"] for c in
             ("slips", "carats")]  # fmt: skip
    g = g.assign(
        z=place["z"], peers=place["peers"], place=level - place["median"].to_numpy(),
        usual_slips=np.rint(np.expm1(usual[0])), usual_carats=np.rint(np.expm1(usual[1])),
    )  # fmt: skip
    g = _fallen(g, p)
    g = _two_running(g, p)
    few = g["peers"] < int(p["minimum_peers"])
    g["missing"] = reasons(g.index, (few, "small_sample:licence"))
    rest = grid[~known].assign(part="", z=np.nan, other=None, fires=False, missing=grid["why"], score=np.nan, **_USUAL)
    told = pd.concat([g, rest], ignore_index=True)
    return _judged(told.assign(fires=told["fires"].fillna(False).astype(bool)))


_USUAL = {"usual_slips": np.nan, "usual_carats": np.nan, "past": 0, "peers": 0}


def _grid(e: Evidence) -> pd.DataFrame:
    """A row per collector and quarter in which his licence ran throughout: actor_id, quarter, zone, slips, carats
    (Int64 hundredths), why (nothing can be said), ref (of the licence), refs."""
    actors = e["actor"]
    collectors = actors.loc[actors["kind"] == "collector", "actor_id"]
    s = slips(e)
    s = s[within(s["buyer_id"], collectors) & s["quarter"].notna()]
    every = sorted(slips(e)["quarter"].dropna().unique())
    licences = e["licence"]
    licences = licences[within(licences["actor_id"], collectors)]
    if not every or licences.empty:
        return pd.DataFrame(columns=["actor_id", "quarter", "zone", "slips", "carats", "why", "ref", "refs"])
    periods = pd.period_range(every[0], every[-1], freq="Q")
    spans = pd.DataFrame({
        "quarter": [f"{q.year}-Q{q.quarter}" for q in periods],
        "first": periods.start_time.normalize(), "last": periods.end_time.normalize(),
    })  # fmt: skip
    own_zone = s.groupby(["buyer_id", "zone"]).size().reset_index(name="n")
    own_zone = own_zone.sort_values(["buyer_id", "n", "zone"], ascending=[True, False, True])
    home = own_zone.drop_duplicates("buyer_id").set_index("buyer_id")["zone"]
    place = e.gazetteer.subprefectures(licences["subprefecture_resolved"])
    rows = licences[["actor_id", "valid_from", "valid_to", "ref"]].assign(
        zone=place.where(licences["subprefecture"].notna(), licences["actor_id"].map(home).astype("str"))
    )
    grid = rows.merge(spans, how="cross")
    began, ended = grid["valid_from"], grid["valid_to"]
    inside = (began.isna() | (began <= grid["first"])) & (ended.isna() | (ended >= grid["last"]))
    grid = (
        grid.assign(undated=began.isna())[inside]
        .sort_values(["actor_id", "quarter", "undated", "ref"])
        .drop_duplicates(["actor_id", "quarter"])
    )
    usable = s["carats"].notna() & ~s["differs"]
    of_quarter = s.assign(carats=s["carats"].where(usable, 0), bad=~usable).groupby(["buyer_id", "quarter"])
    sums = of_quarter.agg(slips=("slip_number", "size"), carats=("carats", "sum"), bad=("bad", "sum")).reset_index()
    grid = grid.merge(sums, how="left", left_on=["actor_id", "quarter"], right_on=["buyer_id", "quarter"])
    refs = first_refs(s, "buyer_id", "quarter").rename("refs").reset_index()
    grid = grid.merge(refs, how="left", on=["buyer_id", "quarter"])
    for name in ("slips", "carats", "bad"):
        grid[name] = grid[name].astype("Int64").fillna(0)
    gaps = open_quarters(e, grid["quarter"])
    why = reasons(
        grid.index,
        (gaps != "", gaps),
        (grid["undated"], "blank:valid_from"),
        (grid["zone"].isna(), "blank:subprefecture"),
        ((grid["bad"] > 0).astype(bool), "blank:carats"),
    )
    return grid.assign(why=why)[["actor_id", "quarter", "zone", "slips", "carats", "why", "ref", "refs"]]


def _fallen(g: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Adds ``drop``: the robust z of the fall of his place among peers, and ``past``: of how many quarters it was the
    median. The quarter and those beside it are not among them."""
    g = g.sort_values(["actor_id", "quarter"]).reset_index(drop=True)
    others = [k for k in range(-8, 9) if abs(k) > 1]
    before = pd.DataFrame({k: g.groupby("actor_id")["place"].shift(k) for k in others})
    past = before.notna().sum(axis=1)
    usual = before.median(axis=1)
    fall = (g["place"] - usual).where(past >= int(p["past_quarters"]))
    z = pd.Series(np.nan, index=g.index)
    known = fall.notna()
    if known.any():
        k = g[known]
        compared = against_others(
            fall[known].to_numpy("float64"), codes(k, "quarter"), codes(k, "quarter", "actor_id"),
            float(p["least_scale"]),
        )  # fmt: skip
        z[known] = compared["z"].to_numpy()
    return g.assign(drop=z, past=past.where(known, 0))


def _two_running(g: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Adds part, fires, other (the quarter that runs with this one) and score."""
    limit = -float(p["most_z"])
    key = pd.MultiIndex.from_frame(g[["actor_id", "quarter"]])
    silent = (g["slips"] == 0).astype(bool) & (g["usual_slips"] >= int(p["usual_slips"]))
    small = g["drop"] >= -float(p["least_fall_z"])  # always so; null: his past is not known
    conditions = {"silent": silent, "fell": g["drop"] < limit, "low": (g["z"] < limit) & ~small}
    before, after = shifted(g["quarter"], -1), shifted(g["quarter"], 1)
    found = pd.DataFrame(index=g.index)
    other = pd.DataFrame(index=g.index)
    for name, holds in conditions.items():
        true = key[holds.to_numpy()]
        was = pd.MultiIndex.from_arrays([g["actor_id"], before]).isin(true)
        will = pd.MultiIndex.from_arrays([g["actor_id"], after]).isin(true)
        found[name] = holds.to_numpy() & (was | will)
        other[name] = before.where(was, after)
    part = reasons(g.index, *((found[name], name) for name in conditions))
    chosen = reasons(g.index, *((found[name], other[name].astype("str")) for name in conditions))
    low, fell = -g["z"], -g["drop"]
    distance = ((low + fell) / 2).fillna(low).where(part != "fell", fell)
    return g.assign(part=part, fires=(part != "").astype(bool), other=chosen, score=distance)


def _judged(g: pd.DataFrame) -> pd.DataFrame:
    return checked(
        (g["actor_id"] + "@" + g["quarter"]).astype("str"),
        quarter_day(g["quarter"]),
        g["fires"],
        g["missing"],
        part=g["part"].astype("str"),
        score=g["score"].astype("float64"),
        collector=g["actor_id"],
        quarter=g["quarter"],
        zone=g["zone"],
        slips=g["slips"].astype("Int64"),
        carats=g["carats"].astype("Int64"),
        usual_slips=g["usual_slips"].astype("float64").astype("Int64"),
        usual_carats=g["usual_carats"].astype("float64").astype("Int64"),
        other_quarter=g["other"].astype("str"),
        peers=g["peers"].astype("Int64"),
        past_quarters=g["past"].astype("Int64"),
        distance=g["score"].astype("float64"),
        ref=g["ref"].astype("Int64"),
        refs=g["refs"].astype("object"),
    )
