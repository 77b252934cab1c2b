"""How often is an area said to have changed that has not, and how often is change found? Simulated.

python benchmarks/changes.py [--data ../shared/data] [--panels 2000] [--out FILE]

Standard errors are the published ones of pay and healthy life expectancy of men. Errors of an area in
both periods correlate, and the correlation is estimated from each panel, as `trend` does. First no
area changes; then a fifth of them do, by four standard errors of their own change, half of these up.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from closing import load

import spatial_gaps as sg
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.closing_power import correlated_errors

METRICS, CORRELATIONS = ("pay", "healthy life"), (0.0, 0.5, 0.8, 0.95)


def run(data: Path, panels: int) -> list[str]:
    """Return the table as lines of markdown."""
    rng = np.random.default_rng(0)
    lines = [
        "| errors of | error correlation | no area changes: any false verdict, % | limits hold, % | "
        "a fifth changes: false among verdicts, % | found, % |",
        "|---|---|---|---|---|---|",
    ]
    for name in METRICS:
        y, s, _, _ = load(data, name)
        s = s[:, :2]
        # Levels do not matter to differences, and the interval scale keeps them out of it.
        truth = np.full(len(y), 100.0)
        for rho in CORRELATIONS:
            correlation = np.array([[1, rho], [rho, 1]])
            own = np.sqrt((s**2).sum(1) - 2 * rho * s.prod(1))
            any_false, held, wrong, given, found = 0, 0.0, 0, 0, 0
            for number in range(panels):
                errors = correlated_errors(s, correlation, 1, rng)[0]
                table = _table(truth[:, None] + errors, s)
                any_false += table["verdict"].isin(["better", "worse"]).any()
                held += float((table["change"].abs() <= Z95 * table["se"]).mean())
                if number % 4:
                    continue
                step = np.zeros(len(y))
                moved = rng.random(len(y)) < 0.2
                step[moved] = 4 * own[moved] * rng.choice([-1, 1], moved.sum())
                errors = correlated_errors(s, correlation, 1, rng)[0]
                verdicts = _table(truth[:, None] + errors + np.outer(step, [0, 1]), s)["verdict"]
                said = verdicts.map({"better": 1, "worse": -1}).fillna(0).to_numpy()
                wrong += int(((said != 0) & (said != np.sign(step))).sum())
                given += int((said != 0).sum())
                found += int(((said != 0) & (said == np.sign(step))).sum())
            changed = max(0.2 * len(y) * -(-panels // 4), 1)
            lines.append(
                f"| {name} | {rho:.2f} | {100 * any_false / panels:.1f} | {100 * held / panels:.1f} | "
                f"{100 * wrong / max(given, 1):.1f} | {100 * found / changed:.0f} |"
            )
            print(lines[-1], flush=True)
    return lines


def _table(figures: np.ndarray, s: np.ndarray) -> pd.DataFrame:
    frame, errors = (pd.DataFrame(each, columns=["2015", "2023"]) for each in (figures, s))
    return sg.trend(frame, errors, higher_is="better", scale="interval")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--panels", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    text = "\n".join(run(arguments.data, arguments.panels))
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
