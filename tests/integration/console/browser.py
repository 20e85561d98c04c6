"""A browser without a screen: keeps cookies, follows redirects, sends what browsers send, fills in forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """One visitor of an application. ``address``: where requests seem to come from."""

    def __init__(self, app: FastAPI, *, address: str = "198.51.100.7", base: str = "http://localhost") -> None:
        self._app, self.address, self._base = app, address, base
        self.cookies = httpx.Cookies()

    def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._send("GET", path, follow=follow, headers=headers or {})

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        sent = SAME_ORIGIN if headers is None else headers
        return self._send("POST", path, follow=follow, headers=sent, data=data or {}, **more)

    def fill(self, page: str, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send the form of a page that goes to ``path``, with its hidden fields and ``data``."""
        return self.post(path, {**hidden_fields(self.get(page).text, path), **(data or {})}, **more)

    def log_in(self, name: str, password: str) -> httpx.Response:
        return self.post("/login", {"name": name, "password": password})

    def cookie(self, name: str = "carmonitor_session") -> str | None:
        return next((c.value for c in self.cookies.jar if c.name == name), None)

    def _send(self, method: str, path: str, *, follow: bool, **more: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            way = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self.address, 4711))
            async with httpx.AsyncClient(transport=way, base_url=self._base, cookies=self.cookies) as client:
                response = await client.request(method, path, follow_redirects=follow, **more)
                self.cookies = client.cookies
                return response

        return asyncio.run(sent())


def hidden_fields(page: str, path: str) -> dict[str, str]:
    """The hidden fields of the form of a page that goes to a path."""
    form = re.search(rf'<form[^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', page, re.S)
    assert form is not None, f"the page has no form for {path}"
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form.group(1))
    return {name: unescape(value) for name, value in found}
