"""Small drawings that stand for photographs of parcels: the same bytes on every machine, each marked synthetic."""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import lru_cache

import numpy as np

from carmonitor.intake.pictures import perceptual_hash

WIDTH, HEIGHT = 64, 48


def picture(scene: str, shot: int = 0) -> bytes:
    """A PNG of stones on a cloth. ``scene`` decides the stones; ``shot`` above 0: the same picture saved again,
    somewhat lighter, so that the file is another and the picture is not."""
    rng = np.random.default_rng(np.frombuffer(hashlib.sha256(scene.encode()).digest(), dtype=np.uint32))
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    grey = 40.0 + 30 * np.sin(x / rng.uniform(6, 30) + rng.uniform(0, 6)) * np.cos(y / rng.uniform(6, 30))
    for _ in range(int(rng.integers(6, 16))):
        cx, cy, radius, shade = (
            rng.uniform(4, WIDTH - 4),
            rng.uniform(4, HEIGHT - 4),
            rng.uniform(2, 8),
            rng.uniform(120, 230),
        )
        grey = np.where((x - cx) ** 2 + ((y - cy) * rng.uniform(0.8, 1.3)) ** 2 < radius**2, shade, grey)
    pixels = np.clip(np.rint(grey * (1 + 0.03 * shot) + 4 * shot), 0, 255).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)
    text = f"Comment\0Synthetic photograph {shot}".encode("latin-1")
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)),
        (b"tEXt", text),
        (b"IDAT", _stored(raw)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def sha256(content: bytes) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=65_536)
def look(scene: str, shot: int = 0) -> str | None:
    """The perceptual hash that intake gives this picture."""
    return perceptual_hash(picture(scene, shot))


def _stored(raw: bytes) -> bytes:
    """A zlib stream without compression: the same bytes whatever zlib is installed."""
    return (
        b"\x78\x01\x01" + struct.pack("<HH", len(raw), len(raw) ^ 0xFFFF) + raw + struct.pack(">I", zlib.adler32(raw))
    )
