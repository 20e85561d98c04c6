"""What the senders of the sample are told: the cells in quarantine, errors of form, never a lead."""

import io
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.dossier.feedback import feedback_for, find_return
from carmonitor.intake.datafile import read_tables
from carmonitor.store import tables as t

MONTHS = ["2021-01", "2021-02", "2021-04", "2021-06"]
TINT = "FFF3C4"


@pytest.fixture(scope="module")
def made(installation):
    """(return, language) → its feedback, each made once."""
    kept = {}

    def make(named, lang=None):
        if (named, lang) not in kept:
            with installation.store.read() as connection:
                found = find_return(connection, named)
                kept[named, lang] = feedback_for(connection, installation.settings, found, lang)
        return kept[named, lang]

    return make


def _query(installation, statement):
    with installation.store.read() as connection:
        return connection.execute(statement).all()


def _original(installation, month):
    s, f = t.submission.c, t.received_file.c
    query = (
        sa.select(f.path, t.blob.c.content)
        .select_from(t.received_file.join(t.submission).join(t.blob))
        .where(s.return_id == f"SPPK@{month}", f.path.endswith(".xlsx"))
        .order_by(s.seq.desc())
    )
    return _query(installation, query)[0]


def _quarantined(installation, month):
    """An oracle: sheet, row and column of every cell in quarantine, the column found by its header's text alone."""
    _, content = _original(installation, month)
    book = openpyxl.load_workbook(io.BytesIO(content))
    query = (
        sa.select(t.source.c.sheet, t.quarantine.c.row, t.quarantine.c.problems)
        .select_from(t.quarantine.join(t.source).join(t.submission))
        .where(t.submission.c.return_id == f"SPPK@{month}")
    )
    cells = set()
    for sheet, row, problems in _query(installation, query):
        for problem in problems:
            heads = [c for line in book[sheet].iter_rows(max_row=8) for c in line]
            column = next(c.column for c in heads if " ".join(str(c.value).split()) == problem["column"])
            cells.add((sheet, row, column))
    return cells


def _marked(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (sheet.title, cell.row, cell.column)
        for sheet in book.worksheets[1:]
        for line in sheet.iter_rows()
        for cell in line
        if cell.comment is not None and cell.fill.fgColor.rgb == f"00{TINT}" and cell.border.left.style == "medium"
    }


@pytest.mark.parametrize("month", MONTHS)
def test_every_cell_in_quarantine_is_marked_and_nothing_but_what_is_listed(installation, made, month):
    feedback = made(f"SPPK@{month}")
    refused = _quarantined(installation, month)
    assert refused
    assert {(c.sheet, c.row, c.column) for c in feedback.corrections if c.nature == "unread"} == refused
    assert _marked(feedback.workbook) == {(c.sheet, c.row, c.column) for c in feedback.corrections}


@pytest.mark.parametrize("month", MONTHS)
def test_the_copy_holds_what_the_sender_wrote(installation, made, month):
    path, content = _original(installation, month)
    theirs = openpyxl.load_workbook(io.BytesIO(content))
    ours = openpyxl.load_workbook(io.BytesIO(made(f"SPPK@{month}").workbook))
    assert ours.sheetnames[1:] == theirs.sheetnames
    for sheet in theirs.worksheets:
        assert [[c.value for c in row] for row in ours[sheet.title].iter_rows()] == [
            [c.value for c in row] for row in sheet.iter_rows()
        ]
    before, after = read_tables(path, content), read_tables(path, made(f"SPPK@{month}").workbook)
    assert after[0].skipped
    assert after[0].kind == ""
    for table, again in zip(before, after[1:], strict=True):
        assert (again.kind, again.quarantine, dict(again.skipped)) == (
            table.kind,
            table.quarantine,
            dict(table.skipped),
        )
        assert again.frame.equals(table.frame)


def test_the_comment_says_what_was_found_and_expected_in_the_senders_language(made):
    french = openpyxl.load_workbook(io.BytesIO(made("SPPK@2021-01").workbook))
    comment = french["Bordereaux d'achat"]["C22"].comment
    assert comment.author == "carmonitor"
    assert "Trouvé\u00a0: 31/02/2021" in comment.text
    assert "Attendu\u00a0: une date" in comment.text
    english = openpyxl.load_workbook(io.BytesIO(made("SPPK@2021-01", "en").workbook))
    assert "Found: 31/02/2021" in english["Bordereaux d'achat"]["C22"].comment.text


def test_the_list_leads_to_the_cells(made):
    feedback = made("SPPK@2021-02")
    listed = openpyxl.load_workbook(io.BytesIO(feedback.workbook)).worksheets[0]
    assert listed.title == "À corriger"
    links = {cell.hyperlink.location for row in listed.iter_rows() for cell in row if cell.hyperlink}
    assert len(links) == len(feedback.corrections)
    assert "'Bordereaux d''achat'!L23" in links
    assert all(cell.hyperlink.target is None for row in listed.iter_rows() for cell in row if cell.hyperlink)


def test_only_errors_of_form_are_told_and_no_sign_of_fraud(installation, made):
    told = {(m, c.rule_id) for m in MONTHS for c in made(f"SPPK@{m}").corrections if c.nature == "entry"}
    assert told == {
        ("2021-01", "C-08"), ("2021-01", "M-03"), ("2021-01", "Z-06"), ("2021-02", "C-03"), ("2021-02", "M-01"),
        ("2021-02", "Z-07"), ("2021-04", "D-04"), ("2021-04", "D-07"), ("2021-06", "C-02"), ("2021-06", "D-02"),
    }  # fmt: skip
    subjects = {f.subject_id.split("@")[0] for f in installation.job.judged.findings if f.outcome == "lead"}
    assert len(subjects) > 10
    said = " ".join(made(f"SPPK@{m}").letter_text for m in MONTHS)
    assert [s for s in subjects if s in said] == []
    for hidden in ("B011012", "COL-012", "PAT-2020-999", "CF0009901", "B012811"):  # Z-01, D-09, L-01, C-09, D-10
        assert hidden not in said


def test_a_file_named_and_not_sent_is_asked_for(made):
    (asked,) = [c for c in made("SPPK@2021-02").corrections if c.nature == "missing"]
    assert (asked.sheet, asked.row, asked.found) == ("Pièces jointes", 28, "CF0002115_copie.pdf")


def test_a_return_of_csv_files_comes_back_as_one_workbook_that_reads_the_same(installation, made):
    feedback = made("SPPK@2021-05")
    assert not feedback.is_original
    assert feedback.lang == "en"
    book = openpyxl.load_workbook(io.BytesIO(feedback.workbook))
    assert _marked(feedback.workbook) == {("purchase", 19, 3)}
    assert "Found: 04/05/2021" in book["purchase"]["C19"].comment.text
    assert "purchase.csv" in str([c.value for c in book.worksheets[0]["A"]])
    tables = {table.sheet: table for table in read_tables("back.xlsx", feedback.workbook)}
    assert sum(len(table.frame) for table in tables.values()) == 3498
    assert [q.row for q in tables["purchase"].quarantine] == [19]


def test_the_letter_accounts_for_every_row_and_names_the_run(installation, made):
    letter = made("SPPK@2021-02").letter_text
    assert "4\u202f432 reçues = 4\u202f401 lues + 4 illisibles + 27 sans enregistrement" in letter
    assert installation.job.run_id in letter
    assert "31/07/2021" in letter
    assert "février 2021" in letter
    assert "4,432 received = 4,401 read + 4 that could not be read + 27" in made("SPPK@2021-02", "en").letter_text


def test_a_return_without_a_fault_gets_a_letter_that_says_so_and_an_unmarked_copy(made):
    feedback = made("AE@-")
    assert feedback.corrections == ()
    assert "nothing to correct" in feedback.letter_text
    assert _marked(feedback.workbook) == set()
    assert feedback.stem == "feedback_AE_-_Sae70efae"


def test_feedback_on_a_superseded_return_says_that_a_later_one_came(installation, made):
    first = _query(installation, sa.select(t.submission.c.submission_id).where(t.submission.c.name == "2021-03"))
    feedback = made(first[0][0])
    assert [c.found for c in feedback.corrections] == ["30/02/2021"]
    assert "20/05/2021" in feedback.letter_text
    assert "remplacent" in feedback.letter_text


def test_the_letter_is_a_pdf_of_the_same_words(made, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("NOT RUN: pdftotext (poppler-utils) is not installed, the letter's PDF was not read")
    feedback = made("SPPK@2021-02")
    path = tmp_path / "letter.pdf"
    path.write_bytes(feedback.letter_pdf)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    words = set(re.findall(r"\w+", feedback.letter_text.casefold()))
    assert words - set(re.findall(r"\w+", text.casefold())) == set()


@pytest.mark.parametrize(("month", "found"), [("2021-02", "12.3457"), ("2021-05", "04/05/2021")])
def test_libreoffice_opens_the_workbook_and_keeps_its_comments(made, tmp_path, month, found):
    if shutil.which("soffice") is None:
        pytest.skip("NOT RUN: soffice (libreoffice-calc) is not installed, the workbook was not opened in LibreOffice")
    feedback = made(f"SPPK@{month}")
    (tmp_path / "marked.xlsx").write_bytes(feedback.workbook)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    order = ["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", tmp_path, tmp_path / "marked.xlsx"]
    subprocess.run(order, capture_output=True, check=True, timeout=300)
    content = zipfile.ZipFile(tmp_path / "marked.ods").read("content.xml").decode()
    comments = re.findall(r"<office:annotation.*?</office:annotation>", content, re.DOTALL)
    cells = {(c.sheet, c.row, c.column) for c in feedback.corrections}
    assert len(comments) == len(cells)
    assert any(found in comment for comment in comments)


def test_the_command_writes_three_files_and_lists_what_is_held_when_asked_for_another(
    installation, tmp_path, monkeypatch
):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", installation.store.engine.url.render_as_string(hide_password=False))
    order = ["feedback", "--return", "SPPK@2021-06", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, order)
    assert result.exit_code == 0
    written = [line.rsplit("/", 1)[1] for line in result.stdout.split()]
    assert written == [f"feedback_SPPK_2021-06_Se02f55ba.{suffix}" for suffix in ("xlsx", "pdf", "txt")]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(written)
    unknown = CliRunner().invoke(main, ["feedback", "--return", "SPPK@2019-01"])
    assert unknown.exit_code == 2
    assert "SPPK@2021-05" in unknown.stderr
    both = CliRunner().invoke(main, ["feedback", "--return", "SPPK@2021-06", "--all", "--period", "2021-06"])
    assert both.exit_code == 2
    month = CliRunner().invoke(main, ["feedback", "--all", "--period", "2021-06", "--out", str(tmp_path / "all")])
    assert len(month.stdout.split()) == 3
