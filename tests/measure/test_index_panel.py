"""Panels: equal to `gap_indices` column by column, whatever is missing where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.measure.gaps import gap_indices
from spatial_gaps.measure.index_panel import NAMES, gap_panel
from spatial_gaps.measure.inequality import tail_mean

figure = st.one_of(st.floats(0.5, 1e3), st.sampled_from([float("nan"), 0.0, -2.0]))


def by_loop(panels, weights=None, se=None, **kind):
    """Return what `gap_indices` says of each column, one after the other."""
    rows = []
    for (metric, level), frame in panels.items():
        for period in frame:
            errors = None if se is None else se[metric, level][period]
            try:
                table = gap_indices(frame[period], weights, errors, **kind)
            except StatisticUndefined:
                table = pd.DataFrame({"value": np.nan}, index=NAMES)
            table = table.rename_axis("index").reset_index()
            rows.append(table.assign(metric=metric, level=level, period=period))
    return pd.concat(rows, ignore_index=True)


@given(
    st.lists(st.lists(figure, min_size=11, max_size=11), min_size=2, max_size=6),
    st.lists(st.floats(0.1, 100), min_size=11, max_size=11),
    st.sampled_from(["ratio", "interval"]),
    st.sampled_from(["better", "worse", None]),
)
@settings(max_examples=60, deadline=None)
def test_a_panel_equals_its_columns_one_by_one(columns, people, scale, higher_is):
    codes = list("abcdefghijk")
    weights = pd.Series(people, index=codes)
    frame = pd.DataFrame({f"{2000 + i}": column for i, column in enumerate(columns)}, index=codes)
    panels = {("one", "lad"): frame, ("two", "lad"): frame.iloc[::-1, :1] + 1}
    table = gap_panel(panels, weights=weights, scale=scale, higher_is=higher_is)
    expected = by_loop(panels, weights, scale=scale, higher_is=higher_is)
    assert list(zip(*(table[key] for key in ("metric", "period", "index")), strict=True)) == list(
        zip(*(expected[key] for key in ("metric", "period", "index")), strict=True)
    )
    np.testing.assert_allclose(table["value"], expected["value"], rtol=1e-9, atol=1e-12)
    assert (table["value"].isna() == (table["note"] != "")).all()
    noted = expected["note"].notna() & (table["note"] != "")
    assert (table["note"] == expected["note"])[noted].all()


def test_levels_of_other_areas_weights_by_period_and_the_order_asked_for():
    rng = np.random.default_rng(1)
    small = pd.DataFrame(rng.uniform(1, 9, (4, 2)), index=list("wxyz"), columns=[2020, 2021])
    large = pd.DataFrame(rng.uniform(1, 9, (6, 2)), index=list("abcdef"), columns=[2020, 2021])
    large.loc["c", 2021] = np.nan
    panels = {("pay", "itl1"): small, ("jobs", "lad"): large, ("pay", "lad"): large + 1}
    people = pd.DataFrame(
        rng.uniform(1, 5, (10, 2)), index=[*"abcdef", *"wxyz"], columns=[2020, 2021]
    )
    table = gap_panel(panels, weights={"pay": people, "jobs": people[2020]})
    order = table[["metric", "level", "period"]].drop_duplicates().agg(tuple, axis=1).tolist()
    assert order == [(m, lv, p) for m, lv in panels for p in ("2020", "2021")]
    for metric, level, year in (("pay", "itl1", 2021), ("jobs", "lad", 2021), ("pay", "lad", 2020)):
        weight = people[year] if metric == "pay" else people[2020]
        one = gap_indices(panels[metric, level][year], weight)["value"]
        got = table.query("metric == @metric and level == @level and period == @year.__str__()")
        np.testing.assert_allclose(got["value"], one[got["index"]], rtol=1e-12)
    assert table.query("metric == 'jobs' and period == '2021'")["n"].eq(5).all()


def test_intervals_are_those_of_gap_indices():
    rng = np.random.default_rng(2)
    codes = [f"c{i}" for i in range(12)]
    pay = pd.DataFrame(rng.uniform(400, 600, (12, 2)), index=codes, columns=["2020", "2021"])
    pay.loc["c3", "2021"] = np.nan
    error = pd.DataFrame(rng.uniform(5, 20, (12, 2)), index=codes[::-1], columns=["2021", "2020"])
    rate = pd.DataFrame({"2021": [10.0, 0.0, *range(20, 30)]}, index=codes)
    table = gap_panel(
        {"pay": pay, ("rate", ""): rate},
        se={"pay": error},
        scale={"pay": "ratio", "rate": "bounded"},
    )
    expected = by_loop({("pay", ""): pay}, se={("pay", ""): error})
    got = table[table["metric"] == "pay"]
    for part in ("value", "corrected", "lower", "upper"):
        np.testing.assert_allclose(got[part], expected[part], rtol=1e-9)
    assert got["reliability"].tolist() == expected["reliability"].tolist()
    rest = table[table["metric"] == "rate"].set_index("index")
    assert rest["lower"].isna().all()
    assert rest.loc["mld", "reliability"] == "not assessable"
    assert rest.loc["gini", "reliability"] == ""


def test_a_row_with_too_few_figures_is_undefined_not_zero():
    frame = pd.DataFrame(
        {"2020": [1.0, np.nan, np.nan], "2021": np.nan, "2022": [1.0, 2, 3]}, index=list("abc")
    )
    table = gap_panel({"pay": frame})
    assert table.groupby("period")["n"].first().tolist() == [1, 0, 3]
    few = table[table["n"] < 2]
    assert few["value"].isna().all()
    assert few["note"].str.contains(r"only [01] values are left").all()


def test_rounding_takes_no_index_past_its_floor():
    frame = pd.DataFrame({str(k): [0.1 * k] * 11 for k in range(1, 40)}, index=list("abcdefghijk"))
    weights = pd.Series(np.arange(1.0, 12.0), index=frame.index)
    table = gap_panel({"pay": frame}, weights=weights, higher_is="worse").query("index != 'mean'")
    floor = np.where(table["index"].str.endswith("ratio"), 1.0, 0.0)
    assert (table["value"] >= floor).all()


def test_what_does_not_fit_is_named():
    frame = pd.DataFrame({"2020": [1.0, 2.0], "2021": [1.0, np.nan]}, index=["a", "b"])
    with pytest.raises(WeightsError, match=r"b \(pay 2020\)"):
        gap_panel({"pay": frame}, weights=pd.Series([1.0], index=["a"]))
    with pytest.raises(InputError, match="lack periods of 'pay': 2021"):
        gap_panel({"pay": frame}, weights=frame[["2020"]])
    with pytest.raises(InputError, match="weights has nothing for the metric 'pay'"):
        gap_panel({"pay": frame}, weights={"jobs": frame["2020"]})
    with pytest.raises(InputError, match="no scale 'odd'"):
        gap_panel({"pay": frame}, scale="odd")
    with pytest.raises(InputError, match="no direction 'up'"):
        gap_panel({"pay": frame}, higher_is={"pay": "up"})
    with pytest.raises(InputError, match="not in panels"):
        gap_panel({"pay": frame}, se={"jobs": frame})
    with pytest.raises(InputError, match="se of 'pay' lacks a period"):
        gap_panel({"pay": frame}, se={"pay": frame[["2021"]]})
    with pytest.raises(JoinError, match="areas of 'pay' have codes that occur more than once: a"):
        gap_panel({"pay": frame.set_axis(["a", "a"])})
    with pytest.raises(InputError, match="figures of 'pay' in 2020 hold text"):
        gap_panel({"pay": frame.astype(object).mask(frame == 2.0, "two")})
    with pytest.raises(InputError, match="DataFrame"):
        gap_panel({"pay": frame["2020"]})
    with pytest.raises(InputError, match="no panel"):
        gap_panel({})


def test_rows_of_their_own_weights_split_the_area_on_the_edge():
    """By hand: 10 people; the top fifth are 2 of 3 at 9; with 1 more at 9 and none at 3, 2 of 4."""
    y, n = np.array([[1.0, 3.0, 9.0]] * 2), np.array([[0.1, 0.6, 0.3], [0.6, 0.0, 0.4]])
    assert tail_mean(y, n, 0.2, top=False) == pytest.approx([2, 1])
    assert tail_mean(y, n, 0.5, top=True) == pytest.approx(
        [(0.3 * 9 + 0.2 * 3) / 0.5, (0.4 * 9 + 0.1) / 0.5]
    )
