"""The way of the stones: from each parcel of a certificate back through resales to the first sales by those who dug.

Links are ``parcel_source`` (parcel → slip) and ``purchase_source`` (resale slip → earlier slip). A slip without
``purchase_source`` rows is a first sale. Slips that name one another in a circle have no first sale: they are reported
as such and the walk goes on without them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.framework.common import among, checked, issued, of_issued, quarantined, reasons, unsupplied
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
    ``_resolved``) and audit_reference of the slip (null when it is not held; one row per record of the number);
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


def certificates_of(e: Evidence, kinds: pd.Series, subject_ids: pd.Series) -> pd.DataFrame:
    """The issued certificates that subjects of findings hang on: rows of ``at`` (label of the subject), number.

    Parcels and confirmations name theirs; slips, bags and production lines lead to it by way of parcel_source. Subjects
    of other kinds (returns, actors, periods) hang on none.
    """
    names = subject_ids.astype("str")
    numbers = pd.concat(
        [
            names[kinds == "certificate"],
            names[kinds == "parcel"].str.replace(r"/.*", "", regex=True),
            names[kinds == "confirmation"].str.replace(r"@[^@]*$", "", regex=True),
        ]
    )
    direct = pd.DataFrame({"at": numbers.index, "certificate_number": numbers.to_numpy()})
    direct = direct[among(direct["certificate_number"], issued(e)["certificate_number"])]
    papers = pd.DataFrame({"kind": kinds, "subject_id": subject_ids, "at": subject_ids.index})
    papers = papers[papers["kind"].isin(["purchase", "transfer", "production"])]
    if papers.empty:
        return direct
    return pd.concat(
        [direct, papers.merge(_on_certificates(e), on=["kind", "subject_id"])[["at", "certificate_number"]]]
    )


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


def _on_certificates(e: Evidence) -> pd.DataFrame:
    """kind, subject_id and certificate_number of slips, bags and production lines upstream of issued certificates."""
    return e.cached("on_certificates", _papers_on_certificates)


def _papers_on_certificates(e: Evidence) -> pd.DataFrame:
    slips = upstream(e)[["slip_number", "certificate_number"]]
    slips = slips[among(slips["certificate_number"], issued(e)["certificate_number"])].drop_duplicates()
    bags = e["transfer_item"][["slip_number", "sheet_number"]].merge(slips, on="slip_number")
    bought = e["purchase"][["slip_number", "register_number", "line_number"]].dropna()
    lines = bought.merge(slips, on="slip_number")
    found = [
        ("purchase", slips["slip_number"], slips),
        ("transfer", bags["sheet_number"], bags),
        ("production", lines["register_number"] + "/" + lines["line_number"], lines),
    ]
    return pd.concat(
        [
            pd.DataFrame({"kind": kind, "subject_id": names, "certificate_number": of["certificate_number"]})
            for kind, names, of in found
        ]
    ).drop_duplicates()


def _upstream(e: Evidence) -> pd.DataFrame:
    direct = of_issued(e, e["parcel_source"]).drop_duplicates(LINK, ignore_index=True)
    links = e["purchase_source"]
    every = [direct["slip_number"], links["slip_number"], links["source_slip_number"]]
    codes, numbers = pd.factorize(pd.concat(every))  # the walk goes by codes: whole numbers are quicker than text
    start, resale, source = np.split(codes, [len(direct), len(direct) + len(links)])
    sources = _sources(resale.tolist(), source.tolist())
    lot, slip = (np.array(reached, dtype="int64") for reached in _walk(start.tolist(), sources))
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
    records = e["purchase"][["slip_number", "return_id", "ref", *_OF_PURCHASE]].rename(columns={"ref": "ref_purchase"})
    records = records.astype({"ref_purchase": "Int64"})
    sales = slips.merge(records, on="slip_number", how="left")
    number, unheld = sales["slip_number"], sales["ref_purchase"].isna()
    missing = reasons(
        sales.index,
        (sales["circular"], "circular_sources"),
        (quarantined(e, "purchase", "slip_number", number) & unheld, "in_quarantine:purchase"),
        (unheld, "not_held:purchase"),
        (quarantined(e, "purchase_source", "slip_number", number), "in_quarantine:purchase_source"),
    )
    return sales.assign(
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
