"""T: which regime a certificate falls under, and certificates of a time without lawful exports (framework.md §1)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import checked, issued, lacking, month_of, reasons, unsupplied
from carmonitor.records.evidence import Evidence


@rule("T-01", return_id="text")
def issue_date_stated(e: Evidence, _p: Params) -> pd.DataFrame:
    """Every issued certificate bears its issue date: without one no regime can be told.

    Subject: certificate. A blank cell fires; a return without the column is not evaluated. Source: framework.md §1.
    """
    c = issued(e)
    missing = reasons(c.index, (unsupplied(e, c["return_id"], "shipment", "issue_date"), "not_supplied:issue_date"))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        c["issue_date"].isna(),
        missing,
        period=month_of(c["return_id"]),
        return_id=c["return_id"],
        ref=c["ref"],
    )


@rule("T-02", issue_date="date")
def no_export_before_first_zone(e: Evidence, p: Params) -> pd.DataFrame:
    """No certificate is issued from the suspension until the first compliant zone (``first_zone_on``, exclusive).

    Subject: certificate. No issue date = not evaluated. Source: framework.md §1, KP Administrative Decision of 2013.
    """
    c = issued(e)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        c["issue_date"] < pd.Timestamp(p["first_zone_on"]),
        lacking(e, c, "shipment", "issue_date"),
        period=month_of(c["return_id"]),
        issue_date=c["issue_date"],
        ref=c["ref"],
    )
