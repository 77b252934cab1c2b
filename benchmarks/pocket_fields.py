"""Made-up figures on the UK's local authorities, with pockets planted in affluent regions.

Real: who neighbours whom, regions, people, and how standard errors differ between authorities.
Made up: true values. Regional means hold a quarter of the variance; inside regions true values
follow a simultaneous autoregression, whose strength is found so that Moran's I of the whole is as
asked. The model of `find_pockets` is another one (Leroux), so it is not tested on itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import spatial_gaps as sg
from spatial_gaps.checks import Array

BETWEEN = 0.25
DATA = Path(__file__).resolve().parents[2] / "shared/data/metrics/tidy"
SERIES = {
    "pay": ("earnings_weekly_median_residence", None, "2021"),
    "employment": ("employment_rate_16_64", "employment_rate_16_64", "2021"),
    "healthy life": ("healthy_life_expectancy", "healthy_life_expectancy_male", "2020-2022"),
}


@dataclass(frozen=True)
class Country:
    """The UK's authorities: codes, neighbours (n, n) of 0 and 1, region numbers, shares of people."""

    codes: pd.Index
    graph: object
    touching: Array
    regions: pd.Series
    group: np.ndarray
    share: Array

    @property
    def members(self) -> Array:
        """Return the weights of areas in the mean of each region, shape (k, n)."""
        weight = np.eye(self.group.max() + 1)[self.group].T * self.share
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def read_country() -> Country:
    """Return the 361 authorities of 2023, islands linked to the mainland."""
    areas = sg.areas("lad", 2023).sort_index()
    graph = sg.neighbours(areas, islands="link")
    pairs = graph.adjacency.index.to_frame(index=False)
    place = pd.Series(np.arange(len(areas)), index=areas.index)
    touching = np.zeros((len(areas),) * 2)
    touching[place[pairs["focal"]].to_numpy(), place[pairs["neighbor"]].to_numpy()] = 1.0
    np.fill_diagonal(touching, 0.0)
    regions = sg.parents(areas.index, "itl1", 2023)
    people = areas["population"].to_numpy(float)
    return Country(
        areas.index,
        graph,
        np.maximum(touching, touching.T),
        regions,
        pd.factorize(regions, sort=True)[0],
        people / people.sum(),
    )


def read_errors(country: Country, name: str) -> Array:
    """Return standard errors of root mean square 1: published ones, or those of counts of people.

    An authority without one takes that of another, drawn once; healthy life expectancy is published
    for upper tiers, whose districts are such authorities.
    """
    if name == "claimants":
        errors = 1 / np.sqrt(country.share)
    else:
        file, indicator, period = SERIES[name]
        rows = sg.read_metric(DATA / f"{file}.csv", indicator=indicator).at(period)
        errors = rows["se"].reindex(country.codes).to_numpy(float, copy=True)
        lacking = ~(errors > 0)
        rng = np.random.default_rng(0)
        errors[lacking] = rng.choice(errors[~lacking], lacking.sum())
    return np.asarray(errors / np.sqrt(np.mean(errors**2)))


def covariance(country: Country, moran: float) -> Array:
    """Return the covariance of true values inside regions at which Moran's I is as asked."""
    n = len(country.codes)
    rows = country.touching / np.maximum(country.touching.sum(axis=1, keepdims=True), 1)
    together = np.equal.outer(country.group, country.group).astype(float)
    centred = np.eye(n) - together / together.sum(axis=1, keepdims=True)
    middle = np.eye(n) - 1 / n
    low, high = 0.0, 0.995
    for _ in range(30):
        strength = (low + high) / 2
        inverse = np.linalg.inv(np.eye(n) - strength * rows)
        inside = inverse @ inverse.T
        inside *= (1 - BETWEEN) / (np.trace(centred @ inside @ centred) / n)
        whole = middle @ (inside + BETWEEN * together) @ middle
        reached = np.trace(rows @ whole) / np.trace(whole)
        low, high = (strength, high) if reached < moran else (low, strength)
    return np.asarray(inside)


def draw_fields(
    country: Country, inside: Array, fields: int, rng: np.random.Generator, heavy: bool = False
) -> Array:
    """Return true values of standard deviation 1, shape (fields, n); heavy: Student's t of 4."""
    n = len(country.codes)
    root = np.linalg.cholesky(inside + 1e-9 * np.eye(n))
    steps = rng.standard_normal((fields, n))
    if heavy:
        steps = rng.standard_t(4, (fields, n)) / np.sqrt(2)
    regional = rng.standard_normal((fields, country.group.max() + 1))[:, country.group]
    return np.asarray(steps @ root.T + np.sqrt(BETWEEN) * regional)


def plant(
    country: Country, truth: Array, pockets: int, clustered: bool, rng: np.random.Generator
) -> Array:
    """Return true values with so many areas of affluent regions put 1 to 3 SDs below their region.

    Clustered: blocks of an area and up to three of its neighbours in affluent regions.
    """
    truth = truth.copy()
    for row in truth:
        means = (country.members @ row)[country.group]
        affluent = np.flatnonzero(means > row @ country.share)
        chosen: list[int] = []
        if clustered:
            while len(chosen) < min(pockets, len(affluent)):
                first = rng.choice(affluent)
                around = np.intersect1d(np.flatnonzero(country.touching[first]), affluent)
                block = [first, *around[: rng.integers(1, 4)]]
                chosen += [area for area in block if area not in chosen]
            chosen = chosen[:pockets]
        else:
            chosen = list(rng.choice(affluent, min(pockets, len(affluent)), replace=False))
        spread = {g: row[country.group == g].std() for g in np.unique(country.group[chosen])}
        for area in chosen:
            row[area] = means[area] - rng.uniform(1, 3) * spread[country.group[area]]
    return truth


def pockets_of(country: Country, truth: Array) -> np.ndarray:
    """Return which areas truly are pockets: in the bottom fifth of people, region above the nation."""
    order = np.argsort(truth, axis=1, kind="stable")
    first = (np.cumsum(country.share[order], axis=1) >= 0.2 - 1e-12).argmax(axis=1)
    line = np.take_along_axis(truth, np.take_along_axis(order, first[:, None], 1), 1)
    regional = (truth @ country.members.T)[:, country.group]
    return np.asarray((truth <= line) & (regional > (truth @ country.share)[:, None]))
