"""The report: complete, the same as the record, safe with any name and readable by everybody."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import itertools
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from spatial_gaps.assessment import Assessment
from spatial_gaps.export.report import render_report, write_report
from spatial_gaps.measure.classes import CLUSTER_COLOURS, VERDICT_COLOURS, class_breaks, class_of
from spatial_gaps.measure.wording import format_value
from spatial_gaps.records import Notice


def _beside(name: str) -> ModuleType:
    """Load a module of this folder: in this import mode pytest does not put it on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses look their own module up by name.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check, made = _beside("report_check"), _beside("report_made")
make, HOSTILE = made.make, made.HOSTILE


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    """A grid of 4 x 4 squares of 10 km in two regions."""
    return made.grid()


@pytest.fixture
def assessment(areas: gpd.GeoDataFrame) -> Assessment:
    return make(areas)


def rows_of(page: object, caption: str) -> list[list[str]]:
    """Return the body cells of the table whose caption starts like this."""
    tables = [
        table
        for table in page.all("table")  # type: ignore[attr-defined]
        if table.one("caption").text.startswith(caption)
    ]
    (table,) = tables
    return [
        [cell.text.strip() for cell in row.children]
        for body in table.all("tbody")
        for row in body.all("tr")
        if row.classes != ["why"]
    ]


def test_every_area_is_drawn_exactly_once_in_its_class(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    paths = page.one("g", id="areas").all("path")
    codes = sorted(assessment.areas.index)
    assert sorted(int(path.attributes["id"][1:]) for path in paths) == list(range(16))
    assert len({path.attributes["d"] for path in paths}) == 16
    breaks = class_breaks(assessment.areas["value"], unit="£")
    classes = dict(
        zip(assessment.areas.index, class_of(assessment.areas["value"], breaks), strict=True)
    )
    for path in paths:
        code = codes[int(path.attributes["id"][1:])]
        k = classes[code]
        pocket = assessment.pockets.loc[code]
        verdict = list(VERDICT_COLOURS).index(pocket["verdict"])
        cluster = list(CLUSTER_COLOURS).index(assessment.clusters.at[code, "cluster"])
        expected = [f"v{k}" if k >= 0 else "vx", f"p{verdict}", f"k{cluster}"]
        assert path.classes == expected + (["pk"] if pocket["is_pocket"] else [])
        assert path.one("title").text.startswith(assessment.areas.at[code, "name"])


def test_legend_and_map_use_the_class_breaks(assessment: Assessment) -> None:
    text = render_report(assessment)
    page = check.read_page(text)
    breaks = class_breaks(assessment.areas["value"], unit="£")
    entries = page.one("div", id="legend-value").all("li")
    shown = [(item.one("rect").attributes["fill"], item.all("span")[0].text) for item in entries]
    assert shown[: len(breaks.colours)] == list(zip(breaks.colours, breaks.labels, strict=True))
    assert shown[len(breaks.colours)] == ("url(#hatch)", "No figure")
    style = page.one("style").text
    for k, colour in enumerate(breaks.colours):
        assert f".v{k}{{fill:{colour}}}" in style
    for k, colour in enumerate(VERDICT_COLOURS.values()):
        if colour != "#ffffff":
            assert f"body:has(#view-pockets:checked) .p{k}{{fill:{colour}}}" in style
    for k, colour in enumerate(CLUSTER_COLOURS.values()):
        if colour != "#ffffff":
            assert f"body:has(#view-clusters:checked) .k{k}{{fill:{colour}}}" in style


def test_higher_is_worse_turns_the_colours_round(assessment: Assessment) -> None:
    worse = replace(assessment, gap=replace(assessment.gap, higher_is="worse"))
    style = check.read_page(render_report(worse)).one("style").text
    breaks = class_breaks(assessment.areas["value"], higher_is="worse", unit="£")
    assert f".v0{{fill:{breaks.colours[0]}}}" in style


def test_finding_comes_first(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    assert page.one("h1").text == assessment.headline
    main = page.one("main")
    assert main.children[0].all("h1")
    assert [item.text for item in main.children[0].one("ul").all("li")] == list(
        assessment.finding[1:]
    )
    tiles = {
        div.one("dt").text: div.one("dd").text
        for div in page.one("dl", **{"class": "tiles"}).all("div")
    }
    assert list(tiles.values()) == ["6", "2", "1", "£505"]


def test_numbers_equal_the_assessment(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    table = {row[0]: row for row in rows_of(page, "Median weekly pay")}
    for area, pocket in zip(
        assessment.areas.itertuples(), assessment.pockets.itertuples(), strict=True
    ):
        shown = table[area.name]
        assert shown[1] == area.itl1_name
        assert shown[2] == format_value(area.value, "£")
        limits = f"{format_value(area.lower, '£')} to {format_value(area.upper, '£')}"
        assert shown[3] == ("not published" if np.isnan(area.lower) else limits)
        assert shown[4] == pocket.verdict
        assert shown[6] == assessment.clusters.at[area.Index, "cluster"]
        assert shown[8].startswith(pocket.sentence)
    assert "No figure: suppressed." in table["Place A"][8]
    hidden = rows_of(page, "Share of the differences")
    assert hidden == [["ITL 1 regions", "32%", "46%", "48%"], ["ITL 3 areas", "10%", "20%", "30%"]]
    wide = rows_of(page, "Inequality between")
    assert wide[0][:4] == ["Gini coefficient", "0.0751", "0.0700 to 0.0800", "0.0832"]
    assert "15% of the average" in wide[0][4]
    assert wide[2][1:] == ["–", "–", "–", "undefined: 3 values are negative"]
    split = rows_of(page, "Theil index split")
    assert [row[2] for row in split] == ["55%", "18%", "27%"]
    assert (
        "at £640 on average, the worst-off fifth at £420: a gap of £220, or 1.52 to 1, by the "
        "published figures. With sampling noise taken out the gap is £212 (95% interval £205 to "
        "£235). Place A is best off and Place P worst off."
    ) in page.one("main").text
    counted = {row[0]: int(row[1]) for row in rows_of(page, "Areas and their neighbours")}
    assert counted == {
        label: int((assessment.clusters["cluster"] == label).sum()) for label in CLUSTER_COLOURS
    }


def test_pockets_are_numbered_and_keyed_to_the_map(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    rows = rows_of(page, "Confirmed and likely pockets")
    found = assessment.pockets[assessment.pockets["is_pocket"]].sort_values(
        "p_pocket", ascending=False
    )
    assert [row[1] for row in rows] == list(assessment.areas["name"].reindex(found.index))
    assert [row[0] for row in rows] == [str(k + 1) for k in range(len(found))]
    assert rows[0][7] == "95%"
    assert rows[0][5] == "£530"
    numbers = [text.text for text in page.one("g", **{"class": "keys"}).all("text")]
    assert numbers == [row[0] for row in rows]
    for link, name in zip(
        [
            link
            for link in page.all("a")
            if link.attributes["href"].startswith("#m") and link.text.isdigit()
        ],
        [row[1] for row in rows],
        strict=True,
    ):
        path = page.one("path", id=link.attributes["href"][1:])
        assert "pk" in path.classes
        assert path.one("title").text.startswith(name)


def test_strip_holds_every_figure_and_the_national_line(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    strip = page.one("svg", id="strip")
    dots = strip.all("circle")
    known = assessment.areas["value"].notna()
    assert len({dot.attributes["data-m"] for dot in dots}) == len(dots) == known.sum()
    line = float(strip.one("line", **{"class": "uk"}).attributes["x1"].rstrip("%"))
    codes = sorted(assessment.areas.index)
    for dot in dots:
        value = assessment.areas.at[codes[int(dot.attributes["data-m"])], "value"]
        assert (float(dot.attributes["cx"].rstrip("%")) < line) == (value < 505.1)


def test_audit_and_warnings_are_printed(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    assert rows_of(page, "Areas without a figure") == [["E07000000", "Place A", "suppressed"]]
    assert len(rows_of(page, "Rows of another kind")) == 60
    text = " ".join(page.one("main").text.split())
    assert "And 10 more" in text
    assert "16 of 16 local authorities have a row in the file for 2021; 15 have a figure" in text
    assert "Weights are of another year." in text
    footer = page.one("footer").text
    assert assessment.metric.source in footer
    assert assessment.metric.licence in footer
    assert "Contains OS data © Crown copyright and database right" in footer


def test_hostile_names_stay_text(areas: gpd.GeoDataFrame) -> None:
    areas = areas.assign(name=HOSTILE * 2, itl1_name=HOSTILE[0])
    assessment = make(areas)
    assessment = replace(
        assessment,
        finding=tuple(HOSTILE[:3]),
        notices=(Notice("x", HOSTILE[4]),),
        metric=replace(assessment.metric, title=HOSTILE[2], source=HOSTILE[1], unit="<b>"),
    )
    text = render_report(assessment)
    page = check.read_page(text)
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not page.all("img")
    assert not page.all("b")
    every = page.all()
    assert not [name for node in every for name in node.attributes if name.startswith("on")]
    names = [
        row.children[0].text
        for body in page.one("table", id="all").all("tbody")
        for row in body.all("tr")
    ]
    assert names == HOSTILE * 2
    assert page.one("h1").text == HOSTILE[0]
    assert "49" not in [row.text for row in page.all("th")]


@pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is not None,
    reason="with pyarrow pandas cannot hold such text",
)
def test_a_name_that_cannot_be_encoded_is_written(areas: gpd.GeoDataFrame, tmp_path: Path) -> None:
    names = ["broken \ud800 half", *areas["name"].iloc[1:]]
    areas["name"] = pd.Series(names, index=areas.index, dtype=object)
    assert b"broken ? half" in Path(write_report(tmp_path / "r.html", make(areas))).read_bytes()


def test_nothing_is_fetched_and_the_policy_says_so(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    for node in page.all():
        for name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
            if name in node.attributes:
                assert node.attributes[name].startswith("#")
        assert "style" not in node.attributes
    style, script = page.one("style").text, page.one("script").text
    assert not re.search(r"@import|https?:|url\((?!#)", style)
    assert not re.search(r"https?:|fetch\(|XMLHttp|import\(|innerHTML|eval\(", script)
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for part in (style, script):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_structure_is_accessible(assessment: Assessment) -> None:
    page = check.read_page(render_report(assessment))
    assert page.one("html").attributes["lang"] == "en-GB"
    for landmark in ("header", "main", "footer", "h1"):
        page.one(landmark)
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in page.all():
        for name in node.attributes.get("aria-labelledby", "").split():
            assert name in ids
        if node.attributes.get("href", "").startswith("#"):
            assert node.attributes["href"][1:] in ids
        if node.tag == "svg":
            assert (
                node.attributes.get("aria-hidden") == "true" or "aria-labelledby" in node.attributes
            )
        if node.attributes.get("tabindex") == "0":
            assert node.attributes.get("role") == "region"
    for table in page.all("table"):
        table.one("caption")
        assert all(head.attributes.get("scope") for head in table.all("th"))
    levels = [int(node.tag[1]) for node in page.all() if re.fullmatch("h[1-6]", node.tag)]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = np.array([int(digits[k : k + 2], 16) for k in (0, 2, 4)]) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_text_has_contrast_in_light_and_dark(assessment: Assessment) -> None:
    style = check.read_page(render_report(assessment)).one("style").text
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    light, dark = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in blocks[:2])
    for theme in (light, light | dark):
        pairs = [(ink, ground) for ink in ("ink", "quiet", "link") for ground in ("paper", "panel")]
        for ink, ground in pairs:
            assert _contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        assert _contrast("#fff", theme["blue"]) >= 4.5
        assert _contrast(theme["paper"], theme["link"]) >= 4.5
    assert _contrast("#fff", VERDICT_COLOURS["confirmed"]) >= 4.5
    assert _contrast("#000", VERDICT_COLOURS["likely"]) >= 4.5
    for needed in ("prefers-color-scheme: dark", "prefers-reduced-motion", "@media print"):
        assert needed in style


def test_same_bytes_again_and_for_shuffled_rows(assessment: Assessment, tmp_path: Path) -> None:
    first = Path(write_report(tmp_path / "a.html", assessment)).read_bytes()
    assert Path(write_report(tmp_path / "b.html", assessment)).read_bytes() == first
    shuffled = replace(
        assessment,
        areas=assessment.areas.sample(frac=1, random_state=1),
        pockets=assessment.pockets.sample(frac=1, random_state=2),
        clusters=assessment.clusters.sample(frac=1, random_state=3),
        regions=assessment.regions.iloc[::-1],
    )
    assert Path(write_report(tmp_path / "c.html", shuffled)).read_bytes() == first


def test_record_is_left_as_it_was(assessment: Assessment) -> None:
    before = assessment.areas.copy(), assessment.pockets.copy()
    render_report(assessment)
    pd.testing.assert_frame_equal(assessment.areas, before[0])
    pd.testing.assert_frame_equal(assessment.pockets, before[1])


def test_cartogram_says_so_and_needs_no_boundary_licence(areas: gpd.GeoDataFrame) -> None:
    page = check.read_page(render_report(make(areas, "cartogram")))
    assert "Every hexagon" in page.all("figcaption")[0].text
    assert "Crown copyright" not in page.text
    assert len(page.one("g", id="areas").all("path")) == 16


def test_report_without_pockets_errors_or_islands(assessment: Assessment) -> None:
    pockets = assessment.pockets.assign(verdict="no", is_pocket=False, below=False)
    bare = replace(
        assessment,
        pockets=pockets,
        areas=assessment.areas.assign(se=np.nan, lower=np.nan, upper=np.nan),
        masking=assessment.masking * np.nan,
        moran=replace(assessment.moran, status="all values are equal"),
        notices=(),
        audit=replace(assessment.audit, missing=made.frame([]), wrong_level=made.frame([])),
        finding=("One sentence.",),
    )
    text = " ".join(check.read_page(render_report(bare)).one("main").text.split())
    assert "None of the local authorities is more likely than not to be a hidden pocket" in text
    assert "Moran's I is undefined: all values are equal." in text
    assert "Nothing was left out." in text
    assert "sampling noise makes up all of the differences" in text
    assert "nan" not in text.lower().split()


def test_361_authorities_stay_under_400_kilobytes(shared: Path, tmp_path: Path) -> None:
    layer = gpd.read_file(shared / "data/boundaries/lad_2023_uk_buc.gpkg")
    areas = layer.rename(columns={"LAD23CD": "code", "LAD23NM": "name"}).set_index("code")
    areas["itl1"] = areas["itl1_name"] = areas.index.str[:3]
    areas = areas[["name", "itl1", "itl1_name", "geometry"]]
    assessment = make(areas)
    path = Path(write_report(tmp_path / "uk.html", assessment))
    assert path.stat().st_size <= 400_000
    shuffled = replace(assessment, areas=assessment.areas.sample(frac=1, random_state=4))
    assert render_report(shuffled).encode() == path.read_bytes()
    page = check.read_page(path.read_text("utf-8"))
    paths = page.one("g", id="areas").all("path")
    assert len({node.attributes["id"] for node in paths}) == len(paths) == 361
