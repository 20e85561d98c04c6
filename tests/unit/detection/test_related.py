"""F28, F19 and F20: related parties, ties to listed ones, new and tiny exporters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, leads, reasons, run, slip


def actor(number: str, kind: str = "buying_house", **known: Any) -> dict[str, Any]:
    return {"actor_id": number, "kind": kind, "name": f"Maison {number}", "registered_on": "2015-01-01",
            "phone": f"+236 7000 {number}1234", **known}  # fmt: skip


def shipment(number: str, exporter: str, carats: str = "100.00", **changed: Any) -> dict[str, Any]:
    return {"certificate_number": number, "exporter_id": exporter, "issue_date": "2021-02-10", "carats": carats,
            "importer_name": "Example Rough DMCC", **changed}  # fmt: skip


def exports(*actors: dict[str, Any], shipments: list[dict[str, Any]] | None = None, **changed: Any) -> Any:
    """E-01 exports 100 ct, half of them bought from C-01."""
    kinds: dict[str, Any] = {
        "actor": list(actors),
        "shipment": shipments or [shipment("CF1", "E-01")],
        "parcel_source": [
            {"certificate_number": "CF1", "parcel_number": "1", "slip_number": s, "carats": "50.00"}
            for s in ("S1", "S2")
        ],
        "purchase": [
            slip("S1", 1, "E-01", seller_id="C-01", carats="50.00"),
            slip("S2", 1, "E-01", seller_id="C-02", carats="50.00"),
        ],
    }  # fmt: skip
    return evidence(**{**kinds, **changed})


HOUSE, COLLECTOR, OTHER = actor("E-01"), actor("C-01", "collector"), actor("C-02", "collector")


def test_a_telephone_shared_with_a_supplier_is_a_tie() -> None:
    phone = {"phone": HOUSE["phone"].replace(" ", "-")}
    [lead] = leads("F28", exports(HOUSE, COLLECTOR | phone, OTHER))
    assert (lead.subject_id, lead.part) == ("E-01@2021-Q1", "supplier")
    assert (lead.evidence["related"], lead.evidence["ties"]) == ("C-01", "phone")
    assert (lead.evidence["related_percent"], lead.score) == ("50.00", 1.5)


def test_nothing_shared_is_silent() -> None:
    e = exports(HOUSE, COLLECTOR, OTHER)
    assert run("F28", e) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [
        ({"owner": "Exemplov Inventsky"}, {"manager": "Inventsky, Exemplov"}, True),
        ({"owner": "Exemplov Inventsky"}, {"manager": "Exemplof Inventski"}, False),  # 88 of 100
        ({"manager": "Jean Ndoma"}, {"manager": "Jean Ngaro"}, False),
        ({"address": "Avenue Boganda 14, Bangui"}, {"address": "14 avenue Boganda Bangui"}, False),
        ({"address": "Avenue Boganda 14, Bangui"}, {"address": "AVENUE BOGANDA 14 BANGUI"}, True),
        ({"address": "Bangui"}, {"address": "Bangui"}, False),  # too short to tell anybody apart
    ],
)
def test_ties_by_person_and_address(mine: dict[str, Any], theirs: dict[str, Any], told: bool) -> None:
    found = leads("F28", exports(HOUSE | mine, COLLECTOR | theirs, OTHER))
    assert bool(found) is told


def test_a_consignee_of_the_owners_name_is_a_tie_that_counts_double() -> None:
    owner = {"owner": "Exemplov Inventsky"}
    to_himself = [shipment("CF1", "E-01", importer_name="Exemplov Inventsky Ltd")]
    [lead] = leads("F28", exports(HOUSE | owner, OTHER, shipments=to_himself))
    assert (lead.part, lead.evidence["related_percent"], lead.score) == ("consignee", "100.00", 3.0)


def test_of_two_exporters_the_later_one_is_told() -> None:
    late = actor("E-02", registered_on="2020-11-01", phone=HOUSE["phone"])
    two = [shipment("CF1", "E-01"), shipment("CF2", "E-02")]
    found = leads("F28", exports(HOUSE, late, OTHER, shipments=two))
    assert [(f.subject_id, f.part) for f in found] == [("E-02@2021-Q1", "exporter")]


@pytest.mark.parametrize(("sharing", "told"), [(6, True), (7, False)])
def test_what_many_share_ties_nobody(sharing: int, told: bool) -> None:
    crowd = [actor(f"X-{n}", "collector", phone=HOUSE["phone"]) for n in range(sharing - 2)]
    found = leads("F28", exports(HOUSE, COLLECTOR | {"phone": HOUSE["phone"]}, OTHER, *crowd))
    assert bool(found) is told


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actor": [], "supplied": {"actor": None}}, "never_loaded:actor"),
        ({"actor": [OTHER]}, "unknown_actor:exporter_id"),
        ({"actor": [{"actor_id": "E-01", "kind": "buying_house"}]}, "blank:address"),
        ({"shipment": [shipment("CF1", "E-01", exporter_id=None)]}, "blank:exporter_id"),
        ({"shipment": [shipment("CF1", "E-01", issue_date="2021-07-10")]}, "quarter_open"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], reason: str) -> None:
    e = exports(HOUSE, COLLECTOR, OTHER, **changed)
    assert leads("F28", e) == []
    assert list(reasons("F28", e)) == [reason]
    RULEBOOK.reason_text(reason, "fr")


def listed(**changed: Any) -> dict[str, Any]:
    return {"list": "L", "entry_id": "1", "name": "Exemplov Inventsky", "listed_on": "2020-01-01", **changed}


SISTER = actor("X-01", "mining_company", owner="Exemplov Inventsky", phone=HOUSE["phone"])


def test_who_shares_a_telephone_with_a_firm_of_a_listed_owner_is_tied() -> None:
    [lead] = leads("F19", exports(HOUSE, SISTER, COLLECTOR, OTHER, watchlist_entry=[listed()]))
    assert (lead.subject_kind, lead.subject_id, lead.evidence["steps"]) == ("actor", "E-01", 1)
    assert lead.evidence["chain"] == "X-01 – E-01"
    assert (lead.score, lead.severity) == (0.5, "W")


def test_chains_are_followed_over_two_ties_and_no_further() -> None:
    second = COLLECTOR | {"manager": "Alphonse Exemple-Kossi"}
    first = HOUSE | {"manager": "Alphonse Exemple-Kossi"}
    found = leads("F19", exports(first, SISTER, second, OTHER, watchlist_entry=[listed()]))
    assert {f.subject_id: f.evidence["steps"] for f in found} == {"E-01": 1, "C-01": 2}
    third = OTHER | {"address": "Avenue Boganda 14, Bangui"}
    second |= {"address": "Avenue Boganda 14, Bangui"}
    found = leads("F19", exports(first, SISTER, second, third, watchlist_entry=[listed()]))
    assert {f.subject_id for f in found} == {"E-01", "C-01"}


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"listed_on": "2021-02-10"}, True),  # on the day of the deal
        ({"listed_on": "2021-02-11"}, False),
        ({"delisted_on": "2021-02-09"}, False),
        ({"listed_on": None}, False),
    ],
)
def test_only_deals_while_the_entry_was_in_force_count(span: dict[str, Any], told: bool) -> None:
    assert bool(leads("F19", exports(HOUSE, SISTER, OTHER, watchlist_entry=[listed(**span)]))) is told


def test_without_a_list_nothing_is_said_of_anybody() -> None:
    assert reasons("F19", exports(HOUSE, COLLECTOR, OTHER))["never_loaded:watchlist_entry"] == ["C-01", "C-02", "E-01"]


NEW = actor("E-02", registered_on="2020-10-01")
BIG = [shipment("CF1", "E-01", "5000.00"), shipment("CF3", "E-01", "4000.00", importer_name="Other NV")]


def test_a_new_exporter_with_one_consignee_is_told() -> None:
    [lead] = leads("F20", exports(HOUSE, NEW, shipments=[*BIG, shipment("CF2", "E-02", "90.00")]))
    assert (lead.subject_id, lead.part, lead.severity) == ("E-02@2021-Q1", "new", "I")
    shown = lead.evidence
    assert (shown["age_months"], shown["share_percent"], shown["consignee_percent"]) == (5, "0.99", "100.00")
    assert lead.score == pytest.approx(3 + 7 / 24, rel=1e-5)


def test_one_consignee_spelt_in_two_ways_is_one() -> None:
    mine = [shipment("CF2", "E-02", "45.00"), shipment("CF4", "E-02", "45.00", importer_name="EXAMPLE ROUGH, D.M.C.C.")]
    [lead] = leads("F20", exports(HOUSE, NEW, shipments=[*BIG, *mine]))
    assert lead.evidence["consignee_percent"] == "100.00"


@pytest.mark.parametrize(("registered", "part"), [("2020-04-01", "new"), ("2020-03-01", "tiny")])
def test_an_exporter_is_new_for_less_than_twelve_months(registered: str, part: str) -> None:
    e = exports(HOUSE, NEW | {"registered_on": registered}, shipments=[*BIG, shipment("CF2", "E-02", "90.00")])
    assert [f.part for f in leads("F20", e)] == [part]


def test_an_old_exporter_of_some_size_with_one_consignee_is_ordinary() -> None:
    e = exports(HOUSE, NEW | {"registered_on": "2015-01-01"}, shipments=[*BIG, shipment("CF2", "E-02", "900.00")])
    assert leads("F20", e) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"importer_name": None}, "blank:importer_name"),
        ({"carats": None}, "blank:carats"),
        ({"exporter_id": "E-99"}, "unknown_actor:exporter_id"),
        ({"issue_date": None}, "blank:issue_date"),
    ],
)
def test_a_new_exporter_of_whom_something_lacks_is_not_judged(changed: dict[str, Any], reason: str) -> None:
    e = exports(HOUSE, NEW, shipments=[*BIG, shipment("CF2", "E-02", "90.00") | changed])
    assert leads("F20", e) == []
    assert reason in reasons("F20", e)


def test_an_unknown_registration_day_is_told_unless_he_is_tiny_anyway() -> None:
    unknown = NEW | {"registered_on": None}
    e = exports(HOUSE, unknown, shipments=[*BIG, shipment("CF2", "E-02", "900.00")])
    assert reasons("F20", e) == {"blank:registered_on": ["E-02@2021-Q1"]}
    tiny = exports(HOUSE, unknown, shipments=[*BIG, shipment("CF2", "E-02", "90.00")])
    assert [f.part for f in leads("F20", tiny)] == ["tiny"]
