"""P-01 against brute force: on small random chains both figures are minimum cuts, found by trying every cut.

The oracle shares nothing with the detector: it reads the records as written, draws an arc from every line to every slip
that may use it, and takes the least over all ways of dividing slips and certificates into two sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, permutations, product
from random import Random
from typing import Any

import pytest

from carmonitor.detection.provenance import unexplained_carats
from carmonitor.framework.checks import Params
from carmonitor.framework.rulebook import load_specs
from carmonitor.records.evidence import Evidence
from carmonitor.settings import schemas_dir
from tests.evidence_builder import evidence

PARAMETERS = Params(load_specs(schemas_dir() / "detectors.yaml")["P-01"].parameters)
CHAINS, AT_ONCE = 500, 50
OPENS = {"Boda": 0, "Nola": 15, "Abba": 99}  # sub-prefecture → the day of March 2021 from which it is a zone
Records = dict[str, list[dict[str, Any]]]


def day(number: int) -> str:
    return f"2021-03-{number:02}"


def weight(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def random_chain(seed: int) -> Records:
    """Two miners, a collector, a buying house; up to three first sales, two resales and three certificates."""
    rng, own = Random(seed), f"{seed:03}"
    records: Records = {
        kind: []
        for kind in (
            "production",
            "stock_declaration",
            "purchase",
            "purchase_source",
            "parcel",
            "parcel_source",
            "shipment",
        )
    }
    for n in range(rng.randint(1, 4)):
        records["production"].append(
            {
                "register_number": f"R{own}",
                "line_number": str(n),
                "miner_id": f"M{own}-{rng.randint(0, 1)}",
                "produced_on": day(rng.randint(1, 8)),
                "carats": weight(rng.randint(1, 900)),
            }
        )
    if rng.random() < 0.3:
        records["stock_declaration"].append(
            {"actor_id": f"M{own}-0", "as_of": day(rng.randint(1, 8)), "carats": weight(rng.randint(0, 500))}
        )
    first, resales = [], []
    for n in range(rng.randint(2, 3)):
        line = str(rng.randint(0, 4)) if rng.random() < 0.4 else None
        first.append(
            {
                "slip_number": f"F{own}-{n}",
                "purchase_date": day(rng.randint(3, 10)),
                "seller_id": f"M{own}-{rng.randint(0, 1)}",
                "buyer_id": rng.choice([f"C{own}", f"C{own}", f"H{own}"]),
                "seller_licence": rng.choice(["GOOD", "GOOD", "GOOD", "OLD"]) + own,
                "origin_subprefecture": rng.choice(["Boda", "Boda", "Boda", "Nola", "Abba"]),
                "carats": weight(rng.randint(1, 900)),
                "register_number": f"R{own}" if line else None,
                "line_number": line,
            }
        )
    for n in range(rng.randint(0, 2)):
        resales.append(
            {
                "slip_number": f"G{own}-{n}",
                "purchase_date": day(rng.randint(9, 12)),
                "seller_id": f"C{own}",
                "buyer_id": f"H{own}",
                "seller_licence": f"GOOD{own}",
                "carats": weight(rng.randint(1, 1500)),
            }
        )
        for source in rng.sample(first, rng.randint(1, len(first))):
            records["purchase_source"].append(
                {
                    "slip_number": f"G{own}-{n}",
                    "source_slip_number": source["slip_number"],
                    "carats": weight(rng.randint(1, 900)),
                }
            )
    records["purchase"] = first + resales
    for n in range(rng.randint(1, 3)):
        number = f"CF{own}{n}"
        records["shipment"].append(
            {
                "certificate_number": number,
                "issue_date": day(rng.randint(11, 20)),
                "exporter_id": f"H{own}",
                "carats": weight(rng.randint(1, 1500)),
                "status": rng.choice(["issued"] * 5 + ["void"]),
            }
        )
        records["parcel"].append(
            {"certificate_number": number, "parcel_number": "1", "carats": weight(rng.randint(1, 1500))}
        )
        for slip in rng.sample(records["purchase"], rng.randint(1, len(records["purchase"]))):
            for _ in range(rng.choice([1, 1, 1, 2])):
                records["parcel_source"].append(
                    {
                        "certificate_number": number,
                        "parcel_number": "1",
                        "slip_number": slip["slip_number"],
                        "carats": weight(rng.randint(1, 900)),
                    }
                )
    return records


def as_evidence(chains: Iterable[Records], order: int = 1) -> Evidence:
    together: Records = {}
    owners = []
    for chain in chains:
        for kind, rows in chain.items():
            together.setdefault(kind, []).extend(rows)
        owners += sorted({s["seller_id"] for s in chain["purchase"]})
    licences = [
        {"licence_number": f"{kind}{own}", "valid_from": "2020-01-01", "valid_to": end}
        for own in sorted({o[1:4] for o in owners})
        for kind, end in (("GOOD", None), ("OLD", "2020-12-31"))
    ]
    zones = [
        {"subprefecture": z, "status": "compliant", "valid_from": day(d) if d else "2019-01-01"}
        for z, d in OPENS.items()
        if d < 99
    ]
    actors = [{"actor_id": o, "kind": "miner" if o[0] == "M" else "collector"} for o in sorted(set(owners))]
    return evidence(
        licence=licences, zone=zones, actor=actors, **{kind: rows[::order] for kind, rows in together.items()}
    )


def hundredths(record: Mapping[str, Any]) -> int:
    return int(record["carats"].replace(".", ""))


class Oracle:
    """One chain. ``most(ends)``: the most that can reach these certificates together."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.certificates = [c for c in records["shipment"] if c["status"] == "issued"]
        self.slips = {s["slip_number"]: s for s in records["purchase"]}
        self.resold = {row["slip_number"] for row in records["purchase_source"]}

    def in_order(self) -> list[str]:
        ordered = sorted(self.certificates, key=lambda c: (c["issue_date"], c["certificate_number"]))
        return [c["certificate_number"] for c in ordered]

    def demand(self, number: str) -> int:
        return next(hundredths(c) for c in self.certificates if c["certificate_number"] == number)

    def zone_open(self, slip: Mapping[str, Any], certificate: Mapping[str, Any]) -> bool:
        if slip["slip_number"] in self.resold or slip.get("origin_subprefecture") is None:
            return True
        return int(certificate["issue_date"][-2:]) >= OPENS[slip["origin_subprefecture"]]

    def sources(self) -> list[tuple[int, dict[str, int]]]:
        """Each line or stock: its weight, and how much each slip may take of it."""
        found = []
        for kind in ("production", "stock_declaration"):
            for row in self.records[kind]:
                owner, begins = (
                    (row["miner_id"], row["produced_on"]) if kind == "production" else (row["actor_id"], row["as_of"])
                )
                takes = {}
                for number, slip in self.slips.items():
                    named = slip.get("line_number")
                    if named is not None and named != row.get("line_number"):
                        continue
                    free = hundredths(slip) - sum(
                        hundredths(r) for r in self.records["purchase_source"] if r["slip_number"] == number
                    )
                    if (
                        slip["seller_id"] == owner
                        and begins <= slip["purchase_date"]
                        and self.licensed(slip)
                        and free > 0
                    ):
                        takes[number] = free
                found.append((hundredths(row), takes))
        return found

    def licensed(self, slip: Mapping[str, Any]) -> bool:
        return bool(slip["seller_licence"].startswith("GOOD"))

    def most(
        self, ends: Iterable[str], shut: Mapping[str, Any] | None = None, limits: Mapping[str, int] | None = None
    ) -> int:
        """``shut``: the certificate whose day counts for zones behind resales too; ``limits``: what each may take."""
        wanted = {number: (limits or {}).get(number, self.demand(number)) for number in ends}
        by_number = {c["certificate_number"]: c for c in self.certificates}
        arcs: dict[tuple[str, str], int] = {}
        for row in self.records["purchase_source"]:
            source, resale = self.slips[row["source_slip_number"]], self.slips[row["slip_number"]]
            fits = source["purchase_date"] <= resale["purchase_date"] and source["buyer_id"] == resale["seller_id"]
            if fits and self.licensed(source) and self.licensed(resale):
                key = row["source_slip_number"], row["slip_number"]
                arcs[key] = arcs.get(key, 0) + hundredths(row)
        seen = set()
        for row in self.records["parcel_source"]:
            number = row["certificate_number"]
            if number not in wanted or tuple(row.items()) in seen:
                continue
            seen.add(tuple(row.items()))  # a row that says the same again is one row
            slip, certificate = self.slips[row["slip_number"]], by_number[number]
            fits = slip["purchase_date"] <= certificate["issue_date"] and slip["buyer_id"] == certificate["exporter_id"]
            if fits and self.licensed(slip) and self.zone_open(slip, certificate):
                arcs[row["slip_number"], number] = arcs.get((row["slip_number"], number), 0) + hundredths(row)
        dead = {n for n, s in self.slips.items() if s.get("origin_subprefecture") == "Abba" and n not in self.resold}
        if shut is not None:
            dead |= {n for n, s in self.slips.items() if not self.zone_open(s, shut)}
        slips, numbers = sorted(self.slips), sorted(wanted)
        parcel = {p["certificate_number"]: hundredths(p) for p in self.records["parcel"]}
        sources = self.sources()
        least = None
        for sides in product((False, True), repeat=len(slips) + len(numbers)):
            near = {name for name, side in zip([*slips, *numbers], sides, strict=True) if side}
            cut = sum(
                min(held, sum(w for slip, w in takes.items() if slip in near and slip not in dead))
                for held, takes in sources
            )
            for slip in slips:
                if slip not in near and slip not in dead:
                    leaving = sum(w for (tail, head), w in arcs.items() if tail == slip and head in near)
                    cut += min(leaving, hundredths(self.slips[slip]))
            cut += sum(min(wanted[n], parcel[n]) for n in numbers if n not in near)
            least = cut if least is None else min(least, cut)
        return least or 0

    def figures(self) -> tuple[dict[str, int], dict[str, int], dict[frozenset[str], int]]:
        """What each lacks alone and in its turn, and the most of every set of certificates."""
        by_number = {c["certificate_number"]: c for c in self.certificates}
        alone = {n: self.most([n], shut=c) for n, c in by_number.items()}
        most = {
            frozenset(group): self.most(group, limits=alone)
            for k in range(len(alone) + 1)
            for group in combinations(alone, k)
        }
        order, turn = self.in_order(), {}
        for k, number in enumerate(order):
            turn[number] = self.demand(number) - most[frozenset(order[: k + 1])] + most[frozenset(order[:k])]
        return {n: self.demand(n) - got for n, got in alone.items()}, turn, most


def told(e: Evidence) -> dict[str, tuple[int, int]]:
    rows = unexplained_carats(e, PARAMETERS)
    columns = ("subject_id", "unexplained_alone_carats", "unexplained_carats")
    return {number: (int(alone), int(turn)) for number, alone, turn in zip(*(rows[c] for c in columns), strict=True)}


@pytest.mark.parametrize("batch", range(CHAINS // AT_ONCE))
def test_both_figures_are_minimum_cuts(batch: int) -> None:
    chains = [random_chain(seed) for seed in range(batch * AT_ONCE, (batch + 1) * AT_ONCE)]
    found = told(as_evidence(chains))
    assert told(as_evidence(chains, order=-1)) == found
    short, shared = 0, 0
    for chain in chains:
        oracle = Oracle(chain)
        alone, turn, most = oracle.figures()
        for number in alone:
            assert found.pop(number) == (alone[number], turn[number]), number
        everything = frozenset(alone)
        total = sum(oracle.demand(n) for n in alone) - most[everything]
        assert sum(turn.values()) == total
        for order in permutations(alone):
            for k, number in enumerate(order):
                share = most[frozenset(order[: k + 1])] - most[frozenset(order[:k])]
                assert oracle.demand(number) - share >= alone[number]
        short += any(alone.values())
        shared += any(turn[n] > alone[n] for n in alone)
    assert found == {}
    assert short >= 5
    assert shared >= 1
