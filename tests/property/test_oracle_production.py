"""D-06 beside a ledger kept by hand, on a thousand small batches of finds, sales and stocks."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.evidence_builder import evidence
from tests.property.oracle import A_THOUSAND, BATCHES, Fact, Verdict, agree, all_occurred, columns

FAR = "9999"
MONTHS = ["2021-01", "2021-02", "2021-03"]
DAY = st.sampled_from(["2021-03-01", "2021-03-02", "2021-03-03", "2021-03-04", "2021-03-03", "2021-03-02", None])
WEIGHT = st.sampled_from(["0.10", "0.20", "0.30", "0.31", "0.32", "1.00", "1.01", "1.02", "0.50", "0.50", None])
WHO = st.sampled_from(["a", "a", "a", "b"])
FIND = st.tuples(st.sampled_from("pq"), st.integers(1, 2), st.sampled_from(["a", "a", "a", "b", None]), DAY, WEIGHT)
LINE = st.one_of(st.none(), st.none(), st.tuples(st.sampled_from("pq"), st.integers(1, 2)))
SALE = st.tuples(st.integers(1, 6), st.sampled_from(["a"] * 6 + ["b", "c", "z", None]), DAY, WEIGHT, LINE)
STOCK = st.tuples(WHO, st.sampled_from(["2021-03-01", "2021-03-03"]), WEIGHT)
BATCH = st.fixed_dictionaries(
    {
        "finds": st.lists(FIND, max_size=4),
        "sales": st.lists(SALE, min_size=1, max_size=5),
        "stocks": st.lists(STOCK, max_size=1),
        "untold": st.sampled_from([None] * 6 + MONTHS),
        "back": st.sampled_from([False] * 9 + [True]),
    }
)
SINCE = st.sampled_from([None, None, "2020-09-03"])  # the first six months end with 2021-03-02
seen: Counter[str] = Counter()


def weight(text: str | None) -> Decimal:
    return Decimal(text) if text else Decimal(0)


class Ledger:
    """One batch of sender ``S<n>``: miner a, cooperative b, collector c, and z whom nobody knows."""

    def __init__(self, n: int, drawn: dict, since: str | None) -> None:
        self.n, self.since, self.drawn = n, since, drawn
        self.untold, self.back = drawn["untold"], drawn["back"]
        self.finds = [] if self.untold == "2021-03" else drawn["finds"]

    def name(self, text: str | None) -> str | None:
        return text and f"{text.upper()}{self.n:03}"

    def slip(self, k: int) -> str:
        return f"B{self.n:03}{k}"

    def records(self) -> dict[str, list[dict]]:
        home = {"return_id": f"S{self.n}@2021-03"}
        team = {"return_id": "team@-"}
        kinds = {"a": "miner", "b": "cooperative", "c": "collector"}
        return {
            "actor": [{"actor_id": self.name(who), "kind": kind, **team} for who, kind in kinds.items()],
            "production": [
                {"register_number": self.name(r), "line_number": str(k), "miner_id": self.name(m)}
                | {"produced_on": day, "carats": w, **home}
                for r, k, m, day, w in self.finds
            ],
            "purchase": [
                {"slip_number": self.slip(k), "seller_id": self.name(who), "purchase_date": day, "carats": w, **home}
                | ({"register_number": self.name(line[0]), "line_number": str(line[1])} if line else {})
                for k, who, day, w, line in self.drawn["sales"]
            ],
            "stock_declaration": [
                {"actor_id": self.name(who), "as_of": day, "carats": w, **team} for who, day, w in self.drawn["stocks"]
            ],
        }

    def supplied(self) -> dict:
        months = MONTHS if self.since is None else ["2020-09", "2020-10", "2020-11", "2020-12", *MONTHS]
        sheets = {("production", f"S{self.n}@{m}"): columns("production") for m in months if m != self.untold}
        return sheets | {("purchase_source", f"S{self.n}@{m}"): columns("purchase_source") for m in months}

    def quarantine(self) -> list[tuple[str, ...]]:
        """A line of register p in quarantine. It is miner a's where a wrote in that register, else anybody's."""
        return (
            [("production", "register_number", str(self.name("p")), f"S{self.n}@2021-03")] if self.told_back() else []
        )

    def told_back(self) -> bool:
        return self.back and any(r == "p" for r, *_ in self.finds)  # a register of nobody would touch every batch

    def early(self, who: str, day: str | None) -> bool:
        opened = min((d for w, d, _ in self.drawn["stocks"] if w == who), default=FAR)
        return self.since is not None and day is not None and day < "2021-03-03" and not opened <= day

    def sales(self) -> list[tuple]:
        """Once per slip and seller: the heaviest record, of those the earliest, of those the first."""
        best: dict[tuple, tuple] = {}
        for order, (k, who, day, w, line) in enumerate(self.drawn["sales"]):
            rank = (-weight(w), day or FAR, order)
            if (k, who) not in best or rank < best[k, who][0]:
                best[k, who] = (rank, (k, who, day, w, line))
        return [record for _, record in best.values()]

    def lines(self) -> list[tuple]:
        best: dict[tuple, tuple] = {}
        for order, (r, k, miner, day, w) in enumerate(self.finds):
            rank = (-weight(w), day or FAR, order)
            if (r, k, miner) not in best or rank < best[r, k, miner][0]:
                best[r, k, miner] = (rank, (r, k, miner, day, w))
        return [record for _, record in sorted(best.values())]

    def line_of(self, who: str, line: tuple) -> tuple | None:
        """The held row of a line: the seller's own, else the heaviest."""
        rows = [row for row in self.lines() if row[:2] == line]
        return next((row for row in rows if row[2] == who), rows[0] if rows else None)

    def facts(self) -> list[Fact]:
        facts: list[Fact] = []
        sales = sorted(self.sales(), key=lambda s: (s[2] or FAR, s[0], s[1] or ""))
        clear = [s for s in sales if s[1] in ("a", "b")]
        for k, who, *_ in sales:
            if who in (None, "z"):
                facts.append((self.slip(k), "", "blank:seller_id" if who is None else "unknown_actor:seller_id"))
        for k, who, day, *_ in clear:
            facts.append((self.slip(k), "", "history_short" if self.early(who, day) else False))
        for sale in clear:
            if sale[4]:
                facts += self.on_line(sale, clear)
        for who in ("a", "b"):
            facts += self.free(who, clear)
        return facts

    def on_line(self, sale: tuple, clear: list[tuple]) -> list[Fact]:
        k, who, day, w, line = sale
        held = self.line_of(who, line)
        if held is None:
            verdict: Verdict = True
            if self.untold == "2021-03":
                verdict = "not_supplied:production"
            elif self.told_back() and line[0] == "p":
                verdict = "in_quarantine:production"
            elif day is None:
                verdict = "blank:purchase_date"
            elif self.early(who, day):
                verdict = "history_short"
            elif self.untold:
                verdict = self.gap()
            return [(self.slip(k), f"{self.slip(k)} no_line W", verdict)]
        _, _, miner, found_on, found = held
        other: Verdict = "blank:miner_id" if miner is None else miner != who
        later: Verdict = "blank:produced_on" if found_on is None else "blank:purchase_date"
        if found_on and day:
            later = found_on > day
        users = [s for s in clear if s[4] == line]
        upto = users[: users.index(sale) + 1]
        exceeded: Verdict = "blank:carats"
        if found and w:
            exceeded = sum((weight(s[3]) for s in upto), Decimal(0)) > Decimal(found)
            if not exceeded and any(s[3] is None for s in users):
                exceeded = "blank:carats"
        name = self.slip(k)
        return [
            (name, f"{name} other_miner W", other),
            (name, f"{name} found_later W", later),
            (name, f"{name} line_exceeded W", exceeded),
        ]

    def gap(self) -> str:
        return "not_supplied:production"  # its return is held: there is a sheet of purchase sources

    def free(self, who: str, clear: list[tuple]) -> list[Fact]:
        """The seller's slips that name no line, one after the other."""
        own = [s for s in clear if s[1] == who]
        free = [s for s in own if not s[4]]
        on_own = [s for s in own if s[4] and (self.line_of(who, s[4]) or (0, 0, 0))[2] == who]
        sources = []  # day, carats left, reason
        for r, k, miner, day, found in self.lines():
            if miner == who:
                taken = sum((weight(s[3]) for s in on_own if s[4] == (r, k)), Decimal(0))
                why = "blank:produced_on" if day is None else "blank:carats" if found is None else ""
                sources.append((day, max(Decimal(0), weight(found) - taken), why))
        for owner, day, held in self.drawn["stocks"]:
            if owner == who:
                sources.append((day, weight(held), "" if held else "blank:carats"))
        doubts = [(s[2] or "", "blank:carats" if s[2] else "blank:purchase_date") for s in free if not (s[2] and s[3])]
        doubts += [("", "blank:carats") for s in on_own if s[3] is None]
        facts: list[Fact] = []
        sold = allowed = Decimal(0)
        over_before = False
        for k, _, day, w, _ in free:
            name = self.slip(k)
            if not day or not w:
                facts.append((name, "", "blank:carats" if day else "blank:purchase_date"))
                continue
            sold += Decimal(w)
            found = sum((left for d, left, _ in sources if d and d <= day), Decimal(0))
            if self.early(who, day):
                allowed = max(allowed, sold - found)
            over = sold - found - allowed > Decimal("0.01")
            hidden = min(((d or "", why) for d, _, why in sources if why and (d or "") <= day), default=None)
            unknown = min((doubt for doubt in doubts if doubt[0] <= day), default=None)
            verdict: Verdict
            if self.untold == "2021-03":
                verdict = "not_supplied:production"
            elif self.early(who, day):
                verdict = "history_short"
            elif over and self.told_back() and any(r == "p" and m == who for r, _, m, _, _ in self.lines()):
                verdict = "in_quarantine:production"
            elif over and hidden:
                verdict = hidden[1]
            elif over and self.untold:
                verdict = self.gap()
            elif not over and unknown:
                verdict = unknown[1]
            else:
                verdict = over and not over_before
                over_before = over
            facts.append((name, f"{name} oversold W", verdict))
        return facts


@A_THOUSAND
@given(st.lists(BATCH, min_size=BATCHES, max_size=BATCHES), SINCE)
def check(drawn: list[dict], since: str | None) -> None:
    """The engine's findings on these batches are those of the ledger."""
    batches = [Ledger(n, one, since) for n, one in enumerate(drawn)]
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
    agree("D-06", e, [fact for batch in batches for fact in batch.facts()], seen)


def test_sales_beside_finds_are_those_of_the_ledger() -> None:
    check()
    all_occurred(seen)
