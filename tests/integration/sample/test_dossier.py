"""The dossier of the sample: the stored result told as it was judged, one figure in every form, redaction."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq
import pytest

from carmonitor.dossier.bundle.signing import make_keys, read_signer
from carmonitor.dossier.bundle.verify import verify
from carmonitor.dossier.export import as_json
from carmonitor.dossier.judgement import anew, judgement
from carmonitor.dossier.mission import chosen_cases, export_for, view_of
from carmonitor.dossier.redaction import is_personal
from carmonitor.dossier.selection import Selection
from carmonitor.dossier.tables import heading, plain_tables, texts
from carmonitor.settings import Settings
from carmonitor.store.evidence import lineage
from carmonitor.store.personal import stated
from tests.integration.sample.conftest import AS_OF, BEFORE_THE_CORRECTION

pytestmark = pytest.mark.xdist_group("sample")

MADE_AT = datetime(2021, 8, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "signing.pem"
    make_keys(path, "KPMT")
    return read_signer(path)


@pytest.fixture(scope="session", params=["en", "fr"])
def lang(request):
    return request.param


@pytest.fixture(scope="session")
def dossier(installation, signer, lang, tmp_path_factory):
    out = tmp_path_factory.mktemp(f"dossier-{lang}")
    (path,) = export_for(installation.store, installation.settings, out, lang=lang, signer=signer, made_at=MADE_AT)
    return path


@pytest.fixture(scope="session")
def redacted(installation, signer, lang, tmp_path_factory):
    out = tmp_path_factory.mktemp(f"redacted-{lang}")
    (path,) = export_for(
        installation.store, installation.settings, out, lang=lang, signer=signer, redact=True, made_at=MADE_AT
    )
    return path


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def csv_rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_stored_result_is_told_as_it_is_judged(installation, language):
    with installation.store.read() as connection:
        stored = judgement(connection, installation.settings, None)
        judged = anew(connection, installation.settings, AS_OF)
        assert (stored.stored, judged.stored) == (True, False)
        told = [
            as_json(view_of(connection, one, chosen_cases(connection, one, Selection()), language))
            for one in (stored, judged)
        ]
    assert told[0].splitlines() == told[1].splitlines()


def test_the_stored_result_is_told_with_the_settings_of_its_run(installation):
    with installation.store.read() as connection:
        today = judgement(connection, Settings(expected_senders=("Nobody",)), AS_OF)
    assert today.run["run_id"] == installation.job.run_id
    assert today.evidence.digest == installation.job.judged.evidence.digest


def test_another_day_is_judged_anew(installation):
    with installation.store.read() as connection:
        before = judgement(connection, installation.settings, BEFORE_THE_CORRECTION)
    assert not before.stored
    assert before.run["run_id"] != installation.job.run_id


def test_the_dossier_is_named_after_its_day_and_run_and_is_valid(installation, dossier, redacted, signer):
    assert dossier.name == f"carmonitor_2021-07-31_{installation.job.run_id}.zip"
    assert redacted.name == f"carmonitor_2021-07-31_{installation.job.run_id}_redacted.zip"
    for path in (dossier, redacted):
        verdict = verify(path, [signer.public])
        assert (verdict.status, verdict.signer) == ("valid", "KPMT")


def test_the_manifest_says_where_the_dossier_comes_from(installation, dossier, lang):
    told = json.loads(contents(dossier)["manifest.json"])
    job = installation.job
    assert told["run"]["run_id"] == job.run_id
    assert told["run"]["rulebook_hash"] == job.catalogue.rulebook.hash
    assert told["run"]["catalogue_hash"] == job.catalogue.hash
    assert told["run"]["result_digest"] == job.judged.digest
    assert (told["lang"], told["redacted"], told["made_at"]) == (lang, False, "2021-08-01T06:00:00+00:00")
    assert len(told["journal_head"]["hash"]) == 64


def test_the_same_dossier_made_twice_has_the_same_bytes(installation, dossier, signer, lang, tmp_path):
    (again,) = export_for(
        installation.store, installation.settings, tmp_path, lang=lang, signer=signer, made_at=MADE_AT
    )
    assert again.read_bytes() == dossier.read_bytes()


def test_readme_is_in_both_languages_the_readers_first(dossier, lang):
    text = contents(dossier)["README.txt"].decode("utf-8-sig")
    first, second = (
        ("MISSION DOSSIER", "DOSSIER DE MISSION") if lang == "en" else ("DOSSIER DE MISSION", "MISSION DOSSIER")
    )
    assert text.startswith(first)
    assert second in text
    assert "carmonitor export verify" in text


def test_original_papers_are_those_that_came_byte_for_byte(installation, dossier):
    held = contents(dossier)
    papers = json.loads(held["cases.json"])["papers"]
    inside = {name for name in held if name.startswith("papers/")}
    assert {paper["file"] for paper in papers} == inside
    assert inside
    from tests.integration.sample.conftest import SAMPLE

    originals = {path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    assert all(held[name] in originals for name in inside)


def test_only_submissions_that_findings_of_the_cases_stand_on_come_along(installation, tmp_path):
    selection = Selection(case_ids=(_a_case_about(installation, "B012811"),))
    (path,) = export_for(installation.store, installation.settings, tmp_path, selection=selection, made_at=MADE_AT)
    told = json.loads(contents(path)["cases.json"])
    stand_on = {place["submission_id"] for f in told["cases"][0]["findings"] for place in f["lineage"]}
    assert {paper["submission_id"] for paper in told["papers"]} == stand_on


def _a_case_about(installation, subject):
    from carmonitor.cases.listing import list_cases

    with installation.store.read() as connection:
        return list_cases(connection, subject=subject)[0]["case_id"]


def test_every_figure_is_the_same_in_csv_json_parquet_and_in_the_evidence(installation, dossier, lang):
    held = contents(dossier)
    with installation.store.read() as connection:
        stored = judgement(connection, installation.settings, None)
        view = view_of(connection, stored, chosen_cases(connection, stored, Selection()), lang)
        tables = plain_tables(view)
        shipments = stored.evidence["shipment"]
        where = lineage(connection, stored.evidence, shipments["ref"].to_list())
    assert len(tables) > 12
    for name, table in tables.items():
        frame = pq.read_table(io.BytesIO(held[f"parquet/{name}.parquet"]))
        typed = frame.to_pylist()
        plain = csv_rows(held[f"csv/{name}.csv"])
        assert len(table.rows) == len(typed) == len(plain), name
        for row, parquet_row, csv_row in zip(table.rows, typed, plain, strict=True):
            for column, value in zip(table.columns, row, strict=True):
                assert same(value, parquet_row[column.name], column.kind), (name, column, value)
                assert same(value, csv_row[column.name] or None, column.kind), (name, column, value)
    rows = json.loads(held["cases.json"])["evidence_rows"]
    carats = {(r["submission_id"], r["row"]): r["values"].get("carats") for r in rows if r["kind"] == "shipment"}
    exact = {
        (place["submission_id"], place["row"]): units
        for place, units in zip(where, shipments["carats"], strict=True)
    }  # fmt: skip
    assert carats
    assert all(int(Decimal(said).scaleb(2)) == int(exact[place]) for place, said in carats.items() if said)


def same(value, other, kind):
    """Whether two forms of a value are one: exact decimals, days, flags; text to the letter (a guard taken off)."""
    if value is None or other is None:
        return (value in (None, "")) and (other in (None, ""))
    if kind in ("carats", "money", "percent", "rate", "integer"):
        return Decimal(str(value)) == Decimal(str(other))
    if kind in ("score", "degrees"):
        return float(value) == float(other)
    if kind == "yes_no":
        return str(bool(value)).lower() == str(other).lower()
    return str(other) in (str(value), f"'{value}")


def test_weights_and_money_are_exact_decimals_in_parquet(dossier):
    schema = pq.read_schema(io.BytesIO(contents(dossier)["parquet/evidence_purchase.parquet"]))
    assert str(schema.field("carats").type) == "decimal128(18, 2)"
    assert str(schema.field("price_xaf").type) == "int64"
    assert str(schema.field("purchase_date").type) == "date32[day]"
    assert schema.metadata[b"as_of"] == b"2021-07-31"


def test_the_workbook_says_what_the_csv_says(dossier, lang):
    held = contents(dossier)
    book = openpyxl.load_workbook(io.BytesIO(held["cases.xlsx"]))
    sheet = book[texts()["sheets"]["reconciliation"][lang]]
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    plain = csv_rows(held["csv/reconciliation.csv"])
    place = rows[0].index(texts()["headings"]["carats"][lang])
    shown = [None if row[place] is None else Decimal(str(row[place])) for row in rows[1:]]
    assert shown == [Decimal(row["carats"]) if row["carats"] else None for row in plain]
    assert len(book.sheetnames) >= 6


def test_the_mission_can_write_in_its_columns_and_nowhere_else(dossier, lang):
    book = openpyxl.load_workbook(io.BytesIO(contents(dossier)["cases.xlsx"]))
    sheet = book[texts()["sheets"]["cases"][lang]]
    assert sheet.protection.sheet
    heads = [cell.value for cell in sheet[5]]
    open_ = {heads[cell.column - 1] for cell in sheet[6] if not cell.protection.locked}
    assert open_ == {heading(column, lang) for column in _notes()}
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert [rule.formula1 for rule in lists] == [
        {"en": '"confirmed,explained,inconclusive,referred to mission"',
         "fr": '"confirmé,expliqué,non concluant,renvoyé à la mission"'}[lang]
    ]  # fmt: skip


def _notes():
    from carmonitor.dossier.tables import NOTES

    return NOTES


def test_places_are_geojson_and_only_known_ones(dossier):
    told = json.loads(contents(dossier)["map.geojson"])
    assert told["type"] == "FeatureCollection"
    kinds = {f["properties"]["kind"] for f in told["features"]}
    assert kinds == {"zone", "mine_site", "case"}
    for f in told["features"]:
        assert set(f) == {"type", "id", "geometry", "properties"}
        geometry = f["geometry"]
        if geometry is None:
            continue
        points = geometry["coordinates"] if geometry["type"] == "MultiPoint" else [geometry["coordinates"]]
        assert all(14 < longitude < 28 and 2 < latitude < 12 for longitude, latitude in points), f["id"]
    cases = {f["properties"]["case_id"] for f in told["features"] if f["properties"]["kind"] == "case"}
    assert cases == {case["case_id"] for case in json.loads(contents(dossier)["cases.json"])["cases"]}


def test_a_folder_holds_the_same_files_and_nothing_of_an_earlier_export(installation, tmp_path):
    store, settings = installation.store, installation.settings
    export_for(store, settings, tmp_path, folder=True, made_at=MADE_AT)
    one = Selection(case_ids=(_a_case_about(installation, "B012811"),))
    path, *files = export_for(store, settings, tmp_path, folder=True, made_at=MADE_AT, selection=one)
    folder = tmp_path / path.stem
    assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in files} == contents(path)
    assert {p for p in folder.rglob("*") if p.is_file()} == set(files)


# Redaction


def texts_inside(held):
    """Every byte of the files, those of workbooks and Parquet unpacked."""
    for name, content in held.items():
        yield name, content.decode("utf-8", "ignore")
        if name.endswith(".xlsx"):
            for part, inner in _parts(content):
                yield f"{name}/{part}", inner.decode("utf-8", "ignore")
        if name.endswith(".parquet"):
            yield name, str(pq.read_table(io.BytesIO(content)).to_pylist())


def _parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def personal(installation):
    with installation.store.read() as connection:
        return [text for text in stated(connection) if is_personal(text)]


def test_no_telephone_address_or_miners_name_of_the_sample_is_in_a_redacted_dossier(installation, redacted):
    taken_out = personal(installation)
    assert {f"{t.kind}.{t.field}" for t in taken_out} >= {"actor.phone", "actor.address", "actor.name",
                                                          "purchase.seller_name"}  # fmt: skip
    said = {text.text for text in taken_out}
    assert len(said) > 700
    for name, text in texts_inside(contents(redacted)):
        assert [one for one in said if one in text] == [], name


def test_the_same_texts_are_in_the_whole_dossier(installation, dossier):
    """So that the test above can fail."""
    held = {name: text for name, text in texts_inside(contents(dossier)) if not name.startswith("papers/")}
    everything = "\n".join(held.values())
    fields = {f"{t.kind}.{t.field}" for t in personal(installation) if t.text in everything}
    assert fields >= {"actor.phone", "actor.address", "purchase.seller_name"}


def test_a_redacted_dossier_says_what_it_leaves_out(redacted, lang):
    held = contents(redacted)
    told = json.loads(held["manifest.json"])
    assert told["redacted"]
    assert [(entry["what"], entry["count"] > 0) for entry in told["left_out"]] == [("papers", True), ("raw", True)]
    assert not [name for name in held if name.startswith("papers/")]
    assert {"en": "REDACTED", "fr": "EXPURGÉ"}[lang] in held["README.txt"].decode("utf-8-sig")


def test_redaction_changes_no_figure_no_number_and_no_finding(dossier, redacted):
    whole, less = (json.loads(contents(path)["cases.json"]) for path in (dossier, redacted))
    for name in ("finding_id", "rule_id", "outcome", "severity", "subject_id", "case_id", "rank"):
        assert [f[name] for f in whole["findings"]] == [f[name] for f in less["findings"]]
    assert whole["reconciliation"] == less["reconciliation"]
    assert whole["coverage"] == less["coverage"]
    assert len(whole["evidence_rows"]) == len(less["evidence_rows"])


def test_a_pseudonym_is_the_same_for_the_same_name(dossier, redacted):
    whole, less = (json.loads(contents(path)["cases.json"])["evidence_rows"] for path in (dossier, redacted))
    pairs = {(a["values"].get("seller_name"), b["values"].get("seller_name")) for a, b in zip(whole, less, strict=True)}
    assert len({name for name, _ in pairs}) == len(pairs)
    assert len({becomes for _, becomes in pairs}) == len(pairs)


def test_a_look_back_is_a_dossier_too(installation, tmp_path):
    (path,) = export_for(
        installation.store, installation.settings, tmp_path, as_of=BEFORE_THE_CORRECTION, made_at=MADE_AT
    )
    assert json.loads(contents(path)["manifest.json"])["run"]["as_of"] == "2021-04-30"
    assert date(2021, 4, 30) < AS_OF
