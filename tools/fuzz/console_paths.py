"""The console's OpenAPI document with what its handlers read for themselves, and values that no handler hopes for."""

from __future__ import annotations

import ast
import inspect
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any

import schemathesis
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from hypothesis import strategies as st

from carmonitor.cases.queue import Filters
from carmonitor.console.screens import ROUTERS
from carmonitor.console.visit import Require
from tools.fuzz import mutate

MARK = "xq7"
"""The name of the element and attribute that payloads would make."""
PAYLOADS = [
    f"<{MARK}>", f"</title><{MARK} a=1>", f'" {MARK}="1', f"' {MARK}='1", f"><{MARK}>", f"<!--><{MARK}>--!>", f"&lt;{MARK}&gt;",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "</svg><script>x</script>",
    "]]><script>x</script>", "data:text/html,<script>x</script>",
]  # fmt: skip
HOSTILE = [
    *PAYLOADS, "", " ", ".", "..", "../../../etc/passwd", "..\\..\\windows", "%2e%2e%2f", "/etc/passwd", "//evil.example",
    "/\\evil.example", "https://evil.example/", "file:///etc/passwd", "a\r\nSet-Cookie: x=1", "\0", "a\0b", "%00", "\u202egnp.exe",
    "\ufeff", "\u200b", "СF0000001", "ＣＦ１０１", "٣", "²", "½", "-1", "0", "1e999", "NaN", "9" * 18, "9" * 30, "9" * 400, "9" * 5000,
    "-9223372036854775809", "9223372036854775808", "0x10", "1_000", "0001-01-01", "9999-12-31", "10000-01-01", "2021-02-30",
    "2021-W01-1", "20210501", "x" * 3000, "é" * 2000, "💎" * 500, "'; DROP TABLE journal; --", "' OR 1=1 --", "%", "_", "\\",
    "[", "*", "{", "{0}", "{name}", "%s", "${7*7}", "a@b", "K-1", "con.txt", "\ufffd", "\U000e0041", "e\u0301", "ß", "İ", "=1+1",
]  # fmt: skip
HEADERS = (
    "Accept-Language",
    "Accept-Encoding",
    "Referer",
    "HX-Request",
    "HX-Target",
    "User-Agent",
    "If-None-Match",
    "Range",
)


def routes() -> Iterator[APIRoute]:
    """Every route of every screen."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route


def role_of(route: APIRoute) -> str | None:
    """Which role a route asks for; None: everyone."""
    (found,) = _required(route.dependant)
    return found.role


def _required(dependant: Dependant) -> Iterator[Require]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Require):
            yield inner.call
        yield from _required(inner)


def document(app: FastAPI, known: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """OpenAPI of the console: what its routes declare, and the query, headers and forms that their screens ask for.

    Values are half of those ``known`` by their names, half hostile.
    """
    described = app.openapi()
    for route in routes():
        for method in route.methods:
            told = described["paths"][route.path_format][method.lower()]
            screen = import_module(route.endpoint.__module__)
            asked = [
                *({"name": p["name"], "in": "path", "required": True} for p in told.get("parameters", ())),
                *({"name": name, "in": "query"} for name in asked_by(screen)),
                *({"name": name, "in": "header"} for name in HEADERS),
            ]
            for one in asked:
                one["schema"] = _either(known.get(one["name"], ()), header=one["in"] == "header")
            told["parameters"] = asked
            if method == "POST":
                sent = {name: _either(known.get(name, ())) for name in sent_to(screen)}
                form = {"schema": {"type": "object", "properties": sent, "additionalProperties": False}}
                told["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
    return described


def asked_by(screen: ModuleType) -> list[str]:
    """The values of an address that a screen reads."""
    source = inspect.getsource(screen)
    filters = _FILTERS if "Filters" in source else ()
    paged = ("page",) if "page_number" in source else ()
    return sorted({*re.findall(r'\basked\("(\w+)"', source), *filters, *paged, "lang", "told"})


def sent_to(screen: ModuleType) -> list[str]:
    """The fields of forms that a screen reads: the names of the templates' fields among its words."""
    source = inspect.getsource(screen)
    words = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    filters = [f"f_{name}" for name in _FILTERS] if 'f"f_' in source else []
    return sorted({*(words & _fields()), *filters})


_FILTERS = tuple(f.name for f in fields(Filters))


@cache
def _fields() -> frozenset[str]:
    templates = [page for page in (files("carmonitor.console") / "templates").iterdir() if page.name.endswith(".html")]
    return frozenset(
        name for page in templates for name in re.findall(r' name="(\w+)"', page.read_text(encoding="utf-8"))
    )


def _either(known: Sequence[str], *, header: bool = False) -> dict[str, Any]:
    hostile = {"type": "string", "format": "carmonitor-header" if header else "carmonitor-text"}
    return {"anyOf": [{"type": "string", "enum": list(known)}, hostile]} if known else hostile


def damaged(seed: int) -> str:
    """A text as the other fuzzers make it: damaged, look-alike, repeated. Lone surrogates go another way."""
    return mutate.text(random.Random(seed), HOSTILE).encode("utf-8", "replace").decode()


TEXTS = st.one_of(
    st.sampled_from(PAYLOADS),
    st.sampled_from(HOSTILE),
    st.integers(0, 2**32).map(damaged),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace").decode()),
)
_LATIN = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=40)
_WRITTEN = [text for text in HOSTILE if text.isascii() and text.isprintable() and text == text.strip()]

schemathesis.openapi.format("carmonitor-text", TEXTS)
schemathesis.openapi.format("carmonitor-header", st.one_of(st.sampled_from(_WRITTEN), _LATIN.map(str.strip)))
