"""From a spreadsheet of your own to a finished map in QGIS: which places stand out in it?

Makes a small spreadsheet of the kind that people have (a code, a figure, a gap here and there), reads
it, assesses it, and writes 14_your_spreadsheet.png. Where GEOPACKAGE is set to a path, it writes the
GeoPackage too: double-click it, and QGIS shows a finished map.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import spatial_gaps as sg

# Yours: this one has made-up rates of libraries per 100,000 people, and no figure for three places.
areas = sg.cartogram("lad", vintage=2023)
east = areas.geometry.centroid.x.rank(pct=True)
rates = 4 + 3 * east + np.random.default_rng(1).normal(0, 0.8, len(areas))
rates.iloc[[5, 50, 200]] = np.nan
folder = Path(tempfile.mkdtemp())
pd.DataFrame({"LAD code": areas.index, "Libraries per 100,000": rates.round(2)}).to_csv(
    folder / "libraries.csv", index=False
)

metric = sg.read_metric(
    folder / "libraries.csv", value="Libraries per 100,000", period=2024, higher_is="better"
)
result = sg.assess(areas, metric, period=2024)
print(result.summary())
print(result.audit)

figure = sg.draw_map(
    result.areas,
    higher_is="better",
    title=result.finding[2],
    subtitle="Made-up rates of libraries per 100,000 people, local authorities, 2024",
    source="made-up figures. Hexagon layout: spatial_gaps.",
)
sg.save_figure(figure, "14_your_spreadsheet.png")
if os.environ.get("GEOPACKAGE"):
    sg.write_geopackage(os.environ["GEOPACKAGE"], result)
    print(f"Double-click {os.environ['GEOPACKAGE']}: QGIS opens it finished.")
