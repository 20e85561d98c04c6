"""Faults between papers: packing list, photographs, valuation, levy, licences, bags and the chain of sellers.

As in :mod:`tools.make_sample.faults`, each makes its change and says which findings it must lead to.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tools.make_sample.chain import Chain
from tools.make_sample.common import Row, Tables, days, month_of
from tools.make_sample.faults import Expected, direct_slip, drop_paper, first_sale, sent, unexplained
from tools.make_sample.plan import EXPORTERS


def chain_faults(chain: Chain) -> Iterator[Expected]:
    """Faults that must be made before rows are written."""
    slip = first_sale(chain, "CF0002209", "Berberati")
    slip.produced = slip.carats - 200
    yield Expected("D-06", "breach", "W", "purchase", slip.number, "its production line holds 2 ct less than it sold",
                   (sent(slip), month_of(slip.produced_on or slip.day)))  # fmt: skip
    _, slip = direct_slip(chain, "CF0002210")
    slip.changed = {"seller_licence": "PAT-2020-999"}
    yield Expected("L-01", "breach", "E", "purchase", slip.number, "the patente PAT-2020-999 is in no register",
                   (sent(slip),))  # fmt: skip
    yield unexplained("CF0002210", slip.carats, "of the slip under a patente that is in no register",
                      sent(slip), "2021-05")  # fmt: skip
    yield from _another_seller(chain)
    yield from _dear_export(chain)
    yield Expected("L-06", "breach", "W", "purchase", "B090005", "number in no booklet of the register", ("2021-03",))
    _, slip = direct_slip(chain, "CF0002206", changed=True)
    yield Expected("D-04", "breach", "E", "purchase", slip.number, "states no origin", (sent(slip),))
    yield Expected("L-03", "lead", "W", "actor", "BA-05", "its owner bears a listed name, written in Cyrillic there",
                   ("2021-01", "2021-05", "2021-06"))  # fmt: skip
    yield Expected("G-01", "breach", "I", "zone_quarter", "Abba@2021-Q1", "no local committee there is on record",
                   ("2021-02",))  # fmt: skip


def _another_seller(chain: Chain) -> Iterator[Expected]:
    """The resale names another collector as seller than the one who bought the stones."""
    resale = next(s for p in chain.export("CF0002217").parcels for s, _ in p.uses if s.sources)
    other = next(c for c in chain.people.collectors_of(resale.seller.zone) if c is not resale.seller)
    resale.changed = {"seller_id": other.actor_id, "seller_name": other.name, "seller_licence": other.licence}
    why = f"slip {resale.number} is sold by {other.actor_id}, its stones were bought by {resale.seller.actor_id}"
    stands_on = (sent(resale), *(sent(s) for s in resale.sources), "2021-06")
    yield Expected("D-09", "breach", "E", "certificate", "CF0002217", why, stands_on)
    named = sorted(resale.sources, key=lambda s: s.number)[:5]  # of many slips a lead names the first five
    yield unexplained("CF0002217", sum(s.carats for s in resale.sources), "that the seller named never bought",
                      *(sent(s) for s in named), "2021-06")  # fmt: skip


def _dear_export(chain: Chain) -> Iterator[Expected]:
    """A certificate whose value per carat lies above what is plausible."""
    export = chain.export("CF0002216")
    for parcel in export.parcels:
        parcel.value *= 4
    export.value = sum(p.value for p in export.parcels)
    yield Expected("S-01", "lead", "W", "certificate", "CF0002216", "more than 400 USD a carat", ("2021-05",))


def _below_the_minimum(months: dict[str, Tables]) -> Iterator[Expected]:
    """No buying house of this size exports three million dollars a quarter: L-04, which is on trial, says so."""
    for quarter, of in (("2021-Q1", ("2021-01", "2021-02", "2021-03")), ("2021-Q2", ("2021-04", "2021-05", "2021-06"))):
        for house in EXPORTERS:
            exported = tuple(
                month
                for month in of
                if any(r["exporter_id"] == house and r["status"] == "issued" for r in months[month]["shipment"])
            )
            yield Expected("L-04", "lead", "I", "actor_quarter", f"{house}@{quarter}",
                           "below USD 3,000,000 (a rule on trial)", exported)  # fmt: skip


def row_faults(months: dict[str, Tables], files: dict[str, dict[str, bytes]]) -> Iterator[Expected]:
    """Faults in the rows of a month."""
    parcel = _row(months["2021-05"], "parcel", certificate_number="CF0002214")
    parcel["carats"] += Decimal("0.50")
    yield Expected("D-01", "breach", "E", "certificate", "CF0002214",
                   "the packing list weighs 0.50 ct more than the certificate", ("2021-05",))  # fmt: skip
    drop_paper(months["2021-06"], files["2021-06"], "CF0002218_photo_1.png")
    yield Expected("D-02", "breach", "W", "certificate", "CF0002218", "one photograph for two parcels", ("2021-06",))
    shipment = _row(months["2021-04"], "shipment", certificate_number="CF0002205")
    shipment["valuation_date"] = shipment["issue_date"] + days(2)
    yield Expected("D-08", "breach", "W", "certificate", "CF0002205", "valued two days after its issue", ("2021-04",))
    shipment = _row(months["2021-06"], "shipment", certificate_number="CF0002221")
    shipment["levy_xaf"] //= 2
    yield Expected("L-05", "breach", "I", "certificate", "CF0002221", "a levy of 2 % of the value", ("2021-06",))
    slip = next(r for r in months["2021-06"]["purchase"] if r["register_number"] and r["purchase_date"].day >= 20)
    miner = next(
        r for r in months["2021-06"]["purchase"] if r["register_number"] and r["seller_id"] != slip["seller_id"]
    )
    months["2021-06"]["purchase"].append(
        slip | {name: miner[name] for name in ("seller_id", "seller_name", "seller_licence")}
    )
    yield Expected("D-05", "breach", "W", "purchase", slip["slip_number"], "stands on two rows with different sellers",
                   ("2021-06",))  # fmt: skip
    for why in ("its line is sold twice, once to each row", "the line it names is not the second seller's"):
        yield Expected("D-06", "breach", "W", "purchase", slip["slip_number"], why, ("2021-06",))
    bag = next(r for r in months["2021-04"]["transfer"] if r["departed_on"].day >= 10)
    bag["bag_seal"] = None
    yield Expected("D-07", "breach", "W", "transfer", bag["sheet_number"], "a bag without a seal", ("2021-04",))
    yield from _below_the_minimum(months)


def _row(tables: Tables, kind: str, **wanted: object) -> Row:
    return next(r for r in tables[kind] if all(r[name] == value for name, value in wanted.items()))
