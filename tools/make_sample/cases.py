"""The documented cases that a record can show: fraud.md §1 as small batches, each with its source and expectation.

Only what the source says is a fact (``case.yaml`` names it); every other value of the records is synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml
from tools.make_sample import cells
from tools.make_sample.case_rows import Bought, clean_batch
from tools.make_sample.common import Tables, write

SYNTHETIC = {
    "en": "Every value that the source does not give (names, numbers, prices, days) is synthetic.",
    "fr": "Toute valeur que la source ne donne pas (noms, numéros, prix, jours) est synthétique.",
}


@dataclass(frozen=True)
class Case:
    """One documented case. ``expected``: (rule, outcome, severity, subject kind, subject); nothing else may fire."""

    case_id: str
    title: tuple[str, str]
    source: tuple[str, ...]
    as_of: date
    facts: tuple[str, str]
    cannot: tuple[str, str]
    rows: Tables
    expected: tuple[tuple[str, str, str, str, str], ...]


def documented_cases(out: Path) -> None:
    """Write every case: ``case.yaml``, ``expected.csv`` and the folder ``batch`` that a sender would have sent."""
    for case in (_c3(), _c4(), _c5(), _c8(), _c9(), _c15(), _c18()):
        folder = out / case.case_id
        about = {
            "case": case.case_id, "title": dict(zip(("en", "fr"), case.title, strict=True)),
            "source": list(case.source), "as_of": case.as_of,
            "facts": dict(zip(("en", "fr"), case.facts, strict=True)),
            "cannot_show": dict(zip(("en", "fr"), case.cannot, strict=True)), "synthetic": SYNTHETIC,
        }  # fmt: skip
        write(folder / "case.yaml", yaml.safe_dump(about, allow_unicode=True, sort_keys=False, width=110))
        head = "rule_id,outcome,severity,subject_kind,subject_id\n"
        write(folder / "expected.csv", head + "".join(",".join(row) + "\n" for row in case.expected))
        for kind, rows in case.rows.items():
            write(folder / "batch" / f"{kind}.csv", cells.csv_text(rows, list(rows[0])))
        issue = case.rows["shipment"][0]["issue_date"]
        write(
            folder / "batch" / "submission.yaml",
            f'sender: SPPK\nperiod: "{issue:%Y-%m}"\nreceived_on: {min(_sent(issue), case.as_of)}\n',
        )


def _sent(issue: date) -> date:
    return date(issue.year + issue.month // 12, issue.month % 12 + 1, 12)


def _c3() -> Case:
    rows = clean_batch("CF0001703", date(2017, 6, 12), "BE", 150, [
        Bought(date(2014, 6, 17), "212.40", 58_000, "Carnot"), Bought(date(2017, 3, 9), "388.15", 60_000, "Carnot"),
    ])  # fmt: skip
    return Case(
        "C3", ("Stones bought during the ban, exported later", "Pierres achetées pendant l'embargo, exportées plus tard"),
        ("https://www.amnestyusa.org/press-releases/companies-must-not-profit-from-blood-diamonds-in-the-central-african-republic/",
         "http://www.rfi.fr/afrique/20170625-diamants-sang-rca-centrafrique-vente-internet-reseaux-sociaux-global-witness"),
        date(2017, 8, 31),
        ("Buying houses bought while exports were banned; no proof of due diligence on that stock was found.",
         "Des bureaux d'achat ont acheté pendant l'interdiction d'exporter ; aucune preuve de diligence n'a été trouvée."),
        ("That a stone came from an armed group: the record shows the date of purchase and a missing audit only.",
         "Qu'une pierre vient d'un groupe armé : seuls la date d'achat et l'absence d'audit apparaissent."),
        rows, (("Z-04", "lead", "W", "purchase", "B800001"),),
    )  # fmt: skip


def _c4() -> Case:
    rows = clean_batch("CF0001601", date(2016, 6, 10), "AE", 155, [
        Bought(date(2015, 9, 3), "1240.50", 56_000), Bought(date(2015, 12, 11), "1102.25", 57_000),
        Bought(date(2016, 3, 22), "1360.25", 58_000),
    ])  # fmt: skip
    return Case(
        "C4", ("First export after the reopening, 3,703 ct in one shipment: legitimate",
               "Première exportation après la reprise, 3 703 ct en un envoi : régulière"),
        ("https://actucameroun.com/2016/06/13/rca-reprise-officielle-de-lexportation-du-diamant/",), date(2016, 8, 31),
        ("In June 2016 3,703 ct of stock left in one shipment from the first compliant zone, approved beforehand.",
         "En juin 2016, 3 703 ct de stock sont partis en un envoi de la première zone conforme, après approbation."),
        ("Whether the stock was audited: the audit was only tendered in December 2016, hence leads and no breach.",
         "Si le stock a été audité : l'audit n'a été lancé qu'en décembre 2016, d'où des pistes et aucune infraction."),
        rows, tuple(("Z-04", "lead", "W", "purchase", f"B80000{n}") for n in (1, 2, 3)),
    )  # fmt: skip


def _c5() -> Case:
    issue = date(2002, 5, 16)
    rows = clean_batch("CF0000201", issue, "BE", 1, [Bought(date(2002, 5, 6), "400.00", 50_000)])
    value = (Decimal(400) * 62_000 / 697).quantize(Decimal("0.01"))
    for row in (*rows["shipment"], *rows["parcel"], *rows["import_confirmation"]):
        row["value_usd"] = value
    rows["shipment"][0]["valuation_usd"] = value
    hidden = ("52.30", "48.99", "44.50")  # 145.79 ct
    extra = clean_batch(
        "CF0000202", issue, "BE", 1, [Bought(date(2002, 5, 2 + n), c, 212_000) for n, c in enumerate(hidden)]
    )
    for n, row in enumerate(extra["purchase"], start=2):
        rows["purchase"].append(row | {"slip_number": f"B80000{n}", "stones": int(row["carats"] / 3)})
    rows["purchase"] = rows["purchase"][1:]  # the source tells of the hidden lot's purchases only
    del rows["parcel_source"]
    rows["assortment"] = [
        *_sizes(
            "parcel",
            "CF0000201/1",
            {"0.01-0.49": (600, "180.00"), "0.50-0.99": (286, "200.00"), "1.00-1.99": (14, "20.00")},
        ),
        *(
            size
            for row in rows["purchase"]
            for size in _sizes("purchase", row["slip_number"], {"2.00-4.99": (row["stones"], str(row["carats"]))})
        ),
    ]
    rows["exchange_rate"] = [
        {
            "currency": "USD",
            "period": "2002",
            "xaf_per_unit": Decimal(697),
            "certainty": "N",
            "source": "yearly mean, unverified: for samples only",
        }
    ]
    return Case(
        "C5", ("Twin parcel at Bangui airport", "Lot jumeau à l'aéroport de Bangui"),
        ("http://sangonet.com/Anzeretenetik2Infop/SaisiediamBanguiAu02.html",), date(2002, 12, 31),
        ("2002: 145.79 ct above 210,000 FCFA/ct were carried undeclared beside a declared lot at about 62,000 FCFA/ct.",
         "2002 : 145,79 ct à plus de 210 000 FCFA/ct étaient portés sans déclaration à côté d'un lot déclaré à environ 62 000."),
        ("No rule was in force: only the detector speaks. The hidden lot itself is in no return; its purchases are.",
         "Aucune règle n'était en vigueur : seul le détecteur parle. Le lot caché n'est dans aucune déclaration, ses achats le sont."),
        rows, (("F15", "lead", "W", "actor_quarter", "CAS-BA@2002-Q2"),),
    )  # fmt: skip


def _sizes(kind: str, subject: str, sizes: dict[str, tuple[int, str]]) -> list[dict[str, object]]:
    return [
        {"subject_kind": kind, "subject_id": subject, "size_class": name, "stones": n, "carats": Decimal(c)}
        for name, (n, c) in sizes.items()
    ]


def _c8() -> Case:
    rows = clean_batch("CF0001711", date(2017, 10, 3), "AE", 160, [Bought(date(2017, 8, 29), "612.40", 62_000)])
    rows["import_confirmation"][0] |= {"outcome": "seized", "remarks": "Held by the importing authority"}
    return Case(
        "C8", ("Parcel held in Dubai", "Lot retenu à Dubaï"),
        ("https://corbeaunews-centrafrique.org/17476-2/", "http://news.abangui.com/h/60711.html"), date(2017, 11, 30),
        ("October 2017: several hundred carats of a Bangui buying house were held in Dubai.",
         "Octobre 2017 : plusieurs centaines de carats d'un bureau d'achat de Bangui ont été retenus à Dubaï."),
        ("Why it was held.", "Le motif de la retenue."),
        rows, (("M-04", "breach", "E", "certificate", "CF0001711"),),
    )  # fmt: skip


def _c9() -> Case:
    rows = clean_batch("CF0001609", date(2016, 10, 20), "BE", 150, [Bought(date(2016, 10, 3), "431.75", 60_000)])
    rows["shipment"][0] |= {
        "approval_reference": None,
        "approval_date": None,
        "importer_name": None,
        "export_date": None,
    }
    rows["document"] = [r for r in rows["document"] if r["kind"] != "photograph"]
    del rows["import_confirmation"]
    return Case(
        "C9", ("Shipment stopped because papers were missing", "Envoi bloqué faute de documents"),
        ("https://instoremag.com/world-diamond-council-reaffirms-commitment-to-central-african-republic/",),
        date(2016, 11, 15),
        ("2016-17: the Monitoring Team stopped shipments whose documents were missing or below standard.",
         "2016-17 : l'équipe de suivi a bloqué des envois dont les documents manquaient ou étaient insuffisants."),
        ("Which papers were missing in each shipment: the source does not say.",
         "Quels documents manquaient à chaque envoi : la source ne le dit pas."),
        rows, (("A-01", "breach", "E", "certificate", "CF0001609"), ("C-01", "breach", "E", "certificate", "CF0001609")),
    )  # fmt: skip


def _c15() -> Case:
    rows = clean_batch("CF0002003", date(2021, 3, 9), "BE", 110, [Bought(date(2021, 2, 11), "287.60", 46_000)])
    rows["certificate_block"] = [
        {
            "first_number": "CF0002001",
            "last_number": "CF0002050",
            "available_from": date(2020, 1, 1),
            "available_to": date(2020, 12, 31),
        },
        {
            "first_number": "CF0002101",
            "last_number": "CF0002150",
            "available_from": date(2021, 1, 1),
            "available_to": None,
        },
    ]
    return Case(
        "C15", ("Forged certificate with a number of last year's range", "Faux certificat portant un numéro de l'année précédente"),
        ("https://www.thediamondloupe.com/articles/2015-12-01/belgian-authorities-warn-fake-kp-certificate-sierra-leone",),
        date(2021, 5, 15),
        ("2015, Sierra Leone: a forgery was caught because its number belonged to a range used the year before. Set in the "
         "CAR of 2021; no public forged CAR certificate was found.",
         "2015, Sierra Leone : un faux a été reconnu parce que son numéro venait d'une série de l'année précédente. Transposé "
         "en RCA en 2021 ; aucun faux certificat centrafricain public n'a été trouvé."),
        ("That the paper is forged: only that its number was not to be used that day.",
         "Que le papier est faux : seulement que son numéro ne devait pas servir ce jour-là."),
        rows, (("C-09", "breach", "E", "certificate", "CF0002003"),),
    )  # fmt: skip


def _c18() -> Case:
    rows = clean_batch("CF0002118", date(2021, 2, 16), "AE", 110, [Bought(date(2021, 1, 27), "354.20", 46_000)])
    found = rows["import_confirmation"][0]
    found["value_usd"] = (found["value_usd"] * Decimal("1.6")).quantize(Decimal("0.01"))
    return Case(
        "C18", ("Revaluation in a trading hub", "Réévaluation dans une place de négoce"),
        ("http://www.pacweb.org/en/publications/85-main/watchlist",), date(2021, 4, 30),
        ("Parcels are mixed and revalued in a hub: the value jumps between export and import.",
         "Des lots sont mélangés et réévalués dans une place de négoce : la valeur bondit entre export et import."),
        ("What happens after the import, and who gains.", "Ce qui se passe après l'importation, et à qui cela profite."),
        rows, (("M-06", "breach", "W", "certificate", "CF0002118"),),
    )  # fmt: skip
