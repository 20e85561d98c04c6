"""Whether a dossier is as it was made, and who signed it. Reads defensively: the file may come from anyone.

A key inside the zip proves nothing: only a signature by a key that the reader trusts already says who made it.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from carmonitor.dossier.bundle.archive import packed, same_file, unsafe
from carmonitor.dossier.bundle.layout import strays
from carmonitor.dossier.bundle.manifest import MANIFEST, SIGNATURE, Listed, ManifestError, read_manifest
from carmonitor.dossier.bundle.signing import PublicKey, SigningError, read_signature

Status = Literal["valid", "signer_unknown", "unsigned", "altered", "unreadable"]

MAX_ENTRIES = 20_000
MAX_UNPACKED_BYTES = 3 * 1024**3
MAX_RATIO = 200
RATIO_FROM_BYTES = 50 * 1024**2
MAX_MANIFEST_BYTES = 32 * 1024**2
MAX_SIGNATURE_BYTES = 16 * 1024

_CHUNK = 1024**2
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file. ``problem``: a code of texts.yaml; ``found`` and ``expected``: what it is about."""

    path: str
    problem: str
    found: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer. ``signer``: the name under which the reader trusts the key; ``fingerprint``: of the stated key.

    ``told``: what the manifest says, only when nothing is altered.
    """

    status: Status
    faults: tuple[Fault, ...] = ()
    signer: str = ""
    fingerprint: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 valid and signed by a trusted key, 3 unreadable, 1 anything else."""
        return {"valid": 0, "unreadable": 3}.get(self.status, 1)


class _NotADossierError(Exception):
    """The file cannot be looked at as a dossier. ``args``: problem code, found, expected."""


def verify(path: Path, trusted: Sequence[PublicKey] = ()) -> Verdict:
    """Check a dossier against its own manifest, and the manifest against the keys that the reader trusts.

    Raises OSError when there is no such file.
    """
    with path.open("rb") as stream:
        try:
            archive = _opened(stream)
        except _NotADossierError as error:
            return Verdict("unreadable", (Fault("", *error.args),))
        faults = [Fault(name, "container") for name in strays(stream, archive)]
        return _judged(stream, archive, faults, trusted)


def _opened(stream: BinaryIO) -> zipfile.ZipFile:
    size = stream.seek(0, 2)
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except _BROKEN as error:
        raise _NotADossierError("no_zip", str(error)) from error
    if any(not 0 <= entry.header_offset < size for entry in entries):
        raise _NotADossierError("no_zip", "an entry lies outside the file")
    if len(entries) > MAX_ENTRIES:
        raise _NotADossierError("too_many", str(len(entries)), str(MAX_ENTRIES))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES or sum(entry.compress_size for entry in entries) > size:
        raise _NotADossierError("too_large", str(unpacked), str(MAX_UNPACKED_BYTES))
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * size:
        raise _NotADossierError("ratio", str(unpacked), str(MAX_RATIO))
    if MANIFEST not in archive.NameToInfo:
        raise _NotADossierError("no_manifest")
    return archive


def _judged(stream: BinaryIO, archive: zipfile.ZipFile, faults: list[Fault], trusted: Sequence[PublicKey]) -> Verdict:
    faults += _names(archive)
    content = _small(archive, MANIFEST, MAX_MANIFEST_BYTES, faults)
    told: dict[str, Any] = {}
    if content is not None:
        try:
            told, files = read_manifest(content)
            faults += _files(stream, archive, files)
        except ManifestError as error:
            faults.append(Fault(MANIFEST, "manifest", str(error)))
    key, known = None, None
    if SIGNATURE in archive.NameToInfo and content is not None:
        key, known = _signature(archive, content, trusted, faults)
    fingerprint = key.fingerprint if key else ""
    if faults:
        return Verdict("altered", _each_once(faults), fingerprint=fingerprint)
    if key is None:
        return Verdict("unsigned", told=told)
    status: Status = "valid" if known else "signer_unknown"
    return Verdict(status, signer=known.name if known else "", fingerprint=fingerprint, told=told)


def _names(archive: zipfile.ZipFile) -> list[Fault]:
    """Paths that would not stay inside, that are there twice, or that are no plain files."""
    faults, seen = [], set()
    for entry in archive.infolist():
        if why := unsafe(entry.filename):
            faults.append(Fault(entry.filename, "unsafe", why))
        if same_file(entry.filename) in seen:
            faults.append(Fault(entry.filename, "twice"))
        if entry.flag_bits & 1:
            faults.append(Fault(entry.filename, "encrypted"))
        seen.add(same_file(entry.filename))
    return faults


def _files(stream: BinaryIO, archive: zipfile.ZipFile, listed: Sequence[Listed]) -> list[Fault]:
    """Every file against its line of the manifest, and every line against the files."""
    faults = []
    wanted = {f.path: f for f in listed}
    for entry in archive.infolist():
        if entry.filename in (MANIFEST, SIGNATURE):
            continue
        line = wanted.pop(entry.filename, None)
        if line is None:
            faults.append(Fault(entry.filename, "not_listed"))
            continue
        try:
            size, digest = _digest(archive, entry)
        except _BROKEN as error:
            faults.append(Fault(entry.filename, "damaged", str(error)))
            continue
        if size != line.size:
            faults.append(Fault(entry.filename, "size", str(size), str(line.size)))
        if digest != line.sha256:
            faults.append(Fault(entry.filename, "hash", digest, line.sha256))
        elif packed(stream, entry) != line.packed:
            faults.append(Fault(entry.filename, "packed"))
    return faults + [Fault(path, "missing") for path in wanted]


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with archive.open(entry) as stream:
        while part := stream.read(_CHUNK):
            size += len(part)
            digest.update(part)
    return size, digest.hexdigest()


def _small(archive: zipfile.ZipFile, path: str, limit: int, faults: list[Fault]) -> bytes | None:
    """A file that is read whole; None, and a fault, where it cannot be."""
    entry = archive.NameToInfo[path]
    if entry.file_size > limit:
        faults.append(Fault(path, "size", str(entry.file_size), f"≤ {limit}"))
        return None
    try:
        return archive.read(entry)
    except _BROKEN as error:
        faults.append(Fault(path, "damaged", str(error)))
        return None


def _signature(
    archive: zipfile.ZipFile, content: bytes, trusted: Sequence[PublicKey], faults: list[Fault]
) -> tuple[PublicKey | None, PublicKey | None]:
    """The key that is stated, and the trusted one it is. A signature that does not fit is a fault."""
    told = _small(archive, SIGNATURE, MAX_SIGNATURE_BYTES, faults)
    if told is None:
        return None, None
    try:
        key, signature = read_signature(told)
    except SigningError as error:
        faults.append(Fault(SIGNATURE, "signature_file", str(error)))
        return None, None
    if not key.signed(content, signature):
        faults.append(Fault(MANIFEST, "signature"))
        return key, None
    return key, next((known for known in trusted if known.raw == key.raw), None)


def _each_once(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))
