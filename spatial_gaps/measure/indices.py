"""The indices that `gap_indices` computes: one line each, and what each means, is for, and hides."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.measure.inequality import (
    Kernel,
    _atkinson,
    _entropy,
    _gini,
    _hoover,
    _mean_difference,
    _share_ratio,
    _variance,
    _weighted_cv,
    tail_means,
    weigh,
)

FIFTH = 0.2


@dataclass(frozen=True)
class Index:
    """One index.

    Attributes
    ----------
    kernel : callable
        ``kernel(y, n)`` on the last axis of `y`.
    domain : {"any", ">=0", ">0"}
        Figures for which it exists.
    relative : bool
        Whether it is over the mean, so that a scale without a true zero has none.
    analytic : bool
        Whether it is an analytic function of the figures (no sorting, no absolute values).
    form : {"plain", "square", "log"}
        See `correct`.
    floor, ceiling : float
        What it cannot pass.
    """

    kernel: Kernel
    domain: str = ">=0"
    relative: bool = True
    analytic: bool = True
    form: str = "plain"
    floor: float = 0.0
    ceiling: float = np.inf


def _ratio(y: Array, n: Array) -> Array:
    return _share_ratio(y, n, FIFTH)


def difference(y: Array, n: Array) -> Array:
    """Return the 20/20 difference."""
    low, high = tail_means(y, n, FIFTH)
    return high - low


def _deviation(y: Array, n: Array) -> Array:
    return weigh(np.abs(y - weigh(y, n)[..., None]), n)


def _disparity(y: Array, n: Array) -> Array:
    return np.asarray(100 * _deviation(y, n) / weigh(y, n))


INDICES: Mapping[str, Index] = {
    "mean": Index(weigh, "any", relative=False, floor=-np.inf),
    "share_ratio": Index(_ratio, ">0", analytic=False, form="log", floor=1.0),
    "difference": Index(difference, "any", relative=False, analytic=False, form="square"),
    "gini": Index(_gini, analytic=False, form="square", ceiling=1.0),
    "gini_mean_difference": Index(
        _mean_difference, "any", relative=False, analytic=False, form="square"
    ),
    "gini_absolute": Index(
        lambda y, n: _mean_difference(y, n) / 2,
        "any",
        relative=False,
        analytic=False,
        form="square",
    ),
    "theil": Index(lambda y, n: _entropy(y, n, 1)),
    "mld": Index(lambda y, n: _entropy(y, n, 0), ">0"),
    "ge_2": Index(lambda y, n: _entropy(y, n, 2)),
    "atkinson_0.5": Index(lambda y, n: _atkinson(y, n, 0.5), ceiling=1.0),
    "atkinson_1": Index(lambda y, n: _atkinson(y, n, 1.0), ">0", ceiling=1.0),
    "atkinson_2": Index(lambda y, n: _atkinson(y, n, 2.0), ">0", ceiling=1.0),
    "weighted_cv": Index(_weighted_cv, "any", form="square"),
    "hoover": Index(_hoover, analytic=False, form="square", ceiling=1.0),
    "mdm": Index(_deviation, "any", relative=False, analytic=False, form="square"),
    "idis": Index(_disparity, "any", analytic=False, form="square"),
    "bgv": Index(_variance, "any", relative=False),
    "bgsd": Index(lambda y, n: np.sqrt(_variance(y, n)), "any", relative=False, form="square"),
}


@dataclass(frozen=True)
class Explanation:
    """What an index is, whom it is for, and how it misleads."""

    key: str
    title: str
    formula: str
    meaning: str
    use: str
    trap: str

    def __str__(self) -> str:
        return (
            f"{self.title} ({self.key}): {self.meaning}. {self.formula}. Good for {self.use}. "
            f"Beware: {self.trap}."
        )


@cache
def _explanations() -> dict[str, Explanation]:
    path = resources.files("spatial_gaps.measure") / "indices.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {row["key"]: Explanation(**row) for row in rows}


def explain(index: str) -> Explanation:
    """Say what an index means, what it is good for, and when it misleads.

    Parameters
    ----------
    index : str
        A name from the index of `gap_indices`, or one of slope_index, relative_index,
        concentration_index, between, masking, spatial_gini, sigma, beta.

    Returns
    -------
    Explanation
        Fields key, title, formula, meaning, use and trap; ``str()`` is a paragraph.

    Raises
    ------
    InputError
        If there is no such index; all are listed.

    Examples
    --------
    >>> explain("hoover").meaning
    'share of the total that would have to move for equality'
    """
    check_choice(index, _explanations(), "index")
    return _explanations()[index]
