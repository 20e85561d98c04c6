"""What verification finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was stored. ``what``: its key in ``texts.yaml``; ``subject``: what was altered.

    ``subject`` of a file is (path, owner, ``submission``, ``catalogue`` or ``nobody``); else a text.
    """

    what: str
    subject: str | tuple[str, str, str]
    found: str = ""
    expected: str = ""
