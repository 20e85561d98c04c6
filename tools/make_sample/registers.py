"""The registers as the team would load them, one CSV a kind. French headings for actors, English for the rest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from carmonitor.simulation.registers import EVENTS
from tools.make_sample import cells
from tools.make_sample.chain import Chain
from tools.make_sample.common import Row
from tools.make_sample.faults import old_slip
from tools.make_sample.people import Actor
from tools.make_sample.plan import BLOCKS, FORMER_SIGNATORY, SIGNATORIES, ZONES

LICENSED = (date(2020, 11, 1), date(2021, 12, 31))
OWNER, LISTED = "Ivan Vymyslov (synthétique)", "ВЫМЫСЛОВ Иван"  # an invented name, listed in another script
UNVERIFIED = "yearly mean, unverified: for samples only"
TOTALS = "https://oubanguimedias.com/2022/04/08/la-part-du-secteur-minier-dans-le-relevement-economique-de-la-rca/"
KP_2020 = "https://news.canadianminingreport.com/news/kp-moves-to-further-reinstate-car"


def registers(chain: Chain) -> Iterator[tuple[str, list[Row]]]:
    """(kind, rows) of every register of the sample. Zones and participants ship with the package."""
    people = chain.people
    actors = [*people.houses.values(), *people.collectors, *people.miners]
    old = old_slip(chain)
    yield "actor", [_actor(n, a) for n, a in enumerate(actors, start=1)]
    yield (
        "licence",
        [_licence(a) for a in actors]
        + [
            _old("LBA-2015-03", old.buyer.actor_id, "bureau d'achat"),
            _old("PAT-2015-001", old.seller.actor_id, "patente d'artisan"),
        ],
    )
    yield (
        "certificate_block",
        [
            {"first_number": first, "last_number": last, "available_from": day, "available_to": None}
            for first, last, day in BLOCKS
        ],
    )
    yield "slip_booklet", [
        *people.booklets,
        {"booklet_number": "CB-0900", "first_slip": "B009001", "last_slip": "B009050",
         "holder_id": old.buyer.actor_id, "issued_on": date(2014, 12, 1)},
    ]  # fmt: skip
    yield "mine_site", people.sites
    yield (
        "signatory",
        [
            *({"signatory": n, "valid_from": start, "valid_to": end} for n, (start, end) in SIGNATORIES.items()),
            {"signatory": FORMER_SIGNATORY, "valid_from": date(2016, 6, 1), "valid_to": date(2019, 12, 31)},
        ],
    )
    yield "watchlist_entry", [
        {"list": "UN 2127", "entry_id": "Badica (2015-08)", "name": "Bureau d'achat de Diamant en Centrafrique",
         "aliases": "Badica; Kardiam", "listed_on": date(2015, 8, 1), "delisted_on": None, "identifiers": None,
         "confirmed_actor_id": None},
        {"list": "Example list (synthetic)", "entry_id": "EX-7", "name": LISTED, "aliases": None,
         "listed_on": date(2020, 6, 1), "delisted_on": None, "identifiers": None, "confirmed_actor_id": None},
    ]  # fmt: skip
    yield "stock_declaration", [
        {"actor_id": a.actor_id, "as_of": date(2020, 11, 30), "carats": Decimal("0.00"),
         "audit_reference": f"INV-2020-{a.actor_id} (synthetic)"} for a in actors
    ]  # fmt: skip
    yield "security_event", _events()
    yield "exchange_rate", [
        {"currency": "EUR", "period": "2021", "xaf_per_unit": Decimal("655.957"), "source": "fixed parity",
         "certainty": "P"},
        *({"currency": "USD", "period": str(year), "xaf_per_unit": Decimal(rate), "source": UNVERIFIED,
           "certainty": "N"}
          for year, rate in {2018: 555, 2019: 586, 2020: 576, 2021: 555, 2022: 624, 2023: 607}.items()),
    ]  # fmt: skip
    yield "committee_meeting", _meetings()
    yield (
        "filing",
        [
            {"report": "annual_report", "period": "2020", "filed_on": date(2021, 3, 26)},
            {"report": "quarterly_trade", "period": "2021-Q1", "filed_on": date(2021, 5, 20)},
            {"report": "half_year_production", "period": "2020-H2", "filed_on": date(2021, 2, 24)},
        ],
    )
    yield (
        "official_total",
        [
            _total("2020", "export_carats", TOTALS, "50410.45", "ct"),
            _total("2020", "export_carats", KP_2020, "50433", "ct"),
            _total("2020", "export_value", TOTALS, "4024436600", "XAF"),
            _total("2021", "export_carats", TOTALS, "93965.37", "ct"),
            _total("2021", "export_value", TOTALS, "5705933981", "XAF"),
        ],
    )


def register_csv(kind: str, rows: list[Row]) -> bytes:
    """One register as a file."""
    if kind == "actor":
        return b"\xef\xbb\xbf" + cells.french_csv(kind, rows).encode()
    return cells.csv_text(rows, list(rows[0])).encode()


def _actor(n: int, actor: Actor) -> Row:
    town = actor.zone or "Bangui"
    return {
        "actor_id": actor.actor_id, "name": actor.name, "kind": actor.kind,
        "address": f"Quartier Exemple {n}, {town} (synthétique)", "phone": f"+236 00 00 {n // 100:02d} {n % 100:02d}",
        "manager": f"Gérant Exemple {n} (synthétique)" if actor.kind == "buying_house" else None,
        "owner": _owner(n, actor),
        "registered_on": date(2014, 1, 15) if actor.kind == "buying_house" else date(2019, 1, 15),
        "registration_number": f"SYN-RC-{n:04d}" if actor.kind == "buying_house" else None,
    }  # fmt: skip


def _owner(n: int, actor: Actor) -> str | None:
    if actor.kind != "buying_house":
        return None
    return OWNER if actor.actor_id == "BA-05" else f"Propriétaire Exemple {n} (synthétique)"


def _licence(actor: Actor) -> Row:
    kinds = {"buying_house": "bureau d'achat", "collector": "carte de collecteur", "miner": "patente d'artisan"}
    return {
        "licence_number": actor.licence, "actor_id": actor.actor_id, "kind": kinds[actor.kind],
        "subprefecture": actor.zone if actor.kind == "miner" else None, "valid_from": LICENSED[0],
        "valid_to": LICENSED[1],
    }  # fmt: skip


def _old(number: str, actor_id: str, kind: str) -> Row:
    return {
        "licence_number": number, "actor_id": actor_id, "kind": kind, "subprefecture": None,
        "valid_from": date(2015, 1, 1), "valid_to": date(2015, 12, 31),
    }  # fmt: skip


def _events() -> list[Row]:
    with EVENTS.open(encoding="utf-8") as lines:
        return [
            {
                "event_id": f"UCDP-{r['id']}", "occurred_on": r["date_start"][:10], "longitude": r["lon"],
                "latitude": r["lat"], "precision": r["where_prec"], "actors": f"{r['side_a']}; {r['side_b']}",
                "deaths": r["best"],
            }
            for r in csv.DictReader(lines)
        ]  # fmt: skip


def _meetings() -> list[Row]:
    held = [date(2020, 8, 20), date(2020, 11, 19), date(2021, 2, 18), date(2021, 5, 20)]
    rows: list[Row] = [
        {"committee": f"CLS {zone} (synthetic dates)", "held_on": day, "subprefecture": zone, "minutes_lodged": True}
        for zone in ZONES
        for day in held
    ]
    return [*rows, {"committee": "CNS-PK (synthetic dates)", "held_on": date(2021, 1, 28), "subprefecture": None,
                    "minutes_lodged": True}]  # fmt: skip


def _total(period: str, metric: str, source: str, value: str, unit: str) -> Row:
    return {"scope": "CF", "period": period, "metric": metric, "source": source, "value": Decimal(value),
            "unit": unit, "certainty": "S"}  # fmt: skip
