"""How tests read a drawing."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from carmonitor.dossier.sheets.model import Picture

HOSTILE = "<script>alert(1)</script> & \"quoted\" =cmd|' /C calc'!A0 ../../etc \u202egnp.exe \x00\x0b"
_SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture: Picture) -> ElementTree.Element:
    """The drawing as a tree; fails where it is no XML."""
    return ElementTree.fromstring(picture.svg)


def shown(picture: Picture) -> str:
    """Every word that is drawn, row by row."""
    return "\n".join("".join(node.itertext()) for node in parsed(picture).iter(f"{_SVG}text"))


def assert_self_contained(picture: Picture) -> None:
    """No script, no handler, no picture, no style sheet, nothing from elsewhere; its size is its reader's choice."""
    root = parsed(picture)
    for node in root.iter():
        assert node.tag.removeprefix(_SVG) in {
            "svg", "title", "desc", "defs", "pattern", "g", "path", "rect", "circle", "line", "text", "tspan",
        }  # fmt: skip
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert "://" not in value
            assert "url(" not in value or re.fullmatch(r"url\(#[a-z0-9-]+\)", value)
    named = {node.get("id") for node in root.iter()} - {None}
    used = set(re.findall(r"url\(#([^)]+)\)", picture.svg))
    assert used <= named
    assert root.get("width") is None
    assert root.get("viewBox")
    assert root.get("role") == "img"
    assert picture.told
    assert root.findtext(f"{_SVG}desc") == picture.told
    assert not re.search("[\x00-\x08\x0b\u202a-\u202e]", picture.svg + picture.title + picture.told)
