"""Keys as files: made once, never overwritten, private to their owner; a line of text for everybody else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from carmonitor.dossier.bundle.signing import (
    SigningError,
    make_keys,
    parse_line,
    public_path,
    read_signature,
    read_signer,
    read_trusted,
)


def test_a_private_key_is_its_owners_alone(tmp_path):
    make_keys(tmp_path / "k.pem", "KPMT")
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    assert (tmp_path / "k.pem").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize("there", ["k.pem", "k.pem.pub"])
def test_a_key_is_never_overwritten(tmp_path, there):
    (tmp_path / there).write_text("mine")
    with pytest.raises(SigningError, match="never overwritten"):
        make_keys(tmp_path / "k.pem", "KPMT")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize("name", ["", "two words", "line\nbreak", "\u202eTMPK", "x" * 81, "zero\u200bwidth"])
def test_a_name_is_one_visible_word(tmp_path, name):
    with pytest.raises(SigningError, match="one word"):
        make_keys(tmp_path / "k.pem", name)
    assert list(tmp_path.iterdir()) == []


def test_a_public_key_is_one_line_that_reads_back(tmp_path):
    key = make_keys(tmp_path / "k.pem", "Équipe-PK")
    assert public_path(tmp_path / "k.pem").read_text(encoding="utf-8") == key.line + "\n"
    assert parse_line(key.line) == key
    assert key.fingerprint.startswith("sha256:")
    assert len(key.fingerprint) == len("sha256:") + 64 + 7


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519 AAAA me", "carmonitor-ed25519 AAAA me", "carmonitor-ed25519 !!! me", "carmonitor-ed25519"]
)
def test_a_line_that_is_no_key_is_refused(line):
    with pytest.raises(SigningError):
        parse_line(line)


def test_a_file_of_trusted_keys_has_comments_and_names_its_faulty_line(tmp_path):
    first, second = make_keys(tmp_path / "a.pem", "A"), make_keys(tmp_path / "b.pem", "B")
    path = tmp_path / "trusted"
    path.write_text(f"# ours\n\n{first.line}\n{second.line}\n", encoding="utf-8-sig")
    assert read_trusted([path]) == [first, second]
    path.write_text(f"{first.line}\nnonsense\n")
    with pytest.raises(SigningError, match="trusted, line 2"):
        read_trusted([path])
    path.write_text("# nobody\n")
    with pytest.raises(SigningError, match="no key"):
        read_trusted([path])


def test_one_key_under_two_names_is_refused(tmp_path):
    key = make_keys(tmp_path / "a.pem", "A")
    path = tmp_path / "trusted"
    path.write_text(f"{key.line}\n{key.line[:-1]}B\n")
    with pytest.raises(SigningError, match="under the names"):
        read_trusted([path])


def test_a_signature_fits_its_content_and_no_other(signer, stranger):
    key, signature = read_signature(signer.signature(b"manifest"))
    assert key == signer.public
    assert key.signed(b"manifest", signature)
    assert not key.signed(b"Manifest", signature)
    assert not stranger.public.signed(b"manifest", signature)


def test_a_key_that_others_can_read_does_not_sign(tmp_path):
    make_keys(tmp_path / "k.pem", "KPMT")
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(SigningError, match="600"):
        read_signer(tmp_path / "k.pem")


def test_the_public_key_beside_must_be_that_of_the_private_one(tmp_path):
    make_keys(tmp_path / "a.pem", "A")
    make_keys(tmp_path / "b.pem", "B")
    public_path(tmp_path / "a.pem").write_text(public_path(tmp_path / "b.pem").read_text())
    with pytest.raises(SigningError, match="not the public key"):
        read_signer(tmp_path / "a.pem")
    public_path(tmp_path / "a.pem").unlink()
    with pytest.raises(SigningError, match=r"found no .*a\.pem\.pub"):
        read_signer(tmp_path / "a.pem")


def _private(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_keys_of_another_kind_are_refused(tmp_path):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(SigningError, match="expected Ed25519"):
        read_signer(_private(tmp_path / "ec.pem", other))
    with pytest.raises(SigningError, match="no private key"):
        read_signer(_private(tmp_path / "text.pem", b"hello"))
