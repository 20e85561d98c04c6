"""F09: an artisan who sells more than a crew can dig (fraud.md §4; USGS: 3.3 to 7.8 ct per digger and year).

S-06 compares a whole calendar year with the mean of all registered; here a crew's plausible output of twelve months is
the measure, and the number of stones must be as strange as their weight, so that one big stone accuses nobody.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.distances import sites
from carmonitor.detection.papers import first_refs
from carmonitor.detection.price import leave_one_out_quartiles, six_digits
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, lookup, quarter_name, reasons
from carmonitor.framework.rules.profiles import bought, quarter_gaps, quarters_before
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

WINDOW = 4  # quarters


@detector(
    "F09", seller="text", quarter="text", zone="text", carats="ct", stones="count", slips="count", crew="count",
    months="count",
    plausible_carats="ct", times_plausible="ratio", peers="count", median_stones="count", times_median="ratio",
)  # fmt: skip
def artisan_over_output(e: Evidence, p: Params) -> pd.DataFrame:
    """Miners whose sales of twelve months are many times what a crew digs, in weight and in stones.

    Subject: ``seller@YYYY-Qn`` (actor_quarter), of miners with first sales in the quarter; day: the quarter's last. The
    window is that quarter and the three before it, ``months`` of it those since the miner was registered (3 to 12).
    Fires where carats exceed ``times_output`` × ``carats_per_digger`` × crew × months / 12, and stones a month exceed
    ``times_stones`` times the median of the other miners of his zone with sales in the window. Zone and mine: those
    that most of his slips of the window name. Crew: the people of the mine, where the site register tells them, shared
    among the miners who sell from it, else ``crew_unknown``. Score: the sum of the logs of both ratios over their
    limits.

    What is known is enough to fire: an unknown weight or number of stones counts nothing. To pass, the window's returns
    must be held. Not evaluated with fewer than ``minimum_peers`` other miners (``small_sample:actor``), and before the
    quarter is over. Source: fraud.md §2 (capacity) and §4 F09.
    """
    told = _windows(_sales(e))
    crew, months = _crew(e, told, int(p["crew_unknown"])), _months(e, told)
    plausible = (crew * round(float(p["carats_per_digger"]) * 100) * months // 12).astype("int64")
    group = np.asarray(told.groupby(["zone", "quarter"], sort=True).ngroup(), dtype="int64")
    stones = told["stones"].to_numpy("float64") / months.to_numpy("float64")
    _, median, _, peers = leave_one_out_quartiles(stones, group, np.arange(len(told)))
    over = told["carats"].to_numpy("float64") / plausible.to_numpy("float64")
    more = stones / np.maximum(np.nan_to_num(median), 1 / 12)
    carats, stones = over / float(p["times_output"]), more / float(p["times_stones"])
    fires = pd.Series((carats > 1) & (stones > 1), index=told.index)
    score = six_digits(np.log(np.maximum(carats, 1e-9)) + np.log(np.maximum(stones, 1e-9)))
    ends = {end: _window(end) for end in told["quarter"].unique()}
    gaps = quarter_gaps(e, {q for window in ends.values() for q in window})
    first_gap = {end: next((gaps[q] for q in window if gaps[q]), "") for end, window in ends.items()}
    gap = told["quarter"].map(first_gap).astype("str")
    missing = reasons(
        told.index,
        (told["quarter"] >= pd.Timestamp(e.as_of), "quarter_open"),
        (pd.Series(peers < int(p["minimum_peers"]), index=told.index), "small_sample:actor"),
        (~fires & (gap != ""), gap),
    )
    told = told[told["sold_now"]]
    at = told.index
    name = quarter_name(told["quarter"])
    return checked(
        told["seller_id"].astype("str") + "@" + name,
        told["quarter"],
        fires[at],
        missing[at],
        score=pd.Series(score)[at],
        seller=told["seller_id"].astype("str"),
        quarter=name,
        zone=told["zone"].astype("str"),
        carats=told["carats"],
        stones=told["stones"],
        slips=told["slips"],
        crew=crew[at],
        months=months[at],
        plausible_carats=plausible[at],
        times_plausible=pd.Series(np.rint(over * 1000).astype("int64"))[at],
        peers=pd.Series(peers)[at],
        median_stones=pd.Series(np.rint(median * months.to_numpy()), dtype="Float64").astype("Int64")[at],
        times_median=pd.Series(np.rint(more * 1000).astype("int64"))[at],
        refs=told["refs"],
    )


def _crew(e: Evidence, told: pd.DataFrame, unknown: int) -> pd.Series:
    """Diggers of each row's miner: the people of his mine shared among the miners of the window, at least one."""
    people = lookup(told["site"], sites(e)["crew_size"]).astype("Int64")
    miners = told.groupby(["site", "quarter"], sort=True)["seller_id"].transform("size").fillna(1).astype("int64")
    share = ((people + miners - 1) // miners).where((people > 0).fillna(False).astype(bool))
    return share.fillna(unknown).astype("int64")


def _months(e: Evidence, told: pd.DataFrame) -> pd.Series:
    """Months of the window since the miner was registered, 3 to 12; 12 where the register does not say when."""
    registered = e["actor"].sort_values("ref").drop_duplicates("actor_id").set_index("actor_id")["registered_on"]
    days = (told["quarter"] - lookup(told["seller_id"], registered)).dt.days
    return (days / 30.44).round().clip(3, 12).fillna(12).astype("int64")


def _sales(e: Evidence) -> pd.DataFrame:
    """First sales of miners with their quarter: the slips that count for their sellers."""
    s = bought(e)
    miners = e["actor"].loc[e["actor"]["kind"] == "miner", "actor_id"]
    s = s[within(s["seller_id"], miners) & s["quarter"].notna() & s["zone"].notna() & ~s["differs"]]
    return s.drop_duplicates("slip_number")


def _window(end: pd.Timestamp) -> list[pd.Timestamp]:
    return [*quarters_before(pd.Timestamp(end), WINDOW - 1), pd.Timestamp(end)]


def _windows(s: pd.DataFrame) -> pd.DataFrame:
    """A row per seller and quarter whose window holds a sale of his: seller_id, quarter (last day), carats, stones,
    slips (whole numbers, of the window), zone and site of most slips, sold_now (in the quarter itself), refs.

    Slips are added up by seller, quarter, zone and mine first; the windows are made of these sums.
    """
    seller, sellers = pd.factorize(s["seller_id"].astype("object"), sort=True)
    zone, zones = pd.factorize(s["zone"].astype("object"), sort=True)
    site, mines = pd.factorize(s["mine_site_id"].astype("object"), sort=True)
    number = s["quarter"].dt.year * 4 + s["quarter"].dt.quarter - 1
    coded = pd.DataFrame({
        "seller": seller, "end": number.to_numpy("int64"), "zone": zone, "site": site, "slips": 1,
        "carats": s["carats"].fillna(0).to_numpy("int64"), "stones": s["stones"].fillna(0).to_numpy("int64"),
        "ref": s["ref"].to_numpy("int64"),
    })  # fmt: skip
    sums = (
        coded.groupby(["seller", "end", "zone", "site"], sort=True)[["carats", "stones", "slips"]].sum().reset_index()
    )
    shifted = [sums.assign(end=sums["end"] + n, now=n == 0) for n in range(WINDOW)]
    rows = pd.concat(shifted, ignore_index=True)
    rows = rows[rows["end"] <= coded["end"].max()]
    found = rows.groupby(["seller", "end"], sort=True).agg(
        carats=("carats", "sum"), stones=("stones", "sum"), slips=("slips", "sum"), sold_now=("now", "any")
    )
    now = first_refs(coded, "seller", "end")  # the rows of the quarter itself
    found = found.assign(zone=_most(rows, "zone"), site=_most(rows, "site"), refs=now).reset_index()
    after = (found["end"].to_numpy() * 3 + 3 - 12 * 1970).astype("datetime64[M]")  # the month after the quarter
    whole: pd.DataFrame = found.assign(
        seller_id=sellers.take(found["seller"]),
        quarter=pd.Series(after.astype("datetime64[D]") - np.timedelta64(1, "D")).astype("datetime64[us]"),
        zone=zones.take(found["zone"]),
        site=pd.Series(mines, dtype="object").reindex(found["site"].fillna(-1).astype("int64")).to_numpy(),
    )
    return whole


def _most(rows: pd.DataFrame, column: str) -> pd.Series:
    """Per seller and quarter the value (a number, from 0) most slips name, of equal ones the first; null for none."""
    known = rows[rows[column] >= 0]
    counts = known.groupby(["seller", "end", column], sort=True)["slips"].sum().reset_index()
    order = counts.sort_values(["seller", "end", "slips", column], ascending=[True, True, False, True])
    most: pd.Series = order.drop_duplicates(["seller", "end"]).set_index(["seller", "end"])[column]
    return most
