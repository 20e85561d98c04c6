"""The zip: the same files give the same bytes, names are safe, and a zip that failed half-way is not there."""

from __future__ import annotations

import zipfile

import pytest

from carmonitor.dossier.bundle.archive import unsafe, write_archive
from carmonitor.dossier.bundle.manifest import ManifestError, canonical, read_manifest
from tests.unit.dossier.bundle.conftest import FILES, write


def test_the_same_files_give_the_same_bytes(tmp_path, signer):
    first, second = write(tmp_path / "a.zip", signer), write(tmp_path / "b.zip", signer)
    assert first.read_bytes() == second.read_bytes()


def test_any_program_unpacks_it_to_the_same_files(dossier, tmp_path):
    with zipfile.ZipFile(dossier) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "x")
    for name, content in FILES.items():
        assert (tmp_path / "x" / name).read_bytes() == content


def test_the_manifest_lists_every_file_but_itself_and_its_signature(dossier):
    with zipfile.ZipFile(dossier) as archive:
        told, files = read_manifest(archive.read("manifest.json"))
    assert [f.path for f in files] == sorted(FILES)
    assert {f.path: f.size for f in files} == {name: len(content) for name, content in FILES.items()}
    assert (told["run"]["run_id"], told["selection"], told["lang"]) == ("R0123456789abcdef", {"zone": "Carnot"}, "en")


def test_a_manifest_of_a_later_version_is_not_guessed_at():
    with pytest.raises(ManifestError, match="version"):
        read_manifest(canonical({"format": "carmonitor-dossier", "version": 2, "files": []}))


UNSAFE = [
    "", "/a", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a:b", "nul", "x/COM1.txt", "a.", "a ", " a", "a\x00b",
    "a\nb", "x\u202efdp.exe", "x" * 200, "/".join(["dir"] * 80), "e\u0301.csv", "\ud800.csv",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_a_path_that_some_system_cannot_take_is_refused(tmp_path, name):
    assert unsafe(name)
    with pytest.raises(ValueError, match="found the path"):
        write_archive(tmp_path / "x.zip", [("fine.txt", b"1"), (name, b"2")], lambda _: [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "papers/S1/Bordereaux d'achat (mars).xlsx", "é.csv", "S/=cmd.csv", "日.csv"])
def test_other_names_are_kept(name):
    assert unsafe(name) is None


def test_one_name_twice_is_refused_also_in_other_capitals(tmp_path):
    with pytest.raises(ValueError, match="there already"):
        write_archive(tmp_path / "x.zip", [("a.csv", b"1"), ("A.csv", b"2")], lambda _: [])
