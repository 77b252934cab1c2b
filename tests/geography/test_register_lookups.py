"""The register against every published lookup: no difference that docs/data-sources.md leaves out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from spatial_gaps.geography.pieces import codes_of, shares_between
from spatial_gaps.geography.recodes import recoding
from spatial_gaps.geography.register import areas
from spatial_gaps.geography.successors import retired


@pytest.fixture(scope="module")
def lookups(shared: Path) -> Path:
    return shared / "data/boundaries/lookups"


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(
        folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )


def pairs(frame: pd.DataFrame, *columns: str) -> set[tuple[str, ...]]:
    return set(frame[list(columns)].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("name", "vintage", "itl"),
    [
        ("lad21_lau121_itl321_itl221_itl121_uk_reconstructed", 2021, 2021),
        ("lad23_lau121_itl321_itl221_itl121_uk_reconstructed", 2023, 2021),
        ("lad24_lau125_itl325_itl225_itl125_uk", 2024, 2025),
        ("lad25_lau125_itl325_itl225_itl125_uk_derived", 2025, 2025),
    ],
)
def test_itl_parents(lookups: Path, name: str, vintage: int, itl: int) -> None:
    theirs = read(lookups, name)
    lad = f"LAD{vintage - 2000}CD"
    for tier in (3, 2, 1):
        ours = shares_between("lad", vintage, f"itl{tier}", itl)
        assert pairs(ours, "code", "parent") == pairs(theirs, lad, f"ITL{tier}{itl - 2000}CD")


@pytest.mark.parametrize("year", [19, 20, 21, 23, 24])
def test_regions(lookups: Path, year: int) -> None:
    theirs = read(lookups, f"lad{year}_rgn{year}_en")
    ours = shares_between("lad", 2000 + year, "region", 2000 + year)
    english = ours[ours["code"].str.startswith("E")]
    assert pairs(english, "code", "parent") == pairs(theirs, f"LAD{year}CD", f"RGN{year}CD")


def test_every_lineage_from_2016_to_2024(lookups: Path) -> None:
    chain = read(lookups, "lad16_to_lad24_chain_uk")
    # A few households moved between these two in 2018, both ways; each goes whole to its own code.
    exchanged = {("S12000015", "S12000048"), ("S12000024", "S12000047")}
    for start in range(16, 24):
        ours = recoding(areas("lad", 2000 + start).index, to=2024, vintage=2000 + start)
        theirs = pairs(chain, f"LAD{start}CD", "LAD24CD")
        assert pairs(ours, "code", "new") == theirs - exchanged, start


def test_districts_of_2022_in_2023(lookups: Path) -> None:
    theirs = read(lookups, "lad22_lad23_uk")
    ours = recoding(areas("lad", 2022).index, to=2023)
    assert pairs(ours, "code", "new") == pairs(theirs, "LAD22CD", "LAD23CD")


def test_every_code_and_its_successor(lookups: Path) -> None:
    theirs = read(lookups, "lad_all_codes_drkane")
    ended = retired(theirs["LADCD"], 2025).set_index("code")["replaced_by"]
    ours = [ended.get(code, code) for code in theirs["LADCD"]]
    assert ours == theirs["LADCD_ACTIVE"].tolist()
    for body, column in (("country", "CTRYCD"), ("region", "RGNCD")):
        ours = shares_between("lad", 2018, body, 2018).set_index("code")["parent"]
        known = theirs[theirs["LADCD"].isin(ours.index) & (theirs[column] != "")]
        assert (ours[known["LADCD"]].to_numpy() == known[column]).all()


def test_counties(lookups: Path) -> None:
    theirs = read(lookups, "lad_all_codes_drkane").set_index("LADCD")["UTLACD"]
    ours = shares_between("lad", 2023, "county", 2023).set_index("code")["parent"]
    assert len(ours) == 164
    assert (theirs[ours.index] == ours).all()


def test_counties_of_the_other_register(lookups: Path) -> None:
    theirs = read(lookups, "lad_register_mysociety")
    codes = theirs.set_index("local-authority-code")["gss-code"]
    rows = theirs[theirs["county-la"].ne("") & theirs["gss-code"].ne("")]
    # That register puts Forest Heath, which was in Suffolk, into Surrey.
    for row in rows[rows["gss-code"] != "E07000201"].itertuples(index=False):
        for year in (2018, 2019):
            ours = shares_between("lad", year, "county", year).set_index("code")["parent"]
            if row[3] in ours.index:
                assert ours[row[3]] == codes[row[11]], row[3]


def test_combined_authorities_of_2023(lookups: Path) -> None:
    theirs = read(lookups, "lad23_cauth23_en")
    ours = shares_between("lad", 2023, "combined_authority", 2023)
    assert pairs(ours, "code", "parent") == pairs(theirs, "LAD23CD", "CAUTH23CD")


def test_dates_of_the_other_register(lookups: Path) -> None:
    """Two conventions: it ends areas on their last day (to 2020) or on the day after (since)."""
    theirs = read(lookups, "lad_register_mysociety").query("`gss-code` != ''")
    for level in ("lad", "county"):
        ours = pd.concat([areas(level, year) for year in range(2011, 2026)])
        ours = ours[~ours.index.duplicated()]
        known = theirs[theirs["gss-code"].isin(ours.index)]
        assert len(known) >= (24 if level == "county" else 390)
        for row in known.itertuples(index=False):
            last, theirs_last = ours.at[row[3], "last"], row[5]
            recoded_in_2025 = row[3] in ("E08000016", "E08000019")
            after = str(pd.Timestamp(last or "2000-01-01") + pd.Timedelta(days=1))[:10]
            assert recoded_in_2025 or theirs_last in ((last, after) if last else ("",)), row[3]
            if row[4] >= "2011":
                assert ours.at[row[3], "first"] == row[4], row[3]


@pytest.mark.parametrize(
    ("name", "column", "vintage"),
    [
        ("lsoa11_lad21_ew", "LAD21CD", 2021),
        ("msoa11_lad21_ew", "LAD21CD", 2021),
        ("lsoa11_lsoa21_lad22_ew", "LAD22CD", 2022),
        ("lsoa21_wd24_lad24_ew", "LAD24CD", 2024),
        ("dz11_iz11_lad20_sc", "LAD20CD", 2020),
        ("dz21_sdz21_dea14_lgd14_ni", "LGD14CD", 2015),
        ("soa11_lgd14_ni", "LGD14CD", 2015),
    ],
)
def test_small_areas_lie_in_districts_in_force(
    lookups: Path, name: str, column: str, vintage: int
) -> None:
    table = read(lookups, name)
    column = column if column in table else next(key for key in table if key.endswith(column[3:]))
    theirs = set(table[column])
    nations = {code[0] for code in theirs}
    known = areas("lad", vintage).index
    assert theirs == {code for code in known if code[0] in nations}


def test_districts_of_northern_ireland_before_2015(lookups: Path) -> None:
    zones = read(lookups, "soa11_lgd14_ni")
    theirs = set(zip(zones["SOA11CD"].str[:4], zones["LGD14CD"], strict=True))
    known = areas("lad", 2014).index
    ours = recoding(known[known.str.startswith("95")], to=2015, vintage=2014)
    assert pairs(ours, "code", "new") == theirs
    assert set(ours.query("share < 1")["code"]) == {"95FF", "95II", "95SS"}


def test_county_populations_of_2021(shared: Path) -> None:
    people = pd.read_csv(shared / "data/metrics/tidy/population_by_age_2021.csv")
    people = people[people["metric"] == "population_total"].set_index("area_code")
    lads = people.loc[people["level"] == "lad", "value"]
    for level, count in (("county", 24), ("combined_authority", 10), ("london_part", 2)):
        theirs = people.loc[people["level"] == level, "value"]
        parents = codes_of(level, 2021)
        by_lad = pd.Series(parents.to_numpy(), index=codes_of("lad", 2021)).groupby(level=0).first()
        ours = lads.groupby(by_lad).sum().drop("", errors="ignore")
        assert len(theirs) == count
        assert ours.to_dict() == theirs.to_dict()
