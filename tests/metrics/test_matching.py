"""Names: matched only when asked, exactly after normalising, and refused with what is known."""

from __future__ import annotations

import pandas as pd
import pytest

from spatial_gaps import areas, read_metric
from spatial_gaps.errors import InputError, JoinError
from spatial_gaps.geography.facts import table
from spatial_gaps.geography.register import COMPLETE, LATEST, in_force
from spatial_gaps.metrics import matching
from spatial_gaps.metrics.matching import match_names

COLUMNS = ["area_code", "area_name", "level"]
FORMS = {
    "E06000010": ["Kingston upon Hull, City of", "Kingston upon Hull UA", "Kingston-upon-Hull", "Hull"],
    "E06000019": ["Herefordshire, County of", "Herefordshire UA", "County of Herefordshire"],
    "E06000020": ["Telford & Wrekin", "Telford and the Wrekin UA"],
    "E06000023": ["Bristol, City of", "Bristol, City of UA", "City of Bristol", "Bristol", "BRISTOL UA",
                  "  bristol\u00a0city council "],
    "E06000034": ["Thurrock UA", "\ufeffThurrock"],
    "E06000047": ["County Durham", "Durham", "Durham UA", "Durham County Council", "County Durham UA"],
    "E06000050": ["Cheshire West & Chester", "Cheshire West And Chester UA"],
    "E06000053": ["Isles Of Scilly", "Council of the Isles of Scilly"],
    "E07000146": ["King's Lynn & West Norfolk", "King’s Lynn and West Norfolk",
                  "Kings Lynn and West Norfolk"],
    "E07000195": ["Newcastle under Lyme"],
    "E07000240": ["St Albans", "Saint Albans", "St. Albans City and District Council"],
    "E08000013": ["St. Helens", "St Helens", "St. Helens UA", "St Helens MD", "Saint Helens"],
    "E08000021": ["Newcastle upon Tyne", "Newcastle on Tyne", "Newcastle-upon-Tyne"],
    "E08000032": ["City of Bradford Metropolitan District Council"],
    "E09000001": ["City of London", "London, City of", "City of London Corporation"],
    "E09000020": ["Royal Borough of Kensington and Chelsea",
                  "Kensington & Chelsea, Royal Borough of", "Kensington and Chelsea London Borough"],
    "E09000033": ["Westminster, City of", "City of Westminster"],
    "N09000001": ["Antrim & Newtownabbey LGD"],
    "N09000002": ["Armagh City, Banbridge and Craigavon", "Armagh, Banbridge & Craigavon"],
    "N09000005": ["Derry City and Strabane", "Derry & Strabane District Council"],
    "S12000013": ["Na h-Eileanan Siar", "Eilean Siar", "Western Isles", "Comhairle nan Eilean Siar",
                  "Na h-Eileanan Siar (Western Isles)"],
    "S12000017": ["Highland", "The Highland Council", "Highland Council, The"],
    "S12000036": ["City of Edinburgh", "Edinburgh, City of", "Edinburgh", "Edinburgh (City of)"],
    "S12000049": ["Glasgow City", "Glasgow", "City of Glasgow"],
    "W06000001": ["Isle of Anglesey", "Anglesey", "Ynys Môn", "Ynys Mon", "YNYS MÔN",
                  "Isle of Anglesey / Ynys Môn"],
    "W06000010": ["Carmarthenshire", "Sir Gaerfyrddin", "Sir Gâr"],
    "W06000011": ["Swansea / Abertawe", "City and County of Swansea", "Abertawe"],
    "W06000014": ["Vale of Glamorgan", "The Vale of Glamorgan", "Glamorgan, Vale of",
                  "Bro Morgannwg"],
    "W06000015": ["Caerdydd"],
    "W06000016": ["Rhondda Cynon Taf", "Rhondda Cynon Taff", "Rhondda, Cynon, Taff UA"],
    "W06000022": ["Newport", "Casnewydd", "Newport / Casnewydd"],
    "W06000024": ["Merthyr Tydfil County Borough Council", "Merthyr Tydfil / Merthyr Tudful"],
}  # fmt: skip


@pytest.mark.parametrize("code", FORMS)
def test_every_form_of_a_name_is_the_same_area(code):
    assert match_names(FORMS[code]).tolist() == [code] * len(FORMS[code])


@pytest.mark.parametrize(
    ("level", "names", "codes"),
    [
        ("itl1", ["North East", "North East (England)", "East of England", "Yorkshire & the Humber"],
         ["TLC", "TLC", "TLH", "TLE"]),
        ("itl3", ["Durham CC", "Inverness and Nairn, Moray, Badenoch and Strathspey"],
         ["TLC14", "TLM62"]),
        ("region", ["East", "East of England", "London"], ["E12000006", "E12000006", "E12000007"]),
    ],
)  # fmt: skip
def test_names_of_larger_areas(level, names, codes):
    assert match_names(names, level).tolist() == codes


@pytest.mark.parametrize(
    ("name", "vintage", "said"),
    [
        ("Newport Pagnell", 2023, "'Newport Pagnell' (nearest: Newport W06000022)"),
        ("Bristal", 2023, "'Bristal' (nearest: Bristol, City of E06000023)"),
        ("Newcastle", 2023, "Newcastle-under-Lyme E07000195, Newcastle upon Tyne E08000021"),
        ("Suffolk", 2023, "nearest: Mid Suffolk E07000203, East Suffolk E07000244, West Suffolk E07000245"),
        ("Suffolk", 2023, "is of level utla, county"),
        ("London", 2023, "is of level region and itl1; nearest: City of London E09000001"),
        ("City of Durham", 2023, "County Durham E06000047"),
        ("West Midlands (Met County)", 2023, "'West Midlands (Met County)'"),
        ("Swansea / Caerdydd", 2023, "Swansea W06000011, Cardiff W06000015"),
        ("Carlisle", 2023, "ended 2023-03-31, replaced by Cumberland E06000063"),
        ("Cumberland", 2021, "'Cumberland' (E06000063, from 2023-04-01)"),
    ],
)  # fmt: skip
def test_a14_what_is_not_exactly_a_name_is_refused_with_what_is_known(name, vintage, said):
    with pytest.raises(JoinError) as caught:
        match_names([name, "Cardiff"], vintage=vintage)
    assert said in str(caught.value)
    assert f"1 of 2 names match no local authority of {vintage}" in str(caught.value)


def test_former_names_and_areas_are_matched_in_their_year():
    assert match_names(["Shepway"]).tolist() == ["E07000112"]
    assert match_names(["Carlisle", "Barnsley"], vintage=2021).tolist() == [
        "E07000028",
        "E08000016",
    ]
    assert match_names(["Barnsley"], vintage=2025).tolist() == ["E08000038"]


def test_every_refused_name_is_listed_and_none_is_dropped():
    names = [f"Nowhere {number}" for number in range(30)]
    with pytest.raises(JoinError, match=r"30 of 31 names.*30 in all") as caught:
        match_names(["Cardiff", *names])
    assert len(caught.value.offenders) == 30


def test_a_name_that_two_areas_share_is_ambiguous(monkeypatch):
    shared_name = pd.DataFrame(
        {"code": ["E07000195", "E08000021"], "alias": ["Newcastle", "Newcastle"]}
    )
    monkeypatch.setattr(matching, "table", lambda name: shared_name)
    matching._in_force.cache_clear()
    try:
        with pytest.raises(JoinError, match=r"Newcastle-under-Lyme E07000195 and Newcastle upon"):
            match_names(["Newcastle"])
    finally:
        matching._in_force.cache_clear()


def test_no_two_areas_of_a_level_and_year_share_a_name():
    for level, first in COMPLETE.items():
        for year in range(first, LATEST + 1):
            index = matching._in_force(level, year)
            assert not [bare for bare, entries in index.items() if len(entries) > 1 or not bare]


def test_order_index_and_repeats_are_kept_and_the_input_is_not_changed():
    names = pd.Series(["Cardiff", "Leeds", "cardiff"], index=[7, 3, 9], name="area")
    before = names.copy()
    found = match_names(names)
    assert found.to_dict() == {7: "W06000015", 3: "E08000035", 9: "W06000015"}
    pd.testing.assert_series_equal(names, before)
    assert match_names(["Leeds"]).to_dict() == {"Leeds": "E08000035"}


def test_blank_names_are_named_by_row():
    with pytest.raises(JoinError, match="column 'area': rows have no name: row 3, row 4"):
        match_names(pd.Series(["Leeds", None, " "], index=[2, 3, 4], name="area"))


@pytest.mark.parametrize(("level", "vintage"), [("ward", 2023), ("lad", 1999)])
def test_a_level_or_year_outside_the_register(level, vintage):
    with pytest.raises(InputError, match=r"there is no (level|vintage)"):
        match_names(["Leeds"], level, vintage)


def test_other_names_are_of_real_areas_and_say_something_new():
    aliases, known = table("names"), table("areas").set_index("code")["name"]
    assert aliases["code"].isin(known.index).all()
    assert (aliases["alias"] != aliases["code"].map(known)).all()
    assert (aliases[["kind", "source"]] != "").all(axis=None)


def test_every_printed_name_of_the_real_files_is_its_own_code(shared):
    alive, checked = in_force("lad"), 0
    for path in sorted((shared / "data/metrics/tidy").glob("*.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=COLUMNS)
        rows = rows[rows["level"] == "lad"].drop_duplicates(["area_code", "area_name"])
        names = rows.set_index("area_code")["area_name"]
        names, left = names[names != ""], set(names.index[names != ""])
        # Files of several vintages are matched year by year: a name may have had several codes.
        for year in (2011, 2019, 2021, 2023, 2025):
            own = names[names.index.isin(alive.index[alive[year]])]
            assert match_names(own, vintage=year).tolist() == list(own.index), (path.name, year)
            left -= set(own.index)
        assert not left, path.name
        checked += len(names)
    assert checked > 15_000


@pytest.mark.parametrize("year", [2021, 2023])
def test_english_and_welsh_names_of_the_published_layers(shared, year):
    pyogrio = pytest.importorskip("pyogrio")
    layer = pyogrio.read_dataframe(
        shared / f"data/boundaries/lad_{year}_uk_buc.gpkg", read_geometry=False
    ).set_index(f"LAD{year - 2000}CD")
    english = layer[f"LAD{year - 2000}NM"]
    welsh = layer[f"LAD{year - 2000}NMW"].str.strip()
    welsh = welsh[welsh.fillna("") != ""]
    assert len(welsh) == 22
    for names in (english, welsh, english[welsh.index] + " / " + welsh):
        assert match_names(names, vintage=year).tolist() == list(names.index)


def test_official_names_of_the_councils(shared):
    councils = pd.read_csv(
        shared / "data/boundaries/lookups/lad_register_mysociety.csv", dtype=str
    ).set_index("gss-code")["official-name"]
    current = councils[councils.index.isin(areas("lad", 2023).index)]
    assert len(current) > 350
    # Two places are called Newcastle, so the council's short name says neither.
    official = current[current != "Newcastle City Council"]
    assert match_names(official).tolist() == list(official.index)
    with pytest.raises(JoinError, match="Newcastle-under-Lyme E07000195, Newcastle upon Tyne"):
        match_names(["Newcastle City Council"])


FILE = "Local authority,area_name,value\nx,St Helens,1\ny,Abertawe,2\nz,Bristol UA,3\n"


def test_reading_matches_names_only_when_asked(tmp_path):
    path = tmp_path / "named.csv"
    path.write_text(FILE)
    with pytest.raises(InputError, match="no column holds area codes"):
        read_metric(path)
    metric = read_metric(path, names=("lad", 2023))
    assert metric.table["code"].tolist() == ["E08000013", "W06000011", "E06000023"]
    assert metric.table["name"].tolist() == ["St Helens", "Abertawe", "Bristol UA"]
    notice = metric.notices[0]
    assert notice.kind == "matched-by-name"
    assert notice.message == (
        "3 areas (3 rows) were matched by name, not by code, to level lad of 2023"
    )
    with pytest.raises(JoinError, match=r"named.csv, column 'Local authority': 3 of 3 names"):
        read_metric(path, code="Local authority", names=("lad", 2023))
    with pytest.raises(InputError, match=r'such as \("lad", 2023\)'):
        read_metric(path, names="lad")


def test_reading_names_the_rows_of_an_area_that_stands_there_twice(tmp_path):
    path = tmp_path / "named.csv"
    path.write_text("name,value\nSwansea,1\nLeeds,2\nAbertawe,3\n")
    with pytest.raises(InputError, match=r"W06000011 all \(rows 2, 4\)"):
        read_metric(path, names=("lad", 2023))
    path.write_text("authority,value\nSwansea,1\n")
    with pytest.raises(InputError, match=r"no column of names beside figures.*code="):
        read_metric(path, names=("lad", 2023))
