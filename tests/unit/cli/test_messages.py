"""What the command line says: one clear line for a failure, notes on what was read, nothing that steers it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from carmonitor.cli import main
from carmonitor.cli.common import one_line

GOOD = "Slip number,Purchase date,Buyer ID,Carats,Remarks\nB1,2021-05-03,COL-011,1.00,old\n"


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, list(arguments))


def _validate(path: Path, *more: str) -> Result:
    return _run("validate", str(path), "--alone", "--sender", "SPPK", "--period", "2021-05", *more)


@pytest.fixture
def purchases(tmp_path: Path) -> Path:
    path = tmp_path / "purchase.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_notes_on_what_was_read_are_told_in_both_languages(purchases):
    assert "column 'Remarks' was not understood and was not read" in _validate(purchases).stdout
    assert "la colonne 'Remarks' n'a pas été comprise et n'a pas été lue" in _validate(purchases, "--lang", "fr").stdout


def test_notes_stand_in_the_json(purchases):
    notes = json.loads(_validate(purchases, "--format", "json").stdout)["intake"]["notes"]
    assert {
        "file": "purchase.csv",
        "sheet": "",
        "note": "column 'Remarks' was not understood and was not read",
    } in notes


def test_a_file_that_cannot_be_read_is_one_line_and_3_also_when_quiet(tmp_path):
    path = tmp_path / "purchase.xlsx"
    path.write_bytes(b"PK\x03\x04 cut off")
    result = _validate(path, "--quiet", "--fail-on", "never")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "purchase.xlsx: expected a zip archive" in result.stderr


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://u:secret@h/x", "postgresql://u:secret@h:bad/x", "postgresql://u:secret@127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_used_is_one_line_without_its_password(purchases, url):
    for command in (["validate", str(purchases)], ["registers", "show", "zone"], ["cases", "list"]):
        result = _run(*command, CARMONITOR_DATABASE_URL=url)
        assert result.exit_code == 3
        assert result.stderr.count("\n") == 1
        assert "secret" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("template", "--out", "/proc/nowhere/x.xlsx"), 3),
        (("template", "--out", "x.docx"), 2),
        (("export", "--period", "2021-5"), 2),
        (("export", "--outcome", "nonsense"), 2),
    ],
)
def test_wrong_arguments_are_told_without_a_traceback(arguments, code):
    result = _run(*arguments)
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)


def test_wrong_settings_are_named():
    assert "CARMONITOR_LANG: found 'de'" in _run("cases", "list", CARMONITOR_LANG="de").stderr
    result = _run("validate", ".", "--alone", CARMONITOR_RULEBOOK="/nowhere")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;pwn\x07", r"\x1b]0;pwn\x07"),
        ("CF\u202e01\u200b", r"CF\u202e01\u200b"),
        ("two\r\n  lines\there", "two lines here"),
        ("185\u202f000\u00a0F à Bangui", "185\u202f000\u00a0F à Bangui"),
    ],
)
def test_texts_from_files_cannot_steer_a_terminal(text, shown):
    assert one_line(text) == shown


def test_findings_as_csv_start_no_formula(tmp_path):
    path = tmp_path / "shipment.csv"
    path.write_text("Certificate number,Issue date,Carats\n=HYPERLINK(1),2021-05-01,3\n", encoding="utf-8")
    lines = _validate(path, "--format", "csv", "--as-of", "2021-07-31").stdout.splitlines()[1:]
    assert any(",'=HYPERLINK(1)," in line for line in lines)
    assert not any(",=HYPERLINK(1)," in line for line in lines)
