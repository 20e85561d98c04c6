"""F27: one photograph lodged with several certificates."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons

LOOKS = {"A": "ffff0000ffff0000", "B": "0f0f0f0f0f0f0f0f", "C": "00000000ffffffff"}


def photo(number: int, name: str, look: str | None = None, sha: str | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "certificate_number": f"CF{number}", "file_name": name, "kind": "photograph", "perceptual_hash": look,
        "sha256": sha or f"{number}-{name}",
    } | changed  # fmt: skip


def lodged(*documents: dict[str, Any], statuses: dict[int, str] | None = None, **kinds: Any) -> Evidence:
    """Certificates CF1, CF2, CF3, issued on the first three days of March."""
    shipment = [
        {"certificate_number": f"CF{n}", "issue_date": f"2021-03-0{n}", "status": (statuses or {}).get(n, "issued")}
        for n in (1, 2, 3)
    ]
    return on_the_map(shipment=shipment, document=list(documents), **kinds)


def told(e: Evidence) -> list[tuple[str, str]]:
    return sorted((f.subject_id, f.part) for f in leads("F27", e))


def flipped(look: str, bits: int) -> str:
    return f"{int(look, 16) ^ ((1 << bits) - 1):016x}"


CLEAN = [photo(1, "a.png", LOOKS["A"]), photo(2, "b.png", LOOKS["B"]), photo(3, "c.png", LOOKS["C"])]


def test_pictures_that_differ_are_no_lead() -> None:
    assert told(lodged(*CLEAN)) == []


def test_the_same_file_under_a_later_certificate_is_told_of_the_later_one() -> None:
    [lead] = leads("F27", lodged(*CLEAN, photo(3, "d.png", None, "1-a.png")))
    assert (lead.subject_id, lead.part, lead.evidence["other_certificate"]) == ("CF3", "same_file", "CF1")
    assert (lead.evidence["file_name"], lead.evidence["other_file"], lead.evidence["certificates"]) == (
        "d.png",
        "a.png",
        2,
    )


@pytest.mark.parametrize(("bits", "fires"), [(0, True), (6, True), (7, False)])
def test_the_same_picture_saved_anew_differs_in_few_bits(bits: int, fires: bool) -> None:
    e = lodged(*CLEAN, photo(2, "d.png", flipped(LOOKS["A"], bits)))
    assert told(e) == ([("CF2", "same_picture")] if fires else [])
    if fires:
        assert leads("F27", e)[0].evidence["differing_bits"] == bits


def test_a_file_under_three_certificates_is_worth_more_than_under_two() -> None:
    two = lodged(*CLEAN, photo(2, "d.png", None, "same"), photo(1, "d.png", None, "same"))
    three = lodged(*CLEAN, *(photo(n, "d.png", None, "same") for n in (1, 2, 3)))
    assert told(three) == [("CF2", "same_file"), ("CF3", "same_file")]
    assert {f.evidence["certificates"] for f in leads("F27", three)} == {3}
    assert (leads("F27", three)[0].score or 0) > (leads("F27", two)[0].score or 0)


def test_pictures_of_one_certificate_may_be_alike() -> None:
    assert told(lodged(*CLEAN, photo(1, "again.png", LOOKS["A"], "1-a.png"))) == []


@pytest.mark.parametrize("status", ["void", "replaced"])
def test_a_certificate_that_was_replaced_hands_its_pictures_on(status: str) -> None:
    assert told(lodged(*CLEAN, photo(2, "d.png", LOOKS["A"], "1-a.png"), statuses={1: status})) == []


def test_papers_that_are_no_photographs_may_be_alike() -> None:
    same = [photo(n, "invoice.pdf", None, "same", kind="invoice") for n in (1, 2)]
    assert told(lodged(*CLEAN, *same)) == []


@pytest.mark.parametrize(
    ("documents", "kinds", "reason"),
    [
        ([CLEAN[0], photo(2, "b.png", None, sha256=None), CLEAN[2]], {}, "blank:sha256"),
        ([CLEAN[0], CLEAN[2]], {}, "not_held:document"),
        ([CLEAN[0], CLEAN[2]], {"known_keys": [("document", "certificate_number", "CF2")]}, "in_quarantine:document"),
    ],
)
def test_what_is_missing_is_named(documents: list[dict[str, Any]], kinds: dict[str, Any], reason: str) -> None:
    e = lodged(*documents, **kinds)
    assert told(e) == []
    assert reasons("F27", e) == {reason: ["CF2"]}
    RULEBOOK.reason_text(reason, "fr")


def test_without_documents_nothing_is_judged() -> None:
    e = lodged(supplied={"document": None})
    assert reasons("F27", e) == {"not_supplied:document": ["CF1", "CF2", "CF3"]}


def test_a_hash_that_is_none_is_not_compared() -> None:
    assert told(lodged(*CLEAN, photo(1, "x.png", "no hash"), photo(2, "y.png", "no hash"))) == []


def test_the_order_of_rows_changes_nothing() -> None:
    e = lodged(*CLEAN, *(photo(n, "d.png", flipped(LOOKS["A"], n), "same" if n > 1 else None) for n in (1, 2, 3)))
    assert len(told(e)) == 2
    assert digest("F27", e) == digest("F27", backwards(e))
