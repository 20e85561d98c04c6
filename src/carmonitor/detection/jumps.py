"""F12: a zone's purchases that jump against earlier years and against the other zones (fraud.md §2 and §4, KP DAQ)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import first_refs, open_quarters, quarter_day, shifted
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import against_others, codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, quarter_name, reasons
from carmonitor.framework.rules.profiles import bought
from carmonitor.records.evidence import Evidence

_MAD_OF_NORMAL = 0.6745


@detector(
    "F12", zone="", quarter="", carats="ct", past_carats="ct", past_quarter="", times_past="ratio", times_usual="ratio",
    peers="count", years="count", distance="score",
)  # fmt: skip
def zone_jumps(e: Evidence, p: Params) -> pd.DataFrame:
    """A zone's carats against its same quarter of the year before, measured by the change of the other zones.

    Subject: ``zone@YYYY-Qn``, first sales; day: the quarter's last. Change: log of the quarter's carats over those of
    the same quarter a year before. It fires where it lies more than ``most_z`` robust deviations from the median change
    of the other zones (interquartile range, at least ``least_scale`` in log), and, where ``minimum_years`` earlier
    years are held, also from the zone's own same quarters (MAD, same least scale). Parts ``rise`` and ``fall``. Score:
    the smaller of the two distances. Not evaluated: a quarter or the same of the year before that is not known in full
    or holds less than ``minimum_carats``, a slip of the zone whose day or weight cannot be relied on, fewer than
    ``minimum_peers`` other zones. Source: fraud.md §4 F12.
    """
    s = bought(e)
    s = s[s["zone"].notna() & s["quarter"].notna()]
    s = s.assign(quarter=quarter_name(s["quarter"]), sure=s["carats"].where(s["missing_carats"] == "", 0))
    s = s.assign(why=s["missing_carats"].where(s["missing_carats"] != ""))
    g = s.groupby(["zone", "quarter"]).agg(carats=("sure", "sum"), why=("why", "min")).reset_index()
    g = g.merge(first_refs(s, "zone", "quarter").rename("refs").reset_index(), on=["zone", "quarter"])
    g = g.assign(past_quarter=shifted(g["quarter"], -4))
    past = g[["zone", "quarter", "carats", "why"]].rename(
        columns={"quarter": "past_quarter", "carats": "past_carats", "why": "past_why"}
    )
    g = g.merge(past, how="left", on=["zone", "past_quarter"])
    gaps, past_gaps = open_quarters(e, g["quarter"]), open_quarters(e, g["past_quarter"])
    least = float(p["minimum_carats"]) * 100
    scarce = (g["carats"] < least) | (g["past_carats"].fillna(0) < least)
    missing = reasons(
        g.index,
        (gaps != "", gaps),
        (past_gaps != "", past_gaps),
        (g["why"].notna(), g["why"].fillna("")),
        (g["past_why"].notna(), g["past_why"].fillna("")),
        (scarce.astype(bool), "small_sample:purchase"),
    )
    usable = (missing == "").to_numpy()
    u = g[usable]
    change = np.log(u["carats"].to_numpy("float64") / u["past_carats"].to_numpy("float64"))
    others = against_others(change, codes(u, "quarter"), codes(u, "quarter", "zone"), float(p["least_scale"]))
    own, years = _own_past(g[(gaps == "").to_numpy()], u, float(p["least_scale"]))
    z = others["z"].to_numpy()
    with np.errstate(invalid="ignore"):
        held = years >= int(p["minimum_years"])
        same_way = np.sign(own) == np.sign(z)
        distance = np.where(held, np.where(same_way, np.minimum(np.abs(own), np.abs(z)), 0.0), np.abs(z))
    placed = pd.DataFrame(
        {"distance": six_digits(distance), "peers": others["peers"].to_numpy(), "years": years,
         "up": change > others["median"].to_numpy(), "usual": np.exp(others["median"].to_numpy()),
         "times": np.exp(change)},
        index=g.index[usable],
    ).reindex(g.index)  # fmt: skip
    few = pd.Series(usable, index=g.index) & (placed["peers"].fillna(0) < int(p["minimum_peers"]))
    return checked(
        g["zone"] + "@" + g["quarter"],
        quarter_day(g["quarter"]),
        placed["distance"] > float(p["most_z"]),
        missing.mask(few, "small_sample:zone"),
        part=pd.Series("fall", index=g.index, dtype="str").mask(placed["up"].fillna(False).astype(bool), "rise"),
        score=placed["distance"],
        zone=g["zone"],
        quarter=g["quarter"],
        carats=g["carats"],
        past_carats=g["past_carats"],
        past_quarter=g["past_quarter"],
        times_past=(placed["times"] * 1000).round().astype("Int64"),
        times_usual=(placed["usual"] * 1000).round().astype("Int64"),
        peers=placed["peers"].astype("Int64"),
        years=placed["years"].astype("Int64"),
        distance=placed["distance"],
        refs=g["refs"],
    )


def _own_past(held: pd.DataFrame, rows: pd.DataFrame, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Robust z of each row's log carats against the same quarters of all earlier years, and how many there were."""
    earlier = rows[["zone", "quarter", "carats"]].assign(at=range(len(rows)), season=rows["quarter"].str[-1])
    pool = held[["zone", "quarter", "carats"]].assign(season=held["quarter"].str[-1])
    pairs = earlier.merge(pool, on=["zone", "season"], suffixes=("", "_past"))
    pairs = pairs[(pairs["quarter_past"] < pairs["quarter"]) & (pairs["carats_past"] > 0)]
    logs = pd.Series(np.log(pairs["carats_past"].to_numpy("float64")), index=pairs.index)
    middle = logs.groupby(pairs["at"]).median().reindex(range(len(rows)))
    mad = (logs - pairs["at"].map(middle)).abs().groupby(pairs["at"]).median().reindex(range(len(rows)))
    scale = np.maximum(mad.to_numpy("float64") / _MAD_OF_NORMAL, least)
    z = (np.log(rows["carats"].to_numpy("float64")) - middle.to_numpy("float64")) / scale
    return z, pairs.groupby("at").size().reindex(range(len(rows)), fill_value=0).to_numpy("int64")
