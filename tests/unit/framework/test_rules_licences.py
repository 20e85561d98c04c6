"""L-01 licences, L-02 who may export, L-06 slips and booklets."""

import pandas as pd
import pytest

from carmonitor.framework.numbers import in_ranges, plain
from carmonitor.records import KINDS
from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, certificate, chain, slip, with_places
from tests.unit.framework.rule_cases import Case, case, verify

TEAM = {"return_id": "team@-"}


def but(kind, *columns):
    """The columns of a kind without these."""
    return [name for name in KINDS[kind].model_fields if name not in columns]


# --- L-01 ----------------------------------------------------------------------------------------------------------


def licence(number="LC-1", actor="COL-1", begins="2021-01-01", ends="2021-12-31", place=None, **more):
    row = {"licence_number": number, "actor_id": actor, "valid_from": begins, "valid_to": ends, "subprefecture": place}
    return {**row, **TEAM, **more}


PATENTE = licence("PA-1", "MIN-1")


def deal(number="B1", bought="2021-02-10", **more):
    usual = {"buyer_id": "COL-1", "buyer_licence": "LC-1", "seller_id": "MIN-1", "seller_licence": "PA-1"}
    return slip(number, "Boda", bought, **{**usual, **more})


def deals(*licences, slips=None, **more):
    """Slips (by default one good deal) against these licences beside the seller's."""
    return with_places(evidence(purchase=[deal()] if slips is None else slips, licence=[PATENTE, *licences], **more))


def exported(*licences, day="2021-03-10", exporter="BA-1", **more):
    return evidence(shipment=[certificate(issue_date=day, exporter_id=exporter)], licence=[*licences], **more)


HIDDEN = [("licence", "licence_number", "LC-9", "team@-")]
L01 = [
    case("L-01", "silent", "buyer and seller show their own licences, valid that day", deals(licence())),
    case("L-01", "silent", "numbers differ in case and separators", deals(licence("lc 1"))),
    case(
        "L-01",
        "fires",
        "the buyer's number is not in the register",
        deals(licence("LC-2")),
        "B1 buyer_unlisted E",
    ),
    case(
        "L-01",
        "fires",
        "neither number is in the register, the day is unknown",
        deals(slips=[deal(bought=None, seller_licence="PA-9")]),
        "B1 buyer_unlisted E",
        "B1 seller_unlisted E",
    ),
    case(
        "L-01",
        "fires",
        "the buyer shows the licence of another, valid or not",
        deals(licence(actor="COL-2", ends="2020-12-31")),
        "B1 buyer_other_holder E",
    ),
    case(
        "L-01",
        "fires",
        "the seller shows the buyer's licence, the day is unknown",
        deals(licence(), slips=[deal(seller_licence="LC-1"), deal("B2", None, seller_licence="LC-1")]),
        "B1 seller_other_holder E",
        "B2 seller_other_holder E",
        missing="",
    ),
    case(
        "L-01",
        "boundary",
        "twenty rows of the number, none of which is the buyer's",
        deals(*(licence(actor=f"COL-{n}") for n in range(2, 22))),
        "B1 buyer_other_holder E",
    ),
    case(
        "L-01",
        "boundary",
        "twenty-one rows of the number are too many",
        deals(*(licence(actor=f"COL-{n}") for n in range(2, 23))),
        missing="rows_differ:licence",
    ),
    case("L-01", "boundary", "first day of the licence", deals(licence(begins="2021-02-10"))),
    case("L-01", "boundary", "last day of the licence", deals(licence(ends="2021-02-10"))),
    case(
        "L-01",
        "boundary",
        "a day before the first",
        deals(licence(begins="2021-02-11")),
        "B1 buyer_not_that_day E",
    ),
    case(
        "L-01",
        "boundary",
        "a day after the last, of the seller",
        deals(licence(), licence("PA-2", "MIN-1", ends="2021-02-09"), slips=[deal(seller_licence="PA-2")]),
        "B1 seller_not_that_day E",
    ),
    case("L-01", "silent", "a blank end is open", deals(licence(begins=None, ends=None))),
    case(
        "L-01",
        "boundary",
        "of two spans of one number the later covers the day",
        deals(licence(ends="2021-02-09"), licence(begins="2021-02-10")),
    ),
    case(
        "L-01",
        "fires",
        "of two spans of one number none covers the day; the first is shown",
        deals(licence(ends="2021-02-09"), licence(begins="2021-02-11")),
        "B1 buyer_not_that_day E",
    ),
    case(
        "L-01",
        "fires",
        "the row that comes furthest is told: its own, expired, before another's",
        deals(licence(actor="COL-2"), licence(ends="2021-01-31")),
        "B1 buyer_not_that_day E",
    ),
    case("L-01", "silent", "limited to the sub-prefecture of origin", deals(licence(place="Boda"))),
    case(
        "L-01",
        "fires",
        "limited to another sub-prefecture than that of origin",
        deals(licence(place="Nola")),
        "B1 buyer_other_place E",
    ),
    case(
        "L-01",
        "fires",
        "the place of purchase decides before the origin",
        deals(licence(place="Boda"), slips=[deal(purchase_place="Nola")]),
        "B1 buyer_other_place E",
    ),
    case(
        "L-01",
        "silent",
        "bought where the licence is valid, dug elsewhere",
        deals(licence(place="Nola"), slips=[deal(purchase_place="Nola")]),
    ),
    case(
        "L-01",
        "fires",
        "the seller's patente is for elsewhere",
        deals(licence(), licence("PA-2", "MIN-1", place="Gadzi"), slips=[deal(seller_licence="PA-2")]),
        "B1 seller_other_place E",
    ),
    case(
        "L-01",
        "silent",
        "a national renewal stands beside a limited licence",
        deals(licence(place="Nola"), licence()),
    ),
    case(
        "L-01",
        "missing",
        "no licence was ever loaded",
        with_places(evidence(purchase=[deal()], shipment=[certificate(exporter_id="BA-1")])),
        missing="never_loaded:licence",
    ),
    case(
        "L-01",
        "missing",
        "the buyer's number is blank, the seller's column lacks",
        deals(
            licence(),
            slips=[deal(buyer_licence=None, seller_licence=None)],
            supplied={"purchase": but("purchase", "seller_licence")},
        ),
        missing="blank:buyer_licence not_supplied:seller_licence",
    ),
    case(
        "L-01",
        "missing",
        "the seller's number is blank, the buyer's column lacks",
        deals(
            licence(),
            slips=[deal(buyer_licence=None, seller_licence=None)],
            supplied={"purchase": but("purchase", "buyer_licence")},
        ),
        missing="blank:seller_licence not_supplied:buyer_licence",
    ),
    case(
        "L-01",
        "missing",
        "actors are not named",
        deals(licence(), slips=[deal(buyer_id=None), deal("B2", seller_id=None)]),
        missing="blank:buyer_id blank:seller_id",
    ),
    case(
        "L-01",
        "fires",
        "an unnamed buyer with an expired licence",
        deals(licence(ends="2021-01-31"), slips=[deal(buyer_id=None)]),
        "B1 buyer_not_that_day E",
    ),
    case(
        "L-01",
        "missing",
        "the day is unknown",
        deals(licence(), slips=[deal(bought=None)]),
        missing="blank:purchase_date",
    ),
    case(
        "L-01",
        "missing",
        "the register does not say who holds it",
        deals(licence(actor=None)),
        missing="blank:actor_id",
    ),
    case(
        "L-01",
        "missing",
        "a limited licence and no place",
        deals(licence(place="Boda"), slips=[{**deal(), "origin_subprefecture": None}]),
        missing="blank:origin_subprefecture",
    ),
    case(
        "L-01",
        "missing",
        "a limited licence and places nobody knows",
        deals(
            licence(place="Boda"),
            licence("LC-3", place="Nowhere"),
            slips=[
                deal(purchase_place="Somewhere"),
                {**deal("B2"), "origin_subprefecture": "Anywhere"},
                deal("B3", buyer_licence="LC-3"),
            ],
        ),
        missing="place_unresolved:purchase_place place_unresolved:origin_subprefecture place_unresolved:subprefecture",
    ),
    case(
        "L-01",
        "missing",
        "a deal in a sub-prefecture of 2021",
        deals(licence(place="Boda"), slips=[deal(purchase_place="Moboma")]),
        missing="needs_review",
    ),
    case(
        "L-01",
        "missing",
        "a licence for a sub-prefecture of 2021",
        deals(licence(place="Moboma")),
        missing="needs_review",
    ),
    case(
        "L-01",
        "silent",
        "licence and deal in the same sub-prefecture of 2021",
        deals(licence(place="Moboma"), slips=[deal(purchase_place="Moboma")]),
    ),
    case(
        "L-01",
        "silent",
        "a national licence needs no place",
        deals(licence(), slips=[{**deal(), "origin_subprefecture": None}]),
    ),
    case(
        "L-01",
        "missing",
        "a row of that number is in quarantine",
        deals(slips=[deal(buyer_licence="LC 9")], known_keys=HIDDEN),
        missing="in_quarantine:licence",
    ),
    case(
        "L-01",
        "missing",
        "an expired row stands beside one in quarantine",
        deals(licence("LC-9", ends="2021-01-31"), slips=[deal(buyer_licence="LC-9")], known_keys=HIDDEN),
        missing="in_quarantine:licence",
    ),
    case("L-01", "silent", "another number is in quarantine", deals(licence(), known_keys=HIDDEN)),
    case(
        "L-01",
        "silent",
        "of a number in quarantine a valid row stands",
        deals(licence("LC-9"), slips=[deal(buyer_licence="LC-9")], known_keys=HIDDEN),
    ),
    case(
        "L-01",
        "fires",
        "one slip number with two licences: both are told",
        deals(slips=[deal(buyer_licence="LC-8"), deal(buyer_licence="LC-9")]),
        "B1 buyer_unlisted E",
    ),
    case(
        "L-01",
        "silent",
        "the exporter holds several licences, one valid",
        exported(licence("X", "BA-1", ends="2021-03-09"), licence("Y", "BA-1", place="Boda")),
    ),
    case("L-01", "boundary", "export on the first day", exported(licence("X", "BA-1", begins="2021-03-10"))),
    case("L-01", "boundary", "export on the last day", exported(licence("X", "BA-1", ends="2021-03-10"))),
    case(
        "L-01",
        "boundary",
        "export a day after the last",
        exported(licence("X", "BA-1", ends="2021-03-09")),
        f"{CF1} exporter_not_that_day E",
    ),
    case(
        "L-01",
        "fires",
        "the exporter holds no licence at all, the day is unknown",
        exported(licence("X", "BA-2"), day=None),
        f"{CF1} exporter_unlisted E",
    ),
    case(
        "L-01",
        "missing",
        "the exporter, or the day of issue, is blank",
        evidence(
            shipment=[certificate(), certificate(CF2, None, exporter_id="BA-1")],
            licence=[licence("X", "BA-1"), licence("Y", None)],
        ),
        missing="blank:exporter_id blank:issue_date",
    ),
    case(
        "L-01",
        "missing",
        "a licence in quarantine may be the exporter's",
        exported(licence("X", "BA-1", ends="2021-03-09"), known_keys=HIDDEN),
        missing="in_quarantine:licence",
    ),
    case(
        "L-01",
        "silent",
        "void certificates",
        evidence(
            shipment=[certificate(exporter_id="BA-9", status="void"), certificate(CF2, exporter_id="BA-1")],
            licence=[licence("X", "BA-1")],
        ),
    ),
]

# --- L-02 ----------------------------------------------------------------------------------------------------------


def actor(name="BA-1", kind="buying_house", **more):
    return {"actor_id": name, "kind": kind, **TEAM, **more}


def export_by(*actors, exporter="BA-1", **more):
    return evidence(shipment=[certificate(exporter_id=exporter)], actor=[*actors], **more)


L02 = [
    case("L-02", "silent", "a buying house", export_by(actor())),
    case("L-02", "silent", "a mining company", export_by(actor(kind="mining_company"))),
    case(
        "L-02",
        "boundary",
        "a cooperative is only flagged",
        export_by(actor(kind="cooperative")),
        f"{CF1} cooperative W",
    ),
    case("L-02", "fires", "a collector", export_by(actor(kind="collector")), f"{CF1} other_kind E"),
    case("L-02", "fires", "a miner", export_by(actor(kind="miner")), f"{CF1} other_kind E"),
    case(
        "L-02",
        "silent",
        "of several rows of one actor the kind in its favour counts",
        export_by(actor(kind="collector"), actor(kind=None), actor(kind="mining_company")),
    ),
    case(
        "L-02",
        "boundary",
        "collector or cooperative: a cooperative",
        export_by(actor(kind="collector"), actor(kind="cooperative"), actor("BA-2", None)),
        f"{CF1} cooperative W",
    ),
    case(
        "L-02",
        "fires",
        "a row without a kind does not hide the collector",
        export_by(actor(kind=None), actor(kind="collector")),
        f"{CF1} other_kind E",
    ),
    case(
        "L-02",
        "missing",
        "no actor was ever loaded",
        evidence(shipment=[certificate(exporter_id="BA-1")]),
        missing="never_loaded:actor",
    ),
    case("L-02", "missing", "the exporter is blank", export_by(actor(), exporter=None), missing="blank:exporter_id"),
    case(
        "L-02",
        "missing",
        "the column lacks",
        export_by(actor(), exporter=None, supplied={"shipment": but("shipment", "exporter_id")}),
        missing="not_supplied:exporter_id",
    ),
    case("L-02", "missing", "not in the register", export_by(actor("BA-2")), missing="unknown_actor:exporter_id"),
    case("L-02", "missing", "the kind is blank", export_by(actor(kind=None)), missing="blank:kind"),
    case(
        "L-02",
        "missing",
        "the actor's row is in quarantine",
        export_by(actor("BA-2"), known_keys=[("actor", "actor_id", "BA-1", "team@-")]),
        missing="in_quarantine:actor",
    ),
    case(
        "L-02",
        "fires",
        "a void certificate beside one that was issued",
        evidence(
            shipment=[certificate(exporter_id="C-1", status="void"), certificate(CF2, exporter_id="C-1")],
            actor=[actor("C-1", "collector")],
        ),
        f"{CF2} other_kind E",
    ),
    case(
        "L-02",
        "fires",
        "a collector on two certificates, one without an issue date",
        evidence(
            shipment=[certificate(issue_date=None, exporter_id="C-1"), certificate(CF2, exporter_id="C-1")],
            actor=[actor("C-1", "collector")],
        ),
        f"{CF1} other_kind E",
        f"{CF2} other_kind E",
    ),
]

# --- L-06 ----------------------------------------------------------------------------------------------------------


def booklet(number="CB-1", first="B010050", last="B010099", holder="COL-1", issued="2020-11-16", **more):
    row = {"booklet_number": number, "first_slip": first, "last_slip": last, "holder_id": holder, "issued_on": issued}
    return {**row, **TEAM, **more}


def torn(number="B010060", bought="2021-02-10", buyer="COL-1", **more):
    return slip(number, "Boda", bought, **{"buyer_id": buyer, "booklet_number": None, **more})


def book(*booklets, slips=None, **more):
    return evidence(purchase=[torn()] if slips is None else slips, slip_booklet=[*booklets], **more)


HIDDEN_BOOK = [("slip_booklet", "booklet_number", "CB-9", "team@-")]
L06 = [
    case("L-06", "silent", "from a booklet of the buyer", book(booklet(), slips=[torn(booklet_number="cb 1")])),
    case("L-06", "silent", "written with a blank and without zeros", book(booklet(), slips=[torn("b 10060")])),
    case(
        "L-06",
        "boundary",
        "the first and the last slip, and one beyond each",
        book(booklet(), slips=[torn("B010050"), torn("B010099"), torn("B010049"), torn("B010100")]),
        "B010049 no_booklet W",
        "B010100 no_booklet W",
    ),
    case(
        "L-06",
        "boundary",
        "twenty booklets hold the slip, none is the buyer's",
        book(*(booklet(f"CB-{n}", holder=f"COL-{n}") for n in range(2, 22))),
        "B010060 other_holder W",
    ),
    case(
        "L-06",
        "boundary",
        "twenty-one booklets hold the slip",
        book(*(booklet(f"CB-{n}", holder=f"COL-{n}") for n in range(2, 23))),
        missing="rows_differ:slip_booklet",
    ),
    case("L-06", "boundary", "a booklet of one slip", book(booklet(first="B010060", last="B010060"))),
    case(
        "L-06",
        "fires",
        "a slip that names no booklet before one that names another",
        book(booklet(), slips=[torn("B010061"), torn(booklet_number="CB-2")]),
        "B010060 other_booklet W",
    ),
    case("L-06", "fires", "another prefix", book(booklet(), slips=[torn("C010060")]), "C010060 no_booklet W"),
    case(
        "L-06",
        "fires",
        "a number that does not end in digits",
        book(booklet(), slips=[torn("B01006X")]),
        "B01006X no_booklet W",
    ),
    case(
        "L-06",
        "fires",
        "in no booklet, whoever bought and whenever",
        book(booklet(), slips=[torn("B2", None, None)]),
        "B2 no_booklet W",
    ),
    case("L-06", "fires", "a booklet of another", book(booklet(holder="COL-2")), "B010060 other_holder W"),
    case(
        "L-06",
        "fires",
        "a booklet of another, issued later: the holder is told",
        book(booklet(holder="COL-2", issued="2021-05-01"), slips=[torn(), torn("B010061", None)]),
        "B010060 other_holder W",
        "B010061 other_holder W",
    ),
    case("L-06", "boundary", "bought on the day of issue", book(booklet(issued="2021-02-10"))),
    case("L-06", "boundary", "bought the day before", book(booklet(issued="2021-02-11")), "B010060 issued_later W"),
    case(
        "L-06",
        "silent",
        "an overlapping booklet of another hides nothing",
        book(
            booklet("CB-0", "B000001", "B999999", "COL-2"),
            booklet(),
            booklet("CB-2", "B010055", "B010070", "COL-1", "2021-05-01"),
        ),
    ),
    case(
        "L-06",
        "fires",
        "two booklets of the buyer, both later: the first is shown",
        book(
            booklet("CB-3", holder="COL-2"),
            booklet("CB-1", issued="2021-05-01"),
            booklet("CB-2", issued="2021-06-01"),
        ),
        "B010060 issued_later W",
    ),
    case(
        "L-06",
        "fires",
        "the slip names another booklet",
        book(booklet(), slips=[torn(booklet_number="CB-2")]),
        "B010060 other_booklet W",
    ),
    case(
        "L-06",
        "silent",
        "it names one of two that hold it",
        book(booklet(), booklet("CB-2", holder="COL-2"), slips=[torn(booklet_number="CB-2")]),
    ),
    case(
        "L-06",
        "fires",
        "in no booklet, though it names one",
        book(booklet("CB-2"), slips=[torn("B5", booklet_number="CB-2")]),
        "B5 no_booklet W",
    ),
    case(
        "L-06",
        "fires",
        "another's booklet, and it names a third",
        book(booklet(holder="COL-2"), slips=[torn(booklet_number="CB-3")]),
        "B010060 other_holder W",
        "B010060 other_booklet W",
    ),
    case(
        "L-06",
        "missing",
        "no booklet was ever loaded",
        evidence(purchase=[torn()]),
        missing="never_loaded:slip_booklet",
    ),
    case(
        "L-06",
        "missing",
        "buyer or day are blank",
        book(booklet(), slips=[torn(buyer=None), torn("B010061", None)]),
        missing="blank:buyer_id blank:purchase_date",
    ),
    case(
        "L-06",
        "missing",
        "the columns lack",
        book(
            booklet(),
            slips=[torn(bought=None), torn("B010061", buyer=None)],
            supplied={"purchase": but("purchase", "buyer_id", "purchase_date")},
        ),
        missing="not_supplied:buyer_id not_supplied:purchase_date",
    ),
    case(
        "L-06",
        "missing",
        "the register lacks holder or day",
        book(
            booklet(holder=None),
            booklet("CB-2", "B020000", "B020009", issued=None),
            slips=[torn(), torn("B020001")],
        ),
        missing="blank:holder_id blank:issued_on",
    ),
    case(
        "L-06",
        "missing",
        "the buyer's own booklet has no readable range",
        book(
            booklet(first="B010099", last="B010050"),
            booklet("CB-2", "A1", "B9", "COL-2"),
            booklet("CB-3", None, "B9", "COL-3"),
            slips=[torn(), torn("B2", buyer="COL-2"), torn("B3", buyer="COL-3")],
        ),
        missing="unreadable_range:slip_booklet",
    ),
    case(
        "L-06",
        "missing",
        "a booklet of nobody without a range, a slip of nobody",
        book(booklet(), booklet("CB-2", None, None, None), slips=[torn("B2")]),
        missing="unreadable_range:slip_booklet",
    ),
    case(
        "L-06",
        "missing",
        "an unreadable booklet may be that of an unnamed buyer",
        book(booklet(first=None), slips=[torn("B2", buyer=None)]),
        missing="unreadable_range:slip_booklet",
    ),
    case(
        "L-06",
        "fires",
        "an unreadable booklet of another changes nothing",
        book(booklet(first=None, holder="COL-2")),
        "B010060 no_booklet W",
    ),
    case(
        "L-06",
        "missing",
        "the booklet it names is in quarantine, or it names none and one is",
        book(booklet(holder="COL-2"), slips=[torn(booklet_number="CB9"), torn("B2")], known_keys=HIDDEN_BOOK),
        missing="in_quarantine:slip_booklet",
    ),
    case(
        "L-06",
        "missing",
        "its own booklet holds it, the one it names is in quarantine",
        book(booklet(), slips=[torn(booklet_number="CB-9")], known_keys=HIDDEN_BOOK),
        missing="in_quarantine:slip_booklet",
    ),
    case(
        "L-06",
        "fires",
        "another booklet is in quarantine than the one it names",
        book(booklet("CB-2", "A1", "A9"), slips=[torn(booklet_number="CB-1")], known_keys=HIDDEN_BOOK),
        "B010060 no_booklet W",
    ),
    case("L-06", "silent", "a booklet in quarantine beside its own", book(booklet(), known_keys=HIDDEN_BOOK)),
]

B1_BACK = ("purchase", "slip_number", "B1")
UNHELD = [
    case("L-01", "missing", "an exported slip is not held", chain(purchase=[], licence=[]),
         missing="blank:exporter_id not_held:purchase"),
    case("L-06", "missing", "an exported slip is not held", chain(purchase=[], slip_booklet=[]),
         missing="not_held:purchase"),
    case("L-06", "missing", "it is in quarantine", chain(
        purchase=[], slip_booklet=[], known_keys=[B1_BACK]), missing="in_quarantine:purchase"),
]  # fmt: skip

CASES: list[Case] = [*L01, *L02, *L06, *UNHELD]


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_case(situation: Case) -> None:
    verify(situation)


@pytest.mark.parametrize("rule_id", ["L-01", "L-02", "L-06"])
def test_nothing_held_is_nothing_found(rule_id: str) -> None:
    from tests.unit.framework.rule_cases import outcome_of

    assert outcome_of(rule_id, evidence()).findings == []


# --- numbers -------------------------------------------------------------------------------------------------------


def test_plain_numbers() -> None:
    given = pd.Series([" LBA-2021/01", "lba 2021 01", None], dtype="str")
    assert plain(given).tolist()[:2] == ["lba202101"] * 2
    assert plain(given).isna().tolist() == [False, False, True]


def test_ranges_agree_with_a_plain_loop() -> None:
    numbers = [f"{p}{n:03}" for p in ("A", "B", "") for n in range(0, 30)] + ["A", "A1B", "9" * 30]
    ranges = [("A001", "A010"), ("A5", "A20"), ("A20", "A5"), ("B000", "B029"), ("1", "3"), ("A1", "B9"), ("B7", "B7")]
    series = pd.Series(numbers, dtype="str", index=range(100, 100 + len(numbers)))
    first, last = (pd.Series([r[i] for r in ranges], dtype="str") for i in (0, 1))
    pairs, crowded = in_ranges(series, first, last)
    found = set(map(tuple, pairs.to_numpy().tolist()))
    wanted = {
        (at, row)
        for at, number in enumerate(numbers[:90])
        for row, (low, high) in enumerate(ranges)
        if number.rstrip("0123456789") == low.rstrip("0123456789") == high.rstrip("0123456789")
        and int(low.lstrip("AB")) <= int(number.lstrip("AB")) <= int(high.lstrip("AB"))
    }
    assert found == wanted
    assert not crowded.any()


def test_a_number_in_very_many_ranges_is_left_out() -> None:
    """Twenty ranges hold A5 and twenty-one A7."""
    ranges = [("A1", "A9")] * 19 + [("A5", "A6"), ("A7", "A8"), ("A7", "A7")]
    first, last = (pd.Series([r[i] for r in ranges], dtype="str") for i in (0, 1))
    pairs, crowded = in_ranges(pd.Series(["A7", "A5", "B5", "A9"], dtype="str"), first, last)
    assert crowded.tolist() == [True, False, False, False]
    assert pairs["at"].value_counts().to_dict() == {1: 20, 3: 19}


def test_no_numbers_or_no_ranges() -> None:
    nothing = pd.Series([], dtype="str")
    some = pd.Series(["A1"], dtype="str")
    assert len(in_ranges(nothing, some, some)[0]) == len(in_ranges(some, nothing, nothing)[0]) == 0
