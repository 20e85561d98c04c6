"""The console as an ASGI application. ``carmonitor serve`` starts :func:`from_environment` by its name."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from carmonitor.console.catalogue import Rules
from carmonitor.console.guard import Guard, RefusedError
from carmonitor.console.overview import Memory
from carmonitor.console.pages import Pages, Texts
from carmonitor.console.screens import ROUTERS
from carmonitor.console.visit import LoginNeededError, NotFoundError, visit_of
from carmonitor.console.work import Workshop
from carmonitor.settings import Settings
from carmonitor.store.database import Store, ensure

log = logging.getLogger("carmonitor.console")

Clock = Callable[[], datetime]
UPLOADS = "/upload"
"""Paths that begin so may send as much as the setting ``upload_mb`` says."""


@dataclass(frozen=True)
class Console:
    """What every screen is given."""

    settings: Settings
    store: Store
    clock: Clock
    rules: Rules
    texts: Texts = field(default_factory=Texts)
    pages: Pages = field(default_factory=Pages)
    memory: Memory = field(default_factory=Memory)
    drawings: Memory = field(default_factory=lambda: Memory(200))
    work: Workshop = field(default_factory=Workshop)

    def cookie_name(self, name: str) -> str:
        """``__Host-`` before it, which browsers hold to TLS and this very host, where there is TLS."""
        return f"{'__Host-' if self.settings.behind_tls else ''}carmonitor_{name}"


def now() -> datetime:
    """The moment it is."""
    return datetime.now(UTC)


def from_environment() -> FastAPI:
    """The console of this installation's settings and database."""
    settings = Settings()
    return create(settings, ensure(settings.database_url))


def create(settings: Settings, store: Store, clock: Clock = now) -> FastAPI:
    """The console over an open store; ``clock`` says what time it is."""
    app = FastAPI(
        title="carmonitor", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        default_response_class=HTMLResponse,
    )  # fmt: skip
    app.state.console = Console(settings, store, clock, Rules(settings))
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", GZipMiddleware(_Static(directory=str(files("carmonitor.console") / "static"))))
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)
    app.add_middleware(Guard, hosts=settings.console_hosts, large={UPLOADS: settings.upload_mb * 1_000_000})
    return app


class _Static(StaticFiles):
    """Files whose address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, to be kept for a year."""
        refused: RefusedError | None = scope.get("refused")
        if refused is not None:
            raise HTTPException(refused.status)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


# Errors as pages


def _page(request: Request, status: int, code: str, **values: str) -> Response:
    visit = visit_of(request.app.state.console, request)
    known = code if visit.console.texts.has("errors", code) else "other"
    return visit.page("error.html", status=status, code=known, status_code=status, values=values)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _page(request, error.status, error.code)


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotFoundError)
    return _page(request, 404, f"no_{error.what}")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refused: RefusedError | None = request.scope.get("refused")
    if refused is not None:
        return _page(request, refused.status, refused.code)
    return _page(request, error.status_code, {404: "no_page", 405: "method"}.get(error.status_code, "other"))


async def _invalid(request: Request, _error: Exception) -> Response:
    return _page(request, 400, "other")


async def _log_in(request: Request, _error: Exception) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    way = "/login" if wanted == "/" or request.method != "GET" else f"/login?next={quote(wanted)}"
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": way})
    return RedirectResponse(way, 303)


async def _failed(request: Request, error: Exception) -> Response:
    """Something nobody foresaw: the log has it under a number, the visitor is told the number and nothing else."""
    number = secrets.token_hex(4)
    log.error("error %s at %s: %s", number, request.url.path, type(error).__name__)  # the server logs the traceback
    return _page(request, 500, "failed", number=number)


_ANSWERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    RefusedError: _refused, NotFoundError: _not_found, HTTPException: _http, RequestValidationError: _invalid,
    LoginNeededError: _log_in, Exception: _failed,
}  # fmt: skip
