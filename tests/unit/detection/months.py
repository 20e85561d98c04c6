"""Returns that are held: covers that say that nothing was exported in the month."""

from __future__ import annotations

from typing import Any


def nil_returns(*months: str) -> list[dict[str, Any]]:
    return [{"period": m, "sender": "SPPK", "nil_return": True, "return_id": f"SPPK@{m}"} for m in months]
