"""The sample as a team would have it: registers loaded, six months taken in, judged as of 2021-07-31."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store.database import Store, ensure

SAMPLE = Path(__file__).resolve().parents[3] / "sample_data"
AS_OF = date(2021, 7, 31)
BEFORE_THE_CORRECTION = date(2021, 4, 30)

Fact = tuple[str, str, str, str, str]  # rule, outcome, severity, subject kind, subject


@dataclass(frozen=True)
class Installation:
    """A database with the sample in it, and the job that put it there."""

    store: Store
    settings: Settings
    job: pipeline.Job


def sample_settings() -> Settings:
    return Settings(monitoring_from=date(2021, 1, 1))


@pytest.fixture(scope="session")
def installation(tmp_path_factory) -> Iterator[Installation]:
    url = f"sqlite:///{tmp_path_factory.mktemp('sample')}/sample.sqlite3"
    settings = sample_settings()
    with ensure(url) as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
        job = pipeline.run(SAMPLE / "inbox", store, settings, as_of=AS_OF)
        yield Installation(store, settings, job)


def facts(job: pipeline.Job) -> list[Fact]:
    """Breaches and leads as comparable rows. What could not be evaluated is compared by coverage."""
    return sorted(
        (f.rule_id, f.outcome, f.severity, f.subject_kind, f.subject_id)
        for f in job.judged.findings
        if f.outcome != "not_evaluated"
    )


def expected(scope: str) -> list[Fact]:
    with (SAMPLE / "expected_findings.csv").open(encoding="utf-8", newline="") as file:
        return sorted(
            (r["rule_id"], r["outcome"], r["severity"], r["subject_kind"], r["subject_id"])
            for r in csv.DictReader(file)
            if r["scope"] == scope
        )
