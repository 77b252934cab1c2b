"""Two economies in one place: by hand, in every order and direction, calibrated, and on real figures."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spatial_gaps as sg
from spatial_gaps.errors import InputError, JoinError, StatisticUndefined
from spatial_gaps.flag.sentences import Wording
from spatial_gaps.flag.two_economies import two_economies
from spatial_gaps.measure.uncertainty import shrunk_moments

CODES = list("abcde")
JOBS = pd.Series([500.0, 520, 900, 610, 590], index=CODES)
HOMES = pd.Series([510.0, 530, 480, 640, 600], index=CODES)
BOTH = {"workplace_higher_is": "better", "residence_higher_is": "better"}
LINES = {"workplace_benchmark": 600.0, "residence_benchmark": 600.0}


def ten(value):
    return pd.Series(float(value), index=CODES)


def test_the_place_with_good_jobs_and_poor_people_is_found():
    found = two_economies(
        JOBS, HOMES, **BOTH, **LINES, workplace_se=ten(10), residence_se=ten(10), same_unit=True
    )
    assert found.index[found["is_two"]].tolist() == ["c"]
    row = found.loc["c"]
    assert row["verdict"] == "confirmed"
    assert row["gap"] == 420
    assert row["gap_se"] == pytest.approx(np.sqrt(200))
    # Best of five by workplace, worst of five at home: the middles of the end fifths.
    assert row["rank_gap"] == pytest.approx(0.9 - 0.1)
    assert found["apart"].tolist() == [False, False, True, False, False]


def test_exact_figures_are_all_or_nothing_and_at_most_likely():
    found = two_economies(JOBS, HOMES, **BOTH, **LINES)
    assert found["p_high"].tolist() == [0, 0, 1, 1, 0]
    # e is at the line: not below it.
    assert found["p_low"].tolist() == [1, 1, 1, 0, 0]
    assert found["p_two"].tolist() == [0, 0, 1, 0, 0]
    assert found.loc["c", "verdict"] == "likely"
    assert "taken as exact" in found.loc["c", "sentence"]
    assert found[["workplace_se", "gap", "gap_se"]].isna().all(axis=None)


def test_without_national_figures_the_fifths_of_people_decide():
    found = two_economies(JOBS, HOMES, **BOTH)
    assert found["p_high"].tolist() == [0, 0, 1, 0, 0]
    assert found["p_low"].tolist() == [0, 0, 1, 0, 0]
    assert found["workplace_benchmark"].unique().tolist() == [900]
    assert found["residence_benchmark"].unique().tolist() == [480]
    # c holds one of eleven people: the best-off fifth, 2.2 of them, begins in d.
    weights = pd.Series([1.0, 1, 1, 7, 1], index=CODES)
    people = two_economies(JOBS, HOMES, **BOTH, weights=weights)
    assert people["workplace_benchmark"].unique().tolist() == [610]
    assert people["people"].tolist() == weights.tolist()


def test_sentences_say_where_each_side_stands():
    lead = Wording(names=pd.Series({"c": "Docks"}), noun="pay of jobs", unit="£", nation="the UK")
    home = Wording(noun="pay of residents", unit="£", nation="the UK")
    found = two_economies(
        JOBS, HOMES, **BOTH, **LINES, workplace_wording=lead, residence_wording=home,
        workplace_se=ten(10), residence_se=ten(10),
    )["sentence"]  # fmt: skip
    assert found["c"] == (
        "Docks: pay of jobs £900 is above the UK's £600, while pay of residents £480 is below the "
        "UK's £600; two economies, confirmed (probability over 99%)."
    )
    assert "d: pay of jobs £610 is above the UK's £600, and pay of residents £640" in found["d"]
    assert "£600 is at the UK's £600" in found["e"]
    fifths = two_economies(JOBS, 100 - HOMES / 10, workplace_higher_is="better",
                           residence_higher_is="worse")["sentence"]  # fmt: skip
    assert "900 is in the best-off fifth (900 or more)" in fifths["c"].replace(".0", "")
    assert "52.0 is in the worst-off fifth (52.0 or more)" in fifths["c"]
    assert "not in the worst-off fifth" in fifths["a"]


def test_what_cannot_be_assessed_stays_with_its_reason():
    jobs, homes = JOBS.copy(), HOMES.copy()
    jobs["a"] = homes["b"] = np.nan
    found = two_economies(
        jobs, homes, **BOTH, **LINES, residence_se=ten(10),
        workplace_se=ten(10).where(JOBS.index != "c", 200.0),
    )  # fmt: skip
    assert list(found.index) == CODES
    assert found["reason"].tolist() == [
        "it has no figure by workplace",
        "it has no figure of residents",
        "its coefficient of variation by workplace is over 20 %",
        "",
        "",
    ]
    assert (found["verdict"] == "not assessable").tolist() == [True, True, True, False, False]
    assert found.loc[["a", "b", "c"], "p_two"].isna().all()
    assert found.loc["a", "residence"] == 510
    assert found.loc["a", "sentence"] == "a: no verdict, because it has no figure by workplace."


def test_correlated_errors_narrow_the_gap():
    found = two_economies(
        JOBS, HOMES, **BOTH, **LINES, workplace_se=ten(3), residence_se=ten(4), same_unit=True,
        error_correlation=0.5,
    )  # fmt: skip
    # sqrt(9 + 16 - 2 * .5 * 12)
    assert found["gap_se"].tolist() == pytest.approx([np.sqrt(13)] * 5)


def test_errors_say_what_is_wrong():
    with pytest.raises(InputError, match="never guessed"):
        two_economies(JOBS, HOMES, workplace_higher_is="better", residence_higher_is=None)
    with pytest.raises(InputError, match="between -1 and 1"):
        two_economies(JOBS, HOMES, **BOTH, error_correlation=1)
    with pytest.raises(JoinError, match="residence lacks areas"):
        two_economies(JOBS, HOMES.drop("a"), **BOTH)
    with pytest.raises(StatisticUndefined):
        two_economies(JOBS[:2], HOMES[:2], **BOTH)
    with pytest.raises(InputError, match="zero or more"):
        two_economies(JOBS, HOMES, **BOTH, residence_se=ten(-1))


figures = st.lists(st.integers(300, 900), min_size=5, max_size=5)


@settings(max_examples=25, deadline=None)
@given(figures, figures, st.lists(st.integers(1, 60), min_size=10, max_size=10),
       st.sampled_from([-0.4, 0.0, 0.6]), st.permutations(CODES), st.booleans())  # fmt: skip
def test_order_unit_and_direction_change_nothing(jobs, homes, errors, rho, order, fifths):
    jobs, homes = (pd.Series(map(float, x), index=CODES) for x in (jobs, homes))
    se = [pd.Series(map(float, x), index=CODES) for x in (errors[:5], errors[5:])]
    lines = {} if fifths else {"workplace_benchmark": 600.0, "residence_benchmark": 550.0}
    given_se = {"workplace_se": se[0], "residence_se": se[1], "error_correlation": rho}
    found = two_economies(jobs, homes, **BOTH, **lines, **given_se)
    shuffled = two_economies(jobs[order], homes, **BOTH, **lines, **given_se)
    pd.testing.assert_frame_equal(found, shuffled.loc[CODES])
    # Never above either side, never below what the two leave over.
    p = found[["p_high", "p_low"]]
    two = found["p_two"].fillna(0.0)
    assert (two <= p.min(axis=1) + 1e-9).all()
    assert (found["p_two"].fillna(1.0) >= p.sum(axis=1) - 1 - 1e-9).all()
    # Twice as much by workplace, and home turned round (a constant keeps the CV away from its limit).
    turned = two_economies(
        2 * jobs, -homes, workplace_higher_is="better", residence_higher_is="worse",
        **{k: (2 if "work" in k else -1) * v for k, v in lines.items()},
        workplace_se=2 * se[0], residence_se=se[1], error_correlation=-rho,
    )  # fmt: skip
    np.testing.assert_allclose(turned["p_two"], found["p_two"], atol=1e-9)
    assert (turned["verdict"] == found["verdict"]).all()
    np.testing.assert_allclose(turned["rank_gap"], found["rank_gap"], atol=1e-12)


def alone(y, se, line, rng):
    """Return the chance of being above the line, each side shrunk by itself."""
    from scipy.special import ndtr

    means, deviations = shrunk_moments(y, se, np.zeros(len(y), int), 500, rng)
    return ndtr((means - line) / deviations).mean(axis=0)


@pytest.mark.long
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_of_areas_given_p_a_share_p_are_two_economies(rho):
    """350 areas, pay-like: spread 80, true correlation .6, errors of 12 to 60; 120 worlds."""
    rng = np.random.default_rng(11)
    claimed, naive, true = [], [], []
    for world in range(120):
        truth = rng.multivariate_normal([600, 600], 80**2 * np.array([[1, 0.6], [0.6, 1]]), 350).T
        se = rng.uniform(12, 60, (2, 350))
        noise = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 350).T * se
        y = truth + noise
        index = pd.Index([f"a{at:03d}" for at in range(350)])
        series = [pd.Series(row, index=index) for row in (*y, *se)]
        found = two_economies(
            series[0], series[1], **BOTH, **LINES, workplace_se=series[2], residence_se=series[3],
            error_correlation=rho, seed=world,
        )  # fmt: skip
        claimed.append(found["p_two"].to_numpy())
        naive.append(alone(y[0], se[0], 600, rng) * (1 - alone(y[1], se[1], 600, rng)))
        true.append((truth[0] > 600) & (truth[1] < 600))
    claimed, naive, true = (np.concatenate(x) for x in (claimed, naive, true))
    kept = ~np.isnan(claimed)
    claimed, naive, true = claimed[kept], naive[kept], true[kept]

    def off(p):
        band = np.digitize(p, [0.05, 0.2, 0.5, 0.9])
        return [true[band == b].mean() - p[band == b].mean() for b in range(5)]

    assert np.abs(off(claimed)).max() < 0.02, off(claimed)
    if rho == 0:
        # Shrunk apart, the likely ones are claimed too often.
        assert off(naive)[3] < -0.04, off(naive)
    brier = [np.mean((p - true) ** 2) for p in (claimed, naive)]
    assert brier[0] < brier[1]


@pytest.mark.long
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_chances_hold_for_places_like_the_real_ones(shared, rho):
    """Pay of 2024 as the truth, long tail and all, with noise of the published size: 40 worlds."""
    jobs, homes, _ = pay_2024(shared)
    both = jobs["value"].notna() & homes["value"].notna() & jobs["se"].notna() & homes["se"].notna()
    # Published figures are more spread out than the truth: pulled in, with noise they are alike.
    truth = np.stack([613 + 0.9 * (side.loc[both, "value"] - 613) for side in (jobs, homes)])
    se = np.stack([side.loc[both, "se"] for side in (jobs, homes)])
    rng = np.random.default_rng(5)
    claimed, true = [], []
    for world in range(40):
        y = truth + rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], truth.shape[1]).T * se
        index = both.index[both]
        series = [pd.Series(row, index=index) for row in (*y, *se)]
        found = two_economies(
            series[0], series[1], **BOTH, workplace_benchmark=613.0, residence_benchmark=613.0,
            workplace_se=series[2], residence_se=series[3], error_correlation=rho, seed=world,
        )  # fmt: skip
        claimed.append(found["p_two"].to_numpy())
        true.append((truth[0] > 613) & (truth[1] < 613))
    claimed, true = np.concatenate(claimed), np.concatenate(true)
    claimed, true = claimed[~np.isnan(claimed)], true[~np.isnan(claimed)]
    band = np.digitize(claimed, [0.05, 0.2, 0.5, 0.9])
    off = [true[band == b].mean() - claimed[band == b].mean() for b in range(5)]
    # One set of places, with a tail that is not normal: claimed too often in the middle, by up to .08.
    assert np.abs(off).max() < 0.1, off
    assert true[claimed >= 0.9].mean() > 0.9, off


def pay_2024(shared):
    """Return pay by workplace and by residence of authorities, and the UK's rows."""
    tidy = shared / "data/metrics/tidy"
    work = sg.read_metric(tidy / "earnings_weekly_median_workplace_ashe7_2024.csv")
    home = sg.read_metric(tidy / "earnings_weekly_median_residence.csv")
    jobs = work.at(2024, "lad")
    homes = home.at(2024, "lad").reindex(jobs.index)
    return jobs, homes, [metric.at(2024, "uk").iloc[0] for metric in (work, home)]


def test_pay_of_2024_by_work_and_by_home(shared):
    jobs, homes, uk = pay_2024(shared)
    people = sg.areas("lad", 2023)["population"].reindex(jobs.index)
    found = two_economies(
        jobs["value"], homes["value"], **BOTH, workplace_se=jobs["se"], residence_se=homes["se"],
        workplace_benchmark=uk[0]["value"], residence_benchmark=uk[1]["value"],
        workplace_benchmark_se=uk[0]["se"], residence_benchmark_se=uk[1]["se"],
        weights=people, same_unit=True,
    )  # fmt: skip
    gap = found["gap"].sort_values()
    # As the README of the data has them, residence less workplace: +277.6 and -324.2.
    assert (gap.index[0], round(gap.iloc[0], 1)) == ("S12000045", -277.6)
    last = gap.dropna()
    assert (last.index[-1], round(last.iloc[-1], 1)) == ("E09000030", 324.2)
    # Tower Hamlets' residents earn more than the UK's: by pay it is not two economies.
    assert found.loc["E09000030", "verdict"] == "no"
    # Manchester's limits do not reach the UK's figures: 678.5 +- 21, 565.4 +- 22.
    assert found.index[found["verdict"] == "confirmed"].tolist() == ["E08000003"]
    by_points = (jobs["value"] > 613.3) & (homes["value"] < 613.5)
    assert (found["apart"] == by_points).all()
    assert (found["verdict"] == "not assessable").sum() == 2


def test_the_page_shows_what_its_code_gives(shared, monkeypatch):
    page = (Path(__file__).parents[2] / "docs/how-to/two-economies.md").read_text(encoding="utf-8")
    monkeypatch.chdir(shared / "data/metrics/tidy")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    space: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        exec(blocks[0], space)
        pay = space["found"].rename(index=sg.areas("lad", 2023)["name"])
        exec(blocks[1].replace("sg.two_economies(", "found = sg.two_economies("), space)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()
            if line.startswith("| ") and "£" in line]  # fmt: skip
    assert len(rows) == 13
    for name, jobs, homes, gap, p, verdict, *_ in rows[:9]:
        row = pay.loc[name]
        assert (f"£{row['workplace']:.1f}", f"£{row['residence']:.1f}") == (jobs, homes)
        assert gap == f"£{row['gap']:.1f} ± {1.96 * row['gap_se']:.0f}"
        assert float(p) == pytest.approx(row["p_two"], abs=0.011)
        assert verdict == row["verdict"]
    assert pay["apart"].sum() == 15
    output = space["found"]
    shown = output[output["is_two"]].sort_values("rank_gap", ascending=False)
    found = [[f"£{row.workplace:.2f}", f"{row.residence:.1f}%", f"{100 * row.rank_gap:.0f}"]
             for row in shown.itertuples()]  # fmt: skip
    assert found == [row[1:] for row in rows[9:]]


def test_output_and_income_deprivation_find_tower_hamlets(shared):
    tidy = shared / "data/metrics/tidy"
    output = sg.read_metric(tidy / "gva_per_hour_lad_els.csv").at(2019, "lad")["value"]
    poor = sg.read_metric(
        tidy / "income_deprivation_lad19_england.csv", indicator="income_deprivation_rate"
    ).at(2019, "lad")["value"]
    codes = output.index.intersection(poor.index)
    found = two_economies(
        output[codes], 100 * poor[codes], workplace_higher_is="better", residence_higher_is="worse",
        weights=sg.areas("lad", 2023)["population"].reindex(codes),
    )  # fmt: skip
    two = found.index[found["is_two"]]
    assert "E09000030" in two
    assert (found.loc[two, "verdict"] == "likely").all()
