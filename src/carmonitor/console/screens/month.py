"""This month at a glance."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from carmonitor.console.visit import Viewer

router = APIRouter()


@router.get("/")
def glance(visit: Viewer) -> Response:
    """The first page."""
    return visit.page("month.html")
