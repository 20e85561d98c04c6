"""M-01 to M-03: the monthly return, its totals and the copies lodged with it (framework.md §3 and §8)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    checked,
    due_day,
    is_issued,
    issued,
    lacking,
    last_day,
    lookup,
    month_of,
    quarantined,
    reasons,
    returns_in_quarantine,
    returns_unread,
    together,
    unsupplied,
)
from carmonitor.framework.numbers import written_otherwise
from carmonitor.records import RETURN_KINDS
from carmonitor.records.evidence import Evidence

EARLIEST = pd.Timestamp("2003-01-01")  # no month before the KP; which months count is the span in the rulebook


@rule(
    "M-01", declared_count="count", found_count="count", declared_carats="ct", found_carats="ct",
    declared_value="USD", found_value="USD", issue_date="date", return_month="text",
)  # fmt: skip
def return_complete(e: Evidence, _p: Params) -> pd.DataFrame:
    """A month's return and its certificates agree exactly, and nothing else is in it.

    Parts, subject return: ``count`` (all rows), ``carats`` (ct) and ``value`` (USD) of issued rows against the declared
    totals, ``nil`` (a nil return with issued certificates). Parts, subject certificate: ``other_month`` (issue date
    outside the period) and ``copy_without_row`` (a certificate copy whose number no return holds). A declaration, total
    or amount that is null, and any shipment row in quarantine, leave a sum unevaluated; a certificate in quarantine
    whose number could not be read, or one that differs by leading zeros only, leaves a copy so. Day: the period's last.
    """
    months = _months(e)
    totals = [_total(e, months, *columns) for columns in _TOTALS]
    return together(*totals, _nil(months), _other_month(e), _copies(e))


_TOTALS = (
    ("count", "certificate_count", ""),
    ("carats", "total_carats", "carats"),
    ("value", "total_value_usd", "value_usd"),
)
_NOTHING: dict[str, Any] = {
    "declared_count": pd.NA, "found_count": pd.NA, "declared_carats": pd.NA, "found_carats": pd.NA,
    "declared_value": pd.NA, "found_value": pd.NA, "issue_date": pd.NaT, "return_month": None,
}  # fmt: skip


def _months(e: Evidence) -> pd.DataFrame:
    """One row per monthly return held, with its declaration (null where none), sums over its shipment rows and gaps."""
    held = e.sources[e.sources["kind"].isin(RETURN_KINDS)]["return_id"].drop_duplicates()
    declared = e["return_declaration"].drop(columns=["sender", "period"]).astype({"ref": "Int64"})
    months = pd.DataFrame({"return_id": held}).merge(declared, on="return_id", how="left")
    months = months[month_of(months["return_id"]).notna()].reset_index(drop=True)
    rows = e["shipment"].assign(issued=is_issued(e["shipment"]))
    valid = rows[rows["issued"]].groupby("return_id")
    home = months["return_id"]
    months["count"] = lookup(home, rows["return_id"].value_counts()).fillna(0)
    months["issued"] = lookup(home, rows.loc[rows["issued"], "return_id"].value_counts()).fillna(0)
    for column in ("carats", "value_usd"):
        months[column] = lookup(home, valid[column].sum()).fillna(0)
        months[f"{column}_blank"] = home.isin(rows.loc[rows["issued"] & rows[column].isna(), "return_id"])
    months["quarantined"] = home.isin(returns_in_quarantine(e, "shipment"))
    months["absent"] = unsupplied(e, home, "shipment", "certificate_number")
    return months


def _total(e: Evidence, months: pd.DataFrame, part: str, declared: str, column: str) -> pd.DataFrame:
    home = months["return_id"]
    found = months[column or "count"]
    blank = months[f"{column}_blank"] if column else pd.Series(False, index=months.index)
    missing = reasons(
        months.index,
        (unsupplied(e, home, "return_declaration", "period"), "not_supplied:return_declaration"),
        (months["ref"].isna(), "not_held:return_declaration"),
        (unsupplied(e, home, "return_declaration", declared), f"not_supplied:{declared}"),
        (months[declared].isna(), f"blank:{declared}"),
        (months["absent"], "not_supplied:shipment"),
        (months["quarantined"], "in_quarantine:shipment"),
        (blank, f"blank:{column}"),
    )
    shown = _NOTHING | {f"declared_{part}": months[declared], f"found_{part}": found}
    return _of_return(months, months[declared] != found, missing, part, shown)


def _nil(months: pd.DataFrame) -> pd.DataFrame:
    nil = months[months["nil_return"].fillna(False).astype(bool)]
    shown = _NOTHING | {"declared_count": 0, "found_count": nil["issued"]}
    return _of_return(nil, nil["issued"] > 0, reasons(nil.index), "nil", shown)


def _of_return(
    months: pd.DataFrame, fires: pd.Series, missing: pd.Series, part: str, shown: dict[str, Any]
) -> pd.DataFrame:
    month = month_of(months["return_id"])
    shown = shown | {"return_month": month}
    return checked(months["return_id"], last_day(month), fires, missing, part=part, ref=months["ref"], **shown)


def _other_month(e: Evidence) -> pd.DataFrame:
    c = e["shipment"]
    month = month_of(c["return_id"])
    shown = _NOTHING | {"issue_date": c["issue_date"], "return_month": month}
    return checked(
        c["certificate_number"],
        last_day(month),
        c["issue_date"].dt.strftime("%Y-%m") != month,
        lacking(e, c, "shipment", "issue_date"),
        part="other_month",
        key=month,
        subject_kind="certificate",
        ref=c["ref"],
        **shown,
    )


def _copies(e: Evidence) -> pd.DataFrame:
    copies = e["document"][e["document"]["kind"].isin(["certificate_copy"])]
    number, month = copies["certificate_number"], month_of(copies["return_id"])
    held = number.isin(e["shipment"]["certificate_number"])
    nameless = bool(returns_unread(e, "shipment", "certificate_number"))  # of any month: copies come late
    missing = reasons(
        copies.index,
        (~held & (nameless | quarantined(e, "shipment", "certificate_number", number)), "in_quarantine:shipment"),
        (~held & unsupplied(e, copies["return_id"], "shipment", "certificate_number"), "not_supplied:shipment"),
        (~held & (not e.history), "alone"),
        (written_otherwise(number, e["shipment"]["certificate_number"]), "written_otherwise:certificate_number"),
    )
    return checked(
        number,
        last_day(month),
        ~held,
        missing,
        part="copy_without_row",
        key=month,
        subject_kind="certificate",
        ref=copies["ref"],
        **_NOTHING | {"return_month": month},
    )


@rule("M-02", month="text", due_on="date", sent_on="date")
def return_in_time(e: Evidence, p: Params) -> pd.DataFrame:
    """Every expected sender's return of every month has come by ``due_day`` of the month after, nil returns included.

    Subject: return; parts ``missing`` and ``late``. Only months of the rule's span that are due before ``as_of``, from
    the first full month of monitoring. ``sent_on``: submitted_on, or the first arrival if that was earlier.
    A batch judged alone is not evaluated.
    """
    wanted = _wanted(e, int(p["due_day"]))
    arrived = e.sources[e.sources["kind"].isin(RETURN_KINDS)].groupby("return_id")["first_received_on"].min()
    cover = e["return_declaration"].sort_values("ref").drop_duplicates("return_id").set_index("return_id")
    home = wanted["return_id"]
    first = lookup(home, arrived)
    sent = pd.concat([first, lookup(home, cover["submitted_on"])], axis=1).min(axis=1)
    missing = reasons(wanted.index, (pd.Series(not e.history, index=wanted.index), "alone"))
    return checked(
        home,
        wanted["month_end"],
        first.isna() | (sent > wanted["due_on"]),
        missing,
        part=reasons(wanted.index, (first.isna(), "missing"), (first.notna(), "late")),
        month=month_of(home),
        due_on=wanted["due_on"],
        sent_on=sent.astype("datetime64[us]"),
        ref=lookup(home, cover["ref"]),
    )


def _wanted(e: Evidence, due: int) -> pd.DataFrame:
    """One row per expected sender and month whose due day lies before ``as_of``."""
    ends = pd.Series(pd.date_range(_first_month(e), pd.Timestamp(e.as_of), freq="ME"), dtype="datetime64[us]")
    months = pd.DataFrame({"month_end": ends, "due_on": due_day(ends, due)})
    months = months[months["due_on"] < pd.Timestamp(e.as_of)]
    senders = pd.DataFrame({"sender": pd.Series(list(e.expected_senders), dtype="str")})
    wanted = senders.merge(months, how="cross")
    return wanted.assign(return_id=wanted["sender"] + "@" + wanted["month_end"].dt.strftime("%Y-%m"))


def _first_month(e: Evidence) -> pd.Timestamp:
    """The first day of the first month whose return is demanded: the first full one of monitoring."""
    return EARLIEST if e.monitoring_from is None else pd.Timestamp(e.monitoring_from) + pd.offsets.MonthBegin(0)


@rule("M-03", due_on="date", lodged_on="date")
def copy_lodged(e: Evidence, p: Params) -> pd.DataFrame:
    """A copy of every issued certificate is lodged by the due day of the return of its month.

    Subject: certificate, of months whose return is demanded; parts ``missing`` (nothing lodged although the day has
    passed) and ``late``. A copy without a lodging day passes. Not evaluated where the return supplied no documents and
    no copy is held from elsewhere.
    """
    c = issued(e)
    c = c[~(c["issue_date"] < _first_month(e))]
    number = c["certificate_number"]
    copies = e["document"][e["document"]["kind"].isin(["certificate_copy"])]
    per = copies.groupby("certificate_number")
    undated = number.isin(copies.loc[copies["lodged_on"].isna(), "certificate_number"])
    lodged = lookup(number, per["lodged_on"].min()).mask(undated)
    held = number.isin(copies["certificate_number"])
    due = due_day((c["issue_date"] + pd.offsets.MonthEnd(0)).astype("datetime64[us]"), int(p["due_day"]))
    missing = reasons(
        c.index,
        (lacking(e, c, "shipment", "issue_date") != "", lacking(e, c, "shipment", "issue_date")),
        (~held & quarantined(e, "document", "certificate_number", number, c["return_id"]), "in_quarantine:document"),
        (~held & unsupplied(e, c["return_id"], "document", "kind"), "not_supplied:document"),
    )
    overdue = due < pd.Timestamp(e.as_of)
    return checked(
        number,
        c["issue_date"],
        (~held & overdue) | (lodged > due),
        missing,
        part=reasons(c.index, (~held, "missing"), (held, "late")),
        period=month_of(c["return_id"]),
        due_on=due,
        lodged_on=lodged,
        ref=c["ref"],
        ref_copy=lookup(number, per["ref"].min()),
    )
