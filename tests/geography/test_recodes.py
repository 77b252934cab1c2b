"""Figures carried across changes of codes: nothing lost, nothing counted twice, nothing invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_gaps.errors import InputError, JoinError, SpatialGapsWarning, StatisticUndefined
from spatial_gaps.geography.groups import what_if
from spatial_gaps.geography.recodes import recode, recoding
from spatial_gaps.geography.register import areas


@pytest.fixture(scope="module")
def people(shared: Path) -> pd.Series:
    table = pd.read_csv(shared / "data/metrics/tidy/population_by_age_2021.csv")
    table = table.query("metric == 'population_total' and level == 'lad'")
    return table.set_index("area_code")["value"].astype(float)


@pytest.mark.parametrize(("to", "count"), [(2021, 374), (2023, 361), (2025, 361)])
def test_merges_keep_the_total_exactly(people: pd.Series, to: int, count: int) -> None:
    carried = recode(people, to=to)
    assert len(carried) == count
    assert carried.sum() == 67_026_307
    assert carried.index.equals(areas("lad", to).index)


@pytest.mark.parametrize("to", [2021, 2025])
def test_itl1_totals_keep_the_total_exactly(people: pd.Series, to: int) -> None:
    carried = recode(people, to=to, level="itl1")
    assert len(carried) == 12
    assert carried.sum() == 67_026_307
    scotland = people[people.index.str.startswith("S")].sum()
    assert carried["TLM"] == scotland


def test_successors_by_hand(people: pd.Series) -> None:
    carried = recode(people, to=2025)
    assert carried["E06000063"] == people[["E07000026", "E07000028", "E07000029"]].sum()
    assert carried["E08000039"] == people["E08000019"]
    assert "E08000019" not in carried.index


@pytest.mark.parametrize("level", ["lad", "utla", "itl3", "itl2"])
@pytest.mark.parametrize("to", [2011, 2014, 2019, 2023, 2025])
@pytest.mark.filterwarnings("ignore::spatial_gaps.errors.SpatialGapsWarning")
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_counts_are_conserved(level: str, to: int, seed: int) -> None:
    codes = areas("lad", 2021).index
    counts = pd.Series(np.random.default_rng(seed).integers(0, 10**6, len(codes)), codes)
    carried = recode(counts.sample(frac=1, random_state=seed % 1000), to=to, level=level)
    assert carried.sum() == pytest.approx(counts.sum(), rel=1e-12)
    assert (carried >= 0).all()


def test_round_trips_through_splits_are_said_to_be_estimates(people: pd.Series) -> None:
    merged = recode(people, to=2023)
    with pytest.warns(SpatialGapsWarning, match="4 areas were divided by their shares of people"):
        back = recode(merged, to=2021)
    assert back.index.equals(people.index)
    assert back.sum() == pytest.approx(67_026_307, abs=1e-6)
    unchanged = back.index.difference(recoding(merged.index, to=2021).query("share < 1")["new"])
    assert (back[unchanged] == people[unchanged]).all()
    again = recode(back, to=2023)
    assert again.sub(merged).abs().max() < 1e-6


def test_the_record_says_what_was_done() -> None:
    record = recoding(areas("lad", 2019).index, to=2025)
    kinds = record.set_index("code")["kind"]
    assert kinds["E06000001"] == "same"
    assert kinds["E08000016"] == "recode"
    assert kinds["E07000004"] == "merge"
    assert (record["share"] == 1).all()
    assert set(record["source"]) == {"register"}
    back = recoding(["E06000060"], to=2019)
    assert back["kind"].tolist() == ["split"] * 4
    assert back["share"].sum() == pytest.approx(1)


def test_itl_2021_to_2025() -> None:
    """122 codes stand in both vintages; the README of the layers says that none of them changed."""
    record = recoding(areas("itl3", 2021).index, to=2025)
    same = record.query("kind == 'same'")
    both = areas("itl3", 2021).index.intersection(areas("itl3", 2025).index)
    assert set(same["code"]) == set(both)
    assert len(both) == 122
    assert record.groupby("code")["share"].sum().sub(1).abs().max() < 1e-12


def test_rates_are_averaged_by_their_denominators() -> None:
    codes = ["E07000026", "E07000028", "E07000029"]
    rate, size = pd.Series([10.0, 20.0, 40.0], codes), pd.Series([1.0, 2.0, 1.0], codes)
    assert recode(rate, to=2023, statistic="rate", weights=size).to_dict() == {"E06000063": 22.5}
    with pytest.raises(JoinError, match="denominators are missing or not positive: E07000029"):
        recode(rate, to=2023, statistic="rate", weights=size.mask(size.index == codes[2]))


def test_a_rate_of_an_area_that_is_split_holds_for_its_parts() -> None:
    with pytest.warns(SpatialGapsWarning):
        parts = recode(pd.Series({"E06000060": 7.5}), to=2019, statistic="mean")
    assert parts.to_dict() == dict.fromkeys(
        ["E07000004", "E07000005", "E07000006", "E07000007"], 7.5
    )


def test_an_area_of_which_a_part_has_no_figure_has_none() -> None:
    carried = recode(pd.Series({"E07000026": 1.0, "E06000001": 2.0}), to=2023, vintage=2022)
    assert np.isnan(carried["E06000063"])
    assert carried["E06000001"] == 2


@pytest.mark.parametrize("statistic", ["median", "index", "score", "rank"])
def test_medians_are_refused_where_areas_were_merged(statistic: str) -> None:
    values = pd.Series({"E07000026": 1.0, "E07000028": 2.0, "E07000029": 3.0, "E06000001": 4.0})
    with pytest.raises(StatisticUndefined, match=f"a {statistic} .*E06000063 from E07000026"):
        recode(values, to=2023, statistic=statistic)
    same = pd.Series({"E08000016": 500.0, "E06000001": 400.0})
    assert recode(same, to=2025, statistic=statistic, vintage=2023).to_dict() == {
        "E06000001": 400.0,
        "E08000038": 500.0,
    }


def test_ended_codes_beside_successors_are_never_added() -> None:
    codes = [*areas("lad", 2025).index, "E08000016", "E08000019"]
    with pytest.raises(JoinError, match="people twice: E08000016 Barnsley"):
        recode(pd.Series(1.0, codes), to=2023)


def test_unknown_statistic_and_codes() -> None:
    with pytest.raises(InputError, match="statistic"):
        recode(pd.Series({"E06000001": 1.0}), to=2023, statistic="total")
    with pytest.raises(JoinError, match="E06000099"):
        recode(pd.Series({"E06000001": 1.0, "E06000099": 1.0}), to=2023)
    with pytest.raises(InputError, match="vintage"):
        recode(pd.Series({"E06000001": 1.0}), to=2031)


def test_nothing_given_is_changed(people: pd.Series) -> None:
    before = people.copy()
    recode(people, to=2025)
    pd.testing.assert_series_equal(people, before)


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_proposal_is_a_recode_marked_user(tmp_path: Path, people: pd.Series) -> None:
    norfolk = ["E07000143", "E07000144", "E07000145", "E07000146", "E07000147", "E07000148"]
    rows = [f"{code},X01" for code in norfolk] + ["E07000149,X02"]
    proposal = what_if(write(tmp_path / "norfolk.csv", "code,new", *rows), 2021)
    assert len(proposal) == 374
    after = recode(people, to=proposal)
    assert len(after) == 369
    assert after["X01"] == people[norfolk].sum()
    assert after.sum() == 67_026_307
    assert set(recoding(people.index, to=proposal)["source"]) == {"user"}


def test_faulty_proposals_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    with pytest.raises(InputError, match="code and new"):
        what_if(write(path, "area,new", "E07000143,X01"))
    with pytest.raises(JoinError, match="E07000026 Allerdale"):
        what_if(write(path, "code,new", "E07000026,X01"))
    with pytest.raises(InputError, match="one code, one area: E06000001 for"):
        what_if(write(path, "code,new", "E07000143,E06000001"))
    with pytest.raises(JoinError, match="more than once"):
        what_if(write(path, "code,new", "E07000143,X01", "E07000143,X02"))
    with pytest.raises(InputError, match="blank new"):
        what_if(write(path, "code,new", "E07000143,"))
