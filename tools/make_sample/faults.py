"""What is wrong in the sample on purpose: each fault makes its change and says which findings it must lead to.

Slip and parcel faults change the chain before its rows are written; certificate faults change the rows of a month.
Scopes of what must be found: ``run`` is the whole inbox as of 2021-07-31; ``2021-02`` and so on what validating that
return beside the database tells: the facts that stand on its rows. The first March return is then no longer in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from tools.make_sample.chain import Chain, Parcel, Slip
from tools.make_sample.common import Row, Tables, add_months, ct, month_of
from tools.make_sample.plan import FIRST_DAY, FORMER_SIGNATORY, IMPORTERS, MAP_CHANGED, XAF_PER_USD

BEFORE = "before-correction"  # the run as of a day before 2021-05-20 also tells these


@dataclass(frozen=True)
class Expected:
    """One finding the sample must give. ``why``: what was done; ``months``: the returns whose rows it stands on."""

    rule_id: str
    outcome: str
    severity: str
    subject_kind: str
    subject_id: str
    why: str
    months: tuple[str, ...] = ()
    scope: str = "run"


def slip_faults(chain: Chain) -> Iterator[Expected]:
    """Faults of origin, weight and price, on slips under certificates that are otherwise clean."""
    slip = first_sale(chain, "CF0002112", "Boda")
    slip.dug = "Abba"
    slip.changed = {"origin_subprefecture": "Abba", "prefecture": "Nana-Mambéré", "mine_site_id": _site(chain, "Abba")}
    yield Expected("Z-01", "breach", "E", "purchase", slip.number, "dug at Abba, never a zone; under CF0002112",
                   (sent(slip), "2021-02"))  # fmt: skip
    yield unexplained(
        "CF0002112", slip.carats, "of the slip dug at Abba, which no zone ever was", sent(slip), "2021-02"
    )
    slip = first_sale(chain, "CF0002114", "Carnot", MAP_CHANGED)
    slip.changed = {"prefecture": "Mambéré-Kadéï"}
    yield Expected("Z-06", "breach", "W", "purchase", slip.number, "Carnot labelled Mambéré-Kadéï after 2021-01-21",
                   (sent(slip),))  # fmt: skip
    slip = first_sale(chain, "CF0002116", "Berberati")
    slip.price *= 6
    yield Expected("F14", "lead", "W", "purchase", slip.number, "price six times that of like slips", (sent(slip),))
    slip = first_sale(chain, "CF0002118", "Nola")
    slip.changed = {"origin_subprefecture": "Nolla-Mbongo"}
    yield Expected("Z-07", "breach", "W", "purchase", slip.number, "origin matches no known place", (sent(slip),))
    parcel, slip = direct_slip(chain, "CF0002206")
    slip.changed = {"origin_subprefecture": None, "prefecture": None}
    name = f"CF0002206/{parcel.number}"
    yield Expected("Z-02", "breach", "E", "parcel", name, f"slip {slip.number} states no origin",
                   (sent(slip), "2021-04"))  # fmt: skip
    slip = first_sale(chain, "CF0002214", "Carnot")
    slip.changed = {"origin_subprefecture": "Senkpa-Mbaéré", "prefecture": "Mambéré"}
    yield Expected("Z-08", "lead", "W", "purchase", slip.number, "origin Senkpa-Mbaéré, split from a zone in 2021",
                   (sent(slip),))  # fmt: skip
    yield _old_stock(chain)
    yield from _short_parcel(chain)
    yield _slip_used_twice(chain)
    yield Expected("F15", "lead", "W", "actor_quarter", "BA-04@2021-Q2",
                   "exports cheaper per carat than its purchases, no stone of 2 ct or more exported",
                   ("2021-04", "2021-05", "2021-06"))  # fmt: skip


def _old_stock(chain: Chain) -> Expected:
    _, slip = direct_slip(chain, "CF0002211")
    usd = slip.price / XAF_PER_USD[slip.day.year]
    slip.day, slip.produced_on, slip.sent = date(2015, 3, 10), date(2015, 3, 5), "2021-05"
    slip.price = int(usd * XAF_PER_USD[2015] / 100) * 100
    slip.number, slip.booklet, slip.line = "B009001", "CB-0900", (f"CP-{slip.seller.actor_id[-3:]}-2015", "1")
    slip.changed = {"buyer_licence": "LBA-2015-03", "seller_licence": "PAT-2015-001"}
    return Expected("Z-04", "lead", "W", "purchase", slip.number, "bought 2015-03-10 without an audit reference",
                    ("2021-05",))  # fmt: skip


def _short_parcel(chain: Chain) -> Iterator[Expected]:
    parcel = chain.export("CF0002206").parcels[0]
    n, (slip, weight) = max(enumerate(parcel.uses), key=lambda use: use[1][1])
    taken = sum(w for _, w in parcel.uses) * 2 // 100
    parcel.uses[n] = (slip, weight - taken)
    yield unexplained("CF0002206", taken, "by which parcel 1 is heavier than its slips", "2021-04")
    yield Expected("D-03", "breach", "E", "parcel", "CF0002206/1", "slips cover 2 % less than the parcel weighs",
                    ("2021-04",))  # fmt: skip


def _slip_used_twice(chain: Chain) -> Expected:
    _, slip = direct_slip(chain, "CF0002201")
    parcel = chain.export("CF0002209").parcels[1]
    n, (other, weight) = max(enumerate(parcel.uses), key=lambda use: use[1][1])
    parcel.uses[n] = (other, weight - 625)
    parcel.uses.append((slip, 625))
    return Expected("D-10", "breach", "E", "purchase", slip.number,
                    "used up under CF0002201, then 6.25 ct more under CF0002209",
                    (sent(slip), "2021-04", "2021-05"))  # fmt: skip


def unexplained(certificate: str, carats: int, why: str, *months: str) -> Expected:
    """P-01: carats (hundredths) that the fault alone takes from what can explain a certificate, as reckoned here."""
    return Expected("P-01", "lead", "W", "certificate", certificate, f"{carats / 100:.2f} ct unexplained: those {why}",
                    months)  # fmt: skip


def sent(slip: Slip) -> str:
    """The return a slip is sent with."""
    return slip.sent or month_of(slip.day)


def old_slip(chain: Chain) -> Slip:
    """The slip of 2015, for the registers of that time."""
    return next(s for s in chain.slips if s.sent)


def certificate_faults(months: dict[str, Tables], files: dict[str, dict[str, bytes]]) -> Iterator[Expected]:
    """Faults on the face of certificates and in the papers lodged with them."""

    def change(number: str, **values: object) -> Row:
        row = next(r for t in months.values() for r in t["shipment"] if r["certificate_number"] == number)
        row.update(values)
        return row

    def found(rule: str, severity: str, subject: str, why: str, kind: str = "certificate") -> Expected:
        return Expected(rule, "breach", severity, kind, subject, why, (_month(months, subject),))

    change("CF0002105", seal_number=None)
    yield found("C-08", "E", "CF0002105", "no seal number")
    drop_paper(months["2021-01"], files["2021-01"], "CF0002105_copie.pdf")
    yield found("M-03", "W", "CF0002105", "no copy of the certificate lodged")
    months["2021-02"]["document"].append(
        {"certificate_number": "CF0002115", "file_name": "CF0002115_copie.pdf", "kind": "certificate_copy",
         "sha256": None, "lodged_on": date(2021, 3, 12)}
    )  # fmt: skip
    yield found("M-01", "E", "CF0002115", "a copy is lodged, no return lists the certificate")
    parcel = next(r for r in months["2021-02"]["parcel"] if r["certificate_number"] == "CF0002110")
    parcel["hs_code"] = "710239"
    yield found("C-03", "E", "CF0002110/1", "HS code 7102.39, worked diamonds", "parcel")
    change("CF0002118", expiry_date=add_months(date(2021, 3, 10), 3))
    yield found("C-05", "W", "CF0002118", "valid for three months")
    yield found("M-02", "W", "SPPK@2021-04", "sent on 2021-05-19, due on the 15th", "return")
    yield found("C-10", "W", "CF0002106", "issued on 2021-04-16, after CF0002122 of the same block")
    change("CF0002118", signatory=FORMER_SIGNATORY)
    yield found("C-07", "W", "CF0002118", "signed by somebody whose mandate ended on 2019-12-31")
    yield found("C-06", "E", "CF0002219", "destination Kenya, not a participant")
    june = months["2021-06"]["shipment"]
    spoiled = next(r for r in june if r["certificate_number"] == "CF0002219")
    june.append(spoiled | {"status": "void", "exporter_id": "BA-01", "importer_name": IMPORTERS["BE"],
                           "exporter_name": "Bureau d'achat Exemple Un (synthétique)", "carats": ct(81_240),
                           "value_usd": ct(8_935_000), "levy_xaf": None, "export_date": None})  # fmt: skip
    yield found("C-02", "E", "CF0002219", "the number stands on two differing rows")
    yield found("C-09", "E", "CF0009901", "number outside every printed block")


def _month(months: dict[str, Tables], subject: str) -> str:
    """The return whose certificates, papers or cover a subject belongs to."""
    number = subject.partition("/")[0]
    return next(
        period
        for period, tables in months.items()
        if subject.endswith(f"@{period}")
        or any(r["certificate_number"] == number for r in tables["shipment"] + tables["document"])
    )


def march_faults(tables: Tables) -> Iterator[Expected]:
    """What the first March return got wrong and its correction of 2021-05-20 puts right."""
    tables["return_declaration"][0]["total_carats"] -= ct(50)
    yield Expected("M-01", "breach", "E", "return", "SPPK@2021-03", "declared total 0.50 ct too low",
                   scope=BEFORE)  # fmt: skip
    row = next(r for r in tables["shipment"] if r["certificate_number"] == "CF0002116")
    row["importer_name"] = None
    yield Expected("C-01", "breach", "E", "certificate", "CF0002116", "importer left blank", scope=BEFORE)


def first_sale(chain: Chain, certificate: str, zone: str, since: date = FIRST_DAY) -> Slip:
    """An ordinary slip of a collector, from this zone, upstream of the certificate."""

    def pick(_: int, resale: Slip) -> Slip | None:
        plain = (s for s in resale.sources if s.zone == zone and s.carats > 1500 and not s.changed)
        return next((s for s in plain if s.day >= since), None)

    return _some(chain, certificate, pick)[1]


def direct_slip(chain: Chain, certificate: str, changed: bool = False) -> tuple[Parcel, Slip]:
    """A slip the buying house took from a miner itself, used whole, and its parcel; ``changed``: one with a fault."""

    def pick(used: int, slip: Slip) -> Slip | None:
        wanted = bool(slip.changed) == changed and not slip.sources and used == slip.carats >= 1000
        return slip if wanted else None

    return _some(chain, certificate, pick)


def _some(chain: Chain, certificate: str, pick: Callable[[int, Slip], Slip | None]) -> tuple[Parcel, Slip]:
    for parcel in chain.export(certificate).parcels:
        for slip, used in parcel.uses:
            if (found := pick(used, slip)) is not None:
                return parcel, found
    raise LookupError(f"no slip of the kind wanted under {certificate}: change the plan")


def _site(chain: Chain, subprefecture: str) -> str:
    return next(str(s["mine_site_id"]) for s in chain.people.sites if s["subprefecture"] == subprefecture)


def drop_paper(tables: Tables, files: dict[str, bytes], name: str) -> None:
    """Take a paper out of a return, row and file."""
    tables["document"] = [r for r in tables["document"] if r["file_name"] != name]
    del files[name]
