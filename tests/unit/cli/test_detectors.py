"""``carmonitor detectors``: what each looks for, and how its leads fared."""

import json

import pytest
from click.testing import CliRunner, Result

from carmonitor.cli import main


@pytest.fixture(autouse=True)
def _no_database(monkeypatch, tmp_path):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/absent.sqlite3")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["detectors", *arguments])


def test_a_detector_shows_what_it_says_the_innocent_cause_and_its_verdicts():
    lines = _run("show", "f14").stdout.splitlines()
    assert lines[0].startswith("F14  Price outlier")
    text = "\n".join(lines)
    for said in ("minimum_peers", "Commonest innocent cause", "What to do", "Evidence group: price", "0 leads raised"):
        assert said in text
    assert "The ranking does not use them: fewer than 5 leads" in text


def test_it_reads_as_french():
    text = _run("show", "F14", "--lang", "fr").stdout
    assert "Groupe d'indices\u00a0: price" in text.replace("’", "'")
    assert "0 pistes signalées" in text


def test_the_list_as_json_has_every_detector():
    from carmonitor.catalogues import packaged

    told = json.loads(_run("list", "--format", "json").stdout)["detectors"]
    assert [d["id"] for d in told] == list(packaged().detectors)
    assert all(d["verdicts"]["raised"] == d["verdicts"]["open"] == 0 for d in told)


def test_the_list_as_a_table_has_a_line_each():
    from carmonitor.catalogues import packaged

    rows = [line.split("\t") for line in _run("list").stdout.splitlines() if "\t" in line]
    assert [row[0] for row in rows[1:]] == list(packaged().detectors)
    assert len({len(row) for row in rows}) == 1


def test_an_unknown_detector_is_told_with_those_near_it():
    done = _run("show", "F99")
    assert done.exit_code == 2
    assert "found no detector 'F99', expected one such as" in done.stderr
