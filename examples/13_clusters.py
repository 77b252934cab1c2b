"""Where do well-paid and badly paid authorities cluster, and which stand against their neighbours?

Prints the finding and writes 13_clusters.png, a map of local Moran's I in its usual colours. Draws
real boundaries from ../shared beside the repository; without that folder, the hexagon map.
"""

from pathlib import Path

import spatial_gaps as sg

layer = Path(__file__).resolve().parents[2] / "shared/data/boundaries/lad_2023_uk_buc.gpkg"
if layer.exists():
    areas = sg.read_boundaries("lad", layer, vintage=2023)
else:
    areas = sg.cartogram("lad", vintage=2023)
metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
result = sg.assess(areas, metric, period=2023)

# Which areas touch is a fact of the package, so that the hexagon map gives the same answer.
clusters, overall = result.clusters["cluster"], result.moran
counts = clusters.value_counts()
against = result.areas.loc[clusters.index[clusters.isin(["high-low", "low-high"])], "name"]
finding = (
    f"Pay clusters: {counts.get('high-high', 0)} well-paid authorities lie among well-paid ones, "
    f"{counts.get('low-low', 0)} badly paid among badly paid"
)
print(f"{finding}. Moran's I is {overall.I:.2f} (p = {overall.p:.4f}).")
print(f"{len(against)} stand against their neighbours: {', '.join(against) or 'none'}.")

figure = sg.draw_clusters(
    result.areas,
    result.clusters,
    title=f"{finding}.",
    subtitle="Median gross weekly pay of residents, local authorities, 2023; local Moran's I",
    source=f"{metric.source}. {metric.licence} Contains OS data © Crown copyright and database right.",
)
sg.save_figure(figure, "13_clusters.png")
