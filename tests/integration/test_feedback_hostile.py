"""Feedback on returns that mean harm, are odd, or come back with old marks; on both databases."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter

from carmonitor import pipeline
from carmonitor.dossier.feedback import FeedbackError, copying, feedback_for, find_return, returns_of
from carmonitor.dossier.labels import column_label, sheet_name
from carmonitor.settings import Settings
from carmonitor.store.database import open_store

FORMULA = '=HYPERLINK("http://evil.example","look")'
MARKUP = "<b>douze</b>#pagebreak() & *gras* [[x]]"
TURNED = "12\u202e34"
HEADER = ["N° bordereau", "Date d'achat", "Sous-préfecture d'origine", "Poids (ct)", "Prix (FCFA)", "Vendeur"]
GOOD = ["B1", "01/03/2021", "Carnot", "1,20", "60000", "Kossi"]
HOSTILE = [
    ["B2", "02/03/2021", "Carnot", FORMULA, "60000", "Kossi"],
    ["B3", "02/03/2021", "Carnot", MARKUP, "60000", "Kossi"],
    ["B4", "02/03/2021", "Carnot", TURNED, "60000", "Kossi"],
    ["B5", "02/03/2021", "Carnot", "x" * 40_000, "60000", "Kossi"],
    ["B6", "../../etc/passwd", "Carnot", "1,20", "60000", "Kossi"],
    ["B7", "02/03/2021", "Carnot", "@SUM(A1)", "60000", "Kossi"],
]


def _csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def _workbook(path, rows, **sheets):
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, lines in {"Bordereaux d'achat": rows, **sheets}.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


@pytest.fixture
def store(database_url):
    with open_store(database_url) as opened:
        yield opened


def _take_in(store, path, sender="SPPK", period="2021-03"):
    (received,) = pipeline.ingest([path], store, actor="test", sender=sender, period=period).received
    return received.submission.submission_id


def _feedback(store, submission_id, lang="fr"):
    with store.read() as connection:
        return feedback_for(connection, Settings(), submission_id, lang)


def _cells(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_text_of_a_csv_never_becomes_a_formula_a_link_or_markup(store, tmp_path):
    feedback = _feedback(store, _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD, *HOSTILE])))
    assert [c.row for c in feedback.corrections if c.nature == "unread"] == [3, 4, 5, 6, 7, 8]
    cells = _cells(feedback.workbook)
    assert [c.coordinate for c in cells if c.data_type == "f"] == []
    assert [c.hyperlink.target for c in cells if c.hyperlink and c.hyperlink.target] == []
    rows = openpyxl.load_workbook(io.BytesIO(feedback.workbook))["purchase"]
    assert rows["D3"].value == FORMULA
    assert rows["D3"].quotePrefix
    assert rows["D4"].value == MARKUP
    assert rows["D6"].value.startswith("xxx")
    assert rows["D6"].value.endswith("[coupé\u00a0: une cellule ne contient pas plus de 32 767 caractères]")
    assert len(rows["D6"].value) == 32_767
    assert "\\u202e" in rows["D5"].comment.text
    assert "\u202e" not in feedback.letter_text
    assert len(rows["D6"].comment.text) < 700


def test_the_letter_prints_markup_as_it_was_written(store, tmp_path):
    feedback = _feedback(store, _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD, HOSTILE[1]])))
    assert MARKUP in " ".join(feedback.letter_text.split())
    assert feedback.letter_pdf.startswith(b"%PDF")


def test_formulas_of_a_workbook_stay_as_they_are_and_are_not_calculated(store, tmp_path):
    lines = [HEADER, GOOD, ["B2", "02/03/2021", "Carnot", FORMULA, "=1+1", "Kossi"]]
    feedback = _feedback(store, _take_in(store, _workbook(tmp_path / "retour.xlsx", lines)))
    assert feedback.is_original
    sheet = openpyxl.load_workbook(io.BytesIO(feedback.workbook))["Bordereaux d'achat"]
    assert (sheet["D3"].value, sheet["E3"].value) == (FORMULA, "=1+1")
    assert sheet["D3"].comment is not None
    assert sheet["E3"].comment is not None
    listed = openpyxl.load_workbook(io.BytesIO(feedback.workbook)).worksheets[0]
    assert [c.value for row in listed.iter_rows() for c in row if c.data_type == "f"] == []


def test_a_sheet_and_columns_that_nobody_understands_are_told_once_with_their_rows(store, tmp_path):
    lines = [[*HEADER, "Remarques <script>"], [*GOOD, "ok"]]
    other = [["bla", "blu"], *[[f"x{i}", f"y{i}"] for i in range(300)]]
    feedback = _feedback(store, _take_in(store, _workbook(tmp_path / "retour.xlsx", lines, Divers=other)))
    told = {(c.sheet, c.row, c.column, c.found, c.rows) for c in feedback.corrections}
    assert told == {
        ("Bordereaux d'achat", 1, 7, "Remarques <script>", 1),
        ("Divers", None, None, "Divers", 301),
    }
    assert "301 lignes" in feedback.letter_text


def test_many_rows_with_one_fault_share_a_line_of_the_letter_and_all_stand_in_the_list(store, tmp_path):
    bad = [[f"B{i}", "31/02/2021", "Carnot", "1,20", "60000", "Kossi"] for i in range(2, 502)]
    feedback = _feedback(store, _take_in(store, _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD, *bad])))
    assert len(feedback.corrections) == 500
    assert "Lignes 3, 4, 5, 6, 7, 8 et 494 autres" in feedback.letter_text
    listed = openpyxl.load_workbook(io.BytesIO(feedback.workbook)).worksheets[0]
    assert sum(1 for row in listed.iter_rows() for cell in row if cell.hyperlink) == 500


def test_a_key_without_a_column_is_a_fault_of_the_sheet(store, tmp_path):
    lines = [["N° bordereau", "Poids (ct)"], ["B1", "1,20"], ["B2", "2,20"]]
    path = _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD], **{sheet_name("purchase_source", "fr"): lines})
    feedback = _feedback(store, _take_in(store, path))
    (told,) = feedback.corrections
    assert (told.nature, told.row, told.column, told.rows) == ("sheet", 1, None, 2)
    assert told.heading in told.expected


def test_marks_of_an_earlier_feedback_are_taken_off_and_the_senders_comments_stay(store, tmp_path):
    path = _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD, HOSTILE[1], HOSTILE[2]])
    book = openpyxl.load_workbook(path)
    book["Bordereaux d'achat"]["D3"].comment = Comment("vu avec Paul", "Awa")
    book.save(path)
    first = _feedback(store, _take_in(store, path))
    back = openpyxl.load_workbook(io.BytesIO(first.workbook))
    assert back["Bordereaux d'achat"]["D3"].comment.text.startswith("vu avec Paul\n\n— carmonitor —")
    back["Bordereaux d'achat"]["D3"] = "1,20"
    again = tmp_path / "retour_corrigé.xlsx"
    back.save(again)
    second = _feedback(store, _take_in(store, again))
    assert [(c.row, c.column) for c in second.corrections] == [(4, 4)]
    book = openpyxl.load_workbook(io.BytesIO(second.workbook))
    assert book.sheetnames == ["À corriger", "Bordereaux d'achat"]
    corrected = book["Bordereaux d'achat"]["D3"]
    assert (corrected.comment.text, corrected.comment.author) == ("vu avec Paul", "Awa")
    assert corrected.fill.fill_type is None
    assert book["Bordereaux d'achat"]["D4"].comment.text.count("— carmonitor —") == 1


def test_before_any_run_the_letter_says_that_only_the_reading_was_checked(store, tmp_path):
    path = _csv(tmp_path / "purchase.csv", [HEADER, [*GOOD[:2], "Nullepart", *GOOD[3:]]])
    submission_id = _take_in(store, path)
    before = _feedback(store, submission_id)
    assert before.corrections == ()
    assert "les règles n'ont pas encore été appliquées" in " ".join(before.letter_text.split())
    for claim in ("rien à corriger", "erreur de forme", "erreurs de forme"):
        assert claim not in " ".join(before.letter_text.split())
    pipeline.monitor(store, Settings(), as_of=date(2099, 1, 1))
    told = {c.rule_id for c in _feedback(store, submission_id).corrections if c.nature == "entry"}
    assert {"Z-07", "D-04"} & told == {"Z-07"}


def test_a_column_that_was_not_sent_and_an_entry_left_blank_are_asked_for_in_words_of_the_form(store, tmp_path):
    heads = ["N° certificat", "Date de délivrance", "Date d'expiration", "Statut"]
    rows = [["CF1", "01/03/2021", "01/04/2021", "délivré"], ["CF2", "02/03/2021", "", "délivré"]]
    path = _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD], Expéditions=[heads, *rows])
    submission_id = _take_in(store, path)
    pipeline.monitor(store, Settings(), as_of=date(2099, 1, 1))
    found = _feedback(store, submission_id).corrections
    assert {(c.sheet, c.row, c.column) for c in found if c.rule_id == "C-01"} == {("Expéditions", 3, 3)}
    columns = {c.heading for c in found if c.nature == "missing" and c.column is None and c.sheet == "Expéditions"}
    assert column_label("shipment", "seal_number", "fr") in columns
    sheets = {c.sheet for c in found if c.nature == "missing" and c.row is None}
    assert "Lots" in sheets


def test_names_of_senders_make_harmless_file_names(store, tmp_path):
    submission_id = _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD]), sender="../<b>é\u202e")
    assert _feedback(store, submission_id).stem == f"feedback_____b____2021-03_{submission_id[:9]}"


def test_a_return_is_named_by_sender_and_period_or_the_first_characters_of_its_id(store, tmp_path):
    first = _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD]))
    later = _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD, HOSTILE[0]]))
    with store.read() as connection:
        assert find_return(connection, "SPPK@2021-03") == later
        assert find_return(connection, first[:9]) == first
        assert returns_of(connection, "2021-03") == [later]
        for wrong in ("SPPK@2020-01", "S", "%", first[:1]):
            with pytest.raises(FeedbackError, match="SPPK@2021-03"):
                find_return(connection, wrong)
        with pytest.raises(FeedbackError, match="2020-01"):
            returns_of(connection, "2020-01")


def test_a_workbook_that_cannot_be_marked_is_made_from_its_rows(store, tmp_path, monkeypatch):
    submission_id = _take_in(store, _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD, HOSTILE[1]]))

    def broken(*_args, **_options):
        raise TypeError("expected <class 'float'>")

    monkeypatch.setattr(copying.openpyxl, "load_workbook", broken)
    feedback = _feedback(store, submission_id)
    monkeypatch.undo()
    assert not feedback.is_original
    book = openpyxl.load_workbook(io.BytesIO(feedback.workbook))
    assert book["Bordereaux d'achat"]["D3"].comment is not None
    assert "retour.xlsx" in str(book.worksheets[0]["A6"].value)


def test_a_merged_cell_is_marked_at_its_first_cell(store, tmp_path):
    path = _workbook(tmp_path / "retour.xlsx", [HEADER, GOOD, HOSTILE[1], ["B8", "02/03/2021", "Carnot", None, "1"]])
    book = openpyxl.load_workbook(path)
    sheet = book["Bordereaux d'achat"]
    sheet.merge_cells("A4:A5")
    sheet["B5"] = "03/03/2021"
    book.save(path)
    feedback = _feedback(store, _take_in(store, path))
    assert any(c.row == 5 and c.column == 1 for c in feedback.corrections)
    marked = openpyxl.load_workbook(io.BytesIO(feedback.workbook))["Bordereaux d'achat"]
    assert marked[f"{get_column_letter(1)}4"].comment is not None


def test_a_return_too_large_to_mark_is_refused_with_both_figures(store, tmp_path, monkeypatch):
    submission_id = _take_in(store, _csv(tmp_path / "purchase.csv", [HEADER, GOOD]))
    monkeypatch.setattr(copying, "MAX_CELLS", 11)
    with pytest.raises(FeedbackError, match=r"12 cells.*11"):
        _feedback(store, submission_id)


def test_files_and_sheets_that_could_not_be_used_are_told(store, tmp_path):
    folder = tmp_path / "retour"
    folder.mkdir()
    lines = [[*HEADER, None], [*GOOD, "note"]]
    path = _workbook(folder / "retour.xlsx", lines, Brouillon=[HEADER, GOOD])
    book = openpyxl.load_workbook(path)
    book["Brouillon"].sheet_state = "hidden"
    book.save(path)
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (folder / "submission.yaml").write_text("sender: SPPK\n", encoding="utf-8")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    feedback = _feedback(store, _take_in(store, folder), "en")
    assert {(c.file, c.sheet, c.row, c.column, c.heading) for c in feedback.corrections} == {
        ("broken.xlsx", "", None, None, ""),
        ("photo.jpg", "", None, None, ""),
        ("retour.xlsx", "Bordereaux d'achat", 1, 7, "G"),
        ("retour.xlsx", "Brouillon", None, None, ""),
    }
    assert {c.nature for c in feedback.corrections} == {"sheet"}
    assert not feedback.is_original


def test_rows_of_json_stand_one_lower_than_intake_counts_because_the_names_stand_above(store, tmp_path):
    path = tmp_path / "purchase.json"
    path.write_text('[{"slip_number": "B1", "carats": "x"}, {"slip_number": "=B2", "carats": 2}]', encoding="utf-8")
    feedback = _feedback(store, _take_in(store, path), "en")
    assert [(c.row, c.heading) for c in feedback.corrections] == [(1, "carats")]
    sheet = openpyxl.load_workbook(io.BytesIO(feedback.workbook))["purchase"]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [["slip_number", "carats"], ["B1", "x"], ["=B2", 2]]
    assert sheet["B2"].comment is not None
    assert sheet["A3"].data_type == "s"
