"""D-01, D-03 and D-10 beside plain arithmetic in decimals, on a thousand small batches of papers."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.property.oracle import A_THOUSAND, BATCHES, Fact, Verdict, agree, all_occurred, columns

WEIGHT = st.sampled_from([None, "0.10", "0.20", "0.30", "0.31", "0.32", "1.00", "1.00", "1.01", "1.02", "1.99", "2.00"])
HOME = st.sampled_from(["2021-03", "2021-03", "2021-04"])
LIKELY = st.sampled_from([True, True, True, True, True, True, True, False])
RARE = st.sampled_from([False] * 11 + [True])
CERTIFICATE = st.fixed_dictionaries(
    {
        "held": LIKELY,
        "status": st.sampled_from(["issued", "issued", "issued", None, "void", "replaced"]),
        "parcel_count": st.sampled_from([None, 0, 1, 1, 2, 2, 3]),
        "carats": WEIGHT,
        "off_by": st.sampled_from(
            [None, "0.00", "0.00", "0.01", "0.01", "-0.01", "-0.01", "0.02", "-0.02"]
        ),  # from its packing list
    }
)
PARCEL = st.tuples(st.integers(1, 2), st.integers(1, 2), WEIGHT, HOME)  # certificate, parcel, carats, return
USE = st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 3), WEIGHT, HOME)  # …, slip, carats, return
RESALE = st.tuples(st.integers(4, 5), st.integers(1, 3), WEIGHT, HOME)  # slip, source
PURCHASE = st.tuples(st.integers(1, 3), WEIGHT)
BATCH = st.fixed_dictionaries(
    {
        "certificates": st.tuples(CERTIFICATE, CERTIFICATE),
        "parcels": st.lists(PARCEL, max_size=4),
        "uses": st.lists(USE, max_size=6),
        "resales": st.lists(RESALE, max_size=2),
        "purchases": st.lists(PURCHASE, max_size=4),
        "supplied": st.fixed_dictionaries({"parcel": LIKELY, "parcel_source": LIKELY}),
        "parcel_back": RARE,
        "use_back": RARE,
        "slip_back": RARE,
    }
)
seen: dict[str, Counter[str]] = {rule: Counter() for rule in ("D-01", "D-03", "D-10")}


class Papers:
    """One batch: the records of a sender ``S<n>``, and what a reader with pencil and paper says of them."""

    def __init__(self, n: int, drawn: dict) -> None:
        self.n, self.drawn = n, drawn
        self.certificates = {self.cf(k): c for k, c in enumerate(drawn["certificates"], 1) if c["held"]}
        lacking = {kind for kind, there in drawn["supplied"].items() if not there}
        self.lacking = {(kind, self.home("2021-03")) for kind in lacking}
        self.parcels = [p for p in drawn["parcels"] if not (p[3] == "2021-03" and "parcel" in lacking)]
        for number, c in self.certificates.items():
            lines = {(p, w) for k, p, w, _ in self.parcels if self.cf(k) == number}
            total = sum((Decimal(w) for _, w in lines if w), Decimal(0))
            if c["off_by"] and total:
                stated = {"parcel_count": len(lines), "carats": str(total + Decimal(c["off_by"]))}
                self.certificates[number] = {**c, **stated}
        self.uses = [u for u in drawn["uses"] if not (u[4] == "2021-03" and "parcel_source" in lacking)]

    def cf(self, k: int) -> str:
        return f"CF{self.n:03}{k}"

    def slip(self, k: int) -> str:
        return f"B{self.n:03}{k}"

    def home(self, month: str) -> str:
        return f"S{self.n}@{month}"

    def records(self) -> dict[str, list[dict]]:
        march = self.home("2021-03")
        return {
            "shipment": [
                {"certificate_number": number, "issue_date": "2021-03-10", "return_id": march}
                | {name: c[name] for name in ("status", "parcel_count", "carats")}
                for number, c in self.certificates.items()
            ],
            "parcel": [
                {"certificate_number": self.cf(c), "parcel_number": str(p), "carats": w, "return_id": self.home(m)}
                for c, p, w, m in self.parcels
            ],
            "parcel_source": [
                {"certificate_number": self.cf(c), "parcel_number": str(p), "slip_number": self.slip(s), "carats": w}
                | {"return_id": self.home(m)}
                for c, p, s, w, m in self.uses
            ],
            "purchase_source": [
                {"slip_number": self.slip(r), "source_slip_number": self.slip(s), "carats": w}
                | {"return_id": self.home(m)}
                for r, s, w, m in self.drawn["resales"]
            ],
            "purchase": [
                {"slip_number": self.slip(s), "purchase_date": "2021-02-10", "carats": w, "return_id": march}
                for s, w in self.drawn["purchases"]
            ],
        }

    def supplied(self) -> dict:
        sheets = ("shipment", "parcel", "parcel_source", "purchase", "purchase_source")
        there = {(kind, self.home("2021-03")): columns(kind) for kind in sheets}
        return {sheet: None if sheet in self.lacking else given for sheet, given in there.items()}

    def quarantine(self) -> list[tuple[str, ...]]:
        later = self.home("2021-04")
        keys = [
            ("parcel_back", ("parcel", "certificate_number", self.cf(1), later)),
            ("use_back", ("parcel_source", "certificate_number", self.cf(1), later)),
            ("slip_back", ("parcel_source", "slip_number", self.slip(1), later)),
        ]
        return [key for name, key in keys if self.drawn[name]]

    def issued(self, number: str) -> bool:
        return number in self.certificates and self.certificates[number]["status"] in ("issued", None)

    def released(self, number: str) -> bool:
        return number in self.certificates and not self.issued(number)

    def unseen(self, number: str) -> str:
        """Why the packing list of a certificate is not known."""
        if self.drawn["parcel_back"] and number == self.cf(1):
            return "in_quarantine:parcel"
        none = all(self.cf(p[0]) != number for p in self.parcels)
        return "not_supplied:parcel" if none and ("parcel", self.home("2021-03")) in self.lacking else ""

    def d01(self) -> list[Fact]:
        facts: list[Fact] = []
        for number, c in self.certificates.items():
            if not self.issued(number):
                continue
            lines = {(p, w) for k, p, w, _ in self.parcels if self.cf(k) == number}
            count: Verdict = self.unseen(number) or "blank:parcel_count"
            if not self.unseen(number) and c["parcel_count"] is not None:
                count = len(lines) != c["parcel_count"]
            carats: Verdict = self.unseen(number) or "blank:carats"
            if not self.unseen(number) and c["carats"] and all(w for _, w in lines):
                carats = abs(sum((Decimal(w) for _, w in lines), Decimal(0)) - Decimal(c["carats"])) > Decimal("0.01")
            facts += [(number, f"{number} count E", count), (number, f"{number} carats E", carats)]
        return facts

    def d03(self) -> list[Fact]:
        facts: list[Fact] = []
        links = {(self.cf(c), p, s, w) for c, p, s, w, _ in self.uses if not self.released(self.cf(c))}
        for c, p, weight, month in self.parcels:
            number, name = self.cf(c), f"{self.cf(c)}/{p}"
            if self.released(number):
                continue
            taken = [w for k, q, _, w in links if (k, q) == (number, p)]
            short: Verdict
            if ("parcel_source", self.home(month)) in self.lacking or not self.told(month):
                short = "not_supplied:parcel_source"
            elif (self.drawn["use_back"] and number == self.cf(1)) or (self.drawn["slip_back"] and month == "2021-04"):
                short = "in_quarantine:parcel_source"  # of the row with a slip only, the certificate cannot be read
            elif weight is None or None in taken:
                short = "blank:carats"
            else:
                lack = Decimal(weight) - sum((Decimal(w) for w in taken if w), Decimal(0))
                short = lack / Decimal(weight) > Decimal("0.005")
            if number not in self.certificates and not isinstance(short, str):
                short = "undated"
            facts.append((name, f"{name} short E", short))
        for number, p, s, _ in links:
            if len({w for k, q, t, w in links if (k, q, t) == (number, p, s)}) > 1:
                verdict: Verdict = True if number in self.certificates else "undated"
                facts.append((f"{number}/{p}", f"{number}/{p} twice E", verdict))
        facts += [(n, "", self.unseen(n)) for n in self.certificates if self.issued(n) and self.unseen(n)]
        return facts

    def told(self, month: str) -> bool:
        """Whether a return has a sheet of parcel sources: always in March unless it lacks, else by its rows."""
        back = self.drawn["use_back"] or self.drawn["slip_back"]
        return month == "2021-03" or back or any(u[4] == month for u in self.uses)

    def d10(self) -> list[Fact]:
        facts: list[Fact] = []
        links = {u[:4] for u in self.uses if not self.released(self.cf(u[0]))}
        resold = {r[:3] for r in self.drawn["resales"]}
        used = {s for _, _, s, _ in links} | {s for _, s, _ in resold}
        for s in {p[0] for p in self.drawn["purchases"]} | used:
            weights = [w for k, w in self.drawn["purchases"] if k == s]
            certain = [w for c, _, k, w in links if k == s and self.issued(self.cf(c))] + [
                w for _, k, w in resold if k == s
            ]
            perhaps = [w for c, _, k, w in links if k == s and not self.issued(self.cf(c))]
            verdict: Verdict
            if not weights:
                verdict = "not_held:purchase"
            elif self.drawn["slip_back"] and s == 1:
                verdict = "in_quarantine:parcel_source"
            elif not any(weights):
                verdict = "blank:carats"
            else:
                limit = max(Decimal(w) for w in weights if w) + Decimal("0.01")
                sure = sum((Decimal(w) for w in certain if w), Decimal(0))
                verdict = sure > limit
                if not verdict and None in certain + perhaps:
                    verdict = "blank:carats"
                elif not verdict and sure + sum((Decimal(w) for w in perhaps), Decimal(0)) > limit:
                    verdict = "not_held:shipment"
            facts.append((self.slip(s), f"{self.slip(s)} E", verdict))
        return facts


@A_THOUSAND
@given(st.lists(BATCH, min_size=BATCHES, max_size=BATCHES))
def check(drawn: list[dict]) -> None:
    """The engine's findings on these batches are those of pencil and paper."""
    batches = [Papers(n, one) for n, one in enumerate(drawn)]
    kinds: dict[str, list[dict]] = {}
    for batch in batches:
        for kind, records in batch.records().items():
            kinds.setdefault(kind, []).extend(records)
    e = evidence(
        supplied={sheet: given for batch in batches for sheet, given in batch.supplied().items()},
        known_keys=[key for batch in batches for key in batch.quarantine()],
        **kinds,
    )
    agree("D-01", e, [fact for batch in batches for fact in batch.d01()], seen["D-01"])
    agree("D-03", e, [fact for batch in batches for fact in batch.d03()], seen["D-03"])
    agree("D-10", e, [fact for batch in batches for fact in batch.d10()], seen["D-10"])


def test_counts_and_sums_are_those_of_pencil_and_paper() -> None:
    check()
    for outcomes in seen.values():
        all_occurred(outcomes)
