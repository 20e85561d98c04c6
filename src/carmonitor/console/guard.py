"""What every request passes first: its host, where it comes from, how much it sends. Headers of every answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "::1")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ONE_PAGE = "no-store"
_SMALL = 1_000_000  # bytes of a form
_READING = ("GET", "HEAD")


class RefusedError(Exception):
    """A request that goes no further. ``code``: the name of its page's text."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Guard:
    """ASGI middleware. ``hosts``: names the console answers to; ``large``: beginning of a path → bytes it may send.

    A request that changes something must come from the console's own pages: browsers say so in ``Sec-Fetch-Site``,
    older ones in ``Origin``; one that says neither is refused.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], large: Mapping[str, int]) -> None:
        self._app, self._large = app, large
        self._hosts = {host.casefold() for host in (*LOOPBACK, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or mark it as refused: the page that says so is the console's (``scope["refused"]``)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        allowed = next((size for path, size in self._large.items() if scope["path"].startswith(path)), _SMALL)
        scope["refused"] = _objection(scope["method"], headers, self._hosts, allowed)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > allowed:
                raise RefusedError(413, "too_large")
            return message

        async def armoured(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer[name] = value
                answer.setdefault("Cache-Control", _ONE_PAGE)
            await send(message)

        await self._app(scope, counted, armoured)


def _objection(method: str, headers: Headers, hosts: Collection[str], allowed: int) -> RefusedError | None:
    if _host_name(headers.get("host", "")) not in hosts:
        return RefusedError(421, "host")
    if method not in (*_READING, "POST"):
        return RefusedError(405, "method")
    if method == "POST" and not _is_own(headers):
        return RefusedError(403, "origin")
    length = headers.get("content-length", "0")
    return RefusedError(413, "too_large") if not length.isdecimal() or int(length) > allowed else None


def _is_own(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is not None and urlsplit(origin).netloc.casefold() == headers["host"].casefold()


def _host_name(host: str) -> str:
    """The name without its port; ``[::1]:8321`` is ``::1``."""
    try:
        return (urlsplit(f"//{host}").hostname or "").casefold()
    except ValueError:
        return ""
