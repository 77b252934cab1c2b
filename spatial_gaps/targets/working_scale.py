"""The scale a trend is drawn on, so that no forecast leaves what is possible.

A percentage is carried on as its logit, a ratio (pay, output) as its logarithm, an interval scale
(years of life, scores of 0 to 10) as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatial_gaps.checks import Array, check_choice
from spatial_gaps.errors import InputError, StatisticUndefined

Bounds = tuple[float, float]
SCALES = {"ratio": "logarithm", "bounded": "logit", "interval": "the figures as they are"}
# A figure on a bound has no logit: it is taken to lie this share of the range inside.
EDGE = 1e-4


@dataclass(frozen=True)
class WorkingScale:
    """How figures become what a trend is drawn on (`to`), and back (`back`).

    Attributes
    ----------
    scale : {"ratio", "bounded", "interval"}
        Logarithm, logit between the bounds, or as it is.
    low, high : float
        Bounds; infinite unless bounded.
    """

    scale: str
    low: float = -np.inf
    high: float = np.inf

    def to(self, y: Array) -> Array:
        """Return figures on the working scale; nan stays nan."""
        if self.scale == "interval":
            return np.asarray(y, float)
        if self.scale == "ratio":
            if (y <= 0).any():
                raise StatisticUndefined(
                    "on a ratio scale every figure has to be positive, because trends are of "
                    f"growth: {int((y <= 0).sum())} are not",
                    hint='Say scale="interval", or "bounded" with bounds.',
                )
            return np.asarray(np.log(y))
        if ((y < self.low) | (y > self.high)).any():
            raise InputError(
                f"figures lie outside the bounds {self.low:g} to {self.high:g}",
                offenders=sorted({float(v) for v in y[(y < self.low) | (y > self.high)]}),
                hint="Give the bounds of the unit: (0, 100) for percentages, (0, 1) for proportions.",
            )
        share = np.clip((y - self.low) / (self.high - self.low), EDGE, 1 - EDGE)
        return np.asarray(np.log(share / (1 - share)))

    def reach(self, y: Array) -> Array:
        """Return figures to be reached on the working scale; infinite where none can be so."""
        under = y <= 0 if self.scale == "ratio" else y < self.low
        found = self.to(np.where(under | (y > self.high), np.nan, y))
        return np.where(under, -np.inf, np.where(y > self.high, np.inf, found))

    def back(self, z: Array) -> Array:
        """Return figures from the working scale."""
        if self.scale == "interval":
            return np.asarray(z, float)
        if self.scale == "ratio":
            return np.asarray(np.exp(z))
        return np.asarray(self.low + (self.high - self.low) / (1 + np.exp(-z)))

    def error(self, y: Array, se: Array) -> Array:
        """Return standard errors on the working scale, ``se dz/dy``."""
        if self.scale == "interval":
            return np.asarray(se, float)
        if self.scale == "ratio":
            return np.asarray(se / y)
        share = np.clip((y - self.low) / (self.high - self.low), EDGE, 1 - EDGE)
        return np.asarray(se / ((self.high - self.low) * share * (1 - share)))


def working_scale(scale: str, bounds: Bounds | None) -> WorkingScale:
    """Check a scale and its bounds: those of a bounded one have to be given, others have none."""
    check_choice(scale, SCALES, "scale")
    if scale != "bounded":
        if bounds is not None:
            raise InputError("bounds serve only a bounded scale", hint='Say scale="bounded".')
        return WorkingScale(scale)
    if bounds is None:
        raise InputError(
            "a bounded scale needs the least and the greatest possible figure",
            hint="Say bounds=(0, 100) for percentages, bounds=(0, 1) for proportions.",
        )
    if len(bounds) != 2 or not -np.inf < bounds[0] < bounds[1] < np.inf:
        raise InputError("bounds have to be two numbers, the lower one first", value=bounds)
    return WorkingScale(scale, float(bounds[0]), float(bounds[1]))
