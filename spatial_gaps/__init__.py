"""spatial_gaps: gaps between UK places, how wide, where they cluster, and whom an average hides.

Names are loaded when they are first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from spatial_gaps.assessment import Assessment
    from spatial_gaps.errors import (
        CRSError,
        DownloadError,
        GeometryError,
        InputError,
        JoinError,
        OutputError,
        SpatialGapsError,
        SpatialGapsWarning,
        StatisticUndefined,
        WeightsError,
    )
    from spatial_gaps.export.folder import write_folder
    from spatial_gaps.export.geopackage import write_geopackage
    from spatial_gaps.export.place import place_report
    from spatial_gaps.export.report import write_report
    from spatial_gaps.export.scorecard import write_scorecard
    from spatial_gaps.flag.border_contrasts import BorderContrasts, border_contrasts
    from spatial_gaps.flag.composite import Composite, composite_score
    from spatial_gaps.flag.evidence import Evidence, evidence
    from spatial_gaps.flag.hidden_small_areas import hidden_small_areas
    from spatial_gaps.flag.inside import inside_authorities
    from spatial_gaps.flag.place_table import place_table
    from spatial_gaps.flag.pocket_clusters import pocket_cluster_of, pocket_clusters
    from spatial_gaps.flag.pocket_counts import PocketCounts, pocket_counts
    from spatial_gaps.flag.pocket_panel import PocketPanel, find_pockets_panel
    from spatial_gaps.flag.pocket_sensitivity import PocketSensitivity, pocket_sensitivity
    from spatial_gaps.flag.pockets import find_pockets
    from spatial_gaps.flag.pockets_redrawn import pockets_redrawn
    from spatial_gaps.flag.sentences import Wording
    from spatial_gaps.flag.two_economies import two_economies
    from spatial_gaps.flag.visibility import hidden_people
    from spatial_gaps.geography.boundaries import read_boundaries
    from spatial_gaps.geography.cartogram import cartogram
    from spatial_gaps.geography.coverage import dissolve_boundaries, simplify_boundaries
    from spatial_gaps.geography.download import fetch_boundaries
    from spatial_gaps.geography.groups import groups, read_groups, what_if
    from spatial_gaps.geography.levels import levels
    from spatial_gaps.geography.lookups import parent_shares, parents
    from spatial_gaps.geography.places import Place, find_place
    from spatial_gaps.geography.recodes import recode, recoding
    from spatial_gaps.geography.register import areas
    from spatial_gaps.geography.vintages import detect_vintage
    from spatial_gaps.join_audit import JoinAudit
    from spatial_gaps.locate.autocorrelation import moran
    from spatial_gaps.locate.bivariate import (
        BivariateMoran,
        LeesL,
        bivariate_moran,
        lees_l,
        local_bivariate_moran,
    )
    from spatial_gaps.locate.cluster_changes import cluster_changes, cluster_transitions
    from spatial_gaps.locate.cluster_panel import local_moran_panel, moran_panel
    from spatial_gaps.locate.cluster_stability import cluster_stability
    from spatial_gaps.locate.clusters import local_moran
    from spatial_gaps.locate.connectivity import Connectivity, connectivity
    from spatial_gaps.locate.correlogram import correlogram, distance_correlogram
    from spatial_gaps.locate.geary import Geary, geary
    from spatial_gaps.locate.getis_ord import GetisOrd, getis_ord
    from spatial_gaps.locate.hotspots import local_g
    from spatial_gaps.locate.join_counts import join_counts
    from spatial_gaps.locate.local_geary import local_geary
    from spatial_gaps.locate.local_join_counts import local_join_counts
    from spatial_gaps.locate.losh import local_heteroscedasticity
    from spatial_gaps.locate.mobility import Mobility, rank_mobility
    from spatial_gaps.locate.neighbours import neighbours
    from spatial_gaps.locate.rates import MoranRates, local_moran_rates, moran_rates, smooth_rates
    from spatial_gaps.locate.sensitivity import neighbour_sensitivity
    from spatial_gaps.locate.small_sample import MoranP, local_moran_p, moran_p
    from spatial_gaps.locate.spatial_gini import SpatialGini, spatial_gini
    from spatial_gaps.measure.bootstrap import bootstrap_indices
    from spatial_gaps.measure.change import Change, decompose_change
    from spatial_gaps.measure.classes import change_breaks, class_breaks, diverging_breaks
    from spatial_gaps.measure.common_errors import ErrorCorrelation, error_correlation
    from spatial_gaps.measure.comparing import GroupGap, gap_between, gap_to_peers
    from spatial_gaps.measure.convergence import Convergence, convergence
    from spatial_gaps.measure.decomposition import decompose
    from spatial_gaps.measure.extremes import gap_extremes
    from spatial_gaps.measure.gaps import gap, gap_by, gap_indices
    from spatial_gaps.measure.gradients import (
        Concentration,
        Slope,
        concentration_index,
        relative_index,
        slope_index,
    )
    from spatial_gaps.measure.index_panel import gap_panel
    from spatial_gaps.measure.indices import Explanation, explain
    from spatial_gaps.measure.inequality import (
        atkinson,
        generalised_entropy,
        gini,
        hoover,
        mld,
        share_ratio,
        theil,
        weighted_cv,
    )
    from spatial_gaps.measure.influence import influence
    from spatial_gaps.measure.masking import masking
    from spatial_gaps.measure.partition import variance_partition
    from spatial_gaps.measure.pooling import Pooled, pool_years
    from spatial_gaps.measure.ranks import ranks
    from spatial_gaps.metrics.aggregating import Aggregation, aggregate_records
    from spatial_gaps.metrics.catalogue import catalogue
    from spatial_gaps.metrics.disclosure import Disclosure
    from spatial_gaps.metrics.guards import check_use
    from spatial_gaps.metrics.joining import audit_join, join_metrics
    from spatial_gaps.metrics.matching import match_names
    from spatial_gaps.metrics.pairing import combine_metrics, pair_metrics
    from spatial_gaps.metrics.panels import panel, periods_of, window_overlap
    from spatial_gaps.metrics.plausibility import find_implausible
    from spatial_gaps.metrics.postcodes import Postcodes, read_postcodes
    from spatial_gaps.metrics.reading import printed_areas, read_metric
    from spatial_gaps.metrics.rollup import roll_up
    from spatial_gaps.metrics.suggesting import read_codes, suggest_codes, write_suggestions
    from spatial_gaps.metrics.units import convert_unit
    from spatial_gaps.recipe import assess
    from spatial_gaps.records import (
        Breaks,
        Comparison,
        Decomposition,
        Estimate,
        Gap,
        Level,
        Metric,
        Moran,
        Notice,
        Vintage,
    )
    from spatial_gaps.samples import sample_path
    from spatial_gaps.show.beside import draw_beside
    from spatial_gaps.show.bivariate_map import draw_bivariate
    from spatial_gaps.show.change_map import draw_change
    from spatial_gaps.show.charts import draw_beeswarm
    from spatial_gaps.show.decomposition_chart import draw_decomposition
    from spatial_gaps.show.dumbbell_chart import draw_dumbbell
    from spatial_gaps.show.focus_map import draw_focus
    from spatial_gaps.show.gap_chart import draw_gap
    from spatial_gaps.show.levelling_chart import draw_levelling
    from spatial_gaps.show.lorenz_chart import draw_lorenz
    from spatial_gaps.show.maps import draw_clusters, draw_map
    from spatial_gaps.show.moran_plot import draw_moran
    from spatial_gaps.show.place_sheet import draw_place
    from spatial_gaps.show.pocket_map import draw_pockets
    from spatial_gaps.show.profile_chart import draw_profile
    from spatial_gaps.show.rank_chart import draw_ranks
    from spatial_gaps.show.saving import save_figure
    from spatial_gaps.show.scorecard_sheet import draw_scorecard
    from spatial_gaps.show.sensitivity_chart import draw_sensitivity
    from spatial_gaps.show.small_multiples import draw_small_multiples
    from spatial_gaps.show.trend_chart import draw_trend
    from spatial_gaps.study.differences import Differences, compare_runs
    from spatial_gaps.study.running import StudyRun, run
    from spatial_gaps.study.schema import Study, read_study
    from spatial_gaps.study.tasks import plan_study
    from spatial_gaps.targets.ambition import ambition, ambition_by
    from spatial_gaps.targets.ambition_record import Ambition
    from spatial_gaps.targets.catch_up import CatchUp, catch_up_time
    from spatial_gaps.targets.competitive_cities import CompetitiveCities, competitive_cities
    from spatial_gaps.targets.data_gaps import data_gaps
    from spatial_gaps.targets.interim import InterimPath, OnTrack, interim_path, on_track
    from spatial_gaps.targets.just_under import JustUnder, just_under
    from spatial_gaps.targets.levelling import levelling
    from spatial_gaps.targets.levelling_record import Levelling
    from spatial_gaps.targets.missions import missions
    from spatial_gaps.targets.moving_apart import MovingApart, moving_apart
    from spatial_gaps.targets.rating import rate_missions
    from spatial_gaps.targets.right_level import RightLevel, right_level
    from spatial_gaps.targets.risen import Risen, deflate, risen_everywhere
    from spatial_gaps.targets.scorecard import scorecard
    from spatial_gaps.targets.scorecard_record import Scorecard
    from spatial_gaps.targets.share_outside import ShareOutside, share_outside
    from spatial_gaps.targets.since import change_since
    from spatial_gaps.targets.tails import TailBesideMean, compare_tail
    from spatial_gaps.targets.top_areas import TopTarget, top_target
    from spatial_gaps.targets.trend import trend
else:
    _HOMES = {
        "assessment": "Assessment",
        "errors": "CRSError DownloadError GeometryError InputError JoinError OutputError "
        "SpatialGapsError SpatialGapsWarning StatisticUndefined WeightsError",
        "export.folder": "write_folder",
        "export.geopackage": "write_geopackage",
        "export.place": "place_report",
        "export.report": "write_report",
        "export.scorecard": "write_scorecard",
        "flag.border_contrasts": "BorderContrasts border_contrasts",
        "flag.composite": "Composite composite_score",
        "flag.evidence": "Evidence evidence",
        "flag.hidden_small_areas": "hidden_small_areas",
        "flag.inside": "inside_authorities",
        "flag.place_table": "place_table",
        "flag.pocket_clusters": "pocket_cluster_of pocket_clusters",
        "flag.pocket_counts": "PocketCounts pocket_counts",
        "flag.pocket_panel": "PocketPanel find_pockets_panel",
        "flag.pocket_sensitivity": "PocketSensitivity pocket_sensitivity",
        "flag.pockets": "find_pockets",
        "flag.pockets_redrawn": "pockets_redrawn",
        "flag.sentences": "Wording",
        "flag.two_economies": "two_economies",
        "flag.visibility": "hidden_people",
        "geography.boundaries": "read_boundaries",
        "geography.cartogram": "cartogram",
        "geography.coverage": "dissolve_boundaries simplify_boundaries",
        "geography.download": "fetch_boundaries",
        "geography.groups": "groups read_groups what_if",
        "geography.levels": "levels",
        "geography.lookups": "parent_shares parents",
        "geography.places": "Place find_place",
        "geography.recodes": "recode recoding",
        "geography.register": "areas",
        "geography.vintages": "detect_vintage",
        "join_audit": "JoinAudit",
        "locate.autocorrelation": "moran",
        "locate.bivariate": "BivariateMoran LeesL bivariate_moran lees_l local_bivariate_moran",
        "locate.cluster_changes": "cluster_changes cluster_transitions",
        "locate.cluster_panel": "local_moran_panel moran_panel",
        "locate.cluster_stability": "cluster_stability",
        "locate.clusters": "local_moran",
        "locate.connectivity": "Connectivity connectivity",
        "locate.correlogram": "correlogram distance_correlogram",
        "locate.geary": "Geary geary",
        "locate.getis_ord": "GetisOrd getis_ord",
        "locate.hotspots": "local_g",
        "locate.join_counts": "join_counts",
        "locate.local_geary": "local_geary",
        "locate.local_join_counts": "local_join_counts",
        "locate.losh": "local_heteroscedasticity",
        "locate.mobility": "Mobility rank_mobility",
        "locate.neighbours": "neighbours",
        "locate.rates": "MoranRates local_moran_rates moran_rates smooth_rates",
        "locate.sensitivity": "neighbour_sensitivity",
        "locate.small_sample": "MoranP local_moran_p moran_p",
        "locate.spatial_gini": "SpatialGini spatial_gini",
        "measure.bootstrap": "bootstrap_indices",
        "measure.change": "Change decompose_change",
        "measure.classes": "class_breaks change_breaks diverging_breaks",
        "measure.cohort": "ErrorCorrelation error_correlation",
        "measure.common_errors": "ErrorCorrelation error_correlation",
        "measure.comparing": "GroupGap gap_between gap_to_peers",
        "measure.convergence": "Convergence convergence",
        "measure.decomposition": "decompose",
        "measure.extremes": "gap_extremes",
        "measure.gaps": "gap gap_by gap_indices",
        "measure.gradients": "Concentration Slope concentration_index relative_index slope_index",
        "measure.index_panel": "gap_panel",
        "measure.indices": "Explanation explain",
        "measure.inequality": "atkinson generalised_entropy gini hoover mld share_ratio theil weighted_cv",
        "measure.influence": "influence",
        "measure.masking": "masking",
        "measure.partition": "variance_partition",
        "measure.pooling": "Pooled pool_years",
        "measure.ranks": "ranks",
        "metrics.catalogue": "catalogue",
        "metrics.guards": "check_use",
        "metrics.joining": "audit_join join_metrics",
        "metrics.matching": "match_names",
        "metrics.pairing": "combine_metrics pair_metrics",
        "metrics.panels": "panel periods_of window_overlap",
        "metrics.plausibility": "find_implausible",
        "metrics.reading": "printed_areas read_metric",
        "metrics.rollup": "roll_up",
        "metrics.suggesting": "read_codes suggest_codes write_suggestions",
        "metrics.units": "convert_unit",
        "recipe": "assess",
        "records": "Breaks Comparison Decomposition Estimate Gap Level Metric Moran Notice Vintage",
        "samples": "sample_path",
        "show.beside": "draw_beside",
        "show.bivariate_map": "draw_bivariate",
        "show.change_map": "draw_change",
        "show.charts": "draw_beeswarm",
        "show.decomposition_chart": "draw_decomposition",
        "show.dumbbell_chart": "draw_dumbbell",
        "show.focus_map": "draw_focus",
        "show.gap_chart": "draw_gap",
        "show.levelling_chart": "draw_levelling",
        "show.lorenz_chart": "draw_lorenz",
        "show.maps": "draw_clusters draw_map",
        "show.moran_plot": "draw_moran",
        "show.place_sheet": "draw_place",
        "show.pocket_map": "draw_pockets",
        "show.profile_chart": "draw_profile",
        "show.rank_chart": "draw_ranks",
        "show.scorecard_sheet": "draw_scorecard",
        "show.sensitivity_chart": "draw_sensitivity",
        "show.small_multiples": "draw_small_multiples",
        "show.saving": "save_figure",
        "show.trend_chart": "draw_trend",
        "targets.ambition": "ambition ambition_by",
        "targets.ambition_record": "Ambition",
        "targets.catch_up": "CatchUp catch_up_time",
        "targets.competitive_cities": "CompetitiveCities competitive_cities",
        "targets.data_gaps": "data_gaps",
        "targets.interim": "InterimPath OnTrack interim_path on_track",
        "targets.just_under": "JustUnder just_under",
        "targets.levelling": "levelling",
        "targets.levelling_record": "Levelling",
        "targets.missions": "missions",
        "targets.moving_apart": "MovingApart moving_apart",
        "targets.rating": "rate_missions",
        "targets.right_level": "RightLevel right_level",
        "targets.risen": "Risen deflate risen_everywhere",
        "targets.scorecard": "scorecard",
        "targets.scorecard_record": "Scorecard",
        "targets.share_outside": "ShareOutside share_outside",
        "targets.since": "change_since",
        "targets.tails": "TailBesideMean compare_tail",
        "targets.top_areas": "TopTarget top_target",
        "targets.trend": "trend",
        "study.differences": "Differences compare_runs",
        "study.running": "StudyRun run",
        "study.schema": "Study read_study",
        "study.tasks": "plan_study",
        "metrics.aggregating": "Aggregation aggregate_records",
        "metrics.disclosure": "Disclosure",
        "metrics.postcodes": "Postcodes read_postcodes",
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME_OF:
            raise AttributeError(f"module 'spatial_gaps' has no attribute {name!r}")
        return getattr(import_module(f"spatial_gaps.{_HOME_OF[name]}"), name)

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "Aggregation", "Ambition", "Assessment", "BivariateMoran", "BorderContrasts", "Breaks", "CRSError",
    "CatchUp", "Change", "Comparison", "CompetitiveCities", "Composite", "Concentration",
    "Connectivity", "Convergence", "Decomposition", "Differences", "Disclosure", "DownloadError",
    "ErrorCorrelation", "Estimate", "Evidence", "Explanation", "Gap", "Geary", "GeometryError",
    "GetisOrd", "GroupGap", "InputError", "InterimPath", "JoinAudit", "JoinError", "JustUnder", "LeesL",
    "Level", "Levelling", "Metric", "Mobility", "Moran", "MoranP", "MoranRates", "MovingApart",
    "Notice", "OnTrack", "OutputError", "Place", "PocketCounts", "PocketPanel", "PocketSensitivity",
    "Pooled", "Postcodes", "RightLevel", "Risen", "Scorecard", "ShareOutside", "Slope",
    "SpatialGapsError", "SpatialGapsWarning", "SpatialGini", "StatisticUndefined", "Study", "StudyRun",
    "TailBesideMean", "TopTarget", "Vintage", "WeightsError", "Wording", "__version__",
    "aggregate_records", "ambition", "ambition_by", "areas", "assess", "atkinson", "audit_join",
    "bivariate_moran", "bootstrap_indices", "border_contrasts", "cartogram", "catalogue",
    "catch_up_time", "change_breaks", "change_since", "check_use", "class_breaks", "cluster_changes",
    "cluster_stability", "cluster_transitions", "combine_metrics", "compare_runs", "compare_tail",
    "competitive_cities", "composite_score", "concentration_index", "connectivity", "convergence",
    "convert_unit", "correlogram", "data_gaps", "decompose", "decompose_change", "deflate",
    "detect_vintage", "dissolve_boundaries", "distance_correlogram", "diverging_breaks",
    "draw_beeswarm", "draw_beside", "draw_bivariate", "draw_change", "draw_clusters",
    "draw_decomposition", "draw_dumbbell", "draw_focus", "draw_gap", "draw_levelling", "draw_lorenz",
    "draw_map", "draw_moran", "draw_place", "draw_pockets", "draw_profile", "draw_ranks",
    "draw_scorecard", "draw_sensitivity", "draw_small_multiples", "draw_trend", "error_correlation",
    "evidence", "explain", "fetch_boundaries", "find_implausible", "find_place", "find_pockets",
    "find_pockets_panel", "gap", "gap_between", "gap_by", "gap_extremes", "gap_indices", "gap_panel",
    "gap_to_peers", "geary", "generalised_entropy", "getis_ord", "gini", "groups", "hidden_people",
    "hidden_small_areas", "hoover", "influence", "inside_authorities", "interim_path", "join_counts",
    "join_metrics", "just_under", "lees_l", "levelling", "levels", "local_bivariate_moran", "local_g",
    "local_geary", "local_heteroscedasticity", "local_join_counts", "local_moran", "local_moran_p",
    "local_moran_panel", "local_moran_rates", "masking", "match_names", "missions", "mld", "moran",
    "moran_p", "moran_panel", "moran_rates", "moving_apart", "neighbour_sensitivity", "neighbours",
    "on_track", "pair_metrics", "panel", "parent_shares", "parents", "periods_of", "place_report",
    "place_table", "plan_study", "pocket_cluster_of", "pocket_clusters", "pocket_counts",
    "pocket_sensitivity", "pockets_redrawn", "pool_years", "printed_areas", "rank_mobility", "ranks",
    "rate_missions", "read_boundaries", "read_codes", "read_groups", "read_metric", "read_postcodes",
    "read_study", "recode", "recoding", "relative_index", "right_level", "risen_everywhere", "roll_up",
    "run", "sample_path", "save_figure", "scorecard", "share_outside", "share_ratio",
    "simplify_boundaries", "slope_index", "smooth_rates", "spatial_gini", "suggest_codes", "theil",
    "top_target", "trend", "two_economies", "variance_partition", "weighted_cv", "what_if",
    "window_overlap", "write_folder", "write_geopackage", "write_report", "write_scorecard",
    "write_suggestions",
]  # fmt: skip
