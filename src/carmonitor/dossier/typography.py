"""French typography: the spaces that may not break a line."""

from __future__ import annotations

import re

_NARROW, _WIDE = "\u202f", "\u00a0"


def typeset(text: str, lang: str) -> str:
    """A text as it is printed: in French, protected spaces before ``: ; ? ! %`` and within « ». English stays."""
    if lang != "fr":
        return text
    text = re.sub(r" (?=[;?!])", _NARROW, text)
    text = re.sub(r" (?=[:%»])", _WIDE, text)
    return text.replace("« ", f"«{_WIDE}")
