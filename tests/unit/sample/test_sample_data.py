"""The committed sample is what its generator writes, adds up, and holds the faults its README names."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tools.make_sample import __main__ as generator
from tools.make_sample.common import Raw, Row

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "sample_data"


@pytest.fixture(scope="module")
def sample() -> generator.Sample:
    return generator.make()


def _content(path: Path) -> object:
    """A file's bytes; of a workbook its members' bytes, as compression differs between zlib builds."""
    data = path.read_bytes()
    if path.suffix != ".xlsx":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_committed_sample_is_what_the_generator_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make_sample", "--out", str(tmp_path)])
    generator.main()
    written = {p.relative_to(tmp_path): _content(p) for p in tmp_path.rglob("*") if p.is_file()}
    committed = {p.relative_to(SAMPLE): _content(p) for p in SAMPLE.rglob("*") if p.is_file()}
    assert written.keys() == committed.keys()
    assert [str(p) for p in written if written[p] != committed[p]] == []


def test_the_sample_stays_small() -> None:
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()) < 6_000_000


def test_the_half_year_has_the_published_scale(sample: generator.Sample) -> None:
    issued = [r for r in _all(sample, "shipment") if r["status"] == "issued"]
    carats, value = sum(r["carats"] for r in issued), sum(r["value_usd"] for r in issued)
    assert abs(carats - Decimal("93965.37") / 2) < 1_000
    assert 100 < value / carats < 120
    largest = sorted((_sum(issued, "exporter_id")).values(), reverse=True)
    assert sum(largest[:3]) > Decimal("0.88") * carats


HEAVIER = ("CF0002214", "1")  # D-01: its packing line weighs half a carat more than its slips and sizes


def test_every_parcel_is_covered_by_its_slips_but_those_named(sample: generator.Sample) -> None:
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in _all(sample, "parcel_source"):
        used[row["certificate_number"], row["parcel_number"]] += row["carats"]
    weight = {(r["certificate_number"], r["parcel_number"]): r["carats"] for r in _all(sample, "parcel")}
    assert [key for key in weight if used[key] != weight[key]] == [("CF0002206", "1"), HEAVIER]


def test_no_slip_is_used_beyond_its_weight_but_the_one_named(sample: generator.Sample) -> None:
    used = _sum(_all(sample, "parcel_source"), "slip_number")
    for slip, carats in _sum(_all(sample, "purchase_source"), "source_slip_number").items():
        used[slip] += carats
    bought = {r["slip_number"]: r["carats"] for r in _all(sample, "purchase") if not isinstance(r["carats"], Raw)}
    over = [slip for slip, carats in used.items() if carats > bought[slip]]
    assert over == [e.subject_id for e in sample.expected if e.rule_id == "D-10"]


def test_sizes_add_up_to_the_weight_of_their_subject(sample: generator.Sample) -> None:
    sized = _sum(_all(sample, "assortment"), "subject_id")
    slips = {r["slip_number"]: r["carats"] for r in _all(sample, "purchase") if r["slip_number"] in sized}
    parcels = {f"{r['certificate_number']}/{r['parcel_number']}": r["carats"] for r in _all(sample, "parcel")}
    parcels["/".join(HEAVIER)] -= Decimal("0.50")
    assert sized == slips | parcels


def test_bags_hold_what_their_sheets_say(sample: generator.Sample) -> None:
    sheets = {r["sheet_number"]: r["carats"] for r in _all(sample, "transfer")}
    assert _sum(_all(sample, "transfer_item"), "sheet_number") == sheets


def test_the_english_twin_holds_the_rows_of_the_french_february(sample: generator.Sample) -> None:
    with (SAMPLE / "english_twin/2021-02/purchase.csv").open(encoding="utf-8-sig", newline="") as lines:
        twin = [row["Slip number"] for row in csv.DictReader(lines)]
    assert twin == [r["slip_number"] or "" for r in sample.months["2021-02"]["purchase"]]


def test_every_expected_finding_is_told_in_the_readme(sample: generator.Sample) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert [e.subject_id for e in sample.expected if f"`{e.subject_id}` | {e.why}" not in readme] == []


def _all(sample: generator.Sample, kind: str) -> list[Row]:
    months = sample.months | {"2021-03": sample.corrected}
    return [row for tables in months.values() for row in tables[kind]]


def _sum(rows: list[Row], key: str) -> dict[str, Decimal]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        total[row[key]] += row["carats"]
    return total
