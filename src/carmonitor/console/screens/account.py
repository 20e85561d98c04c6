"""Logging in and out, and one's own password."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.visit import Public, Viewer, Visit, address_of, local_path
from carmonitor.store import accounts, passwords

router = APIRouter()


@router.get("/login")
def ask(visit: Public) -> Response:
    """The log-in page; who is logged in goes on."""
    if visit.account is not None:
        return visit.see(local_path(visit.asked("next", "/")))
    return _login_page(visit, next_=visit.asked("next", "/"))


@router.post("/login")
def log_in(visit: Public) -> Response:
    """Log in: a new session with a new token, whatever cookie came along."""
    name, password, where = visit.sent("name"), str(visit.form.get("password") or ""), address_of(visit.request)
    way = local_path(visit.sent("next") or "/")
    store = visit.console.store
    with store.write() as connection:
        locked_until = accounts.begin_attempt(connection, name, where, at=visit.at)
    if locked_until is not None:
        minutes = -(-(locked_until - visit.at) // timedelta(minutes=1))
        return _login_page(
            visit, next_=way, name=name, error=visit.word("login", "locked", minutes=minutes), status=429
        )
    with store.read() as connection:
        kept = accounts.password_hash(connection, name)
    if not passwords.fits(kept, password) or kept is None:
        with store.write() as connection:
            accounts.attempt_failed(connection, name, where, at=visit.at)
        return _login_page(visit, next_=way, name=name, error=visit.word("login", "wrong"), status=401)
    fresh = passwords.hashed(password) if passwords.is_outdated(kept) else None
    with store.write() as connection:
        accounts.attempt_fitted(connection, name, where)
        if fresh:
            accounts.rehash(connection, name, fresh, before=kept)
        if visit.token:
            accounts.end_session(connection, visit.token)
        token = accounts.open_session(connection, name, at=visit.at)
    response = visit.see(way)
    visit.keep_cookie(response, "session", token)
    return response


@router.post("/logout")
def log_out(visit: Viewer) -> Response:
    """End the session."""
    with visit.console.store.write() as connection:
        accounts.end_session(connection, visit.token)
    response = visit.see("/login", told="logged_out")
    visit.keep_cookie(response, "session", "", seconds=0)
    return response


@router.get("/password")
def ask_password(visit: Viewer) -> Response:
    """The page for a new password."""
    return visit.page("password.html", error="")


@router.post("/password")
def change_password(visit: Viewer) -> Response:
    """Another password for oneself: the present one is asked for, every session ends, a new one begins."""
    present, new, again = (str(visit.form.get(name) or "") for name in ("present", "new", "again"))
    name, where, store = visit.user.name, address_of(visit.request), visit.console.store
    with store.write() as connection:
        locked_until = accounts.begin_attempt(connection, name, where, at=visit.at)
    with store.read() as connection:
        kept = accounts.password_hash(connection, name)
    if locked_until is not None or not passwords.fits(kept, present):
        return visit.page("password.html", error=visit.word("password", "wrong"), status=401)
    objection = "differ" if new != again else passwords.objection(new, name, visit.user.display_name)
    if objection is None and new == present:
        objection = "same"
    hashed = passwords.hashed(new) if objection is None else ""
    with store.write() as connection:
        accounts.attempt_fitted(connection, name, where)
        if objection is None:
            accounts.set_password(connection, name, hashed, actor=name, at=visit.at)
            token = accounts.open_session(connection, name, at=visit.at)
    if objection is not None:
        return visit.page("password.html", error=visit.word("password", objection), status=400)
    response = visit.see("/", told="password_changed")
    visit.keep_cookie(response, "session", token)
    return response


def _login_page(visit: Visit, *, next_: str, name: str = "", error: str = "", status: int = 200) -> Response:
    with visit.console.store.read() as connection:
        nobody = not accounts.everyone(connection)
    return visit.page(
        "login.html", status=status, next=local_path(next_), name=name, error=error, nobody=nobody, given=bool(error)
    )
