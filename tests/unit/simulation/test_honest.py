"""A world without fraud: it breaks no rule but those that honest noise must break, and its carats add up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from carmonitor.catalogues import Catalogue
from carmonitor.framework.checks import rule
from carmonitor.framework.engine import evaluate
from carmonitor.records import KINDS, REGISTER_KINDS, RETURN_KINDS
from carmonitor.settings import schemas_dir
from carmonitor.simulation import parameters as p
from carmonitor.simulation.evidence import evidence_of

NOISE = {"D-02", "M-02", "M-04", "M-06"}  # lost pictures, a late return, late answers, goods weighed again
CATALOGUE = Catalogue.load(schemas_dir())


FOUND = {}  # id of a world (all are kept by the fixture) and day → findings


def findings(world, as_of=None):
    key = (id(world), as_of)
    if key not in FOUND:
        FOUND[key] = judge(world, as_of)
    return FOUND[key]


def judge(world, as_of):
    evidence = evidence_of(world, as_of or world.as_of)
    specs = [s for s in CATALOGUE.rulebook.specs.values() if s.outcome != "scope_note" and s.status == "active"]
    return [
        f
        for spec in specs
        for f in evaluate(rule.checks[spec.implementation], spec, evidence, CATALOGUE.rulebook.regimes).findings
    ]


def broken(world, as_of=None):
    return {f.rule_id for f in findings(world, as_of) if f.outcome != "not_evaluated"}


def test_without_noise_no_rule_is_broken(world):
    for seed in (1, 2):
        assert broken(world(seed=seed, months=7, scale=0.05, fraud={}, noise=False)) == set()


def test_with_noise_only_what_honest_noise_must_break_is_broken(world):
    for seed in (1, 2):
        assert broken(world(seed=seed, months=8, scale=0.1, fraud={})) <= NOISE


def test_in_the_middle_of_the_world_no_other_rule_is_broken(honest):
    middle = pd.Timestamp(f"{honest.settings.periods[6]}-14").date()  # five returns are due by then
    assert broken(honest, middle) <= NOISE


def test_noise_is_kept_low(honest):
    told = [f for f in findings(honest) if f.outcome != "not_evaluated"]
    late = [f for f in told if f.rule_id == "M-02"]
    assert len(late) == 1
    certificates = (honest.frames["shipment"]["status"] == "issued").sum()
    assert len(told) - len(late) <= max(3, 0.2 * certificates)


def test_rules_about_papers_are_evaluated(honest):
    unseen = {f.rule_id for f in findings(honest) if f.outcome == "not_evaluated"}
    assert unseen <= {"G-05", "S-02", "S-03", "S-05"}  # no originals, totals not published yet, the first quarters


def test_frames_have_the_fields_and_types_of_their_kinds(honest):
    assert set(honest.frames) >= set(RETURN_KINDS) | {"import_confirmation"}
    assert set(honest.frames) == set(KINDS) - {"zone", "kp_participant"}  # these ship with the package
    for kind, frame in honest.frames.items():
        types = {name: t.dtype for name, t in KINDS[kind].field_types().items()}
        assert {name: str(frame[name].dtype) for name in types} == types, kind
        beside = ["load"] if kind in (*REGISTER_KINDS, "import_confirmation") else ["period"]
        assert [c for c in frame.columns if c not in types] == (beside if kind != "return_declaration" else []), kind
        for name in KINDS[kind].KEY:
            assert frame[name].notna().all(), (kind, name)


def test_numbers_are_unique(honest):
    for kind, key in [
        ("purchase", ["slip_number"]),
        ("production", ["register_number", "line_number"]),
        ("transfer", ["sheet_number"]),
        ("transfer", ["bag_seal"]),
        ("shipment", ["certificate_number"]),
        ("parcel", ["certificate_number", "parcel_number"]),
        ("parcel_source", ["certificate_number", "parcel_number", "slip_number"]),
        ("purchase_source", ["slip_number", "source_slip_number"]),
        ("assortment", ["subject_kind", "subject_id", "size_class"]),
        ("actor", ["actor_id"]),
        ("licence", ["licence_number"]),
    ]:
        assert not honest.frames[kind].duplicated(key).any(), kind


def test_carats_are_conserved_along_the_chain(honest):
    f = honest.frames
    slips = f["purchase"].set_index("slip_number")["carats"].astype(int)
    resold = f["purchase_source"]
    made_of = resold.groupby("slip_number")["carats"].sum()
    assert (made_of == slips[made_of.index]).all()  # a resale weighs what its sources weigh
    assert (resold["carats"].to_numpy() == slips[resold["source_slip_number"]].to_numpy()).all()
    used = f["parcel_source"].groupby("slip_number")["carats"].sum()
    assert (used <= slips[used.index]).all()
    parcels = f["parcel"].set_index(["certificate_number", "parcel_number"])["carats"]
    covered = f["parcel_source"].groupby(["certificate_number", "parcel_number"])["carats"].sum()
    assert (covered == parcels[covered.index]).all()
    bags = f["transfer_item"].groupby("sheet_number")["carats"].sum()
    assert (bags == f["transfer"].set_index("sheet_number")["carats"][bags.index]).all()
    lines = f["production"].set_index(["register_number", "line_number"])["carats"]
    sold = f["purchase"].dropna(subset="line_number").groupby(["register_number", "line_number"])["carats"].sum()
    assert (sold <= lines[sold.index]).all()
    sizes = f["assortment"].groupby(["subject_kind", "subject_id"])[["carats", "stones"]].sum()
    bought = sizes.loc["purchase"]
    assert (bought["carats"] == slips[bought.index]).all()
    assert len(bought) == len(slips)
    stones = f["purchase"].set_index("slip_number")["stones"]
    assert (bought["stones"] == stones[bought.index]).all()


def test_stones_lie_in_their_size_class(honest):
    rows = honest.frames["assortment"]
    mean = rows["carats"].astype(int) / rows["stones"].astype(int)
    low = dict(zip(p.SIZE_CLASSES, [0, *p.EDGES], strict=True))
    high = dict(zip(p.SIZE_CLASSES, [*p.EDGES, 10**6], strict=True))
    low, high = rows["size_class"].map(low), rows["size_class"].map(high)
    bought = rows["subject_kind"] == "purchase"
    assert (mean[bought] >= low[bought]).all()
    assert (mean[bought] < high[bought]).all()
    assert (mean >= low * 0.9).all(), "a parcel's stones are sorted anew, on another scale"
    assert (mean < high * 1.1).all()


def test_two_or_three_houses_make_most_exports(world):
    shipment = world(months=12, scale=0.5, fraud={}).frames["shipment"]
    issued = shipment[shipment["status"] == "issued"]
    by_house = issued.groupby("exporter_id")["carats"].sum().sort_values(ascending=False)
    assert 0.8 <= by_house.iloc[:3].sum() / by_house.sum() <= 0.99


def test_first_sales_cross_an_edge_as_often_as_surveyed(world):
    purchase = world(months=12, scale=0.5, fraud={}).frames["purchase"]
    by_collectors = purchase[purchase["buyer_id"].str.startswith("COL") & purchase["register_number"].notna()]
    crossed = (by_collectors["origin_subprefecture"] != by_collectors["purchase_place"]).mean()
    assert 0.12 <= crossed <= 0.22


def test_an_honest_world_has_no_labels(honest):
    assert honest.labels.empty
    assert honest.touched.empty
    assert honest.injected.empty


def test_the_same_settings_give_the_same_world(world, honest):
    from carmonitor.simulation import simulate

    again = simulate(honest.settings)
    for kind, frame in honest.frames.items():
        pd.testing.assert_frame_equal(frame, again.frames[kind])


def test_another_seed_gives_another_world(world):
    one, other = world(seed=1, fraud={}), world(seed=2, fraud={})
    assert not one.frames["purchase"]["price_xaf"].equals(other.frames["purchase"]["price_xaf"])


@pytest.mark.parametrize("pattern", ["reused_slips", "undervalued_exports", "import_mismatch"])
def test_a_pattern_leaves_the_rest_of_the_chain_as_it_was(world, honest, pattern):
    changed = world(months=12, fraud={pattern: 0.05}).frames
    for kind in ("production", "purchase", "transfer", "transfer_item", "purchase_source"):
        pd.testing.assert_frame_equal(changed[kind], honest.frames[kind])


def test_added_slips_do_not_change_what_others_found(world, honest):
    changed = world(months=12, fraud={"eastern_stones": 0.02}).frames["production"]
    fresh = len(changed) - len(honest.frames["production"])
    assert fresh > 0
    columns = ["miner_id", "produced_on", "carats"]
    both = changed[columns].value_counts().subtract(honest.frames["production"][columns].value_counts(), fill_value=0)
    assert (both >= 0).all()
    assert both.sum() == fresh


def test_volume_follows_the_scale(world):
    small, large = world(scale=0.1, fraud={}), world(scale=0.2, fraud={})
    ratio = len(large.frames["purchase"]) / len(small.frames["purchase"])
    assert 1.7 <= ratio <= 2.3


def test_evidence_holds_what_had_arrived(honest):
    evidence = evidence_of(honest, pd.Timestamp("2020-05-31").date())
    assert set(evidence["purchase"]["return_id"]) == {f"SPPK@2020-0{m}" for m in (1, 2, 3, 4)}
    assert (evidence["import_confirmation"]["confirmed_on"] <= pd.Timestamp("2020-05-31")).all()
    assert evidence["zone"]["subprefecture"].nunique() >= 8
    assert evidence.expected_senders == ("SPPK",)
    assert evidence.monitoring_from == honest.settings.monitoring_from


def test_settings_have_a_digest_of_their_own(world):
    one = evidence_of(world(seed=1, fraud={}), world(seed=1, fraud={}).as_of)
    other = evidence_of(world(seed=2, fraud={}), world(seed=1, fraud={}).as_of)
    assert one.digest != other.digest


def test_stones_are_mostly_small_and_sometimes_large(world):
    rows = world(months=12, scale=0.5, fraud={}).frames["assortment"]
    first_sales = rows[rows["subject_kind"] == "purchase"]
    share = first_sales.groupby("size_class")["carats"].sum() / first_sales["carats"].sum()
    assert share["0.01-0.49"] > share["2.00-4.99"] > share["10.80+"] > 0
    assert np.isclose(share.sum(), 1)


def test_a_world_of_one_month(world):
    tiny = world(months=1, scale=0.01, fraud={})
    assert len(tiny.frames["return_declaration"]) == 1
    assert broken(tiny) <= NOISE


def test_a_bad_field_name_is_refused():
    from carmonitor.simulation.columns import frame

    with pytest.raises(ValueError, match="weight"):
        frame("purchase", {"weight": np.zeros(2)})


def test_settings_can_be_varied(honest):
    assert replace(honest.settings, seed=9).seed == 9
