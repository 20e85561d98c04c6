"""An inbox built to harm: links, pipes, archives. What cannot be read is told; everything else is read."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import hostile_files as built
import pytest
from intake_files import read

from carmonitor.ingestion import read_all, units
from carmonitor.intake import IntakeError, find_submissions, received

CSV = "Slip number\nB1\n"


def taken(inbox: Path) -> tuple[int, list[str]]:
    """Records of the whole inbox, and what failed."""
    intake = read_all(units([inbox]), sender="SPPK", period="2021-01")
    counts = intake.counts()
    assert counts["rows"] == counts["records"] + counts["quarantined"] + counts["skipped"]
    return counts["records"], intake.failed


def inbox(path: Path) -> Path:
    """An inbox with one good file, and room for others."""
    path.mkdir()
    (path / "good.zip").write_bytes(built.zipped({"purchase.csv": CSV.encode()}))
    return path


def test_links_in_the_inbox_are_told_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("Slip number\nSECRET\n")
    place = inbox(tmp_path / "inbox")
    (place / "a.csv").symlink_to(tmp_path / "elsewhere.csv")
    (place / "b.csv").symlink_to("/nowhere/at/all")
    (place / "c").symlink_to(tmp_path)
    records, failed = taken(place)
    assert records == 1
    assert failed == [f"{name}: a link, not a file or folder; it was not followed" for name in ("a.csv", "b.csv", "c")]


def test_a_link_to_the_inbox_itself_is_followed(tmp_path: Path) -> None:
    inbox(tmp_path / "inbox")
    (tmp_path / "link").symlink_to(tmp_path / "inbox")
    assert taken(tmp_path / "link") == (1, [])


def test_pipes_in_the_inbox_and_in_a_submission_do_not_stop_it(tmp_path: Path) -> None:
    place = inbox(tmp_path / "inbox")
    os.mkfifo(place / "pipe.csv")
    (place / "may").mkdir()
    (place / "may" / "purchase.csv").write_text(CSV)
    os.mkfifo(place / "may" / "sale.csv")
    records, failed = taken(place)
    assert records == 2
    assert failed == [f"{name}: a pipe, device or folder, expected a file" for name in ("may/sale.csv", "pipe.csv")]


def test_a_device_behind_a_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "purchase.csv").write_text(CSV)
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    got = read(tmp_path)
    assert got.failed == (f"{tmp_path.name}/zero.csv: a link, not a file; it was not followed",)


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "purchase.csv"
    path.write_text(CSV)
    told = os.fstat

    def growing(handle: int) -> os.stat_result:
        found = told(handle)
        with path.open("a") as more:
            more.write("B2\n")
        return found

    monkeypatch.setattr(received.os, "fstat", growing)
    with pytest.raises(IntakeError, match=r"^purchase\.csv: the file changed while it was read"):
        read(path)
    monkeypatch.undo()
    assert len(read(path).tables[0].frame) == 2


def test_a_file_without_permission_is_told_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "purchase.csv").write_text(CSV)
    (tmp_path / "shut.csv").write_text(CSV)
    opened = os.open

    def refuse(path: Path, flags: int) -> int:
        if Path(path).name == "shut.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags)

    monkeypatch.setattr(received.os, "open", refuse)
    got = read(tmp_path)
    assert got.failed == (f"{tmp_path.name}/shut.csv: the file cannot be opened (Permission denied)",)
    assert len(got.tables) == 1


def test_a_folder_without_permission_is_told_and_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "purchase.csv").write_text(CSV)
    (tmp_path / "shut").mkdir()
    listed = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(received.os, "scandir", refuse)
    assert read(tmp_path).failed == (f"{tmp_path.name}/shut: the folder cannot be opened (Permission denied)",)


def test_a_folder_called_like_a_file_is_a_submission_like_any_other(tmp_path: Path) -> None:
    place = inbox(tmp_path / "inbox")
    (place / "purchase.xlsx").mkdir()
    (place / "purchase.xlsx" / "purchase.csv").write_text(CSV)
    assert taken(place) == (2, [])


def test_folders_in_folders_without_end_are_told(tmp_path: Path) -> None:
    place = tmp_path / "inbox"
    (place / "/".join("d" * 60)).mkdir(parents=True)
    (place / "/".join("d" * 60) / "purchase.csv").write_text(CSV)
    records, failed = taken(place)
    assert records + len(failed) == 1
    (place / "purchase.csv").write_text(CSV)
    with pytest.raises(IntakeError, match="more than 50 deep"):
        read(place)


@pytest.mark.parametrize("mark", ["\u202e", "\x1b[2J", "\n", "\u200b", "\u2066"])
def test_marks_in_a_file_name_are_written_out(tmp_path: Path, mark: str) -> None:
    (tmp_path / f"purchase{mark}fdp.csv").write_text("<html>")
    (tmp_path / "purchase.csv").write_text(CSV)
    got = read(tmp_path)
    shown = mark.encode("unicode_escape").decode()
    assert got.failed[0].startswith(f"{tmp_path.name}/purchase{shown}fdp.csv: ")
    assert all(file.path.isprintable() for file in got.files)


def test_two_names_that_look_the_same_are_told(tmp_path: Path) -> None:
    (tmp_path / "reçu.csv").write_text(CSV)
    (tmp_path / "rec\u0327u.csv").write_text("Slip number\nB2\n")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system has one name for both")
    with pytest.raises(IntakeError, match="names look alike"):
        read(tmp_path)


def refused(path: Path, content: bytes, what: str) -> None:
    path.write_bytes(content)
    with pytest.raises(IntakeError, match=what) as told:
        read(path)
    assert path.name in str(told.value)


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "a.zip", built.overlapping_zip(CSV.encode() * 100), "overlaps another")


def test_an_entry_that_hides_rows_behind_its_stated_size_is_refused(tmp_path: Path) -> None:
    content = built.lying_zip({"purchase.csv": CSV.encode() + b"B2\n"}, "purchase.csv", len(CSV))
    refused(tmp_path / "a.zip", content, "larger than its header says")


def test_an_entry_called_otherwise_in_its_header_is_refused(tmp_path: Path) -> None:
    content = built.zipped({"purchase.csv": CSV.encode()})
    refused(tmp_path / "a.zip", content.replace(b"purchase.csv", b"shipment.csv", 1), "called otherwise")


def test_a_rare_way_of_packing_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "a.zip", built.zipped({"a.csv": CSV.encode()}, zipfile.ZIP_LZMA), "packed in a rare way")


def test_a_link_inside_an_archive_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("purchase.csv")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    refused(tmp_path / "a.zip", out.getvalue(), "a link or a device")


def test_an_archive_inside_an_archive_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    inner = built.zipped({"purchase.csv": CSV.encode()})
    (tmp_path / "a.zip").write_bytes(built.zipped({"purchase.csv": CSV.encode(), "more.zip": inner}))
    got = read(tmp_path / "a.zip")
    assert len(got.tables) == 1
    assert got.failed == (
        "a.zip/more.zip: an archive inside a submission is not opened; send its files beside the others",
    )


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    content = built.zipped({"purchase.csv": CSV.encode(), "PURCHASE.csv": CSV.encode()})
    refused(tmp_path / "a.zip", content, "one path twice")


def test_an_unreadable_inbox_is_told(tmp_path: Path) -> None:
    assert find_submissions(inbox(tmp_path / "inbox")) == [tmp_path / "inbox" / "good.zip"]
    with pytest.raises(IntakeError, match="no such file or folder"):
        find_submissions(tmp_path / "nowhere")
