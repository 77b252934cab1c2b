"""What stands beside a verdict: an area against its parent, its neighbours and the nation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spatial_gaps.checks import Array
from spatial_gaps.flag.lines import Lines
from spatial_gaps.flag.places import Parents, Places, percentile_of
from spatial_gaps.locate.prominence import sink_depth


def pocket_columns(places: Places, parents: Parents, lines: Lines) -> pd.DataFrame:
    """Return the columns that come from the published figures alone, in their own direction.

    Parameters
    ----------
    places : Places
        Areas with a figure.
    parents : Parents
        Their parents.
    lines : Lines
        What deprived and affluent are held against.

    Returns
    -------
    DataFrame
        On the codes of `places`; the columns that `find_pockets` documents.
    """
    sign, good, se = places.sign, places.good, places.se
    line, national = (row[0] for row in lines.draw(places, good[None, :], None))
    z_contrast, z_outlier, contrast = _against_parent(places, parents)
    z_border, depth = _against_neighbours(places)
    below = lines.is_deprived(good, line)
    return pd.DataFrame(
        {
            "value": sign * good,
            "se": se if places.known_se else np.nan,
            "se_imputed": places.imputed,
            "parent_value": sign * parents.good,
            "parent_source": np.where(parents.published, "published", "derived"),
            "benchmark": sign * line,
            "national": sign * national,
            "deprived": below,
            "below": below & (parents.good > national),
            "contrast": sign * contrast,
            "z_contrast": sign * z_contrast,
            "z_outlier": sign * z_outlier,
            "rank_gap": percentile_of(places, parents.good) - percentile_of(places, good),
            "z_border": sign * z_border,
            "sink_depth": depth,
        },
        index=places.index,
    )


def _against_parent(places: Places, parents: Parents) -> tuple[Array, Array, Array]:
    """Return z of the contrast, z with the parent's own spread added, and the contrast."""
    good, share, se = places.good, places.share, places.se
    contrast = good - parents.means(good, share)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        people = parents.sum_others(share)
        noise = parents.sum_others((share * se) ** 2) / people**2
        members = parents.others + 1
        centre = (parents.sum_others(good) + good) / members
        squares = parents.sum_others(good**2) + good**2 - members * centre**2
        errors = (parents.sum_others(se**2) + se**2) / members
        inner = np.maximum(squares / parents.others - errors, 0.0)
        z_contrast = contrast / np.sqrt(se**2 + noise)
        z_outlier = contrast / np.sqrt(se**2 + noise + inner)
    return _finite(z_contrast), _finite(z_outlier), contrast


def _against_neighbours(places: Places) -> tuple[Array, Array]:
    """Return z of the figure against the mean of its neighbours, and the depth of a local sink."""
    if places.links is None:
        return np.full(len(places.good), np.nan), np.full(len(places.good), np.nan)
    links = places.links
    with np.errstate(divide="ignore", invalid="ignore"):
        count = links.degree().astype(float)
        away = places.good - links.lag(places.good) / count
        noise = links.lag(places.se**2) / count**2
        z_border = away / np.sqrt(places.se**2 + noise)
    return _finite(z_border), sink_depth(places.good, links)


def _finite(z: Array) -> Array:
    """Return nan where there is no error or nothing to hold against."""
    return np.where(np.isfinite(z), z, np.nan)
