"""What intake knows of lodged files without reading them as papers: their SHA-256, and how a photograph looks.

A perceptual hash (pHash, 64 bits) stays nearly the same when a picture is saved anew, smaller or lighter; the number of
bits in which two differ tells how unlike the pictures are. A file is from outside: only JPEG and PNG are decoded, under
a cap of bytes and of pixels, and whatever cannot be decoded has no hash.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

import imagehash
import numpy as np
import pandas as pd
from PIL import Image

from carmonitor.intake.attachments import files_of
from carmonitor.intake.batch import Table

MAX_PICTURE_BYTES = 25_000_000
MAX_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG")
_LEAST_CONTRAST = 4.0  # standard deviation of the greys; a blank picture looks like every other blank one
_DECODED = (256, 256)  # a large JPEG is decoded no larger than needed


def with_hashes(tables: Sequence[Table], hashes: Mapping[str, str], contents: Mapping[str, bytes]) -> list[Table]:
    """Document rows with the ``sha256`` of their file where they state none, and photographs with their look.

    A row whose file did not arrive, or whose name may mean files that differ, keeps what it states. ``perceptual_hash``
    of a photograph that did arrive is always the file's own.
    """
    return [_filled(table, hashes, contents) if table.kind == "document" else table for table in tables]


def _filled(table: Table, hashes: Mapping[str, str], contents: Mapping[str, bytes]) -> Table:
    if table.frame.empty:
        return table
    frame = table.frame
    found = [sorted(paths, key=lambda p: (hashes[p], p)) for paths in files_of(frame["file_name"], hashes)]
    own = [paths[0] if paths and len({hashes[p] for p in paths}) == 1 else None for paths in found]
    photographs = (frame["kind"] == "photograph").fillna(False).astype(bool)
    looks = [
        perceptual_hash(contents[path]) if path and is_photograph else stated
        for path, is_photograph, stated in zip(own, photographs, frame["perceptual_hash"], strict=True)
    ]
    sums = pd.Series([hashes[path] if path else None for path in own], index=frame.index, dtype="str")
    return replace(
        table,
        frame=frame.assign(
            sha256=frame["sha256"].fillna(sums).astype("str"),
            perceptual_hash=pd.Series(looks, index=frame.index, dtype="str"),
        ),
    )


def perceptual_hash(content: bytes) -> str | None:
    """16 hexadecimal digits; None for what is no JPEG or PNG, is damaged, too large, or (nearly) of one shade."""
    if len(content) > MAX_PICTURE_BYTES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what it then refuses or reads all the same
        try:
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                picture.draft("L", _DECODED)
                grey = picture.convert("L")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
    if np.asarray(grey, dtype="float64").std() < _LEAST_CONTRAST:
        return None
    return str(imagehash.phash(grey))
