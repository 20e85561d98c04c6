"""F28 and F19: who shares an address, telephone, manager or owner with whom (fraud.md §4, F19; C1 and C14)."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from carmonitor.detection.flow_network import distinct
from carmonitor.detection.papers import first_refs, not_over, quarter_day, slips
from carmonitor.detection.price import quarter_of
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, issued, lacking, lookup, month_of, reasons, together
from carmonitor.framework.custody import upstream
from carmonitor.framework.lineage import lineage
from carmonitor.framework.watching import alike
from carmonitor.records.columns import positions, within
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

LEAST_ADDRESS, LEAST_PHONE = 10, 8  # letters and digits, below which an address or number tells nobody apart
TIES = ("phone", "address", "person", "name")
"""What two parties share: a telephone, an address, a manager or owner, or the name (of a consignee)."""


def ties(e: Evidence, p: Params) -> pd.DataFrame:
    """Pairs of parties that share something: columns one, other (``one`` < ``other``), tie (of TIES), shared (as held).

    A party is an actor, or a consignee as ``consignee:NAME``. Telephones are equal in their digits, addresses in
    their letters; managers and owners (one's manager may be another's owner) and names are alike at ``likeness`` of
    100. What more than ``most_sharing`` parties share (a market, a town hall) ties nobody. Cached per parameters.
    """
    return e.cached(f"ties {p['likeness']} {p['most_sharing']}", lambda e: _ties(e, p))


def clusters(pairs: pd.DataFrame) -> pd.Series:
    """Party → number of its cluster: the connected components of the pairs."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - loaded only where detectors run
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    names = sorted({*pairs["one"], *pairs["other"]})
    if not names:
        return pd.Series([], dtype="int64", index=pd.Index([], dtype="str"))
    at = {name: number for number, name in enumerate(names)}
    rows, columns = pairs["one"].map(at).to_numpy(), pairs["other"].map(at).to_numpy()
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(names), len(names)))
    return pd.Series(connected_components(graph, directed=False)[1], index=pd.Index(names, dtype="str"))


@detector(
    "F28", exporter="", quarter="", related="", ties="", shared="", cluster_size="count", certificates="count",
    exported_carats="ct", related_percent="percent",
)  # fmt: skip
def related_parties(e: Evidence, p: Params) -> pd.DataFrame:
    """Exporters tied to their own suppliers, to another exporter, or to their consignee.

    Subject: ``exporter@YYYY-Qn``; day: the quarter's last. Parties of a quarter: exporters of issued certificates,
    their consignees (importer_name), and buyers and sellers of the slips upstream (suppliers). Parts: ``consignee``,
    ``exporter``, ``supplier``: a direct tie (:func:`ties`) to one of them; ``related_percent``: share of the quarter's
    exported weight sent to the consignee, or bought through the suppliers, that are tied. Score: the number of kinds
    of ties, plus that share; a tie to a consignee or an exporter counts double. Of two exporters the one registered
    later is told. Not evaluated: a certificate without exporter or day, an exporter in no register, or one of whom
    neither address, telephone, manager nor owner is held. Source: fraud.md §4 F19.
    """
    c, unknown = _exports(e)
    quarters = c.groupby(["exporter_id", "quarter"]).agg(
        carats=("carats", "sum"), certificates=("certificate_number", "nunique"), refs=("ref", lineage)
    ).reset_index()  # fmt: skip
    parties = _parties(e, c)
    pairs = ties(e, p)
    both = pd.concat([pairs, pairs.rename(columns={"one": "other", "other": "one"})], ignore_index=True)
    met = parties.merge(both, left_on=["exporter_id", "party"], right_on=["one", "other"])
    met = met.merge(quarters[["exporter_id", "quarter", "carats"]], on=["exporter_id", "quarter"])
    actors = e["actor"].sort_values("ref").drop_duplicates("actor_id").set_index("actor_id")
    met = met[~_elder(met, actors["registered_on"])]
    sizes = clusters(pairs).map(clusters(pairs).value_counts())
    rows: list[dict[str, Any]] = []
    for key, group in met.groupby(["exporter_id", "quarter", "role"]):
        exporter, quarter, role = map(str, cast("tuple[str, str, str]", key))
        weighed = group.drop_duplicates("party")["via_carats"].sum()
        whole = int(group["carats"].iloc[0])
        kinds = group["tie"].nunique()
        share = min(1.0, float(weighed) / whole) if whole else 0.0
        rows.append({
            "exporter_id": exporter, "quarter": quarter, "part": role,
            "related": ", ".join(sorted({x.removeprefix("consignee:") for x in group["party"]})),
            "ties": ", ".join(t for t in TIES if (group["tie"] == t).any()),
            "shared": "; ".join(sorted(set(group["shared"]))[:5]), "cluster_size": int(sizes[exporter]),
            "percent": int(share * 10_000), "score": round(kinds * (1 if role == "supplier" else 2) + share, 6),
        })  # fmt: skip
    columns = ["exporter_id", "quarter", "part", "related", "ties", "shared", "cluster_size", "percent", "score"]
    found = quarters.merge(pd.DataFrame(rows, columns=columns), how="left", on=["exporter_id", "quarter"])
    held = actors[["address", "phone", "manager", "owner"]].notna().any(axis=1)
    missing = reasons(
        found.index,
        (pd.Series(not e.held("actor"), index=found.index), "never_loaded:actor"),
        (~within(found["exporter_id"], actors.index.to_series()), "unknown_actor:exporter_id"),
        (~within(found["exporter_id"], held.index[held].to_series()), "blank:address"),
        (not_over(e, found["quarter"]), "quarter_open"),
    )
    fires = found["part"].notna()
    told = checked(
        found["exporter_id"] + "@" + found["quarter"],
        quarter_day(found["quarter"]),
        fires,
        missing.mask(fires & (missing == "blank:address"), ""),
        part=found["part"].astype("str").fillna("supplier"),
        score=found["score"].astype("float64"),
        exporter=found["exporter_id"],
        quarter=found["quarter"],
        related=found["related"].astype("str"),
        ties=found["ties"].astype("str"),
        shared=found["shared"].astype("str"),
        cluster_size=found["cluster_size"].astype("Int64"),
        certificates=found["certificates"].astype("Int64"),
        exported_carats=found["carats"].astype("Int64"),
        related_percent=found["percent"].astype("Int64"),
        refs=found["refs"],
    )
    return together(told, _unknown(unknown))


@detector("F19", actor="", list="", entry="", listed_name="", chain="", steps="count", alike="count", deals="count")
def near_a_listed_party(e: Evidence, p: Params) -> pd.DataFrame:
    """Parties to the exports who are tied, over any number of others, to somebody whose name is like a listed one.

    Beside rule L-03, which tells those who are listed themselves or share something with one who is. Subject: actor
    (exporter, or buyer or seller of a slip upstream of an issued certificate); day: his first deal on which the entry
    was in force (listed_on to delisted_on, both inclusive). Ties: :func:`ties`; at most ``most_steps`` of them. Score:
    likeness of the name over 100, over one more than the number of steps. Not evaluated: without a list or a register
    of actors; an actor who is in no register; an entry without a listing day tells nothing. Source: fraud.md §4 F19.
    """
    deals = _deals(e)
    entries = e["watchlist_entry"].reset_index(drop=True)
    names = _names(e)
    listed = _entry_names(entries)
    pairs = alike(names["name"], listed["listed"], int(p["likeness_listed"]))
    hits = names.merge(pairs, on="name").merge(listed, on="listed")
    hits = hits.sort_values(["alike", "party"], ascending=[False, True]).drop_duplicates(["party", "row"])
    found = _spread(hits[["party", "row", "listed", "alike"]], ties(e, p), int(p["most_steps"]))
    found = found[found["steps"] > 0]
    m = deals.merge(found, left_on="actor_id", right_on="party")
    began, ended = (lookup(m["row"].astype("Int64"), entries[name]) for name in ("listed_on", "delisted_on"))
    m = m[(m["day"] >= began) & ~(m["day"] > ended)].sort_values(["day", "ref"])
    g = m.groupby(["actor_id", "row"], sort=True)
    refs = first_refs(m, "actor_id", "row").rename("refs").reset_index()
    first = g.head(1).merge(refs, on=["actor_id", "row"])
    counts = g["ref"].nunique().rename("deals").reset_index()
    first = first.merge(counts, on=["actor_id", "row"]) if len(first) else first.assign(refs=None, deals=0)
    row = first["row"].astype("Int64")
    of_list = lookup(row, entries["list"])
    entry = of_list + "/" + lookup(row, entries["entry_id"])
    told = checked(
        first["actor_id"].astype("str"), first["day"].astype("datetime64[us]"), True,
        key=entry, score=(first["alike"].astype("float64") / 100 / (first["steps"] + 1)).round(6),
        actor=first["actor_id"], list=of_list, entry=entry,
        listed_name=first["listed"].astype("str"), chain=first["chain"].astype("str"),
        steps=first["steps"].astype("Int64"), alike=first["alike"].astype("Int64"),
        deals=first["deals"].astype("Int64"), refs=first["refs"].astype("object"),
    )  # fmt: skip
    d = deals.sort_values(["day", "ref"], kind="stable").drop_duplicates("actor_id")
    missing = reasons(
        d.index,
        (pd.Series(not e.held("watchlist_entry"), index=d.index), "never_loaded:watchlist_entry"),
        (pd.Series(not e.held("actor"), index=d.index), "never_loaded:actor"),
        (~within(d["actor_id"], e["actor"]["actor_id"]), "unknown_actor:actor_id"),
    )
    nothing = dict.fromkeys(
        ["key", "score", "actor", "list", "entry", "listed_name", "chain", "steps", "alike", "deals"]
    )
    silent = checked(d["actor_id"], d["day"], False, missing, period=month_of(d["return_id"]), ref=d["ref"], **nothing)
    return together(told, silent)


def _ties(e: Evidence, p: Params) -> pd.DataFrame:
    actors = e["actor"].sort_values("ref").drop_duplicates("actor_id")
    least, most = int(p["likeness"]), int(p["most_sharing"])
    consignees = sorted(set(issued(e)["importer_name"].dropna()))
    people = pd.concat(
        [
            pd.DataFrame({"party": actors["actor_id"], "text": actors[column]}).dropna()
            for column in ("manager", "owner")
        ],
        ignore_index=True,
    ).drop_duplicates()
    firms = actors[~actors["kind"].isin(["miner"])]
    named = pd.DataFrame({"party": firms["actor_id"], "text": firms["name"]}).dropna()
    of_consignee = pd.DataFrame({"party": [f"consignee:{n}" for n in consignees], "text": consignees}, dtype="str")
    frames = [
        _same(actors, "phone", fold, LEAST_PHONE, most),
        _same(actors, "address", fold, LEAST_ADDRESS, most),
        _like(people, people, least, "person", most),
        _like(of_consignee, pd.concat([named, people], ignore_index=True), least, "name", most),
    ]
    rows = pd.concat(frames, ignore_index=True).astype({"one": "str", "other": "str", "tie": "str", "shared": "str"})
    swap = rows["one"] > rows["other"]
    rows = rows.assign(one=rows["one"].mask(swap, rows["other"]), other=rows["other"].mask(swap, rows["one"]))
    rows = rows[rows["one"] != rows["other"]].sort_values(["one", "other", "tie", "shared"])
    return rows.drop_duplicates(["one", "other", "tie"], ignore_index=True)


def _same(actors: pd.DataFrame, column: str, folded: Any, least: int, most: int) -> pd.DataFrame:
    """Pairs of actors with the same telephone or address."""
    texts = actors[["actor_id", column]].dropna()
    table = {text: folded(text) for text in texts[column].unique()}
    known = pd.DataFrame({"party": texts["actor_id"], "shared": texts[column], "at": texts[column].map(table)})
    known = known[known["at"].notna() & (known["at"].astype("str").str.len() >= least)]
    number = known.groupby("at")["party"].transform("nunique") if len(known) else known["party"]
    known = known[(number > 1) & (number <= most)] if len(known) else known
    pairs = known.merge(known, on="at", suffixes=("", "_other"))
    pairs = pairs[pairs["party"] < pairs["party_other"]]
    return pd.DataFrame(
        {"one": pairs["party"], "other": pairs["party_other"], "tie": column, "shared": pairs["shared"]}
    )


def _like(ours: pd.DataFrame, theirs: pd.DataFrame, least: int, tie: str, most: int) -> pd.DataFrame:
    """Pairs of parties with names that are alike. Columns of both: party, text."""
    pairs = alike(ours["text"], theirs["text"], least)
    m = ours.merge(pairs, left_on="text", right_on="name").merge(
        theirs, left_on="listed", right_on="text", suffixes=("", "_other")
    )
    m = m[m["party"] != m["party_other"]]
    number = m.groupby("name")["party_other"].transform("nunique") if len(m) else pd.Series([], dtype="int64")
    m = m[(number.astype("int64") < most).to_numpy()]
    return pd.DataFrame({"one": m["party"], "other": m["party_other"], "tie": tie, "shared": m["name"]})


def _exports(e: Evidence) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Issued certificates with their quarter; and those without exporter or day (``missing``)."""
    c = issued(e).drop_duplicates("certificate_number")
    c = c.assign(quarter=quarter_of(c["issue_date"]), missing=lacking(e, c, "shipment", "exporter_id", "issue_date"))
    return c[c["missing"] == ""], c[c["missing"] != ""]


def _parties(e: Evidence, c: pd.DataFrame) -> pd.DataFrame:
    """Who takes part in an exporter's quarter: exporter_id, quarter, party, role, via_carats (Int64 hundredths)."""
    key = ["exporter_id", "quarter"]
    to = c.dropna(subset="importer_name").assign(party=lambda c: "consignee:" + c["importer_name"], role="consignee")
    by = _suppliers(e, c)
    exporters = c[["exporter_id"]].drop_duplicates().rename(columns={"exporter_id": "party"})
    peers = c[key].drop_duplicates().merge(exporters, how="cross")
    peers = peers[peers["party"] != peers["exporter_id"]].assign(role="exporter", carats=0)
    rows = pd.concat([f[[*key, "party", "role", "carats"]] for f in (to, by, peers)], ignore_index=True)
    rows["carats"] = rows["carats"].astype("Int64").fillna(0)
    rows = rows[~((rows["role"] == "supplier") & within(rows["party"], exporters["party"]))]
    return rows.groupby([*key, "party", "role"])["carats"].sum().rename("via_carats").reset_index()


def _suppliers(e: Evidence, c: pd.DataFrame) -> pd.DataFrame:
    """Buyers and sellers of the slips upstream of an exporter's certificates of a quarter: exporter_id, quarter, party,
    role, and the weight of their slips (``carats``; each slip counts once for each of them)."""
    s, links = slips(e).drop_duplicates("slip_number"), upstream(e)
    at = positions(links["certificate_number"], c["certificate_number"])
    slip = positions(links["slip_number"], s["slip_number"])
    at, slip = at[(at >= 0) & (slip >= 0)], slip[(at >= 0) & (slip >= 0)]
    of_quarter = c.groupby(["exporter_id", "quarter"]).ngroup().to_numpy()
    group, slip = np.divmod(distinct(of_quarter[at] * max(len(s), 1) + slip), max(len(s), 1))
    party, names = pd.factorize(pd.concat([s["buyer_id"], s["seller_id"]], ignore_index=True))
    buyer, seller = party[: len(s)][slip], party[len(s) :][slip]
    seller = np.where(seller == buyer, -1, seller)
    group, party = np.concatenate([group, group]), np.concatenate([buyer, seller])
    carats = np.tile(s["carats"].fillna(0).to_numpy("int64")[slip], 2)[party >= 0]
    keys, key = np.unique((group * max(len(names), 1) + party)[party >= 0], return_inverse=True)
    sums = np.zeros(len(keys), dtype=np.int64)
    np.add.at(sums, key, carats)
    group, party = np.divmod(keys, max(len(names), 1))
    heads = c[["exporter_id", "quarter"]].assign(group=of_quarter).drop_duplicates("group").set_index("group")
    by = heads.loc[group].reset_index(drop=True).assign(party=names.take(party), role="supplier", carats=sums)
    return by[by["party"] != by["exporter_id"]]


def _elder(met: pd.DataFrame, registered: pd.Series) -> pd.Series:
    """True for ties of an exporter to another exporter who was registered later. Bool."""
    own, other = lookup(met["exporter_id"], registered), lookup(met["party"].astype("str"), registered)
    return (met["role"] == "exporter") & (own < other)


def _unknown(c: pd.DataFrame) -> pd.DataFrame:
    shown = ["part", "score", "exporter", "quarter", "related", "ties", "shared", "cluster_size", "certificates",
             "exported_carats", "related_percent"]  # fmt: skip
    return checked(
        c["certificate_number"], c["issue_date"], False, c["missing"], subject_kind="certificate", ref=c["ref"],
        period=month_of(c["return_id"]), **dict.fromkeys(shown),
    )  # fmt: skip


def _deals(e: Evidence) -> pd.DataFrame:
    """Every actor of the exports: actor_id, day, return_id, ref of the deal."""
    c = issued(e).rename(columns={"exporter_id": "actor_id", "issue_date": "day"})
    numbers = upstream(e)["slip_number"].drop_duplicates()
    s = e["purchase"][["slip_number", "buyer_id", "seller_id", "purchase_date", "return_id", "ref"]]
    s = s[within(s["slip_number"], numbers)]
    sides = [s.rename(columns={side: "actor_id", "purchase_date": "day"}) for side in ("buyer_id", "seller_id")]
    rows = pd.concat([f[["actor_id", "day", "return_id", "ref"]] for f in (c, *sides)], ignore_index=True)
    return rows.dropna(subset="actor_id").reset_index(drop=True)


def _names(e: Evidence) -> pd.DataFrame:
    """Names by which a party may be listed: party, name."""
    actors = e["actor"]
    own = [pd.DataFrame({"party": actors["actor_id"], "name": actors[c]}) for c in ("name", "owner", "manager")]
    consignees = pd.Series(sorted(set(issued(e)["importer_name"].dropna())), dtype="str")
    own.append(pd.DataFrame({"party": "consignee:" + consignees, "name": consignees}))
    return pd.concat(own, ignore_index=True).dropna().drop_duplicates()


def _entry_names(entries: pd.DataFrame) -> pd.DataFrame:
    """Each name and alias of each entry: row, listed."""
    rows = entries["name"].fillna("") + ";" + entries["aliases"].fillna("")
    texts = rows.str.split(";").explode().str.strip() if len(rows) else rows
    texts = texts[texts != ""]
    return pd.DataFrame({"row": texts.index.astype("int64"), "listed": texts.astype("str").to_numpy()})


def _spread(hits: pd.DataFrame, pairs: pd.DataFrame, most: int) -> pd.DataFrame:
    """The parties reached from those that are matched: party, row, listed, alike, steps (0: matched itself), chain."""
    both = pd.concat([pairs, pairs.rename(columns={"one": "other", "other": "one"})], ignore_index=True)
    reached = hits.assign(steps=0, chain=hits["party"].str.removeprefix("consignee:"))
    edge = reached
    for step in range(1, most + 1):
        edge = edge.merge(both[["one", "other"]].drop_duplicates(), left_on="party", right_on="one")
        edge = edge.assign(
            party=edge["other"], steps=step, chain=edge["chain"] + " – " + edge["other"].str.removeprefix("consignee:")
        )[list(reached.columns)]
        edge = edge.sort_values(["alike", "chain"], ascending=[False, True]).drop_duplicates(["party", "row"])
        known = pd.MultiIndex.from_frame(reached[["party", "row"]])
        edge = edge[~pd.MultiIndex.from_frame(edge[["party", "row"]]).isin(known)]
        reached = pd.concat([reached, edge], ignore_index=True)
    return reached
