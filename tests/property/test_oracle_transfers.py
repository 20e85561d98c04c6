"""D-07, weights and sheets, beside a reader who follows each stone by hand, on a thousand small batches."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.property.oracle import A_THOUSAND, BATCHES, Fact, Verdict, agree, all_occurred, columns

WEIGHT = st.sampled_from(["0.10", "0.20", "0.30", "0.31", "0.32", "0.30", "0.29", "0.28", None])
BAG = st.tuples(st.sampled_from(["Bangui", "Bangui", "Bangui", "Nola", None]), WEIGHT)
ITEM = st.tuples(st.integers(1, 4), st.integers(1, 5), WEIGHT)  # sheet (of 4 the last is never held), slip
PLACE = st.sampled_from(["Boda", "Boda", "Boda", "Bangui", None])
SLIP = st.one_of(PLACE, PLACE, PLACE, PLACE, st.just("absent"))
LINK = st.sampled_from([(r, s) for r in range(2, 6) for s in range(1, r)])  # resale, source
BATCH = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["issued"] * 6 + [None, "void", "replaced", "absent"]),
        "slips": st.tuples(*[SLIP] * 5),
        "links": st.lists(LINK, max_size=4),
        "uses": st.lists(st.integers(1, 5), min_size=1, max_size=3),
        "bags": st.tuples(BAG, BAG, BAG),
        "items": st.lists(ITEM, max_size=6),
        "supplied": st.sampled_from([True] * 7 + [False]),
        "back": st.sampled_from([False] * 8 + [True]),
    }
)
seen: Counter[str] = Counter()


class Journey:
    """One batch of sender ``S<n>``: certificate CF<n>, slips 1 to 5 and three bags."""

    def __init__(self, n: int, drawn: dict) -> None:
        self.n, self.drawn = n, drawn
        self.places = {k: place for k, place in enumerate(drawn["slips"], 1) if place != "absent"}
        self.items = set(drawn["items"]) if drawn["supplied"] else set()
        self.links = set(drawn["links"])

    def slip(self, k: int) -> str:
        return f"B{self.n:03}{k}"

    def sheet(self, k: int) -> str:
        return f"T{self.n:03}{k}"

    def records(self) -> dict[str, list[dict]]:
        home = {"return_id": f"S{self.n}@2021-03"}
        number = f"CF{self.n:03}"
        exported = [{"certificate_number": number, "issue_date": "2021-03-20", "status": self.drawn["status"], **home}]
        return {
            "shipment": exported if self.drawn["status"] != "absent" else [],
            "parcel_source": [
                {"certificate_number": number, "parcel_number": str(p), "slip_number": self.slip(k), **home}
                for p, k in enumerate(self.drawn["uses"])
            ],
            "purchase": [
                {"slip_number": self.slip(k), "purchase_date": "2021-03-10", "purchase_place": place, **home}
                for k, place in self.places.items()
            ],
            "purchase_source": [
                {"slip_number": self.slip(r), "source_slip_number": self.slip(s), **home}
                for r, s in self.drawn["links"]
            ],
            "transfer": [
                {"sheet_number": self.sheet(k), "bag_seal": self.sheet(k), "to_place": to, "carats": w, **home}
                | {"from_place": "Boda", "departed_on": "2021-03-12", "arrived_on": "2021-03-13"}
                for k, (to, w) in enumerate(self.drawn["bags"], 1)
            ],
            "transfer_item": [
                {"sheet_number": self.sheet(t), "slip_number": self.slip(k), "carats": w, **home}
                for t, k, w in (self.drawn["items"] if self.drawn["supplied"] else [])
            ],
        }

    def supplied(self) -> dict:
        home = f"S{self.n}@2021-03"
        sheets = ("shipment", "parcel_source", "purchase", "purchase_source", "transfer", "transfer_item")
        there: dict = {(kind, home): columns(kind) for kind in sheets}
        return there if self.drawn["supplied"] else there | {("transfer_item", home): None}

    def back(self) -> bool:
        return bool(self.drawn["back"] and self.drawn["supplied"])

    def quarantine(self) -> list[tuple]:
        keys = {"sheet_number": self.sheet(1), "slip_number": self.slip(1)}
        return [("transfer_item", keys, f"S{self.n}@2021-03")] if self.back() else []

    def exported(self) -> set[int]:
        """The slips upstream of the certificate."""
        if self.drawn["status"] in ("void", "replaced"):
            return set()
        found = set(self.drawn["uses"])
        while more := {s for r, s in self.links if r in found} - found:
            found |= more
        return found

    def known(self, k: int) -> tuple[int, str]:
        """2: a sheet to Bangui lists slip k or all its sources; 1: perhaps, and why not surely; 0: none."""
        own = (0, "")
        for t, slip, _ in sorted(self.items, key=str):
            if slip == k:
                if t == 4:
                    this = (1, "not_held:transfer")
                else:
                    to = self.drawn["bags"][t - 1][0]
                    this = (1, "blank:to_place") if to is None else (2, "") if to == "Bangui" else (0, "")
                own = max(own, this, key=lambda one: (one[0], [-ord(c) for c in one[1]]))
        sources = [self.known(s) for r, s in self.links if r == k]
        least = min(sources, default=(0, ""))
        return least if least[0] > own[0] else own

    def no_sheet(self, k: int, exported: set[int]) -> Fact | None:
        name = self.slip(k)
        place = self.places.get(k, "absent")
        state, doubt = self.known(k)
        resales = [r for r, s in self.links if s == k and r in exported]
        where = [self.places.get(r, "absent") for r in resales]
        only_resold = bool(resales) and k not in self.drawn["uses"] and "Bangui" not in where
        unclear = {"not_held:purchase" for p in where if p == "absent"} | {
            "blank:purchase_place" for p in where if not p
        }
        verdict: Verdict
        if place == "Bangui":
            return None
        if state == 2 or (only_resold and not unclear):
            verdict = False
        elif place == "absent":
            verdict = "not_held:purchase"
        elif self.drawn["status"] == "absent":
            verdict = "not_held:shipment"
        elif not self.drawn["supplied"]:
            verdict = "not_supplied:transfer_item"
        elif place is None:
            verdict = "blank:purchase_place"
        elif self.back() and k == 1:
            verdict = "in_quarantine:transfer_item"
        elif state == 1:
            verdict = doubt
        else:
            verdict = min(unclear) if only_resold else True
        if self.drawn["status"] == "absent" and verdict is False:
            verdict = "undated"
        return name, f"{name} no_sheet W", verdict

    def facts(self) -> list[Fact]:
        exported = self.exported()
        facts = [fact for k in sorted(exported) if (fact := self.no_sheet(k, exported))]
        for t, (_, weight) in enumerate(self.drawn["bags"], 1):
            inside = [w for s, _, w in self.items if s == t]
            verdict: Verdict
            if not self.drawn["supplied"]:
                verdict = "not_supplied:transfer_item"
            elif self.back() and t == 1:
                verdict = "in_quarantine:transfer_item"
            elif weight is None or None in inside:
                verdict = "blank:carats"
            else:
                verdict = abs(sum((Decimal(w) for w in inside), Decimal(0)) - Decimal(weight)) > Decimal("0.01")
            facts.append((self.sheet(t), f"{self.sheet(t)} weight W", verdict))
        return facts


@A_THOUSAND
@given(st.lists(BATCH, min_size=BATCHES, max_size=BATCHES))
def check(drawn: list[dict]) -> None:
    """The engine's findings on these batches are the reader's."""
    batches = [Journey(n, one) for n, one in enumerate(drawn)]
    kinds: dict[str, list[dict]] = {}
    for batch in batches:
        for kind, records in batch.records().items():
            kinds.setdefault(kind, []).extend(records)
    e = evidence(
        supplied={sheet: given for batch in batches for sheet, given in batch.supplied().items()},
        known_keys=[key for batch in batches for key in batch.quarantine()],
        **kinds,
    )
    agree("D-07", e, [fact for batch in batches for fact in batch.facts()], seen)


def test_sheets_and_weights_are_those_of_the_reader() -> None:
    check()
    all_occurred(seen)
