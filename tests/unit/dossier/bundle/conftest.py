"""A small dossier, signed by a key made for the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from carmonitor.dossier.bundle.archive import Files, write_archive
from carmonitor.dossier.bundle.manifest import MANIFEST, SIGNATURE, Listed, Origin, as_manifest
from carmonitor.dossier.bundle.signing import Signer, make_keys, read_signer

FILES = {
    "README.txt": b"read me\r\n" * 40,
    "cases.xlsx": b"PK not really a workbook" * 9,
    "csv/cases.csv": "\ufeffcase_id;é\r\n".encode() * 60,
    "papers/S1/retour_mars_corrigé.csv": b"poids;prix\n1,5;1000\n" * 30,
}
ORIGIN = Origin(
    run={"run_id": "R0123456789abcdef", "as_of": "2021-07-31", "rulebook_hash": "r", "catalogue_hash": "c",
         "evidence_digest": "e", "result_digest": "d", "code_version": "0.1.0"},
    journal_head={"seq": 7, "hash": "ab" * 32},
    selection={"zone": "Carnot"},
    lang="en",
    redacted=False,
    made_at="2021-08-01T06:00:00+00:00",
)  # fmt: skip


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    path = tmp_path_factory.mktemp("keys") / "signing.pem"
    make_keys(path, "KPMT")
    return read_signer(path)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    path = tmp_path_factory.mktemp("keys") / "theirs.pem"
    make_keys(path, "KPMT")  # anyone can call himself so
    return read_signer(path)


def write(out: Path, signer: Signer | None, files: dict[str, bytes] | None = None) -> Path:
    """A dossier of these files."""

    def closing(listed: Sequence[Listed]) -> Files:
        manifest = as_manifest(listed, ORIGIN)
        yield MANIFEST, manifest
        if signer is not None:
            yield SIGNATURE, signer.signature(manifest)

    write_archive(out, (files or FILES).items(), closing)
    return out


@pytest.fixture
def dossier(tmp_path: Path, signer: Signer) -> Path:
    return write(tmp_path / "dossier.zip", signer)
