"""Ways to look at the layers of an assessment: what a click on a theme of the project shows."""

from __future__ import annotations

from collections.abc import Sequence

from spatial_gaps.assessment import Assessment
from spatial_gaps.export import layer_styles
from spatial_gaps.export.changes import change_headline
from spatial_gaps.export.layer import Layer, Theme
from spatial_gaps.export.series_layers import PLAYED
from spatial_gaps.export.summary import subtitle_of

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
# Which sentence of the finding is about what a theme shows.
_SENTENCES = {"Pockets": 0, "Gaps": 3, "Clusters": 4}
_OTHERS = 2


def themes_of(
    assessment: Assessment, layers: Sequence[Layer], prefix: str = "", *, place_title: str = ""
) -> list[Theme]:
    """Return the themes that the layers of one assessment allow, the first one to open with.

    Parameters
    ----------
    assessment : Assessment
        Whose finding becomes their titles.
    layers : sequence of Layer
        Topmost first.
    prefix : str
        Before their names; the names of the themes get it too.
    place_title : str
        Of the theme of the place.
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
            name = f"{prefix.rstrip('_')}: {title}" if prefix else title
            said = place_title if title == "My place" else _said(assessment, title)
            themes.append(Theme(name, shown, said, f"{title}. {subtitle_of(assessment)}"))
    return themes


def _said(assessment: Assessment, theme: str) -> str:
    """Return the sentence that a map of the theme shows, the headline if there is none."""
    if theme == "Change":
        return change_headline(assessment)
    at = _SENTENCES.get(theme, _OTHERS)
    return assessment.finding[at] if at < len(assessment.finding) else assessment.headline
