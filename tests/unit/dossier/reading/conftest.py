"""A dossier made by hand, in both languages; some of its names come from senders who mean harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from carmonitor.dossier.sheets.model import (
    ActorSheet,
    CaseSheet,
    Chain,
    Dossier,
    Edge,
    Node,
    Paper,
    Picture,
    Table,
    Told,
    ZoneSheet,
)

SCRIPT = "<script>alert('Bria')</script>"
MARKUP = '#panic("typst") *star* $x$ @ref <label> \\u{41} [x]'
FORMULA = "=cmd|' /C calc'!A0"
TURNED = "Bureau \u202eelpmexE\u202c \u200bDeux"
CLIMBING = "../../../etc/Retour «mars» 2021.xlsx"
CHINESE = "上海钻石交易所"
ARABIC = "شركة الماس"
HOSTILE = (SCRIPT, MARKUP, FORMULA, TURNED, CHINESE, ARABIC)

Say = Callable[[str, str], str]


def svg(title: str) -> str:
    """A drawing with an id of its own, as all pictures have."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 120" width="520" height="120">'
        '<defs><clipPath id="clip0"><rect width="520" height="120"/></clipPath></defs>'
        '<g clip-path="url(#clip0)" fill="none" stroke="#000"><rect x="4" y="20" width="120" height="60"/>'
        '<path d="M124 50 H260" stroke-dasharray="6 4"/><rect x="260" y="20" width="150" height="60"/></g>'
        f'<text x="14" y="55" font-family="sans-serif" font-size="13">{title}</text></svg>'
    )


def case(number: int, **changed: Any) -> dict[str, Any]:
    """A case as ``cases.listing.show`` gives it, without its findings."""
    return {
        "case_id": f"K-{number:08x}", "subject_kind": "purchase", "subject_id": f"B{12811 + number:06d}",
        "status": "open", "outcome": None, "origin": "rule", "assigned_to": "awa", "opened_as_of": date(2021, 7, 31),
        "closed_on": None, "rules": ["D-10", "F14"], "severity": "E", "standing": 2, "resolved": 0,
        "history": [], "silences": [], "other_cases": [], **changed,
    }  # fmt: skip


def papers(say: Say) -> tuple[Paper, ...]:
    """Rows of two submissions: one file name climbs, one value is a formula, one name turns the text round."""
    return (
        Paper(
            "purchase", "Se5880354d887db2e19ffeb9e", "retour_2021-03_corrigé.xlsx", "Bordereaux d'achat", 439,
            {"slip_number": "B012811", "purchase_date": say("2021-03-19", "19/03/2021"),
             "carats": say("11.03 ct", "11,03 carats"), "buyer_name": TURNED, "seller_name": SCRIPT,
             "origin_subprefecture": "Berbérati", "slip_reference_of_the_sender": FORMULA, "price_xaf": None},
        ),
        Paper("parcel_source", "Sd1bc22b9b28d9e4b7bd951c7", CLIMBING, "", 15,
              {"certificate_number": "CF0002201", "parcel_number": "1", "slip_number": "B012811"}),
        Paper("shipment", "Sd1bc22b9b28d9e4b7bd951c7", "retour_2021-04.xlsx", "Expéditions", 11,
              {"certificate_number": "CF0002201", "importer_name": CHINESE, "exporter_name": MARKUP}),
    )  # fmt: skip


def breach(say: Say) -> Told:
    """A slip used beyond its weight."""
    return Told(
        finding_id="F81c76aa0fb97f3d30bdb", rule_id="D-10", outcome="breach", severity="E", standing=True,
        title=say("Slip not used beyond its weight", "Bordereau non utilisé au-delà de son poids"),
        message=say(
            "Slip B012811 over 11.03 ct was used for 17.28 ct, 6.25 ct too many (certificates: CF0002201, CF0002209).",
            "Le bordereau B012811, de 11,03 ct, a été utilisé pour 17,28 ct, soit 6,25 ct de trop (certificats : "
            "CF0002201, CF0002209).",
        ),
        period="2021-03", day=date(2021, 3, 19), regime="OF2019", certainty="I", basis="framework, domestic",
        advice=say("Hold the original of the slip beside each certificate that used it.",
                   "Rapprocher l'original du bordereau de chaque certificat qui l'a utilisé."),
        source="Inferred from the chain of papers: a slip covers the weight that was bought and no more",
        source_url="https://www.example.org/fr/document/view/43074000/les-diamants-bruts-de-la-rca/52?a=b&c=d",
        parameters=(say("tolerance: 0.01 ct (project-default)", "tolérance : 0,01 ct (valeur par défaut du projet)"),
                    say("grace: 14 days (framework)", "délai : 14 jours (cadre)")),
        caveats=(say("No formal extension of the one-year framework of November 2019 was found.",
                     "Aucune prorogation formelle du cadre d'un an de novembre 2019 n'a été trouvée."),),
        facts=((say("Weight of the slip", "Poids du bordereau"), say("11.03 ct", "11,03 ct")),
               (say("Weight used", "Poids utilisé"), say("17.28 ct", "17,28 ct")),
               (say("Buyer", "Acheteur"), TURNED), (say("Importer", "Importateur"), CHINESE)),
        papers=papers(say),
    )  # fmt: skip


def lead(say: Say) -> Told:
    """An unusual price; the same row as the breach stands behind it."""
    return Told(
        finding_id="F02c76aa0fb97f3d30bdc", rule_id="F14", outcome="lead", severity="W", standing=True, rank=3,
        title=say("Price far from comparable slips", "Prix éloigné des bordereaux comparables"),
        message=say("Slip B012811: 412.00 USD/ct, its peers 120 to 210.",
                    "Bordereau B012811 : 412,00 USD/ct, ses pairs de 120 à 210."),
        period="2021-03", certainty="S/P", basis="project-default",
        innocent_cause=say("A single large stone.", "Une seule grosse pierre."), papers=papers(say)[:1],
    )  # fmt: skip


def unchecked(say: Say) -> Told:
    """What could not be checked, resolved since by a correction."""
    return Told(
        finding_id="F03", rule_id="M-06", outcome="not_evaluated", severity="I", standing=False, period="2021-04",
        title=say("Weight confirmed abroad", "Poids confirmé à l'étranger"),
        message=say("Certificate CF0002201 was not checked.", "Le certificat CF0002201 n'a pas été contrôlé."),
        reason=say("left blank: Carats", "laissé vide : Carats"),
    )  # fmt: skip


def chain(say: Say) -> Chain:
    """A digger whose slip feeds two certificates; the second link is broken."""
    return Chain(
        nodes=(
            Node("m", 0, say("Miner ART-089", "Artisan ART-089"), (SCRIPT,), "unknown"),
            Node("s", 1, say("Slip B012811", "Bordereau B012811"), ("11,03 ct",), concerned=True),
            Node("c", 4, "CF0002209", ("2021-04-22",)),
        ),
        edges=(
            Edge("m", "s", "11,03 ct"),
            Edge("s", "c", say("6.25 ct too many", "6,25 ct de trop"), "broken"),
        ),
        left_out=12,
    )


def peers(say: Say) -> Table:
    """With whom a price was compared."""
    return Table(
        say("Slips of the same town, quarter and size class", "Bordereaux de même lieu, trimestre et classe de taille"),
        (say("Slip", "Bordereau"), say("Buyer", "Acheteur"), "Carats", "USD/ct"),
        tuple((f"B0{n}", ARABIC if n == 12700 else f"COL-{n % 40:03d}", f"{n % 17},20", f"{n % 190},00")
              for n in range(12700, 12718)),
        numbers=frozenset({2, 3}),
        note=say("Median 164.00 USD/ct over 18 slips.", "Médiane : 164,00 USD/ct sur 18 bordereaux."),
    )  # fmt: skip


def case_sheet(number: int, say: Say, **changed: Any) -> CaseSheet:
    """A full sheet."""
    return CaseSheet(
        case=case(number, **changed),
        title=say("A slip was used for more than it weighs", "Un bordereau a servi au-delà de son poids"),
        findings=(breach(say), lead(say), unchecked(say)),
        chain=chain(say),
        compared=(peers(say),),
        pictures=(
            Picture(say("From digger to certificate", "De l'artisan au certificat"), svg("B012811"),
                    say("Two of three links hold; the third is broken.", "Deux maillons tiennent, le dernier rompt.")),
            Picture(say("Price per carat", "Prix au carat"), svg("USD/ct"),
                    say("412 against 120 to 210.", "412 contre 120 à 210.")),
        ),
        questions=(
            say("May we see the stub of slip B012811?", "Peut-on voir la souche du bordereau B012811 ?"),
            say(f"Who is {SCRIPT}?", f"Qui est {SCRIPT} ?"),
        ),
        actors=("BA-02", "COL-030"),
        zones=("Berbérati", "Carnot"),
        synthetic=True,
    )  # fmt: skip


def monthly(title: str, say: Say) -> Table:
    """A wide table."""
    months = tuple(f"2021-{m:02d}" for m in range(1, 7))
    return Table(title, (say("What", "Grandeur"), *months), (
        (say("Production, ct", "Production, ct"), *("1 204,50",) * 6),
        (say("Purchases, ct", "Achats, ct"), *("998,03",) * 6),
        (say("Exports, ct", "Exportations, ct"), *("1 777,29",) * 6),
    ), numbers=frozenset(range(1, 7)))  # fmt: skip


def make(lang: str = "en", cases: int = 3, **changed: Any) -> Dossier:
    """The dossier in one language. The first case touches an actor and a zone that have sheets."""

    def say(en: str, fr: str) -> str:
        return {"en": en, "fr": fr}[lang]

    made = Dossier(
        lang=lang,
        run={"run_id": "Rd903b70ee1494210", "as_of": "2021-07-31", "rulebook_hash": "1d19d34e" * 8,
             "evidence_digest": "3dcd32c1" * 8, "result_digest": "185c9e5a" * 8, "code_version": "0.1.0"},
        journal_head="7fa7067d" * 8,
        selected=say("Zone Berbérati; opened since 2021-01-01", "Zone Berbérati ; ouverts depuis le 01/01/2021"),
        counts=((say("breaches", "manquements"), "43"), (say("leads", "pistes"), "25"),
                (say("not evaluated", "non évalués"), "123")),
        cases=tuple(case_sheet(n, say, other_cases=["K-00000001"] if n == 0 else []) for n in range(cases)),
        actors=(ActorSheet("BA-02", TURNED, (say("buying house", "bureau d'achat"),),
                           (monthly(say("Volumes by month", "Volumes par mois"), say),),
                           (Picture(say("Volumes", "Volumes"), svg("BA-02"), say("Rising.", "En hausse.")),),
                           ("K-00000000", "K-deadbeef")),),
        zones=(ZoneSheet("Berbérati", say("compliant since 2016-05-01", "conforme depuis le 01/05/2016"),
                         (monthly(say("By month", "Par mois"), say),), (), ("K-00000000",)),),
        not_evaluated=(Table(say("By rule", "Par règle"),
                             (say("Rule", "Règle"), say("Checked", "Contrôlés"), say("Why not", "Motif")),
                             (("G-05", say("0 of 41", "0 sur 41"), say("none recorded", "aucun enregistré")),)),),
        method=(say("A breach is certain, given the papers.", "Un manquement est certain au vu des pièces."),),
        map=Picture(say("Zones and mine sites", "Zones et sites miniers"), svg("Carte"),
                    say("Eight zones.", "Huit zones.")),
        synthetic=say("All returns here are synthetic.", "Toutes les déclarations sont ici synthétiques."),
    )  # fmt: skip
    return replace(made, **changed)


def empty(lang: str = "en") -> Dossier:
    """A dossier of a selection that nothing fits."""
    run: Mapping[str, Any] = {"run_id": "R0", "as_of": "2021-07-31", "rulebook_hash": "1d19"}
    return Dossier(lang=lang, run=run, journal_head="", selected="", counts=(), cases=())


@pytest.fixture(params=["en", "fr"])
def dossier(request: pytest.FixtureRequest) -> Dossier:
    """The dossier in each language."""
    return make(request.param)
