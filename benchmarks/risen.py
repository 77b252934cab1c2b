"""Is the number of places that have risen for certain really a lower bound? Simulated panels.

python benchmarks/risen.py [--data ../shared/data] [--panels 2000] [--out FILE]

Standard errors are the published ones of four metrics (benchmarks/closing.py). A share of areas truly
rises, by 0 to 6 standard errors of its own change; the others stay, or fall. Errors of an area in both
periods correlate, and the correlation is estimated from each panel, as `risen_everywhere` does.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from closing import METRICS, load

import spatial_gaps as sg
from spatial_gaps.targets.closing_power import correlated_errors


def run(data: Path, panels: int) -> list[str]:
    """Return the table as lines of markdown."""
    rng = np.random.default_rng(0)
    lines = [
        "| errors of | error correlation | truly risen, % | others | bound holds, % | bound over "
        "truly risen | named wrongly, % of panels | said fallen wrongly, % of panels |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in METRICS:
        y, s, _, _ = load(data, name)
        s = s[:, :2]
        for rho in (0.0, 0.58):
            correlation = np.array([[1, rho], [rho, 1]])
            own = np.sqrt((s**2).sum(1) - 2 * rho * s.prod(1))
            for share, others in ((0.0, "stay"), (0.5, "stay"), (0.5, "fall"), (0.9, "stay")):
                held, ratio, wrong, worse = [], [], [], []
                for _ in range(panels):
                    up = rng.random(len(y)) < share
                    step = own * rng.uniform(0, 6, len(y))
                    change = np.where(up, step, -step if others == "fall" else 0.0)
                    x = np.stack([y[:, 0], y[:, 0] + change], 1)
                    x += correlated_errors(s, correlation, 1, rng)[0]
                    frame, errors = (pd.DataFrame(v, columns=["2015", "2023"]) for v in (x, s))
                    found = sg.risen_everywhere(frame, errors, higher_is="better")
                    verdict = found.table["verdict"].to_numpy()
                    held.append(found.at_least <= up.sum())
                    ratio.append(found.at_least / max(up.sum(), 1))
                    wrong.append((~up[verdict == "risen"]).any())
                    worse.append((change[verdict == "fallen"] >= 0).any())
                lines.append(
                    f"| {name} | {rho:.2f} | {100 * share:.0f} | {others} | {100 * np.mean(held):.1f} "
                    f"| {np.mean(ratio):.2f} | {100 * np.mean(wrong):.1f} | {100 * np.mean(worse):.1f} |"
                )
                print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--panels", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    table = run(given.data, given.panels)
    if given.out:
        given.out.write_text("\n".join(table) + "\n", encoding="utf-8")
