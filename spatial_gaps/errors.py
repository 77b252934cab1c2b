"""Typed errors and the recorded warning: what is wrong, where, why, and what to do.

Every error that a user can cause is a `SpatialGapsError`. The message is put together from parts,
so that each one names the place (file, row, column, value), the first offenders and the remedy.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

SHOWN = 10


def first_of(items: Sequence[object], total: int | None = None) -> str:
    """Return the first offenders and how many there are, as words.

    Parameters
    ----------
    items : sequence
        Offending codes, rows or names.
    total : int, optional
        How many there are in all; the length of `items` unless given.

    Returns
    -------
    str
        For example ``"E06000001, E06000002 and 5 more (7 in all)"``.
    """
    total = len(items) if total is None else total
    shown = ", ".join(str(item) for item in list(items)[:SHOWN])
    more = total - min(len(items), SHOWN)
    return f"{shown} and {more} more ({total} in all)" if more > 0 else shown


class SpatialGapsError(Exception):
    """Base of every error that the caller can put right.

    Parameters
    ----------
    problem : str
        What is wrong and what the rule is.
    file : path, optional
        The file it is wrong in.
    row : int, optional
        Line number in that file, counted from 1 with the header as line 1.
    column : str, optional
        Column name.
    value : object, optional
        The offending value.
    offenders : sequence, optional
        Codes, rows or names concerned; the first ten are shown with the total.
    hint : str, optional
        What to do.
    choices : sequence of str, optional
        What can be named; all of them are shown, after the hint.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | os.PathLike[str] | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        offenders: Sequence[object] = (),
        hint: str | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        self.problem, self.file, self.row, self.column = problem, file, row, column
        self.value, self.offenders, self.hint = value, tuple(offenders), hint
        self.choices = tuple(choices)
        super().__init__(self._message())

    def lines(self) -> list[str]:
        """Return the message with each of several choices or offenders on a line of its own."""
        if self.choices:
            return [self._told(), f"{self.hint}:", *(f"  {each}" for each in self.choices)]
        listed = self.offenders[:SHOWN]
        if len(listed) < 2:
            return [str(self)]
        lines = [f"{self._lead()}:", *(f"  {each}" for each in listed)]
        if len(self.offenders) > len(listed):
            more = len(self.offenders) - len(listed)
            lines.append(f"  and {more} more ({len(self.offenders)} in all)")
        return [*lines, self.hint] if self.hint else lines

    def _message(self) -> str:
        text = self._told()
        if self.choices:
            return f"{text} {self.hint}: {'; '.join(self.choices)}."
        return f"{text} {self.hint}" if self.hint else text

    def _lead(self) -> str:
        """Return where it is and what is wrong."""
        place = [str(self.file)] if self.file is not None else []
        place += [f"row {self.row}"] if self.row is not None else []
        place += [f"column '{self.column}'"] if self.column is not None else []
        place += [f"value {self.value!r}"] if self.value is not None else []
        return f"{', '.join(place)}: {self.problem}" if place else self.problem

    def _told(self) -> str:
        """Return all but what to do."""
        text = self._lead()
        if self.offenders:
            text += f": {first_of(self.offenders)}"
        return text if text.endswith((".", "?", "!")) else f"{text}."


class InputError(SpatialGapsError):
    """A file, column, value or option is not what it has to be."""


class JoinError(SpatialGapsError):
    """Areas and figures do not fit together."""


class GeometryError(SpatialGapsError):
    """A shape is missing, empty or broken."""


class CRSError(SpatialGapsError):
    """Coordinates are missing a reference system or contradict the one they claim."""


class WeightsError(SpatialGapsError):
    """Weights are missing, negative, all zero or of other areas than the values."""


class StatisticUndefined(SpatialGapsError):
    """The statistic does not exist for these values."""


class OutputError(SpatialGapsError):
    """Something cannot be written."""


class DownloadError(SpatialGapsError):
    """An official layer did not come whole from its service, or its copy is not whole any more."""


class SpatialGapsWarning(UserWarning):
    """Something was repaired, left out or assumed; the result also records it."""
