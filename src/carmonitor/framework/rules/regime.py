"""T: which regime a certificate falls under, and certificates of a time without lawful exports (framework.md §1)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import checked, issued, lacking, last_day, month_of, reasons, unsupplied
from carmonitor.records.evidence import Evidence


@rule("T-01", return_id="text", issue_date="date")
def issue_date_stated(e: Evidence, p: Params) -> pd.DataFrame:
    """Every issued certificate bears its issue date (part ``undated``): without one no regime can be told.

    A date before ``first_regime_on`` in the return of a later month tells none either (part ``before_regimes``).
    Subject: certificate. A blank cell fires; a return without the column is not evaluated. Source: framework.md §1.
    """
    c = issued(e)
    month = month_of(c["return_id"])
    first = pd.Timestamp(p["first_regime_on"])
    early = (c["issue_date"] < first) & (last_day(month) >= first)
    missing = reasons(c.index, (unsupplied(e, c["return_id"], "shipment", "issue_date"), "not_supplied:issue_date"))
    return checked(
        c["certificate_number"],
        c["issue_date"].mask(early, last_day(month)),
        c["issue_date"].isna() | early,
        missing,
        part=reasons(c.index, (early, "before_regimes"), (~early, "undated")),
        period=month,
        return_id=c["return_id"],
        issue_date=c["issue_date"],
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
