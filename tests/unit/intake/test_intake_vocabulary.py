"""Every field of every kind has English and French headers, and both are understood."""

from __future__ import annotations

import pytest
import yaml

from carmonitor.intake.headers import find_header
from carmonitor.intake.vocabulary import load
from carmonitor.records import KINDS
from carmonitor.settings import schemas_dir

RAW = yaml.safe_load((schemas_dir() / "headers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_field_has_a_label_that_is_understood(kind: str, language: str) -> None:
    columns = RAW["kinds"][kind]["columns"]
    assert list(columns) == list(KINDS[kind].model_fields)
    for field, names in columns.items():
        for text in names[language]:
            match = load().match_header(kind, text)
            assert match is not None, f"{kind}.{field}: {text!r} is not understood"
            assert match.field == field, f"{kind}.{field}: {text!r} is read as {match.field}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fr", "field names"])
def test_the_labels_of_a_kind_tell_the_kind(kind: str, language: str) -> None:
    columns = RAW["kinds"][kind]["columns"]
    row = list(columns) if language == "field names" else [names[language][0] for names in columns.values()]
    header = find_header([row], tuple(KINDS), load())
    assert header is not None
    assert header.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_titles_and_sheet_names_tell_the_kind(kind: str) -> None:
    model = KINDS[kind]
    for name in (kind, model.TITLE_EN, model.TITLE_FR, f"2021-03 {model.TITLE_FR.upper()}", f"{kind}_2021-03"):
        assert load().kind_of_name(name) == kind


def test_first_sheet_names_are_the_titles() -> None:
    for kind, model in KINDS.items():
        assert RAW["kinds"][kind]["sheets"]["en"][0] == model.TITLE_EN
        assert RAW["kinds"][kind]["sheets"]["fr"][0] == model.TITLE_FR


@pytest.mark.parametrize(
    "text",
    [
        "N° du\ncertificat",
        "n° CERTIFICAT",
        "Numero de certificat",
        "Certificate No.",
        "certificate_number",
        "N°certificat",
    ],
)
def test_headers_match_without_accents_case_or_line_breaks(text: str) -> None:
    match = load().match_header("shipment", text)
    assert match is not None
    assert match.field == "certificate_number"


def test_a_unit_in_brackets_must_be_the_right_one() -> None:
    match = load().match_header("shipment", "Poids (ct)")
    assert match is not None
    assert match.field == "carats"
    assert load().match_header("shipment", "Poids (g)") is None
    assert load().match_header("shipment", "Valeur (EUR)") is None


def test_ignored_sheets_are_no_kind() -> None:
    assert load().is_ignored("AIDE – help")
    assert not load().is_ignored("Expéditions")
