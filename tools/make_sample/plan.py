"""What the half-year is to look like: zones, prices, buying houses, and the certificates one by one.

Scale: framework.md §7 gives 93,965.37 ct for 2021 at about 110 USD/ct; half of it is aimed at. Two or three buying
houses make about 90 % of exports (§7). Everything else here is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MONTHS = ("2021-01", "2021-02", "2021-03", "2021-04", "2021-05", "2021-06")
SENDER = "SPPK"
FIRST_DAY = date(2020, 12, 1)  # no paper of the chain is older, but for one fault
AUTHORITY = "Ministère des Mines et de la Géologie, SPPK"
SIGNATORIES = {"J. Exemple-Ndoma (synthétique)": (date(2019, 12, 1), date(2021, 3, 31)),
               "M. Exemple-Yakité (synthétique)": (date(2021, 3, 15), None)}  # fmt: skip
FORMER_SIGNATORY = "P. Exemple-Gbazi (synthétique)"
XAF_PER_USD = {2015: 591, 2020: 576, 2021: 555}  # yearly means, unverified; 2015 only prices one old slip

# zone → share of slips, price against the mean, prefecture to 2021-01-20, prefecture after, days of road to Bangui
ZONES: dict[str, tuple[float, float, str, str, int]] = {
    "Berberati": (0.25, 1.00, "Mambéré-Kadéï", "Mambéré-Kadéï", 2),
    "Nola": (0.20, 0.97, "Sangha-Mbaéré", "Sangha-Mbaéré", 2),
    "Carnot": (0.20, 1.05, "Mambéré-Kadéï", "Mambéré", 2),
    "Boda": (0.12, 0.98, "Lobaye", "Lobaye", 1),
    "Boganangone": (0.08, 0.96, "Lobaye", "Lobaye", 1),
    "Gadzi": (0.06, 1.04, "Mambéré-Kadéï", "Mambéré", 2),
    "Mbaïki": (0.06, 0.95, "Lobaye", "Lobaye", 1),
    "Boganda": (0.03, 0.99, "Lobaye", "Lobaye", 1),
}
MAP_CHANGED = date(2021, 1, 21)

# size class → mean hundredths of a carat per stone, low, high, share of weight, USD/ct at export
SIZES: dict[str, tuple[int, int, int, float, int]] = {
    "0.01-0.49": (29, 1, 49, 0.30, 80),
    "0.50-0.99": (70, 50, 99, 0.27, 100),
    "1.00-1.99": (140, 100, 199, 0.22, 120),
    "2.00-4.99": (310, 200, 499, 0.16, 140),
    "5.00-10.79": (720, 500, 1079, 0.045, 165),
    "10.80+": (1350, 1080, 1900, 0.005, 190),
}

EXPORTERS = {
    "BA-01": "Bureau d'achat Exemple Un (synthétique)",
    "BA-02": "Bureau d'achat Exemple Deux (synthétique)",
    "BA-03": "Bureau d'achat Exemple Trois (synthétique)",
    "BA-04": "Bureau d'achat Exemple Quatre (synthétique)",
    "BA-05": "Bureau d'achat Exemple Cinq (synthétique)",
}
IMPORTERS = {
    "BE": "Voorbeeld Diamant NV (synthetic)",
    "AE": "Example Rough Trading DMCC (synthetic)",
    "IN": "Udaharan Diamonds Pvt Ltd (synthetic)",
    "IL": "Dugma Rough Stones Ltd (synthetic)",
    "KE": "Mfano Gems Ltd (synthetic)",
}


@dataclass(frozen=True)
class Planned:
    """One certificate to come: ``carats`` is what is aimed at; ``exported_after`` days between issue and export."""

    number: str
    exporter: str
    issue_date: date
    destination: str
    parcels: int
    carats: int
    status: str = "issued"
    replaces: str | None = None


def _plan(month: int, rows: str) -> list[Planned]:
    planned = []
    for row in rows.strip().splitlines():
        number, exporter, day, country, parcels, carats, *rest = row.split()
        status = rest[0] if rest else "issued"
        planned.append(
            Planned(
                f"CF{number}", f"BA-0{exporter}", date(2021, month, int(day)), country, int(parcels), int(carats),
                "issued" if status.startswith("CF") else status, status if status.startswith("CF") else None,
            )
        )  # fmt: skip
    return planned


# number, buying house, day, destination, parcels, carats, status or the number it replaces
CERTIFICATES: tuple[Planned, ...] = tuple(
    _plan(1, """
        0002101 1 08 BE 3 1700
        0002102 2 11 BE 2 1250
        0002103 3 14 IN 2 1000
        0002104 1 19 AE 3 1700
        0002105 2 22 AE 2 1050
        0002107 4 26 IL 1 450
        0002108 5 28 AE 1 250""")
    + _plan(2, """
        0002109 1 03 AE 4 2100
        0002110 2 08 BE 2 1400
        0002111 3 11 IN 2 1420
        0002112 1 16 BE 3 1750
        0002113 2 19 AE 2 1150
        0002114 4 23 IL 1 480""")
    + _plan(3, """
        0002116 1 02 BE 3 2200
        0002117 2 05 AE 3 1500
        0002118 3 10 IN 2 1200
        0002119 1 16 AE 3 1950
        0002120 2 19 BE 2 1250
        0002121 4 24 IL 1 510
        0002122 5 29 AE 1 290""")
    + _plan(4, """
        0002201 1 06 BE 3 2100
        0002202 2 08 AE 2 1450 void
        0002203 2 09 AE 3 1450
        0002204 3 13 IN 2 1470
        0002106 1 16 AE 1 900
        0002205 1 20 AE 2 1000
        0002206 2 22 BE 2 1200
        0002207 4 27 IL 1 480""")
    + _plan(5, """
        0002209 1 04 BE 3 1900
        0002210 2 06 AE 2 1300
        0002211 3 11 IN 2 1000
        0002212 1 14 AE 3 1600 replaced
        0002213 1 17 AE 3 1600 CF0002212
        0002214 2 20 BE 2 1050
        0002215 4 25 IL 1 500
        0002216 5 27 AE 1 250""")
    + _plan(6, """
        0002217 1 03 BE 3 1600
        0002218 2 08 AE 2 1100
        0002219 3 11 KE 2 900
        0002220 1 16 AE 2 1250
        0002221 2 21 BE 1 700
        0009901 4 24 IL 1 430
        0002222 5 28 AE 1 220""")
)  # fmt: skip
BLOCKS = (("CF0002101", "CF0002150", date(2020, 11, 1)), ("CF0002201", "CF0002250", date(2021, 4, 1)))

SUBMITTED = {
    "2021-01": date(2021, 2, 11), "2021-02": date(2021, 3, 12), "2021-03": date(2021, 4, 12),
    "2021-04": date(2021, 5, 19), "2021-05": date(2021, 6, 14), "2021-06": date(2021, 7, 13),
}  # fmt: skip
CORRECTED_ON = date(2021, 5, 20)
