"""How long does a study of twenty metrics, all periods and three levels take, and is it the same each time?

python benchmarks/studies.py [--data ../shared/data] [--engines processes serial dask] [--kills 0] [--speedup]

Copies real series into a folder, runs the study on two workers with each engine, and compares every file of
the atlas; with --kills, cuts a run off so many times at random and compares once more. With --speedup it only
times the tasks of five metrics on one and two workers of a local Dask cluster, best of three.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# File, and the indicator where it holds several.
METRICS = {
    "earnings_weekly_median_residence": "", "earnings_annual_median_workplace": "",
    "gdhi_per_head": "", "gva_per_hour_lad_els": "", "gva_per_job_lad_els": "",
    "gva_per_hour_itl": "gva_per_hour_smoothed", "claimant_count_rate": "",
    "employment_rate_16_64": "", "economic_inactivity_16_64": "", "modelled_unemployment_rate": "",
    "life_expectancy": "", "cvd_mortality_under75": "", "wellbeing_anxiety": "",
    "wellbeing_happiness": "", "wellbeing_life_satisfaction": "", "wellbeing_worthwhile": "",
    "fe_skills_achievements_19plus": "", "ks2_expected_standard": "",
    "house_price_to_workplace_earnings_ratio": "", "gcse_english_maths_19": "",
}  # fmt: skip


def write_study(data: Path, folder: Path, count: int = 20) -> Path:
    """Copy the series and write the study."""
    lines = ['title = "Real metrics"', 'levels = ["lad", "itl3", "itl1"]', 'periods = "all"']
    lines += [] if count == len(METRICS) else ['outputs = ["tables"]']
    for name, indicator in list(METRICS.items())[:count]:
        shutil.copy(data / "metrics/tidy" / f"{name}.csv", folder)
        lines += ["[[metrics]]", f'file = "{name}.csv"']
        lines += [f'indicator = "{indicator}"'] if indicator else []
    path = folder / "study.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def digest(folder: Path) -> str:
    """Return one sum over all files of an atlas."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".spatial-gaps-kept" not in path.parts:
            whole.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return whole.hexdigest()


def command(study: Path, out: Path, engine: str) -> list[str]:
    """Return the command that runs the study."""
    program = str(Path(sys.executable).with_name("spatial-gaps"))
    return [program, "run", str(study), "--out", str(out), "--engine", engine, "--workers", "2"]


def speedup(study: Path, folder: Path) -> None:
    """Print how long the tasks take on one worker and on two, from the first that ends to the last."""
    import spatial_gaps as sg

    best = {}
    for workers in (1, 2):
        took = []
        for number in range(3):
            moments: list[float] = []
            sg.run(
                sg.read_study(study), folder / f"{workers}-{number}", engine="dask", workers=workers,
                progress=lambda *_, moments=moments: moments.append(time.perf_counter()),
            )  # fmt: skip
            took.append(moments[-1] - moments[0])
        best[workers] = min(took)
        print(f"{workers} workers: {best[workers]:.1f} s for {len(moments)} tasks, best of three")
    print(f"{best[1] / best[2]:.2f} times")


def main() -> None:
    """Print time, memory and digest of every engine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--engines", nargs="*", default=["processes", "serial", "dask"])
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--speedup", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.speedup:
            speedup(write_study(given.data, folder, 5), folder)
            return
        study = write_study(given.data, folder)
        for engine in given.engines:
            start = time.perf_counter()
            done = subprocess.run(
                command(study, folder / engine, engine), check=True, capture_output=True, text=True
            )
            took = time.perf_counter() - start
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            print(done.stdout.strip().splitlines()[-2])
            print(
                f"{engine}: {took:.0f} s, largest process {most:.2f} GB, {digest(folder / engine)[:16]}"
            )
        chance = random.Random(0)
        for _ in range(given.kills):
            process = subprocess.Popen(
                command(study, folder / "cut", "serial"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(chance.uniform(1, 20))
            process.send_signal(signal.SIGKILL)
            process.wait()
        if given.kills:
            done = subprocess.run(
                command(study, folder / "cut", "processes"),
                check=True,
                capture_output=True,
                text=True,
            )
            print(done.stdout.strip().splitlines()[-2])
            print(f"after {given.kills} kills: {digest(folder / 'cut')[:16]}")


if __name__ == "__main__":
    main()
