"""Groups against groups and areas against peers: exact intervals, right direction, nothing silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.geography.groups import groups
from spatial_gaps.measure.comparing import gap_between, gap_to_peers
from spatial_gaps.metrics.pairing import pair_metrics
from spatial_gaps.metrics.reading import read_metric

Z95 = 1.959963984540054
CODES = list("abcdef")
PAY = pd.Series([400.0, 440.0, 500.0, 560.0, 620.0, 480.0], index=CODES)
PEOPLE = pd.Series([1.0, 3.0, 2.0, 2.0, 1.0, 5.0], index=CODES)
ERROR = pd.Series([10.0, 20.0, 10.0, 30.0, 40.0, 5.0], index=CODES)


def test_difference_and_interval_by_hand():
    # (400 + 3 x 440) / 4 = 430; (500 + 560) / 2 = 530.
    found = gap_between(PAY, ["a", "b"], ["c", "d"], higher_is="better", weights=PEOPLE, se=ERROR)
    assert (found.one, found.other, found.difference) == (430, 530, 100)
    spread = np.sqrt((10 / 4) ** 2 + (20 * 3 / 4) ** 2 + (10 / 2) ** 2 + (30 / 2) ** 2)
    assert found.lower == pytest.approx(100 - Z95 * spread, rel=1e-12)
    assert found.upper == pytest.approx(100 + Z95 * spread, rel=1e-12)
    assert found.ratio == pytest.approx(530 / 430)
    assert (found.n_one, found.n_other, found.shared, found.missing) == (2, 2, 0, ())


def test_bigger_is_worse_for_the_first_in_both_directions():
    better = gap_between(PAY, ["a"], ["e"], higher_is="better", se=ERROR)
    worse = gap_between(PAY, ["a"], ["e"], higher_is="worse", se=ERROR)
    assert (better.difference, worse.difference) == (220, -220)
    assert better.ratio == pytest.approx(620 / 400)
    assert worse.ratio == pytest.approx(400 / 620)
    assert (worse.lower, worse.upper) == pytest.approx((-better.upper, -better.lower))
    assert "worse off than the second, at 620.0, by 220.0 (139.2 to 300.8)" in str(better)
    assert "better off than the second, at 620.0, by 220.0 (139.2 to 300.8)" in str(worse)
    assert str(gap_between(PAY, ["a"], ["e"], higher_is="better")).endswith("by 220.0.")
    with pytest.raises(InputError, match="never guessed"):
        gap_between(PAY, ["a"], ["b"], higher_is=None)


def test_the_ratio_s_interval_holds_the_ratios_that_are_not_rejected():
    """Fieller, straight from the test: r is inside if |M_2 - r M_1| <= 1.96 its standard error."""
    one, other = ["a", "b"], ["b", "c", "d"]
    found = gap_between(PAY, one, other, higher_is="better", weights=PEOPLE, se=ERROR)
    n1, n2 = (PEOPLE.where(PEOPLE.index.isin(codes), 0.0) for codes in (one, other))
    n1, n2 = n1 / n1.sum(), n2 / n2.sum()

    def excess(ratio):
        contrast = n2 - ratio * n1
        return (contrast @ PAY) ** 2 - Z95**2 * (contrast**2 @ ERROR**2)

    centre = (n2 @ PAY) / (n1 @ PAY)
    assert found.ratio == pytest.approx(centre)
    assert found.ratio_lower == pytest.approx(brentq(excess, 0.1, centre), rel=1e-9)
    assert found.ratio_upper == pytest.approx(brentq(excess, centre, 5), rel=1e-9)


def test_areas_in_both_groups_share_their_errors():
    part = gap_between(PAY, ["a"], ["a", "c"], higher_is="better", se=ERROR)
    # a / 2 and c / 2 are left: the error of a counts half, not as that of two areas.
    assert part.upper - part.difference == pytest.approx(Z95 * np.sqrt(10**2 + 10**2) / 2)
    assert part.shared == 1
    same = gap_between(PAY, CODES, CODES, higher_is="better", se=ERROR)
    assert (same.difference, same.lower, same.upper, same.ratio) == (0, 0, 0, 1)
    assert (same.ratio_lower, same.ratio_upper) == pytest.approx((1, 1), abs=1e-7)


def test_intervals_cover_what_they_claim():
    rng, hits = np.random.default_rng(5), []
    for _ in range(2000):
        drawn = PAY + ERROR * rng.standard_normal(6)
        found = gap_between(
            drawn, ["a", "b"], ["b", "e"], higher_is="worse", weights=PEOPLE, se=ERROR
        )
        true = (430 - (3 * 440 + 620) / 4, 430 / ((3 * 440 + 620) / 4))
        hits.append(
            (
                found.lower <= true[0] <= found.upper,
                found.ratio_lower <= true[1] <= found.ratio_upper,
            )
        )
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.015)


def test_a_ratio_that_means_nothing_is_nan():
    near_zero = pd.Series([1.0, 50.0], index=["a", "b"])
    found = gap_between(near_zero, ["a"], ["b"], higher_is="better", se=near_zero * 0 + 2)
    assert found.ratio == 50
    assert np.isnan(found.ratio_upper)
    negative = gap_between(near_zero - 10, ["a"], ["b"], higher_is="better")
    assert np.isnan(negative.ratio)
    assert np.isnan(gap_between(PAY, ["a"], ["b"], higher_is="better", scale="interval").ratio)


def test_groups_are_checked_and_what_is_missing_is_said():
    gappy = PAY.where(PAY.index != "b")
    found = gap_between(gappy, ["a", "b"], PAY > 470, higher_is="better", se=ERROR)
    assert (found.one, found.n_one, found.n_other, found.missing) == (400, 1, 4, ("b",))
    with pytest.raises(JoinError, match="'other' names areas that values does not have: x"):
        gap_between(PAY, ["a"], ["b", "x"], higher_is="better")
    with pytest.raises(StatisticUndefined, match="'one' has a figure"):
        gap_between(gappy, ["b"], ["c"], higher_is="better")
    with pytest.raises(InputError, match="list of codes"):
        gap_between(PAY, "a", ["c"], higher_is="better")
    with pytest.raises(InputError, match="true and false"):
        gap_between(PAY, PAY, ["c"], higher_is="better")
    with pytest.raises(WeightsError, match="c 0"):
        gap_between(
            PAY, ["a"], ["c"], higher_is="better", weights=PEOPLE.where(PEOPLE.index != "c", 0)
        )


def slow_peers(values, peers, weights, se, direction, *, of_all):
    """Return gap and standard error area by area, straight from the definition."""
    rows = {}
    for code in values.dropna().index:
        others = [
            other for other in values.dropna().index
            if other != code and (of_all or peers[other] == peers[code])
        ]  # fmt: skip
        if not others:
            rows[code] = (np.nan, np.nan)
            continue
        mean = np.average(values[others], weights=weights[others])
        noise = (weights[others] ** 2 @ se[others] ** 2) / weights[others].sum() ** 2
        gap = mean - values[code] if direction == "better" else values[code] - mean
        rows[code] = (gap, np.sqrt(se[code] ** 2 + noise))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["gap", "se"]).reindex(values.index)


@given(
    rows=st.lists(
        st.tuples(
            st.floats(0.1, 1000) | st.floats(-100, -0.1) | st.just(float("nan")), st.sampled_from("xyz"),
            st.floats(0.1, 50), st.floats(0.1, 30),
        ), min_size=4, max_size=15,
    ).filter(lambda rows: sum(row[0] == row[0] for row in rows) >= 2),
    direction=st.sampled_from(["better", "worse"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_peers_equal_the_definition(rows, direction):
    codes = [f"c{i}" for i in range(len(rows))]
    values, peers, weights, se = (
        pd.Series(column, index=codes) for column in zip(*rows, strict=True)
    )
    given_order = sorted(codes, reverse=True)
    table = gap_to_peers(
        values, peers[given_order], higher_is=direction, weights=weights[given_order], se=se
    )
    assert list(table.index) == codes
    for side, of_all in (("peer", False), ("national", True)):
        expected = slow_peers(values, peers, weights, se, direction, of_all=of_all)
        got = table[f"{side}_gap"]
        np.testing.assert_allclose(got, expected["gap"], rtol=1e-9, atol=1e-7)
        half = (table[f"{side}_upper"] - table[f"{side}_lower"]) / 2
        np.testing.assert_allclose(half, Z95 * expected["se"], rtol=1e-6, atol=1e-6)
    lacking = table["status"] != ""
    assert (table["peer_gap"].isna() == lacking).all()
    assert (table.loc[values.isna().to_numpy(), "status"] == "no figure").all()
    for code in codes:
        same = [
            c for c in codes if c != code and peers[c] == peers[code] and values[c] == values[c]
        ]
        assert table.loc[code, "n_peers"] == len(same)


def test_peers_say_why_there_is_no_gap_and_take_a_published_benchmark():
    kinds = pd.Series(["x", "x", "y", None, "x", None], index=CODES)
    table = gap_to_peers(PAY, kinds, higher_is="better", se=ERROR, benchmark=505.1)
    assert table["status"].tolist() == [
        "", "", "no other area of its group has a figure", "no peer group", "", "no peer group",
    ]  # fmt: skip
    assert table["peer_gap"].notna().tolist() == [True, True, False, False, True, False]
    assert table.loc["a", "national_gap"] == pytest.approx(105.1)
    assert table.loc["a", "national_upper"] == pytest.approx(105.1 + Z95 * 10)
    plain = gap_to_peers(PAY, kinds, higher_is="better")
    assert plain["peer_lower"].isna().all()
    assert plain["national_gap"].notna().all()
    with pytest.raises(JoinError, match="peers lacks areas that values has: f"):
        gap_to_peers(PAY, kinds.drop("f"), higher_is="better")
    with pytest.raises(InputError, match="one label per area"):
        gap_to_peers(PAY, ["x"] * 6, higher_is="better")


def test_like_with_like_on_the_packaged_pay_and_groups():
    from spatial_gaps import sample_path

    pay = read_metric(sample_path("gross-median-weekly-pay")).at(2021, "lad")
    core = groups("core_cities").reindex(pay.index)
    table = gap_to_peers(pay["value"], core, higher_is="better", se=pay["se"])
    named = table[table["peer"] == "core city"]
    assert (named["n_peers"] == 10).all()
    # Each core city against the mean of the ten others, the slow way.
    for code, row in named.iterrows():
        assert row["peer_mean"] == pytest.approx(named["value"].drop(code).mean())
    found = gap_between(pay["value"], core == "core city", core == "other", higher_is="better")
    assert found.one == pytest.approx(named["value"].mean())


def test_residents_against_workers_take_the_pair_as_it_is(shared):
    """Tower Hamlets, where work pays most more than living there, against the rest of London."""
    folder = shared / "data/metrics"
    home = read_metric(folder / "raw/explore_local_statistics/gross-median-weekly-pay.csv")
    work = read_metric(folder / "tidy/earnings_weekly_median_workplace_ashe7_2024.csv")
    pair = pair_metrics(home, work, period=2024, level="lad", despite=("basis",))
    london = pair[pair.index.str.startswith("E09")]
    hamlets = "E09000030"
    found = gap_between(
        london["difference"],
        [hamlets],
        london.index.drop(hamlets),
        higher_is="better",
        se=london["se"],
    )
    assert found.one == pytest.approx(-324.2)
    rest = london["difference"].drop(hamlets).dropna()
    assert found.other == pytest.approx(rest.mean())
    assert found.difference == pytest.approx(rest.mean() + 324.2)
    peers = gap_to_peers(
        london["difference"],
        pd.Series("London", index=london.index),
        higher_is="better",
        se=london["se"],
    )
    assert peers.loc[hamlets, ["peer_gap", "peer_lower"]].tolist() == pytest.approx(
        [found.difference, found.lower]
    )
