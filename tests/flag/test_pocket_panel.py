"""Several metrics and years: counted by hand on a made-up country, and on the real seven metrics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg
from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.flag.pocket_panel import _classes, _run_length, find_pockets_panel

PAY = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
AREAS = sg.areas("lad", 2023)
SIX = {
    "earnings_weekly_median_residence": None,
    "employment_rate_16_64": None,
    "gdhi_per_head": None,
    "healthy_life_expectancy": "healthy_life_expectancy_male",
    "claimant_count_rate": None,
    "gigabit_broadband": None,
}


def test_runs_and_classes_by_hand():
    flags = np.array(
        [
            [1, 1, 1, 1, 1, 1],
            [0, 1, 1, 1, 1, 1],
            [0, 0, 0, 0, 1, 1],
            [0, 1, 0, 0, 0, 1],
            [0, 1, 1, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ],
        bool,
    )
    assessed = np.ones_like(flags)
    assessed[6] = False
    running = _run_length(flags)
    assert running.tolist() == [6, 5, 2, 1, 0, 0, 0]
    assert _classes(flags, assessed, running).tolist() == [
        "persistent", "persistent", "emerging", "recurring", "fading", "never", "not assessable",
    ]  # fmt: skip
    assert (
        _classes(flags[:, -1:], assessed[:, -1:], flags[:, -1].astype(int)).tolist()[:3]
        == ["once"] * 3
    )


def test_each_row_is_what_assess_finds():
    found = find_pockets_panel([PAY], AREAS, periods={PAY.key: [2019, 2021]})
    alone = sg.assess(sg.cartogram("lad", 2023), PAY, period=2021).pockets
    rows = found.rows.loc[(PAY.key, "2021")]
    assert (rows["verdict"] == alone["verdict"].reindex(rows.index)).all()
    np.testing.assert_allclose(
        rows["p_pocket"], alone["p_pocket"].reindex(rows.index), equal_nan=True
    )
    assert found.settings.loc[(PAY.key, "2021"), "below"] == 33
    assert found.areas["n_metrics"].sum() == rows["is_pocket"].sum()
    assert found.running.max().item() <= 2
    assert "of 1 metrics" in str(found)


def test_pooled_years_confirm_more_and_use_no_older_figure_alone():
    one = find_pockets_panel([PAY], AREAS, periods={PAY.key: [2021]})
    five = find_pockets_panel([PAY], AREAS, periods={PAY.key: [2021]}, pool=5)
    before, after = one.rows["se"], five.rows["se"]
    assert (after < before * 1.001)[before.notna() & after.notna()].mean() > 0.95
    lacking = five.rows["value"].isna()
    pd.testing.assert_series_equal(lacking, one.rows["value"].isna())
    assert five.settings["pooled"].item() == 5
    # Norwich: above the UK in 2021 by £7, below it by £20 to £60 in the four years before.
    norwich = (PAY.key, "2021", "E07000148")
    assert five.rows.loc[norwich, "p_pocket"] > one.rows.loc[norwich, "p_pocket"] + 0.2


def test_years_before_a_break_are_not_pooled():
    anew = dataclasses.replace(PAY, breaks=("2021",))
    for period, years in ((2020, 5), (2021, 1), (2022, 2)):
        found = find_pockets_panel([anew], AREAS, periods={PAY.key: [period]}, pool=5)
        assert found.settings["pooled"].tolist() == [years]
    alone = find_pockets_panel([PAY], AREAS, periods={PAY.key: [2021]})
    anew = find_pockets_panel([anew], AREAS, periods={PAY.key: [2021]}, pool=5)
    np.testing.assert_allclose(anew.rows["value"], alone.rows["value"])


def without(metric, rows, columns):
    table = metric.table.copy()
    table.loc[rows(table), columns] = np.nan
    return dataclasses.replace(metric, table=table)


def test_years_without_errors_or_figures_of_the_nation_are_not_mixed_with_others():
    def early(table):
        return table["period"] == "2019"

    def nation(table):
        return early(table) & (table["code"] == "K02000001")

    period = {PAY.key: [2021]}
    unsure = find_pockets_panel([without(PAY, early, ["se"])], AREAS, periods=period, pool=3)
    assert unsure.settings["pooled"].tolist() == [2]
    whole = find_pockets_panel([PAY], AREAS, periods=period, pool=3).rows["value"]
    gap = find_pockets_panel([without(PAY, nation, ["value"])], AREAS, periods=period, pool=3).rows
    # Means of areas in all three years, not one of them beside two published medians.
    assert (gap["value"] / whole - 1).abs().median() < 0.01


def test_a_nation_without_a_figure_beside_published_parents_is_said():
    def nation(table):
        return table["code"] == "K02000001"

    lacking = without(PAY, nation, ["value"])
    with pytest.warns(SpatialGapsWarning, match="1 settings: .*2021"):
        found = find_pockets_panel([lacking], AREAS, periods={PAY.key: [2021]})
    assert found.settings["source"].tolist() == ["derived"]


def test_areas_may_come_in_any_order_and_keep_it():
    mixed = AREAS.sample(frac=1, random_state=1)
    one, other = (find_pockets_panel([PAY], a, periods={PAY.key: [2021]}) for a in (AREAS, mixed))
    assert other.areas.index.equals(mixed.index)
    for table in ("areas", "running", "classes"):
        pd.testing.assert_frame_equal(getattr(other, table).loc[AREAS.index], getattr(one, table))
    pd.testing.assert_frame_equal(other.rows, one.rows)


def test_nonsense_is_refused():
    with pytest.raises(InputError, match="no key 'pay'"):
        find_pockets_panel([PAY], AREAS, periods={"pay": [2021]})
    with pytest.raises(JoinError, match="E06000001"):
        find_pockets_panel([PAY], pd.concat([AREAS, AREAS.iloc[:1]]).sort_index())
    with pytest.raises(InputError, match="different keys"):
        find_pockets_panel([PAY, PAY], AREAS)
    with pytest.raises(InputError, match="different keys"):
        find_pockets_panel([], AREAS)
    with pytest.raises(InputError, match="no period '1066'"):
        find_pockets_panel([PAY], AREAS, periods={PAY.key: [1066]})


@pytest.mark.slow
def test_seven_metrics_find_luton_and_great_yarmouth(shared):
    """Places that the IfG and the ONS name as left behind inside the South East and the East."""
    tidy = shared / "data" / "metrics" / "tidy"
    metrics = [sg.read_metric(tidy / f"{file}.csv", indicator=only) for file, only in SIX.items()]
    # Output of regions and of the UK as published, or the East would pass for affluent.
    output = pd.concat(
        [pd.read_csv(tidy / f"gva_per_hour_{level}.csv") for level in ("lad", "itl")]
    )
    smoothed = output[output["metric"] == "gva_per_hour_smoothed"]
    metrics.append(sg.read_metric(smoothed.drop_duplicates(["area_code", "period"])))
    found = find_pockets_panel(metrics, AREAS, periods={m.key: m.periods[-6:] for m in metrics})
    assert found.settings["source"].eq("published").all()
    output_of = found.rows.loc[(metrics[-1].key, "2022")]
    assert set(output_of.loc[output_of["is_pocket"], "parent"]) == {"TLI", "TLJ"}
    often = found.areas.index[found.areas["n_metrics"] >= 3]
    assert {"E06000032", "E07000145", "E07000076", "E07000062", "E07000114"} <= set(often)
    assert (found.rows["parent"].loc[:, :, "E07000145"] == "TLH").all()
    # Healthy life expectancy is published for the upper tier: a district does not take its county's.
    healthy = found.rows.xs("healthy_life_expectancy_male", level="metric")
    assert healthy.loc[(slice(None), "E07000145"), "reason"].eq("it has no figure").all()
    exact = found.settings.loc["gdhi_per_head"]
    assert exact["confirmed"].eq(0).all()
    assert exact["expected_false"].isna().all()
    assert (found.classes == "persistent").any(axis=1).sum() > 30
