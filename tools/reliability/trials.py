"""A trial: a fault, the run that it hits, the run after it, and what the database then holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.reliability import child
from tools.reliability.databases import Databases
from tools.reliability.fingerprint import Fingerprint, fingerprint, unsound
from tools.reliability.world import DAY_1, DAY_2, World


@dataclass
class Trial:
    """``lost``: rows that the undisturbed database has and this one has not; ``twice``: findings, cases and submissions
    beyond it; ``digests``: how many of the two digests differ; ``wrong``: everything else that should not be."""

    database: str
    group: str
    fault: str
    message: str = ""
    lost: int = 0
    twice: int = 0
    digests: int = 0
    wrong: list[str] = field(default_factory=list)
    tried: bool = True
    note: str = ""

    @property
    def survived(self) -> bool:
        return not (self.lost or self.twice or self.digests or self.wrong)


@dataclass
class Bench:
    """What trials on one kind of database begin with. ``base``: registers loaded and a first run done; ``wanted``: what
    it holds after the second run, undisturbed, of which ``trace`` has the labels; ``points``: how many
    moments to kill at there are, by command."""

    databases: Databases
    world: World
    scratch: Path
    base: str = ""
    wanted: Fingerprint | None = None
    loaded: Fingerprint | None = None
    trace: tuple[str, ...] = ()
    points: dict[str, int] = field(default_factory=dict)

    @classmethod
    def prepared(cls, databases: Databases, world: World, scratch: Path) -> Bench:
        """Make the base and the undisturbed database."""
        bench = cls(databases, world, scratch)
        scratch.mkdir(parents=True, exist_ok=True)
        bench.base = databases.blank()
        _fine(child.run("db", "upgrade", database=bench.base))
        _fine(bench.load(bench.base))
        bench.loaded = fingerprint(bench.base)
        _fine(child.run("run", "--inbox", str(world.early), "--as-of", DAY_1, "--quiet", database=bench.base))
        undisturbed = databases.copy(bench.base)
        ended = bench.run(undisturbed, traced=True)
        _fine(ended)
        bench.trace, bench.wanted = ended.trace, fingerprint(undisturbed)
        if faults := unsound(undisturbed):
            raise RuntimeError(f"the undisturbed database is not sound: {faults}")
        return bench

    def load(self, url: str, **how: object) -> child.Ended:
        """Load the registers."""
        return child.run("registers", "load", str(self.world.registers), "--quiet", database=url, **how)

    def start(self, url: str, inbox: Path | None = None, **how: object) -> child.Child:
        """Begin the second run."""
        return child.start(*self._second(inbox), database=url, **how)  # type: ignore[arg-type]

    def run(self, url: str, inbox: Path | None = None, **how: object) -> child.Ended:
        """The second run, to its end."""
        return child.run(*self._second(inbox), database=url, **how)

    def _second(self, inbox: Path | None) -> Sequence[str]:
        return "run", "--inbox", str(inbox or self.world.inbox), "--as-of", DAY_2, "--quiet"

    def trial(self, group: str, fault: str, ended: child.Ended | None = None) -> Trial:
        """A trial that is to be judged."""
        return Trial(self.databases.kind, group, fault, message=said(ended) if ended else "")

    def judge(self, trial: Trial, url: str, wanted: Fingerprint | None = None, *, whole: bool = True,
              records: bool = False) -> Trial:  # fmt: skip
        """Compare a database with the undisturbed one. ``whole`` False: only findings, digests and soundness count,
        since other submissions came or people decided meanwhile; with ``records`` also that all that came in is there,
        once, whatever its number."""
        expected = wanted or self.wanted
        assert expected is not None
        found = fingerprint(url)
        trial.digests = (expected.evidence != found.evidence) + (expected.result != found.result)
        trial.wrong += unsound(url)
        if whole:
            trial.lost, trial.twice = expected.lost(found), expected.surplus(found)
            trial.wrong += expected.differences(found)
        elif records:
            trial.lost, trial.twice = expected.of_records().lost(found), expected.of_records().surplus(found)
        return trial


def said(ended: child.Ended) -> str:
    """What a command said of the fault: its last line on stderr that is not about the file nobody can read."""
    lines = [line for line in ended.err.strip().splitlines() if "broken/return.xlsx" not in line]
    return lines[-1] if lines else ""


def _fine(ended: child.Ended) -> None:
    if ended.code not in (0, 3) or "Traceback" in ended.err:
        raise RuntimeError(f"an undisturbed command ended with {ended.code}: {ended.err[-2000:]}")


def unexpected(ended: child.Ended) -> list[str]:
    """What is wrong with how a command ended that met a fault: it must say so in one line, without a traceback."""
    if "Traceback" in ended.err:
        return [f"a traceback: {ended.message}"]
    return [] if ended.code in (0, 2, 3) else [f"exit code {ended.code}"]
