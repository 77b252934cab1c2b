"""Run the tests that take minutes and write what came out to docs/validation/by-hand.md.

python tools/run_long.py

They need ../shared beside the repository. The page names the version, and a test fails once it is of
another one, so that a release cannot rest on what an earlier release did.
"""

from __future__ import annotations

import ast
import datetime
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation" / "by-hand.md"
HEAD = """# Simulations run by hand

Tests marked `long` take minutes each, too many for every change: `make long` runs them and writes
this page. Each has a short form of the same test that runs always.

{versions}: **{outcome}** in {seconds:,.0f} s, tests side by side.

| test | what it shows | cases | outcome | seconds |
|---|---|---|---|---|
"""


def versions() -> str:
    """Return version, day and what it ran with, in one line."""
    others = (f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy"))
    day = datetime.datetime.now(tz=datetime.UTC).date()
    return (
        f"spatial_gaps {version('spatial-gaps')}, {day}, Python {platform.python_version()}, "
        + (", ".join(others))
    )


def said(path: Path, name: str) -> str:
    """Return the first line of a test's docstring, or its name in words."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            text = ast.get_docstring(node)
            return text.splitlines()[0] if text else name.removeprefix("test_").replace("_", " ")
    raise LookupError(name)


def main() -> int:
    """Run them, write the page, and return what pytest did."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "auto", "-m", "long", f"--junitxml={report}"],
            cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=False,
        )  # fmt: skip
        suite = ElementTree.parse(report).getroot()[0]
    cases = defaultdict(list)
    for case in suite.iter("testcase"):
        if not case.attrib["classname"]:  # a file of other tests that needs what is not here
            continue
        path = Path(*case.attrib["classname"].split(".")).with_suffix(".py")
        cases[path, case.attrib["name"].split("[")[0]].append(case)
    rows = []
    for (path, name), found in sorted(cases.items()):
        bad = sum(len(case) > 0 for case in found)
        outcome = f"{bad} not passed" if bad else "passed"
        link = f"[{name}](../../{path.as_posix()})"
        seconds = sum(float(case.attrib["time"]) for case in found)
        what = said(ROOT / path, name)
        rows.append(f"| {link} | {what} | {len(found)} | {outcome} | {seconds:,.0f} |")
    bad = sum(len(case) > 0 for found in cases.values() for case in found)
    count = sum(map(len, cases.values()))
    outcome = f"{count - bad} of {count} passed"
    head = HEAD.format(versions=versions(), outcome=outcome, seconds=float(suite.attrib["time"]))
    PAGE.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
