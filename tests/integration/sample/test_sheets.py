"""The sheets of the sample: rows by number against whole frames, chains of known cases, the dossier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from carmonitor.cases.listing import list_cases, show
from carmonitor.catalogues import Wordings
from carmonitor.dossier.judgement import judgement
from carmonitor.dossier.matter import dossier_for
from carmonitor.dossier.mission import chosen_cases
from carmonitor.dossier.selection import Selection, SelectionError
from carmonitor.dossier.sheets.actor import actor_sheets
from carmonitor.dossier.sheets.case import case_sheets
from carmonitor.dossier.sheets.chain import ROOM, Subject, chain_of, ways_of
from carmonitor.dossier.sheets.figures import PricePeers, SizeProfile, Timeline
from carmonitor.dossier.sheets.gather import ACTOR_SHEETS, dossier_of
from carmonitor.dossier.sheets.model import Chain, Dossier, Edge, Node
from carmonitor.dossier.sheets.papers import papers_of
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.volumes import outputs_of, trades_of
from carmonitor.pipeline import evidence_for
from carmonitor.records import KINDS
from carmonitor.records.display import for_people
from carmonitor.records.evidence import Evidence
from carmonitor.settings import Settings
from carmonitor.store.findings import load_coverage, load_runs
from carmonitor.store.tables import subject_total
from tests.integration.sample.conftest import BEFORE_THE_CORRECTION, Installation

ASKED = {
    "purchase": "slip_number", "purchase_source": "source_slip_number", "parcel_source": "certificate_number",
    "production": "register_number", "shipment": "exporter_id", "import_confirmation": "certificate_number",
    "actor": "actor_id", "licence": "actor_id", "zone": "subprefecture", "transfer_item": "sheet_number",
    "mine_site": "subprefecture", "slip_booklet": "holder_id",
}  # fmt: skip


@pytest.fixture(scope="module")
def standing(installation: Installation) -> Iterator[Standing]:
    with installation.store.read() as connection:
        yield Standing.of_run(connection, Settings())


@pytest.fixture(scope="module")
def evidence(standing: Standing) -> Evidence:
    """The same as whole frames, as rules see it."""
    return evidence_for(standing.connection, standing.settings, standing.catalogue, standing.as_of)


@pytest.fixture(scope="module")
def cases(standing: Standing) -> list[dict[str, Any]]:
    return [show(standing.connection, case["case_id"]) for case in list_cases(standing.connection)]


def case_of(cases: list[dict[str, Any]], subject: str) -> dict[str, Any]:
    return next(case for case in cases if case["subject_id"] == subject)


def chain(standing: Standing, cases: list[dict[str, Any]], subject: str, lang: str = "en") -> Chain:
    case = case_of(cases, subject)
    found = chain_of(standing, case["subject_kind"], subject, case["findings"], lang)
    assert found is not None
    return found


def node(found: Chain, key: str) -> Node:
    return next(n for n in found.nodes if n.key == key)


def links(found: Chain, state: str) -> set[tuple[str, str]]:
    return {(e.source, e.target) for e in found.edges if e.state == state}


# What stands


def test_a_standing_has_the_sources_of_the_evidence_and_the_settings_of_its_run(
    standing: Standing, evidence: Evidence
) -> None:
    pd.testing.assert_frame_equal(standing.sources, evidence.sources)
    assert standing.settings.monitoring_from == date(2021, 1, 1)


@pytest.mark.parametrize("kind", ASKED)
def test_rows_asked_for_by_a_number_are_those_of_the_whole_frame(
    standing: Standing, evidence: Evidence, kind: str
) -> None:
    whole, field = evidence[kind], ASKED[kind]
    wanted = list(whole[field].dropna().unique()[::7])
    expected = whole[whole[field].isin(wanted)].reset_index(drop=True)
    assert len(expected) > 0
    pd.testing.assert_frame_equal(standing.rows(kind, field, [*wanted, None, "' OR 1=1 --", "\x00"]), expected)


@pytest.mark.parametrize("kind", ["zone", "security_event", "mine_site", "import_confirmation"])
def test_all_rows_of_a_register_are_those_of_the_whole_frame(standing: Standing, evidence: Evidence, kind: str) -> None:
    pd.testing.assert_frame_equal(standing.all(kind), evidence[kind])


@pytest.mark.parametrize("kind", ["purchase", "import_confirmation", "shipment"])
def test_plain_rows_say_the_same_as_frames(standing: Standing, evidence: Evidence, kind: str) -> None:
    key = KINDS[kind].KEY[0]
    names = [name for name, t in KINDS[kind].field_types().items() if t.dtype in ("str", "Int64")]
    wanted = list(evidence[kind][key].unique()[::5])
    rows = standing.plain(kind, key, wanted, names)
    frame = standing.rows(kind, key, wanted)
    assert [row["source_id"] << 32 | row["row"] for row in rows] == frame["ref"].to_list()
    for name in names:
        assert [row[name] for row in rows] == [None if pd.isna(v) else v for v in frame[name]]


def test_papers_hold_the_values_of_their_rows_also_of_sheets_that_are_superseded(
    standing: Standing, evidence: Evidence, cases: list[dict[str, Any]]
) -> None:
    lineages = [f["lineage"] for case in cases for f in case["findings"]]
    papers = papers_of(standing, lineages)
    assert [len(p) for p in papers] == [len({tuple(sorted(place.items())) for place in one}) for one in lineages]
    shown = {kind: for_people(kind, evidence[kind]).assign(ref=evidence[kind]["ref"]) for kind in KINDS}
    ids = {tuple(row[:3]): i for i, *row in evidence.sources[["submission_id", "file", "sheet"]].itertuples()}
    checked = 0
    for paper in {p.file + str(p.row): p for some in papers for p in some if p.values}.values():
        ref = int(ids[paper.submission_id, paper.file, paper.sheet]) << 32 | paper.row
        (row,) = shown[paper.kind].loc[shown[paper.kind]["ref"] == ref].drop(columns="ref").to_dict("records")
        assert paper.values == {name: value for name, value in row.items() if value is not None}
        checked += 1
    assert checked > 100


def test_a_place_that_nobody_holds_is_a_paper_without_values(standing: Standing) -> None:
    nowhere = {"submission_id": "gone", "file": "../../etc/passwd", "sheet": "", "row": 3}
    ((paper,),) = papers_of(standing, [[nowhere]])
    assert (paper.kind, paper.file, dict(paper.values)) == ("", "../../etc/passwd", {})


# Chains


def test_a_slip_used_twice_breaks_the_links_to_both_certificates(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    found = chain(standing, cases, "B012811")
    assert links(found, "broken") == {
        ("slip:B012811", "parcel:CF0002201/1"), ("slip:B012811", "parcel:CF0002209/2"),
    }  # fmt: skip
    assert node(found, "slip:B012811").concerned
    assert node(found, "slip:B012811").state == "broken"
    assert {n.stage for n in found.nodes} == {0, 1, 3, 4, 5}
    assert next(e for e in found.edges if e.target == "parcel:CF0002209/2").label == "6.25 ct · D-10"


def test_a_certificate_nobody_confirmed_ends_in_a_missing_paper(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    found = chain(standing, cases, "CF0002104", "fr")
    end = node(found, "confirmation:CF0002104@")
    assert (end.state, end.lines) == ("missing", ("aucune reçue",))
    assert ("certificate:CF0002104", "confirmation:CF0002104@") in links(found, "missing")


def test_a_parcel_that_slips_do_not_cover_shows_the_weight_without_a_paper(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    found = chain(standing, cases, "CF0002206")
    gap = node(found, "gap:CF0002206/1")
    assert (gap.state, gap.lines) == ("missing", ("11.07 ct",))
    assert links(found, "broken") == {("slip:B012872", "parcel:CF0002206/1")}  # Z-02: the slip without an origin


def test_a_slip_from_a_closed_zone_is_followed_to_its_certificate(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    found = chain(standing, cases, "B011012")
    assert [n.key for n in sorted(found.nodes, key=lambda n: n.stage)] == [
        "line:CP-243/5", "slip:B011012", "slip:B012361", "parcel:CF0002112/1", "certificate:CF0002112",
        "confirmation:CF0002112@BE",
    ]  # fmt: skip
    assert links(found, "broken") == {("slip:B011012", "slip:B012361")}


def test_a_certificates_chain_shows_the_slip_that_a_finding_names_however_far_back(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    found = chain(standing, cases, "CF0002112")  # P-01 names B011012, two sales back
    assert node(found, "slip:B011012").concerned
    assert ("slip:B011012", "slip:B012361") in links(found, "whole")


def test_a_chain_keeps_to_its_room_and_counts_the_rest(standing: Standing, cases: list[dict[str, Any]]) -> None:
    ways = ways_of(standing, [Subject(c["subject_kind"], c["subject_id"], c["findings"]) for c in cases], "en")
    for way in ways:
        if way.chain is None:
            continue
        assert len(way.chain.nodes) <= ROOM + 4  # what stands in for missing papers needs room of its own
        keys = {n.key for n in way.chain.nodes}
        assert len(keys) == len(way.chain.nodes)
        assert {end for e in way.chain.edges for end in (e.source, e.target)} <= keys
    assert any(way.chain and way.chain.left_out for way in ways)


def test_many_cases_at_once_have_the_chains_that_each_has_alone(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    subjects = [Subject(c["subject_kind"], c["subject_id"], c["findings"]) for c in cases]
    together = [way.chain for way in ways_of(standing, subjects, "fr")]
    alone = [chain_of(standing, s.kind, s.id, s.findings, "fr") for s in subjects]
    assert [_sorted(c) for c in together] == [_sorted(c) for c in alone]


def _sorted(found: Chain | None) -> tuple[list[Node], list[Edge], int] | None:
    if found is None:
        return None
    edges = sorted(found.edges, key=lambda e: (e.source, e.target))
    return sorted(found.nodes, key=lambda n: n.key), edges, found.left_out


def test_a_subject_that_no_paper_names_has_no_chain(standing: Standing) -> None:
    assert chain_of(standing, "certificate", "'; DROP TABLE run; --", [], "en") is None
    assert chain_of(standing, "return", "SPPK@2021-04", [], "en") is None


# Volumes


def test_an_actors_months_are_the_sums_of_its_slips(standing: Standing, evidence: Evidence) -> None:
    trade = trades_of(standing, ["BA-01", "ART-015", "NOBODY"])
    slips = evidence["purchase"]
    bought = slips[slips["buyer_id"] == "BA-01"]
    by_month = bought.groupby(bought["purchase_date"].dt.strftime("%Y-%m"))
    assert {m.month: (m.rows, m.carats, m.value) for m in trade["BA-01"].bought} == {
        month: (len(rows), int(rows["carats"].sum()), int(rows["price_xaf"].sum())) for month, rows in by_month
    }
    lines = evidence["production"]
    assert sum(m.carats for m in trade["ART-015"].dug) == lines.loc[lines["miner_id"] == "ART-015", "carats"].sum()
    assert trade["NOBODY"].bought == trade["NOBODY"].dug == ()


def test_the_database_adds_up_a_large_actor_as_rows_do(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = trades_of(standing, ["BA-01", "COL-012"])
    monkeypatch.setattr("carmonitor.dossier.sheets.volumes.MANY", 3)
    assert trades_of(standing, ["BA-01", "COL-012"]) == rows


def test_zones_bought_and_dug_are_the_sums_of_first_sales_and_lines(standing: Standing, evidence: Evidence) -> None:
    output = outputs_of(standing)["Nola"]
    slips, lines = evidence["purchase"], evidence["production"]
    first = slips[~slips["slip_number"].isin(evidence["purchase_source"]["slip_number"])]
    zone = evidence.gazetteer.subprefectures(first["origin_subprefecture_resolved"])
    assert sum(m.carats for m in output.bought) == first.loc[zone == "Nola", "carats"].sum()
    place = evidence.gazetteer.subprefectures(lines["subprefecture_resolved"])
    assert sum(m.carats for m in output.dug) == lines.loc[place == "Nola", "carats"].sum()


def test_what_zones_exported_is_what_issued_parcels_took(standing: Standing, evidence: Evidence) -> None:
    sent = evidence["shipment"]
    issued = sent.loc[sent["status"].isna() | (sent["status"] == "issued"), "certificate_number"]
    taken = evidence["parcel_source"].merge(
        evidence["purchase"].drop_duplicates("slip_number"), on="slip_number", how="inner", suffixes=("", "_slip")
    )
    taken = taken[taken["certificate_number"].isin(issued)]
    zone = evidence.gazetteer.subprefectures(taken["origin_subprefecture_resolved"])
    expected = taken["carats"].groupby(zone.to_numpy()).sum().to_dict()
    assert {
        name: sum(m.carats for m in o.exported) for name, o in outputs_of(standing).items() if o.exported
    } == expected


def test_totals_kept_at_the_end_of_a_run_are_those_added_up_anew(standing: Standing) -> None:
    kept = outputs_of(standing)
    unknown = replace(standing, run=replace(standing.run, run_id="R-none"))
    assert standing.connection.execute(subject_total.select()).first() is not None
    assert outputs_of(unknown) == kept


# Sheets and the dossier


def test_every_case_has_a_sheet_that_says_what_where_and_whom_to_ask(
    standing: Standing, cases: list[dict[str, Any]]
) -> None:
    made = case_sheets(standing, cases, Wordings(standing.connection, Settings()), load_runs(standing.connection), "fr")
    assert [sheet.case["case_id"] for sheet, _ in made] == [case["case_id"] for case in cases]
    for sheet, _ in made:
        assert len(sheet.findings) == len(sheet.case["findings"])
        assert bool(sheet.questions) == bool(sheet.findings)
        assert sheet.synthetic
        assert all(f.papers or f.rule_id == "M-02" for f in sheet.findings)
    slip = next(sheet for sheet, _ in made if sheet.case["subject_id"] == "B012811")
    assert (slip.title, slip.actors, slip.zones) == ("Bordereau d'achat B012811", ("ART-113", "BA-01"), ("Nola",))


def test_the_numbers_of_drawings_belong_to_their_case(standing: Standing, cases: list[dict[str, Any]]) -> None:
    made = case_sheets(standing, cases, Wordings(standing.connection, Settings()), load_runs(standing.connection), "en")
    figures = {sheet.case["subject_id"]: numbers for sheet, numbers in made}
    late = {type(figure): figure for figure in figures["CF0002104"]}
    timeline, profile = late[Timeline], late[SizeProfile]
    assert isinstance(timeline, Timeline)
    assert (timeline.exported_on, timeline.arrivals) == (date(2021, 1, 20), ())
    assert isinstance(profile, SizeProfile)
    assert sum(profile.here) > 0 < profile.certificates
    (price,) = (figure for figure in figures["B010432"] if isinstance(figure, PricePeers))
    assert price.peers_count > 0
    assert min(price.peers) < price.fence < price.price


def test_an_actor_that_no_register_knows_has_a_sheet_that_says_so(standing: Standing) -> None:
    ((sheet, _),) = actor_sheets(standing, ["<script>"], "en")
    assert (sheet.actor_id, sheet.name, sheet.roles) == ("<script>", "–", ())
    assert "Not in the actor register" in sheet.tables[0].note


def gathered(
    standing: Standing, lang: str, selection: Selection | None = None, settings: Settings | None = None,
    day: date | None = None,
) -> Dossier:  # fmt: skip
    chosen, own = selection or Selection(), settings or Settings()
    told = judgement(standing.connection, own, day)
    cases = chosen_cases(standing.connection, told, chosen)
    return dossier_for(standing.connection, own, told, cases, chosen, lang).whole()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_dossier_tells_every_flagged_case_and_never_adds_outcomes_up(standing: Standing, lang: str) -> None:
    dossier = gathered(standing, lang)
    assert dossier.run["run_id"] == standing.run.run_id
    assert len(dossier.cases) == 46 == int(dossier.counts[0][1])
    breaches = {f.finding_id for s in dossier.cases for f in s.findings if f.outcome == "breach"}
    assert dossier.counts[1][1] == str(len(breaches))
    touched = {actor for sheet in dossier.cases for actor in sheet.actors}
    assert {a.actor_id for a in dossier.actors} <= touched
    assert len(dossier.actors) == ACTOR_SHEETS < len(touched)
    assert any(str(ACTOR_SHEETS) in text and str(len(touched)) in text for text in dossier.method)
    assert {zone for sheet in dossier.cases for zone in sheet.zones} == {z.zone for z in dossier.zones}
    assert dossier.synthetic
    assert len(dossier.journal_head) == 64
    assert len(dossier.not_evaluated) > 3
    assert len(dossier.method) > 5


def test_what_could_not_be_checked_is_all_told(standing: Standing) -> None:
    coverage = load_coverage(standing.connection, standing.run.result_digest)
    dossier = dossier_of(standing, [], coverage, "en").whole()
    told = {row[0] for table in dossier.not_evaluated for row in table.rows}
    assert told == {row.rule_id for row in coverage if row.not_evaluated}
    assert dossier.cases == dossier.actors == dossier.zones == ()


def test_cases_beyond_the_full_ones_are_told_without_a_chain_and_it_is_said(standing: Standing) -> None:
    told = judgement(standing.connection, Settings(), None)
    cases = chosen_cases(standing.connection, told, Selection())
    dossier = dossier_of(standing, cases, told.coverage, "en", full=2).whole()
    assert [sheet.chain is not None for sheet in dossier.cases[:2]] == [True, True]
    assert all(sheet.chain is None for sheet in dossier.cases[2:])
    assert any("46" in text and "2" in text for text in dossier.method[-1:])


def test_a_selection_by_zone_keeps_the_cases_that_touch_it(standing: Standing) -> None:
    dossier = gathered(standing, "en", Selection(zone="boda"))
    assert 0 < len(dossier.cases) < 46
    assert all("Boda" in sheet.zones for sheet in dossier.cases)
    assert dossier.selected == "Selected: zone boda."


def test_a_selection_that_means_nothing_is_refused(standing: Standing) -> None:
    with pytest.raises(SelectionError, match="found zone 'Atlantis'"):
        gathered(standing, "en", Selection(zone="Atlantis"))
    with pytest.raises(SelectionError, match="K-nope"):
        gathered(standing, "en", Selection(case_ids=("K-nope",)))


def test_another_day_is_judged_anew_and_tells_what_was_found_then(
    installation: Installation, standing: Standing
) -> None:
    day = BEFORE_THE_CORRECTION
    dossier = gathered(standing, "en", settings=installation.settings, day=day)
    assert dossier.run["as_of"] == day.isoformat() != standing.run.as_of.isoformat()
    assert dossier.run["run_id"] != standing.run.run_id
    assert all(f.standing for sheet in dossier.cases for f in sheet.findings)
