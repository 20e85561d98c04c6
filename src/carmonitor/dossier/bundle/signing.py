"""Ed25519 keys as files, and signatures that stand beside what they sign.

A private key is a PEM file (PKCS8, mode 0600) that is never overwritten. A public key is one line of text,
``carmonitor-ed25519 BASE64 NAME``: short enough to be read out over a telephone by its fingerprint.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

ALGORITHM = "carmonitor-ed25519"
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]{1,80}")
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_MAX_KEY_FILE = 1_000_000


class SigningError(Exception):
    """A key or a signature cannot be used. The message says what was found, what was expected, and where."""


@dataclass(frozen=True)
class PublicKey:
    """Who signs. ``raw``: the 32 bytes of the key; ``name``: one word, as who trusts the key calls its owner."""

    raw: bytes
    name: str

    @property
    def line(self) -> str:
        """The key as one line of text."""
        return f"{ALGORITHM} {base64.b64encode(self.raw).decode()} {self.name}"

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and 64 hexadecimal digits, in groups of eight."""
        digits = hashlib.sha256(self.raw).hexdigest()
        return "sha256:" + "-".join(digits[i : i + 8] for i in range(0, 64, 8))

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature over this content is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key at hand."""

    private: Ed25519PrivateKey
    public: PublicKey

    def signature(self, content: bytes) -> bytes:
        """The file that stands beside ``content``: algorithm, public key, fingerprint and signature, as JSON."""
        told = {
            "algorithm": "ed25519",
            "public_key": self.public.line,
            "fingerprint": self.public.fingerprint,
            "signature": base64.b64encode(self.private.sign(content)).decode(),
        }
        return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def parse_line(line: str, where: str = "the key") -> PublicKey:
    """A line of text as a public key. Raises :class:`SigningError` for one that is none."""
    parts = line.split()
    if len(parts) != 3 or parts[0] != ALGORITHM:
        raise SigningError(f"{where}: found {line[:60]!r}, expected `{ALGORITHM} BASE64 NAME`")
    try:
        raw = base64.b64decode(parts[1], validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise SigningError(f"{where}: found a key that is not {_KEY_BYTES} bytes of base64")
    if base64.b64encode(raw).decode() != parts[1]:
        raise SigningError(f"{where}: found base64 with bits to spare, expected it as it was written")
    return PublicKey(raw, _checked(parts[2], where))


def read_trusted(paths: Iterable[Path]) -> list[PublicKey]:
    """The public keys of text files, one a line; blank lines and those that begin with ``#`` are passed over.

    Raises :class:`SigningError`, naming file and line, for anything else, for a file without a key, and for one key
    under two names.
    """
    found: dict[bytes, PublicKey] = {}
    for path in paths:
        size = path.stat().st_size
        if size > _MAX_KEY_FILE:
            raise SigningError(f"{path}: found {size} bytes, expected a list of public keys")
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise SigningError(f"{path}: found no text, expected `{ALGORITHM} BASE64 NAME` a line") from error
        keys = [parse_line(line, f"{path}, line {n}") for n, line in enumerate(lines, 1) if _is_key(line)]
        if not keys:
            raise SigningError(f"{path}: found no key, expected `{ALGORITHM} BASE64 NAME` a line")
        for key in keys:
            before = found.setdefault(key.raw, key)
            if before.name != key.name:
                raise SigningError(f"{path}: found one key under the names {before.name!r} and {key.name!r}")
    return list(found.values())


def _is_key(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def read_signature(content: bytes) -> tuple[PublicKey, bytes]:
    """The key that a signature file states and the signature. The key is only a claim until someone trusts it.

    Raises :class:`SigningError` for a file that is no signature.
    """
    try:
        told = json.loads(content)
        key = parse_line(told["public_key"], "the signature")
        signature = base64.b64decode(told["signature"], validate=True)
        sound = told["algorithm"] == "ed25519" and told["fingerprint"] == key.fingerprint
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SigningError(f"the signature file cannot be read ({type(error).__name__})") from error
    if not sound or len(signature) != _SIGNATURE_BYTES:
        raise SigningError("the signature file does not fit its own key")
    return key, signature


# Keys as files


def make_keys(path: Path, name: str) -> PublicKey:
    """Make a key: the private one at ``path``, the public one at ``path`` + ``.pub``. Neither may be there yet.

    Raises :class:`SigningError` where one is.
    """
    checked = _checked(name, "the name")
    beside = public_path(path)
    for taken in (path, beside):
        if taken.exists() or taken.is_symlink():
            raise SigningError(f"{taken} is there already; a key is never overwritten, give another path")
    private = Ed25519PrivateKey.generate()
    key = PublicKey(private.public_key().public_bytes_raw(), checked)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_new(path, pem, 0o600)
    _write_new(beside, (key.line + "\n").encode(), 0o644)
    return key


def public_path(path: Path) -> Path:
    """Where the public key of a private one stands."""
    return path.with_name(path.name + ".pub")


def read_signer(path: Path) -> Signer:
    """The private key of a file, under the name of the public one beside it.

    Raises :class:`SigningError` when the file is no Ed25519 key, when others may read it, or when the public key beside
    it is missing or another one.
    """
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SigningError(f"{path}: others than its owner may read the private key; expected mode 600 (chmod 600)")
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(f"{path}: found no private key in PEM form without a password ({error})") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SigningError(f"{path}: found a key of another kind, expected Ed25519")
    beside = public_path(path)
    if not beside.is_file():
        raise SigningError(f"found no {beside}, expected the public key of {path}; it gives the name that signs")
    keys = read_trusted([beside])
    if [key.raw for key in keys] != [private.public_key().public_bytes_raw()]:
        raise SigningError(f"{beside} is not the public key of {path}")
    return Signer(private, keys[0])


def _checked(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise SigningError(f"{where}: found the name {name!r}, expected one word of 1 to 80 visible characters")
    return name


def _write_new(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
