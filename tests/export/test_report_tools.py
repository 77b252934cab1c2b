"""What a reader does with the report of pay 2021, in a real browser without network, timed."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial_gaps import assess, find_place, read_boundaries, read_metric, sample_path
from spatial_gaps.export.report import render_report
from spatial_gaps.export.summary import summary_of

SPEC = importlib.util.spec_from_file_location(
    "report_check", Path(__file__).with_name("report_check.py")
)
check = sys.modules["report_check"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check)

USE = """
const result = {errors: [], slowest: 0};
const timed = (action) => {
  const start = performance.now();
  action();
  document.body.getBoundingClientRect();
  result.slowest = Math.max(result.slowest, performance.now() - start);
};
const blobs = [];
URL.createObjectURL = (blob) => { blobs.push(blob); return "blob:none"; };
HTMLAnchorElement.prototype.click = function () { result.download = this.download; };
(async () => {
  try {
    const paths = [...document.querySelectorAll("#areas path")];
    const card = document.getElementById("card");
    result.paths = paths.length;
    timed(() => paths[0].dispatchEvent(new PointerEvent("pointerover", {bubbles: true})));
    result.hovered = card.querySelector("h3").textContent;
    timed(() => paths[0].focus());
    timed(() => paths[0].dispatchEvent(new MouseEvent("click", {bubbles: true})));
    result.pinned = paths[0].getAttribute("aria-selected");
    timed(() => paths[0].dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true})));
    result.closed = card.classList.contains("idle");
    const region = document.getElementById("region");
    region.value = "South East";
    timed(() => region.dispatchEvent(new Event("change")));
    result.faded = document.querySelectorAll("#areas .faded").length;
    result.rows = document.querySelectorAll("#all tbody:not([hidden])").length;
    result.dots = document.querySelectorAll(".dot:not(.faded)").length;
    region.value = "";
    timed(() => region.dispatchEvent(new Event("change")));
    result.back = document.querySelectorAll(".faded").length;
    const map = document.getElementById("map"), zoom = document.getElementById("zoom");
    const whole = map.getAttribute("viewBox");
    timed(() => zoom.click());
    result.near = map.getAttribute("viewBox").split(" ").map(Number);
    timed(() => zoom.click());
    result.whole = map.getAttribute("viewBox") === whole;
    result.width = Number(whole.split(" ")[2]);
    const paper = () => getComputedStyle(document.body).backgroundColor;
    result.light = paper();
    timed(() => document.getElementById("theme").click());
    result.dark = paper();
    timed(() => document.getElementById("theme").click());
    result.light_again = paper();
    timed(() => document.getElementById("download").click());
    result.csv = await blobs[0].text();
    const hexes = document.getElementById("view-hexagons");
    if (hexes) {
      timed(() => { hexes.checked = true; });
      result.hexes = document.querySelectorAll("#hexmap .areas path").length;
      result.hexed = getComputedStyle(document.getElementById("hexmap")).display;
      const hex = document.querySelector('#hexmap [data-m="7"]');
      hex.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
      result.hex = card.querySelector("h3").textContent;
    }
    result.headline = document.getElementById("headline").textContent;
    result.tiles = [...document.querySelectorAll(".tiles dd")].map((each) => each.textContent);
  } catch (error) { result.errors.push(String(error) + error.stack); }
  document.body.dataset.probe = JSON.stringify(result);
})();
"""


AXE = """
document.documentElement.dataset.theme = "THEME";
for (const each of document.querySelectorAll("details")) each.open = true;
axe.run(document, {resultTypes: ["violations"]}).then((found) => {
  document.body.dataset.probe = JSON.stringify(found.violations.map(
    (each) => [each.id, each.nodes.length, each.nodes[0].html, each.nodes[0].failureSummary]));
});
"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = check.find_chromium()
    if found is None:
        pytest.skip("chromium is not installed (apt-get install --no-install-recommends chromium)")
    return str(found)


@pytest.fixture(scope="module")
def real(shared):
    """Pay of 2021 on real boundaries."""
    areas = read_boundaries("lad", shared / "data/boundaries/lad_2023_uk_buc.gpkg", vintage=2023)
    return assess(areas, read_metric(sample_path("gross-median-weekly-pay")), period=2021)


def use(assessment, browser, folder, script=USE, place=None):
    file = folder / "used.html"
    file.write_text(check.with_probe(render_report(assessment, place), script), encoding="utf-8")
    dom, log = check.browse(browser, file, folder, more=("--virtual-time-budget=60000",))
    assert "Refused" not in log
    assert "Uncaught" not in log
    return check.probed(dom)


@pytest.mark.slow
def test_a_reader_finds_what_the_summary_says(real, browser, tmp_path):
    assert len(render_report(real).encode()) <= 400_000
    seen = use(real, browser, tmp_path)
    assert seen["errors"] == []
    summary = json.loads(json.dumps(summary_of(real), default=str))
    assert seen["headline"] == real.headline
    counts = summary["pocket_counts"]
    assert seen["tiles"][:3] == [str(counts[word]) for word in ("below", "likely", "confirmed")]
    assert (seen["paths"], seen["hexes"], seen["hexed"]) == (361, 361, "block")
    assert (seen["pinned"], seen["closed"], seen["whole"]) == ("true", True, True)
    south = (real.areas["itl1"] == "TLJ").sum()
    assert (seen["rows"], seen["faded"], seen["back"]) == (south, 361 - south, 0)
    assert seen["dots"] == real.areas.loc[real.areas["itl1"] == "TLJ", "value"].notna().sum()
    # London's box is a small part of the map.
    assert 0 < seen["near"][2] < seen["width"] / 2
    assert seen["light"] == seen["light_again"] != seen["dark"]
    assert seen["hex"] == real.areas.sort_index()["name"].iloc[7]
    assert seen["slowest"] < 100


@pytest.mark.slow
def test_the_download_is_the_table_and_safe_in_a_spreadsheet(real, browser, tmp_path):
    seen = use(real, browser, tmp_path)
    assert seen["download"] == "areas.csv"
    rows = list(csv.DictReader(io.StringIO(seen["csv"].lstrip("\ufeff"))))
    assert len(rows) == 361
    told = {row["Name"] for row in rows if row["Pocket?"] in ("confirmed", "likely")}
    assert told == {pocket["name"] for pocket in summary_of(real)["pockets"]}
    first = rows[0]
    own = real.areas.sort_index().iloc[0]
    assert first["Name"] == own["name"]
    assert float(first["Value"].strip("£")) == round(own["value"])
    assert not any(cell[:1] in "=+@" for row in rows for cell in row.values() if cell)


@pytest.mark.slow
def test_without_scripts_finding_map_and_table_are_there(real):
    page = check.read_page(render_report(real))
    assert page.one("h1", id="headline").text == real.headline
    assert len(page.one("g", id="areas").all("path")) == 361
    assert len(page.one("table", id="all").all("tbody")) == 361
    # Nothing of what a script makes stands there dead.
    assert page.one("div", id="tools").children == []


@pytest.mark.slow
def test_a_report_of_7264_areas_is_light_and_quick(browser, tmp_path, real):
    """As many squares as there are middle layer areas, each with a made-up figure."""
    side, count = 86, 7264
    codes = [f"E02{number:06}" for number in range(count)]
    corners = [(3000 * (n % side), 3000 * (n // side)) for n in range(count)]
    boxes = [shapely.box(x, y, x + 3000, y + 3000) for x, y in corners]
    rng = np.random.default_rng(1)
    areas = real.areas.sample(count, replace=True, random_state=1).set_axis(codes)
    areas = gpd.GeoDataFrame(
        areas.drop(columns="geometry").assign(value=rng.normal(500, 50, count)),
        geometry=boxes,
        crs=27700,
    )
    like = [frame.sample(count, replace=True, random_state=1).set_axis(codes)
            for frame in (real.pockets, real.clusters)]  # fmt: skip
    many = replace(real, areas=areas, pockets=like[0], clusters=like[1])
    assert len(render_report(many).encode()) < 4_000_000
    seen = use(many, browser, tmp_path)
    assert seen["errors"] == []
    assert seen["paths"] == count
    assert seen["slowest"] < 1500


OWN = """
const result = {errors: []};
const map = document.getElementById("map"), hexes = document.getElementById("hexmap");
const aside = document.querySelector("#areas .aside"), own = document.getElementById("own");
const state = () => [
  map.getAttribute("viewBox"), map.classList.contains("focused"), hexes.getAttribute("viewBox"),
  getComputedStyle(aside).fill, own.textContent];
result.opened = state();
document.getElementById("own").click();
result.whole = state();
document.getElementById("zoom").click();
result.london = state();
document.getElementById("own").click();
result.again = state();
result.rows = [...document.querySelectorAll("#focus tbody th")].map((each) => each.textContent);
result.headline = document.getElementById("headline").textContent;
document.body.dataset.probe = JSON.stringify(result);
"""


@pytest.mark.slow
def test_with_a_place_the_report_opens_on_it_and_shows_all_when_asked(real, browser, tmp_path):
    place = find_place("Essex")
    plain, page = render_report(real), check.read_page(render_report(real, place))
    aside = [path for path in page.one("g", id="areas").all("path") if "aside" in path.classes]
    assert len(aside) == 361 - 12
    assert (
        len([dot for dot in page.one("svg", id="strip").all("circle") if "mine" in dot.classes])
        == 12
    )
    assert page.one("h1", id="headline").text.startswith("In Essex median weekly pay runs from")
    assert real.headline in page.text
    seen = use(real, browser, tmp_path, OWN, place)
    assert seen["errors"] == []
    assert sorted(seen["rows"]) == sorted(real.areas.loc[list(place.areas), "name"])
    assert seen["opened"] == seen["again"]
    assert (seen["opened"][1], seen["whole"][1], seen["london"][1]) == (True, False, False)
    assert (seen["opened"][4], seen["whole"][4]) == ("Show all", "Zoom to Essex")
    whole = check.read_page(plain).one("svg", id="map").attributes["viewbox"]
    assert seen["whole"][0] == whole
    assert len({tuple(seen[key][0]) for key in ("opened", "whole", "london")}) == 3
    assert seen["opened"][2] != seen["whole"][2] == seen["london"][2]
    assert seen["opened"][3] == "rgb(230, 230, 230)" != seen["whole"][3]


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "place"), [("light", ""), ("dark", ""), ("dark", "Essex")])
def test_axe_core_finds_nothing(theme, place, real, browser, tmp_path):
    done = subprocess.run(
        ["npm", "pack", "axe-core@4", "--silent"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    ) if Path("/usr/bin/npm").exists() else None  # fmt: skip
    packed = sorted(tmp_path.glob("axe-core-*.tgz"))
    if done is None or not packed:
        pytest.skip("axe-core cannot be had: npm, or its registry, is not there")
    with tarfile.open(packed[0]) as archive:
        axe = archive.extractfile("package/axe.min.js").read().decode()
    script = axe.replace("</", "<\\/") + AXE.replace("THEME", theme)
    file = tmp_path / "axe.html"
    page = render_report(real, find_place(place) if place else None)
    file.write_text(check.with_probe(page, script), encoding="utf-8")
    dom, _ = check.browse(browser, file, tmp_path, more=("--virtual-time-budget=100000",))
    found = json.loads(check.read_page(dom).one("body").attributes["data-probe"])
    assert found == []
