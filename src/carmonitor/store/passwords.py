"""Passwords: argon2id with the library's defaults, and which ones are refused.

Hashing takes tens of milliseconds and 64 MB on purpose; only a few at a time, so that guessing cannot take the memory.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(2)

_COMMON = (
    "password", "passw0rd", "motdepasse", "123456", "654321", "qwerty", "azerty", "uiop", "asdfgh", "qsdfgh", "zxcvbn",
    "wxcvbn", "1q2w3e", "4r5t6y", "1qaz2wsx", "3edc4rfv", "q1w2e3", "r4t5y6", "qazwsx", "a1b2c3", "abcdef", "letmein",
    "bienvenue", "welcome", "admin", "iloveyou", "jetaime", "soleil", "doudou", "loulou", "chouchou", "marseille",
    "football", "sunshine", "princess", "superman", "dragon", "monkey", "changeme", "secret", "diamond", "diamant",
    "kimberley", "carmonitor", "centrafrique", "bangui",
)  # fmt: skip
_REPEATED = 4  # a pattern no longer than this, over and over
_LEFT_OVER = 6  # characters that must remain once the common words are taken out


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    with _at_once:
        return _hasher.hash(_plain(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password has this hash; None (nobody of that name) takes the same time and never fits."""
    nobody = _nobody()
    with _at_once:
        try:
            return _hasher.verify(kept or nobody, _plain(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def objection(password: str, *names: str) -> str | None:
    """Why a password is refused: ``short``, ``long``, ``own_name``, ``common`` or ``simple``; None when it is good.

    ``names``: what its owner is called. A password that holds one of them, or little beside the commonest words of
    lists of leaked passwords, is refused.
    """
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return "short"
    if len(plain) > LONGEST:
        return "long"
    folded = plain.casefold()
    if any(len(word) >= 3 and word in folded for name in names for word in name.casefold().split()):
        return "own_name"
    rest = folded
    for word in _COMMON:
        rest = rest.replace(word, "")
    if len(rest) < _LEFT_OVER < len(folded) - len(rest):
        return "common"
    if len(set(folded)) < 5 or _is_a_run(folded) or (folded * 2).find(folded, 1) <= _REPEATED:
        return "simple"
    return None


def _is_a_run(text: str) -> bool:
    """``abcdefghijkl``, ``210987654321``: each character follows the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return steps in ({1}, {-1}) or steps <= {1, -9} or steps <= {-1, 9}


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _plain(password: str) -> str:
    """The same letters however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
