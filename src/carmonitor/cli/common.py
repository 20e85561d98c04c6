"""What commands share: options, progress on stderr, tables, errors and exit codes (design.md, command line)."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from carmonitor.engines import Engine
    from carmonitor.ingestion import Progress
    from carmonitor.settings import Settings
    from carmonitor.store.database import Store

NOTHING, SOMETHING, USAGE, UNREADABLE = 0, 1, 2, 3
"""Exit codes: nothing at or above --fail-on; something; wrong usage; input or database could not be read."""

Command = Callable[..., Any]

_OUTCOME_NAMES = {
    "en": {"breach": "breach", "lead": "lead", "not_evaluated": "not evaluated", "on_trial": "on trial"},
    "fr": {"breach": "manquement", "lead": "piste", "not_evaluated": "non évalué", "on_trial": "en observation"},
}


class Day(click.ParamType[date]):
    """An ISO day on the command line."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Text to a day; a clear usage error otherwise."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"found {value!r}, expected a day such as 2021-07-31", param, ctx)


class Period(click.ParamType[str]):
    """A month, quarter, half-year or year on the command line."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Itself when it is one; a clear usage error otherwise."""
        if not re.fullmatch(r"[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?", value):
            self.fail(f"found {value!r}, expected a month such as 2021-07 (or 2021-Q3, 2021-H2, 2021)", param, ctx)
        return str(value)


lang_option = click.option("--lang", type=click.Choice(["en", "fr"]), help="language of messages (default: en)")
as_of_option = click.option("--as-of", type=Day(), help="judge what was known at the end of this day (default: today)")
user_option = click.option("--user", help="who decides; else CARMONITOR_USER")
quiet_option = click.option("--quiet", is_flag=True, help="no progress and no tables, only results and errors")
log_option = click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="progress as JSON")
sender_option = click.option("--sender", help="sender, where the files do not say it")
period_option = click.option("--period", type=Period(), help="month, where the files do not say it")


def settings() -> Settings:
    """The settings of this installation; a wrong one ends the command with its name."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from carmonitor.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        wrong = (
            f"CARMONITOR_{'_'.join(str(part) for part in e['loc'][:1]).upper()}: found {e['input']!r}, {e['msg']}"
            for e in error.errors()
        )
        fail("a setting is wrong: " + "; ".join(wrong), USAGE)
    except SettingsError as error:
        fail(f'a CARMONITOR_ setting is wrong: {error}; expected JSON such as ["SPPK"]', USAGE)


def language(chosen: str | None, configured: Settings) -> str:
    """``--lang``, else the setting."""
    return chosen or configured.lang


def acting_user(chosen: str | None, configured: Settings) -> str:
    """Who writes. Nobody writes unnamed (semantics.md 20)."""
    user = (chosen or configured.user).strip()
    if not user:
        fail("who are you? give --user NAME or set CARMONITOR_USER", USAGE)
    return user


@contextmanager
def database(configured: Settings, *, create: bool = False) -> Iterator[Store]:
    """The configured database, brought to this version when ``create``. Ends the command if it cannot be used."""
    from sqlalchemy.exc import SQLAlchemyError

    from carmonitor.store.database import DatabaseError, ensure, open_store
    from carmonitor.store.findings import ResultError

    try:
        store = ensure(configured.database_url) if create else open_store(configured.database_url)
        try:
            yield store
        finally:
            store.close()
    except ResultError as error:
        fail(str(error), UNREADABLE)
    except (DatabaseError, SQLAlchemyError) as error:
        fail(f"the database could not be used: {getattr(error, 'orig', None) or error}", UNREADABLE)


@contextmanager
def engine(name: str) -> Iterator[Engine]:
    """The engine of this name. Ends the command if it cannot be used."""
    from carmonitor.engines import EngineError, opened

    try:
        with opened(name) as found:
            yield found
    except EngineError as error:
        fail(str(error), USAGE)


@contextmanager
def reading(configured: Settings) -> Iterator[Connection | None]:
    """A transaction that only reads the configured database; None where there is no database yet."""
    from carmonitor.store.database import exists

    if not exists(configured.database_url):
        yield None
        return
    with database(configured) as store, store.read() as connection:
        yield connection


_DISK = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
}  # told of a file that is open: without its name


def explained(error: Exception) -> tuple[str, int] | None:
    """What to say of an error that is nobody's defect, and the exit code; None for any other error."""
    from sqlalchemy.exc import SQLAlchemyError

    from carmonitor.framework.rulebook import RulebookError
    from carmonitor.intake.batch import IntakeError
    from carmonitor.store.catalogues import CatalogueError
    from carmonitor.store.database import DatabaseError

    if isinstance(error, (DatabaseError, SQLAlchemyError, sqlite3.Error)):
        return f"the database could not be used: {getattr(error, 'orig', None) or error}", UNREADABLE
    if isinstance(error, CatalogueError):
        return str(error), USAGE
    for kind, said in ((RulebookError, "the rulebook cannot be used: "), (IntakeError, "could not be read: ")):
        if isinstance(error, kind):
            return f"{said}{error}", UNREADABLE
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        where = "could not be written" if error.filename is None else os.fsdecode(error.filename)
        return f"{where}: {error.strerror}", UNREADABLE
    if type(error).__name__ == "FileCreateError":  # XlsxWriter's
        return f"the workbook could not be written: {error}", UNREADABLE
    return None


def fail(message: str, code: int) -> NoReturn:
    """One clear line on stderr, and the exit code."""
    click.echo(f"carmonitor: {one_line(message)}", err=True)
    sys.exit(code)


@contextmanager
def showing_progress(*, quiet: bool, log_format: str = "text") -> Iterator[Progress]:
    """Progress on stderr: a bar on a terminal, a line a stage when piped, JSON lines on request, nothing if quiet."""
    from carmonitor.ingestion import no_progress

    if quiet:
        yield no_progress
    elif log_format == "json":
        yield _json_line
    elif sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield no_progress


def _json_line(what: str, done: int, total: int) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    click.echo(json.dumps({"at": at, "stage": what, "done": done, "total": total}), err=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def progress(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total)

        yield progress


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], *, numbers: Sequence[int] = ()
) -> None:
    """A table on stdout: drawn on a terminal, tab-separated when piped. ``numbers``: columns aligned right."""
    if not sys.stdout.isatty():
        click.echo(f"\n{title}")
        for row in [headings, *rows]:
            click.echo("\t".join(_cell(value) for value in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for position, heading in enumerate(headings):
        number = position in numbers
        table.add_column(Text(heading), justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console().print(table)


def print_lines(text: str, *, first: str = "") -> None:
    """A text on stdout: on a terminal broken between words and indented below its first line, when piped one line."""
    line = one_line(text)
    if not sys.stdout.isatty():
        click.echo(first + line)
        return
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    later = " " * (len(first) or 2)
    click.echo(
        textwrap.fill(
            line, width, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
        )
    )


_WIDEST = 100  # characters of a line that still read well


def _cell(value: Any) -> str:
    return "" if value is None else one_line(str(value))


def one_line(text: str) -> str:
    """A text from a file, harmless on a terminal: one line, and what steers a terminal or hides in a text written out.

    Escape sequences, direction marks and zero-width characters become ``\\x1b``, ``\\u202e``.
    """
    if text.isascii() and text.isprintable():
        return text
    line = " ".join(part.strip() for part in text.splitlines()).replace("\t", " ")
    return "".join(c if c.isprintable() or c in _SPACES else c.encode("unicode_escape").decode("ascii") for c in line)


_SPACES = "\u00a0\u202f\u2009\u2007\u3000"  # not "printable" for Python, harmless for a reader


def outcome_name(outcome: str, lang: str) -> str:
    """An outcome in the reader's language."""
    return _OUTCOME_NAMES[lang][outcome]
