"""Proposals for what is no code in force, the list that is edited, and how it is read back."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from spatial_gaps import areas as register
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.metrics.suggesting import read_codes, suggest_codes, write_suggestions

LAD = register("lad", 2023)


def proposed(text, *others, level=None, vintage=2023):
    """Return code, certainty and why for one text that stands beside others."""
    printed = pd.Series([*others, text], range(2, len(others) + 3))
    found = suggest_codes(printed, level, vintage).set_index("given")
    return tuple(found.loc[text, ["code", "certainty", "why"]])


def test_codes_in_force_and_blank_cells_need_nothing():
    printed = pd.Series([*LAD.index, "E12000001", "K02000001", "E05000001", "", None, "\u00a0"])
    assert suggest_codes(printed, vintage=2023).empty


def test_a_text_is_listed_once_with_its_rows_and_the_given_series_is_unchanged():
    printed = pd.Series(["Leeds", "E06000001", "Leeds"], [7, 8, 30])
    before = printed.copy()
    found = suggest_codes(printed)
    assert found.to_dict("records") == [
        {"given": "Leeds", "rows": "7, 30", "code": "E08000035", "name": "Leeds",
         "certainty": "certain", "why": "the same name"}
    ]  # fmt: skip
    pd.testing.assert_series_equal(printed, before)


@pytest.mark.parametrize("text", [" E06000002", "E06000002\u00a0", "e06000002", "\ufeffE06000002"])
def test_a05_spaces_and_small_letters_are_certain(text):
    assert proposed(text, "E06000001")[:2] == ("E06000002", "certain")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bristol, City of", "E06000023"),
        ("Bristol UA", "E06000023"),
        ("RHONDDA CYNON TAFF", "W06000016"),
        ("Stratford upon Avon", "E07000221"),
        ("London Borough of Barnet", "E09000003"),
        ("Newport / Casnewydd", "W06000022"),
        ("England and Wales", "K04000001"),
    ],
)
def test_a14_the_same_name_is_certain(text, code):
    assert proposed(text)[:2] == (code, "certain")


@pytest.mark.parametrize(
    ("text", "code"),
    [("Middlesborough", "E06000002"), ("Rutlnd", "E06000017"), ("Gateshaed", "E08000037")],
)
def test_a_name_with_a_wrong_letter_is_likely(text, code):
    found = proposed(text)
    assert found[:2] == (code, "likely")
    assert "nearest name" in found[2]


@pytest.mark.parametrize("text", ["Newport Pagnell", "York and North Yorkshire", "Hampshire East"])
def test_a14_a_name_that_only_contains_another_is_never_proposed(text):
    code, certainty, why = proposed(text)
    assert (code, certainty) == ("", "possible")
    assert "no local authority has this name; nearest: " in why


@pytest.mark.parametrize("text", ["Not Classified", "Total", "Source: ONS", "=SUM(A1)", "zzz9"])
def test_what_is_no_area_gets_no_code(text):
    assert proposed(text)[:2] == ("", "none")


def test_one_letter_missing_never_leads_to_another_authority():
    names = LAD["name"]
    for sixth in range(1, 6):
        short = names.map(
            lambda name, k=sixth: name[: len(name) * k // 6] + name[len(name) * k // 6 + 1 :]
        )
        found = suggest_codes(short, "lad", 2023).set_index("given")["code"]
        codes = short.map(found)
        assert ((codes == codes.index) | (codes == "")).all()
        assert (codes == codes.index).mean() > 0.9


def test_names_of_a_published_file_lead_to_its_own_codes(shared):
    table = pd.read_csv(
        shared / "data/metrics/tidy/earnings_weekly_median_residence.csv", dtype=str
    ).query("period == '2021'")
    # A combined authority has the name of a region or district, and ONS calls one "North East".
    table = table[table["level"].isin(["lad", "county", "region", "country", "uk", "gb"])]
    found = suggest_codes(table["area_name"], vintage=2023).set_index("given")
    own = table[table["level"] == "lad"].set_index("area_name")["area_code"]
    assert len(own) == 361
    assert found["code"].reindex(own.index).tolist() == own.tolist()
    assert set(found["certainty"].reindex(own.index)) == {"certain"}
    other = table[table["level"].isin(["county", "region", "country"])]
    other = other.set_index("area_name")["area_code"]
    assert found["code"].reindex(other.index).tolist() == other.tolist()
    assert set(found["certainty"].reindex(other.index)) == {"likely"}


def test_a08_a_code_that_was_only_replaced_is_certain():
    code, certainty, why = proposed("E07000097", "E06000001")
    assert (code, certainty) == ("E07000242", "certain")
    assert why == "replaced on 2013-04-01 by E07000242 East Hertfordshire"
    back = proposed("E08000038", "E06000001")
    assert back[:2] == ("E08000016", "certain")
    assert "made on 2025-04-01 from the same area, E08000016 Barnsley" in back[2]


def test_a08_a_merged_district_is_only_a_part_of_what_replaced_it():
    code, certainty, why = proposed("E06000028", "E06000001")
    assert (code, certainty) == ("E06000058", "possible")
    assert "of which it is only a part" in why
    name = proposed("Bournemouth")
    assert name[:2] == ("E06000058", "possible")
    assert name[2].startswith("E06000028, replaced on 2019-04-01")


def test_a_split_lists_all_candidates_and_proposes_none():
    code, certainty, why = proposed("95SS", "E06000001")
    assert (code, certainty) == ("", "possible")
    assert (
        why == "split on 2015-04-01 between N09000003 Belfast and N09000007 Lisburn and Castlereagh"
    )
    merged = proposed("E06000063", "E06000001", vintage=2021)
    assert merged[:2] == ("", "possible")
    assert "E07000026 Allerdale, E07000028 Carlisle and E07000029 Copeland" in merged[2]


def test_an_old_code_beside_the_new_one_is_left_to_the_analyst(shared):
    table = pd.read_csv(shared / "data/metrics/tidy/first_time_buyer_mortgages.csv", dtype=str)
    found = suggest_codes(table["area_code"], vintage=2023)
    assert found["given"].tolist() == ["E08000038", "E08000039"]
    assert found["code"].tolist() == ["", ""]
    assert found["why"].str.contains("which has rows of its own here").all()


def test_a07_the_only_code_one_character_away_that_lacks_a_row_is_likely():
    others = LAD.index.drop("E06000047")
    for typo in ("E0600047", "E060000477", "E06000O47", "F06000047", "E06000074"):
        assert proposed(typo, *others)[:2] == ("E06000047", "likely"), typo
    code, certainty, why = proposed("E06000099", "E06000001")
    assert (code, certainty) == ("", "possible")
    assert "E06000009 Blackpool" in why
    taken = proposed("E0600047", *LAD.index)
    assert taken[:2] == ("", "possible")


def test_a06_a_look_alike_digit_lists_the_codes_it_may_stand_for():
    code, certainty, why = proposed("E0600000\u0417", *LAD.index.drop(["E06000003", "E06000005"]))
    assert (code, certainty) == ("", "possible")
    assert "E06000003 Redcar and Cleveland, E06000005 Darlington" in why


def test_a11_a_nuts_code_leads_to_its_itl_code():
    assert proposed("UKC11", "TLC12", vintage=2021)[:2] == ("TLC11", "likely")


def test_level_and_year_are_found_from_the_codes():
    old = register("lad", 2019)
    assert suggest_codes(pd.Series(old.index)).empty
    regions = suggest_codes(pd.Series([*register("itl1", 2021).index.drop("TLI"), "London"]))
    assert regions[["code", "certainty"]].to_numpy().tolist() == [["TLI", "certain"]]
    with pytest.raises(InputError, match="no vintage '1066'"):
        suggest_codes(pd.Series(["Leeds"]), "lad", 1066)
    with pytest.raises(InputError, match="no level 'parish'"):
        suggest_codes(pd.Series(["Leeds"]), "parish")


def edited(path, changes, mark=","):
    """Change codes in a list of proposals as a spreadsheet would save it."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    for row in rows[1:]:
        row[2] = changes.get(row[0], row[2])
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=mark).writerows(rows)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_proposals_are_written_edited_and_read_back(tmp_path, mark):
    texts = ["Leeds", "Newport Pagnell", "Ynys Mon; a, b", "=1+1", "'quoted", "Not Classified"]
    path = tmp_path / "fixes.csv"
    write_suggestions(path, suggest_codes(pd.Series(texts)))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfgiven,rows,code,name,certainty,why\r\n")
    edited(path, {"Newport Pagnell": " e06000042", "Ynys Mon; a, b": "W06000001"}, mark)
    assert read_codes(path) == {
        "Leeds": "E08000035",
        "Newport Pagnell": "E06000042",
        "Ynys Mon; a, b": "W06000001",
        "=1+1": "",
        "'quoted": "",
        "Not Classified": "",
    }


def test_h69_text_that_a_spreadsheet_would_run_is_quoted_in_the_list(tmp_path):
    texts = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tTab", "plain"]
    write_suggestions(tmp_path / "f.csv", suggest_codes(pd.Series(texts)))
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    assert list(read_codes(tmp_path / "f.csv")) == texts


def test_a_list_that_may_hold_edits_is_not_replaced(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("mine")
    with pytest.raises(OutputError, match="may hold your edits"):
        write_suggestions(path, suggest_codes(pd.Series(["Leeds"])))
    assert path.read_text() == "mine"
    with pytest.raises(OutputError, match="cannot be written"):
        write_suggestions(tmp_path / "no" / "f.csv", suggest_codes(pd.Series(["Leeds"])))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("given,code\nLeeds,E08000035\nYork,E06999999\n,E06000001\n",
         ["2 rows", "row 3 'E06999999' for 'York'", "row 4 has a code but nothing in 'given'"]),
        ("given,code\nLeeds,E08000035\nLeeds,E06000014\n",
         ["row 3", "'Leeds' has two codes, 'E08000035' in row 2 and 'E06000014'"]),
        ("name,code\nLeeds,E08000035\n", ["row 1", "needs the columns 'given' and 'code'"]),
        ("", ["empty"]),
    ],
)  # fmt: skip
def test_a_list_with_mistakes_is_refused_with_its_rows(tmp_path, text, words):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_codes(tmp_path / "f.csv")
    for each in ["f.csv", *words]:
        assert each in str(caught.value)


def test_a_list_saved_in_the_windows_alphabet_is_read(tmp_path):
    (tmp_path / "f.csv").write_bytes("given;code\r\nYnys Môn;W06000001\r\n".encode("cp1252"))
    assert read_codes(tmp_path / "f.csv") == {"Ynys Môn": "W06000001"}
