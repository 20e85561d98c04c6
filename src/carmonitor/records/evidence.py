"""Evidence: the frames that are valid as of a day. Rules and detectors see nothing else.

How a frame looks
    One row per record, columns = the fields of its kind (dtypes of :mod:`carmonitor.records.fields`: weights, money
    and rates are Int64 in their smallest unit), then
    ``ref`` (int64, never null): where the row stands, ``source_id << 32 | row``; see :func:`pack`;
    ``return_id`` (str, never null): ``sender@period`` of its submission, the scope in which *absent* is judged;
    ``<field>_resolved`` (str, null when unknown) beside every place field: the one name of the gazetteer.

Sources
    ``sources`` has one row per sheet read, index ``source_id``: submission_id, seq (order of arrival), sender, period,
    return_id, received_on (datetime64), kind, file, sheet, columns (tuple of the supplied field names),
    quarantined (int64): how many of its rows are in quarantine, whether or not a key could be read in them;
    first_received_on (datetime64): when that return first arrived, superseded submissions included; of other kinds,
    the first of their sender and period.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.records.aside import Aside, kept, let_go
from carmonitor.records.columns import give_all_back, same_text
from carmonitor.records.fields import PLACE
from carmonitor.records.places import Gazetteer

SOURCE_COLUMNS = [
    "submission_id", "seq", "sender", "period", "return_id", "received_on", "kind", "file", "sheet", "columns",
    "quarantined",
]  # fmt: skip
KNOWN_KEY_COLUMNS = ["kind", "field", "value", "ref"]


FRAME_BYTES = 400_000_000  # of frames of kinds in memory: a million slips and their papers take 820 MB
DERIVED_BYTES = 150_000_000  # of derived frames in memory; columns they share with other frames count too

Codes = npt.NDArray[np.intp]


def pack(source_id: int, rows: pd.Series) -> pd.Series:
    """Row numbers of one source as ``ref`` values (int64)."""
    return (rows.astype("int64") | (source_id << 32)).astype("int64")


def unpack(ref: int) -> tuple[int, int]:
    """``ref`` → (source_id, row)."""
    return ref >> 32, ref & 0xFFFFFFFF


def empty_frame(kind: str) -> pd.DataFrame:
    """A frame of ``kind`` without rows, with every column and dtype (places not yet resolved)."""
    columns = {name: pd.Series([], dtype=t.dtype) for name, t in KINDS[kind].field_types().items()}
    columns["ref"] = pd.Series([], dtype="int64")
    columns["return_id"] = pd.Series([], dtype="str")
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Evidence:
    """All that was known at the end of ``as_of``.

    ``monitoring_from``: duties before this day are not demanded; ``expected_senders``: who owes monthly returns;
    ``history``: False when a batch is judged alone, so that nothing about missing returns can be said;
    ``gazetteer``: what is known of the places that the frames name.
    """

    as_of: date
    frames: Mapping[str, pd.DataFrame]
    sources: pd.DataFrame
    known_keys: pd.DataFrame
    monitoring_from: date | None = None
    expected_senders: tuple[str, ...] = ()
    history: bool = True
    gazetteer: Gazetteer = field(default_factory=lambda: Gazetteer({}))
    _cache: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _given: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    _aside: dict[str, Aside] = field(default_factory=dict, repr=False, compare=False, init=False)
    _last: dict[str, tuple[Hashable, Any]] = field(default_factory=dict, repr=False, compare=False, init=False)

    def __getitem__(self, kind: str) -> pd.DataFrame:
        """The frame of a kind; empty when nothing of it is held."""
        return self.frames[kind]

    def cached(self, name: str, make: Callable[[Evidence], pd.DataFrame]) -> pd.DataFrame:
        """A derived frame that several checks share. Never modify it.

        Frames that were not asked for lately are put aside once all take more than DERIVED_BYTES; those of
        :meth:`give` are not.
        """
        if name in self._given:
            return self._given[name]
        return kept(self._cache, self._aside, name, lambda: make(self), DERIVED_BYTES, own=False)

    def last(self, name: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gave for this key, if that was the last key asked for under this name; else it is made.

        A key that names memory (:func:`same_text`) is safe only where ``make`` gives that memory beside its answer.
        """
        if self._last.get(name, (None,))[0] != key:
            self._last[name] = key, make()
        return self._last[name][1]

    def coded(self, texts: pd.Series) -> tuple[Codes, pd.Index | npt.NDArray[Any]]:
        """``pd.factorize``: of each row the position of its value among the distinct ones (null: -1), and these.

        Remembered for the column that was asked about last: checks run one after another often look at the same papers.
        """
        key = same_text(texts)
        if key is None:
            return pd.factorize(texts)
        codes, distinct, _ = self.last("codes", key, lambda: (*pd.factorize(texts), texts))
        return codes, distinct

    def give(self, made: Mapping[str, pd.DataFrame]) -> None:
        """Derived frames that were computed elsewhere, by the names of :meth:`cached`."""
        self._given.update(made)

    def let_go(self) -> None:
        """Put the frames aside that can be read or made again: before work that needs memory more than frames."""
        let_go(self._cache, self._aside)
        self._last.clear()
        if isinstance(self.frames, Frames):
            self.frames.let_go()
        give_all_back()

    def held(self, kind: str) -> bool:
        """Whether anything of this kind was ever supplied, even a sheet without rows."""
        return bool((self.sources["kind"] == kind).any())

    def supplied(self, kind: str, column: str, return_id: pd.Series) -> pd.Series:
        """For each subject (its ``return_id``): did its return supply this kind with this column? Bool, no nulls."""
        key = same_text(return_id)
        if key is None:
            codes, returns = pd.factorize(return_id)
        else:  # the same column is asked about again and again
            codes, returns, _ = self.last("returns", key, lambda: (*pd.factorize(return_id), return_id))
        did = pd.Index(returns).isin(list(self._suppliers.get((kind, column), set())))
        of_null = np.append(did, False)  # a null return has code -1: it supplied nothing
        return pd.Series(of_null[codes], index=return_id.index)

    def in_quarantine(self, kind: str, field_name: str) -> set[str]:
        """The values of a key field that could be read in quarantined rows of a kind."""
        keys = self.known_keys
        hit = (keys["kind"] == kind) & (keys["field"] == field_name)
        return set(keys.loc[hit, "value"])

    @cached_property
    def digest(self) -> str:
        """A hash of what the evidence consists of: the submissions in force (ids are content hashes) and the day.

        Confirmations and registers count in the order of their arrival, since of one key the latest is in force. The
        day a return first arrived counts too: it may come from a submission that is no longer in force.
        """
        columns = self.sources[["submission_id", "kind", "first_received_on"]]
        held = [(k in RETURN_KINDS, f"{s}|{k}|{day:%Y-%m-%d}") for s, k, day in columns.itertuples(index=False)]
        returns = sorted({part for of_return, part in held if of_return})
        others = list(dict.fromkeys(part for of_return, part in held if not of_return))
        head = [self.as_of.isoformat(), str(self.monitoring_from), *self.expected_senders, str(self.history)]
        return hashlib.sha256("\n".join([*head, *returns, *others]).encode()).hexdigest()

    @cached_property
    def _suppliers(self) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for kind, columns, return_id in zip(
            self.sources["kind"], self.sources["columns"], self.sources["return_id"], strict=True
        ):
            for column in columns:
                found.setdefault((kind, column), set()).add(return_id)
        return found


class Frames(Mapping[str, pd.DataFrame]):
    """Frames by kind, each made when it is first asked for.

    Those that were not asked for lately are put aside once all take more than FRAME_BYTES.
    """

    def __init__(self, make: Callable[[str], pd.DataFrame]) -> None:
        self._make = make
        self._made: dict[str, pd.DataFrame] = {}
        self._aside: dict[str, Aside] = {}

    def __getitem__(self, kind: str) -> pd.DataFrame:
        if kind not in KINDS:
            raise KeyError(kind)
        return kept(self._made, self._aside, kind, lambda: self._make(kind), FRAME_BYTES, own=True)

    def let_go(self) -> None:
        """Put aside what was made."""
        let_go(self._made, self._aside)

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


ReadRows = Callable[[str, Sequence[int]], pd.DataFrame]  # kind, source ids → rows (fields + ref)


def assemble(
    sources: pd.DataFrame,
    known_keys: pd.DataFrame,
    read: ReadRows,
    gazetteer: Gazetteer,
    *,
    as_of: date,
    monitoring_from: date | None = None,
    expected_senders: tuple[str, ...] = (),
    history: bool = True,
) -> Evidence:
    """Choose what is in force at the end of ``as_of`` and read it (semantics.md 9 and 10).

    Of a return's kinds, the latest submission per sender, period and kind; of confirmations and registers, per key the
    rows of the latest submission that holds the key. Registers change by dated rows: ``valid_from`` is a part of their
    keys, so that a new mandate leaves the old one standing. Latest = by ``received_on``, then by order of arrival.
    Frames are read when first asked for.
    """
    in_force = sources_in_force(sources, as_of)
    frames = Frames(lambda kind: _frame(kind, in_force, read, gazetteer))
    return Evidence(
        as_of=as_of,
        frames=frames,
        sources=in_force,
        known_keys=_still_in_quarantine(known_keys, frames, in_force),
        monitoring_from=monitoring_from,
        expected_senders=expected_senders,
        history=history,
        gazetteer=gazetteer,
    )


def sources_in_force(sources: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Of every sheet (SOURCE_COLUMNS), those in force at the end of a day, in order of arrival.

    Adds ``first_received_on``. Of confirmations and registers all sheets stay: they are settled key by key.
    """
    known = sources[sources["received_on"] <= pd.Timestamp(as_of)].sort_values(["received_on", "seq"], kind="stable")
    first = known.groupby(["return_id", known["kind"].isin(RETURN_KINDS)])["received_on"].transform("min")
    known = known.assign(first_received_on=first)
    return known[_latest_of_returns(known)]


def _latest_of_returns(known: pd.DataFrame) -> pd.Series:
    """True for sources in force. Other groups than returns stay: they are settled key by key."""
    of_return = known["kind"].isin(RETURN_KINDS)
    last = known.groupby(["sender", "period", "kind"], dropna=False)["submission_id"].transform("last")
    return ~of_return | (known["submission_id"] == last)


def source_ids(refs: pd.Series) -> pd.Series:
    """``ref`` values → the ids of their sources (int64), same index."""
    return pd.Series(refs.to_numpy(dtype="int64") >> 32, index=refs.index)


def _frame(kind: str, in_force: pd.DataFrame, read: ReadRows, gazetteer: Gazetteer) -> pd.DataFrame:
    of_kind = in_force[in_force["kind"] == kind]
    frame = read(kind, [int(i) for i in of_kind.index]) if len(of_kind) else empty_frame(kind)
    return settled(kind, frame, of_kind, gazetteer)


def settled(kind: str, frame: pd.DataFrame, of_kind: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Rows as read (fields and ``ref``) → a frame of evidence, without rows that a later one replaces.

    ``of_kind``: the sheets of the kind in force, in order of arrival. Of a key the rows of all of them must be there.
    """
    frame = frame.assign(return_id=source_ids(frame["ref"]).map(of_kind["return_id"]).astype("str"))
    if KINDS[kind].GROUP != "return" and of_kind["submission_id"].nunique() > 1:
        frame = _latest_per_key(frame, identity(kind), of_kind)
    if not frame["ref"].is_monotonic_increasing:
        frame = frame.sort_values("ref", kind="stable")
    frame = frame.reset_index(drop=True)
    for name, value_type in KINDS[kind].field_types().items():
        if value_type is PLACE:
            resolved = gazetteer.resolve(frame[name])
            frame[f"{name}_resolved"] = frame[name] if resolved.equals(frame[name]) else resolved  # one copy in memory
    return frame


def identity(kind: str) -> list[str]:
    """The fields that tell which row of a confirmation or register a later one replaces."""
    key = KINDS[kind].KEY
    dated = "valid_from" in KINDS[kind].model_fields and "valid_from" not in key
    return [*key, "valid_from"] if dated else [*key]


def _latest_per_key(frame: pd.DataFrame, key: list[str], of_kind: pd.DataFrame) -> pd.DataFrame:
    """The rows of the latest submission that holds their key, all of them, differing ones too."""
    source = source_ids(frame["ref"])
    arrival = _arrival(of_kind)
    mine = source.map(arrival)
    return frame[mine == mine.groupby([frame[name] for name in key], dropna=False).transform("max")]


def _arrival(sources: pd.DataFrame) -> pd.Series:
    """source_id → the place of its submission in the order of arrival. ``sources``: sorted by arrival."""
    return pd.Series(pd.factorize(sources["submission_id"])[0], index=sources.index)


def _still_in_quarantine(
    known_keys: pd.DataFrame, frames: Mapping[str, pd.DataFrame], in_force: pd.DataFrame
) -> pd.DataFrame:
    """Known keys of submissions in force, without those that a later confirmation or register put right.

    A row is put right by a record of a later submission that has all its readable keys. (A return needs no such care:
    a later one supersedes the whole kind.)
    """
    keys = known_keys[source_ids(known_keys["ref"]).isin(in_force.index)]
    arrival = _arrival(in_force)
    corrected: set[int] = set()
    for kind, of_kind in keys.groupby("kind"):
        if KINDS[str(kind)].GROUP == "return":
            continue
        rows = of_kind.pivot(index="ref", columns="field", values="value")
        frame = frames[str(kind)]
        came = source_ids(frame["ref"]).map(arrival)
        for names, alike in rows.groupby([rows[name].notna() for name in rows.columns]):
            read = [name for name, known in zip(rows.columns, names, strict=True) if known]
            latest = came.groupby([_as_text(frame[name]) for name in read]).max().rename("came")
            latest.index.names = read
            found = alike[read].reset_index().merge(latest.reset_index(), on=read)
            own = source_ids(found["ref"]).map(arrival)
            corrected |= set(found.loc[found["came"] > own, "ref"])
    return keys[~keys["ref"].isin(corrected)].reset_index(drop=True)


def _as_text(values: pd.Series) -> pd.Series:
    return values.dt.strftime("%Y-%m-%d") if values.dtype.kind == "M" else values.astype("str")
