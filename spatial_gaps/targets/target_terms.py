"""What a target asks for: a number, a rise, so much more, so many per cent more."""

from __future__ import annotations

import re

import numpy as np

from spatial_gaps.checks import Array
from spatial_gaps.errors import InputError

CHANGE = re.compile(r"([+\-−])\s*(\d+(?:\.\d+)?)\s*(%?)")
HINT = 'Give a number, "rise", "fall", "+5", "-3", "+13 %" or "-50 %".'


def aim(target: float | str, base: Array, higher_is: str) -> Array:
    """Return the figure that has to be reached, for each base figure.

    Parameters
    ----------
    target : float or str
        A number is the figure itself. "rise" and "fall" ask for more, or less, than the base; "+5"
        and "-3" for so many units more or less; "+13 %" and "-50 %" for a share of the base.
    base : ndarray, shape (m,)
        Figures of the base period, nan where there is none.
    higher_is : {"better", "worse"}
        Which way is better.

    Returns
    -------
    ndarray, shape (m,)
        Nan where a base is needed and there is none.

    Raises
    ------
    InputError
        If the target is not understood, or asks for what is worse.

    Examples
    --------
    >>> aim("+13 %", np.array([200.0]), "better"), aim(90, np.array([65.0]), "better")
    (array([226.]), array([90.]))
    """
    if isinstance(target, (int, float, np.number)) and not isinstance(target, bool):
        if not np.isfinite(target):
            raise InputError("a target has to be a finite number", value=target, hint=HINT)
        return np.full(len(base), float(target))
    text = str(target).strip()
    found = CHANGE.fullmatch(text)
    if text not in ("rise", "fall") and found is None:
        raise InputError("this is not a target", value=target, hint=HINT)
    upward = text == "rise" if found is None else found[1] == "+"
    if upward != (higher_is == "better"):
        raise InputError(
            f'the target asks for what is worse, because higher is "{higher_is}"',
            value=target,
            hint="Turn the target round, or higher_is.",
        )
    if found is None:
        return base.copy()
    size = float(found[2]) * (1 if upward else -1)
    return base * (1 + size / 100) if found[3] else base + size


def needs_base(target: float | str) -> bool:
    """Return whether a target is relative to the figure of a base period."""
    return isinstance(target, str)
