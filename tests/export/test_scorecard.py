"""What the scorecard leaves behind: a safe page, tables that agree with it, nothing else's files lost."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

import pandas as pd
import pytest

from spatial_gaps import OutputError, read_metric, sample_path, scorecard, write_scorecard
from spatial_gaps.export.scorecard import render_scorecard


@pytest.fixture(scope="module")
def card():
    return scorecard([read_metric(sample_path("gross-median-weekly-pay"))])


class Tags(HTMLParser):
    """Every tag with its attributes, and all text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def parsed(card):
    page = Tags()
    page.feed(render_scorecard(card))
    return page


def test_the_finding_is_the_first_thing_and_every_mission_is_there(card):
    page = parsed(card)
    assert card.finding[0] in page.text
    for number, row in card.missions.iterrows():
        assert f"{number}. {row['focus_area']}" in page.text
    assert "Open Government Licence" in page.text
    assert card.measures["sentence"].iloc[0] in page.text


def test_no_name_breaks_out_and_nothing_is_fetched(card):
    nasty = '<script>alert(1)</script>"onerror=x'
    spoilt = card.missions.assign(target=nasty, gap=nasty, tracking=nasty)
    page = parsed(dataclasses.replace(card, missions=spoilt, left_out=(nasty,)))
    assert "script" not in {tag for tag, _ in page.tags}
    assert nasty in page.text
    for _, attributes in page.tags:
        assert not {"src", "onerror"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")


def test_tables_are_what_the_record_holds_and_bytes_are_the_same_twice(card, tmp_path):
    one, two = (write_scorecard(tmp_path / name, card) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    own = pd.read_csv(tmp_path / "one/tables/missions.csv", index_col=0, keep_default_na=False)
    # What a spreadsheet could take for a number or a formula is quoted.
    assert own["line"].str.removeprefix("'").tolist() == card.missions["line"].tolist()
    assert len(pd.read_csv(tmp_path / "one/tables/gaps.csv")) == 22
    # A second run replaces the first.
    write_scorecard(tmp_path / "one", card)


def test_an_empty_card_is_written_too(tmp_path):
    assert all(path.exists() for path in write_scorecard(tmp_path, scorecard([])))


def test_what_is_not_ours_stays(card, tmp_path):
    (tmp_path / "scorecard.png").write_text("mine")
    with pytest.raises(OutputError, match="no scorecard wrote"):
        write_scorecard(tmp_path, card)
    assert (tmp_path / "scorecard.png").read_text() == "mine"
    write_scorecard(tmp_path, card, overwrite=True)
    assert (tmp_path / "scorecard.png").read_bytes()[:4] == b"\x89PNG"
