"""Masking: hand values, noise taken out, intervals that cover, and what UK averages hide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps import parent_shares, read_metric
from spatial_gaps.measure.decomposition import decompose
from spatial_gaps.measure.masking import masking

Z = 1.959963984540054


def dense_forms(weights, region):
    """Return the matrices of the weighted variance over areas and of that inside the groups."""
    n = (weights / weights.sum()).to_numpy()
    if isinstance(region.index, pd.MultiIndex):
        share = region.unstack(fill_value=0.0).reindex(weights.index).to_numpy()
    else:
        share = pd.get_dummies(region.reindex(weights.index)).to_numpy(float)
    belonging = n[:, None] * share
    between = (belonging / belonging.sum(0)) @ belonging.T
    return np.diag(n) - np.outer(n, n), np.diag(n) - between


def slow_share(values, region, weights, se):
    """Return the share hidden and its interval, trying every share, with dense matrices."""
    total, inside = dense_forms(weights, region)
    y, noise = (values - values.mean()).to_numpy(), np.diag(se.to_numpy() ** 2)
    top = y @ inside @ y - np.trace(inside @ noise)
    bottom = y @ total @ y - np.trace(total @ noise)
    kept = []
    for share in np.linspace(0, 1, 1001):
        form = inside - share * total
        turned = form @ noise @ form
        variance = 4 * y @ turned @ y - 2 * np.trace(turned @ noise)
        if (top - share * bottom) ** 2 <= Z**2 * variance:
            kept.append(share)
    return top / bottom, min(kept), max(kept)


def made_up(noise, seed=1, per_group=6):
    """Return 8 groups of areas with unequal weights, one of them straddling two groups."""
    rng = np.random.default_rng(seed)
    codes = [f"c{i:03}" for i in range(8 * per_group)]
    pairs = [(code, i // per_group) for i, code in enumerate(codes)]
    region = pd.Series(1.0, pd.MultiIndex.from_tuples([*pairs, (codes[0], 1)]), name="g")
    region.iloc[[0, -1]] = 0.3, 0.7
    truth = pd.Series(
        rng.normal(0, 8, 8)[[g for _, g in pairs]] + rng.normal(100, 8, len(codes)), codes
    )
    se = pd.Series(0.5 + rng.random(len(codes)), codes)
    weights = pd.Series(0.5 + rng.random(len(codes)), codes)
    return truth, region, weights, se * noise * truth.std() / np.sqrt((se**2).mean()), rng


def test_masking_is_the_hand_value_and_takes_noise_out():
    y = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    # Total variance 5, between 4: a fifth is hidden.
    plain = masking(y, [side]).loc["side"]
    assert plain["hidden_share"] == pytest.approx(0.2)
    assert plain[["lower", "upper"]].isna().all()
    # Theil: 1/4 sum x ln x at x = 1/4, 3/4, 5/4, 7/4, and 1/2 sum at 1/2, 3/2 between.
    x, m = np.array([1, 3, 5, 7]) / 4, np.array([1, 3]) / 2
    hidden = 1 - 2 * (m @ np.log(m)) / (x @ np.log(x))
    assert plain["raw_theil_share"] == pytest.approx(hidden)
    assert plain["theil_share"] == pytest.approx(hidden)
    se = pd.Series(0.5, index=list("abcd"))
    # v_T = sum n(1-n) se^2 = 4 * .25 * .75 * .25; v_B = sum se^2 (n^2/N - n^2) = 4 * .25 * (.125 - .0625)
    row = masking(y, [side], se=se).loc["side"]
    assert row["hidden_share"] == pytest.approx(1 - (4 - 0.0625) / (5 - 0.1875))
    assert row["raw_share"] == pytest.approx(0.2)
    assert row["lower"] <= row["hidden_share"] <= row["upper"]
    assert row["theil_share"] < row["raw_theil_share"]


@pytest.mark.parametrize("noise", [0.3, 0.6, 0.9])
def test_share_and_interval_are_those_of_the_definition(noise):
    truth, region, weights, se, rng = made_up(noise)
    values = truth + rng.normal(0, se)
    row = masking(values - 1e4, [region], weights, se).loc["g"]
    share, lower, upper = slow_share(values, region, weights, se)
    assert row["hidden_share"] == pytest.approx(share, abs=1e-9)
    assert [row["lower"], row["upper"]] == pytest.approx([lower, upper], abs=0.0011)
    within = decompose(values, [region], weights, index="variance", se=se).parts.loc["within"]
    assert within[["corrected", "lower", "upper"]].to_list() == pytest.approx(
        row[["hidden_share", "lower", "upper"]].to_list(), abs=1e-9
    )


def test_all_noise_is_not_assessable_and_nearly_all_noise_leaves_everything_possible():
    y = pd.Series([1.0, 1.1, 0.9, 1.05], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")
    shares = ["hidden_share", "lower", "upper", "theil_share"]
    drowned = masking(y, [side], se=y * 0 + 5).loc["side"]
    assert drowned[shares[:3]].isna().all()
    assert drowned["raw_share"] > 0
    nearly = masking(y, [side], se=y * 0 + 0.08).loc["side"]
    assert nearly[["lower", "upper"]].to_list() == [0, 1]
    assert masking(y * 0 + 5, [side], se=y).isna().all(axis=None)


def test_tiers_come_in_any_order_and_negatives_have_no_theil():
    values = pd.Series([-1.0, 3.0, 5.0, 7.0, 2.0, 8.0], index=list("abcdef"))
    inner = pd.Series(list("112233"), index=list("abcdef"), name="inner")
    outer = pd.Series(list("nnnsss"), index=list("abcdef"), name="outer")
    table = masking(values, [inner, outer], se=values * 0 + 0.5)
    assert list(table.index) == ["inner", "outer"]
    assert list(table) == [
        "hidden_share", "lower", "upper", "raw_share", "theil_share", "raw_theil_share"
    ]  # fmt: skip
    assert table[["theil_share", "raw_theil_share"]].isna().all(axis=None)
    again = masking(values[::-1], [outer, inner], se=values * 0 + 0.5)
    pd.testing.assert_frame_equal(again.loc[table.index], table)


def simulate(truth, region, weights, se, rng, replicates):
    """Return how often the interval holds the true share, and by how much the estimate is off."""
    # Far below zero there is no Theil to draw for, and the variance is the same.
    true = masking(truth - 1e4, [region], weights).iloc[0]["raw_share"]
    found = [
        masking(truth - 1e4 + rng.normal(0, se), [region], weights, se).iloc[0]
        for _ in range(replicates)
    ]
    table = pd.DataFrame(found)
    covered = ((table["lower"] <= true) & (true <= table["upper"])).mean()
    return covered, table["hidden_share"].mean() - true, table["raw_share"].mean() - true


def test_masking_covers_in_a_small_simulation():
    covered, off, raw = simulate(*made_up(2 / 3), 100)
    assert 0.9 <= covered <= 0.99
    assert abs(off) < 0.02
    assert raw > 0.05


SERIES = {
    "pay": ("earnings_weekly_median_residence", None, 2021, "lad", 2023),
    "employment": ("employment_rate_16_64", "employment_rate_16_64", 2023, "lad", 2023),
    "gva": ("gva_per_hour_lad", "gva_per_hour_smoothed", 2022, "lad", 2023),
    "gdhi": ("gdhi_per_head", None, 2023, "lad", 2023),
    "unemployment": ("modelled_unemployment_rate", None, 2023, "lad", 2023),
    "worthwhile": ("wellbeing_worthwhile", None, "2022/23", "lad", 2021),
    "life": (
        "healthy_life_expectancy", "healthy_life_expectancy_male", "2021-2023", "lad county", 2025
    ),
}  # fmt: skip


def real(shared, name):
    """Return figures, standard errors and people of areas that have a published standard error."""
    file, indicator, period, levels, vintage = SERIES[name]
    folder = shared / "data/metrics/tidy"
    rows = read_metric(folder / f"{file}.csv", indicator=indicator).at(period)
    rows = rows[rows["level"].isin(levels.split()) & rows["value"].notna()]
    if rows["se"].notna().any():
        rows = rows[rows["se"] > 0]
    people = read_metric(folder / "population_total.csv").at(2021)["value"]
    if vintage == 2021:
        old = pd.read_csv(folder / "population_by_age_2021.csv").query(
            "metric == 'population_total'"
        )
        people = old.set_index("area_code")["value"]
    people = people.reindex(rows.index)
    return rows["value"], rows["se"], people.fillna(people.median()).astype(float), vintage


@pytest.mark.long
@pytest.mark.parametrize("noise", [1 / 3, 2 / 3])
@pytest.mark.parametrize("name", ["pay", "employment", "life"])
def test_masking_covers_what_it_claims_on_real_regions_and_errors(shared, name, noise):
    values, se, people, vintage = real(shared, name)
    region = parent_shares(values.index, "itl1", vintage)
    n = people / people.sum()
    mu = (n * values).sum()
    spread = (n * (values - mu) ** 2).sum()
    kept = max(spread - (n * (1 - n) * se**2).sum(), 0.2 * spread) / spread
    truth = mu + (values - mu) * np.sqrt(kept)
    se = se * noise * np.sqrt(kept * spread / (n * se**2).sum())
    covered, off, raw = simulate(truth, region, people, se, np.random.default_rng(1), 2000)
    assert 0.93 <= covered <= 0.97
    assert abs(off) < 0.02
    assert raw > abs(off)


# As printed in methods.md section 2: raw and corrected share inside ITL1.
MEASURED = {
    "pay": (0.456, 0.325),
    "employment": (0.863, 0.805),
    "unemployment": (0.659, 0.494),
    "worthwhile": (0.909, 0.793),
}


@pytest.mark.parametrize("name", SERIES)
def test_real_series_hide_what_the_definition_says(shared, name):
    values, se, people, vintage = real(shared, name)
    tiers = [
        parent_shares(values.index, tier, vintage).rename(tier) for tier in ("itl1", "itl2", "itl3")
    ]
    known = se.notna().any()
    table = masking(values, tiers, people, se if known else None)
    for region in tiers:
        total, inside = dense_forms(people, region)
        y, noise = values.to_numpy(), np.diag(se.fillna(0.0).to_numpy() ** 2)
        row = table.loc[region.name]
        assert row["raw_share"] == pytest.approx((y @ inside @ y) / (y @ total @ y), rel=1e-7)
        share = (y @ inside @ y - np.trace(inside @ noise)) / (
            y @ total @ y - np.trace(total @ noise)
        )
        assert row["hidden_share"] == pytest.approx(max(share, 0), abs=1e-7)
        assert not known or row["lower"] <= row["hidden_share"] <= row["upper"]
    hidden = table["hidden_share"]
    assert hidden["itl1"] > hidden["itl2"] > hidden["itl3"]
    if name in MEASURED:
        found = table.loc["itl1", ["raw_share", "hidden_share"]].to_list()
        assert found == pytest.approx(MEASURED[name], abs=0.0006)
