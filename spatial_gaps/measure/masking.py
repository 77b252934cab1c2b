"""What an average hides: how much of the spread lies below a tier, sampling noise taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.measure.correction import Corrected
from spatial_gaps.measure.decomposition import ORDERS, parts_of, sorted_values
from spatial_gaps.measure.forms import sums_of_squares
from spatial_gaps.measure.shares import fieller, scored_shares
from spatial_gaps.measure.tiers import Pieces, cut_pieces

# The sums of squares over everybody, the groups and the areas, in what is hidden and in the total.
HIDDEN, TOTAL = np.array([0.0, -1.0, 1.0]), np.array([-1.0, 0.0, 1.0])


def masking(
    values: pd.Series[Any],
    regions: Sequence[pd.Series[Any]],
    weights: pd.Series[Any] | None = None,
    se: pd.Series[Any] | None = None,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Say what an average at each tier hides: the share of the spread that lies below the tier.

    ``1 - (B - v_B) / (T - v_T)`` with T the weighted variance over areas, B that between the tier's
    groups, and v what sampling error adds to each: ``v_T = sum_i n_i (1 - n_i) se_i^2``,
    ``v_B = sum_i se_i^2 (sum_r n_ir^2 / N_r - n_i^2)``.

    Parameters
    ----------
    values : Series, shape (n,)
        One figure per area, indexed by code.
    regions : sequence of Series
        Tiers, in any order; labels by code, or shares on (code, parent).
    weights : Series, shape (n,), optional
        People per area.
    se : Series, shape (n,), optional
        Standard errors; missing ones take the median coefficient of variation. Without any,
        `hidden_share` equals `raw_share`, and there is no interval.
    seed : int
        Seed of the draws behind `theil_share`; nothing else is drawn.

    Returns
    -------
    DataFrame
        Indexed by tier: hidden_share (of the variance of the true figures; nan where noise is all
        there is), lower, upper (its 95 % interval), raw_share (of the published figures, includes
        sampling noise), theil_share, raw_theil_share (the same of Theil's T; nan where it does not
        exist).

    Raises
    ------
    JoinError
        If an area has no group.

    References
    ----------
    The interval: Fieller (1954), on the exact covariance of the two sums of squares. In simulation
    it covers 94 to 97 % at any noise, where a normal one falls to 70 % once noise exceeds the true
    spread.

    Examples
    --------
    >>> pay = pd.Series([1.0, 3.0, 5.0, 7.0], index=list("abcd"))
    >>> side = pd.Series(["n", "n", "s", "s"], index=list("abcd"), name="side")
    >>> masking(pay, [side])["hidden_share"].to_dict()
    {'side': 0.2}
    """
    codes, y, n, error = sorted_values(values, weights, se)
    cuts = [cut_pieces([region], codes) for region in regions]
    rows = {cut.tiers[0]: _row(y, n, error, cut, seed) for cut in cuts}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("tier")


def _row(y: Array, n: Array, se: Array | None, pieces: Pieces, seed: int) -> dict[str, float]:
    """Return the shares of one tier."""

    def theil_parts(figures: Array) -> Array:
        return parts_of(figures, n, pieces, ORDERS["theil"])

    raw = parts_of(y, n, pieces, ORDERS["variance"])
    theil = np.full(2, np.nan) if (y < 0).any() else theil_parts(y)
    hidden = Corrected(_last_share(raw), np.nan, np.nan)
    theil_share = _last_share(theil)
    if se is not None and raw.sum() > 0:
        hidden = fieller(HIDDEN, TOTAL, *sums_of_squares(y, n, se, pieces))
        if theil.sum() > 0:
            theil_share = scored_shares(theil_parts, y, se, seed=seed)[-1].estimate
    return {
        "hidden_share": hidden.estimate,
        "lower": hidden.lower,
        "upper": hidden.upper,
        "raw_share": _last_share(raw),
        "theil_share": theil_share,
        "raw_theil_share": _last_share(theil),
    }


def _last_share(parts: Array) -> float:
    """Return the share of the last part in all."""
    total = parts.sum()
    return float(parts[-1] / total) if total > 0 else float("nan")
