"""Independent oracles in plain Python with Decimal: the monthly return, its confirmations, shipments a month, numbers.

Each states the rule again from the semantics, one certificate at a time, and must agree with the engine on a thousand
random small batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.property.oracle import A_THOUSAND, BATCHES, THOROUGH, Answer, answer, every_answer, verdict

NUMBERS = ["CF000001", "CF000002", "CF000003", "CF000009"]
MONTHS = ["2021-02", "2021-03"]
CARATS = ["0.10", "0.20", "0.30", "1.05", None]  # 0.1 + 0.2 is not 0.3 in binary fractions
LAST = {"2021-02": "2021-02-28", "2021-03": "2021-03-31"}


def _sum(rows: list[dict], name: str) -> Decimal | None:
    amounts = [r[name] for r in rows]
    return None if None in amounts else sum((Decimal(a) for a in amounts), Decimal(0))


@st.composite
def shipment(draw, month: str) -> dict:
    days = ["2021-02-01", "2021-02-28", "2021-03-01", "2021-03-31", "2021-04-01"]
    in_month = [day for day in days if day.startswith(month)]
    return {
        "certificate_number": draw(st.sampled_from(NUMBERS)),
        "issue_date": draw(st.sampled_from([*in_month * 4, *days, None])),
        "status": draw(st.sampled_from(["issued", "issued", None, "void", "replaced"])),
        "carats": draw(st.sampled_from(CARATS[:4] * 3 + CARATS)),
        "value_usd": draw(st.sampled_from(["10.10", "20.20", "30.30", "10.10", None])),
        "return_id": f"SPPK@{month}",
    }


@st.composite
def monthly_return(draw, month: str) -> dict:
    """Sheets of one return; None: not supplied."""
    rows = draw(st.none() | st.lists(shipment(month), max_size=3))
    valid = [r for r in rows or [] if r["status"] in ("issued", None)]
    off = st.sampled_from([0, 0, 0, 1, -1, None])
    true = (len(rows or []), _sum(valid, "carats") or Decimal(0), _sum(valid, "value_usd") or Decimal(0))
    wrong = [draw(off) for _ in true]
    said = {
        name: None if delta is None else max(total + delta * step, 0)
        for name, total, delta, step in zip(
            ("certificate_count", "total_carats", "total_value_usd"),
            true, wrong, (1, Decimal("0.01"), Decimal("0.01")), strict=True,
        )
    }  # fmt: skip
    nil = draw(st.sampled_from([None, False, True]))
    declaration = draw(st.sampled_from([None, "empty", "row", "row", "row", "row"]))
    cover = {"period": month, "sender": "SPPK", "nil_return": nil, "return_id": f"SPPK@{month}", **said}
    return {
        "month": month,
        "rows": rows,
        "declaration": None if declaration is None else [cover] if declaration == "row" else [],
        "copies": draw(st.lists(st.sampled_from(NUMBERS), max_size=2, unique=True)),
        "quarantined": draw(st.lists(st.sampled_from(NUMBERS), max_size=1)) if draw(st.integers(0, 3)) == 0 else [],
    }


def _evidence_of(returns: list[dict]):
    kinds: dict[str, list] = {"shipment": [], "return_declaration": [], "document": []}
    supplied: dict = {}
    for r in returns:
        home = f"{r['sender']}@{r['month']}"
        for kind, rows in (("shipment", r["rows"]), ("return_declaration", r["declaration"])):
            if rows is None and not (kind == "shipment" and r["quarantined"]):
                supplied[kind, home] = None
            kinds[kind] += rows or []
            if rows == []:
                supplied[kind, home] = ("certificate_number",) if kind == "shipment" else _COVER
        kinds["document"] += [
            {"certificate_number": n, "file_name": f"{n}.pdf", "kind": "certificate_copy", "return_id": home}
            for n in r["copies"]
        ]
    keys = [
        ("shipment", "certificate_number", n, f"{r['sender']}@{r['month']}") for r in returns for n in r["quarantined"]
    ]
    given = {kind: rows for kind, rows in kinds.items() if rows}
    return evidence(supplied=supplied, known_keys=keys, **given)


_COVER = ("period", "sender", "submitted_on", "nil_return", "certificate_count", "total_carats", "total_value_usd")


def oracle_m01(returns: list[dict]) -> Answer:
    """Return and certificates agree: count of all rows, carats and value of issued ones, months and copies."""
    parts: list[tuple[str, str, str, bool | None]] = []
    everywhere = {s["certificate_number"] for r in returns for s in r["rows"] or []}
    held_back = {n for r in returns for n in r["quarantined"]}
    for r in returns:
        home, rows, cover = f"{r['sender']}@{r['month']}", r["rows"], (r["declaration"] or [{}])[0]
        if r["quarantined"] and rows is None:
            rows = []  # the sheet came, its only rows are in quarantine
        if rows is None and r["declaration"] is None and not r["copies"]:
            continue  # no such return is held
        valid = [s for s in rows or [] if s["status"] in ("issued", None)]
        blind = rows is None or bool(r["quarantined"])
        found = {"count": len(rows or []), "carats": _sum(valid, "carats"), "value": _sum(valid, "value_usd")}
        for part, name in (("count", "certificate_count"), ("carats", "total_carats"), ("value", "total_value_usd")):
            declared = cover.get(name)
            unknown = declared is None or blind or found[part] is None
            parts.append((home, part, "E", None if unknown else declared != found[part]))
        if cover.get("nil_return"):
            parts.append((home, "nil", "E", len(valid) > 0))
        for s in rows or []:
            day = s["issue_date"]
            parts.append((s["certificate_number"], "other_month", "E", None if day is None else day[:7] != r["month"]))
        for number in r["copies"]:
            unknown = number not in everywhere and (number in held_back or rows is None)
            parts.append((number, "copy_without_row", "E", None if unknown else number not in everywhere))
    return verdict(parts)


def _of_sender(returns: Iterable[dict], n: int) -> list[dict]:
    """The same returns as another sender's, with numbers of its own."""

    def own(number: str) -> str:
        return f"{number}{n:02d}"

    home = f"S{n}"
    return [
        {
            **r,
            "sender": home,
            "rows": None if r["rows"] is None else [
                {**s, "certificate_number": own(s["certificate_number"]), "return_id": f"{home}@{r['month']}"}
                for s in r["rows"]
            ],
            "declaration": None if r["declaration"] is None else [
                {**d, "sender": home, "return_id": f"{home}@{r['month']}"} for d in r["declaration"]
            ],
            "copies": [own(number) for number in r["copies"]],
            "quarantined": [own(number) for number in r["quarantined"]],
        }
        for r in returns
    ]  # fmt: skip


two_months = st.tuples(*(monthly_return(month) for month in MONTHS))


@given(st.lists(two_months, min_size=BATCHES, max_size=BATCHES))
@A_THOUSAND
def test_m01_the_return_and_its_certificates(batches) -> None:
    returns = [r for n, batch in enumerate(batches) for r in _of_sender(batch, n)]
    assert every_answer("M-01", _evidence_of(returns)) == oracle_m01(returns)


# The confirmation of weight and value (M-06)

FIRST = {"issue_date": "2021-03-10", "destination_country": "AE", "status": "issued", "value_usd": "100.00"}
EXPORTED = st.sampled_from(["1000.00", "1000.10", "999.99", "0.30", None])
ANSWER = st.tuples(
    st.sampled_from(["1000.00", "1001.00", "1001.01", "999.00", "998.99", "0.30", "1000.10", None]),
    st.sampled_from(["100.00", "110.00", "110.01", "90.00", "89.99", None]),
    st.sampled_from(["accepted", "accepted", "refused", None]),
    st.sampled_from(["AE", "AE", "IL"]),
)


def oracle_m06(number: str, exported: str | None, answers: list[tuple]) -> list[tuple[str, str, str, bool | None]]:
    """Weight: any difference warns, above a thousandth it is an error; value: above a tenth it warns."""
    parts: list[tuple[str, str, str, bool | None]] = []
    for carats, usd, outcome, where in answers:
        if where != "AE" or outcome == "refused":
            continue
        if outcome is None or exported is None or carats is None:
            parts.append((number, "carats", "W", None))
        else:
            off = abs(Decimal(exported) - Decimal(carats))
            parts.append((number, "carats", "E" if off > Decimal(exported) / 1000 else "W", off != 0))
        unknown = outcome is None or usd is None
        parts.append((number, "value", "W", None if unknown else abs(Decimal(100) - Decimal(usd)) > 10))
    return parts


@given(st.lists(st.tuples(EXPORTED, st.lists(ANSWER, max_size=3)), min_size=BATCHES, max_size=BATCHES))
@A_THOUSAND
def test_m06_weight_and_value_confirmed(batches) -> None:
    numbered = [(f"CF{n:06d}", exported, answers) for n, (exported, answers) in enumerate(batches)]
    given_ = evidence(
        shipment=[FIRST | {"certificate_number": n, "carats": exported} for n, exported, _ in numbered],
        import_confirmation=[
            {"certificate_number": n, "importing_country": where, "carats": carats, "value_usd": usd,
             "outcome": outcome}
            for n, _, answers in numbered for carats, usd, outcome, where in answers
        ],
        kp_participant=[{"country": c, "valid_from": "2003-01-01", "return_id": "team@-"} for c in ("AE", "IL")],
    )  # fmt: skip
    found, blind = verdict(part for n, exported, answers in numbered for part in oracle_m06(n, exported, answers))
    gravest = {(n, "carats") for n, _, severity in found if severity == "E"}  # several answers are one fact
    assert every_answer("M-06", given_) == ({f for f in found if f[2] != "W" or f[:2] not in gravest}, blind)


# One shipment a month and rising numbers (C-10)

DAYS = [
    "2019-09-30",
    "2019-10-01",
    "2019-10-15",
    "2019-10-31",
    "2019-11-21",
    "2019-11-22",
    "2016-04-30",
    "2016-05-01",
    None,
]


@given(st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(["issued", "issued", None, "void"])), max_size=5))
@THOROUGH
def test_a04_one_shipment_a_month(issued) -> None:
    rows = [
        {"certificate_number": f"CF00000{n}", "issue_date": day, "status": status,
         "return_id": f"SPPK@{(day or '2019-10')[:7]}"}
        for n, (day, status) in enumerate(issued)
    ]  # fmt: skip
    days: dict[str, set[str]] = {}
    for day, status in issued:
        if day is not None and status != "void":
            days.setdefault(day[:7], set()).add(day)
    parts = []
    for month, seen in days.items():
        in_span = [d for d in sorted(seen) if date(2016, 5, 1) <= date.fromisoformat(d) < date(2019, 11, 22)]
        parts.append((f"CF@{month}", "", "W", any(d != min(seen) for d in in_span)))
    assert answer("A-04", evidence("2020-01-31", shipment=rows)) == verdict(parts)


FORMS = st.lists(
    st.tuples(st.integers(1, 14), st.sampled_from(["2021-03-01", "2021-03-02", "2021-03-03", None]), st.booleans()),
    max_size=6,
)


def oracle_c10(first: int, forms: list[tuple[int, str | None, bool]]) -> list[tuple[str, str, str, bool | None]]:
    """Two blocks of the batch, 1-5 and 6-12 after ``first``: nobody of an earlier day is more than three ahead."""
    parts: list[tuple[str, str, str, bool | None]] = []
    for n, day, _ in forms:
        low, high = (1, 5) if n <= 5 else (6, 12)
        earlier = [m for m, other, _ in forms if low <= m <= high and other is not None and day and other < day]
        known = day is not None and n <= 12
        parts.append((f"CF{first + n:06d}", "", "W", bool(earlier) and max(earlier) - n > 3 if known else None))
    return parts


@given(st.lists(FORMS, min_size=BATCHES, max_size=BATCHES))
@A_THOUSAND
def test_c10_numbers_rise_with_the_issue_date(batches) -> None:
    numbered = [(100 * n, forms) for n, forms in enumerate(batches)]
    given_ = evidence(
        shipment=[
            {"certificate_number": f"CF{first + n:06d}", "issue_date": day, "status": "void" if void else "issued"}
            for first, forms in numbered for n, day, void in forms
        ],
        certificate_block=[
            {"first_number": f"CF{first + low:06d}", "last_number": f"CF{first + high:06d}",
             "available_from": "2021-01-01", "return_id": "team@-"}
            for first, _ in numbered for low, high in ((1, 5), (6, 12))
        ],
    )  # fmt: skip
    expected = verdict(part for first, forms in numbered for part in oracle_c10(first, forms))
    assert every_answer("C-10", given_) == expected


def test_the_batches_show_every_outcome() -> None:
    """An oracle that only ever meets clean batches proves nothing."""
    seen: Counter[str] = Counter()

    @given(two_months)
    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    def look(returns) -> None:
        expected = oracle_m01(_of_sender(returns, 0))
        found, blind = expected
        seen.update({part for _, part, _ in found})
        seen.update(["blind"] if blind else [])
        seen.update([] if found or blind else ["clean"])

    look()
    assert set(seen) == {"count", "carats", "value", "nil", "other_month", "copy_without_row", "blind", "clean"}
