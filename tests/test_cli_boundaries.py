"""The commands for official boundaries, against a local server that behaves like the real ones."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from spatial_gaps.cli import main
from spatial_gaps.cli_boundaries import boundaries
from spatial_gaps.geography import services


def _load(path: Path) -> ModuleType:
    """Load a module of another folder of tests: pytest does not put it on the path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses look their own module up by name.
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake = _load(Path(__file__).parent / "geography/fake_service.py")
SHARED_LAYER = "data/boundaries/wgs84/itl3_2025_uk_buc_v2_wgs84.geojson"
ITL3_2025 = "ITL3_JAN_2025_UK_BUC_V2"
OFFLINE = "http://127.0.0.1:9/closed"


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the real cache and the real services."""
    monkeypatch.setenv("SPATIAL_GAPS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SPATIAL_GAPS_SERVICE", OFFLINE)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(services, "PAUSE", 0.01)


@pytest.fixture
def itl3(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A service with the 182 ITL 3 areas of 2025, as layer 2."""
    import json

    features = json.loads((shared / SHARED_LAYER).read_bytes())["features"]
    with fake.FakeService({ITL3_2025: fake.Layer(features, number=2)}) as service:
        monkeypatch.setenv("SPATIAL_GAPS_SERVICE", service.address)
        yield service


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    group = type(main)("spatial-gaps", commands={"boundaries": boundaries})
    return CliRunner().invoke(group, ["boundaries", *map(str, arguments)])


def test_fetch_ends_with_file_and_attribution_and_works_offline_from_then_on(
    itl3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cache/boundaries-v1/itl3-2025-buc.geojson"
    expected = [
        str(file),
        "Source: Office for National Statistics licensed under the Open Government Licence v.3.0.",
        "Contains OS data © Crown copyright and database right 2025.",
    ]
    first = run("fetch", "itl3", 2025)
    assert first.exit_code == 0, first.stderr
    assert first.stdout.splitlines() == expected
    assert "itl3 2025 BUC" in first.stderr
    assert "Warning: " in first.stderr
    assert "repaired: TLJ36" in first.stderr
    assert file.is_file()
    monkeypatch.setenv("SPATIAL_GAPS_SERVICE", OFFLINE)
    second = run("fetch", "ITL 3", 2025, "--resolution", "buc")
    assert second.exit_code == 0, second.stderr
    assert second.stdout.splitlines() == expected
    listed = run("list").stdout.splitlines()
    row = next(line.split() for line in listed if line.startswith("itl3   2025     BUC"))
    assert row[:4] == ["itl3", "2025", "BUC", "182"]
    assert row[4:] == ["since", time.strftime("%Y-%m-%d", time.gmtime())]
    refused = run("fetch", "itl3", 2025, "--refresh")
    assert refused.exit_code == 2
    assert "no connection" in refused.stderr


def test_list_and_path_ask_nobody_and_write_nothing(itl3: Any, tmp_path: Path) -> None:
    listed = run("list")
    assert listed.exit_code == 0
    rows = [line.split() for line in listed.stdout.splitlines()[1:]]
    assert ["lad", "2023", "BUC", "361", "no"] in rows
    assert ["itl3", "2021", "BUC", "179", "no"] in rows
    where = run("path")
    assert (where.exit_code, where.stdout) == (0, f"{tmp_path / 'cache' / 'boundaries-v1'}\n")
    assert not itl3.asked
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch", "lad", "2023"], ["no connection", OFFLINE, "lad-2023-buc.geojson", "by hand"]),
        (["fetch", "parish", "2023"], ["no level 'parish'"]),
        (["fetch", "lad", "1066"], ["1066", "2023"]),
        (["fetch", "lad", "twenty"], ["twenty"]),
        (["fetch", "lad", "2023", "--resolution", "BFE"], ["BFE", "BUC"]),
        (["fetch", "lad"], ["VINTAGE"]),
    ],
)
def test_what_cannot_be_had_exits_2_with_a_reason(arguments: list[str], words: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.output


def test_g66_a_trickle_does_not_keep_the_command_from_ending(itl3: Any, tmp_path: Path) -> None:
    itl3.faults = [fake.Fault(fake.trickle, "page")]
    code = (
        "from spatial_gaps.cli import main; from spatial_gaps.cli_boundaries import boundaries;"
        "from spatial_gaps.geography import services; services.DEADLINE = 1.0;"
        "main.add_command(boundaries); main(['boundaries', 'fetch', 'itl3', '2025'])"
    )
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        env=dict(os.environ),
    )
    assert time.perf_counter() - start < 15
    assert result.returncode == 2
    assert "not complete after 1 s" in result.stderr
    assert "Traceback" not in result.stderr
    assert list((tmp_path / "cache/boundaries-v1").iterdir()) == []
