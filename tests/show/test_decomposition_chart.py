"""The decomposition chart: bars as long as their shares, tiers by name, intervals where known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from spatial_gaps import decompose, draw_decomposition, save_figure
from spatial_gaps.errors import StatisticUndefined
from spatial_gaps.show.style import written

RNG = np.random.default_rng(2)
CODES = [f"E{number:08}" for number in range(40)]
REGION = pd.Series(np.repeat(list("abcd"), 10), CODES, name="itl1")
VALUES = pd.Series(100 + 20 * np.repeat([0, 1, 2, 3], 10) + RNG.normal(0, 10, 40), CODES)


def bars(figure):
    return [patch for patch in figure.findobj(Rectangle) if patch.get_gid() == "bar"]


def test_bars_are_as_long_as_their_shares(tmp_path):
    found = decompose(VALUES, [REGION], index="variance")
    figure = draw_decomposition(found, title="Most lies between regions.", source="ONS")
    widths = [bar.get_width() for bar in bars(figure)]
    assert widths[0] / widths[1] == pytest.approx(
        found.parts["share"].iloc[0] / found.parts["share"].iloc[1]
    )
    assert written(figure, "value").split("\n") == [f"{x:.0%}" for x in found.parts["share"]]
    texts = " ".join(
        text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))
    )
    assert "between ITL 1 regions" in texts
    assert "local authorities" in texts
    paths = [save_figure(figure, tmp_path / f"{name}.png") for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_with_errors_true_shares_have_intervals():
    found = decompose(VALUES, [REGION], index="variance", se=VALUES * 0 + 5)
    figure = draw_decomposition(found)
    assert len(bars(figure)) == 4
    first = found.parts.iloc[0]
    words = written(figure, "value").split("\n")[0]
    assert words == f"{first['corrected']:.0%} ({first['lower']:.0%} to {first['upper']:.0%})"


def test_nothing_to_split_is_said():
    alike = decompose(VALUES * 0 + 1, [REGION], index="variance")
    with pytest.raises(StatisticUndefined, match="same figure"):
        draw_decomposition(alike)
