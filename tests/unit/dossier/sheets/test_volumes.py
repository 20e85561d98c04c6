"""Volumes by month against plain sums in decimals; what is not stated is counted, never taken for nothing."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carmonitor.dossier.sheets.figures import PricePeers
from carmonitor.dossier.sheets.monthly import months_table
from carmonitor.dossier.sheets.peers import PEERS_SHOWN, price_peers
from carmonitor.dossier.sheets.volumes import PARTNERS, Month, by_month, partners

SLIPS = st.lists(
    st.fixed_dictionaries(
        {
            "purchase_date": st.none() | st.dates().map(lambda day: day.isoformat()),
            "carats": st.none() | st.integers(1, 10**11),
            "price_xaf": st.none() | st.integers(0, 10**14),
            "buyer_id": st.none() | st.sampled_from(["BA-01", "BA-02", "<b>", "=1+1"]),
        }
    )
)


@given(SLIPS)
def test_months_are_the_decimal_sums_of_what_is_stated(slips: list[dict[str, Any]]) -> None:
    carats: dict[str, Decimal] = defaultdict(Decimal)
    for slip in slips:
        month = "" if slip["purchase_date"] is None else slip["purchase_date"][:7]
        carats[month] += Decimal(slip["carats"] or 0) / 100
    found = by_month(slips, "purchase_date", "price_xaf")
    assert {m.month: Decimal(m.carats) / 100 for m in found} == carats
    assert [m.month for m in found] == sorted(carats)
    assert sum(m.rows for m in found) == len(slips)
    assert sum(m.carats_blank for m in found) == sum(slip["carats"] is None for slip in slips)
    assert sum(m.value_blank for m in found) == sum(slip["price_xaf"] is None for slip in slips)
    assert sum(m.value for m in found) == sum(slip["price_xaf"] or 0 for slip in slips)


@given(SLIPS)
def test_partners_are_those_named_the_heaviest_first(slips: list[dict[str, Any]]) -> None:
    found, count = partners(slips, "buyer_id", "price_xaf")
    assert count == len({slip["buyer_id"] for slip in slips} - {None})
    assert [p.carats for p in found] == sorted((p.carats for p in found), reverse=True)
    assert sum(p.rows for p in found) == sum(slip["buyer_id"] is not None for slip in slips)


def test_no_more_partners_are_listed_than_have_room() -> None:
    rows = [{"buyer_id": f"B-{n:02}", "carats": 100 + n, "price_xaf": 1} for n in range(PARTNERS + 3)]
    found, count = partners(rows, "buyer_id", "price_xaf")
    assert (len(found), count, found[0].actor_id) == (PARTNERS, PARTNERS + 3, f"B-{PARTNERS + 2:02}")


def test_a_table_of_months_shows_each_side_and_tells_what_papers_do_not_state() -> None:
    bought = (Month("", 1, 0, carats_blank=1), Month("2021-02", 3, 12345, value=500))
    dug = (Month("2021-01", 2, 700),)
    table = months_table([("dug", dug, ""), ("bought", bought, "xaf"), ("sold", (), "xaf")], "fr")
    assert table.heads[1:] == (
        "Produit\u00a0: pièces",
        "Produit, ct",
        "Acheté\u00a0: pièces",
        "Acheté, ct",
        "Acheté, FCFA",
    )
    assert table.rows[0] == ("–", "–", "–", "1", "0,00", "0")
    assert table.rows[1] == ("2021-01", "2", "7,00", "–", "–", "–")
    assert table.rows[2] == ("2021-02", "–", "–", "3", "123,45", "500")
    assert "aucun poids" in table.note
    assert "aucun jour" in table.note


def lead() -> dict[str, Any]:
    evidence = {"price_per_carat": "900", "median_per_carat": "400", "fence_per_carat": "800", "zone": "Nola",
                "quarter": "2021-Q1", "size_class": "0.50-0.99"}  # fmt: skip
    return {"finding_id": "F1", "subject_id": "B1", "evidence": evidence}


def test_peers_are_other_buyers_slips_of_the_same_zone() -> None:
    peers = [("BA-01", "Nola", Decimal(1)), ("BA-02", "Nola", Decimal(3)), ("BA-02", "Boda", Decimal(4)),
             (None, "Nola", Decimal(5)), ("BA-03", "Nola", Decimal(2))]  # fmt: skip
    found = price_peers(lead(), "BA-01", peers)
    assert (found.peers, found.peers_count) == ((Decimal(2), Decimal(3)), 2)
    assert isinstance(found, PricePeers)


def test_many_peers_are_thinned_evenly_and_counted_in_full() -> None:
    peers = [("BA-02", "Nola", Decimal(n)) for n in range(3 * PEERS_SHOWN + 1)]
    found = price_peers(lead(), "BA-01", peers)
    assert found.peers_count == 3 * PEERS_SHOWN + 1
    assert len(found.peers) <= PEERS_SHOWN
    assert found.peers[0] == 0
