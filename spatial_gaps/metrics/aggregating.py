"""Records to areas: counts, rates, means, shares and quantiles with standard errors, file by file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from spatial_gaps.checks import as_floats, check_choice
from spatial_gaps.errors import InputError
from spatial_gaps.geography.point_grid import PointGrid, point_grid
from spatial_gaps.metrics.disclosure import Disclosure
from spatial_gaps.metrics.postcodes import Postcodes
from spatial_gaps.metrics.record_batches import record_batches

if TYPE_CHECKING:
    import geopandas as gpd

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
STATISTICS = ("count", "sum", "rate", "mean", "share", "quantile")
# What becomes of a record that is in no area.
LEFT_OUT = (
    "no place",
    "outside every area",
    "no area of this code",
    "no such postcode",
    "no value",
    "no weight",
)
Mapper = Callable[[Callable[[Path], "_Part"], Sequence[Path]], Iterable["_Part"]]


@dataclass(frozen=True)
class Aggregation:
    """Records, put together by area.

    Attributes
    ----------
    table : DataFrame
        Indexed by code, every area: n (records), value, se, status (why there is no value).
    audit : Series
        Number of records: read, used, on a border (used, in the area whose code comes first), and
        why others were left out.
    statistic : str
        What the value is.
    """

    table: pd.DataFrame
    audit: pd.Series
    statistic: str

    def __str__(self) -> str:
        lost = self.audit["read"] - self.audit["used"]
        return (
            f"{self.audit['used']:,} of {self.audit['read']:,} records in {len(self.table):,} areas; "
            f"{lost:,} left out."
        )


@dataclass(frozen=True)
class _Ask:
    """What is asked of every file."""

    codes: pd.Index
    code: str | None
    xy: tuple[str, str] | str | None
    postcode: str | None
    value: str | None
    weight: str | None
    statistic: str
    grid: PointGrid | None = None
    directory: Postcodes | None = None
    to_area: Array | None = None


@dataclass(frozen=True)
class _Part:
    """Sums over some records, by area: of 1, w, wy, w², w²y, w²y² about a middle of their own."""

    middle: float
    sums: Array
    counts: Mapping[str, int]
    kept: tuple[Array, Array, Array] | None = field(default=None)


def aggregate_records(
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    areas: gpd.GeoDataFrame | pd.DataFrame,
    *,
    code: str | None = None,
    xy: tuple[str, str] | str | None = None,
    postcode: str | None = None,
    crs: str = "EPSG:27700",
    postcodes: Postcodes | None = None,
    statistic: str = "count",
    value: str | None = None,
    weight: str | None = None,
    quantile: float = 0.5,
    population: pd.Series | None = None,
    disclosure: Disclosure | None = None,
    mapper: Mapper = map,
) -> Aggregation:
    """Put records together by area.

    Parameters
    ----------
    files : path or sequence of paths
        CSV, Parquet or GeoParquet; all with the same columns.
    areas : GeoDataFrame or DataFrame
        Indexed by code; with shapes where records have coordinates.
    code, xy, postcode : str
        Where a record is, one of: column of area codes; columns of both coordinates, or one of points
        as WKB (GeoParquet); column of postcodes, for which `postcodes` is a directory.
    crs : str
        System of the coordinates.
    postcodes : Postcodes, optional
        As `read_postcodes` returns it.
    statistic : {"count", "sum", "rate", "mean", "share", "quantile"}
        Number of records, or their weight; sum of the value; number per person of `population`; mean
        of the value; share of records whose value is not 0; quantile of the value.
    value, weight : str, optional
        Columns of figures.
    quantile : float
        Which one; 0.5 is the median.
    population : Series, optional
        People by code, for rates.
    disclosure : Disclosure, optional
        How small counts are kept back; they are not unless asked for.
    mapper : callable
        Does files side by side: takes a function and the files, and returns what it makes of each in
        their order, as ``map`` does, ``pool.map`` of processes, or a Dask client's
        ``lambda work, files: client.gather(client.map(work, files))``.

    Returns
    -------
    Aggregation
        Table by area and audit.

    Raises
    ------
    InputError
        If options do not go together, a file cannot be read or lacks a column, or a column is not of
        numbers.

    Notes
    -----
    Standard errors are those of records drawn from more such records: ``sqrt(sum w²)`` of counts and
    ``sqrt(sum (w y)²)`` of sums, as of events that come by chance; of a weighted mean
    ``sqrt(sum w²(y - m)² n / (n - 1)) / sum w``; of a quantile by Woodruff's interval with an effective
    number of ``(sum w)² / sum w²`` records. Memory does not grow with the number of records, but for
    quantiles, which keep 20 bytes of each.

    References
    ----------
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. JASA 47.
    """
    check_choice(statistic, STATISTICS, "statistic", "aggregate_records")
    _check_places(code, xy, postcode, postcodes)
    needs = statistic in ("sum", "mean", "share", "quantile")
    if needs != (value is not None):
        raise InputError(
            f"{statistic} {'needs' if needs else 'takes no'} value=, a column of figures"
        )
    if (statistic == "rate") != (population is not None):
        raise InputError("population= belongs to statistic='rate', and the other way around")
    if not 0 < quantile < 1:
        raise InputError("a quantile lies between 0 and 1", value=quantile)
    codes = pd.Index(areas.index)
    listed = [files] if isinstance(files, str | os.PathLike) else list(files)
    ask = _Ask(codes, code, xy, postcode, value, weight, statistic)
    if xy is not None:
        ask = replace(ask, grid=point_grid(_in_system(areas, crs)))
    if postcodes is not None:
        ask = replace(ask, directory=postcodes, to_area=codes.get_indexer(postcodes.codes))
    parts = list(mapper(_Work(ask), [Path(file) for file in listed]))
    if not parts:
        raise InputError("there is no file of records")
    whole = reduce(_merged, parts)
    people = None if population is None else as_floats(population.reindex(codes), "population")
    table = _table(whole, codes, statistic, quantile, people)
    if disclosure is not None:
        table = disclosure.apply(table, is_count=statistic == "count")
    audit = pd.Series(dict(whole.counts), dtype="int64")
    return Aggregation(table, audit[audit.gt(0) | audit.index.isin(("read", "used"))], statistic)


def _check_places(
    code: str | None, xy: object, postcode: str | None, postcodes: Postcodes | None
) -> None:
    if sum(each is not None for each in (code, xy, postcode)) != 1:
        raise InputError("a record's place is given by one of code=, xy= and postcode=")
    if (postcode is None) != (postcodes is None):
        raise InputError(
            "postcode= names a column, and postcodes= is the directory: both or none",
            hint="read_postcodes reads one.",
        )


def _in_system(areas: Any, crs: str) -> Any:
    """Return the areas in the system of the coordinates."""
    if not hasattr(areas, "geometry") or areas.crs is None:
        raise InputError("coordinates need areas with shapes and a reference system")
    return areas if areas.crs == crs else areas.to_crs(crs)


@dataclass(frozen=True)
class _Work:
    """What is done with a file, in whatever process."""

    ask: _Ask

    def __call__(self, file: Path) -> _Part:
        ask = self.ask
        places = [ask.xy] if isinstance(ask.xy, str) else [*(ask.xy or (ask.code or ask.postcode,))]
        wanted = [name for name in (*places, ask.value, ask.weight) if name is not None]
        text = [name for name in (ask.code, ask.postcode) if name is not None]
        parts = [
            _part(ask, batch, file)
            for batch in record_batches(file, list(dict.fromkeys(wanted)), text)
        ]
        return reduce(_merged, parts, _nothing(len(ask.codes)))


def _nothing(areas: int) -> _Part:
    counts = dict.fromkeys(("read", "used", "on a border", *LEFT_OUT), 0)
    return _Part(0.0, np.zeros((6, areas)), counts)


def _part(ask: _Ask, batch: pd.DataFrame, file: Path) -> _Part:
    """Return the sums of one batch."""
    area, reasons, borders = _placed(ask, batch)
    y = _numbers(batch, ask.value, file) if ask.value else np.zeros(len(batch))
    if ask.statistic == "share":
        y = np.where(np.isnan(y), np.nan, y != 0)
    w = _numbers(batch, ask.weight, file) if ask.weight else np.ones(len(batch))
    used = area >= 0
    counts = {"read": len(batch), "on a border": int(borders.sum()), **reasons}
    for name, bad in (("no value", np.isnan(y)), ("no weight", ~(w >= 0) | np.isinf(w))):
        counts[name] = int((used & bad).sum())
        used &= ~bad
    counts["used"] = int(used.sum())
    area, y, w = area[used], y[used], w[used]
    middle = float(y[0]) if len(y) else 0.0
    off = y - middle
    terms = (None, w, w * off, w * w, w * w * off, w * w * off * off)
    size = len(ask.codes)
    sums = np.array([np.bincount(area, term, size) for term in terms])
    return _Part(
        middle, sums, counts, (area.astype(np.int32), y, w) if ask.statistic == "quantile" else None
    )


def _placed(ask: _Ask, batch: pd.DataFrame) -> tuple[Array, dict[str, int], Array]:
    """Return the area of each record, -1 for none, with the reasons and who lies on a border."""
    none = np.zeros(len(batch), dtype=bool)
    if ask.grid is not None:
        x, y = _coordinates(ask.xy, batch)
        lost = ~(np.isfinite(x) & np.isfinite(y))
        area, borders = ask.grid.locate(x, y)
        reasons = {"no place": lost.sum(), "outside every area": ((area < 0) & ~lost).sum()}
        return area, {name: int(count) for name, count in reasons.items()}, borders
    column = batch[ask.code or ask.postcode or ""]
    missing = column.isna().to_numpy()
    if ask.directory is not None and ask.to_area is not None:
        at = ask.directory.areas_of(column)
        area = np.where(at >= 0, ask.to_area[at], -1)
        unknown, outside = (at < 0) & ~missing, (at >= 0) & (area < 0)
        reasons = {"no such postcode": unknown.sum(), "outside every area": outside.sum()}
    else:
        # Codes repeat: each is looked up once.
        number, distinct = pd.factorize(column)
        area = np.append(ask.codes.get_indexer(pd.Index(distinct)), -1)[number]
        reasons = {"no area of this code": ((area < 0) & ~missing).sum()}
    reasons["no place"] = missing.sum()
    return area, {name: int(count) for name, count in reasons.items()}, none


def _coordinates(xy: tuple[str, str] | str | None, batch: pd.DataFrame) -> tuple[Array, Array]:
    if isinstance(xy, str):
        import shapely

        points = shapely.from_wkb(batch[xy].to_numpy(dtype=object))
        return shapely.get_x(points), shapely.get_y(points)
    x, y = (pd.to_numeric(batch[name], errors="coerce").to_numpy(dtype=float) for name in xy or ())
    return x, y


def _numbers(batch: pd.DataFrame, name: str, file: Path) -> Array:
    column = batch[name]
    if not pd.api.types.is_numeric_dtype(column):
        text = column.dropna()
        bad = text[pd.to_numeric(text, errors="coerce").isna()]
        if len(bad):
            raise InputError("is no number", file=file, column=name, value=bad.iloc[0])
        column = pd.to_numeric(column)
    return column.to_numpy(dtype=float, na_value=np.nan)


def _merged(one: _Part, two: _Part) -> _Part:
    """Add two parts; sums about the second's middle are moved to the first's."""
    count, w, wy, ww, wwy, wwyy = two.sums
    d = two.middle - one.middle
    moved = [count, w, wy + d * w, ww, wwy + d * ww, wwyy + 2 * d * wwy + d * d * ww]
    first, second = one.kept, two.kept
    both = second if first is None else first
    if first is not None and second is not None:
        area, y, weight = (np.concatenate(each) for each in zip(first, second, strict=True))
        both = (area, y, weight)
    if not one.sums[0].any():
        return _Part(two.middle, two.sums, _added(one, two), both)
    return _Part(one.middle, one.sums + np.array(moved), _added(one, two), both)


def _added(one: _Part, two: _Part) -> dict[str, int]:
    names = dict.fromkeys((*one.counts, *two.counts))
    return {name: one.counts.get(name, 0) + two.counts.get(name, 0) for name in names}


def _table(
    whole: _Part, codes: pd.Index, statistic: str, quantile: float, people: Array | None
) -> pd.DataFrame:
    """Return figures and standard errors by area."""
    n, w, wy, ww, wwy, wwyy = whole.sums
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = whole.middle + wy / w
        off = wy / w
        spread = np.sqrt(np.maximum(wwyy - 2 * off * wwy + off**2 * ww, 0) * n / (n - 1))
        if statistic in ("count", "rate"):
            value, se = w, np.sqrt(ww)
            if people is not None:
                value, se = value / people, se / people
        elif statistic == "sum":
            value = np.where(n > 0, w * mean, 0.0)
            se = np.sqrt(wwyy + 2 * whole.middle * wwy + whole.middle**2 * ww)
        elif statistic == "quantile":
            value, se = _quantiles(whole, len(codes), quantile)
        else:
            value, se = mean, spread / w
    status = np.where((n == 0) & ~np.isin(statistic, ("count", "sum", "rate")), "no record", "")
    se = np.where(np.isfinite(se), se, np.nan)
    return pd.DataFrame({"n": n, "value": value, "se": se, "status": status}, index=codes)


def _quantiles(whole: _Part, areas: int, q: float) -> tuple[Array, Array]:
    """Return the quantile of each area and its standard error."""
    value, se = np.full(areas, np.nan), np.full(areas, np.nan)
    if whole.kept is None:
        return value, se
    area, y, w = whole.kept
    order = np.lexsort((y, area))
    area, y, w = area[order], y[order], w[order]
    for at, first, last in _runs(area):
        own, weight = y[first:last], w[first:last]
        share = np.cumsum(weight) / weight.sum()
        effective = weight.sum() ** 2 / (weight**2).sum()
        half = 1.96 * np.sqrt(q * (1 - q) / effective)
        low, middle, high = (
            own[min(np.searchsorted(share, each - 1e-12), len(own) - 1)]
            for each in (max(q - half, 0), q, min(q + half, 1))
        )
        value[at], se[at] = middle, (high - low) / (2 * 1.96) if len(own) > 1 else np.nan
    return value, se


def _runs(area: Array) -> Iterator[tuple[int, int, int]]:
    starts = np.flatnonzero(np.diff(area, prepend=-1))
    ends = np.append(starts[1:], len(area))
    yield from (
        (int(area[first]), int(first), int(last)) for first, last in zip(starts, ends, strict=True)
    )
