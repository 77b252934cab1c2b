"""Join counts of two and more classes: all arrangements one by one, kinds of labels, what is refused."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.locate.join_counts import join_counts

CODES = list("abcdefg")
ROW = [
    ("a", "b"),
    ("b", "c"),
    ("c", "d"),
    ("d", "e"),
    ("e", "f"),
    ("f", "g"),
    ("a", "c"),
    ("d", "g"),
]
BOTH = ROW + [(b, a) for a, b in ROW]


def graph_of(pairs) -> pd.Series:
    """Return links of 1, and every area that only is a neighbour with a row of 0."""
    ends = {b for _, b in pairs} - {a for a, _ in pairs}
    return pd.Series(dict.fromkeys(pairs, 1.0) | {(code, code): 0.0 for code in ends})


def slow_counts(labels: dict, pairs) -> dict:
    """Count half a join per link, in plain loops; unlike ones together too."""
    classes = sorted(set(labels.values()))
    found = {(r, s): 0.0 for r in classes for s in classes if r <= s} | {("all", "unlike"): 0.0}
    for a, b in pairs:
        found[tuple(sorted((labels[a], labels[b])))] += 0.5
        found["all", "unlike"] += 0.5 * (labels[a] != labels[b])
    return found


@pytest.mark.parametrize("pairs", [BOTH, ROW, [*BOTH[:11], ("g", "a")]])
@pytest.mark.parametrize("labels", ["xxyyyxy", "xyzzxyx", "pqrspqr", "xyyyyyy"])
def test_moments_and_p_are_those_of_all_5040_arrangements(labels, pairs):
    arranged = list(permutations(labels))
    tables = [slow_counts(dict(zip(CODES, each, strict=True)), pairs) for each in set(arranged)]
    seen = pd.DataFrame(tables)
    first = slow_counts(dict(zip(CODES, labels, strict=True)), pairs)
    # Kept, because one of these graphs has an area with links to it and none from it.
    options = {"permutations": 20_000, "policy": "keep"}
    found = join_counts(pd.Series(list(labels), index=CODES), graph_of(pairs), **options)
    assert list(found.index) == list(seen.columns) == list(first)
    assert found["count"].tolist() == list(first.values())
    np.testing.assert_allclose(found["expected"], seen.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["variance"], seen.var(ddof=0), rtol=1e-10, atol=1e-12)
    spread = seen.std(ddof=0).to_numpy()
    fixed = spread < 1e-9
    z = (found["count"] - seen.mean().to_numpy())[~fixed] / spread[~fixed]
    np.testing.assert_allclose(found["z"][~fixed], z, rtol=1e-9, atol=1e-12)
    assert found["z"][fixed].isna().all()
    greater, less = (seen >= found["count"]).mean(), (seen <= found["count"]).mean()
    np.testing.assert_allclose(found["p"], np.minimum(1, 2 * np.minimum(greater, less)), atol=0.02)


@given(st.lists(st.sampled_from("uvwx"), min_size=7, max_size=7))
@settings(max_examples=80, deadline=None)
def test_counts_equal_plain_loops_and_add_up(labels):
    found = join_counts(pd.Series(labels, index=CODES), graph_of(BOTH), permutations=19)
    assert found["count"].to_dict() == slow_counts(dict(zip(CODES, labels, strict=True)), BOTH)
    assert found["count"].iloc[:-1].sum() == len(ROW)
    assert found["expected"].iloc[:-1].sum() == pytest.approx(len(ROW), rel=1e-12)
    unlike = [first != second for first, second in found.index[:-1]]
    for column in ("count", "expected"):
        parts = found[column].iloc[:-1][unlike].sum()
        assert found[column].iloc[-1] == pytest.approx(parts, abs=1e-12)


@given(st.permutations("uvw"), st.lists(st.sampled_from("uvw"), min_size=7, max_size=7))
@settings(max_examples=40, deadline=None)
def test_names_of_classes_do_not_matter(names, labels):
    other = dict(zip("uvw", names, strict=True))
    one = join_counts(pd.Series(labels, index=CODES), graph_of(BOTH), permutations=0)
    two = join_counts(pd.Series(labels, index=CODES).map(other), graph_of(BOTH), permutations=0)
    for pair in one.index[:-1]:
        there = tuple(sorted(other[name] for name in pair))
        np.testing.assert_allclose(
            one.loc[pair, ["count", "expected", "variance"]].astype(float),
            two.loc[there, ["count", "expected", "variance"]].astype(float),
            rtol=1e-9,
        )


def test_labels_may_be_of_any_kind():
    plain = [True, True, False, False, True, False, False]
    kinds = {
        "bool": pd.Series(plain),
        "int": pd.Series(plain).astype(int),
        "float": pd.Series(plain).astype(float),
        "text": pd.Series(plain).map({True: "yes", False: "no"}),
        "nullable": pd.Series(plain, dtype="boolean"),
        "category": pd.Series(plain).map({True: "ahead", False: "zero"}).astype(
            pd.CategoricalDtype(["zero", "unused", "ahead"])
        ),
    }  # fmt: skip
    tables = {}
    for kind, labels in kinds.items():
        tables[kind] = join_counts(labels.set_axis(CODES), graph_of(BOTH), permutations=99)
        np.testing.assert_array_equal(
            tables[kind].iloc[:, :5].astype(float), tables["bool"].iloc[:, :5].astype(float)
        )
    assert tables["bool"].loc[(True, True), "count"] == tables["int"].loc[(1, 1), "count"] == 1
    assert tables["category"].index[0] == ("zero", "zero")
    assert list(tables["text"].index) == [
        ("no", "no"), ("no", "yes"), ("yes", "yes"), ("all", "unlike")
    ]  # fmt: skip
    assert tables["text"].index.names == ["first", "second"]


def test_a_missing_label_of_any_kind_leaves_first_with_its_class():
    labels = ["x", "y", "x", "y", "y", "x", "only here"]
    inside = [pair for pair in BOTH if "g" not in pair]
    without = join_counts(pd.Series(labels[:6], index=CODES[:6]), graph_of(inside))
    for missing in (None, np.nan, pd.NA):
        found = join_counts(pd.Series([*labels[:6], missing], index=CODES), graph_of(BOTH))
        pd.testing.assert_frame_equal(found, without)
    island = graph_of([*inside, ("g", "g")])
    island[("g", "g")] = 0.0
    found = join_counts(pd.Series(labels, index=CODES), island)
    pd.testing.assert_frame_equal(found, without)
    kept = join_counts(pd.Series(labels, index=CODES), island, policy="keep")
    assert len(kept) == 7
    assert kept.loc[("only here", "only here"), "count"] == 0


def test_one_class_is_told_and_counted():
    found = join_counts(pd.Series("x", index=CODES), graph_of(BOTH))
    assert found["count"].tolist() == [8, 0]
    assert found["expected"].tolist() == pytest.approx([8, 0])
    assert (found["status"] == "constant: all areas have the same class").all()
    assert found[["z", "p"]].isna().all(axis=None)


def test_three_areas_are_enough():
    # x-y-x: of three arrangements one has no xx join and two have one.
    graph = graph_of([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")])
    found = join_counts(pd.Series(list("xyx"), index=list("abc")), graph, permutations=99)
    assert found.loc[("x", "x"), "expected"] == pytest.approx(2 / 3)
    assert found.loc[("x", "x"), "variance"] == pytest.approx(2 / 9)
    assert found.loc[("all", "unlike"), "variance"] == pytest.approx(2 / 9)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="Series"):
        join_counts(["x"] * 7, graph_of(BOTH))
    with pytest.raises(InputError, match="islands policy of join counts"):
        join_counts(pd.Series("x", index=CODES), graph_of(BOTH), policy="adjust")
    codes = [f"c{i:02d}" for i in range(60)]
    ring = graph_of([(codes[i - 1], codes[i]) for i in range(60)])
    with pytest.raises(InputError, match="60 classes, more than 50"):
        join_counts(pd.Series(np.arange(60) * 1.5, index=codes), ring)
