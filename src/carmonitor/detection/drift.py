"""F29: a buyer whose large stones, prices or carats creep up month by month, under every threshold (slow drift)."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.papers import first_refs, open_quarters, quarter_day, slips
from carmonitor.detection.price import quarter_of, six_digits
from carmonitor.detection.robust import Floats, codes
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, reasons
from carmonitor.records.evidence import Evidence

SERIES = ("large", "price", "carats")


@detector(
    "F29", actor="", quarter="", measure="", months="count", slips="count", first_month="", start="ratio", end="ratio",
    peers="count", distance="score",
)  # fmt: skip
def slow_drift(e: Evidence, p: Params) -> pd.DataFrame:
    """Buyers whose monthly figures rise steadily against those of the other buyers.

    Subject: ``buyer@YYYY-Qn``; day: the quarter's last. Monthly series of a buyer: share of the weight on slips whose
    stones weigh ``large_from`` ct or more on average (``large``), median log price per carat (``price``), log of carats
    (``carats``); each less the median of the other buyers of the month, so that seasons and prices of all cancel out.
    For the months up to the quarter's end, at least ``minimum_months`` with ``minimum_slips`` slips each, a straight
    line through the months (robust: Theil and Sen's median slope), its rise over the months in units of the month to
    month scatter about it: Kendall's test of a trend gives the distance as a normal deviate. Fires where a distance is
    above ``most_z`` and the rise is at least ``least_rise`` of the series' own measure. The part is the series that
    rises most clearly. Score: the root of the sum of squares of the distances above 0.

    Not evaluated: quarters that are open or whose returns are not held, fewer months than asked, fewer than
    ``minimum_peers`` other buyers. Source: this project's (fraud.md has no such detector).
    """
    monthly = _monthly(e, p)
    rows = _quarters(monthly, p)
    if rows.empty:
        rows = pd.DataFrame(columns=["buyer_id", "quarter", "months", "slips", "first_month", "peers", "part", "start",
                                     "end", "distance", "score", "rise"])  # fmt: skip
    gaps = open_quarters(e, rows["quarter"].astype("str"), unread=False)
    refs = first_refs(slips(e).dropna(subset=["buyer_id", "quarter"]), "buyer_id", "quarter")
    listed = [refs.get(k, []) for k in zip(rows["buyer_id"], rows["quarter"], strict=True)]
    missing = reasons(
        rows.index,
        (gaps != "", gaps),
        ((rows["months"] < int(p["minimum_months"])).astype(bool), "small_sample:purchase"),
        ((rows["peers"] < int(p["minimum_peers"])).astype(bool), "small_sample:actor"),
    )
    clear = rows["distance"].astype("float64") > float(p["most_z"])
    return checked(
        (rows["buyer_id"] + "@" + rows["quarter"]).astype("str"),
        quarter_day(rows["quarter"].astype("str")),
        clear,
        missing,
        part=rows["part"].astype("str"),
        score=rows["score"].astype("float64"),
        actor=rows["buyer_id"].astype("str"),
        quarter=rows["quarter"].astype("str"),
        measure=rows["part"].astype("str"),
        months=rows["months"].astype("Int64"),
        slips=rows["slips"].astype("Int64"),
        first_month=rows["first_month"].astype("str"),
        start=(rows["start"].astype("float64") * 1000).round().astype("Int64"),
        end=(rows["end"].astype("float64") * 1000).round().astype("Int64"),
        peers=rows["peers"].astype("Int64"),
        distance=rows["distance"].astype("float64"),
        refs=pd.Series(listed, index=rows.index, dtype="object"),
    )


def _monthly(e: Evidence, p: Params) -> pd.DataFrame:
    """A row per buyer and month: number of slips, and each series less the median of the other buyers (NaN: none)."""
    s = slips(e)
    usable = s["buyer_id"].notna() & s["purchase_date"].notna() & s["carats"].notna() & ~s["differs"]
    s = s[usable.astype(bool)]
    carats = s["carats"].to_numpy("float64") / 100
    stones = s["stones"].astype("float64").to_numpy()
    paid = s["price_xaf"].astype("float64").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = carats / np.where(stones > 0, stones, np.nan)
        price = np.log(np.where(paid > 0, paid, np.nan) / carats)
    # price of like stones: less the median of the size class in the month
    size = pd.Categorical(sizes.of_mean_weight(s["carats"], s["stones"]), sizes.CLASSES).codes
    month = s["purchase_date"].dt.strftime("%Y-%m")
    frame = pd.DataFrame({
        "buyer_id": s["buyer_id"], "month": month, "size": size, "carats": carats, "price": price,
        "heavy": np.where(np.isnan(mean), np.nan, np.where(mean >= float(p["large_from"]), carats, 0.0)),
        "sized": np.where(np.isnan(mean), 0.0, carats),
    })  # fmt: skip
    frame["price"] -= frame.groupby(["month", "size"])["price"].transform("median")
    g = frame.groupby(["buyer_id", "month"]).agg(
        slips=("carats", "size"), carats=("carats", "sum"), price=("price", "median"), heavy=("heavy", "sum"),
        sized=("sized", "sum"),
    ).reset_index()  # fmt: skip
    g["large"] = np.where(g["sized"] > 0, g["heavy"] / g["sized"].where(g["sized"] > 0, 1), np.nan)
    g["carats"] = np.log(g["carats"])
    g = g[g["slips"] >= int(p["minimum_slips"])].reset_index(drop=True)
    for name in SERIES:
        g[name] = _less_others(g, name)
    g["peers"] = g.groupby("month")["buyer_id"].transform("size") - 1
    return g


def _less_others(g: pd.DataFrame, name: str) -> Floats:
    from carmonitor.detection.robust import against_others  # noqa: PLC0415

    known = g[name].notna().to_numpy()
    out = np.full(len(g), np.nan)
    k = g[known]
    values = k[name].to_numpy("float64")
    if len(k):
        compared = against_others(values, codes(k, "month"), codes(k, "month", "buyer_id"), 1e-9)
        out[known] = values - compared["median"].to_numpy()
    return out


def _quarters(monthly: pd.DataFrame, p: Params) -> pd.DataFrame:
    """A row per buyer and quarter with slips: the trends of the months up to its end."""
    found: list[pd.DataFrame] = []
    months = sorted(monthly["month"].unique())
    if not months:
        return pd.DataFrame()
    at = {month: i for i, month in enumerate(months)}
    last_of = pd.Series(pd.to_datetime(pd.Series(months) + "-01")).pipe(quarter_of)
    buyers = sorted(monthly["buyer_id"].unique())
    row = pd.Categorical(monthly["buyer_id"], buyers).codes
    column = monthly["month"].map(at).to_numpy("int64")
    panel = {name: np.full((len(buyers), len(months)), np.nan) for name in (*SERIES, "slips", "peers")}
    for name, values in panel.items():
        values[row, column] = monthly[name].to_numpy("float64")
    window = int(p["most_months"])
    for quarter in sorted(set(last_of)):
        stop = int(np.flatnonzero((last_of == quarter).to_numpy()).max()) + 1
        start = max(0, stop - window)
        block = {name: values[:, start:stop] for name, values in panel.items()}
        present = ~np.isnan(block["slips"])
        active = ~np.isnan(panel["slips"][:, (last_of == quarter).to_numpy()]).all(axis=1)
        trends = {name: _trend(block[name]) for name in SERIES}
        z = np.stack([trends[name][0] for name in SERIES], axis=1)
        rise = np.stack([trends[name][1] for name in SERIES], axis=1)
        least = np.array([float(p[f"least_rise_{name}"]) for name in SERIES])
        z = np.where(rise >= least, np.nan_to_num(z), 0.0)
        best = z.argmax(axis=1)
        here = np.arange(len(buyers))
        middle = np.stack([trends[name][2] for name in SERIES], axis=1)[here, best]
        half = rise[here, best] / 2
        score = np.sqrt((np.maximum(z, 0.0) ** 2).sum(axis=1))
        found.append(pd.DataFrame({
            "buyer_id": buyers, "quarter": quarter, "months": present.sum(axis=1),
            "slips": np.nansum(block["slips"], axis=1),
            "first_month": np.array(months)[start + present.argmax(axis=1)],
            "peers": np.where(np.isnan(block["peers"]), np.inf, block["peers"]).min(axis=1),
            "part": np.array(SERIES)[best], "start": middle - half, "end": middle + half,
            "rise": rise[here, best], "distance": six_digits(z[here, best]), "score": six_digits(score),
        })[active])  # fmt: skip
    return pd.concat(found, ignore_index=True)


def _trend(series: Floats) -> tuple[Floats, Floats, Floats]:
    """Per row: Kendall's deviate of a rising trend, the rise over all months by the median slope, and the median."""
    n_rows, n = series.shape
    first, second = np.triu_indices(n, 1)
    with np.errstate(invalid="ignore"):
        gap = series[:, second] - series[:, first]
        slope = gap / (second - first)
    known = (~np.isnan(series)).sum(axis=1)
    s = np.nansum(np.sign(gap), axis=1)
    variance = known * (known - 1) * (2 * known + 5) / 18
    z = np.where(variance > 0, (s - np.sign(s)) / np.sqrt(np.where(variance > 0, variance, 1)), 0.0)
    slopes = pd.DataFrame(slope).median(axis=1).to_numpy() if n > 1 else np.zeros(n_rows)
    return (
        cast(Floats, z),
        cast(Floats, np.nan_to_num(slopes) * (n - 1)),
        pd.DataFrame(series).median(axis=1).to_numpy(),
    )
