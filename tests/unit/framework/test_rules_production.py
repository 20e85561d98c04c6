"""D-06: what miners and cooperatives sell was dug."""

import pytest

from carmonitor.records import KINDS
from tests.evidence_builder import evidence
from tests.unit.framework.papers import resale
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

TEAM = {"return_id": "team@-"}
ACTORS = [
    {"actor_id": "M1", "kind": "miner", **TEAM},
    {"actor_id": "M2", "kind": "miner", **TEAM},
    {"actor_id": "K1", "kind": "cooperative", **TEAM},
    {"actor_id": "C1", "kind": "collector", **TEAM},
    {"actor_id": "H1", "kind": "buying_house", **TEAM},
    {"actor_id": "X1", "kind": None, **TEAM},
]


def month(name):
    return {"return_id": f"SPPK@2021-{name}"}


def sale(number="B1", carats="10.00", day="2021-03-10", seller="M1", line=None, **more):
    """A slip; ``line``: ``REGISTER/LINE``."""
    register, _, number_of_line = (line or "/").partition("/")
    return {
        "slip_number": number, "carats": carats, "purchase_date": day, "seller_id": seller,
        "register_number": register or None, "line_number": number_of_line or None, **more,
    }  # fmt: skip


def find(line="R1/1", carats="10.00", day="2021-03-05", miner="M1", **more):
    register, _, number = line.partition("/")
    return {"register_number": register, "line_number": number, "carats": carats, "produced_on": day, "miner_id": miner,
            **more}  # fmt: skip


def stock(carats="10.00", day="2021-01-31", actor="M1"):
    return {"actor_id": actor, "as_of": day, "carats": carats, **TEAM}


def dug(*finds, sold=(), **more):
    """Production and sales; ``None`` for a kind: it was never supplied."""
    usual = {"actor": ACTORS, "purchase": list(sold), "production": list(finds), "purchase_source": []}
    return evidence(**{name: value for name, value in {**usual, **more}.items() if value is not None})


MARCH = {("production", "SPPK@2021-03"): tuple(KINDS["production"].model_fields)}
"""A sheet without lines in the return of March."""


def named(*sold, **more):
    """Slips that name line R1/1, of 10 ct, found by M1 on 5 March."""
    return dug(find(), sold=[{**s, "register_number": "R1", "line_number": "1"} for s in sold], **more)


def without(kind, *columns):
    return {kind: [name for name in KINDS[kind].model_fields if name not in columns]}


TRADED = {"purchase": [sale("B0", buyer_id="K1", seller="M1"), sale("B1", "20.00", seller="K1")]}
"""A cooperative buys, and sells."""
NO_LINKS = {"purchase_source": None}
RESOLD = [
    case(
        "D-06",
        "missing",
        "a cooperative that also buys, resales not told",
        dug(find(), **TRADED, **NO_LINKS),
        missing="not_supplied:purchase_source",
    ),
    case("D-06", "fires", "a cooperative that also buys, no resale", dug(find(), **TRADED), "B1 oversold W"),
    case(
        "D-06",
        "fires",
        "a cooperative that never bought, resales not told",
        dug(find(), sold=[sale("B1", "20.00", seller="K1")], **NO_LINKS),
        "B1 oversold W",
    ),
    case(
        "D-06",
        "fires",
        "a cooperative that also buys names a register",
        dug(find(), purchase=[TRADED["purchase"][0], sale("B1", "20.00", seller="K1", line="R1/2")], **NO_LINKS),
        "B1 no_line W",
    ),
    case(
        "D-06",
        "missing",
        "an exported slip is not held",
        dug(
            find(),
            shipment=[{"certificate_number": "CF000001", "issue_date": "2021-03-10"}],
            parcel_source=[
                {"certificate_number": "CF000001", "parcel_number": "1", "slip_number": "B9", "carats": "1.00"}
            ],
        ),
        missing="not_held:purchase",
    ),
]

ON_LINE = [
    case("D-06", "fires", "no such line", dug(find("R1/2"), sold=[sale(line="R1/1")]), "B1 no_line W"),
    case("D-06", "fires", "that line of another register", dug(find("R2/1"), sold=[sale(line="R1/1")]), "B1 no_line W"),
    case("D-06", "fires", "another miner's line", named(sale(seller="M2")), "B1 other_miner W"),
    case("D-06", "fires", "a cooperative names a miner's line", named(sale(seller="K1")), "B1 other_miner W"),
    case("D-06", "fires", "sold before it was found", named(sale(day="2021-03-01")), "B1 found_later W"),
    case("D-06", "fires", "heavier than the line", named(sale(carats="11.00")), "B1 line_exceeded W"),
    case("D-06", "fires", "the line sold twice", named(sale(), sale("B2", day="2021-03-11")), "B2 line_exceeded W"),
    case("D-06", "fires", "and a third time", named(
        sale("B3", "1.00", day="2021-03-12"), sale(), sale("B2", "1.00", day="2021-03-11")),
        "B2 line_exceeded W", "B3 line_exceeded W"),
    case("D-06", "fires", "the line sold by two miners", named(sale(), sale("B2", day="2021-03-11", seller="M2")),
         "B2 line_exceeded W", "B2 other_miner W"),
    case("D-06", "fires", "on one day the higher number is over", named(sale("B2"), sale("B1")), "B2 line_exceeded W"),
    case("D-06", "fires", "a slip without a date comes last", named(sale("B1", day=None), sale("B2")),
         "B1 line_exceeded W"),
    case("D-06", "fires", "everything at once", named(sale(carats="11.00", day="2021-03-04", seller="M2")),
         "B1 other_miner W", "B1 found_later W", "B1 line_exceeded W"),
    case("D-06", "silent", "a line and its slip", named(sale())),
    case("D-06", "silent", "two slips share a line", named(sale(carats="4.00"), sale("B2", "6.00"))),
    case("D-06", "silent", "the same papers in two returns", dug(
        find(), find(**month("04")), sold=[sale(line="R1/1"), sale(line="R1/1", **month("04"))])),
    case("D-06", "silent", "a line of an earlier return", dug(
        find(**month("02"), day="2021-02-20"), sold=[sale(line="R1/1")],
        supplied={("production", "SPPK@2021-03"): None})),
    case("D-06", "boundary", "not sold by a miner", dug(
        sold=[sale(seller="C1", line="R1/1"), sale("B2", seller="H1")])),
    case("D-06", "boundary", "a resale", dug(
        sold=[sale("R1", seller="K1")], purchase_source=[resale("R1", "B1")])),
    case("D-06", "silent", "of several rows of the line the seller's own counts, though another is heavier", dug(
        find(miner="M2", carats="90.00"), find(), find(miner=None), sold=[sale(line="R1/1")])),
    case("D-06", "fires", "of several rows of others the heaviest is told", dug(
        find(miner="M2", carats="9.00"), find(miner="K1", carats="9.50"), sold=[sale(line="R1/1")]),
        "B1 other_miner W", "B1 line_exceeded W"),
    case("D-06", "boundary", "the day it was found", named(sale(day="2021-03-05"))),
    case("D-06", "boundary", "the day before", named(sale(day="2021-03-04")), "B1 found_later W"),
    case("D-06", "boundary", "0.01 ct over the line", named(sale(carats="10.01")), "B1 line_exceeded W"),
    case("D-06", "boundary", "0.1 and 0.2 are 0.3", dug(
        find(carats="0.30"), sold=[sale(carats="0.10", line="R1/1"), sale("B2", "0.20", line="R1/1")])),
    case("D-06", "boundary", "a line that stands twice is as heavy as the heavier", dug(
        find(carats="12.00"), find(), sold=[sale(carats="12.00", line="R1/1")])),
    case("D-06", "boundary", "a line told with two days is as old as the earlier", dug(
        find(day="2021-03-12"), find(), sold=[sale(line="R1/1")])),
    case("D-06", "boundary", "a line told by two others is as heavy as the heavier", dug(
        find(miner="M2"), find(carats="12.00", miner="K1"), sold=[sale(carats="11.00", line="R1/1")]),
        "B1 other_miner W"),
    case("D-06", "boundary", "of rows of a line that weigh the same, the first is shown", dug(
        find(stones=3), find(stones=4), find("R2/1", miner="K1"), find("R2/1", miner="M2"),
        sold=[sale(carats="11.00", line="R1/1"), sale("B2", "1.00", line="R2/1")]),
        "B1 line_exceeded W", "B2 other_miner W"),
    case("D-06", "boundary", "a slip without weight on another's line leaves its seller's finds as they are", dug(
        find(), find("R2/1", miner="M2"),
        sold=[sale(carats=None, seller="M2", line="R1/1"), sale("B2", "1.00", seller="M2")]), "B1 other_miner W"),
    case("D-06", "boundary", "a line told by two miners is the seller's", dug(
        find(carats="12.00", miner="M2"), find(), sold=[sale(line="R1/1")])),
    case("D-06", "boundary", "two records of a slip count once, the heavier", named(
        sale(carats="6.00"), sale(carats="10.00"))),
    case("D-06", "boundary", "two records of a slip say one weight and day, the second names no line", dug(
        find(), sold=[sale(carats="12.00", line="R1/1"), sale(carats="12.00")]), "B1 line_exceeded W"),
    case("D-06", "boundary", "a register without its line names none", dug(
        find(), sold=[sale(line="R9/")])),
    case("D-06", "boundary", "one slip of the line without weight, over all the same", named(
        sale("B1", None), sale("B2", "11.00")), "B2 line_exceeded W", missing="blank:carats"),
    case("D-06", "missing", "production not supplied", dug(sold=[sale(line="R1/1")], production=None),
         missing="not_supplied:production"),
    case("D-06", "missing", "an older slip, in a later return without production", dug(
        find("R2/1"), sold=[sale(line="R1/1", **month("04"))]), missing="not_supplied:production"),
    case("D-06", "missing", "a line of that register in quarantine", dug(
        sold=[sale(line="R1/1")], known_keys=[("production", "register_number", "R1")]),
        missing="in_quarantine:production"),
    case("D-06", "missing", "a line that nobody could read in quarantine, of another month", dug(
        sold=[sale(line="R1/1")], unreadable={("production", "SPPK@2021-02"): 1}), missing="in_quarantine:production"),
    case("D-06", "missing", "the production of a month before was not supplied", dug(
        find("R2/1", day="2021-01-20", **month("01")), supplied=MARCH,
        sold=[sale("B0", "1.00", "2021-02-10", line="R2/1", **month("02")), sale(line="R1/1")]),
        missing="not_supplied:production"),
    case("D-06", "missing", "the return of a month before is not held", dug(
        find("R2/1", **month("01")), sold=[sale(line="R1/1")], supplied=MARCH), missing="return_not_held:2021-02"),
    case("D-06", "boundary", "a month after does not matter", dug(
        find("R2/1", **month("05")), sold=[sale(line="R1/1")], supplied=MARCH), "B1 no_line W"),
    case("D-06", "missing", "judged alone", dug(sold=[sale(line="R1/1")], history=False), missing="alone"),
    case("D-06", "missing", "no such line, no date", dug(sold=[sale(day=None, line="R1/1")]),
         missing="blank:purchase_date"),
    case("D-06", "missing", "the line names no miner", dug(find(miner=None), sold=[sale(line="R1/1")]),
         missing="blank:miner_id"),
    case("D-06", "missing", "the line has no date", dug(find(day=None), sold=[sale(line="R1/1")]),
         missing="blank:produced_on"),
    case("D-06", "missing", "nor the register a column for it", dug(
        find(day=None), sold=[sale(line="R1/1")], supplied=without("production", "produced_on")),
        missing="not_supplied:produced_on"),
    case("D-06", "missing", "the slip has no date", named(sale(day=None)), missing="blank:purchase_date"),
    case("D-06", "missing", "the line has no weight", dug(find(carats=None), sold=[sale(line="R1/1")]),
         missing="blank:carats"),
    case("D-06", "missing", "a slip of the line has no weight", named(sale("B1", None), sale("B2", "1.00")),
         missing="blank:carats"),
    case("D-06", "missing", "slips have no weights", named(sale(carats=None), supplied=without("purchase", "carats")),
         missing="not_supplied:carats"),
]  # fmt: skip

SELLERS = [
    case("D-06", "missing", "no seller", named(sale(seller=None)), missing="blank:seller_id"),
    case("D-06", "missing", "no column for sellers", named(
        sale(seller=None), supplied=without("purchase", "seller_id")), missing="not_supplied:seller_id"),
    case("D-06", "missing", "no actor register", named(sale(), actor=None), missing="never_loaded:actor"),
    case("D-06", "missing", "seller not in it", named(sale(seller="M9")), missing="unknown_actor:seller_id"),
    case("D-06", "missing", "its kind is blank", named(sale(seller="X1")), missing="blank:kind"),
    case("D-06", "fires", "two rows of one actor: one says miner, the other nothing", dug(
        find(), sold=[sale(carats="12.00")], actor=[*ACTORS, {"actor_id": "M1", "kind": None, **TEAM}]),
        "B1 oversold W"),
    case("D-06", "missing", "another row of the slip in quarantine", named(
        sale(), known_keys=[("purchase", "slip_number", "B1")]), missing="in_quarantine:purchase"),
    case("D-06", "missing", "perhaps a resale: its source is in quarantine", named(
        sale(), known_keys=[("purchase_source", "slip_number", "B1")]), missing="in_quarantine:purchase_source"),
    case("D-06", "boundary", "a collector's slip in quarantine", named(
        sale(seller="C1"), known_keys=[("purchase", "slip_number", "B1")])),
]  # fmt: skip

FREE = [
    case("D-06", "fires", "nothing found", dug(sold=[sale()]), "B1 oversold W"),
    case("D-06", "fires", "more sold than found", dug(find(), sold=[sale(carats="12.00")]), "B1 oversold W"),
    case("D-06", "fires", "a cooperative", dug(sold=[sale(seller="K1")]), "B1 oversold W"),
    case("D-06", "fires", "found by another", dug(find(miner="M2"), sold=[sale()]), "B1 oversold W"),
    case("D-06", "fires", "found too late", dug(find(day="2021-03-11"), sold=[sale()]), "B1 oversold W"),
    case("D-06", "fires", "the first slip over, not those after it", dug(find(), sold=[
        sale("B3", "3.00", "2021-03-12"), sale("B1", "9.00"), sale("B2", "3.00", "2021-03-11")]), "B2 oversold W"),
    case("D-06", "fires", "over again after new finds", dug(find(), find("R1/2", day="2021-03-20"), sold=[
        sale("B1", "12.00"), sale("B2", "5.00", "2021-03-21"), sale("B3", "5.00", "2021-03-22")]),
        "B1 oversold W", "B3 oversold W"),
    case("D-06", "fires", "each seller is judged alone", dug(find(), find("R2/1", miner="M2"), sold=[
        sale("B1"), sale("B2", "11.00", "2021-03-09", seller="M2")]), "B2 oversold W"),
    case("D-06", "fires", "a line sold by name leaves nothing for others", dug(find(), sold=[
        sale(line="R1/1"), sale("B2")]), "B2 oversold W"),
    case("D-06", "fires", "nor for slips before it", dug(find(), sold=[
        sale(day="2021-03-20", line="R1/1"), sale("B2")]), "B2 oversold W"),
    case("D-06", "fires", "the part a named line leaves is not enough", dug(find(), sold=[
        sale(carats="4.00", line="R1/1"), sale("B2", "6.02")]), "B2 oversold W"),
    case("D-06", "silent", "found, then sold", dug(find(), sold=[sale()])),
    case("D-06", "silent", "found earlier, in another return", dug(
        find(day="2021-01-05", **month("01")), sold=[sale()], supplied=MARCH)),
    case("D-06", "silent", "the same papers in two returns", dug(
        find(), find(**month("04")), sold=[sale(), sale(**month("04"))])),
    case("D-06", "silent", "audited stock", dug(sold=[sale()], stock_declaration=[stock()])),
    case("D-06", "boundary", "found and sold on one day", dug(find(day="2021-03-10"), sold=[sale()])),
    case("D-06", "boundary", "0.01 ct over", dug(find(), sold=[sale(carats="10.01")])),
    case("D-06", "boundary", "0.02 ct over", dug(find(), sold=[sale(carats="10.02")]), "B1 oversold W"),
    case("D-06", "boundary", "0.01 ct over the rest of a named line", dug(find(), sold=[
        sale(carats="4.00", line="R1/1"), sale("B2", "6.01")])),
    case("D-06", "boundary", "a named line that was exceeded takes nothing else", dug(
        find(), find("R1/2", "5.00"), sold=[sale(carats="12.00", line="R1/1"), sale("B2", "5.00")]),
        "B1 line_exceeded W"),
    case("D-06", "boundary", "a line that another names by mistake stays its miner's", dug(
        find(), sold=[sale(seller="M2", line="R1/1"), sale("B2")]), "B1 other_miner W"),
    case("D-06", "boundary", "stock of the day", dug(sold=[sale()], stock_declaration=[stock(day="2021-03-10")])),
    case("D-06", "boundary", "stock of the day after", dug(sold=[sale()], stock_declaration=[stock(day="2021-03-11")]),
         "B1 oversold W"),
    case("D-06", "boundary", "another's stock", dug(sold=[sale()], stock_declaration=[stock(actor="M2")]),
         "B1 oversold W"),
    case("D-06", "boundary", "two records of a slip count once, the heavier", dug(
        find(), sold=[sale(carats="6.00"), sale(carats="10.00")])),
    case("D-06", "boundary", "the heavier is over", dug(find(), sold=[sale(carats="11.00"), sale(carats="10.00")]),
         "B1 oversold W"),
    case("D-06", "missing", "production not supplied", dug(sold=[sale()], production=None),
         missing="not_supplied:production"),
    case("D-06", "missing", "nor where it is covered all the same", dug(
        find(**month("02")), sold=[sale()], supplied={("production", "SPPK@2021-03"): None}),
        missing="not_supplied:production"),
    case("D-06", "missing", "judged alone", dug(find(), sold=[sale()], history=False), missing="alone"),
    case("D-06", "missing", "no date", dug(find(), sold=[sale(day=None)]), missing="blank:purchase_date"),
    case("D-06", "missing", "no weight", dug(find(), sold=[sale(carats=None)]), missing="blank:carats"),
    case("D-06", "missing", "no date, and a line that nobody could read", dug(
        find(), sold=[sale(day=None)], unreadable={"production": 1}), missing="blank:purchase_date"),
    case("D-06", "missing", "a slip without date may have come before", dug(
        find(), sold=[sale("B1", "1.00"), sale("B2", day=None)]), missing="blank:purchase_date"),
    case("D-06", "missing", "a slip without weight came before", dug(
        find(), sold=[sale("B1", None), sale("B2", "1.00", "2021-03-11")]), missing="blank:carats"),
    case("D-06", "missing", "a slip without weight between two others", dug(find(), sold=[
        sale("B1", "1.00", "2021-03-09"), sale("B2", None), sale("B3", "1.00", "2021-03-11")]), missing="blank:carats"),
    case("D-06", "boundary", "a slip without weight came after", dug(
        find(), sold=[sale("B1", None, "2021-03-12"), sale("B2", "1.00", "2021-03-11"),
                      sale("B3", "9.02", "2021-03-11")]), "B3 oversold W", missing="blank:carats"),
    case("D-06", "boundary", "over whatever the slip without weight weighs", dug(
        find(), sold=[sale("B1", None), sale("B2", "11.00", "2021-03-11")]), "B2 oversold W", missing="blank:carats"),
    case("D-06", "missing", "a slip on the line without weight may leave nothing", dug(
        find(), sold=[sale(carats=None, line="R1/1"), sale("B2", "1.00")]), missing="blank:carats"),
    case("D-06", "missing", "a later slip on the line without weight may leave nothing either", dug(
        find(), sold=[sale(carats=None, day="2021-03-20", line="R1/1"), sale("B2", "1.00")]), missing="blank:carats"),
    case("D-06", "missing", "a find without weight", dug(find(carats=None), sold=[sale()]), missing="blank:carats"),
    case("D-06", "missing", "too little found, and then a find without weight", dug(
        find(carats="1.00", day="2021-03-01"), find("R1/2", None), sold=[sale()]), missing="blank:carats"),
    case("D-06", "missing", "a find without date", dug(find(day=None), sold=[sale()]), missing="blank:produced_on"),
    case("D-06", "missing", "a find without weight, made on the day", dug(
        find(carats=None, day="2021-03-10"), sold=[sale()]), missing="blank:carats"),
    case("D-06", "boundary", "a find without weight, made later", dug(
        find(carats=None, day="2021-03-11"), sold=[sale()]), "B1 oversold W"),
    case("D-06", "boundary", "a find without weight beside enough", dug(
        find(carats=None), find("R1/2"), sold=[sale()])),
    case("D-06", "missing", "a stock of unknown weight", dug(sold=[sale()], stock_declaration=[stock(None)]),
         missing="blank:carats"),
    case("D-06", "missing", "a line of the seller's register in quarantine", dug(
        find(carats="1.00"), sold=[sale()], known_keys=[("production", "register_number", "R1")]),
        missing="in_quarantine:production"),
    case("D-06", "missing", "a line of nobody's register in quarantine", dug(
        find(carats="1.00"), sold=[sale()], known_keys=[("production", "register_number", "R7")]),
        missing="in_quarantine:production"),
    case("D-06", "boundary", "a line of another's register in quarantine", dug(
        find("R2/1", miner="M2"), sold=[sale()], known_keys=[("production", "register_number", "R2")]),
        "B1 oversold W"),
    case("D-06", "missing", "too little found, and a line that nobody could read", dug(
        find(carats="1.00"), sold=[sale()], unreadable={"production": 1}), missing="in_quarantine:production"),
    case("D-06", "silent", "enough found, and a line that nobody could read", dug(
        find(), sold=[sale()], unreadable={"production": 1})),
    case("D-06", "boundary", "a line in quarantine beside enough", dug(
        find(), sold=[sale()], known_keys=[("production", "register_number", "R1")])),
    case("D-06", "missing", "the return of a month before is not held", dug(
        find("R2/1", miner="M2", **month("01")), sold=[sale()], supplied=MARCH), missing="return_not_held:2021-02"),
    case("D-06", "boundary", "nor before monitoring began", dug(
        find("R2/1", miner="M2", **month("01")), sold=[sale(day="2021-09-10", **month("09"))],
        production=[find("R2/1", miner="M2", **month(m)) for m in ("01", "03", "04", "05", "06", "07", "08", "09")],
        monitoring_from="2021-03-01"), "B1 oversold W"),
]  # fmt: skip


def monitored(*sold, since="2021-01-01", production=(), **more):
    """Sales of a year in which every month's production was told; ``since``: when monitoring began."""
    told = [find("R9/1", miner="M2", **month(f"{m:02}")) for m in range(1, 13)]
    return dug(sold=sold, production=[*told, *production], monitoring_from=since, **more)


HISTORY = [
    case("D-06", "missing", "the first months", monitored(sale()), missing="history_short"),
    case("D-06", "missing", "whatever was found", monitored(sale(), production=[find()]), missing="history_short"),
    case("D-06", "missing", "a slip without weight in the first months, and one after it", monitored(
        sale("B1", None), sale("B2", "1.00", "2021-03-11"), production=[find()]), missing="blank:carats history_short"),
    case("D-06", "boundary", "the last day of the first six months", monitored(sale(day="2021-06-30")),
         missing="history_short"),
    case("D-06", "boundary", "the day after", monitored(sale(day="2021-07-01")), "B1 oversold W"),
    case("D-06", "boundary", "sold before monitoring began", monitored(sale(day="2020-12-31")),
         missing="history_short"),
    case("D-06", "boundary", "a stock declaration opens the seller", monitored(
        sale(carats="10.02"), stock_declaration=[stock(day="2021-03-10")]), "B1 oversold W"),
    case("D-06", "silent", "and covers it", monitored(sale(), stock_declaration=[stock()])),
    case("D-06", "boundary", "not before its day", monitored(sale(), stock_declaration=[stock(day="2021-03-11")]),
         missing="history_short"),
    case("D-06", "boundary", "nor another seller", monitored(sale(), stock_declaration=[stock(actor="M2")]),
         missing="history_short"),
    case("D-06", "boundary", "what was oversold in the first months came from before", monitored(
        sale(carats="5.00"), sale("B2", "10.00", "2021-08-10"), production=[find(day="2021-08-01")]),
        missing="history_short"),
    case("D-06", "boundary", "but no more than that", monitored(
        sale(carats="5.00"), sale("B2", "10.02", "2021-08-10"), production=[find(day="2021-08-01")]),
        "B2 oversold W", missing="history_short"),
    case("D-06", "boundary", "all that was sold in the first months was found: nothing came from before", monitored(
        sale(carats="4.00"), sale("B2", "10.02", "2021-08-10"),
        production=[find(carats="4.00"), find("R1/2", day="2021-08-01")]), "B2 oversold W", missing="history_short"),
    case("D-06", "boundary", "of what was sold in the first months, what was not found", monitored(
        sale(carats="5.00"), sale("B2", "10.02", "2021-08-10"),
        production=[find(carats="3.00"), find("R1/2", day="2021-08-01")]),
        "B2 oversold W", missing="history_short"),
    case("D-06", "boundary", "the most that was lacking in the first months, not the last", monitored(
        sale(carats="5.00"), sale("B2", "1.00", "2021-05-10"), sale("B3", "10.00", "2021-08-10"),
        production=[find(carats="4.00", day="2021-04-05"), find("R1/2", "7.00", day="2021-08-01")]),
        missing="history_short"),
    case("D-06", "boundary", "one seller's opening balance is not another's", monitored(
        sale(carats="5.00"), sale("B2", "10.02", "2021-08-10", seller="K1"),
        production=[find("R1/2", "10.00", "2021-08-01", "K1")]),
        "B2 oversold W", missing="history_short"),
    case("D-06", "boundary", "what was left over in the first months is still there", monitored(
        sale(carats="4.00"), sale("B2", "6.00", "2021-08-10"), production=[find()]), missing="history_short"),
    case("D-06", "boundary", "a line that contradicts the slip is told in the first months", monitored(
        sale(carats="11.00", line="R1/1"), sale("B2", "1.00", line="R2/1"),
        production=[find(), find("R2/1", miner="M2")]),
        "B1 line_exceeded W", "B2 other_miner W"),
    case("D-06", "missing", "a line that fits is not yet enough", monitored(
        sale(line="R1/1"), production=[find()]), missing="history_short"),
    case("D-06", "missing", "a line from before", monitored(sale(line="R0/1")), missing="history_short"),
    case("D-06", "boundary", "no such line, after the first months", monitored(sale(day="2021-07-01", line="R0/1")),
         "B1 no_line W"),
]  # fmt: skip

CASES = RESOLD + ON_LINE + SELLERS + FREE + HISTORY


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_an_oversold_slip_stands_on_the_sellers_papers_up_to_its_day() -> None:
    e = dug(
        find(carats="3.00"), find("R1/2", day="2021-03-12"), find("R2/1", miner="M2"),
        sold=[sale("B1", "4.00"), sale("B2", "1.00", "2021-03-11"), sale("B3", seller="M2")],
    )  # fmt: skip
    (finding,) = outcome_of("D-06", e).findings
    assert (finding.subject_id, finding.evidence["sold_carats"], finding.evidence["found_carats"]) == (
        "B1",
        "4.00",
        "3.00",
    )
    assert set(finding.refs) == {e["purchase"]["ref"].iloc[0], e["production"]["ref"].iloc[0]}


def test_an_exceeded_line_stands_on_all_its_slips() -> None:
    e = named(sale(carats="6.00"), sale("B2", "6.00"), sale("B3", "1.00", day="2021-03-09"))
    (finding,) = outcome_of("D-06", e).findings
    assert finding.subject_id == "B2"
    assert finding.evidence["over_carats"] == "3.00"
    assert set(finding.refs) == {*e["purchase"]["ref"], *e["production"]["ref"]}
