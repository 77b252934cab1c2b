"""How often is a gap said to close that does not, and how often is closing found? Simulated panels.

python benchmarks/closing.py --data ../shared/data [--panels 2000] [--out FILE]

Standard errors of both years and people are the published ones of four metrics; true figures are made
up: normal with the spread that the published ones have once noise is taken out. Nulls: no area
changes; places swap while the distribution stays; both with errors that correlate. The correlation is
estimated from each panel, as `levelling` does.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

import spatial_gaps as sg
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.closing import contrast, members_of, true_variance
from spatial_gaps.targets.closing_power import (
    BOUND,
    bottom_rose,
    cases_of,
    correlated_errors,
    has_closed,
    z_scores,
)

SHARE = 0.1
METRICS = {
    "pay": ("earnings_weekly_median_residence", None, "lad", ("2015", "2023", "2008"), "ratio"),
    "healthy life": (
        "healthy_life_expectancy",
        "healthy_life_expectancy_male",
        "utla",
        ("2014-2016", "2020-2022", "2011-2013"),
        "interval",
    ),
    "life satisfaction": (
        "wellbeing_life_satisfaction",
        None,
        "lad",
        ("2014/15", "2022/23", "2011/12"),
        "interval",
    ),
    "employment": (
        "employment_rate_16_64",
        None,
        "lad",
        ("2014", "2023", "2004"),
        "interval",
    ),
}
NULLS = {
    "no area changes": 0.0,
    "a tenth swap places": 0.1,
    "a third swap places": 1 / 3,
    "all swap places": 1.0,
    "all drift, spread stays": None,
    "no area changes, skewed down": 0.0,
    "no area changes, skewed up": 0.0,
}


def load(data: Path, name: str) -> tuple[np.ndarray, ...]:
    """Return figures, standard errors, shares of people and years of base, last and earlier period."""
    file, indicator, level, periods, scale = METRICS[name]
    metric = sg.read_metric(data / "metrics" / "tidy" / f"{file}.csv", indicator=indicator)
    y, se = (
        sg.panel(metric, level, periods=list(periods), column=column).loc[:, list(periods)]
        for column in ("value", "se")
    )
    people = sg.read_metric(data / "metrics" / "tidy" / "population_by_age_2021.csv",
                            indicator="population_total").at("2021")["value"]  # fmt: skip
    people = people.reindex(y.index)
    here = y.notna().all(axis=1) & se.notna().all(axis=1)
    people = people.fillna(people.median())[here]
    y, se = y[here].to_numpy(), se[here].to_numpy()
    if scale == "ratio":
        y, se = np.log(y), se / y
    n = np.repeat((people / people.sum()).to_numpy()[:, None], len(periods), axis=1)
    return y, se, n, np.array([float(period[:4]) for period in periods])


def truths(
    null: str, moving: float | None, tau: float, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw true figures of base and last period under a null."""
    theta = rng.standard_normal(shape)
    if "skewed" in null:
        theta = (rng.gamma(4.0, 1.0, shape) - 4) / 2 * (-1 if "down" in null else 1)
    later = theta.copy()
    if moving is None:
        later = 0.8 * theta + 0.6 * rng.standard_normal(shape)
    elif moving > 0:
        count = round(moving * shape[1])
        for row in later:
            places = rng.permutation(shape[1])[:count]
            row[places] = np.roll(row[places], 1)
    return tau * theta, tau * later


def naive(x: np.ndarray, s: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Return how often the published gap shrinks, and by more than 1.96 independent errors."""
    top, _ = members_of(x[..., 0], n[:, 0], SHARE)
    gap = contrast(top, n[:, 0])
    change = (gap * (x[..., 1] - x[..., 0])).sum(-1)
    z = change / np.sqrt((gap**2 * (s[:, :2] ** 2).sum(-1)).sum(-1))
    return float((change < 0).mean()), float((z < -Z95).mean())


def run(data: Path, panels: int) -> list[str]:
    """Return both tables as lines of markdown."""
    rng = np.random.default_rng(0)
    nulls, powers = [], []
    for name in METRICS:
        y, s, n, years = load(data, name)
        tau = float(np.sqrt(true_variance(y[:, 0], s[:, 0], n[:, 0])[0]))
        noise = [f"{np.sqrt((s[:, t] ** 2).mean()) / tau:.2f}" for t in (0, 1)]
        for rho in (0.0, 0.75):
            correlation = np.full((3, 3), rho) + (1 - rho) * np.eye(3)
            for null, moving in NULLS.items():
                counts = np.zeros(5)
                for block in np.array_split(np.arange(panels), max(panels // 500, 1)):
                    first, last = truths(null, moving, tau, (len(block), len(y)), rng)
                    errors = correlated_errors(s, correlation, len(block), rng)[..., :2]
                    x = np.stack([first, last], -1) + errors
                    z = z_scores(x, s[:, :2], n[:, :2], years[:2], SHARE)
                    widened = (z["same places"] > Z95) & (z["distribution"] > Z95)
                    rates = (has_closed(z).mean(), bottom_rose(z).mean(), widened.mean())
                    counts += len(block) * np.array([*rates, *naive(x, s, n)])
                shown = " | ".join(f"{100 * rate:.1f}" for rate in counts / panels)
                nulls.append(f"| {name} | {' / '.join(noise)} | {null} | {rho:.2f} | {shown} |")
                print(nulls[-1], flush=True)
            powers += power(name, (s, n, years), tau, correlation, min(panels, 1000), rng)
            print("\n".join(powers[-4:]), flush=True)
    return [
        "| errors of | noise over true spread, base / last | truth | error correlation | said to "
        "close, % | bottom said to catch up, % | said to widen, % | published gap shrinks, % | by "
        "more than 1.96 independent errors, % |",
        "|---|---|---|---|---|---|---|---|---|",
        *nulls,
        "",
        "| errors of | error correlation | what happens | size | found, % | bound, % |",
        "|---|---|---|---|---|---|",
        *powers,
    ]


def power(
    name: str,
    held: tuple[np.ndarray, ...],
    tau: float,
    rho: np.ndarray,
    panels: int,
    rng: np.random.Generator,
) -> list[str]:
    """Return how often changes of four standard errors are found."""
    s, n, years = held
    theta = tau * rng.standard_normal((panels, len(s)))
    errors = correlated_errors(s, rho, panels, rng)
    lines = []
    for what, case in cases_of(theta, s, n, rho, years, SHARE).items():
        x = theta[..., None] + errors
        x[..., 1] += case.change
        found = float(np.mean(case.finds(z_scores(x, s, n, years, SHARE))))
        lines.append(
            f"| {name} | {rho[0, 1]:.2f} | {what} | {case.size:.3g} | {100 * found:.1f} | "
            f"{100 * BOUND:.1f} |"
        )
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--panels", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    lines = run(given.data, given.panels)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
