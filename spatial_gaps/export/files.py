"""Writing files so that a reader never meets half of one.

A file is made in a hidden folder beside its place and moved there once it is complete; a failure
leaves what was there before. The system forgets the lock on that folder when a process dies, however
it dies, and so the next one can tell what is left of the dead from what the living are writing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spatial_gaps.errors import OutputError

# What the operating system says, in words, and what to do about it.
_REASONS = {
    errno.ENOENT: ("there is no such folder", "Make the folder first, or check its spelling."),
    errno.ENOTDIR: ("part of the path is a file, not a folder", "Choose another folder."),
    errno.EISDIR: ("there is a folder of this name", "Choose another name for the file."),
    errno.EEXIST: ("there is a file where a folder is needed", "Choose another folder."),
    errno.ENOSPC: ("the disk is full", "Make room, or write to another disk."),
    errno.EROFS: ("the disk is read-only", "Choose a folder on another disk."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one."),
    errno.EFBIG: ("the file would be larger than is allowed here", "Write to another disk."),
}
if hasattr(errno, "EDQUOT"):
    _REASONS[errno.EDQUOT] = ("your share of the disk is used up", "Make room, or write elsewhere.")
_DENIED = (
    "writing here is not permitted",
    "Close the file if it is open in another program, or choose a folder that you may write to.",
)


def output_error(error: OSError, path: str | os.PathLike[str]) -> OutputError:
    """Return an `OutputError` that says in plain words why `path` cannot be written.

    Parameters
    ----------
    error : OSError
        As the operating system raised it.
    path : path
        The file or folder that was wanted.
    """
    if isinstance(error, PermissionError):
        problem, hint = _DENIED
    else:
        other = (error.strerror or str(error) or "it failed", "Choose another place.")
        problem, hint = _REASONS.get(error.errno or 0, other)
    return OutputError(f"cannot be written: {problem}", file=path, hint=hint)


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a name to write to, and put the file in the place of `path` once it is complete.

    Parameters
    ----------
    path : path
        The file to make or to replace; the permissions of a file that is replaced are kept.

    Yields
    ------
    Path
        A name that is not taken, on the same disk and with the same ending. Nothing of it is left
        when the body fails, and what a killed process left of the same file is taken away.

    Raises
    ------
    OutputError
        If the folder is missing or read-only, `path` is a folder or a link, the file is held open
        by another program (Windows), or the disk is full. Other errors of the body pass through.
    """
    check_name(path)
    target = Path(os.path.realpath(path))
    _check_target(target, path)
    # Not the name itself, which may have no room for more letters.
    prefix = f".{hashlib.sha256(target.name.encode(errors='surrogateescape')).hexdigest()[:8]}-"
    try:
        _clear_abandoned(target.parent, prefix)
        stage, held = _staging_folder(target.parent, prefix)
    except OSError as error:
        raise output_error(error, path) from error
    # Ends like the target, as writers choose the format by it.
    made = stage / f"new{target.suffix}"
    try:
        yield made
        if target.exists():
            shutil.copymode(target, made)
        _flush(made)
        os.replace(made, target)
    except OSError as error:
        # An input that the body could not read is not this file's fault.
        if error.filename is not None and str(error.filename) not in (str(made), str(target)):
            raise
        raise output_error(error, path) from error
    finally:
        _discard(stage, held)


def _staging_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder that no other process takes for an abandoned one, and return it with its lock."""
    while True:
        stage = parent / f"{prefix}{secrets.token_hex(8)}"
        stage.mkdir(mode=0o700)
        try:
            held = _lock(stage)
        except (FileNotFoundError, BlockingIOError, FileExistsError):
            continue  # Another process saw it before it was locked.
        if stage.exists():
            return stage, held
        os.close(held)


def _clear_abandoned(parent: Path, prefix: str) -> None:
    """Take away what processes left that were killed while they wrote the same file."""
    for left in parent.glob(f"{prefix}*"):
        try:
            held = _lock(left, must=True)
        except OSError:
            continue
        _discard(left, held)


def _discard(folder: Path, held: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(held)
    # On Windows the lock is a file inside, which stays as long as it is open.
    shutil.rmtree(folder, ignore_errors=True)


def _flush(made: Path) -> None:
    """Have the disk hold all of a file before it takes the other's place."""
    with made.open("rb+") as file:
        os.fsync(file.fileno())


def check_name(path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` for a name that no file can have, or that leads to another one."""
    _check_letters(path)
    try:
        linked = stat.S_ISLNK(os.lstat(path).st_mode)
    except FileNotFoundError:
        linked = False
    except OSError as error:
        raise output_error(error, path) from error
    if linked:
        raise OutputError(
            "is a link to another place, which would be overwritten",
            file=path,
            hint="Give the path that it leads to, or remove the link.",
        )


def _check_letters(path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` for a name with NUL or half a character in it."""
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise OutputError(
            "no file can have this name",
            file=ascii(str(path)),
            hint="Leave out NUL and other characters that cannot be encoded.",
        )


def _check_target(target: Path, path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` for a folder in the way, a missing folder or one that takes no file."""
    try:
        is_folder = stat.S_ISDIR(target.stat().st_mode)
    except FileNotFoundError:
        is_folder = False
    except OSError as error:
        raise output_error(error, path) from error
    if is_folder:
        raise output_error(IsADirectoryError(errno.EISDIR, ""), path)


def _probe(folder: Path, path: str | os.PathLike[str]) -> None:
    """Make and remove an empty file: permission bits do not tell the truth everywhere."""
    probe = folder / f".{secrets.token_hex(8)}"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise output_error(error, path) from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    r"""Write UTF-8 text with ``\n`` at the line ends, complete or not at all.

    Parameters
    ----------
    path : path
        The file to make or to replace.
    text : str
        All of its text.

    Raises
    ------
    OutputError
        As `replace_file`.
    """
    with replace_file(path) as made:
        made.write_text(text, encoding="utf-8", newline="\n")


def check_folder(path: str | os.PathLike[str]) -> Path:
    """Make the folder if it is not there and make sure that files can be written in it.

    Call it before a long computation, so that a mistyped folder costs a second and not an hour.

    Parameters
    ----------
    path : path
        Folder; missing parents are made too.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If it cannot be made or written.
    """
    _check_letters(path)
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, path) from error
    _probe(folder, path)
    return folder


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep other processes from writing a run into the same folder.

    Parameters
    ----------
    folder : Path
        It exists.

    Raises
    ------
    OutputError
        If another process, or another thread of this one, holds it.

    Notes
    -----
    The system lets go of the lock when a process dies, however it dies. On a network disk without
    locks nothing is held, and the last run wins file by file.
    """
    try:
        held = _lock(folder)
    except (BlockingIOError, FileExistsError) as error:
        raise OutputError(
            "another run is writing to this folder at this moment",
            file=folder,
            hint="Wait until it is done, or choose another folder.",
        ) from error
    except OSError as error:
        raise output_error(error, folder) from error
    try:
        yield
    finally:
        os.close(held)


def _lock(folder: Path, *, must: bool = False) -> int:
    """Return an open file that stands for the lock, or raise because another has it.

    On a disk without locks nothing is held, which raises too if it `must` be.
    """
    if sys.platform == "win32":
        flags = os.O_CREAT | os.O_EXCL | os.O_TEMPORARY
        try:
            return os.open(folder / ".spatial-gaps.lock", flags)
        except PermissionError as error:
            raise FileExistsError(*error.args) from error
    import fcntl

    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise
    except OSError:
        if must:
            os.close(held)
            raise
    return held
