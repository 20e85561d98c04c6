"""The charts: what they say, in both languages, and that rendering leaves nothing to chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import altair as alt
import pytest
import vl_convert

from carmonitor.dossier.pictures import chart_render, charts
from carmonitor.dossier.pictures.charts import (
    Balance,
    Limit,
    PricePerCarat,
    SizeProfile,
    Timeline,
    Volumes,
    balance_waterfall,
    certificate_timeline,
    draw_all,
    price_against_peers,
    size_profile,
    volumes_by_month,
)
from tests.unit.dossier.pictures.reading import HOSTILE, assert_self_contained, parsed, shown

PRICE = PricePerCarat(
    "B011012",
    Decimal("12500"),
    (41000, 55000, 70000, 82000, 98000, 124000),
    "XAF",
    "6 slips of other buyers",
    31000,
    210000,
)
VOLUMES = Volumes(
    "Carnot", ("2021-01", "2021-02", "2021-03"), {"bought": (Decimal("1120.50"), None, 30), "exported": (0, 250, 90)}
)
SIZES = SizeProfile("CF0002112", "Carnot", (("0.01-0.49", 1, 100), ("0.50-0.99", 3, 300), ("10.80+", 0, 0)))
BALANCE = Balance("BA-01", "2021", Decimal("120.50"), Decimal("1340.25"), 80, Decimal("1200.10"), Decimal("250.70"))
TIMELINE = Timeline(
    "CF0002104",
    date(2021, 1, 18),
    date(2021, 1, 20),
    None,
    None,
    date(2021, 7, 31),
    (Limit("exported", 60, "Warning"),),
)
ALL = [PRICE, VOLUMES, SIZES, BALANCE, TIMELINE]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_chart_is_a_drawing_of_its_own_in_both_languages(lang: str) -> None:
    for picture in draw_all(ALL, lang):
        assert_self_contained(picture)


def test_charts_drawn_alone_are_the_same_bytes_as_together_and_again() -> None:
    together = draw_all([*ALL, *ALL], "fr")
    assert together[:5] == together[5:]
    assert [draw_all([one], "fr")[0] for one in ALL] == together[:5]


def test_more_charts_than_go_to_the_renderer_at_once_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_render, "_BATCH", 2)
    empty = replace(PRICE, peers=())
    titles = [picture.title for picture in draw_all([PRICE, empty, VOLUMES, SIZES, BALANCE], "en")]
    assert titles == [draw_all([one], "en")[0].title for one in (PRICE, empty, VOLUMES, SIZES, BALANCE)]


def test_every_chart_is_valid_vega_lite_of_the_version_that_is_held() -> None:
    assert alt.SCHEMA_VERSION.startswith(f"v{chart_render.VEGA_LITE}.")
    assert chart_render.VEGA_LITE in vl_convert.get_vegalite_versions()
    for data in ALL:
        plan = charts._plan(data, "en")
        assert isinstance(plan, chart_render.Plan)
        for layer in plan.layers:
            layer.to_dict(validate=True)


def test_a_price_is_compared_with_its_peers_and_their_fences() -> None:
    picture = price_against_peers(PRICE, "fr")
    assert picture.title == "Prix au carat de B011012, comparé à\u00a0: 6 slips of other buyers"
    for text in (
        "B011012",
        "6 comparables",
        "12\u202f500",
        "borne inférieure 31\u202f000",
        "borne supérieure 210\u202f000",
    ):
        assert text in shown(picture)
    assert "Prix au carat (FCFA/ct), échelle logarithmique" in shown(picture)
    assert "6 comparables, de 41\u202f000\u00a0FCFA/ct à 124\u202f000\u00a0FCFA/ct." in picture.told
    assert "Médiane des comparables\u00a0: 76\u202f000\u00a0FCFA/ct." in picture.told


def test_quartiles_of_whoever_found_the_outlier_are_taken_as_they_are() -> None:
    told = price_against_peers(replace(PRICE, quartiles=(50000, 71000, 90000)), "en").told
    assert "Median of the peers: 71,000\u00a0XAF/ct." in told


def test_prices_near_each_other_stand_on_a_plain_scale_and_few_peers_have_no_median() -> None:
    picture = price_against_peers(PricePerCarat("X", 300, (200, 250), "USD", "2 certificates"), "en")
    assert "Price per carat (USD/ct)" in shown(picture).splitlines()
    assert "Median" not in picture.told


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (replace(PRICE, peers=()), "There is nothing to compare with."),
        (replace(PRICE, price=None), "Its price per carat is not stated."),
        (Volumes("Carnot", (), {}), "No volume was supplied"),
        (Volumes("Carnot", ("2021-01",), {"dug": (None,)}), "No volume was supplied"),
        (replace(SIZES, classes=()), "No weight by size class is known of CF0002112."),
        (replace(SIZES, classes=(("0.01-0.49", 1, 0),)), "No weight by size class is known of Carnot."),
        (replace(BALANCE, opening=None, sold=None), "this was not supplied: Opening stock, Sold."),
        (Timeline("CF1", None, None, None, None, date(2021, 7, 31)), "No day of this certificate is stated."),
    ],
)
def test_where_there_is_nothing_to_draw_the_picture_says_why(data: charts.Drawable, said: str) -> None:
    (picture,) = draw_all([data], "en")
    assert_self_contained(picture)
    assert said in shown(picture).replace("\n", " ")
    assert said in picture.told


def test_months_that_were_not_supplied_are_no_nil() -> None:
    picture = volumes_by_month(VOLUMES, "en")
    assert shown(picture).splitlines().count("?") == 1
    assert "Month (?: not supplied)" in shown(picture)
    assert "bought: not supplied for 2021-02." in picture.told
    assert "exported: lowest 0.00\u00a0ct (2021-01), highest 250.00\u00a0ct (2021-02)" in picture.told


def test_months_and_numbers_stand_in_the_readers_convention() -> None:
    said = shown(volumes_by_month(VOLUMES, "fr"))
    assert "01/2021" in said
    assert "1\u202f000" in said
    assert "1,000" in shown(volumes_by_month(VOLUMES, "en"))
    assert "0,50-0,99" in shown(size_profile(SIZES, "fr"))


def test_a_series_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="dug: found 1 values, expected one for each of 2 months"):
        volumes_by_month(Volumes("x", ("2021-01", "2021-02"), {"dug": (1,)}), "en")


def test_shares_of_weight_are_told_class_by_class() -> None:
    told = size_profile(SIZES, "fr").told
    assert "0,50-0,99 ct\u00a0: 75,0\u00a0% contre 75,0\u00a0%." in told


def test_a_balance_tells_what_is_expected_counted_and_the_difference() -> None:
    picture = balance_waterfall(BALANCE, "fr")
    assert picture.told.endswith("Stock attendu 180,65\u00a0ct. Stock inventorié 250,70\u00a0ct. Écart +70,05\u00a0ct.")
    for text in ("+1\u202f340,25", "\u221280,00", "+70,05"):
        assert text in shown(picture)


def test_a_count_that_agrees_has_no_difference_drawn_and_one_not_supplied_is_named() -> None:
    agreed = balance_waterfall(replace(BALANCE, closing=Decimal("180.65")), "en")
    assert "Difference" not in shown(agreed)
    uncounted = balance_waterfall(replace(BALANCE, closing=None), "en")
    assert "Counted" not in shown(uncounted)
    assert "No closing count was supplied." in uncounted.told


def test_a_confirmation_that_did_not_come_is_counted_to_the_day_of_the_dossier() -> None:
    picture = certificate_timeline(TIMELINE, "en")
    assert "not confirmed after 192 days" in shown(picture)
    assert "Not confirmed by 2021-07-31, after 192 days." in picture.told
    assert "Received abroad: not stated." in picture.told
    assert "2021-01-20 (+2 days)" in shown(picture)


def test_a_confirmed_certificate_is_not_called_unconfirmed() -> None:
    picture = certificate_timeline(replace(TIMELINE, received=date(2021, 1, 25), confirmed=date(2021, 1, 24)), "fr")
    assert "non confirmé" not in shown(picture)
    assert "24/01/2021 (\u22121\u00a0jour)" in shown(picture).replace("1 jour", "1\u00a0jour")


def test_hostile_names_stay_text_in_every_chart() -> None:
    data = [
        replace(PRICE, subject=HOSTILE, compared_with=HOSTILE),
        replace(VOLUMES, who=HOSTILE),
        replace(SIZES, subject=HOSTILE, reference=HOSTILE),
        replace(BALANCE, holder=HOSTILE, span=HOSTILE),
        replace(TIMELINE, certificate=HOSTILE, limits=(Limit("exported", 60, HOSTILE),)),
    ]
    for picture in draw_all(data, "en"):
        assert_self_contained(picture)
        assert "<script" not in picture.svg


def test_patterns_tell_series_apart_without_colour() -> None:
    every = dict.fromkeys(("dug", "bought", "sold", "exported", "confirmed"), (1, 2, 3))
    picture = volumes_by_month(replace(VOLUMES, series=every), "en")
    fills = {node.get("fill") for node in parsed(picture).iter() if node.tag.endswith("path")} - {None, "none"}
    assert sum(str(fill).startswith("url(#") for fill in fills) == 3  # beside one dark and one light plain area
    assert len(fills) == 5


def test_what_vega_adds_for_nobody_is_taken_out_and_what_a_sender_wrote_is_not() -> None:
    hidden = '<path d="" display="none"/>'
    markup = f'<g class="x" role="y" aria-hidden="true"><text opacity="1"> role="z" 1.23456</text>{hidden}</g>'
    assert chart_render.lighter(markup) == '<g><text> role="z" 1.23456</text></g>'


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="found nan, expected a finite number"):
        price_against_peers(replace(PRICE, price=Decimal("NaN")), "en")


def test_limits_of_one_name_have_a_row_each() -> None:
    twice = replace(TIMELINE, limits=(Limit("exported", 60, "Limit"), Limit("issued", 90, "Limit")))
    said = shown(certificate_timeline(twice, "en")).splitlines()
    assert [row.strip() for row in said].count("Limit") == 2
    assert {"60 days", "90 days"} <= set(said)


def test_prices_in_dollars_have_cents_and_francs_have_none() -> None:
    dollars = price_against_peers(PricePerCarat("X", Decimal("312.50"), (200, 240), "USD", "2 certificates"), "fr")
    assert "312,50" in shown(dollars)
    assert "de 200,00\u00a0USD/ct à 240,00\u00a0USD/ct" in dollars.told
