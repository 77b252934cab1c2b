"""Places by name, code and list: what they are made of, and what is said of those that are none."""

from __future__ import annotations

import pytest

from spatial_gaps import areas, find_place, parents
from spatial_gaps.errors import InputError


@pytest.mark.parametrize(
    ("given", "code", "count"),
    [
        ("Essex", "E10000012", 12),
        ("essex ", "E10000012", 12),
        ("E10000012", "E10000012", 12),
        ("Greater Manchester", "E47000001", 10),
        ("Wales", "W92000004", 22),
        ("Braintree", "E07000067", 1),
        ("Bristol, City of", "E06000023", 1),
    ],
)
def test_names_and_codes_lead_to_the_same_areas(given, code, count):
    """Essex has 12 districts, Greater Manchester 10, Wales 22 authorities."""
    place = find_place(given)
    assert (place.code, len(place.areas)) == (code, count)


def test_a_region_is_what_the_lookup_says():
    held = areas("lad", 2023)
    region = parents(held.index, "region", 2023)
    place = find_place("South East", "lad", 2023)
    assert place.areas == tuple(sorted(region.index[region == "E12000008"]))


def test_a_name_of_two_places_is_refused_with_both_codes():
    """West Midlands is a combined authority of 7 and a region of 30; the codes tell them apart."""
    with pytest.raises(InputError, match="E47000007") as caught:
        find_place("West Midlands")
    assert "E12000005" in str(caught.value)
    assert len(find_place("E47000007").areas) == 7
    assert len(find_place("E12000005").areas) == 30


def test_other_levels_and_years():
    # Cumbria was a county until 2023, with six districts.
    assert len(find_place("Cumbria", "lad", 2022).areas) == 6
    with pytest.raises(InputError, match="no place called 'Allerdale' in 2024"):
        find_place("Allerdale", "lad", 2024)
    assert all(code.startswith("TLH") for code in find_place("Essex", "itl3", 2021).areas)


def test_a_list_of_codes(tmp_path):
    (tmp_path / "mine.csv").write_text("code,note\nE07000067,x\nE06000023,y\n")
    place = find_place(tmp_path / "mine.csv")
    assert (place.name, place.code, place.areas) == ("mine", "", ("E06000023", "E07000067"))
    (tmp_path / "bad.csv").write_text("code\nE07000067\nE99999999\n")
    with pytest.raises(InputError, match="E99999999"):
        find_place(tmp_path / "bad.csv")
    with pytest.raises(InputError, match="cannot be read"):
        find_place(tmp_path / "none.csv")


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name():
    with pytest.raises(InputError, match=r"Esex.*Essex"):
        find_place("Esex")
    with pytest.raises(InputError, match="official name"):
        find_place("zzzzzz")
