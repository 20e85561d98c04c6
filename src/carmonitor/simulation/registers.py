"""The registers as the team would keep them, each row with the month in which it becomes known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation import parameters as p
from carmonitor.simulation.certificates import SIGNATORIES, signed_from
from carmonitor.simulation.numbering import BLOCK, BOOKLET, FIRST_CERTIFICATE, LICENCE, Papers, licences
from carmonitor.simulation.people import HOUSE, MINER
from carmonitor.simulation.tables import actor_names
from carmonitor.simulation.work import Work

EVENTS = Path(__file__).parent / "data" / "ucdp_events_2019_2022.csv"
"""Violent events of UCDP GED 23.1; source and licence in SOURCES.md beside it."""

SOURCE = "synthetic"


def make_registers(w: Work, papers: Papers, shipment: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Kind → frame with all fields of the kind and ``load``, the month (``YYYY-MM``) in which the team enters the row;
    the month before the world for what was known at its start."""
    return {
        "actor": _actors(w, papers),
        "licence": _licences(w, papers),
        "certificate_block": _blocks(w, papers),
        "slip_booklet": _booklets(w, papers),
        "mine_site": _sites(w),
        "signatory": _signatories(w),
        "watchlist_entry": _watch_list(w),
        "stock_declaration": _stocks(w, papers),
        "security_event": _events(w),
        "exchange_rate": _rates(w),
        "committee_meeting": _meetings(w),
        "filing": _filings(w),
        "official_total": _totals(w, shipment),
    }


def load_month(w: Work, days: np.ndarray) -> pd.Series:
    """The month in which something of these days is entered."""
    return c.months(np.maximum(np.asarray(days, dtype=np.int64), w.first - 1))


def _actors(w: Work, papers: Papers) -> pd.DataFrame:
    a = w.actors
    ids = papers.actor_ids
    zone = a["zone"].to_numpy()
    house = (a["kind"] == HOUSE).to_numpy()
    street = np.where(house, a["premises"], a["premises"] % 9 + 1)  # people live in quarters, firms have an address
    town = c.taken(list(p.PLACES), np.where(zone < 0, p.BANGUI, zone))
    address = c.joined(
        "", c.taken(["Quartier Exemple ", "Avenue Exemple "], house.astype(int)), c.numbered("", street, 1),
        pd.Series(", ", index=a.index, dtype="str"), town,
    ) + f" {p.LABEL}"  # fmt: skip
    phone = a["phone"].to_numpy()
    owner = a["owner"].to_numpy()
    named = pd.Series(None, index=a.index, dtype="str")
    person = named.where(owner < 0, c.numbered("Exemple-", np.maximum(owner, 0), 1) + f" {p.LABEL}")
    since = a["since"].to_numpy()
    return c.frame(
        "actor",
        {
            "actor_id": ids,
            "name": actor_names(w, papers),
            "kind": c.taken(["miner", "collector", "buying_house"], a["kind"].to_numpy()),
            "address": address,
            "phone": c.numbered("+236 00 ", phone, 6),
            "manager": c.where(owner >= 0, "Gérant " + person),
            "owner": c.where(owner >= 0, "Propriétaire " + person),
            "registered_on": c.dates(since),
            "registration_number": c.where(house, c.numbered("SYN-RC-", np.arange(len(a)), 5)),
        },
        load=load_month(w, since),
    )


def _licences(w: Work, papers: Papers) -> pd.DataFrame:
    """One a year, national: stones are often sold beyond the sub-prefecture's edge (IPIS 2019)."""
    a = w.actors
    first = int(np.datetime64(w.first, "D").astype("datetime64[Y]").astype(int))
    last = int(np.datetime64(w.last, "D").astype("datetime64[Y]").astype(int))
    rows = []
    actors = np.arange(len(a))
    since, until = a["since"].to_numpy(), a["until"].to_numpy()
    for year in range(first, last + 1):
        opens = int(np.datetime64(f"{year + 1970}-01-01").astype(int))
        closes = int(np.datetime64(f"{year + 1971}-01-01").astype(int)) - 1
        held = actors[(since <= closes) & (until >= opens)]
        rows.append((held, np.maximum(since[held], opens), np.full(len(held), closes)))
    old = w.sales[w.sales["old"]]
    for year in np.unique(old["day"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int)):
        of_year = old[old["day"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) == year]
        held = np.unique(np.concatenate([of_year["buyer"], of_year["seller"]]))
        opens = int(np.datetime64(f"{year + 1970}-01-01").astype(int))
        rows.append((held, np.full(len(held), opens), np.full(len(held), opens + 364)))
    actor, start, end = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    kind = a["kind"].to_numpy()[actor]
    names = ["patente d'artisan", "carte de collecteur", "bureau d'achat"]
    assert len(names) == len(LICENCE)
    return c.frame(
        "licence",
        {
            "licence_number": licences(w, papers.actor_ids, actor, start),
            "actor_id": c.taken(papers.actor_ids, actor),
            "kind": c.taken(names, kind),
            "valid_from": c.dates(start),
            "valid_to": c.dates(end),
        },
        load=load_month(w, start),
    )


def _blocks(w: Work, papers: Papers) -> pd.DataFrame:
    digits = papers.certificate_digits
    last = int(digits.max()) if len(digits) else FIRST_CERTIFICATE
    starts = np.arange(FIRST_CERTIFICATE, last + 1, BLOCK)
    at = np.searchsorted(digits, starts)
    day = w.exports["day"].to_numpy()[np.minimum(at, len(digits) - 1)] - 30 if len(digits) else np.array([w.first - 1])
    return c.frame(
        "certificate_block",
        {
            "first_number": c.numbered("CF", starts, 7),
            "last_number": c.numbered("CF", starts + BLOCK - 1, 7),
            "available_from": c.dates(day),
        },
        load=load_month(w, day),
    )


def _booklets(w: Work, papers: Papers) -> pd.DataFrame:
    b = papers.booklets
    day = b["day"].to_numpy()
    wait = w.settings.stream("booklets").integers(0, 25, len(b))
    issued = np.maximum(day - wait, w.actors["since"].to_numpy()[b["holder"]])
    issued = np.where(b["old"], day - 30, np.minimum(issued, day))
    first = 100_000 + np.arange(len(b)) * BOOKLET
    return c.frame(
        "slip_booklet",
        {
            "booklet_number": c.numbered("CB-", np.arange(1, len(b) + 1), 5),
            "first_slip": c.numbered("B", first, 7),
            "last_slip": c.numbered("B", first + BOOKLET - 1, 7),
            "holder_id": c.taken(papers.actor_ids, b["holder"].to_numpy()),
            "issued_on": c.dates(issued),
        },
        load=load_month(w, issued),
    )


def _sites(w: Work) -> pd.DataFrame:
    miners = w.actors[(w.actors["kind"] == MINER) & ~w.actors["fraud"]]
    crew = np.bincount(miners["site"], miners["crew"], minlength=len(w.sites)).astype(np.int64)
    sites = w.sites
    return c.frame(
        "mine_site",
        {
            **{
                name: sites[name]
                for name in ("mine_site_id", "name", "longitude", "latitude", "subprefecture", "commune")
            },
            "crew_size": pd.Series(crew, dtype="Int64").where(pd.Series(crew > 0)),
        },
        load=load_month(w, np.full(len(sites), w.first - 1)),
    )


def _signatories(w: Work) -> pd.DataFrame:
    change = signed_from(w)
    start = np.array([w.first - 400, change])
    return c.frame(
        "signatory",
        {
            "signatory": list(SIGNATORIES),
            "valid_from": c.dates(start),
            "valid_to": c.dates(np.array([change + 20, -1])),
        },
        load=load_month(w, start),
    )


def _watch_list(w: Work) -> pd.DataFrame:
    return c.frame(
        "watchlist_entry",
        {
            "list": ["UN 2127"],
            "entry_id": ["Badica (2015-08)"],
            "name": ["Bureau d'achat de Diamant en Centrafrique"],
            "aliases": ["Badica; Kardiam"],
            "listed_on": c.dates(np.array([16_648])),
        },
        load=load_month(w, np.array([w.first - 1])),
    )


def _stocks(w: Work, papers: Papers) -> pd.DataFrame:
    n = len(w.actors)
    since = np.maximum(w.actors["since"].to_numpy(), w.first - 1)
    return c.frame(
        "stock_declaration",
        {
            "actor_id": papers.actor_ids,
            "as_of": c.dates(since),
            "carats": np.zeros(n, np.int64),
            "audit_reference": "INV-" + papers.actor_ids + f" {p.LABEL}",
        },
        load=load_month(w, since),
    )


def _events(w: Work) -> pd.DataFrame:
    with EVENTS.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    day = np.array([np.datetime64(r["date_start"][:10]).astype(int) for r in rows])
    rows = [r for r, d in zip(rows, day, strict=True) if d <= w.last]
    day = day[day <= w.last]
    return c.frame(
        "security_event",
        {
            "event_id": [f"UCDP-{r['id']}" for r in rows],
            "occurred_on": c.dates(day),
            "longitude": [float(r["lon"]) for r in rows],
            "latitude": [float(r["lat"]) for r in rows],
            "precision": [int(r["where_prec"]) for r in rows],
            "actors": [f"{r['side_a']}; {r['side_b']}" for r in rows],
            "deaths": [int(r["best"]) for r in rows],
        },
        load=load_month(w, day),
    )


def _rates(w: Work) -> pd.DataFrame:
    months = [str(np.datetime64(w.market.first + i, "M")) for i in range(len(w.market.xaf_per_usd))]
    after = np.array(months, dtype="datetime64[M]") + np.timedelta64(1, "M")
    day = after.astype("datetime64[D]").astype(int) - 1
    return c.frame(
        "exchange_rate",
        {
            "currency": ["EUR", *["USD"] * len(months)],
            "period": [w.settings.start[:4], *months],
            "xaf_per_unit": np.concatenate([[655_957_000], w.market.xaf_per_usd]),
            "source": ["fixed parity", *[f"{SOURCE}: moves about an unverified yearly mean"] * len(months)],
            "certainty": ["P", *["I"] * len(months)],
        },
        load=load_month(w, np.concatenate([[w.first - 1], day])),
    )


def _meetings(w: Work) -> pd.DataFrame:
    rng = w.settings.stream("meetings")
    step = np.arange(w.first - 100, w.last + 1, 88)
    zone = np.repeat(np.arange(len(p.ZONES)), len(step))
    held = np.tile(step, len(p.ZONES)) + rng.integers(0, 20, len(zone))
    national = np.arange(w.first - 30, w.last + 1, 180)
    names = [f"CLS {p.ZONES[z].name} {p.LABEL}" for z in zone] + [f"CNS-PK {p.LABEL}"] * len(national)
    day = np.concatenate([held, national])
    keep = day <= w.last
    places = c.taken([z.name for z in p.ZONES], np.concatenate([zone, np.full(len(national), -1)]))
    return c.frame(
        "committee_meeting",
        {
            "committee": pd.Series(names, dtype="str")[keep].reset_index(drop=True),
            "held_on": c.dates(day[keep]),
            "subprefecture": places[keep].reset_index(drop=True),
            "minutes_lodged": True,
        },
        load=load_month(w, day[keep]),
    )


def _filings(w: Work) -> pd.DataFrame:
    """Everything the country owes the KP for periods of the world and the two years before, filed in time."""
    first, last = int(w.settings.start[:4]) - 2, int(w.settings.periods[-1][:4])
    rows = []
    for year in range(first, last + 1):
        rows.append(("annual_report", f"{year}", f"{year + 1}-03-20"))
        rows += [
            ("half_year_production", f"{year}-H1", f"{year}-08-25"),
            ("half_year_production", f"{year}-H2", f"{year + 1}-02-24"),
        ]
        quarters = ((1, f"{year}-05-24"), (2, f"{year}-08-25"), (3, f"{year}-11-24"), (4, f"{year + 1}-02-24"))
        rows += [("quarterly_trade", f"{year}-Q{q}", filed) for q, filed in quarters]
    report, period, filed = (list(column) for column in zip(*rows, strict=True))
    day = np.array([np.datetime64(d).astype(int) for d in filed])
    return c.frame("filing", {"report": report, "period": period, "filed_on": c.dates(day)}, load=load_month(w, day))


def _totals(w: Work, shipment: pd.DataFrame) -> pd.DataFrame:
    """What the country publishes of each whole year: its certificates, value at the rate of the day."""
    issued = shipment[shipment["status"] == "issued"]
    day = issued["issue_date"].to_numpy().astype("datetime64[D]").astype(int)
    xaf = issued["value_usd"].to_numpy(dtype=np.int64) / 100 * w.market.xaf_per_usd[w.market.at(day)] / 1_000_000
    rows = []
    periods = set(w.settings.periods)
    for year in sorted({m[:4] for m in periods}):
        if not {f"{year}-{m:02d}" for m in range(1, 13)} <= periods:
            continue
        mine = (issued["issue_date"].dt.year == int(year)).to_numpy()
        rows.append((year, "export_carats", int(issued["carats"].to_numpy(dtype=np.int64)[mine].sum()), "ct"))
        rows.append((year, "export_value", round(float(xaf[mine].sum())) * 100, "XAF"))
    published = np.array([np.datetime64(f"{int(r[0]) + 1}-03-20").astype(int) for r in rows], dtype=np.int64)
    return c.frame(
        "official_total",
        {
            "scope": pd.Series(["CF"] * len(rows), dtype="str"),
            "period": pd.Series([r[0] for r in rows], dtype="str"),
            "metric": pd.Series([r[1] for r in rows], dtype="str"),
            "source": pd.Series([SOURCE] * len(rows), dtype="str"),
            "value": np.array([r[2] for r in rows], dtype=np.int64),
            "unit": pd.Series([r[3] for r in rows], dtype="str"),
            "certainty": pd.Series(["S"] * len(rows), dtype="str"),
        },
        load=load_month(w, published) if rows else pd.Series([], dtype="str"),
    )
