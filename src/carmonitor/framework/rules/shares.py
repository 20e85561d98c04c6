"""S-07: a zone's share of the trade after a neighbour closed (framework.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import checked, quarter_name
from carmonitor.framework.groups import lists_of, whole_sums
from carmonitor.framework.rules.profiles import WHOLE, bought, hundredths, quarter_gaps, quarters_before
from carmonitor.framework.rules.zones import standing
from carmonitor.records.evidence import Evidence

_SHOWN = ["zone", "neighbour", "since", "share_percent", "past_percent", "jump_points"]
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Closure:
    """A sub-prefecture that closed: how (the part), its first closed day or the span it lies in, the register's row."""

    zone: str
    part: str
    first: pd.Timestamp
    last: pd.Timestamp
    ref: int


@dataclass(frozen=True)
class Question:
    """A zone whose share in a quarter is to be compared with that of the quarters before a neighbour's closure."""

    zone: str
    closure: Closure
    quarter: pd.Timestamp
    before: tuple[pd.Timestamp, ...]
    missing: str


@dataclass
class Trade:
    """A quarter's first sales: carats in all and by zone (hundredths), rows by zone, why they are not known in full."""

    whole: int = 0
    carats: dict[str, int] = field(default_factory=dict)
    refs: dict[str, list[int]] = field(default_factory=dict)
    missing: str = ""


@rule(
    "S-07", zone="text", quarter="text", neighbour="text", since="date", share_percent="percent",
    past_percent="percent", jump_points="percent",
)  # fmt: skip
def share_after_closure(e: Evidence, p: Params) -> pd.DataFrame:
    """A compliant zone's share of the carats bought does not jump when a neighbour closes. A lead.

    Subject: zone_quarter, key the neighbour; day: the quarter's last. A neighbour closes where its compliant span ends
    (part ``closed``), its suspension begins (``suspended``) or its proposal ends without approval (``refused``), while
    zones counted (before ``zones_until``). The first whole quarter from that day on is compared with the mean share of
    the ``quarters`` before the quarter the day lies in; more than ``most_jump_points`` points fires. Not evaluated
    where one of those quarters has no purchases or is not known in full: every slip counts in the whole.
    """
    if not e.held("zone"):
        return _without_register(e)
    questions = _questions(e, p)
    quarters = {quarter for q in questions for quarter in (*q.before, q.quarter)}
    trade = _trade(e, quarters)
    gaps = quarter_gaps(e, quarters)
    rows = [_answer(q, trade, gaps, p) for q in questions]
    columns = ["quarter", "part", "missing", "fires", *_SHOWN, "refs"]
    told = pd.DataFrame(rows, columns=columns, dtype="object").astype(
        {"quarter": "datetime64[us]", "since": "datetime64[us]", "zone": "str", "neighbour": "str"}
    )
    name = quarter_name(told["quarter"])
    shown = {column: told[column] for column in ["part", *_SHOWN, "refs"]}
    subject, key = told["zone"] + "@" + name, told["neighbour"]
    return checked(subject, told["quarter"], told["fires"], told["missing"], key=key, quarter=name, **shown)


def _without_register(e: Evidence) -> pd.DataFrame:
    slips = bought(e).dropna(subset=["zone", "quarter"]).drop_duplicates(["zone", "quarter"])
    never = pd.Series("never_loaded:zone", index=slips.index)
    name = quarter_name(slips["quarter"])
    rows = checked(slips["zone"] + "@" + name, slips["quarter"], False, never, ref=slips["ref"])
    return rows.assign(**dict.fromkeys(["quarter", *_SHOWN]))


def _closures(e: Evidence, p: Params) -> Iterator[Closure]:
    """The closures of the register up to ``as_of``. A row without a known place is told under the name it bears."""
    zones = e["zone"].sort_values("ref")
    zones = zones.assign(zone=zones["subprefecture_resolved"].fillna(zones["subprefecture"]))
    for row in zones.to_dict("records"):
        if row["status"] == "suspended":
            first, latest = row["valid_from"], row["valid_from_latest"]
            span = (first, first if pd.isna(latest) else max(first, latest))
            part = "suspended"
        elif pd.notna(row["valid_to"]):
            after = row["valid_to"] + _DAY
            going_on = {"compliant", "suspended" if row["status"] == "compliant" else "proposed"}
            same = zones[(zones["zone"] == row["zone"]) & zones["status"].isin(going_on)]
            if ((same["valid_from"] <= after) & ~(same["valid_to"] < after)).any():
                continue
            span, part = (after, after), "closed" if row["status"] == "compliant" else "refused"
        else:
            continue
        if span[0] < pd.Timestamp(p["zones_until"]) and span[1] <= pd.Timestamp(e.as_of):
            yield Closure(str(row["zone"]), part, *span, int(row["ref"]))


def _questions(e: Evidence, p: Params) -> list[Question]:
    asked, unplaced = [], []
    for closure in _closures(e, p):
        quarter = _whole_quarter_from(closure.last)
        before = tuple(quarters_before(closure.first + pd.offsets.QuarterEnd(0), int(p["quarters"])))
        missing = "" if quarter == _whole_quarter_from(closure.first) else "interval"
        neighbours = e.gazetteer.neighbours(closure.zone)
        if neighbours is None:
            unplaced.append(Question(closure.zone, closure, quarter, before, "place_unresolved:subprefecture"))
        asked += [Question(zone, closure, quarter, before, missing) for zone in neighbours or ()]
    zone = pd.Series([q.zone for q in asked], dtype="str")
    first_day = pd.Series([q.quarter - pd.offsets.QuarterEnd(1) + _DAY for q in asked], dtype="datetime64[us]")
    surely, perhaps = standing(e, zone, first_day, "compliant")
    return [q for q, is_open in zip(asked, surely | perhaps, strict=True) if is_open] + unplaced


def _whole_quarter_from(day: pd.Timestamp) -> pd.Timestamp:
    """The last day of the first quarter that lies wholly on or after a day."""
    return day - _DAY + pd.offsets.QuarterEnd(0) + pd.offsets.QuarterEnd(1)


def _trade(e: Evidence, quarters: set[pd.Timestamp]) -> dict[pd.Timestamp, Trade]:
    """The first sales of each quarter, named by its last day; of these quarters only."""
    found: dict[pd.Timestamp, Trade] = {}
    s = bought(e)
    for quarter, own in s[s["quarter"].isin(quarters)].groupby("quarter"):
        known = own[own["missing_carats"] == ""]
        carats: dict[Any, int] = whole_sums(known["carats"], known["zone"]).to_dict()
        refs: dict[Any, list[int]] = lists_of(known["ref"], known["zone"]).to_dict()
        why = "" if len(known) == len(own) else next(why for why in own["missing_carats"] if why)
        found[pd.Timestamp(str(quarter))] = Trade(sum(carats.values()), carats, refs, why)
    return found


def _answer(q: Question, trade: dict[pd.Timestamp, Trade], gaps: dict[pd.Timestamp, str], p: Params) -> dict[str, Any]:
    """A row of the checked frame. The quarter asked about tells its gap first, then the latest of those before."""
    quarters = [*q.before, q.quarter]
    known = [trade.get(quarter, Trade()) for quarter in quarters]
    gap = next((why for x, t in zip(quarters[::-1], known[::-1], strict=True) if (why := gaps[x] or t.missing)), "")
    empty = "" if all(t.whole for t in known) else "small_sample:purchase"
    shares = [Fraction(t.carats.get(q.zone, 0), t.whole or 1) for t in known]
    past = sum(shares[:-1], Fraction(0)) / len(q.before)
    jump = shares[-1] - past
    return {
        "zone": q.zone,
        "quarter": q.quarter,
        "part": q.closure.part,
        "missing": q.missing or gap or empty,
        "fires": jump * 100 > Fraction(str(p["most_jump_points"])),
        "neighbour": q.closure.zone,
        "since": q.closure.first,
        "share_percent": hundredths(shares[-1]),
        "past_percent": hundredths(past),
        "jump_points": -(-jump * WHOLE // 1),  # rounded up, so that what is shown is above the limit too
        "refs": [q.closure.ref, *known[-1].refs.get(q.zone, [])],
    }
