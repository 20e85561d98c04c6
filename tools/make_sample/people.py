"""Actors, their licences, mine sites and slip booklets. People and firms are invented and named so."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from random import Random

from carmonitor.simulation.sites import SURVEY
from tools.make_sample.common import DATA, Row
from tools.make_sample.plan import EXPORTERS, ZONES

ENOUGH_SITES = 6
BOOKLET = 50


@dataclass
class Actor:
    """A person or firm: its licence, and the zone and site of a miner (or the zone of a collector)."""

    actor_id: str
    name: str
    kind: str
    licence: str
    zone: str = ""
    site: str = ""
    slips: int = 0  # slips torn so far
    booklets: list[int] = field(default_factory=list)


@dataclass
class People:
    """Everybody in the chain."""

    houses: dict[str, Actor]
    collectors: list[Actor]
    miners: list[Actor]
    sites: list[Row]
    booklets: list[Row] = field(default_factory=list)

    def collectors_of(self, zone: str) -> list[Actor]:
        """The collectors who buy in a zone."""
        return [c for c in self.collectors if c.zone == zone]

    def miners_of(self, zone: str) -> list[Actor]:
        """The miners of a zone."""
        return [m for m in self.miners if m.zone == zone]

    def tear(self, buyer: Actor) -> tuple[str, str]:
        """The buyer's next slip: (slip number, booklet number). A new booklet is registered when one is used up."""
        if buyer.slips % BOOKLET == 0:
            number = len(self.booklets) + 1
            first = 10_000 + number * BOOKLET
            self.booklets.append(
                {
                    "booklet_number": f"CB-{number:04d}", "first_slip": f"B{first:06d}",
                    "last_slip": f"B{first + BOOKLET - 1:06d}", "holder_id": buyer.actor_id,
                    "issued_on": date(2020, 11, 16),
                }
            )  # fmt: skip
            buyer.booklets.append(number)
        number = buyer.booklets[-1]
        slip = 10_000 + number * BOOKLET + buyer.slips % BOOKLET
        buyer.slips += 1
        return f"B{slip:06d}", f"CB-{number:04d}"


def make_people(rng: Random) -> People:
    """Five buying houses, collectors and miners by the weight of their zone, surveyed and synthetic sites."""
    sites = _sites(rng)
    houses = {i: Actor(i, name, "buying_house", f"LBA-2021-{i[-2:]}") for i, name in EXPORTERS.items()}
    collectors: list[Actor] = []
    miners: list[Actor] = []
    for zone, (share, *_) in ZONES.items():
        local = [s["mine_site_id"] for s in sites if s["subprefecture"] == zone]
        for _ in range(max(round(share * 44), 2)):
            n = len(collectors) + 1
            collectors.append(
                Actor(
                    f"COL-{n:03d}", f"Collecteur Exemple {n:03d} (synthétique)", "collector", f"CC-2021-{n:03d}", zone
                )
            )
        for _ in range(round(share * 320)):
            n = len(miners) + 1
            name = f"Artisan Exemple {n:03d} (synthétique)"
            miners.append(Actor(f"ART-{n:03d}", name, "miner", f"PAT-2021-{n:03d}", zone, rng.choice(local)))
    return People(houses, collectors, miners, sites)


def _sites(rng: Random) -> list[Row]:
    """Surveyed sites (no crew size is known), then synthetic ones where a zone has fewer than six."""
    with SURVEY.open(encoding="utf-8") as lines:
        sites = [
            {
                "mine_site_id": f"IPIS-{int(r['id']):03d}", "name": r["name"], "longitude": float(r["longitude"]),
                "latitude": float(r["latitude"]), "subprefecture": r["subprefecture"], "commune": r["commune"] or None,
                "crew_size": None,
            }
            for r in csv.DictReader(lines)
        ]  # fmt: skip
    for zone in ZONES:
        short = (zone[:4] + zone[-1]).replace("ï", "i").upper()
        held = sum(s["subprefecture"] == zone for s in sites)
        for n in range(1, ENOUGH_SITES - held + 1):
            longitude, latitude = _point_in(rng, zone)
            sites.append(
                {
                    "mine_site_id": f"SYN-{short}-{n}",
                    "name": f"Chantier exemple {n}, {zone} (synthetic)", "longitude": longitude, "latitude": latitude,
                    "subprefecture": zone, "commune": None, "crew_size": rng.randint(40, 120),
                }
            )  # fmt: skip
    return sites


def _point_in(rng: Random, zone: str) -> tuple[float, float]:
    features = json.loads((DATA / "zone_boundaries.geojson").read_text(encoding="utf-8"))["features"]
    geometry = next(f["geometry"] for f in features if f["properties"]["subprefecture"] == zone)
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    ring = max((polygon[0] for polygon in polygons), key=len)
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    while True:
        x = round(rng.uniform(min(xs), max(xs)), 5)
        y = round(rng.uniform(min(ys), max(ys)), 5)
        if _inside(ring, x, y):
            return x, y


def _inside(ring: list[list[float]], x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
