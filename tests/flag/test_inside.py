"""Inside authorities: as the Indices of Deprivation published it, by plain loops, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, StatisticUndefined, WeightsError
from spatial_gaps.flag.inside import inside_authorities
from spatial_gaps.measure.decomposition import decompose
from spatial_gaps.measure.partition import variance_partition

NATIONS = {
    "imd2025_score_lsoa21_england": ("imd2025_score", "worse", 33755, 296),
    "wimd2019_lsoa11_wales": ("wimd2019_rank", "better", 1909, 22),
    "simd2020_dz11_scotland": ("simd2020_rank", "better", 6976, 32),
    "nimdm2017_soa01_ni": ("nimdm2017_rank", "better", 890, 11),
}
SUMMARIES = {
    "extent": ("iod_imd_extent", 1e-4),
    "average_score": ("iod_imd_average_score", 0.001),
    "average_rank": ("iod_imd_average_rank", 0.14),
    "local_concentration": ("iod_imd_local_concentration", 0.2),
}


@pytest.fixture(scope="module")
def tidy(shared):
    def read(name: str, metric: str | None = None) -> pd.DataFrame:
        file = pd.read_csv(shared / "data/metrics/tidy" / f"{name}.csv", low_memory=False)
        file = file if metric is None else file[file["metric"] == metric]
        return file.set_index("area_code")

    return read


@pytest.fixture(scope="module")
def income(tidy):
    return tidy("imd2019_income_deprivation_lsoa11_england")


@pytest.fixture(scope="module")
def published(tidy):
    file = tidy("income_deprivation_lad19_england", "income_deprivation_rate")
    return file[["value", "profile_type"]]


def made(seed: int = 0, each: int = 12, towns: int = 12) -> tuple[pd.Series, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    codes = [f"a{i:03d}" for i in range(each * towns)]
    town = pd.Series([f"t{i % towns:02d}" for i in range(len(codes))], index=codes, name="town")
    score = pd.Series(rng.gamma(2, 10, len(codes)).round(1), index=codes)
    people = pd.Series(rng.integers(900, 3000, len(codes)), index=codes).astype(float)
    return score, town, people


def test_all_317_authorities_are_as_file_10_of_2019_has_them(tidy):
    score = tidy("imd2019_score_lsoa11_england")
    found = inside_authorities(
        score["value"],
        score["parent_code"],
        higher_is="worse",
        weights=tidy("imd2019_population_lsoa11_england")["value"],
        ranks=tidy("imd2019_rank_lsoa11_england")["value"],
    )
    file_10 = tidy("iod_lad_summaries_england").reset_index()
    file_10 = file_10[file_10["period"] == 2019].pivot(
        index="area_code", columns="metric", values="value"
    )
    assert len(found) == 317
    for column, (name, apart) in SUMMARIES.items():
        there = file_10[name].dropna()
        assert len(there) == 317
        assert (found[column] - there).abs().max() < apart, column
    told = found[found["disparity"].notna()]
    assert len(told) == 316, "the Isles of Scilly are one small area"
    for other in ("average_score", "average_rank", "extent", "n"):
        bar = 0.1 if other in ("average_score", "n") else 0.15
        assert abs(told["disparity"].corr(told[other].astype(float))) < bar, other


def test_disparity_goes_with_neither_the_rate_nor_the_number_of_small_areas(income, published):
    found = inside_authorities(income["value"], income["parent_code"], higher_is="worse")
    n, mean = found["n"].astype(float), found["average_score"]
    assert abs(found["disparity"].corr(mean)) < 0.1
    assert abs(found["disparity"].corr(n)) < 0.1
    assert abs(found["disparity"].corr(published["value"])) < 0.1
    gap = income["value"].groupby(income["parent_code"]).agg(np.ptp)
    assert (round(gap.corr(mean), 2), round(gap.corr(n), 2)) == (0.82, 0.51)


def test_profiles_are_those_of_ons_for_314_of_317(income, published):
    found = inside_authorities(income["value"], income["parent_code"], higher_is="worse")
    assert len(found) == 317
    assert (found["profile"] == published["profile_type"].reindex(found.index)).sum() == 314


def test_profiles_by_hand():
    # Tenths of ten each, the most deprived first; towns take so many of each tenth.
    takes = {
        "left": [4, 4, 3, 2, 2, 2, 1, 1, 0, 0],
        "right": [0, 0, 1, 1, 2, 2, 2, 3, 4, 4],
        "nshape": [1, 1, 2, 2, 3, 3, 2, 2, 1, 1],
    }
    takes["flat"] = [10 - sum(other[tenth] for other in takes.values()) for tenth in range(10)]
    town = [name for tenth in range(10) for name, take in takes.items() for _ in range(take[tenth])]
    codes = [f"a{i:03d}" for i in range(100)]
    score = pd.Series(np.arange(100.0, 0.0, -1.0), index=codes)
    found = inside_authorities(score, pd.Series(town, index=codes), higher_is="worse")
    # flat has 5, 5, 4, 5, 3, 3, 5, 4, 5, 5 of its 44.
    assert found["n"].to_dict() == {"flat": 44, "left": 19, "nshape": 18, "right": 19}
    assert found["profile"].to_dict() == {name: name for name in takes}
    assert found["deprived"].to_dict() == {"flat": 5, "left": 4, "nshape": 1, "right": 0}


def test_share_of_variance_inside_authorities_is_as_found_elsewhere(income):
    """0.749448 and .755896 / .244104 were computed in another language from the same file."""
    values, parent = income["value"], income["parent_code"]
    assert decompose(values, [parent], index="variance").parts["share"]["within"] == pytest.approx(
        0.749448, abs=5e-7
    )


@pytest.mark.slow
def test_variance_components_are_as_found_elsewhere(income):
    shares = variance_partition(income["value"], [income["parent_code"]])["share"]
    assert shares["within"] == pytest.approx(0.755896, abs=5e-7)
    assert shares["parent_code"] == pytest.approx(0.244104, abs=5e-7)


@pytest.mark.parametrize("name", NATIONS)
def test_every_nation_runs(tidy, name):
    metric, higher_is, small, authorities = NATIONS[name]
    file = tidy(name, metric)
    found = inside_authorities(file["value"], file["parent_code"], higher_is=higher_is)
    assert (found["n"].sum(), len(found)) == (small, authorities)
    assert found["extent"].between(0, 1).all()
    assert not found["weighted"].any()
    assert found["people"].isna().all()
    assert found["average_score"].isna().all() == (higher_is == "better")
    assert found["disparity"].notna().sum() >= authorities - 1


def test_nations_are_not_ranked_together():
    codes = ["E01000001", "E01000002", "W01000001", "95AA01S1", "S01006506"]
    score = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=codes)
    town = pd.Series("a", index=codes)
    with pytest.raises(
        InputError, match=r"England, Northern Ireland, Scotland and Wales .*\(IMD, WIMD"
    ):
        inside_authorities(score, town, higher_is="worse")
    assert len(inside_authorities(score, town, higher_is="worse", comparable=True)) == 1
    assert len(inside_authorities(score.iloc[:2], town, higher_is="worse")) == 1


def plain(score: pd.Series, town: pd.Series, people: pd.Series) -> pd.DataFrame:
    """The definitions, small area by small area, for scores without ties."""
    place = score.rank(ascending=False)
    n, rows = len(score), {}
    for name in sorted(set(town)):
        codes = [code for code in score.index if town[code] == name]
        total = sum(people[code] for code in codes)
        extent = 0.0
        for code in codes:
            k = math.ceil(round(100 * place[code] / n, 9))
            one = 1.0 if k <= 10 else 0.95 - 0.9 / 19 * (k - 11) if k <= 30 else 0.0
            extent += people[code] * one / total
        left, held = total / 10, 0.0
        for code in sorted(codes, key=place.get):
            part = min(left, people[code])
            held += part * (n + 1 - place[code])
            left -= part
        mean = sum(people[code] * score[code] for code in codes) / total
        squares = sum(people[code] / total * (score[code] - mean) ** 2 for code in codes)
        rows[name] = {
            "average_score": mean,
            "average_rank": sum(people[c] * (n + 1 - place[c]) for c in codes) / total,
            "extent": extent,
            "local_concentration": held / (total / 10),
            "spread": (squares / (1 - sum((people[c] / total) ** 2 for c in codes))) ** 0.5,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), each=st.integers(2, 15), towns=st.integers(1, 12))
def test_measures_are_those_of_the_plain_loops(seed, each, towns):
    score, town, people = made(seed, each, towns)
    score += np.arange(len(score)) * 1e-4
    found = inside_authorities(score, town, higher_is="worse", weights=people)
    wanted = plain(score, town, people)
    pd.testing.assert_frame_equal(
        found[wanted.columns], wanted, check_names=False, check_freq=False, rtol=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_unit_and_direction_change_nothing(seed):
    score, town, people = made(seed)
    found = inside_authorities(score, town, higher_is="worse", weights=people)
    mixed = np.random.default_rng(seed).permutation(score.index)
    shuffled = inside_authorities(score[mixed], town, higher_is="worse", weights=people[mixed])
    pd.testing.assert_frame_equal(shuffled, found)
    unit = inside_authorities(100 * score, town, higher_is="worse", weights=people / 1000)
    alike = [
        "extent",
        "local_concentration",
        "average_rank",
        "polarisation",
        "disparity",
        "profile",
    ]
    pd.testing.assert_frame_equal(unit[alike], found[alike])
    turned = inside_authorities(-score, town, higher_is="better", weights=people)
    pd.testing.assert_frame_equal(
        turned.drop(columns="average_score"), found.drop(columns="average_score")
    )
    assert found["extent"].between(0, 1).all()
    assert found["local_concentration"].between(1, len(score)).all()
    assert (found["local_concentration"] >= found["average_rank"] - 1e-9).all()


def test_equal_weights_are_no_weights():
    score, town, people = made()
    bare = inside_authorities(score, town, higher_is="worse")
    equal = inside_authorities(score, town, higher_is="worse", weights=people * 0 + 7)
    given = ["people", "weighted", "deprived_people", "hidden_people"]
    pd.testing.assert_frame_equal(bare.drop(columns=given), equal.drop(columns=given))
    assert (equal["people"] == 84).all()
    assert (equal["weighted"].all(), bare["weighted"].any()) == (True, False)


def test_the_last_small_area_counts_in_part():
    # 10 % of 200 people are 20: all 15 of the worst (rank 4 of 4) and 5 of the next (3).
    score = pd.Series([9.0, 8.0, 7.0, 1.0], index=list("abcd"))
    people = pd.Series([15.0, 85.0, 50.0, 50.0], index=list("abcd"))
    found = inside_authorities(score, pd.Series("t", index=score.index), higher_is="worse",
                               weights=people)  # fmt: skip
    assert found["local_concentration"]["t"] == pytest.approx((15 * 4 + 5 * 3) / 20)


def test_ranks_alone_have_no_score_and_rank_as_the_scores_do():
    score, town, _ = made()
    score += np.arange(len(score)) * 1e-4
    ranks = score.rank(ascending=False)
    bare = inside_authorities(ranks, town, higher_is="better")
    both = inside_authorities(score, town, higher_is="worse", ranks=ranks)
    alike = ["extent", "average_rank", "local_concentration", "profile", "deprived"]
    pd.testing.assert_frame_equal(bare[alike], both[alike])
    assert bare[["average_score", "rank_of_average_score", "polarisation"]].isna().all(axis=None)


def test_polarisation_is_below_zero_where_a_few_very_deprived_weigh_on_the_score():
    score = pd.Series([90.0, 1, 2, 20, 21, 22, 10, 11, 12], index=list("abcdefghi"))
    town = pd.Series(["split"] * 3 + ["even"] * 3 + ["mild"] * 3, index=score.index)
    found = inside_authorities(score, town, higher_is="worse")
    # Means 31, 21 and 11; mean ranks (most deprived 9) 4, 7 and 4.
    assert found["rank_of_average_score"].to_dict() == {"even": 2, "mild": 3, "split": 1}
    assert found["rank_of_average_rank"].to_dict() == {"even": 1, "mild": 2, "split": 2}
    assert found["polarisation"].to_dict() == {"even": 1, "mild": 1, "split": -1}


def test_an_authority_twice_as_divided_as_the_others_has_twice_the_disparity():
    rng = np.random.default_rng(3)
    parts, towns = [], []
    for at in range(200):
        base = rng.normal(size=20)
        base = (base - base.mean()) / base.std(ddof=1)
        parts.append(50 + (2 if at == 7 else 1) * base)
        towns += [f"t{at:03d}"] * 20
    codes = [f"a{i:05d}" for i in range(4000)]
    found = inside_authorities(
        pd.Series(np.concatenate(parts), index=codes),
        pd.Series(towns, index=codes),
        higher_is="worse",
    )["disparity"]
    assert found["t007"] / found.drop("t007").median() == pytest.approx(2)
    assert found.drop("t007").to_numpy() == pytest.approx(1, abs=0.02)


def test_disparity_does_not_go_with_the_number_where_spread_does_not():
    rng = np.random.default_rng(1)
    sizes = rng.integers(3, 60, 400)
    town = np.repeat([f"t{i:03d}" for i in range(400)], sizes)
    codes = [f"a{i:05d}" for i in range(len(town))]
    score = pd.Series(rng.normal(50, 5, len(codes)), index=codes)
    found = inside_authorities(score, pd.Series(town, index=codes), higher_is="worse")
    # A true spread of 5 in all; exp(bias) is 0.749 for n = 3 (psi(1) = -0.5772) and 0.99 for 50.
    small, large = (found.loc[rows, "usual_spread"] for rows in (found["n"] == 3, found["n"] > 30))
    assert small.mean() == pytest.approx(5 * np.exp(-0.5772 / 2), rel=0.05)
    assert large.between(4.7, 5.2).all()
    assert abs(np.log(found["disparity"]).corr(found["n"].astype(float))) < 0.05


def test_thin_cases_say_nothing_rather_than_something():
    score, town, _ = made(towns=5)
    found = inside_authorities(score, town, higher_is="worse")
    assert found["disparity"].isna().all(), "five authorities have no usual"
    assert found["spread"].notna().all()
    score[town == "t00"] = np.nan
    found = inside_authorities(score, town, higher_is="worse")
    assert (found["n"]["t00"], found["missing"]["t00"], found["profile"]["t00"]) == (0, 12, "")
    assert found.loc["t00", ["extent", "local_concentration", "spread"]].isna().all()
    flat = inside_authorities(score * 0 + 0.3, town, higher_is="worse").drop("t00")
    assert (flat["spread"] == 0).all()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"higher_is": None}, InputError, "never guessed"),
        ({"ranks": -1}, InputError, "the other way"),
        ({"ranks": 1000}, InputError, "lie outside 1 to 144"),
        ({"out_of": 200}, InputError, "for published ranks"),
        ({"ranks": 0}, JoinError, "ranks lacks areas"),
        ({"weights": 0}, WeightsError, "positive"),
        ({"deprived": 1.5}, InputError, "deprived has to lie between"),
        ({"parent_values": 1}, InputError, "the other way than the values of small areas"),
    ],
)
def test_what_cannot_be_is_refused(options, error, words):
    score, town, people = made()
    place = score.rank(ascending=False, method="first")
    meant = {
        ("ranks", -1): 145 - place,
        ("ranks", 1000): place + 1000,
        ("ranks", 0): place.iloc[1:],
        ("weights", 0): people * 0,
        ("parent_values", 1): -score.groupby(town).mean(),
    }
    given = {key: meant.get((key, value), value) for key, value in options.items()}
    with pytest.raises(error, match=words):
        inside_authorities(score, town, **({"higher_is": "worse"} | given))


def test_small_areas_need_an_authority_and_figures():
    score, town, _ = made()
    with pytest.raises(JoinError, match="no parent"):
        inside_authorities(score, town.iloc[1:], higher_is="worse")
    with pytest.raises(StatisticUndefined, match="0 values"):
        inside_authorities(score * np.nan, town, higher_is="worse")
    with pytest.raises(InputError, match="Series"):
        inside_authorities(score.to_numpy(), town, higher_is="worse")
    part = inside_authorities(
        score.iloc[:50], town, higher_is="worse", ranks=score.rank(ascending=False), out_of=144
    )
    whole = inside_authorities(score, town, higher_is="worse")
    assert part["n"].sum() == 50
    assert part["local_concentration"].max() <= 144
    assert len(part) == len(whole)
