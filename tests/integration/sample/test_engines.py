"""Whoever does the work, in however many parts, the findings and what was checked are the same."""

import os
from functools import partial
from pathlib import Path

import pytest

from carmonitor import pipeline
from carmonitor.engines import Dask, EngineError, opened
from carmonitor.store.database import ensure
from tests.integration.sample.conftest import AS_OF, SAMPLE, sample_settings


def judged_by(installation, engine):
    with installation.store.read() as connection:
        return pipeline.judge(connection, installation.settings, as_of=AS_OF, engine=engine).judged


def same(one, other):
    return (one.digest, one.coverage, one.findings) == (other.digest, other.coverage, other.findings)


@pytest.mark.parametrize("name", ["here:2", "here:5", "dask:1", "dask:2", "dask:4"])
def test_every_engine_gives_the_same_findings(installation, name) -> None:
    with opened(name) as engine:
        assert engine.parts > 1
        assert same(judged_by(installation, engine), installation.job.judged)


def dying(task, once: Path, given):
    """The task, but the first worker that begins one is gone before it is done."""
    try:
        once.touch(exist_ok=False)
    except FileExistsError:
        return task(given)
    os._exit(1)


class Deadly(Dask):
    """Kills the first worker that begins a task."""

    def __init__(self, client, parts: int, once: Path) -> None:
        super().__init__(client, parts)
        self.once = once

    def start(self, task, arguments):
        return super().start(partial(dying, task, self.once), arguments)


def test_a_worker_that_dies_costs_no_result(installation, tmp_path) -> None:
    with opened("dask:2") as engine:
        deadly = Deadly(engine._client, engine.parts, tmp_path / "died")
        assert same(judged_by(installation, deadly), installation.job.judged)
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize("name", ["", "there", "here:0", "here:x", "dask:", "dask:0", "spark", "dask:host"])
def test_an_engine_nobody_knows_is_refused(name) -> None:
    with pytest.raises(EngineError, match=r"expected here, here:N, dask, dask:N or dask://host:port"), opened(name):
        pass


def test_workers_read_what_arrived_as_this_process_does(installation, tmp_path) -> None:
    settings = sample_settings()
    with opened("dask:2") as engine, ensure(f"sqlite:///{tmp_path}/other.sqlite3") as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers", engine=engine)
        job = pipeline.run(SAMPLE / "inbox", store, settings, as_of=AS_OF, engine=engine)
    assert job.intake.counts() == installation.job.intake.counts()
    assert job.run_id == installation.job.run_id
    assert same(job.judged, installation.job.judged)


def test_workers_that_cannot_be_started_are_told_in_words(monkeypatch) -> None:
    def refused(**_):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", refused)
    with (
        pytest.raises(EngineError, match=r"could not be started: Nanny failed to start\..*engine here"),
        opened("dask:4"),
    ):
        pass
