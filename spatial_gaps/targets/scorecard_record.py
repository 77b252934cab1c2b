"""What `scorecard` returns: a row per measure, a row per mission, a line for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spatial_gaps.checks import words
from spatial_gaps.targets.judging import DEPENDENT, HIGH, LOW, STRETCHING, UNKNOWN
from spatial_gaps.targets.mission_change import MissionChange

PAPER = {"low": "too low", "right": "about right", "high": "too high", "unknown": "not enough told"}
NO_DATA, RATER = f"{UNKNOWN}: no data", "Institute for Government"


@dataclass(frozen=True)
class Scorecard:
    """The twelve missions, as far as the series at hand can tell.

    Attributes
    ----------
    missions : DataFrame
        Indexed by mission, 1 to 12: focus_area, metrics (headline metrics), with_data (how many of
        them have any), tracking, gap, risen, target, progress (verdicts in words), ifg_rating, paper
        (the rating in words), agrees ("yes", "no", "undecided", or "" where nothing compares), line.
    measures : DataFrame
        Indexed by key, one row per series: the columns of `rate_missions`; noun, unit, has_se,
        smoothed; level, areas (its name), hidden (share of differences that averages of regions
        hide), since, until, closing, how, bottom, gap_before, gap_after, gap_unit, n_areas,
        at_least (areas that have risen for certain), named, fallen, catch_up, catch_up_lower,
        catch_up_upper (years), why_not; on_track; and sentences of each.
    gaps : DataFrame
        `data_gaps` of the headline metrics.
    changes : dict of MissionChange
        Answers in full by key: levelling, risen, catch_up, right_level.
    as_of : str
        Month of what was known; "" for all there is.
    left_out : tuple of str
        Series that do not count, and why.
    sources, licences : tuple of str
        Of the figures, as they have to be printed.
    """

    missions: pd.DataFrame
    measures: pd.DataFrame
    gaps: pd.DataFrame
    changes: dict[str, MissionChange]
    as_of: str
    left_out: tuple[str, ...]
    sources: tuple[str, ...]
    licences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([*self.finding, *self.missions["line"]])

    @property
    def finding(self) -> tuple[str, ...]:
        """What the whole comes to, in a few sentences, the first thing first."""
        return tuple(filter(None, [self._closing(), self._targets(), self._compared()]))

    def _closing(self) -> str:
        """Say which gaps are shown to be closing."""
        if self.measures.empty:
            return "No series of a headline metric is at hand, so that nothing can be assessed."
        tested = self.measures[self.measures["closing"] != UNKNOWN]
        closing = tested[tested["closing"] == "closing"]
        if tested.empty:
            return "Whether gaps between places are closing cannot be assessed with these series."
        total = f"{len(tested)} measure{'s' * (len(tested) > 1)} assessed"
        if closing.empty:
            return f"No gap between places is shown to be closing, in {total}."
        return (
            f"The gap between places is shown to be closing in {words(list(closing['noun']))}, "
            f"{len(closing)} of {total}."
        )

    def _targets(self) -> str:
        """Say how many targets are of each kind, and whose."""
        told = self.missions[["focus_area", "target"]][self.missions["target"].map(_is_told)]
        if told.empty:
            return "" if self.measures.empty else "The ambition of no target can be assessed."
        parts = []
        for rating in (LOW, STRETCHING, HIGH, DEPENDENT):
            of = told[told["target"].map(lambda text, rating=rating: rating in text)]
            names = [
                f"{area}{'' if text == rating else ' (in part)'}"
                for area, text in zip(of["focus_area"], of["target"], strict=True)
            ]
            parts += [f"{rating}: {words(names)}"] if names else []
        return f"Of the targets of 12 missions {len(told)} can be assessed – {'; '.join(parts)}."

    def _compared(self) -> str:
        """Say how many ratings are the paper's."""
        agrees = self.missions["agrees"]
        compared = int((agrees != "").sum())
        if not compared:
            return ""
        partly = int((agrees == "partly").sum())
        some = f", and {partly} in part" if partly else ""
        return (
            f"The Institute for Government gave {int((agrees == 'yes').sum())} of the {compared} that "
            f"compare the same rating in March 2022{some}."
        )

    @property
    def known(self) -> str:
        """What it rests on, in a few words."""
        when = f"as known in {self.as_of}" if self.as_of else "all figures at hand"
        some = int((self.missions["with_data"] > 0).sum())
        return (
            f"{when[0].upper()}{when[1:]}: {len(self.measures)} series, for {some} of 12 missions. "
            "A gap is closing if the same places catch up and the distribution narrows, both beyond "
            "sampling error."
        )


def _is_told(target: str) -> bool:
    """Say whether the target of a mission has any rating; what has one comes first."""
    return not target.startswith(UNKNOWN)


def mission_rows(measures: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the twelve missions.

    Parameters
    ----------
    measures : DataFrame
        As in `Scorecard`.
    catalogue : DataFrame
        As `missions` returns it.

    Returns
    -------
    DataFrame
        As in `Scorecard`.
    """
    rows = {}
    for number, facts in catalogue.groupby("mission"):
        own = measures[measures["mission"] == number] if len(measures) else measures
        own = own[~_superseded(own)] if len(own) else own
        first = facts.iloc[0]
        row: dict[str, Any] = {
            "focus_area": first["focus_area"],
            "metrics": int((facts["headline_metric"] != "").sum()),
            "with_data": own["headline_metric"].nunique() if len(own) else 0,
            "tracking": _tracking(facts, own),
            "gap": _tally(own, _gap_words),
            "risen": _tally(own, _risen_words),
            "target": _tally(own, _target_words) or NO_DATA,
            "progress": _tally(own, lambda row: str(row["on_track"])),
            "ifg_rating": first["ifg_rating"],
            "paper": PAPER[first["ifg_rating"]],
            "agrees": _agreement(own),
        }
        rows[number] = row | {"line": _line(int(str(number)), row)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("mission")


def _superseded(own: pd.DataFrame) -> pd.Series[bool]:
    """Say which series are smoothed versions of one that is there too."""
    plain = set(own.loc[~own["smoothed"], "headline_metric"])
    return own["smoothed"] & own["headline_metric"].isin(plain)


def _tracking(facts: pd.DataFrame, own: pd.DataFrame) -> str:
    """Say whether the white paper tracks it too coarsely, and what the averages of regions hide."""
    coarse = int((facts["too_coarse"] == "yes").sum())
    named = int((facts["headline_metric"] != "").sum())
    if facts["ifg_level"].eq("regional is right").all():
        text = "regions are right"
    elif not named:
        text = "no headline metric"
    else:
        text = f"too coarse in {coarse} of {named}" if coarse else "not criticised"
    hidden = [f"{share:.0%}" for share in sorted(own["hidden"].dropna())] if len(own) else []
    if not hidden:
        return text
    span = hidden[0] if hidden[0] == hidden[-1] else f"{hidden[0]} to {hidden[-1]}"
    return f"{text}; regions hide {span} of the differences"


def _gap_words(row: pd.Series[Any]) -> str:
    """Return the verdict on the gap of one measure, or where its total lies."""
    if row["share_sentence"]:
        return str(row["share_sentence"]).rstrip(".")
    if row["closing"] == UNKNOWN:
        return f"{UNKNOWN}: {row['why_not']}"
    how = f", {row['how']}" if row["closing"] == "closing" else ""
    return f"{row['closing']} since {row['since']}{how}"


def _risen_words(row: pd.Series[Any]) -> str:
    """Return in how many areas one measure has become better for certain."""
    if pd.isna(row["at_least"]):
        return ""
    least = f"at least {row['at_least']}" if row["at_least"] else "none for certain"
    fallen = f", {row['fallen']} worse" if row["fallen"] else ""
    return f"{least} of {row['n_areas']}{fallen}"


def _target_words(row: pd.Series[Any]) -> str:
    return f"{UNKNOWN}: {row['reason']}" if row["rating"] == UNKNOWN else str(row["rating"])


def _tally(own: pd.DataFrame, word_of: Callable[[pd.Series[Any]], str]) -> str:
    """Return verdicts, each once, with its measures where they differ; what can be told is first."""
    if own.empty:
        return ""
    said = pd.Series([word_of(row) for _, row in own.iterrows()], index=own["noun"])
    said = said[said != ""]
    order = sorted(dict.fromkeys(said), key=lambda text: text.startswith(UNKNOWN))
    if len(order) == 1:
        return order[0]
    return "; ".join(f"{text} ({words(list(said.index[said == text]))})" for text in order)


def _agreement(own: pd.DataFrame) -> str:
    """Say whether the ratings of a mission's measures are the paper's."""
    said = set(own["agrees"]) - {""} if len(own) else set()
    return said.pop() if len(said) == 1 else "partly" if said else ""


def _line(number: int, row: dict[str, Any]) -> str:
    """Return the line of one mission."""
    head = f"{number:>2}. {row['focus_area']}."
    if not row["with_data"]:
        return f"{head} Target: {NO_DATA}; {RATER}: {row['paper']}."
    parts = [head, f"Target: {row['target']}; {RATER}: {row['paper']}."]
    parts += [f"{row['progress'].capitalize()}."] if row["progress"] else []
    parts += [f"Gap: {row['gap']}."]
    parts += [f"Better: {row['risen']}."] if row["risen"] else []
    return " ".join(parts)
