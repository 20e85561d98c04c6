"""What is said when the disk or the database gives up in the middle of a command."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from carmonitor.cli import common
from carmonitor.settings import Settings


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_no_more_is_told_in_one_line(number: int) -> None:
    told = common.explained(OSError(number, os.strerror(number)))
    assert told == (f"could not be written: {os.strerror(number)}", common.UNREADABLE)


def test_an_error_that_is_a_defect_is_not_explained_away() -> None:
    assert common.explained(OSError(errno.EBADF, os.strerror(errno.EBADF))) is None


def test_a_failing_statement_is_told_without_what_it_was_storing(sqlite_url: str, capsys) -> None:
    failed = OperationalError(
        "INSERT INTO rec_actor", {"telephone": "+236 70"}, sqlite3.OperationalError("disk is full")
    )
    with pytest.raises(SystemExit) as ended, common.database(Settings(database_url=sqlite_url)):
        raise failed
    assert ended.value.code == common.UNREADABLE
    assert capsys.readouterr().err == "carmonitor: the database could not be used: disk is full\n"
