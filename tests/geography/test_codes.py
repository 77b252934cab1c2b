"""Codes are made plain, and what cannot be is named with its row."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_gaps.errors import InputError
from spatial_gaps.geography.codes import clean_codes


def test_stray_characters_are_removed_and_counted() -> None:
    given_codes = pd.Series(
        ["E06000001\xa0", " e06000002", "\ufeffE06000003", "E0600\u200b0004", "E06000005"]
    )
    codes, notices = clean_codes(given_codes)
    assert codes.tolist() == [f"E0600000{number}" for number in range(1, 6)]
    spaces, case = notices
    assert (spaces.kind, case.kind) == ("codes-spaces", "codes-case")
    assert spaces.message.startswith("4 codes")
    assert case.codes == ("E06000002",)
    assert given_codes[0] == "E06000001\xa0"


def test_clean_codes_give_no_notice() -> None:
    codes, notices = clean_codes(pd.Series(["E06000001", "NA"]))
    assert codes.tolist() == ["E06000001", "NA"]
    assert notices == ()


def test_look_alike_is_named_with_its_row() -> None:
    codes = pd.Series(["E06000001", "E0600000З"], name="areacd")
    with pytest.raises(InputError, match=r"U\+0417 \(CYRILLIC CAPITAL LETTER ZE\)") as caught:
        clean_codes(codes, "figures.csv")
    assert (caught.value.row, caught.value.column) == (3, "areacd")
    assert "figures.csv" in str(caught.value)


@pytest.mark.parametrize("blank", [None, "", "  ", "\xa0", float("nan")])
def test_blank_codes_are_refused_with_rows(blank: object) -> None:
    with pytest.raises(InputError, match="rows have no code: row 3"):
        clean_codes(pd.Series(["E06000001", blank], dtype=object))


def test_rows_are_those_of_the_file() -> None:
    with pytest.raises(InputError, match="row 12"):
        clean_codes(pd.Series(["E06000001", ""]), first_row=11)
    with pytest.raises(InputError, match="row 40"):
        clean_codes(pd.Series(["E06000001", ""], index=[9, 40]))


def test_numbers_are_not_codes() -> None:
    with pytest.raises(InputError, match="start with a letter"):
        clean_codes(pd.Series([1.0, 2.0]))


@given(st.lists(st.from_regex(r"[A-Z][0-9]{8}", fullmatch=True), min_size=1))
def test_cleaning_twice_changes_nothing(codes: list[str]) -> None:
    once, _ = clean_codes(pd.Series([f" {code.lower()}\u200b" for code in codes]))
    twice, notices = clean_codes(once)
    assert once.tolist() == twice.tolist() == codes
    assert notices == ()
