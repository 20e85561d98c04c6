"""D-09, parties, dates and unknown slips, beside a reader who walks each chain by hand, on a thousand batches."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.property.oracle import A_THOUSAND, BATCHES, Fact, Verdict, agree, all_occurred, columns

DAY = st.sampled_from(["2021-03-01"] * 3 + ["2021-03-02"] * 3 + ["2021-03-03", None])
WHO = st.sampled_from(["A"] * 12 + ["B", None])
SLIP = st.tuples(DAY, WHO, WHO)  # date, seller, buyer
RECORDS = st.one_of(*[st.tuples(SLIP)] * 8, st.tuples(SLIP, SLIP), st.just(()))
LINK = st.sampled_from([(r, s) for r in range(2, 6) for s in range(1, r)])  # resale, source
CERTIFICATE = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["issued"] * 6 + [None, "void", "replaced", "absent"]),
        "day": st.sampled_from(["2021-03-03", "2021-03-03", "2021-03-02", None]),
        "exporter": WHO,
        "uses": st.lists(st.integers(1, 5), max_size=2),
    }
)
BATCH = st.fixed_dictionaries(
    {
        "certificates": st.tuples(CERTIFICATE, CERTIFICATE),
        "slips": st.tuples(*[RECORDS] * 5),
        "links": st.lists(LINK, max_size=4),
        "booklet": st.booleans(),  # of slips 1 and 2
        "supplied": st.sampled_from([True] * 9 + [False]),
        "back": st.sampled_from([False] * 9 + [True]),
        "stock": st.sampled_from([None, None, "2021-03-02", "2021-03-03"]),
    }
)
SINCE = st.sampled_from([None, None, "2020-09-03"])  # the first six months end with 2021-03-02
seen: Counter[str] = Counter()


class Chain:
    """One batch of sender ``S<n>``: two certificates and five slips. A names the party in whose hands stones stay."""

    def __init__(self, n: int, drawn: dict, since: str | None) -> None:
        self.n, self.drawn, self.since = n, drawn, since
        self.links = set(drawn["links"])
        self.slips = {k: records for k, records in enumerate(drawn["slips"], 1) if records}

    def slip(self, k: int) -> str:
        return f"B{self.n:03}{k}"

    def who(self, name: str | None) -> str | None:
        return name and f"{name}{self.n:03}"

    def home(self) -> str:
        return f"S{self.n}@2021-03"

    def records(self) -> dict[str, list[dict]]:
        home, team = {"return_id": self.home()}, {"return_id": "team@-"}
        numbered = [(f"CF{self.n:03}{k}", c) for k, c in enumerate(self.drawn["certificates"], 1)]
        links = [{"slip_number": self.slip(r), "source_slip_number": self.slip(s), **home} for r, s in self.links]
        booklet = {"first_slip": self.slip(1), "last_slip": self.slip(2), "issued_on": "2021-03-01", **team}
        return {
            "shipment": [
                {"certificate_number": number, "issue_date": c["day"], "exporter_id": self.who(c["exporter"])}
                | {"status": c["status"], **home}
                for number, c in numbered
                if c["status"] != "absent"
            ],
            "parcel_source": [
                {"certificate_number": number, "parcel_number": str(p), "slip_number": self.slip(k), **home}
                for number, c in numbered
                for p, k in enumerate(c["uses"])
            ],
            "purchase_source": links if self.drawn["supplied"] else [],
            "purchase": [
                {"slip_number": self.slip(k), "purchase_date": day, **home}
                | {"seller_id": self.who(seller), "buyer_id": self.who(buyer)}
                for k, records in self.slips.items()
                for day, seller, buyer in records
            ],
            "slip_booklet": [{"booklet_number": f"K{self.n}", **booklet}] if self.drawn["booklet"] else [],
            "stock_declaration": [
                {"actor_id": self.who("A"), "as_of": day, "carats": "0.00", **team}
                for day in [self.drawn["stock"]]
                if day
            ],
        }

    def supplied(self) -> dict:
        months = ["2021-03"] if self.since is None else ["2020-09", "2020-10", "2020-11", "2020-12"]
        sheets = {
            ("purchase", f"S{self.n}@{m}"): columns("purchase") for m in [*months, "2021-01", "2021-02", "2021-03"]
        }
        sheets |= {(kind, self.home()): columns(kind) for kind in ("shipment", "parcel_source", "purchase_source")}
        return sheets if self.drawn["supplied"] else sheets | {("purchase_source", self.home()): None}

    def quarantine(self) -> list[tuple[str, ...]]:
        return [("purchase", "slip_number", self.slip(1), self.home())] if self.drawn["back"] else []

    def back(self, k: int) -> bool:
        return bool(self.drawn["back"]) and k == 1

    def facts(self) -> list[Fact]:
        return [fact for k in (1, 2) for fact in self.of(f"CF{self.n:03}{k}", self.drawn["certificates"][k - 1])]

    def of(self, number: str, c: dict) -> list[Fact]:
        links = self.links if self.drawn["supplied"] else set()
        if c["status"] in ("void", "replaced"):
            return []
        if c["status"] == "absent":
            return [(number, "", "not_held:shipment")] if c["uses"] else []
        facts: list[Fact] = []
        if not c["uses"]:
            facts.append((number, "", "not_held:parcel_source"))
        opened = self.drawn["stock"] if c["exporter"] == "A" and self.drawn["stock"] else "9999"
        if self.since and c["day"] and c["day"] < "2021-03-03" and not opened <= c["day"]:
            facts.append((number, "", "history_short"))
        reached = set(c["uses"])
        while more := {s for r, s in links if r in reached} - reached:
            reached |= more
        for k in reached:
            if k not in self.slips:
                facts.append((number, f"{number} unknown_slip E", self.unknown(k)))
            elif not self.drawn["supplied"]:
                facts.append((number, "", "not_supplied:purchase_source"))
        for k in set(c["uses"]) & set(self.slips):
            exporter, day = c["exporter"], c["day"]
            late = [
                self.compare(k, d, day, "purchase_date", "issue_date", d and day and d > day)
                for d, _, _ in self.slips[k]
            ]
            last = [self.compare(k, b, exporter, "buyer_id", "exporter_id", b != exporter) for _, _, b in self.slips[k]]
            facts += [(number, f"{number} after_issue E", best(late)), (number, f"{number} exporter E", best(last))]
        for r, s in links:
            if r in reached and r in self.slips and s in self.slips:
                pairs = [(one, two) for one in self.slips[r] for two in self.slips[s]]
                dates = [
                    self.compare(
                        r, one[0], two[0], "purchase_date", "purchase_date", one[0] and two[0] and two[0] > one[0], s
                    )
                    for one, two in pairs
                ]
                parties = [
                    self.compare(r, one[1], two[2], "seller_id", "buyer_id", one[1] != two[2], s) for one, two in pairs
                ]
                facts += [(number, f"{number} dates E", best(dates)), (number, f"{number} parties E", best(parties))]
        return facts

    def unknown(self, k: int) -> Verdict:
        if self.back(k):
            return "in_quarantine:purchase"
        return True if self.drawn["booklet"] and k in (1, 2) else "not_held:purchase"

    def compare(self, k: int, one, other, name: str, other_name: str, broken: object, source: int = 0) -> Verdict:
        """One pair of values: broken or not, or why that cannot be told."""
        if self.back(k) or self.back(source):
            return "in_quarantine:purchase"
        if one is None or other is None:
            return f"blank:{name}" if one is None else f"blank:{other_name}"
        return bool(broken)


def best(verdicts: list[Verdict]) -> Verdict:
    """Of several records one that fits is enough; else one that cannot be judged."""
    if False in verdicts:
        return False
    return min((v for v in verdicts if isinstance(v, str)), default=True)


@A_THOUSAND
@given(st.lists(BATCH, min_size=BATCHES, max_size=BATCHES), SINCE)
def check(drawn: list[dict], since: str | None) -> None:
    """The engine's findings on these batches are the reader's."""
    batches = [Chain(n, one, since) for n, one in enumerate(drawn)]
    kinds: dict[str, list[dict]] = {}
    for batch in batches:
        for kind, records in batch.records().items():
            kinds.setdefault(kind, []).extend(records)
    e = evidence(
        supplied={sheet: given for batch in batches for sheet, given in batch.supplied().items()},
        known_keys=[key for batch in batches for key in batch.quarantine()],
        monitoring_from=since,
        **kinds,
    )
    agree("D-09", e, [fact for batch in batches for fact in batch.facts()], seen)


def test_links_are_those_of_the_reader() -> None:
    check()
    all_occurred(seen)
