"""D-07: stones travel to Bangui in sealed bags, each with its sheet (framework.md §2 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    among,
    lacking,
    lookup,
    of_issued,
    quarantined,
    reasons,
    returns_unread,
    together,
    unsupplied,
)
from carmonitor.framework.custody import gaps, sold_by_digger, upstream
from carmonitor.framework.groups import first_of, gathered, lines
from carmonitor.framework.history import first_untold
from carmonitor.framework.rules.bags import seal_twice, sealed, told, weighed
from carmonitor.records.evidence import Evidence

CAPITAL = "Bangui"
COVERED, PERHAPS, BARE = 2, 1, 0
_BEST, _BEST_FIRST = ["state", "doubt"], [False, True]


@rule(
    "D-07", place="text", certificates="text", seal="text", other_sheet="text", departed_on="date", bag_carats="ct",
    items_carats="ct", difference_carats="ct",
)  # fmt: skip
def travelled_under_seal(e: Evidence, p: Params) -> pd.DataFrame:
    """What was bought outside Bangui and exported has a transfer sheet to Bangui; bags are sealed and lose nothing.

    Part about slips upstream of a certificate (subject purchase, day: issue date): ``no_sheet``. A sheet that lists
    the slip, or all slips it was made of, is enough; a slip used only in resales made elsewhere leaves them the duty.
    Parts about every bag (subject transfer, day: departed_on): ``seal`` blank, ``seal_twice`` (another bag bore it at
    the same time; legs of one journey may share it), ``weight`` (items differ from the bag by more than 0.01 ct). Not
    evaluated without transfer kinds or purchase place, or where a month's transfers were not received.
    Source: framework.md §2, parcel dispatch sheet.
    """
    c = gaps(e)
    unknown = told(
        c["certificate_number"], c["issue_date"], False, c["missing"], subject_kind="certificate", ref=c["ref"]
    )
    return together(_no_sheet(e, p), sealed(e), seal_twice(e), weighed(e, p), unknown)


def _no_sheet(e: Evidence, p: Params) -> pd.DataFrame:
    s = _exported(e)
    number = s["slip_number"]
    sheets = _sheets_of(e, s)
    s = s.assign(state=lookup(number, sheets["state"]), doubt=lookup(number, sheets["doubt"]))
    handed_on, perhaps = _handed_on(e, s)
    unplaced = s["unplaced"]
    links_back = quarantined(e, "purchase_source", "slip_number", number)
    links_back |= quarantined(e, "purchase_source", "source_slip_number", number)
    no_links = unsupplied(e, s["return_id"], "purchase_source", "source_slip_number") & ~sold_by_digger(e, s)
    sent: list[tuple[pd.Series, str | pd.Series]] = [
        (unsupplied(e, s["return_id"], kind, "sheet_number") & s["ref_purchase"].notna(), f"not_supplied:{kind}")
        for kind in ("transfer", "transfer_item")
    ]
    for kind in ("transfer", "transfer_item"):
        untold = first_untold(e, kind, s["return_id"].fillna("@"), s["purchase_date"], s["day"])
        sent.append((untold != "", untold))
    date = lacking(e, s, "purchase", "purchase_date")
    unread = bool(returns_unread(e, "transfer_item", "slip_number"))  # a line that nobody could read may name any slip
    missing = reasons(
        s.index,
        ((s["state"] == COVERED) | handed_on, ""),
        (quarantined(e, "purchase", "slip_number", number), "in_quarantine:purchase"),
        (s["ref_purchase"].isna(), "not_held:purchase"),
        (s["ref_certificate"].isna(), "not_held:shipment"),
        *sent,
        (unplaced != "", unplaced),
        (unread | quarantined(e, "transfer_item", "slip_number", number), "in_quarantine:transfer_item"),
        (s["state"] == PERHAPS, s["doubt"]),
        (perhaps != "", perhaps),
        (links_back, "in_quarantine:purchase_source"),
        (no_links, "not_supplied:purchase_source"),
        (date != "", date),
    )
    bare = (s["state"] == BARE) & ~handed_on
    before = bare & (s["purchase_date"] < pd.Timestamp(p["sheets_since"]))
    rows = told(
        number,
        s["day"].mask(before),
        bare,
        missing,
        subject_kind="purchase",
        part="no_sheet",
        place=s["purchase_place"],
        certificates=gathered(number, bare, upstream(e)["slip_number"], upstream(e)["certificate_number"]),
        ref_purchase=s["ref_purchase"],
        ref_certificate=s["ref_certificate"],
        ref_link=s["ref_link"],
    )
    return rows[s["place"] != CAPITAL]


def _exported(e: Evidence) -> pd.DataFrame:
    """Slips upstream of certificates, once each, with the first day they left and where they were bought.

    Of several records of a slip one that says Bangui counts, then one whose place is known. ``place``: "" when unknown;
    ``unplaced``: why it is not known.
    """
    up = upstream(e)[["slip_number", "issue_date", "ref_certificate", "ref_link"]]
    up = first_of(up, ["slip_number"], ["issue_date", "ref_certificate", "ref_link"])
    bought = lines(e, "purchase")[
        ["slip_number", "purchase_date", "purchase_place", "purchase_place_resolved", "return_id", "ref",
         "register_number", "seller_id"]
    ]  # fmt: skip
    place = e.gazetteer.subprefectures(bought["purchase_place_resolved"])
    blank = lacking(e, bought, "purchase", "purchase_place")
    bought = bought.assign(
        place=place.fillna(""),
        unplaced=reasons(bought.index, (blank != "", blank), (place.isna(), "place_unresolved:purchase_place")),
        rank=(place == CAPITAL).fillna(False).astype(int) * 2 + place.notna().astype(int),
        ref_purchase=bought["ref"].astype("Int64"),
    )
    bought = first_of(bought, ["slip_number"], ["rank", "ref"], ascending=[False, True])
    columns = [
        "slip_number", "purchase_date", "purchase_place", "place", "unplaced", "return_id", "ref_purchase",
        "register_number", "seller_id",
    ]  # fmt: skip
    s = up.merge(bought[columns], on="slip_number", how="left").rename(columns={"issue_date": "day"})
    return s.fillna({"place": "", "unplaced": ""})


def _sheets_of(e: Evidence, s: pd.DataFrame) -> pd.DataFrame:
    """Of each exported slip ``state``: whether a sheet to Bangui lists it or all its sources; ``doubt``: why unsure."""
    sheets = e["transfer"]
    to = e.gazetteer.subprefectures(sheets["to_place_resolved"])
    blank = lacking(e, sheets, "transfer", "to_place")
    doubt = reasons(sheets.index, (blank != "", blank), (to.isna(), "place_unresolved:to_place"))
    state = (to == CAPITAL).fillna(False).astype(int) * COVERED
    sheets = sheets[["sheet_number"]].assign(state=state.mask(doubt != "", PERHAPS), doubt=doubt)
    sheets = first_of(sheets, ["sheet_number"], _BEST, ascending=_BEST_FIRST)
    items = lines(e, "transfer_item")
    items = items[among(items["slip_number"], s["slip_number"])][["slip_number", "sheet_number"]]
    items = items.merge(sheets, on="sheet_number", how="left", indicator="held")
    absent = items["held"] == "left_only"
    held_back = absent & quarantined(e, "transfer", "sheet_number", items["sheet_number"])
    doubt = reasons(
        items.index, (held_back, "in_quarantine:transfer"), (absent, "not_held:transfer"), (~absent, items["doubt"])
    )
    items = items.assign(doubt=doubt, state=items["state"].fillna(PERHAPS).astype(int))
    items = first_of(items, ["slip_number"], _BEST, ascending=_BEST_FIRST).set_index("slip_number")
    known = pd.DataFrame({name: lookup(s["slip_number"], items[name]) for name in ("state", "doubt")})
    known = known.reset_index(drop=True).fillna({"state": BARE, "doubt": ""}).astype({"state": "int64"})
    place = pd.Series(range(len(s)), index=s["slip_number"])
    links = e["purchase_source"][["slip_number", "source_slip_number"]].drop_duplicates()
    links = pd.DataFrame({"slip": lookup(links["slip_number"], place), "source": lookup(links.iloc[:, 1], place)})
    links = links.dropna(subset="slip")
    while True:  # from the sources to what was made of them, until nothing is learnt
        links = links[lookup(links["slip"], known["state"]) < COVERED]
        sources = links.assign(**{name: lookup(links["source"], known[name]) for name in ("state", "doubt")})
        least = first_of(sources, ["slip"], ["state", "doubt"]).set_index("slip").reindex(known.index)
        better = (least["state"] > known["state"]).fillna(False).astype(bool)
        if not better.any():
            return known.set_axis(s["slip_number"])
        known = known.assign(
            state=known["state"].mask(better, least["state"].fillna(BARE).astype(int)),
            doubt=known["doubt"].mask(better, least["doubt"]),
        )


def _handed_on(e: Evidence, s: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Whether a slip was used only in resales made outside Bangui, which bear the duty; else why that is not sure."""
    links = e["purchase_source"][["slip_number", "source_slip_number"]]
    links = links[among(links["slip_number"], s["slip_number"]) & (links["slip_number"] != links["source_slip_number"])]
    resales = s.set_index("slip_number")
    where = lookup(links["slip_number"], resales["place"])
    why = lookup(links["slip_number"], resales["unplaced"])[where == ""].replace("", "not_held:purchase")
    number = s["slip_number"]
    resold = among(number, links["source_slip_number"]) & ~among(
        number, of_issued(e, e["parcel_source"])["slip_number"]
    )
    resold &= ~among(number, links.loc[where == CAPITAL, "source_slip_number"])
    doubt = lookup(number, why.groupby(links.loc[why.index, "source_slip_number"]).min()).fillna("")
    return resold & (doubt == ""), doubt.where(resold, "")
