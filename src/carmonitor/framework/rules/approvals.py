"""A-01, A-03, A-04: the Monitoring Team's approval before export, 2015 to 2019 (framework.md §2, §3 and §8).

From 2019-11-22 no prior approval is demanded: A-02 says so in the rulebook and has no function.
"""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import checked, issued, lacking, lacking_returns, reasons, together, unsupplied
from carmonitor.records.evidence import Evidence


@rule("A-01", approval_reference="text", approval_date="date", issue_date="date")
def approved_before_issue(e: Evidence, _: Params) -> pd.DataFrame:
    """An issued certificate bears an approval reference and an approval date, on or before the issue date.

    Subject: certificate. Parts: ``reference`` and ``date`` (blank), ``late``. A blank cell is a breach; a column that
    was not supplied is not evaluated.
    """
    c = issued(e)
    no_date = c["approval_date"].isna()
    return together(
        _approval(e, c, "reference", c["approval_reference"].isna(), "approval_reference"),
        _approval(e, c, "date", no_date, "approval_date"),
        _approval(e, c[~no_date], "late", c["approval_date"] > c["issue_date"], "approval_date"),
    )


@rule("A-03", requested_on="date", approval_date="date", days="days")
def answer_time(e: Evidence, p: Params) -> pd.DataFrame:
    """The Monitoring Team answers within 14 calendar days, 7 from 2018-11-01. Not held against the exporter.

    Subject: certificate; day: that of the request, by which the limit is chosen. A request without a date falls on the
    issue date and is not evaluated.
    """
    c = issued(e)
    days = (c["approval_date"] - c["approval_requested_on"]).dt.days.astype("Int64")
    limit = p.at("answer_days", c["approval_requested_on"]).astype("Int64")
    return checked(
        c["certificate_number"],
        c["approval_requested_on"].fillna(c["issue_date"]),
        days > limit,
        lacking(e, c, "shipment", "approval_requested_on", "approval_date"),
        requested_on=c["approval_requested_on"],
        approval_date=c["approval_date"],
        days=days,
        ref=c["ref"],
    )


@rule("A-04", first_date="date", second_date="date", certificates="text")
def one_shipment_a_month(e: Evidence, _: Params) -> pd.DataFrame:
    """At most one shipment in a calendar month, country-wide; certificates of one day are one shipment. A lead.

    Subject: period ``CF@YYYY-MM``, one row per certificate, so that the regime's last month is cut at its last day.
    A second issue date is told whatever is held; silence needs that month's return.
    """
    c = issued(e).dropna(subset="issue_date")
    month = c["issue_date"].dt.strftime("%Y-%m").astype("str")
    first = c["issue_date"].groupby(month).transform("min")
    second = c["issue_date"].where(c["issue_date"] > first).groupby(month).transform("min")
    fires = (c["issue_date"] >= second).fillna(False)
    unheld = (lacking_returns(e, c["issue_date"], 1) != "") & ~fires
    rows = checked(
        "CF@" + month,
        c["issue_date"],
        fires,
        reasons(c.index, (unheld, "return_not_held:" + month)),
        first_date=first,
        second_date=second,
        certificates=c["certificate_number"],
        ref=c["ref"],
    )
    both = c[(c["issue_date"] == first) | (c["issue_date"] == second)]
    numbers = both["certificate_number"].groupby(month).agg(lambda found: sorted(set(found)))
    refs = both["ref"].groupby(month).agg(list)
    return rows.assign(
        certificates=rows["certificates"].astype("object").mask(fires, month.map(numbers)),
        refs=month.map(refs).where(fires),
    )


def _approval(e: Evidence, c: pd.DataFrame, part: str, fires: pd.Series, column: str) -> pd.DataFrame:
    no_column = unsupplied(e, c["return_id"], "shipment", column)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        fires.reindex(c.index),
        reasons(c.index, (c[column].isna() & no_column, f"not_supplied:{column}")),
        part=part,
        approval_reference=c["approval_reference"],
        approval_date=c["approval_date"],
        issue_date=c["issue_date"],
        ref=c["ref"],
    )
