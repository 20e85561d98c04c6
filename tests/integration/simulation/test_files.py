"""Worlds in files: the same bytes again, read back as what was in memory, and the command that writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from carmonitor import ingestion
from carmonitor.catalogues import Catalogue
from carmonitor.cli import main
from carmonitor.records import KINDS
from carmonitor.settings import schemas_dir
from carmonitor.simulation import Settings, simulate
from carmonitor.simulation.evidence import evidence_of
from carmonitor.simulation.parameters import SENDER
from carmonitor.simulation.writing import NotAWorldError, clear, write
from carmonitor.store.evidence import read_evidence

SMALL = Settings(7, months=4, scale=0.04)


@pytest.fixture(scope="module")
def world():
    return simulate(SMALL)


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    place = tmp_path_factory.mktemp("world")
    write(world, place)
    return place


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read_back(folder: Path, as_of):
    read = ingestion.read_all(ingestion.units([folder / "registers", folder / "inbox"]))
    assert not read.failed
    submissions = [item.submission for item in read.received]
    assert all(table.kind for s in submissions for table in s.tables)
    return read_evidence(
        None,
        as_of=as_of,
        gazetteer=Catalogue.load(schemas_dir()).gazetteer,
        monitoring_from=SMALL.monitoring_from,
        expected_senders=(SENDER,),
        extra=submissions,
    )


def as_rows(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [c for c in frame.columns if c not in ("ref", "return_id")]
    return frame[columns].sort_values(columns, na_position="first", ignore_index=True)


@pytest.mark.parametrize("day", ["end", "middle"])
def test_what_was_written_reads_back_as_what_was_in_memory(world, folder, day):
    as_of = world.as_of if day == "end" else pd.Timestamp("2020-03-20").date()
    memory, files = evidence_of(world, as_of), read_back(folder, as_of)
    for kind in KINDS:
        pd.testing.assert_frame_equal(as_rows(memory[kind]), as_rows(files[kind]), obj=kind)
    returns = memory.sources["sender"] == SENDER
    assert set(memory.sources.loc[returns, "return_id"]) == set(
        files.sources.loc[files.sources["sender"] == SENDER, "return_id"]
    )
    assert files.known_keys.empty


def test_the_same_settings_give_the_same_bytes(folder, tmp_path):
    write(simulate(SMALL), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)


def test_another_seed_gives_other_bytes(folder, tmp_path):
    write(simulate(Settings(8, months=4, scale=0.04)), tmp_path / "other")
    other, first = contents(tmp_path / "other"), contents(folder)
    for name in ("inbox/2020-01/purchase.csv", "inbox/2020-01/production.csv", "labels.csv"):
        assert other[name] != first[name]


def test_the_truth_is_written_and_called_synthetic(world, folder):
    labels = pd.read_csv(folder / "labels.csv")
    assert labels["subject_id"].tolist() == world.labels["subject_id"].tolist()
    assert (labels["carats"] * 100).round().astype(int).tolist() == world.labels["carats"].tolist()
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# SYNTHETIC")
    assert json.loads((folder / "world.json").read_text())["seed"] == 7


def test_photographs_are_there_and_have_the_hash_that_is_told(world, folder):
    from carmonitor.simulation.pictures import sha256

    told = world.frames["document"].dropna(subset="sha256")
    assert len(told) > 0
    for month, name, digest in zip(told["period"], told["file_name"], told["sha256"], strict=True):
        assert sha256((folder / "inbox" / month / "docs" / name).read_bytes()) == digest


def test_a_picture_saved_again_is_another_file_and_the_same_picture():
    import io

    import imagehash
    from PIL import Image

    from carmonitor.simulation.pictures import picture

    def seen(content):
        return imagehash.phash(Image.open(io.BytesIO(content)))

    first, again, other = picture("a"), picture("a", 1), picture("b")
    assert first != again
    assert seen(first) - seen(again) <= 4
    assert seen(first) - seen(other) > 10


def test_nothing_is_written_into_a_folder_that_holds_something(world, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        write(world, tmp_path)
    with pytest.raises(NotAWorldError):
        clear(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_world_with_other_things_beside_it_is_not_cleared(world, tmp_path):
    write(world, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotAWorldError, match="notes"):
        clear(tmp_path)
    assert (tmp_path / "inbox").is_dir()


def run(*arguments: str):
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_the_command_writes_counts_and_guards(tmp_path):
    out = str(tmp_path / "world")
    small = ["--seed", "3", "--months", "2", "--scale", "0.02"]
    done = run(*small, "--out", out)
    assert done.exit_code == 0, done.output
    assert "SYNTHETIC" in done.output
    assert "invented_books" in done.output
    assert "without a subject" in done.output  # no house exported twice, so that no slip could be used again
    first = contents(tmp_path / "world")
    again = run(*small, "--out", out)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert contents(tmp_path / "world") == first
    assert run(*small, "--out", out, "--force", "--quiet").output == ""
    assert contents(tmp_path / "world") == first


def test_the_command_refuses_to_replace_what_is_no_world(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = run("--seed", "3", "--months", "2", "--scale", "0.02", "--out", str(tmp_path), "--force")
    assert done.exit_code == 2
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize(
    ("fraud", "patterns"),
    [(["none"], set()), (["reused_slips=0.05"], {"reused_slips"}), (["ghost_miners"], {"ghost_miners"})],
)
def test_fraud_is_chosen_by_name(tmp_path, fraud, patterns):
    options = [word for name in fraud for word in ("--fraud", name)]
    done = run("--seed", "3", "--months", "8", "--scale", "0.08", *options, "--out", str(tmp_path / "w"))
    assert done.exit_code == 0, done.output
    labels = pd.read_csv(tmp_path / "w" / "labels.csv")
    assert set(labels["pattern"]) == patterns


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fraud", "sorcery=0.1"], "sorcery"),
        (["--fraud", "sorcery"], "sorcery"),
        (["--fraud", "reused_slips=much"], "reused_slips=much"),
        (["--fraud", "reused_slips=2"], "2.0"),
        (["--fraud", "none", "--fraud", "reused_slips"], "none"),
        (["--start", "2012-01"], "2012-01"),
        (["--scale", "1000"], "1000"),
    ],
)
def test_what_cannot_be_simulated_is_wrong_usage(tmp_path, options, said):
    done = run("--seed", "3", *options, "--out", str(tmp_path / "w"))
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "w").exists()
