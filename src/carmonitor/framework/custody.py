"""The way of the stones: from each parcel of a certificate back through resales to the first sales by those who dug.

Links are ``parcel_source`` (parcel → slip) and ``purchase_source`` (resale slip → earlier slip). A slip without
``purchase_source`` rows is a first sale. Slips that name one another in a circle have no first sale: they are reported
as such and the walk goes on without them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.framework.common import among, checked, issued, of_issued, quarantined, reasons, unsupplied
from carmonitor.framework.groups import few
from carmonitor.records.evidence import Evidence

LINK = ["certificate_number", "parcel_number", "slip_number"]
_OF_PURCHASE = [
    "purchase_date", "seller_id", "register_number", "audit_reference",
    "origin_subprefecture", "origin_subprefecture_resolved",
]  # fmt: skip


def upstream(e: Evidence) -> pd.DataFrame:
    """Every slip upstream of a parcel of an issued certificate, once per parcel. Cached; read-only.

    Columns: certificate_number, parcel_number, slip_number, issue_date and ref_certificate (null when the certificate
    is not held), ref_link (Int64: the parcel_source row that leads to it), first_sale, circular (bool: the slip is one
    of its own sources, over however many resales).
    """
    return e.cached("upstream", _upstream)


def first_sales(e: Evidence) -> pd.DataFrame:
    """The first sales upstream of each parcel, beside their purchase records, and the circles. Cached; read-only.

    Columns of :func:`upstream`; return_id, ref_purchase, purchase_date, origin_subprefecture (as written and
    ``_resolved``) and audit_reference of the slip (null when it is not held; one row per record of the number, of very
    many (:func:`few`) the first, which then is ``missing``);
    ``subprefecture`` (the pre-2021 one; null when unknown); ``missing``: why nothing can be said of the slip;
    ``unlinked``: True where it may be a resale after all: its return supplied no ``purchase_source``, it names no
    production register and its seller is not known as a miner or cooperative.
    """
    return e.cached("first_sales", _first_sales)


def gaps(e: Evidence) -> pd.DataFrame:
    """Issued certificates whose slips are not all known: ``missing`` says why. Columns of ``shipment``."""
    shipment = issued(e)
    missing = reasons(
        shipment.index,
        (unsupplied(e, shipment["return_id"], "parcel_source", "slip_number"), "not_supplied:parcel_source"),
        (
            quarantined(
                e, "parcel_source", "certificate_number", shipment["certificate_number"], shipment["return_id"]
            ),
            "in_quarantine:parcel_source",
        ),
    )
    return shipment.assign(missing=missing)[missing != ""]


def certificates_of(e: Evidence, kind: str, subject_ids: pd.Series) -> frozenset[str]:
    """The issued certificates that subjects of a kind hang on.

    Parcels and confirmations name theirs; slips, bags and production lines lead to it by way of parcel_source. Subjects
    of other kinds (returns, actors, periods) hang on none.
    """
    issued_numbers = issued(e)["certificate_number"]
    if kind in _NAMES_ITS_CERTIFICATE:
        named = subject_ids.astype("str").str.replace(_NAMES_ITS_CERTIFICATE[kind], "", regex=True)
        return frozenset(issued_numbers[among(issued_numbers, named)])
    if kind not in _PAPERS:
        return frozenset()
    papers = e.cached(f"certificates of {kind}", _PAPERS[kind])
    if papers.empty:
        return frozenset()
    return frozenset(papers.loc[among(papers["subject_id"], subject_ids), "certificate_number"].unique())


def unheld_slips(e: Evidence) -> pd.DataFrame:
    """Slips upstream of issued certificates of which no record is held, as rows of a checked frame.

    For ``together``: a rule about slips tells them as subjects that it could not check. Cached; read-only.
    """
    return e.cached("unheld_slips", _unheld_slips)


def _unheld_slips(e: Evidence) -> pd.DataFrame:
    u = upstream(e)
    u = u[among(u["certificate_number"], issued(e)["certificate_number"])]
    u = u[~among(u["slip_number"], e["purchase"]["slip_number"])].sort_values(["issue_date", "ref_link"])
    u = u.drop_duplicates("slip_number")
    hidden = quarantined(e, "purchase", "slip_number", u["slip_number"])
    missing = reasons(u.index, (hidden, "in_quarantine:purchase"), (~hidden, "not_held:purchase"))
    return checked(u["slip_number"], u["issue_date"], False, missing, subject_kind="purchase", ref=u["ref_link"])


def is_resale(e: Evidence, slips: pd.Series) -> pd.Series:
    """True where a slip has ``purchase_source`` rows. Bool, no nulls."""
    return among(slips, e["purchase_source"]["slip_number"])


def sold_by_digger(e: Evidence, sales: pd.DataFrame) -> pd.Series:
    """True where the papers say that the seller dug the stones, whatever is known of resales. Bool, no nulls."""
    actors = e["actor"]
    diggers = actors.loc[actors["kind"].isin(["miner", "cooperative"]), "actor_id"]
    return sales["register_number"].notna() | (sales["seller_id"].notna() & among(sales["seller_id"], diggers))


def may_be_resale(e: Evidence, slips: pd.DataFrame) -> pd.Series:
    """True for slips (rows of ``purchase``) that may be resales although nothing says so. Bool, no nulls.

    Their return supplied no ``purchase_source``, and neither a production register nor the seller shows a first sale.
    """
    return unsupplied(e, slips["return_id"], "purchase_source", "source_slip_number") & ~sold_by_digger(e, slips)


def _slips_of_issued(e: Evidence) -> pd.DataFrame:
    slips = upstream(e)[["slip_number", "certificate_number"]]
    slips = slips[among(slips["certificate_number"], issued(e)["certificate_number"])].drop_duplicates()
    return slips.assign(subject_id=slips["slip_number"])


def _bags_of_issued(e: Evidence) -> pd.DataFrame:
    bags = e["transfer_item"][["slip_number", "sheet_number"]].merge(_slips_of_issued(e), on="slip_number")
    return bags.assign(subject_id=bags["sheet_number"])[_REACHED].drop_duplicates()


def _lines_of_issued(e: Evidence) -> pd.DataFrame:
    bought = e["purchase"][["slip_number", "register_number", "line_number"]].dropna()
    lines = bought.merge(_slips_of_issued(e), on="slip_number")
    return lines.assign(subject_id=lines["register_number"] + "/" + lines["line_number"])[_REACHED].drop_duplicates()


_REACHED = ["subject_id", "certificate_number"]
_PAPERS = {"purchase": _slips_of_issued, "transfer": _bags_of_issued, "production": _lines_of_issued}
_NAMES_ITS_CERTIFICATE = {"certificate": "^$", "parcel": "/.*", "confirmation": "@[^@]*$"}
"""Kind of subject → what stands behind the certificate's number in its id."""


def _upstream(e: Evidence) -> pd.DataFrame:
    direct = of_issued(e, e["parcel_source"]).drop_duplicates(LINK, ignore_index=True)
    links = e["purchase_source"]
    every = [direct["slip_number"], links["slip_number"], links["source_slip_number"]]
    codes, numbers = pd.factorize(pd.concat(every))  # the walk goes by codes: whole numbers are quicker than text
    start, resale, source = np.split(codes, [len(direct), len(direct) + len(links)])
    sources = _sources(resale.tolist(), source.tolist())
    resold = np.isin(start, resale)
    walked = np.flatnonzero(resold)  # the others, nearly all, are the end of the walk
    position, reached = (np.array(found, dtype="int64") for found in _walk(start[walked].tolist(), sources))
    lot, slip = np.append(np.flatnonzero(~resold), walked[position]), np.append(start[~resold], reached)
    in_order = np.argsort(lot, kind="stable")
    lot, slip = lot[in_order], slip[in_order]
    parcel = direct.groupby(["certificate_number", "parcel_number"]).ngroup().to_numpy()[lot]
    once = ~pd.DataFrame({"parcel": parcel, "slip": slip}).duplicated().to_numpy()
    lot, slip = lot[once], slip[once]
    roots = direct[["certificate_number", "parcel_number", "issue_date", "ref_certificate", "ref"]]
    found: pd.DataFrame = (
        roots.loc[lot].reset_index(drop=True).assign(slip_number=pd.Series(numbers.take(slip), dtype="str"))
    )
    found = found.rename(columns={"ref": "ref_link"}).astype({"ref_link": "Int64"})
    return found.assign(first_sale=~np.isin(slip, resale), circular=np.isin(slip, list(_in_circles(sources))))


def _first_sales(e: Evidence) -> pd.DataFrame:
    slips = upstream(e)
    slips = slips[slips["first_sale"] | slips["circular"]]
    records = few(e["purchase"][["slip_number", "return_id", "ref", *_OF_PURCHASE]], "slip_number")
    records = records.rename(columns={"ref": "ref_purchase"}).astype({"ref_purchase": "Int64", "crowded": "boolean"})
    sales = slips.merge(records, on="slip_number", how="left")
    number, unheld = sales["slip_number"], sales["ref_purchase"].isna()
    missing = reasons(
        sales.index,
        (sales["circular"], "circular_sources"),
        (quarantined(e, "purchase", "slip_number", number) & unheld, "in_quarantine:purchase"),
        (unheld, "not_held:purchase"),
        (quarantined(e, "purchase_source", "slip_number", number), "in_quarantine:purchase_source"),
        (sales["crowded"].fillna(False).astype(bool), "rows_differ:purchase"),
    )
    return sales.drop(columns="crowded").assign(
        subprefecture=e.gazetteer.subprefectures(sales["origin_subprefecture_resolved"]),
        missing=missing,
        unlinked=may_be_resale(e, sales),
    )


def _sources(resales: list[int], sources: list[int]) -> dict[int, list[int]]:
    """Resale slip → the slips it was made of, each once, in the order of the papers."""
    found: dict[int, dict[int, None]] = {}
    for slip, source in zip(resales, sources, strict=True):
        found.setdefault(slip, {})[source] = None
    return {slip: list(earlier) for slip, earlier in found.items()}


def _walk(starts: list[int], sources: dict[int, list[int]]) -> tuple[list[int], list[int]]:
    """All slips reached from each start, itself included: (position of the start, slip) pairs.

    A plain walk, because its cost is the number of pairs however long a chain of resales is or whether it is a circle.
    """
    positions: list[int] = []
    reached: list[int] = []
    for position, start in enumerate(starts):
        known = {start}
        queue = [start]
        for slip in queue:  # grows as it is read
            new = [s for s in sources.get(slip, ()) if s not in known]
            known.update(new)
            queue += new
        positions += [position] * len(queue)
        reached += queue
    return positions, reached


def _in_circles(sources: dict[int, list[int]]) -> set[int]:
    """Slips on a circle of resales, or between two circles: what is left without the loose ends on both sides."""
    pairs = [(slip, source) for slip, earlier in sources.items() for source in earlier if source in sources]
    left = _without_loose_ends(pairs)
    left = _without_loose_ends([(source, slip) for slip, source in left])
    return {slip for pair in left for slip in pair}


def _without_loose_ends(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs that remain when pairs leading to a dead end are taken off again and again."""
    leading_to: dict[int, list[int]] = {}
    ways_on: dict[int, int] = {}
    for start, end in pairs:
        leading_to.setdefault(end, []).append(start)
        ways_on[start] = ways_on.get(start, 0) + 1
    dead = [end for end in leading_to if end not in ways_on]
    for end in dead:  # grows as it is read
        for start in leading_to.get(end, ()):
            ways_on[start] -= 1
            if ways_on[start] == 0:
                dead.append(start)
    gone = set(dead)
    return [(start, end) for start, end in pairs if start not in gone and end not in gone]
