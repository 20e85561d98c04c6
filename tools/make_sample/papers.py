"""Stand-ins for the papers lodged with a certificate: one-page PDFs and small drawings, each marked synthetic."""

from __future__ import annotations

import hashlib
import struct
import zlib
from datetime import date
from decimal import Decimal
from random import Random


def papers(number: str, issue: date, parcels: int, carats: Decimal) -> dict[str, tuple[str, bytes]]:
    """File name → (kind of document, content) for one certificate: a copy, a packing list, a photograph per parcel."""
    made = {
        f"{number}_copie.pdf": ("certificate_copy", pdf(f"{number} copie", f"{issue:%d/%m/%Y}", f"{carats} ct")),
        f"{number}_colisage.pdf": ("packing_list", pdf(f"{number} colisage", f"{parcels} lot(s)", f"{carats} ct")),
    }
    for parcel in range(1, parcels + 1):
        made[f"{number}_photo_{parcel}.png"] = ("photograph", png(f"{number}/{parcel}"))
    return made


def sha256(content: bytes) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def pdf(*lines: str) -> bytes:
    """A one-page PDF with these lines under the word SYNTHETIC."""
    text = "".join(f"({line}) Tj T* " for line in ("SYNTHETIC - synthétique", *lines))
    stream = f"BT /F 12 Tf 14 TL 20 170 Td {text}ET".encode("cp1252")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 280 200]/Contents 4 0 R/Resources<</Font<</F<</Type/Font"
        b"/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (n, body)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 5\n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def png(name: str) -> bytes:
    """A 32 × 24 drawing in 16 greys, some pale stones on dark cloth; its text chunk says that it is synthetic."""
    rng = Random(name)
    pixels = [[2 + (x * y) % 2 for x in range(32)] for y in range(24)]
    for _ in range(9):
        cx, cy, shade = rng.randint(2, 28), rng.randint(2, 20), rng.randint(9, 15)
        for y in range(cy, cy + 3):
            for x in range(cx, cx + 3):
                pixels[y][x] = shade
    raw = b"".join(b"\0" + bytes(row[x] << 4 | row[x + 1] for x in range(0, 32, 2)) for row in pixels)
    text = f"Comment\0Synthetic photograph of parcel {name}".encode("latin-1")
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 32, 24, 4, 0, 0, 0, 0)),
        (b"tEXt", text),
        (b"IDAT", _stored(raw)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def _stored(raw: bytes) -> bytes:
    """A zlib stream without compression: the same bytes whatever zlib is installed."""
    return (
        b"\x78\x01\x01" + struct.pack("<HH", len(raw), len(raw) ^ 0xFFFF) + raw + struct.pack(">I", zlib.adler32(raw))
    )
