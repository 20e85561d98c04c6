"""D-06: what miners and cooperatives sell was dug: slips against the production registers (framework.md §2 and §8).

A slip that names a register line is judged on that line. All other sales of a seller are judged together, over time:
they may not exceed what its lines and audited stock leave free. What is not known accuses nobody and clears nobody:
unknown finds make a shortage unproven, unknown sales make its absence unproven.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    lacking,
    lookup,
    month_of,
    quarantined,
    reasons,
    returns_unread,
    together,
    unsupplied,
)
from carmonitor.framework.custody import is_resale, unheld_slips
from carmonitor.framework.groups import first_of, gathered, lines
from carmonitor.framework.history import first_untold, history_short
from carmonitor.framework.lineage import first_papers
from carmonitor.records.evidence import Evidence

LINE = ["register_number", "line_number"]
SALE = ["slip_number", "seller_id"]
ALWAYS = pd.Timestamp("1900-01-01")  # the day of what is undated: it may belong to any


@rule(
    "D-06", seller="text", line="text", miner="text", purchase_date="date", produced_on="date", sold_carats="ct",
    found_carats="ct", over_carats="ct",
)  # fmt: skip
def sold_what_was_dug(e: Evidence, p: Params) -> pd.DataFrame:
    """A first sale by a miner or cooperative is covered by its production: same miner, found by then, within weight.

    Subject: purchase; day: purchase_date, all history; resales are left to their sources. Parts for a slip that names
    its line: ``no_line``, ``other_miner``, ``found_later`` (the same day passes), ``line_exceeded`` (the slips of the
    line in order of date; exact). Part for other slips: ``oversold``, where sales exceed finds and audited stock by
    more than 0.01 ct, told of the first slip over. Two records of one slip: the heavier counts. Not evaluated without
    production or actor register, where a seller that also buys may have resold (no purchase_source), where a slip
    of a certificate is not held, where a month's production was not received, or in the first months of monitoring
    (what contradicts itself is told all the same). Source: framework.md §2, production register and purchase slip.
    """
    s = _sales(e, int(p["history_months"]))
    dug = _dug(e)
    clear = s[s["unclear"] == ""]
    named = clear["register_number"].notna() & clear["line_number"].notna()
    on_line = _on_lines(clear[named], dug)
    unclear = s[s["unclear"] != ""]
    early = clear[clear["short"]]
    return together(
        _rows(unclear, False, unclear["unclear"]),
        _rows(early, False, pd.Series("history_short", index=early.index, dtype="str")),
        *_line_parts(e, on_line),
        unheld_slips(e),
        _oversold(e, p, clear[~named], on_line, dug),
    )


def _rows(s: pd.DataFrame, fires: pd.Series | bool, missing: pd.Series, **columns: object) -> pd.DataFrame:
    nothing = {"line": None, "miner": None, "produced_on": pd.NaT}
    nothing |= {"sold_carats": None, "found_carats": None, "over_carats": None}
    shown = {"seller": s["seller_id"], "purchase_date": s["purchase_date"], "ref": s["ref"]}
    period = month_of(s["return_id"])
    return checked(
        s["slip_number"], s["purchase_date"], fires, missing, period=period, **{**nothing, **shown, **columns}
    )


def _sales(e: Evidence, months: int) -> pd.DataFrame:
    """First sales that miners and cooperatives made, or may have made, once per slip and seller.

    ``unclear``: why the rule cannot be judged on the slip; ``short``: whether history is too short for it.
    """
    s = lines(e, "purchase")[[*SALE, "purchase_date", "carats", *LINE, "ref", "return_id"]]
    s = s[~is_resale(e, s["slip_number"])]
    s = first_of(s, SALE, ["carats", "purchase_date", "ref"], ascending=[False, True, True])
    seller, number = s["seller_id"], s["slip_number"]
    no_links, buyers = (
        unsupplied(e, s["return_id"], "purchase_source", "source_slip_number"),
        e["purchase"]["buyer_id"].dropna(),
    )
    actors = e["actor"]
    digs = seller.notna() & among(seller, actors.loc[actors["kind"].isin(["miner", "cooperative"]), "actor_id"])
    blank = lacking(e, s, "purchase", "seller_id")
    unknown = reasons(
        s.index,
        (digs, ""),
        (blank != "", blank),
        (pd.Series(not e.held("actor"), index=s.index), "never_loaded:actor"),
        (~among(seller, actors["actor_id"]), "unknown_actor:seller_id"),
        (among(seller, actors.loc[actors["kind"].isna(), "actor_id"]), "blank:kind"),
    )
    unclear = reasons(
        s.index,
        (unknown != "", unknown),
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (quarantined(e, "purchase_source", "slip_number", number), "in_quarantine:purchase_source"),
        (no_links & s["register_number"].isna() & among(seller, buyers), "not_supplied:purchase_source"),
    )
    s = s.assign(unclear=unclear, short=history_short(e, seller, s["purchase_date"], months))
    return s[digs | (unknown != "")].reset_index(drop=True)


def _dug(e: Evidence) -> pd.DataFrame:
    """Lines of the production registers, once per line and miner, the heaviest."""
    dug = lines(e, "production")[[*LINE, "miner_id", "produced_on", "carats", "ref", "return_id"]]
    return first_of(dug, [*LINE, "miner_id"], ["carats", "produced_on", "ref"], ascending=[False, True, True])


def _on_lines(s: pd.DataFrame, dug: pd.DataFrame) -> pd.DataFrame:
    """Slips beside the line they name, in order of sale; columns of the line end in ``_dug``, null where none is held.

    ``own``: the line is the seller's; ``taken``: what slips took of the line up to this one; ``blank``: whether one of
    them has no weight. Where a line stands twice, the seller's own row counts.
    """
    s = s.sort_values(["purchase_date", *SALE]).reset_index(drop=True)
    dug = dug.reset_index(drop=True).rename(columns={"carats": "carats_dug", "ref": "ref_dug"})
    sellers = dug.dropna(subset="miner_id").rename(columns={"miner_id": "seller_id"})
    heaviest = first_of(dug, LINE, ["carats_dug", "ref_dug"], ascending=[False, True])
    at = _place(s, sellers, [*LINE, "seller_id"]).fillna(_place(s, heaviest, LINE))
    beside = {"return_id_dug": "return_id"} | {
        name: name for name in ("miner_id", "produced_on", "carats_dug", "ref_dug")
    }
    s = s.assign(**{name: lookup(at, dug[of]) for name, of in beside.items()})
    line = [s[name] for name in LINE]
    return s.assign(
        own=(s["miner_id"] == s["seller_id"]).fillna(False).astype(bool),
        taken=s["carats"].fillna(0).groupby(line).cumsum(),
        blank=s["carats"].isna().groupby(line).transform("any"),
    )


def _place(s: pd.DataFrame, dug: pd.DataFrame, key: list[str]) -> pd.Series:
    """The label in ``dug``, which holds each key once, of the row with the key of each slip; null where none. Int64."""
    return s[key].merge(dug[key].assign(at=dug.index), on=key, how="left")["at"].astype("Int64")


def _line_parts(e: Evidence, s: pd.DataFrame) -> list[pd.DataFrame]:
    held = s["ref_dug"].notna()
    line = s["register_number"] + "/" + s["line_number"]
    shown = {
        "line": line,
        "key": line,
        "miner": s["miner_id"],
        "produced_on": s["produced_on"],
        "ref_line": s["ref_dug"],
    }
    day = lacking(e, s, "purchase", "purchase_date")
    untold = first_untold(e, "production", s["return_id"], None, s["purchase_date"])
    absent = reasons(
        s.index,
        (unsupplied(e, s["return_id"], "production", "line_number"), "not_supplied:production"),
        (
            _hidden(e) | quarantined(e, "production", "register_number", s["register_number"]),
            "in_quarantine:production",
        ),
        (day != "", day),
        (s["short"], "history_short"),
        (pd.Series(not e.history, index=s.index), "alone"),
        (untold != "", untold),
    ).where(~held, "")
    at = s[held]
    told = {name: values[held] for name, values in shown.items()}
    dug = at[["miner_id", "produced_on", "carats_dug", "return_id_dug"]].set_axis(
        ["miner_id", "produced_on", "carats", "return_id"], axis=1
    )
    no_miner, no_day, no_found = (lacking(e, dug, "production", n) for n in ("miner_id", "produced_on", "carats"))
    no_sold = lacking(e, at, "purchase", "carats")
    over = at["taken"] - at["carats_dug"]
    exceeded = over > 0
    heavier = reasons(
        at.index,
        (no_found != "", no_found),
        (no_sold != "", no_sold),
        (at["blank"] & ~exceeded.fillna(False).astype(bool), "blank:carats"),
    )
    late = at["produced_on"] > at["purchase_date"]
    undated = reasons(at.index, (no_day != "", no_day), (day[held] != "", day[held]))
    carats = {"sold_carats": at["taken"], "found_carats": at["carats_dug"], "over_carats": over}
    shown_first = first_papers(s["ref"], line)
    behind = gathered(line[held], exceeded & (heavier == ""), line[shown_first], s.loc[shown_first, "ref"])
    return [
        _rows(s, ~held, absent, part="no_line", **shown),
        _loud(at, at["miner_id"] != at["seller_id"], no_miner, part="other_miner", **told),
        _loud(at, late, undated, part="found_later", **told),
        _loud(at, exceeded, heavier, part="line_exceeded", refs=behind, **carats, **told),
    ]


def _loud(s: pd.DataFrame, fires: pd.Series, missing: pd.Series, part: str, **columns: pd.Series) -> pd.DataFrame:
    """Only the rows that fire or could not be checked: beside each stands one of ``no_line``, on the same papers."""
    loud = fires.fillna(True).astype(bool) | (missing != "")
    return _rows(s[loud], fires[loud], missing[loud], part=part, **{name: of[loud] for name, of in columns.items()})


def _oversold(e: Evidence, p: Params, s: pd.DataFrame, on_line: pd.DataFrame, dug: pd.DataFrame) -> pd.DataFrame:
    """Slips that name no line, against what their seller's lines leave free and its audited stock."""
    finds = _finds(e, dug, on_line)
    s = _ledger(s, finds)
    s = s.assign(over=s["sold"] - s["found"] > int(p["tolerance_hundredths"]))
    day, weight = (lacking(e, s, "purchase", name) for name in ("purchase_date", "carats"))
    untold = first_untold(e, "production", s["return_id"], None, s["purchase_date"])
    unknown_finds = _first_unknown(s, finds[finds["unknown"] != ""])
    sales = pd.concat(
        [s.assign(unknown=reasons(s.index, (day != "", day), (weight != "", weight))), _claims(e, on_line)]
    )
    unknown_sales = _first_unknown(s, sales[sales["unknown"] != ""])
    missing = reasons(
        s.index,
        (day != "", day),
        (weight != "", weight),
        (unsupplied(e, s["return_id"], "production", "line_number"), "not_supplied:production"),
        (pd.Series(not e.history, index=s.index), "alone"),
        (s["short"], "history_short"),
        (s["over"] & _in_quarantine(e, s["seller_id"], dug), "in_quarantine:production"),
        (s["over"] & (unknown_finds != ""), unknown_finds),
        (s["over"] & (untold != ""), untold),
        (~s["over"] & (unknown_sales != ""), unknown_sales),
    )
    known = s[missing == ""]
    before = known.groupby("seller_id")["over"].shift(fill_value=False).reindex(s.index, fill_value=False)
    first = s["over"] & ~before.astype(bool) & (missing == "")
    papers = pd.concat([finds, s], ignore_index=True)[["seller_id", "purchase_date", "ref"]]
    papers = papers[among(papers["seller_id"], s.loc[first, "seller_id"])]
    papers = papers.rename(columns={"purchase_date": "then"}).sort_values(["then", "ref"])
    papers = papers[first_papers(papers["ref"], papers["seller_id"])]
    behind = s.loc[first, [*SALE, "purchase_date"]].merge(papers, on="seller_id")
    behind = behind[behind["then"] <= behind["purchase_date"]]
    return _rows(
        s,
        first,
        missing,
        part="oversold",
        sold_carats=s["sold"],
        found_carats=s["found"],
        over_carats=s["sold"] - s["found"],
        refs=gathered(s["slip_number"], first, behind["slip_number"], behind["ref"]),
    )


def _finds(e: Evidence, dug: pd.DataFrame, on_line: pd.DataFrame) -> pd.DataFrame:
    """What sellers may sell freely: lines, less what slips naming them took, and audited stock from its day on.

    Columns: seller_id, purchase_date (the day it counts from), free, ref; ``unknown``: why day or weight is not known.
    """
    taken = on_line[on_line["own"]].groupby([*LINE, "miner_id"])["carats"].sum()
    claimed = pd.Series(taken.reindex(pd.MultiIndex.from_frame(dug[[*LINE, "miner_id"]])).to_numpy(), index=dug.index)
    free = (dug["carats"] - claimed.astype("Int64").fillna(0)).clip(lower=0)
    found = dug.assign(free=free, unknown=lacking(e, dug, "production", "produced_on", "carats"))
    stock = lines(e, "stock_declaration")
    stock = stock.assign(free=stock["carats"], unknown=lacking(e, stock, "stock_declaration", "carats"))
    columns = ["seller_id", "purchase_date", "free", "ref", "unknown"]
    return pd.concat(
        [
            found.rename(columns={"miner_id": "seller_id", "produced_on": "purchase_date"})[columns],
            stock.rename(columns={"actor_id": "seller_id", "as_of": "purchase_date"})[columns],
        ],
        ignore_index=True,
    ).dropna(subset="seller_id")


def _claims(e: Evidence, on_line: pd.DataFrame) -> pd.DataFrame:
    """Slips without a weight on a line of their seller: how much of the line they leave free is not known."""
    claims = on_line[on_line["own"] & on_line["carats"].isna()]
    return claims.assign(
        purchase_date=pd.Series(pd.NaT, index=claims.index), unknown=lacking(e, claims, "purchase", "carats")
    )


def _ledger(s: pd.DataFrame, finds: pd.DataFrame) -> pd.DataFrame:
    """The slips in order of sale with ``sold`` and ``found`` up to each; finds of the day count, undated ones do not.

    What was sold beyond the finds in months that are not judged came from before them: it counts as found.
    """
    events = pd.concat([finds.assign(order=0), s.assign(order=1)])[
        ["seller_id", "purchase_date", "order", "slip_number", "free", "carats"]
    ]
    events = events.assign(at=[None] * len(finds) + list(s.index)).dropna(subset="purchase_date")
    events = events.sort_values(["seller_id", "purchase_date", "order", "slip_number"])
    by_seller = events[["free", "carats"]].fillna(0).groupby(events["seller_id"]).cumsum()
    totals = by_seller.assign(at=events["at"]).dropna(subset="at").set_index("at")
    s = s.reindex([*totals.index, *s.index.difference(totals.index)])
    s = s.assign(sold=totals["carats"].reindex(s.index), found=totals["free"].reindex(s.index))
    s = s.astype({"sold": "Int64", "found": "Int64"}).fillna({"sold": 0, "found": 0}).reset_index(drop=True)
    early = s[s["short"]]
    opening = (early["sold"] - early["found"]).clip(lower=0).groupby(early["seller_id"]).max()
    return s.assign(found=s["found"] + lookup(s["seller_id"], opening).fillna(0))


def _first_unknown(s: pd.DataFrame, unknown: pd.DataFrame) -> pd.Series:
    """What is first unknown of each slip's seller up to the day of the slip; ``""`` where nothing is."""
    told = unknown.assign(then=unknown["purchase_date"].fillna(ALWAYS))[["seller_id", "then", "unknown"]]
    told = told.sort_values(["then", "unknown"]).drop_duplicates("seller_id").set_index("seller_id")
    then = lookup(s["seller_id"], told["then"])
    return lookup(s["seller_id"], told["unknown"]).where(then <= s["purchase_date"], "").fillna("").astype("str")


def _in_quarantine(e: Evidence, seller: pd.Series, dug: pd.DataFrame) -> pd.Series:
    """True where a quarantined line may be the seller's: in a register that is the seller's, or nobody's yet."""
    registers = e.in_quarantine("production", "register_number")
    theirs = dug[dug["register_number"].isin(registers)]
    if _hidden(e) or registers - set(theirs["register_number"]):
        return pd.Series(True, index=seller.index)
    return among(seller, theirs["miner_id"])


def _hidden(e: Evidence) -> bool:
    """Whether a production line that nobody could read is in quarantine: it may be any."""
    return bool(returns_unread(e, "production", "register_number"))
