"""D-07: stones travel to Bangui in sealed bags, each with its sheet."""

import pytest

from carmonitor.records import KINDS
from tests.unit.framework.papers import CF1, CF2, certificate, chain, resale, slip, use
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

APRIL = {"return_id": "SPPK@2021-04"}
FEBRUARY = {"return_id": "SPPK@2021-02"}
MINERS = [{"actor_id": "M1", "kind": "miner", "return_id": "team@-"}]


def bought(number="B1", place="Boda", **more):
    return slip(number, **{"purchase_place": place, "seller_id": "M1", **more})


def bag(sheet="T1", carats="10.00", left="2021-02-20", arrived="2021-02-21", seal="S1", **more):
    usual = {"sheet_number": sheet, "bag_seal": seal, "from_place": "Boda", "to_place": "Bangui", "carats": carats}
    return {**usual, "departed_on": left, "arrived_on": arrived, **more}


def item(sheet="T1", slip="B1", carats="10.00", **more):
    return {"sheet_number": sheet, "slip_number": slip, "carats": carats, **more}


def sent(*items, bags=None, **more):
    """B1, bought in Boda and exported, with the bag T1 to Bangui and what it holds."""
    usual = {"purchase": [bought()], "transfer": [bag()] if bags is None else bags, "transfer_item": list(items),
             "actor": MINERS}  # fmt: skip
    return chain(**{**usual, **more})


def supplied(kind, *lacking):
    return {kind: [name for name in KINDS[kind].model_fields if name not in lacking]}


def bags(*sheets, **more):
    """Bags only: nothing was exported, nothing is listed."""
    return chain(**{
        "shipment": [], "parcel": [], "parcel_source": [], "purchase": [],
        "transfer": list(sheets), "transfer_item": [item(s["sheet_number"], f"B{n}") for n, s in enumerate(sheets)],
        **more,
    })  # fmt: skip


RESOLD = {"parcel_source": [use("R1")], "purchase_source": [resale("R1", "B1")]}


def resold(*items, place="Bangui", **more):
    """B1 from Boda, resold on R1."""
    papers = {"purchase": [bought(), bought("R1", place, bought="2021-02-25")], **RESOLD}
    return sent(*items, **{**papers, **more})


NO_SHEET = [
    case("D-07", "fires", "on no sheet", sent(bags=[]), "B1 no_sheet W"),
    case("D-07", "fires", "a sheet to somewhere else", sent(item(), bags=[bag(to_place="Mbaïki")]), "B1 no_sheet W"),
    case("D-07", "fires", "the sheet lists another slip", sent(item(slip="B2")), "B1 no_sheet W"),
    case("D-07", "fires", "the source of a resale made in Bangui", resold(bags=[]), "B1 no_sheet W"),
    case("D-07", "fires", "a resale made on the way; the duty is its own", resold(place="Carnot", bags=[]),
         "R1 no_sheet W"),
    case("D-07", "fires", "sold on by half, on the way", resold(
        place="Carnot", parcel_source=[use("R1", "5.00"), use("B1", "5.00")], bags=[]),
        "R1 no_sheet W", "B1 no_sheet W"),
    case("D-07", "fires", "one of its two sources is on no sheet", resold(
        item(), place="Carnot", purchase=[bought(), bought("B2"), bought("R1", "Carnot")],
        purchase_source=[resale("R1", "B1", "5.00"), resale("R1", "B2", "5.00")]), "R1 no_sheet W"),
    case("D-07", "fires", "under two certificates, once", sent(
        bags=[], shipment=[certificate(), certificate(CF2)], parcel_source=[use(), use(of=CF2)]), "B1 no_sheet W"),
    case("D-07", "silent", "on a sheet to Bangui", sent(item())),
    case("D-07", "silent", "in two legs", sent(
        item("T1"), item("T2"), bags=[bag(to_place="Mbaïki"), bag("T2", left="2021-02-21", from_place="Mbaïki")])),
    case("D-07", "silent", "a resale in Bangui of what travelled", resold(item())),
    case("D-07", "silent", "a resale on the way that travelled", resold(item(slip="R1"), place="Carnot")),
    case("D-07", "silent", "a resale on the way whose source is listed", resold(item(), place="Carnot")),
    case("D-07", "silent", "a resale of resales whose source is listed", sent(
        item(), parcel_source=[use("R2")], purchase_source=[resale("R2", "R1"), resale("R1", "B1")],
        purchase=[bought(), bought("R1", "Carnot"), bought("R2", "Nola")])),
    case("D-07", "silent", "the same papers in two returns", sent(
        item(), item(**APRIL), bags=[bag(), bag(**APRIL)])),
    case("D-07", "boundary", "bought in Bangui", sent(bags=[], purchase=[bought(place="Bangui")])),
    case("D-07", "boundary", "however it is written", sent(bags=[], purchase=[bought(place="BANGUI ")])),
    case("D-07", "boundary", "one of two records says Bangui", sent(
        bags=[], purchase=[bought(), bought(place="Bangui")])),
    case("D-07", "boundary", "one of three records has no place: the first that has one counts", sent(
        bags=[], purchase=[bought(place=None), bought(), bought(place="Nola")]), "B1 no_sheet W"),
    case("D-07", "boundary", "sold by a collector, sources supplied", sent(
        bags=[], purchase=[bought(seller_id="C1")]), "B1 no_sheet W"),
    case("D-07", "boundary", "on a sheet of which another row is in quarantine", sent(
        item(), known_keys=[("transfer", "sheet_number", "T1")])),
    case("D-07", "boundary", "a sheet to \"bangui\"", sent(item(), bags=[bag(to_place="bangui")])),
    case("D-07", "boundary", "not exported", sent(bags=[], parcel_source=[])),
    case("D-07", "boundary", "void", sent(bags=[], shipment=[certificate(status="void")])),
    case("D-07", "boundary", "replaced", sent(bags=[], shipment=[certificate(status="replaced")])),
    case("D-07", "boundary", "bought on the first day of the duty", sent(
        bags=[], purchase=[bought(bought="2014-01-01")], shipment=[certificate(issue_date="2014-01-20")]),
        "B1 no_sheet W"),
    case("D-07", "missing", "bought before the duty, exported under it", sent(
        bags=[], purchase=[bought(bought="2013-12-31")], shipment=[certificate(issue_date="2014-01-20")]),
        missing="undated"),
    case("D-07", "boundary", "bought before the duty, on a sheet all the same", sent(
        item(), purchase=[bought(bought="2013-12-31")], shipment=[certificate(issue_date="2014-01-20")])),
    case("D-07", "boundary", "exported before the duty", sent(
        bags=[], shipment=[certificate(issue_date="2013-12-31")])),
    case("D-07", "missing", "no issue date", sent(bags=[], shipment=[certificate(issue_date=None)]), missing="undated"),
    case("D-07", "missing", "no purchase date", sent(bags=[], purchase=[bought(bought=None)]),
         missing="blank:purchase_date"),
    case("D-07", "missing", "no transfers supplied", sent(transfer=None, transfer_item=None),
         missing="not_supplied:transfer"),
    case("D-07", "missing", "no items supplied", sent(bags=[], transfer_item=None),
         missing="not_supplied:transfer_item"),
    case("D-07", "missing", "the purchase came with a return without transfers", sent(
        bags=[], purchase=[bought(**FEBRUARY)]), missing="not_supplied:transfer"),
    case("D-07", "missing", "the return of a month between is not held", sent(
        bags=[bag("T9", **{"return_id": "SPPK@2021-01"})],
        purchase=[bought(bought="2021-01-10", return_id="SPPK@2021-01")],
        transfer_item=[item("T9", "B9", return_id="SPPK@2021-01")],
        supplied={(k, m): tuple(KINDS[k].model_fields) for k in ("transfer", "transfer_item", "purchase_source")
                  for m in ("SPPK@2021-01", "SPPK@2021-03")}), missing="return_not_held:2021-02"),
    case("D-07", "missing", "or was due since monitoring began", sent(bags=[], monitoring_from="2021-02-01"),
         missing="return_not_held:2021-02"),
    case("D-07", "boundary", "not due before monitoring began", sent(bags=[], monitoring_from="2021-03-01"),
         "B1 no_sheet W"),
    case("D-07", "boundary", "due since monitoring began, but in a month before it was bought", sent(
        bags=[], purchase=[bought(bought="2021-03-01")], monitoring_from="2021-02-01"), "B1 no_sheet W"),
    case("D-07", "missing", "place blank", sent(bags=[], purchase=[bought(place=None)]),
         missing="blank:purchase_place"),
    case("D-07", "missing", "no column for the place", sent(
        bags=[], purchase=[bought(place=None)], supplied=supplied("purchase", "purchase_place")),
        missing="not_supplied:purchase_place"),
    case("D-07", "missing", "place unknown", sent(bags=[], purchase=[bought(place="Nulle Part")]),
         missing="place_unresolved:purchase_place"),
    case("D-07", "boundary", "place unknown, but it travelled", sent(item(), purchase=[bought(place="Nulle Part")])),
    case("D-07", "missing", "slip not held", sent(bags=[], purchase=[]), missing="not_held:purchase"),
    case("D-07", "missing", "slip in quarantine", sent(
        bags=[], purchase=[], known_keys=[("purchase", "slip_number", "B1")]), missing="in_quarantine:purchase"),
    case("D-07", "missing", "certificate not held", sent(bags=[], shipment=[]), missing="not_held:shipment"),
    case("D-07", "missing", "an item in quarantine", sent(
        bags=[], known_keys=[("transfer_item", "slip_number", "B1")]), missing="in_quarantine:transfer_item"),
    case("D-07", "missing", "an item that nobody could read", sent(
        bags=[], unreadable={"transfer_item": 1}), missing="in_quarantine:transfer_item"),
    case("D-07", "missing", "an item of which the sheet could be read, and not the slip", sent(
        bags=[], known_keys=[("transfer_item", "sheet_number", "T9")]), missing="in_quarantine:transfer_item"),
    case("D-07", "boundary", "an item of another slip in quarantine", sent(
        bags=[], known_keys=[("transfer_item", "slip_number", "B9")]), "B1 no_sheet W"),
    case("D-07", "missing", "its sheet is not held", sent(item("T9"), bags=[]), missing="not_held:transfer"),
    case("D-07", "missing", "its sheet is in quarantine", sent(
        item("T9"), bags=[], known_keys=[("transfer", "sheet_number", "T9")]), missing="in_quarantine:transfer"),
    case("D-07", "missing", "the sheet names no destination", sent(item(), bags=[bag(to_place=None)]),
         missing="blank:to_place"),
    case("D-07", "missing", "the destination is unknown", sent(item(), bags=[bag(to_place="Nulle Part")]),
         missing="place_unresolved:to_place"),
    case("D-07", "missing", "no column for the destination", sent(
        item(), bags=[bag(to_place=None)], supplied=supplied("transfer", "to_place")), missing="not_supplied:to_place"),
    case("D-07", "missing", "on two sheets, one not held, one without a destination: the first reason by name", sent(
        item("T9"), item(), bags=[bag(to_place=None)]), missing="blank:to_place"),
    case("D-07", "missing", "the sheet of the source is not held", resold(item("T9"), place="Carnot", bags=[]),
         missing="not_held:transfer"),
    case("D-07", "missing", "resold nobody knows where", resold(place=None, bags=[]), missing="blank:purchase_place"),
    case("D-07", "boundary", "names itself as source, place unknown, resold on the way: duty of the resale", resold(
        place="Carnot", bags=[], purchase=[bought(place=None), bought("R1", "Carnot")],
        purchase_source=[resale("R1", "B1"), resale("B1", "B1")]), "R1 no_sheet W"),
    case("D-07", "missing", "the resale is not held", resold(bags=[], purchase=[bought()]),
         missing="not_held:purchase"),
    case("D-07", "missing", "a resale of it in quarantine", sent(
        bags=[], known_keys=[("purchase_source", "source_slip_number", "B1")]),
        missing="in_quarantine:purchase_source"),
    case("D-07", "missing", "a source of it in quarantine", sent(
        bags=[], known_keys=[("purchase_source", "slip_number", "B1")]), missing="in_quarantine:purchase_source"),
    case("D-07", "missing", "sold by nobody known, sources not supplied", sent(
        bags=[], purchase=[bought(seller_id="C1")], purchase_source=None), missing="not_supplied:purchase_source"),
    case("D-07", "boundary", "sold by a miner, sources not supplied", sent(bags=[], purchase_source=None),
         "B1 no_sheet W"),
    case("D-07", "missing", "the certificate's slips are not known", sent(item(), parcel_source=None),
         missing="not_supplied:parcel_source"),
    case("D-07", "missing", "a slip of it in quarantine", sent(
        item(), known_keys=[("parcel_source", "certificate_number", CF1)]), missing="in_quarantine:parcel_source"),
]  # fmt: skip

LATER = {"left": "2021-02-22", "arrived": "2021-02-23"}

SEALS = [
    case("D-07", "fires", "no seal", bags(bag(seal=None)), "T1 seal W"),
    case("D-07", "fires", "one seal on two bags", bags(bag(), bag("T2", left="2021-02-20")), "T2 seal_twice W"),
    case("D-07", "fires", "one bag within the time of another", bags(
        bag(left="2021-02-10", arrived="2021-02-28"), bag("T2")), "T2 seal_twice W"),
    case("D-07", "fires", "the second and the third", bags(
        bag(left="2021-02-10", arrived="2021-02-28"), bag("T2"), bag("T3", **LATER)),
        "T2 seal_twice W", "T3 seal_twice W"),
    case("D-07", "fires", "met on one day, elsewhere", bags(
        bag(to_place="Carnot"), bag("T2", left="2021-02-21", from_place="Nola")), "T2 seal_twice W"),
    case("D-07", "fires", "two left on one day, neither arrived", bags(
        bag(arrived=None), bag("T2", arrived=None)), "T2 seal_twice W"),
    case("D-07", "silent", "used again later", bags(bag(), bag("T2", **LATER))),
    case("D-07", "silent", "two seals", bags(bag(), bag("T2", seal="S2"))),
    case("D-07", "silent", "two legs", bags(
        bag(to_place="Mbaïki"), bag("T2", left="2021-02-21", from_place="mbaiki"))),
    case("D-07", "boundary", "two legs on one day", bags(
        bag("T2", left="2021-02-20", arrived="2021-02-20", to_place="Mbaïki"),
        bag("T1", left="2021-02-20", arrived="2021-02-20", from_place="Mbaïki"))),
    case("D-07", "boundary", "three legs, the second within a day", bags(
        bag("T1", left="2021-02-19", arrived="2021-02-20", to_place="Carnot"),
        bag("T2", left="2021-02-20", arrived="2021-02-20", from_place="Carnot", to_place="Mbaïki"),
        bag("T3", left="2021-02-20", arrived="2021-02-22", from_place="Mbaïki"))),
    case("D-07", "boundary", "legs that overlap by a day are two bags", bags(
        bag(to_place="Mbaïki", arrived="2021-02-22"), bag("T2", left="2021-02-21", from_place="Mbaïki")),
        "T2 seal_twice W"),
    case("D-07", "boundary", "the same sheet in two records", bags(bag(), bag(carats="9.99"), transfer_item=None),
         missing="not_supplied:transfer_item"),
    case("D-07", "boundary", "goes on from where the other went", bags(
        bag(arrived=None, to_place="Mbaïki"), bag("T2", from_place="Mbaïki", **LATER))),
    case("D-07", "missing", "the other may still be under way", bags(bag(arrived=None), bag("T2", **LATER)),
         missing="blank:arrived_on"),
    case("D-07", "missing", "arrivals not supplied", bags(
        bag(arrived=None), bag("T2", **{**LATER, "arrived": None}), supplied=supplied("transfer", "arrived_on")),
        missing="not_supplied:arrived_on"),
    case("D-07", "missing", "they met nobody knows where", bags(
        bag(to_place="Nulle Part"), bag("T2", left="2021-02-21", from_place="Mbaïki")),
        missing="place_unresolved:from_place"),
    case("D-07", "missing", "the other left for nobody knows where", bags(
        bag(arrived=None, to_place="Nulle Part"), bag("T2", **LATER)), missing="blank:arrived_on"),
    case("D-07", "boundary", "met on one day, and goes later to where the other came from", bags(
        bag(), bag("T2", left="2021-02-21", arrived="2021-02-22", from_place="Nola", to_place="Boda")),
        "T2 seal_twice W"),
    case("D-07", "boundary", "it goes on from one bag, whatever became of the other", bags(
        bag(to_place="Nulle Part"), bag("T2", to_place="Mbaïki"),
        bag("T3", left="2021-02-21", from_place="Mbaïki")), "T2 seal_twice W"),
    case("D-07", "missing", "one of them undated", bags(bag(), bag("T2", left=None, arrived=None)),
         missing="blank:departed_on undated"),
    case("D-07", "missing", "no column for seals", bags(bag(seal=None), supplied=supplied("transfer", "bag_seal")),
         missing="not_supplied:bag_seal"),
    case("D-07", "boundary", "left on the first day of the duty", bags(
        bag(seal=None, left="2014-01-01", arrived="2014-01-02")), "T1 seal W"),
    case("D-07", "boundary", "left the day before", bags(bag(seal=None, left="2013-12-31", arrived="2014-01-02"))),
    case("D-07", "missing", "a bag without a day", bags(bag(left=None)), missing="undated"),
]  # fmt: skip


def weighed(weight, *weights, **more):
    return bags(bag(carats=weight), transfer_item=[item(slip=f"B{n}", carats=w) for n, w in enumerate(weights)], **more)


WEIGHTS = [
    case("D-07", "fires", "lighter than its slips", weighed("10.00", "6.00", "6.00"), "T1 weight W"),
    case("D-07", "fires", "heavier", weighed("10.00", "6.00"), "T1 weight W"),
    case("D-07", "fires", "nothing listed", weighed("10.00"), "T1 weight W"),
    case("D-07", "silent", "as listed", weighed("0.30", "0.10", "0.20")),
    case("D-07", "boundary", "0.01 ct more", weighed("10.00", "10.01")),
    case("D-07", "boundary", "0.02 ct more", weighed("10.00", "10.02"), "T1 weight W"),
    case("D-07", "boundary", "0.01 ct less", weighed("10.00", "9.99")),
    case("D-07", "boundary", "0.02 ct less", weighed("10.00", "9.98"), "T1 weight W"),
    case("D-07", "boundary", "one slip in two lines", bags(
        bag(), transfer_item=[item(carats="4.00"), item(carats="6.00")])),
    case("D-07", "boundary", "items in another return", bags(
        bag(), transfer_item=[item(**APRIL)], supplied={("transfer_item", "SPPK@2021-03"): None})),
    case("D-07", "missing", "no items supplied", bags(bag(), transfer_item=None), missing="not_supplied:transfer_item"),
    case("D-07", "missing", "an item in quarantine", weighed(
        "10.00", "6.00", known_keys=[("transfer_item", "sheet_number", "T1")]), missing="in_quarantine:transfer_item"),
    case("D-07", "missing", "an item of its return that nobody could read", weighed(
        "10.00", "6.00", unreadable={"transfer_item": 1}), missing="in_quarantine:transfer_item"),
    case("D-07", "boundary", "an item of another return that nobody could read", weighed(
        "10.00", "6.00", unreadable={("transfer_item", "SPPK@2021-02"): 1}), "T1 weight W"),
    case("D-07", "missing", "an item of which the slip could be read, and not the sheet", weighed(
        "10.00", "6.00", known_keys=[("transfer_item", "slip_number", "B9")]), missing="in_quarantine:transfer_item"),
    case("D-07", "boundary", "an item of another sheet in quarantine", weighed(
        "10.00", "6.00", known_keys=[("transfer_item", {"sheet_number": "T9", "slip_number": "B9"})]), "T1 weight W"),
    case("D-07", "missing", "the bag was not weighed", weighed(None, "10.00"), missing="blank:carats"),
    case("D-07", "missing", "an item was not weighed", weighed("10.00", "6.00", None), missing="blank:carats"),
    case("D-07", "missing", "no weights of items", weighed("10.00", None, supplied=supplied("transfer_item", "carats")),
         missing="not_supplied:carats"),
]  # fmt: skip

CASES = NO_SHEET + SEALS + WEIGHTS


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_two_bags_under_one_seal_are_both_named() -> None:
    e = bags(bag(left="2021-02-10", arrived="2021-02-28"), bag("T2"))
    (finding,) = outcome_of("D-07", e).findings
    assert (finding.evidence["seal"], finding.evidence["other_sheet"]) == ("S1", "T1")
    assert set(finding.refs) == set(e["transfer"]["ref"])


def test_a_bag_that_differs_stands_on_all_its_items() -> None:
    e = weighed("10.00", "6.00", "6.00")
    (finding,) = outcome_of("D-07", e).findings
    assert finding.evidence["difference_carats"] == "2.00"
    assert set(finding.refs) == {*e["transfer"]["ref"], *e["transfer_item"]["ref"]}


def test_a_slip_without_a_sheet_names_its_certificates() -> None:
    e = sent(bags=[], shipment=[certificate(issue_date="2021-03-20"), certificate(CF2)],
             parcel_source=[use(), use(of=CF2)])  # fmt: skip
    (finding,) = outcome_of("D-07", e).findings
    assert finding.evidence["certificates"] == [CF1, CF2]
    assert str(finding.day) == "2021-03-10"


def test_a_seal_that_everybody_writes_costs_no_more_than_the_bags() -> None:
    e = bags(*(bag(f"T{n:05}", seal="SCELLE") for n in range(3000)))
    assert len(outcome_of("D-07", e).findings) == 2999
