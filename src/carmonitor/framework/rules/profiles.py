"""S-05: the sizes of the stones a zone sells, against the zone's own past; what S-07 knows of purchases too.

Both rules look at first sales, since a resale would count stones twice. Zones are pre-2021 sub-prefectures; a quarter
is named by its last day. Sums and comparisons are made in Python's whole numbers, which no weight is too large for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    lacking,
    lacking_returns,
    last_day,
    lookup,
    month_of,
    quarantined,
    quarter_end,
    quarter_name,
    reasons,
    returns_in_quarantine,
    together,
    unsupplied,
)
from carmonitor.framework.custody import is_resale, may_be_resale
from carmonitor.framework.groups import once, whole_sums
from carmonitor.records.evidence import Evidence

WHOLE = 10_000  # hundredths of a percent
_LOT = ["zone", "quarter"]
_OF_SLIP = ["slip_number", "purchase_date", "seller_id", "mine_site_id", "stones", "carats", "ref", "return_id"]
_TOLD_BY = ["register_number", "origin_subprefecture", "origin_subprefecture_resolved"]
_SHOWN = [
    "distance_percent", "slips", "carats", "past_slips", "past_carats", "size_class", "share_percent", "past_percent",
]  # fmt: skip


@dataclass
class Sample:
    """Size profiles of a zone: weight per class (hundredths of a carat), slips, rows, and why it cannot be relied on.

    ``unsupplied``: a slip of it came with a return that supplied no profiles.
    """

    carats: dict[str, int] = field(default_factory=dict)
    slips: int = 0
    refs: list[int] = field(default_factory=list)
    missing: str = ""
    unsupplied: bool = False

    @property
    def whole(self) -> int:
        return sum(self.carats.values())

    def take(self, other: Sample) -> None:
        """Add another sample to this one, but for its rows."""
        for name, carats in other.carats.items():
            self.carats[name] = self.carats.get(name, 0) + carats
        self.slips += other.slips
        self.missing = self.missing or other.missing
        self.unsupplied = self.unsupplied or other.unsupplied


@rule(
    "S-05", zone="text", quarter="text", distance_percent="percent", slips="count", carats="ct", past_slips="count",
    past_carats="ct", size_class="sieve", share_percent="percent", past_percent="percent",
)  # fmt: skip
def size_mix(e: Evidence, p: Params) -> pd.DataFrame:
    """The weight of a zone's purchases spreads over the size classes as in the quarters before. A lead.

    Subject: zone_quarter, of zones with purchases; day: the quarter's last. Distance: half the sum of the differences
    of the classes' shares by weight, against the ``history_quarters`` before taken together; more than
    ``most_distance_percent`` fires. ``size_class``: the class whose share grew most. Not evaluated before the
    quarter is over and its returns are held, with fewer than ``minimum_slips`` profiles on either side, or where a slip
    or a weight of the zone cannot be relied on. A slip of no known zone or quarter stands for itself. The rows shown
    are the quarter's slips and profiles, not those of the past.
    """
    slips = bought(e)
    placed = slips["zone"].notna() & slips["quarter"].notna()
    samples = _samples(e, slips[placed])
    gaps = quarter_gaps(e, {quarter for _, quarter in samples})
    least = int(p["minimum_slips"])
    rows = []
    for (zone, quarter), now in samples.items():
        past = Sample()
        for before in quarters_before(quarter, int(p["history_quarters"])):
            past.take(samples.get((zone, before), Sample()))
        few = now.slips < least or past.slips < least
        unsupplied_ = (now.slips < least and now.unsupplied) or (past.slips < least and past.unsupplied)
        thin = ("not_supplied:assortment" if unsupplied_ else "small_sample:assortment") if few else ""
        rows.append(
            {
                "zone": zone,
                "quarter": quarter,
                "missing": gaps[quarter] or now.missing or past.missing or thin,
                **_compared(now, past, p),
                "refs": now.refs,
            }
        )
    told = pd.DataFrame(rows, columns=["zone", "quarter", "missing", "fires", *_SHOWN, "refs"], dtype="object")
    ends = told["quarter"].astype("datetime64[us]")
    name = quarter_name(ends)
    shown = {column: told[column] for column in [*_SHOWN, "refs"]}
    zones = told["zone"].astype("str")
    mixes = checked(zones + "@" + name, ends, told["fires"], told["missing"], zone=zones, quarter=name, **shown)
    return together(mixes, _stray(slips[~placed]))


def bought(e: Evidence) -> pd.DataFrame:
    """First sales, each slip once, by ``ref``: some columns of ``purchase``, ``differs``, ``zone``, ``quarter`` (its
    last day; of a slip without a date that of its return) and why the slip's zone or day (``missing``) or weight
    (``missing_carats``) cannot be relied on. Cached; read-only."""
    return e.cached("zone_purchases", _bought)


def _bought(e: Evidence) -> pd.DataFrame:
    s = e["purchase"]
    s = s[[*_OF_SLIP, *_TOLD_BY]][~is_resale(e, s["slip_number"])]
    s = s.assign(zone=e.gazetteer.subprefectures(s["origin_subprefecture_resolved"]))
    s = once(s, "slip_number", "purchase_date", "zone", "carats")
    blank = lacking(e, s, "purchase", "purchase_date", "origin_subprefecture")
    missing = reasons(
        s.index,
        (s["differs"], "rows_differ:purchase"),
        (blank != "", blank),
        (s["zone"].isna(), "place_unresolved:origin_subprefecture"),
        (e.gazetteer.under_review(s["zone"]), "needs_review"),
        (quarantined(e, "purchase_source", "slip_number", s["slip_number"]), "in_quarantine:purchase_source"),
        (may_be_resale(e, s), "not_supplied:purchase_source"),
    )
    weight = lacking(e, s, "purchase", "carats")
    return s.drop(columns=_TOLD_BY).assign(
        quarter=quarter_end(s["purchase_date"], s["return_id"]),
        missing=missing,
        missing_carats=reasons(s.index, (missing != "", missing), (weight != "", weight)),
    )


def quarters_before(quarter: pd.Timestamp, number: int) -> list[pd.Timestamp]:
    """The last days of the quarters before one, the earliest first."""
    return [quarter - pd.offsets.QuarterEnd(back) for back in range(number, 0, -1)]


def quarter_gaps(e: Evidence, quarters: Iterable[pd.Timestamp]) -> dict[pd.Timestamp, str]:
    """Why the purchases of each quarter are not known in full, ``""`` where they are."""
    ends = pd.Series(sorted(set(quarters)), dtype="datetime64[us]")
    unheld, unsupplied_ = lacking_returns(e, ends, 3), lacking_returns(e, ends, 3, "purchase")
    months = pd.Series(sorted(returns_in_quarantine(e, "purchase")), dtype="str")
    spoilt = last_day(month_of(months)) + pd.offsets.QuarterEnd(0)
    missing = reasons(
        ends.index,
        (ends >= pd.Timestamp(e.as_of), "quarter_open"),
        (pd.Series(not e.history, index=ends.index), "alone"),
        (unheld != "", "return_not_held:" + unheld),
        (unsupplied_ != "", "not_supplied:purchase"),
        (ends.isin(spoilt), "in_quarantine:purchase"),
    )
    return dict(zip(ends, missing, strict=True))


def _samples(e: Evidence, slips: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], Sample]:
    """Zone and quarter → its sample, for every zone and quarter with a purchase."""
    profiles = e["assortment"]
    home = slips[["slip_number", *_LOT]].drop_duplicates("slip_number").reset_index(drop=True)
    at = lookup(profiles["subject_id"], pd.Series(home.index, index=home["slip_number"]))  # the slip, as its place
    size, sizes = pd.factorize(profiles["size_class"])
    rows = profiles[["carats", "ref", "return_id"]].assign(at=at, size=size, key=at * len(sizes) + size)
    rows = once(rows[(profiles["subject_kind"] == "purchase") & at.notna()], "key", "carats")
    blank = lacking(e, rows, "assortment", "carats")
    rows = rows.assign(why=reasons(rows.index, (rows["differs"], "rows_differ:assortment"), (blank != "", blank)))
    profiled = among(slips["slip_number"], home.loc[rows["at"].unique(), "slip_number"])
    unread = quarantined(e, "assortment", "subject_id", slips["slip_number"])
    missing = reasons(slips.index, (slips["missing"] != "", slips["missing"]), (unread, "in_quarantine:assortment"))
    lacks = ~profiled & unsupplied(e, slips["return_id"], "assortment", "carats")
    lots = slips[["zone", "quarter", "ref"]].assign(has=profiled, why=missing.mask(missing == ""), lacks=lacks)
    by_lot = lots.groupby(_LOT, sort=False)
    told = by_lot.agg(slips=("has", "sum"), refs=("ref", list), why=("why", "first"), lacks=("lacks", "any"))
    found = {
        lot: Sample({}, slips_, refs, "" if pd.isna(why) else why, lacks_)
        for lot, slips_, refs, why, lacks_ in told.itertuples(name=None)
    }
    lots = rows.assign(**{name: lookup(rows["at"], home[name]) for name in _LOT})
    weights = whole_sums(lots["carats"].where(lots["why"] == "", 0), [lots[name] for name in (*_LOT, "size")])
    told_weights: dict[Any, int] = weights.to_dict()
    for (zone, quarter, code), carats in told_weights.items():
        found[zone, quarter].carats[sizes[code]] = carats
    by_lot = lots.assign(why=lots["why"].mask(lots["why"] == "")).groupby(_LOT)
    for lot, refs, why in by_lot.agg(refs=("ref", list), why=("why", "first")).itertuples(name=None):
        sample = found[lot]
        sample.refs += refs
        sample.missing = sample.missing or ("" if pd.isna(why) else why)
    return found


def _compared(now: Sample, past: Sample, p: Params) -> dict[str, Any]:
    """The distance of two samples and what is shown of them; nothing of a side without weight."""
    shown: dict[str, Any] = {"slips": now.slips, "carats": now.whole, "past_slips": past.slips}
    shown["past_carats"] = past.whole
    if not now.whole or not past.whole:
        return {"fires": False, **shown}
    names = sorted({*now.carats, *past.carats})
    share = {n: Fraction(now.carats.get(n, 0), now.whole) for n in names}
    before = {n: Fraction(past.carats.get(n, 0), past.whole) for n in names}
    distance = sum((abs(share[n] - before[n]) for n in names), Fraction(0)) / 2
    grown = max(names, key=lambda n: share[n] - before[n])
    return {
        "fires": distance * 100 > Fraction(str(p["most_distance_percent"])),
        "distance_percent": -(-distance * WHOLE // 1),  # rounded up, so that what is shown is above the limit too
        **shown,
        "size_class": grown,
        "share_percent": hundredths(share[grown]),
        "past_percent": hundredths(before[grown]),
    }


def hundredths(share: Fraction) -> int:
    """Hundredths of a percent, halves up."""
    return (2 * share * WHOLE + 1) // 2


def _stray(slips: pd.DataFrame) -> pd.DataFrame:
    """Slips whose zone or quarter is not known, as rows that could not be checked."""
    day = slips["purchase_date"].fillna(last_day(month_of(slips["return_id"])))
    rows = checked(slips["slip_number"], day, False, slips["missing"], subject_kind="purchase", ref=slips["ref"])
    return rows.assign(**dict.fromkeys(["zone", "quarter", *_SHOWN]))
