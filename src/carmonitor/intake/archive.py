"""Zip archives, opened with care: a return is a few megabytes; what is built to fill a disk is refused.

``.xlsx`` and ``.ods`` files are zip archives too and pass the same checks.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from carmonitor.intake.batch import IntakeError

MAX_FILE_BYTES = 512 * 1024**2  # a million rows as CSV are about 200 MB
MAX_ENTRIES = 10_000  # a month has at most some hundred papers
MAX_UNPACKED_BYTES = 1024**3  # what a small machine still holds in memory
MAX_RATIO = 200  # sheets of repeated numbers reach about 100
RATIO_FROM_BYTES = 50 * 1024**2  # below this no ratio does harm

_CHUNK = 1024**2
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def check_archive(content: bytes, name: str) -> zipfile.ZipFile:
    """Open a zip after checking count, sizes, ratio, paths and encryption. Every entry is unpacked once to be sure."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except _BROKEN as error:
        raise IntakeError(f"{name}: expected a zip archive, found a damaged one ({error})") from error
    if len(entries) > MAX_ENTRIES:
        raise IntakeError(f"{name}: {len(entries)} entries in the archive, at most {MAX_ENTRIES} are read")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise IntakeError(f"{name}: {unpacked} bytes unpacked, at most {MAX_UNPACKED_BYTES} are read")
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * len(content):
        raise IntakeError(f"{name}: unpacks to more than {MAX_RATIO} times its size, which no return does")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise IntakeError(f"{name}: the archive holds one path twice")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename.split("/")[0]:
            raise IntakeError(f"{name}: the entry {entry.filename!r} points outside the archive")
        if entry.flag_bits & 1:
            raise IntakeError(f"{name}: the entry {entry.filename!r} is encrypted; send it without a password")
        _unpack(archive, entry, name)
    return archive


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    """Read an entry to its end: zipfile stops at the declared size and then compares the checksum."""
    try:
        with archive.open(entry) as stream:
            while stream.read(_CHUNK):
                pass
    except _BROKEN as error:
        raise IntakeError(f"{name}: the entry {entry.filename!r} cannot be unpacked ({error})") from error


def unpack(content: bytes, name: str) -> dict[str, bytes]:
    """Path → bytes of every file in a zip. One folder around everything is taken off."""
    archive = check_archive(content, name)
    found = {
        entry.filename.replace("\\", "/"): archive.read(entry) for entry in archive.infolist() if not entry.is_dir()
    }
    tops = {path.split("/", 1)[0] for path in found if not path.startswith("__MACOSX/")}
    if len(tops) == 1 and all("/" in path for path in found):
        found = {path.split("/", 1)[1]: data for path, data in found.items() if not path.startswith("__MACOSX/")}
    return found
