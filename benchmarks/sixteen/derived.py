"""What pandera and Great Expectations have no word for, as columns derived in pandas beforehand (timed with them).

Both judge columns, singly or in pairs. So the either-or, the price per carat, the dated zones and the aggregates are
brought to columns; a null stays null, and neither engine checks it.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.workload import Workload

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def tables(work: Workload) -> Tables:
    """The tables as they are, the slips indexed by their row."""
    return work.table.set_index("row", drop=False).rename_axis(None), work.returns, work.zones


def derived(table: pd.DataFrame, returns: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """The slips with: seller, price_per_carat, received_on, zone_fits, sellers, month_carats, quarter_carats."""
    day, carats = table["purchase_date"], table["carats"]
    origin, origins = pd.factorize(table["origin_subprefecture"])
    fits = pd.Series(False, index=table.index)
    for zone, begins, ends in zones.itertuples(index=False):
        inside = (day >= begins) & (origin == origins.get_indexer([zone])[0])
        fits |= inside if pd.isna(ends) else inside & (day <= ends)
    month = day.dt.year * 12 + day.dt.month - 1
    home, homes = pd.factorize(table["return_id"])
    received_on = returns.set_index("return_id")["received_on"].reindex(homes).to_numpy()[home]
    number = pd.factorize(table["slip_number"])[0]
    known = (origin >= 0) & day.notna()
    return table.assign(
        seller=table["seller_id"].fillna(table["seller_name"]),
        price_per_carat=(table["price_xaf"] * 100 / carats).astype("float64"),  # exact enough: the limits are whole
        received_on=received_on,
        zone_fits=fits.astype("float64").where(known),
        sellers=table["seller_id"].groupby(number).transform("nunique"),
        month_carats=_sum(carats, table["buyer_id"], month),
        quarter_carats=_sum(carats, table["seller_id"], month // 3),
    )


def _sum(carats: pd.Series, actor: pd.Series, period: pd.Series) -> pd.Series:
    """The sum of each slip's group; null for a slip that is left out of it."""
    total = carats.groupby([actor, period]).transform("sum")
    return total.where(carats.notna() & actor.notna() & period.notna()).astype("float64")
