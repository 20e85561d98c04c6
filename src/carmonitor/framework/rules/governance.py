"""G-01 to G-05: committees, reports to the KP, originals of certificates (framework.md §1, §2, §5 and §8).

Duties before ``monitoring_from`` are not demanded: a quarter or certificate counts from that day on, a report from the
first full period that begins on or after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    issued,
    lacking,
    lookup,
    quarantined,
    quarter_name,
    reasons,
    together,
    unsupplied,
)
from carmonitor.framework.custody import first_sales
from carmonitor.framework.rules.zones import gap_rows, unclear_place
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

FIRST_YEAR = "2003"  # the Kimberley Process began on 2003-01-01
NATIONAL = ("cnspk", "nationalmonitoringcommittee", "nationalfollowupcommittee", "comitenational")
"""What the folded name of the national committee holds, however it is written."""

_COMMITTEE = ["zone", "quarter", "since", "last_meeting"]


@rule("G-01", zone="text", quarter="text", since="date", last_meeting="date")
def local_committee(e: Evidence, p: Params) -> pd.DataFrame:
    """Each zone that a quarter's certificates come from has a local committee that met of late and lodged its minutes.

    Subject: zone_quarter, by issue date; day: the quarter's last. Parts: ``none`` (no meeting of the committee up to
    that day is on record), ``old`` (none within ``recent_months``, that day six months before included), ``minutes``
    (none of those with minutes lodged). ``since``: the first day that counts as recent. A blank ``minutes_lodged`` is
    not evaluated, nor a lack where a meeting of unknown place, or a row in quarantine, may be the one looked for. Slips
    whose place is not known stand for themselves, as do certificates whose slips are not.
    """
    s = first_sales(e)
    missing = reasons(s.index, *unclear_place(e, s))
    clear = (missing == "") & s["issue_date"].notna()
    unclear = s[~clear]
    nothing = dict.fromkeys(["part", *_COMMITTEE])
    slips = checked(
        unclear["slip_number"],
        unclear["issue_date"],
        False,
        missing[~clear],
        subject_kind="purchase",
        ref_purchase=unclear["ref_purchase"],
        ref_certificate=unclear["ref_certificate"],
        **nothing,
    )
    told = together(_committees(e, p, s[clear]), slips, gap_rows(e, **nothing))
    told = told.assign(day=_quarter_of(told["day"]))
    return told if e.monitoring_from is None else told[~(told["day"] < pd.Timestamp(e.monitoring_from))]


def _quarter_of(days: pd.Series) -> pd.Series:
    return (days + pd.offsets.QuarterEnd(0)).astype("datetime64[us]")


def _committees(e: Evidence, p: Params, sales: pd.DataFrame) -> pd.DataFrame:
    """A checked row for each zone and quarter of these first sales."""
    meetings = _local_meetings(e)
    rows = []
    sales = sales.assign(day=_quarter_of(sales["issue_date"]))
    for _, group in sales.groupby(["subprefecture", "day"], sort=True):
        zone, quarter = group["subprefecture"].iloc[0], group["day"].iloc[0]
        refs = pd.concat([group["ref_certificate"], group["ref_purchase"], group["ref_link"]]).dropna().unique()
        rows.append({"zone": zone, "day": quarter, **_met(e, p, meetings, zone, quarter, refs)})
    told = pd.DataFrame(rows, columns=["zone", "day", "part", "fires", "missing", *_COMMITTEE[2:], "refs"])
    told = told.astype(dict.fromkeys(("day", *_COMMITTEE[2:]), "datetime64[us]"))
    zones, name = told["zone"].astype("str"), quarter_name(told["day"])
    shown = {column: told[column] for column in ("part", *_COMMITTEE[2:], "refs")}
    subject = zones + "@" + name
    return checked(subject, told["day"], told["fires"], told["missing"], zone=zones, quarter=name, **shown)


def _local_meetings(e: Evidence) -> pd.DataFrame:
    """Meetings of local committees; ``zone`` null where the place is not known, ``why`` says why, ``lacks`` minutes."""
    m = e["committee_meeting"]
    m = m[~_is_national(m)]
    blank = lacking(e, m, "committee_meeting", "subprefecture")
    return m.assign(
        zone=e.gazetteer.subprefectures(m["subprefecture_resolved"]),
        why=reasons(m.index, (blank != "", blank), (blank == "", "place_unresolved:subprefecture")),
        lacks=lacking(e, m, "committee_meeting", "minutes_lodged"),
    ).sort_values("ref")


def _met(
    e: Evidence, p: Params, meetings: pd.DataFrame, zone: str, quarter: pd.Timestamp, refs: Iterable[int]
) -> dict[str, Any]:
    """Whether a zone's committee met in time for the end of a quarter."""
    since = quarter - pd.DateOffset(months=int(p["recent_months"]))
    past = meetings[meetings["held_on"] <= quarter]
    own = past[past["zone"] == zone]
    recent = own[own["held_on"] >= since]
    good = recent["minutes_lodged"].fillna(False).astype(bool)
    part = "none" if own.empty else "old" if recent.empty else "minutes"
    strays = past[past["zone"].isna()]
    if part != "none":
        strays = strays[strays["held_on"] >= since]
    doubts = [*recent["lacks"][recent["lacks"] != ""], *strays["why"]]
    if (e.known_keys["kind"] == "committee_meeting").any():
        doubts.append("in_quarantine:committee_meeting")
    fires = not good.any()
    missing = doubts[0] if fires and doubts else ""
    if not e.held("committee_meeting"):
        missing = "never_loaded:committee_meeting"
    if quarter >= pd.Timestamp(e.as_of):
        missing = "quarter_open"
    shown = recent if len(recent) else own[own["held_on"] == own["held_on"].max()]
    return {
        "part": part,
        "fires": fires,
        "missing": missing,
        "since": since,
        "last_meeting": own["held_on"].max(),
        "refs": [*refs, *shown["ref"]],
    }


@rule("G-02", quarter="text", created_on="date")
def national_committee(e: Evidence, p: Params) -> pd.DataFrame:
    """The national committee is in being: a meeting of it, since the order that created it, is on record.

    Subject: period ``CF@YYYY-Qn``, every quarter that is over; day: its last. A meeting is the national committee's by
    its name, whatever sub-prefecture is given as its place. Not evaluated where a committee without a sub-prefecture
    may be it, or a row is in quarantine.
    """
    created = pd.Timestamp(p["created_on"])
    ends = _quarter_ends(e, created)
    m = e["committee_meeting"].sort_values(["held_on", "ref"])
    m = m[m["held_on"] >= created]
    ours = m[_is_national(m)]
    doubtful = m[~_is_national(m) & m["subprefecture"].isna()]
    first, first_doubt = ours["held_on"].min(), doubtful["held_on"].min()
    none = ~(ends >= first)
    doubt = lacking(e, doubtful, "committee_meeting", "subprefecture")
    missing = reasons(
        ends.index,
        (pd.Series(not e.held("committee_meeting"), index=ends.index), "never_loaded:committee_meeting"),
        (none & (ends >= first_doubt), "" if doubt.empty else doubt.iloc[0]),
        (none & bool((e.known_keys["kind"] == "committee_meeting").any()), "in_quarantine:committee_meeting"),
    )
    name = quarter_name(ends)
    return checked("CF@" + name, ends, none, missing, quarter=name, created_on=created, refs=None)


def _is_national(meetings: pd.DataFrame) -> pd.Series:
    names = meetings["committee"].map(fold)
    return names.map(lambda name: any(mark in name for mark in NATIONAL)).astype(bool)


def _quarter_ends(e: Evidence, since: pd.Timestamp) -> pd.Series:
    """The last days of quarters from a day on, and from ``monitoring_from`` on, that are over."""
    start = since if e.monitoring_from is None else max(since, pd.Timestamp(e.monitoring_from))
    ends = pd.Series(pd.date_range(start, pd.Timestamp(e.as_of), freq="QE"), dtype="datetime64[us]")
    return ends[ends < pd.Timestamp(e.as_of)]


@rule("G-03", covered="text", due_on="date", filed_on="date")
def annual_report(e: Evidence, p: Params) -> pd.DataFrame:
    """The annual report to the KP is filed by 31 March of the year after, that day included.

    Subject: period ``CF@YYYY``, from 2003, once the due day is over; day: the due day. Parts ``missing`` and ``late``.
    The earliest filing counts. A filing without its day is not evaluated.
    """
    ends = _period_ends(e, 12)
    due = pd.to_datetime((ends.dt.year + 1).astype("str") + "-" + str(p["due_day"]), format="%Y-%m-%d")
    return _filed(e, ends.dt.strftime("%Y"), due, "annual_report", "")


@rule("G-04", covered="text", due_on="date", filed_on="date")
def statistics(e: Evidence, p: Params) -> pd.DataFrame:
    """Trade of a quarter and production of a half-year are reported within two months of their end.

    Subject: period ``CF@YYYY-Qn`` or ``CF@YYYY-Hn``, as G-03; due on the last day of the second month. Parts:
    ``trade_missing``, ``trade_late``, ``production_missing``, ``production_late``.
    """
    months = pd.offsets.MonthEnd(int(p["due_months"]))
    quarters, halves = _period_ends(e, 3), _period_ends(e, 6)
    half = halves.dt.strftime("%Y") + "-H" + (halves.dt.month // 6).astype("str")
    return together(
        _filed(e, quarter_name(quarters), quarters + months, "quarterly_trade", "trade_"),
        _filed(e, half, halves + months, "half_year_production", "production_"),
    )


def _period_ends(e: Evidence, months: int) -> pd.Series:
    """The last days of the years, half-years or quarters that began in ``monitoring_from``'s time and are over."""
    ends = pd.Series(pd.date_range(f"{FIRST_YEAR}-01-01", pd.Timestamp(e.as_of), freq="ME"), dtype="datetime64[us]")
    ends = ends[ends.dt.month % months == 0]
    if e.monitoring_from is not None:
        begins = ends - pd.offsets.MonthEnd(months) + pd.Timedelta(days=1)
        ends = ends[begins >= pd.Timestamp(e.monitoring_from)]
    return ends.reset_index(drop=True)


def _filed(e: Evidence, covered: pd.Series, due: pd.Series, report: str, part: str) -> pd.DataFrame:
    """A checked row for each period whose report was due before ``as_of``."""
    over = due < pd.Timestamp(e.as_of)
    covered, due = covered[over].astype("str"), due[over].astype("datetime64[us]")
    filings = e["filing"].sort_values("ref")
    filings = filings[filings["report"] == report]
    first = lookup(covered, filings.groupby("period")["filed_on"].min())
    undated = filings.assign(why=lacking(e, filings, "filing", "filed_on"))
    undated = undated[undated["why"] != ""].drop_duplicates("period").set_index("period")
    why = lookup(covered, undated["why"]).fillna("")
    fires = first.isna() | (first > due)
    missing = reasons(
        covered.index,
        (pd.Series(not e.held("filing"), index=covered.index), "never_loaded:filing"),
        (fires & (why != ""), why),
        (fires & quarantined(e, "filing", "period", covered), "in_quarantine:filing"),
    )
    return checked(
        "CF@" + covered,
        due,
        fires,
        missing,
        part=part + reasons(covered.index, (first.isna(), "missing"), (first.notna(), "late")),
        covered=covered,
        due_on=due,
        filed_on=first,
        ref=lookup(covered, filings.groupby("period")["ref"].min()),
    )


@rule("G-05", issue_date="date", kept_until="date")
def original_kept(e: Evidence, p: Params) -> pd.DataFrame:
    """The original of an issued certificate is kept, and on record, for at least three years from its issue.

    Subject: certificate, until ``kept_until``, that day included. Not evaluated while no original of any certificate is
    on record, and where the certificate's return supplied no documents or one of its documents is in quarantine.
    """
    c = issued(e)
    kept_until = (c["issue_date"] + pd.DateOffset(years=int(p["years_kept"]))).astype("datetime64[us]")
    demanded = ~(kept_until < pd.Timestamp(e.as_of))
    if e.monitoring_from is not None:
        demanded &= ~(c["issue_date"] < pd.Timestamp(e.monitoring_from))
    c, kept_until = c[demanded], kept_until[demanded]
    papers = e["document"]
    originals = papers.loc[papers["kind"] == "certificate_original", "certificate_number"]
    number = c["certificate_number"]
    lacks = ~among(number, originals)
    blank = lacking(e, c, "shipment", "issue_date")
    missing = reasons(
        c.index,
        (lacks & (blank != ""), blank),
        (pd.Series(originals.empty, index=c.index), "no_originals"),
        (lacks & quarantined(e, "document", "certificate_number", number, c["return_id"]), "in_quarantine:document"),
        (lacks & unsupplied(e, c["return_id"], "document", "kind"), "not_supplied:document"),
    )
    return checked(
        number, c["issue_date"], lacks, missing, issue_date=c["issue_date"], kept_until=kept_until, ref=c["ref"]
    )
