"""F35: a seller whose days of sale are more even than finds ever are (books too regular, fraud.md C9 and C11).

Gravel yields when it yields: between two sales of one crew there are days or weeks, as chance, season and cars will.
Who invents sales at a desk, or sells stones of another origin under a miner's name, tends to keep an even pace.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import not_over, open_quarters, quarter_day, shifted, slips
from carmonitor.detection.price import six_digits
from carmonitor.detection.robust import Ints, against_others, codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, reasons
from carmonitor.framework.lineage import lineages
from carmonitor.records.evidence import Evidence

WINDOW = 4  # quarters
MOST_SURPRISE = 50.0  # digits; beyond it every series is as good as a clock


@detector(
    "F35", seller="", quarter="", first_quarter="", zone="", sale_days="count", days_between="days",
    variation="ratio", usual_variation="ratio", peers="count", surprise="score",
)  # fmt: skip
def even_pace(e: Evidence, p: Params) -> pd.DataFrame:
    """Sellers who sell at more even intervals than chance allows.

    Subject: ``seller@YYYY-Qn``, with first sales in the quarter; day: the quarter's last. The window is that quarter
    and the three before it; several slips of one day count once. Statistic: of n intervals between days of sale,
    M = 2n (log of their mean - mean of their logs) / (1 + (n + 1) / 6n), which for sales that come by chance follows a
    chi-square law of n - 1 degrees of freedom (Bartlett's test, P. Moran 1951) and is small where intervals are alike.
    Where the other sellers of the sub-prefecture keep an even pace too, say of a weekly market, M is divided by their
    median of M / (n - 1), if that is below 1. Surprise: -log10 of the chance of so small an M. Fires above
    ``most_surprise``. Score: the surprise. ``variation``: standard deviation of the intervals over their mean.

    What is known is enough to fire; to pass, the quarter's returns must be held. Not evaluated: quarters that are
    open, fewer than ``minimum_intervals`` intervals, fewer than ``minimum_peers`` other sellers with as many. Source:
    this project's.
    """
    from scipy.special import chdtr  # noqa: PLC0415 - loaded only where detectors run

    g = _series(e)
    enough = (g["n"] >= int(p["minimum_intervals"])).to_numpy()
    k = g[enough]
    n = k["n"].to_numpy("float64")
    moran = six_digits(
        2 * n * np.maximum((np.log(k["mean"]) - k["mean_log"]).to_numpy("float64"), 0) / (1 + (n + 1) / (6 * n))
    )
    group, owner = codes(k, "zone", "quarter"), codes(k, "zone", "quarter", "seller_id")
    usual = against_others(moran / (n - 1), group, owner, 1e-9)
    spread = against_others(k["variation"].to_numpy("float64"), group, owner, 1e-9)
    scaled = moran / np.clip(np.nan_to_num(usual["median"].to_numpy(), nan=1.0), 0.01, 1.0)
    with np.errstate(divide="ignore"):
        surprise = six_digits(np.clip(-np.log(chdtr(n - 1, scaled)) / np.log(10), 0, MOST_SURPRISE))
    found = pd.DataFrame(
        {"surprise": surprise, "usual": spread["median"].to_numpy(), "peers": usual["peers"].to_numpy()}, index=k.index
    ).reindex(g.index)
    fires = (found["surprise"] > float(p["most_surprise"])) & (found["peers"] >= int(p["minimum_peers"]))
    gaps = open_quarters(e, g["quarter"], unread=False)
    missing = reasons(
        g.index,
        (not_over(e, g["quarter"]), "quarter_open"),
        (pd.Series(~enough, index=g.index), "small_sample:purchase"),
        (found["peers"] < int(p["minimum_peers"]), "small_sample:actor"),
        (~fires & (gaps != ""), gaps),
    )
    return checked(
        (g["seller_id"] + "@" + g["quarter"]).astype("str"),
        quarter_day(g["quarter"]),
        fires,
        missing,
        score=found["surprise"],
        seller=g["seller_id"],
        quarter=g["quarter"],
        first_quarter=shifted(g["quarter"], 1 - WINDOW),
        zone=g["zone"],
        sale_days=(g["n"] + 1).astype("Int64"),
        days_between=g["mean"].round().astype("Int64"),
        variation=(g["variation"] * 1000).round().astype("Int64"),
        usual_variation=(found["usual"] * 1000).round().astype("Int64"),
        peers=found["peers"].astype("Int64"),
        surprise=found["surprise"],
        refs=g["refs"],
    )


def _series(e: Evidence) -> pd.DataFrame:
    """A row per seller and quarter with first sales: seller_id, quarter, zone (of most days in the quarter), n
    (intervals of the window), mean, mean_log and variation of the intervals (days), refs (of the quarter)."""
    s = slips(e)
    known = s["seller_id"].notna() & s["purchase_date"].notna() & s["zone"].notna() & ~s["differs"]
    s = s[(known & ~s["resale"]).astype(bool)]
    sellers = np.unique(s["seller_id"].astype("object").to_numpy())
    day = s["purchase_date"].to_numpy().astype("datetime64[D]").astype("int64")
    rows = pd.DataFrame({
        "seller": pd.Categorical(s["seller_id"], sellers).codes.astype("int64"), "day": day,
        "number": (s["purchase_date"].dt.year * 4 + s["purchase_date"].dt.quarter - 1).to_numpy("int64"),
        "zone": s["zone"].to_numpy(), "ref": s["ref"].to_numpy("int64"),
    }).sort_values(["seller", "day", "ref"], ignore_index=True)  # fmt: skip
    heads = rows[["seller", "number"]].drop_duplicates().reset_index(drop=True)
    days = rows[["seller", "day", "number"]].drop_duplicates(["seller", "day"])
    gap = days.assign(gap=days.groupby("seller")["day"].diff(), since=days.groupby("seller")["number"].shift())
    gap = gap.dropna().reset_index(drop=True)
    base = int(rows["number"].min()) if len(rows) else 0
    width = int(rows["number"].max()) - base + WINDOW + 1 if len(rows) else 1
    sums = _sums(gap, base, width, len(sellers))
    at = heads["seller"].to_numpy() * width + heads["number"].to_numpy() - base
    n = sums["n"][at]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums["gap"][at] / n
        variance = np.maximum(sums["square"][at] - n * mean**2, 0) / (n - 1)
        mean_log = sums["log"][at] / n
    number = heads["number"].to_numpy()
    names = pd.Series(number // 4, dtype="int64").astype("str") + "-Q" + pd.Series(number % 4 + 1).astype("str")
    of = rows.groupby(["seller", "number", "zone"], sort=True).size().rename("slips").reset_index()
    of = of.sort_values(["seller", "number", "slips", "zone"], ascending=[True, True, False, True])
    zone = of.drop_duplicates(["seller", "number"])["zone"].to_numpy()  # heads stand in the same order
    first = ~rows.duplicated(["seller", "number"])
    refs = lineages(rows["ref"].to_numpy(), np.cumsum(first.to_numpy()) - 1, len(heads))
    return pd.DataFrame({
        "seller_id": pd.Series(sellers[heads["seller"]], dtype="str"), "quarter": names.astype("str"),
        "zone": pd.Series(zone, dtype="str"), "n": n.astype("int64"), "mean": mean, "mean_log": mean_log,
        "variation": np.sqrt(variance) / mean, "refs": pd.Series(refs, index=heads.index, dtype="object"),
    })  # fmt: skip


def _sums(gap: pd.DataFrame, base: int, width: int, sellers: int) -> dict[str, np.ndarray]:
    """Number, sum, sum of squares and of logs of the intervals that lie wholly in each window, by seller and its last
    quarter (seller × width)."""
    found = {name: np.zeros(sellers * width) for name in ("n", "gap", "square", "log")}
    days = gap["gap"].to_numpy("float64")
    values = {"n": np.ones(len(gap)), "gap": days, "square": days**2, "log": np.log(days)}
    seller, end = gap["seller"].to_numpy("int64"), gap["number"].to_numpy("int64") - base
    since: Ints = gap["since"].to_numpy("int64") - base
    for ahead in range(WINDOW):
        inside = since > end + ahead - WINDOW
        at = seller[inside] * width + end[inside] + ahead
        for name, value in values.items():
            found[name] += np.bincount(at, value[inside], sellers * width)
    return found
