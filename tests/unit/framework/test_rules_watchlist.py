"""L-03: names on papers against the watch lists."""

import pytest

from carmonitor.framework.watching import alike, likeness, name_of
from carmonitor.records import KINDS
from tests.unit.framework.papers import CF1, CF2, certificate, chain, resale, slip, use
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

TEAM = {"return_id": "team@-"}
DAY = "2021-03-10"


def but(kind, *columns):
    return [name for name in KINDS[kind].model_fields if name not in columns]


def entry(name="Kardiam", listed="2015-08-20", entry_id="E1", **more):
    return {"list": "UN", "entry_id": entry_id, "name": name, "listed_on": listed, **TEAM, **more}


def actor(number="BA-1", name="Bureau Sangha", **more):
    return {"actor_id": number, "name": name, **TEAM, **more}


COL, MIN = actor("COL-1", "Prosper Ngbanga"), actor("MIN-1", "Luc Yakola")


def export(number=CF1, day=DAY, **more):
    usual = {"exporter_id": "BA-1", "exporter_name": "Bureau Sangha", "importer_name": "Antwerp Rough"}
    return certificate(number, day, **{**usual, **more})


def deal(number="B1", bought="2021-02-10", **more):
    usual = {"buyer_id": "COL-1", "seller_id": "MIN-1", "seller_name": "Luc Yakola"}
    return slip(number, "Boda", bought, **{**usual, **more})


def papers(*entries, actors=(), **more):
    """One chain of honest parties against these entries; ``actors`` stand before the honest ones."""
    numbers = {a["actor_id"] for a in actors}
    honest = [a for a in (actor(), COL, MIN) if a["actor_id"] not in numbers]
    usual = {
        "shipment": [export()],
        "purchase": [deal()],
        "watchlist_entry": list(entries),
        "actor": [*actors, *honest],
    }
    return chain(**{**usual, **more})


def exporter(**fields):
    """The exporter by the register, where all else is honest."""
    return {"actors": [actor(**fields)], "shipment": [export(exporter_name=None)]}


BADICA = entry("Bureau d'achat de Diamant en Centrafrique/Kardiam", aliases="BADICA/KRDIAM; KARDIAM")
CASES: list[Case] = [
    case("L-03", "silent", "nobody is like the listed", papers(entry())),
    case(
        "L-03",
        "fires",
        "the exporter by the register",
        papers(entry(), **exporter(name="Kardiam SPRL")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "the exporter as named on the certificate",
        papers(entry(), shipment=[export(exporter_name="KARDIAM b.v.b.a.")]),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "an exporter without a number: the certificate",
        papers(entry(), shipment=[export(exporter_id=None, exporter_name="Kardiam")]),
        f"{CF1} name W lead",
    ),
    case(
        "L-03",
        "fires",
        "the importer: the certificate",
        papers(entry(), shipment=[export(importer_name="Kardiam")]),
        f"{CF1} name W lead",
    ),
    case("L-03", "fires", "the buyer of a slip", papers(entry("Prosper Ngbanga")), "COL-1 name W lead"),
    case(
        "L-03",
        "fires",
        "the seller, by the register alone",
        papers(entry("YAKOLA Luc"), purchase=[deal(seller_name=None)]),
        "MIN-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "the seller, by the slip alone",
        papers(entry("Abdoulaye Hissène"), purchase=[deal(seller_name="HISSENE Abdoulaye")]),
        "MIN-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "a seller without a number: the certificate",
        papers(entry("Luc Yakola"), actors=[actor("MIN-1", "Other Name")], purchase=[deal(seller_id=None)]),
        f"{CF1} name W lead",
    ),
    case(
        "L-03",
        "fires",
        "a seller far upstream",
        papers(
            entry("Far Upstream"),
            actors=[actor("MIN-9", "Far Upstream")],
            purchase=[deal(), deal("B0", seller_id="MIN-9", seller_name=None)],
            purchase_source=[resale("B1", "B0")],
        ),
        "MIN-9 name W lead",
    ),
    case(
        "L-03",
        "silent",
        "a slip that went into no certificate",
        papers(
            entry("Far Upstream"),
            actors=[actor("MIN-9", "Far Upstream")],
            purchase=[deal(), deal("B0", seller_id="MIN-9")],
        ),
    ),
    case(
        "L-03",
        "silent",
        "a void certificate",
        papers(entry(), shipment=[export(), export(CF2, status="void", importer_name="Kardiam")]),
    ),
    case(
        "L-03",
        "fires",
        "many slips under one name make one lead",
        papers(
            entry("Prosper Ngbanga"),
            purchase=[deal(f"B{n}", f"2021-02-{n + 1:02}") for n in range(1, 26)],
            parcel_source=[use(f"B{n}") for n in range(1, 26)],
        ),
        "COL-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "two entries are two leads",
        papers(entry(), entry("Kardiam", "2016-01-01", "E2"), **exporter(name="Kardiam")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "by an alias, and by one side of a stroke",
        papers(BADICA, shipment=[export(exporter_name="Ets Badica"), export(CF2, importer_name="Krdiam")]),
        "BA-1 name W lead",
        f"{CF2} name W lead",
    ),
    case(
        "L-03",
        "fires",
        "in another script",
        papers(entry("Евгений Пригожин"), **exporter(name="Prigozhin, Evgeniy")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "by initials",
        papers(entry("Jean-Francis Bozizé"), **exporter(name="J.F. Bozize")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "boundary",
        "85 of 100 and below: Prigozhin, Evgeniy and Yevgeny; Abass and Abbas",
        papers(
            entry("Yevgeny Prigozhin"),
            entry("Sidiki Abbas", entry_id="E2"),
            actors=[actor(name="Evgeniy Prigozhin"), actor("COL-1", "Sidiki Abass")],
            shipment=[export(exporter_name=None)],
        ),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "silent",
        "two common given names alone",
        papers(entry("Jean Pierre Mara"), **exporter(name="Jean Pierre Kolingba")),
    ),
    case(
        "L-03",
        "silent",
        "one word of several, one letter off",
        papers(
            entry("Badica"),
            entry("Sangha Trading", entry_id="E2"),
            actors=[actor(name="Badina"), actor("COL-1", "Sangha")],
            shipment=[export(exporter_name=None)],
        ),
    ),
    case(
        "L-03",
        "fires",
        "owner or manager are listed",
        papers(
            entry("Noureddine Adam"),
            entry("Haroun Gaye", entry_id="E2"),
            actors=[actor(owner="Nourredine Adam"), actor("COL-1", "Prosper Ngbanga", manager="GAYE Haroun")],
        ),
        "BA-1 linked W lead",
        "COL-1 linked W lead",
    ),
    case(
        "L-03",
        "fires",
        "address or telephone of a listed actor who deals in nothing",
        papers(
            entry(),
            actors=[
                actor("BA-9", "Kardiam", address="Rue 12, Quartier Km 5", phone="+236 70 00 00 01"),
                actor(address="rue 12 quartier km5"),
                actor("COL-1", "Prosper Ngbanga", phone="0023670000001"),
                actor("MIN-1", "Luc Yakola", phone="236-70-00-00-01"),
            ],
        ),
        "BA-1 shared W lead",
        "MIN-1 shared W lead",
    ),
    case(
        "L-03",
        "boundary",
        "an address of ten letters tells, of nine not; a number of eight, of seven not",
        papers(
            entry(),
            actors=[
                actor("BA-9", "Kardiam", address="Rue 12 Km 555"),
                actor("BA-8", "Kardiam", phone="7000001"),
                actor("BA-7", "Kardiam", address="Rue 12 Km 55"),
                actor("BA-6", "Kardiam", phone="70000012"),
                actor(address="Rue 12, Km 555"),
                actor("COL-1", "Prosper Ngbanga", phone="7000001", address="Rue 12 Km 55"),
                actor("MIN-1", "Luc Yakola", phone="70 00 00 12"),
            ],
        ),
        "BA-1 shared W lead",
        "MIN-1 shared W lead",
    ),
    case(
        "L-03",
        "silent",
        "a town is no address, and a link of a link none",
        papers(
            entry("Haroun Gaye"),
            actors=[
                actor("BA-9", "Haroun Gaye", address="Bamingui-Bangoran"),
                actor(address="Bamingui-Bangoran"),
                actor("BA-8", "Somebody Else", owner="Haroun Gaye", phone="70000012"),
                actor("COL-1", "Prosper Ngbanga", phone="70000012"),
            ],
        ),
    ),
    case(
        "L-03",
        "fires",
        "the name goes before a link",
        papers(entry(), **exporter(name="Kardiam", owner="Kardiam")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "fires",
        "a reviewer confirmed the actor",
        papers(entry(confirmed_actor_id="BA-1"), shipment=[export(exporter_name="Kardiam")]),
        "BA-1 confirmed E",
    ),
    case(
        "L-03",
        "fires",
        "an identifier is the actor's registration number",
        papers(entry(identifiers="X-1; rc/bgi 0042"), **exporter(registration_number="RC-BGI-0042")),
        "BA-1 confirmed E",
    ),
    case(
        "L-03",
        "silent",
        "another actor was confirmed, another number is registered",
        papers(entry(confirmed_actor_id="BA-9", identifiers="X-1;;"), **exporter(registration_number="X-2")),
    ),
    case(
        "L-03",
        "fires",
        "who shares the telephone of a confirmed actor",
        papers(
            entry(confirmed_actor_id="BA-1"), actors=[actor(phone="70000012"), actor("COL-1", "P", phone="70 000 012")]
        ),
        "BA-1 confirmed E",
        "COL-1 shared W lead",
    ),
    case(
        "L-03",
        "boundary",
        "listed on the day of the deal",
        papers(entry(listed=DAY), **exporter(name="Kardiam")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "boundary",
        "listed the day after",
        papers(entry(listed="2021-03-11"), **exporter(name="Kardiam")),
        "BA-1 listed_later W lead",
    ),
    case(
        "L-03",
        "fires",
        "confirmed, and listed later: a lead",
        papers(entry(listed="2021-03-11", confirmed_actor_id="BA-1")),
        "BA-1 listed_later W lead",
    ),
    case(
        "L-03",
        "boundary",
        "the last day on the list",
        papers(entry(delisted_on=DAY), **exporter(name="Kardiam")),
        "BA-1 name W lead",
    ),
    case(
        "L-03",
        "boundary",
        "the day after the last",
        papers(entry(delisted_on="2021-03-09"), **exporter(name="Kardiam")),
    ),
    case(
        "L-03",
        "fires",
        "before and under the listing: both are told",
        papers(
            entry(listed="2021-03-01"), actors=[actor(name="Kardiam")], shipment=[export(day="2021-02-01"), export(CF2)]
        ),
        "BA-1 name W lead",
        "BA-1 listed_later W lead",
    ),
    case(
        "L-03",
        "fires",
        "a name on one certificate holds for that deal only",
        papers(entry(listed="2021-03-01"), shipment=[export(day="2021-02-01", exporter_name="Kardiam"), export(CF2)]),
        "BA-1 listed_later W lead",
    ),
    case(
        "L-03",
        "fires",
        "the purchase decides for the buyer, not the export",
        papers(entry("Prosper Ngbanga", "2021-03-01")),
        "COL-1 listed_later W lead",
    ),
    case(
        "L-03",
        "fires",
        "C1: Badica in 2014, listed in August 2015",
        papers(
            BADICA,
            actors=[actor(name="Badica")],
            shipment=[export(day="2014-05-12", exporter_name="BADICA", importer_name="Kardiam BVBA")],
            purchase=[deal(bought="2014-04-01")],
        ),
        "BA-1 listed_later W lead",
        f"{CF1} listed_later W lead",
    ),
    case(
        "L-03",
        "missing",
        "no list was ever loaded",
        papers(watchlist_entry=None),
        missing="never_loaded:watchlist_entry",
    ),
    case("L-03", "silent", "a list without an entry", papers()),
    case("L-03", "missing", "no actor was ever loaded", papers(entry(), actor=None), missing="never_loaded:actor"),
    case(
        "L-03",
        "fires",
        "no actor was ever loaded, the paper's name is enough",
        papers(entry(), actor=None, shipment=[export(exporter_name="Kardiam")]),
        "BA-1 name W lead",
        missing="never_loaded:actor",
    ),
    case(
        "L-03",
        "missing",
        "parties in no register",
        papers(entry(), actor=[actor("BA-9")]),
        missing="unknown_actor:exporter_id unknown_actor:buyer_id unknown_actor:seller_id",
    ),
    case(
        "L-03",
        "missing",
        "the register does not name the buyer",
        papers(entry(), actors=[actor("COL-1", None)]),
        missing="blank:name",
    ),
    case(
        "L-03",
        "silent",
        "the register does not name the seller, the slip does",
        papers(entry(), actors=[actor("MIN-1", None)]),
    ),
    case(
        "L-03",
        "missing",
        "parties are blank",
        papers(
            entry(),
            shipment=[export(exporter_id=None, exporter_name=None, importer_name=None)],
            purchase=[deal(buyer_id=None, seller_id=None, seller_name=None)],
        ),
        missing="blank:exporter_id blank:importer_name blank:buyer_id blank:seller_id",
    ),
    case(
        "L-03",
        "missing",
        "the columns of parties lack",
        papers(
            entry(),
            shipment=[export(exporter_id=None, exporter_name=None, importer_name=None)],
            purchase=[deal(buyer_id=None, seller_id=None, seller_name=None)],
            supplied={
                "shipment": but("shipment", "exporter_id", "importer_name"),
                "purchase": but("purchase", "buyer_id", "seller_id"),
            },
        ),
        missing="not_supplied:exporter_id not_supplied:importer_name not_supplied:buyer_id not_supplied:seller_id",
    ),
    case(
        "L-03",
        "missing",
        "a slip is not held, another is in quarantine",
        papers(entry(), parcel_source=[use(), use("B2"), use("B3")], known_keys=[("purchase", "slip_number", "B3")]),
        missing="not_held:purchase in_quarantine:purchase",
    ),
    case(
        "L-03",
        "missing",
        "no sources are supplied",
        papers(entry(), parcel_source=None),
        missing="not_supplied:parcel_source",
    ),
    case(
        "L-03",
        "missing",
        "a match without a day",
        papers(
            entry(),
            entry("Prosper Ngbanga", entry_id="E2"),
            actors=[actor(name="Kardiam")],
            shipment=[export(day=None)],
            purchase=[deal(bought=None)],
        ),
        missing="blank:issue_date blank:purchase_date",
    ),
    case(
        "L-03",
        "missing",
        "a match without a day of listing",
        papers(entry(listed=None), **exporter(name="Kardiam")),
        missing="blank:listed_on",
    ),
    case(
        "L-03",
        "silent",
        "without a day of listing, but off the list since",
        papers(entry(listed=None, delisted_on="2021-03-09"), **exporter(name="Kardiam")),
    ),
    case(
        "L-03",
        "missing",
        "an entry in quarantine, an entry with nothing to compare",
        papers(
            entry(),
            entry(None, entry_id="E2"),
            entry(None, entry_id="E3", aliases="Somebody Else"),
            known_keys=[("watchlist_entry", "list", "UN", "team@-")],
        ),
        missing="in_quarantine:watchlist_entry blank:name",
    ),
]

MORE: list[Case] = [
    case("L-03", "fires", "many deals, the latest first in the papers", papers(
        entry("Prosper Ngbanga"),
        purchase=[deal(f"B{n}", f"2021-02-{28 - n:02}") for n in range(24)],
        parcel_source=[use(f"B{n}") for n in range(24)] + [use("B3", parcel="2")]), "COL-1 name W lead"),
    case("L-03", "fires", "one slip under two certificates is one deal", papers(
        entry("Prosper Ngbanga"), shipment=[export(), export(CF2)], parcel_source=[use(), use(of=CF2)]),
        "COL-1 name W lead"),
    case("L-03", "fires", "two of its names are alike: the more alike is told", papers(
        entry("Yevgeny Prigozhin"), actors=[actor(name="Evgeniy Prigozhin")],
        shipment=[export(exporter_name="Yevgeny Prigozhin")]), "BA-1 name W lead"),
    case("L-03", "fires", "two of its names are alike, and two of the entry's: the first of the alphabet", papers(
        entry(aliases="KARDIAM; Kardiam SA"), actors=[actor(name="Kardiam SPRL")],
        shipment=[export(exporter_name="Ets Kardiam")]), "BA-1 name W lead"),
    case("L-03", "fires", "a near name goes before the very name of the manager", papers(
        entry("Yevgeny Prigozhin"), actors=[actor(name="Evgeniy Prigozhin", manager="Yevgeny Prigozhin")],
        shipment=[export(exporter_name=None)]), "BA-1 name W lead"),
    case("L-03", "fires", "two exporters without numbers, under one name", papers(
        entry(), shipment=[export(n, exporter_id=None, exporter_name="Kardiam") for n in (CF2, CF1)]),
        f"{CF1} name W lead", f"{CF2} name W lead"),
    case("L-03", "fires", "who shares the telephone of one named on a paper only", papers(
        entry(), actors=[actor(phone="70000012"), actor("COL-1", "Prosper Ngbanga", phone="70 000 012")],
        shipment=[export(exporter_name="Kardiam")]), "BA-1 name W lead", "COL-1 shared W lead"),
    case("L-03", "fires", "who shares the telephone of two who are matched: the lower number is told", papers(
        entry(), actors=[actor("BA-9", "Kardiam", phone="70000012"), actor("BA-8", "Kardiam", phone="70000012"),
                         actor("COL-1", "Prosper Ngbanga", phone="70000012")]), "COL-1 shared W lead"),
    case("L-03", "silent", "the telephone of one who is matched is another", papers(
        entry(), actors=[actor("BA-9", "Kardiam", phone="70000012"), actor(phone="70000013")])),
    case("L-03", "fires", "the register has two rows of a confirmed actor, the first without a name", papers(
        entry(confirmed_actor_id="BA-1"),
        actors=[actor(name=None), actor(name="Sangha Un"), actor(name="Sangha Deux")],
        shipment=[export(exporter_name=None)]), "BA-1 confirmed E"),
    case("L-03", "fires", "confirmed, and its identifier too: one breach", papers(
        entry(confirmed_actor_id="BA-1", identifiers="RC 42"), **exporter(registration_number="RC-42")),
        "BA-1 confirmed E"),
    case("L-03", "missing", "confirmed, but no actor was ever loaded", papers(
        entry(confirmed_actor_id="BA-1"), actor=None), "BA-1 confirmed E", missing="never_loaded:actor"),
    case("L-03", "silent", "an identifier without letters or digits is none", papers(
        entry(identifiers="-; ;X-1"), **exporter(registration_number="--"))),
    case("L-03", "fires", "a name of X's is like itself, not like a blank name or a blank alias", papers(
        entry(None, aliases="Somebody Else"), entry(entry_id="E2"), entry("XXXX", entry_id="E3", aliases="Other"),
        shipment=[export(exporter_name="XXXX")]), "BA-1 name W lead"),
    case("L-03", "fires", "one deal has its day, another not", papers(
        entry(), actors=[actor(name="Kardiam")], shipment=[export(day=None), export(CF2)]), "BA-1 name W lead"),
    case("L-03", "silent", "the seller is named on one of two slips", papers(
        entry(), actors=[actor("MIN-1", None)], purchase=[deal(seller_name=None), deal("B2", "2021-02-11")],
        parcel_source=[use(), use("B2")])),
    case("L-03", "missing", "a party in no register is told of its first deal", papers(
        entry(), actor=[COL, MIN], shipment=[export(), export(CF2, "2021-01-20")]),
        missing="unknown_actor:exporter_id"),
    case("L-03", "missing", "a party in no register, without a day: the month of its return", papers(
        entry(), actor=[COL, MIN], shipment=[export(day=None)]), missing="unknown_actor:exporter_id"),
    case("L-03", "missing", "parties and days are blank: the month of the return", papers(
        entry(), shipment=[export(day=None, exporter_id=None, exporter_name=None, importer_name=None)],
        purchase=[deal(bought=None, buyer_id=None, seller_id=None, seller_name=None)]),
        missing="blank:exporter_id blank:importer_name blank:buyer_id blank:seller_id"),
    case("L-03", "missing", "no sources are supplied, no day: the month of the return", papers(
        entry(), shipment=[export(day=None)], parcel_source=None), missing="not_supplied:parcel_source"),
    case("L-03", "missing", "a match, and no column of days", papers(
        entry(), entry("Prosper Ngbanga", entry_id="E2"), actors=[actor(name="Kardiam")],
        shipment=[export(day=None)], purchase=[deal(bought=None)],
        supplied={"shipment": but("shipment", "issue_date"), "purchase": but("purchase", "purchase_date")}),
        missing="not_supplied:issue_date not_supplied:purchase_date"),
    case("L-03", "missing", "a match without a day of listing, deals in two months: told of the first", papers(
        entry(listed=None), actors=[actor(name="Kardiam")],
        shipment=[export(day="2021-02-01", exporter_name=None), export(CF2, exporter_name=None)]),
        missing="blank:listed_on"),
    case("L-03", "missing", "entries in quarantine go by what could be read of them", papers(
        entry(), known_keys=[("watchlist_entry", {"entry_id": "E9", "list": "UN"}, "team@-"),
                             ("watchlist_entry", {"entry_id": "E8"}, "team@-"),
                             ("shipment", "certificate_number", "X")]),
        missing="in_quarantine:watchlist_entry"),
    case("L-03", "silent", "an entry with nothing but an identifier, or a reviewer's decision", papers(
        entry(None, entry_id="E2", identifiers="RC-1"), entry(None, entry_id="E3", confirmed_actor_id="BA-9"))),
    case("L-03", "missing", "one deal is enough to ask what an entry is about", papers(
        entry(None), shipment=[export(importer_name=None)], parcel_source=[]),
        missing="blank:importer_name blank:name"),
    case("L-03", "boundary", "without a deal nobody asks", papers(entry(None), shipment=[], parcel_source=[])),
]  # fmt: skip
CASES += MORE


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_case(situation: Case) -> None:
    verify(situation)


def test_nothing_held_is_nothing_found() -> None:
    from tests.evidence_builder import evidence

    assert outcome_of("L-03", evidence()).findings == []
    assert outcome_of("L-03", evidence(watchlist_entry=[entry(None)], actor=[actor()])).findings == []


def test_one_lead_names_the_first_deals_and_counts_all() -> None:
    days = [f"2021-02-{n:02}" for n in range(28, 0, -1)]
    given = papers(
        entry("Prosper Ngbanga"),
        purchase=[deal(f"B{n}", day) for n, day in enumerate(days)],
        parcel_source=[use(f"B{n}") for n in range(28)] + [use("B27", parcel="2")],
    )
    (lead,) = [f for f in outcome_of("L-03", given).findings if f.outcome == "lead"]
    assert (lead.evidence["deals"], lead.evidence["first_deal"]) == (28, "2021-02-01")
    rows = [ref & 0xFFFFFFFF for ref in lead.refs if given.sources["kind"][ref >> 32] == "purchase"]
    assert rows == list(range(10, 30))


# --- names ---------------------------------------------------------------------------------------------------------

TRUE = [
    ("Bureau d'achat Badica", "BADICA"),
    ("Bureau d achat Badica", "BADICA"),
    ("Ets. Badica SARL", "Badica"),
    ("B.A.D.I.C.A.", "Badica"),
    ("Kardiam BVBA", "KARDIAM"),
    ("François Bozizé", "BOZIZÉ YANGOUVONDA François"),
    ("F. Bozizé", "François Bozizé"),
    ("Bozizé, J. F.", "Jean-Francis Bozizé"),
    ("Noureddine Adam", "Nourredine ADAM"),
    ("Abdoulaye Hissene Ramadan", "Abdoulaye Hissène"),
    ("Ngaissona Patrice-Edouard", "Patrice-Edouard Ngaïssona"),
    ("Patrice Ngaisona", "Patrice-Edouard Ngaïssona"),
    ("Евгений Пригожин", "Yevgeny Prigozhin"),
    ("Yevgeniy Prigozhin", "Евгений Пригожин"),
    ("Midas Ressources SARLU", "Midas Resources"),
    ("Lobaye Invest", "Lobaye Invest S.A.R.L.U."),
    ("Ali Darassa Mahamant", "Ali Darassa Mahamat"),
    ("Haroun Gaye", "GAYE Haroun"),
    ("Bureau d'achat de diamants en Centrafrique", "Bureau d'achat de Diamant en Centrafrique"),
    ("Alfred Yekatom Rombhot", "Alfred Yékatom"),
    ("Ngaï Kosset", "Ngaikosset"),
    ("Jean Pierre", "Pierre Jean"),
]
FALSE = [
    ("Jean Pierre Kolingba", "Jean-Pierre Mara"),
    ("Jean Pierre", "Jean Pierre Mara"),
    ("Ali Mahamat", "Ali Mahamat Darassa"),
    ("J. Paul", "Jean-Paul Ngoupandé"),
    ("Jean Mara", "Jean Maka"),
    ("Jean Yakoma", "Jean Yakola"),
    ("Pierre Danga", "Pierre Banga"),
    ("Sangha Diamants", "Badica"),
    ("Badina", "Badica"),
    ("Bureau d'achat Lobaye", "Lobaye Invest"),
    ("Bureau d'achat Centrafrique", "Bureau d'achat de Diamant en Centrafrique"),
    ("Comptoir Diamant", "Diamville"),
    ("Patrice Yakité", "Patrice-Edouard Ngaïssona"),
    ("Sangha Mining", "Sangha Mines"),
    ("François Bangassou", "François Bozizé"),
    ("Martin Koumtamadji", "Martin Ziguélé"),
    ("Adam Moussa", "Nourredine Adam"),
    ("Abdoulaye Issa", "Abdoulaye Hissène"),
    ("Eugène Ngaikoumon", "Eugène Ngaïkosset"),
    ("Haroun Gaya", "Haroun Gaye"),
    ("Midas Trading", "Midas Ressources"),
    ("Exemple Un", "Exemple Deux"),
    ("Maxime Mokom", "Maxime Mokoko"),
    ("Joseph Kony", "Joseph Koné"),
    ("Kardiam", ""),
]


MISSED = [
    ("Ngai Kosset Eugene", "Eugène Ngaïkosset"),
    ("Диамвиль", "Diamville"),
    ("Sidiki Abass", "Abbas Sidiki"),
    ("محمد صالح", "Mohamed Saleh"),
]
"""True pairs that the rule does not find (docs/decisions/watch-list-threshold.md)."""


@pytest.mark.parametrize(
    ("least", "found", "wrong"),
    [(80, 23, 2), (83, 22, 1), (85, 22, 0), (88, 21, 0), (90, 21, 0), (92, 20, 0), (95, 15, 0)],
)
def test_the_figures_of_the_decision(least: int, found: int, wrong: int) -> None:
    def alike_pairs(pairs):
        return sum(likeness(name_of(one), name_of(other), least) > 0 for one, other in pairs)

    assert (alike_pairs([*TRUE, *MISSED]), alike_pairs(FALSE)) == (found, wrong)


@pytest.mark.parametrize(("one", "other"), TRUE)
def test_these_may_be_one(one: str, other: str) -> None:
    assert likeness(name_of(one), name_of(other), 85) >= 85
    assert likeness(name_of(other), name_of(one), 85) == likeness(name_of(one), name_of(other), 85)


@pytest.mark.parametrize(("one", "other"), FALSE)
def test_these_are_two(one: str, other: str) -> None:
    assert likeness(name_of(one), name_of(other), 85) == 0
    assert likeness(name_of(other), name_of(one), 85) == 0


def test_comparing_in_bulk_misses_no_pair() -> None:
    import pandas as pd

    ours = pd.Series([one for one, _ in (*TRUE, *FALSE)], dtype="str")
    theirs = pd.Series([other for _, other in (*TRUE, *FALSE)], dtype="str")
    wanted = {(a, b) for a in set(ours) for b in set(theirs) if likeness(name_of(a), name_of(b), 85)}
    found = alike(ours, theirs, 85)
    assert set(zip(found["name"], found["listed"], strict=True)) == wanted
    assert set(TRUE) <= wanted
