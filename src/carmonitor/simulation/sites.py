"""Mine sites: those of the survey of 2019, and synthetic ones beside them where a zone has too few for its miners."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from carmonitor.simulation.parameters import LABEL, ZONES
from carmonitor.simulation.settings import Settings

SURVEY = Path(__file__).parent / "data" / "ipis_diamond_sites.csv"
"""Surveyed diamond mines of the eight zones and of Abba; source and licence in SOURCES.md beside it."""

MINERS_A_SITE = 12
SPREAD = 0.02  # degrees: a synthetic site lies about 2 km from a surveyed one


def make_sites(settings: Settings, miners: np.ndarray) -> pd.DataFrame:
    """Sites by row: mine_site_id, name, longitude, latitude, zone (position in ZONES; -1 outside), subprefecture,
    commune, size (float: its stones against those of the zone). ``miners``: how many each zone has."""
    rng = settings.stream("sites")
    names = [z.name for z in ZONES]
    with SURVEY.open(encoding="utf-8") as lines:
        rows = [
            {
                "mine_site_id": f"IPIS-{int(r['id']):03d}", "name": r["name"], "longitude": float(r["longitude"]),
                "latitude": float(r["latitude"]), "subprefecture": r["subprefecture"], "commune": r["commune"] or None,
                "zone": names.index(r["subprefecture"]) if r["subprefecture"] in names else -1,
            }
            for r in csv.DictReader(lines)
        ]  # fmt: skip
    surveyed = pd.DataFrame(rows)
    parts = [surveyed]
    for zone, name in enumerate(names):
        held = surveyed[surveyed["zone"] == zone]
        lacking = int(np.ceil(miners[zone] / MINERS_A_SITE)) - len(held)
        if lacking <= 0:
            continue
        beside = held.iloc[rng.integers(0, len(held), lacking)].reset_index(drop=True)
        place = rng.normal(0, SPREAD, (lacking, 2)).round(5)
        short = (name[:4] + name[-1]).replace("ï", "i").upper()  # four letters would not tell Boganangone from Boganda
        parts.append(
            beside.assign(
                mine_site_id=[f"SYN-{short}-{n:03d}" for n in range(1, lacking + 1)],
                name=[f"Chantier exemple {n}, {name} {LABEL}" for n in range(1, lacking + 1)],
                longitude=(beside["longitude"] + place[:, 0]).round(5),
                latitude=(beside["latitude"] + place[:, 1]).round(5),
            )
        )
    sites = pd.concat(parts, ignore_index=True)
    return sites.assign(size=np.exp(rng.normal(0, 0.08, len(sites))))
