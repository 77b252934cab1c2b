"""What changed since an earlier period, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from spatial_gaps.measure.wording import format_change
from spatial_gaps.records import Comparison
from spatial_gaps.targets.trend import WITHIN

NATIONS = {"United Kingdom": "the UK"}


def change_sentences(
    compared: Comparison, noun: str, nouns: Sequence[str], higher_is: str
) -> tuple[str, ...]:
    """Say how many areas changed beyond sampling error, and how many against the nation.

    Parameters
    ----------
    compared : Comparison
        What `change_since` found.
    noun : str
        The measure in a sentence, such as "median weekly pay".
    nouns : sequence of two str
        What one area and several are called.
    higher_is : {"better", "worse"}
        Whether a rise is for the better.

    Returns
    -------
    tuple of str
        One sentence, or two where the nation's own change is published.
    """
    up, down = ("better", "worse") if higher_is == "better" else ("worse", "better")
    rose, fell, within = (compared.count(each) for each in (up, down, WITHIN))
    span = f"From {compared.first} to {compared.last}"
    assessed = rose + fell + within
    if not assessed:
        return (_as_published(compared, span, noun, nouns), *_against_nation(compared))
    if not rose + fell:
        first = f"{span} {noun} changed beyond sampling error in none of {assessed} {nouns[1]}."
    else:
        ups, downs = (_in(count) for count in (rose, fell))
        first = (
            f"{span} {noun} rose beyond sampling error in {ups} of {assessed} {nouns[1]} and fell in "
            f"{downs}; in {_in(within)} the change is within sampling error."
        )
    return (first, *_against_nation(compared))


def _as_published(compared: Comparison, span: str, noun: str, nouns: Sequence[str]) -> str:
    """Count rises and falls of a measure without published errors."""
    change = compared.table["change"].dropna()
    if change.empty:
        return f"{span} no change of {noun} can be told: no area has a figure in both."
    ups, downs = (_in(int(count)) for count in ((change > 0).sum(), (change < 0).sum()))
    return (
        f"{span} {noun} rose in {ups} of {len(change)} {nouns[1]} and fell in {downs} by the published "
        "figures; no errors are published, so that none of it can be told from sampling error."
    )


def _in(count: int) -> str:
    return str(count) if count else "none"


def _against_nation(compared: Comparison) -> tuple[str, ...]:
    """Say who gained on the nation and who lost; a change of all prices does not matter there."""
    nation = compared.nation
    if nation is None:
        return ()
    name = NATIONS.get(nation.name, nation.name)
    if not compared.count(WITHIN) + compared.count("better") + compared.count("worse"):
        return (f"The figure of {name} itself {_moved(nation.value, compared.unit)}.",)
    gained, lost = (compared.count(each, "relative_verdict") for each in ("gained", "lost"))
    if gained + lost:
        moved = f"{_in(gained)} gained and {_in(lost)} lost beyond sampling error"
    else:
        moved = "none gained or lost beyond sampling error"
    return (f"Against {name}, whose own figure {_moved(nation.value, compared.unit)}, {moved}.",)


def _moved(change: float, unit: str) -> str:
    if not change:
        return "did not change"
    return f"{'rose' if change > 0 else 'fell'} by {format_change(abs(change), unit)}"
