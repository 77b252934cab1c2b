"""Group H of the bad inputs, malicious ones: text stays text, paths stay paths, files stay data.

Items 72 to 75 on archives and connection strings are in tests/geography/test_boundary_files.py,
those on spreadsheets and CSV files beside their readers.
"""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import spatial_gaps as sg
from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export.cells import harmless, harmless_text
from spatial_gaps.export.files import write_text
from spatial_gaps.export.folder import write_folder
from spatial_gaps.export.geopackage import check_replaceable, write_geopackage
from spatial_gaps.export.report import render_report, write_report
from spatial_gaps.geography.boundary_files import read_layer
from spatial_gaps.show.saving import save_figure

PACKAGE = Path(sg.__file__).parent
LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
MARK = "document.documentElement.dataset.run = 1"
FORMULAS = [
    '=HYPERLINK("http://example.org","x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1",
    "\r=1", "Bath\r=1+1", "\n=1", "=1", "=",
]  # fmt: skip
MARKUP = [
    f"<script>{MARK}</script>", f'"onerror="{MARK}" x="', f"`onmouseover={MARK}`",
    f"</script><script>{MARK}</script>", f"<img src=x onerror='{MARK}'>",
    f"'><svg onload={MARK}>", f"<a href='javascript:{MARK}'>x</a>", "{{ 7 * 191 }} {% raw %}",
    "</title></style><!--", "&lt;script&gt;", "\u202egnp.exe",
]  # fmt: skip
PATHS = ["../../x", "/etc/passwd", "CON", "a/b\\c", "..", "%2e%2e%2f", "~root"]
HOSTILE = [*FORMULAS, *MARKUP, *PATHS]


def _load(place: str) -> ModuleType:
    """Load a module of another folder: in this import mode pytest does not put it on the path."""
    path = Path(__file__).parent / place
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _load("export/report_check.py")


@pytest.fixture(scope="module")
def hostile() -> sg.Assessment:
    """Pay of 2021 with hostile names of areas, groups, the grouping, and in every word of the metric."""
    areas = sg.cartogram()
    areas["name"] = np.resize(np.array(HOSTILE, dtype=object), len(areas))
    group = pd.Series(np.resize(np.array(HOSTILE[:9], dtype=object), len(areas)), areas.index)
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    words = {"title": MARKUP[0], "unit": MARKUP[1], "source": MARKUP[4], "licence": MARKUP[3]}
    found = sg.assess(areas, metric, period=2021, region=group.rename("=CMD()"))
    areas = found.areas.assign(itl1_name=MARKUP[4])
    areas.loc[areas["value"].isna(), "status"] = MARKUP[3]
    notices = (*found.notices, sg.Notice(FORMULAS[0], MARKUP[5], (FORMULAS[3],)))
    return replace(
        found, areas=areas, notices=notices, metric=replace(metric, key=PATHS[0], **words)
    )


def squares(count: int = 2, **columns: object) -> gpd.GeoDataFrame:
    """Return unit squares in a row, 1 km each."""
    shapes = [shapely.box(4e5 + 1e3 * k, 3e5, 4.01e5 + 1e3 * k, 3.01e5) for k in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=27700)


class TestFormulas:
    @pytest.mark.parametrize(
        "text", [*FORMULAS, "\0=1", "\r\n=1", "\uff1d1+1", "\uff0b1a", "\uff0d1a", "\uff20x"]
    )
    def test_h69_text_that_a_spreadsheet_would_run_gets_a_quote(self, text):
        safe = harmless_text(text)
        assert safe[0] not in "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
        assert "\r" not in safe
        assert safe.lstrip("'").replace("\n", "") == re.sub(r"[\r\n]", "", text)

    @pytest.mark.parametrize(
        "cell",
        [
            -5,
            -0.25,
            "-5",
            "+1.5",
            "-0.25%",
            "-1e-05",
            None,
            True,
            "2019/20",
            "2020-2022",
            "2 of 4 are",
            "E06",
            ": a",
            "; b",
            "<5",
            "10+",
        ],
    )
    def test_h69_numbers_are_not_touched(self, cell):
        assert harmless_text(cell) is cell

    def test_h69_headings_and_index_count_too_and_the_frame_is_left_alone(self):
        frame = pd.DataFrame({"=a": [-1.5], "b": ["@x"]}, index=pd.Index(["+c"], name="-d"))
        before = frame.copy(deep=True)
        assert harmless(frame).to_csv(lineterminator="\n") == "'-d,'=a,b\n'+c,-1.5,'@x\n"
        assert harmless(frame)["'=a"].dtype == float
        assert list(harmless(frame.iloc[:0]).columns) == ["'=a", "b"]
        pairs = pd.DataFrame({"x": [1]}, index=pd.MultiIndex.from_tuples([("=a", 1)]))
        assert harmless(pairs).index.tolist() in ([("'=a", 1)], [("=a", 1)])
        pd.testing.assert_frame_equal(frame, before)

    def test_h69_no_cell_of_the_tables_of_a_run_is_a_formula(self, hostile, tmp_path):
        write_folder(tmp_path, hostile)
        seen, negative = 0, 0
        for path in sorted((tmp_path / "tables").glob("*.csv")):
            content = path.read_bytes()
            # A lone one starts a row in a spreadsheet, and the csv module does not quote it.
            assert b"\r" not in content
            for row in csv.reader(content.decode("utf-8").splitlines(keepends=True)):
                for cell in row:
                    number = re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)
                    negative += cell.startswith("-") and number is not None
                    seen += cell.startswith("'")
                    assert number or cell[:1] not in tuple("=+-@\t\r\n\0=") or cell == "", cell
        assert seen > 300
        assert negative > 300


class TestMarkup:
    def test_h70_nothing_in_a_report_is_taken_for_markup(self, hostile):
        text = render_report(hostile)
        page = check.read_page(text)
        assert [len(page.all(tag)) for tag in ("script", "style", "img", "iframe")] == [1, 1, 0, 0]
        for node in page.all():
            for name, value in node.attributes.items():
                assert not name.startswith("on")
                if name in ("href", "src", "action"):
                    assert value.startswith("#")
        assert MARK not in page.one("script").text
        assert "1337" not in text
        shown = page.one("table", id="all").text
        assert all(name in shown for name in MARKUP)

    def test_h70_the_policy_of_the_page_allows_its_own_script_only(self, hostile):
        page = check.read_page(render_report(hostile))
        (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
        rules = dict(rule.strip().split(" ", 1) for rule in policy.attributes["content"].split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        for kind in ("script-src", "style-src"):
            assert re.fullmatch(r"'sha256-[\w+/=]+'", rules[kind])
        # A policy counts from where it stands: nothing of ours may be before it.
        assert [node.tag for node in page.one("head").children[:2]] == ["meta", "meta"]

    @pytest.mark.slow
    def test_h70_a_browser_runs_nothing_of_it(self, hostile, tmp_path):
        browser = check.find_chromium()
        if browser is None:
            pytest.skip("chromium is not installed")
        page = render_report(hostile)
        # Were the escaping to fail, the policy still holds.
        raw = page.replace("</main>", f"<img src=x onerror='{MARK}'>{MARKUP[0]}</main>")
        for name, text in (("report", page), ("raw", raw)):
            file = tmp_path / f"{name}.html"
            file.write_text(text, encoding="utf-8")
            dom, log = check.browse(browser, file, tmp_path)
            start = dom[dom.index("<html") : dom.index("<head")]
            assert 'data-ready="361"' in start
            assert "data-run" not in start
            assert ("Content Security Policy" in log) == (name == "raw")

    def test_h70_styles_tips_and_project_in_a_geopackage_are_sound(self, hostile, tmp_path):
        path = write_geopackage(tmp_path / "a.gpkg", hostile)
        with closing(sqlite3.connect(path)) as database:
            styles = database.execute("SELECT styleQML FROM layer_styles").fetchall()
            about = database.execute(
                "SELECT metadata FROM gpkg_metadata WHERE mime_type = 'text/xml'"
            ).fetchall()
        for (text,) in styles:
            tip = ElementTree.fromstring(text.split("\n", 1)[1]).findtext("mapTip") or ""
            assert "<script" not in tip
            assert "onerror=" not in re.sub(r"&quot;|&#x27;|&lt;.*?&gt;", "", tip)
        assert len(styles) > 3
        assert about
        for (text,) in about:
            ElementTree.fromstring(text.split("\n", 1)[1] if text.startswith("<!") else text)


LETTERS = {
    "mathtext": r"$\frac area$ $x_ \input{/etc/passwd}",
    "controls": "a\x00\x07\x1b[31m\x0b\u202e\u2028b\r\nc\ud800",
    "long": "n" * 10_000,
}


class TestLetters:
    @pytest.mark.parametrize("kind", ["map", "clusters", "pockets", "beeswarm"])
    @pytest.mark.parametrize("text", LETTERS.values(), ids=list(LETTERS))
    def test_h71_every_picture_is_drawn_whatever_the_names_hold(self, pay, tmp_path, kind, text):
        if "\ud800" in text and importlib.util.find_spec("pyarrow") is not None:
            pytest.skip("with pyarrow pandas cannot hold such text")
        names = pd.Series(text, index=pay.areas.index, dtype=object)
        areas = pay.areas.assign(name=names, itl1_name=names)
        pockets = pay.pockets.assign(name=names, parent_name=names)
        regions = pay.regions.assign(name=pd.Series(text, index=pay.regions.index, dtype=object))
        words = {"title": text, "subtitle": text, "source": text}
        look = {"unit": text, "higher_is": "better", **words}
        if kind == "map":
            figure = sg.draw_map(areas, **look)
        elif kind == "clusters":
            figure = sg.draw_clusters(areas, pay.clusters, **words)
        elif kind == "pockets":
            figure = sg.draw_pockets(areas, pockets, **look)
        else:
            nation = replace(pay.benchmark, name=text)
            figure = sg.draw_beeswarm(areas, regions, nation, pockets=pockets, **look)
        save_figure(figure, tmp_path / "a.png", dpi=20)
        assert max(figure.get_size_inches()) < 20
        drawing = save_figure(figure, tmp_path / "a.svg")
        assert ElementTree.parse(drawing).getroot().tag.endswith("svg")

    def test_h71_a_report_and_a_geopackage_hold_a_long_name(self, pay, tmp_path):
        names = [LETTERS["long"], LETTERS["mathtext"], *pay.areas["name"].iloc[2:]]
        long = replace(pay, areas=pay.areas.assign(name=names))
        assert LETTERS["long"] in write_report(tmp_path / "a.html", long).read_text("utf-8")
        write_geopackage(tmp_path / "a.gpkg", long)
        back = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="areas", columns=["name"])
        assert sorted(back["name"]) == sorted(names)

    def test_h71_text_with_nul_is_refused_before_gdal_cuts_it_off(self, pay, tmp_path):
        frame = pd.DataFrame({"name": ["Bath\0; and more"], "code": ["x"]})
        with pytest.raises(InputError, match="NUL characters in it: name"):
            write_geopackage(tmp_path / "a.gpkg", {"a": frame})
        half = pd.DataFrame({"name": pd.Series(["Bath\ud800"], dtype=object)})
        with pytest.raises(InputError, match="cannot be encoded"):
            write_geopackage(tmp_path / "a.gpkg", {"a": half})
        assert not list(tmp_path.iterdir())


class TestConnections:
    @pytest.mark.parametrize("name", ["areas.gpkg;x.gpkg", "are\tas.gpkg", "areas\n.gpkg"])
    def test_h75_a_name_that_is_read_as_an_address_does_not_lead_to_another_file(
        self, tmp_path, name
    ):
        squares(1).to_file(tmp_path / "areas.gpkg")
        squares(2).to_file(tmp_path / "other.gpkg")
        try:
            (tmp_path / "other.gpkg").rename(tmp_path / name)
        except OSError:
            pytest.skip("this system has no such names")
        with pytest.raises(InputError, match="control characters are not read"):
            read_layer(tmp_path / name)
        assert len(read_layer(tmp_path / "areas.gpkg")) == 1


class TestPaths:
    def test_h76_no_name_in_the_data_becomes_a_name_of_a_file(self, hostile, tmp_path):
        folder = tmp_path / "a" / "b" / "out"
        written = write_folder(folder, hostile, inputs=[sg.sample_path("gross-median-weekly-pay")])
        found = {path for path in tmp_path.rglob("*") if path.is_file()}
        assert found == set(written)
        names = {path.relative_to(folder).as_posix() for path in written}
        assert all(re.fullmatch(r"((maps|tables)/)?[a-z]+\.[a-z]+", name) for name in names)
        assert len(names) == 18

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "", "..", ".hidden", "a\0b", "-x"])
    def test_h76_layers_are_not_called_like_paths(self, tmp_path, name):
        with pytest.raises(InputError, match="a layer needs a name of plain text"):
            write_geopackage(tmp_path / "a.gpkg", {name: squares()})
        assert not list(tmp_path.iterdir())

    @LINKS
    @pytest.mark.parametrize("there", [True, False])
    def test_h76_a_link_in_place_of_a_file_is_refused(self, pay, tmp_path, there):
        other = tmp_path / "other"
        if there:
            other.write_text("secret")
        for end in ("gpkg", "html", "png", "txt"):
            (tmp_path / f"a.{end}").symlink_to(other)
        figure = sg.draw_map(pay.areas, higher_is="better")
        for write in (
            lambda: write_geopackage(tmp_path / "a.gpkg", {"a": squares()}, overwrite=True),
            lambda: write_report(tmp_path / "a.html", pay, overwrite=True),
            lambda: save_figure(figure, tmp_path / "a.png", dpi=20),
            lambda: write_text(tmp_path / "a.txt", "text"),
        ):
            with pytest.raises(OutputError, match="is a link"):
                write()
        assert other.exists() == there
        assert not there or other.read_text() == "secret"
        assert {path.name for path in tmp_path.iterdir()} - {"other"} == {
            "a.gpkg", "a.html", "a.png", "a.txt",
        }  # fmt: skip

    @LINKS
    @pytest.mark.parametrize("name", ["tables", "maps", "report.html", "assessment.gpkg"])
    def test_h76_a_link_inside_the_folder_of_a_run_does_not_lead_out_of_it(
        self, pay, tmp_path, name
    ):
        elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
        elsewhere.mkdir()
        out.mkdir()
        (out / name).symlink_to(elsewhere)
        told: list[str] = []
        for overwrite in (False, True):
            with pytest.raises(OutputError, match=f"{name}: is a link"):
                write_folder(out, pay, overwrite=overwrite, say=told.append)
        assert not told
        assert not list(elsewhere.iterdir())


# What turns data into code, or unpacks names as paths.
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml",
    "ruamel", "code", "codeop", "runpy", "subprocess", "tarfile", "xmlrpc", "ctypes", "telnetlib",
}  # fmt: skip
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_METHODS = {
    "read_pickle", "to_pickle", "eval", "query", "system", "popen", "extractall",
    "unpack_archive", "literal_eval", "load_extension", "enable_load_extension",
}  # fmt: skip


def code_in(tree: ast.AST) -> list[str]:
    """Return the calls and imports that could turn data into code."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            found.append(f"{node.id}()")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += [f".{node.func.attr}()"] if node.func.attr in FORBIDDEN_METHODS else []
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "shell"):
            found.append(f"{node.arg}=")
    modules = {name for name in found if name.isidentifier() or "." in name.strip(".()")}
    return [
        name for name in found if name not in modules or name.split(".")[0] in FORBIDDEN_MODULES
    ]


class TestCode:
    @pytest.mark.parametrize(
        "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
    )
    def test_h77_no_module_runs_or_unpickles_what_it_reads(self, path):
        found = code_in(ast.parse(path.read_text(encoding="utf-8")))
        # An R-tree and a data frame ask questions; only a frame's is code.
        asked = path.parts[-2:] if "show" in path.parts or "geography" in path.parts else ()
        allowed = {".query()"} if asked or "locate" in path.parts else set()
        # Tasks go to processes of our own and back, never from a file.
        if path.parts[-2:] == ("study", "engines.py"):
            assert "joblib.load" not in path.read_text(encoding="utf-8")
            allowed = {"joblib"}
        assert set(found) <= allowed, found

    @pytest.mark.parametrize(
        "code",
        [
            "import pickle", "from joblib import load", "import yaml as y", "eval('1')", "exec(x)",
            "pd.read_pickle(f)", "np.load(f, allow_pickle=True)", "frame.eval('a')", "f = eval",
            "archive.extractall(x)", "os.system('x')", "import subprocess", "frame.query(x)",
        ],
    )  # fmt: skip
    def test_h77_the_search_finds_what_it_looks_for(self, code):
        assert code_in(ast.parse(code))

    def test_h77_templates_come_from_the_package_only(self):
        sources = [path for path in PACKAGE.rglob("*.py") if "jinja2" in path.read_text("utf-8")]
        assert [path.name for path in sources] == ["pages.py"]
        assert sources[0].read_text("utf-8").count("from_string(") == 1


class TestSizes:
    def test_h78_a_layer_with_too_many_columns_is_refused(self, tmp_path):
        wide = pd.DataFrame(np.zeros((1, 1999))).rename(columns=str)
        with pytest.raises(InputError, match="has 1,999 columns, a GeoPackage holds 1,998"):
            write_geopackage(tmp_path / "a.gpkg", {"a": wide})
        million = pd.DataFrame(np.zeros((1, 1_000_000), dtype=np.int8))
        start = time.perf_counter()
        with pytest.raises(InputError, match="has 1,000,000 columns"):
            write_geopackage(tmp_path / "a.gpkg", {"a": million})
        assert time.perf_counter() - start < 5
        assert not list(tmp_path.iterdir())
        frame = wide.iloc[:, :1998].set_geometry if False else wide.iloc[:, :1998]
        shapes = gpd.GeoDataFrame(frame, geometry=[shapely.Point(0, 0)], crs=27700)
        write_geopackage(tmp_path / "a.gpkg", {"a": shapes})
        assert pyogrio.read_info(tmp_path / "a.gpkg")["fields"].size == 1998

    @pytest.mark.parametrize("count", [2_001, 100_000])
    def test_h78_boundaries_with_too_many_columns_are_refused_at_once(self, tmp_path, count):
        feature = {
            "type": "Feature", "properties": {f"c{k}": k for k in range(count)},
            "geometry": json.loads(shapely.to_geojson(shapely.box(0, 50, 1, 51))),
        }  # fmt: skip
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        start = time.perf_counter()
        with pytest.raises(InputError, match="more than 2,000 columns"):
            read_layer(path)
        # GDAL alone takes a minute for 100,000.
        assert time.perf_counter() - start < 2

    @pytest.mark.parametrize(
        "filler", ['"' + r"\"" * 200_000, '"a ' * 100_000, '"a"' + " " * 10**6]
    )
    def test_h78_looking_for_columns_takes_one_pass(self, tmp_path, filler):
        path = tmp_path / "a.geojson"
        path.write_text('{"type": "FeatureCollection", "x": ' + filler)
        start = time.perf_counter()
        with pytest.raises(InputError, match="cut short or damaged"):
            read_layer(path)
        assert time.perf_counter() - start < 2

    def test_h78_a_file_of_gigabytes_is_refused_before_it_is_read(self, tmp_path):
        path = tmp_path / "a.geojson"
        with path.open("wb") as stream:
            stream.write(b"{")
            stream.truncate(3_000_000_000)
        with pytest.raises(InputError, match=r"has 3,000,000,000 bytes.*generalised"):
            read_layer(path)

    @pytest.mark.parametrize("dpi", [0, -5, 10**6, 1.5, "big", True])
    def test_h78_a_picture_larger_than_the_memory_is_refused(self, pay, tmp_path, dpi):
        figure = sg.draw_map(pay.areas, higher_is="better")
        with pytest.raises(InputError, match="dpi has to be a whole number"):
            save_figure(figure, tmp_path / "a.png", dpi=dpi)
        figure.set_size_inches(40, 40)
        with pytest.raises(InputError, match=r"48,000 x 48,000.*too many pixels"):
            save_figure(figure, tmp_path / "a.png", dpi=1200)
        assert not list(tmp_path.iterdir())

    @pytest.mark.slow
    def test_h78_ten_million_vertices_are_read_and_drawn(self, tmp_path):
        turns = np.linspace(0, 2 * np.pi, 10_000_000, endpoint=False)
        reach = 5e4 + 10 * np.sin(1e5 * turns)
        ring = np.column_stack([4e5 + reach * np.cos(turns), 4e5 + reach * np.sin(turns)])
        areas = gpd.GeoDataFrame(
            {"name": ["Much"], "value": [1.0]}, index=pd.Index(["E06000001"], name="code"),
            geometry=[shapely.Polygon(ring)], crs=27700,
        )  # fmt: skip
        areas.to_file(tmp_path / "a.gpkg")
        code = (
            "import resource, sys, pathlib; import spatial_gaps as sg\n"
            "from spatial_gaps.geography.boundary_files import read_layer\n"
            "areas = read_layer(pathlib.Path(sys.argv[1]) / 'a.gpkg').set_index('code')\n"
            "figure = sg.draw_map(areas, higher_is='better')\n"
            "sg.save_figure(figure, sys.argv[1] + '/a.png', dpi=50)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        # Kilobytes on Linux; the coordinates alone are 160 MB.
        assert int(done.stdout) < 4_000_000


class TestNames:
    @pytest.mark.parametrize(
        "name", ["it's", "a; DROP TABLE gpkg_contents; --", "a') OR 1=1 --", "a]b`c", "Ynys Môn %s"]
    )
    def test_h79_names_of_layers_and_columns_are_never_sql(self, tmp_path, name):
        quoted = f'{name}"; DROP TABLE gpkg_metadata; --'
        frame = squares(2, **{name: ["x'; DROP TABLE a; --", "y"], quoted: [1, 2]})
        path = write_geopackage(
            tmp_path / "a.gpkg", {name: frame, "other": pd.DataFrame({name: [1]})}
        )
        assert pyogrio.list_layers(path)[:, 0].tolist() == [name, "other"]
        back = pyogrio.read_dataframe(path, layer=name)
        assert back.drop(columns="geometry").to_dict("list") == {
            name: ["x'; DROP TABLE a; --", "y"], quoted: [1, 2],
        }  # fmt: skip
        assert len(read_layer(path, name)) == 2
        check_replaceable(path)
        write_geopackage(path, {name: frame})

    def test_h79_a_quote_that_would_end_the_name_of_a_layer_is_refused(self, tmp_path):
        for name in ('a"b', 'a"; DROP TABLE x; --'):
            with pytest.raises(InputError, match="a name of plain text"):
                write_geopackage(tmp_path / "a.gpkg", {name: squares()})

    def test_h79_figures_with_such_names_are_read_from_a_file_and_written(self, hostile, tmp_path):
        path = write_geopackage(tmp_path / "it's; a 'test'.gpkg".replace(";", ","), hostile)
        back = pyogrio.read_dataframe(path, layer="areas", columns=["name"])
        assert set(back["name"]) == set(HOSTILE)


VIEWS = {
    "endless": "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r)"
    " SELECT a.fid AS fid, a.geom AS geom, x FROM a, r",
    "malformed": "CREATE VIEW v AS SELECT fid, geom FROM nowhere",
    "plain": "CREATE VIEW v AS SELECT fid, geom FROM a",
}


def with_sql(path: Path, *statements: str) -> Path:
    """Write two squares as layer a, then do what a GeoPackage allows anybody to do."""
    squares(2, code=["x", "y"]).to_file(path, layer="a")
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return path


AS_LAYER = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
    " VALUES ('v', 'features', 'v', 27700)",
    "INSERT INTO gpkg_geometry_columns SELECT 'v', column_name, geometry_type_name, srs_id, z, m"
    " FROM gpkg_geometry_columns WHERE table_name = 'a'",
)


class TestDatabases:
    @pytest.mark.parametrize("kind", VIEWS)
    def test_h80_views_are_left_alone(self, tmp_path, kind):
        path = with_sql(tmp_path / "a.gpkg", VIEWS[kind], *AS_LAYER)
        start = time.perf_counter()
        assert read_layer(path)["code"].tolist() == ["x", "y"]
        with pytest.raises(InputError, match=r"'v' is a view.*only tables are read"):
            read_layer(path, "v")
        # An endless one would be counted for ever.
        assert time.perf_counter() - start < 5

    def test_h80_reading_changes_nothing_and_fires_no_trigger(self, tmp_path):
        triggers = [
            f"CREATE TRIGGER t{event} AFTER {event} ON {table} BEGIN INSERT INTO log VALUES (1); END"
            for event in ("INSERT", "UPDATE", "DELETE")
            for table in ("a",)
        ]
        path = with_sql(tmp_path / "a.gpkg", "CREATE TABLE log (x INTEGER)", *triggers)
        before = path.read_bytes()
        assert len(read_layer(path, "a")) == 2
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]

    def test_h80_a_virtual_table_that_names_another_file_is_no_layer(self, tmp_path):
        path = with_sql(
            tmp_path / "a.gpkg", "CREATE VIRTUAL TABLE v USING fts4(fid, geom)", *AS_LAYER
        )
        assert read_layer(path)["code"].tolist() == ["x", "y"]

    @pytest.mark.parametrize(
        "mark", ["not json", "{}", '{"layers": 5}', "[" * 100_000, '{"layers": [[]]}', "\udcff"]
    )
    def test_h80_a_mark_that_was_tampered_with_makes_the_file_not_ours(self, tmp_path, mark):
        path = write_geopackage(tmp_path / "a.gpkg", {"a": squares()})
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "UPDATE gpkg_metadata SET metadata = CAST(? AS TEXT)",
                (mark.encode("utf-8", "surrogateescape"),),
            )
        before = path.read_bytes()
        with pytest.raises(OutputError, match="was not written by spatial_gaps"):
            write_geopackage(path, {"a": squares()})
        assert path.read_bytes() == before

    def test_h80_looking_at_a_file_that_is_to_be_replaced_runs_none_of_its_views(self, tmp_path):
        path = with_sql(
            tmp_path / "a.gpkg",
            "CREATE VIEW gpkg_metadata AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL"
            " SELECT x + 1 FROM r) SELECT x AS metadata, 'y' AS md_standard_uri FROM r",
        )
        start = time.perf_counter()
        with pytest.raises(OutputError, match="was not written by spatial_gaps"):
            check_replaceable(path)
        assert time.perf_counter() - start < 2
