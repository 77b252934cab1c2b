"""Which authorities do the averages of affluent regions hide, and how sure are we?

Prints the finding and writes 02_hidden_pockets.png, a map of the pockets numbered to a key. Draws
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
result = sg.assess(areas, metric, period=2021)

print(result.summary())
for sentence in result.pockets.query("verdict == 'confirmed'")["sentence"]:
    print(" *", sentence)

figure = sg.draw_pockets(
    result.areas,
    result.pockets,
    unit=metric.unit,
    higher_is="better",
    title=result.headline,
    subtitle="Median gross weekly pay of residents, local authorities, 2021",
    source=f"{metric.source}. {metric.licence} Contains OS data © Crown copyright and database right.",
)
sg.save_figure(figure, "02_hidden_pockets.png")
