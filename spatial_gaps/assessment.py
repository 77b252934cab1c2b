"""The whole of an assessment as one frozen record: what `assess` returns and every output takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spatial_gaps.join_audit import JoinAudit
from spatial_gaps.records import Comparison, Decomposition, Estimate, Gap, Metric, Moran, Notice

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Assessment:
    """Everything that `assess` found for one metric, level and period.

    Attributes
    ----------
    metric : Metric
        The metric with all its periods and levels.
    level, period : str
        What was assessed.
    vintage : int
        Vintage of the areas.
    areas : GeoDataFrame
        All areas with name, parents (lad lookups: itl3, itl2, itl1 and itl1_name), geometry,
        value, se, lower, upper, status and weight.
    benchmark : Estimate
        The national figure that "below" refers to.
    regions : DataFrame
        Indexed by ITL1 code: name, value, se, source ("published" or "derived"), n, below, likely,
        confirmed, people_below.
    gap : Gap
        Best-off against worst-off fifth.
    indices : DataFrame
        Indexed by index name: value, lower, upper, note.
    decomposition : Decomposition
        Theil's T over ITL1 and ITL3.
    masking : DataFrame
        Indexed by tier: hidden_share, lower, upper, raw_share, theil_share, raw_theil_share.
    moran : Moran
        Global Moran's I.
    clusters : DataFrame
        Indexed by code: columns of `local_moran`.
    pockets : DataFrame
        Indexed by code: columns of `find_pockets`, every area.
    audit : JoinAudit
        What became of every area and row.
    finding : tuple of str
        Plain sentences, the finding first.
    layout : str
        "boundaries" or "cartogram": what the geometry of `areas` is.
    options : mapping
        Every option that shapes the result, for run.json.
    notices : tuple of Notice
        All recorded warnings.
    comparison : Comparison or None
        Every area beside itself at an earlier period, where ``since`` was asked for.
    graph : Series or None
        Adjacency that clusters were found on, on (focal, neighbor).
    """

    metric: Metric
    level: str
    vintage: int
    period: str
    areas: gpd.GeoDataFrame
    benchmark: Estimate
    regions: pd.DataFrame
    gap: Gap
    indices: pd.DataFrame
    decomposition: Decomposition
    masking: pd.DataFrame
    moran: Moran
    clusters: pd.DataFrame
    pockets: pd.DataFrame
    audit: JoinAudit
    finding: tuple[str, ...]
    layout: str
    options: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    comparison: Comparison | None = None
    graph: pd.Series | None = None

    @property
    def trend(self) -> pd.DataFrame | None:
        """Change of every area, with its verdict: columns of `trend`; None unless asked for."""
        return None if self.comparison is None else self.comparison.table

    @property
    def headline(self) -> str:
        """The finding in one sentence."""
        return self.finding[0]

    def summary(self) -> str:
        """Return the finding, line by line, as `spatial-gaps assess` prints it."""
        return "\n".join(self.finding)

    def __str__(self) -> str:
        return self.headline
