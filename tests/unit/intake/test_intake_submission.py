"""Who sent it, for which month, and that the same bytes are the same submission."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from intake_files import TODAY, csv_file, read, xlsx

from carmonitor.intake import IntakeError, archive, find_submissions, read_submission

SHIPMENTS = [["Certificate number", "Carats"], ["CF1", "2.50"]]
PURCHASES = [["Slip number", "Carats"], ["B1", "2.50"]]
DECLARATION = [["Month", "Sender"], ["2021-01", "SPPK"]]


def folder(path: Path, **extra: bytes | str) -> Path:
    """A submission folder with a declaration, shipments and purchases."""
    path.mkdir(parents=True)
    csv_file(path / "return_declaration.csv", DECLARATION)
    csv_file(path / "shipments.csv", SHIPMENTS)
    csv_file(path / "purchases.csv", PURCHASES)
    for name, content in extra.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(path: Path, source: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(source).as_posix())
    return path


def test_sender_and_period_come_from_the_declaration(tmp_path: Path) -> None:
    submission = read_submission(folder(tmp_path / "a"), sender="other", period="2020-12", today=TODAY)
    assert (submission.sender, submission.period, submission.received_on) == ("SPPK", "2021-01", TODAY)


def test_else_from_submission_yaml_beside_the_files(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "shipments.csv", SHIPMENTS)
    (tmp_path / "shipments.csv.submission.yaml").write_text(
        "sender: SPPK\nperiod: 2021-01\nreceived_on: 2021-02-10\n", encoding="utf-8"
    )
    submission = read_submission(path, sender="other", period="2020-12", today=TODAY)
    assert (submission.sender, submission.period, submission.received_on) == ("SPPK", "2021-01", date(2021, 2, 10))
    assert {f.path: f.role for f in submission.files}["shipments.csv.submission.yaml"] == "metadata"


def test_else_from_the_arguments(tmp_path: Path) -> None:
    submission = read(csv_file(tmp_path / "shipments.csv", SHIPMENTS))
    assert submission.return_id == "SPPK@2021-01"


def test_else_it_is_refused_with_that_message(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "shipments.csv", SHIPMENTS)
    with pytest.raises(IntakeError, match=r"no return_declaration row, no submission\.yaml, and no --sender"):
        read_submission(path, today=TODAY)
    with pytest.raises(IntakeError, match="no --period"):
        read_submission(path, sender="SPPK", today=TODAY)


@pytest.mark.parametrize("period", ["2021", "2021-Q1", "2021-H1"])
def test_a_return_covers_one_month(tmp_path: Path, period: str) -> None:
    path = csv_file(tmp_path / "shipments.csv", SHIPMENTS)
    with pytest.raises(IntakeError, match=f"a return covers one month, YYYY-MM, found period '{period}'"):
        read_submission(path, sender="SPPK", period=period, today=TODAY)


def test_confirmations_and_registers_need_no_period(tmp_path: Path) -> None:
    rows = [["Certificate number", "Importing country"], ["CF1", "Belgium"]]
    submission = read_submission(csv_file(tmp_path / "confirmations.csv", rows), sender="BE", today=TODAY)
    assert submission.period is None
    assert submission.tables[0].kind == "import_confirmation"


def test_a_declaration_in_quarantine_still_names_the_month(tmp_path: Path) -> None:
    path = folder(tmp_path / "a")
    csv_file(path / "return_declaration.csv", [["Month", "Sender", "Date sent"], ["2021-01", "SPPK", "soon"]])
    assert read_submission(path, today=TODAY).period == "2021-01"


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"submission.yaml": "period: 2021-02"}, "submission.yaml says '2021-02'"),
        ({"submission.yaml": "sender: other"}, "submission.yaml says 'other'"),
        ({"submission.yaml": "month: 2021-01"}, "expected the keys sender, period, received_on"),
        ({"submission.yaml": "received_on: soon"}, "expected received_on as a day"),
        ({"submission.yaml": "period: spring"}, "expected a period"),
        ({"declaration.csv": "Month,Sender\n2021-02,SPPK\n"}, "more than one period: 2021-01, 2021-02"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, extra: dict[str, str], says: str) -> None:
    with pytest.raises(IntakeError, match=says):
        read_submission(folder(tmp_path / "a", **extra), today=TODAY)


def test_a_folder_and_a_zip_of_it_are_one_submission(tmp_path: Path) -> None:
    source = folder(tmp_path / "a", **{"submission.yaml": "received_on: 2021-02-10"})
    ids = {
        read_submission(path, today=TODAY).submission_id
        for path in (source, zipped(tmp_path / "b.zip", source), zipped(tmp_path / "c.zip", source, "2021-01/"))
    }
    assert len(ids) == 1
    assert next(iter(ids)).startswith("S")
    assert len(next(iter(ids))) == 25


def test_a_renamed_file_is_the_same_submission_and_a_changed_one_is_not(tmp_path: Path) -> None:
    first = read(csv_file(tmp_path / "shipments.csv", SHIPMENTS))
    renamed = read(csv_file(tmp_path / "exports.csv", SHIPMENTS))
    changed = read(csv_file(tmp_path / "shipments2.csv", [*SHIPMENTS, ["CF2", "1"]]))
    other_month = read(tmp_path / "shipments.csv", period="2021-02")
    assert first.submission_id == renamed.submission_id
    assert len({s.submission_id for s in (first, changed, other_month)}) == 3


def test_one_bad_file_does_not_lose_the_others(tmp_path: Path) -> None:
    submission = read_submission(folder(tmp_path / "a", **{"parcels.xlsx": b"no workbook"}), today=TODAY)
    assert [t.kind for t in submission.tables] == ["purchase", "return_declaration", "shipment"]
    assert len(submission.failed) == 1
    assert submission.failed[0].startswith("a/parcels.xlsx: ")


def test_repeats_across_files_are_skipped_once(tmp_path: Path) -> None:
    submission = read_submission(
        folder(tmp_path / "a", **{"shipments_2.csv": "Certificate number,Carats\nCF1,2.5\nCF2,3\n"}), today=TODAY
    )
    first, second = (t for t in submission.tables if t.kind == "shipment")
    assert list(first.frame["certificate_number"]) == ["CF1"]
    assert list(second.frame["certificate_number"]) == ["CF2"]
    assert second.skipped == {1: "header", 2: "repeat"}


def test_papers_are_found_compared_and_listed(tmp_path: Path) -> None:
    good = hashlib.sha256(b"%PDF one").hexdigest()
    rows = [
        ["Certificate number", "File name", "SHA-256"],
        ["CF1", "one.pdf", good.upper()],
        ["CF1", "two.pdf", good],
        ["CF1", "missing.pdf", good],
        ["CF1", "docs/packing.xlsx", None],
    ]
    path = folder(tmp_path / "a", **{".DS_Store": b"x"})
    csv_file(path / "documents.csv", rows)
    (path / "docs").mkdir()
    for name, content in {
        "one.pdf": b"%PDF one",
        "two.pdf": b"%PDF two",
        "three.jpg": b"x",
        "packing.xlsx": b"?",
    }.items():
        (path / "docs" / name).write_bytes(content)
    submission = read_submission(path, today=TODAY)
    roles = {f.path: f.role for f in submission.files if f.path.startswith("docs/")}
    assert roles == {
        "docs/one.pdf": "attachment", "docs/two.pdf": "attachment", "docs/three.jpg": "unclaimed",
        "docs/packing.xlsx": "attachment",
    }  # fmt: skip
    assert ".DS_Store" not in {f.path for f in submission.files}
    documents = next(t for t in submission.tables if t.kind == "document")
    assert list(documents.frame["file_name"]) == ["one.pdf", "missing.pdf", "docs/packing.xlsx"]
    assert [(q.row, q.problems[0].code) for q in documents.quarantine] == [(3, "sha256_differs")]
    assert submission.failed == ()
    assert "docs/three.jpg: named in no document row" in submission.notes


def test_a_letter_in_plain_text_is_unclaimed_and_no_data(tmp_path: Path) -> None:
    submission = read_submission(folder(tmp_path / "a", **{"letter.txt": "Dear all,\nplease find"}), today=TODAY)
    assert {f.path: f.role for f in submission.files}["letter.txt"] == "unclaimed"
    assert submission.counts()["quarantined"] == 0


def _zip_bytes(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    for name in ("../evil.csv", "/evil.csv", "a\\..\\..\\evil.csv", "C:/evil.csv"):
        (tmp_path / "a.zip").write_bytes(_zip_bytes({name: b"x"}))
        with pytest.raises(IntakeError, match="outside the archive"):
            read(tmp_path / "a.zip")


def test_a_zip_built_to_burst_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(_zip_bytes({"a.csv": b"0" * 2_000_000}))
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 1000)
    with pytest.raises(IntakeError, match="times its size"):
        read(tmp_path / "a.zip")
    monkeypatch.setenv("CARMONITOR_MAX_UNPACKED_MB", "1")
    with pytest.raises(IntakeError, match="bytes unpacked"):
        read(tmp_path / "a.zip")
    monkeypatch.setenv("CARMONITOR_MAX_ENTRIES", "1")
    (tmp_path / "a.zip").write_bytes(_zip_bytes({"a.csv": b"0", "b.csv": b"0"}))
    with pytest.raises(IntakeError, match="entries"):
        read(tmp_path / "a.zip")


def test_a_damaged_or_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(_zip_bytes({"a.csv": b"certificate_number\nCF1\n" * 50}))
    flagged = bytearray(data)
    start = flagged.index(b"PK\x01\x02")
    flagged[start + 8] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(flagged))
    with pytest.raises(IntakeError, match="encrypted"):
        read(tmp_path / "a.zip")
    data[40] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(bytes(data))
    with pytest.raises(IntakeError, match="cannot be unpacked"):
        read(tmp_path / "a.zip")


def test_a_workbook_renamed_to_zip_says_so(tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", {"Shipments": SHIPMENTS}).rename(tmp_path / "a.zip")
    with pytest.raises(IntakeError, match="the content is a workbook"):
        read(tmp_path / "a.zip")


def test_submissions_are_found_under_an_inbox(tmp_path: Path) -> None:
    month = folder(tmp_path / "inbox" / "2021" / "2021-01")
    (month / "docs").mkdir()
    (month / "docs" / "one.pdf").write_bytes(b"%PDF")
    correction = folder(tmp_path / "inbox" / "2021" / "2021-01-correction")
    belgium = tmp_path / "inbox" / "confirmations" / "BE"
    belgium.mkdir(parents=True)
    csv_file(belgium / "q1.csv", SHIPMENTS)
    assert find_submissions(tmp_path / "inbox") == [month, correction, belgium]
    assert find_submissions(month) == [month]
    assert find_submissions(belgium / "q1.csv") == [belgium / "q1.csv"]


def test_loose_workbooks_and_zips_in_an_inbox_are_submissions_of_their_own(tmp_path: Path) -> None:
    first = xlsx(tmp_path / "2021-01.xlsx", {"Shipments": SHIPMENTS})
    second = xlsx(tmp_path / "2021-02.xlsx", {"Shipments": SHIPMENTS})
    (tmp_path / "2021-02.xlsx.submission.yaml").write_text("sender: SPPK\n", encoding="utf-8")
    inner = folder(tmp_path / "2021-03")
    assert find_submissions(tmp_path) == [first, second, inner]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no such file"):
        find_submissions(tmp_path / "nowhere")
    with pytest.raises(IntakeError, match="no such file"):
        read(tmp_path / "nowhere.csv")
