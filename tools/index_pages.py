"""Draw the reference page of the gap indices: one formula, one picture, one trap each.

    python tools/index_pages.py

Writes docs/reference/indices.md and docs/reference/indices/*.png out of spatial_gaps/measure/indices.csv
and the packaged weekly pay of 2021.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

import spatial_gaps as sg
from spatial_gaps.measure.indices import INDICES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/indices.md"
BLUE, RED, GREY = "#2a6f97", "#c8553d", "#c9ced3"
STYLE = {"font.size": 8}


def pay() -> tuple[np.ndarray, np.ndarray]:
    """Return weekly pay of local authorities in 2021, sorted, and their shares of people."""
    rows = sg.read_metric(sg.sample_path("gross-median-weekly-pay")).at(2021, "lad")
    rows = rows[rows["value"].notna()].sort_values("value")
    people = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
    weights = people.reindex(rows.index).to_numpy()
    return rows["value"].to_numpy(), weights / weights.sum()


def strip(ax: Axes, y: np.ndarray, n: np.ndarray, colours: np.ndarray) -> None:
    """Draw every area as a step as wide as its people, lowest first."""
    edges = np.append(0, np.cumsum(n))
    for colour in dict.fromkeys(colours):
        height = np.where(colours == colour, y, 0)
        ax.fill_between(edges, np.append(height, height[-1]), step="post", color=colour, lw=0)
    ax.set(xlabel="share of people, lowest pay first", ylabel="£ a week", xlim=(0, 1))


def ends(ax: Axes, y: np.ndarray, n: np.ndarray) -> None:
    """Show the two fifths."""
    at = np.cumsum(n) - n / 2
    strip(ax, y, n, np.where(at < 0.2, RED, np.where(at > 0.8, BLUE, GREY)))
    ax.set_title("bottom fifth and top fifth of people", loc="left")


def lorenz(ax: Axes, y: np.ndarray, n: np.ndarray) -> None:
    """Show the Lorenz curve, with the area or the greatest distance."""
    x, z = (np.append(0, np.cumsum(part)) for part in (n, n * y / (n @ y)))
    ax.plot([0, 1], [0, 1], color=GREY)
    ax.plot(x, z, color=BLUE)
    ax.fill_between(x, z, x, color=BLUE, alpha=0.25)
    widest = int(np.argmax(x - z))
    ax.vlines(x[widest], z[widest], x[widest], color=RED)
    ax.set(xlabel="share of people", ylabel="share of all pay", xlim=(0, 1), ylim=(0, 1))
    ax.set_title("Gini: twice the area; Hoover: the red line", loc="left")


def deviations(ax: Axes, y: np.ndarray, n: np.ndarray) -> None:
    """Show how far each area is from the mean."""
    away = y - n @ y
    strip(ax, away, n, np.where(away < 0, RED, BLUE))
    ax.set_ylabel("£ a week from the mean")
    ax.set_title("distance of each area from the mean", loc="left")


def counting(curve: Callable[[np.ndarray], np.ndarray]) -> Callable[..., None]:
    """Return a drawer of how much an area counts, by its figure over the mean."""

    def draw(ax: Axes, y: np.ndarray, n: np.ndarray) -> None:
        relative = y / (n @ y)
        around = np.linspace(0.5, 1.7, 200)
        ax.plot(around, curve(around), color=GREY)
        for some, colour in ((relative < 1, RED), (relative >= 1, BLUE)):
            ax.plot(relative[some][::4], curve(relative[some])[::4], ".", ms=3, color=colour)
        ax.set(xlabel="figure over the mean", ylabel="counts with")
        ax.set_title("what an area adds, by how far it is off", loc="left")

    return draw


DRAWN: dict[str, Callable[..., None]] = {
    "share_ratio": ends,
    "difference": ends,
    "gini": lorenz,
    "hoover": lorenz,
    "theil": counting(lambda r: r * np.log(r) - r + 1),
    "mld": counting(lambda r: -np.log(r) + r - 1),
    "ge_2": counting(lambda r: (r - 1) ** 2 / 2),
    "atkinson_0.5": counting(lambda r: 2 * (r + 1) / 2 - 2 * np.sqrt(r)),
    "atkinson_1": counting(lambda r: -np.log(r) + r - 1),
    "atkinson_2": counting(lambda r: 1 / r + r - 2),
}


def main() -> None:
    """Write the page and its pictures."""
    y, n = pay()
    folder = PAGE.parent / "indices"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# The gap indices",
        "",
        "What `gap_indices` computes, one by one. Notation: areas i with figure y_i, share of people "
        "n_i, mean mu = sum_i n_i y_i, share of the total s_i = n_i y_i / mu. All are oriented so "
        "that bigger is a wider gap. Pictures and values: median weekly pay of local authorities, "
        '2021. In Python: `print(sg.explain("gini"))`.',
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
                DRAWN.get(key, deviations)(ax, y, n)
                ax.spines[["top", "right"]].set_visible(False)
                figure.savefig(folder / f"{key}.png", dpi=120, metadata={"Software": None})
                plt.close(figure)
            value = float(INDICES[key].kernel(y, n))
            lines += [
                f"## {row['title']}",
                "",
                f"![{row['title']}](indices/{key}.png)",
                "",
                f"`{key}` = {row['formula']}. Pay 2021: {value:,.4g}.",
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
