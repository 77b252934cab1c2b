"""Uses, values and comparisons that are refused; numbers b.. are items of the list of bad inputs."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from spatial_gaps.errors import InputError
from spatial_gaps.metrics.catalogue import facts, find_known
from spatial_gaps.metrics.guards import check_same, check_use, check_values
from spatial_gaps.metrics.units import convert_unit
from spatial_gaps.records import Metric


def metric(unit: str, values=(10.0, 20.0), **facts) -> Metric:
    """Return figures of 2021 of as many authorities."""
    codes = [f"E0600000{n + 1}" for n in range(len(values))]
    rows = range(2, len(values) + 2)
    table = pd.DataFrame({"code": codes, "value": values, "row": rows}).assign(
        period="2021", name="A", level="lad", lower=0.0, upper=1.0, se=1.0, status="", note=""
    )
    asked = {"statistic": "rate", "scale": "bounded", "basis": "", "higher_is": "worse"}
    words = {"default_weight": "people", "source": "", "licence": ""}
    return Metric(key="x", title="X", unit=unit, table=table, **(asked | words | facts))


def known(key: str, values=(10.0, 20.0), **changed):
    """Return a metric with the facts of the catalogue."""
    taken = {name: fact for name, fact in facts(find_known(key)).items() if name != "unit"}
    made = metric(find_known(key).unit, values, **taken)
    return dataclasses.replace(made, key=key, title=key, **changed)


def test_t10_current_prices_compare_places_and_not_years():
    pay = known("earnings_weekly_median_residence")
    assert check_use(pay, "places") == ()
    with pytest.raises(InputError, match=r"does not compare a place with itself.*current prices"):
        check_use(pay, "time")


def test_chained_volumes_compare_years_and_not_places():
    volume = known("gva_per_hour_cvm_index")
    assert check_use(volume, "time") == ()
    with pytest.raises(InputError, match="every place is 100 in 2019"):
        check_use(volume, "places")
    with pytest.raises(InputError, match=r"chained volume.*current prices"):
        check_use(metric("£", price_basis="constant"), "places")


def test_t10_an_index_against_the_uk_compares_both():
    against = known("gva_per_hour_index_unsmoothed")
    assert check_use(against, "places") == check_use(against, "time") == ()


def test_t20_a_change_of_a_smoothed_series_is_noted():
    smoothed = known("gva_per_hour_index_smoothed")
    assert check_use(smoothed, "places") == ()
    (notice,) = check_use(smoothed, "time")
    assert notice.kind == "smoothed"
    assert "five-year" in str(notice)


def test_breaks_inside_the_series_are_noted():
    both = metric("%", (10.0, 20.0), breaks=("2021/22",))
    assert check_use(both, "time") == ()
    both.table["period"] = ["2020/21", "2021/22"]
    (notice,) = check_use(both, "time")
    assert notice.kind == "breaks"
    assert "2021/22" in str(notice)


def test_an_unknown_use_lists_the_two():
    with pytest.raises(InputError, match="There are: places, time"):
        check_use(metric("%"), "space")


def test_b24_percent_mixed_with_proportion_is_noted_where_no_unit_is_declared():
    mixed = metric("", (0.45, 45.0, 50.0), scale="bounded")
    (notice,) = check_values(mixed)
    assert notice.kind == "percent-proportion"
    assert notice.codes == ("E06000001",)
    assert check_values(metric("", (0.45, 0.5), scale="bounded")) == ()
    assert check_values(metric("", (0.2, 0.9, 20.0, 90.0), scale="ratio"))
    assert check_values(metric("", (0.3, 0.9, 1.1, 10.4), scale="ratio")) == ()
    assert check_values(metric("%", (0.3, 45.0))) == ()


def test_b24_percent_in_a_declared_proportion_is_refused_and_says_so():
    with pytest.raises(InputError, match=r"row 3: E06000002 45.*mixed with proportions"):
        check_values(metric("proportion", (0.45, 45.0)))
    with pytest.raises(InputError, match=r"declare the unit as %"):
        check_values(metric("proportion", (44.0, 45.0)))


@pytest.mark.parametrize("values", [(50.0, 100.5), (-0.5, 50.0)])
def test_b25_a_bounded_rate_outside_its_bounds_is_refused(values):
    for tried in (metric("%", values), known("employment_rate_16_64", values)):
        with pytest.raises(InputError, match=r"at least 0 and at most 100|negative"):
            check_values(tried)
    assert check_values(metric("%", values, scale="ratio")) == ()


def test_b25_scores_keep_to_their_range():
    assert check_values(known("wellbeing_anxiety", (0.0, 10.0))) == ()
    with pytest.raises(InputError, match=r"at most 10: row 3: E06000002 10.1"):
        check_values(known("wellbeing_anxiety", (2.0, 10.1)))


def test_b26_negative_figures_name_their_rows_where_none_can_be():
    for tried in (
        known("population_total", (5.0, -1.0, -2.0)),
        known("earnings_weekly_median_residence", (400.0, -1.0, -2.0)),
        metric("people", (5.0, -1.0, -2.0), scale="ratio"),
    ):
        with pytest.raises(
            InputError, match="negative, which cannot be: row 3: E06000002 -1, row 4: E06000003 -2"
        ):
            check_values(tried)


def test_b26_negative_output_and_negative_net_additions_are_allowed():
    assert check_values(known("gva_per_hour_smoothed", (-1.0, 20.0))) == ()
    assert check_values(known("net_additional_dwellings", (-18.0, 79.0))) == ()


def test_b34_ranks_are_whole_and_deciles_1_to_10():
    deciles = {"unit": "decile", "scale": "interval", "statistic": "rank"}
    assert check_values(metric(values=(1.0, 10.0), **deciles)) == ()
    for wrong in (0.0, 11.0):
        with pytest.raises(
            InputError, match=f"at least 1 and at most 10: row 3: E06000002 {wrong:g}"
        ):
            check_values(metric(values=(1.0, wrong), **deciles))
    with pytest.raises(InputError, match=r"not whole numbers: row 3: E06000002 2.5"):
        check_values(metric("rank", (1.0, 2.5)))
    with pytest.raises(InputError, match=r"at most 32844: row 3: E06000002 32845"):
        check_values(known("imd2019_rank", (1.0, 32845.0)))


def test_b34_ranks_of_unknown_direction_are_refused():
    with pytest.raises(InputError, match=r"whether 1 is the best or the worst.*higher_is"):
        check_values(metric("rank", (1.0, 2.0), higher_is=None))


def test_an_average_rank_may_have_a_fraction():
    assert check_values(known("iod_imd_average_rank", (3284.07, 26765.29))) == ()


def test_missing_figures_are_passed_over():
    assert check_values(metric("%", (50.0, float("nan")))) == ()


def test_like_series_pass():
    first = known("earnings_weekly_median_residence")
    assert check_same(first, first) is None
    printed = metric("GBP per week", statistic="median", scale="ratio", higher_is="better")
    other = metric("£", statistic="median", scale="ratio", higher_is="better", denominator="week")
    check_same(printed, other)


def test_t09_residence_and_workplace_are_refused_unless_asked_for():
    pair = [known(f"earnings_weekly_median_{basis}") for basis in ("residence", "workplace")]
    with pytest.raises(
        InputError, match=r"basis residence against workplace.*despite=\('basis',\)"
    ):
        check_same(*pair)
    check_same(*pair, despite=("basis",))


def test_t10_weekly_and_annual_pay_differ_in_unit():
    pair = [known(f"earnings_{how}_median_workplace") for how in ("weekly", "annual")]
    with pytest.raises(InputError, match="unit £ per week against £ per year"):
        check_same(*pair)


def test_every_difference_is_named_at_once():
    one = metric("£", basis="residence", price_basis="current", statistic="median")
    other = metric("%", basis="workplace", smoothing="yes", statistic="rate", higher_is="better")
    with pytest.raises(InputError) as caught:
        check_same(one, other)
    for word in ("basis", "unit £ against %", "price basis", "smoothing", "statistic", "higher is"):
        assert word in str(caught.value)
    names = ("basis", "unit", "price_basis", "smoothing", "statistic", "direction")
    assert f"despite={names!r}" in str(caught.value)
    check_same(one, other, despite=names)


def test_crime_per_10_000_in_scotland_and_per_1_000_in_england_need_a_conversion():
    england, scotland = known("crime_personal_england"), known("crime_personal_scotland")
    with pytest.raises(InputError, match=r"convert_unit\(second, 'per 1,000 people'\)"):
        check_same(england, scotland)
    check_same(england, convert_unit(scotland, "per 1,000 people"))


def test_smoothed_output_is_not_compared_with_unsmoothed():
    with pytest.raises(
        InputError, match="smoothing five-year weighted moving average against none"
    ):
        check_same(known("gva_per_hour_smoothed"), known("gva_per_hour_unsmoothed"))


def test_t19_ranks_and_scores_of_two_nations_are_never_mixed_unasked():
    for pair in (("imd2019_rank", "wimd2019_rank"), ("imd2019_score", "wimd2019_score")):
        with pytest.raises(InputError, match="means something within its own index only"):
            check_same(*[known(key) for key in pair])
    check_same(known("wellbeing_happiness"), known("wellbeing_worthwhile"))


def test_a_misspelt_difference_is_refused():
    with pytest.raises(InputError, match="Did you mean 'basis'"):
        check_same(metric("%"), metric("%"), despite=("bases",))
