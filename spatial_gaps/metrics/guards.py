"""Refuse what figures do not allow: the other use of a price basis, impossible values, unlike series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spatial_gaps.checks import check_choice, words
from spatial_gaps.errors import InputError
from spatial_gaps.metrics.catalogue import find_known
from spatial_gaps.metrics.units import (
    SHARES,
    Unit,
    bases_differ,
    factor_between,
    parse_unit,
    unit_of,
)
from spatial_gaps.records import Metric, Notice

if TYPE_CHECKING:
    import pandas as pd

USES = ("places", "time")
DIFFERENCES = ("basis", "unit", "price_basis", "smoothing", "statistic", "direction", "series")
CLASSES = {"decile": 10, "quintile": 5}
LEAST = {"count": 0.0, "rate": 0.0, "years": 0.0, "rank": 1.0}


def check_use(metric: Metric, use: str) -> tuple[Notice, ...]:
    """Refuse to compare places in prices of a base year, or years in prices of the year.

    Parameters
    ----------
    metric : Metric
        With its price basis and unit.
    use : {"places", "time"}
        Places with each other in one year, or a place with itself.

    Returns
    -------
    tuple of Notice
        For "time": that the series is smoothed, or starts anew in some period.

    Raises
    ------
    InputError
        For places: chained volumes, and indices in which every place is 100 in one year. For time:
        current prices, which rise with all prices.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> check_use(read_metric(sample_path("gross-median-weekly-pay")), "places")
    ()
    """
    check_choice(use, USES, "use")
    unit = unit_of(metric)
    if use == "places":
        if unit.kind == "index" and unit.base.isdigit():
            raise InputError(
                f"'{metric.title}' does not compare places: every place is 100 in {unit.base}",
                hint="Compare each place with itself, or take the series in £ or with UK=100.",
            )
        if metric.price_basis == "constant":
            raise InputError(
                f"'{metric.title}' does not compare places: a chained volume shows how each place "
                "has grown since its base year, not how high it stands",
                hint="Compare each place with itself, or take the series in current prices.",
            )
        return ()
    if metric.price_basis == "current":
        raise InputError(
            f"'{metric.title}' does not compare a place with itself: it is in current prices, and a "
            "rise may be no more than the rise of all prices",
            hint="Compare places in one year, or take a series in constant prices (chained volume).",
        )
    return _through_time(metric)


def _through_time(metric: Metric) -> tuple[Notice, ...]:
    """Note what makes a change over time less than it seems."""
    notices = []
    if metric.smoothing:
        message = (
            f"'{metric.title}' is smoothed ({metric.smoothing}): neighbouring years share their "
            "data, so a change over one year is not a change"
        )
        notices.append(Notice("smoothed", message))
    periods = metric.periods
    broken = [period for period in metric.breaks if periods[0] < period <= periods[-1]]
    if broken:
        message = (
            f"'{metric.title}' starts anew in {words(broken)}: what was before does not compare"
        )
        notices.append(Notice("breaks", message))
    return tuple(notices)


def check_values(metric: Metric) -> tuple[Notice, ...]:
    """Refuse figures that cannot be: outside bounds, negative, or ranks that are none.

    Bounds are those of the catalogue, else those of the unit: 0 to 100 for a percentage and 0 to 1
    for a proportion of a bounded scale; counts, rates and years are not negative.

    Parameters
    ----------
    metric : Metric
        Missing figures are passed over.

    Returns
    -------
    tuple of Notice
        That percentages and proportions seem to be mixed, where no unit is declared.

    Raises
    ------
    InputError
        Naming the first rows of the file, the areas, and how many there are; for ranks and deciles
        also if it is not known which end is the better one.

    Examples
    --------
    >>> from spatial_gaps import read_metric, sample_path
    >>> check_values(read_metric(sample_path("gross-median-weekly-pay")))
    ()
    """
    unit, table = unit_of(metric), metric.table
    value = table["value"]
    if unit.kind == "rank":
        _check_ranks(metric, unit)
    lowest, highest = _bounds(metric, unit)
    outside = (value < lowest) | (value > highest)
    if outside.any():
        raise InputError(
            _problem(metric, value, lowest, highest),
            file=metric.file or None,
            column="value",
            offenders=_rows(table[outside]),
            hint=_hint(unit, value, lowest),
        )
    return _mixed(metric)


def _bounds(metric: Metric, unit: Unit) -> tuple[float, float]:
    """Return the lowest and highest figure there can be, of the catalogue if it is in this unit."""
    if unit.kind == "rank" and unit.base in CLASSES:
        return 1.0, float(CLASSES[unit.base])
    known = find_known(metric.key)
    if known and parse_unit(known.unit).kind == unit.kind:
        return known.bounds
    if unit.kind in SHARES and metric.scale == "bounded":
        return 0.0, SHARES[unit.kind]
    return LEAST.get(unit.kind, float("-inf")), float("inf")


def _problem(metric: Metric, value: pd.Series[Any], lowest: float, highest: float) -> str:
    """Say what is wrong with figures of which some lie outside the bounds."""
    if lowest == 0 and not (value > highest).any():
        return f"figures of '{metric.title}' are negative, which cannot be"
    upper = "" if highest == float("inf") else f" and at most {highest:g}"
    return f"figures of '{metric.title}' have to be at least {lowest:g}{upper}"


def _rows(rows: pd.DataFrame) -> list[str]:
    """Return rows of the file with their areas and figures, for an error."""
    shown = rows[["code", "value", "row"]].itertuples(index=False)
    return [f"row {row}: {code} {value:g}" for code, value, row in shown]


def _hint(unit: Unit, value: pd.Series[Any], lowest: float) -> str:
    if unit.kind == "proportion" and (value > 1).any() and (value >= lowest).all():
        if (value <= 1).any():
            return "Percentages seem to be mixed with proportions: put the column into one unit."
        return "These seem to be percentages: declare the unit as %."
    return "Correct the figures at their source, or check that this is the right column."


def _check_ranks(metric: Metric, unit: Unit) -> None:
    """Raise `InputError` unless ranks are whole, and it is known which end is the better one."""
    value = metric.table["value"]
    if metric.higher_is is None:
        raise InputError(
            f"'{metric.title}' holds ranks, and it is not known whether 1 is the best or the worst",
            file=metric.file or None,
            hint='Say higher_is="better" where 1 is the most deprived, as in the Indices of Deprivation.',
        )
    broken = value.notna() & (value % 1 != 0)
    if broken.any():
        raise InputError(
            f"{unit.base or 'rank'}s of '{metric.title}' are not whole numbers",
            file=metric.file or None,
            column="value",
            offenders=_rows(metric.table[broken]),
            hint="An average of ranks is no rank; name its unit 'average rank'.",
        )


def _mixed(metric: Metric) -> tuple[Notice, ...]:
    """Note that figures without a unit look like percentages and proportions in one column."""
    value = metric.table["value"]
    small, large = value.between(0, 1, inclusive="right"), value > 1
    if metric.unit or metric.scale == "interval" or not (small.any() and large.any()):
        return ()
    # Where the scale is not known to be bounded, only two heaps a power of ten apart are odd.
    apart = value.min() >= 0 and 10 * value[small].max() <= value[large].min() <= 100
    if metric.scale != "bounded" and not (apart and value.max() <= 100):
        return ()
    fewer = small if small.sum() < large.sum() else large
    message = (
        f"percentages seem to be mixed with proportions: {int(small.sum())} figures of "
        f"'{metric.title}' are at most 1 and {int(large.sum())} above; declare the unit"
    )
    return (Notice("percent-proportion", message, tuple(metric.table.loc[fewer, "code"])),)


def check_same(first: Metric, second: Metric, *, despite: Sequence[str] = ()) -> None:
    """Refuse to set two series beside each other that do not measure alike.

    Parameters
    ----------
    first, second : Metric
        Two series.
    despite : sequence of str
        Differences that are wanted: basis, unit, price_basis, smoothing, statistic, direction,
        series.

    Raises
    ------
    InputError
        Naming every other difference at once, and the `despite` that would allow them.

    Notes
    -----
    "series" differs where ranks, or scores without a common range such as 0-10, are of two indices:
    those of the nations' indices of deprivation rank small areas within their nation only.
    """
    for name in despite:
        check_choice(name, DIFFERENCES, "difference")
    found = {name: text for name, text in _differences(first, second) if name not in despite}
    if not found:
        return
    allowing = [name for name in DIFFERENCES if name in {*found, *despite}]
    listed = ", ".join(repr(name) for name in allowing) + ("," if len(allowing) == 1 else "")
    helps = _conversion(first, second) if "unit" in found else ""
    raise InputError(
        f"'{first.title}' and '{second.title}' do not measure alike: {'; '.join(found.values())}",
        hint=f"{helps}If the difference is what you are after, pair_metrics takes despite=({listed}).",
    )


def _differences(first: Metric, second: Metric) -> list[tuple[str, str]]:
    """Return the name and a sentence part for everything in which two series differ."""
    found = []
    for name in ("basis", "price_basis", "smoothing", "statistic"):
        pair = getattr(first, name), getattr(second, name)
        if pair[0] != pair[1]:
            found.append((name, _against(name.replace("_", " "), *pair)))
    one, other = unit_of(first), unit_of(second)
    if (one.kind, one.per) != (other.kind, other.per) or bases_differ(one, other):
        pair = first.unit, second.unit
        if pair[0] == pair[1]:
            pair = f"{first.unit} per {one.base}", f"{second.unit} per {other.base}"
        found.append(("unit", _against("unit", *pair)))
    if first.higher_is != second.higher_is:
        pair = first.higher_is or "not known", second.higher_is or "not known"
        found.append(("direction", _against("higher is", *pair)))
    relative = one.kind == "rank" or (one.kind == "score" and "-" not in one.base)
    if relative and first.key != second.key:
        text = f"a {one.kind} means something within its own index only ({first.key}, {second.key})"
        found.append(("series", text))
    return sorted(found, key=lambda item: DIFFERENCES.index(item[0]))


def _against(title: str, one: str, other: str) -> str:
    return f"{title} {one or 'none'} against {other or 'none'}"


def _conversion(first: Metric, second: Metric) -> str:
    """Return the sentence that says how to bring both to one unit, "" if they cannot be."""
    factor = factor_between(unit_of(second), unit_of(first))
    return (
        "" if factor is None else f"convert_unit(second, {first.unit!r}) brings them to one unit. "
    )
