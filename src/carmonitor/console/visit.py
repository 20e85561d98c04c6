"""One request and who makes it. Every route says which role it asks for: :class:`Require`, or :data:`Public`."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import BackgroundTasks, Depends, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from carmonitor.console.guard import RefusedError
from carmonitor.store import accounts
from carmonitor.store.accounts import Account

if TYPE_CHECKING:
    from carmonitor.console.app import Console

LANGUAGES = ("en", "fr")
_YEAR = 365 * 24 * 3600


class LoginNeededError(Exception):
    """Nobody is logged in; the answer is the way to the log-in page."""


class NotFoundError(Exception):
    """There is nothing of this name; ``what``: the name of the text that says so."""

    def __init__(self, what: str = "page") -> None:
        super().__init__(what)
        self.what = what


@dataclass
class Visit:
    """What a screen works with. ``at``: the moment of the request; ``csrf``: what its forms carry ("" logged out).

    ``form``: what was sent, empty for a page that is only read.
    """

    console: Console
    request: Request
    at: datetime
    lang: str
    token: str = ""
    account: Account | None = None
    form: FormData = field(default_factory=FormData)

    @property
    def user(self) -> Account:
        """Who is logged in; only for routes that require a role."""
        if self.account is None:
            raise LoginNeededError
        return self.account

    @property
    def csrf(self) -> str:
        """The token of this session's forms."""
        return accounts.csrf_token(self.token) if self.token else ""

    def may(self, role: str) -> bool:
        """Whether the visitor may do what this role may."""
        return self.account is not None and self.account.may(role)

    def asked(self, name: str, default: str = "") -> str:
        """A value of the address (``?name=value``), without space around it."""
        return _plain(self.request.query_params.get(name, default))

    def sent(self, name: str) -> str:
        """A text of the form, without space around it; "" when it was not sent."""
        value = self.form.get(name)
        return _plain(value) if isinstance(value, str) else ""

    def files(self, name: str) -> list[UploadFile]:
        """The files of a form's field that were chosen."""
        return [f for f in self.form.getlist(name) if isinstance(f, UploadFile) and f.filename]

    def word(self, *path: str, **values: Any) -> str:
        """A text of ``texts.yaml`` in the visitor's language."""
        return self.console.texts.said(self.lang, *path, **values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page; templates see ``visit`` and ``values``. A language chosen by ``?lang=`` is remembered."""
        response = HTMLResponse(self.console.pages.render(template, self, values), status)
        if self.asked("lang") == self.lang:
            self.keep_cookie(response, "lang", self.lang, seconds=_YEAR)
        return response

    def see(self, path: str, *, told: str = "", **query: str) -> RedirectResponse:
        """Go on to a page of the console; ``told``: the name of a text under ``told`` that it shows on top."""
        asked = {**query, **({"told": told} if told else {})}
        return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, 303)

    def keep_cookie(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """A cookie no script can read, sent to nobody else, over TLS only where there is TLS."""
        response.set_cookie(
            self.console.cookie_name(name), value, max_age=seconds, httponly=True, samesite="strict",
            secure=self.console.settings.behind_tls, path="/",
        )  # fmt: skip


def visit_of(console: Console, request: Request) -> Visit:
    """A visit of nobody: no session is looked up. For pages of errors."""
    return Visit(console, request, console.clock(), language(console, request))


def language(console: Console, request: Request) -> str:
    """``?lang=``, else what was chosen before, else the setting."""
    chosen = (request.query_params.get("lang"), request.cookies.get(console.cookie_name("lang")))
    return next((lang for lang in chosen if lang in LANGUAGES), console.settings.lang)


def _visitor(request: Request, background: BackgroundTasks) -> Visit:
    """Who comes: looked up by the session cookie, and noted as being there (after the answer, so nobody waits)."""
    refused: RefusedError | None = request.scope.get("refused")
    if refused is not None:
        raise refused
    console: Console = request.app.state.console
    visit = visit_of(console, request)
    token = request.cookies.get(console.cookie_name("session"), "")
    if token:
        with console.store.read() as connection:
            session = accounts.session_of(connection, token, at=visit.at)
        if session is not None:
            visit.token, visit.account = token, session.account
            if session.stale:
                background.add_task(_touch, console, session.token_hash, visit.at)
    return visit


def _touch(console: Console, token_hash: str, at: datetime) -> None:
    with console.store.write() as connection:
        accounts.touch(connection, token_hash, at=at)


async def _with_form(request: Request, visit: Annotated[Visit, Depends(_visitor)]) -> AsyncIterator[Visit]:
    """What was sent is read only from who is logged in, or wants to log in; its files are closed in the end."""
    if request.method == "POST" and (visit.account is not None or request.url.path == "/login"):
        _, said = parse_options_header(request.headers.get("content-type"))
        if said.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise RefusedError(415, "other")  # some encodings fail, others make text that nothing can store
        visit.form = await request.form(max_files=1000)
    try:
        yield visit
    finally:
        await visit.form.close()


@dataclass(frozen=True)
class Require:
    """The dependency of a route: who may use it. ``role`` None: everyone, logged in or not.

    A form of somebody logged in must carry the token of that very session, as a field or as the header htmx sends.
    """

    role: str | None

    def __call__(self, visit: Annotated[Visit, Depends(_with_form)]) -> Visit:
        """The visit, if it is allowed."""
        if self.role is not None and visit.account is None:
            raise LoginNeededError
        if visit.request.method == "POST" and visit.account is not None:
            given = visit.sent("csrf") or visit.request.headers.get("x-csrf-token", "")
            if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
                raise RefusedError(403, "csrf")
        if self.role is not None and not visit.may(self.role):
            raise RefusedError(403, "role")
        if "\0" in visit.request.scope["path"]:
            raise NotFoundError  # no name holds one, and PostgreSQL takes none
        return visit


Public = Annotated[Visit, Depends(Require(None))]
Viewer = Annotated[Visit, Depends(Require("viewer"))]
Analyst = Annotated[Visit, Depends(Require("analyst"))]
RuleManager = Annotated[Visit, Depends(Require("rule_manager"))]
Admin = Annotated[Visit, Depends(Require("admin"))]


def gives(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """What a route declares that gives something else than a page (``responses`` of its decorator)."""
    return {200: {"content": {media_type: {} for media_type in media_types}}}


def _plain(text: str) -> str:
    """Without space around it, and without NUL, which PostgreSQL takes in no text."""
    return text.replace("\0", "").strip()


def local_path(text: str) -> str:
    """A path of this console to go back to; the first page for anything that might lead elsewhere."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if safe and not parts.netloc and not parts.scheme else "/"


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "unknown"
