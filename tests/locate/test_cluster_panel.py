"""Panels of clusters: every column as if it were alone, and what changes from year to year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.locate.autocorrelation import moran
from spatial_gaps.locate.cluster_changes import CHANGES, cluster_changes, cluster_transitions
from spatial_gaps.locate.cluster_panel import local_moran_panel, moran_panel
from spatial_gaps.locate.clusters import LABELS, local_moran
from tests.locate.test_autocorrelation import lattice, smooth


def made_up(side: int = 6) -> tuple[pd.DataFrame, pd.Series]:
    """Four columns over a grid with two islands: a field, noise, gaps in figures, a constant."""
    codes, graph = lattice(side, islands=2)
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            ("pay", "2021"): [*smooth(side), 5.0, 9.0],
            ("pay", "2022"): rng.standard_normal(len(codes)),
            ("jobs", "2021"): rng.standard_normal(len(codes)),
            ("jobs", "2022"): 7.0,
        },
        index=codes,
    )
    frame.loc[["c003", "c036"], ("jobs", "2021")] = np.nan
    return frame, graph


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("policy", ["drop", "keep"])
def test_every_column_equals_the_run_of_it_alone_to_the_last_bit(workers, policy):
    frame, graph = made_up()
    mixed = frame.sample(frac=1, random_state=2)
    found = local_moran_panel(mixed, graph, seed=5, policy=policy, workers=workers)
    assert found.index.names == ["variable", "period", "code"]
    for column in frame:
        alone = local_moran(frame[column], graph, seed=5, policy=policy).reindex(mixed.index)
        part = found.loc[column]
        figures = ["I", "expected", "variance", "z", "p", "p_adjusted"]
        pd.testing.assert_frame_equal(
            part[figures], alone[figures], check_exact=True, check_names=False
        )
        assert (part["cluster"].astype(str) == alone["cluster"]).all()
        quadrant = part["quadrant"].astype(object).where(part["quadrant"].notna(), "")
        assert (quadrant == alone["quadrant"]).all()
    assert set(found.loc[("jobs", "2022"), "cluster"]) <= {"undefined", "no neighbours"}


def test_many_draws_in_parts_are_the_same_as_in_one(monkeypatch):
    from spatial_gaps.locate import permutation

    frame, graph = made_up()
    whole = local_moran_panel(frame, graph, permutations=4_500)
    monkeypatch.setattr(permutation, "TOGETHER", 2)
    parts = local_moran_panel(frame, graph, permutations=4_500, workers=2)
    pd.testing.assert_frame_equal(whole, parts, check_exact=True)


def test_the_global_twin_equals_moran():
    frame, graph = made_up()
    found = moran_panel(frame, graph, permutations=199, seed=2)
    for column in frame:
        alone = moran(frame[column], graph, permutations=199, seed=2)
        for name in (
            "I",
            "expected",
            "variance",
            "variance_normality",
            "z",
            "p",
            "n",
            "components",
        ):
            ours, theirs = found.loc[column, name], getattr(alone, name)
            assert ours == theirs or (np.isnan(ours) and np.isnan(theirs)), (column, name)
        assert found.loc[column, "status"] == alone.status
        assert found.loc[column, "islands"] == len(alone.islands)
    assert "constant" in found.loc[("jobs", "2022"), "status"]


def test_what_is_no_panel_is_said():
    frame, graph = made_up()
    with pytest.raises(InputError, match="DataFrame of areas"):
        local_moran_panel(frame[("pay", "2021")], graph)
    twice = pd.concat([frame, frame.iloc[:, :1]], axis=1)
    with pytest.raises(InputError, match="same name"):
        local_moran_panel(twice, graph)
    with pytest.raises(JoinError, match="c037"):
        moran_panel(frame.drop("c037"), graph)


def by_period(rows: list[list[str]]) -> pd.DataFrame:
    """Labels by area (rows) and period, as the panel has them."""
    years = [str(2000 + number) for number in range(len(rows[0]))]
    wide = pd.DataFrame(rows, [f"a{number}" for number in range(len(rows))], years)
    tall = wide.T.stack()
    return tall.rename_axis(["period", "code"]).to_frame("cluster")


LL, HH, NO, OUT = "low-low", "high-high", "not significant", "undefined"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([LL, LL, LL], ("persistent", LL, 3, 3)),
        ([LL, OUT, LL], ("persistent", LL, 2, 2)),
        ([NO, LL, LL], ("emerging", LL, 2, 2)),
        ([LL, LL, NO], ("fading", LL, 2, 1)),
        ([LL, HH, HH], ("moving", HH, 2, 2)),
        ([LL, NO, LL], ("moving", LL, 2, 1)),
        ([LL, HH, NO], ("fading", HH, 1, 1)),
        ([NO, LL, NO], ("passing", LL, 1, 1)),
        ([NO, OUT, NO], ("never", "", 0, 2)),
        ([OUT, OUT, OUT], ("never", "", 0, 0)),
    ],
)
def test_changes_of_one_area(labels, said):
    row = cluster_changes(by_period([labels])).iloc[0]
    assert (row["change"], row["label"], row["times"], row["run"]) == said


@given(st.lists(st.lists(st.sampled_from(LABELS), min_size=4, max_size=4), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_transitions_count_every_pair_and_changes_are_words(rows):
    found = by_period(rows)
    moves = cluster_transitions(found)
    assert moves.to_numpy().sum() == 3 * len(rows)
    slow = sum(a == "low-low" and b == "undefined" for row in rows for a, b in zip(row, row[1:]))  # noqa: B905, RUF007
    assert moves.loc["low-low", "undefined"] == slow
    changes = cluster_changes(found)
    assert set(changes["change"]) <= set(CHANGES)
    assert changes["periods"].tolist() == [
        sum(label not in ("undefined", "no neighbours") for label in row) for row in rows
    ]


def test_variables_are_kept_apart_and_odd_input_is_refused():
    frame, graph = made_up()
    changes = cluster_changes(local_moran_panel(frame, graph))
    assert changes.index.names == ["variable", "code"]
    assert len(changes) == 2 * len(frame)
    with pytest.raises(InputError, match="by period"):
        cluster_changes(local_moran(frame[("pay", "2021")], graph))
    with pytest.raises(InputError, match="labels that local_moran does not give"):
        cluster_transitions(by_period([["hot", "hot"]]))
    with pytest.raises(InputError, match="missing in some period"):
        cluster_changes(by_period([[LL, LL], [HH, HH]]).iloc[1:])
