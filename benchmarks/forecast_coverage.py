"""Do the 95 % intervals of forecasts hold the figures that came?

    python benchmarks/forecast_coverage.py [--data DIR] [--out FILE]

Rolling origins on every series of ../shared/data/metrics/tidy with 12 periods or more at the finest
level it has: at each origin, from the fifth figure
of an area on, everything is made anew from the figures known then (parameters of the damped trend,
pooled errors, intervals), and held against what came 1, 3, 5 and 8 years later. Compared: the
conformal intervals of the damped trend and of the drift, what naive ones hold (drift: 1.96 standard
deviations of the steps, times the square root of the years; line: Student's t times the scatter about it),
and an area with nothing but its own errors. Ratings turn on chances of .2 and .8: the share of outcomes
between is beside it, and should be .6. Width is the median over origins of the mean width over that
of the naive drift. Then the same for regions (ITL1 areas where the finest are ITL3), and for the nation
as `ambition` rates it, its regions giving the errors.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.measure.cohort import start_years
from spatial_gaps.measure.uncertainty import Z95
from spatial_gaps.targets.conformal import Misses, Past, look_back, misses, own_half
from spatial_gaps.targets.forecasting import FEWEST, MODELS, forecast
from spatial_gaps.targets.working_scale import WorkingScale, working_scale

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "metrics" / "tidy"
AHEAD, LEAST = (1, 3, 5, 8), 12
PERCENT = (0.0, 100.0)
# Finest level and scale of each metric; what is not named here has too few periods or is no metric.
PANELS: dict[str, tuple[str, str]] = {
    "earnings_weekly_median_residence": ("lad", "ratio"),
    "earnings_annual_median_workplace": ("lad", "ratio"),
    "house_price_median": ("lad", "ratio"),
    "house_price_to_residence_earnings_ratio": ("lad", "ratio"),
    "house_price_to_workplace_earnings_ratio": ("lad", "ratio"),
    "gva_per_hour_unsmoothed": ("itl3", "ratio"),
    "gva_per_hour_smoothed": ("lad", "ratio"),
    "gva_per_hour_cvm_index": ("itl3", "ratio"),
    "gva_per_hour_index_unsmoothed": ("itl3", "ratio"),
    "gva_per_hour_index_smoothed": ("lad", "ratio"),
    "gva_per_job": ("lad", "ratio"),
    "gdhi_per_head": ("lad", "ratio"),
    "employment_rate_16_64": ("lad", "bounded"),
    "economic_inactivity_16_64": ("lad", "bounded"),
    "modelled_unemployment_rate": ("lad", "bounded"),
    "claimant_count_rate": ("lad", "bounded"),
    "healthy_life_expectancy_female": ("lad", "interval"),
    "healthy_life_expectancy_male": ("lad", "interval"),
    "wellbeing_life_satisfaction": ("lad", "interval"),
    "wellbeing_worthwhile": ("lad", "interval"),
    "wellbeing_happiness": ("lad", "interval"),
    "wellbeing_anxiety": ("lad", "interval"),
    "cvd_preventable_mortality_under75": ("lad", "ratio"),
    "first_time_buyer_mortgages": ("lad", "ratio"),
    "net_additional_dwellings": ("lad", "interval"),
    "population_total": ("lad", "ratio"),
}
NATIONS = ("uk", "england_wales", "country")
CODES = ["K02000001", "UKX", "K04000001", "E92000001", "TLB"]


def read_all(folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each metric once, from the file with the most of them."""
    found: dict[str, pd.DataFrame] = {}
    for path in sorted(folder.glob("*.csv")):
        rows = pd.read_csv(path, dtype={"period": str}, low_memory=False)
        if not {"level", "lower", "upper"} <= set(rows):
            continue
        for metric, part in rows.groupby("metric"):
            level = PANELS.get(str(metric), ("", ""))[0]
            if len(part[part["level"] == level]) > len(found.get(str(metric), ())):
                found[str(metric)] = part
    yield from found.items()


def panel_of(rows: pd.DataFrame, level: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return figures and standard errors of the areas with at least five figures."""
    rows = rows[rows["level"] == level]
    rows = rows.assign(se=(rows["upper"] - rows["lower"]) / (2 * Z95))
    wide = rows.pivot(index="area_code", columns="period", values=["value", "se"]).astype(float)
    y = wide["value"].sort_index(axis=1)
    y = y[y.notna().sum(axis=1) >= FEWEST]
    return y, wide["se"].reindex_like(y)


def kinds_of(
    pasts: list[Past], z: Array, error: Array, ahead: float, *, whole: bool
) -> dict[str, tuple[Array, Misses]]:
    """Return forecasts from the last column and how far off they may be, by kind of interval."""
    found: dict[str, tuple[Array, Misses]] = {}
    for past in pasts:
        told = forecast(z, past.years, np.array([ahead]), past.model, past.damping)[:, 0]
        made = misses(past, ahead, error, whole=whole)
        if past.model == "line":
            found["line, naive"] = (told, made)
            continue
        found[f"{past.model}, conformal"] = (told, made)
        own = Misses(own_half(past, ahead), np.empty(0), past.freedom)
        found[f"{past.model}, own errors"] = (told, own)
        if past.model == "drift":
            half = Z95 * past.spread * np.sqrt(ahead)
            found["drift, naive"] = (told, Misses(half, np.empty(0), np.full(len(z), 1e6)))
    return found


def cover(
    y: pd.DataFrame, se: pd.DataFrame, working: WorkingScale, rows: Array, *, whole: bool = False
) -> pd.DataFrame:
    """Return coverage and width by kind, years ahead and origin, over the rows named."""
    years, z = start_years(y.columns), working.to(y.to_numpy())
    error = working.error(y.to_numpy(), se.to_numpy())
    found = []
    for origin in range(FEWEST - 1, len(years) - 1):
        seen = z[:, : origin + 1]
        ready = rows & ((~np.isnan(seen)).sum(axis=1) >= FEWEST) & ~np.isnan(seen[:, -1])
        pasts = [look_back(seen, years[: origin + 1], model) for model in MODELS]
        for ahead in AHEAD:
            target = np.flatnonzero(np.isclose(years - years[origin], ahead))
            here = ready & ~np.isnan(z[:, target[0]]) if len(target) else np.zeros(len(z), bool)
            if not here.any():
                continue
            kinds = kinds_of(pasts, seen, error[:, origin], float(ahead), whole=whole)
            naive = kinds["drift, naive"][1].half[here].mean()
            for kind, (told, made) in kinds.items():
                off = told - z[:, target[0]]
                held, p = np.abs(off) <= made.half, made.above(off)
                shares = held[here].mean(), ((p >= 0.2) & (p <= 0.8))[here].mean()
                width = made.half[here].mean() / naive
                found.append((kind, ahead, origin, *shares, width, here.sum()))
    return pd.DataFrame(
        found, columns=["kind", "ahead", "origin", "held", "inner", "width", "areas"]
    )


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over origins and how many there are, by kind and years ahead."""
    return found.groupby(["kind", "ahead"]).agg(
        held=("held", "mean"),
        inner=("inner", "mean"),
        width=("width", "median"),
        origins=("origin", "nunique"),
        areas=("areas", "max"),
    )


def table(parts: dict[str, pd.DataFrame]) -> str:
    """Return a Markdown table: a row per panel, conformal intervals and naive ones."""
    kinds = ["damped, conformal", "drift, conformal", "drift, naive", "line, naive"]
    lines = [
        "| panel, level | areas | origins | " + " | ".join(kinds) + " | width |",
        "|---" * (len(kinds) + 4) + "|",
    ]
    for name, part in parts.items():

        def row(kind: str, column: str, digits: int, part: pd.DataFrame = part) -> str:
            seen = part.loc[kind, column]
            return " / ".join(_number(seen.get(ahead), digits) for ahead in AHEAD)

        cells = [row(kind, "held", 2) for kind in kinds]
        origins, width = row(kinds[0], "origins", 0), row(kinds[0], "width", 1)
        areas = part["areas"].max()
        lines.append(f"| {name} | {areas} | {origins} | {' | '.join(cells)} | {width} |")
    return "\n".join(lines)


def _number(value: object, digits: int) -> str:
    number = float("nan") if value is None else float(str(value))
    return "–" if np.isnan(number) else f"{number:.{digits}f}"


def means(parts: dict[str, pd.DataFrame]) -> str:
    """Return a Markdown table of the mean over panels of each kind, and of the least."""
    held = pd.DataFrame({name: part["held"] for name, part in parts.items()})
    inner = pd.DataFrame({name: part["inner"] for name, part in parts.items()})
    lines = [
        "| interval | held, h = 1 | 3 | 5 | 8 | least panel | between .2 and .8 |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in dict.fromkeys(held.index.get_level_values("kind")):
        rows, middle = held.loc[kind], inner.loc[kind]
        cells = " | ".join(f"{rows.loc[ahead].mean():.3f}" for ahead in AHEAD)
        least = " / ".join(f"{rows.loc[ahead].min():.2f}" for ahead in AHEAD)
        inside = " / ".join(f"{middle.loc[ahead].mean():.2f}" for ahead in AHEAD)
        lines.append(f"| {kind} | {cells} | {least} | {inside} |")
    return "\n".join(lines)


def alone(rows: pd.DataFrame, level: str, working: WorkingScale) -> pd.DataFrame | None:
    """Return the summary of the areas of a level; None with too few periods."""
    if level not in set(rows["level"]):
        return None
    y, se = panel_of(rows, level)
    if y.shape[1] < LEAST:
        return None
    return summary(cover(y, se, working, np.ones(len(y), bool)))


def nation_of(rows: pd.DataFrame, working: WorkingScale) -> pd.DataFrame | None:
    """Return the summary of the nation with the errors of its regions; None without either."""
    inner = next((level for level in ("region", "itl1") if level in set(rows["level"])), None)
    outer = next((level for level in NATIONS if level in set(rows["level"])), None)
    if inner is None or outer is None:
        return None
    (y, se), (whole, error) = panel_of(rows, inner), panel_of(rows, outer)
    one = whole.index.intersection(CODES)[:1]
    if np.ptp(whole.loc[one].to_numpy()) == 0:  # an index of the nation's own figure
        return None
    y, se = pd.concat([y, whole.loc[one]]), pd.concat([se, error.loc[one]])
    return summary(cover(y, se, working, y.index.isin(one), whole=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found: dict[str, dict[str, pd.DataFrame]] = {"areas": {}, "regions": {}, "nations": {}}
    for metric, rows in read_all(given.data):
        if metric not in PANELS:
            continue
        level, scale = PANELS[metric]
        working = working_scale(scale, PERCENT if scale == "bounded" else None)
        inner = "itl1" if level == "itl3" else "region"
        for kind, made in {
            "areas": alone(rows, level, working),
            "regions": alone(rows, inner, working),
            "nations": nation_of(rows, working),
        }.items():
            if made is not None:
                found[kind][f"{metric}, {level}" if kind == "areas" else metric] = made
    parts = [table(found["areas"])]
    for kind, series in found.items():
        parts = [*parts, f"{kind}, {len(series)} metrics", means(series)]
    print("\n\n".join(parts))
    if given.out:
        given.out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
