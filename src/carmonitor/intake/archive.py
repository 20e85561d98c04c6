"""Zip archives, opened with care: a return is a few megabytes; what is built to fill a disk is refused.

``.xlsx`` and ``.ods`` files are zip archives too and pass the same checks. What an entry holds is unpacked here and
compared with its header: Python's own reader stops at the size that is stated, and would hide what lies behind.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits

RATIO_FROM_BYTES = 50 * 1024**2  # below this no ratio does harm

_LOCAL = struct.Struct("<4s22xHH")
_END = struct.Struct("<4s8xIIH")
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error)


class Archive:
    """A zip whose entries have been checked: none overlaps, none points outside, each holds what its header says.

    ``names``: the paths of its entries as stated, folders without.
    """

    def __init__(self, content: bytes, name: str, limits: Limits) -> None:
        self._content, self._name = content, name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except _BROKEN as error:
            raise IntakeError(f"{name}: expected a zip archive, found a damaged one ({error})") from error
        self._check_sizes(entries, limits)
        for entry in entries:
            self._check_entry(entry)
        self._check_places(entries)
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}
        self.names = list(self._entries)

    def _check_sizes(self, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
        if len(entries) > limits.entries:
            raise self._refused(f"{len(entries)} entries in the archive, at most {limits.entries} are read")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > limits.unpacked_bytes:
            raise self._refused(f"{unpacked} bytes unpacked, at most {limits.unpacked_bytes} are read")
        if unpacked > RATIO_FROM_BYTES and unpacked > limits.ratio * len(self._content):
            raise self._refused(f"unpacks to more than {limits.ratio} times its size, which no return does")
        if len({entry.filename.casefold() for entry in entries}) != len(entries):
            raise self._refused("the archive holds one path twice")

    def _check_entry(self, entry: zipfile.ZipInfo) -> None:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename.split("/")[0]:
            raise self._refused(f"the entry {entry.filename!r} points outside the archive")
        if entry.flag_bits & 1:
            raise self._refused(f"the entry {entry.filename!r} is encrypted; send it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refused(f"the entry {entry.filename!r} is packed in a rare way; expected an ordinary zip")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self._refused(f"the entry {entry.filename!r} is a link or a device, not a file")

    def _check_places(self, entries: list[zipfile.ZipInfo]) -> None:
        """No two entries share bytes, and none reaches into the directory behind them."""
        free = 0
        for entry in sorted(entries, key=lambda e: e.header_offset):
            start = self._start(entry)
            if entry.header_offset < free or start + entry.compress_size > self._zip.start_dir:
                raise self._refused(f"the entry {entry.filename!r} overlaps another; the archive is damaged")
            free = start + entry.compress_size

    def _start(self, entry: zipfile.ZipInfo) -> int:
        """Where the packed bytes of an entry begin."""
        head = self._content[entry.header_offset : entry.header_offset + _LOCAL.size]
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise self._refused(f"the entry {entry.filename!r} has no header; the archive is damaged")
        _, length, extra = _LOCAL.unpack(head)
        at = entry.header_offset + _LOCAL.size
        stated = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace")
        if self._content[at : at + length] != stated:
            raise self._refused(f"the entry {entry.filename!r} is called otherwise in its header")
        return int(at + length + extra)

    def read(self, name: str) -> bytes:
        """The bytes of an entry: exactly as many as stated, with the checksum that is stated."""
        entry = self._entries[name]
        start = self._start(entry)
        packed = self._content[start : start + entry.compress_size]
        try:
            data = packed if entry.compress_type == zipfile.ZIP_STORED else _inflated(packed, entry.file_size)
        except (zlib.error, ValueError) as error:
            raise self._refused(f"the entry {name!r} cannot be unpacked ({error})") from error
        if len(data) != entry.file_size or zlib.crc32(data) != entry.CRC:
            raise self._refused(f"the entry {name!r} cannot be unpacked (it is not what its header says)")
        return data

    def check_end(self) -> None:
        """Nothing stands before the first entry or behind the directory, so that no other reader finds another one."""
        found = _END.unpack(self._content[-_END.size :])
        signature, size, offset, comment = found
        if signature != b"PK\x05\x06" or comment or size + offset != len(self._content) - _END.size:
            raise self._refused("something stands before or behind the archive; the workbook is damaged")

    def _refused(self, why: str) -> IntakeError:
        return IntakeError(f"{self._name}: {why}")


def _inflated(packed: bytes, size: int) -> bytes:
    reader = zlib.decompressobj(-15)
    data = reader.decompress(packed, size + 1)
    if len(data) > size or reader.unconsumed_tail:
        raise ValueError("it is larger than its header says")
    if not reader.eof or reader.unused_data:
        raise ValueError("its packed bytes end too early or too late")
    return data


def unpack(content: bytes, name: str, limits: Limits) -> dict[str, bytes]:
    """Path → bytes of every file in a zip. One folder around everything is taken off."""
    archive = Archive(content, name, limits)
    found = {path.replace("\\", "/"): archive.read(path) for path in archive.names}
    tops = {path.split("/", 1)[0] for path in found if not path.startswith("__MACOSX/")}
    if len(tops) == 1 and all("/" in path for path in found):
        found = {path.split("/", 1)[1]: data for path, data in found.items() if not path.startswith("__MACOSX/")}
    return found
