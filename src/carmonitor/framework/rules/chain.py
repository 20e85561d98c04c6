"""D-09: from the certificate back to the first sale no link is missing, and each fits the next (framework.md §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    checked,
    issued,
    lacking,
    lookup,
    month_of,
    of_issued,
    quarantined,
    reasons,
    together,
    unsupplied,
)
from carmonitor.framework.custody import first_sales, gaps, upstream
from carmonitor.framework.groups import few, first_of, gathered, lines
from carmonitor.framework.history import first_untold, history_short
from carmonitor.framework.numbers import block_of
from carmonitor.records.evidence import Evidence

PAPERS = ["slip_number", "purchase_date", "buyer_id", "seller_id", "return_id", "ref"]


@rule(
    "D-09", slip="text", source="text", slips="text", seller="text", buyer="text", exporter="text", slip_date="date",
    source_date="date", issue_date="date",
)  # fmt: skip
def chain_unbroken(e: Evidence, p: Params) -> pd.DataFrame:
    """Every slip upstream of a certificate is known, in order of date, and each buyer is the next seller.

    Subject: certificate; key: the slips of the link. Parts: ``after_issue`` (slip later than certificate), ``dates``
    (source later than its resale), ``exporter`` (last buyer), ``parties`` (buyer of the sources, seller of the resale),
    ``unknown_slip`` (no record, though its booklet was issued since monitoring began), ``circle``. Equal dates pass. Of
    several records of a slip one that fits is enough. Not evaluated: other unknown slips, blank dates or parties, very
    many records of one number (:func:`few`), links that were not supplied, the first months of monitoring (what
    contradicts itself is told all the same).
    """
    papers, on_certificates = _papers(e), _on_certificates(e)
    return together(
        *_last_links(e, papers),
        *_resales(e, papers, on_certificates),
        _unknown_slips(e, on_certificates),
        _circles(e, on_certificates),
        _unseen(e),
        _early(e, int(p["history_months"])),
    )


def _rows(s: pd.DataFrame, fires: pd.Series | bool, missing: pd.Series, **columns: object) -> pd.DataFrame:
    nothing: dict[str, object] = dict.fromkeys(("slip", "source", "slips", "seller", "buyer", "exporter"))
    nothing |= dict.fromkeys(("slip_date", "source_date"), pd.NaT)
    shown = {"issue_date": s["issue_date"], "ref_certificate": s["ref_certificate"]}
    return checked(s["certificate_number"], s["issue_date"], fires, missing, **{**nothing, **shown, **columns})


def _papers(e: Evidence) -> pd.DataFrame:
    """Records of slips; ``back``: why one that is beside a quarantined row or very many of its number is not judged."""
    s = few(lines(e, "purchase")[PAPERS], "slip_number")
    hidden = quarantined(e, "purchase", "slip_number", s["slip_number"])
    back = reasons(s.index, (hidden, "in_quarantine:purchase"), (s["crowded"], "rows_differ:purchase"))
    return s.drop(columns="crowded").assign(back=back, ref=s["ref"].astype("Int64"))


def _best(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per link: where several records stand for a slip, one that fits, else one that cannot be judged."""
    order = rows.assign(_broken=(rows["fires"].astype("Int64") * 2).fillna(1))
    order = first_of(order, ["subject_id", "key"], ["_broken", "missing", "ref_slip", "ref_source"])
    return order.drop(columns="_broken")


def _pair(first: pd.DataFrame, second: pd.DataFrame) -> list[pd.DataFrame]:
    """Two parts about the same links (labels). A quiet row of the second is left out beside one on the same papers."""
    quiet = ~second["fires"].fillna(True).astype(bool)
    return [first, second[~quiet | ~second.index.isin(first.index)]]


def _last_links(e: Evidence, papers: pd.DataFrame) -> list[pd.DataFrame]:
    used = of_issued(e, lines(e, "parcel_source")).drop_duplicates(["certificate_number", "slip_number"])
    owners = few(issued(e), "certificate_number")[["certificate_number", "exporter_id", "return_id", "crowded"]]
    s = used.rename(columns={"ref": "ref_link"}).drop(columns=["return_id", "carats"])
    s = s.merge(papers, on="slip_number").merge(owners, on="certificate_number", suffixes=("", "_c"))
    certificate = s[["issue_date", "exporter_id"]].assign(return_id=s["return_id_c"])
    reason = {n: lacking(e, certificate, "shipment", n) for n in ("issue_date", "exporter_id")}
    reason |= {n: lacking(e, s, "purchase", n) for n in ("purchase_date", "buyer_id")}
    nobody = pd.Series(pd.NA, index=s.index, dtype="Int64")
    shown = {"key": s["slip_number"], "slip": s["slip_number"], "slip_date": s["purchase_date"]}
    shown |= {"buyer": s["buyer_id"], "exporter": s["exporter_id"], "ref_slip": s["ref"], "ref_source": nobody}
    shown |= {"ref_link": s["ref_link"]}
    frames = []
    for part, fires, names in (
        ("after_issue", s["purchase_date"] > s["issue_date"], ("purchase_date", "issue_date")),
        ("exporter", s["buyer_id"] != s["exporter_id"], ("buyer_id", "exporter_id")),
    ):
        missing = reasons(
            s.index,
            (s["back"] != "", s["back"]),
            (s["crowded"], "rows_differ:shipment"),
            *((reason[n] != "", reason[n]) for n in names),
        )
        frames.append(_best(_rows(s, fires, missing, part=part, **shown)))
    return _pair(*frames)


def _resales(e: Evidence, papers: pd.DataFrame, on_certificates: pd.DataFrame) -> list[pd.DataFrame]:
    links = lines(e, "purchase_source")[["slip_number", "source_slip_number", "ref"]]
    links = links.drop_duplicates(["slip_number", "source_slip_number"]).rename(columns={"ref": "ref_link"})
    sources = papers.rename(columns={"slip_number": "source_slip_number"})
    s = on_certificates.merge(links, on="slip_number").merge(papers, on="slip_number")
    s = s.merge(sources, on="source_slip_number", suffixes=("", "_s"))
    of_source = s[["purchase_date_s", "buyer_id_s", "return_id_s"]].set_axis(
        ["purchase_date", "buyer_id", "return_id"], axis=1
    )
    reason = {n: lacking(e, s, "purchase", n) for n in ("purchase_date", "seller_id")}
    earlier = {n: lacking(e, of_source, "purchase", n) for n in ("purchase_date", "buyer_id")}
    shown = {"key": s["slip_number"] + " " + s["source_slip_number"], "slip": s["slip_number"]}
    shown |= {"source": s["source_slip_number"], "slip_date": s["purchase_date"], "source_date": s["purchase_date_s"]}
    shown |= {"seller": s["seller_id"], "buyer": s["buyer_id_s"], "ref_slip": s["ref"], "ref_source": s["ref_s"]}
    shown |= {"ref_link": s["ref_link"]}
    frames = []
    for part, fires, lacks in (
        ("dates", s["purchase_date_s"] > s["purchase_date"], (reason["purchase_date"], earlier["purchase_date"])),
        ("parties", s["buyer_id_s"] != s["seller_id"], (reason["seller_id"], earlier["buyer_id"])),
    ):
        missing = reasons(
            s.index, (s["back"] != "", s["back"]), (s["back_s"] != "", s["back_s"]), *((x != "", x) for x in lacks)
        )
        frames.append(_best(_rows(s, fires, missing, part=part, **shown)))
    dates, parties = _pair(*frames)
    return [dates, _by_party(parties)]


def _by_party(rows: pd.DataFrame) -> pd.DataFrame:
    """One fact per resale and other party, however many slips that party had bought: ``source`` names them all."""
    key = (rows["slip"] + " " + rows["buyer"]).where(rows["buyer"].notna(), rows["key"])
    rows = rows.assign(key=key)
    link = rows["subject_id"] + " " + rows["key"]
    return rows.assign(source=gathered(link, rows["fires"], link, rows["source"]))


def _on_certificates(e: Evidence) -> pd.DataFrame:
    """Slips upstream of held certificates, once per certificate; ``return_id_c``: the certificate's return."""
    s = upstream(e).dropna(subset="ref_certificate").drop_duplicates(["certificate_number", "slip_number"])
    home = issued(e).drop_duplicates("certificate_number").set_index("certificate_number")["return_id"]
    columns = ["certificate_number", "slip_number", "issue_date", "ref_certificate", "circular"]
    return s[columns].assign(return_id_c=lookup(s["certificate_number"], home)).reset_index(drop=True)


def _unknown_slips(e: Evidence, s: pd.DataFrame) -> pd.DataFrame:
    """Slips without a record. Inside a booklet issued since monitoring began their purchase should have been told."""
    s = s[~among(s["slip_number"], e["purchase"]["slip_number"])].reset_index(drop=True)
    number = s["slip_number"]
    booklets = e["slip_booklet"].rename(columns={"first_slip": "first_number", "last_slip": "last_number"})
    if e.monitoring_from is not None:
        booklets = booklets[booklets["issued_on"] >= pd.Timestamp(e.monitoring_from)]
    booklets = booklets.dropna(subset=["first_number", "last_number", "issued_on"]).reset_index(drop=True)
    booklets = booklets if len(s) else booklets.head(0)
    booklet = block_of(number, booklets)
    untold = first_untold(e, "purchase", s["return_id_c"], lookup(booklet, booklets["issued_on"]), s["issue_date"])
    missing = reasons(
        s.index,
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (unsupplied(e, s["return_id_c"], "purchase", "slip_number"), "not_supplied:purchase"),
        (booklet.isna(), "not_held:purchase"),
        (pd.Series(not e.history, index=s.index), "alone"),
        (untold != "", untold),
    )
    return _rows(
        s, True, missing, part="unknown_slip", key=number, slip=number, ref_booklet=lookup(booklet, booklets["ref"])
    )


def _circles(e: Evidence, s: pd.DataFrame) -> pd.DataFrame:
    s = s[s["circular"]].sort_values(["certificate_number", "slip_number"])
    c = s.drop_duplicates("certificate_number").reset_index(drop=True)
    every = pd.Series(True, index=c.index)
    slips = gathered(c["certificate_number"], every, s["certificate_number"], s["slip_number"])
    links = lines(e, "purchase_source")
    on = s.merge(links, on="slip_number")
    return _rows(
        c,
        True,
        pd.Series("", index=c.index, dtype="str"),
        part="circle",
        key=slips.map(" ".join).astype("str"),
        slips=slips,
        refs=gathered(c["certificate_number"], every, on["certificate_number"], on["ref"]),
    )


def _unseen(e: Evidence) -> pd.DataFrame:
    """Certificates and slips whose links are not known, and certificates that are not held."""
    c = issued(e).drop_duplicates("certificate_number")
    c = c.assign(ref_certificate=c["ref"])
    links = e["parcel_source"]
    number = c["certificate_number"]
    no_slip = c[~among(number, links["certificate_number"]) & ~among(number, gaps(e)["certificate_number"])]
    sales = first_sales(e)
    held = sales[sales["ref_certificate"].notna()]
    held_back = upstream(e).dropna(subset="ref_certificate")
    held_back = held_back[quarantined(e, "purchase_source", "slip_number", held_back["slip_number"])]
    absent = of_issued(e, links)
    absent = absent[absent["ref_certificate"].isna()].drop_duplicates("certificate_number")
    in_quarantine = quarantined(e, "shipment", "certificate_number", absent["certificate_number"])
    quarantine = reasons(absent.index, (in_quarantine, "in_quarantine:shipment"), (~in_quarantine, "not_held:shipment"))
    frames = [
        (gaps(e).assign(ref_certificate=gaps(e)["ref"]), gaps(e)["missing"]),
        (no_slip, "not_held:parcel_source"),
        (held[held["unlinked"] & (held["missing"] == "")], "not_supplied:purchase_source"),
        (held_back, "in_quarantine:purchase_source"),
        (absent.astype({"ref_certificate": "Int64"}), quarantine),
    ]
    return together(*(_rows(s, False, pd.Series(why, index=s.index, dtype="str")) for s, why in frames))


def _early(e: Evidence, months: int) -> pd.DataFrame:
    c = issued(e).drop_duplicates("certificate_number")
    c = c[history_short(e, c["exporter_id"], c["issue_date"], months)]
    missing = pd.Series("history_short", index=c.index, dtype="str")
    return _rows(c.assign(ref_certificate=c["ref"]), False, missing, period=month_of(c["return_id"]))
