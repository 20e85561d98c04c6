"""L-04 and L-05: what a buying house must export, and the levy on what it exports (framework.md §6 and §8)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    issued,
    lacking,
    lookup,
    month_of,
    reasons,
    returns_in_quarantine,
)
from carmonitor.framework.rates import xaf_per_usd
from carmonitor.records.evidence import Evidence

_QUARTER = ["exporter_id", "quarter"]
_FIRST_QUARTER = pd.Period("2019Q4")  # the first to begin after the decree of 2019-09-30
_EVER = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
_CENTS_AND_MILLIONTHS = 10**8  # cents × millionths of XAF per USD → XAF


@rule("L-04", exporter_id="text", quarter="text", exported_usd="USD", certificates="count")
def minimum_export(e: Evidence, p: Params) -> pd.DataFrame:
    """A buying house exports at least USD 3 million in each quarter (decree 19.282 of 2019). A lead, in shadow.

    Subject: actor_quarter; day: the quarter's last. Sum of value_usd (cents) of issued certificates by exporter and
    quarter of issue_date, each number once (the larger value of two rows). Judged are the quarters from the first of
    which anything of shipments is held to the current one (later ones where anything of them is held), not those that
    begin before monitoring: every buying house that exported in one, or held a licence on each of its days (then the
    sum may be 0). Exactly the minimum passes, and so does a sum that reaches it whatever else lacks. Below it, not
    evaluated: a quarter that is not over, whose returns are not all held or have rows in quarantine; a blank value; a
    certificate without exporter or day that may belong to it; an exporter whose kind is not known; a house without
    exports while no licence was ever loaded.
    """
    c = _certificates(e)
    quarters = _quarters(e, c)
    rows = _houses_in(e, c, quarters)
    if rows.empty:
        return _no_quarters()
    known = c.dropna(subset=_QUARTER).sort_values(["value_usd", "ref"], ascending=[False, True])
    known = known.drop_duplicates([*_QUARTER, "certificate_number"])
    sums = (
        known.assign(blank=known["value_usd"].isna())
        .groupby(_QUARTER)
        .agg(
            exported=("value_usd", "sum"),
            certificates=("certificate_number", "size"),
            blank=("blank", "any"),
            refs=("ref", list),
        )
    )
    rows = rows.merge(sums, left_on=_QUARTER, right_index=True, how="left").reset_index(drop=True)
    exported = rows["exported"].astype("Int64").fillna(0)
    short = exported < int(p["minimum_usd"]) * 100
    missing = _why_not(e, c, rows).where(short, "")
    return checked(
        rows["exporter_id"] + "@" + rows["quarter"],
        rows["day"],
        short,
        missing,
        exporter_id=rows["exporter_id"],
        quarter=rows["quarter"],
        exported_usd=exported,
        certificates=rows["certificates"].astype("Int64").fillna(0),
        refs=rows["refs"],
        ref_actor=lookup(rows["exporter_id"], e["actor"].groupby("actor_id")["ref"].min()),
        ref_licence=lookup(rows["exporter_id"], e["licence"].groupby("actor_id")["ref"].min()).where(~rows["exports"]),
    )


def _certificates(e: Evidence) -> pd.DataFrame:
    """Issued certificates with the quarter of issue; ``home``: that of their return, where the day is not known."""
    c = issued(e)
    home = _quarter(pd.to_datetime(month_of(c["return_id"]), format="%Y-%m"))
    quarter = _quarter(c["issue_date"])
    return c.assign(quarter=quarter, home=quarter.fillna(home))


def _quarter(days: pd.Series) -> pd.Series:
    text: pd.Series = days.dt.year.astype("Int64").astype("str") + "-Q" + days.dt.quarter.astype("Int64").astype("str")
    return text.where(days.notna()).astype("str")


def _quarters(e: Evidence, c: pd.DataFrame) -> pd.DataFrame:
    """The quarters to judge: columns quarter, first and day (first and last day); ``lacks``: a month not held."""
    told = _returns_of_shipments(e)
    months = {home.rpartition("@")[2] for home in told}
    of_returns = _quarter(pd.to_datetime(pd.Series(sorted(months)), format="%Y-%m", errors="coerce"))
    touched = {pd.Period(name) for name in {*c["quarter"].dropna(), *of_returns.dropna()}}
    touched = {period for period in touched if period >= _FIRST_QUARTER}
    today = pd.Period(e.as_of, freq="Q")
    between = list(pd.period_range(min(touched), min(max(touched), today), freq="Q")) if touched else []
    rows = []
    for period in sorted({*touched, *between}):
        if e.monitoring_from and period.start_time < pd.Timestamp(e.monitoring_from):
            continue
        wanted = [str(period.asfreq("M", "start") + step) for step in range(3)]
        lacks = next((month for month in wanted if not _is_held(e, month, told, months)), "")
        rows.append((f"{period.year}-Q{period.quarter}", period.start_time, period.end_time.normalize(), lacks))
    frame = pd.DataFrame(rows, columns=["quarter", "first", "day", "lacks"])
    return frame.astype({"quarter": "str", "first": "datetime64[us]", "day": "datetime64[us]", "lacks": "str"})


def _returns_of_shipments(e: Evidence) -> set[str]:
    """The monthly returns that tell the shipments of their month: a sheet of them, or a nil return."""
    sheets = e.sources.loc[e.sources["kind"] == "shipment", "return_id"]
    cover = e["return_declaration"]
    nil = cover.loc[cover["nil_return"].fillna(False).astype(bool), "return_id"]
    return {home for home in {*sheets, *nil} if len(home.rpartition("@")[2]) == len("2021-03")}


def _is_held(e: Evidence, month: str, told: set[str], months: set[str]) -> bool:
    """Every expected sender must have told the month; any sender, where none is expected."""
    return all(f"{sender}@{month}" in told for sender in e.expected_senders) and (month in months)


def _houses_in(e: Evidence, c: pd.DataFrame, quarters: pd.DataFrame) -> pd.DataFrame:
    """Exporter and quarter, once each: who exported and is not known as something else, and every other buying house
    that was licensed on each day of the quarter, or may have been (no licence was ever loaded). ``exports``: bool.
    """
    kinds = e["actor"][["actor_id", "kind"]]
    houses = kinds.loc[kinds["kind"] == "buying_house", "actor_id"]
    others = kinds.loc[kinds["kind"].notna() & ~among(kinds["actor_id"], houses), "actor_id"]
    exported = c[[*_QUARTER]].dropna().drop_duplicates()
    exported = exported[~among(exported["exporter_id"], others)].assign(exports=True)
    idle = pd.DataFrame({"exporter_id": houses.drop_duplicates()}).merge(
        quarters[["quarter", "first", "day"]], how="cross"
    )
    if e.held("licence"):
        idle = idle[_licensed_throughout(e["licence"], idle)]
    rows = pd.concat([exported, idle[_QUARTER].assign(exports=False)], ignore_index=True).drop_duplicates(_QUARTER)
    return rows.merge(quarters, on="quarter")


def _licensed_throughout(licence: pd.DataFrame, asked: pd.DataFrame) -> pd.Series:
    """True where licences of the actor, one after another or together, cover each day from ``first`` to ``day``."""
    spans = licence[["actor_id", "valid_from", "valid_to"]].fillna({"valid_from": _EVER[0], "valid_to": _EVER[1]})
    pairs = asked.assign(at=asked.index).merge(spans, left_on="exporter_id", right_on="actor_id")
    reached = asked["first"].copy()  # the first day that is not known to be covered
    while True:
        day = lookup(pairs["at"], reached)
        on = pairs[(pairs["valid_from"] <= day) & (day <= pairs["valid_to"]) & (day <= pairs["day"])]
        if on.empty:
            return reached > asked["day"]
        further = on.groupby("at")["valid_to"].max() + pd.Timedelta(days=1)
        reached = reached.mask(reached.index.isin(further.index), further.reindex(reached.index))


def _why_not(e: Evidence, c: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Why a sum below the minimum proves nothing; ``""`` where it does."""
    never = pd.Series(not e.held("actor"), index=rows.index)
    register = e["actor"]
    houses = register.loc[register["kind"] == "buying_house", "actor_id"]
    nobodys = c[c["exporter_id"].isna()]
    undated = c[c["quarter"].isna() & c["exporter_id"].notna()]
    lost = (undated["exporter_id"] + "@" + undated["home"]).dropna()
    name = rows["exporter_id"] + "@" + rows["quarter"]
    hidden = month_of(pd.Series(sorted(returns_in_quarantine(e, "shipment")), dtype="str")).dropna()
    return reasons(
        rows.index,
        (never, "never_loaded:actor"),
        (~among(rows["exporter_id"], register["actor_id"]), "unknown_actor:exporter_id"),
        (~among(rows["exporter_id"], houses), "blank:kind"),
        (~rows["exports"] & (not e.held("licence")), "never_loaded:licence"),
        (rows["day"] > pd.Timestamp(e.as_of), "quarter_open"),
        (rows["lacks"] != "", "return_not_held:" + rows["lacks"]),
        (rows["quarter"].isin(_quarter(pd.to_datetime(hidden, format="%Y-%m"))), "in_quarantine:shipment"),
        (rows["quarter"].isin(nobodys["home"].dropna()), _unnamed(e, nobodys, rows)),
        (among(name, lost), "blank:issue_date"),
        (rows["blank"].astype("boolean").fillna(False).astype(bool), "blank:value_usd"),
    )


def _unnamed(e: Evidence, nobodys: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Of certificates without an exporter: whether the column lacks in all of a quarter, or a cell is blank."""
    why = lacking(e, nobodys, "shipment", "exporter_id")
    first = why.groupby(nobodys["home"]).min()
    return lookup(rows["quarter"], first).fillna("")


def _no_quarters() -> pd.DataFrame:
    nothing = pd.Series([], dtype="str")
    shown: dict[str, Any] = dict.fromkeys(("exporter_id", "quarter", "exported_usd", "certificates"), nothing)
    return checked(nothing, pd.Series([], dtype="datetime64[us]"), True, nothing, **shown)


@rule(
    "L-05", levy_xaf="XAF", value_xaf="XAF", share_percent="percent", rate="rate", rate_certainty="text",
    value_usd="USD",
)  # fmt: skip
def levy_paid(e: Evidence, p: Params) -> pd.DataFrame:
    """The levy is 6.25 % of the value, or from 2019-12 near the announced 4 % instead, give or take 0.25 points.

    Subject: certificate. Levy in XAF ÷ (value_usd × XAF per USD of the issue date, else of its month or year), in whole
    numbers; exactly at a limit passes. Parts ``one_rate`` and, once a second was announced, ``either_rate``. The share
    is shown rounded away from the nearest rate. Not evaluated where levy, value or day is null, the value is zero, or
    no rate is held. A rate that is not verified counts and is told with its mark. Law: enactment of 4 % not found.
    """
    c = issued(e)
    rates = xaf_per_usd(e, c["issue_date"])
    null = lacking(e, c, "shipment", "levy_xaf", "value_usd", "issue_date")
    missing = reasons(
        c.index,
        (null != "", null),
        ((c["value_usd"] == 0).fillna(False).astype(bool), "zero:value_usd"),
        (pd.Series(not e.held("exchange_rate"), index=c.index), "never_loaded:exchange_rate"),
        (rates["rate"].isna(), "not_held:exchange_rate"),
    )
    announced = p.at("announced_percent", c["issue_date"])
    known = missing == ""
    amounts = zip(c["levy_xaf"][known], c["value_usd"][known], rates["rate"][known], announced[known], strict=True)
    judged = pd.DataFrame(
        [_judge(int(levy), int(cents) * int(rate), second, p) for levy, cents, rate, second in amounts],
        columns=["fires", "share", "value"],
        index=c.index[known],
    ).reindex(c.index)
    two = announced.notna()
    return checked(
        c["certificate_number"],
        c["issue_date"],
        judged["fires"].astype("boolean"),
        missing,
        part=reasons(c.index, (two, "either_rate"), (~two, "one_rate")),
        period=month_of(c["return_id"]),
        levy_xaf=c["levy_xaf"],
        value_xaf=judged["value"].astype("object"),
        share_percent=judged["share"].astype("object"),
        rate=rates["rate"],
        rate_certainty=rates["certainty"],
        value_usd=c["value_usd"],
        ref=c["ref"],
        ref_rate=rates["ref_rate"],
    )


def _judge(levy: int, value: int, announced: Any, p: Params) -> tuple[bool, int, int]:
    """Whether the share is off, the share in hundredths of a percent and the value in XAF. ``value``: in 1e-8 XAF."""
    share = Fraction(levy * _CENTS_AND_MILLIONTHS * 100, value)  # percent
    accepted = [Fraction(str(percent)) for percent in (p["levy_percent"], announced) if not pd.isna(percent)]
    nearest = min(accepted, key=lambda percent: abs(share - percent))
    hundredths = share * 100
    away = hundredths.__ceil__() if share > nearest else hundredths.__floor__()
    return (
        abs(share - nearest) > Fraction(str(p["tolerance_points"])),
        away,
        round(Fraction(value, _CENTS_AND_MILLIONTHS)),
    )
