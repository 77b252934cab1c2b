"""Published figures of parents and of the nation, and the weights of areas: used, never averaged up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from spatial_gaps.errors import JoinError
from spatial_gaps.geography.lookups import region_code
from spatial_gaps.geography.pieces import shares_between
from spatial_gaps.geography.register import areas as register
from spatial_gaps.metrics.parentage import SYNONYMS
from spatial_gaps.metrics.reading import read_metric
from spatial_gaps.records import Estimate, Metric, Notice
from spatial_gaps.samples import sample_path

SAMPLE_VINTAGE = 2023
NATIONAL = {
    "United Kingdom": "K02000001",
    "Great Britain": "K03000001",
    "England and Wales": "K04000001",
    "England": "E92000001",
    "Wales": "W92000004",
    "Scotland": "S92000003",
    "Northern Ireland": "N92000002",
}
# Output of the nation without Extra-Regio, which belongs to no area, as two editions file it.
LESS_EXTRA_REGIO = {"K02000001": ("K99000002", "UKX")}


def benchmark_of(
    metric: Metric, period: str | int, coverage: str, values: pd.Series, weights: pd.Series | None
) -> Estimate:
    """Return the national figure that areas are held against.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.
    coverage : str
        Which nations the areas cover; decides whose figure it is.
    values, weights : Series, shape (n,)
        Used only where no national figure was published: then the weighted mean stands in, and
        `source` says "derived".

    Returns
    -------
    Estimate
        With its standard error, 0 where none was published.
    """
    rows = metric.at(period)
    code = NATIONAL.get(coverage, "")
    for candidate in (code, SYNONYMS.get(code, code), *LESS_EXTRA_REGIO.get(code, ())):
        value, se = rows[["value", "se"]].reindex([candidate]).to_numpy(dtype=float)[0]
        if not np.isnan(value):
            return Estimate(code, coverage, float(value), float(np.nan_to_num(se)), "published")
    held = values.notna()
    share = None if weights is None else weights[held].to_numpy()
    return Estimate("", coverage, float(np.average(values[held], weights=share)), 0.0, "derived")


def published_regions(metric: Metric, period: str | int, codes: pd.Index) -> pd.DataFrame:
    """Return the published figure of each region, under its ITL 1 or its E12/W92/S92/N92 code.

    Parameters
    ----------
    metric : Metric
        As read.
    period : str or int
        Which period.
    codes : Index, shape (k,)
        ITL 1 codes, or labels of a grouping.

    Returns
    -------
    DataFrame
        Indexed by them: name (the label itself where it is no ITL 1 code), value, se; nan where
        nothing was published.
    """
    rows = metric.at(period)
    official = region_code().reindex(codes).to_numpy()
    table = rows.reindex(official)[["value", "se"]].set_axis(codes)
    own = rows.reindex(codes)[["value", "se"]]
    table = table.where(table["value"].notna(), own)
    names = pd.concat([register("region")["name"], register("country")["name"]])
    known = names.reindex(official).to_numpy()
    table.insert(0, "name", np.where(pd.isna(known), [_shown(str(code)) for code in codes], known))
    return table


def _shown(label: str) -> str:
    """Return the label of a group as it stands in a sentence: quoted unless it is a proper name."""
    return label if label[:1].isupper() else f"“{label}”"


@cache
def _population() -> Metric:
    """Return the packaged series of populations, read once; not to be changed."""
    return read_metric(sample_path("population-total"))


def default_weights(
    codes: pd.Index, period: str, level: str, vintage: int
) -> tuple[pd.Series | None, tuple[Notice, ...]]:
    """Return the packaged population of the areas in the period's first year.

    Parameters
    ----------
    codes : Index, shape (n,)
        Area codes.
    period : str
        Its first four digits are the year.
    level : str
        Level of the areas.
    vintage : int
        Vintage of the areas.

    Returns
    -------
    weights : Series, shape (n,), or None
        People, of the nearest year for which all areas have them; None where there is none.
    notices : tuple of Notice
        What was used. The series is that of districts of 2023: areas that are parts of them have
        the share of people that they had in mid-2021.
    """
    series = _population()
    links = shares_between("lad", SAMPLE_VINTAGE, level, vintage)
    shared = links.loc[links["share"] < 1, "parent"].isin(codes).any()
    wanted = int(period[:4]) if period[:4].isdigit() else 2021
    for year in sorted(series.periods, key=lambda year: abs(int(year) - wanted)):
        parts = links["share"] * links["code"].map(series.at(year)["value"])
        # One part without a figure leaves the sum unknown.
        people = parts.groupby(links["parent"]).agg(lambda part: part.sum(skipna=False))
        people = people.reindex(codes)
        if people.isna().any():
            continue
        message = f"weighted by people, ONS mid-{year} estimates"
        message += ", districts divided between areas as in mid-2021" if shared else ""
        if int(year) == wanted:
            return people, (Notice("weights", message),)
        message += f": the packaged series is not complete for {period}"
        return people, (Notice("weights-year", message),)
    message = (
        "unweighted: there is no packaged population for these areas; every area counts the same"
    )
    return None, (Notice("unweighted", message),)


def weights_of(given: Metric, codes: pd.Index, period: str) -> tuple[pd.Series, tuple[Notice, ...]]:
    """Return the weights that a metric gives areas, of the period's first year or else its last.

    Parameters
    ----------
    given : Metric
        Such as people per area.
    codes : Index, shape (n,)
        Area codes.
    period : str
        Its first four digits are the year.

    Returns
    -------
    weights : Series, shape (n,)
        nan where it has none.
    notices : tuple of Notice
        What was taken.

    Raises
    ------
    JoinError
        If it has no row for any of the areas.
    """
    year = period[:4]
    taken = year if year in given.periods else given.periods[-1]
    kind = "weights" if taken == year else "weights-year"
    message = f"weighted by {given.title} of {taken}" + (
        "" if taken == year else f", for figures of {period}"
    )
    rows = given.at(taken)
    if not rows.index.isin(codes).any():
        raise JoinError(
            f"the weights have no row for any of the {len(codes)} areas",
            file=given.file,
            offenders=[
                f"{code} (level {level or 'unknown'})" for code, level in rows["level"].items()
            ],
            hint="Give weights for the same areas, or leave --weights out.",
        )
    return rows["value"].reindex(codes), (Notice(kind, message),)
