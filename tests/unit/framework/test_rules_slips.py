"""D-03, D-04, D-05 and D-10: slips are whole, cover what is shipped and no more than they weigh."""

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmonitor.records import KINDS
from tests.unit.framework.papers import CF1, CF2, certificate, chain, parcel, resale, slip, use
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

TWO = [certificate(), certificate(CF2)]


def covered(weight, *uses, **more):
    return chain(parcel=[parcel(carats=weight)], parcel_source=list(uses), **more)


APRIL = {"return_id": "SPPK@2021-04"}


def told_again(weight, used):
    """A parcel and its slip in the return of March, and word for word in that of April."""
    lines = {"parcel": parcel(carats=weight), "parcel_source": use(carats=used), "purchase": slip()}
    return chain(**{kind: [line, line | APRIL] for kind, line in lines.items()})


D03 = [
    case("D-03", "fires", "a tenth has no paper", covered("10.00", use(carats="9.00")), f"{CF1}/1 short E"),
    case("D-03", "fires", "no slip at all", covered("10.00"), f"{CF1}/1 short E"),
    case(
        "D-03",
        "fires",
        "a slip listed twice",
        covered("10.00", use(carats="4.00"), use(carats="6.00")),
        f"{CF1}/1 twice E",
    ),
    case("D-03", "silent", "the same line in two returns", told_again("10.00", "10.00")),
    case("D-03", "fires", "a line told again covers nothing more", told_again("10.00", "6.00"), f"{CF1}/1 short E"),
    case("D-03", "fires", "a source row in quarantine, of another certificate", covered(
        "10.00", use(carats="4.00"), known_keys=[("parcel_source", "certificate_number", CF2)]), f"{CF1}/1 short E"),
    case("D-03", "silent", "two slips", covered("10.00", use(carats="4.00"), use("B2", "6.00"))),
    case("D-03", "silent", "more slips than weight", covered("10.00", use(carats="12.00"))),
    case("D-03", "boundary", "exactly 0.5 % short", covered("10.00", use(carats="9.95"))),
    case("D-03", "boundary", "a hundredth more", covered("10.00", use(carats="9.94")), f"{CF1}/1 short E"),
    case("D-03", "boundary", "0.5 % of an odd weight", covered("0.99", use(carats="0.98")), f"{CF1}/1 short E"),
    case(
        "D-03",
        "boundary",
        "a slip in two parcels",
        chain(
            parcel=[parcel(carats="4.00"), parcel(carats="6.00", parcel_number="2")],
            parcel_source=[use(carats="4.00"), use(carats="6.00", parcel="2")],
        ),
    ),
    case(
        "D-03",
        "boundary",
        "void",
        covered("10.00", shipment=[certificate(status="void")]),
    ),
    case("D-03", "boundary", "last day", covered("10.00", shipment=[certificate(issue_date="2024-11-14")]),
         f"{CF1}/1 short E"),
    case("D-03", "boundary", "lifted", covered("10.00", shipment=[certificate(issue_date="2024-11-15")])),
    case("D-03", "missing", "no links", chain(parcel_source=None), missing="not_supplied:parcel_source"),
    case("D-03", "missing", "no weight", covered(None, use()), missing="blank:carats"),
    case("D-03", "missing", "no weight taken", covered("10.00", use(carats=None)), missing="blank:carats"),
    case("D-03", "missing", "no packing list", chain(parcel=None), missing="not_supplied:parcel"),
    case("D-03", "missing", "a line of the packing list in quarantine", covered(
        "10.00", use(), known_keys=[("parcel", "certificate_number", CF1)]), missing="in_quarantine:parcel"),
    case("D-03", "missing", "a source row in quarantine that names no certificate", covered(
        "10.00", use(carats="4.00"), unreadable={"parcel_source": 1}), missing="in_quarantine:parcel_source"),
    case("D-03", "missing", "no weight column", covered(
        None, use(), supplied={"parcel": ["certificate_number", "parcel_number"]}), missing="not_supplied:carats"),
    case("D-03", "missing", "no issue date", covered("10.00", use(), shipment=[certificate(issue_date=None)]),
         missing="undated"),
    case(
        "D-03",
        "missing",
        "a source row in quarantine",
        covered("10.00", use(carats="4.00"), known_keys=[("parcel_source", "certificate_number", CF1)]),
        missing="in_quarantine:parcel_source",
    ),
]  # fmt: skip


def used(*uses, resales=(), **more):
    slips = [slip(), *(slip(number) for number, *_ in resales)]
    links = [resale(number, "B1", weight) for number, weight in resales]
    usual = {"shipment": TWO, "purchase": slips, "purchase_source": links}
    return chain(parcel_source=list(uses), **{**usual, **more})


D10 = [
    case("D-10", "fires", "used up twice", used(use(), use(of=CF2)), "B1 E"),
    case("D-10", "fires", "used up twice, and under a certificate that is not held, which is not named", used(
        use(), use(of=CF2), use(of="CF000003")), "B1 E"),
    case("D-10", "fires", "exported and resold", used(use(), resales=[("R1", "5.00")]), "B1 E"),
    case("D-10", "silent", "used up", used(use(carats="4.00"), use(carats="6.00", of=CF2))),
    case("D-10", "silent", "the same line in two returns", told_again("10.00", "10.00")),
    case("D-10", "silent", "a resale in two returns", used(
        purchase=[slip()], purchase_source=[resale("R1", "B1", "10.00"), resale("R1", "B1", "10.00") | APRIL])),
    case("D-10", "silent", "not all used", used(use(carats="4.00"))),
    case(
        "D-10",
        "silent",
        "a void certificate releases its slips",
        used(use(), use(of=CF2), shipment=[certificate(status="void"), certificate(CF2, replaces_certificate=CF1)]),
    ),
    case(
        "D-10",
        "silent",
        "so does a replaced one",
        used(use(), use(of=CF2), shipment=[certificate(status="replaced"), certificate(CF2)]),
    ),
    case("D-10", "boundary", "0.01 ct over", used(use(), use(of=CF2, carats="0.01"))),
    case("D-10", "boundary", "0.02 ct over", used(use(), use(of=CF2, carats="0.02")), "B1 E"),
    case("D-10", "boundary", "0.01 ct over either of two records, and a use under a certificate that is not held", used(
        use(), use(of=CF2, carats="0.01"), use(of="CF000003"), purchase=[slip(), slip(bought="2021-03-12")]),
        missing="not_held:shipment"),
    case("D-10", "boundary", "the larger of two records", used(use(carats="12.00"), purchase=[
        slip(), slip(carats="12.00")])),
    case("D-10", "fires", "a use without a weight, but the others exceed the slip", used(
        use(), use(of=CF2), use(of=CF2, parcel="2", carats=None)), "B1 E"),
    case("D-10", "boundary", "a use without a weight, the others reach the limit", used(
        use(), use(of=CF2, carats="0.01"), use(of=CF2, parcel="2", carats=None)), missing="blank:carats"),
    case("D-10", "missing", "no weights in the sheet of uses", used(use(carats=None), supplied={
        "parcel_source": ["certificate_number", "parcel_number", "slip_number"]}), missing="not_supplied:carats"),
    case("D-10", "missing", "no weights in the sheet of resales", used(resales=[("R1", None)], supplied={
        "purchase_source": ["slip_number", "source_slip_number"]}), missing="not_supplied:carats"),
    case("D-10", "missing", "a resale without a weight", used(resales=[("R1", None)]), missing="blank:carats"),
    case("D-03", "missing", "no weights in the sheet of sources", covered("10.00", use(carats=None), supplied={
        "parcel_source": ["certificate_number", "parcel_number", "slip_number"]}), missing="not_supplied:carats"),
    case("D-04", "missing", "an exported slip is not held", chain(purchase=[]), missing="not_held:purchase"),
    case("D-04", "missing", "it is in quarantine", chain(purchase=[],
        known_keys=[("purchase", "slip_number", "B1")]), missing="in_quarantine:purchase"),
    case("D-05", "missing", "an exported slip is not held", chain(purchase=[]), missing="not_held:purchase"),
    case("D-10", "missing", "slip not held", used(use(), purchase=[]), missing="not_held:purchase"),
    case(
        "D-10",
        "missing",
        "slip in quarantine",
        used(use(), purchase=[], known_keys=[("purchase", "slip_number", "B1")]),
        missing="in_quarantine:purchase",
    ),
    case(
        "D-10",
        "missing",
        "a use in quarantine",
        used(use(), known_keys=[("parcel_source", "slip_number", "B1")]),
        missing="in_quarantine:parcel_source",
    ),
    case(
        "D-10",
        "missing",
        "a resale in quarantine",
        used(use(), known_keys=[("purchase_source", "source_slip_number", "B1")]),
        missing="in_quarantine:purchase_source",
    ),
    case("D-10", "missing", "no weight", used(use(), purchase=[slip(carats=None)]), missing="blank:carats"),
    case("D-10", "missing", "no weight taken", used(use(carats=None)), missing="blank:carats"),
    case(
        "D-10",
        "missing",
        "the second certificate is not held",
        used(use(), use(of=CF2), shipment=[certificate()]),
        missing="not_held:shipment",
    ),
]  # fmt: skip

FORM = {"seller_id": "ART-1", "seller_name": "Artisan Un", "seller_licence": "PAT-1", "price_xaf": "500000"}
COLUMNS = list(KINDS["purchase"].model_fields)


def slips(*records, **more):
    return chain(purchase=list(records), **{"actor": MINERS, **more})


def full(number="B1", **more):
    return slip(number, **{**FORM, **more})


def without(*columns):
    return {"purchase": [name for name in COLUMNS if name not in columns]}


MINERS = [{"actor_id": "ART-1", "kind": "miner", "return_id": "team@-"},
          {"actor_id": "COL-1", "kind": "collector", "return_id": "team@-"}]  # fmt: skip
OTHER_SELLER = {"seller_id": "COL-1", "seller_name": "Collecteur Un"}

D04 = [
    case("D-04", "fires", "all five blank", slips(slip(origin=None, carats=None)), "B1 E", ),
    case("D-04", "fires", "no licence", slips(full(seller_licence=None)), "B1 E"),
    case("D-04", "fires", "no weight", slips(full(carats=None)), "B1 E"),
    case("D-04", "fires", "no price", slips(full(price_xaf=None)), "B1 E"),
    case("D-04", "fires", "no origin", slips(full(origin_subprefecture=None)), "B1 E"),
    case("D-04", "fires", "no seller", slips(full(seller_id=None, seller_name=None)), "B1 E"),
    case("D-04", "fires", "no date, no licence", slips(full(purchase_date=None, seller_licence=None)), "B1 E"),
    case("D-04", "fires", "two records, each with its gap", slips(
        full(price_xaf=None), full(seller_licence=None, return_id="SPPK@2021-04"), full("B2")), "B1 E"),
    case("D-04", "silent", "whole", slips(full())),
    case("D-04", "silent", "an origin that nobody knows is stated (Z-07)", slips(
        full(origin_subprefecture="Nulle Part"))),
    case("D-04", "boundary", "a price of nothing is a price", slips(full(price_xaf="0"))),
    case("D-04", "boundary", "the seller's number is enough", slips(full(seller_name=None))),
    case("D-04", "boundary", "the seller's name is enough", slips(full(seller_id=None))),
    case("D-04", "boundary", "a resale leaves the origin to its sources", slips(
        full("R1", origin_subprefecture=None), full(), purchase_source=[resale("R1", "B1")])),
    case("D-04", "boundary", "its source does not", slips(
        full("R1"), full(origin_subprefecture=None), purchase_source=[resale("R1", "B1")]), "B1 E"),
    case("D-04", "boundary", "no origin, sources not supplied, sold by a miner", slips(
        full(origin_subprefecture=None), purchase_source=None), "B1 E"),
    case("D-04", "boundary", "no origin, sources not supplied, a register line named", slips(
        full(origin_subprefecture=None, register_number="CP-1", **OTHER_SELLER), purchase_source=None), "B1 E"),
    case("D-04", "missing", "no origin, sources not supplied, sold by a collector", slips(
        full(origin_subprefecture=None, **OTHER_SELLER), purchase_source=None), missing="not_supplied:purchase_source"),
    case("D-04", "missing", "no origin, a source row in quarantine", slips(
        full(origin_subprefecture=None, **OTHER_SELLER), known_keys=[("purchase_source", "slip_number", "B1")]),
        missing="in_quarantine:purchase_source"),
    case("D-04", "missing", "no licence column", slips(full(seller_licence=None), supplied=without("seller_licence")),
         missing="not_supplied:seller_licence"),
    case("D-04", "missing", "no licence column, no date; the origin is stated, sources not supplied", slips(
        full(purchase_date=None, seller_licence=None, **OTHER_SELLER), purchase_source=None,
        supplied=without("seller_licence")), missing="not_supplied:seller_licence"),
    case("D-04", "missing", "no weight column", slips(full(carats=None), supplied=without("carats")),
         missing="not_supplied:carats"),
    case("D-04", "missing", "no price column", slips(full(price_xaf=None), supplied=without("price_xaf")),
         missing="not_supplied:price_xaf"),
    case("D-04", "missing", "no origin column", slips(
        full(origin_subprefecture=None), supplied=without("origin_subprefecture")),
        missing="not_supplied:origin_subprefecture"),
    case("D-04", "missing", "no seller column", slips(
        full(seller_id=None, seller_name=None), supplied=without("seller_id", "seller_name")),
        missing="not_supplied:seller_id"),
    case("D-04", "missing", "no column for the seller's number", slips(
        full(seller_id=None, seller_name=None), supplied=without("seller_id")), missing="not_supplied:seller_id"),
    case("D-04", "missing", "no column for the seller's name", slips(
        full(seller_id=None, seller_name=None), supplied=without("seller_name")), missing="not_supplied:seller_name"),
    case("D-04", "boundary", "a column lacks, but another field is blank", slips(
        full(seller_licence=None, price_xaf=None), supplied=without("seller_licence")), "B1 E"),
    case("D-04", "boundary", "a column lacks, but the value is there", slips(full(), supplied=without("seller_name"))),
]  # fmt: skip

D05 = [
    case("D-05", "fires", "two sellers", slips(full(), full(seller_id="ART-2")), "B1 W"),
    case("D-05", "fires", "two sellers in two returns", slips(full(), full(seller_id="ART-2", **APRIL)), "B1 W"),
    case("D-05", "fires", "two sellers, no date: the month of the return", slips(
        full(purchase_date=None), full(purchase_date=None, seller_id="ART-2")), "B1 W"),
    case("D-05", "fires", "three, the earliest without a date", slips(
        full(seller_id="ART-3", purchase_date=None), full(purchase_date="2021-02-20"), full(seller_id="ART-2"),
        full("B2")), "B1 W"),
    case("D-05", "silent", "one seller on two slips", slips(full(), full("B2"))),
    case("D-05", "boundary", "two rows of one seller", slips(full(), full(carats="3.00"))),
    case("D-05", "boundary", "the same row in two returns", slips(full(), full(**APRIL))),
    case("D-05", "boundary", "two sellers and a blank", slips(full(), full(seller_id="ART-2"), full(seller_id=None)),
         "B1 W"),
    case("D-05", "boundary", "two sellers and a row in quarantine", slips(
        full(), full(seller_id="ART-2"), known_keys=[("purchase", "slip_number", "B1")]), "B1 W"),
    case("D-05", "missing", "no seller", slips(full(seller_id=None)), missing="blank:seller_id"),
    case("D-05", "missing", "one of two rows without seller", slips(full(), full(seller_id=None)),
         missing="blank:seller_id"),
    case("D-05", "missing", "no such column", slips(full(seller_id=None), supplied=without("seller_id")),
         missing="not_supplied:seller_id"),
    case("D-05", "missing", "another row in quarantine", slips(
        full(), full("B2"), known_keys=[("purchase", "slip_number", "B1")]), missing="in_quarantine:purchase"),
]  # fmt: skip

CASES = D03 + D04 + D05 + D10


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_an_overused_slip_names_all_its_papers_and_rows() -> None:
    e = used(use(), use(of=CF2), resales=[("R1", "1.00")])
    (finding,) = outcome_of("D-10", e).findings
    assert finding.evidence == {
        "slip_carats": "10.00",
        "used_carats": "21.00",
        "over_carats": "11.00",
        "certificates": [CF1, CF2],
        "resold_on": ["R1"],
    }
    assert set(finding.refs) == {*e["parcel_source"]["ref"], *e["purchase_source"]["ref"], e["purchase"]["ref"].iloc[0]}


WEIGHTS = st.integers(1, 400).map(lambda n: Decimal(n) / 100)
USE = st.tuples(st.sampled_from(["B1", "B2", "B3"]), st.sampled_from([CF1, CF2]), WEIGHTS)
USES = st.lists(USE, max_size=8, unique=True)  # lines that say the same word for word are one line
STATUSES = st.sampled_from(["issued", "void", "replaced"])


@settings(max_examples=60, deadline=None)
@given(weights=st.tuples(WEIGHTS, WEIGHTS, WEIGHTS), uses=USES, second=STATUSES)
def test_overuse_as_decimal_arithmetic_says(weights, uses, second) -> None:
    """D-10 beside a sum in decimals, slip by slip."""
    held = dict(zip(["B1", "B2", "B3"], weights, strict=True))
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for number, of, weight in uses:
        if of == CF1 or second == "issued":
            taken[number] += weight
    expected = {number for number, weight in held.items() if taken[number] - weight > Decimal("0.01")}
    e = chain(
        shipment=[certificate(), certificate(CF2, status=second)],
        parcel_source=[use(number, str(weight), of=of) for number, of, weight in uses],
        purchase=[slip(number, carats=str(weight)) for number, weight in held.items()],
    )
    assert {f.subject_id for f in outcome_of("D-10", e).findings} == expected


@settings(max_examples=60, deadline=None)
@given(total=WEIGHTS, uses=st.lists(WEIGHTS, max_size=6))
def test_shortage_as_decimal_arithmetic_says(total, uses) -> None:
    """D-03 beside the share of the parcel's weight in decimals."""
    e = covered(str(total), *(use(f"B{n}", str(weight)) for n, weight in enumerate(uses)))
    short = total - sum(uses, Decimal(0))
    assert bool(outcome_of("D-03", e).findings) == (short / total > Decimal("0.005"))


@settings(max_examples=40, deadline=None)
@given(total=st.integers(1, 10**7), short=st.integers(-10, 10))
def test_the_limit_itself_is_exact_for_every_weight(total, short) -> None:
    """D-03 within a tenth of a carat around half a percent, where a binary fraction would waver."""
    covered_by = max(1, total - total // 200 + short)
    e = covered(str(Decimal(total) / 100), use(carats=str(Decimal(covered_by) / 100)))
    shortage = Decimal(total - covered_by)
    assert bool(outcome_of("D-03", e).findings) == (shortage / Decimal(total) > Decimal("0.005"))
