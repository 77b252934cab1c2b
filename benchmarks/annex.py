"""The ratings of the missions' targets as of March 2022 and now, beside those of the paper.

python benchmarks/annex.py [--data ../shared/data] [--out FILE]

Prints the tables of docs/validation/missions-2022.md; a test holds the page to them.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import pandas as pd

import spatial_gaps as sg
from spatial_gaps.targets.missions import headline_of


def read_all(folder: Path) -> list[sg.Metric]:
    """Return every series of a headline metric in a folder of tidy files."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        head = pd.read_csv(path, dtype=str, usecols=lambda name: name == "metric")
        keys = set(head.get("metric", ())) & set(headline_of())
        found += [sg.read_metric(path, indicator=key) for key in sorted(keys)]
    return found


def rows(table: pd.DataFrame) -> list[str]:
    """Return the rows of the table in the page."""
    lines = []
    for key, row in table.iterrows():
        chances = [
            "" if pd.isna(row[f"p_{model}"]) else f"{row[f'p_{model}']:.2f}"
            for model in ("damped", "drift")
        ]
        naive = "" if pd.isna(row["p_naive_line"]) else f"{row['p_naive_line']:.2f}"
        goal = f"{row['goal']}, {row['goal_year']:.0f}" if row["goal"] else ""
        lines.append(
            f"| {row['mission']} | `{key}` | {goal} | {row['n']}, to {row['last'] or '–'} | "
            f"{chances[0]} | {chances[1]} | {naive} | {row['rating']} | {row['ifg_rating']} | "
            f"{row['agrees']} |"
        )
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    metrics = read_all(given.data / "metrics" / "tidy")
    parts = []
    for title, day in (("As of March 2022", "2022-03"), ("Now", None)):
        rated = sg.rate_missions(metrics, as_of=day)
        counts = rated["agrees"].value_counts()
        parts += [f"## {title}", *rows(rated), str(counts.to_dict())]
    print("\n".join(parts))
    if given.out:
        given.out.write_text("\n".join(parts) + "\n", encoding="utf-8")
