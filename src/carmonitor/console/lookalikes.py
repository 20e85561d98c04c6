"""Numbers that look alike: what a reader may have typed or pasted in place of what papers say."""

from __future__ import annotations

import unicodedata

_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ", strict=True)),
        **dict(zip("авеорсухіѕј", "aeeopcyxisj", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_DIGITS = str.maketrans("OoIlSZB", "0011528")


def plain(text: str) -> str:
    """A text without what cannot be seen, in its compatible form: full-width digits become digits."""
    form = unicodedata.normalize("NFKC", text)
    return "".join(c for c in form if unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cs")).strip()


def candidates(text: str) -> list[str]:
    """What may be meant, the likeliest first: as typed, in plain form, with letters of other scripts made Latin, in
    capitals, with letters in place of digits made digits. Each once."""
    clean = plain(text)
    latin = clean.translate(_LOOKS_LIKE)
    head = len(latin) - len(latin.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    found = [text.strip(), clean, latin, latin.upper()]
    for keep in (head, 2, 1, 0):
        found.append((latin[:keep] + latin[keep:].translate(_DIGITS)).upper())
    return [word for word in dict.fromkeys(found) if word]


def differences(typed: str, meant: str) -> list[tuple[str, str]]:
    """Signs of what was typed that stand where another one was meant, with their Unicode numbers (of equal length)."""
    if len(typed) != len(meant):
        hidden = [c for c in typed if plain(c) == ""]
        return [(_name(c), "") for c in dict.fromkeys(hidden)]
    pairs = [(a, b) for a, b in zip(typed, meant, strict=True) if a != b and a.upper() != b]
    return [(_name(a), _name(b)) for a, b in dict.fromkeys(pairs)]


def _name(sign: str) -> str:
    """The sign, if it can be seen, and its number."""
    return f"{plain(sign)} (U+{ord(sign):04X})".strip()
