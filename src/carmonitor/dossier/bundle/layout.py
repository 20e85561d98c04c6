"""Whether a zip is byte for byte as :mod:`carmonitor.dossier.bundle.archive` writes one, its headers included.

What a hash of each file's content cannot see: something before, between or behind the files, links, dates, attributes.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from carmonitor.dossier.bundle.archive import ATTRIBUTES, DATE, UNIX, entry

_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _UTF8 = 20, 0x800


def strays(stream: BinaryIO, archive: zipfile.ZipFile) -> Iterator[str]:
    """The paths of files whose headers, or whose place in the zip, are not as written; "" for the zip as a whole."""
    at = 0
    directory = b""
    for info in archive.infolist():
        header = _local(info)
        stream.seek(at)
        if not _plain(info) or info.header_offset != at or stream.read(len(header)) != header:
            yield info.filename
            at = max(info.header_offset, 0)
        at += len(header) + info.compress_size
        directory += _central(info)
    count = len(archive.infolist())
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0) if count < 0xFFFF else b""
    stream.seek(at)
    if stream.read(len(directory) + len(end) + 1) != directory + end:
        yield ""


def _plain(info: zipfile.ZipInfo) -> bool:
    like = entry(info.filename)
    return (
        (info.date_time, info.create_system, info.external_attr) == (DATE, UNIX, ATTRIBUTES)
        and (info.compress_type, info.internal_attr, info.volume, info.reserved) == (like.compress_type, 0, 0, 0)
        and (info.extra, info.comment) == (b"", b"")
        and (info.create_version, info.extract_version) == (_VERSION, _VERSION)
        and info.orig_filename == info.filename
    )


def _local(info: zipfile.ZipInfo) -> bytes:
    """The header that stands before a file's bytes."""
    name, flags = _name(info)
    numbers = (info.compress_type, *_date(), info.CRC, info.compress_size, info.file_size, len(name), 0)
    return struct.pack("<4s2B4HL2L2H", b"PK\x03\x04", _VERSION, 0, flags, *numbers) + name


def _central(info: zipfile.ZipInfo) -> bytes:
    """The line of the directory at the end."""
    name, flags = _name(info)
    head = (b"PK\x01\x02", _VERSION, UNIX, _VERSION, 0, flags, info.compress_type, *_date())
    sizes = (info.CRC, info.compress_size, info.file_size, len(name), 0, 0, 0, 0)
    return _CENTRAL.pack(*head, *sizes, ATTRIBUTES, info.header_offset) + name


def _name(info: zipfile.ZipInfo) -> tuple[bytes, int]:
    """The name and the flags that say how it is written."""
    if info.filename.isascii():
        return info.filename.encode(), 0
    return info.filename.encode("utf-8", "surrogatepass"), _UTF8


def _date() -> tuple[int, int]:
    """Time and day as a zip keeps them."""
    year, month, day = DATE[:3]
    return 0, (year - 1980) << 9 | month << 5 | day
