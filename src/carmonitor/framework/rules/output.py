"""S-06: carats per collector or artisan, against the mean of all that are registered (framework.md §7 and §8)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    lacking,
    lacking_returns,
    reasons,
    returns_in_quarantine,
    together,
    year_of,
)
from carmonitor.framework.groups import lists_of, once, whole_sums
from carmonitor.framework.rules.totals import Published, published, without_total
from carmonitor.records.columns import each_text
from carmonitor.records.evidence import Evidence

SIDES = (("collector", "buyer_id", "collectors"), ("miner", "seller_id", "miners"))
"""A role of the actor register, the side of the slip it stands on, the parameter that counts its heads."""

_SHOWN = ["actor", "year", "carats", "heads", "official_carats", "mean_carats", "times_mean"]


@rule(
    "S-06", actor="text", year="text", carats="ct", heads="count", official_carats="ct", mean_carats="ct",
    times_mean="ratio",
)  # fmt: skip
def carats_per_head(e: Evidence, p: Params) -> pd.DataFrame:
    """Nobody buys (part ``collector``) or sells (``miner``) many times the mean carats of his like in a year. A lead.

    Subject: actor_year; day: the year's last. Mean: the largest published export total of the year over the number of
    registered collectors or miners; more than ``most_times_mean`` times that fires. Slips that are known are enough to
    fire; to pass, the year's returns must be held and each of the actor's slips bear a day and a weight. Not evaluated
    before the year is over or without a published total. A slip whose buyer or seller is blank stands for itself.
    """
    return together(*(_side(e, p, *side) for side in SIDES))


def _side(e: Evidence, p: Params, kind: str, column: str, heads: str) -> pd.DataFrame:
    s = e["purchase"][["slip_number", "purchase_date", column, "carats", "ref", "return_id"]]
    s = once(s, "slip_number", "purchase_date", column, "carats")
    blank = lacking(e, s, "purchase", "purchase_date", "carats")
    s = s.assign(
        year=year_of(s["purchase_date"], s["return_id"]),
        missing=reasons(s.index, (s["differs"], "rows_differ:purchase"), (blank != "", blank)),
        named=lacking(e, s, "purchase", column),
    )
    strangers = _strangers(e, s[s["named"] == ""], column)
    actors = e["actor"]
    ours = s[among(s[column], actors.loc[actors["kind"] == kind, "actor_id"]) & s["year"].notna()]
    nameless = s[s["named"] != ""]
    alone = checked(
        nameless["slip_number"],
        nameless["purchase_date"],
        False,
        nameless["named"],
        subject_kind="purchase",
        ref=nameless["ref"],
    )
    return together(_sums(e, p, ours, kind, column, heads), *(f.assign(**_NOTHING) for f in (strangers, alone)))


_NOTHING = dict.fromkeys(["part", *_SHOWN])


def _strangers(e: Evidence, s: pd.DataFrame, column: str) -> pd.DataFrame:
    """Actors of whom the register does not say what they are."""
    actors = e["actor"]
    held = among(s[column], actors["actor_id"])
    told = among(s[column], actors.dropna(subset="kind")["actor_id"])
    s = s[~told & s["year"].notna()].drop_duplicates([column, "year"])
    missing = reasons(
        s.index,
        (pd.Series(not e.held("actor"), index=s.index), "never_loaded:actor"),
        (~held.reindex(s.index), f"unknown_actor:{column}"),
        (held.reindex(s.index), "blank:kind"),
    )
    return checked(s[column] + "@" + s["year"], _last_day(s["year"]), False, missing, ref=s["ref"])


def _sums(e: Evidence, p: Params, s: pd.DataFrame, kind: str, column: str, heads: str) -> pd.DataFrame:
    """A row per actor and year, with the carats of the slips that can be relied on."""
    by = [s[column], s["year"]]
    found = pd.DataFrame(
        {
            "carats": whole_sums(s["carats"].where(s["missing"] == "", 0), by),
            "why": s["missing"].mask(s["missing"] == "").groupby(by).first(),
            "refs": lists_of(s["ref"], by),
        }
    ).reset_index()
    end = _last_day(found["year"])
    totals = published(e, "export_carats", "ct")
    of_year = [totals.get(year, Published()) for year in found["year"].tolist()]
    official = pd.Series([max(t.values, default=0) for t in of_year], dtype="object")
    number = p.at(heads, end).fillna(0)
    limit = Fraction(str(p["most_times_mean"]))
    fires = found["carats"] * number * limit.denominator > official * limit.numerator
    no_total = each_text(found["year"], lambda year: without_total(e, totals.get(year, Published())))
    half_total = pd.Series([t.missing for t in of_year], dtype="str")
    unheld, unsupplied = lacking_returns(e, end, 12), lacking_returns(e, end, 12, "purchase")
    spoilt = {home.rpartition("@")[2][:4] for home in returns_in_quarantine(e, "purchase")}
    passes = ~fires.astype(bool)
    missing = reasons(
        found.index,
        (end >= pd.Timestamp(e.as_of), "year_open"),
        (no_total != "", no_total),
        (~passes & (half_total != ""), half_total),
        (passes & (not e.history), "alone"),
        (passes & (unheld != ""), "return_not_held:" + unheld),
        (passes & (unsupplied != ""), "not_supplied:purchase"),
        (passes & found["year"].isin(spoilt), "in_quarantine:purchase"),
        (passes & found["why"].notna(), found["why"].fillna("")),
    )
    register = e["actor"][e["actor"]["kind"] == kind]
    rows: dict[Any, list[int]] = lists_of(register["ref"], register["actor_id"]).to_dict()
    stands_on = [
        [*refs, *rows.get(actor, []), *total.refs]
        for actor, refs, total in zip(found[column], found["refs"], of_year, strict=True)
    ]
    known = (official > 0) & (number > 0)
    base = official.where(known, 1)
    return checked(
        found[column] + "@" + found["year"],
        end,
        ~passes,
        missing,
        part=kind,
        actor=found[column],
        year=found["year"],
        carats=found["carats"],
        heads=number,
        official_carats=official,
        mean_carats=((2 * official + number) // (2 * number.where(known, 1))).where(known),
        times_mean=(-(-found["carats"] * number * 1000 // base)).where(known),
        refs=pd.Series(stands_on, dtype="object"),
    )


def _last_day(year: pd.Series) -> pd.Series:
    return pd.to_datetime(year + "-12-31", format="%Y-%m-%d").astype("datetime64[us]")
