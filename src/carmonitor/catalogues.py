"""Catalogues: all that is needed to judge and to word, and where it comes from.

A catalogue is a set of files, ``rulebook/*.yaml``, ``detectors.yaml``, ``calibration.yaml`` (where there is one),
``gazetteer.yaml`` and ``seeds/*.csv``; its hash covers all of them. Which rulebook is used: the folder of the setting
CARMONITOR_RULEBOOK when given, else the one activated in the database, else the one that ships with the program. The
rest always ships with the program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection

import carmonitor.framework.rules  # noqa: F401 - registers the rules
from carmonitor.detection.calibration import Calibration
from carmonitor.dossier.labels import word
from carmonitor.framework.checks import CheckSpec, detector, rule
from carmonitor.framework.fitting import misfits
from carmonitor.framework.rulebook import Rulebook, RulebookError, read_rulebook, read_specs, rulebook_files
from carmonitor.records.places import Gazetteer
from carmonitor.settings import Settings, schemas_dir
from carmonitor.store import catalogues as kept
from carmonitor.store import journal
from carmonitor.store.catalogues import Activation, CatalogueError
from carmonitor.store.findings import RunInfo

_RULEBOOK, _SEEDS = "rulebook/", "seeds/"


@dataclass(frozen=True)
class Catalogue:
    """The rulebook, the detectors, the gazetteer and the seeds; ``hash``: of all their files.

    ``origin``: packaged, active, setting, folder or stored.
    """

    rulebook: Rulebook
    detectors: Mapping[str, CheckSpec]
    gazetteer: Gazetteer
    hash: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    origin: str = "packaged"

    @classmethod
    def load(cls, schemas: Path, rulebook: Path | None = None) -> Catalogue:
        """Read the contracts under ``schemas``, with another rulebook folder if one is given. Raises RulebookError."""
        files = packaged_files(schemas)
        if rulebook is None:
            return cls.of(files, str(schemas), "packaged")
        return cls.of(with_rulebook(files, rulebook_files(rulebook)), str(rulebook), "folder")

    @classmethod
    def of(cls, files: Mapping[str, bytes], name: str, origin: str, *, strict: bool = True) -> Catalogue:
        """The catalogue that these files are. Raises RulebookError for what is not understood, unless not strict."""
        rulebook, problems = read_rulebook(_under(files, _RULEBOOK))
        detectors, wrong = read_specs("detectors.yaml", files["detectors.yaml"])
        if strict and (problems or wrong):
            raise RulebookError(name, [*problems, *wrong])
        gazetteer = Gazetteer.parse(files["gazetteer.yaml"])
        return cls(rulebook, detectors, gazetteer, catalogue_hash(files), dict(files), origin)

    def spec(self, rule_id: str) -> CheckSpec:
        """The specification of a rule or detector. Raises KeyError for an unknown id."""
        return self.rulebook.specs.get(rule_id) or self.detectors[rule_id]

    def reason(self, reason: str, lang: str) -> str:
        """Why something could not be checked, in words; kinds and fields by the names senders know."""
        code, _, detail = reason.partition(":")
        return self.rulebook.reason_text(f"{code}:{word(detail, lang)}", lang)

    @cached_property
    def calibration(self) -> Calibration:
        """What scores of detectors are worth, from simulated returns; empty where no table ships."""
        return Calibration.parse(self.files.get("calibration.yaml"))

    @property
    def specs(self) -> dict[str, CheckSpec]:
        """Rules, then detectors, by id."""
        return {**self.rulebook.specs, **self.detectors}

    @property
    def seeds(self) -> dict[str, bytes]:
        """The registers that come before all else: file name → content."""
        return _under(self.files, _SEEDS)

    def runnable(self) -> tuple[Catalogue, list[str]]:
        """The catalogue without the rules and detectors that this version has no function for, and their ids."""
        rules = {
            i: s for i, s in self.rulebook.specs.items() if s.outcome == "scope_note" or s.implementation in rule.checks
        }
        detectors = {i: s for i, s in self.detectors.items() if s.implementation in detector.checks}
        gone = sorted({*self.specs} - {*rules, *detectors})
        return replace(self, rulebook=replace(self.rulebook, specs=rules), detectors=detectors), gone


def catalogue_hash(files: Mapping[str, bytes]) -> str:
    """The identity of a catalogue: a hash of the paths and contents of its files."""
    lines = sorted(f"{path}:{hashlib.sha256(content).hexdigest()}" for path, content in files.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def packaged_files(schemas: Path | None = None) -> dict[str, bytes]:
    """The files of the catalogue that ships with the program."""
    root = schemas or schemas_dir()
    paths = [*root.glob("rulebook/*.yaml"), root / "detectors.yaml", root / "gazetteer.yaml", *root.glob("seeds/*.csv")]
    paths += root.glob("calibration.yaml")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}


def with_rulebook(files: Mapping[str, bytes], rulebook: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same catalogue with another rulebook (file name → content)."""
    rest = {path: content for path, content in files.items() if not path.startswith(_RULEBOOK)}
    return {**rest, **{_RULEBOOK + name: content for name, content in rulebook.items()}}


def _under(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {path.removeprefix(folder): content for path, content in files.items() if path.startswith(folder)}


# Where a catalogue comes from


def packaged() -> Catalogue:
    """The one that ships with the program."""
    return Catalogue.load(schemas_dir())


def fitting(rulebook: Mapping[str, bytes], name: str, origin: str) -> Catalogue:
    """A rulebook's files with the rest that ships with the program. Raises RulebookError with all that is wrong."""
    files = with_rulebook(packaged_files(), rulebook)
    made = Catalogue.of(files, name, origin)
    problems = misfits(made.rulebook, packaged().rulebook, rule)
    if problems:
        raise RulebookError(name, problems)
    return made


def chosen(settings: Settings, connection: Connection | None = None, *, strict: bool = True) -> Catalogue:
    """What this installation judges with. Raises RulebookError when that does not fit this version of the program.

    ``strict`` False: for wording only; whatever is understood is enough.
    """
    if settings.rulebook is not None:
        return _other(rulebook_files(settings.rulebook), str(settings.rulebook), "setting", strict)
    active = kept.last_activation(connection) if connection is not None else None
    if connection is None or active is None or active.packaged:
        return packaged()
    files = _under(kept.load_files(connection, active.catalogue_hash), _RULEBOOK)
    return _other(files, f"the active rulebook {active.rulebook_hash[:12]}", "active", strict)


def _other(rulebook: Mapping[str, bytes], name: str, origin: str, strict: bool) -> Catalogue:
    if strict:
        return fitting(rulebook, name, origin)
    return Catalogue.of(with_rulebook(packaged_files(), rulebook), name, origin, strict=False)


def named(name: str, settings: Settings, connection: Connection | None) -> Catalogue:
    """A folder, ``packaged``, ``active``, or the first digits of a hash kept in the database.

    The hash of a rulebook means that rulebook with the rest that ships with the program; the hash of a catalogue means
    all of it as it was kept. Raises RulebookError or CatalogueError.
    """
    if name == "packaged":
        return packaged()
    if name == "active":
        return chosen(settings.model_copy(update={"rulebook": None}), connection)
    if Path(name).is_dir():
        return fitting(rulebook_files(Path(name)), name, "folder")
    if connection is None:
        raise CatalogueError(f"found {name!r}, which is no folder; expected a folder, packaged, active or a hash")
    try:
        hit = kept.find(connection, name)
    except CatalogueError as error:
        raise CatalogueError(f"{name!r} is no folder, and {error}") from error
    files = kept.load_files(connection, hit.catalogue_hash)
    if hit.whole:
        made = Catalogue.of(files, name, "stored")
        problems = misfits(made.rulebook, packaged().rulebook, rule)
        if problems:
            raise RulebookError(name, problems)
        return made
    return fitting(_under(files, _RULEBOOK), name, "stored")


def files_named(name: str, settings: Settings, connection: Connection | None) -> dict[str, bytes]:
    """The files of a rulebook that ``packaged``, ``active`` or a hash names, whether it still fits or not."""
    if name == "packaged":
        return _under(packaged_files(), _RULEBOOK)
    if name == "active":
        return _under(chosen(settings.model_copy(update={"rulebook": None}), connection, strict=False).files, _RULEBOOK)
    if connection is None:
        raise CatalogueError(f"found {name!r} but no database, expected `packaged`")
    return _under(kept.load_files(connection, kept.find(connection, name).catalogue_hash), _RULEBOOK)


def of_run(connection: Connection, run: RunInfo) -> Catalogue | None:
    """What a run judged with, as far as this version understands it; None where it was not kept."""
    if run.catalogue_hash is None:
        return None
    files = kept.load_files(connection, run.catalogue_hash)
    return Catalogue.of(files, run.run_id, "stored", strict=False) if files else None


def known_of_run(connection: Connection, run: RunInfo) -> Catalogue | None:
    """As :func:`of_run`, for those who only tell: read once in this process. Whoever judges must read it again."""
    if run.catalogue_hash not in _known:
        made = of_run(connection, run)
        if made is None or made.hash != run.catalogue_hash:  # what was altered is not taken for what it says it is
            return made
        while len(_known) >= _CATALOGUES_KEPT:
            _known.pop(next(iter(_known)), None)
        _known[made.hash] = made
    return _known[run.catalogue_hash]


_known: dict[str | None, Catalogue] = {}  # by the hash of their files
_CATALOGUES_KEPT = 4


def keep(connection: Connection, catalogue: Catalogue, saved_at: datetime) -> None:
    """Store a catalogue by its hash, once."""
    kept.save_catalogue(
        connection,
        catalogue_hash=catalogue.hash,
        rulebook_hash=catalogue.rulebook.hash,
        files=catalogue.files,
        saved_at=saved_at,
        code_version=version("carmonitor"),
    )


def activate(connection: Connection, folder: Path | None, *, actor: str, reason: str, at: datetime) -> Activation:
    """Make a folder's rulebook, or the packaged one, the active one from now on (semantics.md 22).

    Raises RulebookError when it does not fit, CatalogueError when it is active already or no reason is given.
    """
    if not reason.strip():
        raise CatalogueError("found no reason, expected why the rulebook is activated")
    journal.lock(connection)
    last = kept.last_activation(connection)
    before = packaged().rulebook.hash if last is None or last.packaged else last.rulebook_hash
    new = packaged() if folder is None else fitting(rulebook_files(folder), str(folder), "folder")
    same = (last is None or last.packaged) if folder is None else new.rulebook.hash == before
    if same:
        raise CatalogueError(f"the rulebook {new.rulebook.hash[:12]} is active already")
    keep(connection, new, at)
    return kept.activate(
        connection,
        catalogue_hash=new.hash,
        rulebook_hash=new.rulebook.hash,
        packaged=folder is None,
        previous=before,
        actor=actor,
        reason=reason.strip(),
        at=at,
    )


class Wordings:
    """The catalogues that may word a stored finding: that of its run, then the one in use."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings

    @cached_property
    def _now(self) -> Catalogue:
        return chosen(self._settings, self._connection, strict=False)

    def of(self, run: RunInfo | None) -> Iterator[Catalogue]:
        """Those to try, in this order."""
        then = known_of_run(self._connection, run) if run is not None else None
        if then is not None:
            yield then
        yield self._now
