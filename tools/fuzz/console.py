"""Asks every route of the console as viewer, analyst and administrator, with forms that carry the right token.

Promised of every answer: no fault of the server, no exception; the headers that protect; a media type that the route
declares; nothing that was sent became markup; nobody is let through beyond his role, and no reading leaves an act.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import traceback
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from carmonitor.console.guard import HEADERS as PROTECTING
from carmonitor.store.accounts import ROLES, csrf_token
from tools.fuzz.console_house import USERS, House, furnished
from tools.fuzz.console_paths import MARK, document, role_of, routes
from tools.fuzz.run import Found
from tools.reliability.databases import Postgres, Sqlite

DATABASES = {"console-sqlite": Sqlite, "console-postgresql": Postgres}
CHARSETS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-7", "latin-1", "unicode_escape", "raw_unicode_escape", "punycode", "idna",
    "undefined", "hex", "mbcs", "x", "\u00e9", "",
)  # fmt: skip
"""Encodings that a form in parts may name, also those that give halves of surrogate pairs, or none."""
_FAULT = 500


def run(name: str, most: int, seeded: str) -> Found:
    """As many requests of each route and role as make up about ``most``, on a database of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="carfuzz") as folder,
        tempfile.TemporaryDirectory(prefix="carfuzz") as own,  # a server's, which is another user's where we are root
        closing(DATABASES[name](Path(own))) as databases,
        furnished(databases.blank(), Path(folder)) as house,
    ):
        return ask(house, max(1, most // (len(list(routes())) * len(USERS))), seeded)


def ask(house: House, times: int, seeded: str) -> Found:
    """So many requests of each route, each as every role. The same seed asks for the same."""
    described = document(house.app, house.known)
    schema: Any = schemathesis.openapi.from_dict(described)
    schema.app = house.app
    found, tokens = Found(), dict.fromkeys(USERS, "")
    for route in routes():
        for method in sorted(route.methods):
            declared = kinds_of(described["paths"][route.path_format][method.lower()])
            asker = _Asker(house, route, declared, found, tokens)
            _ask(asker, schema[route.path_format][method].as_strategy(), times, f"{seeded} {method} {route.path}")
    return found


def _ask(asker: _Asker, strategy: Any, times: int, seeded: str) -> None:
    number = int.from_bytes(hashlib.sha256(seeded.encode()).digest()[:8])

    @seed(number)
    @settings(
        max_examples=times, deadline=None, database=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy, _WRITTEN_IN)
    def each(case: Any, charset: str | None) -> None:
        parameters, body = case.path_parameters, case.body
        for role in USERS:
            case.path_parameters = dict(parameters) if parameters else parameters
            case.body = dict(body) if isinstance(body, dict) else body
            asker.one(case, role, charset)

    each()


_WRITTEN_IN = st.sampled_from([*(None, "utf-8") * len(CHARSETS), *CHARSETS])
"""None: as addresses are written; else in parts, mostly as browsers do."""


@dataclass
class _Asker:
    """One route. ``tokens``: the session of each role."""

    house: House
    route: APIRoute
    declared: set[str]
    found: Found
    tokens: dict[str, str]

    def one(self, case: Any, role: str, charset: str | None) -> None:
        """Send a request and hold its answer to the promises."""
        self.found.runs += 1
        sent: dict[str, Any] = {}
        try:
            sent = self._prepared(case, role, charset)
            before = self.house.acts()
            answer = case.call(allow_redirects=False, timeout=60, **sent)
            said = str(answer.status_code)
            broken = [
                *_faults(answer, self.declared),
                *self._overreach(role, case.method, answer, self.house.acts() - before),
            ]
        except Exception:
            said, broken = "BROKEN", [traceback.format_exc(limit=-6).partition("\nReproduce with:")[0]]
        self.found.said[said] += 1
        told = f"{role}: {case.method} {case.formatted_path} query={case.query} body={case.body!r} sent={sent}"
        self.found.broken += [(told[:2000], text) for text in broken]

    def _prepared(self, case: Any, role: str, charset: str | None) -> dict[str, Any]:
        """Cookies, the token of forms, and what is known only now: pieces of work, the newest act about a case."""
        house = self.house
        token = self.tokens[role] = house.token(role, self.tokens[role])
        sent: dict[str, Any] = {"cookies": {"carmonitor_session": token}, "base_url": "http://localhost"}
        parameters, body = case.path_parameters or {}, case.body if isinstance(case.body, dict) else {}
        if self.route.path.startswith(("/upload", "/export")):
            pieces = house.work(token)
            if parameters.get("name") in pieces:
                parameters["name"] = pieces[parameters["name"]].id
        if case.method == "POST":
            sent["headers"] = {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": csrf_token(token)}
            if body.get("seen") == "now":
                body["seen"] = house.last_act(str(parameters.get("case_id")))
            if charset is not None or "/upload" in self.route.path:
                sent["data"], sent["headers"]["Content-Type"] = in_parts(body, charset or "utf-8")
        return sent

    def _overreach(self, role: str, method: str, answer: Any, acts: int) -> list[str]:
        needed = role_of(self.route)
        allowed = needed is None or ROLES.index(role) >= ROLES.index(needed)
        told = []
        if not allowed and answer.status_code not in (303, 403, 415):  # 415: an encoding that no form is read in
            told.append(f"a {role} got {answer.status_code} where {needed} is asked for")
        if acts and (method == "GET" or not allowed):
            told.append(f"{acts} acts were written by a {role} with {method}")
        return told


def in_parts(body: dict[str, str], charset: str) -> tuple[bytes, str]:
    """A form in parts, in some encoding; most fields hold a half of a surrogate pair too. And its type."""
    parts = []
    for name, value in body.items():
        head = f'Content-Disposition: form-data; name="{name}"'
        if name == "files":
            plain = re.sub(r'[\r\n"]', "_", value)
            head += f'; filename="{plain}"'
        text = value.encode("utf-8") + (
            b"\\ud800" if "unicode" in charset else b"\xed\xa0\x80" if len(value) % 3 else b""
        )
        parts.append(b"--limit\r\n" + head.encode() + b"\r\n\r\n" + text + b"\r\n")
    return b"".join(parts) + b"--limit--\r\n", f"multipart/form-data; boundary=limit; charset={charset}"


def _faults(answer: Any, declared: set[str]) -> list[str]:
    """What is wrong with an answer whoever got it."""
    told = []
    given = {name.lower(): values for name, values in answer.headers.items()}
    if answer.status_code >= _FAULT:
        told.append(f"answered {answer.status_code}")
    for name, value in PROTECTING.items():
        if given.get(name.lower()) != [value]:
            told.append(f"{name} is {given.get(name.lower())}")
    way = given.get("location", ["/"])[0]
    if not way.startswith("/") or way.startswith(("//", "/\\")) or not way.isascii() or not way.isprintable():
        told.append(f"leads to {way!r}")
    kind = given.get("content-type", [""])[0].partition(";")[0]
    if answer.status_code == 303:
        return told
    expected = declared if answer.status_code in (200, 206) else {"text/html"}
    if answer.status_code in (400, 416) and "text/html" not in declared:
        expected.add("text/plain")  # a Range that the file has not: the library that sends files says so itself
    if kind not in expected:
        told.append(f"is {kind!r}, declared {sorted(expected)}")
    if kind in ("text/html", "image/svg+xml"):
        told += _Reader(answer.content.decode("utf-8")).told
    return told


def kinds_of(told: dict[str, Any]) -> set[str]:
    """The media types of what a route gives when all is well."""
    return {kind.partition(";")[0] for kind in told["responses"]["200"]["content"]}


class _Reader(HTMLParser):
    """Reads a page or drawing; ``told``: what acts in it, or leads elsewhere, or was made by what was sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        names = {name for name, _ in attrs}
        if tag in (MARK, "iframe", "object", "embed", "style", "base", "foreignobject") or MARK in names:
            self.told.append(f"has the element {tag} with {given}")
        if tag == "script" and not str(given.get("src")).startswith("/static/"):
            self.told.append(f"has a script {given}")
        if acting := [name for name in names if name.startswith("on") or name in ("style", "srcdoc", "formaction")]:
            self.told.append(f"{tag} has {acting}")
        for name in names & {"href", "src", "action", "hx-get", "hx-post"}:
            way = urlsplit(str(given[name]))
            if way.scheme not in ("", "https") or (way.netloc and tag != "a"):
                self.told.append(f"{tag} leads to {given[name]!r}")
