"""A file that is being written when the process dies, the disk is full, or another writes it too."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial_gaps.errors import OutputError
from spatial_gaps.export.files import replace_file, write_text
from spatial_gaps.export.geopackage import write_geopackage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts are POSIX")

# Forks, so that the 200 processes do not each load GDAL anew; prints how often there was debris.
KILLER = textwrap.dedent("""
    import os, random, signal, sys, time
    from pathlib import Path
    from spatial_gaps.export.geopackage import write_geopackage
    from tests.export.test_interrupted import squares, values_of
    path, chance, left = Path(sys.argv[1]), random.Random(0), 0
    frames = [squares(3000, value) for value in range(5)]
    for kill in range(200):
        child = os.fork()
        if child == 0:
            while True:
                write_geopackage(path, {"areas": frames[kill % 5]})
        time.sleep(chance.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left += len([*path.parent.iterdir()]) > 1
        assert len(values_of(path)) == 1
    print(left)
""")


def squares(count: int, value: int) -> gpd.GeoDataFrame:
    """Return squares that all have one figure, so that a mixture of two files shows."""
    sides = np.arange(count) % 100, np.arange(count) // 100
    shapes = shapely.box(sides[0], sides[1], sides[0] + 1, sides[1] + 1)
    columns = {f"column_{k}": np.full(count, value) for k in range(12)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:27700")


def values_of(path: Path) -> set[int]:
    """Return the figures of a file that has to be whole."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute("SELECT count(*), min(column_0), max(column_11) FROM areas")
        count, low, high = rows.fetchone()
    assert count == 3000
    return {low, high}


def run(script: str, path: Path) -> str:
    """Run a script in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["", *sys.path])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_killed_process_left_goes_with_the_next_writing(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    write_text(path, "old")
    half = textwrap.dedent("""
        import os, signal, sys
        from spatial_gaps.export.files import replace_file
        if os.fork():
            os.wait()
        else:
            with replace_file(sys.argv[1]) as made:
                made.write_text("half")
                made.with_name("new.txt-journal").write_text("left by SQLite")
                os.kill(os.getpid(), signal.SIGKILL)
    """)
    run(half, path)
    assert path.read_text() == "old"
    assert len([*tmp_path.iterdir()]) == 2
    write_text(tmp_path / "other.txt", "its own file only")
    assert len([*tmp_path.iterdir()]) == 3
    write_text(path, "new")
    assert {entry.name for entry in tmp_path.iterdir()} == {"note.txt", "other.txt"}


def test_what_another_is_writing_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    with replace_file(path) as slow:
        slow.write_text("slow")
        write_text(path, "quick")
        assert path.read_text() == "quick"
        assert slow.read_text() == "slow"
    assert path.read_text() == "slow"
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


def test_many_threads_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: write_text(path, str(k) * 1000), range(200)))
    assert len({*path.read_text()} - {*"0123456789"}) == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.slow
def test_two_hundred_kills_never_harm_the_file(tmp_path: Path) -> None:
    path = tmp_path / "pay.gpkg"
    write_geopackage(path, {"areas": squares(3000, 0)})
    left = int(run(KILLER, path))
    # Else no kill came at the time at which it could do harm.
    assert left > 20
    write_geopackage(path, {"areas": squares(3000, 0)})
    assert [entry.name for entry in tmp_path.iterdir()] == ["pay.gpkg"]
    assert values_of(path) == {0}


def test_two_processes_write_one_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "pay.gpkg"
    both = textwrap.dedent("""
        import os, sys
        from spatial_gaps.export.geopackage import write_geopackage
        from tests.export.test_interrupted import squares
        mine = os.fork()
        frame = squares(3000, int(mine == 0))
        for _ in range(10):
            write_geopackage(sys.argv[1], {"areas": frame})
        if mine == 0:
            os._exit(0)
        assert os.waitpid(mine, 0)[1] == 0
    """)
    run(both, path)
    assert len(values_of(path)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["pay.gpkg"]


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 2 MB."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder]
        try:
            done = subprocess.run(mount, capture_output=True, check=False).returncode
        except OSError:
            done = 1
        if done:
            pytest.skip("mounting a file system is not permitted here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_disk_of_two_megabytes_keeps_the_old_file(small_disk: Path) -> None:
    path = small_disk / "pay.gpkg"
    write_geopackage(path, {"areas": squares(3000, 0)})
    before = path.read_bytes()
    for count in (3000, 6000, 20_000, 60_000):
        with pytest.raises(OutputError, match=r"disk"):
            write_geopackage(path, {"areas": squares(count, 1), "more": squares(20_000, 1)})
        assert path.read_bytes() == before
        assert [entry.name for entry in small_disk.iterdir()] == ["pay.gpkg"]
    assert values_of(path) == {0}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of file size as Linux has them")
def test_a_limit_of_file_size_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "pay.gpkg"
    write_geopackage(path, {"areas": squares(3000, 0)})
    before = path.read_bytes()
    limited = textwrap.dedent("""
        import resource, signal, sys
        from spatial_gaps.errors import OutputError
        from spatial_gaps.export.geopackage import write_geopackage
        from tests.export.test_interrupted import squares
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
        try:
            write_geopackage(sys.argv[1], {"areas": squares(20_000, 1)})
        except OutputError as error:
            print(error)
    """)
    said = run(limited, path)
    assert "pay.gpkg" in said
    assert "be written" in said
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["pay.gpkg"]
