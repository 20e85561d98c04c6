"""manifest.json: what a dossier holds, where it comes from, and a hash of each file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FORMAT, VERSION = "carmonitor-dossier", 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"

RUN = ("run_id", "as_of", "rulebook_hash", "catalogue_hash", "evidence_digest", "result_digest", "code_version")
"""What a manifest says of the run."""


class ManifestError(Exception):
    """A manifest that cannot be understood. The message says what was found and what was expected."""


@dataclass(frozen=True)
class Listed:
    """One file of a dossier: its path inside, the hash of its bytes, how many they are, the hash of them as packed.

    Two different packings may unpack to the same bytes; with ``packed`` no byte of the zip can change unnoticed.
    """

    path: str
    sha256: str
    size: int
    packed: str


@dataclass(frozen=True)
class Origin:
    """All that a manifest says beside the files.

    ``run``: the values of :data:`RUN`; ``journal_head``: {seq, hash}, None without any entry; ``selection``: what was
    asked for; ``left_out``: what is not in the dossier, and why; ``made_at``: ISO time; ``synthetic``: a sentence where
    data in it is known to be simulated, else "".
    """

    run: Mapping[str, Any]
    journal_head: Mapping[str, Any] | None
    selection: Mapping[str, Any]
    lang: str
    redacted: bool
    made_at: str
    synthetic: str = ""
    left_out: Sequence[Mapping[str, Any]] = ()


def as_manifest(files: Sequence[Listed], origin: Origin) -> bytes:
    """The bytes of manifest.json: the same content always gives the same bytes."""
    told = {
        "format": FORMAT,
        "version": VERSION,
        "run": {name: origin.run.get(name) for name in RUN},
        "journal_head": origin.journal_head,
        "selection": dict(origin.selection),
        "lang": origin.lang,
        "redacted": origin.redacted,
        **({"synthetic": origin.synthetic} if origin.synthetic else {}),
        "left_out": [dict(entry) for entry in origin.left_out],
        "made_at": origin.made_at,
        "files": [asdict(listed) for listed in sorted(files, key=lambda f: f.path)],
    }
    return canonical(told)


def canonical(told: Any) -> bytes:
    """JSON with its names in order: the form in which a manifest is written and signed."""
    return (json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def read_manifest(content: bytes) -> tuple[dict[str, Any], list[Listed]]:
    """What a manifest says, and its files. Raises :class:`ManifestError` for what we would not have written."""
    try:
        told = json.loads(content)
        if told["format"] != FORMAT:
            raise ManifestError(f"found the format {str(told['format'])[:40]!r}, expected {FORMAT!r}")
        if told["version"] != VERSION:
            raise ManifestError(f"found version {str(told['version'])[:40]!r}, expected {VERSION}")
        files = [Listed(str(f["path"]), str(f["sha256"]), int(f["size"]), str(f["packed"])) for f in told["files"]]
        same = canonical(told) == content
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ManifestError(f"the manifest cannot be read ({type(error).__name__})") from error
    if not same or len({f.path for f in files}) != len(files):
        raise ManifestError("the manifest is not as carmonitor writes it")
    return told, files
