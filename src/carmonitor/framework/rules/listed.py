"""C-06, C-07, C-09 and C-10: the certificate against the registers of the team (framework.md §5 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    checked,
    covered,
    issued,
    lacking,
    lookup,
    month_of,
    reasons,
)
from carmonitor.framework.numbers import block_of, numbered
from carmonitor.records.evidence import Evidence
from carmonitor.records.names import fold_names

SPAN = ("valid_from", "valid_to")


@rule("C-06", destination_country="text")
def destination_participates(e: Evidence, _p: Params) -> pd.DataFrame:
    """The destination is a Kimberley Process participant, or a member of one, on the issue date.

    Subject: certificate. Parts: ``unlisted`` (not in the register as of T) and ``not_that_day``. Ends of membership are
    inclusive. Not evaluated while the register was never loaded, or where the destination or date is null.
    """
    c = issued(e)
    register = e["kp_participant"]
    country, day = c["destination_country"], c["issue_date"]
    columns = ("country", *SPAN)
    own = covered(country, day, register[register["part_of"].isna()], columns)
    member = pd.Series(False, index=c.index)
    for union, rows in register.dropna(subset="part_of").groupby("part_of"):
        whole = covered(pd.Series(str(union), index=c.index), day, register, columns)
        member |= covered(country, day, rows, columns) & whole
    return against_register(
        e, c, "kp_participant", "destination_country", own | member, country.isin(register["country"])
    )


@rule("C-07", signatory="text")
def signatory_valid(e: Evidence, _p: Params) -> pd.DataFrame:
    """The person who signed is on the list of valid signatures on the issue date; names compare folded.

    Subject: certificate. Parts: ``unlisted`` (not in the register as of T) and ``not_that_day``; ends are inclusive.
    Not evaluated while the register was never loaded, or where the signatory or date is null.
    """
    c = issued(e)
    register = e["signatory"].assign(folded=fold_names(e["signatory"]["signatory"]))
    name = fold_names(c["signatory"])
    valid = covered(name, c["issue_date"], register, ("folded", *SPAN))
    return against_register(e, c, "signatory", "signatory", valid, name.isin(register["folded"]))


def against_register(
    e: Evidence, c: pd.DataFrame, register: str, column: str, valid: pd.Series, listed: pd.Series
) -> pd.DataFrame:
    """A value of certificates against a register: unlisted values fire without a date, listed ones need the issue date.

    Parts ``unlisted`` and ``not_that_day``; the value is evidence under its own name.
    """
    never = pd.Series(not e.held(register), index=c.index)
    value, day = lacking(e, c, "shipment", column), lacking(e, c, "shipment", "issue_date")
    missing = reasons(c.index, (never, f"never_loaded:{register}"), (value != "", value), (listed & (day != ""), day))
    return checked(
        c["certificate_number"],
        c["issue_date"],
        ~valid,
        missing,
        part=reasons(c.index, (listed, "not_that_day"), (~listed, "unlisted")),
        period=month_of(c["return_id"]),
        ref=c["ref"],
        **{column: c[column]},
    )


@rule("C-09", first_number="text", last_number="text", issue_date="date")
def number_printed(e: Evidence, _p: Params) -> pd.DataFrame:
    """A certificate number lies in a printed block that was available on the issue date; ends are inclusive.

    Subject: certificate, whatever its status. Parts: ``no_block`` (not in the register as of T) and ``not_available``.
    Not evaluated while no block was ever loaded, or where a number inside a block has no issue date.
    """
    c, blocks = e["shipment"], e["certificate_block"]
    number, day = c["certificate_number"], c["issue_date"]
    found = block_of(number, blocks, day)
    began, ended = (lookup(found, blocks[name]) for name in ("available_from", "available_to"))
    inside = found.notna()
    available = inside & (began.isna() | (began <= day)) & (ended.isna() | (day <= ended))
    undated = lacking(e, c, "shipment", "issue_date").where(inside, "")
    never = pd.Series(not e.held("certificate_block"), index=c.index)
    return checked(
        number,
        day,
        ~available,
        reasons(c.index, (never, "never_loaded:certificate_block"), (undated != "", undated)),
        part=reasons(c.index, (inside, "not_available"), (~inside, "no_block")),
        period=month_of(c["return_id"]),
        first_number=lookup(found, blocks["first_number"]),
        last_number=lookup(found, blocks["last_number"]),
        issue_date=day,
        ref=c["ref"],
        ref_block=lookup(found, blocks["ref"]),
    )


@rule("C-10", earlier_number="text", gap="count", issue_date="date")
def numbers_rise(e: Evidence, p: Params) -> pd.DataFrame:
    """Inside one printed block numbers rise with the issue date: none is overtaken by more than the allowed gap.

    Subject: the certificate with the low number, whatever its status, all history: (highest number of its block with an
    earlier date) − own number > ``allowed_gap``. Not evaluated without a block or an issue date.
    """
    c = e["shipment"].reset_index(drop=True)
    number, day = numbered(c["certificate_number"])["digits"], c["issue_date"]
    block = block_of(c["certificate_number"], e["certificate_block"])
    rows = pd.DataFrame({"block": block, "day": day, "number": number, "row": c.index}).dropna()
    highest = rows.sort_values(["block", "day", "number"]).drop_duplicates(["block", "day"], keep="last")
    highest["earlier"] = highest.groupby("block")["number"].cummax().groupby(highest["block"]).shift()
    rows = rows.merge(highest[["block", "day", "earlier"]], on=["block", "day"])
    earlier = rows.set_index("row")["earlier"].reindex(c.index).astype("Int64")
    gap = earlier - number
    first_of = rows.drop_duplicates(["block", "number"]).set_index(["block", "number"])["row"]
    wanted = pd.MultiIndex.from_arrays([block, earlier], names=["block", "number"])
    at = pd.Series(first_of.reindex(wanted).to_numpy(), index=c.index).astype("Int64")
    undated = lacking(e, c, "shipment", "issue_date")
    never = pd.Series(not e.held("certificate_block"), index=c.index)
    missing = reasons(
        c.index,
        (never, "never_loaded:certificate_block"),
        (block.isna(), "not_held:certificate_block"),
        (undated != "", undated),
    )
    return checked(
        c["certificate_number"],
        day,
        (gap > int(p["allowed_gap"])).fillna(False),
        missing,
        period=month_of(c["return_id"]),
        earlier_number=lookup(at, c["certificate_number"]),
        gap=gap,
        issue_date=day,
        ref=c["ref"],
        ref_earlier=lookup(at, c["ref"]),
    )
