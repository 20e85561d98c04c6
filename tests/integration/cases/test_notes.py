"""Notes of a mission come back once, as comments; what cannot be understood is refused with its cell."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest

from carmonitor.cases import listing
from carmonitor.cases.listing import CaseError
from carmonitor.cases.notes import Line, NotesError, import_notes
from carmonitor.dossier.reconciliation import overdue, reconciliation, subtotals
from carmonitor.dossier.tables import ExportView, texts, word
from carmonitor.dossier.workbook import as_workbook
from carmonitor.intake.batch import IntakeError
from carmonitor.store import journal
from carmonitor.store.findings import latest_run
from tests.evidence_builder import evidence

from .stories import Office, breach

AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


def workbook(office: Office, lang: str = "en", **run: Any) -> bytes:
    """cases.xlsx of the latest run."""
    with office.read() as connection:
        cases = listing.list_cases(connection)
        last = latest_run(connection)
    assert last is not None
    page = reconciliation(evidence())
    told = {"run_id": last.run_id, "as_of": "2021-07-31", "rulebook_hash": "rules-1", **run}
    view = ExportView(
        run=told, cases=cases, findings=[], evidence_rows=[], coverage=[], reconciliation=page,
        subtotals=subtotals(page), overdue=overdue(page, warning_after_days=60, error_after_days=90),
    )  # fmt: skip
    return as_workbook(view, lang)


def written(content: bytes, notes: dict[int, dict[str, Any]], lang: str = "en") -> bytes:
    """The same workbook after somebody wrote in it: row of the table (from 0) → field → value."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[texts()["sheets"]["cases"][lang]]
    heads = [cell.value for cell in sheet[5]]
    for row, cells in notes.items():
        for name, value in cells.items():
            sheet.cell(6 + row, heads.index(texts()["headings"][name][lang]) + 1).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken_in(office: Office, content: bytes, **options: Any) -> list[Line]:
    with office.write() as connection:
        return import_notes(connection, "cases.xlsx", content, actor="awa", at=AT, **options)


def comments(office: Office) -> list[journal.Entry]:
    with office.read() as connection:
        return [entry for entry in journal.entries(connection) if entry.action == "comment"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_note_becomes_a_comment_of_its_case_with_who_saw_it_and_when(office: Office, lang: str) -> None:
    office.run(breach("CF101"))
    note = {
        "mission_observation": "Carnet vu\nà Berbérati",
        "mission_proposal": word("case_outcome", "confirmed", lang),
        "mission_seen_on": date(2021, 8, 12),
        "mission_seen_by": "P. Ngbongo",
    }
    content = written(workbook(office, lang), {0: note}, lang)
    (line,) = taken_in(office, content)
    assert (line.result, line.row, line.sheet) == ("added", 6, texts()["sheets"]["cases"][lang])
    (entry,) = comments(office)
    assert (entry.actor, entry.subject, entry.at[:10]) == ("awa", line.case_id, "2021-09-01")
    said = {name: entry.payload[name] for name in ("text", "proposal", "seen_on", "seen_by")}
    assert said == {"text": "Carnet vu\nà Berbérati", "proposal": "confirmed", "seen_on": "2021-08-12",
                    "seen_by": "P. Ngbongo"}  # fmt: skip


def test_a_proposal_decides_nothing(office: Office) -> None:
    office.run(breach("CF101"))
    taken_in(office, written(workbook(office), {0: {"mission_proposal": "explained"}}))
    with office.read() as connection:
        (case,) = listing.list_cases(connection)
    assert (case["status"], case["outcome"]) == ("open", None)
    assert comments(office)[0].payload["proposal"] == "explained"


def test_the_same_note_twice_is_one_whichever_workbook_it_comes_in(office: Office) -> None:
    office.run(breach("CF101"))
    note = {"mission_observation": "seen", "mission_seen_on": date(2021, 8, 12), "mission_seen_by": "A"}
    content = written(workbook(office), {0: note})
    assert [line.result for line in taken_in(office, content)] == ["added"]
    assert [line.result for line in taken_in(office, content)] == ["known"]
    office.run(breach("CF101"), as_of=date(2021, 8, 31))
    french = written(workbook(office, "fr"), {0: note}, "fr")
    assert [line.result for line in taken_in(office, french)] == ["known"]
    more = written(workbook(office), {0: {**note, "mission_observation": "seen again"}})
    assert [line.result for line in taken_in(office, more)] == ["added"]
    assert len(comments(office)) == 2


def test_a_dry_run_writes_nothing(office: Office) -> None:
    office.run(breach("CF101"))
    content = written(workbook(office), {0: {"mission_observation": "seen"}})
    assert [line.result for line in taken_in(office, content, dry_run=True)] == ["would_add"]
    assert comments(office) == []


def test_rows_without_notes_are_no_notes(office: Office) -> None:
    office.run(breach("CF101"), breach("CF102"))
    assert taken_in(office, workbook(office)) == []
    assert taken_in(office, written(workbook(office), {1: {"mission_seen_by": "  "}})) == []


REFUSED = {
    "a proposal that is none": ({"mission_proposal": "guilty"}, "mission_proposal", "guilty"),
    "a day that is none": ({"mission_observation": "x", "mission_seen_on": "soon"}, "mission_seen_on", "soon"),
    "a day that reads two ways": (
        {"mission_observation": "x", "mission_seen_on": "04/05/2021"}, "mission_seen_on", "04/05/2021"),
    "a day to come": (
        {"mission_observation": "x", "mission_seen_on": date(2021, 9, 2)}, "mission_seen_on", "2021-09-02"),
    "a text turned round": ({"mission_observation": "seen \u202egnp.exe"}, "mission_observation", "seen \u202egnp.exe"),
    "a formula": ({"mission_observation": "=1+1"}, "mission_observation", "formula without a value"),
    "a name that is too long": ({"mission_observation": "x", "mission_seen_by": "n" * 81}, "mission_seen_by", "n" * 81),
    "a day without a note": ({"mission_seen_on": date(2021, 8, 1)}, "mission_observation", ""),
    "a case nobody knows": ({"case_id": "K-nobody", "mission_observation": "x"}, "case_id", "K-nobody"),
    "a note beside no case": ({"case_id": None, "mission_observation": "x"}, "case_id", ""),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_understood_is_refused_with_its_cell_and_the_rest_is_taken_in(office: Office, why: str) -> None:
    cells, field, found = REFUSED[why]
    office.run(breach("CF101"), breach("CF102"))
    content = written(workbook(office), {0: cells, 1: {"mission_observation": "fine"}})
    bad, good = taken_in(office, content)
    assert (bad.result, bad.row, bad.column, bad.found) == ("refused", 6, texts()["headings"][field]["en"], found)
    assert bad.expected
    assert (good.result, good.row) == ("added", 7)
    assert [entry.payload["text"] for entry in comments(office)] == ["fine"]


def test_hostile_text_is_kept_as_text(office: Office) -> None:
    office.run(breach("CF101"))
    said = "<script>alert(1)</script> \u200b=cmd|'/C calc'!A0 ../../etc"
    taken_in(office, written(workbook(office), {0: {"mission_observation": said, "mission_seen_by": "<b>x</b>"}}))
    (entry,) = comments(office)
    assert entry.payload["text"] == said.replace("\u200b", "")
    with office.read() as connection:
        assert journal.verify(connection) is None


def test_a_workbook_of_another_database_is_refused_whole(office: Office) -> None:
    office.run(breach("CF101"))
    content = written(workbook(office, run_id="R00000000000000aa"), {0: {"mission_observation": "x"}})
    with pytest.raises(NotesError, match="R00000000000000aa, which is not in this database"):
        taken_in(office, content)
    assert comments(office) == []


@pytest.mark.parametrize("content", [b"", b"case;note\nK-1;x\n", b"PK\x03\x04" + b"\0" * 99])
def test_what_is_no_workbook_is_refused(office: Office, content: bytes) -> None:
    with pytest.raises(IntakeError):
        taken_in(office, content)


def test_a_workbook_without_the_cases_of_a_dossier_is_refused(office: Office) -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with pytest.raises(NotesError, match=r"cases\.xlsx of a dossier"):
        taken_in(office, out.getvalue())


@pytest.mark.parametrize("actor", ["", " ", "system"])
def test_nobody_takes_in_notes_unnamed(office: Office, actor: str) -> None:
    office.run(breach("CF101"))
    content = written(workbook(office), {0: {"mission_observation": "x"}})
    with pytest.raises(CaseError), office.write() as connection:
        import_notes(connection, "cases.xlsx", content, actor=actor, at=AT)
