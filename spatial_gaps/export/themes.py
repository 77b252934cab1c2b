"""Ways to look at the layers of an assessment: what a click on a theme of the project shows."""

from __future__ import annotations

from collections.abc import Sequence

from spatial_gaps.export import layer_styles
from spatial_gaps.export.layer import Layer, Theme
from spatial_gaps.export.series_layers import PLAYED

# Theme: layers and their styles; the theme needs the first one, and has the others if they are there.
# "regions" stands for the regions that areas are held against.
_THEMES = {
    "My place": {
        "place": "Place",
        "areas": layer_styles.FIGURES,
        "regions": layer_styles.BORDERS,
    },
    "Pockets": {
        "pockets": layer_styles.FILLED,
        "pocket_clusters": "Cluster outlines",
        "regions": layer_styles.SHADED,
    },
    "Figures": {
        "areas": layer_styles.FIGURES,
        "pockets": layer_styles.OUTLINES,
        "regions": layer_styles.BORDERS,
    },
    "Clusters": {"lisa": layer_styles.CLUSTERS, "regions": layer_styles.BORDERS},
    "Gaps": {
        "areas": layer_styles.GAP,
        "border_contrasts": "Steps",
        "regions": layer_styles.BORDERS,
    },
    "Change": {"areas": "Change", "regions": layer_styles.BORDERS},
    "Uncertainty": {"areas": layer_styles.UNSURE, "regions": layer_styles.BORDERS},
    "Years": {"areas_over_time": PLAYED, "regions": layer_styles.BORDERS},
    "Hexagons": {"cartogram": layer_styles.FIGURES},
}


def themes_of(layers: Sequence[Layer], prefix: str = "") -> list[Theme]:
    """Return the themes that the layers of one assessment allow, the first one to open with.

    Parameters
    ----------
    layers : sequence of Layer
        Topmost first.
    prefix : str
        Before their names; the names of the themes get it too.
    """
    known = {layer.name.removeprefix(prefix): layer for layer in layers if layer.is_spatial}
    regions = [name for name in known if name.startswith("regions_")][:1]
    themes = []
    for title, wanted in _THEMES.items():
        shown = {}
        for name, style in wanted.items():
            for own in regions if name == "regions" else [name]:
                # The style of change is called after its first period.
                fits = (
                    [each.name for each in known[own].styles if each.name.startswith(style)]
                    if own in known
                    else []
                )
                if fits:
                    shown[known[own].name] = fits[0]
        lead = prefix + next(iter(wanted))
        if lead in shown:
            themes.append(Theme(f"{prefix.rstrip('_')}: {title}" if prefix else title, shown))
    return themes
