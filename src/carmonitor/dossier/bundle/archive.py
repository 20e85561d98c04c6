"""The zip of a dossier: the same files give the same bytes, under names that every system can unpack."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from carmonitor.dossier.bundle.manifest import MANIFEST, SIGNATURE, Listed

DATE = (1980, 1, 1, 0, 0, 0)
ATTRIBUTES = 0o100644 << 16  # a plain file that everybody may read
UNIX = 3
_MAX_NAME, _MAX_PATH = 150, 240
_HEADER_BYTES = 30  # of what stands before a file's name and bytes
_CHUNK = 1024**2
LEVEL = 2  # of deflate: less than half the time of the usual 6, a sixth more bytes
_PACKED_ALREADY = {".xlsx", ".parquet", ".pdf", ".png", ".jpg", ".jpeg", ".zip", ".ods", ".gz"}
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')

Files = Iterable[tuple[str, bytes]]


def unsafe(path: str) -> str | None:
    """Why a path inside a zip cannot be unpacked safely everywhere; None for one that can."""
    parts = path.split("/")
    checks = (
        (not path or path.startswith("/"), "it is not relative"),
        (any(part in ("", ".", "..") for part in parts), "it leaves its folder"),
        (bool(_FORBIDDEN.search(path)), "it holds a character that file systems or readers take for something else"),
        (any(part.endswith((".", " ")) or part.startswith(" ") for part in parts), "a part ends in a dot or space"),
        (any(_RESERVED.match(part) for part in parts), "it is a reserved name"),
        (max(len(part.encode("utf-8", "surrogatepass")) for part in parts) > _MAX_NAME, "a part is too long"),
        (len(path.encode("utf-8", "surrogatepass")) > _MAX_PATH, "it is too long"),
        (not _is_text(path) or unicodedata.normalize("NFC", path) != path, "it is not in its normal form"),
    )
    return next((why for fails, why in checks if fails), None)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True


def same_file(path: str) -> str:
    """What two paths have in common that some file systems take for one."""
    return unicodedata.normalize("NFC", path).casefold()


def method(path: str) -> int:
    """How a file is kept: what is packed already is not packed again, nor what no manifest can vouch for."""
    as_it_is = PurePosixPath(path).suffix.lower() in _PACKED_ALREADY or path in (MANIFEST, SIGNATURE)
    return zipfile.ZIP_STORED if as_it_is else zipfile.ZIP_DEFLATED


def entry(path: str) -> zipfile.ZipInfo:
    """The header of a file: no clock, no user, no system in it."""
    info = zipfile.ZipInfo(path, DATE)
    info.create_system, info.external_attr, info.compress_type = UNIX, ATTRIBUTES, method(path)
    return info


def write_archive(out: Path, files: Files, closing: Callable[[Sequence[Listed]], Files]) -> list[Listed]:
    """Write a zip at ``out``, which appears only when it is complete. Returns what is in it, in its order.

    ``files`` may be made one after the other; ``closing`` gives those that come last, from what came before (the
    manifest and its signature). Raises ValueError for a path that is not safe, or that is there already.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w+b") as stream, zipfile.ZipFile(stream, "w", allowZip64=False) as archive:
            listed = _add(archive, stream, files, set())
            listed += _add(archive, stream, closing(listed), {same_file(f.path) for f in listed})
        Path(name).chmod(0o644)
        os.replace(name, out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return listed


def packed(stream: BinaryIO, info: zipfile.ZipInfo) -> str:
    """The hash of a file's bytes as they lie in the zip; ``stream`` is left where it stood."""
    before = stream.tell()
    stream.seek(info.header_offset + _HEADER_BYTES + len(info.filename.encode("utf-8", "surrogatepass")))
    digest, left = hashlib.sha256(), info.compress_size
    while left and (part := stream.read(min(left, _CHUNK))):
        digest.update(part)
        left -= len(part)
    stream.seek(before)
    return digest.hexdigest()


def _add(archive: zipfile.ZipFile, stream: BinaryIO, files: Files, taken: set[str]) -> list[Listed]:
    listed = []
    for path, content in files:
        why = unsafe(path)
        if why or same_file(path) in taken:
            raise ValueError(f"found the path {path!r} for a file of a dossier: {why or 'it is there already'}")
        taken.add(same_file(path))
        info = entry(path)
        archive.writestr(info, content, compresslevel=LEVEL)
        listed.append(Listed(path, hashlib.sha256(content).hexdigest(), len(content), packed(stream, info)))
    return listed
