"""The console on a free port of this machine, over the sample, and a real browser that looks at it.

The browser is Debian's Chromium (``.ci/run`` installs it); where there is none these tests say so and do not run.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from carmonitor import pipeline
from carmonitor.console.app import create
from carmonitor.settings import Settings
from carmonitor.store import accounts, passwords
from carmonitor.store.database import ensure

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
CHROMIUM = os.environ.get("CARMONITOR_CHROMIUM") or shutil.which("chromium")
PASSWORD = "thirteen brown gravel pits"
PEOPLE = {"awa": "analyst", "victor": "viewer", "adele": "admin", "remi": "rule_manager"}
LATER = "2021-02"
"""The month that is not taken in: a test sends its workbook."""
AT = datetime(2021, 8, 1, 9, tzinfo=UTC)


@dataclass
class Visitor:
    """A person at a browser. ``faults``: what a page said in its console, and whom else it asked for anything."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def log_in(self, name: str) -> Page:
        self.go("/login")
        self.page.locator("#name").fill(name)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("main form button").click()
        return self.page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the console answers. The sample was taken in without one month, which a test sends in."""
    if CHROMIUM is None:
        pytest.skip("found no chromium in PATH: THE CONSOLE WAS NOT LOOKED AT IN A BROWSER (apt-get install chromium)")
    folder = tmp_path_factory.mktemp("console")
    settings = Settings(
        database_url=f"sqlite:///{folder}/console.sqlite3", monitoring_from=date(2021, 1, 1), inbox=folder / "inbox"
    )
    with ensure(settings.database_url) as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
        shutil.copytree(SAMPLE / "inbox", folder / "inbox", ignore=shutil.ignore_patterns(LATER))
        pipeline.run(folder / "inbox", store, settings, as_of=date(2021, 7, 31))
        with store.write() as connection:
            for name, role in PEOPLE.items():
                accounts.add(
                    connection,
                    name=name,
                    display_name=name.title(),
                    role=role,
                    hashed=passwords.hashed(PASSWORD),
                    actor="test",
                    at=AT,
                )
        server = uvicorn.Server(
            uvicorn.Config(create(settings, store), host="127.0.0.1", port=0, log_level="warning", lifespan="off")
        )
        with _serving(server) as port:
            yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")  # while its driver runs, nobody else in this process may run an event loop
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(address: str, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Visitors of the console, each with cookies of their own; at the end nobody's page may have complained."""
    met: list[tuple[BrowserContext, Visitor]] = []

    def come(**settings: object) -> Visitor:
        context = chromium.new_context(**{"locale": "en-GB", **settings})  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        guest = Visitor(context.new_page(), address)
        guest.page.on("console", lambda message: _complaint(guest, message))
        guest.page.on("pageerror", lambda error: guest.faults.append(f"script error: {error}"))
        guest.page.on("request", lambda request: _stranger(guest, request))
        met.append((context, guest))
        return guest

    yield come
    faults = [fault for _, guest in met for fault in guest.faults]
    for context, _ in met:
        context.close()
    assert not faults


def _complaint(guest: Visitor, message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        guest.faults.append(f"console {message.type} on {guest.page.url}: {message.text}")


def _stranger(guest: Visitor, request: Request) -> None:
    if not request.url.startswith((guest.address, "data:", "blob:")):
        guest.faults.append(f"{guest.page.url} asked for {request.url}")


@contextmanager
def _serving(server: uvicorn.Server) -> Iterator[int]:
    """A server in a thread of its own: the port it was given."""
    with socket.create_server(("127.0.0.1", 0)) as at:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield at.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=30)
