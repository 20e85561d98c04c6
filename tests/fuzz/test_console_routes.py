"""Every route of the console asked anything, as each role: the short run. The long one: ``make fuzz``."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.responses import HTMLResponse

from carmonitor.console.guard import HEADERS
from carmonitor.console.screens import month
from carmonitor.console.visit import Visit
from carmonitor.store import passwords
from tools.fuzz import console
from tools.fuzz.console_house import House, furnished
from tools.fuzz.console_paths import asked_by, document, routes, sent_to

TIMES = 2


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with furnished(sqlite_url, tmp_path) as made:
        yield made


def test_no_route_breaks_its_promises_whatever_it_is_asked(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with furnished(database_url, tmp_path) as house:
        found = console.ask(house, TIMES, "test")
    assert found.broken == []
    assert "error" not in [record.levelname.casefold() for record in caplog.records]
    assert found.runs == sum(found.said.values()) == TIMES * 3 * len(list(routes()))
    assert {"200", "303", "403", "404"} <= set(found.said)  # handlers are reached, acts done, roles refused


def test_what_a_screen_reads_is_asked_and_sent(house: House) -> None:
    """The document names every value that a handler takes from an address or a form by its name."""
    told = document(house.app, house.known)["paths"]
    assert len(told) == len({route.path_format for route in routes()})
    for route in routes():
        screen = importlib.import_module(route.endpoint.__module__)
        source = Path(str(screen.__file__)).read_text(encoding="utf-8")
        assert set(re.findall(r'\basked\("(\w+)"', source)) <= set(asked_by(screen)), route.path
        read = set(re.findall(r'\b(?:sent|files|form\.get)\("(\w+)"', source))
        assert read <= set(sent_to(screen)), route.path


def test_no_method_but_those_of_a_route_does_anything(house: House) -> None:
    protecting = {(name.lower(), value) for name, value in HEADERS.items()}

    async def asked() -> list[tuple[str, str, int]]:
        odd = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://localhost") as client:
            client.cookies.set("carmonitor_session", house.token("admin", ""))
            for path in {route.path_format for route in routes()}:
                given = {method for route in routes() if route.path_format == path for method in route.methods}
                for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD"} - given:
                    answer = await client.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
                    if answer.status_code not in (404, 405) or protecting - set(answer.headers.items()):
                        odd.append((method, path, answer.status_code))
        return odd

    before = house.acts()
    assert asyncio.run(asked()) == []
    assert house.acts() == before


# Each promise, broken by hand: what asking tells then.


def told(house: House, monkeypatch: pytest.MonkeyPatch, times: int = 1) -> str:
    """What is told of the first page and the queue alone."""
    few = [route for route in console.routes() if route.path in ("/", "/cases", "/users/{name}/disable")]
    monkeypatch.setattr(console, "routes", lambda: iter(few))
    return " ".join(text for _, text in console.ask(house, times, "test").broken)


def test_an_exception_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(month.overview, "last_two", lambda _connection: 1 // 0)
    assert "ZeroDivisionError" in told(house, monkeypatch)


def test_a_fault_that_is_answered_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visit, "page", lambda *_, **__: HTMLResponse("out of order", 503))
    assert "answered 503" in told(house, monkeypatch)


def test_a_header_that_is_missing_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HEADERS, "X-Content-Type-Options")
    monkeypatch.setattr(console, "PROTECTING", {**HEADERS, "X-Content-Type-Options": "nosniff"})
    assert "X-Content-Type-Options is None" in told(house, monkeypatch)


def test_another_media_type_than_declared_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTMLResponse, "media_type", "text/plain")
    assert "is 'text/plain'" in told(house, monkeypatch)


def test_what_was_sent_and_became_markup_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Visit, "page", lambda visit, *_, **__: HTMLResponse("".join(visit.request.query_params.values()))
    )
    assert "has the element xq7" in told(house, monkeypatch, 20)


@pytest.mark.parametrize(
    "markup", ["<a href='javascript:x'>", "<p onclick=x>", "<script>x</script>", "<form action=//x>"]
)
def test_markup_that_acts_is_told(markup: str) -> None:
    assert console._Reader(markup).told


def test_who_is_let_through_beyond_his_role_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visit, "may", lambda _visit, _role: True)
    assert "a viewer got" in told(house, monkeypatch, 6)


def test_an_act_of_a_page_that_is_only_read_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(10_000))
    monkeypatch.setattr(House, "acts", lambda _house: next(numbers))
    assert "1 acts were written by a viewer with GET" in told(house, monkeypatch)
