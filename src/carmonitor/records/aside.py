"""Frames put aside in files, while memory is needed for others.

A file has no name and is gone with the program. Its pages are mapped into memory: text is read where it is looked at,
and the system may take the pages back when memory is short.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable

import pandas as pd
import pyarrow as pa

from carmonitor.records.columns import give_back

_LARGE = "/var/tmp"  # on disk where /tmp is memory
_SORTS = (pd.StringDtype, pd.CategoricalDtype, pd.Int64Dtype, pd.BooleanDtype)
_FEW = 1_000  # rows


class Aside:
    """A frame in a file."""

    def __init__(self, pages: mmap.mmap) -> None:
        self._pages = pages

    def frame(self) -> pd.DataFrame:
        """The frame as it was: values, dtypes, index."""
        with pa.ipc.open_file(pa.py_buffer(self._pages)) as reader:
            frame: pd.DataFrame = reader.read_all().to_pandas()
        return frame

    def let_go(self) -> None:
        """Hold none of its pages in memory; those that are looked at again are read again."""
        if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows, which takes them back when memory is short
            self._pages.madvise(mmap.MADV_DONTNEED)


def kept(
    held: dict[str, pd.DataFrame],
    aside: dict[str, Aside],
    name: str,
    make: Callable[[], pd.DataFrame],
    limit: int,
    *,
    own: bool,
) -> pd.DataFrame:
    """The frame of a name, from ``held`` or from ``aside``, or else made; from now on held.

    Those asked for longest ago are put aside, until what is held takes no more than so many bytes. A frame that takes
    more by itself is told from its file if its columns are its ``own``, and not those of another frame.
    """
    if name in held:
        held[name] = held.pop(name)  # now the one asked for last
        return held[name]
    if name not in aside:
        held[name] = make()
        if own and _bytes(held[name]) > limit:
            _put(held, aside, name)
    if name in aside:
        held[name] = aside[name].frame()
    frame = held[name]
    sizes = {key: _bytes(of) for key, of in held.items()}
    while sum(sizes.values()) > limit and len(held) > 1:
        oldest = next(iter(held))
        del sizes[oldest]
        _put(held, aside, oldest)
        del held[oldest]
        give_back()
    return frame


def let_go(held: dict[str, pd.DataFrame], aside: dict[str, Aside]) -> None:
    """Put all aside that is held."""
    for name in held:
        _put(held, aside, name)
    held.clear()


def _put(held: dict[str, pd.DataFrame], aside: dict[str, Aside], name: str) -> None:
    """See that a frame stands aside, where it can, and that its file takes no memory."""
    if name in aside:
        aside[name].let_go()
    elif there := put_aside(held[name]):
        aside[name] = there


def _bytes(frame: pd.DataFrame) -> int:
    """About what a frame takes; what few rows take is not worth the asking."""
    return int(frame.memory_usage(deep=False).sum()) if len(frame) >= _FEW else 0


def put_aside(frame: pd.DataFrame) -> Aside | None:
    """Write a frame to a file; None for one that would not come back the same, and where the file cannot be written."""
    table = pa.Table.from_pandas(frame) if _is_plain(frame) else None
    if table is None or not _alike(frame, table.slice(0, 0).to_pandas()):
        return None
    try:
        with tempfile.TemporaryFile(dir=_folder()) as file:
            with pa.ipc.new_file(pa.PythonFile(file, mode="w"), table.schema) as writer:
                writer.write_table(table)
            file.flush()
            return Aside(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError:  # a full disk, say: then the frame is made again when it is asked for
        return None


def _folder() -> str | None:
    """Where large files may lie: as the environment says (TMPDIR), else on disk."""
    return None if os.environ.get("TMPDIR") or not os.access(_LARGE, os.W_OK) else _LARGE


def _is_plain(frame: pd.DataFrame) -> bool:
    """Whether all in it is text, categories, numbers, days or yes/no, which Arrow gives back as they were."""
    dtypes = [frame.index.dtype, *frame.dtypes]
    if not len(frame) and any(isinstance(t, pd.CategoricalDtype) for t in dtypes):
        return False  # a file without rows tells no categories
    return bool(frame.columns.is_unique) and all(isinstance(t, _SORTS) or t.kind in "biufM" for t in dtypes)


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether columns, dtypes and the sort of index are the same."""
    return bool(
        one.columns.equals(other.columns)
        and one.dtypes.equals(other.dtypes)
        and type(one.index) is type(other.index)
        and one.index.dtype == other.index.dtype
        and one.index.names == other.index.names
    )
