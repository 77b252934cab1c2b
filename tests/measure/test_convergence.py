"""Convergence: closed forms, slow copies of the definitions, coverage, and the UK's real figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spatial_gaps import read_metric
from spatial_gaps.errors import InputError, StatisticUndefined
from spatial_gaps.measure.common_errors import error_correlation
from spatial_gaps.measure.convergence import convergence

YEARS = ["2015", "2023"]
RNG = np.random.default_rng(7)
START = np.exp(RNG.normal(6, 0.2, 40))
# Ten years at which 2 % of every gap closes each year.
KNOWN = pd.DataFrame({"2010": START, "2020": np.exp(1.5 + np.exp(-0.2) * np.log(START))})


def noisy(truth, se, rho, rng):
    z = rng.standard_normal(truth.shape)
    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    return pd.DataFrame(truth + se * z, columns=YEARS)


def test_speed_is_not_taken_from_a_slope_that_is_a_yearly_one_already():
    """Others take -ln(1 + b) / T of the yearly slope b and report 0.0018, ten times too slow."""
    row = convergence(KNOWN).beta.loc["as published"]
    assert row["speed"] == pytest.approx(0.02, rel=1e-9)
    assert row["b"] == pytest.approx((np.exp(-0.2) - 1) / 10, rel=1e-9)
    assert row["half_life"] == pytest.approx(np.log(2) / 0.02, rel=1e-9)
    assert -np.log(1 + row["b"]) / 10 == pytest.approx(0.0018, abs=5e-5)


def slow(panel, se, weights, rho):
    """Return corrected CVs and the slope, one area at a time from the definitions."""
    codes, first, last = list(panel.index), panel.columns[0], panel.columns[-1]
    n = {code: weights[code] / sum(weights) for code in codes}
    cvs = []
    for period in panel:
        mu = sum(n[c] * panel[period][c] for c in codes)
        v = sum(
            n[c] * (panel[period][c] - mu) ** 2 - n[c] * (1 - n[c]) * se[period][c] ** 2
            for c in codes
        )
        cvs.append(v**0.5 / mu)
    x = {c: [np.log(panel[first][c]), np.log(panel[last][c])] for c in codes}
    s = {c: [se[first][c] / panel[first][c], se[last][c] / panel[last][c]] for c in codes}
    m = [sum(n[c] * x[c][t] for c in codes) for t in (0, 1)]
    top = sum(n[c] * (x[c][0] - m[0]) * (x[c][1] - m[1]) for c in codes)
    top -= rho * sum(n[c] * (1 - n[c]) * s[c][0] * s[c][1] for c in codes)
    bottom = sum(n[c] * (x[c][0] - m[0]) ** 2 - n[c] * (1 - n[c]) * s[c][0] ** 2 for c in codes)
    return cvs, top / bottom


def test_it_is_the_definitions():
    rng = np.random.default_rng(3)
    panel = pd.DataFrame(
        rng.uniform(50, 90, (9, 3)), columns=["2015", "2019", "2023"], index=list("abcdefghi")
    )
    se = pd.DataFrame(rng.uniform(1, 5, (9, 3)), columns=panel.columns, index=panel.index)
    weights = pd.Series(rng.uniform(1, 9, 9), index=panel.index)
    found = convergence(panel, se, weights, correlation=0.4, replicates=99)
    cvs, slope = slow(panel, se, weights, 0.4)
    assert found.sigma["corrected"].tolist() == pytest.approx(cvs, rel=1e-12)
    assert found.change == pytest.approx(cvs[2] - cvs[0], rel=1e-9)
    assert found.beta.loc["correlated", "slope"] == pytest.approx(slope, rel=1e-9)
    assert found.beta.loc["independent", "slope"] == pytest.approx(slow(panel, se, weights, 0)[1])
    assert found.beta.loc["as published", "slope"] == pytest.approx(
        slow(panel, se * 0, weights, 0)[1]
    )
    # With equal weights it is the sample form of the textbooks.
    x, s = np.log(panel), se / panel
    covariance = np.cov(x["2015"], x["2023"])
    top = covariance[0, 1] - 0.4 * (s["2015"] * s["2023"]).mean()
    equal = convergence(panel, se, correlation=0.4, replicates=99).beta.loc["correlated", "slope"]
    assert equal == pytest.approx(top / (covariance[0, 0] - (s["2015"] ** 2).mean()), rel=1e-9)


@pytest.mark.parametrize(
    ("scale", "areas", "tail", "noise"),
    [
        ("ratio", 40, 0.5, (0.03, 0.09)),
        ("ratio", 80, 0.2, (0.05, 0.15)),
        ("interval", 80, 0.2, (0.05, 0.15)),
    ],
)
def test_the_limits_of_the_change_are_as_wide_as_its_spread_over_errors(scale, areas, tail, noise):
    """Few areas with a long tail try the mean in the CV; many with much noise, noise times noise."""
    rng = np.random.default_rng(4)
    first = rng.lognormal(4, tail, areas)
    truth = np.column_stack([first, 20 + 0.8 * first])
    se, weights = truth * rng.uniform(*noise, (areas, 2)), rng.uniform(0.3, 3, areas)
    n = weights / weights.sum()
    draws = rng.standard_normal((8000, areas, 2))
    draws[..., 1] = 0.7 * draws[..., 0] + np.sqrt(1 - 0.49) * draws[..., 1]
    y = truth + se * draws
    mean = np.einsum("i,dit->dt", n, y)
    square = np.einsum("i,dit->dt", n, (y - mean[:, None]) ** 2) - (n * (1 - n)) @ se**2
    spread = np.sqrt(square) / (mean if scale == "ratio" else 1)
    errors = pd.DataFrame(se, columns=YEARS)
    widths = []
    for k in range(40):
        found = convergence(pd.DataFrame(y[k], columns=YEARS), errors, pd.Series(weights),
                            correlation=0.7, scale=scale, replicates=99)  # fmt: skip
        assert found.change == pytest.approx(spread[k, 1] - spread[k, 0], rel=1e-9)
        widths.append(found.upper - found.lower)
    expected = 2 * 1.96 * (spread[:, 1] - spread[:, 0]).std()
    assert np.mean(widths) == pytest.approx(expected, rel=0.03)


def simulate(truth, se, rho, replicates, seed, slope=0.75):
    """Count how often the intervals of the change of spread, and of the half-life, hold the truth.

    For the half-life, places are drawn anew each time, and their later figures follow the slope.
    """
    rng = np.random.default_rng(seed)
    errors = pd.DataFrame(se, columns=YEARS)
    spread = truth.std(axis=0) / truth.mean(axis=0)
    half_life = -8 * np.log(2) / np.log(slope)
    hits = np.zeros(2)
    for _ in range(replicates):
        found = convergence(noisy(truth, se, rho, rng), errors, correlation=rho, replicates=99)
        hits[0] += found.lower <= spread[1] - spread[0] <= found.upper
        drawn = rng.integers(0, len(truth), len(truth))
        x = np.log(truth[drawn, 0])
        later = np.exp(1.7 + slope * x + rng.normal(0, 0.03, len(x)))
        relative = se[drawn] / truth[drawn]
        places = np.column_stack([truth[drawn, 0], later])
        own = relative * places
        panel = noisy(places, own, rho, rng)
        row = convergence(
            panel, pd.DataFrame(own, columns=YEARS), correlation=rho, replicates=399
        ).beta
        hits[1] += row.loc["correlated", "lower"] <= half_life <= row.loc["correlated", "upper"]
    return hits / replicates


def test_intervals_hold_the_truth():
    rng = np.random.default_rng(5)
    truth = np.column_stack([rng.normal(430, 60, 200), rng.normal(580, 65, 200)])
    se = rng.uniform(15, 45, (200, 2))
    # 60 replicates of which 95 % should hit: 51 is four standard errors below.
    assert simulate(truth, se, 0.6, 60, seed=6).min() >= 51 / 60


@pytest.mark.long
@pytest.mark.parametrize("noise", [1 / 3, 2 / 3])
@pytest.mark.parametrize("rho", [0.0, 0.58])
def test_intervals_hold_the_truth_at_the_real_errors_of_pay(shared, noise, rho):
    panel, se = read(shared, "earnings_weekly_median_residence")
    both = panel[YEARS].dropna().index
    y, error = panel.loc[both, YEARS].to_numpy(), se.loc[both, YEARS].to_numpy()
    clean = np.sqrt(1 - (error**2).mean(axis=0) / y.var(axis=0))
    truth = y.mean(axis=0) + (y - y.mean(axis=0)) * clean
    error = error * noise * truth.std(axis=0) / np.sqrt((error**2).mean(axis=0))
    hits = simulate(truth, error, rho, 1000, seed=8)
    assert (hits >= 0.93).all()
    assert (hits <= 0.97).all()


def read(shared, name, indicator=None):
    """Return figures and standard errors of authorities by period, as `panel` has the figures."""
    path = shared / f"data/metrics/tidy/{name}.csv"
    rows = read_metric(path, indicator=indicator or name).table.query("level == 'lad'")
    return (rows.pivot(index="code", columns="period", values=what) for what in ("value", "se"))


def test_employment_is_narrowing_though_published_spread_rises(shared):
    """The figures are those of methods.md, which divides by n - 1: samples shrank."""
    panel, se = read(shared, "employment_rate_16_64")
    found = convergence(panel[["2004", "2014", "2023"]], se, scale="bounded", bounds=(0, 100))
    sample = 100 * found.sigma * np.sqrt(found.n / (found.n - 1))
    assert found.n == 348
    assert sample["value"].tolist() == pytest.approx([7.24, 7.31, 7.81], abs=0.005)
    assert sample["corrected"].tolist() == pytest.approx([6.90, 6.36, 5.97], abs=0.005)
    assert found.trend == "narrowing"
    assert found.upper < 0 < found.raw_change
    assert found.signs_differ
    assert found.rho == 0.0
    assert str(found).startswith(
        "From 2004 to 2023 the coefficient of variation of 348 areas, sampling noise taken out, fell "
        "from 6.89 % to 5.97 % (narrowing; 95 % interval of the change -1.6 to -0.24 points), "
        "although that of the published figures rose from 7.23 % to 7.80 %"
    )
    # Of those without work it is not: the mean has moved towards 100.
    assert found.mirror_differs
    assert found.sigma["mirror"]["2023"] > found.sigma["mirror"]["2004"]


def test_half_life_of_pay_with_and_without_error_correlation(shared):
    """17 years uncorrected, 61 with errors taken as independent, 21 with .58, that of lag 5."""
    panel, se = read(shared, "earnings_weekly_median_residence")
    found = convergence(panel[YEARS], se, correlation=0.58)
    assert found.n == 340
    assert found.beta["half_life"].round().tolist() == [17, 61, 21]
    row = found.beta.loc["correlated"]
    assert row["lower"] < 21 < row["upper"] < 61
    assert (
        f"halve in 21 years (95 % interval {row['lower']:.0f} to {row['upper']:.0f}), errors"
        in str(found)
    )
    # What these two years alone say of the correlation makes beta repeat sigma.
    alone = convergence(panel[YEARS], se)
    assert alone.rho_source == "estimated"
    assert alone.rho == pytest.approx(0.475, abs=0.001)


def test_error_correlation_of_pay(shared):
    """Ratios .49 .55 .60 .65 are medians over all pairs of years; lag 5 is where .58 comes from."""
    panel, se = read(shared, "earnings_weekly_median_residence")
    found = [error_correlation(panel, se, lag=lag) for lag in (1, 2, 3, 5)]
    assert [round(each.ratio, 2) for each in found] == [0.49, 0.55, 0.60, 0.65]
    assert 1 - round(found[0].ratio, 2) ** 2 == pytest.approx(0.76, abs=0.005)
    assert 1 - round(found[3].ratio, 2) ** 2 == pytest.approx(0.58, abs=0.005)


def test_error_correlation_of_healthy_life_expectancy_is_no_less_than_the_overlap(shared):
    """Ratios .44 .62 .71 are those of men from 2011-2013 on."""
    panel, se = read(shared, "healthy_life_expectancy", "healthy_life_expectancy_male")
    overlaps = (2 / 3, 1 / 3, 0.0)
    found = [
        error_correlation(panel, se, lag=lag, overlap=overlap)
        for lag, overlap in zip((1, 2, 3), overlaps, strict=True)
    ]
    first = [each.pairs.loc["2011-2013", "ratio"] for each in found]
    assert [round(each, 2) for each in first] == [0.44, 0.62, 0.71]
    assert all(each.rho > overlap for each, overlap in zip(found, overlaps, strict=True))


figures = st.lists(
    st.tuples(st.floats(1, 100), st.floats(1, 100), st.floats(0.1, 9)), min_size=4, max_size=12
).filter(lambda rows: np.ptp([row[0] for row in rows]) > 1)


# Some resamples have a slope of nought but for rounding.
NO_SLOPE = [(3.0, 1.0, 1.0), (1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (1.0, 2.0, 1.7928929218433312)]


@given(rows=figures, scale=st.floats(0.1, 50))
@example(rows=NO_SLOPE, scale=2.0)
@settings(max_examples=12, deadline=None)
def test_scale_order_and_replication_change_nothing(rows, scale):
    panel = pd.DataFrame([row[:2] for row in rows], columns=YEARS)
    weights = pd.Series([row[2] for row in rows])
    se = panel * 0.05
    given_ = {"correlation": 0.3, "replicates": 99}
    found = convergence(panel, se, weights, **given_)
    scaled = convergence(panel * scale, se * scale, weights * 3, **given_)
    shuffled = convergence(panel[::-1], se.sample(frac=1, random_state=1), weights, **given_)
    for other in (scaled, shuffled):
        pd.testing.assert_frame_equal(other.beta, found.beta, rtol=1e-5, atol=1e-8)
        names = ["value", "corrected", "lower", "upper"]
        pd.testing.assert_frame_equal(other.sigma[names], found.sigma[names], rtol=1e-5, atol=1e-8)
    twice = convergence(pd.concat([panel, panel], ignore_index=True),
                        weights=pd.concat([weights, weights], ignore_index=True), replicates=99)  # fmt: skip
    assert twice.sigma["value"].tolist() == pytest.approx(found.sigma["value"].tolist(), rel=1e-6)
    assert twice.beta["slope"].iloc[0] == pytest.approx(
        found.beta["slope"].iloc[0], rel=1e-6, abs=1e-9
    )


def test_an_interval_scale_has_no_zero():
    panel = pd.DataFrame({"2015": [1.0, 2.0, 6.0], "2023": [2.0, 2.5, 4.5]})
    found = convergence(panel, scale="interval")
    # Gaps halve exactly.
    assert found.index == "bgsd"
    assert found.beta["half_life"].iloc[0] == pytest.approx(8)
    moved = convergence(panel - 10, scale="interval")
    assert moved.sigma["value"].tolist() == pytest.approx(found.sigma["value"].tolist())
    assert moved.beta["half_life"].iloc[0] == pytest.approx(8)


@pytest.mark.parametrize(
    ("last", "status", "said"),
    [
        ([1.0, 4.0, 36.0], "diverging", "further ahead"),
        ([6.0, 2.0, 1.0], "undefined: areas have changed sides", "undefined: areas have changed"),
    ],
)
def test_what_has_no_half_life_says_why(last, status, said):
    found = convergence(pd.DataFrame({"2015": [1.0, 2.0, 6.0], "2023": last}))
    row = found.beta.loc["as published"]
    assert row["status"] == status
    assert np.isnan(row["half_life"])
    assert (row["speed"] < 0) == (status == "diverging")
    assert said in str(found)


def test_noise_alone_is_not_assessable():
    panel = pd.DataFrame({"2015": [9.0, 10.0, 11.0, 10.0], "2023": [5.0, 10.0, 15.0, 9.0]})
    found = convergence(panel, panel * 0 + 2.0, correlation=0)
    assert found.trend == "not assessable"
    assert np.isnan(found.change)
    row = found.beta.loc["correlated"]
    assert row["status"].startswith("undefined: nothing but sampling error")
    assert row[["slope", "speed", "half_life", "lower", "upper"]].isna().all()
    assert "not assessable, because published spread is no wider than noise" in str(found)


def test_gaps_that_may_never_close_have_no_upper_limit():
    rng = np.random.default_rng(9)
    x = rng.normal(100, 10, 30)
    panel = pd.DataFrame({"2015": x, "2023": 100 + 0.7 * (x - 100) + rng.normal(0, 8, 30)})
    found = convergence(panel)
    assert found.beta["upper"].iloc[0] == np.inf
    assert "to never)" in str(found)


def test_windows_that_overlap_set_the_least_correlation():
    panel = pd.DataFrame({"2015": [90.0, 100.0, 120.0], "2016": [95.0, 100.0, 115.0]})
    assert convergence(panel, panel * 0.01, correlation=0.2, overlap=0.5).rho == 0.5


@pytest.mark.parametrize(
    ("panel", "options", "error", "said"),
    [
        (KNOWN - 400, {}, StatisticUndefined, "positive: "),
        (KNOWN, {"scale": "bounded"}, InputError, r"bounds=\(0, 100\)"),
        (KNOWN, {"bounds": (0, 100)}, InputError, "bounds serve only"),
        (KNOWN, {"scale": "log"}, InputError, "no scale"),
        (
            KNOWN,
            {"scale": "bounded", "bounds": (0, 100)},
            InputError,
            "outside the bounds 0 and 100",
        ),
        (KNOWN, {"se": KNOWN, "correlation": 2}, InputError, "between -1 and 1"),
        (KNOWN * 0 + 3, {}, StatisticUndefined, "alike in 2010"),
    ],
)
def test_what_is_wrong_is_said(panel, options, error, said):
    with pytest.raises(error, match=said):
        convergence(panel, **options)
