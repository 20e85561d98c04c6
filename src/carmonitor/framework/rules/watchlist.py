"""L-03: names on papers against the watch lists, on the day of the deal (framework.md §7 and §8; fraud.md C1)."""

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
    reasons,
    together,
)
from carmonitor.framework.custody import gaps, unheld_slips, upstream
from carmonitor.framework.numbers import plain
from carmonitor.framework.watching import alike
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import fold

FIRST_DEALS = 20  # a finding names this many deals as its lineage
STRENGTH = ["confirmed", "name", "linked", "shared"]
_DEAL = ["who", "subject_kind", "subject_id", "name", "role", "day", "no_day", "return_id", "ref"]
_LEAST_ADDRESS, _LEAST_PHONE = 10, 8  # letters and digits, below which an address or number tells nobody apart


@rule(
    "L-03", name="text", list="text", entry="text", listed_name="text", listed_on="date", delisted_on="date",
    alike="count", first_deal="date", deals="count", via="text",
)  # fmt: skip
def not_on_a_watch_list(e: Evidence, p: Params) -> pd.DataFrame:
    """Nobody in the deals of issued certificates is on a watch list on the day of the deal. Leads, unless confirmed.

    Parties: exporter and importer (issue_date), buyers and sellers of the slips upstream (purchase_date). Subject: the
    actor where the paper gives a number, else the certificate. One finding per subject, entry and part, over all deals:
    ``confirmed`` (breach, E: confirmed_actor_id or an identifier is the actor's), ``name`` (W: a name on the papers or
    of the register is like a listed one), ``linked`` (W: that of the owner or manager), ``shared`` (W: the address or
    telephone of an actor who is matched, ``via``), ``listed_later`` (W: the deal came before the listing). Listed from
    listed_on to delisted_on, both inclusive; a deal after the last day is silent. Not evaluated: without a list, where
    neither number nor name is given, the actor is in no register (its links are unknown), a slip is not held, and, of a
    match only, where the day of the deal or of the listing is null. A blank owner, manager, address or telephone is no
    link.
    """
    deals, unnamed = _deals(e)
    hits = _hits(e, deals, p)
    return together(_judged(e, deals, hits), _unmatched(e, deals), unnamed, _unusable_entries(e, deals))


_OF_SLIP = ["slip_number", "purchase_date", "buyer_id", "seller_id", "seller_name", "return_id", "ref"]


def _deals(e: Evidence) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every party to a deal (columns ``_DEAL``), and what is told of deals without one.

    ``who``: the actor, else the certificate and the name; ``no_day``: why the day is null.
    """
    c = issued(e)
    slips = upstream(e)[["slip_number", "certificate_number"]].drop_duplicates()
    slips = slips[among(slips["certificate_number"], c["certificate_number"])]
    s = slips.merge(e["purchase"][_OF_SLIP], on="slip_number")
    found = [
        _party(e, c, "shipment", "exporter", "issue_date"),
        _party(e, c.assign(importer_id=None), "shipment", "importer", "issue_date"),
        _party(e, s.assign(buyer_name=None), "purchase", "buyer", "purchase_date"),
        _party(e, s, "purchase", "seller", "purchase_date"),
    ]
    rows = pd.concat(found, ignore_index=True)
    nobody = rows[rows["who"].isna()]
    unnamed = checked(
        nobody["subject_id"], nobody["day"], False, nobody["missing"], period=month_of(nobody["return_id"]),
        subject_kind=nobody["subject_kind"], ref=nobody["ref"], **_nothing(),
    )  # fmt: skip
    return rows[rows["who"].notna()][_DEAL].reset_index(drop=True), together(unnamed, unheld_slips(e), _gaps(e))


def _party(e: Evidence, rows: pd.DataFrame, kind: str, role: str, day: str) -> pd.DataFrame:
    number, name = rows[f"{role}_id"].astype("str"), rows[f"{role}_name"].astype("str")
    certificate = rows["certificate_number"]
    field = f"{role}_name" if role == "importer" else f"{role}_id"
    paper = certificate if kind == "shipment" else rows["slip_number"]
    nobody = number.isna() & name.isna()
    of_paper = reasons(rows.index, (nobody & (kind == "purchase"), "purchase"), (number.isna(), "certificate"))
    frame = {
        "who": number.fillna(certificate + "\n" + name),
        "subject_kind": of_paper.mask(of_paper == "", "actor"),
        "subject_id": number.fillna(paper.where(nobody, certificate)),
        "name": name,
        "role": role,
        "day": rows[day],
        "no_day": lacking(e, rows, kind, day),
        "return_id": rows["return_id"],
        "ref": rows["ref"],
        "missing": lacking(e, rows.assign(**{field: rows[field].astype("str")}), kind, field),
    }
    return pd.DataFrame(frame, index=rows.index)


def _gaps(e: Evidence) -> pd.DataFrame:
    g = gaps(e)
    return checked(
        g["certificate_number"], g["issue_date"], False, g["missing"], subject_kind="certificate", ref=g["ref"],
        period=month_of(g["return_id"]), **_nothing(),
    )  # fmt: skip


def _hits(e: Evidence, deals: pd.DataFrame, p: Params) -> pd.DataFrame:
    """Who matches which entry (``row`` of the list), by what. Columns who, row, by (of STRENGTH), name, listed_name,
    alike, on (the name on a paper, where the match holds for deals under that name only; else null), via (the actor
    who is matched, where another shares the address or telephone).
    """
    entries, actors = e["watchlist_entry"].reset_index(drop=True), e["actor"]
    listed = _listed_names(entries)
    texts = pd.concat(
        [
            _texts(deals["who"], deals["name"], "name", deals["name"]),
            *(
                _texts(actors["actor_id"], actors[c], "name" if c == "name" else "linked")
                for c in ("name", "owner", "manager")
            ),
        ],
        ignore_index=True,
    ).drop_duplicates()
    pairs = alike(texts["name"], listed["listed"], int(p["likeness"]))
    found = texts.merge(pairs, on="name").merge(listed, on="listed").rename(columns={"listed": "listed_name"})
    certain = _confirmed(entries, actors)
    matched = pd.concat([certain, found[found["by"] == "name"].assign(on=None)], ignore_index=True)
    return pd.concat([certain, found, _neighbours(e, actors, matched)], ignore_index=True).astype({"via": "str"})


def _texts(who: pd.Series, names: pd.Series, by: str, on: pd.Series | None = None) -> pd.DataFrame:
    rows = pd.DataFrame({"who": who, "name": names, "by": by})
    return rows.assign(on=None if on is None else on).astype({"on": "str"}).dropna(subset=["name"])


def _listed_names(entries: pd.DataFrame) -> pd.DataFrame:
    """Each name and alias of each entry, and both sides of a stroke: columns row, listed."""
    rows = entries["name"].fillna("") + ";" + entries["aliases"].fillna("")
    texts = rows.str.split(";").explode().str.strip()
    sides = texts[texts.str.contains("/", regex=False)].str.split("/").explode().str.strip()
    every = pd.concat([texts, sides])
    every = every[every != ""]
    return pd.DataFrame({"row": every.index, "listed": every.to_numpy()}).astype({"listed": "str"}).drop_duplicates()


def _confirmed(entries: pd.DataFrame, actors: pd.DataFrame) -> pd.DataFrame:
    """Matches that are certain: a reviewer's decision, or an identifier equal to the registration number."""
    by_hand = pd.DataFrame({"row": entries.index, "who": entries["confirmed_actor_id"]}).dropna()
    identifiers = entries["identifiers"].dropna().str.split(";").explode().str.strip().astype("str")
    known = pd.DataFrame({"row": identifiers.index, "number": plain(identifiers).to_numpy()})
    registered = pd.DataFrame({"who": actors["actor_id"], "number": plain(actors["registration_number"])}).dropna()
    by_number = known[known["number"] != ""].merge(registered, on="number")[["row", "who"]]
    pairs = pd.concat([by_hand, by_number], ignore_index=True).drop_duplicates()
    names = actors.dropna(subset="name").sort_values("ref").drop_duplicates("actor_id").set_index("actor_id")["name"]
    shown = lookup(pairs["who"].astype("str"), names)
    listed = lookup(pairs["row"].astype("Int64"), entries["name"])
    found = pairs.assign(name=shown, by="confirmed", listed_name=listed, alike=pd.array([100] * len(pairs), "Int64"))
    return found.assign(on=None).astype({"on": "str", "who": "str", "name": "str", "listed_name": "str"})


def _neighbours(e: Evidence, actors: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Actors who share an address or a telephone with one who is matched."""
    frames = []
    for column, least in (("address", _LEAST_ADDRESS), ("phone", _LEAST_PHONE)):
        folded = {text: fold(text) for text in actors[column].dropna().unique() if not e.gazetteer.matches(text)}
        shared = pd.DataFrame({"who": actors["actor_id"], "text": actors[column], "at": actors[column].map(folded)})
        shared = shared[shared["at"].notna() & (shared["at"].astype("str").str.len() >= least)]
        theirs = matched.merge(shared[["who", "at"]], on="who").drop(columns="name").rename(columns={"who": "via"})
        pairs = theirs.merge(shared.rename(columns={"text": "name"}), on="at").drop(columns="at")
        pairs = pairs[pairs["who"] != pairs["via"]]
        frames.append(pairs.assign(by="shared", alike=pd.array([pd.NA] * len(pairs), "Int64")))
    return pd.concat(frames, ignore_index=True)


def _judged(e: Evidence, deals: pd.DataFrame, hits: pd.DataFrame) -> pd.DataFrame:
    """One row per subject, entry and part for what is matched, or why that could not be dated."""
    entries = e["watchlist_entry"].reset_index(drop=True)
    m = deals.rename(columns={"name": "on_paper"}).merge(hits, on="who")
    m = m[m["on"].isna() | (m["on"] == m["on_paper"])].reset_index(drop=True)
    began, ended = (lookup(m["row"].astype("Int64"), entries[name]) for name in ("listed_on", "delisted_on"))
    after, unlisted = (m["day"] > ended), began.isna()
    m = m.assign(
        began=began,
        ended=ended,
        why=reasons(m.index, (m["no_day"] != "", m["no_day"]), (unlisted & ~after, "blank:listed_on")),
        later=(m["day"] < began),
        rank=m["by"].map({by: at for at, by in enumerate(STRENGTH)}),
    )[~after]
    m = m.sort_values(
        ["rank", "alike", "name", "listed_name", "via"], ascending=[True, False, True, True, True], kind="stable"
    )
    m = m.drop_duplicates(["subject_kind", "subject_id", "row", "ref", "later"])  # the strongest match of each deal
    best = m.groupby(["subject_kind", "subject_id", "row", "later", "why"])["rank"].transform("min")
    m = m[m["rank"] == best].sort_values(["day", "ref"], kind="stable")
    group = m.groupby(["subject_kind", "subject_id", "row", "later", "why"], sort=False)
    first = group.head(1).assign(deals=group["ref"].transform("nunique"))
    refs = group["ref"].agg(lambda rows: list(dict.fromkeys(rows))[:FIRST_DEALS])
    first = first.merge(refs.rename("refs").reset_index(), on=["subject_kind", "subject_id", "row", "later", "why"])
    confirmed = (first["by"] == "confirmed") & ~first["later"]
    row = first["row"].astype("Int64")
    of_actor = e["actor"].groupby("actor_id")["ref"].min()
    entry = lookup(row, entries["list"]) + "/" + lookup(row, entries["entry_id"])
    return checked(
        first["subject_id"],
        first["day"],
        True,
        first["why"],
        part=first["by"].mask(first["later"], "listed_later"),
        subject_kind=first["subject_kind"],
        outcome=reasons(first.index, (confirmed, "breach"), (~confirmed, "lead")),
        severity=reasons(first.index, (confirmed, "E"), (~confirmed, "W")),
        key=entry,
        period=month_of(first["return_id"]),
        name=first["name"],
        list=lookup(row, entries["list"]),
        entry=entry,
        listed_name=first["listed_name"],
        listed_on=first["began"],
        delisted_on=first["ended"],
        alike=first["alike"].astype("Int64"),
        first_deal=first["day"],
        deals=first["deals"].astype("Int64"),
        refs=first["refs"],
        via=first["via"],
        ref_entry=lookup(row, entries["ref"]),
        ref_actor=lookup(first["subject_id"], of_actor),
        ref_via=lookup(first["via"], of_actor),
    )


def _unmatched(e: Evidence, deals: pd.DataFrame) -> pd.DataFrame:
    """Every subject once, as checked and silent, or why it could not be checked. (What fires stands before this.)"""
    actors = e["actor"]
    d = deals.sort_values(["day", "ref"], kind="stable")
    named = pd.concat([actors.loc[actors["name"].notna(), "actor_id"], d.loc[d["name"].notna(), "subject_id"]])
    d = d.drop_duplicates(["subject_kind", "subject_id"])
    actor = d["subject_kind"] == "actor"
    missing = reasons(
        d.index,
        (pd.Series(not e.held("watchlist_entry"), index=d.index), "never_loaded:watchlist_entry"),
        (actor & (not e.held("actor")), "never_loaded:actor"),
        (actor & ~among(d["subject_id"], actors["actor_id"]), "unknown_actor:" + d["role"] + "_id"),
        (actor & ~among(d["subject_id"], named), "blank:name"),
    )
    return checked(
        d["subject_id"], d["day"], False, missing, subject_kind=d["subject_kind"], period=month_of(d["return_id"]),
        ref=d["ref"], **_nothing(),
    )  # fmt: skip


def _unusable_entries(e: Evidence, deals: pd.DataFrame) -> pd.DataFrame:
    """Entries that no name was compared with: in quarantine, or without anything to compare."""
    keys = e.known_keys[e.known_keys["kind"] == "watchlist_entry"]
    hidden = (
        keys.sort_values("field", ascending=False).groupby("ref")["value"].agg("/".join).rename("entry").reset_index()
    )
    entries = e["watchlist_entry"]
    useless = entries[entries[["name", "aliases", "identifiers", "confirmed_actor_id"]].isna().all(axis=1)]
    blank = pd.DataFrame({"ref": useless["ref"], "entry": useless["list"] + "/" + useless["entry_id"]})
    rows = pd.concat(
        [hidden.assign(why="in_quarantine:watchlist_entry"), blank.assign(why="blank:name")], ignore_index=True
    )
    rows = rows[pd.Series(len(deals) > 0, index=rows.index)]
    day = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    return checked(
        rows["entry"].astype("str"),
        day,
        False,
        rows["why"],
        subject_kind="watchlist_entry",
        ref=rows["ref"],
        **_nothing(),
    )


def _nothing() -> dict[str, object]:
    texts = dict.fromkeys(("name", "list", "entry", "listed_name", "via"))
    numbers = dict.fromkeys(("alike", "deals"), pd.NA)
    return {**texts, **numbers, **dict.fromkeys(("listed_on", "delisted_on", "first_deal"), pd.NaT)}
