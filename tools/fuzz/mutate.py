"""Small damage to texts, bytes and packages: what a typing error, a broken disk or an enemy would do."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence

MARKS = [
    *(chr(c) for c in (0, 7, 9, 10, 13, 27, 0x1C, 0x7F, 0x85, 0xA0, 0xAD)),
    *(chr(c) for c in (0x200B, 0x200E, 0x200F, 0x2028, 0x202A, 0x202E, 0x2066, 0x2069, 0x2060, 0xFEFF, 0xFFFD, 0xE0041)),
    "\ud800", "\u0301", "e\u0301", "\u0130", "ı", "ß", "ﬁ", "Σ", "С", "Ο", "Ａ", "１", "٣", "²", "½", "Ⅷ", "№", "º", "€",
    "−", "–", "—", "’", "′", "\u3000", "\u3164", "🇨🇫", "𝟙",
]  # fmt: skip
TOKENS = [
    "", " ", "  ", ",", ";", ".", ":", "/", "-", "'", '"', "(", ")", "[", "]", "{", "}", "<", ">", "&", "*", "|", "\\",
    "=", "+", "@", "%", "#", "!", "0", "00", "1", "9", "12", "31", "99", "2021", "1900", "9999", "0x10", "1e308", "1e309",
    "-0", "NaN", "inf", "Infinity", "1_000", "1 234,50", "1.234,50", "1,234.50", "1 234", "12,5", "ct", "carats", "USD",
    "FCFA", "°", "N°", "NO", "CF", "CF0001", "total", "note", "oui", "yes", "true", "null", "mars", "1er", "Q1", "H2",
    "T00:00:00", "Z", "+01:00", "&a", "*a", "!!python/object:os.system", "- ", ": ", "? ", "...", "---", "<script>",
    "=cmd|' /C calc'!A0", "../", "..\\", "/etc/passwd", "%00", "sep=;\n", "\r\n", "\n\n", "\t",
]  # fmt: skip
XML = [
    "<c>", "</c>", '<c r="A2">', '<c r="XFD1048576"/>', '<c r="A2" t="e"><v>#N/A</v></c>', '<row r="1">', "<row>", "</row>",
    "<v>", "</v>", "<f>", "</f>", '<f t="shared" si="0"/>', 't="s"', 't="b"', 't="d"', 't="inlineStr"', 's="4294967295"',
    'r="a1"', 'r="A0"', 'r="AAAA1"', 'r="A99999999999"', "<!-- -->", "<![CDATA[", "]]>", "<!DOCTYPE x>", "&amp;", "&#0;",
    "&#x10FFFF;", "&x;", "<?xml version='1.0' encoding='UTF-16'?>", '<mergeCell ref="A1:XFD1048576"/>', "<is><t>", "-1",
    "4294967296", "1e999", 'date1904="1"', 'state="veryHidden"', 'table:number-rows-repeated="3000"', "<x:row/>",
    'table:number-columns-repeated="0"', 'office:value="NaN"', 'office:date-value="9999-99-99"',
]  # fmt: skip
_ALIKE = str.maketrans("CBAOEPX0123abceo", "СВАОЕРХ０１２３аЬсео")


def text(chance: random.Random, corpus: Sequence[str], tokens: Sequence[str] = TOKENS) -> str:
    """A text of the corpus, damaged one to four times; now and then a new one."""
    found = chance.choice(corpus) if chance.random() < 0.95 else ""
    for _ in range(chance.randint(1, 4)):
        found = _damaged(chance, found, corpus, tokens)
    return found


def _damaged(chance: random.Random, old: str, corpus: Sequence[str], tokens: Sequence[str]) -> str:
    at = chance.randint(0, len(old))
    to = min(len(old), at + chance.randint(1, 4))
    way = chance.randrange(11)
    if way == 0:
        return old[:at] + chance.choice(MARKS) + old[at:]
    if way in (1, 2):
        return old[:at] + chance.choice(tokens) + old[at:]
    if way == 3:
        return old[:at] + old[to:]
    if way == 4:
        return old[:at] + chance.choice(tokens) + old[to:]
    if way == 5:
        return old[:to] + old[at:]
    if way == 6:
        return old[:at] + old[at:to].swapcase() + old[to:]
    if way == 7:
        return old[:at] + old[at:].translate(_ALIKE)
    if way == 8:
        other = chance.choice(corpus)
        return old[:at] + other[chance.randint(0, len(other)) :]
    if way == 9:
        return old[:at] + old[at:to] * chance.choice((2, 9, 70, 500)) + old[to:]
    return (
        old[:at]
        + chr(chance.choice((chance.randrange(128), chance.randrange(0x3000), chance.randrange(0x110000))))
        + old[to:]
    )


def raw(chance: random.Random, corpus: Sequence[bytes]) -> bytes:
    """Bytes of the corpus, damaged one to four times."""
    found = bytearray(chance.choice(corpus))
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(found))
        to = min(len(found), at + chance.choice((1, 2, 4, 16, 256)))
        way = chance.randrange(6)
        if way == 0 and at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            found[at:to] = chance.choice(
                (b"\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"PK\x05\x06", b"\n", b'"')
            )
        elif way == 2:
            del found[at:to]
        elif way == 3:
            del found[at:]
        elif way == 4:
            found[at:at] = found[at:to] * chance.choice((1, 3, 40))
        else:
            other = chance.choice(corpus)
            start = chance.randint(0, len(other))
            found[at:to] = other[start : start + chance.choice((1, 8, 64, 512))]
    return bytes(found)


def package(chance: random.Random, corpus: Sequence[bytes]) -> bytes:
    """A zip of the corpus with one or two of its parts damaged and all checksums right."""
    with zipfile.ZipFile(io.BytesIO(chance.choice(corpus))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(chance.randint(1, 2)):
        name = chance.choice([n for n in parts if n.endswith((".xml", ".rels"))] or list(parts))
        way = chance.random()
        if way < 0.05:
            parts.pop(name)
            break
        if way < 0.1:
            parts[name] = raw(chance, [parts[name] or b"x"])
        else:
            old = parts[name].decode("utf-8", "replace")
            new = text(chance, [old], XML if chance.random() < 0.8 else TOKENS)
            parts[name] = new.encode("utf-8", "surrogatepass")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()
