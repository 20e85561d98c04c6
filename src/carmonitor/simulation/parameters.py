"""What the synthetic trade is like. Figures without a source are invented and say nothing about the real trade.

Published: 50,433 ct exported in 2020 and 93,965 ct in 2021; 930 miners (crew leaders) and 252 collectors in the zones
in 2022; two or three buying houses with about 90 % of exports; 3.3 to 7.8 ct per digger and year; 14 to 21 % of first
sales across a sub-prefecture's edge (IPIS 2019); eastern stones larger than western ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

YEAR = 365.25
LINES_A_YEAR = 18_300  # finds written into production registers, at scale 1
MINERS, COLLECTORS, CERTIFICATES_A_YEAR = 930, 250, 75
SENDER = "SPPK"
AUTHORITY = "Ministère des Mines et de la Géologie, SPPK"
LABEL = "(synthétique)"


@dataclass(frozen=True)
class Zone:
    """A compliant sub-prefecture. ``share`` of finds; ``size``: its stones against the western median; ``price``:
    against the mean; ``lon``, ``lat``: its market (mean first destination of the IPIS survey of 2019); ``km``: by road
    to Bangui, about (1.35 times the straight line). The prefectures are those to and from 2021-01-21."""

    name: str
    share: float
    size: float
    price: float
    lon: float
    lat: float
    km: int
    before: str
    after: str
    neighbours: tuple[int, ...]


ZONES = (
    Zone("Berberati", 0.25, 1.00, 1.00, 15.7875, 4.2555, 420, "Mambéré-Kadéï", "Mambéré-Kadéï", (2, 1, 5)),
    Zone("Nola", 0.20, 0.94, 0.97, 16.0449, 3.5240, 405, "Sangha-Mbaéré", "Sangha-Mbaéré", (0,)),
    Zone("Carnot", 0.20, 1.07, 1.05, 15.8685, 4.9400, 415, "Mambéré-Kadéï", "Mambéré", (0, 5)),
    Zone("Boda", 0.12, 0.98, 0.98, 17.4669, 4.3153, 170, "Lobaye", "Lobaye", (7, 6, 4)),
    Zone("Boganangone", 0.08, 0.96, 0.96, 17.1115, 4.7688, 230, "Lobaye", "Lobaye", (3, 5, 7)),
    Zone("Gadzi", 0.06, 1.04, 1.04, 16.4671, 4.8454, 325, "Mambéré-Kadéï", "Mambéré", (2, 4)),
    Zone("Mbaïki", 0.06, 0.95, 0.95, 17.8482, 3.7831, 145, "Lobaye", "Lobaye", (3, 7)),
    Zone("Boganda", 0.03, 0.99, 0.99, 17.0936, 4.3517, 225, "Lobaye", "Lobaye", (3, 4, 6)),
)
BANGUI = len(ZONES)  # the place after the zones
PLACES = (*(z.name for z in ZONES), "Bangui")
KM_A_DAY = 190  # of a loaded car on a laterite road
CROSS_ZONE = 0.17

SEASON = np.array([1.15, 1.30, 1.35, 1.25, 1.05, 0.85, 0.65, 0.55, 0.60, 0.80, 1.05, 1.20])
"""Finds by calendar month: gravel is dug in the dry months and washed with the first rains."""

# Stones: log-normal weights in carats (median, sigma), by origin
WEST, EAST = (0.33, 0.95), (0.60, 1.05)
LEAST_STONE, MOST_STONE = 2, 6_000  # hundredths of a carat
EAST_QUALITY = 1.08
QUALITY_SIGMA = 0.25
EDGES = np.array([50, 100, 200, 500, 1080])  # hundredths: lower bounds of all size classes but the first
SIZE_CLASSES = ("0.01-0.49", "0.50-0.99", "1.00-1.99", "2.00-4.99", "5.00-10.79", "10.80+")

FIRST_SALE, DIRECT, RESALE = 0.62, 0.72, 0.84  # of the export value
SLIP_NOISE, BUYER_HABIT, DRIFT = 0.09, 0.05, 0.018  # sigma of log price: a slip, a buyer, a month

HOUSE_SHARES = (0.42, 0.31, 0.17, 0.045, 0.03, 0.025)
DESTINATIONS = {
    "AE": ("Example Rough Trading DMCC (synthetic)", 0.45),
    "BE": ("Voorbeeld Diamant NV (synthetic)", 0.30),
    "IN": ("Udaharan Diamonds Pvt Ltd (synthetic)", 0.15),
    "IL": ("Dugma Rough Stones Ltd (synthetic)", 0.10),
}
XAF_PER_USD = {
    2019: 586, 2020: 576, 2021: 555, 2022: 624, 2023: 607, 2024: 606,
}  # yearly means, unverified; months move around them  # fmt: skip


def usd_per_carat(hundredths: np.ndarray) -> np.ndarray:
    """Export price of a stone of mean quality by its weight (hundredths of a carat), USD per carat."""
    price: np.ndarray = 84.0 * (hundredths / 30.0) ** 0.26
    return price
