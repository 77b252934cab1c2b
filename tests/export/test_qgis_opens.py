"""What the real QGIS makes of the file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spatial_gaps.assessment import Assessment
from spatial_gaps.cli import main
from spatial_gaps.export.geopackage import refresh_geopackage, write_geopackage
from spatial_gaps.export.joined_layers import SURE
from spatial_gaps.flag.place_table import place_sentences, place_table
from spatial_gaps.geography.places import find_place
from spatial_gaps.measure.classes import (
    BETTER_OFF,
    CLUSTER_COLOURS,
    NO_DATA,
    NO_DATA_HATCH,
    OTHER,
    POCKET,
    VERDICT_COLOURS,
    class_breaks,
    diverging_breaks,
)

Look = Callable[[Path], dict[str, Any]]
AREA_STYLES = [
    "Figures", "Natural classes", "Pockets", "Clusters (LISA)", "Figures, graduated",
    "Gap to the benchmark", "Uncertainty",
]  # fmt: skip
# The shapes of the made-up file, topmost first, and the style in which each opens by itself.
DEFAULTS = {
    "pockets": "Pocket outlines",
    "pocket_clusters": "Cluster outlines",
    "border_contrasts": "Steps",
    "regions_itl1": "Borders",
    "regions_itl3": "Borders",
    "lisa": "Clusters (LISA)",
    "areas": "Figures",
    "areas_over_time": "Figures of all periods",
}
TABLES = (
    "values", "values_wide", "indices", "decomposition", "masking", "audit", "warnings", "run",
)  # fmt: skip
GROUPS = {
    "Pockets": ("pockets", "pocket_clusters"),
    "Gaps": ("border_contrasts",),
    "Regions": ("regions_itl1", "regions_itl3"),
    "Clusters": ("lisa",),
    "Figures": ("areas", "areas_over_time"),
    "Tables": TABLES,
}
# What each theme shows, topmost first.
THEMES = {
    "Pockets": ("pockets", "pocket_clusters", "regions_itl1"),
    "Figures": ("pockets", "regions_itl1", "areas"),
    "Clusters": ("regions_itl1", "lisa"),
    "Gaps": ("border_contrasts", "regions_itl1", "areas"),
    "Uncertainty": ("regions_itl1", "areas"),
    "Years": ("regions_itl1", "areas_over_time"),
}


def check_looks(seen: dict[str, Any], assessment: Assessment) -> None:
    """Compare what QGIS sees with the classes and colours that every other output uses."""
    assert all(layer["valid"] for layer in seen["layers"].values())
    breaks = class_breaks(
        assessment.areas["value"], higher_is="better", unit=assessment.metric.unit
    )
    areas = seen["layers"]["areas"]
    assert areas["style"]["renderer"] == "RuleRenderer"
    legend = [(rule["label"], rule["fill"]) for rule in areas["style"]["rules"]]
    assert legend == [*zip(breaks.labels, breaks.colours, strict=True), ("No data", NO_DATA)]
    last = areas["style"]["rules"][-1]
    assert (last["filter"], last["hatch"]) == ("ELSE", [NO_DATA_HATCH])
    assert {name: next(iter(seen["layers"][name]["styles"])) for name in DEFAULTS} == DEFAULTS
    assert set(areas["styles"]) == set(AREA_STYLES)
    for name, colours in (("Pockets", VERDICT_COLOURS), ("Clusters (LISA)", CLUSTER_COLOURS)):
        rules = areas["styles"][name]["rules"]
        assert {rule["label"]: rule["fill"] for rule in rules[:-1]} == colours
        assert [bool(rule["hatch"]) for rule in rules[:-1]] == [
            colour == NO_DATA for colour in colours.values()
        ]
    graduated = areas["styles"]["Figures, graduated"]
    assert graduated["renderer"] == "graduatedSymbol"
    assert [colour for _, colour in graduated["ranges"]] == list(breaks.colours)
    outlines = seen["layers"]["pockets"]["style"]["rules"]
    assert [(rule["outline"], rule["fill"], rule["dashed"]) for rule in outlines] == [
        (POCKET, "", False), (POCKET, "", True),
    ]  # fmt: skip
    natural = class_breaks(
        assessment.areas["value"], "jenks", higher_is="better", unit=assessment.metric.unit
    )
    rules = areas["styles"]["Natural classes"]["rules"]
    assert [rule["label"] for rule in rules] == [*natural.labels, "No data"]
    dotted = [rule for rule in areas["styles"]["Uncertainty"]["rules"] if rule["dots"]]
    assert [rule["label"] for rule in dotted] == ["Interval in 3 classes or more"]
    shaded = seen["layers"]["regions_itl1"]["styles"]["Better off"]["rules"]
    assert [(rule["label"], rule["fill"]) for rule in shaded[:2]] == [
        ("Better off than United Kingdom", BETTER_OFF), ("Not better off", OTHER),
    ]  # fmt: skip
    steps = seen["layers"]["border_contrasts"]["style"]["rules"]
    assert [rule["width"] for rule in steps] == [1.3, 1.3, 0.15]
    for name in ("pockets", "pocket_clusters", "regions_itl1"):
        style = seen["layers"][name]["style"]
        assert (style["labels"], style["label_valid"], style["halo"]) == (True, True, True)


def check_project(seen: dict[str, Any]) -> None:
    """Compare the stored project with what it should open as."""
    project = seen["project"]
    assert (project["read"], project["crs"], project["crs_valid"]) == (True, "EPSG:27700", True)
    assert all(layer["valid"] for layer in project["layers"].values())
    assert project["tree"] == [
        [group, [f"spatial_gaps_{name}" for name in names]] for group, names in GROUPS.items()
    ]
    assert project["order"] == [f"spatial_gaps_{name}" for name in DEFAULTS]
    assert set(project["themes"]) == set(THEMES)
    assert project["shown"] == [f"spatial_gaps_{name}" for name in THEMES["Pockets"]]
    assert project["times"] == ["2020", "2021"]
    assert project["relations"] == [{"id": "areas_values", "valid": True, "rows": [2, 2, 2]}]
    # Rows that the year 2021 shows; a default style by itself does not set time in QGIS.
    assert project["layers"]["spatial_gaps_areas_over_time"]["played"] == ["date_to", 16]
    for name in ("areas", "areas_over_time", "border_contrasts", *TABLES):
        opened, stored = seen["layers"][name], project["layers"][f"spatial_gaps_{name}"]
        for key in ("style", "aliases", "maps", "tip", "licences", "rights", "count"):
            assert stored.get(key) == opened.get(key), (name, key)
    # A page cannot play.
    assert set(project["pages"]) == set(THEMES) - {"Years"}
    for theme, names in THEMES.items():
        if theme == "Years":
            continue
        page = project["pages"][theme]
        assert page["printed"]
        assert page["legend"] == [f"spatial_gaps_{name}" for name in names]


@pytest.mark.slow
def test_qgis_opens_it_finished(tmp_path: Path, made_up: Assessment, look: Look) -> None:
    seen = look(write_geopackage(tmp_path / "pay.gpkg", made_up))
    check_looks(seen, made_up)
    check_project(seen)
    areas = seen["layers"]["areas"]
    assert areas["crs"] == "EPSG:27700"
    assert (areas["aliases"]["p_pocket"], areas["aliases"]["is_pocket"]) == (
        "Chance of a pocket", "Is a pocket",
    )  # fmt: skip
    assert areas["types"]["is_pocket"].lower() == "boolean"
    assert areas["licences"] == ["Open Government Licence v3.0"]
    assert "Crown copyright" in areas["rights"][0]
    assert "Left & Right hides 5 places." in areas["abstract"]
    assert "inequality" in areas["keywords"]["keywords"]
    assert areas["maps"]["verdict"]["watch"] == "To watch: not ruled out"
    page = seen["project"]["pages"]["Pockets"]["words"]
    assert page["title"] == made_up.headline
    assert page["subtitle"] == (
        "Pockets. Pay <weekly> & more (£), local authorities as of 2023, England, 2021"
    )
    assert "Made-up Statistics Office" in page["source"]
    assert "Open Government Licence" in page["source"]
    left, bottom, right, top = seen["project"]["extent"]
    assert left < 0 < 4000 < right
    assert bottom < 0 < 4000 < top


@pytest.mark.slow
def test_map_tips_are_filled_in_and_harmless(
    tmp_path: Path, made_up: Assessment, look: Look
) -> None:
    tips = look(write_geopackage(tmp_path / "pay.gpkg", made_up))["layers"]["areas"]["tips"]
    first, last = made_up.areas.index[[0, 15]]
    assert '&lt;b&gt;Ynys Môn&lt;/b&gt; &amp; "Cwm" [% 1+1 %] d\'Or' in tips[first]
    assert "Pay &lt;weekly&gt; &amp; more, 2021: £100" in tips[first]
    assert "is &lt;poor&gt; &amp; hidden." in tips[first]
    assert "no figure ([u] &lt;low reliability&gt;)" in tips[last]
    assert all("[% coalesce" not in tip for tip in tips.values())


@pytest.mark.slow
def test_the_picture_has_the_colours_of_the_classes(
    tmp_path: Path, made_up: Assessment, look: Look
) -> None:
    pictures = look(write_geopackage(tmp_path / "pay.gpkg", made_up))["project"]["pictures"]
    breaks = class_breaks(made_up.areas["value"], higher_is="better", unit="£")
    assert {*breaks.colours, NO_DATA, POCKET} <= set(pictures["Figures"])
    assert hatched(pictures["Figures"]) > 100
    verdicts = {VERDICT_COLOURS[verdict] for verdict in ("confirmed", "likely")}
    labels = {CLUSTER_COLOURS[label] for label in made_up.clusters["cluster"]}
    assert verdicts | {BETTER_OFF, OTHER} <= set(pictures["Pockets"])
    assert labels <= set(pictures["Clusters"])
    around = diverging_breaks(
        made_up.areas["value"], centre=made_up.benchmark.value, higher_is="better", unit="£"
    )
    assert {*around.colours, SURE} <= set(pictures["Gaps"])
    assert set(breaks.colours) <= set(pictures["Uncertainty"]) & set(pictures["Years"])
    # Without its areas there is nothing of a hatch on the map.
    assert not hatched(pictures["Pockets"])


def hatched(picture: dict[str, int]) -> int:
    """Return how many pixels are of the hatch: its grey, as far as a thin line covers a pixel."""
    dark, light = int(NO_DATA_HATCH[1:3], 16), 0xD8
    greys = [colour for colour in picture if colour[1:3] == colour[3:5] == colour[5:7]]
    return sum(picture[grey] for grey in greys if dark <= int(grey[1:3], 16) <= light)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE layer_styles SET f_table_schema = NULL",
        "UPDATE layer_styles SET f_geometry_column = 'geometry'",
        "UPDATE layer_styles SET styleQML = ''",
    ],
)
def test_the_check_notices_a_broken_style(
    tmp_path: Path, made_up: Assessment, look: Look, fault: str
) -> None:
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(fault)
    with pytest.raises((AssertionError, KeyError)):
        check_looks(look(path), made_up)


@pytest.mark.slow
def test_a_renamed_file_keeps_its_styles_and_loses_its_project(
    tmp_path: Path, made_up: Assessment, look: Look
) -> None:
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    renamed = Path(shutil.move(path, tmp_path / "income.gpkg"))
    seen = look(renamed)
    check_looks(seen, made_up)
    with pytest.raises(AssertionError):
        check_project(seen)
    done = CliRunner().invoke(main, ["geopackage", "refresh", str(renamed)])
    assert done.exit_code == 0, done.output
    check_project(look(renamed))


SAVE = """
import sys
from qgis.core import QgsApplication, QgsProject
application = QgsApplication([], True)
application.initQgis()
project = QgsProject.instance()
for name in ("pay", "mine"):
    assert project.read(f"geopackage:{sys.argv[1]}?projectName=pay")
    project.setTitle(f"Changed by hand: {name}")
    assert project.write(f"geopackage:{sys.argv[1]}?projectName={name}")
project.clear()
application.exitQgis()
"""


@pytest.mark.slow
def test_a_project_that_was_saved_with_qgis_is_refreshed_too(
    tmp_path: Path, made_up: Assessment, look: Look, qgis: Callable[..., str]
) -> None:
    path = write_geopackage(tmp_path / "pay.gpkg", made_up)
    qgis("-c", SAVE, str(path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["pay.gpkg"]
    renamed = Path(shutil.move(path, tmp_path / "pay & more.gpkg"))
    refresh_geopackage(renamed)
    seen = look(renamed)["project"]
    assert seen["title"] == "Changed by hand: pay"
    assert all(layer["valid"] for layer in seen["layers"].values())
    assert len(seen["layers"]) == len(DEFAULTS) + len(TABLES)
    with closing(sqlite3.connect(renamed)) as database:
        names = {name for (name,) in database.execute("SELECT name FROM qgis_projects")}
    assert names == {"pay & more", "mine"}


@pytest.mark.slow
def test_a_project_opens_on_the_place(tmp_path: Path, pay: Assessment, look: Look) -> None:
    place = find_place("Essex", "lad", 2023)
    seen = look(write_geopackage(tmp_path / "essex.gpkg", pay, place=place))["project"]
    assert seen["shown"] == [
        "spatial_gaps_place", "spatial_gaps_regions_itl1", "spatial_gaps_areas",
    ]  # fmt: skip
    own = seen["layers"]["spatial_gaps_place"]
    assert own["count"] == len(place.areas) == 12
    assert own["tips"]["E07000066"].startswith('<div style="max-width: 22em"><b>Basildon</b>')
    around = pay.areas.loc[list(place.areas)].total_bounds
    whole = pay.areas.total_bounds
    left, bottom, right, top = seen["extent"]
    assert left < around[0] < around[2] < right
    assert top - bottom < 0.3 * (whole[3] - whole[1])
    own = place_sentences(pay, place, place_table(pay, place))
    assert seen["pages"]["My place"]["words"]["title"] == own[0]
    assert seen["pages"]["Clusters"]["words"]["title"] == pay.finding[4]
    # Under the veil nothing has the colour of its class; outside there is veil and sea.
    breaks = class_breaks(pay.areas["value"], higher_is="better", unit="£")
    colours = seen["pictures"]["My place"]
    assert 0 < sum(colours.get(each, 0) for each in breaks.colours) < 0.1 * sum(colours.values())


@pytest.mark.slow
def test_several_assessments_in_one_file(
    tmp_path: Path, made_up: Assessment, pay: Assessment, look: Look
) -> None:
    seen = look(write_geopackage(tmp_path / "two.gpkg", {"Made up": made_up, "pay": pay}))
    assert all(layer["valid"] for layer in seen["layers"].values())
    project = seen["project"]
    assert all(layer["valid"] for layer in project["layers"].values())
    assert [name for name, _ in project["tree"]] == [made_up.metric.title, pay.metric.title]
    assert [group for group, _ in project["tree"][0][1]] == [*GROUPS]
    assert project["shown"] == [f"spatial_gaps_made_up_{name}" for name in THEMES["Pockets"]]
    assert {"made_up: Pockets", "pay: Pockets", "pay: Years"} <= set(project["themes"])
    assert {each["id"]: each["valid"] for each in project["relations"]} == {
        "made_up_areas_values": True, "pay_areas_values": True,
    }  # fmt: skip
    assert seen["layers"]["made_up_lisa"]["count"] == 16
    assert seen["layers"]["pay_lisa"]["count"] == 361
