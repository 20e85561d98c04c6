"""Workbooks and archives built to harm: by hand, since no program writes them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

HEADERS = ("Slip number", "Purchase date", "Carats")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def cell(place: str, text: str) -> str:
    """A cell with its text in place."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *texts: str) -> str:
    """A row of texts from column A on."""
    return f'<row r="{number}">' + "".join(cell(f"{chr(65 + i)}{number}", t) for i, t in enumerate(texts)) + "</row>"


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """The part of one sheet. ``before``: ahead of the root element; ``after``: behind the data."""
    return f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


GOOD = sheet(row(1, *HEADERS), row(2, "B1", "2021-01-05", "1.25"))


def parts(sheets: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]], **workbook: str) -> dict[str, bytes]:
    """The parts of an .xlsx. ``sheets``: name → XML. ``workbook``: text to put into its list of sheets."""
    named = list(sheets.items()) if isinstance(sheets, Mapping) else list(sheets)
    listed = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, (name, _) in enumerate(named, 1))
    linked = "".join(
        f'<Relationship Id="rId{i}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(named) + 1)
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for i in range(1, len(named) + 1)
    )
    texts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{workbook.get("doctype", "")}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"{workbook.get('properties', '')}<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{linked}'
        f"{workbook.get('relations', '')}</Relationships>",
    }
    texts |= {f"xl/worksheets/sheet{i}.xml": xml for i, (_, xml) in enumerate(named, 1)}
    return {name: text.encode() if isinstance(text, str) else text for name, text in texts.items()}


def zipped(contents: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(path: Path, *xml: str | bytes, more: Mapping[str, bytes] | None = None, **given: str) -> Path:
    """An .xlsx with these sheets, named Purchases, Purchases 2 and so on, and ``more`` parts."""
    names = ["Purchases", *(f"Purchases {i}" for i in range(2, len(xml) + 1))]
    path.write_bytes(zipped(parts(list(zip(names, xml, strict=True)), **given) | dict(more or {})))
    return path


def shared_strings(strings: Sequence[str]) -> dict[str, bytes]:
    """The part of shared strings; give ``relations=SHARED`` to the workbook beside it."""
    items = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return {"xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{items}</sst>'.encode()}


SHARED = f'<Relationship Id="rIdS" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'


def raw_zip(entries: Sequence[tuple[bytes, bytes, int, int, int]], overlap: bool = False) -> bytes:
    """A zip from (name, deflated bytes, CRC, declared size, bytes the file truly holds) without any check."""
    body, directory = b"", b""
    for name, packed, crc, size, held in entries:
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed), size, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + fields + name + packed[:held]
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def deflated(data: bytes) -> bytes:
    """Raw deflate, as zips hold it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def lying_zip(contents: Mapping[str, bytes], liar: str, declared: int) -> bytes:
    """A zip in which ``liar`` states fewer bytes than it holds, with the checksum of just these."""
    entries = []
    for name, data in contents.items():
        stated = data[:declared] if name == liar else data
        packed = deflated(data)
        entries.append((name.encode(), packed, zlib.crc32(stated), len(stated), len(packed)))
    return raw_zip(entries)


def overlapping_zip(data: bytes) -> bytes:
    """Two entries that share the same packed bytes: the first holds the second's header as text, then its content."""
    packed = deflated(data)
    inner = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(data), len(packed), len(data), 5, 0)
    inner += b"b.csv"
    outer = b"\x00" + struct.pack("<HH", len(inner), len(inner) ^ 0xFFFF) + inner + packed
    whole = inner + data
    return raw_zip(
        [
            (b"a.csv", outer, zlib.crc32(whole), len(whole), len(outer) - len(inner) - len(packed)),
            (b"b.csv", packed, zlib.crc32(data), len(data), len(packed)),
        ]
    )
