"""Users: who may log in. Adding one needs a password typed by its owner, so that is a command's business."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.visit import Admin, Visit
from carmonitor.store import accounts
from carmonitor.store.accounts import AccountError

router = APIRouter()


@router.get("/users")
def listed(visit: Admin) -> Response:
    """Every account with its role and state."""
    return _page(visit)


@router.post("/users/{name}/disable")
def disable(visit: Admin, name: str) -> Response:
    """Let an account log in no more; its sessions end."""
    try:
        with visit.console.store.write() as connection:
            accounts.disable(connection, name, actor=visit.user.name, at=visit.at)
    except AccountError as error:
        return _page(visit, problem=error.code)
    return visit.see("/users", told="user_disabled")


@router.post("/users/{name}/enable")
def enable(visit: Admin, name: str) -> Response:
    """Let a disabled account log in again."""
    try:
        with visit.console.store.write() as connection:
            accounts.enable(connection, name, actor=visit.user.name, at=visit.at)
    except AccountError as error:
        return _page(visit, problem=error.code)
    return visit.see("/users", told="user_enabled")


def _page(visit: Visit, problem: str = "") -> Response:
    with visit.console.store.read() as connection:
        found = accounts.everyone(connection)
    said = visit.word("account_problems", problem) if problem else ""
    return visit.page("users.html", status=409 if problem else 200, accounts=found, problem=said)
