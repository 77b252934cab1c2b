"""Every item of the catalogue of bad inputs has a test that carries its number, and the page lists it."""

from __future__ import annotations

from tools import build_catalogue


def test_eighty_items_and_twenty_traps_have_a_test_each() -> None:
    items = build_catalogue.numbered()
    assert len(items) == 100
    assert [key[1:] for key in items][:80] == [f"{number:02d}" for number in range(1, 81)]
    assert set(items) - set(build_catalogue.shown_by()) == set()


def test_the_page_is_what_the_tests_are_called() -> None:
    text = build_catalogue.PAGE.read_text("utf-8")
    assert text == build_catalogue.page(), "python tools/build_catalogue.py"
    assert text.count("no test") == 0
