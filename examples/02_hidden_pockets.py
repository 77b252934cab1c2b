"""Which authorities do the averages of affluent regions hide, and how sure are we?

Prints the finding and writes 02_hidden_pockets.png, a map of the pockets numbered to a key.
"""

import spatial_gaps as sg

metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
result = sg.assess(sg.cartogram("lad", vintage=2023), metric, period=2021)

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
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "02_hidden_pockets.png")
