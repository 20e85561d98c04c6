"""F10: an actor's stock between two counts against what he bought and sold in between (fraud.md §4, C3 and C12)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carmonitor.detection.papers import first_refs, quarter_day, slips
from carmonitor.detection.price import quarter_of
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, exceeds, issued, lacking, lacking_returns, reasons, together
from carmonitor.framework.groups import once
from carmonitor.framework.lineage import lineages
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

_SHOWN = ["opened_on", "closed_on", "opening_carats", "bought_carats", "sold_carats", "closing_carats",
          "expected_carats", "difference_carats", "difference_percent"]  # fmt: skip


@detector(
    "F10", actor="", quarter="", opened_on="date", closed_on="date", opening_carats="ct", bought_carats="ct",
    sold_carats="ct", closing_carats="ct", expected_carats="ct", difference_carats="ct", difference_percent="percent",
)  # fmt: skip
def stock_against_books(e: Evidence, p: Params) -> pd.DataFrame:
    """Opening stock + bought - sold (or exported) - closing stock of collectors and buying houses.

    Subject: ``actor@YYYY-Qn`` of the closing count; day: the count. Two stock declarations of an actor that follow one
    another, slips he bought (buyer_id) and sold (seller_id) and certificates he exported, dated after the first count
    and up to the second. Fires where the difference is more than ``most_percent`` % of opening stock and purchases
    together (exactly at it passes). Parts: ``surplus`` (more counted than the books explain) and ``shortage``. Score:
    difference over opening stock and purchases. Not evaluated: a quarter with purchases of an actor but no two counts;
    a blank weight, date or count among the papers; a month between the counts whose return is not held. Carats in
    hundredths. Source: fraud.md §4 F10.
    """
    traders = e["actor"].loc[e["actor"]["kind"].isin(["collector", "buying_house"]), "actor_id"]
    counts = once(e["stock_declaration"], "actor_id", "as_of", "carats").drop(columns="differs")
    counts = counts[within(counts["actor_id"], traders)]
    counts = counts.assign(twice=counts.duplicated(["actor_id", "as_of"], keep=False))
    counts = counts.sort_values(["actor_id", "as_of", "ref"]).drop_duplicates(["actor_id", "as_of"])
    flows = _flows(e, traders)
    spans = _spans(counts)
    spans = _summed(spans, flows)
    expected = spans["opening_carats"] + spans["bought_carats"] - spans["sold_carats"]
    difference = spans["closing_carats"] - expected
    base = spans["opening_carats"] + spans["bought_carats"]
    positive = base.where(base > 0)
    months = (spans["closed_on"].dt.year - spans["opened_on"].dt.year) * 12
    months += spans["closed_on"].dt.month - spans["opened_on"].dt.month + 1
    unheld = pd.Series("", index=spans.index, dtype="str")
    for number in months.unique():
        same = months == number
        unheld[same] = lacking_returns(e, spans.loc[same, "closed_on"], int(number), "purchase")
    missing = reasons(
        spans.index,
        (pd.Series(not e.history, index=spans.index), "alone"),
        (spans["twice"], "rows_differ:stock_declaration"),
        (spans["blank"], "blank:carats"),
        (unheld != "", "return_not_held:" + unheld),
        (spans["why"] != "", spans["why"]),
    )
    whole = difference.abs() / positive.astype("Float64")
    told = checked(
        spans["actor_id"] + "@" + spans["quarter"],
        spans["closed_on"],
        exceeds(difference.fillna(0), base.fillna(0), p["most_percent"]),
        missing,
        part=pd.Series("surplus", index=spans.index, dtype="str").mask((difference < 0).fillna(False), "shortage"),
        key=spans["closed_on"].dt.strftime("%Y-%m-%d"),
        score=whole.fillna(1.0).astype("float64").round(6),
        actor=spans["actor_id"],
        quarter=spans["quarter"],
        **{name: spans[name] for name in _SHOWN[:6]},
        expected_carats=expected,
        difference_carats=difference.abs(),
        difference_percent=-(-difference.abs() * 10_000 // positive),
        refs=spans["refs"],
    )
    return together(told, _uncounted(e, flows, spans))


def _flows(e: Evidence, traders: pd.Series) -> pd.DataFrame:
    """What each trader bought and sold: columns actor_id, day, bought, sold (Int64), why, ref."""
    s, c = slips(e), issued(e).drop_duplicates("certificate_number")
    parts = []
    for rows, kind, who, day, sign in (
        (s, "purchase", "buyer_id", "purchase_date", "bought"),
        (s, "purchase", "seller_id", "purchase_date", "sold"),
        (c, "shipment", "exporter_id", "issue_date", "sold"),
    ):
        own = rows[within(rows[who], traders)]
        blank = lacking(e, own, kind, day, "carats")
        differs = own["differs"] if "differs" in own else pd.Series(False, index=own.index)
        part: dict[str, Any] = {"actor_id": own[who], "day": own[day], "bought": 0, "sold": 0, "ref": own["ref"]}
        part |= {sign: own["carats"].fillna(0), "why": reasons(own.index, (differs, "rows_differ:purchase"),
                                                               (blank != "", blank))}  # fmt: skip
        parts.append(pd.DataFrame(part).astype({"bought": "Int64", "sold": "Int64"}))
    return pd.concat(parts, ignore_index=True)


def _spans(counts: pd.DataFrame) -> pd.DataFrame:
    """Every two counts of an actor that follow one another."""
    before = counts.groupby("actor_id")[["as_of", "carats", "twice", "ref"]].shift()
    pairs = before["as_of"].notna()
    return pd.DataFrame({
        "actor_id": counts["actor_id"],
        "opened_on": before["as_of"],
        "closed_on": counts["as_of"],
        "opening_carats": before["carats"].astype("Int64"),
        "closing_carats": counts["carats"],
        "twice": counts["twice"] | before["twice"].fillna(False).astype(bool),
        "blank": counts["carats"].isna() | before["carats"].isna(),
        "ref_open": before["ref"].astype("Int64"),
        "ref_close": counts["ref"],
        "quarter": quarter_of(counts["as_of"]),
    })[pairs].reset_index(drop=True)  # fmt: skip


def _summed(spans: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """The spans with the sums of their flows, why a paper among them cannot be used, and their first rows."""
    undated = flows[flows["day"].isna()].groupby("actor_id")["why"].first()
    starts = spans.assign(at=range(len(spans))).sort_values("opened_on")[["actor_id", "opened_on", "closed_on", "at"]]
    dated = flows[flows["day"].notna()].sort_values("day")
    met = pd.merge_asof(
        dated, starts, left_on="day", right_on="opened_on", by="actor_id", allow_exact_matches=False
    ).dropna(subset="at")  # fmt: skip
    met = met[met["day"] <= met["closed_on"]].astype({"at": "int64"})
    index = pd.RangeIndex(len(spans))
    sums = met.groupby("at")[["bought", "sold"]].sum().reindex(index).fillna(0).astype("Int64")
    why = met[met["why"] != ""].groupby("at")["why"].min().reindex(index).astype("str")
    listed = lineages(met["ref"].to_numpy("int64"), met["at"].to_numpy("int64"), len(spans))
    own = [[int(a), int(b)] for a, b in zip(spans["ref_open"], spans["ref_close"], strict=True)]
    return spans.assign(
        bought_carats=sums["bought"],
        sold_carats=sums["sold"],
        why=why.fillna(spans["actor_id"].map(undated).astype("str")).fillna(""),
        refs=pd.Series([a + b for a, b in zip(own, listed, strict=True)], index=index, dtype="object"),
    )


def _uncounted(e: Evidence, flows: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Quarters in which a trader bought or sold, but that no two counts enclose."""
    f = flows.assign(quarter=quarter_of(flows["day"])).dropna(subset=["quarter"])
    refs = first_refs(f, "actor_id", "quarter").rename("refs").reset_index()
    f = f.drop_duplicates(["actor_id", "quarter"]).drop(columns="ref").merge(refs, on=["actor_id", "quarter"])
    f = f.assign(end=quarter_day(f["quarter"]), name=f["actor_id"] + "@" + f["quarter"])
    known = set(spans["actor_id"] + "@" + spans["quarter"]) if len(spans) else set()
    f = f[~f["name"].isin(known)]
    held = "not_held:stock_declaration" if e.held("stock_declaration") else "never_loaded:stock_declaration"
    return checked(
        f["name"], f["end"], False, pd.Series(held, index=f.index, dtype="str"), refs=f["refs"],
        **dict.fromkeys(["part", "key", "score", "actor", "quarter", *_SHOWN]),
    )  # fmt: skip
