"""Writing files whole or not at all, and saying plainly why not."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatial_gaps.errors import OutputError
from spatial_gaps.export.files import check_folder, output_error, replace_file, write_text


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that this process may read but not write, also when root runs the tests."""
    if sys.platform == "win32":
        pytest.skip("Windows keeps no permission bits on folders")
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "locked"
        folder.mkdir()
        (folder / "old.txt").write_text("old")
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def half_write(path: Path, error: BaseException) -> None:
    """Fail with half of the file on the disk."""
    with replace_file(path) as made:
        made.write_text("half")
        Path(f"{made}-journal").write_text("left by SQLite")
        raise error


def test_an_input_that_cannot_be_read_is_not_blamed_on_the_output(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"input\.csv"):
        half_write(tmp_path / "a.gpkg", FileNotFoundError(errno.ENOENT, "gone", "input.csv"))


def test_text_is_written_as_given(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    write_text(path, "Ynys Môn £1\nsecond\n")
    assert path.read_bytes() == "Ynys Môn £1\nsecond\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


def test_the_yielded_name_is_below_the_same_folder_with_the_same_ending(tmp_path: Path) -> None:
    with replace_file(tmp_path / "map.gpkg") as made:
        assert (made.parent.parent, made.suffix) == (tmp_path, ".gpkg")
        assert not made.exists()
        made.touch()


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    path.write_text("old")
    with pytest.raises(ValueError, match="broken"):
        half_write(path, ValueError("broken"))
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.gpkg"]


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        half_write(tmp_path / "map.gpkg", KeyboardInterrupt())
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no permission bits")
def test_permissions_of_a_replaced_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_text() == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with pytest.raises(OutputError, match="is a link to another place"):
        write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "real.txt").read_text() == "old"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*there is no such folder"):
        write_text(tmp_path / "nowhere" / "note.txt", "text")


def test_a_folder_of_that_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match=r"there is a folder of this name"):
        write_text(tmp_path / "out", "text")


def test_a_file_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match=r"part of the path is a file|no such folder"):
        write_text(tmp_path / "file" / "note.txt", "text")


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written"):
        write_text(tmp_path / ("long" * 100), "text")


def test_a_read_only_folder_is_refused(locked: Path) -> None:
    for name in ("new.txt", "old.txt"):
        with pytest.raises(OutputError, match=r"not permitted.*choose a folder"):
            write_text(locked / name, "text")
    with pytest.raises(OutputError, match="not permitted"):
        check_folder(locked)
    with pytest.raises(OutputError, match="not permitted"):
        check_folder(locked / "below")
    assert (locked / "old.txt").read_text() == "old"


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the disk is full"):
        half_write(tmp_path / "map.gpkg", OSError(errno.ENOSPC, "No space left on device"))
    assert not list(tmp_path.iterdir())


def test_a_file_held_open_on_windows_says_close_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(source: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "The process cannot access the file", str(target))

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(OutputError, match="Close the file if it is open"):
        write_text(tmp_path / "note.txt", "text")
    assert not list(tmp_path.iterdir())


def test_an_error_without_words_still_reads_as_a_sentence() -> None:
    assert str(output_error(OSError(), "a.txt")) == (
        "a.txt: cannot be written: it failed. Choose another place."
    )


def test_check_folder_makes_it_and_leaves_it_empty(tmp_path: Path) -> None:
    folder = check_folder(tmp_path / "new" / "deeper")
    assert folder.is_dir()
    assert not list(folder.iterdir())
    assert check_folder(str(folder)) == folder


def test_check_folder_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match="cannot be written"):
        check_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be written"):
        check_folder(tmp_path / "file" / "below")
