"""Each pattern does what it says: the labels name subjects of the frames, and the frames show the mechanism."""

import numpy as np
import pandas as pd
import pytest

from carmonitor.simulation import parameters as p
from carmonitor.simulation.fraud import IN_EXPORTS, IN_PURCHASES, ON_THE_WAY
from carmonitor.simulation.fraud_papers import PATTERNS as IN_PAPERS
from carmonitor.simulation.pictures import picture, sha256
from carmonitor.simulation.settings import ACTOR_QUARTERS, CERTIFICATES, PATTERNS, PURCHASES

RATES = {PURCHASES: 0.03, CERTIFICATES: 0.2, ACTOR_QUARTERS: 0.1}
SHIPPED = ("footprint_mismatch", "undervalued_exports", "unregistered_stones", "import_mismatch", "reused_photographs")


@pytest.fixture(scope="session")
def of(world):
    """A year with one pattern at a high rate."""

    def make(pattern):
        rate = 0.02 if pattern == "ghost_miners" else RATES[PATTERNS[pattern].board]
        return world(months=12, fraud={pattern: rate}, noise=True)

    return make


def labelled(world, pattern):
    labels = world.labels[world.labels["pattern"] == pattern]
    assert len(labels), pattern
    return labels


def slips(world, pattern):
    names = labelled(world, pattern)["subject_id"]
    return world.frames["purchase"].set_index("slip_number").loc[names]


def west_and_labelled(world, subjects, kind):
    """Share of weight in stones of 2 ct or more: among these subjects, and among all others."""
    rows = world.frames["assortment"]
    rows = rows[rows["subject_kind"] == kind]
    large = rows["size_class"].isin(p.SIZE_CLASSES[3:])
    ours = rows["subject_id"].isin(subjects)
    weight = rows["carats"].astype(float)
    return [weight[large & at].sum() / weight[at].sum() for at in (ours, ~ours)]


def test_every_pattern_acts_somewhere():
    assert {*IN_PURCHASES, *ON_THE_WAY, *IN_EXPORTS, *IN_PAPERS} == set(PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_labels_name_subjects_of_the_frames(of, pattern):
    world = of(pattern)
    labels = labelled(world, pattern)
    assert set(world.labels["pattern"]) == {pattern}
    assert set(labels["board"]) == {PATTERNS[pattern].board}
    assert not labels["subject_id"].duplicated().any()
    assert (labels["carats"] > 0).all()
    assert labels["period"].str.fullmatch(r"20\d\d-Q[1-4]").all()
    f = world.frames
    known = {
        "purchase": f["purchase"]["slip_number"],
        "certificate": f["shipment"]["certificate_number"],
        "actor_quarter": f["actor"]["actor_id"],
    }
    names = (
        labels["subject_id"].str.partition("@")[0]
        if PATTERNS[pattern].board == ACTOR_QUARTERS
        else labels["subject_id"]
    )
    if pattern == "forged_certificates":
        known["certificate"] = f["import_confirmation"]["certificate_number"]
    assert names.isin(known[labels["subject_kind"].iloc[0]]).all()
    assert world.touched["slip_number"].isin(f["purchase"]["slip_number"]).all()


@pytest.mark.parametrize("pattern", [n for n, pattern in PATTERNS.items() if pattern.board == PURCHASES])
def test_labelled_slips_are_touched(of, pattern):
    world = of(pattern)
    assert set(labelled(world, pattern)["subject_id"]) <= set(world.touched["slip_number"])


def test_eastern_stones_are_larger_and_dearer_than_the_west_where_they_are_said_to_come_from(of):
    world = of("eastern_stones")
    fraud = slips(world, "eastern_stones")
    inside, outside = west_and_labelled(world, fraud.index, "purchase")
    assert inside > 1.5 * outside
    assert fraud["register_number"].notna().all()
    assert fraud["seller_id"].str.startswith("ART").all()
    others = world.frames["purchase"][world.frames["purchase"]["register_number"].notna()]
    others = others[~others["slip_number"].isin(fraud.index)]
    price = [(f["price_xaf"].sum() / f["carats"].sum()) for f in (fraud, others)]
    assert price[0] > price[1]


def test_ghosts_sell_every_week_and_more_than_miners(of):
    world = of("ghost_miners")
    ghosts = labelled(world, "ghost_miners")["subject_id"].str.partition("@")[0].unique()
    bought = world.frames["purchase"]
    mine = bought[bought["seller_id"].isin(ghosts)]
    assert set(mine["slip_number"]) == set(world.touched["slip_number"])
    gaps = mine.sort_values(["seller_id", "purchase_date"]).groupby("seller_id")["purchase_date"].diff().dt.days
    assert gaps.max() <= 9
    weight = bought[bought["seller_id"].str.startswith("ART")].groupby("seller_id")
    a_slip = weight["carats"].mean().astype(float)
    assert a_slip[ghosts].median() > 1.5 * a_slip.drop(ghosts).median()
    licences = world.frames["licence"]
    assert set(ghosts) <= set(licences["actor_id"])


def test_reused_slips_are_used_beyond_their_weight(of):
    world = of("reused_slips")
    names = labelled(world, "reused_slips")["subject_id"]
    used = world.frames["parcel_source"].groupby("slip_number")["carats"].sum()
    weight = world.frames["purchase"].set_index("slip_number")["carats"]
    over = used[used > weight[used.index]].index
    assert set(over) == set(names)


def test_creamed_exports_keep_the_large_stones_back(of):
    world = of("creamed_exports")
    labels = labelled(world, "creamed_exports")
    shipment = world.frames["shipment"]
    quarter = shipment["issue_date"].dt.to_period("Q").astype("str").str.replace("Q", "-Q")
    creamed = shipment[(shipment["exporter_id"] + "@" + quarter).isin(labels["subject_id"])]["certificate_number"]
    parcels = world.frames["parcel"]
    ours = parcels[parcels["certificate_number"].isin(creamed)]
    inside, outside = west_and_labelled(world, ours["certificate_number"] + "/" + ours["parcel_number"], "parcel")
    assert inside < 0.5 * outside
    covered = world.frames["parcel_source"].groupby(["certificate_number", "parcel_number"])["carats"].sum()
    weight = parcels.set_index(["certificate_number", "parcel_number"])["carats"]
    assert (weight == covered[weight.index]).all()


def test_undervalued_exports_are_cheap(of):
    world = of("undervalued_exports")
    shipment = world.frames["shipment"].set_index("certificate_number")
    shipment = shipment[shipment["status"] == "issued"]
    price = shipment["value_usd"] / shipment["carats"]
    cheap = shipment.index.isin(labelled(world, "undervalued_exports")["subject_id"])
    assert price[cheap].astype(float).median() < 0.8 * price[~cheap].astype(float).median()
    assert (shipment["valuation_usd"] == shipment["value_usd"]).all()


def test_under_declaring_collectors_write_a_small_part(of, honest):
    labels = labelled(of("under_declaring_collectors"), "under_declaring_collectors")
    by_actor = labels["subject_id"].str.partition("@")[0].value_counts()
    assert (by_actor >= 2).all()

    def slips_in(world):
        bought = world.frames["purchase"]
        bought = bought[bought["register_number"].notna()]
        quarter = bought["purchase_date"].dt.to_period("Q").astype("str").str.replace("Q", "-Q")
        return (bought["buyer_id"] + "@" + quarter).value_counts()

    before, now = slips_in(honest), slips_in(of("under_declaring_collectors"))
    subjects = labels["subject_id"]
    assert now.reindex(subjects, fill_value=0).sum() < 0.35 * before.reindex(subjects, fill_value=0).sum()
    others = before.index.difference(subjects)
    assert (now.reindex(others) == before[others]).all()


def test_forged_certificates_lie_in_no_block(of):
    world = of("forged_certificates")
    names = labelled(world, "forged_certificates")["subject_id"]
    assert not names.isin(world.frames["shipment"]["certificate_number"]).any()
    blocks = world.frames["certificate_block"]
    number = names.str[2:].astype(int)
    for low, high in zip(
        blocks["first_number"].str[2:].astype(int), blocks["last_number"].str[2:].astype(int), strict=True
    ):
        assert not number.between(low, high).any()


def test_mismatched_imports_differ_by_more_than_weighing(of):
    world = of("import_mismatch")
    both = world.frames["shipment"].merge(
        world.frames["import_confirmation"], on="certificate_number", suffixes=("", "_in")
    )
    by_weight = (both["carats_in"] - both["carats"]).abs() / both["carats"] > 0.01
    by_value = (both["value_usd_in"] - both["value_usd"]).abs() / both["value_usd"] > 0.1
    named = set(labelled(world, "import_mismatch")["subject_id"])
    assert set(both.loc[by_weight | by_value, "certificate_number"]) == named


def test_impossible_transfers_could_not_be(of):
    world = of("impossible_transfers")
    f = world.frames
    bought = slips(world, "impossible_transfers").reset_index()
    bags = f["transfer_item"].merge(f["transfer"], on="sheet_number")
    on_way = bought.merge(bags, on="slip_number", how="left")
    unsent = on_way["sheet_number"].isna() & (on_way["purchase_place"] == "Bangui")
    before = on_way["departed_on"] < on_way["purchase_date"]
    instant = on_way["departed_on"] == on_way["arrived_on"]
    assert (unsent | before | instant).all()
    assert unsent.any()
    assert before.any()
    assert instant.any()
    others = f["purchase"][~f["purchase"]["slip_number"].isin(bought["slip_number"])].merge(bags, on="slip_number")
    assert (others["departed_on"] >= others["purchase_date"]).all()


def test_invented_books_repeat_themselves(of):
    world = of("invented_books")
    fraud = slips(world, "invented_books")
    honest = world.frames["purchase"][~world.frames["purchase"]["slip_number"].isin(fraud.index)]
    for rows, most in ((fraud, True), (honest, False)):
        rounded = (rows["carats"] % 25 == 0).mean()
        assert (rounded > 0.5) == most
    assert fraud["carats"].nunique() < 0.5 * len(fraud)


def test_related_companies_share_what_firms_do_not_share(of):
    world = of("related_new_companies")
    ids = labelled(world, "related_new_companies")["subject_id"].str.partition("@")[0].unique()
    actors = world.frames["actor"].set_index("actor_id")
    shipment = world.frames["shipment"]
    for name in ids:
        others = actors.drop(name)
        assert (others["phone"] == actors.loc[name, "phone"]).any()
        assert (others["owner"] == actors.loc[name, "owner"]).any()
        assert shipment[shipment["exporter_id"] == name]["importer_name"].nunique() == 1
        assert actors.loc[name, "registered_on"] > pd.Timestamp("2020-01-31")


def test_pre_zone_stock_is_older_than_the_zone_and_exported(of):
    world = of("pre_zone_stock")
    old = slips(world, "pre_zone_stock")
    assert (old["purchase_date"] < pd.Timestamp("2016-05-01")).all()
    assert (old["purchase_date"] >= pd.Timestamp("2013-05-23")).all()
    assert old["audit_reference"].isna().all()
    assert old.index.isin(world.frames["parcel_source"]["slip_number"]).mean() > 0.5


def test_footprint_mismatch_puts_large_stones_into_parcels_of_small_purchases(of):
    world = of("footprint_mismatch")
    named = labelled(world, "footprint_mismatch")["subject_id"]
    parcels = world.frames["parcel"][world.frames["parcel"]["certificate_number"].isin(named)]
    largest = parcels.sort_values("carats").drop_duplicates("certificate_number", keep="last")
    inside, outside = west_and_labelled(world, largest["certificate_number"] + "/" + largest["parcel_number"], "parcel")
    assert inside > 1.4 * outside


def test_borrowed_licences_sell_in_several_zones_on_one_day(of):
    world = of("borrowed_licences")
    fraud = slips(world, "borrowed_licences")
    assert set(world.touched["pattern"]) == {"borrowed_licences"}
    places = fraud.groupby("seller_id")["purchase_place"].nunique()
    assert places.max() >= 3
    one_day = fraud.groupby(["seller_id", "purchase_date"])["purchase_place"].nunique()
    assert (one_day >= 2).any()


def test_distant_collectors_buy_far_from_the_mine(of):
    world = of("distant_collectors")
    fraud = slips(world, "distant_collectors").reset_index()
    sites = world.frames["mine_site"].set_index("mine_site_id")
    markets = {z.name: (z.lon, z.lat) for z in p.ZONES}

    def km(rows):
        at = sites.loc[rows["mine_site_id"], ["longitude", "latitude"]].to_numpy()
        to = np.array([markets[place] for place in rows["purchase_place"]])
        return np.hypot((at[:, 0] - to[:, 0]) * 110.6, (at[:, 1] - to[:, 1]) * 110.6)

    everybody = world.frames["purchase"].dropna(subset="mine_site_id")
    everybody = everybody[~everybody["slip_number"].isin(fraud["slip_number"])]
    assert np.median(km(fraud)) > 2 * np.median(km(everybody))


def test_reused_photographs_show_an_earlier_certificate(of):
    world = of("reused_photographs")
    shots = world.photographs
    named = set(labelled(world, "reused_photographs")["subject_id"])
    later = shots[shots["scene"].duplicated()]
    assert set(later["certificate_number"]) == named
    told = world.frames["document"].set_index("file_name")["sha256"]
    assert [sha256(picture(s, t)) for s, t in zip(shots["scene"], shots["shot"], strict=True)] == told[
        shots["file_name"]
    ].tolist()


def test_slow_drift_moves_a_collector_away_from_his_start(of):
    world = of("slow_drift")
    labels = labelled(world, "slow_drift")
    assert (labels["subject_id"].str.startswith("COL")).all()
    assert len(world.touched) > 0


def test_unregistered_stones_are_injected_where_the_labels_say(of):
    world = of("unregistered_stones")
    assert set(world.injected["certificate_number"]) >= set(labelled(world, "unregistered_stones")["subject_id"])
    f = world.frames
    lines = set(zip(f["production"]["register_number"], f["production"]["line_number"], strict=True))
    first = f["purchase"][~f["purchase"]["slip_number"].isin(f["purchase_source"]["slip_number"])]
    unlined = [key not in lines for key in zip(first["register_number"], first["line_number"], strict=True)]
    weight = f["purchase"].set_index("slip_number")["carats"].astype(int)
    made_of = f["purchase_source"].groupby("slip_number")["carats"].sum().astype(int)
    beyond = (weight[made_of.index] - made_of).clip(lower=0)
    used = set(f["parcel_source"]["slip_number"])
    direct = first[unlined]
    assert world.injected["carats"].sum() == beyond.sum() + direct["carats"].astype(int).sum()
    assert set(direct["slip_number"]) <= used


def test_patterns_together_touch_about_three_percent(world):
    default = world(months=12, scale=0.5)
    share = default.touched["slip_number"].nunique() / len(default.frames["purchase"])
    assert 0.02 <= share <= 0.045
    assert set(default.labels["pattern"]) == set(PATTERNS)


@pytest.mark.parametrize("shipped", SHIPPED)
def test_one_certificate_has_one_pattern(world, shipped):
    labels = world(months=12, scale=0.5).labels
    ours = labels[labels["pattern"].isin(SHIPPED)]
    assert shipped in set(ours["pattern"])
    assert not ours["subject_id"].duplicated().any()
