"""Test the built wheel on every Python and set of dependencies, and write docs/validation/matrix.md.

python tools/run_matrix.py [--smoke]

Every cell is a fresh environment with the wheel in it and a copy of the repository without the source
of the package, so that nothing but the wheel can be imported. Oldest are the lower limits that
pyproject.toml states, pinned is constraints.txt, newest is what the index has today. --smoke runs the
oldest and the newest only, on the oldest and the newest Python that are here, with a few tests, and
writes nothing.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation" / "matrix.md"
PYTHONS = ("3.11", "3.12", "3.13")
CELLS = (
    ("oldest", "3.11"), ("pinned", "3.11"), ("pinned", "3.12"), ("pinned", "3.13"), ("newest", "3.13"),
)  # fmt: skip
SMOKE = (
    "tests/test_cli.py", "tests/test_main_job.py", "tests/export/test_geopackage.py",
    "tests/metrics/test_reading.py", "tests/locate/test_autocorrelation.py",
    "tests/measure/test_indices.py", "tests/flag/test_pockets.py", "tests/flag/test_pocket_panel.py",
)  # fmt: skip
# Tests of the source itself, of which there is none beside a wheel.
SOURCE = (
    "tests/test_architecture.py", "tests/test_docstrings.py", "tests/test_no_catch_all.py",
    "tests/test_packaging.py", "tests/test_by_hand.py",
)  # fmt: skip
HEAD = """# Pythons and dependencies

The fast tests, warnings as errors, against the built wheel in fresh environments; oldest are the lower
limits of pyproject.toml, pinned is constraints.txt. `make matrix` writes this page.

spatial_gaps {version}, {day}.

| dependencies | Python | numpy | pandas | geopandas | shapely | `pip check` | tests | demo |
|---|---|---|---|---|---|---|---|---|
"""
LOOKED_AT = ("numpy", "pandas", "geopandas", "shapely")


@dataclass
class Cell:
    """One environment and what came out of it."""

    kind: str
    python: str
    versions: tuple[str, ...] = ()
    check: str = ""
    tests: str = ""
    demo: str = ""

    @property
    def row(self) -> str:
        """Its row of the page."""
        cells = (self.kind, self.python, *self.versions, self.check, self.tests, self.demo)
        return f"| {' | '.join(cells)} |"


def requirements(kind: str) -> list[str]:
    """Return what pip is asked for besides the wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tests = project["optional-dependencies"]["test"]
    if kind == "oldest":
        lowest = [each.replace(">=", "==") for each in (*project["dependencies"], *tests)]
        # Of what matplotlib needs: the latest deprecates names that releases of that time use.
        return [*lowest, "pyparsing<3.3"]
    return [*tests, *(("--constraint", str(ROOT / "constraints.txt")) if kind == "pinned" else ())]


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def interpreter(wanted: str) -> str:
    """Return the Python of a version, "" if it is not here."""
    found = shutil.which(f"python{wanted}") or ""
    works = found and run([found, "-c", "import venv, ensurepip"]).returncode == 0
    return found if works else ""


def copy_without_source(folder: Path) -> None:
    """Copy what git knows, except the package."""
    listed = run(["git", "ls-files", "-z"], cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith("spatial_gaps/") and (ROOT / name).exists():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)


def fill(cell: Cell, wheel: Path, base: Path, *, smoke: bool) -> bool:
    """Make the environment, run demo and tests; return whether all went well."""
    home = base / f"{cell.kind}-{cell.python}"
    run([interpreter(cell.python), "-m", "venv", str(home)])
    python = str(home / "bin" / "python")
    wanted = [str(wheel), *requirements(cell.kind)]
    made = run([python, "-m", "pip", "install", "--quiet", *wanted])
    if made.returncode:
        cell.tests = "no environment: " + made.stderr.strip().splitlines()[-1]
        return False
    show = f"from importlib.metadata import version as v; print(*map(v, {LOOKED_AT!r}))"
    cell.versions = tuple(run([python, "-c", show]).stdout.split())
    check = run([python, "-m", "pip", "check"])
    cell.check = "passed" if check.returncode == 0 else check.stdout.strip()
    out = base / f"demo-{cell.kind}-{cell.python}"
    done = run([str(home / "bin" / "spatial-gaps"), "demo", "--out", str(out)], cwd=base)
    cell.demo = digest(out) if done.returncode == 0 else "failed: " + done.stderr[-300:]
    alone = base / "spatial_gaps"
    chosen = SMOKE if smoke else [f"--ignore={name}" for name in SOURCE]
    tests = run(
        [python, "-m", "pytest", "-n", "auto", "--dist", "loadfile", "-q", "-m",
         "not slow and not long", *chosen],
        cwd=alone, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    cell.tests = re.sub(r"=+ ?| in [\d.]+s.*", "", tests.stdout.strip().splitlines()[-1]).strip()
    if tests.returncode:
        print(tests.stdout[-6000:], tests.stderr[-2000:])
    return not (check.returncode or done.returncode or tests.returncode)


def digest(folder: Path) -> str:
    """Return a short sum over all files of a demo: equal sums are equal bytes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "run.json":  # which names the versions
            total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()[:12]


def main() -> int:
    """Fill the cells; write the page, or print them for a smoke run."""
    smoke = "--smoke" in sys.argv[1:]
    here = [each for each in PYTHONS if interpreter(each)]
    wanted = (("oldest", here[0]), ("newest", here[-1])) if smoke else CELLS
    rows, well = [], True
    # The folder that has ../shared beside it, as the repository has.
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, str(ROOT)])
        wheel = next(base.glob("*.whl"))
        copy_without_source(base / "spatial_gaps")
        if (ROOT.parent / "shared").is_dir():
            (base / "shared").symlink_to(ROOT.parent / "shared", target_is_directory=True)
        for kind, python in wanted:
            cell = Cell(kind, python, ("", "", "", ""))
            if python not in here:
                cell.tests = "this Python is not here"
            else:
                well &= fill(cell, wheel, base, smoke=smoke)
            rows.append(cell.row)
            print(cell.row, flush=True)
    if not smoke:
        day = datetime.datetime.now(tz=datetime.UTC).date()
        head = HEAD.format(version=version("spatial-gaps"), day=day)
        PAGE.write_text(head + "\n".join(rows) + "\n\n" + FOOT, encoding="utf-8")
    return 0 if well else 1


FOOT = """The last column is a sum over every file of the demo but run.json, which names the versions. Equal
sums are equal bytes, so two fresh environments with the same pins agree; other releases of numpy may differ
in the last of sixteen digits.
"""

if __name__ == "__main__":
    sys.exit(main())
