"""Photographs at intake: what a picture looks like, and what is not decoded."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carmonitor.intake import pictures
from carmonitor.intake.pictures import perceptual_hash
from carmonitor.intake.submission import read_submission


def drawing(seed: int, size: tuple[int, int] = (320, 240), light: float = 1.0) -> Image.Image:
    """Pale discs on a dark ground."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    grey = np.full(x.shape, 40.0)
    for cx, cy, r, shade in zip(*rng.random((3, 12)), rng.uniform(120, 220, 12), strict=True):
        grey = np.where((x - cx) ** 2 + (y - cy) ** 2 < (0.03 + r / 10) ** 2, shade, grey)
    return Image.fromarray(np.clip(grey * light, 0, 255).astype("uint8"))


def saved(picture: Image.Image, kind: str = "PNG", **how: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def differing(one: bytes, other: bytes) -> int:
    first, second = perceptual_hash(one), perceptual_hash(other)
    assert first is not None
    assert second is not None
    return (int(first, 16) ^ int(second, 16)).bit_count()


@pytest.mark.parametrize("seed", range(5))
def test_a_picture_saved_anew_smaller_or_lighter_looks_the_same(seed: int) -> None:
    original = saved(drawing(seed))
    assert differing(original, saved(drawing(seed), "JPEG", quality=60)) <= 6
    assert differing(original, saved(drawing(seed).resize((160, 120)))) <= 6
    assert differing(original, saved(drawing(seed, light=1.1))) <= 6


def test_different_pictures_look_different() -> None:
    hashes = [perceptual_hash(saved(drawing(seed))) for seed in range(30)]
    apart = [(int(a or "", 16) ^ int(b or "", 16)).bit_count() for a in hashes for b in hashes if a != b]
    assert min(apart) > 8


def test_it_is_sixteen_hexadecimal_digits() -> None:
    assert perceptual_hash(saved(drawing(1))) == perceptual_hash(saved(drawing(1)))
    assert len(perceptual_hash(saved(drawing(1))) or "") == 16


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.4", saved(drawing(1))[:60], saved(Image.new("L", (64, 64), 30)), saved(drawing(1), "GIF")],
    ids=["empty", "pdf", "cut off", "one shade", "another format"],
)
def test_what_cannot_be_told_has_no_hash(content: bytes) -> None:
    assert perceptual_hash(content) is None


def test_a_picture_beyond_the_caps_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(drawing(1))
    monkeypatch.setattr(pictures, "MAX_PIXELS", 320 * 240 - 1)
    assert perceptual_hash(content) is None
    monkeypatch.setattr(pictures, "MAX_PIXELS", 320 * 240)
    assert perceptual_hash(content) is not None
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", len(content) - 1)
    assert perceptual_hash(content) is None


def test_document_rows_get_the_hashes_of_their_files(tmp_path: Path) -> None:
    picture, other = saved(drawing(1)), saved(drawing(2))
    for name, content in (("one.png", picture), ("two.png", other), ("scan.png", other), ("a/x.png", picture),
                          ("b/x.png", other)):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    stated = hashlib.sha256(other).hexdigest().upper()
    rows = [
        "certificate_number,file_name,kind,sha256,lodged_on",
        "CF1,one.png,photograph,,2021-03-01", f"CF1,two.png,photograph,{stated},", "CF1,scan.png,certificate_copy,,",
        "CF1,gone.png,photograph,,", "CF1,x.png,photograph,,",
    ]  # fmt: skip
    (tmp_path / "document.csv").write_text("\n".join(rows) + "\n")
    received = read_submission(tmp_path, sender="SPPK", period="2021-03", today=date(2021, 4, 1))
    [table] = [t for t in received.tables if t.kind == "document"]
    frame = table.frame.set_index("file_name")
    looks = frame["perceptual_hash"]
    assert looks["one.png"] == perceptual_hash(picture)
    assert looks["two.png"] == perceptual_hash(other)
    assert looks[["scan.png", "gone.png", "x.png"]].isna().all()  # no photograph, no file, two files that differ
    assert frame.loc["one.png", "sha256"] == hashlib.sha256(picture).hexdigest()
    assert frame.loc["scan.png", "sha256"] == hashlib.sha256(other).hexdigest()
    assert frame.loc["two.png", "sha256"] == stated
    assert frame.loc[["gone.png", "x.png"], "sha256"].isna().all()
    assert "perceptual_hash" not in table.columns  # computed, not supplied
