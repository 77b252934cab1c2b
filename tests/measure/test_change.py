"""Change of the mean log deviation: exact, equal to the definition, and without the noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps import parent_shares, read_metric
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.measure.change import TERMS, decompose_change
from spatial_gaps.measure.inequality import mld

CODES = list("abcdefgh")
REGION = pd.Series(list("nnneessw"), index=CODES, name="side")
pairs = st.lists(st.tuples(st.floats(1, 1000), st.floats(1, 1000)), min_size=8, max_size=8)


def two(rows):
    return pd.DataFrame(rows, columns=["2015", "2023"], index=CODES)


def slow(panel, region, weights):
    """Return the terms, group by group, from the formulas."""
    groups = sorted(set(region))
    size, mean, inside, mu = [], [], [], []
    for period in panel:
        n = weights[period] / weights[period].sum()
        y = panel[period]
        size.append({g: n[region == g].sum() for g in groups})
        mean.append({g: (n * y)[region == g].sum() / size[-1][g] for g in groups})
        inside.append(
            {
                g: mld(y[region == g], n[region == g]) if (region == g).sum() > 1 else 0.0
                for g in groups
            }
        )
        mu.append((n * y).sum())
    m = (mu[1] - mu[0]) / np.log(mu[1] / mu[0])
    found = {}
    for g in groups:
        grown, moved = size[1][g] - size[0][g], mean[1][g] - mean[0][g]
        half = (size[0][g] + size[1][g]) / 2
        logs = (np.log(mean[0][g] / m) + np.log(mean[1][g] / m)) / 2
        found[g] = [
            half * (inside[1][g] - inside[0][g]),
            (inside[0][g] + inside[1][g]) / 2 * grown,
            ((mean[0][g] + mean[1][g]) / 2 / m - 1 - logs) * grown,
            half * (moved / m - np.log(mean[1][g] / mean[0][g])),
        ]
    return pd.DataFrame.from_dict(found, orient="index", columns=list(TERMS)).rename_axis("side")


@given(values=pairs, people=pairs)
@settings(max_examples=25, deadline=None)
def test_terms_add_up_to_the_change_exactly(values, people):
    panel, weights = two(values), two(people)
    found = decompose_change(panel, REGION, weights)
    total = mld(panel["2023"], weights["2023"]) - mld(panel["2015"], weights["2015"])
    assert found.terms["value"].drop("total").sum() == pytest.approx(total, abs=1e-12)
    assert found.terms.loc["total", "value"] == pytest.approx(total, abs=1e-12)
    assert found.groups.sum().tolist() == pytest.approx(
        found.terms["value"].drop("total").tolist(), abs=1e-12
    )
    # Looked at backwards, every term has the other sign.
    back = panel.iloc[:, ::-1].set_axis(panel.columns, axis=1)
    turned = decompose_change(back, REGION, weights.iloc[:, ::-1].set_axis(panel.columns, axis=1))
    assert (-turned.terms["value"]).tolist() == pytest.approx(
        found.terms["value"].tolist(), abs=1e-12
    )


@given(values=pairs, people=pairs)
@settings(max_examples=12, deadline=None)
def test_it_is_the_formulas(values, people):
    panel, weights = two(values), two(people)
    if abs(np.log(panel["2023"] @ weights["2023"] / (panel["2015"] @ weights["2015"]))) < 1e-3:
        return  # the slow form divides nought by nought
    found = decompose_change(panel, REGION, weights).groups
    pd.testing.assert_frame_equal(found, slow(panel, REGION, weights), rtol=1e-6, atol=1e-9)


@given(values=pairs, scale=st.floats(0.01, 100))
@settings(max_examples=12, deadline=None)
def test_growth_of_all_and_order_of_rows_change_nothing(values, scale):
    panel = two(values)
    found = decompose_change(panel, REGION).terms["value"]
    grown = decompose_change(panel * [1, scale], REGION).terms["value"]
    assert grown.tolist() == pytest.approx(found.tolist(), abs=1e-9)
    assert found[["size_within", "size_between"]].tolist() == [0, 0]
    shuffled = decompose_change(panel[::-1], REGION.sample(frac=1, random_state=2)).terms["value"]
    assert shuffled.tolist() == pytest.approx(found.tolist(), abs=1e-12)


def test_each_term_alone():
    y = pd.Series([1.0, 3.0, 2.0, 6.0], index=list("abcd"))
    side = pd.Series(list("nnss"), index=list("abcd"), name="side")

    def terms(last, people=None):
        panel = pd.DataFrame({"2015": y, "2023": last})
        weights = None if people is None else pd.DataFrame({"2015": 1.0, "2023": people})
        return decompose_change(panel, side, weights).terms["value"].drop("total")

    assert terms(y).tolist() == pytest.approx([0] * 4, abs=1e-15)
    # n keeps its mean of 2 with less inside it.
    inside = terms(pd.Series([2.0, 2.0, 2.0, 6.0], index=y.index))
    assert inside.tolist() == pytest.approx([0.5 * -np.log(2 / np.sqrt(3)), 0, 0, 0], abs=1e-12)
    # s doubles: ratios inside are the same, means 2 and 4 become 2 and 8.
    apart = terms(y * [1, 1, 2, 2])
    assert apart.tolist() == pytest.approx(
        [0, 0, 0, np.log(5 / 4) - np.log(3 / np.sqrt(8))], abs=1e-12
    )
    # Twice the people in s; inside n and s inequality is the same, ln(2 / sqrt 3).
    moved = terms(y, people=pd.Series([1.0, 1.0, 2.0, 2.0], index=y.index))
    between = np.log(10 / 3) - np.log(2) / 3 - 2 * np.log(4) / 3 - np.log(3 / np.sqrt(8))
    assert moved.tolist() == pytest.approx([0, 0, between, 0], abs=1e-12)


def test_an_area_that_straddles_counts_in_both():
    index = pd.MultiIndex.from_tuples([("a", "n"), ("b", "n"), ("b", "s"), ("c", "s")])
    shares = pd.Series([1.0, 0.5, 0.5, 1.0], index=index, name="half")
    panel = pd.DataFrame({"2015": [1.0, 2.0, 4.0], "2023": [2.0, 3.0, 3.0]}, index=list("abc"))
    split = pd.DataFrame(
        {"2015": [1.0, 2.0, 2.0, 4.0], "2023": [2.0, 3.0, 3.0, 3.0]}, index=list("abBc")
    )
    side = pd.Series(list("nnss"), index=split.index, name="half")
    people = pd.Series([1.0, 0.5, 0.5, 1.0], index=split.index)
    one, other = decompose_change(panel, shares), decompose_change(split, side, people)
    assert one.terms["value"].tolist() == pytest.approx(other.terms["value"].tolist(), abs=1e-12)


def test_without_errors_nothing_is_corrected():
    panel = two(np.random.default_rng(1).uniform(50, 90, (8, 2)))
    terms = decompose_change(panel, REGION, se=panel * 0 + 1e-9, correlation=0).terms
    for column in ("corrected", "lower", "upper"):
        assert terms[column].tolist() == pytest.approx(terms["value"].tolist(), abs=1e-9)


def test_estimates_centre_on_the_truth_and_intervals_hold_it():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(8), 10)
    means = np.column_stack([rng.normal(100, 12, 8), rng.normal(110, 9, 8)])
    truth = means[group] + rng.normal(0, [[8, 7]], (80, 2))
    region = pd.Series(group, name="g")
    columns = ["2015", "2023"]
    goal = decompose_change(pd.DataFrame(truth, columns=columns), region).terms["value"]
    se = rng.uniform(3, 9, (80, 2)) * [0.4, 1.2]  # samples shrink
    errors = pd.DataFrame(se, columns=columns)
    found = []
    for seed in range(25):
        z = rng.standard_normal((80, 2))
        z[:, 1] = 0.6 * z[:, 0] + 0.8 * z[:, 1]
        panel = pd.DataFrame(truth + se * z, columns=columns)
        found.append(decompose_change(panel, region, se=errors, correlation=0.6, seed=seed).terms)
    for term in ("within", "means", "total"):
        rows = pd.DataFrame([each.loc[term] for each in found])
        error = rows["corrected"].std() / np.sqrt(25)
        assert rows["corrected"].mean() == pytest.approx(goal[term], abs=4 * error)
        hits = ((rows["lower"] <= goal[term]) & (goal[term] <= rows["upper"])).sum()
        assert hits >= 20, term  # 24 of 25 expected; 19 or fewer once in 800 times
    # To published figures, samples that shrink look like more inequality inside.
    within = np.array([each.loc["within", ["value", "corrected"]] for each in found], float)
    assert within[:, 0].mean() - goal["within"] > 10 * within[:, 1].std() / np.sqrt(25)


def test_employment_differs_more_inside_regions_in_published_figures_only(shared):
    rows = read_metric(
        shared / "data/metrics/tidy/employment_rate_16_64.csv", indicator="employment_rate_16_64"
    ).table.query("level == 'lad' and period in ('2004', '2023')")
    panel, se = (
        rows.pivot(index="code", columns="period", values=what) for what in ("value", "se")
    )
    complete = panel.dropna().index
    region = parent_shares(complete, "itl1", 2023).rename("itl1")
    found = decompose_change(panel, region, se=se, correlation=0)
    assert found.n == 348
    assert found.terms.loc["total", "value"] > 0 > found.terms.loc["total", "upper"]
    assert found.terms.loc["within", "value"] > 0 > found.terms.loc["within", "corrected"]
    assert found.terms.loc["means", "upper"] < 0
    assert "although that of published figures rose by 0.00037" in str(found)
    assert str(found).endswith(
        "of its parts by itl1, their means moving together is the greatest (-0.00053)."
    )


def test_what_is_wrong_is_said():
    panel = two(np.arange(16.0).reshape(8, 2))
    with pytest.raises(StatisticUndefined, match="positive: a"):
        decompose_change(panel, REGION)
    with pytest.raises(JoinError, match="h"):
        decompose_change(panel + 1, REGION.drop("h"))
    with pytest.raises(InputError, match="error_correlation"):
        decompose_change(panel + 1, REGION, se=panel)
    with pytest.raises(InputError, match="between -1 and 1"):
        decompose_change(panel + 1, REGION, se=panel, correlation=3)
