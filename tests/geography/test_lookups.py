"""Parents: one or several, with shares, and never a silent choice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning
from spatial_gaps.geography.lookups import parent_shares, parents, region_code
from spatial_gaps.geography.register import areas


@pytest.mark.parametrize("vintage", [2021, 2022, 2023, 2024, 2025])
@pytest.mark.parametrize("level", ["itl3", "itl2", "itl1", "region", "country"])
def test_every_district_has_parents(level: str, vintage: int) -> None:
    codes = areas("lad", vintage).index
    shares = parent_shares(codes, level, vintage)
    assert (shares.groupby(level="code").sum() == 1).all()
    assert shares.index.get_level_values("code").unique().equals(codes)
    known = set(areas("itl1" if level == "region" else level, vintage).index)
    found = set(shares.index.get_level_values("parent"))
    if level == "region":
        assert found == set(region_code()[sorted(known)])
    else:
        assert found == known


def test_straddling_areas_are_named() -> None:
    codes = areas("lad", 2023).index
    named = r"5 areas straddle .*E06000063 60% in TLD11"
    with pytest.warns(SpatialGapsWarning, match=named) as seen:
        found = parents(codes, "itl3")
    assert len(seen) == 1
    assert found.index.equals(codes)
    assert found["S12000021"] == "TLM93"
    with pytest.warns(SpatialGapsWarning, match="3 areas straddle"):
        parents(areas("lad", 2021).index, "itl3", 2021)


def test_no_warning_where_nothing_straddles() -> None:
    assert parents(areas("lad").index, "itl1").nunique() == 12
    assert parents(["E06000001"], "itl3").tolist() == ["TLC11"]


def test_row_order_does_not_matter() -> None:
    codes = areas("lad").index.to_numpy()
    mixed = np.random.default_rng(3).permutation(codes)
    assert parents(mixed).index.tolist() == mixed.tolist()
    assert parents(mixed).sort_index().equals(parents(codes))
    shares = parent_shares(mixed)
    assert shares.sort_index().equals(parent_shares(codes).sort_index())


def test_repeats_keep_their_rows() -> None:
    assert parents(["E06000001", "S12000033", "E06000001"]).tolist() == ["TLC", "TLM", "TLC"]
    with pytest.raises(JoinError, match="more than once"):
        parent_shares(["E06000001", "E06000001"])


def test_a_series_gives_its_values() -> None:
    column = pd.Series(["E06000001"], index=["row 1"])
    assert parents(column).to_dict() == {"E06000001": "TLC"}


def test_parents_of_itl_areas_and_regions() -> None:
    assert parents(["TLI31"], "itl2").tolist() == ["TLI3"]
    assert parents(["TLI31"], "region").tolist() == ["E12000007"]
    assert parents(["E12000001", "W92000004"], "country").tolist() == ["E92000001", "W92000004"]
    with pytest.raises(InputError, match="do not lie in"):
        parents(["TLI"], "itl3")


def test_codes_without_parents_are_explained() -> None:
    with pytest.raises(JoinError, match=r"E06000028 Bournemouth \(replaced by E06000058"):
        parents(["E06000001", "E06000028"])
    with pytest.raises(JoinError, match="did you mean"):
        parents(["E06000001", "E0600000O"])


def test_unknown_options() -> None:
    with pytest.raises(InputError, match="level of parents"):
        parents(["E06000001"], "msoa")
    with pytest.raises(InputError, match="vintage"):
        parents(["E06000001"], "itl1", 1999)


def test_region_code_goes_both_ways() -> None:
    both = region_code()
    assert len(both) == 24
    assert (both[both.to_numpy()].to_numpy() == both.index).all()
    assert both["TLE"] == "E12000003"
    assert both["TLH"] == "E12000006"
    itl1 = areas("itl1")["name"]
    regions = pd.concat([areas("region")["name"], areas("country")["name"]])
    for code, name in itl1.items():
        assert regions[both[code]].split(" (")[0].split(" of ")[0] in name


def test_areas_outside_any_combined_authority_may_be_left_blank():
    # Manchester lies in Greater Manchester; Great Yarmouth in none in 2023.
    codes = ["E08000003", "E07000145"]
    with pytest.raises(JoinError, match="E07000145"):
        parents(codes, "combined_authority", 2023)
    found = parents(codes, "combined_authority", 2023, missing="blank")
    assert found["E08000003"] == "E47000001"
    assert pd.isna(found["E07000145"])
    with pytest.raises(JoinError):
        parents(["E07000145", "E07099999"], "combined_authority", 2023, missing="blank")
