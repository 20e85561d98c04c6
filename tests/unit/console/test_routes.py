"""Who may ask for what: every route of the console says so."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from carmonitor.console.app import create
from carmonitor.console.navigation import NAVIGATION
from carmonitor.console.screens import ROUTERS
from carmonitor.console.visit import Require, local_path
from carmonitor.settings import Settings
from carmonitor.store.accounts import ROLES
from carmonitor.store.database import connect

ROUTES = [route for router in ROUTERS for route in router.routes]
WRITES = {
    "/cases/{case_id}/decide": "analyst", "/cases/{case_id}/assign": "analyst", "/cases/{case_id}/comment": "analyst",
    "/cases/{case_id}/silence": "analyst", "/cases/{case_id}/reopen": "analyst", "/export": "analyst",
    "/users/{name}/disable": "admin", "/users/{name}/enable": "admin", "/password": "viewer", "/logout": "viewer",
}  # fmt: skip


def required(dependant: Dependant) -> Iterator[Require]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Require):
            yield inner.call
        yield from required(inner)


def role_of(route: APIRoute) -> str | None:
    (found,) = required(route.dependant)
    return found.role


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{','.join(route.methods)} {route.path}")
def test_every_route_names_a_role_and_only_the_log_in_page_is_for_everyone(route):
    role = role_of(route)
    assert role in ROLES or (role is None and route.path == "/login")


@pytest.mark.parametrize("route", [r for r in ROUTES if "POST" in r.methods], ids=lambda route: route.path)
def test_what_changes_something_asks_for_the_role_it_should(route):
    if route.path in WRITES:
        assert role_of(route) == WRITES[route.path]
    else:
        assert route.path == "/login" or role_of(route) in ("analyst", "rule_manager", "admin")


def test_nothing_but_the_screens_and_the_static_files_is_served(tmp_path):
    app = create(Settings(), connect(f"sqlite:///{tmp_path / 'none.sqlite3'}"))
    others = [route for route in app.routes if getattr(route, "original_router", None) not in ROUTERS]
    assert [getattr(route, "path", route) for route in others] == ["/static"]


def test_every_link_of_the_head_leads_to_a_route_of_its_role():
    roles = {route.path: role_of(route) for route in ROUTES if "GET" in route.methods}
    assert [(path, role) for _, path, role in NAVIGATION if roles.get(path) != role] == []


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "cases",
        "/a\r\nSet-Cookie: x",
    ],
)
def test_after_logging_in_nobody_is_sent_elsewhere(text):
    assert local_path(text) == "/"


def test_after_logging_in_one_gets_to_the_page_asked_for():
    assert local_path("/cases?rule=D-10&page=2") == "/cases?rule=D-10&page=2"
