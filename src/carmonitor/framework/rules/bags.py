"""D-07, the bags: each sealed, no seal on two at a time, and in each what its sheet lists (framework.md §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params
from carmonitor.framework.common import checked, lacking, lookup, month_of, quarantined, reasons, together, unsupplied
from carmonitor.framework.groups import gathered, lines
from carmonitor.records.evidence import Evidence


def told(
    subject: pd.Series, day: pd.Series, fires: pd.Series | bool, missing: pd.Series, **columns: object
) -> pd.DataFrame:
    """Rows of D-07, about bags unless they say otherwise; evidence that is not given is null."""
    nothing: dict[str, object] = dict.fromkeys(("place", "certificates", "seal", "other_sheet"))
    nothing |= dict.fromkeys(("bag_carats", "items_carats", "difference_carats")) | {"departed_on": pd.NaT}
    return checked(subject, day, fires, missing, **{"subject_kind": "transfer", **nothing, **columns})


def sealed(e: Evidence) -> pd.DataFrame:
    """Part ``seal``: every bag bears one."""
    t = lines(e, "transfer")
    no_column = unsupplied(e, t["return_id"], "transfer", "bag_seal")
    return told(
        t["sheet_number"],
        t["departed_on"],
        t["bag_seal"].isna(),
        reasons(t.index, (t["bag_seal"].isna() & no_column, "not_supplied:bag_seal")),
        part="seal",
        period=month_of(t["return_id"]),
        departed_on=t["departed_on"],
        ref=t["ref"],
    )


def seal_twice(e: Evidence) -> pd.DataFrame:
    """Part ``seal_twice``: the later of two bags that bore one seal at the same time.

    A bag without arrival was under way on its first day; whether it still was when another left is not known.

    Two bags that meet on one day are legs of one journey where one arrives at the place the other leaves from.
    """
    t = lines(e, "transfer")
    t = (
        t.assign(undated=lacking(e, t, "transfer", "departed_on"))
        .drop_duplicates("sheet_number")
        .dropna(subset="bag_seal")
    )
    t = t[t["bag_seal"].duplicated(keep=False)]
    undated = t[t["undated"] != ""]
    t = t[t["undated"] == ""].assign(until=t["arrived_on"].fillna(t["departed_on"]))
    t = t.sort_values(["bag_seal", "departed_on", "until", "sheet_number"]).reset_index(drop=True)
    seal = t["bag_seal"]
    busy = t["until"].groupby(seal).cummax()
    before = busy.groupby(seal).shift()
    overlaps = before > t["departed_on"]
    holder = pd.Series(t.index, index=t.index).where(t["until"] == busy).groupby(seal).ffill().groupby(seal).shift()
    met = _met(t)
    open_ended = (
        pd.Series(t.index, index=t.index).where(t["arrived_on"].isna()).groupby(seal).ffill().groupby(seal).shift()
    )
    goes_on = lookup(open_ended.astype("Int64"), t["to_place_resolved"]) == t["from_place_resolved"]
    lost = open_ended.notna() & ~goes_on.fillna(False).astype(bool)
    clash = overlaps | (met["clash"] & ~met["leg"])
    missing = reasons(
        t.index,
        (clash, ""),
        (met["unsure"] & ~met["leg"], "place_unresolved:from_place"),
        (lost, lacking(e, t.assign(arrived_on=pd.Series(pd.NaT, index=t.index)), "transfer", "arrived_on")),
    )
    other = lookup(holder.where(overlaps).astype("Int64").fillna(met["other"]), t["sheet_number"])
    rows = told(
        t["sheet_number"],
        t["departed_on"],
        clash,
        missing,
        part="seal_twice",
        key=seal,
        seal=seal,
        other_sheet=other,
        departed_on=t["departed_on"],
        ref=t["ref"],
        ref_other=lookup(other, t.set_index("sheet_number")["ref"]),
    )
    blind = told(undated["sheet_number"], undated["departed_on"], False, undated["undated"], ref=undated["ref"])
    return together(rows, blind)


def _met(t: pd.DataFrame) -> pd.DataFrame:
    """How each bag stands to the earlier ones of its seal that ended on the day it left.

    ``leg``: it goes on from one of them; ``clash``, ``unsure``: from one it does not, or may not; ``other``: the first.
    """
    columns = ["bag_seal", "departed_on", "until", "from_place_resolved", "to_place_resolved"]
    at = t[columns].assign(at=t.index)
    first = at.drop_duplicates(columns)  # of bags alike in all that counts the first stands for the others
    pairs = at.merge(
        first, left_on=["bag_seal", "departed_on"], right_on=["bag_seal", "until"], suffixes=("", "_before")
    )
    pairs = pairs[pairs["at_before"] < pairs["at"]]
    onward = pairs["to_place_resolved_before"] == pairs["from_place_resolved"]
    back = (pairs["until"] == pairs["departed_on_before"]) & (
        pairs["to_place_resolved"] == pairs["from_place_resolved_before"]
    )
    leg = (onward | back).fillna(False).astype(bool)
    unsure = ~leg & (pairs["to_place_resolved_before"].isna() | pairs["from_place_resolved"].isna())
    pairs = pairs.assign(leg=leg, unsure=unsure, clash=~leg & ~unsure)
    found = pairs.groupby("at")[["leg", "unsure", "clash"]].any().reindex(t.index, fill_value=False)
    return found.assign(other=pairs[pairs["clash"]].groupby("at")["at_before"].min().reindex(t.index).astype("Int64"))


def weighed(e: Evidence, p: Params) -> pd.DataFrame:
    """Part ``weight``: the items of a sheet add up to its bag, but for 0.01 ct. A sheet without items holds nothing."""
    t = lines(e, "transfer").reset_index(drop=True)
    items = lines(e, "transfer_item")
    items = items.assign(missing=lacking(e, items, "transfer_item", "carats"))
    total = items.groupby("sheet_number").agg(carats=("carats", "sum"), missing=("missing", "max"), ref=("ref", "max"))
    number = t["sheet_number"]
    inside = lookup(number, total["carats"])
    blank = lacking(e, t, "transfer", "carats")
    weightless = lookup(number, total["missing"]).fillna("")
    missing = reasons(
        t.index,
        (
            inside.isna() & unsupplied(e, t["return_id"], "transfer_item", "sheet_number"),
            "not_supplied:transfer_item",
        ),
        (quarantined(e, "transfer_item", "sheet_number", number, t["return_id"]), "in_quarantine:transfer_item"),
        (blank != "", blank),
        (weightless != "", weightless),
    )
    difference = inside.fillna(0) - t["carats"]
    fires = difference.abs() > int(p["tolerance_hundredths"])
    return told(
        number,
        t["departed_on"],
        fires,
        missing,
        part="weight",
        period=month_of(t["return_id"]),
        departed_on=t["departed_on"],
        bag_carats=t["carats"],
        items_carats=inside.fillna(0),
        difference_carats=difference,
        ref=t["ref"],
        ref_item=lookup(number, total["ref"]),
        refs=gathered(number, fires, items["sheet_number"], items["ref"]),
    )
