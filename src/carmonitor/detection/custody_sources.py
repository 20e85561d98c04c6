"""What papers can have come from beside the slips they name: production registers, audited stock, the unknown.

The *free part* of a paper is its weight less what the slips it names account for: the whole of a first sale. It may
come from the register line that the slip names, and from no other; else from all lines of the seller found by that day
and not sold otherwise, and from audited stock of the seller from its day on (of a parcel: of the exporter). A slip that
bears the reference of an audit may come from the stock declared under it.

What an actor bought in the months before monitoring is long, and still held when its stock was declared, was in that
stock: such slips draw on it instead of on papers that nobody holds (:func:`in_declared_stock`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.detection.custody_papers import (
    DAYS,
    MAYBE,
    NO,
    YES,
    Papers,
    best,
    coded,
    day_number,
    not_after,
    same,
    whole,
)
from carmonitor.detection.flow_network import UNBOUNDED, Bools, Ints, by_node, distinct, spread
from carmonitor.framework.common import lacking, quarantined, reasons, returns_unread, unsupplied
from carmonitor.framework.groups import lines
from carmonitor.framework.history import first_untold, history_short
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

LINE = ["register_number", "line_number"]
DIGS = ["miner", "cooperative", "mining_company"]


@dataclass(frozen=True)
class Claims:
    """What papers draw directly on a store: ``store``, ``slip`` (positions), ``verdict``."""

    store: Ints
    slip: Ints
    verdict: Ints


@dataclass(frozen=True)
class Draws:
    """What papers draw on the account of an actor: all its lines and stock up to a day.

    ``actor``, ``day`` (-1: any day), ``paper`` (a slip, or where ``packed`` a parcel), ``carats``, ``verdict``.
    """

    actor: Ints
    day: Ints
    paper: Ints
    packed: Bools
    carats: Ints
    verdict: Ints


def stores(e: Evidence, papers: Papers) -> tuple[pd.DataFrame, Ints, Ints]:
    """Every line and stock that a paper may draw on, once; and the codes of the lines and audits that records name.

    Columns: ``name``; ``owner``, code of the miner or actor; ``day`` (of both -1: unknown); ``carats``, hundredths
    (``UNBOUNDED``: blank); ``line``, code of register and line, -1 for stock; ``audit``, code of the audit's reference,
    -1 for none; ``reason``, what of it is blank; ``ref``. A line that stands on several rows counts once for each
    miner, with its heaviest row (as in D-06). Lines nobody can draw on are left out.
    """
    dug, stock = e["production"], lines(e, "stock_declaration")
    (line, named), _ = coded(_line_name(dug), _line_name(papers.records))
    (audit, cited), _ = coded(stock["audit_reference"], papers.records["audit_reference"])
    owner = pd.Index(papers.actors)
    found = pd.DataFrame(
        {
            "name": _line_name(dug),
            "owner": owner.get_indexer(pd.Index(dug["miner_id"].astype("object"))),
            "day": day_number(dug["produced_on"]),
            "carats": whole(dug["carats"], UNBOUNDED),
            "line": line,
            "audit": -1,
            "reason": lacking(e, dug, "production", "miner_id", "produced_on", "carats"),
            "ref": dug["ref"],
        }
    )
    drawn_on = np.isin(line, named) | np.isin(found["owner"], _givers(papers))
    found = found[drawn_on].sort_values(["carats", "day", "ref"], ascending=[False, True, True])
    found = found.drop_duplicates(["line", "owner"])
    audited = pd.DataFrame(
        {
            "name": stock["actor_id"] + "@" + stock["as_of"].dt.strftime("%Y-%m-%d").astype("str"),
            "owner": owner.get_indexer(pd.Index(stock["actor_id"].astype("object"))),
            "day": day_number(stock["as_of"]),
            "carats": whole(stock["carats"], UNBOUNDED),
            "line": -1,
            "audit": audit,
            "reason": lacking(e, stock, "stock_declaration", "carats"),
            "ref": stock["ref"],
        }
    )
    return pd.concat([found, audited], ignore_index=True), named, cited


def claims(papers: Papers, store: pd.DataFrame, named: Ints, cited: Ints) -> Claims:
    """The lines that slips name, and the stock under whose audit they are."""
    records = papers.records
    open_ = records["licensed"].to_numpy(dtype=bool)
    seller, day, slip = (records[name].to_numpy() for name in ("seller", "day", "slip"))
    owner, found_on = store["owner"].to_numpy(), store["day"].to_numpy()
    rows, at = _of_one_party(named, seller, store["line"].to_numpy(), owner)
    verdict = np.minimum(same(owner[at], seller[rows]), not_after(found_on[at], day[rows]))
    audit_rows, audit_at = _matches(cited, store["audit"].to_numpy())
    rows, at = np.concatenate([rows, audit_rows]), np.concatenate([at, audit_at])
    verdict = np.where(open_[rows], np.concatenate([verdict, np.full(len(audit_at), YES)]), NO)
    size = len(store)
    keys, group = np.unique(slip[rows] * size + at, return_inverse=True)
    verdict = best(verdict, group, len(keys), NO)
    keys, verdict = keys[verdict > NO], verdict[verdict > NO]
    return Claims(keys % max(size, 1), keys // max(size, 1), verdict)


def draws(
    papers: Papers, store: pd.DataFrame, unnamed: Bools, audited_on: Ints, slip_free: Ints, parcel_free: Ints
) -> Draws:
    """What slips that name no line, and parcels, draw on the account of their seller or exporter, if it holds anything.

    And what slips draw on the stock that their buyer declared later. ``unnamed``: per record; ``audited_on``: per
    record the day of that stock, -1 for none; ``slip_free``, ``parcel_free``: the free part of each.
    """
    records, parcels, certificates = papers.records, papers.parcels, papers.certificates
    slip, seller, buyer, day = (records[name].to_numpy() for name in ("slip", "seller", "buyer", "day"))
    holders = store.loc[store["carats"] > 0, "owner"].to_numpy()
    able = records["licensed"].to_numpy(dtype=bool) & (slip_free[slip] > 0)
    asked = unnamed & (seller >= 0) & np.isin(seller, holders) & able
    stocked = (audited_on >= 0) & np.isin(buyer, holders) & able
    owner = parcels["certificate"].to_numpy()
    exporter, issued_on = certificates["exporter"].to_numpy()[owner], certificates["day"].to_numpy()[owner]
    rest = (exporter >= 0) & np.isin(exporter, holders) & (parcel_free > 0)
    days = np.concatenate([day[asked], audited_on[stocked], issued_on[rest]])
    slips = np.concatenate([slip[asked], slip[stocked]])
    return Draws(
        actor=np.concatenate([seller[asked], buyer[stocked], exporter[rest]]),
        day=days,
        paper=np.concatenate([slips, np.flatnonzero(rest)]),
        packed=np.arange(len(days)) >= len(slips),
        carats=np.concatenate([slip_free[slips], parcel_free[rest]]),
        verdict=np.where(days < 0, MAYBE, YES),
    )


def in_declared_stock(e: Evidence, papers: Papers, store: pd.DataFrame) -> Ints:
    """Per record the day of the first stock its buyer declared after it, if it was still in it; -1 where not known.

    It was where every paper that uses the slip bears a later day than the declaration. A buyer with a declaration in
    quarantine may have declared more: -1.
    """
    records, size = papers.records, len(papers.slips)
    owner, day = store["owner"].to_numpy(), store["day"].to_numpy()
    keys = np.sort((owner * DAYS + day)[(store["line"].to_numpy() < 0) & (owner >= 0) & (day >= 0)])
    buyer, bought, slip = (records[name].to_numpy() for name in ("buyer", "day", "slip"))
    keys = np.append(keys, -1)
    found = keys[np.searchsorted(keys[:-1], buyer * DAYS + bought, side="right")]
    resold_on = np.full(size, DAYS, dtype=np.int64)
    np.minimum.at(resold_on, slip, bought)
    certificate = papers.parcels["certificate"].to_numpy()[papers.packed.into]
    left = np.full(size, DAYS, dtype=np.int64)
    np.minimum.at(left, papers.packed.source, papers.certificates["day"].to_numpy()[certificate])
    np.minimum.at(left, papers.resold.source, np.where(resold_on < DAYS, resold_on, -1)[papers.resold.into])
    hidden = quarantined(e, "stock_declaration", "actor_id", records["buyer_id"]).to_numpy(dtype=bool)
    held = (buyer >= 0) & (bought >= 0) & (found // DAYS == buyer) & (left[slip] > found % DAYS) & ~hidden
    return np.where(held, found % DAYS, -1)


def unknown_source(
    e: Evidence, papers: Papers, named: Ints, cited: Ints, store: pd.DataFrame, months: int
) -> pd.Series:
    """Why stones of a record may have come from papers that are not held; ``""`` where they cannot. Str, per record.

    ``named``, ``cited``: codes of the line and the audit that each record names, -1 for none.
    """
    s = papers.records
    home, seller = s["return_id"], s["seller_id"]
    resale = pd.Series(np.isin(s["slip"], papers.resold.into), index=s.index)
    on_line = pd.Series(named >= 0, index=s.index)
    line_held = pd.Series(np.isin(named, store["line"].to_numpy()), index=s.index) & on_line
    actors = e["actor"]
    known = within(seller, actors.loc[actors["kind"].notna(), "actor_id"])
    digs = ~known | within(seller, actors.loc[actors["kind"].isin(DIGS), "actor_id"])
    buys = within(seller, e["purchase"]["buyer_id"].dropna())
    links_untold = ~resale & ~on_line & unsupplied(e, home, "purchase_source", "source_slip_number")
    blank_seller = lacking(e, s, "purchase", "seller_id")
    short = history_short(e, seller, s["purchase_date"], months)
    lines_untold = _lines_untold(e, s, short)
    nameless = bool(returns_unread(e, "production", "register_number"))  # a line that nobody could read may be any
    unread = digs & ~on_line & (nameless | (_of_unread_lines(e, seller) != ""))
    return reasons(
        s.index,
        (s["withheld"].astype(bool), "in_quarantine:purchase"),
        (quarantined(e, "purchase_source", "slip_number", s["slip_number"], home), "in_quarantine:purchase_source"),
        (pd.Series((cited >= 0) & ~np.isin(cited, store["audit"]), index=s.index), "not_held:stock_declaration"),
        (line_held, ""),
        (
            on_line & (nameless | quarantined(e, "production", "register_number", s["register_number"])),
            "in_quarantine:production",
        ),
        (~on_line & (blank_seller != ""), blank_seller),
        (links_untold & (~digs | ~known | buys), "not_supplied:purchase_source"),
        (on_line | digs, lines_untold.mask(unread & (lines_untold == ""), "in_quarantine:production")),
        (short, "history_short"),
    )


def free_exporter(e: Evidence, papers: Papers, months: int) -> pd.Series:
    """Why stones of a certificate may come from stock of the exporter that nobody declared; ``""`` where not."""
    c = papers.certificates
    blank = lacking(e, c, "shipment", "exporter_id")
    short = history_short(e, c["exporter_id"], c["issue_date"], months)
    return reasons(c.index, (blank != "", blank), (short, "history_short"))


def _line_name(s: pd.DataFrame) -> pd.Series:
    return s["register_number"] + "/" + s["line_number"]


def _givers(papers: Papers) -> Ints:
    codes = [papers.records["seller"].to_numpy(), papers.certificates["exporter"].to_numpy()]
    both = np.unique(np.concatenate(codes))
    return both[both >= 0]


def _matches(asked: Ints, known: Ints) -> tuple[Ints, Ints]:
    """Pairs of equal codes (-1 equals nothing): positions in ``asked`` and in ``known``."""
    size = int(max(asked.max(initial=-1), known.max(initial=-1))) + 1
    kept = np.flatnonzero(known >= 0)
    order, first = by_node(known[kept], size)
    rows = np.flatnonzero(asked >= 0)
    at, owner = spread(first, asked[rows])
    return rows[owner], kept[order[at]]


def _of_one_party(named: Ints, seller: Ints, line: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Slips and rows of the line they name whose parties are, or may be, one: positions of both (codes, -1 unknown)."""
    known = np.concatenate([np.where(seller < 0, -1, named), np.where(owner < 0, -1, line)])
    party = np.concatenate([seller, owner])
    _, place = np.unique(known * (int(party.max(initial=0)) + 1) + party, return_inverse=True)
    place = np.where(known < 0, -1, place)
    parts = [
        _matches(place[: len(named)], place[len(named) :]),
        _matches(np.where(seller < 0, named, -1), line),
        _matches(np.where(seller < 0, -1, named), np.where(owner < 0, line, -1)),
    ]
    rows, at = (np.concatenate(side) for side in zip(*parts, strict=True))
    return rows, at


def _lines_untold(e: Evidence, s: pd.DataFrame, short: pd.Series) -> pd.Series:
    """Why lines that a seller could have sold from may not be held. ``short``: on days that history does not reach."""
    day = lacking(e, s, "purchase", "purchase_date")
    (home, homes), (on, days) = pd.factorize(s["return_id"]), pd.factorize(s["purchase_date"])
    pairs = distinct(home * (len(days) + 1) + on + 1)  # there are few returns and days, and very many slips
    asked_home, asked_day = np.divmod(pairs, len(days) + 1)
    ends = pd.Series(days).reindex(asked_day - 1).reset_index(drop=True).astype("datetime64[us]")
    told = first_untold(e, "production", pd.Series(homes.take(asked_home), dtype="str"), None, ends)
    why = told.take(np.searchsorted(pairs, home * (len(days) + 1) + on + 1)).set_axis(s.index)
    return reasons(
        s.index,
        (unsupplied(e, s["return_id"], "production", "line_number"), "not_supplied:production"),
        (pd.Series(not e.history, index=s.index), "alone"),
        (short, "history_short"),
        (why != "", why),
        (day != "", ""),
    )


def _of_unread_lines(e: Evidence, seller: pd.Series) -> pd.Series:
    """``in_quarantine:production`` where a line that is in quarantine, or names no miner, may be the seller's.

    It may be where its register is the seller's by other lines, or nobody's yet (as in D-06).
    """
    dug = e["production"]
    unread = set(e.in_quarantine("production", "register_number")) | set(
        dug.loc[dug["miner_id"].isna(), "register_number"]
    )
    theirs = dug[dug["register_number"].isin(unread) & dug["miner_id"].notna()]
    if unread - set(theirs["register_number"]):
        return pd.Series("in_quarantine:production", index=seller.index, dtype="str")
    return reasons(seller.index, (within(seller, theirs["miner_id"]), "in_quarantine:production"))
