"""What a page of the console costs: ``python -m benchmarks.console DATABASE [--requests 50] [--out FILE.json]``.

Starts a console on a copy of the database, adds a user to the copy, logs in, asks each kind of page over loopback one
request after the other (``ab`` where it is installed, else httpx) and prints milliseconds: median, 95th percentile, and
the median over that of the page's main query run by hand in SQL on the same file. The first request of each page, which
fills what the console remembers for a run, is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from carmonitor.store import accounts, database, passwords

USER, LIMIT_MS = "bench", 300


@dataclass(frozen=True)
class Page:
    """A kind of page, and the query that somebody with the database alone would run for what it shows."""

    name: str
    path: str
    sql: str
    values: tuple[str, ...] = ()


def pages(found: dict[str, str]) -> list[Page]:
    """Every kind of page, of the papers and cases named in ``found``."""
    case, number, actor, slip, sent, run = (found[n] for n in ("case", "certificate", "actor", "slip", "sent", "run"))
    about_case = (
        "SELECT f.content FROM case_finding c JOIN finding f USING (finding_id) WHERE c.case_id = ?1 AND f.version = "
        "(SELECT max(version) FROM finding g WHERE g.finding_id = f.finding_id)"
    )
    contents = (
        "SELECT s.*, p.* FROM rec_shipment s JOIN rec_parcel_source l USING (certificate_number) "
        "LEFT JOIN rec_purchase p USING (slip_number) WHERE s.certificate_number = ?1"
    )
    by_month = (
        "SELECT substr(purchase_date, 1, 7), count(*), sum(carats), sum(price_xaf) FROM rec_purchase "
        "WHERE buyer_id = ?1 OR seller_id = ?1 GROUP BY 1"
    )
    of_zone = (
        "SELECT substr(purchase_date, 1, 7), count(*), sum(carats) FROM rec_purchase "
        "WHERE origin_subprefecture = ?1 GROUP BY 1"
    )
    queue = (
        "SELECT c.*, m.* FROM review_case c LEFT JOIN case_mark m USING (case_id) WHERE c.status <> 'closed' "
        "ORDER BY m.place LIMIT 50"
    )
    counts = (
        "SELECT f.outcome, count(*) FROM result_finding r JOIN finding f USING (finding_id, version) "
        "WHERE r.result_digest = (SELECT result_digest FROM run ORDER BY as_of DESC LIMIT 1) GROUP BY 1"
    )
    cases = "SELECT subject_id, count(*) FROM review_case WHERE status <> 'closed' GROUP BY 1"
    submissions = "SELECT submission_id, sum(rows_in), sum(records), sum(quarantined) FROM source GROUP BY 1"
    return [
        Page("month", "/", counts),
        Page("queue", "/cases", queue),
        Page("queue, last page", f"/cases?status=waiting&page={found['pages']}", queue),
        Page("case", f"/cases/{case}", about_case, (case,)),
        Page("case: chain, papers", f"/cases/{case}/sheet", about_case, (case,)),
        Page("certificate", f"/certificates/{number}", contents, (number,)),
        Page("certificate: drawings", f"/certificates/{number}/drawings", contents, (number,)),
        Page("slip", f"/slips/{slip}", "SELECT * FROM rec_purchase WHERE slip_number = ?1", (slip,)),
        Page("actor", f"/actors/{actor}", by_month, (actor,)),
        Page("actor: drawings", f"/actor-drawings/{actor}", by_month, (actor,)),
        Page("zones", "/zones", cases),
        Page("zones: map", "/zones.svg", cases),
        Page("zone", "/zones/Carnot", of_zone, ("Carnot",)),
        Page("zone: map", "/zones/Carnot/map.svg", cases),
        Page("zone: drawings", "/zones/Carnot/drawings", of_zone, ("Carnot",)),
        Page("find", f"/find?q={number}x", "SELECT 1 FROM rec_shipment WHERE certificate_number = ?1", (number,)),
        Page("quarantine", "/quarantine", submissions),
        Page("quarantine of one", f"/quarantine/{sent}", "SELECT * FROM quarantine LIMIT 50"),
        Page("runs", "/runs", "SELECT * FROM run"),
        Page("run", f"/runs/{run}", "SELECT * FROM coverage"),
        Page("rulebook", "/rulebook", "SELECT * FROM rulebook_activation"),
        Page("journal", "/journal", "SELECT * FROM journal ORDER BY seq DESC LIMIT 50"),
        Page("upload form", "/upload", "SELECT 1"),
        Page("export form", "/export", "SELECT 1"),
    ]


def chosen(path: Path) -> dict[str, str]:
    """Papers to ask for: a case about a certificate, an exporter with very many slips, a slip, a submission, a run."""
    of_certificate = "FROM review_case WHERE subject_kind = 'certificate' ORDER BY case_id LIMIT 1"
    queries = {
        "case": f"SELECT case_id {of_certificate}",
        "certificate": f"SELECT subject_id {of_certificate}",
        "actor": "SELECT exporter_id FROM rec_shipment WHERE exporter_id > '' ORDER BY certificate_number LIMIT 1",
        "slip": "SELECT slip_number FROM rec_purchase LIMIT 1",
        "sent": "SELECT submission_id FROM source ORDER BY quarantined DESC LIMIT 1",
        "run": "SELECT run_id FROM run ORDER BY as_of DESC, started_at DESC LIMIT 1",
        "pages": "SELECT max(1, count(*) / 50) FROM review_case WHERE status <> 'closed'",
    }
    with closing(sqlite3.connect(path)) as connection:
        return {name: str(connection.execute(sql).fetchone()[0]) for name, sql in queries.items()}


def by_hand(path: Path, page: Page, times: int = 5) -> float:
    """The median of the page's query, milliseconds, rows fetched."""
    with closing(sqlite3.connect(path)) as connection:
        return statistics.median(_timed(lambda: connection.execute(page.sql, page.values).fetchall(), times))


def _timed(work: object, times: int) -> Iterator[float]:
    for _ in range(times):
        begun = time.perf_counter()
        work()  # type: ignore[operator]
        yield 1000 * (time.perf_counter() - begun)


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The console over a database, until the block ends: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "--factory", "carmonitor.console.app:from_environment"]
    environment = {**os.environ, "CARMONITOR_DATABASE_URL": f"sqlite:///{path}"}
    server = subprocess.Popen([*command, "--port", str(port), "--log-level", "warning"], env=environment)
    try:
        for _ in range(240):
            try:
                httpx.get(f"{base}/login", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.25)
        yield base
    finally:
        server.terminate()
        server.wait()


def logged_in(base: str, password: str) -> str:
    """The session cookie of the user of this benchmark."""
    form = {"name": USER, "password": password}
    answer = httpx.post(f"{base}/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    answer.raise_for_status() if answer.status_code >= 400 else None
    return f"carmonitor_session={answer.cookies['carmonitor_session']}"


def asked(base: str, path: str, cookie: str, requests: int) -> tuple[list[float], float, int, int]:
    """Milliseconds of each request, of the very first one, bytes of the answer, its status."""
    with httpx.Client(headers={"Cookie": cookie}, timeout=120) as client:
        begun = time.perf_counter()
        answer = client.get(base + path)
        first = 1000 * (time.perf_counter() - begun)
        ab = shutil.which("ab")
        if ab is None:
            times = list(_timed(lambda: client.get(base + path), requests))
        else:
            with tempfile.NamedTemporaryFile(suffix=".tsv") as table:
                command = [ab, "-q", "-n", str(requests), "-c", "1", "-H", f"Cookie: {cookie}", "-g", table.name]
                subprocess.run([*command, base + path], check=True, capture_output=True)
                rows = Path(table.name).read_text(encoding="utf-8").splitlines()[1:]
            times = [float(row.split("\t")[4]) for row in rows]
    return times, first, len(answer.content), answer.status_code


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("database", type=Path)
    options.add_argument("--requests", type=int, default=50)
    options.add_argument("--out", type=Path)
    options.add_argument("--only", default="", help="pages whose name holds this")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.database.parent) as folder:
        copy = Path(folder) / "console.sqlite3"
        shutil.copyfile(given.database, copy)
        password = secrets.token_urlsafe(16)
        with database.ensure(f"sqlite:///{copy}") as store, store.write() as connection:
            hashed = passwords.hashed(password)
            accounts.add(
                connection, name=USER, display_name="Benchmark", role="analyst", hashed=hashed, actor="benchmark",
                at=datetime.now(UTC),
            )  # fmt: skip
        found = [page for page in pages(chosen(copy)) if given.only in page.name]
        print(f"{'page':24s} {'median':>8s} {'95th':>8s} {'first':>8s} {'KB':>6s} {'SQL':>8s} {'ratio':>7s}")
        told = []
        with served(copy) as base:
            cookie = logged_in(base, password)
            for page in found:
                times, first, size, status = asked(base, page.path, cookie, given.requests)
                median, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
                hand = by_hand(copy, page)
                late_mark = "  over the limit" if median > LIMIT_MS else ""
                wrong = f"  status {status}" if status != 200 and not re.search("find", page.name) else ""
                print(
                    f"{page.name:24s} {median:8.0f} {late:8.0f} {first:8.0f} {size / 1000:6.0f} {hand:8.2f} "
                    f"{median / max(hand, 0.01):7.1f}{late_mark}{wrong}",
                    flush=True,
                )
                told.append(
                    {"page": page.name, "median_ms": median, "p95_ms": late, "first_ms": first, "bytes": size,
                     "sql_ms": hand, "sql": page.sql}
                )  # fmt: skip
    if given.out:
        given.out.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
