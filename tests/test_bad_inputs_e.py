"""Group E of the bad inputs, files and formats: what is written is whole, ours and in its place.

Items 52 to 56 on reading are in tests/geography/test_boundary_files.py and, for files of figures, in
tests/metrics/test_bad_files.py.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from spatial_gaps.errors import InputError, OutputError
from spatial_gaps.export import folder as folder_module
from spatial_gaps.export import report as report_module
from spatial_gaps.export.files import check_folder, hold_folder, write_text
from spatial_gaps.export.folder import check_output, write_folder
from spatial_gaps.export.geopackage import write_geopackage
from spatial_gaps.export.report import write_report
from spatial_gaps.show.maps import draw_map
from spatial_gaps.show.saving import save_figure

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")
POINT = [shapely.Point(1, 2)]
FILES = {
    "assessment.gpkg", "report.html", "run.json", "summary.json", "maps/clusters.png",
    "maps/pockets.png", "maps/regions.png", "maps/values.png", "tables/areas.csv",
    "tables/audit.csv", "tables/clusters.csv", "tables/decomposition.csv", "tables/indices.csv",
    "tables/masking.csv", "tables/pockets.csv", "tables/regions.csv", "tables/tables.xlsx",
    "tables/warnings.csv",
}  # fmt: skip


def inside(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def table(**columns: object) -> dict[str, pd.DataFrame]:
    """One layer without shapes."""
    return {"a": pd.DataFrame({name: [value] for name, value in columns.items()})}


def spatial(**columns: object) -> dict[str, pd.DataFrame]:
    """One layer with a point."""
    frame = gpd.GeoDataFrame({name: [value] for name, value in columns.items()}, geometry=POINT)
    return {"a": frame.set_crs(27700)}


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Take the right to write from a folder and what is in it, also when root runs the tests."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def outer() -> Iterator[Path]:
    """A folder that others may enter: those of pytest belong to their user alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


class TestShapefiles:
    @pytest.mark.parametrize("end", [".shp", ".SHP", ".dbf"])
    def test_e53_a_shapefile_would_cut_names_and_is_not_written(self, tmp_path, end):
        with pytest.raises(OutputError, match=r"called \.gpkg.*cut names to ten letters"):
            write_geopackage(tmp_path / f"a{end}", spatial(gross_weekly_earnings_home=1.0))
        assert not inside(tmp_path)


class TestPlaces:
    @pytest.mark.parametrize("name", ["two words", "Ynys Môn, $x & 50% #1?", "日本", "n" * 200])
    def test_e55_any_name_of_a_folder_will_do(self, pay, tmp_path, name):
        layers = spatial(pay=1.5)
        folder = check_folder(tmp_path / name / "deeper")
        write_geopackage(folder / f"{name}.gpkg", layers)
        assert pyogrio.read_dataframe(folder / f"{name}.gpkg")["pay"].tolist() == [1.5]
        write_report(folder / f"{name}.html", pay)
        figure = draw_map(pay.areas, higher_is="better")
        save_figure(figure, folder / f"{name}.png", dpi=20)
        ends = ("gpkg", "html", "png")
        assert set(inside(tmp_path)) == {f"{name}/deeper/{name}.{end}" for end in ends}

    @pytest.mark.parametrize("path", ["n" * 300, "/".join(["n" * 200] * 30), "a\0b", "a\ud800b"])
    def test_e55_a_name_that_no_file_can_have_is_refused(self, pay, tmp_path, path):
        for write in (
            lambda: write_geopackage(tmp_path / f"{path}.gpkg", table(a=1)),
            lambda: write_report(tmp_path / f"{path}.html", pay),
            lambda: write_text(tmp_path / path, "text"),
            lambda: check_folder(tmp_path / path),
            lambda: write_folder(tmp_path / path, pay),
        ):
            with pytest.raises(OutputError, match=r"can have this name|too long"):
                write()

    @POSIX
    @pytest.mark.parametrize("name", ["odd!", "odd;", "odd\t", "odd\n"])
    def test_e55_a_path_that_gdal_would_lead_elsewhere_is_refused(self, pay, tmp_path, name):
        # "odd!/a.gpkg" would be written to "/a.gpkg".
        folder = check_folder(tmp_path / name)
        for write in (
            lambda: write_geopackage(folder / "a.gpkg", table(a=1)),
            lambda: write_folder(folder, pay),
            lambda: check_output(folder),
        ):
            with pytest.raises(OutputError, match=r"GDAL takes '!', ';'.*Choose a path"):
                write()
        assert not inside(tmp_path)

    @POSIX
    def test_e55_a_read_only_folder_is_said_before_any_work(self, pay, outer, monkeypatch):
        out = outer / "out"
        out.mkdir()
        write_geopackage(out / "assessment.gpkg", table(a=1))
        before = inside(out)

        def work(*_: object) -> None:
            raise AssertionError("the work was done first")

        monkeypatch.setattr(report_module, "render_report", work)
        monkeypatch.setattr(folder_module, "run_record", work)
        with as_nobody(out):
            for write in (
                lambda: write_report(out / "report.html", pay),
                lambda: write_folder(out, pay),
                lambda: check_output(out),
                lambda: write_geopackage(out / "new.gpkg", table(a=1)),
                lambda: write_geopackage(out / "assessment.gpkg", table(a=2)),
            ):
                with pytest.raises(OutputError, match=r"writing here is not permitted.*choose"):
                    write()
        assert inside(out) == before

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("report.html", "no run of spatial_gaps wrote: report.html"),
            ("summary.json", "no run of spatial_gaps wrote: summary.json"),
            ("run.json", "no run of spatial_gaps wrote: run.json"),
            ("tables/mine.csv", "no run of spatial_gaps wrote: tables"),
            ("maps", r"maps: there is a file of this name"),
            ("report.html/a", r"report.html: there is a folder of this name"),
            ("assessment.gpkg", "was not written by spatial_gaps"),
        ],
    )
    def test_e55_files_of_others_are_not_replaced(self, pay, tmp_path, name, message):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text('{"versions": {"another": "1.0"}}')
        told: list[str] = []
        with pytest.raises(OutputError, match=message):
            write_folder(tmp_path, pay, say=told.append)
        with pytest.raises(OutputError, match=message):
            check_output(tmp_path)
        assert not told
        assert inside(tmp_path) == {name: b'{"versions": {"another": "1.0"}}'}

    def test_e55_files_of_others_go_only_when_asked(self, pay, tmp_path):
        for name in ("report.html", "run.json", "assessment.gpkg", "mine.txt"):
            (tmp_path / name).write_text("theirs")
        write_folder(tmp_path, pay, overwrite=True)
        found = inside(tmp_path)
        assert set(found) == FILES | {"mine.txt"}
        assert [name for name, content in found.items() if content == b"theirs"] == ["mine.txt"]

    def test_e55_an_earlier_run_is_replaced_and_the_rest_of_its_folder_stays(self, pay, tmp_path):
        assert check_output(tmp_path) == tmp_path
        write_folder(tmp_path, pay)
        (tmp_path / "maps" / "mine.png").write_text("mine")
        first = inside(tmp_path)
        assert set(first) == FILES | {"maps/mine.png"}
        (tmp_path / "report.html").write_text("changed by hand")
        write_folder(tmp_path, pay)
        assert inside(tmp_path) == first

    def test_e55_a_page_of_others_goes_only_when_asked(self, pay, tmp_path):
        path = tmp_path / "index.html"
        path.write_text("<!DOCTYPE html><title>Ours for years</title>")
        with pytest.raises(OutputError, match=r"no report of spatial_gaps.*overwrite=True"):
            write_report(path, pay)
        assert "for years" in path.read_text()
        write_report(path, pay, overwrite=True)
        first = path.read_bytes()
        write_report(path, pay)
        assert path.read_bytes() == first
        with pytest.raises(OutputError, match=r"called \.html"):
            write_report(tmp_path / "areas.gpkg", pay)


class TestColumns:
    @pytest.mark.parametrize(
        "layers",
        [
            table(fid=1), table(FID=1), table(geom=1), table(GEOM=1), spatial(Fid=1),
            table(Name="a", NAME="b"), table(Straße=1, STRASSE=2, straße=3), table(**{"": 1}),
            table(**{" ": 1}), table(**{"a\0b": 1}), spatial(GEOMETRY="x"),
        ],
        ids=lambda layers: ascii(list(layers["a"].columns)),
    )  # fmt: skip
    def test_e56_names_that_a_geopackage_cannot_hold_are_refused(self, tmp_path, layers):
        with pytest.raises(InputError, match=r"cannot hold: .*fid.* are taken"):
            write_geopackage(tmp_path / "a.gpkg", layers)
        assert not inside(tmp_path)

    def test_e56_a_column_called_geometry_beside_shapes_is_not_lost(self, tmp_path):
        frame = gpd.GeoDataFrame({"geometry": ["text"], "shape": POINT}).set_geometry("shape")
        with pytest.raises(InputError, match="cannot hold: geometry"):
            write_geopackage(tmp_path / "a.gpkg", {"a": frame.set_crs(27700)})

    @pytest.mark.parametrize("name", ["geometry", "index", "rowid", "ogc_fid", "level_0", "order"])
    def test_e56_other_names_come_back_as_they_are(self, tmp_path, name):
        path = write_geopackage(tmp_path / "a.gpkg", table(**{name: "text"}))
        back = pyogrio.read_dataframe(path)
        assert back.to_dict("list") == {name: ["text"]}

    def test_e56_an_index_like_a_column_is_refused_whatever_its_case(self, tmp_path):
        frame = pd.DataFrame({"Code": ["x"]}, index=pd.Index(["y"], name="code"))
        with pytest.raises(InputError, match="cannot hold: code"):
            write_geopackage(tmp_path / "a.gpkg", {"a": frame})


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: every write after it fails for real."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestFullDisk:
    @pytest.mark.parametrize("size", [5_000, 20_000, 90_000, 300_000, 500_000, 550_000])
    def test_e57_a_geopackage_that_finds_no_room_leaves_the_old_one(self, pay, tmp_path, size):
        path = write_geopackage(tmp_path / "a.gpkg", table(a=1))
        before = inside(tmp_path)
        with room_for(size), pytest.raises(OutputError, match=r"a\.gpkg: .*(disk|too large|large)"):
            write_geopackage(path, pay)
        assert inside(tmp_path) == before

    @pytest.mark.parametrize("size", [4_096, 100_000])
    def test_e57_a_page_or_picture_that_finds_no_room_leaves_the_old_one(self, pay, tmp_path, size):
        picture, page = tmp_path / "a.png", tmp_path / "a.html"
        figure = draw_map(pay.areas, higher_is="better")
        picture.write_text("old")
        page.touch()
        with room_for(size), pytest.raises(OutputError, match="larger than is allowed"):
            write_report(page, pay)
        with room_for(size), pytest.raises(OutputError, match="cannot be written"):
            save_figure(figure, picture, dpi=300)
        assert inside(tmp_path) == {"a.png": b"old", "a.html": b""}

    @pytest.mark.parametrize("size", [100_000, 500_000])
    def test_e57_a_run_that_finds_no_room_leaves_the_old_one(self, pay, tmp_path, size):
        (tmp_path / "run.json").write_text('{"versions": {"spatial-gaps": "0"}}')
        (tmp_path / "report.html").write_text("old")
        before = inside(tmp_path)
        with room_for(size), pytest.raises(OutputError) as caught:
            write_folder(tmp_path, pay)
        assert inside(tmp_path) == before
        # The hidden folder it was made in is gone, and not what a reader would look for.
        assert "/.spatial-gaps-" not in str(caught.value)
        assert str(caught.value).startswith(f"{tmp_path}{os.sep}")


START = """
    import os, signal, sys, time
    from pathlib import Path
    import pandas as pd
    import spatial_gaps as sg
    from spatial_gaps.errors import OutputError

    out = Path(sys.argv[1])

    def assessed(period):
        metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
        return sg.assess(sg.cartogram(), metric, period=period)

    def forked(work):
        child = os.fork()
        if child == 0:
            try:
                work()
            except OutputError as error:
                print(error, flush=True)
            except BaseException as error:
                print("UNEXPECTED", repr(error), flush=True)
            os._exit(0)
        return child
"""


def run(script: str, *arguments: object) -> list[str]:
    """Run Python in another process, and return the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(START) + textwrap.dedent(script), *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class TestKilled:
    @POSIX
    def test_e58_a_killed_write_leaves_the_old_file_or_the_new_one(self, tmp_path):
        script = """
            old = {"a": pd.DataFrame({"value": range(20_000)})}
            new = {"a": pd.DataFrame({"value": range(20_000, 60_000)})}
            path = out / "a.gpkg"
            contents = set()
            for layers in (old, new):
                start = time.perf_counter()
                sg.write_geopackage(path, layers)
                took = time.perf_counter() - start
                contents.add(path.read_bytes())
            for k in range(20):
                child = forked(lambda: sg.write_geopackage(path, (old, new)[k % 2]))
                time.sleep(took * 1.2 * k / 20)
                os.kill(child, signal.SIGKILL)
                killed = os.waitpid(child, 0)[1] == signal.SIGKILL
                beside = [entry.name for entry in out.iterdir() if not entry.name.startswith(".")]
                print(killed, path.read_bytes() in contents, beside)
            sg.write_geopackage(path, old)
            sg.write_geopackage(path, new)
            print(path.read_bytes() in contents)
        """
        *killed, last = run(script, tmp_path)
        assert last == "True"
        assert set(killed) <= {"True True ['a.gpkg']", "False True ['a.gpkg']"}
        # Most of the writes were really cut off.
        assert sum(line.startswith("True") for line in killed) >= 10

    @POSIX
    @pytest.mark.slow
    def test_e58_a_killed_run_leaves_whole_files_and_the_next_one_succeeds(self, tmp_path):
        script = """
            runs = [assessed(2021), assessed(2022)]
            contents = {}
            for each in runs:
                start = time.perf_counter()
                for path in sg.write_folder(out, each):
                    contents.setdefault(path, set()).add(path.read_bytes())
                took = time.perf_counter() - start
            for k in range(8):
                child = forked(lambda: sg.write_folder(out, runs[k % 2]))
                time.sleep(took * (0.1 + 0.9 * k / 7))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                print(all(path.read_bytes() in held for path, held in contents.items()))
            sg.write_folder(out, runs[0])
            print(sorted(entry.name for entry in out.iterdir()))
        """
        *killed, left = run(script, tmp_path)
        assert killed == ["True"] * 8
        assert left == str(sorted({name.split("/")[0] for name in FILES}))

    def test_e58_a_folder_left_half_moved_is_known_as_ours(self, pay, tmp_path, monkeypatch):
        moved: list[str] = []
        move = os.replace

        def stop(source: Path, place: Path) -> None:
            if moved and tmp_path in Path(place).parents and ".spatial-gaps-" not in str(place):
                raise KeyboardInterrupt
            if ".spatial-gaps-" not in str(place):
                moved.append(Path(place).name)
            move(source, place)

        monkeypatch.setattr(os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            write_folder(tmp_path, pay)
        monkeypatch.undo()
        assert moved == ["run.json"]
        write_folder(tmp_path, pay)
        assert set(inside(tmp_path)) == FILES

    def test_e58_what_a_killed_run_left_hidden_is_cleared(self, pay, tmp_path):
        (tmp_path / ".spatial-gaps-dead").mkdir()
        (tmp_path / ".spatial-gaps-dead" / "report.html").write_text("half")
        write_folder(tmp_path, pay)
        assert set(inside(tmp_path)) == FILES


class TestTwoAtOnce:
    def test_e59_a_folder_that_another_run_is_writing_is_refused(self, pay, tmp_path):
        told: list[str] = []
        with hold_folder(tmp_path):
            with pytest.raises(OutputError, match=r"another run is writing.*Wait until it is done"):
                write_folder(tmp_path, pay, say=told.append)
            assert not told
            write_folder(tmp_path / "another", pay)
        write_folder(tmp_path, pay)
        assert {name for name in inside(tmp_path) if "another" not in name} == FILES

    @POSIX
    def test_e59_another_process_holds_the_folder_until_it_is_killed(self, pay, tmp_path):
        code = (
            "import sys, time; from pathlib import Path;"
            "from spatial_gaps.export.files import hold_folder\n"
            "with hold_folder(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
        )
        command = [sys.executable, "-c", code, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            try:
                assert other.stdout is not None
                assert other.stdout.readline() == "held\n"
                with pytest.raises(OutputError, match="another run is writing"):
                    write_folder(tmp_path, pay)
                assert not inside(tmp_path)
            finally:
                other.send_signal(signal.SIGKILL)
        with hold_folder(tmp_path):
            assert not inside(tmp_path)

    @POSIX
    def test_e59_two_processes_on_one_geopackage_leave_one_whole_file(self, tmp_path):
        script = """
            path = out / "a.gpkg"
            layers = [{"a": pd.DataFrame({"value": range(start, start + 500)})} for start in (0, 9)]
            contents = set()
            for each in layers:
                sg.write_geopackage(path, each)
                contents.add(path.read_bytes())

            def work(each):
                for _ in range(15):
                    try:
                        sg.write_geopackage(path, each)
                    except OutputError as error:
                        print(error, flush=True)

            children = [forked(lambda: work(each)) for each in layers]
            for child in children:
                os.waitpid(child, 0)
            print(path.read_bytes() in contents, os.listdir(out))
        """
        *said, last = run(script, tmp_path)
        assert last == "True ['a.gpkg']"
        assert all("a.gpkg: is in use" in line or "a.gpkg: is open" in line for line in said)


class TestOpenElsewhere:
    def test_e60_a_run_over_a_geopackage_open_in_qgis_stops_before_any_work(self, pay, tmp_path):
        path = write_geopackage(tmp_path / "assessment.gpkg", table(a=1))
        told: list[str] = []
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("INSERT INTO a (a) VALUES (2)")
            before = inside(tmp_path)
            for write in (
                lambda: write_folder(tmp_path, pay, say=told.append),
                lambda: check_output(tmp_path),
                lambda: write_geopackage(path, table(a=3), overwrite=True),
            ):
                with pytest.raises(OutputError, match=r"open in another program.*Close it in QGIS"):
                    write()
            assert inside(tmp_path) == before
            assert other.execute("SELECT a FROM a").fetchall() == [(1,), (2,)]
        assert not told

    @POSIX
    def test_e60_a_file_is_never_written_in_place(self, tmp_path):
        path = write_geopackage(tmp_path / "a.gpkg", table(a=1))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            assert reader.execute("SELECT a FROM a").fetchall() == [(1,)]
            before = path.stat().st_ino
            write_geopackage(path, table(a=2))
            assert path.stat().st_ino != before
            # Who had it open keeps what was there.
            assert reader.execute("SELECT a FROM a").fetchall() == [(1,)]
        assert pyogrio.read_dataframe(path)["a"].tolist() == [2]

    def test_e60_a_file_held_open_on_windows_says_close_it(self, pay, tmp_path, monkeypatch):
        def held(source: Path, place: Path) -> None:
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(place))

        monkeypatch.setattr(os, "replace", held)
        for write in (
            lambda: write_geopackage(tmp_path / "a.gpkg", table(a=1)),
            lambda: write_report(tmp_path / "a.html", pay),
        ):
            with pytest.raises(OutputError, match=r"Close the file if it is open in another"):
                write()
        assert not inside(tmp_path)
