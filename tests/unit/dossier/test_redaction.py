"""Redaction: personal texts go wherever they stand, everything else stays as it is."""

from __future__ import annotations

import dataclasses

import pytest

from carmonitor.dossier.redaction import Redaction, is_personal, rules
from carmonitor.dossier.tables import ExportView
from carmonitor.records import KINDS
from carmonitor.records.places import Gazetteer
from carmonitor.store.personal import Stated

MINER = Stated("purchase", "seller_name", "Éloi N'Gaba (synthétique)")
OTHER = Stated("actor", "name", "Jean Éloi")
PHONE = Stated("actor", "phone", "+236 70 00 00 01")
HOME = Stated("actor", "address", "Quartier 3, Berbérati")
HOUSE = Stated("actor", "name", "Maison Exemple", trader=True)
CARRIER = Stated("transfer", "carrier", "Paul Koyt")


def redaction(*texts: Stated, lang: str = "en") -> Redaction:
    return Redaction(texts or (MINER, OTHER, PHONE, HOME, HOUSE, CARRIER), lang, seed="e1")


def test_every_field_of_the_list_is_one_of_the_data_dictionary_with_its_reason():
    for name, rule in rules()["fields"].items():
        kind, _, field = name.partition(".")
        assert field in KINDS[kind].model_fields
        assert rule["whose"] in ("all", "private")
        assert rule["how"] in rules()["pseudonyms"]
        assert len(rule["why"]) > 5


def test_a_licensed_trader_stays_named_and_his_telephone_does_not():
    assert not is_personal(HOUSE)
    assert is_personal(dataclasses.replace(HOUSE, trader=False))
    assert is_personal(dataclasses.replace(PHONE, trader=True))
    assert redaction().text("Maison Exemple, +236 70 00 00 01") == "Maison Exemple, [withheld]"


@pytest.mark.parametrize(
    "text",
    [
        "Éloi N'Gaba (synthétique)", "éloi n'gaba (synthétique)", "ELOI N'GABA (SYNTHETIQUE)",
        "Eloi  N’Gaba, synthétique", "sold by Éloi N'Gaba (synthétique) on 2 March", "E\u0301loi N'Gaba (synthétique)",
        "<script>Éloi N'Gaba (synthétique)</script>", "=Éloi_N'Gaba (synthétique)".replace("_", " "),
    ],
)  # fmt: skip
def test_a_name_goes_whatever_its_case_accents_and_punctuation(text):
    told = redaction(MINER).text(text)
    assert "gaba" not in told.casefold()
    assert "miner 1" in told


def test_the_rest_of_a_text_stays_to_the_letter():
    told = redaction(MINER).text("Slip B-1 (“Éloi N'Gaba (synthétique)”), 1,120.50 ct; été")
    assert told == "Slip B-1 (“miner 1”), 1,120.50 ct; été"


@pytest.mark.parametrize("text", ["+236 70 00 00 01", "23670000001", "tel. +236-70-00-00-01", "(236) 70.00.00.01"])
def test_a_telephone_goes_however_it_is_spaced(text):
    told = redaction().text(text)
    assert "[withheld]" in told
    assert "70" not in told


def test_a_longer_name_goes_before_a_shorter_one_within_it():
    long = Stated("purchase", "seller_name", "Jean Éloi Mbata")
    told = redaction(OTHER, long).text("Jean Éloi Mbata and Jean Éloi")
    assert "Mbata" not in told
    first, second = told.split(" and ")
    assert first != second


def test_one_name_is_one_pseudonym_in_every_field_and_form():
    same = Stated("actor", "name", "ELOI N'GABA (synthetique)")
    r = redaction(MINER, same, OTHER)
    assert r.text(MINER.text) == r.text(same.text) != r.text(OTHER.text)


def test_the_same_texts_give_the_same_pseudonyms_in_whatever_order():
    names = [Stated("actor", "name", f"Person Number{n}") for n in range(20)]
    forth, back = Redaction(names, "en", seed="e1"), Redaction(reversed(names), "en", seed="e1")
    told = [forth.text(name.text) for name in names]
    assert told == [back.text(name.text) for name in names]
    assert told != [f"miner {n}" for n in range(1, 21)]  # not in the order of the alphabet


def test_pseudonyms_are_in_the_readers_language():
    assert redaction(MINER, lang="fr").text(MINER.text) == "artisan 1"
    assert redaction(CARRIER, lang="fr").text("par Paul Koyt") == "par transporteur 1"
    assert redaction(PHONE, lang="fr").text(PHONE.text) == "[non communiqué]"


def test_a_name_that_is_a_place_goes_only_where_it_is_the_whole_value():
    gazetteer = Gazetteer({"carnot": frozenset({"Carnot"})})
    r = Redaction([Stated("actor", "name", "Carnot")], "en", seed="e1", gazetteer=gazetteer)
    assert r.text("dug in Carnot") == "dug in Carnot"
    assert r.text("CARNOT") == "miner 1"


def test_what_names_things_is_never_touched():
    told = redaction(Stated("actor", "name", "K-1234")).value(
        {"case_id": "K-1234", "note": "K-1234", "n": 3, "no": None}
    )
    assert told == {"case_id": "K-1234", "note": "miner 1", "n": 3, "no": None}


def test_dropped_fields_of_a_row_are_gone_and_the_others_are_redacted():
    row = {"actor_id": "A-1", "name": "Jean Éloi", "phone": "+236 70 00 00 01", "address": "Quartier 3, Berbérati"}
    told = redaction().row("actor", row)
    assert set(told) == {"actor_id", "name"}
    assert told["name"].startswith("miner ")


def test_nested_values_and_dataclasses_are_redacted_however_deep():
    @dataclasses.dataclass(frozen=True)
    class Sheet:
        case_id: str
        title: str
        rows: tuple[tuple[str, ...], ...]

    told = redaction(MINER).value([Sheet("K-1", MINER.text, ((MINER.text, "1.00"),))])
    assert told == [Sheet("K-1", "miner 1", (("miner 1", "1.00"),))]


def test_a_view_loses_its_papers_and_the_text_of_rows_nobody_could_read(view: ExportView):
    problem = {"column": "Téléphone", "found": "Éloi", "expected": "a text", "code": "x"}
    row = {
        "file": "a.csv",
        "sheet": "",
        "row": 3,
        "kind": "purchase",
        "problems": [problem],
        "raw": {"Nom": "Zoé Inconnue"},
    }
    more = dataclasses.replace(view, quarantine=[row], papers=[{"path": "carte_Zoé.pdf"}])
    told = redaction().view(more)
    assert list(told.papers) == []
    assert told.quarantine == [row | {"problems": [problem | {"found": "[withheld]"}], "raw": {}}]
    assert told.findings == view.findings
    assert told.reconciliation.equals(view.reconciliation)
