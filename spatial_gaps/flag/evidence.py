"""The evidence card of one area: what speaks for its verdict, what against, what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from spatial_gaps.checks import check_direction
from spatial_gaps.errors import InputError
from spatial_gaps.flag.evidence_tests import Finding, findings_of
from spatial_gaps.flag.pockets import CONFIRMED, LIKELY, WATCH
from spatial_gaps.flag.sentences import Wording
from spatial_gaps.locate.weights import on_graph
from spatial_gaps.measure.uncertainty import Z95, cv_band
from spatial_gaps.measure.wording import format_chance, format_value

if TYPE_CHECKING:
    from spatial_gaps.locate.weights import GraphLike

DRAWN_TO = {
    "region": "drawn towards its region's mean",
    "spatial": "drawn towards its neighbours",
    "both": "drawn towards its neighbours or its region, whichever it follows",
    "none": "no sampling error is known",
}
NEEDED = frozenset({
    "value", "se", "se_imputed", "estimate", "estimate_se", "parent", "parent_value",
    "parent_source", "shrinkage", "benchmark", "national", "deprived", "p_pocket", "p_deprived",
    "p_affluent", "rank_gap", "visible_at", "cluster", "verdict", "reason", "sentence", "people",
})  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """All that is known of one area's verdict.

    Attributes
    ----------
    code, name, verdict, sentence : str
        Which area, its verdict, and that in a sentence.
    p_pocket, p_deprived, p_affluent : float
        Probability of both halves and of each; nan where not assessable.
    people : float
        People who live there; nan if not known.
    figures : DataFrame
        One row each for the published figure, the estimate, the parent, the line for areas and the
        national figure: value, lower, upper (95 %, nan where no error is known), note.
    agrees, differs : tuple of str
        Tests for which the area is a pocket, and those for which it is not.
    changes : tuple of str
        What would change the verdict.
    quality : tuple of str
        What is to be known of the data.
    neighbours : DataFrame
        Areas that touch it: name, value, estimate, verdict; empty without a graph.
    sources : tuple of str
        As given.
    """

    code: str
    name: str
    verdict: str
    sentence: str
    p_pocket: float
    p_deprived: float
    p_affluent: float
    people: float
    figures: pd.DataFrame
    agrees: tuple[str, ...]
    differs: tuple[str, ...]
    changes: tuple[str, ...]
    quality: tuple[str, ...]
    neighbours: pd.DataFrame
    sources: tuple[str, ...]
    unit: str

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence

    @property
    def text(self) -> str:
        """Return the card, as plain lines."""

        def show(value: float) -> str:
            return format_value(value, self.unit)

        people = f", {self.people:,.0f} people" if pd.notna(self.people) else ""
        lines = [f"{self.name} ({self.code}{people})", self.sentence, "", "Figures"]
        for name, row in self.figures.iterrows():
            known = pd.notna(row["lower"])
            limits = f" ({show(row['lower'])} to {show(row['upper'])})" if known else ""
            note = f"; {row['note']}" if row["note"] else ""
            lines.append(f"  {name}: {show(row['value'])}{limits}{note}")
        parts = {
            "Speaks for it": self.agrees,
            "Speaks against it": self.differs,
            "Would change the verdict": self.changes,
            "Neighbours": tuple(
                f"{row['name']} {show(row['value'])}"
                + (f" ({row['verdict']})" if row["verdict"] in ("confirmed", "likely") else "")
                for _, row in self.neighbours.iterrows()
            ),
            "Data": self.quality,
            "Sources": self.sources,
        }
        for title, items in parts.items():
            if items:
                lines += ["", title, *(f"  {item}" for item in items)]
        return "\n".join(lines)


def evidence(
    pockets: pd.DataFrame,
    code: str,
    *,
    higher_is: str | None,
    wording: Wording | None = None,
    graph: GraphLike | None = None,
    stability: pd.DataFrame | None = None,
    sources: Sequence[str] = (),
) -> Evidence:
    """Put together the evidence card of one area.

    Parameters
    ----------
    pockets : DataFrame, shape (n, ...)
        As `find_pockets` returns it, all areas.
    code : str
        Which area.
    higher_is : {"better", "worse"}
        As for `find_pockets`; required.
    wording : Wording, optional
        Names, noun, unit and nation.
    graph : Graph or Series, optional
        Neighbours, whose figures the card lists.
    stability : DataFrame, optional
        Columns on the areas' index, such as ``pocket_sensitivity(...).areas`` or
        `pockets_redrawn`: those whose names begin with stability_, and redrawn, become tests.
    sources : sequence of str
        Where the figures come from, with licence.

    Returns
    -------
    Evidence
        `str` gives the sentence, `.text` the card.

    Raises
    ------
    InputError
        If the code or a column is not in the table, or the code not in that of stability.

    Notes
    -----
    The lines at which the verdict would change are ``estimate + estimate_se * z`` with z the normal
    quantile of the threshold over p_affluent: an approximation, as the posterior is a mixture.
    """
    sign = 1.0 if check_direction(higher_is) == "better" else -1.0
    if code not in pockets.index:
        raise InputError(f"there is no area {code!r} in the table")
    lacking = NEEDED - set(pockets)
    if lacking:
        raise InputError(
            f"the table lacks {sorted(lacking)}", hint="Give what find_pockets returned."
        )
    if stability is not None and code not in stability.index:
        raise InputError(f"there is no area {code!r} in the table of stability")
    words = wording or Wording()
    row = cast("pd.Series[Any]", pockets.loc[code])
    tests: list[Finding] = [] if pd.isna(row["value"]) else findings_of(row, sign, words)
    if stability is not None and pd.notna(row["value"]):
        tests += _stability(cast("pd.Series[Any]", stability.loc[code]))
    return Evidence(
        code=code,
        name=str(words.names.get(code, code)),
        verdict=str(row["verdict"]),
        sentence=str(row["sentence"]),
        p_pocket=float(row["p_pocket"]),
        p_deprived=float(row["p_deprived"]),
        p_affluent=float(row["p_affluent"]),
        people=float(row["people"]),
        figures=_figures(row, words),
        agrees=tuple(test.text for test in tests if test.agrees),
        differs=tuple(test.text for test in tests if not test.agrees),
        changes=_changes(row, sign, words),
        quality=_quality(row),
        neighbours=_neighbours(pockets, code, graph, words),
        sources=tuple(sources),
        unit=words.unit,
    )


def _figures(row: pd.Series[Any], wording: Wording) -> pd.DataFrame:
    """Return the figures that the verdict rests on."""
    if pd.isna(row["value"]):
        return pd.DataFrame(columns=["value", "lower", "upper", "note"])
    parent = str(wording.parents.get(row["parent"], row["parent"]))
    note = "published" if row["parent_source"] == "published" else "mean of its areas"
    drawn = DRAWN_TO.get(str(row["shrinkage"]), "")
    rows = {
        "published": (row["value"], row["se"], ""),
        "estimate": (row["estimate"], row["estimate_se"] or float("nan"), drawn),
        parent: (row["parent_value"], float("nan"), note),
    }
    if row["benchmark"] != row["national"]:
        rows["line"] = (row["benchmark"], float("nan"), "what the area is held against")
    rows[wording.nation] = (row["national"], float("nan"), "what its parent is held against")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "se", "note"])
    table["lower"] = table["value"] - Z95 * table["se"]
    table["upper"] = table["value"] + Z95 * table["se"]
    return table[["value", "lower", "upper", "note"]]


def _changes(row: pd.Series[Any], sign: float, wording: Wording) -> tuple[str, ...]:
    """Return the lines for areas at which the verdict would be the next one down or up."""
    if pd.isna(row["p_pocket"]) or not row["estimate_se"] > 0:
        return ()
    from scipy.special import ndtri

    out = []
    steps = (("confirmed", CONFIRMED), ("likely", LIKELY), ("watch", WATCH))
    capped = row["parent_source"] != "published" or row["shrinkage"] == "none"
    for name, at in steps[1 if capped else 0 :]:
        if at >= row["p_affluent"]:
            out.append(f"no line would make it {name}: its parent is affluent with a probability of "
                       f"{format_chance(row['p_affluent'])} only")  # fmt: skip
            continue
        line = row["estimate"] + sign * row["estimate_se"] * float(ndtri(at / row["p_affluent"]))
        side = "above" if sign > 0 else "below"
        out.append(f"{name} or more with a line {side} {format_value(line, wording.unit)}")
    return tuple(out)


def _stability(row: pd.Series[Any]) -> list[Finding]:
    """Return whether the verdict stays when what was chosen is changed."""
    out = []
    for name, share in row.items():
        if str(name).startswith("stability_") and pd.notna(share):
            what = str(name).removeprefix("stability_")
            out.append(
                Finding(f"other {what}: the same in {share:.0%} of the choices", share > 0.5)
            )
        elif name == "redrawn" and pd.notna(share):
            out.append(
                Finding(f"regions drawn anew: a pocket on {share:.0%} of the maps", share > 0.5)
            )
    return out


def _quality(row: pd.Series[Any]) -> tuple[str, ...]:
    """Return what is to be known of the data."""
    out = []
    if row["reason"]:
        out.append(f"not assessable, because {row['reason']}")
    if pd.notna(row["value"]) and pd.isna(row["se"]):
        out.append("no sampling error is published, so the verdict is at most likely")
    elif pd.notna(row["value"]):
        band = cv_band(pd.Series([row["value"]]), pd.Series([row["se"]])).iloc[0]
        share = abs(row["se"] / row["value"]) if row["value"] else float("inf")
        out.append(f"coefficient of variation {share:.1%}: {band}")
    if row["se_imputed"]:
        out.append(
            "its standard error is not published: the median coefficient of variation stands in"
        )
    if row["parent_source"] == "derived" and pd.notna(row["parent_value"]):
        out.append("its parent has no published figure, so the verdict is at most likely")
    return tuple(out)


def _neighbours(
    pockets: pd.DataFrame, code: str, graph: GraphLike | None, wording: Wording
) -> pd.DataFrame:
    columns = ["name", "value", "estimate", "verdict"]
    if graph is None:
        return pd.DataFrame(columns=columns)
    placed = on_graph(pd.Series(0.0, index=pockets.index), graph, "keep", "binary")
    here = placed.links.focal == placed.codes.get_loc(code)
    table: pd.DataFrame = pockets.loc[placed.codes[placed.links.other[here]]]
    table = table.assign(name=wording.names.reindex(table.index).fillna(table.index.to_series()))
    known: pd.DataFrame = table.dropna(subset="value").sort_values("value", kind="stable")
    return known.reindex(columns=columns)
