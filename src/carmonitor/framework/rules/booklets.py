"""L-06: slips come from booklets of their buyers (framework.md §2 and §8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import among, checked, lacking, lookup, month_of, reasons, together
from carmonitor.framework.custody import unheld_slips
from carmonitor.framework.numbers import among_quarantined, best_row, in_ranges, plain, readable, where_null
from carmonitor.records.evidence import Evidence


@rule("L-06", buyer_id="text", purchase_date="date", booklet="text", holder="text", issued_on="date", named="text")
def slip_from_own_booklet(e: Evidence, _: Params) -> pd.DataFrame:
    """A slip's number lies in a booklet that was issued to its buyer on or before the purchase.

    Subject: purchase. Parts: ``no_booklet`` (in no range of the register as of T), ``other_holder``, ``issued_later``
    and ``other_booklet`` (the slip names a booklet that is none of those that hold its number). Numbers compare by
    prefix and value; of overlapping booklets any that satisfies both demands passes. Not evaluated while no booklet was
    ever loaded, where a buyer or day that decides is null, where very many booklets hold the slip, and where one that
    may hold it is in quarantine or has no readable range. A slip that names no booklet is not checked for its name; one
    that a certificate stands on and that is not held is not evaluated.
    """
    s, register = e["purchase"].reset_index(drop=True), e["slip_booklet"].reset_index(drop=True)
    pairs, crowded = in_ranges(s["slip_number"], register["first_slip"], register["last_slip"])
    pairs = pairs.rename(columns={"range": "row"})
    own = _own_booklet(e, s, register, pairs, crowded)
    return together(own, _named_booklet(e, s, register, pairs), unheld_slips(e))


def _own_booklet(
    e: Evidence, s: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame, crowded: pd.Series
) -> pd.DataFrame:
    slip, row = pairs["at"].astype("Int64"), pairs["row"].astype("Int64")
    holder, given = (lookup(row, register[name]) for name in ("holder_id", "issued_on"))
    buyer, bought = (lookup(slip, s[name]) for name in ("buyer_id", "purchase_date"))
    no_buyer, no_day = (lookup(slip, lacking(e, s, "purchase", name)) for name in ("buyer_id", "purchase_date"))
    best = best_row(
        pairs.assign(ref_booklet=lookup(row, register["ref"])),
        ("other_holder", holder == buyer, where_null(holder, "blank:holder_id", buyer, no_buyer)),
        ("issued_later", given <= bought, where_null(given, "blank:issued_on", bought, no_day)),
        ref="ref_booklet",
    ).reindex(s.index)
    passes = best["passes"].fillna(False).astype(bool)
    found = best["row"].astype("Int64")
    missing = reasons(
        s.index,
        (pd.Series(not e.held("slip_booklet"), index=s.index), "never_loaded:slip_booklet"),
        (crowded, "rows_differ:slip_booklet"),
        (~passes & _booklet_hidden(e, s), "in_quarantine:slip_booklet"),
        (best["missing"].fillna("") != "", best["missing"].fillna("")),
        (~passes & _range_unclear(s, register), "unreadable_range:slip_booklet"),
    )
    return _booklet_rows(s, register, ~passes, missing, best["part"].fillna("no_booklet"), found)


def _named_booklet(e: Evidence, s: pd.DataFrame, register: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Slips that lie in a booklet and name one."""
    numbers = plain(register["booklet_number"])
    named = plain(s["booklet_number"])
    same = lookup(pairs["at"].astype("Int64"), named) == lookup(pairs["row"].astype("Int64"), numbers)
    told = s[s["booklet_number"].notna() & s.index.isin(pairs["at"])]
    first = pairs.sort_values(["at", "row"]).drop_duplicates("at").set_index("at")["row"]
    differs = pd.Series(~told.index.isin(pairs.loc[same, "at"]), index=told.index)
    hidden = differs & _booklet_hidden(e, told)
    missing = reasons(told.index, (hidden, "in_quarantine:slip_booklet"))
    part = pd.Series("other_booklet", index=told.index, dtype="str")
    return _booklet_rows(told, register, differs, missing, part, first.reindex(told.index).astype("Int64"))


def _booklet_rows(
    s: pd.DataFrame, register: pd.DataFrame, fires: pd.Series, missing: pd.Series, part: pd.Series, row: pd.Series
) -> pd.DataFrame:
    shown: Iterable[tuple[str, str]] = (
        ("booklet", "booklet_number"),
        ("holder", "holder_id"),
        ("issued_on", "issued_on"),
    )
    of_register: dict[str, Any] = {name: lookup(row, register[column]) for name, column in shown}
    return checked(
        s["slip_number"],
        s["purchase_date"],
        fires,
        missing,
        part=part,
        period=month_of(s["return_id"]),
        buyer_id=s["buyer_id"],
        purchase_date=s["purchase_date"],
        named=s["booklet_number"],
        **of_register,
        ref=s["ref"],
        ref_booklet=lookup(row, register["ref"]),
    )


def _booklet_hidden(e: Evidence, s: pd.DataFrame) -> pd.Series:
    """True where the booklet a slip names, or for a slip that names none any booklet, is in quarantine."""
    anything = bool(e.in_quarantine("slip_booklet", "booklet_number"))
    named = s["booklet_number"].notna()
    return (named & among_quarantined(e, "slip_booklet", "booklet_number", s["booklet_number"])) | (~named & anything)


def _range_unclear(s: pd.DataFrame, register: pd.DataFrame) -> pd.Series:
    """True where a booklet without a readable range is the buyer's, or nobody's, so that it may hold the slip."""
    unclear = register[~readable(register["first_slip"], register["last_slip"])]
    nobodys = bool(unclear["holder_id"].isna().any())
    return (len(unclear) > 0) & (among(s["buyer_id"], unclear["holder_id"].dropna()) | s["buyer_id"].isna() | nobodys)
