"""Several metrics and years: counted by hand on a made-up country, and on the real seven metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg
from spatial_gaps.errors import InputError
from spatial_gaps.flag.pocket_panel import _classes, _run_length, find_pockets_panel

PAY = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
AREAS = sg.areas("lad", 2023)
SEVEN = {
    "earnings_weekly_median_residence": None,
    "employment_rate_16_64": None,
    "gva_per_hour_lad_els": None,
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


def test_nonsense_is_refused():
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
    metrics = [sg.read_metric(tidy / f"{file}.csv", indicator=only) for file, only in SEVEN.items()]
    found = find_pockets_panel(metrics, AREAS, periods={m.key: m.periods[-6:] for m in metrics})
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
