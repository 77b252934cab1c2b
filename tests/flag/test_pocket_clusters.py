"""Clusters of pockets: by hand on a chain, and on the real map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import spatial_gaps as sg
from spatial_gaps.errors import InputError
from spatial_gaps.flag.pocket_clusters import pocket_cluster_of, pocket_clusters

CODES = [f"a{i}" for i in range(7)]
CHAIN = pd.Series(
    1.0,
    index=pd.MultiIndex.from_tuples(
        sorted((CODES[i], CODES[j]) for i in range(7) for j in (i - 1, i + 1) if 0 <= j < 7),
        names=["focal", "neighbor"],
    ),
)
POCKETS = pd.DataFrame(
    {
        "is_pocket": [True, True, False, True, False, True, True],
        "p_pocket": [0.6, 0.9, 0.4, 0.7, 0.1, 0.5, 0.8],
        "parent": ["r", "s", "s", "s", "s", "s", "s"],
        "people": [10.0, 20, 30, 90, 50, 15, 5],
    },
    index=CODES,
)


def test_clusters_by_hand():
    table = pocket_clusters(POCKETS, CHAIN, names=pd.Series({"a3": "Dee", "a1": "Bee"}))
    assert table["name"].tolist() == ["Dee", "Bee and 1 other", "a5 and 1 other"]
    assert table["members"].tolist() == [("a3",), ("a1", "a0"), ("a5", "a6")]
    assert table["people"].tolist() == [90, 30, 20]
    assert table["parents"].tolist() == [("s",), ("r", "s"), ("s",)]
    assert table.loc[2, ["highest", "lowest", "expected"]].tolist() == pytest.approx(
        [0.9, 0.6, 1.5]
    )
    assert table["area_km2"].isna().all()
    assert pocket_cluster_of(POCKETS, CHAIN).fillna(0).tolist() == [2, 2, 0, 1, 0, 3, 3]


def test_a_lower_bar_joins_more_and_rows_may_come_in_any_order():
    wide = pocket_clusters(POCKETS, CHAIN, least=0.35)
    assert wide["n"].tolist() == [4, 2]
    mixed = POCKETS.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(pocket_clusters(mixed, CHAIN), pocket_clusters(POCKETS, CHAIN))


def test_none_and_nonsense():
    none = pocket_clusters(POCKETS.assign(is_pocket=False), CHAIN)
    assert none.empty
    assert "members" in none
    assert pocket_cluster_of(POCKETS.assign(is_pocket=False), CHAIN).isna().all()
    unknown = pocket_clusters(POCKETS.assign(people=np.nan), CHAIN)
    assert unknown["people"].isna().all()
    assert unknown["n"].tolist() == [2, 2, 1]
    with pytest.raises(InputError, match="lacks"):
        pocket_clusters(POCKETS.drop(columns="parent"), CHAIN)


def test_real_places_have_names_and_extent():
    register = sg.areas("lad", 2023)
    touching = ["E07000145", "E07000149", "E07000147"]
    pockets = pd.DataFrame(
        {"is_pocket": register.index.isin(touching), "p_pocket": 0.9, "parent": "TLH",
         "people": register["population"]}, index=register.index,
    )  # fmt: skip
    table = pocket_clusters(pockets, sg.neighbours(register))
    # South Norfolk (142 000 people) has the most, Great Yarmouth and North Norfolk about 100 000.
    assert table["name"].tolist() == ["South Norfolk and 2 others"]
    spots = register.loc[touching, ["easting", "northing"]].to_numpy()
    longest = max(np.hypot(*(spots[i] - spots[j])) for i in range(3) for j in range(i))
    assert table["extent_km"].item() == pytest.approx(longest / 1000)
    assert table["area_km2"].item() == pytest.approx(register.loc[touching, "area_km2"].sum())
