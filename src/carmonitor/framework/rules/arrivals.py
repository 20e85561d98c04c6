"""M-07 to M-09: where and when goods arrived, and under which numbers (framework.md §3 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    checked,
    is_issued,
    lacking_returns,
    lookup,
    month_of,
    quarantined,
    reasons,
    returns_unread,
    together,
)
from carmonitor.framework.numbers import block_of, written_otherwise
from carmonitor.framework.rules.confirmations import confirmed, one_side
from carmonitor.records.evidence import Evidence


@rule("M-07", destination="text", country="text")
def confirmed_by_destination(e: Evidence, _p: Params) -> pd.DataFrame:
    """Goods arrive in the certified country. Members of the EU count as EU on the issue date.

    Subject: certificate, per confirming country, whatever the outcome. Not evaluated without a destination, and, where
    the countries differ, without the issue date or the register of participants.
    """
    c = confirmed(e)
    missing = reasons(
        c.index,
        (c["destination_country"].isna(), "blank:destination_country"),
        (c["same"].isna() & c["issue_date"].isna(), "blank:issue_date"),
        (c["same"].isna(), "never_loaded:kp_participant"),
    )
    return checked(
        c["certificate_number"],
        c["issue_date"],
        ~c["same"],
        missing,
        key=c["importing_country"],
        period=month_of(c["return_id_c"]),
        destination=c["destination_country"],
        country=c["importing_country"],
        ref=c["ref_c"],
        ref_confirmation=c["ref_i"],
    )


@rule("M-08", certificate_number="text", country="text", carats="ct", received_on="date")
def certificate_known(e: Evidence, p: Params) -> pd.DataFrame:
    """No goods arrive on a number that was never issued: a possible forgery.

    Subject: confirmation. Parts: ``outside_blocks`` (unknown number outside every printed block: at once), ``unknown``
    (inside a block, or no blocks known; judged once the returns of ``return_months`` months up to arrival are held),
    ``void`` and ``replaced`` (the number is held, but no row of it is issued). Not evaluated: a number in quarantine or
    that differs from a held one by leading zeros only; an ``unknown`` one while a certificate in quarantine has no
    readable number, a return is not held or the day of arrival is blank.
    """
    i = e["import_confirmation"]
    number, shipment = i["certificate_number"], e["shipment"]
    known = number.isin(shipment["certificate_number"])
    in_use = number.isin(shipment.loc[is_issued(shipment), "certificate_number"])
    replaced = number.isin(shipment.loc[shipment["status"] == "replaced", "certificate_number"])
    blocks = e["certificate_block"]
    outside = block_of(number, blocks).isna() & (len(blocks) > 0)
    lacks = lacking_returns(e, i["received_on"], int(p["return_months"]))
    unknown = ~known & ~outside
    missing = reasons(
        i.index,
        (~in_use & quarantined(e, "shipment", "certificate_number", number), "in_quarantine:shipment"),
        (~known & written_otherwise(number, _numbers_told(e)), "written_otherwise:certificate_number"),
        (unknown & bool(returns_unread(e, "shipment", "certificate_number")), "in_quarantine:shipment"),
        (unknown & i["received_on"].isna(), "blank:received_on"),
        (unknown & (not e.history), "alone"),
        (unknown & (lacks != ""), "return_not_held:" + lacks),
    )
    return checked(
        number + "@" + i["importing_country"],
        i["received_on"],
        ~in_use,
        missing,
        part=reasons(
            i.index, (known & replaced, "replaced"), (known, "void"), (outside, "outside_blocks"), (~known, "unknown")
        ),
        certificate_number=number,
        country=i["importing_country"],
        carats=i["carats"],
        received_on=i["received_on"],
        ref=i["ref"],
        ref_certificate=lookup(number, shipment.groupby("certificate_number")["ref"].min()),
    )


def _numbers_told(e: Evidence) -> pd.Series:
    """The numbers of all certificates, those in quarantine too."""
    hidden = pd.Series(sorted(e.in_quarantine("shipment", "certificate_number")), dtype="str")
    numbers: pd.Series = pd.concat([e["shipment"]["certificate_number"], hidden])
    return numbers


@rule("M-09", country="text", issue_date="date", expiry_date="date", received_on="date")
def arrived_while_valid(e: Evidence, _p: Params) -> pd.DataFrame:
    """Goods arrive on or after the issue date (part ``before_issue``, E), and not after expiry (``after_expiry``, W).

    Subject: certificate, per confirming country; day of arrival. A null date leaves its part unevaluated.
    """
    c = confirmed(e)
    frames = []
    for part, column, severity in (("before_issue", "issue_date", "E"), ("after_expiry", "expiry_date", "W")):
        fires = c["received_on"] < c[column] if part == "before_issue" else c["received_on"] > c[column]
        frames.append(
            checked(
                c["certificate_number"],
                c["received_on"],
                fires,
                one_side(c, "received_on", column),
                part=part,
                key=c["importing_country"],
                severity=severity,
                period=month_of(c["return_id_c"]),
                country=c["importing_country"],
                issue_date=c["issue_date"],
                expiry_date=c["expiry_date"],
                received_on=c["received_on"],
                ref=c["ref_c"],
                ref_confirmation=c["ref_i"],
            )
        )
    return together(*frames)
