"""Where a paper lies in the dossier: names from senders made safe for every file system."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote

from carmonitor.dossier.sheets.model import Paper

LONGEST = 100
"""Bytes of a name below ``papers/<submission>/``, so that a dossier can be unpacked below a long Windows folder."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def paper_path(paper: Paper) -> str:
    """``papers/<submission>/<file>``, with ``/`` on every system; the same paper always lies at the same place.

    A name is kept where it is safe. Else what is not allowed becomes ``_`` and a fingerprint of the sender's name
    follows its stem, so that two names never meet: folders, ``..``, reserved, over-long and invisible ones, and those
    that differ in capitals only (``Retour.xlsx`` becomes ``Retour~9c1e04ab.xlsx``; ``retour.xlsx`` stays).
    """
    return f"papers/{safe_name(paper.submission_id, lower=False)}/{safe_name(paper.file)}"


def paper_link(paper: Paper) -> str:
    """The same place as a relative address for a page beside ``papers/``, percent-encoded."""
    return quote(paper_path(paper))


def safe_name(name: str, *, lower: bool = True) -> str:
    """One name that any file system takes, see :func:`paper_path`. ``lower=False``: ids of our own keep capitals."""
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    plain = _FORBIDDEN.sub("_", "".join(c if c == " " or c.isprintable() else "_" for c in plain.split("/")[-1]))
    plain = plain.rstrip(". ").lstrip(" ")
    if plain.startswith("."):
        plain = "_" + plain[1:]
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, suffix = plain, ""
    if not stem or _RESERVED.fullmatch(plain.split(".")[0].rstrip()):
        stem = f"_{stem}"
    ending = f".{suffix}" if suffix else ""
    kept = stem + ending
    if kept == name and len(kept.encode()) <= LONGEST and "~" not in kept and (kept == kept.casefold() or not lower):
        return kept
    mark = f"~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    room = LONGEST - len((mark + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + mark + ending
