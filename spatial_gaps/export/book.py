"""What goes into one GeoPackage: the layers of assessments, or any frames, checked and typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spatial_gaps.assessment import Assessment
from spatial_gaps.checks import words
from spatial_gaps.errors import CRSError, InputError
from spatial_gaps.export.geopackage_tables import EXTRAS
from spatial_gaps.export.layer import Layer, Theme
from spatial_gaps.export.layers import assessment_layers
from spatial_gaps.export.small_layers import SmallMap, small_layers, small_themes
from spatial_gaps.export.themes import themes_of
from spatial_gaps.flag.place_table import place_sentences, place_table
from spatial_gaps.metrics.catalogue import slug

if TYPE_CHECKING:
    import pandas as pd

    from spatial_gaps.geography.places import Place

# Names that the standard, SQLite or QGIS keep for themselves.
_RESERVED = ("gpkg_", "rtree_", "sqlite_")
# Name of a layer as GDAL takes it: no sign at its start, no quote or control character anywhere.
_LAYER_NAME = re.compile(r'\w[^"\x00-\x1f\x7f]{0,199}')
# SQLite holds 2,000 columns, and two are the standard's.
MOST_COLUMNS = 1998
_TAKEN = ("fid", "geom")
_COLUMN_KINDS = {
    "string", "empty", "boolean", "integer", "floating", "mixed-integer-float", "decimal", "date",
    "categorical", "datetime64", "datetime",
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """What goes into one file.

    Attributes
    ----------
    layers : tuple of Layer
        Topmost first, then tables.
    title : str
        Of the stored project.
    themes : tuple of Theme
        The first one is what the project opens with.
    near : str
        Name of the layer on which it opens.
    """

    layers: tuple[Layer, ...]
    title: str = ""
    themes: tuple[Theme, ...] = ()
    near: str = ""


def make_book(
    given: Assessment | Mapping[str, Assessment | SmallMap] | Mapping[str, pd.DataFrame],
    place: Place | None,
) -> Book:
    """Return layers, title and themes of what is to be written.

    Parameters
    ----------
    given : Assessment, or mapping of str to Assessment, SmallMap or DataFrame
        As for `write_geopackage`.
    place : Place, optional
        For one assessment.

    Raises
    ------
    InputError, CRSError
        If a layer's name, columns or reference system cannot be written.
    """
    if isinstance(given, Assessment):
        layers = assessment_layers(given, place=place)
        said = "" if place is None else place_sentences(given, place, place_table(given, place))[0]
        shown = tuple(themes_of(given, layers, place_title=said))
        return Book(layers, given.headline, shown, "" if place is None else "place")
    if place is not None:
        raise InputError("a place can only be put first in a file of one assessment")
    several: dict[str, Assessment | SmallMap] = {
        name: each
        for name, each in (given.items() if isinstance(given, Mapping) else ())
        if isinstance(each, Assessment | SmallMap)
    }
    if not several:
        frames: Any = given
        return Book(_plain_layers(frames))
    if len(several) < len(given):
        raise InputError("a file holds assessments or frames, not both", offenders=list(given))
    found: list[Layer] = []
    themes: list[Theme] = []
    titles: set[str] = set()
    for name, assessment in several.items():
        prefix = f"{slug(name)}_"
        if isinstance(assessment, SmallMap):
            own, views = small_layers(assessment, prefix), small_themes(assessment, prefix)
        else:
            own = assessment_layers(assessment, prefix=prefix)
            views = themes_of(assessment, own, prefix)
        for layer in own:
            # A GeoPackage wants every title once.
            title = layer.title if layer.title not in titles else f"{layer.title} ({name})"
            titles.add(title)
            group = f"{assessment.metric.title}/{layer.group}"
            found.append(replace(layer, title=title, group=group))
        themes += views
    names = [layer.name for layer in found]
    if len(set(names)) < len(names):
        raise InputError(
            "assessments of one file need names that differ by more than signs",
            offenders=list(several),
        )
    measures = dict.fromkeys(each.metric.title for each in several.values())
    return Book(tuple(found), "; ".join(measures), tuple(themes))


def _plain_layers(frames: Mapping[str, pd.DataFrame]) -> tuple[Layer, ...]:
    """Check plain frames and return them as layers without styles."""
    import pandas as pd

    if not isinstance(frames, Mapping) or not frames:
        raise InputError(
            "there is nothing to write", hint="Give an assessment, or frames by layer name."
        )
    seen: set[str] = set()
    for name, frame in frames.items():
        if not isinstance(name, str) or not _LAYER_NAME.fullmatch(name):
            raise InputError(
                "a layer needs a name of plain text", value=name if name == "" else str(name)[:80],
                hint="It starts with a letter or digit and has at most 200 characters.",
            )  # fmt: skip
        low = name.lower()
        if low.startswith(_RESERVED) or low in EXTRAS or low in seen:
            raise InputError(
                "a layer name is taken twice or reserved", value=name,
                hint="Upper and lower case count as the same.",
            )  # fmt: skip
        seen.add(low)
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"layer '{name}' is not a frame", value=type(frame).__name__)
    return tuple(Layer(name, name, "", _plain(name, frame)) for name, frame in frames.items())


def _plain(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index is a column and whose columns have one type each."""
    import geopandas as gpd
    import pandas as pd

    index = frame.index
    if index.names != [None] or not isinstance(index, pd.RangeIndex):
        named = [label if label is not None else "code" for label in index.names]
        clash = [label for label in named if label in frame.columns]
        if clash:
            raise InputError(f"layer '{name}' has columns named like its index", offenders=clash)
        frame = frame.rename_axis(named).reset_index()
    spatial = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    if spatial and frame.crs is None:
        raise CRSError(f"layer '{name}' has no coordinate reference system", hint="Use set_crs().")
    shape = frame.active_geometry_name if spatial else None
    columns = [column for column in frame.columns if column != shape]
    _check_columns(name, [str(column) for column in columns], spatial)
    typed = pd.DataFrame(
        {column: _typed(name, frame[column]) for column in columns}, index=frame.index
    )
    typed.columns = typed.columns.map(str)
    return gpd.GeoDataFrame(typed, geometry=frame.geometry.rename("geometry")) if spatial else typed


def _check_columns(layer: str, names: Sequence[str], spatial: bool) -> None:
    """Raise `InputError` for names that a GeoPackage cannot hold, or would hold as others."""
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"layer '{layer}' has {len(names):,} columns, a GeoPackage holds {MOST_COLUMNS:,}",
            hint="Put one row per area and figure, or choose columns.",
        )
    # geopandas calls the shapes of every file so, and would put them over the column.
    taken = (*_TAKEN, "geometry") if spatial else _TAKEN
    low = Counter(name.lower() for name in names)
    bad = [name for name in low if low[name] > 1 or name in taken]
    bad += [ascii(name) for name in names if not name.strip() or "\0" in name]
    if bad:
        raise InputError(
            f"layer '{layer}' has columns that a GeoPackage cannot hold", offenders=sorted(bad),
            hint=f"Names have to differ by more than case and not be blank; {words(taken)} are taken.",
        )  # fmt: skip


def _typed(layer: str, values: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column of Python objects the type that its entries have, or refuse it."""
    import pandas as pd

    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    if values.dtype.kind in "biufM" or isinstance(values.dtype, pd.StringDtype):
        return values
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in _COLUMN_KINDS:
        raise InputError(
            f"layer '{layer}' has a column of mixed or unknown kind ({kind})",
            column=str(values.name), hint="Turn it into text or numbers first.",
        )  # fmt: skip
    nullable = {"boolean": "boolean", "integer": "Int64", "floating": "float64"}
    nullable |= {"mixed-integer-float": "float64", "decimal": "float64"}
    return values.astype(pd.api.types.pandas_dtype(nullable[kind])) if kind in nullable else values
