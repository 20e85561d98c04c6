"""F16 and F32: eastern sizes beside a western declared origin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, leads, reasons, slip

CLASSES = ["0.01-0.49", "0.50-0.99", "1.00-1.99", "2.00-4.99", "5.00-10.79", "10.80+"]
MEAN = [25, 70, 140, 300, 700, 1200]
WESTERN, EASTERN = [62, 22, 11, 4, 1, 0], [42, 25, 19, 11, 2, 1]


def sized(kind: str, subject: str, stones: list[int]) -> list[dict[str, Any]]:
    return [
        {"subject_kind": kind, "subject_id": subject, "size_class": c, "stones": n, "carats": f"{n * m / 100:.2f}"}
        for c, m, n in zip(CLASSES, MEAN, stones, strict=True)
        if n
    ]


def exported(stones: list[int], references: int = 40, **changed: Any) -> Any:
    """One certificate of E-01 from Boda; forty slips of others from there, 20 western stones each."""
    carats = sum(n * m for n, m in zip(stones, MEAN, strict=True)) / 100
    weight = f"{carats:.2f}"
    others = [slip(f"P{n:02}", 1, f"C-{n % 9}", carats="9.00", stones=20) for n in range(references)]
    profiles = [row for n in range(references) for row in sized("purchase", f"P{n:02}", [12, 5, 2, 1, 0, 0])]
    kinds: dict[str, Any] = {
        "shipment": [
            {"certificate_number": "CF1", "exporter_id": "E-01", "issue_date": "2021-03-01", "carats": weight}
        ],
        "parcel": [{"certificate_number": "CF1", "parcel_number": "1", "carats": weight}],
        "parcel_source": [
            {"certificate_number": "CF1", "parcel_number": "1", "slip_number": "S1", "carats": weight}
        ],
        "purchase": [slip("S1", 1, "E-01", carats=weight, stones=sum(stones)), *others],
        "purchase_source": [],
        "assortment": [*sized("parcel", "CF1/1", stones), *profiles],
    }  # fmt: skip
    return evidence(**{**kinds, **changed})


def times(profile: list[int], number: int) -> list[int]:
    return [n * number for n in profile]


@pytest.mark.parametrize(("profile", "fires"), [(EASTERN, True), (WESTERN, False)])
def test_an_eastern_parcel_is_a_lead_and_a_western_is_not(profile: list[int], fires: bool) -> None:
    found = leads("F16", exported(times(profile, 4)))
    assert [f.subject_id for f in found] == (["CF1"] if fires else [])


def test_a_lead_tells_share_interval_and_reference() -> None:
    [lead] = leads("F16", exported(times(EASTERN, 5)))
    shown = lead.evidence
    assert float(shown["low_percent"]) > 10
    assert float(shown["low_percent"]) <= float(shown["eastern_percent"]) <= float(shown["high_percent"])
    assert (shown["zones"], shown["reference_slips"], shown["stones"]) == ("Boda", 40, 500)
    assert (shown["large_percent"], float(shown["usual_large_percent"])) == ("14.00", pytest.approx(5, abs=0.5))
    assert (lead.subject_kind, lead.score) == ("certificate", shown["deviance"])
    assert any("SYNTHETIC" in p.note_in("en") for p in SPECS["F16"].parameters)


def test_half_a_mixture_is_found_as_about_half() -> None:
    [lead] = leads("F16", exported([w + e for w, e in zip(times(WESTERN, 5), times(EASTERN, 5), strict=True)]))
    assert 30 <= float(lead.evidence["eastern_percent"]) <= 70


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"parcel_source": [], "supplied": {"parcel_source": None}}, "not_supplied:parcel_source"),
        ({"parcel_source": []}, "not_held:parcel_source"),
        ({"assortment": []}, "not_held:assortment"),
        ({"known_keys": [("parcel", "certificate_number", "CF1")]}, "in_quarantine:parcel"),
        ({"purchase": [slip("X", 1)]}, "not_held:purchase"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], reason: str) -> None:
    e = exported(times(EASTERN, 4), **changed)
    assert leads("F16", e) == []
    assert list(reasons("F16", e)) == [reason]
    RULEBOOK.reason_text(reason, "fr")


def test_small_parcels_few_stones_and_few_slips_are_too_few() -> None:
    assert list(reasons("F16", exported([10, 5, 5, 3, 1, 1]))) == ["small_sample:shipment"]
    assert list(reasons("F16", exported([0, 0, 0, 0, 9, 0]))) == ["small_sample:assortment"]
    assert list(reasons("F16", exported(times(EASTERN, 4), references=29))) == ["small_sample:purchase"]
    blank = exported(times(EASTERN, 4))
    rows = sized("parcel", "CF1/1", times(EASTERN, 4))
    rows[0]["stones"] = None
    others = [r for n in range(40) for r in sized("purchase", f"P{n:02}", [12, 5, 2, 1, 0, 0])]
    assert leads("F16", blank)
    assert list(reasons("F16", exported(times(EASTERN, 4), assortment=[*rows, *others]))) == ["blank:stones"]


def market(eastern: int, **changed: Any) -> Any:
    """Ten collectors of Boda, forty slips each of 8 western stones from their own four crews; in the middle of his year
    C-00 enters ``eastern`` slips of strangers with large stones."""
    slips, rows = [], []
    for buyer in range(10):
        for n in range(40):
            number = f"S{buyer}-{n:02}"
            day = f"2021-{1 + n // 8:02}-{1 + (n * 3) % 27:02}"
            slips.append(
                slip(number, 1, f"C-{buyer:02}", seller_id=f"M-{buyer}{n % 4}", purchase_date=day, carats="4.00",
                     stones=8, register_number="R")
            )  # fmt: skip
            rows += sized("purchase", number, [5, 2, 1, 0, 0, 0] if n % 3 else [5, 1, 1, 1, 0, 0])
    for n in range(eastern):
        slips.append(
            slip(f"E{n:02}", 1, "C-00", seller_id=f"M-X{n}", purchase_date=f"2021-03-{10 + n % 5}", carats="18.00",
                 stones=8, register_number="R")
        )  # fmt: skip
        rows += sized("purchase", f"E{n:02}", [2, 2, 1, 2, 1, 0])
    return evidence(**{"purchase": slips, "assortment": rows, "purchase_source": [], **changed})


def test_large_stones_of_strangers_within_days_are_told_slip_by_slip() -> None:
    found = leads("F32", market(8))
    assert {f.subject_id for f in found} == {f"E{n:02}" for n in range(8)}
    lead = found[0]
    assert (lead.subject_kind, lead.evidence["pair_slips"], lead.evidence["eastern_slips"]) == ("purchase", 1, 8)
    assert lead.evidence["slips"] == 48


def test_an_honest_market_gives_no_lead() -> None:
    assert leads("F32", market(0)) == []


def test_slips_that_cannot_be_compared_are_named() -> None:
    e = market(8)
    bare = [slip("N1", 1, "C-00", seller_id="M-1", stones=5, register_number="R"),
            slip("N2", 1, "C-00", register_number="R"),
            slip("N3", 1, None, register_number="R")]  # fmt: skip
    found = reasons("F32", evidence(purchase=bare, purchase_source=[]))
    assert found == {
        "not_held:assortment": ["N1"],
        "blank:seller_id": ["N2"],
        "blank:buyer_id": ["N3"],
    }
    assert leads("F32", e)


def test_a_resale_is_no_subject_and_a_slip_that_may_be_one_is_not_judged() -> None:
    pair = [{"slip_number": "S1", "source_slip_number": "S0", "carats": "1.00"}]
    rows = [slip("S1", 1, seller_id="M-1")]
    assert (leads("F32", evidence(purchase=rows, purchase_source=pair)), reasons(
        "F32", evidence(purchase=rows, purchase_source=pair))) == ([], {})  # fmt: skip
    assert reasons("F32", evidence(purchase=rows)) == {"not_supplied:purchase_source": ["S1"]}
