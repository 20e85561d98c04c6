"""S-05 to S-07: what zones and actors sell, against their own past, their likes and their neighbours."""

import pytest

from tests.evidence_builder import evidence
from tests.unit.framework.papers import TEAM, resale, slip, with_places, zone
from tests.unit.framework.rule_cases import Case, case, verify

SMALL, LARGE = "0.50-0.99", "10.80+"
MONTHS = [f"SPPK@{year}-{month:02d}" for year in (2019, 2020, 2021) for month in range(1, 13)]
ROUND = ["2019-05-10", "2019-08-10", "2019-11-10", "2020-02-10", "2020-05-10", "2020-08-10"]
"""A day in each quarter from 2019-Q2 to 2020-Q3."""


def home(day):
    return f"SPPK@{day[:7]}"


def nil(months, sender="SPPK"):
    return [
        {"period": m.rpartition("@")[2], "sender": sender, "nil_return": True, "return_id": m.replace("SPPK", sender)}
        for m in months
    ]


def held(months=MONTHS, as_of="2022-01-31", **kinds):
    """All months told, the slips' own with a sheet of certificates without rows."""
    kinds = {name: rows for name, rows in kinds.items() if rows is not None}
    return with_places(evidence(as_of, **{"return_declaration": nil(months), "purchase_source": [], **kinds}))


def sold(number, day, origin="Boda", carats="1.00", **more):
    """A slip of an artisan: nothing but a first sale."""
    return slip(number, origin, day, carats=carats, **{"register_number": "R1", "return_id": home(day), **more})


def sized(number, day, carats="1.00", size=SMALL):
    usual = {"subject_kind": "purchase", "size_class": size, "stones": 1, "return_id": home(day)}
    return {"subject_id": number, "carats": carats, **usual}


def lots(day, n=30, origin="Boda", carats="1.00", size=SMALL, large=0, of_large="1.00", tag=""):
    """n slips of a quarter and their profiles, the first ``large`` of them of large stones."""
    numbers = [f"{origin[:3]}{day}{tag}-{i:03d}" for i in range(n)]
    profiles = [
        sized(number, day, of_large if i < large else carats, LARGE if i < large else size)
        for i, number in enumerate(numbers)
    ]
    return [sold(number, day, origin, carats) for number in numbers], profiles


def mixed(*groups, slips=(), profiles=(), **more):
    kinds = {
        "purchase": [s for group in groups for s in group[0]] + list(slips),
        "assortment": [a for group in groups for a in group[1]] + list(profiles),
    }
    return held(**{**kinds, **more})


PAST, NOW = "2020-02-10", "2020-05-10"
THIN = "Boda@2020-Q1"  # the first quarter has no past: small_sample
FEW = "small_sample:assortment"
S05 = [
    case("S-05", "fires", "large stones where there were none", mixed(lots(PAST), lots(NOW, large=15)),
         "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "fires", "large stones that vanish", mixed(lots(PAST, large=15), lots(NOW)),
         "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "fires", "by weight, not by stones or slips",
         mixed(lots(PAST), lots(NOW, large=1, of_large="20.00")), "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "fires", "one of two zones",
         mixed(lots(PAST), lots(NOW, large=15), lots(PAST, origin="Nola"), lots(NOW, origin="Nola")),
         "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "silent", "as before", mixed(lots(PAST, large=5), lots(NOW, large=5)), missing=FEW),
    case("S-05", "silent", "the past of four quarters together",
         mixed(*(lots(day, 10) for day in ROUND[:4]), lots(NOW)), missing=FEW),
    case("S-05", "boundary", "30 % of the weight elsewhere", mixed(lots(PAST), lots(NOW, large=9)), missing=FEW),
    case("S-05", "boundary", "a hundredth of a carat above that",
         mixed(lots(PAST), lots(NOW, large=9, of_large="1.01")), "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "boundary", "two classes halfway each",
         mixed(lots(PAST, large=15), lots(NOW, size="1.00-1.99", large=21)), "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "boundary", "29 slips in the quarter", mixed(lots(PAST), lots(NOW, 29, large=15)), missing=FEW),
    case("S-05", "boundary", "29 slips in the past", mixed(lots(PAST, 29), lots(NOW, large=15)), missing=FEW),
    case("S-05", "boundary", "a past of five quarters ago is forgotten",
         mixed(lots("2019-02-10"), lots(NOW, large=15)), missing=FEW),
    case("S-05", "boundary", "a past of four quarters ago counts",
         mixed(lots("2019-05-10"), lots(NOW, large=15)), "Boda@2020-Q2 W lead"),
    case("S-05", "boundary", "a resale is no first sale",
         mixed(lots(PAST), lots(NOW), lots(NOW, large=30, tag="r"),
               purchase_source=[resale(f"Bod{NOW}r-{i:03d}", f"Bod{NOW}-{i:03d}", "1.00") | {"return_id": home(NOW)}
                                for i in range(30)]), missing=FEW),
    case("S-05", "boundary", "profiles of parcels are not asked",
         mixed(lots(PAST), lots(NOW), profiles=[{**sized(f"Bod{NOW}-000", NOW, "99.00", LARGE),
                                                  "subject_kind": "parcel"}]), missing=FEW),
    case("S-05", "boundary", "the same profile in two returns counts once",
         mixed(lots(PAST), lots(NOW, large=9), profiles=[
             {**sized(f"Bod{NOW}-{i:03d}", NOW, "1.00", LARGE), "return_id": "SPPK@2020-06"} for i in range(9)]),
         missing=FEW),
    case("S-05", "boundary", "the first quarter of the span, its past before it",
         mixed(lots("2019-08-10"), lots("2019-11-10", large=15)), "Boda@2019-Q4 W lead"),
    case("S-05", "boundary", "a quarter that ends before the span",
         mixed(lots("2019-05-10"), lots("2019-08-10", large=15))),
    case("S-05", "boundary", "a quarter that ends after the span",
         mixed(lots("2024-08-10"), lots("2024-11-10", large=15), as_of="2025-06-30",
               months=[f"SPPK@2024-{m:02d}" for m in range(1, 13)]), missing=FEW),
    case("S-05", "boundary", "the day after the quarter's end",
         mixed(lots(PAST), lots(NOW, large=15), as_of="2020-07-01"), "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "missing", "the quarter's last day", mixed(lots(PAST), lots(NOW, large=15), as_of="2020-06-30"),
         missing=f"quarter_open {FEW}"),
    case("S-05", "missing", "no profiles at all", mixed(lots(PAST), lots(NOW), assortment=None),
         missing="not_supplied:assortment"),
    case("S-05", "missing", "the quarter's return supplies none",
         mixed(lots(PAST), (lots(NOW, large=15)[0], [])), missing=f"not_supplied:assortment {FEW}"),
    case("S-05", "missing", "the past's return supplies none", mixed((lots(PAST)[0], []), lots(NOW, large=15)),
         missing="not_supplied:assortment"),
    case("S-05", "missing", "supplied without rows", mixed(lots(PAST), (lots(NOW)[0], []), supplied={
        ("assortment", home(NOW)): ("subject_kind", "subject_id", "size_class", "carats")}), missing=FEW),
    case("S-05", "missing", "a month not told",
         mixed(lots(PAST), lots(NOW, large=15), months=[m for m in MONTHS if m != "SPPK@2020-06"]),
         missing=f"return_not_held:2020-06 {FEW}"),
    case("S-05", "missing", "a month without its slips",
         mixed(lots(PAST), lots(NOW, large=15), months=[m for m in MONTHS if m != "SPPK@2020-06"],
               shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2020-06"}]),
         missing=f"not_supplied:purchase {FEW}"),
    case("S-05", "missing", "the month before the quarter not told: that is the quarter before's",
         mixed(lots(PAST), lots(NOW, large=15), months=[m for m in MONTHS if m != "SPPK@2020-03"]),
         "Boda@2020-Q2 W lead", missing="return_not_held:2020-03"),
    case("S-05", "missing", "the month before the quarter without its slips: that is the quarter before's",
         mixed(lots(PAST), lots(NOW, large=15), months=[m for m in MONTHS if m != "SPPK@2020-03"],
               shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2020-03"}]),
         "Boda@2020-Q2 W lead", missing="not_supplied:purchase"),
    case("S-05", "missing", "too few in the past, and one slip of the quarter without the profiles of its return",
         mixed(lots(PAST, 29), lots(NOW, large=15), slips=[sold("B1", "2020-06-10")]), missing=FEW),
    case("S-05", "missing", "judged alone", mixed(lots(PAST), lots(NOW, large=15), history=False), missing="alone"),
    case("S-05", "missing", "a slip in quarantine",
         mixed(lots(PAST), lots(NOW, large=15), known_keys=[("purchase", "slip_number", "B9", "SPPK@2020-04")]),
         missing=f"in_quarantine:purchase {FEW}"),
    case("S-05", "missing", "a profile in quarantine",
         mixed(lots(PAST), lots(NOW, large=15),
               known_keys=[("assortment", "subject_id", f"Bod{NOW}-001", home(NOW))]),
         missing=f"in_quarantine:assortment {FEW}"),
    case("S-05", "missing", "a blank weight now",
         mixed(lots(PAST), lots(NOW, large=15), profiles=[sized(f"Bod{NOW}-000", NOW, None, "1.00-1.99")]),
         missing=f"blank:carats {FEW}"),
    case("S-05", "missing", "a blank weight before",
         mixed(lots(PAST), lots(NOW, large=15), profiles=[sized(f"Bod{PAST}-000", PAST, None, "1.00-1.99")]),
         missing="blank:carats"),
    case("S-05", "missing", "two weights for one class",
         mixed(lots(PAST), lots(NOW, large=15), profiles=[sized(f"Bod{NOW}-000", NOW, "3.00", LARGE)]),
         missing=f"rows_differ:assortment {FEW}"),
    case("S-05", "missing", "two days for one slip",
         mixed(lots(PAST), lots(NOW, large=15), slips=[sold(f"Bod{NOW}-000", "2020-05-11")]),
         missing=f"rows_differ:purchase {FEW}"),
    case("S-05", "missing", "a slip without a day",
         mixed(lots(PAST), lots(NOW, large=15),
               slips=[slip("B1", bought=None, register_number="R1", return_id=home(NOW))]),
         missing=f"blank:purchase_date {FEW}"),
    case("S-05", "missing", "a slip that may be a resale",
         mixed(lots(PAST), lots(NOW, large=15), slips=[sold("B1", NOW, register_number=None)],
               purchase_source=None), missing=f"not_supplied:purchase_source {FEW}"),
    case("S-05", "missing", "a slip whose sources are in quarantine",
         mixed(lots(PAST), lots(NOW, large=15),
               known_keys=[("purchase_source", "slip_number", f"Bod{NOW}-000", home(NOW))]),
         missing=f"in_quarantine:purchase_source {FEW}"),
    case("S-05", "missing", "a place of 2021", mixed(lots(PAST, origin="Moboma"), lots(NOW, origin="Moboma")),
         missing="needs_review"),
    case("S-05", "missing", "a slip of an unknown place stands for itself",
         mixed(lots(PAST), lots(NOW, large=15), slips=[sold("B1", NOW, "Atlantis")]),
         "Boda@2020-Q2 W lead", missing=f"place_unresolved:origin_subprefecture {FEW}"),
    case("S-05", "missing", "a slip without an origin stands for itself", mixed(slips=[sold("B1", NOW, None)]),
         missing="blank:origin_subprefecture"),
    case("S-05", "fires", "unlike the four quarters before together",
         mixed(*(lots(day, 10) for day in ROUND[:4]), lots(NOW, large=15)), "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "boundary", "a month told by its slips, without a nil return",
         mixed(lots(PAST), lots("2020-06-10", large=15), months=[m for m in MONTHS if m != "SPPK@2020-06"],
               shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2020-06"}]),
         "Boda@2020-Q2 W lead", missing=FEW),
    case("S-05", "missing", "too few in the quarter, and one slip of the past without the profiles of its return",
         mixed(lots(PAST), lots(NOW, 29, large=15), slips=[sold("B1", "2020-03-10")]), missing=FEW),
    case("S-05", "missing", "a slip in quarantine in the quarter's last month",
         mixed(lots(PAST), lots(NOW, large=15), known_keys=[("purchase", "slip_number", "B9", "SPPK@2020-06")]),
         missing=f"in_quarantine:purchase {FEW}"),
    case("S-05", "missing", "two origins for one slip",
         mixed(lots(PAST), lots(NOW, large=15), slips=[sold(f"Bod{NOW}-000", NOW, "Nola")]),
         missing=f"rows_differ:purchase {FEW}"),
    case("S-05", "missing", "two weights for one slip",
         mixed(lots(PAST), lots(NOW, large=15), slips=[sold(f"Bod{NOW}-000", NOW, carats="2.00")]),
         missing=f"rows_differ:purchase {FEW}"),
    case("S-05", "missing", "a slip of an unknown place and without a day stands for itself in its return's month",
         mixed(slips=[slip("B1", "Atlantis", None, register_number="R1", return_id=home(NOW))]),
         missing="blank:purchase_date"),
]  # fmt: skip


YEAR = [f"SPPK@2022-{month:02d}" for month in range(1, 13)]
ACTORS = [
    {"actor_id": "C1", "kind": "collector", "return_id": TEAM},
    {"actor_id": "C2", "kind": "collector", "return_id": TEAM},
    {"actor_id": "M1", "kind": "miner", "return_id": TEAM},
    {"actor_id": "H1", "kind": "buying_house", "return_id": TEAM},
]


def deal(number="B1", carats="10.00", buyer="C1", seller="M1", day="2022-03-10", **more):
    return slip(number, "Boda", day, carats=carats, buyer_id=buyer, seller_id=seller,
                **{"return_id": home(day) if day else "SPPK@2022-03", **more})  # fmt: skip


def official(value="25200.00", period="2022", source="press", **more):
    usual = {"scope": "CF", "metric": "export_carats", "unit": "ct", "return_id": TEAM}
    return {"period": period, "value": value, "source": source, **usual, **more}


def dealt(*slips, totals=None, **more):
    """25,200 ct exported: 100 ct a collector, 27.10 ct a miner; the limits are 1,000 and 270.97 ct."""
    given = {"purchase": list(slips), "actor": ACTORS, "official_total": [official()] if totals is None else totals}
    return held(**{"months": YEAR, "as_of": "2023-01-31", **given, **more})


OTHER = {"seller": "H1"}  # a seller who is no miner, so that only the buyer is asked about
S06 = [
    case("S-06", "fires", "a collector who buys fourteen times the mean", dealt(deal(carats="1400.00", **OTHER)),
         "C1@2022 collector I lead"),
    case("S-06", "fires", "a miner who sells forty times the mean", dealt(deal(carats="1000.00", buyer="H1")),
         "M1@2022 miner I lead"),
    case("S-06", "fires", "both sides of one slip", dealt(deal(carats="1400.00")),
         "C1@2022 collector I lead", "M1@2022 miner I lead"),
    case("S-06", "fires", "slips added up, resales too",
         dealt(*(deal(f"B{i}", "500.00", **OTHER) for i in range(3)),
               purchase_source=[resale("B2", "B1") | {"return_id": "SPPK@2022-03"}]),
         "C1@2022 collector I lead"),
    case("S-06", "fires", "although a return is not held",
         dealt(deal(carats="1400.00", **OTHER), months=YEAR[:6]), "C1@2022 collector I lead"),
    case("S-06", "fires", "although another slip has no weight",
         dealt(deal(carats="1400.00", **OTHER), deal("B2", None, **OTHER)), "C1@2022 collector I lead"),
    case("S-06", "fires", "judged alone", dealt(deal(carats="1400.00", **OTHER), history=False),
         "C1@2022 collector I lead"),
    case("S-06", "silent", "a collector and a miner at work", dealt(deal())),
    case("S-06", "silent", "a month told by its slips, without a nil return",
         dealt(deal(), months=[m for m in YEAR if m != "SPPK@2022-03"],
               shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2022-03"}])),
    case("S-06", "silent", "two collectors share what would be too much for one",
         dealt(deal(carats="700.00", **OTHER), deal("B2", "700.00", buyer="C2", **OTHER))),
    case("S-06", "silent", "two years share it",
         dealt(deal(carats="700.00", **OTHER), deal("B2", "700.00", day="2023-03-10", **OTHER),
               months=[*YEAR, *(m.replace("2022", "2023") for m in YEAR)], as_of="2024-01-31",
               totals=[official(), official(period="2023")])),
    case("S-06", "boundary", "ten times the mean of a collector", dealt(deal(carats="1000.00", **OTHER))),
    case("S-06", "boundary", "a hundredth of a carat more", dealt(deal(carats="1000.01", **OTHER)),
         "C1@2022 collector I lead"),
    case("S-06", "boundary", "ten times the mean of a miner, rounded down", dealt(deal(carats="270.96", buyer="H1"))),
    case("S-06", "boundary", "rounded up", dealt(deal(carats="270.97", buyer="H1")), "M1@2022 miner I lead"),
    case("S-06", "boundary", "the largest of two totals counts",
         dealt(deal(carats="1400.00", **OTHER), totals=[official(), official("50000.00", source="KP")])),
    case("S-06", "boundary", "a hundredth of a carat exported in all",
         dealt(deal(carats="1.00", **OTHER), totals=[official("0.01")]), "C1@2022 collector I lead"),
    case("S-06", "boundary", "a buying house has no limit", dealt(deal(carats="9000.00", buyer="H1", seller="C1"))),
    case("S-06", "boundary", "the same slip in two returns counts once",
         dealt(deal(carats="600.00", **OTHER), deal(carats="600.00", return_id="SPPK@2022-04", **OTHER))),
    case("S-06", "boundary", "the year before the base",
         dealt(deal(carats="1400.00", day="2021-03-10", **OTHER), totals=[official(period="2021")])),
    case("S-06", "boundary", "the day after the year's end",
         dealt(deal(carats="1400.00", **OTHER), as_of="2023-01-01"), "C1@2022 collector I lead"),
    case("S-06", "missing", "the year's last day", dealt(deal(carats="1400.00"), as_of="2022-12-31"),
         missing="year_open"),
    case("S-06", "missing", "no total of that year", dealt(deal(carats="1400.00"), totals=[]),
         missing="not_held:official_total"),
    case("S-06", "missing", "no register of totals", dealt(deal(carats="1400.00"), official_total=None),
         missing="never_loaded:official_total"),
    case("S-06", "missing", "another total without its figure might excuse it",
         dealt(deal(carats="1400.00"), totals=[official(), official(None, source="z")]), missing="blank:value"),
    case("S-06", "boundary", "where nobody is above it, it need not",
         dealt(deal(), totals=[official(), official(None, source="z")])),
    case("S-06", "missing", "a month not told", dealt(deal(), months=YEAR[:11]), missing="return_not_held:2022-12"),
    case("S-06", "missing", "the first month not told", dealt(deal(), months=YEAR[1:]),
         missing="return_not_held:2022-01"),
    case("S-06", "missing", "a month without its slips",
         dealt(deal(), months=YEAR[:11], shipment=[{"certificate_number": "CF1", "return_id": YEAR[11]}]),
         missing="not_supplied:purchase"),
    case("S-06", "missing", "judged alone", dealt(deal(), history=False), missing="alone"),
    case("S-06", "missing", "a slip in quarantine",
         dealt(deal(), known_keys=[("purchase", "slip_number", "B9", "SPPK@2022-08")]),
         missing="in_quarantine:purchase"),
    case("S-06", "missing", "a slip in quarantine, its sender's name holds an @",
         dealt(deal(), unreadable={("purchase", "mines@car.example@2022-08"): 1}), missing="in_quarantine:purchase"),
    case("S-06", "missing", "a slip without its weight", dealt(deal(), deal("B2", None)), missing="blank:carats"),
    case("S-06", "missing", "a slip without its day", dealt(deal(), deal("B2", day=None)),
         missing="blank:purchase_date"),
    case("S-06", "missing", "no column of weights",
         dealt(deal(carats=None), supplied={"purchase": ("slip_number", "buyer_id", "seller_id", "purchase_date")}),
         missing="not_supplied:carats"),
    case("S-06", "missing", "two weights for one slip",
         dealt(deal(carats="900.00", **OTHER), deal(carats="800.00", return_id="SPPK@2022-04", **OTHER)),
         missing="rows_differ:purchase"),
    case("S-06", "missing", "two days for one slip", dealt(deal(**OTHER), deal(day="2022-04-10", **OTHER)),
         missing="rows_differ:purchase"),
    case("S-06", "missing", "two buyers for one slip", dealt(deal(**OTHER), deal(buyer="C2", **OTHER)),
         missing="rows_differ:purchase"),
    case("S-06", "missing", "no register of actors", dealt(deal(), actor=None), missing="never_loaded:actor"),
    case("S-06", "missing", "strangers on both sides", dealt(deal(buyer="X1", seller="X2")),
         missing="unknown_actor:buyer_id unknown_actor:seller_id"),
    case("S-06", "missing", "an actor without a role",
         dealt(deal(buyer="C9", seller="H1"), actor=[*ACTORS, {"actor_id": "C9", "return_id": TEAM}]),
         missing="blank:kind"),
    case("S-06", "missing", "nobody named", dealt(deal(buyer=None, seller=None)),
         missing="blank:buyer_id blank:seller_id"),
    case("S-06", "missing", "no columns of buyers and sellers",
         dealt(deal(buyer=None, seller=None), supplied={"purchase": ("slip_number", "carats", "purchase_date")}),
         missing="not_supplied:buyer_id not_supplied:seller_id"),
]  # fmt: skip


OPEN = [zone(name, "compliant", "2016-09-19", to="2024-11-14") for name in ("Boda", "Boganda", "Nola")]
CLOSED = [zone("Boganda", "compliant", "2016-09-19", to="2020-05-14"), *OPEN[::2]]


def trade(now, other_now="70.00", days=ROUND, zones=CLOSED, slips=(), **more):
    """Boda sells 30 ct beside Nola's 70 in each quarter of 2019-Q2 … 2020-Q2, then ``now`` in 2020-Q3."""
    usual = [(day, "30.00", "70.00") for day in days[:-1]] + [(days[-1], now, other_now)]
    rows = [
        sold(f"{zone_name}{i}", day, zone_name, carats)
        for i, (day, *both) in enumerate(usual)
        for zone_name, carats in zip(("Boda", "Nola"), both, strict=True)
        if carats is not None
    ]
    return held(**{"purchase": [*rows, *slips], "zone": zones, **more})


AFTER = "Boda@2020-Q3"
S07 = [
    case("S-07", "fires", "a neighbour's span ends", trade("70.00"), f"{AFTER} closed I lead"),
    case("S-07", "fires", "a neighbour is suspended",
         trade("70.00", zones=[*OPEN, zone("Boganda", "suspended", "2020-05-15")]), f"{AFTER} suspended I lead"),
    case("S-07", "fires", "a neighbour's proposal ends",
         trade("70.00", zones=[*OPEN[::2], zone("Bambio", "proposed", "2019-01-01", to="2020-05-14")]),
         f"{AFTER} refused I lead"),
    case("S-07", "silent", "the share stays", trade("30.00")),
    case("S-07", "silent", "the share falls", trade("1.00")),
    case("S-07", "boundary", "no purchase in the zone any more", trade(None)),
    case("S-07", "boundary", "15 points", trade("45.00", "55.00")),
    case("S-07", "boundary", "a hundredth of a point more", trade("45.01", "54.99"), f"{AFTER} closed I lead"),
    case("S-07", "boundary", "a neighbour's neighbour is not asked",
         trade("70.00", zones=[*OPEN[:2], zone("Nola", "compliant", "2016-09-19", to="2020-05-14")])),
    case("S-07", "boundary", "goes on under another row",
         trade("70.00", zones=[*CLOSED, zone("Boganda", "compliant", "2020-05-15")])),
    case("S-07", "boundary", "goes on for one more day under another row: told once",
         trade("70.00", zones=[*CLOSED, zone("Boganda", "compliant", "2020-05-15", to="2020-05-15")]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "the register names a zone whose span stays open first",
         trade("70.00", zones=[zone("Nola", "compliant", "2016-09-19"), *CLOSED[:2]]), f"{AFTER} closed I lead"),
    case("S-07", "boundary", "goes on after a day's gap",
         trade("70.00", zones=[*CLOSED, zone("Boganda", "compliant", "2020-05-16")]), f"{AFTER} closed I lead"),
    case("S-07", "boundary", "its suspension begins as its span ends: told once",
         trade("70.00", zones=[*CLOSED, zone("Boganda", "suspended", "2020-05-15")]), f"{AFTER} suspended I lead"),
    case("S-07", "boundary", "a proposal that ends in approval",
         trade("70.00", zones=[*OPEN[::2], zone("Bambio", "proposed", "2019-01-01", to="2020-05-14"),
                               zone("Bambio", "compliant", "2020-05-15")])),
    case("S-07", "boundary", "a proposal renewed",
         trade("70.00", zones=[*OPEN[::2], zone("Bambio", "proposed", "2019-01-01", to="2020-05-14"),
                               zone("Bambio", "proposed", "2020-05-15")])),
    case("S-07", "boundary", "a zone that is not compliant",
         trade("70.00", zones=[z for z in CLOSED if z["subprefecture"] != "Boda"])),
    case("S-07", "boundary", "a zone that is compliant in that quarter only",
         trade("70.00", zones=[CLOSED[0], zone("Boda", "compliant", "2020-07-01", to="2020-09-30")]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "the regime of zones ends for all",
         trade("70.00", days=["2023-11-10", "2024-02-10", "2024-05-10", "2024-08-10", "2024-11-10", "2025-02-10"],
               zones=OPEN, as_of="2025-06-30",
               months=[f"SPPK@{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)])),
    case("S-07", "boundary", "closed on a quarter's first day: that quarter is the one after",
         trade("70.00", days=ROUND[:5],
               zones=[zone("Boganda", "compliant", "2016-09-19", to="2020-03-31"), *OPEN[::2]]),
         "Boda@2020-Q2 closed I lead"),
    case("S-07", "boundary", "closed on a quarter's second day: the next is the one after",
         trade("70.00", zones=[zone("Boganda", "compliant", "2016-09-19", to="2020-04-01"), *OPEN[::2]]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "closed on a quarter's last day",
         trade("70.00", zones=[zone("Boganda", "compliant", "2016-09-19", to="2020-06-29"), *OPEN[::2]]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "the quarter of the closure itself counts on neither side",
         trade("70.00", slips=[sold("N8", ROUND[4], "Nola", "9000.00"), sold("A8", ROUND[4], "Boda", "99000.00")]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "closed on a quarter's last day: that quarter counts on neither side",
         trade("50.00", "50.00", slips=[sold("A8", ROUND[4], "Boda", "99000.00")],
               zones=[zone("Boganda", "compliant", "2016-09-19", to="2020-06-29"), *OPEN[::2]]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "15.01 points in a zone that sold nothing before",
         held(purchase=[*(sold(f"N{day}", day, "Nola", "100.00") for day in ROUND[:4]),
                        sold("N9", ROUND[5], "Nola", "84.99"), sold("A9", ROUND[5], "Boda", "15.01")], zone=CLOSED),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "the mean of shares, not the share of sums",
         trade("50.00", slips=[sold("N8", ROUND[0], "Nola", "9000.00")]), f"{AFTER} closed I lead"),
    case("S-07", "boundary", "a closure after the day of the run",
         trade("70.00", zones=[zone("Boganda", "suspended", "2022-02-01"), *OPEN])),
    case("S-07", "boundary", "the regime of zones ends, but a zone's span stays open in the register",
         trade("70.00", days=["2023-11-10", "2024-02-10", "2024-05-10", "2024-08-10", "2024-11-10", "2025-02-10"],
               zones=[OPEN[1], zone("Boda", "compliant", "2016-09-19")], as_of="2025-06-30",
               months=[f"SPPK@{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)])),
    case("S-07", "boundary", "a zone approved on an unknown day",
         trade("70.00", zones=[*CLOSED[::2], zone("Boda", "compliant", "2016-09-19", latest="2021-01-01")]),
         f"{AFTER} closed I lead"),
    case("S-07", "boundary", "a suspension that may begin after the day of the run",
         trade("70.00", zones=[*OPEN, zone("Boganda", "suspended", "2021-12-15", latest="2022-02-15")])),
    case("S-07", "boundary", "two neighbours close",
         trade("70.00", zones=[*CLOSED, zone("Mbaïki", "suspended", "2020-05-15")]),
         f"{AFTER} closed I lead", f"{AFTER} suspended I lead"),
    case("S-07", "boundary", "the day after the quarter's end", trade("70.00", as_of="2020-10-01"),
         f"{AFTER} closed I lead"),
    case("S-07", "missing", "the quarter's last day", trade("70.00", as_of="2020-09-30"), missing="quarter_open"),
    case("S-07", "missing", "suspended on the day of the run",
         trade("70.00", zones=[*OPEN, zone("Boganda", "suspended", "2022-01-31")]), missing="quarter_open"),
    case("S-07", "missing", "no zones", trade("70.00", zones=None), missing="never_loaded:zone"),
    case("S-07", "missing", "three quarters of history", trade("70.00", days=ROUND[1:]),
         missing="small_sample:purchase"),
    case("S-07", "missing", "no purchases in the quarter after",
         trade(None, None), missing="small_sample:purchase"),
    case("S-07", "missing", "a month of the quarter not told",
         trade("70.00", months=[m for m in MONTHS if m != "SPPK@2020-09"]), missing="return_not_held:2020-09"),
    case("S-07", "missing", "a month of the history not told",
         trade("70.00", months=[m for m in MONTHS if m != "SPPK@2019-04"]), missing="return_not_held:2019-04"),
    case("S-07", "missing", "a month of the history not told, a slip of the quarter without its weight: it is told",
         trade("70.00", months=[m for m in MONTHS if m != "SPPK@2019-04"],
               slips=[sold("N9", ROUND[5], "Nola", None)]), missing="blank:carats"),
    case("S-07", "boundary", "a month of the closure's quarter not told",
         trade("70.00", months=[m for m in MONTHS if m != "SPPK@2020-06"]), f"{AFTER} closed I lead"),
    case("S-07", "missing", "a month without its slips",
         trade("70.00", months=[m for m in MONTHS if m != "SPPK@2020-09"],
               shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2020-09"}]),
         missing="not_supplied:purchase"),
    case("S-07", "missing", "judged alone", trade("70.00", history=False), missing="alone"),
    case("S-07", "missing", "a slip in quarantine",
         trade("70.00", known_keys=[("purchase", "slip_number", "B9", "SPPK@2019-12")]),
         missing="in_quarantine:purchase"),
    case("S-07", "missing", "another zone's slip without its weight",
         trade("70.00", slips=[sold("N9", ROUND[5], "Nola", None)]), missing="blank:carats"),
    case("S-07", "missing", "a slip of an unknown place", trade("70.00", slips=[sold("N9", ROUND[1], "Atlantis")]),
         missing="place_unresolved:origin_subprefecture"),
    case("S-07", "missing", "a slip of a place of 2021", trade("70.00", slips=[sold("N9", ROUND[1], "Moboma")]),
         missing="needs_review"),
    case("S-07", "missing", "a slip that may be a resale",
         trade("70.00", slips=[sold("N9", ROUND[5], register_number=None)], purchase_source=None),
         missing="not_supplied:purchase_source"),
    case("S-07", "missing", "suspended on an unknown day of two quarters",
         trade("70.00", zones=[*OPEN, zone("Boganda", "suspended", "2020-03-15", latest="2020-05-15")]),
         missing="interval"),
    case("S-07", "boundary", "suspended on an unknown day of one quarter",
         trade("70.00", zones=[*OPEN, zone("Boganda", "suspended", "2020-04-15", latest="2020-05-15")]),
         f"{AFTER} suspended I lead"),
    case("S-07", "missing", "a closed zone of unknown place",
         trade("70.00", zones=[*OPEN, zone("Atlantis", "suspended", "2020-05-15")]),
         missing="place_unresolved:subprefecture"),
]  # fmt: skip

CASES: list[Case] = [*S05, *S06, *S07]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case):
    verify(case)
