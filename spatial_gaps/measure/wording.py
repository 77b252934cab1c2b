"""Numbers as a reader expects them: units, decimals, signs and chances."""

from __future__ import annotations

import math


def format_value(value: float, unit: str = "", like: float | None = None) -> str:
    """Return a number as a reader expects it: £ before, % after, thousands with commas.

    It has the decimals that `like` would have, if given, so that numbers of one list have as many.

    Examples
    --------
    >>> format_value(1234.5, "£"), format_value(7.25, "%"), format_value(float("nan"))
    ('£1,234', '7.2%', 'no figure')
    >>> format_value(0.08, "%", like=10.2), format_value(0.00841)
    ('0.1%', '0.0084')
    """
    if value is None or math.isnan(value):
        return "no figure"
    money = unit in ("£", "GBP") or unit.startswith(("GBP ", "£ ", "Pounds"))
    percent = unit in ("%", "percent", "Percentage") or unit.startswith("percent ")
    size = abs(value if like is None else like)
    decimals = 0 if size >= (1000 if not money else 100) else 1 if size >= 5 else 2
    if not money and 0 < size < 0.1:
        decimals = 1 - math.floor(math.log10(size))
    text = f"{value:,.{decimals}f}"
    if money:
        text = f"{value:,.2f}" if decimals else text
        return f"-£{text[1:]}" if text.startswith("-") else f"£{text}"
    return f"{text}%" if percent else text


def format_chance(p: float) -> str:
    """Return a probability in whole per cent, rounded down so that it never passes a threshold.

    Examples
    --------
    >>> format_chance(0.8956), format_chance(0.998), format_chance(float("nan"))
    ('89%', 'over 99%', '–')
    """
    if math.isnan(p):
        return "–"
    return "over 99%" if p > 0.99 else "under 1%" if p < 0.01 else f"{math.floor(p * 100)}%"


def format_change(value: float, unit: str = "") -> str:
    """Return the size of a change as `format_value` writes it; that of a percentage is in points.

    Examples
    --------
    >>> format_change(41.2, "£"), format_change(2.25, "%"), format_change(3.0)
    ('£41.20', '2.25 points', '3')
    """
    points = format_value(1.0, unit).endswith("%")
    text = format_value(value, "" if points else unit)
    text = text if value % 1 else text.removesuffix(".00").removesuffix(".0")
    return f"{text} points" if points else text


def signed_value(value: float, unit: str = "") -> str:
    """Return a change with its sign; "–" where there is none.

    Examples
    --------
    >>> signed_value(7.25, "%"), signed_value(-12.5, "£"), signed_value(3.0), signed_value(0.0)
    ('+7.2 points', '-£12.50', '+3', '0')
    """
    if value == 0 or math.isnan(value):
        return "0" if value == 0 else "–"
    return f"{'+' if value > 0 else ''}{format_change(value, unit)}"
