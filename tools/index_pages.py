"""Write the reference page of the gap indices: one formula, one picture, one trap each.

    python tools/index_pages.py

Writes docs/reference/indices.md and docs/reference/indices/*.png out of spatial_gaps/measure/indices.csv
and the packaged weekly pay of 2021.
"""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib.pyplot as plt
from index_pictures import DRAWN, ORDER, Pay, apart, deviations, grown, masked

import spatial_gaps as sg
from spatial_gaps.measure.extremes import EXTREMES
from spatial_gaps.measure.indices import INDICES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/indices.md"
STYLE = {"font.size": 8}


def found(key: str, pay: Pay) -> str:
    """Say what an index is for pay of 2021."""
    frame = pay.ranked
    kind = {"weights": frame["people"], **ORDER}
    if key in INDICES:
        return f"{float(INDICES[key].kernel(pay.y, pay.n)):,.4g}"
    if key in EXTREMES:
        table = sg.gap_extremes(pay.values, higher_is="better", weights=pay.people, se=pay.se)
        row = table.loc[key]
        return (
            f"{row['value']:,.4g} published, {row['corrected']:,.4g} corrected "
            f"({row['lower']:,.4g} to {row['upper']:,.4g})"
        )
    match key:
        case "slope_index":
            return f"{float(sg.slope_index(frame['y'], frame['before'], **kind)):,.4g}"
        case "relative_index":
            return f"{float(sg.relative_index(frame['y'], frame['before'], **kind)):,.4g}"
        case "concentration_index":
            return f"{float(sg.concentration_index(frame['y'], frame['before'], **kind)):,.4g}"
        case "between":
            part = sg.decompose(pay.values, pay.tiers[:1], pay.people, se=pay.se).parts.iloc[0]
            return f"{part['share']:.3f} published, {part['corrected']:.3f} corrected"
        case "masking":
            row = masked(pay)
            return (
                f"{row['raw_share']:.3f} published, {row['hidden_share']:.3f} corrected "
                f"({row['lower']:.3f} to {row['upper']:.3f})"
            )
        case "spatial_gini":
            split_up = apart(pay)
            return f"share of other pairs {split_up.share:.3f}, by chance {split_up.expected:.3f}"
        case "sigma":
            ends = grown().sigma["corrected"].iloc[[0, -1]]
            return f"from {ends.iloc[0]:.4f} in 2015 to {ends.iloc[1]:.4f}: {grown().trend}"
        case "beta":
            rows = grown().beta["half_life"]
            return (
                f"half-life since 2015 {rows['as published']:.0f} years as published, "
                f"{rows['correlated']:.0f} with errors and their correlation taken out"
            )
    raise KeyError(key)


def main() -> None:
    """Write the page and its pictures."""
    pay = Pay.read()
    folder = PAGE.parent / "indices"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# The gap indices",
        "",
        "What `gap_indices` computes, one by one, then gradients, shares and change. Notation: areas i "
        "with figure y_i, share of people n_i, mean mu = sum_i n_i y_i, share of the total s_i = n_i y_i "
        "/ mu. All are oriented so that bigger is a wider gap. Pictures and values: median weekly pay "
        "of local authorities, 2021, and of gradients in the order of pay in 2015. In Python: "
        '`print(sg.explain("gini"))`.',
        "",
        "Which to use: [how-to](../how-to/which-index.md). How well the intervals cover: "
        "[validation](../validation/interval-coverage.md).",
        "",
    ]
    with (ROOT / "spatial_gaps/measure/indices.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["key"]
            with plt.rc_context(STYLE):
                figure, ax = plt.subplots(figsize=(3.6, 2.2), layout="constrained")
                DRAWN.get(key, deviations)(ax, pay)
                ax.spines[["top", "right"]].set_visible(False)
                figure.savefig(folder / f"{key}.png", dpi=120, metadata={"Software": None})
                plt.close(figure)
            lines += [
                f"## {row['title']}",
                "",
                f"![{row['title']}](indices/{key}.png)",
                "",
                f"`{key}` = {row['formula']}. Pay 2021: {found(key, pay)}.",
                "",
                f"* **Means**: {row['meaning']}.",
                f"* **Good for**: {row['use']}.",
                f"* **Beware**: {row['trap']}.",
                "",
            ]
    lines.append(
        "Source: Office for National Statistics licensed under the Open Government Licence v.3.0."
    )
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
