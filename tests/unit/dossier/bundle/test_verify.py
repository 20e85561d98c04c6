"""Whether a dossier is as it was made: every changed byte is told, with its file, and a key inside proves nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from carmonitor.dossier.bundle import verify as module
from carmonitor.dossier.bundle.archive import ATTRIBUTES, LEVEL, entry
from carmonitor.dossier.bundle.manifest import MANIFEST, SIGNATURE
from carmonitor.dossier.bundle.signing import Signer
from carmonitor.dossier.bundle.verify import verify
from tests.unit.dossier.bundle.conftest import FILES, write


def repacked(dossier: Path, change: dict[str, bytes | None], order: list[str] | None = None) -> Path:
    """The same zip with files replaced, added or (None) taken out, written as carmonitor writes one."""
    with zipfile.ZipFile(dossier) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content = {name: data for name, data in {**content, **change}.items() if data is not None}
    out = dossier.with_name("changed.zip")
    with zipfile.ZipFile(out, "w") as archive:
        for name in order or content:
            archive.writestr(entry(name), content[name], compresslevel=LEVEL)
    return out


def faults(path: Path, signer: Signer) -> set[tuple[str, str]]:
    verdict = verify(path, [signer.public])
    assert verdict.status == "altered"
    assert verdict.exit_code == 1
    assert verdict.told == {}
    return {(fault.path, fault.problem) for fault in verdict.faults}


def test_a_dossier_signed_by_a_trusted_key_is_valid_and_names_its_signer(dossier, signer):
    verdict = verify(dossier, [signer.public])
    assert (verdict.status, verdict.signer, verdict.exit_code) == ("valid", "KPMT", 0)
    assert verdict.told["journal_head"]["seq"] == 7


def test_a_key_inside_the_zip_proves_nothing(dossier, signer, stranger):
    for trusted in ([], [stranger.public]):
        verdict = verify(dossier, trusted)
        assert (verdict.status, verdict.signer, verdict.exit_code) == ("signer_unknown", "", 1)
        assert verdict.fingerprint == signer.public.fingerprint


def test_the_name_a_signature_gives_itself_is_never_told(tmp_path, signer, stranger):
    forged = write(tmp_path / "forged.zip", stranger)  # the same name, another key
    verdict = verify(forged, [signer.public])
    assert (verdict.status, verdict.signer) == ("signer_unknown", "")


def test_a_dossier_without_a_signature_is_unsigned(tmp_path, signer):
    verdict = verify(write(tmp_path / "unsigned.zip", None), [signer.public])
    assert (verdict.status, verdict.exit_code) == ("unsigned", 1)


def test_taking_the_signature_out_does_not_make_a_dossier_valid(dossier, signer):
    assert verify(repacked(dossier, {SIGNATURE: None}), [signer.public]).status == "unsigned"


def test_any_changed_byte_is_told(tmp_path, signer):
    """Every byte, whole or in one bit: contents, headers, directory, packing."""
    whole = write(tmp_path / "dossier.zip", signer, {"é.txt": b"case" * 30}).read_bytes()
    changed = tmp_path / "changed.zip"
    named = 0
    for place in range(len(whole)):
        mask = (0xFF, 0x01, 0x80)[place % 3]
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :])
        verdict = verify(changed, [signer.public])
        assert verdict.status in ("altered", "unreadable"), (place, mask)
        named += any(fault.path for fault in verdict.faults)
    assert named > 0.8 * len(whole)


@pytest.mark.parametrize("name", list(FILES))
def test_a_byte_changed_within_a_file_names_that_file_and_no_other(dossier, signer, name):
    whole = bytearray(dossier.read_bytes())
    with zipfile.ZipFile(dossier) as archive:
        info = archive.getinfo(name)
    start = info.header_offset + 30 + len(name.encode())
    for place in range(start, start + info.compress_size):
        whole[place] ^= 0x04
        changed = dossier.with_name("changed.zip")
        changed.write_bytes(whole)
        assert {path for path, _ in faults(changed, signer)} == {name}
        whole[place] ^= 0x04


def test_a_file_replaced_and_packed_with_care_is_told_with_both_hashes(dossier, signer):
    changed = repacked(dossier, {"csv/cases.csv": b"case_id\r\nK-1\r\n"})
    assert {("csv/cases.csv", "hash"), ("csv/cases.csv", "size")} <= faults(changed, signer)


def test_two_files_that_changed_places_are_both_told(dossier, signer):
    changed = repacked(dossier, {"README.txt": FILES["csv/cases.csv"], "csv/cases.csv": FILES["README.txt"]})
    assert {path for path, problem in faults(changed, signer) if problem == "hash"} == {"README.txt", "csv/cases.csv"}


def test_a_file_added_is_told(dossier, signer):
    assert faults(repacked(dossier, {"papers/S1/extra.pdf": b"%PDF"}), signer) == {
        ("papers/S1/extra.pdf", "not_listed")
    }


def test_a_file_taken_out_is_told(dossier, signer):
    assert faults(repacked(dossier, {"cases.xlsx": None}), signer) == {("cases.xlsx", "missing")}


def test_a_manifest_changed_with_its_file_is_not_what_was_signed(tmp_path, signer):
    honest = write(tmp_path / "honest.zip", signer)
    other = write(tmp_path / "other.zip", None, FILES | {"README.txt": b"trust me"})
    with zipfile.ZipFile(honest) as archive:
        signature = archive.read(SIGNATURE)
    assert faults(repacked(other, {SIGNATURE: signature}), signer) == {(MANIFEST, "signature")}


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"format": "other"}', b"[" * 100_000])
def test_a_manifest_that_is_none_is_told(dossier, signer, content):
    assert (MANIFEST, "manifest") in faults(repacked(dossier, {MANIFEST: content}), signer)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"public_key": 1}', b"\xff" * 9, b"[" * 10_000])
def test_a_signature_file_that_is_none_is_told(dossier, signer, content):
    assert (SIGNATURE, "signature_file") in faults(repacked(dossier, {SIGNATURE: content}), signer)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd", "C:/x", "a\\b.txt", "con", "a/../b", "x\u202efdp.exe"])
def test_paths_that_lead_elsewhere_are_told(dossier, signer, name):
    changed = repacked(dossier, {})
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr(entry(name), b"x")
    assert any(problem in ("unsafe", "not_listed") for _, problem in faults(changed, signer))


def test_one_name_twice_is_told_also_in_other_capitals(dossier, signer):
    assert ("readme.TXT", "twice") in faults(repacked(dossier, {"readme.TXT": b"x"}), signer)


def test_a_link_in_place_of_a_file_is_told(dossier, signer):
    changed = dossier.with_name("link.zip")
    with zipfile.ZipFile(dossier) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            info = entry(name)
            info.external_attr = (0o120777 << 16) if name == "README.txt" else ATTRIBUTES
            new.writestr(info, old.read(name), compresslevel=LEVEL)
    assert ("README.txt", "container") in faults(changed, signer)


@pytest.mark.parametrize(("before", "after"), [(b"#!/bin/sh\n", b""), (b"", b"trailing")])
def test_bytes_before_or_behind_the_zip_are_told(dossier, signer, before, after):
    dossier.write_bytes(before + dossier.read_bytes() + after)
    assert verify(dossier, [signer.public]).status in ("altered", "unreadable")


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_zip_cannot_be_read(tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert (verify(path).status, verify(path).exit_code) == ("unreadable", 3)


def test_a_zip_without_a_manifest_is_no_dossier(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"x")
    assert [fault.problem for fault in verify(path).faults] == ["no_manifest"]


@pytest.mark.parametrize(
    ("limit", "value", "problem"),
    [("MAX_ENTRIES", 3, "too_many"), ("MAX_UNPACKED_BYTES", 100, "too_large")],
)
def test_a_zip_that_is_too_much_is_not_unpacked(dossier, monkeypatch, limit, value, problem):
    monkeypatch.setattr(module, limit, value)
    verdict = verify(dossier)
    assert (verdict.exit_code, [fault.problem for fault in verdict.faults]) == (3, [problem])


def test_a_zip_that_grows_too_much_is_not_unpacked(tmp_path, monkeypatch, signer):
    monkeypatch.setattr(module, "RATIO_FROM_BYTES", 1000)
    path = write(tmp_path / "bomb.zip", signer, {"zeros.txt": bytes(5_000_000)})
    assert [fault.problem for fault in verify(path).faults] == ["ratio"]


def test_a_size_that_lies_is_told(dossier, signer):
    """The directory says fewer bytes than are packed: reading stops there and the checksum differs."""
    whole = dossier.read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = archive.getinfo("README.txt").file_size
    changed = dossier.with_name("changed.zip")
    changed.write_bytes(whole.replace(size.to_bytes(4, "little"), (size - 1).to_bytes(4, "little")))
    assert "README.txt" in {path for path, _ in faults(changed, signer)}
