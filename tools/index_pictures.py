"""Pictures of the gap indices, all of the packaged weekly pay of 2021: drawn by index_pages.py."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import spatial_gaps as sg

BLUE, RED, GREY = "#2a6f97", "#c8553d", "#c9ced3"
PARTS = (BLUE, "#8fb8d0", RED)
ORDER = {"higher_is": "better", "ranking_higher_is": "better"}


@dataclass(frozen=True)
class Pay:
    """Weekly pay of local authorities in 2021 with all that the pictures need.

    `y` and `n` are in rising order of pay; the Series behind them are by code.
    """

    values: pd.Series
    people: pd.Series
    se: pd.Series
    before: pd.Series

    @classmethod
    def read(cls) -> Pay:
        """Read the packaged samples."""
        metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
        rows = metric.at(2021, "lad").sort_values("value")
        rows = rows[rows["value"].notna()]
        people = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
        before = metric.at(2015, "lad")["value"].reindex(rows.index)
        return cls(rows["value"], people.reindex(rows.index), rows["se"], before)

    @property
    def y(self) -> np.ndarray:
        return self.values.to_numpy()

    @property
    def n(self) -> np.ndarray:
        return (self.people / self.people.sum()).to_numpy()

    @property
    def tiers(self) -> list[pd.Series]:
        return [
            sg.parent_shares(self.values.index, tier, 2023).rename(tier)
            for tier in ("itl1", "itl3")
        ]

    @property
    def ranked(self) -> pd.DataFrame:
        """Areas with a figure in both years."""
        frame = pd.DataFrame({"y": self.values, "before": self.before, "people": self.people})
        return frame.dropna()


def strip(ax: Axes, y: np.ndarray, n: np.ndarray, colours: np.ndarray) -> None:
    """Draw every area as a step as wide as its people, lowest first."""
    edges = np.append(0, np.cumsum(n))
    for colour in dict.fromkeys(colours):
        height = np.where(colours == colour, y, 0)
        ax.fill_between(edges, np.append(height, height[-1]), step="post", color=colour, lw=0)
    ax.set(xlabel="share of people, lowest pay first", ylabel="£ a week", xlim=(0, 1))


def ends(ax: Axes, pay: Pay) -> None:
    """Show the two fifths."""
    y, n = pay.y, pay.n
    at = np.cumsum(n) - n / 2
    strip(ax, y, n, np.where(at < 0.2, RED, np.where(at > 0.8, BLUE, GREY)))
    ax.set_title("bottom fifth and top fifth of people", loc="left")


def lorenz(ax: Axes, pay: Pay) -> None:
    """Show the Lorenz curve, with the area or the greatest distance."""
    y, n = pay.y, pay.n
    x, z = (np.append(0, np.cumsum(part)) for part in (n, n * y / (n @ y)))
    ax.plot([0, 1], [0, 1], color=GREY)
    ax.plot(x, z, color=BLUE)
    ax.fill_between(x, z, x, color=BLUE, alpha=0.25)
    widest = int(np.argmax(x - z))
    ax.vlines(x[widest], z[widest], x[widest], color=RED)
    ax.set(xlabel="share of people", ylabel="share of all pay", xlim=(0, 1), ylim=(0, 1))
    ax.set_title("Gini: twice the area; Hoover: the red line", loc="left")


def deviations(ax: Axes, pay: Pay) -> None:
    """Show how far each area is from the mean."""
    y, n = pay.y, pay.n
    away = y - n @ y
    strip(ax, away, n, np.where(away < 0, RED, BLUE))
    ax.set_ylabel("£ a week from the mean")
    ax.set_title("distance of each area from the mean", loc="left")


def counting(curve: Callable[[np.ndarray], np.ndarray]) -> Callable[..., None]:
    """Return a drawer of how much an area counts, by its figure over the mean."""

    def draw(ax: Axes, pay: Pay) -> None:
        relative = pay.y / (pay.n @ pay.y)
        around = np.linspace(0.5, 1.7, 200)
        ax.plot(around, curve(around), color=GREY)
        for some, colour in ((relative < 1, RED), (relative >= 1, BLUE)):
            ax.plot(relative[some][::4], curve(relative[some])[::4], ".", ms=3, color=colour)
        ax.set(xlabel="figure over the mean", ylabel="counts with")
        ax.set_title("what an area adds, by how far it is off", loc="left")

    return draw


def outermost(k: int) -> Callable[..., None]:
    """Return a drawer of the k areas at each end."""

    def draw(ax: Axes, pay: Pay) -> None:
        ax.scatter(pay.y, jitter(len(pay.y)), s=5, color=GREY)
        for some, colour in ((slice(0, k), RED), (slice(-k, None), BLUE)):
            ax.scatter(pay.y[some], jitter(len(pay.y))[some], s=14, color=colour)
        ax.set(xlabel="£ a week", yticks=[])
        ax.set_title(f"every area; the {k} at each end in colour" if k > 1 else TWO, loc="left")

    return draw


TWO = "every area; the lowest and the highest in colour"


def jitter(size: int) -> np.ndarray:
    """Return heights that keep dots apart."""
    return np.arange(size) * 0.618 % 1


def shortfall(ax: Axes, pay: Pay) -> None:
    """Show the best area and the mean."""
    outermost(1)(ax, pay)
    mean, best = float(pay.n @ pay.y), float(pay.y[-1])
    ax.axvline(mean, color=RED, lw=1)
    ax.annotate("", (best, 0.5), (mean, 0.5), arrowprops={"arrowstyle": "<->"})
    ax.set_title("from the mean (line) to the best area", loc="left")


def gradient(ax: Axes, pay: Pay) -> None:
    """Show the line through areas in the order of pay six years earlier."""
    frame = pay.ranked.sort_values("before")
    at = (frame["people"].cumsum() - frame["people"] / 2) / frame["people"].sum()
    fit = sg.slope_index(frame["y"], frame["before"], weights=frame["people"], **ORDER)
    ax.scatter(at, frame["y"], s=4, color=GREY)
    ax.plot([0, 1], [fit.bottom, fit.top], color=BLUE)
    ax.set(xlabel="share of people, lowest pay of 2015 first", ylabel="£ a week, 2021")
    ax.set_title("the line through areas in the order of 2015", loc="left")


def concentration(ax: Axes, pay: Pay) -> None:
    """Show the concentration curve in the order of pay six years earlier."""
    frame = pay.ranked.sort_values("before")
    x = frame["people"].cumsum() / frame["people"].sum()
    z = (frame["people"] * frame["y"]).cumsum() / (frame["people"] * frame["y"]).sum()
    ax.plot([0, 1], [0, 1], color=GREY)
    ax.fill_between(x, z, x, color=BLUE, alpha=0.25)
    ax.plot(x, z, color=BLUE)
    ax.set(xlabel="share of people, lowest pay of 2015 first", ylabel="share of all pay")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_title("concentration index: twice the area", loc="left")


def bars(ax: Axes, rows: dict[str, list[float]], names: list[str]) -> None:
    """Draw shares of a whole, one row of bars each."""
    left = np.zeros(len(rows))
    for name, part, colour in zip(names, zip(*rows.values(), strict=True), PARTS, strict=False):
        ax.barh(list(rows), part, left=left, color=colour, label=name)
        left += part
    ax.set(xlim=(0, 1), xlabel="share")
    ax.legend(loc="upper center", ncols=3, frameon=False, bbox_to_anchor=(0.4, 1.25))


def split(ax: Axes, pay: Pay) -> None:
    """Show the tiers of Theil's T, published and corrected."""
    parts = sg.decompose(pay.values, pay.tiers, pay.people, se=pay.se).parts
    rows = {"corrected": parts["corrected"].tolist(), "published": parts["share"].tolist()}
    bars(ax, rows, ["ITL1", "ITL3 inside", "areas inside"])


def hidden(ax: Axes, pay: Pay) -> None:
    """Show what figures of ITL1 show and hide."""
    row = masked(pay)
    rows = {
        "corrected": [1 - row["hidden_share"], row["hidden_share"]],
        "published": [1 - row["raw_share"], row["raw_share"]],
    }
    bars(ax, rows, ["shown by ITL1", "hidden inside"])


def masked(pay: Pay) -> pd.Series:
    """Return the row of ITL1."""
    return sg.masking(pay.values, pay.tiers[:1], pay.people, se=pay.se).loc["itl1"]


def pairs(ax: Axes, pay: Pay) -> None:
    """Show the parts of the Gini, as found and by chance."""
    found = apart(pay)
    rows = {
        "by chance": [1 - found.expected, found.expected],
        "found": [1 - found.share, found.share],
    }
    bars(ax, rows, ["neighbours", "other pairs"])


def apart(pay: Pay) -> sg.SpatialGini:
    """Return the split of the Gini by neighbours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        areas = sg.areas("lad", 2023)
        graph = sg.neighbours(areas, islands="link")
        values, people = (series.reindex(areas.index) for series in (pay.values, pay.people))
        return sg.spatial_gini(values, graph, people)


@cache
def grown() -> sg.Convergence:
    """Return convergence of pay since 2015."""
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    years = range(2015, 2022)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        values, errors = (sg.panel(metric, periods=years, column=part) for part in ("value", "se"))
    return sg.convergence(values, se=errors)


def spread(ax: Axes, pay: Pay) -> None:
    """Show spread over time, published and corrected."""
    table = grown().sigma
    at = [int(year) for year in table.index]
    ax.plot(at, table["value"], color=GREY, label="published")
    ax.plot(at, table["corrected"], color=BLUE, label="corrected")
    ax.fill_between(at, table["lower"], table["upper"], color=BLUE, alpha=0.2, lw=0)
    ax.set(ylabel="coefficient of variation", ylim=(0, None))
    ax.legend(frameon=False, loc="lower left")


def catching_up(ax: Axes, pay: Pay) -> None:
    """Show growth by where areas started."""
    frame = pay.ranked
    x = np.log(frame["before"])
    ax.scatter(frame["before"], 100 * (np.log(frame["y"]) - x) / 6, s=4, color=GREY)
    table = grown().beta
    around = np.linspace(x.min(), x.max(), 50)
    mean = float((np.log(frame["y"]) - x).mean()) / 6
    for name, colour in (("as published", RED), ("correlated", BLUE)):
        line = mean + table.loc[name, "b"] * (around - x.mean())
        ax.plot(np.exp(around), 100 * line, color=colour, label=name)
    ax.set(xlabel="£ a week, 2015", ylabel="% growth a year")
    ax.legend(frameon=False)


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
    "range": outermost(1),
    "max_min_ratio": outermost(1),
    "top_bottom_difference": outermost(5),
    "top_bottom_ratio": outermost(5),
    "mdb": shortfall,
    "par": shortfall,
    "paf": shortfall,
    "slope_index": gradient,
    "relative_index": gradient,
    "concentration_index": concentration,
    "between": split,
    "masking": hidden,
    "spatial_gini": pairs,
    "sigma": spread,
    "beta": catching_up,
}
