"""What is wrapped up: papers under names that every system takes, and a README that says what is there."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from carmonitor.dossier.bundle.archive import same_file, unsafe
from carmonitor.dossier.bundle.content import Contents, readme, selected, texts, with_paths
from carmonitor.dossier.tables import ExportView
from tests.unit.dossier.bundle.conftest import FILES

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "C:\\windows\\x.csv", "..\\x.csv", "con.csv", "a\x00b.csv", "x\u202efdp.exe",
    "<script>.csv", "=cmd.csv", "Retour.csv", "retour.csv", "RETOUR.CSV", "x" * 400 + ".xlsx", ".", "..", " a .",
    "é.csv", "e\u0301.csv", "docs/a.pdf", "docs2/a.pdf", "\ud800.csv",
]  # fmt: skip


def paper(name: str) -> dict[str, object]:
    return {"submission_id": "S1", "name": "mars", "path": name, "role": "data", "sha256": "0" * 64, "size": 1}


def test_papers_of_any_name_lie_in_places_of_their_own_that_can_be_unpacked():
    placed = [str(one["file"]) for one in with_paths([paper(name) for name in HOSTILE])]
    assert [unsafe(path) for path in placed] == [None] * len(HOSTILE)
    assert len({same_file(path) for path in placed}) == len(HOSTILE)
    assert all(path.startswith("papers/S1/") for path in placed)


def contents(view: ExportView, **changed: object) -> Contents:
    made = Contents(
        view=view, lang="en", selection={}, redacted=False, journal_head=None, made_at=datetime(2021, 8, 1, tzinfo=UTC)
    )
    return dataclasses.replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_readme_names_what_is_there_and_nothing_else(view, lang):
    text = readme(contents(view, lang=lang), None)
    assert "dossier.pdf" not in text
    assert "papers/" not in text.split(texts()["parts"]["map.geojson"][lang])[0]
    with_pdf = readme(contents(view, lang=lang, extra={"dossier.pdf": lambda: b"%PDF"}), None)
    assert with_pdf.count("dossier.pdf") == 2  # once in each language


def test_readme_of_a_signed_dossier_gives_the_fingerprint_and_of_an_unsigned_one_a_warning(view, signer):
    assert readme(contents(view), signer).count(signer.public.fingerprint) == 2
    unsigned = readme(contents(view), None)
    assert "NOT SIGNED" in unsigned
    assert "PAS SIGNÉ" in unsigned


def test_a_selection_is_told_in_words():
    asked = {"case_ids": ["K-1", "K-2"], "zone": "Carnot"}
    assert selected(asked, "en") == "case: K-1, K-2; zone: Carnot"
    assert selected(asked, "fr") == "dossier : K-1, K-2 ; zone : Carnot"
    assert selected({}, "en") == "every flagged case"


def test_every_text_of_the_wrapping_is_in_both_languages():
    def leaves(value):
        if isinstance(value, dict) and set(value) == {"en", "fr"}:
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from leaves(inner)
        else:
            pytest.fail(f"found {value!r} outside a language")

    assert all(text["en"] and text["fr"] for text in leaves(texts()))


def test_the_files_of_the_tests_are_those_a_dossier_may_hold():
    assert all(unsafe(name) is None for name in FILES)
