"""How probable it is that an area is deprived, that its parent is affluent, and both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.flag.lines import Lines
from spatial_gaps.flag.places import Parents, Places
from spatial_gaps.locate.neighbour_shrinkage import (
    APART,
    MOST,
    NeighbourModel,
    neighbour_model,
    neighbour_moments,
)
from spatial_gaps.measure.uncertainty import shrunk_moments

SHRINKAGES = ("region", "spatial", "both")
DRAWS, FEWEST_DRAWS, CELLS = 4000, 200, 4_000_000


@dataclass(frozen=True)
class Chances:
    """Probabilities and the truth as the draws have it; arrays of shape (m,).

    Attributes
    ----------
    deprived, affluent, pocket : ndarray
        Probability of the area, of its parent, and of both.
    estimate, error : ndarray
        Mean and standard deviation of the true value, more is better.
    """

    deprived: Array
    affluent: Array
    pocket: Array
    estimate: Array
    error: Array


def choose_shrinkage(given: str | None, places: Places) -> str:
    """Return towards what figures are shrunk: neighbours too, where they are known.

    Raises
    ------
    InputError
        If neighbours are wanted and there is no graph.
    """
    if given is None:
        both = places.links is not None and places.known_se and len(places.index) <= MOST
        return "both" if both else "region"
    check_choice(given, SHRINKAGES, "shrinkage")
    if given != "region" and places.links is None:
        raise InputError(
            f'shrinkage="{given}" needs neighbours', hint="Give graph, or shrinkage='region'."
        )
    return given


def model_of(places: Places, shrinkage: str) -> NeighbourModel | None:
    """Return what shrinkage towards neighbours needs; it depends on errors, not on figures."""
    if shrinkage == "region" or places.links is None or not places.se.any():
        return None
    apart = APART if shrinkage == "both" else (0.0,)
    # Figures that are all alike have no spread of their own to start from, only their errors.
    scale = max(float(np.std(places.good)), 0.1 * float(np.sqrt(np.mean(places.se**2))))
    return neighbour_model(places.se, places.group, places.links, scale, apart)


def draw_moments(
    places: Places, model: NeighbourModel | None, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw the moments of every true value, shape (draws, m); within regions without a model."""
    if not places.se.any():
        return np.tile(places.good, (draws, 1)), np.zeros((draws, len(places.good)))
    if model is None:
        return shrunk_moments(places.good, places.se, places.group, draws, rng)
    return neighbour_moments(places.good, model, draws, rng)


def count_draws(places: Places, *errors: Array) -> int:
    """Return how many draws will do: one where these are exact too, fewer the more areas."""
    if not any(error.any() for error in (places.se, *errors)):
        return 1
    return int(np.clip(CELLS * 2 // len(places.index), FEWEST_DRAWS, DRAWS))


def probability(
    places: Places,
    parents: Parents,
    lines: Lines,
    moments: tuple[Array, Array],
    rng: np.random.Generator,
) -> Chances:
    """Return the probabilities, averaged over the draws of `draw_moments`.

    Given the draw's moments, an area's true value is normal: its probability is taken exactly
    instead of by a draw, which leaves hardly any Monte Carlo error.
    """
    means, deviations = moments
    total = np.zeros((3, len(places.index)))
    for block in _blocks(*means.shape):
        mean, deviation = means[block], deviations[block]
        true = mean + deviation * rng.standard_normal(mean.shape)
        line, national = lines.draw(places, true, rng)
        below = _chance_below(mean, deviation, line, lines)
        affluent = draw_parents(parents, places, true, rng) > national
        total += np.stack([below, affluent, below * affluent]).sum(axis=1)
    estimate = means.mean(axis=0)
    error = np.sqrt((deviations**2).mean(axis=0) + means.var(axis=0))
    deprived, affluent, pocket = total / len(means)
    return Chances(deprived, affluent, pocket, estimate, error)


def draw_parents(parents: Parents, places: Places, true: Array, rng: np.random.Generator) -> Array:
    """Draw each area's parent: published with its error, else the worse of both means of areas."""
    drawn = np.empty(true.shape)
    if parents.published.any():
        names, number = np.unique(parents.label.astype(str), return_inverse=True)
        noise = rng.standard_normal((len(true), len(names)))[:, number]
        drawn = parents.good + parents.se * noise
    if parents.published.all():
        return np.asarray(drawn)
    rest, whole = parents.means(true, places.share)
    return np.where(parents.published, drawn, np.fmin(rest, whole))


def _chance_below(mean: Array, deviation: Array, line: Array, lines: Lines) -> Array:
    """Return the probability that a normal truth is deprived; 0 or 1 where it is exact."""
    from scipy.special import ndtr

    exact = deviation == 0
    below = ndtr((line - mean) / np.where(exact, 1.0, deviation))
    return np.where(exact, lines.is_deprived(mean, line), below)


def _blocks(draws: int, m: int) -> Iterator[slice]:
    """Yield slices of draws that hold few enough cells."""
    step = max(1, CELLS // 2 // m)
    for start in range(0, draws, step):
        yield slice(start, start + step)
