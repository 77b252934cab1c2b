"""spatial_gaps: gaps between UK places, how wide, where they cluster, and whom an average hides.

Names are loaded when they are first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from spatial_gaps.errors import (
        CRSError as CRSError,
    )
    from spatial_gaps.errors import (
        GeometryError as GeometryError,
    )
    from spatial_gaps.errors import (
        InputError as InputError,
    )
    from spatial_gaps.errors import (
        JoinError as JoinError,
    )
    from spatial_gaps.errors import (
        OutputError as OutputError,
    )
    from spatial_gaps.errors import (
        SpatialGapsError as SpatialGapsError,
    )
    from spatial_gaps.errors import (
        SpatialGapsWarning as SpatialGapsWarning,
    )
    from spatial_gaps.errors import (
        StatisticUndefined as StatisticUndefined,
    )
    from spatial_gaps.errors import (
        WeightsError as WeightsError,
    )
    from spatial_gaps.export.folder import write_folder as write_folder
    from spatial_gaps.export.geopackage import write_geopackage as write_geopackage
    from spatial_gaps.export.report import write_report as write_report
    from spatial_gaps.flag.pockets import find_pockets as find_pockets
    from spatial_gaps.flag.sentences import Wording as Wording
    from spatial_gaps.geography.boundaries import read_boundaries as read_boundaries
    from spatial_gaps.geography.cartogram import cartogram as cartogram
    from spatial_gaps.geography.levels import levels as levels
    from spatial_gaps.geography.lookups import parent_shares as parent_shares
    from spatial_gaps.geography.lookups import parents as parents
    from spatial_gaps.geography.register import areas as areas
    from spatial_gaps.geography.register import detect_vintage as detect_vintage
    from spatial_gaps.locate.autocorrelation import moran as moran
    from spatial_gaps.locate.clusters import local_moran as local_moran
    from spatial_gaps.locate.neighbours import neighbours as neighbours
    from spatial_gaps.measure.classes import class_breaks as class_breaks
    from spatial_gaps.measure.decomposition import decompose as decompose
    from spatial_gaps.measure.decomposition import masking as masking
    from spatial_gaps.measure.gaps import gap as gap
    from spatial_gaps.measure.gaps import gap_by as gap_by
    from spatial_gaps.measure.gaps import gap_indices as gap_indices
    from spatial_gaps.measure.inequality import (
        atkinson as atkinson,
    )
    from spatial_gaps.measure.inequality import (
        generalised_entropy as generalised_entropy,
    )
    from spatial_gaps.measure.inequality import (
        gini as gini,
    )
    from spatial_gaps.measure.inequality import (
        hoover as hoover,
    )
    from spatial_gaps.measure.inequality import (
        mld as mld,
    )
    from spatial_gaps.measure.inequality import (
        share_ratio as share_ratio,
    )
    from spatial_gaps.measure.inequality import (
        theil as theil,
    )
    from spatial_gaps.measure.inequality import (
        weighted_cv as weighted_cv,
    )
    from spatial_gaps.metrics.joining import audit_join as audit_join
    from spatial_gaps.metrics.joining import join_metrics as join_metrics
    from spatial_gaps.metrics.reading import read_metric as read_metric
    from spatial_gaps.recipe import assess as assess
    from spatial_gaps.records import (
        Assessment as Assessment,
    )
    from spatial_gaps.records import (
        Breaks as Breaks,
    )
    from spatial_gaps.records import (
        Decomposition as Decomposition,
    )
    from spatial_gaps.records import (
        Estimate as Estimate,
    )
    from spatial_gaps.records import (
        Gap as Gap,
    )
    from spatial_gaps.records import (
        JoinAudit as JoinAudit,
    )
    from spatial_gaps.records import (
        Level as Level,
    )
    from spatial_gaps.records import (
        Metric as Metric,
    )
    from spatial_gaps.records import (
        Moran as Moran,
    )
    from spatial_gaps.records import (
        Notice as Notice,
    )
    from spatial_gaps.records import (
        Vintage as Vintage,
    )
    from spatial_gaps.samples import sample_path as sample_path
    from spatial_gaps.show.charts import draw_beeswarm as draw_beeswarm
    from spatial_gaps.show.maps import (
        draw_clusters as draw_clusters,
    )
    from spatial_gaps.show.maps import (
        draw_map as draw_map,
    )
    from spatial_gaps.show.maps import (
        draw_pockets as draw_pockets,
    )
    from spatial_gaps.show.style import save_figure as save_figure
else:
    _HOMES = {
        "geography.levels": ("levels",),
        "geography.register": (
            "areas",
            "detect_vintage",
        ),
        "geography.cartogram": ("cartogram",),
        "geography.boundaries": ("read_boundaries",),
        "geography.lookups": (
            "parents",
            "parent_shares",
        ),
        "locate.neighbours": ("neighbours",),
        "metrics.reading": ("read_metric",),
        "metrics.joining": (
            "audit_join",
            "join_metrics",
        ),
        "samples": ("sample_path",),
        "measure.gaps": (
            "gap",
            "gap_by",
            "gap_indices",
        ),
        "measure.inequality": (
            "gini",
            "theil",
            "mld",
            "generalised_entropy",
            "atkinson",
            "weighted_cv",
            "hoover",
            "share_ratio",
        ),
        "measure.decomposition": (
            "decompose",
            "masking",
        ),
        "measure.classes": ("class_breaks",),
        "locate.autocorrelation": ("moran",),
        "locate.clusters": ("local_moran",),
        "flag.pockets": ("find_pockets",),
        "flag.sentences": ("Wording",),
        "show.maps": (
            "draw_map",
            "draw_clusters",
            "draw_pockets",
        ),
        "show.charts": ("draw_beeswarm",),
        "show.style": ("save_figure",),
        "export.geopackage": ("write_geopackage",),
        "export.report": ("write_report",),
        "export.folder": ("write_folder",),
        "recipe": ("assess",),
        "records": (
            "Assessment",
            "Breaks",
            "Decomposition",
            "Estimate",
            "Gap",
            "JoinAudit",
            "Level",
            "Metric",
            "Moran",
            "Notice",
            "Vintage",
        ),
        "errors": (
            "SpatialGapsError",
            "InputError",
            "JoinError",
            "GeometryError",
            "CRSError",
            "WeightsError",
            "StatisticUndefined",
            "OutputError",
            "SpatialGapsWarning",
        ),
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME_OF:
            raise AttributeError(f"module 'spatial_gaps' has no attribute {name!r}")
        return getattr(import_module(f"spatial_gaps.{_HOME_OF[name]}"), name)

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "Assessment",
    "Breaks",
    "CRSError",
    "Decomposition",
    "Estimate",
    "Gap",
    "GeometryError",
    "InputError",
    "JoinAudit",
    "JoinError",
    "Level",
    "Metric",
    "Moran",
    "Notice",
    "OutputError",
    "SpatialGapsError",
    "SpatialGapsWarning",
    "StatisticUndefined",
    "Vintage",
    "WeightsError",
    "Wording",
    "__version__",
    "areas",
    "assess",
    "atkinson",
    "audit_join",
    "cartogram",
    "class_breaks",
    "decompose",
    "detect_vintage",
    "draw_beeswarm",
    "draw_clusters",
    "draw_map",
    "draw_pockets",
    "find_pockets",
    "gap",
    "gap_by",
    "gap_indices",
    "generalised_entropy",
    "gini",
    "hoover",
    "join_metrics",
    "levels",
    "local_moran",
    "masking",
    "mld",
    "moran",
    "neighbours",
    "parent_shares",
    "parents",
    "read_boundaries",
    "read_metric",
    "sample_path",
    "save_figure",
    "share_ratio",
    "theil",
    "weighted_cv",
    "write_folder",
    "write_geopackage",
    "write_report",
]
