"""Local G: moments and p by full enumeration, refusals, and what star does."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.locate.hotspots import local_g

CODES = list("abcdefghi")
# Rook neighbours on a 3 by 3 grid, row by row.
AROUND = [[j for j in range(9) if abs(i // 3 - j // 3) + abs(i % 3 - j % 3) == 1] for i in range(9)]
VALUES = np.array([3.0, 1, 4, 1.5, 9, 2.6, 5, 3.5, 8])


def graph(weights: list[list[float]] | None = None) -> pd.Series:
    pairs = [(CODES[i], CODES[j]) for i in range(9) for j in AROUND[i]]
    flat = np.concatenate(weights) if weights else np.ones(len(pairs))
    return pd.Series(flat, index=pd.MultiIndex.from_tuples(pairs))


def uneven() -> list[list[float]]:
    rng = np.random.default_rng(8)
    return [list(rng.uniform(0.5, 3, len(others))) for others in AROUND]


def run(values=VALUES, links=None, **options) -> pd.DataFrame:
    options = {"permutations": 999, "correction": "none"} | options
    return local_g(pd.Series(values, index=CODES), graph() if links is None else links, **options)


def two_sided(drawn: np.ndarray, observed: float) -> float:
    tails = (drawn >= observed - 1e-9).mean(), (drawn <= observed + 1e-9).mean()
    return min(1.0, 2 * min(tails))


def test_moments_and_p_equal_all_choices_of_neighbours():
    found = run(permutations=40_000)
    for i in range(9):
        others = np.delete(VALUES, i)
        drawn = np.array([sum(pick) for pick in combinations(others, len(AROUND[i]))])
        drawn /= others.sum()
        row = found.iloc[i]
        assert row["G"] == pytest.approx(VALUES[AROUND[i]].sum() / others.sum(), rel=1e-12)
        assert row["expected"] == pytest.approx(drawn.mean(), rel=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        assert row["p"] == pytest.approx(two_sided(drawn, row["G"]), abs=0.02)


def test_moments_of_the_star_version_equal_all_choices_of_areas():
    found = run(star=True)
    for i in range(9):
        drawn = np.array([sum(pick) for pick in combinations(VALUES, len(AROUND[i]) + 1)])
        drawn /= VALUES.sum()
        row = found.iloc[i]
        assert row["G"] == pytest.approx(VALUES[[i, *AROUND[i]]].sum() / VALUES.sum(), rel=1e-12)
        assert row["expected"] == pytest.approx(drawn.mean(), rel=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)


@pytest.mark.parametrize("transform", ["given", "row"])
def test_uneven_weights_equal_all_orders_of_neighbours(transform):
    weights = uneven()
    found = run(links=graph(weights), transform=transform, permutations=20_000)
    starred = run(links=graph(weights), transform=transform, star=True)
    for i in range(9):
        w, others = np.array(weights[i]), np.delete(VALUES, i)
        own = w.max()
        scale = w.sum() if transform == "row" else 1
        drawn = np.array([pick @ w for pick in map(np.array, permutations(others, len(w)))])
        drawn /= others.sum() * scale
        row, star = found.iloc[i], starred.iloc[i]
        assert row["expected"] == pytest.approx(drawn.mean(), rel=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        assert row["p"] == pytest.approx(two_sided(drawn, row["G"]), abs=0.025)
        scale = w.sum() + own if transform == "row" else 1
        total = (VALUES[AROUND[i]] @ w + VALUES[i] * own) / scale
        assert star["G"] == pytest.approx(total / VALUES.sum(), rel=1e-12)
        assert star["expected"] == pytest.approx((w.sum() + own) / scale / 9, rel=1e-12)


def test_star_counts_the_area_itself_but_p_is_of_its_neighbours():
    plain, star = run(), run(star=True)
    columns = ["p", "p_adjusted", "cluster"]
    pd.testing.assert_frame_equal(plain[columns], star[columns])
    assert not np.allclose(plain["z"], star["z"])


def test_hot_and_cold_are_where_they_were_put():
    side = 12
    codes = [f"c{i:03d}" for i in range(side**2)]
    places = [divmod(i, side) for i in range(side**2)]
    pairs = [
        (codes[i], codes[j])
        for i, (a, b) in enumerate(places)
        for j, (c, d) in enumerate(places)
        if i != j and max(abs(a - c), abs(b - d)) == 1
    ]
    values = np.random.default_rng(2).uniform(9, 11, side**2)
    hot = np.array([a < 4 and b < 4 for a, b in places])
    cold = np.array([a > 7 and b > 7 for a, b in places])
    series = pd.Series(values + 10 * hot - 8 * cold, index=codes)
    found = local_g(series, pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs)))
    for where, label in ((hot, "hot"), (cold, "cold")):
        inner = np.array([all(where[[i]]) for i in range(side**2)])
        assert (found["cluster"][inner] == label).mean() > 0.9
        assert not (found["cluster"][~inner & ~hot & ~cold] == label).sum() > 12
    assert (found["z"] > 0)[found["cluster"] == "hot"].all()


@pytest.mark.parametrize("star", [False, True])
def test_what_has_no_share_is_refused_by_name(star):
    below = VALUES.copy()
    below[[2, 5]] = -1, -2.5
    with pytest.raises(StatisticUndefined, match=r"c -1, f -2\.5\. Use local_moran"):
        run(below, star=star)
    with pytest.raises(StatisticUndefined, match=r"sum to zero.* a, b, c, d, e, f, g, h, i"):
        run(np.zeros(9), star=star)
    lone = np.where(np.arange(9) == 4, 5.0, 0.0)
    if star:
        assert run(lone, star=True)["G"]["a"] == 0
    else:
        with pytest.raises(StatisticUndefined, match=r"all other areas sum to zero.*: e\."):
            run(lone)


def test_a_missing_or_lone_area_may_be_negative_only_if_it_counts():
    links = pd.concat([graph(), pd.Series({("z", "z"): 0.0})])
    values = pd.Series([*VALUES, -1.0], index=[*CODES, "z"])
    assert local_g(values, links).loc["z", "cluster"] == "no neighbours"
    with pytest.raises(StatisticUndefined, match="z -1"):
        local_g(values, links, policy="keep")


def test_no_z_where_nothing_can_vary():
    """Every other area is a neighbour, or all others have the same figure."""
    pairs = [(a, b) for a in "abcd" for b in "abcd" if a != b]
    full = pd.Series(1.0, index=pd.MultiIndex.from_tuples(pairs))
    values = pd.Series([0.1, 0.7, 0.3, 0.9], index=list("abcd"))
    for transform in ("binary", "row"):
        found = local_g(values, full, permutations=999, transform=transform)
        assert found["z"].isna().all()
        assert (found["variance"] == 0).all()
        assert (found["p"] == 1).all()
    same = run(np.where(np.arange(9) == 4, 0.3, 0.1))
    assert np.isnan(same.loc["e", "z"])
    assert same["z"].drop("e").notna().all()


@given(scale=st.floats(1e-6, 1e6), star=st.booleans())
def test_units_change_nothing(scale, star):
    one, other = run(star=star), run(VALUES * scale, star=star)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


@given(values=st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_ties_make_no_evidence(values):
    """p of figures with many ties is never below that of all choices of neighbours."""
    y = np.array(values, dtype=float)
    if len(set(values)) < 2 or (y.sum() - y <= 0).any():
        return
    found = run(y, permutations=1999)
    for i in range(9):
        others = np.delete(y, i)
        drawn = np.array([sum(pick) for pick in combinations(others, len(AROUND[i]))])
        exact = two_sided(drawn / others.sum(), found["G"].iloc[i])
        assert found["p"].iloc[i] == pytest.approx(exact, abs=0.1)
